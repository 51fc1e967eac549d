//! Reads the geometry of a feature from FlatGeobuf's nested tables into a flat [`Shape`].

use super::bounded::damaged;
use crate::error::{Error, Result};
use crate::geo::curve::{append_circular_string, append_line};
use crate::geo::geometry::{Member, Role};
use crate::geo::{GeometryType, Shape};
use ::flatgeobuf as fgb;

/// The greatest depth of collections within collections. Deeper ones do not occur in maps.
const MAX_DEPTH: u32 = 32;

/// What was found while a geometry was read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    /// It contains a type that is not served. Then the shape must not be used.
    pub is_unsupported: bool,
    /// It contains curves, which were converted to lines.
    pub has_curves: bool,
    /// It contains measures, which were left out.
    pub has_measures: bool,
}

/// Reads `geometry` into the empty `shape`. `declared` is the type that the header gives to all
/// geometries, or `Unknown`. `bytes` is the length of the feature: no more vertices are read than
/// fit into it, even if its tables are shared many times.
pub fn read(
    geometry: &fgb::Geometry<'_>,
    declared: fgb::GeometryType,
    bytes: usize,
    shape: &mut Shape,
) -> Result<Reading> {
    let kind = if declared == fgb::GeometryType::Unknown { geometry.type_() } else { declared };
    let mut walk = Walk { shape, vertices_left: bytes / 16, reading: Reading::default() };
    walk.geometry(geometry, kind, 0)?;
    let Walk { shape, reading, .. } = walk;
    if reading.is_unsupported {
        shape.clear();
        return Ok(reading);
    }
    if !shape.z.is_empty() {
        shape.z.resize(shape.xy.len(), f64::NAN);
    }
    shape.kind = super::header::simple_type(kind).filter(|_| !shape.xy.is_empty());
    Ok(reading)
}

struct Walk<'a> {
    shape: &'a mut Shape,
    vertices_left: usize,
    reading: Reading,
}

impl Walk<'_> {
    fn geometry(&mut self, geometry: &fgb::Geometry<'_>, kind: fgb::GeometryType, depth: u32) -> Result<()> {
        if depth > MAX_DEPTH {
            return Err(damaged(format!("a geometry is nested deeper than {MAX_DEPTH} levels")));
        }
        self.reading.has_measures |= has_measures(geometry);
        match kind {
            fgb::GeometryType::Point | fgb::GeometryType::MultiPoint => {
                self.points(geometry, kind == fgb::GeometryType::Point)
            }
            fgb::GeometryType::LineString | fgb::GeometryType::MultiLineString => {
                self.runs(geometry, |_| Role::Line)
            }
            fgb::GeometryType::Polygon => self.polygon(geometry),
            fgb::GeometryType::MultiPolygon => parts(geometry)
                .try_for_each(|part| self.geometry(&part, fgb::GeometryType::Polygon, depth + 1)),
            fgb::GeometryType::GeometryCollection => {
                parts(geometry).try_for_each(|part| self.member(&part, depth + 1))
            }
            fgb::GeometryType::CircularString | fgb::GeometryType::CompoundCurve => {
                self.curve(geometry, kind)?;
                self.shape.end_part(Role::Line);
                Ok(())
            }
            fgb::GeometryType::CurvePolygon => self.curve_polygon(geometry),
            fgb::GeometryType::MultiCurve => self.curved_parts(geometry, kind, is_curve, depth),
            fgb::GeometryType::MultiSurface => self.curved_parts(geometry, kind, is_surface, depth),
            _ => {
                self.reading.is_unsupported = true;
                Ok(())
            }
        }
    }

    fn member(&mut self, part: &fgb::Geometry<'_>, depth: u32) -> Result<()> {
        let before = self.shape.parts.len();
        self.geometry(part, part.type_(), depth)?;
        let kind = super::header::simple_type(part.type_());
        let parts = (self.shape.parts.len() - before) as u32;
        // A nested collection has already added its own members.
        if let Some(kind) = kind.filter(|kind| *kind != GeometryType::GeometryCollection && parts > 0) {
            self.shape.members.push(Member { kind, parts });
        }
        Ok(())
    }

    /// Reads the members of a MultiCurve or MultiSurface that are of the types that `fits` allows.
    fn curved_parts(
        &mut self,
        geometry: &fgb::Geometry<'_>,
        kind: fgb::GeometryType,
        fits: fn(fgb::GeometryType) -> bool,
        depth: u32,
    ) -> Result<()> {
        self.reading.has_curves = true;
        parts(geometry).try_for_each(|part| match fits(part.type_()) {
            true => self.geometry(&part, part.type_(), depth + 1),
            false => Err(misplaced(part.type_(), kind)),
        })
    }

    /// Reads a polygon whose rings are curves.
    fn curve_polygon(&mut self, geometry: &fgb::Geometry<'_>) -> Result<()> {
        self.reading.has_curves = true;
        let before = self.shape.parts.len();
        for ring in parts(geometry) {
            if !is_curve(ring.type_()) {
                return Err(misplaced(ring.type_(), fgb::GeometryType::CurvePolygon));
            }
            let first = self.shape.xy.len();
            self.curve(&ring, ring.type_())?;
            close(self.shape, first);
            // As in a polygon, the first ring that has vertices is the outer one.
            let is_outer = self.shape.parts.len() == before;
            self.shape.end_part(if is_outer { Role::Exterior } else { Role::Interior });
        }
        Ok(())
    }

    /// Appends the vertices of a curve. The caller ends the run.
    fn curve(&mut self, geometry: &fgb::Geometry<'_>, kind: fgb::GeometryType) -> Result<()> {
        let first = self.shape.xy.len();
        if kind != fgb::GeometryType::CompoundCurve {
            return self.segment(geometry, kind, first);
        }
        self.reading.has_curves = true;
        parts(geometry).try_for_each(|part| match part.type_() {
            fgb::GeometryType::LineString | fgb::GeometryType::CircularString => {
                self.segment(&part, part.type_(), first)
            }
            other => Err(misplaced(other, kind)),
        })
    }

    /// Appends a line or arcs to the run that began at vertex `run_start`.
    fn segment(
        &mut self,
        geometry: &fgb::Geometry<'_>,
        kind: fgb::GeometryType,
        run_start: usize,
    ) -> Result<()> {
        self.reading.has_measures |= has_measures(geometry);
        self.reading.has_curves |= kind == fgb::GeometryType::CircularString;
        let vertices = Vertices::of(geometry)?;
        let start = self.shape.xy.len();
        self.append(&vertices, 0, vertices.len())?;
        let points = self.shape.xy.split_off(start);
        let heights = self.shape.z.split_off(start.min(self.shape.z.len()));
        match kind {
            fgb::GeometryType::LineString => append_line(&points, &heights, run_start, self.shape),
            _ => append_circular_string(&points, &heights, run_start, self.shape),
        }
        match self.shape.xy.len() > u32::MAX as usize {
            true => Err(damaged("a geometry has more vertices than 32 bits count")),
            false => Ok(()),
        }
    }

    fn points(&mut self, geometry: &fgb::Geometry<'_>, is_single: bool) -> Result<()> {
        let vertices = Vertices::of(geometry)?;
        if is_single && vertices.len() > 1 {
            return Err(damaged(format!("a point has {} vertices", vertices.len())));
        }
        self.append(&vertices, 0, vertices.len())?;
        self.shape.end_part(Role::Points);
        Ok(())
    }

    fn polygon(&mut self, geometry: &fgb::Geometry<'_>) -> Result<()> {
        let before = self.shape.parts.len();
        // The first ring that has vertices is the outer one.
        self.runs(geometry, |parts| if parts == before { Role::Exterior } else { Role::Interior })
    }

    /// Appends runs of vertices, divided at `ends`; all vertices are one run if there are no ends.
    fn runs(&mut self, geometry: &fgb::Geometry<'_>, role: impl Fn(usize) -> Role) -> Result<()> {
        let vertices = Vertices::of(geometry)?;
        let mut start = 0;
        for end in geometry.ends().iter().flat_map(|ends| ends.iter()) {
            let end = end as usize;
            if end < start || end > vertices.len() {
                return Err(damaged(format!(
                    "a part of a geometry should end at vertex {end} of {}",
                    vertices.len()
                )));
            }
            self.run(&vertices, start, end, role(self.shape.parts.len()))?;
            start = end;
        }
        let is_cut = geometry.ends().is_some_and(|ends| !ends.is_empty());
        match (is_cut, start == vertices.len()) {
            (true, false) => Err(damaged("a geometry has vertices behind its last part")),
            (true, true) => Ok(()),
            (false, _) => self.run(&vertices, 0, vertices.len(), role(self.shape.parts.len())),
        }
    }

    fn run(&mut self, vertices: &Vertices<'_>, start: usize, end: usize, role: Role) -> Result<()> {
        let first = self.shape.xy.len();
        self.append(vertices, start, end)?;
        if matches!(role, Role::Exterior | Role::Interior) {
            close(self.shape, first);
        }
        self.shape.end_part(role);
        Ok(())
    }

    fn append(&mut self, vertices: &Vertices<'_>, start: usize, end: usize) -> Result<()> {
        let count = end - start;
        self.vertices_left = self
            .vertices_left
            .checked_sub(count)
            .ok_or_else(|| damaged("a geometry has more vertices than its feature has bytes for"))?;
        let before = self.shape.xy.len();
        let xy = vertices.xy.get(16 * start..16 * end).unwrap_or_default();
        let pairs = xy.as_chunks::<8>().0.as_chunks::<2>().0;
        self.shape.xy.extend(pairs.iter().map(|pair| pair.map(f64::from_le_bytes)));
        if let Some(z) = vertices.z.and_then(|z| z.get(8 * start..8 * end)) {
            self.shape.z.resize(before, f64::NAN);
            self.shape.z.extend(z.as_chunks().0.iter().map(|z| f64::from_le_bytes(*z)));
        } else if !self.shape.z.is_empty() {
            self.shape.z.resize(self.shape.xy.len(), f64::NAN);
        }
        Ok(())
    }
}

/// Repeats the first vertex of a ring at its end, unless the file does.
fn close(shape: &mut Shape, first: usize) {
    let (Some(start), Some(end)) = (shape.xy.get(first).copied(), shape.xy.last().copied()) else { return };
    if start != end {
        shape.xy.push(start);
        if let Some(z) = shape.z.get(first).copied() {
            shape.z.push(z);
        }
    }
}

fn is_curve(kind: fgb::GeometryType) -> bool {
    let curves =
        [fgb::GeometryType::LineString, fgb::GeometryType::CircularString, fgb::GeometryType::CompoundCurve];
    curves.contains(&kind)
}

fn is_surface(kind: fgb::GeometryType) -> bool {
    [fgb::GeometryType::Polygon, fgb::GeometryType::CurvePolygon].contains(&kind)
}

/// Returns the error that a type is inside another that cannot contain it.
fn misplaced(inner: fgb::GeometryType, outer: fgb::GeometryType) -> Error {
    damaged(format!("a geometry of type {outer:?} holds one of type {inner:?}"))
}

fn has_measures(geometry: &fgb::Geometry<'_>) -> bool {
    geometry.m().is_some_and(|measures| !measures.is_empty())
}

fn parts<'a>(geometry: &fgb::Geometry<'a>) -> impl Iterator<Item = fgb::Geometry<'a>> + use<'a> {
    geometry.parts().into_iter().flat_map(|parts| parts.iter())
}

/// The vertices of one table, with heights for all of them or for none.
struct Vertices<'a> {
    xy: &'a [u8],
    z: Option<&'a [u8]>,
}

impl<'a> Vertices<'a> {
    fn of(geometry: &fgb::Geometry<'a>) -> Result<Vertices<'a>> {
        let xy = geometry.xy().map(|xy| xy.bytes()).unwrap_or_default();
        let z = geometry.z().map(|z| z.bytes()).filter(|z| !z.is_empty());
        let vertices = Vertices { xy, z };
        if !xy.len().is_multiple_of(16) {
            return Err(damaged("a geometry has an x without y"));
        }
        if z.is_some_and(|z| z.len() / 8 != vertices.len()) {
            return Err(damaged("a geometry has not as many heights as vertices"));
        }
        Ok(vertices)
    }

    fn len(&self) -> usize {
        self.xy.len() / 16
    }
}

#[cfg(test)]
#[path = "geometry_tests.rs"]
mod tests;
