//! The profile of one area, drawn or named: its persons, its facilities, and the ways to the
//! nearest facilities.

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
