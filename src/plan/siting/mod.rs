//! Where must the next facilities go? The places that bring a facility within reach of most of
//! those who have none.

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
