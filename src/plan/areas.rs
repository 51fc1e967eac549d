//! The areas of one level, and the points of demand in each of them.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use rayon::prelude::*;
use serde_json::value::{RawValue, to_raw_value};

use super::outline::Outline;
use super::plane::{Extent, Point, is_inside, nearest_on_segment, ring_area};
use super::reading::{Plane, text_of};
use crate::catalog::roles::AreaRole;
use crate::error::{Error, Result, said};
use crate::geo::geometry::Role;
use crate::layer::View;
use crate::work::spend;

/// One area in the plane.
#[derive(Clone, Debug)]
pub struct Area {
    /// The id by which population and parents refer to the area.
    pub id: String,
    /// The name for people; the id if the area has no name.
    pub name: String,
    /// The row in the layer; `u32::MAX` if the area was drawn.
    pub row: u32,
    /// The rows that the area consists of. Each row consists of closed rings, which are either
    /// exterior (false) or a hole of the previous exterior ring (true).
    parts: Vec<Vec<(Vec<Point>, bool)>>,
    extent: Extent,
    drawn: OnceLock<Box<RawValue>>,
}

/// The areas of a level, sorted by id.
#[derive(Debug, Default)]
pub struct Level {
    /// The areas, sorted by id.
    pub areas: Vec<Area>,
    /// The index of the area of each point of demand; [`OUTSIDE`] if the point is in none.
    pub members: Vec<u32>,
    /// For a cell in several areas: the areas other than that of `members`, with the share of the
    /// cell's points in each.
    pub shared: BTreeMap<u32, Vec<(u32, f64)>>,
    /// The number of points in more than one area. Each counts in the first of them.
    pub overlaps: usize,
    /// The number of points in no area.
    pub outside: usize,
    /// The number of points in each area.
    pub counts: Vec<usize>,
    /// The number of rows without an id or without a geometry.
    pub skipped: usize,
    /// The ids of areas that consist of several rows.
    pub in_parts: Vec<String>,
}

/// The index of a point's area if it is in none.
pub const OUTSIDE: u32 = u32::MAX;

impl Area {
    /// Creates an area from closed rings in the plane. Each ring comes with whether it is a hole of
    /// the previous exterior ring.
    pub fn new(id: String, name: String, rings: Vec<(Vec<Point>, bool)>) -> Area {
        let extent = Extent::of(rings.iter().flat_map(|(ring, _)| ring));
        Area { id, name, row: u32::MAX, parts: vec![rings], extent, drawn: OnceLock::new() }
    }

    /// Returns the centre of the bounding box.
    pub fn centre(&self) -> Point {
        let Extent { min, max } = self.extent;
        [(min[0] + max[0]) / 2.0, (min[1] + max[1]) / 2.0]
    }

    /// Returns the area in m²: the exterior rings without the holes.
    pub fn size(&self) -> f64 {
        let sign = |is_hole: bool| if is_hole { -1.0 } else { 1.0 };
        self.rings().map(|(ring, is_hole)| ring_area(ring).abs() * sign(*is_hole)).sum()
    }

    /// Returns whether a point is in the area. A point on the border between two areas is in at
    /// most one of them.
    pub fn contains(&self, point: Point) -> bool {
        if !self.extent.contains(point) {
            return false;
        }
        spend(self.rings().map(|(ring, _)| ring.len()).sum());
        self.parts.iter().any(|part| is_inside(point, part.iter().map(|(ring, _)| ring.as_slice())))
    }

    /// Returns the distance of a point from the outline in metres; infinity if it is more than
    /// `most`.
    pub fn from_outline(&self, point: Point, most: f64) -> f64 {
        if !self.extent.grown(most).contains(point) {
            return f64::INFINITY;
        }
        let sides = self.rings().flat_map(|(ring, _)| {
            spend(ring.len());
            ring.windows(2)
        });
        let distances = sides.map(|side| match side {
            [from, to] => nearest_on_segment(point, *from, *to).1,
            _ => f64::INFINITY,
        });
        distances.fold(f64::INFINITY, f64::min)
    }

    fn rings(&self) -> impl Iterator<Item = &(Vec<Point>, bool)> {
        self.parts.iter().flatten()
    }

    /// Adds another row of the same area.
    fn join(&mut self, other: Area) {
        self.extent = Extent::of([&self.extent.min, &self.extent.max, &other.extent.min, &other.extent.max]);
        self.parts.extend(other.parts);
    }

    /// Returns the outline as the text of a GeoJSON geometry. It is written at the first call.
    /// `plane` is the plane in which the area was read.
    pub fn geometry(&self, plane: &Plane) -> &RawValue {
        self.drawn.get_or_init(|| {
            let mut polygons: Vec<Vec<Vec<Point>>> = vec![];
            for (ring, is_hole) in self.rings() {
                match polygons.last_mut() {
                    Some(polygon) if *is_hole => polygon.push(ring.clone()),
                    _ => polygons.push(vec![ring.clone()]),
                }
            }
            // An outline contains only numbers and fixed names, so it can always be serialized.
            to_raw_value(&Outline::of(&polygons, plane)).unwrap_or_default()
        })
    }
}

impl Level {
    /// Returns a level without areas for this number of points, which stands for a hidden level.
    pub fn of_none(points: usize) -> Level {
        Level { members: vec![OUTSIDE; points], outside: points, ..Level::default() }
    }

    /// Reads the areas of a layer, and finds the area of each of `points`.
    ///
    /// # Errors
    ///
    /// Returns an error if the layer lacks a column that the role names.
    pub fn read(view: &View<'_>, role: &AreaRole, plane: &Plane, points: &[Point]) -> Result<Level> {
        let column = |name: &str| {
            view.column(name).ok_or_else(|| {
                Error::not_found(said!("the collection {:?} has no column {:?}", role.collection, name))
                    .hint("check id and name under [roles.areas]")
            })
        };
        let id = column(&role.id)?;
        let name = role.name.as_deref().map(column).transpose()?;
        let mut level = Level::default();
        for row in 0..view.len() as u32 {
            let (Some(id), Some(geometry)) = (text_of(id.get(row as usize)), view.geometry(row)) else {
                level.skipped += 1;
                continue;
            };
            let is_ring = |role: Role| matches!(role, Role::Exterior | Role::Interior);
            let rings = geometry.parts().filter(|part| is_ring(part.role));
            let rings: Vec<(Vec<Point>, bool)> =
                rings.map(|part| (plane.points(part.xy), part.role == Role::Interior)).collect();
            if rings.is_empty() {
                level.skipped += 1;
                continue;
            }
            let name = name.and_then(|name| text_of(name.get(row as usize))).unwrap_or_else(|| id.clone());
            level.areas.push(Area { row, ..Area::new(id, name, rings) });
        }
        level.areas.sort_by(|left, right| left.id.cmp(&right.id).then(left.row.cmp(&right.row)));
        level.join_parts();
        level.find_members(points);
        Ok(level)
    }

    /// Joins successive areas with the same id.
    fn join_parts(&mut self) {
        let mut joined: Vec<Area> = Vec::with_capacity(self.areas.len());
        for area in std::mem::take(&mut self.areas) {
            match joined.last_mut().filter(|last| last.id == area.id) {
                Some(last) => {
                    last.join(area);
                    if self.in_parts.last() != Some(&last.id) {
                        self.in_parts.push(last.id.clone());
                    }
                }
                None => joined.push(area),
            }
        }
        self.areas = joined;
    }

    fn find_members(&mut self, points: &[Point]) {
        let areas = &self.areas;
        let found: Vec<(u32, bool)> = points
            .par_iter()
            .map(|point| {
                let mut inside = (0..).zip(areas).filter(|(_, area)| area.contains(*point));
                let first = inside.next().map_or(OUTSIDE, |(index, _)| index);
                (first, inside.next().is_some())
            })
            .collect();
        self.counts = vec![0; areas.len()];
        for (area, overlaps) in &found {
            self.overlaps += usize::from(*overlaps);
            match self.counts.get_mut(*area as usize) {
                Some(count) => *count += 1,
                None => self.outside += 1,
            }
        }
        self.members = found.into_iter().map(|(area, _)| area).collect();
    }

    /// Returns the index of the area with this id.
    pub fn find(&self, id: &str) -> Option<usize> {
        self.areas.binary_search_by(|area| area.id.as_str().cmp(id)).ok()
    }
}
