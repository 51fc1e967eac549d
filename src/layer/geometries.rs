//! The geometries of a layer: vertices end to end, in storage coordinates and on the world grid.

#![allow(clippy::indexing_slicing)] // only the two axes of a point, by 0 and 1

pub mod builder;
pub mod splice;

use std::sync::OnceLock;

use foldhash::HashMap;

use super::simplify;
use crate::geo::GeometryType;
use crate::geo::geometry::{Member, Role};

/// All geometries of a layer, in row order.
#[derive(Debug)]
pub struct Geometries {
    /// The type of each row's geometry; None where it has none.
    kinds: Vec<Option<GeometryType>>,
    /// Where each row's parts end.
    part_ends: Vec<u32>,
    /// What each part is.
    roles: Vec<Role>,
    /// Where each part's vertices end.
    vertex_ends: Vec<u32>,
    /// Storage coordinates, to the bit.
    xy: Vec<[f64; 2]>,
    /// Heights beside `xy`; empty where the layer has none. NaN for a vertex without.
    z: Vec<f64>,
    /// The same vertices on the world grid of [`mercator`](crate::geo::mercator).
    world: Vec<[i32; 2]>,
    /// The zoom from which on each vertex is drawn; empty where all are drawn at every zoom.
    levels: Vec<u8>,
    /// Members of the rows that are geometry collections.
    members: HashMap<u32, Vec<Member>>,
    /// The vertices of the row that has most; counted when first asked for.
    longest: OnceLock<usize>,
}

/// A box on the world grid: west, north, east, south (y grows to the south).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WorldBox {
    /// The north-west corner.
    pub min: [i32; 2],
    /// The south-east corner.
    pub max: [i32; 2],
}

impl WorldBox {
    /// The box that holds nothing.
    pub const EMPTY: WorldBox = WorldBox { min: [i32::MAX; 2], max: [i32::MIN; 2] };
    /// The box that holds everything.
    pub const WORLD: WorldBox = WorldBox { min: [i32::MIN; 2], max: [i32::MAX; 2] };

    /// Grows to hold `point`.
    pub fn add(&mut self, point: [i32; 2]) {
        for axis in 0..2 {
            self.min[axis] = self.min[axis].min(point[axis]);
            self.max[axis] = self.max[axis].max(point[axis]);
        }
    }

    /// Grows to hold `other`.
    pub fn merge(&mut self, other: &WorldBox) {
        for axis in 0..2 {
            self.min[axis] = self.min[axis].min(other.min[axis]);
            self.max[axis] = self.max[axis].max(other.max[axis]);
        }
    }

    /// Whether it holds nothing.
    pub fn is_empty(&self) -> bool {
        self.min[0] > self.max[0]
    }

    /// Whether both share at least a point.
    #[inline]
    pub fn intersects(&self, other: &WorldBox) -> bool {
        self.min[0] <= other.max[0]
            && other.min[0] <= self.max[0]
            && self.min[1] <= other.max[1]
            && other.min[1] <= self.max[1]
    }

    /// Whether `other` lies wholly inside.
    #[inline]
    pub fn contains(&self, other: &WorldBox) -> bool {
        self.min[0] <= other.min[0]
            && other.max[0] <= self.max[0]
            && self.min[1] <= other.min[1]
            && other.max[1] <= self.max[1]
    }

    /// The point halfway between the corners.
    pub fn centre(&self) -> [i32; 2] {
        [0, 1].map(|axis| ((i64::from(self.min[axis]) + i64::from(self.max[axis])) / 2) as i32)
    }
}

/// One row's geometry.
#[derive(Clone, Copy, Debug)]
pub struct GeometryRef<'a> {
    /// The type.
    pub kind: GeometryType,
    all: &'a Geometries,
    row: u32,
    first_part: usize,
    last_part: usize,
    first_vertex: usize,
    zoom: Option<u8>,
}

/// A run of vertices of one geometry.
#[derive(Clone, Copy, Debug)]
pub struct PartRef<'a> {
    /// What the run is.
    pub role: Role,
    /// Storage coordinates.
    pub xy: &'a [[f64; 2]],
    /// Heights; empty where the layer has none.
    pub z: &'a [f64],
    /// World grid coordinates.
    pub world: &'a [[i32; 2]],
    /// The zoom from which on each vertex is drawn; empty where all are drawn at every zoom.
    pub levels: &'a [u8],
}

impl PartRef<'_> {
    /// The positions of the vertices that are drawn at a zoom; those of a ring end with its first.
    /// Of a ring that would become less than a triangle, and of a line that would become less than
    /// a line, as many as make one: whoever asks for features gets them all.
    pub fn drawn_at(&self, zoom: u8) -> impl Iterator<Item = usize> + use<'_> {
        let is_ring = matches!(self.role, Role::Exterior | Role::Interior);
        let own = self.levels.len().saturating_sub(usize::from(is_ring));
        let levels = self.levels.get(..own).unwrap_or_default();
        let fewest = if is_ring { 3 } else { 2 };
        let count = |zoom: u8| levels.iter().filter(|level| **level <= zoom).count();
        let zoom = (zoom..u8::MAX).find(|zoom| count(*zoom) >= fewest).unwrap_or(u8::MAX);
        let drawn =
            move || levels.iter().enumerate().filter(move |(_, level)| **level <= zoom).map(|(at, _)| at);
        let closing = drawn().next().filter(|_| is_ring);
        // Where there are no levels, all are drawn.
        let all = if self.levels.is_empty() { self.xy.len() } else { 0 };
        drawn().chain(closing).chain(0..all)
    }
}

impl<'a> GeometryRef<'a> {
    /// The runs of vertices in order.
    pub fn parts(&self) -> impl Iterator<Item = PartRef<'a>> + use<'a> {
        let all = self.all;
        let mut start = self.first_vertex;
        let roles = all.roles.get(self.first_part..self.last_part).unwrap_or_default();
        let ends = all.vertex_ends.get(self.first_part..self.last_part).unwrap_or_default();
        roles.iter().zip(ends).map(move |(role, end)| {
            let range = start..*end as usize;
            start = *end as usize;
            PartRef {
                role: *role,
                xy: all.xy.get(range.clone()).unwrap_or_default(),
                z: all.z.get(range.clone()).unwrap_or_default(),
                world: all.world.get(range.clone()).unwrap_or_default(),
                levels: all.levels.get(range).unwrap_or_default(),
            }
        })
    }

    /// All vertices in storage coordinates.
    pub fn xy(&self) -> &'a [[f64; 2]] {
        self.all.xy.get(self.first_vertex..self.end_vertex()).unwrap_or_default()
    }

    /// All vertices on the world grid.
    pub fn world(&self) -> &'a [[i32; 2]] {
        self.all.world.get(self.first_vertex..self.end_vertex()).unwrap_or_default()
    }

    /// The members, for a geometry collection; else empty.
    pub fn members(&self) -> &'a [Member] {
        self.all.members.get(&self.row).map_or(&[], Vec::as_slice)
    }

    /// The same, of which only what a zoom shows is written.
    pub fn drawn_at(self, zoom: Option<u8>) -> GeometryRef<'a> {
        GeometryRef { zoom, ..self }
    }

    /// The zoom for which it is written, where that leaves out vertices.
    pub fn simplified_for(&self) -> Option<u8> {
        self.zoom.filter(|_| self.parts().any(|part| !part.levels.is_empty()))
    }

    fn end_vertex(&self) -> usize {
        let last = self.last_part.checked_sub(1);
        last.and_then(|part| self.all.vertex_ends.get(part)).map_or(self.first_vertex, |end| *end as usize)
    }
}

impl Geometries {
    /// The geometry of a row, or None where it has none.
    pub fn get(&self, row: u32) -> Option<GeometryRef<'_>> {
        let index = row as usize;
        let kind = (*self.kinds.get(index)?)?;
        let first_part = self.part_start(index);
        let last_part = *self.part_ends.get(index)? as usize;
        Some(GeometryRef {
            kind,
            all: self,
            row,
            first_part,
            last_part,
            first_vertex: self.vertex_start(first_part),
            zoom: None,
        })
    }

    fn part_start(&self, row: usize) -> usize {
        row.checked_sub(1).and_then(|before| self.part_ends.get(before)).map_or(0, |end| *end as usize)
    }

    fn vertex_start(&self, part: usize) -> usize {
        part.checked_sub(1).and_then(|before| self.vertex_ends.get(before)).map_or(0, |end| *end as usize)
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.kinds.len()
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.kinds.is_empty()
    }

    /// Whether any vertex has a height.
    pub fn has_z(&self) -> bool {
        !self.z.is_empty()
    }

    /// The types that occur.
    pub fn types(&self) -> std::collections::BTreeSet<GeometryType> {
        self.kinds.iter().flatten().copied().collect()
    }

    /// The box of a row on the world grid; empty where it has no geometry.
    pub fn world_box(&self, row: u32) -> WorldBox {
        let mut bounds = WorldBox::EMPTY;
        if let Some(geometry) = self.get(row) {
            geometry.world().iter().for_each(|point| bounds.add(*point));
        }
        bounds
    }

    /// All vertices on the world grid, for the box of the layer.
    pub fn world(&self) -> &[[i32; 2]] {
        &self.world
    }

    /// The type of each row's geometry; None where it has none.
    pub fn kinds(&self) -> &[Option<GeometryType>] {
        &self.kinds
    }

    /// The vertices of the row that has most.
    pub fn longest(&self) -> usize {
        *self.longest.get_or_init(|| {
            let parts =
                |row: usize| (self.part_start(row), self.part_ends.get(row).map_or(0, |end| *end as usize));
            let end = |parts: usize| {
                let last = parts.checked_sub(1).and_then(|last| self.vertex_ends.get(last));
                last.map_or(0, |end| *end as usize)
            };
            let vertices = |(first, last)| end(last) - end(first);
            (0..self.part_ends.len()).map(parts).map(vertices).max().unwrap_or(0)
        })
    }

    /// The bytes it holds in memory.
    pub fn memory(&self) -> usize {
        fn bytes<T>(list: &Vec<T>) -> usize {
            list.capacity() * size_of::<T>()
        }
        bytes(&self.kinds)
            + bytes(&self.part_ends)
            + bytes(&self.roles)
            + bytes(&self.vertex_ends)
            + bytes(&self.xy)
            + bytes(&self.z)
            + bytes(&self.world)
            + bytes(&self.levels)
            + self.members.values().map(bytes).sum::<usize>()
    }

    /// Decides from which zoom on each vertex is drawn.
    pub fn simplify(&mut self) {
        let ends = self.vertex_ends.iter().map(|end| *end as usize);
        let starts = std::iter::once(0).chain(ends.clone());
        let runs: Vec<_> =
            starts.zip(ends).map(|(from, to)| from..to).zip(self.roles.iter().copied()).collect();
        self.levels = simplify::levels(&self.world, &runs);
    }

    /// The numbers of parts and of vertices of these rows.
    fn sizes_of(&self, rows: &[u32]) -> [usize; 2] {
        if rows.len() == self.kinds.len() {
            return [self.roles.len(), self.xy.len()];
        }
        let geometries = rows.iter().filter_map(|row| self.get(*row));
        geometries.fold([0, 0], |[parts, vertices], geometry| {
            [parts + geometry.parts().count(), vertices + geometry.xy().len()]
        })
    }

    /// The same geometries with row `i` taken from row `order[i]`.
    pub fn reorder(&self, order: &[u32]) -> Geometries {
        let [parts, vertices] = self.sizes_of(order);
        let mut new = Geometries {
            kinds: Vec::with_capacity(order.len()),
            part_ends: Vec::with_capacity(order.len()),
            roles: Vec::with_capacity(parts),
            vertex_ends: Vec::with_capacity(parts),
            xy: Vec::with_capacity(vertices),
            z: Vec::with_capacity(if self.z.is_empty() { 0 } else { vertices }),
            world: Vec::with_capacity(vertices),
            levels: vec![],
            members: HashMap::default(),
            longest: OnceLock::new(),
        };
        for (row, old) in order.iter().enumerate() {
            if let Some(geometry) = self.get(*old) {
                for part in geometry.parts() {
                    new.xy.extend_from_slice(part.xy);
                    new.z.extend_from_slice(part.z);
                    new.world.extend_from_slice(part.world);
                    new.roles.push(part.role);
                    new.vertex_ends.push(new.xy.len() as u32);
                }
                if !geometry.members().is_empty() {
                    new.members.insert(row as u32, geometry.members().to_vec());
                }
            }
            new.kinds.push(self.kinds.get(*old as usize).copied().flatten());
            new.part_ends.push(new.roles.len() as u32);
        }
        new
    }
}
