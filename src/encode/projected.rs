//! A geometry on its way out: its runs of vertices in the system that is written.

use super::coordinates::OutputCrs;
use crate::geo::GeometryType;
use crate::geo::geometry::Role;
use crate::layer::GeometryRef;

/// A point to write and its height; NaN without one.
pub type Point = ([f64; 2], f64);

/// A run of points to write.
#[derive(Clone, Copy, Debug)]
pub struct Run<'a> {
    /// What the run is.
    pub role: Role,
    /// x before y, in the system that is written.
    pub xy: &'a [[f64; 2]],
    /// Heights; empty without.
    pub z: &'a [f64],
}

impl<'a> Run<'a> {
    /// The points with their heights.
    pub fn points(&self) -> impl DoubleEndedIterator<Item = Point> + use<'a> {
        let (xy, z) = (self.xy, self.z);
        (0..xy.len())
            .filter_map(move |index| Some((*xy.get(index)?, z.get(index).copied().unwrap_or(f64::NAN))))
    }
}

/// A geometry that is no collection: its type and its runs.
pub type Simple<'r, 'a> = (GeometryType, &'r [Run<'a>]);

/// Puts geometries into the system that is written. Keeps its room between features.
#[derive(Debug)]
pub struct Projector {
    /// The way there.
    pub crs: OutputCrs,
    points: Vec<[f64; 2]>,
}

impl Projector {
    /// Into `crs`.
    pub fn new(crs: OutputCrs) -> Projector {
        Projector { crs, points: vec![] }
    }

    /// Gives `write` the type of a geometry and the simple ones it is made of: itself, or the members of a
    /// collection. None where it cannot be projected.
    pub fn with<T>(
        &mut self,
        geometry: &GeometryRef<'_>,
        write: impl FnOnce(&OutputCrs, GeometryType, &[Simple<'_, '_>]) -> T,
    ) -> Option<T> {
        self.crs.project(geometry.xy(), &mut self.points);
        if !self.points.iter().flatten().all(|value| value.is_finite()) {
            return None;
        }
        let mut rest = self.points.as_slice();
        let parts = geometry.parts().map(|part| {
            let (xy, after) = rest.split_at(rest.len().min(part.xy.len()));
            rest = after;
            Run { role: part.role, xy, z: part.z }
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

/// The polygons of the runs of a MultiPolygon: each an outer ring and its holes.
pub fn polygons<'r, 'a>(runs: &'r [Run<'a>]) -> impl Iterator<Item = &'r [Run<'a>]> {
    runs.chunk_by(|_, next| next.role == Role::Interior)
}
