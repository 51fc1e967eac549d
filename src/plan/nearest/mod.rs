//! The nearest facilities of a place, how far they are on the way and by the air line, and the
//! route there.

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
