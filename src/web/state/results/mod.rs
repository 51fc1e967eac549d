//! Answers of planning that can be had again.

pub mod kept;
pub mod layers;
