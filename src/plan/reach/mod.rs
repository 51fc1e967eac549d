//! Reach: the areas that can be reached from some places (isochrones), and the persons in them.

pub mod answer;
mod band;
mod counting;
pub mod evidence;
mod process;
mod question;
mod summary;
mod texts;

pub use self::question::{Bands, OneOrMany, Question};
pub use counting::{Isochrone, Reach, reach};
pub use process::PROCESS;
