//! The distances from everywhere to the nearest facility: for each point of demand, and as mean and
//! quantiles by area.

pub mod answer;
mod counting;
mod evidence;
mod question;
mod summary;
mod texts;

pub use self::question::Question;
pub use counting::{Distances, QUANTILES, Summary, distances};
