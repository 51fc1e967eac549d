//! How far it is to the nearest facility from everywhere: for each point of demand, and by area as
//! mean and quantiles.

pub mod answer;
mod counting;
mod evidence;
mod question;
mod summary;
mod texts;

pub use self::question::Question;
pub use counting::{Distances, QUANTILES, Summary, distances};
