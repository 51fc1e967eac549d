//! Who has a facility within reach, and who has not (METHODS 3.1: Σ P_i [t_i ≤ T] / Σ P_i).

pub mod answer;
mod counting;
mod document;
mod evidence;
mod figures;
mod margins;
mod process;
mod question;
mod summary;
mod table;
mod texts;
mod told;

pub use self::margins::{Margins, Uncertain};
pub use self::question::Question;
pub use super::step::Step;
pub use counting::{Coverage, CoverageInputs, count, coverage, published, steps};
pub use process::PROCESS;
