//! Whether a geometry is valid in the sense of Simple Features (OGC 06-103r4, 6.1), like PostGIS's
//! `ST_IsValid`.
//!
//! One condition is not checked: whether rings that touch divide an interior into two.
//!
//! Segments are compared in pairs if their extents in x overlap (sort and sweep). Orientations are
//! exact (Shewchuk 1997, see [`intersects`](super::intersects)), so touching and crossing can be
//! told apart.

#![allow(clippy::indexing_slicing)] // only the two axes of a point, by 0 and 1

use geo::algorithm::kernels::Orientation;

use super::Bbox;
use super::geometry::{Role, Shape};
use super::intersects::{ring_contains, side};
use crate::error::template;

type Point = [f64; 2];

/// Returns what is wrong with a shape, as the end of a sentence that begins with its name; None if
/// the shape is valid.
///
/// ```
/// use veedel::geo::geometry::Role;
/// use veedel::geo::{GeometryType, Shape, validity};
///
/// let mut shape = Shape { kind: Some(GeometryType::Polygon), ..Shape::default() };
/// shape.xy = vec![[0.0, 0.0], [2.0, 2.0], [2.0, 0.0], [0.0, 2.0], [0.0, 0.0]];
/// shape.end_part(Role::Exterior);
/// assert_eq!(validity::fault(&shape), Some("has a ring that crosses itself"));
/// ```
pub fn fault(shape: &Shape) -> Option<&'static str> {
    if !shape.is_finite() || shape.z.iter().any(|height| !height.is_finite()) {
        return Some(template!("has a coordinate that is no number"));
    }
    let mut runs = shape.runs();
    if shape.members.is_empty() {
        return fault_of_member(runs);
    }
    shape.members.iter().find_map(|member| fault_of_member(runs.by_ref().take(member.parts as usize)))
}

fn fault_of_member<'a>(runs: impl Iterator<Item = (Role, &'a [Point])>) -> Option<&'static str> {
    let mut rings = vec![];
    for (role, vertices) in runs {
        match role {
            Role::Points => {}
            Role::Line if vertices.iter().all(|vertex| Some(vertex) == vertices.first()) => {
                return Some(template!("has a line without length"));
            }
            Role::Line => {}
            Role::Exterior | Role::Interior => match Ring::new(role, vertices) {
                Ok(ring) => rings.push(ring),
                Err(what) => return Some(what),
            },
        }
    }
    crossing(&rings).or_else(|| misplaced(&rings))
}

/// A closed ring without repeated successive vertices.
struct Ring {
    role: Role,
    vertices: Vec<Point>,
    bounds: Bbox,
}

impl Ring {
    fn new(role: Role, vertices: &[Point]) -> Result<Ring, &'static str> {
        if vertices.first() != vertices.last() {
            return Err(template!("has a ring that is not closed: its last vertex must be its first"));
        }
        let mut vertices = vertices.to_vec();
        vertices.dedup();
        if vertices.len() < 4 {
            return Err(template!("has a ring of fewer than three different vertices"));
        }
        let bounds = Bbox::around(&vertices);
        Ok(Ring { role, vertices, bounds })
    }

    fn segments(&self) -> impl Iterator<Item = (Point, Point)> {
        self.vertices.iter().copied().zip(self.vertices.iter().skip(1).copied())
    }

    /// Returns whether this ring is inside another one. The rings may touch in points but not along
    /// a line. So it is enough to look at the first vertex or midpoint of this ring that is not on
    /// the other.
    fn is_inside(&self, other: &Ring) -> bool {
        if !self.bounds.intersects(&other.bounds) {
            return false;
        }
        let middles = self.segments().map(|(a, b)| [a[0] + (b[0] - a[0]) / 2.0, a[1] + (b[1] - a[1]) / 2.0]);
        let mut places = self.vertices.iter().copied().chain(middles);
        places.find(|place| !other.is_on(*place)).is_some_and(|place| ring_contains(&other.vertices, place))
    }

    fn is_on(&self, point: Point) -> bool {
        self.segments().any(|(a, b)| {
            Bbox::around(&[a, b]).contains(point) && side(a, b, point) == Orientation::Collinear
        })
    }
}

/// A segment of a ring.
struct Segment {
    from: Point,
    to: Point,
    ring: usize,
    number: usize,
    bounds: Bbox,
}

/// Returns what is wrong with the first two segments that meet and must not; None if there are
/// none.
fn crossing(rings: &[Ring]) -> Option<&'static str> {
    let mut segments: Vec<Segment> = rings
        .iter()
        .enumerate()
        .flat_map(|(ring, own)| {
            let of_ring = move |(number, (from, to))| {
                let bounds = Bbox::around(&[from, to]);
                Segment { from, to, ring, number, bounds }
            };
            own.segments().enumerate().map(of_ring)
        })
        .collect();
    segments.sort_by(|left, right| left.bounds.min[0].total_cmp(&right.bounds.min[0]));
    for (index, segment) in segments.iter().enumerate() {
        let reached = |later: &&Segment| later.bounds.min[0] <= segment.bounds.max[0];
        for later in segments.iter().skip(index + 1).take_while(reached) {
            let (own, other) = (&segment.bounds, &later.bounds);
            if other.min[1] <= own.max[1] && own.min[1] <= other.max[1] {
                let last = rings.get(segment.ring).map_or(0, |ring| ring.vertices.len().saturating_sub(2));
                if let Some(what) = meeting(segment, later, last) {
                    return Some(what);
                }
            }
        }
    }
    None
}

/// Returns what is wrong with the way in which two segments meet; None if it is allowed. `last` is
/// the number of the last segment in the ring of `one`.
fn meeting(one: &Segment, other: &Segment, last: usize) -> Option<&'static str> {
    let ends = [side(one.from, one.to, other.from), side(one.from, one.to, other.to)];
    let other_ends = [side(other.from, other.to, one.from), side(other.from, other.to, one.to)];
    let apart = |[a, b]: [Orientation; 2]| a == b && a != Orientation::Collinear;
    if apart(ends) || apart(other_ends) {
        return None;
    }
    if ends == [Orientation::Collinear; 2] {
        // Both are on one line. Their extents decide, on an axis on which they are not points.
        let axis = usize::from(one.from[0] == one.to[0]);
        let (own, others) = (&one.bounds, &other.bounds);
        let shared = own.max[axis].min(others.max[axis]) - own.min[axis].max(others.min[axis]);
        if shared > 0.0 {
            return Some(template!("has a ring that runs back over itself or along another"));
        }
        if shared < 0.0 {
            return None;
        }
    } else if !ends.contains(&Orientation::Collinear) && !other_ends.contains(&Orientation::Collinear) {
        return Some(match one.ring == other.ring {
            true => template!("has a ring that crosses itself"),
            false => template!("has rings that cross each other"),
        });
    }
    let numbers = [one.number.min(other.number), one.number.max(other.number)];
    let are_neighbours = numbers[0] + 1 == numbers[1] || numbers == [0, last];
    (one.ring == other.ring && !are_neighbours).then_some(template!("has a ring that touches itself"))
}

/// Returns a fault if a hole is outside of its polygon or in another hole, or if polygons overlap.
fn misplaced(rings: &[Ring]) -> Option<&'static str> {
    let polygons: Vec<&[Ring]> = rings.chunk_by(|_, next| next.role == Role::Interior).collect();
    for polygon in &polygons {
        let [exterior, holes @ ..] = polygon else { continue };
        if holes.iter().any(|hole| !hole.is_inside(exterior)) {
            return Some(template!("has a hole that is not inside its polygon"));
        }
        let is_nested =
            |hole: &Ring| holes.iter().any(|other| !std::ptr::eq(hole, other) && hole.is_inside(other));
        if holes.iter().any(is_nested) {
            return Some(template!("has a hole inside another"));
        }
        let is_covered = |other: &&[Ring]| match other {
            [outer, holes @ ..] => {
                !std::ptr::eq(outer, exterior)
                    && exterior.is_inside(outer)
                    && !holes.iter().any(|hole| exterior.is_inside(hole))
            }
            [] => false,
        };
        if polygons.iter().any(is_covered) {
            return Some(template!("has polygons that overlap"));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geo::GeometryType;

    fn shape(kind: GeometryType, runs: &[(Role, &[Point])]) -> Shape {
        let mut shape = Shape { kind: Some(kind), ..Shape::default() };
        for (role, vertices) in runs {
            shape.xy.extend_from_slice(vertices);
            shape.end_part(*role);
        }
        shape
    }

    fn ring(x: f64, y: f64, side: f64) -> [Point; 5] {
        [[x, y], [x + side, y], [x + side, y + side], [x, y + side], [x, y]]
    }

    #[test]
    fn rings_are_closed_and_cross_nothing() {
        use Role::{Exterior, Interior};
        let outer = ring(0.0, 0.0, 10.0);
        let polygon = |runs: &[(Role, &[Point])]| fault(&shape(GeometryType::Polygon, runs));
        assert_eq!(polygon(&[(Exterior, &outer)]), None);
        assert_eq!(polygon(&[(Exterior, &outer), (Interior, &ring(2.0, 2.0, 3.0))]), None);
        // Touching in one point is allowed, between rings.
        assert_eq!(
            polygon(&[(Exterior, &outer), (Interior, &[[0.0, 5.0], [3.0, 4.0], [3.0, 6.0], [0.0, 5.0]])]),
            None
        );
        assert_eq!(
            polygon(&[
                (Exterior, &outer),
                (Interior, &ring(2.0, 2.0, 2.0)),
                (Interior, &ring(4.0, 4.0, 2.0))
            ]),
            None
        );
        let bow_tie = [[0.0, 0.0], [2.0, 2.0], [2.0, 0.0], [0.0, 2.0], [0.0, 0.0]];
        let spike = [[0.0, 0.0], [4.0, 0.0], [4.0, 4.0], [4.0, 9.0], [4.0, 4.0], [0.0, 4.0], [0.0, 0.0]];
        let eight = [[0.0, 0.0], [2.0, 0.0], [1.0, 1.0], [2.0, 2.0], [0.0, 2.0], [1.0, 1.0], [0.0, 0.0]];
        for (runs, words) in [
            (vec![(Exterior, &bow_tie[..])], "crosses itself"),
            (vec![(Exterior, &spike[..])], "itself"),
            (vec![(Exterior, &eight[..])], "touches itself"),
            (vec![(Exterior, &outer[..4])], "not closed"),
            (vec![(Exterior, &[[0.0, 0.0], [1.0, 1.0], [0.0, 0.0]][..])], "fewer than three"),
            (vec![(Exterior, &[[1.0, 1.0]; 5][..])], "fewer than three"),
            (vec![(Exterior, &outer[..]), (Interior, &ring(20.0, 2.0, 3.0)[..])], "not inside"),
            (vec![(Exterior, &outer[..]), (Interior, &ring(8.0, 8.0, 4.0)[..])], "cross each other"),
            (vec![(Exterior, &outer[..]), (Interior, &ring(0.0, 0.0, 3.0)[..])], "along another"),
            (vec![(Exterior, &ring(2.0, 2.0, 2.0)[..]), (Interior, &outer[..])], "not inside"),
            (
                vec![
                    (Exterior, &outer[..]),
                    (Interior, &ring(1.0, 1.0, 8.0)[..]),
                    (Interior, &ring(2.0, 2.0, 2.0)[..]),
                ],
                "inside another",
            ),
        ] {
            let what = polygon(&runs).expect(words);
            assert!(what.contains(words), "{what} / {words}");
        }
    }

    #[test]
    fn polygons_of_one_geometry_do_not_overlap() {
        use Role::{Exterior, Interior};
        let outer = ring(0.0, 0.0, 10.0);
        let several = |runs: &[(Role, &[Point])]| fault(&shape(GeometryType::MultiPolygon, runs));
        assert_eq!(several(&[(Exterior, &outer), (Exterior, &ring(10.0, 10.0, 2.0))]), None);
        let island = [
            (Exterior, &outer[..]),
            (Interior, &ring(1.0, 1.0, 8.0)[..]),
            (Exterior, &ring(2.0, 2.0, 2.0)[..]),
        ];
        assert_eq!(several(&island), None);
        assert!(
            several(&[(Exterior, &outer), (Exterior, &ring(2.0, 2.0, 2.0))]).unwrap().contains("overlap")
        );
    }

    #[test]
    fn ten_thousand_vertices_are_checked_in_no_time() {
        let circle = |count: usize| -> Vec<Point> {
            let angle = |index: usize| std::f64::consts::TAU * (index % count) as f64 / count as f64;
            (0..=count).map(|index| [angle(index).cos(), angle(index).sin()]).collect()
        };
        let star: Vec<Point> = circle(4_000)
            .iter()
            .enumerate()
            .map(|(i, [x, y])| {
                let far = if i % 2 == 0 { 1.0 } else { 0.5 };
                [x * far, y * far]
            })
            .collect();
        for vertices in [circle(10_000), star] {
            let began = std::time::Instant::now();
            assert_eq!(fault(&shape(GeometryType::Polygon, &[(Role::Exterior, &vertices)])), None);
            assert!(began.elapsed().as_secs() < 20, "{:?}", began.elapsed());
        }
    }

    #[test]
    fn numbers_are_numbers_and_lines_have_a_length() {
        let line = |vertices: &[Point]| fault(&shape(GeometryType::LineString, &[(Role::Line, vertices)]));
        assert!(line(&[[0.0, f64::NAN], [1.0, 1.0]]).is_some());
        assert!(line(&[[0.0, 0.0], [f64::INFINITY, 1.0]]).is_some());
        assert!(line(&[[1.0, 1.0], [1.0, 1.0]]).is_some());
        assert_eq!(line(&[[0.0, 0.0], [1.0, 1.0], [0.0, 0.0]]), None);
    }
}
