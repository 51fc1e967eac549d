//! Writes geometries as well-known binary (OGC 06-103r4, 8.2): x and y, little-endian, without
//! SRID.

use super::GeometryType;
use super::geometry::{Role, Shape};

/// Returns the bytes of a shape. A shape without a type becomes an empty collection.
///
/// ```
/// use veedel::geo::geometry::Role;
/// use veedel::geo::{GeometryType, Shape, wkb};
///
/// let mut shape = Shape { kind: Some(GeometryType::Point), ..Shape::default() };
/// shape.xy.push([7.0, 51.0]);
/// shape.end_part(Role::Points);
/// let bytes = wkb::write(&shape);
/// assert_eq!(bytes[..5], [1, 1, 0, 0, 0]); // little-endian, Point
/// assert_eq!(bytes[5..13], 7.0_f64.to_le_bytes());
/// ```
pub fn write(shape: &Shape) -> Vec<u8> {
    let mut runs = vec![];
    let mut start = 0;
    for part in &shape.parts {
        let end = part.end as usize;
        runs.push(Run { role: part.role, xy: shape.xy.get(start..end).unwrap_or_default() });
        start = end;
    }
    let mut out = Vec::with_capacity(32 + 16 * shape.xy.len());
    match shape.kind {
        Some(GeometryType::GeometryCollection) | None => {
            begin(GeometryType::GeometryCollection, shape.members.len(), &mut out);
            let mut rest = runs.as_slice();
            for member in &shape.members {
                let (own, after) = rest.split_at(rest.len().min(member.parts as usize));
                rest = after;
                simple(member.kind, own, &mut out);
            }
        }
        Some(kind) => simple(kind, &runs, &mut out),
    }
    out
}

/// A run of vertices with its role.
struct Run<'a> {
    role: Role,
    xy: &'a [[f64; 2]],
}

fn simple(kind: GeometryType, runs: &[Run<'_>], out: &mut Vec<u8>) {
    use GeometryType::*;
    match kind {
        Point => {
            out.push(1);
            count(kind as usize, out);
            let point = runs.iter().flat_map(|run| run.xy).next().copied();
            coordinates(&[point.unwrap_or([f64::NAN; 2])], out);
        }
        LineString => {
            let points: usize = runs.iter().map(|run| run.xy.len()).sum();
            begin(kind, points, out);
            runs.iter().for_each(|run| coordinates(run.xy, out));
        }
        Polygon => {
            begin(kind, runs.len(), out);
            runs.iter().for_each(|run| ring(run.xy, out));
        }
        MultiPoint => {
            let points = runs.iter().flat_map(|run| run.xy);
            begin(kind, points.clone().count(), out);
            points.for_each(|point| {
                out.push(1);
                count(Point as usize, out);
                coordinates(&[*point], out);
            });
        }
        MultiLineString => {
            begin(kind, runs.len(), out);
            for run in runs {
                begin(LineString, run.xy.len(), out);
                coordinates(run.xy, out);
            }
        }
        MultiPolygon => {
            let polygons = runs.chunk_by(|_, next| next.role == Role::Interior);
            begin(kind, polygons.clone().count(), out);
            for polygon in polygons {
                begin(Polygon, polygon.len(), out);
                polygon.iter().for_each(|run| ring(run.xy, out));
            }
        }
        GeometryCollection => begin(kind, 0, out),
    }
}

fn begin(kind: GeometryType, members: usize, out: &mut Vec<u8>) {
    out.push(1);
    count(kind as usize, out);
    count(members, out);
}

fn count(number: usize, out: &mut Vec<u8>) {
    out.extend_from_slice(&(number as u32).to_le_bytes());
}

fn ring(points: &[[f64; 2]], out: &mut Vec<u8>) {
    count(points.len(), out);
    coordinates(points, out);
}

fn coordinates(points: &[[f64; 2]], out: &mut Vec<u8>) {
    points.iter().flatten().for_each(|value| out.extend_from_slice(&value.to_le_bytes()));
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::geo::ewkb;
    use crate::geo::geometry::{Member, Part};

    fn part(role: Role, end: u32) -> Part {
        Part { role, end }
    }

    fn points(count: u32) -> Vec<[f64; 2]> {
        (0..count).map(|index| [f64::from(index) + 0.1, -f64::from(index)]).collect()
    }

    #[test]
    fn what_is_written_is_read_back_to_the_bit() {
        use GeometryType::*;
        let shape = |kind, count, parts: Vec<Part>, members: Vec<Member>| Shape {
            kind: Some(kind),
            xy: points(count),
            z: vec![],
            parts,
            members,
        };
        let mut ring = points(3);
        ring.push([0.1, -0.0]);
        let polygon = Shape { xy: ring, ..shape(Polygon, 0, vec![part(Role::Exterior, 4)], vec![]) };
        let all = [
            shape(Point, 1, vec![part(Role::Points, 1)], vec![]),
            shape(MultiPoint, 3, vec![part(Role::Points, 3)], vec![]),
            shape(LineString, 4, vec![part(Role::Line, 4)], vec![]),
            shape(MultiLineString, 5, vec![part(Role::Line, 2), part(Role::Line, 5)], vec![]),
            polygon,
            shape(
                GeometryCollection,
                3,
                vec![part(Role::Points, 1), part(Role::Line, 3)],
                vec![Member { kind: Point, parts: 1 }, Member { kind: LineString, parts: 1 }],
            ),
        ];
        for shape in all {
            let mut read = Shape::default();
            ewkb::read(&write(&shape), &mut read).unwrap();
            assert_eq!(read, shape);
        }
    }
}
