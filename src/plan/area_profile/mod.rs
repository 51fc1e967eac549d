//! Everything about one area, drawn or named: who lives there, what is there, and how far it is to
//! what.

pub mod answer;
mod counting;
mod evidence;
mod process;
mod question;
mod summary;
mod texts;

pub use self::question::Question;
pub use counting::{AreaProfile, FacilityKind, LEAST_ADDRESSES, area_profile};
pub use process::PROCESS;
