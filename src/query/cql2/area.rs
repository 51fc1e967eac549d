//! Areas that a rule names by reference, such as `AREA('district', '4')`.
//!
//! Their borders are looked up whenever they may have changed, so a rule follows them. Only rules
//! name areas: a filter of a request could tell by them what lies in an area that is hidden.

use std::sync::Arc;

use crate::geo::{Crs, Shape};

/// The border of an area.
#[derive(Clone, Debug, PartialEq)]
pub struct Border {
    /// The area, x before y.
    pub shape: Shape,
    /// The CRS of its coordinates.
    pub crs: Crs,
}

/// An area of a level of planning, by its id.
#[derive(Clone, Debug, PartialEq)]
pub struct Area {
    /// The name of the level.
    pub level: String,
    /// The id of the area in the level.
    pub id: String,
    /// The border as it was found; None if it was not, or was not looked up yet.
    pub border: Option<Arc<Border>>,
}
