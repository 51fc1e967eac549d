//! Coverage: who has a facility within reach, and who has not.
//!
//! The share of persons within reach is Σ Pᵢ [tᵢ ≤ T] / Σ Pᵢ, where Pᵢ are the persons at point i,
//! tᵢ is the length of their way to the nearest facility, and T is the limit. This is coverage in
//! the sense of R. Church, C. ReVelle, "The maximal covering location problem", Papers of the
//! Regional Science Association 32, 1974.

pub mod answer;
mod counting;
mod document;
mod evidence;
mod figures;
mod margins;
mod process;
mod question;
mod report;
mod summary;
mod table;
mod texts;

pub use self::margins::{Margins, Uncertain};
pub use self::question::Question;
pub use super::step::Step;
pub use counting::{Coverage, CoverageInputs, count, coverage, published, steps};
pub use process::PROCESS;
