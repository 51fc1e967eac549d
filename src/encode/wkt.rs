//! Well-known text of geometries (OGC 06-103r4, section 7), for tables.

use super::coordinates::{OutputCrs, write_shortest};
use super::projected::{Point, Run, Simple, polygons};
use crate::geo::GeometryType;

/// Appends a geometry, given by its type and the simple geometries that [`Projector::with`] splits
/// it into. The axes are in the order of the output's coordinate system.
///
/// [`Projector::with`]: super::projected::Projector::with
pub fn write(crs: &OutputCrs, kind: GeometryType, members: &[Simple<'_, '_>], out: &mut Vec<u8>) {
    if kind != GeometryType::GeometryCollection {
        members.iter().for_each(|member| simple(crs, *member, out));
        return;
    }
    out.extend_from_slice(b"GEOMETRYCOLLECTION");
    out.extend_from_slice(if members.is_empty() { b" EMPTY" } else { b"(" });
    separated(members.iter(), out, |member, out| simple(crs, *member, out));
    if !members.is_empty() {
        out.push(b')');
    }
}

fn simple(crs: &OutputCrs, (kind, runs): Simple<'_, '_>, out: &mut Vec<u8>) {
    out.extend_from_slice(kind.name().to_ascii_uppercase().as_bytes());
    let has_z = runs.iter().any(|run| run.z.iter().any(|z| z.is_finite()));
    if has_z {
        out.extend_from_slice(b" Z");
    }
    let line = |points: &mut dyn Iterator<Item = Point>, out: &mut Vec<u8>| {
        out.push(b'(');
        separated(points, out, |at, out| point(crs, at, has_z, out));
        out.push(b')');
    };
    let rings = |runs: &[Run<'_>], out: &mut Vec<u8>| {
        out.push(b'(');
        separated(runs.iter(), out, |run, out| line(&mut run.points(), out));
        out.push(b')');
    };
    match kind {
        GeometryType::Point => line(&mut runs.iter().flat_map(Run::points).take(1), out),
        GeometryType::LineString => line(&mut runs.iter().flat_map(Run::points), out),
        GeometryType::MultiPoint => {
            out.push(b'(');
            separated(runs.iter().flat_map(Run::points), out, |at, out| {
                line(&mut std::iter::once(at), out);
            });
            out.push(b')');
        }
        GeometryType::Polygon | GeometryType::MultiLineString => rings(runs, out),
        GeometryType::MultiPolygon => {
            out.push(b'(');
            separated(polygons(runs), out, |polygon, out| rings(polygon, out));
            out.push(b')');
        }
        // A member of a collection is never a collection.
        GeometryType::GeometryCollection => out.extend_from_slice(b" EMPTY"),
    }
}

fn separated<T>(items: impl Iterator<Item = T>, out: &mut Vec<u8>, mut write: impl FnMut(T, &mut Vec<u8>)) {
    for (index, item) in items.enumerate() {
        if index > 0 {
            out.push(b',');
        }
        write(item, out);
    }
}

fn point(crs: &OutputCrs, ([x, y], z): Point, has_z: bool, out: &mut Vec<u8>) {
    let (first, second) = if crs.is_north_first { (y, x) } else { (x, y) };
    crs.write_number(first, out);
    out.push(b' ');
    crs.write_number(second, out);
    if has_z {
        out.push(b' ');
        if z.is_finite() { write_shortest(z, out) } else { out.extend_from_slice(b"NaN") }
    }
}
