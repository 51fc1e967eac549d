//! A place that may become a site.

use crate::plan::network::Access;
use crate::plan::plane::Point;

/// A place that may become a site. The place is in the plane.
pub(super) struct Candidate {
    pub(super) id: Option<String>,
    pub(super) name: Option<String>,
    pub(super) place: Point,
    pub(super) accesses: Vec<Access>,
}
