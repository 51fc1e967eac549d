//! Geometries as they are read, and their places on the world grid once all are there.

#![allow(clippy::indexing_slicing)] // only the two axes of a point and two lists, by 0 and 1

use std::sync::OnceLock;

use foldhash::HashMap;

use super::Geometries;
use crate::geo::projection::Projection;
use crate::geo::{Shape, mercator};
use crate::work::{spend, together};

/// Units of work to project a vertex.
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
    /// Appends the next row's geometry; a shape without type means none.
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

    /// How many vertices there are so far: the packed form counts them in 32 bits.
    pub fn vertices(&self) -> usize {
        self.geometries.xy.len()
    }

    /// The geometries in load order without places on the world grid: for rows that are only written out.
    pub fn finish_unplaced(self) -> Geometries {
        self.geometries
    }

    /// Projects all vertices to the world grid, in parallel, and hands out the geometries in load order
    /// beside the rows that have vertices which cannot be projected or are nowhere on Earth, or that lie wholly beyond the
    /// square world. Those rows keep their geometry, and are put at no place of the index. What reaches beyond that world is
    /// drawn up to its edge.
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
                let [mut nowhere, mut beyond] = [vec![], vec![]];
                let world = points.iter().enumerate().map(|(at, lonlat)| {
                    if !is_on_earth(*lonlat) {
                        nowhere.push(chunk * CHUNK + at);
                    } else if lonlat[1].abs() > mercator::MAX_LATITUDE + 1e-9 {
                        beyond.push(chunk * CHUNK + at);
                    }
                    mercator::to_world(mercator::from_lonlat(*lonlat))
                });
                (world.collect(), [nowhere, beyond])
            },
        );
        all.world = Vec::with_capacity(all.xy.len());
        let [mut nowhere, mut beyond] = [vec![], vec![]];
        for (world, lost) in projected {
            all.world.extend_from_slice(&world);
            nowhere.extend_from_slice(&lost[0]);
            beyond.extend_from_slice(&lost[1]);
        }
        let mut outside: Vec<u32> = rows_of(&all, &nowhere).into_iter().map(|(row, _)| row).collect();
        let is_wholly =
            |(row, count): &(u32, usize)| all.get(*row).is_some_and(|geometry| geometry.xy().len() == *count);
        outside.extend(rows_of(&all, &beyond).iter().filter(|own| is_wholly(own)).map(|(row, _)| row));
        (all, outside)
    }
}

/// Vertices on the world grid; which of them are nowhere on Earth, and which beyond the square world.
type Projected = (Vec<[i32; 2]>, [Vec<usize>; 2]);

/// A little beyond 180° is what files that cross it have.
fn is_on_earth([lon, lat]: [f64; 2]) -> bool {
    lon.abs() <= 180.0 + 1e-9 && lat.abs() <= 90.0 + 1e-9
}

/// The rows that own these vertices, both ascending, and how many each owns.
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
