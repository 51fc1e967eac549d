//! The kept answers of planning.

pub mod kept;
pub mod layers;
