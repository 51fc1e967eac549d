//! Spatial relations by DE-9IM between the geometry of a feature and a literal, or itself.

#![allow(clippy::indexing_slicing)] // only the two axes of a point, by 0 and 1

use super::relation::is_of_meeting;

use super::literal::Literal;
use super::truth::Truth;
use crate::geo::intersects::parts_intersect_box;
use crate::geo::projection::Projection;
use crate::geo::{Bbox, GeometryType, Shape};
use crate::layer::in_box::world_cover;
use crate::layer::view::View;
use crate::query::filter::{GeometryOperand, SpatialRelation};
use crate::work::{spend, weigh};

/// The number of rows from which the cost of all rows is estimated.
const SAMPLE: usize = 64;

/// A spatial relation that is evaluated for each row.
pub struct SpatialTest<'a> {
    relation: SpatialRelation,
    other: Other<'a>,
}

/// What the geometry of a feature is compared with.
enum Other<'a> {
    /// The geometry itself.
    Itself,
    /// A geometry in the filter.
    Shape(Box<Literal<'a>>),
    /// A box or a point, which is only tested for intersection.
    Box(Bbox),
}

/// A spatial relation, evaluated as far as it is possible without a row.
pub enum Asked<'a> {
    /// The same result for all rows.
    Decided(Truth),
    /// A result for each row.
    OfEach(SpatialTest<'a>),
}

impl<'a> SpatialTest<'a> {
    /// Binds `left relation right` for `most` rows or for few. A relation without a feature's
    /// geometry is evaluated here.
    pub fn bind(
        view: &View<'_>,
        relation: SpatialRelation,
        left: &'a GeometryOperand,
        right: &'a GeometryOperand,
        most: bool,
    ) -> Asked<'a> {
        if view.collection.geometry.is_none() {
            return Asked::Decided(None);
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
                return Asked::Decided(Literal::new(right).truth_of_shape(relation, left));
            }
        };
        let test = SpatialTest { relation, other };
        if most {
            test.weigh(view);
        }
        Asked::OfEach(test)
    }

    /// Returns whether the relation is true for a row; unknown if the row has no geometry.
    pub fn truth(&self, view: &View<'_>, row: u32) -> Truth {
        let geometry = view.stored_geometry(row)?;
        let parts = || geometry.parts().map(|part| (part.role, part.xy));
        spend(geometry.xy().len());
        Some(match &self.other {
            Other::Itself => {
                use SpatialRelation::*;
                // True for every geometry that has a point. Empty geometries are not stored.
                matches!(self.relation, Intersects | Equals | Within | Contains)
            }
            Other::Box(bbox) => {
                parts_intersect_box(parts(), bbox) == (self.relation == SpatialRelation::Intersects)
            }
            Other::Shape(literal) => literal.truth(self.relation, &geometry),
        })
    }

    /// Counts the work of evaluating all rows, estimated from some of them, if it would be much.
    fn weigh(&self, view: &View<'_>) {
        let Other::Shape(literal) = &self.other else { return };
        let Some(rows) = self.candidates(view).filter(|_| !is_of_meeting(self.relation)) else { return };
        let sample = rows.iter().step_by(rows.len() / SAMPLE + 1);
        let is_dear = |row: &&u32| {
            view.stored_geometry(**row).is_some_and(|geometry| {
                literal.quickly(self.relation, &Bbox::around(geometry.xy())).is_none()
            })
        };
        let asked = sample.clone().count().max(1);
        let dear = sample.filter(is_dear).count();
        weigh(rows.len() * dear / asked * literal.len());
    }

    /// Returns the rows whose box meets that of the other geometry, ascending; None if others may
    /// match too.
    pub fn candidates(&self, view: &View<'_>) -> Option<Vec<u32>> {
        let bbox = match &self.other {
            _ if self.relation == SpatialRelation::Disjoint => return None,
            Other::Itself => return None,
            Other::Shape(literal) => literal.bbox(),
            Other::Box(bbox) => bbox,
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
    fn new(relation: SpatialRelation, shape: &Shape) -> Other<'_> {
        let bbox = Bbox::around(&shape.xy);
        if is_of_meeting(relation) && (shape.kind == Some(GeometryType::Point) || is_box(shape, &bbox)) {
            return Other::Box(bbox);
        }
        Other::Shape(Box::new(Literal::new(shape)))
    }
}

/// Returns whether a polygon is its own bounding box: four corners, in order.
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

/// Returns the relation of `b` to `a` that is equivalent to `relation` of `a` to `b`.
fn turned(relation: SpatialRelation) -> SpatialRelation {
    match relation {
        SpatialRelation::Within => SpatialRelation::Contains,
        SpatialRelation::Contains => SpatialRelation::Within,
        same => same,
    }
}
