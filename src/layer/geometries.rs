//! The geometries of a layer: all vertices in one list, in storage coordinates and on the world
//! grid.

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
    /// The type of each row's geometry; None if the row has none.
    kinds: Vec<Option<GeometryType>>,
    /// The end of each row's parts.
    part_ends: Vec<u32>,
    /// The role of each part.
    roles: Vec<Role>,
    /// The end of each part's vertices.
    vertex_ends: Vec<u32>,
    /// The storage coordinates, to the bit.
    xy: Vec<[f64; 2]>,
    /// The heights of the vertices in `xy`; NaN for a vertex without. Empty if the layer has none.
    z: Vec<f64>,
    /// The same vertices on the world grid of [`mercator`](crate::geo::mercator).
    world: Vec<[i32; 2]>,
    /// The zoom level from which on each vertex is drawn; empty if all are always drawn.
    levels: Vec<u8>,
    /// The members of rows that are geometry collections.
    members: HashMap<u32, Vec<Member>>,
    /// The number of vertices of the row with the most; counted at the first request.
    longest: OnceLock<usize>,
}

/// A box on the world grid, whose y grows to the south.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WorldBox {
    /// The north-west corner, x before y.
    pub min: [i32; 2],
    /// The south-east corner, x before y.
    pub max: [i32; 2],
}

impl WorldBox {
    /// The box that contains nothing.
    pub const EMPTY: WorldBox = WorldBox { min: [i32::MAX; 2], max: [i32::MIN; 2] };
    /// The box that contains everything.
    pub const WORLD: WorldBox = WorldBox { min: [i32::MIN; 2], max: [i32::MAX; 2] };

    /// Extends the box to contain `point`.
    pub fn add(&mut self, point: [i32; 2]) {
        for axis in 0..2 {
            self.min[axis] = self.min[axis].min(point[axis]);
            self.max[axis] = self.max[axis].max(point[axis]);
        }
    }

    /// Extends the box to contain `other`.
    pub fn merge(&mut self, other: &WorldBox) {
        for axis in 0..2 {
            self.min[axis] = self.min[axis].min(other.min[axis]);
            self.max[axis] = self.max[axis].max(other.max[axis]);
        }
    }

    /// Returns whether the box contains nothing.
    pub fn is_empty(&self) -> bool {
        self.min[0] > self.max[0]
    }

    /// Returns whether the boxes share at least one point.
    #[inline]
    pub fn intersects(&self, other: &WorldBox) -> bool {
        self.min[0] <= other.max[0]
            && other.min[0] <= self.max[0]
            && self.min[1] <= other.max[1]
            && other.min[1] <= self.max[1]
    }

    /// Returns whether `other` is completely inside.
    #[inline]
    pub fn contains(&self, other: &WorldBox) -> bool {
        self.min[0] <= other.min[0]
            && other.max[0] <= self.max[0]
            && self.min[1] <= other.min[1]
            && other.max[1] <= self.max[1]
    }

    /// Returns the point halfway between the corners.
    pub fn centre(&self) -> [i32; 2] {
        [0, 1].map(|axis| ((i64::from(self.min[axis]) + i64::from(self.max[axis])) / 2) as i32)
    }
}

/// The geometry of one row, which borrows from its layer.
#[derive(Clone, Copy, Debug)]
pub struct GeometryRef<'a> {
    /// The type of the geometry.
    pub kind: GeometryType,
    all: &'a Geometries,
    row: u32,
    first_part: usize,
    last_part: usize,
    first_vertex: usize,
    zoom: Option<u8>,
}

/// Consecutive vertices of one geometry: a line, a ring or a set of points.
#[derive(Clone, Copy, Debug)]
pub struct PartRef<'a> {
    /// The role of these vertices in the geometry.
    pub role: Role,
    /// The storage coordinates, x before y.
    pub xy: &'a [[f64; 2]],
    /// The heights, one for each vertex; empty if the layer has none.
    pub z: &'a [f64],
    /// The coordinates on the world grid, x before y.
    pub world: &'a [[i32; 2]],
    /// The zoom level from which on each vertex is drawn; empty if all are always drawn.
    pub levels: &'a [u8],
}

impl PartRef<'_> {
    /// Returns the positions of the vertices that are drawn at a zoom level. Those of a ring end
    /// with its first vertex. If less than a triangle would remain of a ring, or less than two
    /// points of a line, as many vertices are kept as it needs, because a client that requests
    /// features must get all of them.
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
        // Without levels, all vertices are drawn.
        let all = if self.levels.is_empty() { self.xy.len() } else { 0 };
        drawn().chain(closing).chain(0..all)
    }
}

impl<'a> GeometryRef<'a> {
    /// Returns the parts, in order.
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

    /// Returns all vertices in storage coordinates.
    pub fn xy(&self) -> &'a [[f64; 2]] {
        self.all.xy.get(self.first_vertex..self.end_vertex()).unwrap_or_default()
    }

    /// Returns all vertices on the world grid.
    pub fn world(&self) -> &'a [[i32; 2]] {
        self.all.world.get(self.first_vertex..self.end_vertex()).unwrap_or_default()
    }

    /// Returns the members of a geometry collection; empty for other types.
    pub fn members(&self) -> &'a [Member] {
        self.all.members.get(&self.row).map_or(&[], Vec::as_slice)
    }

    /// Returns the geometry, of which only the vertices that are drawn at `zoom` will be written.
    pub fn drawn_at(self, zoom: Option<u8>) -> GeometryRef<'a> {
        GeometryRef { zoom, ..self }
    }

    /// Returns the zoom level for which it is written, if vertices are left out.
    pub fn simplified_for(&self) -> Option<u8> {
        self.zoom.filter(|_| self.parts().any(|part| !part.levels.is_empty()))
    }

    fn end_vertex(&self) -> usize {
        let last = self.last_part.checked_sub(1);
        last.and_then(|part| self.all.vertex_ends.get(part)).map_or(self.first_vertex, |end| *end as usize)
    }
}

impl Geometries {
    /// Returns the geometry of a row; None if it has none.
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

    /// Returns the number of rows.
    pub fn len(&self) -> usize {
        self.kinds.len()
    }

    /// Returns whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.kinds.is_empty()
    }

    /// Returns whether any vertex has a height.
    pub fn has_z(&self) -> bool {
        !self.z.is_empty()
    }

    /// Returns the geometry types that occur.
    pub fn types(&self) -> std::collections::BTreeSet<GeometryType> {
        self.kinds.iter().flatten().copied().collect()
    }

    /// Returns the box of a row on the world grid; empty if it has no geometry.
    pub fn world_box(&self, row: u32) -> WorldBox {
        let mut bounds = WorldBox::EMPTY;
        if let Some(geometry) = self.get(row) {
            geometry.world().iter().for_each(|point| bounds.add(*point));
        }
        bounds
    }

    /// Returns all vertices on the world grid, for the box of the layer.
    pub fn world(&self) -> &[[i32; 2]] {
        &self.world
    }

    /// Returns the type of each row's geometry; None if the row has none.
    pub fn kinds(&self) -> &[Option<GeometryType>] {
        &self.kinds
    }

    /// Returns the number of rows without a geometry, and of those whose geometry has no place in
    /// `boxes`.
    pub fn without_place(&self, boxes: &[WorldBox]) -> [u64; 2] {
        let shapeless = self.kinds.iter().filter(|kind| kind.is_none()).count();
        let outside =
            self.kinds.iter().zip(boxes).filter(|(kind, bounds)| kind.is_some() && bounds.is_empty());
        [shapeless as u64, outside.count() as u64]
    }

    /// Returns the number of vertices of the row with the most.
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

    /// Returns the size in memory, in bytes.
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

    /// Computes the zoom level from which on each vertex is drawn.
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

    /// Returns the geometries with row `i` taken from row `order[i]`.
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
