//! A geometry in a filter, to which features are compared.
//!
//! Most features are completely inside or outside of it, or need only be tested for intersection;
//! the [`Edges`] of the geometry suffice for this. The others are compared by DE-9IM, which cannot
//! be interrupted, and which takes time in proportion to the pairs of segments that may meet. The
//! pairs within the geometry were counted when the filter was read. Those with a feature are
//! counted here, and a feature with too many is refused.

#![allow(clippy::indexing_slicing)] // only the two axes of a point, by 0 and 1

use std::cell::OnceCell;

use geo::{Geometry, PreparedGeometry, Relate};

use super::relation::{holds, is_of_meeting};
use crate::error::{Error, said};
use crate::geo::edges::Edges;
use crate::geo::geometry::Role;
use crate::geo::intersects::parts_intersect_box;
use crate::geo::{Bbox, Shape, model};
use crate::layer::geometries::GeometryRef;
use crate::limits::Key;
use crate::query::filter::SpatialRelation;
use crate::work::{limits, look, refuse, spend};

/// The number of vertices up to which a feature's own segments need not be counted.
const SMALL: usize = 1_000;
/// The number of pairs of segments that take as long as one vertex of a feature.
const PAIRS_PER_VERTEX: usize = 10;

/// A geometry, prepared for many comparisons.
pub struct Literal<'a> {
    shape: &'a Shape,
    bbox: Bbox,
    edges: Edges,
    prepared: OnceCell<PreparedGeometry<'a, Geometry<f64>>>,
}

impl<'a> Literal<'a> {
    /// Prepares the geometry `shape`, in stored coordinates.
    pub fn new(shape: &'a Shape) -> Literal<'a> {
        let edges = Edges::new(shape.runs());
        Literal { shape, bbox: Bbox::around(&shape.xy), edges, prepared: OnceCell::new() }
    }

    /// Returns the bounding box of the geometry.
    pub fn bbox(&self) -> &Bbox {
        &self.bbox
    }

    /// Returns the number of vertices.
    pub fn len(&self) -> usize {
        self.shape.xy.len()
    }

    /// Returns whether the geometry of a feature has a relation to this geometry.
    pub fn truth(&self, relation: SpatialRelation, geometry: &GeometryRef<'_>) -> bool {
        let runs = || geometry.parts().map(|part| (part.role, part.xy));
        let whole = || model::geometry(geometry.kind, runs(), geometry.members());
        self.decide(relation, &Bbox::around(geometry.xy()), runs, whole)
    }

    /// Returns whether a shape has a relation to this geometry; None if the shape has no type.
    pub fn truth_of_shape(&self, relation: SpatialRelation, shape: &Shape) -> Option<bool> {
        self.shape.kind?;
        let whole = model::of_shape(shape)?;
        Some(self.decide(relation, &Bbox::around(&shape.xy), || shape.runs(), || whole.clone()))
    }

    fn decide<'b, R: Iterator<Item = model::Run<'b>>>(
        &self,
        relation: SpatialRelation,
        own: &Bbox,
        runs: impl Fn() -> R,
        whole: impl FnOnce() -> Geometry<f64>,
    ) -> bool {
        match self.quickly(relation, own) {
            Some(truth) => truth,
            None if is_of_meeting(relation) => {
                self.meets(own, runs) == (relation == SpatialRelation::Intersects)
            }
            None => self.relates(relation, runs, &whole()),
        }
    }

    /// Returns the result if the bounding boxes decide it or, if no edge meets the feature's box,
    /// one point of it.
    pub fn quickly(&self, relation: SpatialRelation, own: &Bbox) -> Option<bool> {
        use SpatialRelation::*;
        if !own.intersects(&self.bbox) {
            return Some(relation == Disjoint);
        }
        let holds = |outer: &Bbox, inner: &Bbox| outer.contains(inner.min) && outer.contains(inner.max);
        let is_possible = match relation {
            Within => holds(&self.bbox, own),
            Contains => holds(own, &self.bbox),
            Equals => holds(&self.bbox, own) && holds(own, &self.bbox),
            Intersects | Disjoint | Touches | Overlaps | Crosses => true,
        };
        if !is_possible {
            return Some(false);
        }
        if self.edges.meet_box(own) {
            return None;
        }
        // The whole box is inside an area and away from its border, or it is outside.
        let is_inside = self.edges.contain(own.min);
        Some(match relation {
            Intersects | Within => is_inside,
            Disjoint => !is_inside,
            Touches | Contains | Equals | Overlaps | Crosses => false,
        })
    }

    /// Returns whether both geometries have a point in common: their edges meet, or a part of one
    /// is completely inside an area of the other.
    fn meets<'b, R: Iterator<Item = model::Run<'b>>>(&self, own: &Bbox, runs: impl Fn() -> R) -> bool {
        let edges_meet = |(role, xy): model::Run<'_>| match (role, xy) {
            (Role::Points, points) => points.iter().any(|point| self.edges.meet_segment(*point, *point)),
            (_, [point]) => self.edges.meet_segment(*point, *point),
            (_, path) => path.windows(2).any(|pair| match pair {
                [from, to] => self.edges.meet_segment(*from, *to),
                _ => false,
            }),
        };
        if runs().any(edges_meet) {
            return true;
        }
        let lies_inside = |(role, xy): model::Run<'_>| match role {
            Role::Points => xy.iter().any(|point| self.edges.contain(*point)),
            _ => xy.first().is_some_and(|point| self.edges.contain(*point)),
        };
        if runs().any(lies_inside) {
            return true;
        }
        if !runs().any(|(role, _)| role == Role::Exterior) {
            return false;
        }
        let vertices: usize = runs().map(|(_, xy)| xy.len()).sum();
        self.edges.starts().iter().filter(|point| own.contains(**point)).any(|point| {
            spend(vertices);
            parts_intersect_box(runs(), &Bbox::new(*point, *point))
        })
    }

    /// Computes the relation by DE-9IM.
    fn relates<'b, R: Iterator<Item = model::Run<'b>>>(
        &self,
        relation: SpatialRelation,
        runs: impl Fn() -> R,
        geometry: &Geometry<f64>,
    ) -> bool {
        let vertices: usize = runs().map(|(_, xy)| xy.len()).sum();
        self.check_pairs(runs, vertices);
        let prepared = self.prepared.get_or_init(|| {
            let empty = || geo::MultiPoint(vec![]).into();
            PreparedGeometry::from(model::of_shape(self.shape).unwrap_or_else(empty))
        });
        // Lines that often cross each other take some milliseconds, however small both are.
        look();
        holds(relation, &geometry.relate(prepared))
    }

    /// Ends the work if a feature has too many segments for DE-9IM, by itself or together with the
    /// geometry.
    fn check_pairs<'b, R: Iterator<Item = model::Run<'b>>>(&self, runs: impl Fn() -> R, vertices: usize) {
        let most = limits().filter_segment_pairs;
        if vertices > SMALL && Edges::new(runs()).own_pairs(most.saturating_add(1), usize::MAX).0 > most {
            too_intricate(most);
        }
        if vertices.saturating_mul(self.edges.len().max(PAIRS_PER_VERTEX)) <= most {
            return;
        }
        let mut left = most.checked_sub(vertices.saturating_mul(PAIRS_PER_VERTEX));
        for pair in runs().flat_map(|(_, xy)| xy.windows(2)) {
            let (Some(room), [from, to]) = (left, pair) else { break };
            left = room.checked_sub(self.edges.near_segment(*from, *to, room + 1));
        }
        if left.is_none() {
            too_intricate(most);
        }
    }
}

/// Ends the work with the error that a feature would take too long.
fn too_intricate(most: usize) -> ! {
    let what =
        said!("a feature is too intricate for the filter: more than {} pairs of segments may meet", most);
    let hint = "simplify the geometry of the filter, or ask for S_INTERSECTS or S_DISJOINT";
    refuse(Error::invalid("filter", what).hint(hint).reached(limits().reached(Key::filter_segment_pairs)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::geo::{GeometryType, validity};

    fn shape(kind: GeometryType, runs: &[(Role, Vec<[f64; 2]>)]) -> Shape {
        let mut shape = Shape { kind: Some(kind), ..Shape::default() };
        for (role, xy) in runs {
            shape.xy.extend_from_slice(xy);
            shape.end_part(*role);
        }
        shape
    }

    fn point() -> impl Strategy<Value = [f64; 2]> {
        [0..7i32, 0..7].prop_map(|point| point.map(f64::from))
    }

    /// A box, with a hole if there is room for one.
    fn polygon() -> impl Strategy<Value = Vec<(Role, Vec<[f64; 2]>)>> {
        let ring = |[x, y]: [f64; 2], [dx, dy]: [f64; 2]| {
            vec![[x, y], [x + dx, y], [x + dx, y + dy], [x, y + dy / 2.0], [x, y]]
        };
        (point(), [1..6i32, 2..6], any::<bool>()).prop_map(move |(at, size, has_hole)| {
            let size = size.map(f64::from);
            let mut runs = vec![(Role::Exterior, ring(at, size))];
            if has_hole && size[0] > 3.0 && size[1] > 3.0 {
                runs.push((Role::Interior, ring([at[0] + 1.0, at[1] + 1.0], [size[0] - 2.0, 1.0])));
            }
            runs
        })
    }

    fn any_shape() -> impl Strategy<Value = Shape> {
        prop_oneof![
            point().prop_map(|at| shape(GeometryType::Point, &[(Role::Points, vec![at])])),
            prop::collection::vec(point(), 1..4)
                .prop_map(|xy| shape(GeometryType::MultiPoint, &[(Role::Points, xy)])),
            prop::collection::vec(point(), 2..6)
                .prop_map(|xy| shape(GeometryType::LineString, &[(Role::Line, xy)])),
            prop::collection::vec(prop::collection::vec(point(), 2..4), 1..3).prop_map(|lines| {
                let runs: Vec<_> = lines.into_iter().map(|xy| (Role::Line, xy)).collect();
                shape(GeometryType::MultiLineString, &runs)
            }),
            polygon().prop_map(|runs| shape(GeometryType::Polygon, &runs)),
            (polygon(), polygon())
                .prop_map(|(one, other)| shape(GeometryType::MultiPolygon, &[one, other].concat())),
        ]
        .prop_filter("a valid one", |shape| validity::fault(shape).is_none())
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 3000, ..Default::default() })]

        #[test]
        fn what_is_decided_without_the_matrix_is_what_the_matrix_says(one in any_shape(), other in any_shape()) {
            use SpatialRelation::*;
            let literal = Literal::new(&other);
            let matrix = model::of_shape(&one).unwrap().relate(&model::of_shape(&other).unwrap());
            for relation in [Intersects, Disjoint, Equals, Touches, Within, Overlaps, Crosses, Contains] {
                prop_assert_eq!(
                    literal.truth_of_shape(relation, &one), Some(holds(relation, &matrix)),
                    "{:?} {:?} {:?}", one, relation, other
                );
            }
        }
    }
}
