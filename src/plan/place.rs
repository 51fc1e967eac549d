//! The place of a facility: points, or an outline that can be entered anywhere.

use super::network::{Network, Snap};
use super::plane::{Extent, Point, between, distance, is_inside, nearest_on_segment, ring_area};
use super::reading::Plane;
use crate::geo::geometry::Role;
use crate::layer::GeometryRef;

/// The place of a facility in the plane.
#[derive(Clone, Debug, PartialEq)]
pub enum Place {
    /// Any of these points.
    Points(Vec<Point>),
    /// Any point of an outline: closed rings of an area, or lines.
    Outline {
        /// The rings or lines.
        lines: Vec<Vec<Point>>,
        /// Whether the lines are the rings of an area.
        is_area: bool,
    },
}

impl Place {
    /// Returns whether the place is an area of less than `least` m². Points and lines never are.
    pub fn is_below(&self, least: f64) -> bool {
        matches!(self, Place::Outline { is_area: true, .. }) && self.area() < least
    }

    /// Returns the area in m², without that of holes; 0 for points and lines.
    ///
    /// ```
    /// use veedel::plan::place::Place;
    ///
    /// let square = |a: f64, b: f64| vec![[a, a], [b, a], [b, b], [a, b], [a, a]];
    /// let lines = vec![square(0.0, 10.0), square(4.0, 6.0)];
    /// let place = Place::Outline { lines, is_area: true };
    /// assert_eq!(place.area(), 96.0);
    /// assert_eq!(place.distance([5.0, 5.0]), 1.0);
    /// ```
    pub fn area(&self) -> f64 {
        let Place::Outline { lines, is_area: true } = self else { return 0.0 };
        let depth = |ring: &[Point]| {
            let first = ring.first().copied().unwrap_or_default();
            lines
                .iter()
                .filter(|other| other.as_slice() != ring && is_inside(first, [other.as_slice()]))
                .count()
        };
        lines.iter().map(|ring| if depth(ring) % 2 == 0 { ring_area(ring) } else { -ring_area(ring) }).sum()
    }

    /// Returns the straight distance from a point in metres; 0 inside an area.
    pub fn distance(&self, from: Point) -> f64 {
        match self {
            Place::Points(points) => {
                points.iter().map(|point| distance(from, *point)).fold(f64::INFINITY, f64::min)
            }
            Place::Outline { lines, is_area } => {
                if *is_area && is_inside(from, lines.iter().map(Vec::as_slice)) {
                    return 0.0;
                }
                let sides = lines.iter().flat_map(|line| line.windows(2));
                let distances = sides.map(|side| match side {
                    [a, b] => nearest_on_segment(from, *a, *b).1,
                    _ => f64::INFINITY,
                });
                distances.fold(f64::INFINITY, f64::min)
            }
        }
    }

    /// Returns the smallest box that contains the place.
    pub fn extent(&self) -> Extent {
        match self {
            Place::Points(points) => Extent::of(points),
            Place::Outline { lines, .. } => Extent::of(lines.iter().flatten()),
        }
    }

    /// Returns the point of the place, or of its outline, that is nearest to a place on the
    /// network.
    pub fn nearest_to(&self, network: &Network, snap: &Snap) -> Point {
        let Some(edge) = network.edge(snap.edge) else { return self.point() };
        let from = network.point(edge, snap.along);
        let near = |left: &Point, right: &Point| distance(from, *left).total_cmp(&distance(from, *right));
        match self {
            Place::Points(points) => points.iter().copied().min_by(near).unwrap_or(from),
            Place::Outline { lines, .. } => {
                let sides = lines.iter().flat_map(|line| line.windows(2));
                let feet = sides.filter_map(|side| match side {
                    [a, b] => Some(between(*a, *b, nearest_on_segment(from, *a, *b).0)),
                    _ => None,
                });
                feet.min_by(near).unwrap_or(from)
            }
        }
    }

    /// Returns a point that stands for the place: the first point, or the centre of the bounding
    /// box.
    pub fn point(&self) -> Point {
        match self {
            Place::Points(points) => points.first().copied().unwrap_or([f64::NAN; 2]),
            Place::Outline { .. } => {
                let Extent { min, max } = self.extent();
                [(min[0] + max[0]) / 2.0, (min[1] + max[1]) / 2.0]
            }
        }
    }
}

/// Returns the place of a geometry; None if it is empty or has a coordinate that is not a number.
pub fn place_of(geometry: &GeometryRef<'_>, plane: &Plane) -> Option<Place> {
    let parts: Vec<(Role, Vec<Point>)> =
        geometry.parts().map(|part| (part.role, plane.points(part.xy))).collect();
    let is_finite = parts.iter().flat_map(|(_, points)| points).flatten().all(|value| value.is_finite());
    if parts.is_empty() || !is_finite {
        return None;
    }
    let is_area = parts.iter().any(|(role, _)| *role == Role::Exterior);
    let lines = parts.iter().filter(|(role, _)| *role != Role::Points);
    let lines: Vec<Vec<Point>> = lines.map(|(_, points)| points.clone()).collect();
    if lines.is_empty() {
        let points: Vec<Point> = parts.into_iter().flat_map(|(_, points)| points).collect();
        return (!points.is_empty()).then_some(Place::Points(points));
    }
    Some(Place::Outline { lines, is_area })
}
