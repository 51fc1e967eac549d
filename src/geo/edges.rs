//! The segments of a geometry with an index over them, for comparing many geometries with it.
//!
//! The answers are exact like those of [`intersects`](super::intersects). The comparison can be
//! interrupted, as each segment is counted as work.

#![allow(clippy::indexing_slicing)] // only the two axes of a point, by 0 and 1

use geo::algorithm::kernels::Orientation;

use super::Bbox;
use super::geometry::Role;
use super::intersects::{segment_meets_box, side};
use super::model::Run;
use crate::work::spend;

type Point = [f64; 2];

/// The number of children of a node of the index.
const FANOUT: usize = 16;

/// A segment. A point is a segment whose ends are equal.
#[derive(Clone, Copy, Debug)]
struct Edge {
    from: Point,
    to: Point,
    /// The number of the polygon that the segment belongs to; None for lines and points.
    polygon: Option<u32>,
}

/// The segments and points of a geometry, in its own coordinates.
#[derive(Debug)]
pub struct Edges {
    edges: Vec<Edge>,
    /// The boxes of the nodes, level by level from the leaves to the root. A leaf stands for
    /// [`FANOUT`] successive edges, which mostly lie next to each other.
    levels: Vec<Vec<Bbox>>,
    /// One vertex of each part. If a part touches nothing of another geometry, this vertex decides
    /// whether the part is inside it.
    starts: Vec<Point>,
}

impl Edges {
    /// Creates the index from the runs of a geometry. Rings are closed, and holes follow their
    /// exterior ring.
    pub fn new<'a>(runs: impl Iterator<Item = Run<'a>>) -> Edges {
        let (mut edges, mut starts, mut polygons) = (vec![], vec![], 0);
        for (role, xy) in runs {
            polygons += u32::from(role == Role::Exterior);
            let polygon = matches!(role, Role::Exterior | Role::Interior).then_some(polygons);
            let edge = |from: &Point, to: &Point| Edge { from: *from, to: *to, polygon };
            match (role, xy) {
                (Role::Points, points) => {
                    starts.extend_from_slice(points);
                    edges.extend(points.iter().map(|point| edge(point, point)));
                }
                (_, [point]) => {
                    starts.push(*point);
                    edges.push(edge(point, point));
                }
                (_, path) => {
                    starts.extend(path.first());
                    edges.extend(path.iter().zip(path.iter().skip(1)).map(|(from, to)| edge(from, to)));
                }
            }
        }
        let mut levels = vec![];
        let around = |edges: &[Edge]| Bbox::around(edges.iter().flat_map(|edge| [&edge.from, &edge.to]));
        let mut level: Vec<Bbox> = edges.chunks(FANOUT).map(around).collect();
        loop {
            let merged = |boxes: &[Bbox]| {
                let mut all = Bbox::EMPTY;
                boxes.iter().for_each(|bbox| all.merge(*bbox));
                all
            };
            let above: Vec<Bbox> = level.chunks(FANOUT).map(merged).collect();
            let is_root = above.len() >= level.len();
            levels.push(std::mem::replace(&mut level, above));
            if is_root {
                return Edges { edges, levels, starts };
            }
        }
    }

    /// Returns the number of segments and points.
    pub fn len(&self) -> usize {
        self.edges.len()
    }

    /// Returns whether the geometry is empty.
    pub fn is_empty(&self) -> bool {
        self.edges.is_empty()
    }

    /// Returns one vertex of each part.
    pub fn starts(&self) -> &[Point] {
        &self.starts
    }

    /// Returns whether an edge and a box have a point in common. The border belongs to the box.
    pub fn meet_box(&self, bbox: &Bbox) -> bool {
        self.find(bbox, &mut |edge| segment_meets_box(edge.from, edge.to, bbox))
    }

    /// Returns whether an edge and the segment `from`–`to` have a point in common.
    ///
    /// ```
    /// use veedel::geo::edges::Edges;
    /// use veedel::geo::geometry::Role;
    ///
    /// let line = [[0.0, 0.0], [2.0, 2.0]];
    /// let edges = Edges::new([(Role::Line, line.as_slice())].into_iter());
    /// assert!(edges.meet_segment([0.0, 2.0], [2.0, 0.0]));
    /// assert!(!edges.meet_segment([0.0, 1.0], [0.0, 2.0]));
    /// ```
    pub fn meet_segment(&self, from: Point, to: Point) -> bool {
        self.find(&Bbox::around(&[from, to]), &mut |edge| segments_meet(edge.from, edge.to, from, to))
    }

    /// Returns whether one of the polygons contains a point that is on no edge. A ray from the
    /// point to the east crosses the edges of a polygon an odd number of times if the polygon
    /// contains the point (even-odd rule).
    pub fn contain(&self, point: Point) -> bool {
        let ray = Bbox::new(point, [f64::INFINITY, point[1]]);
        let mut odd: Vec<u32> = vec![];
        self.find(&ray, &mut |edge| {
            if let Some(polygon) = edge.polygon
                && (edge.from[1] > point[1]) != (edge.to[1] > point[1])
            {
                let is_upward = edge.to[1] > edge.from[1];
                let east = if is_upward { Orientation::CounterClockwise } else { Orientation::Clockwise };
                if side(edge.from, edge.to, point) == east {
                    match odd.iter().position(|other| *other == polygon) {
                        Some(at) => drop(odd.swap_remove(at)),
                        None => odd.push(polygon),
                    }
                }
            }
            false
        });
        !odd.is_empty()
    }

    /// Returns the number of edges whose box meets the box of the segment `from`–`to`. Counting
    /// stops at `most`.
    pub fn near_segment(&self, from: Point, to: Point, most: usize) -> usize {
        let mut count = 0;
        self.find(&Bbox::around(&[from, to]), &mut |_| {
            count += 1;
            count >= most
        });
        count
    }

    /// Returns the number of pairs of segments whose boxes meet, and the number of these pairs that
    /// cross or overlap without a common end. Counting stops as soon as either number has reached
    /// its maximum.
    pub fn own_pairs(&self, most: usize, most_crossings: usize) -> (usize, usize) {
        let (mut pairs, mut crossings) = (0, 0);
        for (number, own) in self.edges.iter().enumerate().filter(|(_, own)| own.from != own.to) {
            let ends = |edge: &Edge| [edge.from, edge.to];
            self.find_numbered(&Bbox::around(&ends(own)), &mut |other_number, other| {
                if other_number <= number || other.from == other.to {
                    return false;
                }
                pairs += 1;
                let share_an_end = ends(own).iter().any(|end| ends(other).contains(end));
                if !share_an_end && segments_meet(own.from, own.to, other.from, other.to) {
                    crossings += 1;
                }
                pairs >= most || crossings >= most_crossings
            });
            if pairs >= most || crossings >= most_crossings {
                break;
            }
        }
        (pairs, crossings)
    }

    fn find(&self, bbox: &Bbox, is_it: &mut impl FnMut(&Edge) -> bool) -> bool {
        self.find_numbered(bbox, &mut |_, edge| is_it(edge))
    }

    /// Calls `is_it` with the edges whose box meets `bbox`, until it returns true. Returns whether
    /// it did.
    fn find_numbered(&self, bbox: &Bbox, is_it: &mut impl FnMut(usize, &Edge) -> bool) -> bool {
        self.find_below(self.levels.len().saturating_sub(1), 0..FANOUT, bbox, is_it)
    }

    fn find_below(
        &self,
        level: usize,
        nodes: std::ops::Range<usize>,
        bbox: &Bbox,
        is_it: &mut impl FnMut(usize, &Edge) -> bool,
    ) -> bool {
        let Some(boxes) = self.levels.get(level) else { return false };
        let end = nodes.end.min(boxes.len());
        spend(nodes.len());
        for (node, own) in (nodes.start..end).zip(boxes.get(nodes.start..end).unwrap_or_default()) {
            if !own.intersects(bbox) {
                continue;
            }
            let children = node * FANOUT..(node + 1) * FANOUT;
            let found = match level.checked_sub(1) {
                Some(below) => self.find_below(below, children, bbox, is_it),
                None => self.find_among(children, bbox, is_it),
            };
            if found {
                return true;
            }
        }
        false
    }

    fn find_among(
        &self,
        numbers: std::ops::Range<usize>,
        bbox: &Bbox,
        is_it: &mut impl FnMut(usize, &Edge) -> bool,
    ) -> bool {
        let end = numbers.end.min(self.edges.len());
        spend(numbers.len());
        let edges = self.edges.get(numbers.start..end).unwrap_or_default();
        let mut numbered = (numbers.start..end).zip(edges);
        numbered
            .any(|(number, edge)| Bbox::around(&[edge.from, edge.to]).intersects(bbox) && is_it(number, edge))
    }
}

/// Returns whether the segments `a`–`b` and `c`–`d` have a point in common. The ends belong to a
/// segment, and either may be a point.
fn segments_meet(a: Point, b: Point, c: Point, d: Point) -> bool {
    if !Bbox::around(&[a, b]).intersects(&Bbox::around(&[c, d])) {
        return false;
    }
    let apart = |[one, other]: [Orientation; 2]| one == other && one != Orientation::Collinear;
    // A point has no direction, so others cannot lie on one side of it.
    let of_line = |from: Point, to: Point, others: [Point; 2]| {
        from != to && apart(others.map(|other| side(from, to, other)))
    };
    !of_line(a, b, [c, d]) && !of_line(c, d, [a, b])
}

#[cfg(test)]
mod tests {
    use geo::{Contains, Intersects, Line, LineString, Polygon, coord};
    use proptest::prelude::*;

    use super::*;

    fn point() -> impl Strategy<Value = Point> {
        [0..8i32, 0..8].prop_map(|point| point.map(f64::from))
    }

    fn coords(xy: &[Point]) -> LineString<f64> {
        LineString(xy.iter().map(|[x, y]| coord! { x: *x, y: *y }).collect())
    }

    /// A ring of many teeth, so that the index has several levels.
    fn teeth(count: usize) -> Vec<Point> {
        let tooth = |number: usize| [number as f64, if number.is_multiple_of(2) { 2.0 } else { 9.0 }];
        let mut ring: Vec<Point> = (0..count).map(tooth).collect();
        ring.extend([[count as f64, -1.0], [-1.0, -1.0], [0.0, 2.0]]);
        ring
    }

    #[test]
    fn teeth_are_met_and_contain_what_geo_says() {
        let ring = teeth(1000);
        let edges = Edges::new([(Role::Exterior, ring.as_slice())].into_iter());
        assert_eq!((edges.len(), edges.levels.len()), (1002, 3));
        let polygon = Polygon::new(coords(&ring), vec![]);
        for number in 0..4000 {
            let point = [f64::from(number) * 0.31, f64::from(number % 13) - 2.5];
            let inside = polygon.contains(&coord! { x: point[0], y: point[1] });
            assert_eq!(edges.contain(point) && !edges.meet_segment(point, point), inside, "{point:?}");
            let bbox = Bbox::new(point, [point[0] + 0.2, point[1] + 1.0]);
            let rect = geo::Rect::new(
                coord! { x: bbox.min[0], y: bbox.min[1] },
                coord! { x: bbox.max[0], y: bbox.max[1] },
            );
            assert_eq!(edges.meet_box(&bbox), coords(&ring).intersects(&rect), "{bbox:?}");
        }
    }

    #[test]
    fn crossings_are_counted_and_ends_that_join_are_not() {
        let of = |xy: &[Point]| Edges::new([(Role::Line, xy)].into_iter()).own_pairs(1000, 1000);
        assert_eq!(of(&[[0.0, 0.0], [1.0, 1.0], [2.0, 0.0], [0.0, 0.0]]), (3, 0));
        assert_eq!(of(&[[0.0, 0.0], [2.0, 2.0], [2.0, 0.0], [0.0, 2.0]]).1, 1);
        let star: Vec<Point> = (0..101)
            .map(|number| {
                let angle = std::f64::consts::PI * 100.0 / 101.0 * f64::from(number);
                [angle.cos() * 1e6, angle.sin() * 1e6].map(f64::round)
            })
            .collect();
        assert!(of(&star).1 > 900, "{:?}", of(&star));
        let stopped = Edges::new([(Role::Line, star.as_slice())].into_iter()).own_pairs(1000, 50);
        assert_eq!(stopped.1, 50);
    }

    proptest! {
        #[test]
        fn segments_meet_where_geo_says_so(a in point(), b in point(), c in point(), d in point()) {
            let line = |from: Point, to: Point| Line::new(from, to);
            prop_assert_eq!(segments_meet(a, b, c, d), line(a, b).intersects(&line(c, d)), "{:?}", [a, b, c, d]);
        }
    }
}
