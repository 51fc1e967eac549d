//! Whether a geometry and a box have a point in common: the condition of `bbox` in OGC API –
//! Features (OGC 17-069r4, 7.15.3).
//!
//! The functions work on the flat parts of a geometry and allocate nothing. Orientations are
//! computed by adaptive predicates (J. R. Shewchuk, "Adaptive Precision Floating-Point Arithmetic
//! and Fast Robust Geometric Predicates", Discrete & Computational Geometry 18, 1997; by the crate
//! `geo`). So touching is decided by the coordinates and not by rounding.

#![allow(clippy::indexing_slicing)] // only the two axes of a point, by 0 and 1

use geo::algorithm::kernels::{Kernel, Orientation, RobustKernel};
use geo::coord;

use super::Bbox;
use super::geometry::Role;

/// Returns whether a part of a geometry and `bbox` have a point in common, in the same coordinate
/// system. The border belongs to the box. Parts are in the order of a [`Shape`](super::Shape):
/// rings are closed, and holes follow their exterior ring. An empty box and a vertex with NaN have
/// no point in common with anything.
///
/// ```
/// use veedel::geo::geometry::Role;
/// use veedel::geo::{Bbox, intersects::parts_intersect_box};
///
/// let ring = [[0.0, 0.0], [4.0, 0.0], [4.0, 4.0], [0.0, 4.0], [0.0, 0.0]];
/// let parts = || [(Role::Exterior, ring.as_slice())].into_iter();
/// assert!(parts_intersect_box(parts(), &Bbox::new([1.0, 1.0], [2.0, 2.0])));
/// assert!(parts_intersect_box(parts(), &Bbox::new([4.0, 4.0], [5.0, 5.0])));
/// assert!(!parts_intersect_box(parts(), &Bbox::new([5.0, 5.0], [6.0, 6.0])));
/// ```
pub fn parts_intersect_box<'a>(parts: impl Iterator<Item = (Role, &'a [[f64; 2]])>, bbox: &Bbox) -> bool {
    if bbox.is_empty() {
        return false;
    }
    // Whether the box is inside the last polygon and outside the holes of it that were read so far.
    let mut inside = false;
    for (role, vertices) in parts {
        if role != Role::Interior && inside {
            return true;
        }
        let meets = match role {
            Role::Points => vertices.iter().any(|point| bbox.contains(*point)),
            Role::Line | Role::Exterior | Role::Interior => path_meets_box(vertices, bbox),
        };
        if meets {
            return true;
        }
        // The ring does not touch the box. So one corner is inside the ring only if all of the box
        // is.
        inside = match role {
            Role::Exterior => ring_contains(vertices, bbox.min),
            Role::Interior => inside && !ring_contains(vertices, bbox.min),
            Role::Points | Role::Line => false,
        };
    }
    inside
}

/// Returns whether a segment of a path and the box have a point in common. A path of one vertex is
/// a point.
fn path_meets_box(vertices: &[[f64; 2]], bbox: &Bbox) -> bool {
    match vertices {
        [point] => bbox.contains(*point),
        _ => vertices.windows(2).any(|pair| match pair {
            [from, to] => segment_meets_box(*from, *to, bbox),
            _ => false,
        }),
    }
}

/// Returns whether a segment and a box have a point in common, by the separating axis theorem: if
/// not, they are apart in x, in y, or across the line of the segment.
pub(super) fn segment_meets_box(from: [f64; 2], to: [f64; 2], bbox: &Bbox) -> bool {
    let apart = |axis: usize| {
        let (low, high) = (from[axis].min(to[axis]), from[axis].max(to[axis]));
        // The comparison is negated so that NaN counts as apart.
        !(low <= bbox.max[axis] && bbox.min[axis] <= high)
    };
    if apart(0) || apart(1) {
        return false;
    }
    if bbox.contains(from) || bbox.contains(to) {
        return true;
    }
    // It is enough to compare the two corners that are farthest from the line on either side.
    let rising = (from[0] <= to[0]) == (from[1] <= to[1]);
    let (left, right) =
        if rising { ([bbox.min[0], bbox.max[1]], [bbox.max[0], bbox.min[1]]) } else { (bbox.min, bbox.max) };
    let (left, right) = (side(from, to, left), side(from, to, right));
    left != right || left == Orientation::Collinear
}

/// Returns whether a closed ring contains a point that is not on the ring (even-odd rule).
pub(super) fn ring_contains(ring: &[[f64; 2]], point: [f64; 2]) -> bool {
    let mut contains = false;
    for pair in ring.windows(2) {
        let [from, to] = pair else { continue };
        if (from[1] > point[1]) == (to[1] > point[1]) {
            continue;
        }
        // A ray to the east crosses the edge if the point is on the left of an upward edge, or on
        // the right of a downward one.
        let crossed = if to[1] > from[1] { Orientation::CounterClockwise } else { Orientation::Clockwise };
        if side(*from, *to, point) == crossed {
            contains = !contains;
        }
    }
    contains
}

/// Returns on which side of the line from `from` to `to` the point is: `CounterClockwise` is left.
pub(super) fn side(from: [f64; 2], to: [f64; 2], point: [f64; 2]) -> Orientation {
    let [from, to, point] = [from, to, point].map(|[x, y]| coord! { x: x, y: y });
    RobustKernel::orient2d(from, to, point)
}

#[cfg(test)]
mod tests {
    use geo::{Area, Geometry, Intersects, LineString, MultiPoint, Point, Polygon, Rect, Relate, Validation};
    use proptest::prelude::*;

    use super::*;

    type Parts = Vec<(Role, Vec<[f64; 2]>)>;

    fn meets(parts: &[(Role, Vec<[f64; 2]>)], bbox: &Bbox) -> bool {
        parts_intersect_box(parts.iter().map(|(role, xy)| (*role, xy.as_slice())), bbox)
    }

    fn ring(role: Role, min: f64, max: f64) -> (Role, Vec<[f64; 2]>) {
        (role, vec![[min, min], [max, min], [max, max], [min, max], [min, min]])
    }

    #[test]
    fn a_box_in_a_hole_is_outside_and_one_on_its_border_is_not() {
        let parts = [ring(Role::Exterior, 0.0, 10.0), ring(Role::Interior, 2.0, 8.0)];
        assert!(!meets(&parts, &Bbox::new([3.0, 3.0], [7.0, 7.0])));
        assert!(meets(&parts, &Bbox::new([2.0, 3.0], [7.0, 7.0])));
        assert!(meets(&parts, &Bbox::new([0.5, 0.5], [1.5, 1.5])));
        assert!(meets(&parts, &Bbox::new([-1.0, -1.0], [11.0, 11.0])));
    }

    #[test]
    fn an_island_in_the_hole_counts_and_so_does_what_comes_after_the_polygon() {
        let mut parts = vec![ring(Role::Exterior, 0.0, 10.0), ring(Role::Interior, 2.0, 8.0)];
        let bbox = Bbox::new([4.5, 4.5], [5.0, 5.0]);
        assert!(!meets(&parts, &bbox));
        parts.push(ring(Role::Exterior, 4.0, 6.0));
        assert!(meets(&parts, &bbox));
        // The polygon that holds the box is not forgotten for a line that misses it.
        parts.push((Role::Line, vec![[50.0, 50.0], [60.0, 60.0]]));
        assert!(meets(&parts, &bbox));
    }

    #[test]
    fn a_line_past_a_corner_is_told_from_one_through_it() {
        let bbox = Bbox::new([0.0, 0.0], [1.0, 1.0]);
        let line = |offset: f64| [(Role::Line, vec![[-1.0, 1.0 + offset], [1.0, -1.0 + offset]])];
        assert!(meets(&line(0.0), &bbox));
        assert!(!meets(&line(-1e-15), &bbox));
        assert!(meets(&line(1e-15), &bbox));
    }

    #[test]
    fn a_box_that_is_a_point_or_a_line_may_lie_within_a_segment() {
        let slope = [(Role::Line, vec![[0.0, 0.0], [8.0, 4.0]])];
        assert!(meets(&slope, &Bbox::new([4.0, 2.0], [4.0, 2.0])));
        assert!(!meets(&slope, &Bbox::new([4.0, 2.5], [4.0, 2.5])));
        let level = [(Role::Line, vec![[0.0, 0.0], [8.0, 0.0]])];
        assert!(meets(&level, &Bbox::new([3.0, 0.0], [4.0, 0.0])));
    }

    #[test]
    fn an_empty_box_and_nan_meet_nothing() {
        assert!(!meets(&[ring(Role::Exterior, -9.0, 9.0)], &Bbox::EMPTY));
        let bbox = Bbox::new([0.0, 0.0], [1.0, 1.0]);
        assert!(!meets(&[(Role::Points, vec![[f64::NAN, 0.5]])], &bbox));
        assert!(!meets(&[(Role::Line, vec![[f64::NAN, 0.5], [5.0, f64::NAN]])], &bbox));
        assert!(!meets(&[], &bbox));
    }

    fn grid() -> impl Strategy<Value = [f64; 2]> {
        [0..9i32, 0..9i32].prop_map(|point| point.map(f64::from))
    }

    fn a_box() -> impl Strategy<Value = Bbox> {
        prop::array::uniform2(grid()).prop_map(|corners| Bbox::around(&corners))
    }

    fn rect(bbox: &Bbox) -> Rect {
        Rect::new(bbox.min, bbox.max)
    }

    /// A valid polygon of `geo` with up to one hole, and the same as parts.
    fn polygon() -> impl Strategy<Value = (Parts, Geometry)> {
        let rings =
            (prop::collection::vec(grid(), 3..7), prop::option::of(prop::collection::vec(grid(), 3..5)));
        rings.prop_filter_map("not valid", |(exterior, hole)| {
            let line = |points: &[[f64; 2]]| LineString::from(points.to_vec());
            let without = Polygon::new(line(&exterior), vec![]);
            let with = Polygon::new(line(&exterior), hole.iter().map(|hole| line(hole)).collect());
            let filled: Vec<Polygon> =
                with.interiors().iter().map(|hole| Polygon::new(hole.clone(), vec![])).collect();
            // `geo` takes an exterior without area for valid, and then a hole outside of it too.
            let is_sound = with.is_valid() && filled.iter().all(|hole| without.relate(hole).is_covers());
            let polygon = if is_sound { with } else { without.clone() };
            let vertices = |line: &LineString| line.coords().map(|at| [at.x, at.y]).collect::<Vec<_>>();
            let holes = polygon.interiors().iter().map(|hole| (Role::Interior, vertices(hole)));
            let parts =
                std::iter::once((Role::Exterior, vertices(polygon.exterior()))).chain(holes).collect();
            (polygon.is_valid() && without.unsigned_area() > 0.0).then_some((parts, Geometry::from(polygon)))
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 4000, max_local_rejects: 10_000_000, ..Default::default() })]

        #[test]
        fn lines_agree_with_geo(points in prop::collection::vec(grid(), 2..6), bbox in a_box()) {
            let expected = LineString::from(points.clone()).intersects(&rect(&bbox));
            prop_assert_eq!(meets(&[(Role::Line, points)], &bbox), expected);
        }

        #[test]
        fn points_agree_with_geo(points in prop::collection::vec(grid(), 1..4), bbox in a_box()) {
            let expected = MultiPoint::from(points.clone()).0.iter().any(|point: &Point| point.intersects(&rect(&bbox)));
            prop_assert_eq!(meets(&[(Role::Points, points)], &bbox), expected);
        }

        #[test]
        fn polygons_agree_with_geo((parts, polygon) in polygon(), bbox in a_box()) {
            prop_assert_eq!(meets(&parts, &bbox), polygon.intersects(&rect(&bbox)));
        }

        #[test]
        fn a_collection_meets_the_box_when_any_member_does(
            first in polygon(), second in polygon(), line in prop::collection::vec(grid(), 2..4), bbox in a_box(),
        ) {
            let members = [first.0, second.0, vec![(Role::Line, line)]];
            let expected = members.iter().any(|member| meets(member, &bbox));
            prop_assert_eq!(meets(&members.concat(), &bbox), expected);
        }
    }
}
