//! What a spatial relation asks of the matrix of DE-9IM.

use geo::relate::IntersectionMatrix;

use crate::query::filter::SpatialRelation;

/// Whether a relation asks only if two geometries have a point in common.
pub(super) fn is_of_meeting(relation: SpatialRelation) -> bool {
    matches!(relation, SpatialRelation::Intersects | SpatialRelation::Disjoint)
}

/// OGC 06-103r4, table 6 and 6.1.15.3, by the matrix of the left and the right geometry.
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
