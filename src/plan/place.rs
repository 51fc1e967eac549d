//! Where a facility is reached: at points, or anywhere along an outline.

use super::network::{Network, Snap};
use super::plane::{Extent, Point, between, distance, is_inside, nearest_on_segment, ring_area};
use super::reading::Plane;
use crate::geo::geometry::Role;
use crate::layer::GeometryRef;

/// Where a facility is reached.
#[derive(Clone, Debug, PartialEq)]
pub enum Place {
    /// At any of these points.
    Points(Vec<Point>),
    /// At the nearest point of an outline: closed rings of an area, or lines.
    Outline {
        /// Rings or lines.
        lines: Vec<Vec<Point>>,
        /// Whether the lines enclose an area.
        is_area: bool,
    },
}

impl Place {
    /// Whether it is an area smaller than this many m². Points have no area to compare.
    pub fn is_below(&self, least: f64) -> bool {
        matches!(self, Place::Outline { is_area: true, .. }) && self.area() < least
    }

    /// Its area in m²: that of rings in rings is taken away.
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

    /// The straight distance from a point; 0 inside an area.
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

    /// The least box around it.
    pub fn extent(&self) -> Extent {
        match self {
            Place::Points(points) => Extent::of(points),
            Place::Outline { lines, .. } => Extent::of(lines.iter().flatten()),
        }
    }

    /// Where one comes to from a place on the network: the nearest of its points, or of its
    /// outline.
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

    /// A point to show it by: of an area the middle of its box.
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

/// The place of a geometry; None where it has no point that is a number.
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
