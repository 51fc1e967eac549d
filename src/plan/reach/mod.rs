//! How far one gets from some places: isochrones, and the persons who live inside.

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
