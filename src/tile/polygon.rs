//! Polygons on the tile's grid: cleaned, made valid, wound as MVT 2.1 section 4.3.4.4 wants.
//!
//! Rounding to the grid and clipping can make a valid polygon touch or cross itself. Most do not: a quick
//! exact check tells, and only the others go through an integer overlay (crate `i_overlay`).

#![allow(clippy::indexing_slicing)] // only the two axes of a point, by 0 and 1

use i_overlay::core::fill_rule::FillRule;
use i_overlay::core::overlay::{IntOverlayOptions, Overlay};
use i_overlay::core::overlay_rule::OverlayRule;
use i_overlay::core::solver::Solver;
use i_overlay::i_float::int::point::IntPoint;

/// Rings on the tile's grid, end to end, without repeated first points; each polygon is an exterior ring
/// followed by its holes.
#[derive(Debug, Default)]
pub struct Rings {
    /// All points.
    pub points: Vec<[i32; 2]>,
    /// Where each ring ends, and whether it is exterior.
    pub ends: Vec<(usize, bool)>,
}

impl Rings {
    /// Forgets all rings, keeping the memory.
    pub fn clear(&mut self) {
        self.points.clear();
        self.ends.clear();
    }

    /// The rings: points and whether exterior.
    pub fn iter(&self) -> impl Iterator<Item = (&[[i32; 2]], bool)> {
        let mut start = 0;
        self.ends.iter().map(move |(end, exterior)| {
            let ring = self.points.get(start..*end).unwrap_or_default();
            start = *end;
            (ring, *exterior)
        })
    }

    /// Ends the ring whose points were pushed since the last one: drops repeated and straight points and
    /// spikes, gives it its winding, and keeps it only if it covers something. Returns whether it did.
    pub fn end_ring(&mut self, exterior: bool) -> bool {
        let start = self.ends.last().map_or(0, |(end, _)| *end);
        clean(&mut self.points, start);
        let ring = self.points.get_mut(start..).unwrap_or_default();
        let area = doubled_area(ring);
        if area == 0 {
            self.points.truncate(start);
            return false;
        }
        if (area > 0) != exterior {
            ring.reverse();
        }
        self.ends.push((self.points.len(), exterior));
        true
    }

    /// Makes the rings valid together, where they are not.
    pub fn make_valid(&mut self) {
        if has_contact(self) || !is_well_nested(self) {
            repair(self);
        }
    }
}

/// Twice the area by the surveyor's formula; positive for exterior rings in tile coordinates (y down).
fn doubled_area(ring: &[[i32; 2]]) -> i64 {
    let Some(mut from) = ring.last() else { return 0 };
    let mut sum = 0;
    for to in ring {
        sum += i64::from(from[0]) * i64::from(to[1]) - i64::from(to[0]) * i64::from(from[1]);
        from = to;
    }
    sum
}

/// The turn at `b` on the way from `a` to `c`: 0 when straight or back on itself.
#[inline]
fn turn(a: [i32; 2], b: [i32; 2], c: [i32; 2]) -> i64 {
    let delta = |from: [i32; 2], to: [i32; 2], axis: usize| i64::from(to[axis]) - i64::from(from[axis]);
    delta(a, b, 0) * delta(a, c, 1) - delta(a, b, 1) * delta(a, c, 0)
}

/// Drops points from the ring that begins at `start` until no three neighbours are in line.
fn clean(points: &mut Vec<[i32; 2]>, start: usize) {
    let mut kept = start;
    for read in start..points.len() {
        let Some(point) = points.get(read).copied() else { break };
        while kept >= start + 2 && in_line(points, kept - 2, kept - 1, point) {
            kept -= 1;
        }
        if kept > start && points.get(kept - 1) == Some(&point) {
            continue;
        }
        if let Some(place) = points.get_mut(kept) {
            *place = point;
        }
        kept += 1;
    }
    points.truncate(kept);
    clean_seam(points, start);
}

fn in_line(points: &[[i32; 2]], a: usize, b: usize, c: [i32; 2]) -> bool {
    matches!((points.get(a), points.get(b)), (Some(a), Some(b)) if turn(*a, *b, c) == 0)
}

/// The same where the ring closes.
fn clean_seam(points: &mut Vec<[i32; 2]>, start: usize) {
    let mut first = start;
    while let Some([a, b, y, z]) = points.get(first..).and_then(seam) {
        if z == a || turn(y, z, a) == 0 {
            points.pop();
        } else if turn(z, a, b) == 0 {
            first += 1;
        } else {
            break;
        }
    }
    points.drain(start..first);
    if points.len() - start < 3 {
        points.truncate(start);
    }
}

/// The first two and the last two points of a ring of at least three.
fn seam(ring: &[[i32; 2]]) -> Option<[[i32; 2]; 4]> {
    match ring {
        [a, b, .., y, z] => Some([*a, *b, *y, *z]),
        [a, b, c] => Some([*a, *b, *b, *c]),
        _ => None,
    }
}

/// An edge, the ring it belongs to, and its place in it.
#[derive(Clone, Copy)]
struct Edge {
    from: [i32; 2],
    to: [i32; 2],
    ring: u32,
    place: u32,
    ring_length: u32,
}

impl Edge {
    fn is_next_to(&self, other: &Edge) -> bool {
        let apart = self.place.abs_diff(other.place);
        self.ring == other.ring && (apart == 1 || apart == self.ring_length - 1)
    }
}

/// Whether any two edges that are not neighbours share a point. Stricter than validity (a hole may touch
/// its exterior once), which only means that some valid polygons take the longer way.
fn has_contact(rings: &Rings) -> bool {
    match (rings.points.as_slice(), rings.ends.len()) {
        // Of a lone triangle all edges are neighbours, of a lone quadrangle all but two pairs. Together these
        // are most of a city's buildings.
        ([_, _, _], 1) => false,
        ([a, b, c, d], 1) => {
            !is_convex([*a, *b, *c, *d]) && (segments_touch(*a, *b, *c, *d) || segments_touch(*b, *c, *d, *a))
        }
        _ => edges_touch(&mut edges(rings)),
    }
}

/// Whether all four turns go the same way. Each is less than a half circle, so they are one full circle
/// together, not two: such a quadrilateral does not cross itself.
fn is_convex([a, b, c, d]: [[i32; 2]; 4]) -> bool {
    let turns = [turn(a, b, c), turn(b, c, d), turn(c, d, a), turn(d, a, b)].map(i64::signum);
    turns.iter().sum::<i64>().abs() == 4
}

fn edges(rings: &Rings) -> Vec<Edge> {
    let mut edges = Vec::with_capacity(rings.points.len());
    for (ring, (points, _)) in (0u32..).zip(rings.iter()) {
        let Some(mut from) = points.last().copied() else { continue };
        for (place, to) in (0u32..).zip(points) {
            edges.push(Edge { from, to: *to, ring, place, ring_length: points.len() as u32 });
            from = *to;
        }
    }
    edges
}

/// Sweeps from west to east: an edge meets only those that begin before it ends.
fn edges_touch(edges: &mut [Edge]) -> bool {
    edges.sort_unstable_by_key(|edge| edge.from[0].min(edge.to[0]));
    edges.iter().enumerate().any(|(index, edge)| {
        let east = edge.from[0].max(edge.to[0]);
        let later = edges.get(index + 1..).unwrap_or_default().iter();
        later
            .take_while(|other| other.from[0].min(other.to[0]) <= east)
            .any(|other| !edge.is_next_to(other) && segments_touch(edge.from, edge.to, other.from, other.to))
    })
}

/// Whether the segments `a`–`b` and `c`–`d` share a point.
fn segments_touch(a: [i32; 2], b: [i32; 2], c: [i32; 2], d: [i32; 2]) -> bool {
    let boxes_meet = (0..2).all(|axis| {
        a[axis].min(b[axis]) <= c[axis].max(d[axis]) && c[axis].min(d[axis]) <= a[axis].max(b[axis])
    });
    boxes_meet
        && turn(a, b, c).signum() * turn(a, b, d).signum() <= 0
        && turn(c, d, a).signum() * turn(c, d, b).signum() <= 0
}

/// Whether, of rings without contact, each hole lies in its own exterior and in no other hole, and each
/// exterior in no other polygon (unless in a hole of it).
fn is_well_nested(rings: &Rings) -> bool {
    if rings.ends.len() == 1 {
        return true;
    }
    let all: Vec<(&[[i32; 2]], bool)> = rings.iter().collect();
    let mut own: &[[i32; 2]] = &[];
    all.iter().enumerate().all(|(index, (ring, exterior))| {
        let Some(point) = ring.first() else { return true };
        let others = all.iter().enumerate().filter(|(other, _)| *other != index);
        let depth = others.filter(|(_, (other, _))| contains(other, *point)).count();
        if *exterior {
            own = ring;
        }
        depth.is_multiple_of(2) == *exterior && (*exterior || contains(own, *point))
    })
}

/// Whether `point`, which is on no edge, lies in the ring (crossing number).
fn contains(ring: &[[i32; 2]], point: [i32; 2]) -> bool {
    let Some(mut from) = ring.last().copied() else { return false };
    let mut inside = false;
    for to in ring.iter().copied() {
        if (from[1] > point[1]) != (to[1] > point[1]) {
            let is_left = turn(from, to, point) > 0;
            inside ^= is_left == (to[1] > from[1]);
        }
        from = to;
    }
    inside
}

type Contours = Vec<Vec<IntPoint>>;

/// Each polygon by itself with the even-odd rule (both lobes of a bow tie stay), then all together, so
/// that members which rounding made overlap are joined.
fn repair(rings: &mut Rings) {
    let mut polygons: Vec<Contours> = vec![];
    for (ring, exterior) in rings.iter() {
        let contour = ring.iter().map(|[x, y]| IntPoint::new(*x, *y)).collect();
        match polygons.last_mut() {
            Some(polygon) if !exterior => polygon.push(contour),
            _ => polygons.push(vec![contour]),
        }
    }
    let several = polygons.len() > 1;
    let mut shapes: Vec<Contours> =
        polygons.iter().flat_map(|polygon| overlay(polygon, FillRule::EvenOdd)).collect();
    if several {
        let all: Contours = shapes.into_iter().flatten().collect();
        shapes = overlay(&all, FillRule::NonZero);
    }
    rings.clear();
    for shape in shapes {
        for (index, contour) in shape.into_iter().enumerate() {
            rings.points.extend(contour.into_iter().map(|point| [point.x, point.y]));
            // A polygon whose exterior covers nothing takes its holes with it.
            if !rings.end_ring(index == 0) && index == 0 {
                break;
            }
        }
    }
}

fn overlay(contours: &Contours, rule: FillRule) -> Vec<Contours> {
    let nothing: &Contours = &vec![];
    Overlay::from_subj_and_clip_custom(contours, nothing, IntOverlayOptions::ogc(), Solver::default())
        .overlay(OverlayRule::Subject, rule)
}

#[cfg(test)]
mod tests {
    use super::*;
    use geo::Validation;
    use proptest::prelude::*;

    fn rings(polygons: &[&[&[[i32; 2]]]]) -> Rings {
        let mut rings = Rings::default();
        for polygon in polygons {
            for (index, ring) in polygon.iter().enumerate() {
                rings.points.extend_from_slice(ring);
                if !rings.end_ring(index == 0) && index == 0 {
                    break;
                }
            }
        }
        rings
    }

    fn multi_polygon(rings: &Rings) -> geo::MultiPolygon<f64> {
        let mut polygons: Vec<geo::Polygon<f64>> = vec![];
        for (points, exterior) in rings.iter() {
            let line: geo::LineString<f64> =
                points.iter().map(|[x, y]| (f64::from(*x), f64::from(*y))).collect();
            match polygons.last_mut() {
                Some(polygon) if !exterior => polygon.interiors_push(line),
                _ => polygons.push(geo::Polygon::new(line, vec![])),
            }
        }
        geo::MultiPolygon::new(polygons)
    }

    #[test]
    fn straight_points_repeats_and_spikes_go() {
        let cleaned =
            rings(&[&[&[[0, 0], [5, 0], [5, 0], [10, 0], [10, 10], [10, 30], [10, 10], [0, 10], [0, 5]]]]);
        assert_eq!(cleaned.points, [[0, 0], [10, 0], [10, 10], [0, 10]]);
    }

    #[test]
    fn what_covers_nothing_goes_with_its_holes() {
        assert!(rings(&[&[&[[0, 0], [5, 0], [0, 0]], &[[1, 1], [2, 1], [2, 2]]]]).ends.is_empty());
    }

    #[test]
    fn exterior_rings_are_positive_and_holes_negative() {
        let square = [[0, 0], [0, 10], [10, 10], [10, 0]];
        let hole = [[2, 2], [2, 4], [4, 4], [4, 2]];
        let rings = rings(&[&[&square, &hole]]);
        let areas: Vec<i64> = rings.iter().map(|(ring, _)| doubled_area(ring)).collect();
        assert_eq!(areas, [200, -8]);
    }

    #[test]
    fn a_bow_tie_becomes_two_triangles() {
        let mut rings = rings(&[&[&[[0, 0], [10, 10], [10, 0], [0, 12]]]]);
        rings.make_valid();
        assert_eq!(rings.ends.len(), 2);
        assert!(multi_polygon(&rings).is_valid());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        /// Rings of random points on a coarse grid cross, touch and overlap themselves in every way.
        #[test]
        fn whatever_goes_in_comes_out_valid_and_wound(
            exterior in proptest::collection::vec((0i32..12, 0i32..12), 3..14),
            hole in proptest::collection::vec((0i32..12, 0i32..12), 3..8),
            other in proptest::collection::vec((0i32..12, 0i32..12), 3..8),
        ) {
            let [exterior, hole, other] = [exterior, hole, other]
                .map(|ring| ring.into_iter().map(|(x, y)| [x, y]).collect::<Vec<_>>());
            let mut rings = rings(&[&[&exterior, &hole], &[&other]]);
            rings.make_valid();
            for (ring, exterior) in rings.iter() {
                prop_assert_eq!(doubled_area(ring) > 0, exterior);
            }
            let shape = multi_polygon(&rings);
            prop_assert!(shape.is_valid(), "{:?}: {:?}", shape.validation_errors(), shape);
        }
    }
}
