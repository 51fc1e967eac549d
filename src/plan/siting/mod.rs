//! Siting: the places where new facilities bring one within reach of most persons who have none.

pub mod answer;
mod candidate;
mod counting;
mod evidence;
mod margins;
pub mod maximal_covering;
mod process;
mod question;
mod summary;
mod texts;

pub use self::question::{Candidates, Question};
pub use counting::{Site, Siting, siting};
pub use process::PROCESS;
