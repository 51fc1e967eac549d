//! Collects geometries, and projects them to the world grid when all are there.

#![allow(clippy::indexing_slicing)] // only the two axes of a point and two lists, by 0 and 1

use std::sync::OnceLock;

use foldhash::HashMap;

use super::Geometries;
use crate::geo::projection::Projection;
use crate::geo::{Shape, mercator};
use crate::work::{spend, together};

/// Units of work for projecting a vertex.
const VERTEX: usize = 30;

/// Collects geometries in load order.
#[derive(Debug)]
pub struct GeometriesBuilder {
    geometries: Geometries,
}

impl Default for GeometriesBuilder {
    fn default() -> Self {
        let geometries = Geometries {
            kinds: vec![],
            part_ends: vec![],
            roles: vec![],
            vertex_ends: vec![],
            xy: vec![],
            z: vec![],
            world: vec![],
            levels: vec![],
            members: HashMap::default(),
            longest: OnceLock::new(),
        };
        GeometriesBuilder { geometries }
    }
}

impl GeometriesBuilder {
    /// Appends the geometry of the next row. A shape without type means none.
    pub fn push(&mut self, shape: &Shape) {
        let all = &mut self.geometries;
        if shape.kind.is_some() {
            let before = all.xy.len();
            all.xy.extend_from_slice(&shape.xy);
            if shape.z.len() == shape.xy.len() && !shape.z.is_empty() {
                all.z.resize(before, f64::NAN);
                all.z.extend_from_slice(&shape.z);
            } else if !all.z.is_empty() {
                all.z.resize(all.xy.len(), f64::NAN);
            }
            for part in &shape.parts {
                all.roles.push(part.role);
                all.vertex_ends.push(before as u32 + part.end);
            }
            if !shape.members.is_empty() {
                all.members.insert(all.kinds.len() as u32, shape.members.clone());
            }
        }
        all.kinds.push(shape.kind);
        all.part_ends.push(all.roles.len() as u32);
    }

    /// Returns the number of vertices so far, which the layer counts in 32 bits.
    pub fn vertices(&self) -> usize {
        self.geometries.xy.len()
    }

    /// Returns the geometries in load order, without places on the world grid, for rows that are
    /// only written.
    pub fn finish_unplaced(self) -> Geometries {
        self.geometries
    }

    /// Projects all vertices to the world grid, in parallel. Returns the geometries in load order,
    /// and the rows that have no place in the index although they keep their geometry: those with
    /// vertices that cannot be projected or are nowhere on earth, and those that lie completely
    /// north or south of the square world. Geometries that reach beyond this world are drawn up to
    /// its edge. Those that lie completely beyond 180° are drawn where that is on the other side.
    pub fn finish(self, projection: &Projection) -> (Geometries, Vec<u32>) {
        const CHUNK: usize = 8192;
        let mut all = self.geometries;
        let chunks: Vec<&[[f64; 2]]> = all.xy.chunks(CHUNK).collect();
        let projected: Vec<Projected> = together(
            chunks.len(),
            || (),
            |_, chunk| {
                let mut points = chunks.get(chunk).map_or(vec![], |points| points.to_vec());
                spend(VERTEX * points.len());
                projection.to_lonlat(&mut points);
                let [mut nowhere, mut beyond, mut around] = [vec![], vec![], vec![]];
                let world = points.iter().enumerate().map(|(at, lonlat)| {
                    if !is_on_earth(*lonlat) {
                        nowhere.push(chunk * CHUNK + at);
                    } else if lonlat[0].abs() > 180.0 + NEAR {
                        around.push(chunk * CHUNK + at);
                    } else if lonlat[1].abs() > mercator::MAX_LATITUDE + NEAR {
                        beyond.push(chunk * CHUNK + at);
                    }
                    mercator::to_world(mercator::from_lonlat(*lonlat))
                });
                (world.collect(), [nowhere, beyond, around])
            },
        );
        all.world = Vec::with_capacity(all.xy.len());
        let [mut nowhere, mut beyond, mut around] = [vec![], vec![], vec![]];
        for (world, lost) in projected {
            all.world.extend_from_slice(&world);
            nowhere.extend_from_slice(&lost[0]);
            beyond.extend_from_slice(&lost[1]);
            around.extend_from_slice(&lost[2]);
        }
        let mut outside: Vec<u32> = rows_of(&all, &nowhere).into_iter().map(|(row, _)| row).collect();
        let is_wholly =
            |(row, count): &(u32, usize)| all.get(*row).is_some_and(|geometry| geometry.xy().len() == *count);
        // A geometry from beyond one pole to beyond the other crosses the world in between.
        let is_flat = |row: u32| {
            let bounds = all.world_box(row);
            bounds.min[1] == bounds.max[1]
        };
        let beyond = rows_of(&all, &beyond);
        let beyond = beyond.iter().filter(|own| is_wholly(own) && is_flat(own.0)).map(|(row, _)| *row);
        outside.extend(beyond);
        let around = rows_of(&all, &around);
        let around: Vec<u32> = around.iter().filter(|own| is_wholly(own)).map(|(row, _)| *row).collect();
        around.iter().for_each(|row| all.take_around(*row, projection));
        (all, outside)
    }
}

impl Geometries {
    /// Moves a row whose vertices all lie beyond 180°, on the same side, to the other side of the
    /// world grid.
    fn take_around(&mut self, row: u32, projection: &Projection) {
        let Some(geometry) = self.get(row) else { return };
        let range = geometry.first_vertex..geometry.end_vertex();
        let mut points = geometry.xy().to_vec();
        projection.to_lonlat(&mut points);
        if points.iter().any(|[lon, _]| *lon > 0.0) && points.iter().any(|[lon, _]| *lon < 0.0) {
            return;
        }
        let places = self.world.get_mut(range).into_iter().flatten();
        for (place, [lon, lat]) in places.zip(points) {
            let lon = if lon > 0.0 { lon - 360.0 } else { lon + 360.0 };
            *place = mercator::to_world(mercator::from_lonlat([lon, lat]));
        }
    }
}

/// Vertices on the world grid; and the positions of those that are nowhere on earth, that are north
/// or south of the square world, and that are beyond 180°.
type Projected = (Vec<[i32; 2]>, [Vec<usize>; 3]);

/// The tolerance for rounding errors in degrees.
const NEAR: f64 = 1e-9;

/// Returns whether a position in degrees is on earth. A geometry that crosses 180° may go on up to
/// once around.
fn is_on_earth([lon, lat]: [f64; 2]) -> bool {
    lon.abs() <= 360.0 + NEAR && lat.abs() <= 90.0 + NEAR
}

/// Returns the rows that own these vertices, with their numbers; both are ascending.
fn rows_of(all: &Geometries, vertices: &[usize]) -> Vec<(u32, usize)> {
    if vertices.is_empty() {
        return vec![];
    }
    let mut vertices = vertices.iter().copied().peekable();
    let mut rows = vec![];
    for row in 0..all.len() as u32 {
        let Some(geometry) = all.get(row) else { continue };
        let end = geometry.end_vertex();
        let mut owned = 0;
        while vertices.next_if(|vertex| *vertex < end).is_some() {
            owned += 1;
        }
        if owned > 0 {
            rows.push((row, owned));
        }
    }
    rows
}
