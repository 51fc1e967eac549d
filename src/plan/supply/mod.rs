//! Capacity against population: places, or square metres, for each person of a group, area by area.
//!
//! Facilities count in the area that holds them. A capacity that is not known is not guessed: it is
//! missing from the sum, and the answer says of how many facilities it is known.

mod amount;
pub mod answer;
mod counting;
mod document;
mod evidence;
mod process;
mod question;
mod area_row;
mod summary;
mod texts;

pub use self::question::{Question, Target};
pub use counting::{Capacity, Light, AgePart, Sharing, Supplied, Supply, Table, YELLOW, supply};
pub use process::PROCESS;
