//! The nearest facilities of a place, with the length of the way, the straight distance and the
//! route.

pub mod answer;
mod counting;
mod evidence;
mod process;
mod question;
mod summary;
mod texts;

pub use self::question::Question;
pub use counting::{Found, Nearest, Responsible, nearest};
pub use process::PROCESS;
