//! Computes where the name of an area is drawn: inside the area and as far from its border as
//! possible.
//!
//! This is the pole of inaccessibility of the largest polygon (Garcia-Castellanos and Lombardo,
//! Scottish Geographical Journal 123, 2007), found as in Mapbox's `polylabel` (V. Agafonkin, 2016).
//! Squares are searched in the order of the greatest distance that a point in them may have, and
//! divided into four if this exceeds the best distance so far. Everything is on the world grid,
//! which is conformal, so distances are those on the map. If the polygon has an inside by the
//! even-odd rule, the point is in it.

#![allow(clippy::indexing_slicing)] // only the two axes of a point, by 0 and 1

use std::collections::BinaryHeap;

use super::geometries::GeometryRef;
use crate::geo::geometry::Role;
use crate::work::spend;

/// The search ends when no distance can be greater by more than this fraction of the shorter side.
const PRECISION: f64 = 0.01;
/// The squares of the first round are at least this fraction of the longer side.
const FINEST_START: f64 = 1.0 / 32.0;
/// The approximate maximum number of border segments examined for one area. A very large area gets
/// a good point instead of the best one.
const EFFORT: usize = 4_000_000;
/// The least number of squares that are tried for a very large area.
const LEAST_SQUARES: usize = 64;
/// The maximum number of squares that are tried. For long slivers there would be millions of them
/// in memory.
const MOST_SQUARES: usize = 10_000;

/// Returns the point of an area's label on the world grid; None if the geometry has no area.
pub fn of(geometry: &GeometryRef<'_>) -> Option<[i32; 2]> {
    let polygon = largest(geometry)?;
    polygon.pole().or_else(|| polygon.widest_span()).or_else(|| polygon.middle())
}

/// The rings of a polygon on the world grid: the exterior and its holes.
struct Polygon<'a> {
    rings: Vec<&'a [[i32; 2]]>,
}

/// A square that may contain a better point.
struct Square {
    centre: [f64; 2],
    half: f64,
    /// The distance of the centre from the border; negative outside of the polygon.
    depth: f64,
    /// The greatest distance that a point in the square may have.
    most: f64,
}

/// Returns the polygon with the largest area.
fn largest<'a>(geometry: &GeometryRef<'a>) -> Option<Polygon<'a>> {
    let mut parts: Vec<Polygon<'a>> = vec![];
    for part in geometry.parts() {
        match part.role {
            Role::Exterior => parts.push(Polygon { rings: vec![part.world] }),
            Role::Interior => parts.last_mut()?.rings.push(part.world),
            Role::Points | Role::Line => {}
        }
    }
    parts.into_iter().max_by(|one, other| one.area().total_cmp(&other.area()))
}

impl Polygon<'_> {
    /// Returns the area without holes.
    fn area(&self) -> f64 {
        let area = |ring: &&[[i32; 2]]| twice_signed_area(ring).abs() / 2.0;
        let mut rings = self.rings.iter().map(area);
        rings.next().unwrap_or(0.0) - rings.sum::<f64>()
    }

    /// Returns the corners of the bounding box.
    fn bounds(&self) -> Option<[[f64; 2]; 2]> {
        let exterior = self.rings.first()?;
        let axis = |axis: usize| exterior.iter().map(move |point| point[axis]);
        let least = [axis(0).min()?, axis(1).min()?].map(f64::from);
        let most = [axis(0).max()?, axis(1).max()?].map(f64::from);
        Some([least, most])
    }

    fn segments(&self) -> impl Iterator<Item = [[f64; 2]; 2]> {
        let pairs = self.rings.iter().flat_map(|ring| ring.iter().zip(ring.iter().cycle().skip(1)));
        pairs.map(|(from, to)| [from.map(f64::from), to.map(f64::from)])
    }

    /// Returns the distance of a point from the border; negative outside of the polygon.
    fn depth(&self, point: [f64; 2]) -> f64 {
        spend(self.rings.iter().map(|ring| ring.len()).sum());
        let (mut inside, mut nearest) = (false, f64::INFINITY);
        for [from, to] in self.segments() {
            inside ^= crosses(point, from, to);
            nearest = nearest.min(squared_distance(point, from, to));
        }
        if inside { nearest.sqrt() } else { -nearest.sqrt() }
    }

    fn square(&self, centre: [f64; 2], half: f64) -> Square {
        let depth = self.depth(centre);
        Square { centre, half, depth, most: depth + half * std::f64::consts::SQRT_2 }
    }

    /// Returns how many squares may be tried.
    fn squares(&self) -> usize {
        let segments: usize = self.rings.iter().map(|ring| ring.len()).sum();
        (EFFORT / segments.max(1)).clamp(LEAST_SQUARES, MOST_SQUARES)
    }

    /// Returns the best point, rounded to the grid; None if no point of the grid is inside.
    fn pole(&self) -> Option<[i32; 2]> {
        let (centre, _) = self.deepest(self.squares())?;
        let point = centre.map(|number| number.round());
        (self.depth(point) > 0.0).then_some(point.map(|number| number as i32))
    }

    /// Returns the best point, and the number of squares tried, which may exceed `most_squares` a
    /// little.
    fn deepest(&self, most_squares: usize) -> Option<([f64; 2], usize)> {
        let [least, most] = self.bounds()?;
        let sides = [0, 1].map(|axis| most[axis] - least[axis]);
        let shorter = sides[0].min(sides[1]);
        let size = shorter.max(sides[0].max(sides[1]) * FINEST_START);
        if shorter <= 0.0 {
            return None;
        }
        let mut best = self.square([0, 1].map(|axis| (least[axis] + most[axis]) / 2.0), 0.0);
        if let Some(centre) = self.rings.first().and_then(|ring| centre_of_mass(ring)) {
            best = deeper(best, self.square(centre, 0.0));
        }
        let mut open: BinaryHeap<Square> = self.cover(least, sides, size).collect();
        let mut tried = open.len();
        while let Some(square) = open.pop() {
            let enough = if best.depth > 0.0 { (shorter * PRECISION).max(1.0) } else { 0.5 };
            if square.most - best.depth <= enough || tried >= most_squares {
                break;
            }
            let half = square.half / 2.0;
            let quarters = [[-half, -half], [half, -half], [-half, half], [half, half]];
            for [right, down] in quarters {
                open.push(self.square([square.centre[0] + right, square.centre[1] + down], half));
            }
            tried += quarters.len();
            best = deeper(best, square);
        }
        best = open.into_iter().fold(best, deeper);
        Some((best.centre, tried))
    }

    /// Returns squares of size `size` that cover the bounding box.
    fn cover(&self, least: [f64; 2], sides: [f64; 2], size: f64) -> impl Iterator<Item = Square> {
        let counts = sides.map(|side| (side / size).ceil().max(1.0) as usize);
        let centre = move |axis: usize, index: usize| least[axis] + (index as f64 + 0.5) * size;
        (0..counts[1]).flat_map(move |row| {
            (0..counts[0]).map(move |column| self.square([centre(0, column), centre(1, row)], size / 2.0))
        })
    }

    /// Returns the middle of the widest span inside the polygon along a few horizontal lines, for
    /// polygons that are too thin for the search.
    fn widest_span(&self) -> Option<[i32; 2]> {
        let [least, most] = self.bounds()?;
        let mut widest: Option<(f64, [f64; 2])> = None;
        for step in 1..=15 {
            let y = least[1] + (most[1] - least[1]) * f64::from(step) / 16.0;
            let mut crossings: Vec<f64> =
                self.segments().filter_map(|[from, to]| crossing(y, from, to)).collect();
            crossings.sort_by(f64::total_cmp);
            for pair in crossings.chunks_exact(2) {
                let [left, right] = pair else { continue };
                if widest.is_none_or(|(width, _)| right - left > width) {
                    widest = Some((right - left, [(left + right) / 2.0, y]));
                }
            }
        }
        widest.map(|(_, point)| point.map(|number| number.round() as i32))
    }

    /// Returns the middle of the bounding box, for polygons without an inside on the grid.
    fn middle(&self) -> Option<[i32; 2]> {
        let [least, most] = self.bounds()?;
        Some([0, 1].map(|axis| ((least[axis] + most[axis]) / 2.0).round() as i32))
    }
}

fn deeper(one: Square, other: Square) -> Square {
    if other.depth > one.depth { other } else { one }
}

/// Returns whether a ray from `point` to the east meets the segment.
fn crosses(point: [f64; 2], from: [f64; 2], to: [f64; 2]) -> bool {
    crossing(point[1], from, to).is_some_and(|x| point[0] < x)
}

/// Returns where the segment crosses the horizontal line at `y`; its lower end counts and its upper
/// end does not.
fn crossing(y: f64, from: [f64; 2], to: [f64; 2]) -> Option<f64> {
    ((from[1] > y) != (to[1] > y)).then(|| from[0] + (y - from[1]) / (to[1] - from[1]) * (to[0] - from[0]))
}

fn squared_distance(point: [f64; 2], from: [f64; 2], to: [f64; 2]) -> f64 {
    let along = [0, 1].map(|axis| to[axis] - from[axis]);
    let beside = [0, 1].map(|axis| point[axis] - from[axis]);
    let length = along[0] * along[0] + along[1] * along[1];
    let share = if length > 0.0 { (beside[0] * along[0] + beside[1] * along[1]) / length } else { 0.0 };
    let share = share.clamp(0.0, 1.0);
    let away = [0, 1].map(|axis| beside[axis] - share * along[axis]);
    away[0] * away[0] + away[1] * away[1]
}

fn twice_signed_area(ring: &[[i32; 2]]) -> f64 {
    let pairs = ring.iter().zip(ring.iter().cycle().skip(1));
    pairs.map(|(from, to)| cross(from.map(f64::from), to.map(f64::from))).sum()
}

fn cross(from: [f64; 2], to: [f64; 2]) -> f64 {
    from[0] * to[1] - to[0] * from[1]
}

/// Returns the centre of mass of a ring. Coordinates are taken relative to its first vertex, so
/// that large ones keep their precision.
fn centre_of_mass(ring: &[[i32; 2]]) -> Option<[f64; 2]> {
    let origin = ring.first()?.map(f64::from);
    let from_origin = |point: &[i32; 2]| [0, 1].map(|axis| f64::from(point[axis]) - origin[axis]);
    let (mut area, mut moments) = (0.0, [0.0; 2]);
    for (from, to) in ring.iter().zip(ring.iter().cycle().skip(1)) {
        let (from, to) = (from_origin(from), from_origin(to));
        let part = cross(from, to);
        area += part;
        moments = [0, 1].map(|axis| moments[axis] + (from[axis] + to[axis]) * part);
    }
    (area != 0.0).then(|| [0, 1].map(|axis| origin[axis] + moments[axis] / (3.0 * area)))
}

impl Ord for Square {
    fn cmp(&self, other: &Square) -> std::cmp::Ordering {
        let key = |square: &Square| (square.most, square.centre);
        let ((most, [x, y]), (others, [other_x, other_y])) = (key(self), key(other));
        most.total_cmp(&others).then(x.total_cmp(&other_x)).then(y.total_cmp(&other_y))
    }
}

impl PartialOrd for Square {
    fn partial_cmp(&self, other: &Square) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Square {
    fn eq(&self, other: &Square) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Square {}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn point_of(rings: &[&[[i32; 2]]]) -> [i32; 2] {
        let polygon = Polygon { rings: rings.to_vec() };
        polygon.pole().or_else(|| polygon.widest_span()).or_else(|| polygon.middle()).unwrap()
    }

    fn depth(rings: &[&[[i32; 2]]], point: [i32; 2]) -> f64 {
        Polygon { rings: rings.to_vec() }.depth(point.map(f64::from))
    }

    #[test]
    fn in_a_square_it_is_the_middle() {
        let square = [[0, 0], [1000, 0], [1000, 1000], [0, 1000], [0, 0]];
        assert_eq!(point_of(&[&square]), [500, 500]);
    }

    #[test]
    fn in_a_horseshoe_it_is_in_the_shoe_and_with_a_hole_beside_the_hole() {
        // The centre of mass is in the gap, so it cannot be used.
        let shoe =
            [[0, 0], [300, 0], [300, 900], [700, 900], [700, 0], [1000, 0], [1000, 1000], [0, 1000], [0, 0]];
        let point = point_of(&[&shoe]);
        assert!(depth(&[&shoe], point) > 140.0, "{point:?}");
        assert!(depth(&[&shoe], [500, 450]) < 0.0);

        let square = [[0, 0], [1000, 0], [1000, 1000], [0, 1000], [0, 0]];
        let hole = [[300, 300], [900, 300], [900, 900], [300, 900], [300, 300]];
        let point = point_of(&[&square, &hole]);
        assert!(depth(&[&square, &hole], point) > 150.0, "{point:?}");
    }

    #[test]
    fn slivers_and_what_has_no_area_get_a_place_too() {
        let sliver = [[0, 0], [1_000_000, 3], [1_000_000, 6], [0, 3], [0, 0]];
        assert!(depth(&[&sliver], point_of(&[&sliver])) > 0.0);
        let steep = [[0, 0], [5, 0], [1_000_005, 1_000_000], [1_000_000, 1_000_000], [0, 0]];
        assert!(depth(&[&steep], point_of(&[&steep])) > 0.0);
        assert_eq!(point_of(&[&[[0, 0], [10, 0], [20, 0], [0, 0]]]), [10, 0]);
        assert_eq!(point_of(&[&[[7, 7], [7, 7], [7, 7], [7, 7]]]), [7, 7]);
    }

    #[test]
    fn a_giant_is_not_searched_for_ever() {
        let side = 20_000;
        let mut ring: Vec<[i32; 2]> = (0..side).map(|x| [x * 10, (x % 2) * 7]).collect();
        ring.extend((0..side).rev().map(|x| [x * 10, 100_000 + (x % 3) * 5]));
        let giant = Polygon { rings: vec![&ring] };
        assert_eq!(giant.squares(), EFFORT / 40_000);
        let (_, tried) = giant.deepest(LEAST_SQUARES).unwrap();
        assert!(tried <= LEAST_SQUARES + 4, "{tried}");
        assert!(depth(&[&ring], giant.pole().unwrap()) > 40_000.0);
        // Squares as wide as the sliver would be a million.
        let sliver = [[0, 0], [1_000_000_000, 0], [1_000_000_000, 1000], [0, 1000]];
        let sliver = Polygon { rings: vec![&sliver] };
        let (_, tried) = sliver.deepest(sliver.squares()).unwrap();
        assert!(tried <= MOST_SQUARES + 4, "{tried}");
    }

    proptest! {
        #[test]
        fn a_star_shaped_area_holds_its_label(radii in prop::collection::vec(20i32..1000, 3..40), shift in -1_000_000_000i32..1_000_000_000) {
            let count = radii.len() as f64;
            let ring: Vec<[i32; 2]> = radii.iter().enumerate().map(|(index, radius)| {
                let angle = index as f64 / count * std::f64::consts::TAU;
                [angle.cos(), angle.sin()].map(|share| shift + (f64::from(*radius) * share * 1000.0).round() as i32)
            }).collect();
            let rings: [&[[i32; 2]]; 1] = [&ring];
            let point = point_of(&rings);
            prop_assert!(depth(&rings, point) > 0.0);
            // The distance is at least that of the middle, up to the precision.
            let polygon = Polygon { rings: rings.to_vec() };
            let [least, most] = polygon.bounds().unwrap();
            let shorter = (most[0] - least[0]).min(most[1] - least[1]);
            let middle = polygon.depth([f64::from(shift); 2]);
            prop_assert!(polygon.depth(point.map(f64::from)) >= middle - shorter * PRECISION - 1.0);
        }
    }
}
