//! The spatial relations as patterns of the DE-9IM matrix.

use geo::relate::IntersectionMatrix;

use crate::query::filter::SpatialRelation;

/// Returns whether a relation only depends on whether two geometries have a point in common.
pub(super) fn is_of_meeting(relation: SpatialRelation) -> bool {
    matches!(relation, SpatialRelation::Intersects | SpatialRelation::Disjoint)
}

/// Returns whether the relation is true, given the DE-9IM matrix of the left and the right geometry
/// (OGC 06-103r4, table 6 and 6.1.15.3).
pub(super) fn holds(relation: SpatialRelation, matrix: &IntersectionMatrix) -> bool {
    match relation {
        SpatialRelation::Intersects => matrix.is_intersects(),
        SpatialRelation::Equals => matrix.is_equal_topo(),
        SpatialRelation::Disjoint => matrix.is_disjoint(),
        SpatialRelation::Touches => matrix.is_touches(),
        SpatialRelation::Within => matrix.is_within(),
        SpatialRelation::Overlaps => matrix.is_overlaps(),
        SpatialRelation::Crosses => matrix.is_crosses(),
        SpatialRelation::Contains => matrix.is_contains(),
    }
}
