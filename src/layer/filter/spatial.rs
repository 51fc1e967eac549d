//! Spatial relations by DE-9IM: between a feature's geometry and one given, or itself.

#![allow(clippy::indexing_slicing)] // only the two axes of a point, by 0 and 1

use geo::relate::IntersectionMatrix;
use geo::{Geometry, PreparedGeometry, Relate};

use super::{Node, Truth};
use crate::geo::intersects::parts_intersect_box;
use crate::geo::projection::Projection;
use crate::geo::{Bbox, GeometryType, Shape, model};
use crate::layer::in_box::world_cover;
use crate::layer::{GeometryRef, View};
use crate::query::filter::{GeometryOperand, SpatialRelation};

/// A relation to ask of each row.
pub struct SpatialTest<'a> {
    relation: SpatialRelation,
    other: Other<'a>,
}

/// What the feature's geometry is held against.
enum Other<'a> {
    /// Itself.
    Itself,
    /// A geometry, and its box.
    Prepared(Box<PreparedGeometry<'a, Geometry<f64>>>, Bbox),
    /// A box, or a point, of which only is asked whether it is met.
    Box(Bbox),
}

impl<'a> SpatialTest<'a> {
    /// `left relation right` as a node; what names no feature is decided here.
    pub fn bind(
        view: &View<'_>,
        relation: SpatialRelation,
        left: &'a GeometryOperand,
        right: &'a GeometryOperand,
    ) -> Node<'a> {
        if view.collection.geometry.is_none() {
            return Node::Constant(None);
        }
        let (relation, other) = match (left, right) {
            (GeometryOperand::Column, GeometryOperand::Column) => (relation, Other::Itself),
            (GeometryOperand::Column, GeometryOperand::Literal(shape)) => {
                (relation, Other::new(relation, shape))
            }
            (GeometryOperand::Literal(shape), GeometryOperand::Column) => {
                let relation = turned(relation);
                (relation, Other::new(relation, shape))
            }
            (GeometryOperand::Literal(left), GeometryOperand::Literal(right)) => {
                let geometries = model::of_shape(left).zip(model::of_shape(right));
                let truth = geometries.map(|(left, right)| holds(relation, &left.relate(&right)));
                return Node::Constant(truth);
            }
        };
        Node::Spatial(SpatialTest { relation, other })
    }

    /// Whether it holds for a row; unknown where that has no geometry.
    pub fn truth(&self, view: &View<'_>, row: u32) -> Truth {
        let geometry = view.stored_geometry(row)?;
        Some(match &self.other {
            Other::Itself => {
                let geometry = of_row(&geometry);
                holds(self.relation, &geometry.relate(&geometry))
            }
            Other::Box(bbox) => {
                let meets = parts_intersect_box(geometry.parts().map(|part| (part.role, part.xy)), bbox);
                meets == (self.relation == SpatialRelation::Intersects)
            }
            Other::Prepared(_, bbox) if !Bbox::around(geometry.xy()).intersects(bbox) => {
                self.relation == SpatialRelation::Disjoint
            }
            Other::Prepared(prepared, _) => holds(self.relation, &of_row(&geometry).relate(&**prepared)),
        })
    }

    /// The rows whose box meets that of the other geometry, ascending; None where others may answer too.
    pub fn candidates(&self, view: &View<'_>) -> Option<Vec<u32>> {
        let bbox = match &self.other {
            _ if self.relation == SpatialRelation::Disjoint => return None,
            Other::Itself => return None,
            Other::Prepared(_, bbox) | Other::Box(bbox) => bbox,
        };
        let projection = Projection::of(view.collection.geometry.as_ref()?.crs).ok()?;
        let mut rows = vec![];
        view.layer.index.search(&world_cover(bbox, &projection), |row| {
            rows.push(row);
            true
        });
        if !view.outside_world().is_empty() {
            rows.extend(view.outside_world());
            rows.sort_unstable();
        }
        Some(rows)
    }
}

impl Other<'_> {
    fn new<'a>(relation: SpatialRelation, shape: &Shape) -> Other<'a> {
        let bbox = Bbox::around(&shape.xy);
        let asks_meeting = matches!(relation, SpatialRelation::Intersects | SpatialRelation::Disjoint);
        if asks_meeting && (shape.kind == Some(GeometryType::Point) || is_box(shape, &bbox)) {
            return Other::Box(bbox);
        }
        let empty = || geo::MultiPoint(vec![]).into();
        let geometry = model::of_shape(shape).unwrap_or_else(empty);
        Other::Prepared(Box::new(PreparedGeometry::from(geometry)), bbox)
    }
}

/// Whether a polygon is its own box: four corners, one after the other.
fn is_box(shape: &Shape, bbox: &Bbox) -> bool {
    let is_corner =
        |[x, y]: &[f64; 2]| [bbox.min[0], bbox.max[0]].contains(x) && [bbox.min[1], bbox.max[1]].contains(y);
    let is_side = |pair: &[[f64; 2]]| match pair {
        [from, to] => (from[0] == to[0]) != (from[1] == to[1]),
        _ => false,
    };
    shape.kind == Some(GeometryType::Polygon)
        && shape.xy.len() == 5
        && shape.xy.iter().all(is_corner)
        && shape.xy.windows(2).all(is_side)
}

fn of_row(geometry: &GeometryRef<'_>) -> Geometry<f64> {
    model::geometry(geometry.kind, geometry.parts().map(|part| (part.role, part.xy)), geometry.members())
}

/// The relation of `b` to `a` that is `relation` of `a` to `b`.
fn turned(relation: SpatialRelation) -> SpatialRelation {
    match relation {
        SpatialRelation::Within => SpatialRelation::Contains,
        SpatialRelation::Contains => SpatialRelation::Within,
        same => same,
    }
}

/// OGC 06-103r4, table 6 and 6.1.15.3, by the matrix of the left and the right geometry.
fn holds(relation: SpatialRelation, matrix: &IntersectionMatrix) -> bool {
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
