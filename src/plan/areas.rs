//! Areas of one level, and which points of demand lie in which.

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

/// One area.
#[derive(Clone, Debug)]
pub struct Area {
    /// What population and parents call it.
    pub id: String,
    /// What people call it; its id where it has no name.
    pub name: String,
    /// Its row in the layer; `u32::MAX` if it is drawn.
    pub row: u32,
    /// The parts in which it was delivered: closed rings, and whether each is a hole of the one
    /// before.
    parts: Vec<Vec<(Vec<Point>, bool)>>,
    extent: Extent,
    drawn: OnceLock<Box<RawValue>>,
}

/// The areas of a level, by id.
#[derive(Debug, Default)]
pub struct Level {
    /// The areas in the order of their ids.
    pub areas: Vec<Area>,
    /// For each point of demand the area it lies in; [`OUTSIDE`] where in none.
    pub members: Vec<u32>,
    /// Of cells that lie in several areas: the others than that of `members`, and the part of the
    /// cell's points in each.
    pub shared: BTreeMap<u32, Vec<(u32, f64)>>,
    /// How many points lie in more than one area; they count in the first.
    pub overlaps: usize,
    /// How many points lie in none.
    pub outside: usize,
    /// How many points lie in each area.
    pub counts: Vec<usize>,
    /// Rows without id or without geometry.
    pub skipped: usize,
    /// Areas that were delivered in several rows of one id.
    pub in_parts: Vec<String>,
}

/// No area.
pub const OUTSIDE: u32 = u32::MAX;

impl Area {
    /// An area of closed rings in the plane, each with whether it is a hole of the one before.
    pub fn new(id: String, name: String, rings: Vec<(Vec<Point>, bool)>) -> Area {
        let extent = Extent::of(rings.iter().flat_map(|(ring, _)| ring));
        Area { id, name, row: u32::MAX, parts: vec![rings], extent, drawn: OnceLock::new() }
    }

    /// The middle of its box.
    pub fn centre(&self) -> Point {
        let Extent { min, max } = self.extent;
        [(min[0] + max[0]) / 2.0, (min[1] + max[1]) / 2.0]
    }

    /// Its size in m².
    pub fn size(&self) -> f64 {
        let sign = |is_hole: bool| if is_hole { -1.0 } else { 1.0 };
        self.rings().map(|(ring, is_hole)| ring_area(ring).abs() * sign(*is_hole)).sum()
    }

    /// Whether a point lies in it. A point on a border between two areas lies in at most one of
    /// them.
    pub fn contains(&self, point: Point) -> bool {
        if !self.extent.contains(point) {
            return false;
        }
        spend(self.rings().map(|(ring, _)| ring.len()).sum());
        self.parts.iter().any(|part| is_inside(point, part.iter().map(|(ring, _)| ring.as_slice())))
    }

    /// How far a point is from its outline, in metres; infinite where that is more than `most`.
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

    /// Takes another part of the same area.
    fn join(&mut self, other: Area) {
        self.extent = Extent::of([&self.extent.min, &self.extent.max, &other.extent.min, &other.extent.max]);
        self.parts.extend(other.parts);
    }

    /// Its outline as the text of a GeoJSON geometry, drawn when first asked for; `plane` is the
    /// one it was read into.
    pub fn geometry(&self, plane: &Plane) -> &RawValue {
        self.drawn.get_or_init(|| {
            let mut polygons: Vec<Vec<Vec<Point>>> = vec![];
            for (ring, is_hole) in self.rings() {
                match polygons.last_mut() {
                    Some(polygon) if *is_hole => polygon.push(ring.clone()),
                    _ => polygons.push(vec![ring.clone()]),
                }
            }
            // What is made of numbers and fixed words alone can always be written.
            to_raw_value(&Outline::of(&polygons, plane)).unwrap_or_default()
        })
    }
}

impl Level {
    /// No areas for so many points of demand: a level that nobody sees.
    pub fn of_none(points: usize) -> Level {
        Level { members: vec![OUTSIDE; points], outside: points, ..Level::default() }
    }

    /// Reads the areas, and finds the one of each point.
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

    /// Rows of one id are one area.
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

    /// The area with this id.
    pub fn find(&self, id: &str) -> Option<usize> {
        self.areas.binary_search_by(|area| area.id.as_str().cmp(id)).ok()
    }
}
