//! Supply: places or square metres per person of an age group, area by area.
//!
//! A facility counts in the area that contains it. An unknown capacity is not estimated: it is
//! missing from the sum, and the answer tells for how many facilities the capacity is known.

mod amount;
pub mod answer;
mod area_row;
mod counting;
mod document;
mod evidence;
mod process;
mod question;
mod summary;
mod texts;

pub use self::question::{Question, Target};
pub use counting::{AgePart, Capacity, Light, Sharing, Supplied, Supply, Table, YELLOW, supply};
pub use process::PROCESS;
