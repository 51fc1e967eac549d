//! Projects the geometries that are written into the output's coordinate system.

use super::coordinates::OutputCrs;
use crate::geo::GeometryType;
use crate::geo::geometry::Role;
use crate::layer::GeometryRef;

/// A point of the output (x before y) and its height, which is NaN if it has none.
pub type Point = ([f64; 2], f64);

/// Consecutive points of the output: a line, a ring or a set of points.
#[derive(Clone, Copy, Debug)]
pub struct Run<'a> {
    /// The role of these points in the geometry.
    pub role: Role,
    /// The coordinates, x before y, in the output's coordinate system.
    pub xy: &'a [[f64; 2]],
    /// The heights, one for each point; empty if there are none.
    pub z: &'a [f64],
}

impl<'a> Run<'a> {
    /// Returns the points with their heights.
    pub fn points(&self) -> impl DoubleEndedIterator<Item = Point> + use<'a> {
        let (xy, z) = (self.xy, self.z);
        (0..xy.len())
            .filter_map(move |index| Some((*xy.get(index)?, z.get(index).copied().unwrap_or(f64::NAN))))
    }
}

/// A geometry that is no collection: its type and its runs.
pub type Simple<'r, 'a> = (GeometryType, &'r [Run<'a>]);

/// Projects geometries into the output's coordinate system. It reuses its buffers for each feature.
#[derive(Debug)]
pub struct Projector {
    /// The conversion to the output's coordinates.
    pub crs: OutputCrs,
    points: Vec<[f64; 2]>,
    drawn: Drawn,
}

/// The vertices of a geometry that remain at a zoom level.
#[derive(Debug, Default)]
struct Drawn {
    xy: Vec<[f64; 2]>,
    z: Vec<f64>,
    /// The number of vertices of each run.
    lengths: Vec<usize>,
}

impl Drawn {
    fn fill(&mut self, geometry: &GeometryRef<'_>, zoom: u8) {
        self.xy.clear();
        self.z.clear();
        self.lengths.clear();
        for part in geometry.parts() {
            let before = self.xy.len();
            for at in part.drawn_at(zoom) {
                self.xy.extend(part.xy.get(at));
                self.z.extend(part.z.get(at));
            }
            self.lengths.push(self.xy.len() - before);
        }
    }
}

impl Projector {
    /// Makes a projector to `crs`.
    pub fn new(crs: OutputCrs) -> Projector {
        Projector { crs, points: vec![], drawn: Drawn::default() }
    }

    /// Calls `write` with the type of a geometry and the simple geometries that it consists of:
    /// itself, or the members of a collection. Returns None if it cannot be projected.
    pub fn with<T>(
        &mut self,
        geometry: &GeometryRef<'_>,
        write: impl FnOnce(&OutputCrs, GeometryType, &[Simple<'_, '_>]) -> T,
    ) -> Option<T> {
        let zoom = geometry.simplified_for();
        if let Some(zoom) = zoom {
            self.drawn.fill(geometry, zoom);
        }
        let Drawn { xy, z, lengths } = &self.drawn;
        self.crs.project(if zoom.is_some() { xy } else { geometry.xy() }, &mut self.points);
        if !self.points.iter().flatten().all(|value| value.is_finite()) {
            return None;
        }
        let (mut rest, mut heights) = (self.points.as_slice(), z.as_slice());
        let parts = geometry.parts().enumerate().map(|(at, part)| {
            let length = zoom.and(lengths.get(at).copied()).unwrap_or(part.xy.len());
            let (xy, after) = rest.split_at(rest.len().min(length));
            rest = after;
            let (own, after) = heights.split_at(heights.len().min(length));
            heights = after;
            Run { role: part.role, xy, z: if zoom.is_some() { own } else { part.z } }
        });
        let runs: Vec<Run<'_>> = parts.collect();
        if geometry.kind != GeometryType::GeometryCollection {
            return Some(write(&self.crs, geometry.kind, &[(geometry.kind, &runs)]));
        }
        let mut rest = runs.as_slice();
        let members = geometry.members().iter().map(|member| {
            let (runs, after) = rest.split_at(rest.len().min(member.parts as usize));
            rest = after;
            (member.kind, runs)
        });
        let members: Vec<Simple<'_, '_>> = members.collect();
        Some(write(&self.crs, geometry.kind, &members))
    }
}

/// Splits the runs of a MultiPolygon into its polygons: each an outer ring, followed by its holes.
pub fn polygons<'r, 'a>(runs: &'r [Run<'a>]) -> impl Iterator<Item = &'r [Run<'a>]> {
    runs.chunk_by(|_, next| next.role == Role::Interior)
}
