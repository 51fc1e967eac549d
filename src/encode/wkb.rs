//! Well-known binary of geometries (OGC 06-103r4, section 8; ISO 13249-3), little-endian, x before
//! y in every coordinate system.

use super::projected::{Point, Run, Simple, polygons};
use crate::geo::GeometryType;

/// The first byte, which says that numbers are little-endian.
const LITTLE_ENDIAN: u8 = 1;
/// The number that is added to a geometry type with heights.
const WITH_HEIGHTS: u32 = 1000;

/// Appends a geometry, given by its type and the simple geometries that [`Projector::with`] splits
/// it into. With `has_z`, each vertex has a height, which is NaN if it is not known.
///
/// [`Projector::with`]: super::projected::Projector::with
pub fn write(kind: GeometryType, members: &[Simple<'_, '_>], has_z: bool, out: &mut Vec<u8>) {
    if kind != GeometryType::GeometryCollection {
        return members.iter().for_each(|member| simple(*member, has_z, out));
    }
    begin(kind, has_z, out);
    count(members.len(), out);
    members.iter().for_each(|member| simple(*member, has_z, out));
}

fn simple((kind, runs): Simple<'_, '_>, has_z: bool, out: &mut Vec<u8>) {
    begin(kind, has_z, out);
    match kind {
        GeometryType::Point => {
            let first = runs.iter().flat_map(Run::points).next();
            point(first.unwrap_or(([f64::NAN; 2], f64::NAN)), has_z, out);
        }
        GeometryType::LineString => {
            count(runs.iter().map(|run| run.xy.len()).sum(), out);
            runs.iter().flat_map(Run::points).for_each(|at| point(at, has_z, out));
        }
        GeometryType::MultiPoint => {
            count(runs.iter().map(|run| run.xy.len()).sum(), out);
            for at in runs.iter().flat_map(Run::points) {
                begin(GeometryType::Point, has_z, out);
                point(at, has_z, out);
            }
        }
        GeometryType::Polygon => rings(runs, has_z, out),
        GeometryType::MultiLineString => {
            count(runs.len(), out);
            for run in runs {
                begin(GeometryType::LineString, has_z, out);
                line(run, has_z, out);
            }
        }
        GeometryType::MultiPolygon => {
            count(polygons(runs).count(), out);
            for polygon in polygons(runs) {
                begin(GeometryType::Polygon, has_z, out);
                rings(polygon, has_z, out);
            }
        }
        GeometryType::GeometryCollection => count(0, out),
    }
}

fn begin(kind: GeometryType, has_z: bool, out: &mut Vec<u8>) {
    out.push(LITTLE_ENDIAN);
    let number = kind as u32 + if has_z { WITH_HEIGHTS } else { 0 };
    out.extend_from_slice(&number.to_le_bytes());
}

fn count(number: usize, out: &mut Vec<u8>) {
    // A layer has fewer than 2^32 vertices.
    out.extend_from_slice(&(number as u32).to_le_bytes());
}

fn rings(runs: &[Run<'_>], has_z: bool, out: &mut Vec<u8>) {
    count(runs.len(), out);
    runs.iter().for_each(|run| line(run, has_z, out));
}

fn line(run: &Run<'_>, has_z: bool, out: &mut Vec<u8>) {
    count(run.xy.len(), out);
    run.points().for_each(|at| point(at, has_z, out));
}

fn point(([x, y], z): Point, has_z: bool, out: &mut Vec<u8>) {
    out.extend_from_slice(&x.to_le_bytes());
    out.extend_from_slice(&y.to_le_bytes());
    if has_z {
        out.extend_from_slice(&z.to_le_bytes());
    }
}
