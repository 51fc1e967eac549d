//! Converts flat geometries into those of the crate `geo`, for its algorithms.

use geo::{
    Geometry, GeometryCollection, LineString, MultiLineString, MultiPoint, MultiPolygon, Point, Polygon,
};

use super::GeometryType;
use super::geometry::{Member, Role, Shape};

/// A run of vertices and its role.
pub type Run<'a> = (Role, &'a [[f64; 2]]);

/// Returns the geometry of type `kind` that consists of the given runs. `members` are the members
/// of a collection. Without vertices, the geometry is empty.
pub fn geometry<'a>(
    kind: GeometryType,
    runs: impl IntoIterator<Item = Run<'a>>,
    members: &[Member],
) -> Geometry<f64> {
    let mut runs = runs.into_iter();
    if kind != GeometryType::GeometryCollection {
        return single(kind, runs);
    }
    let member = |member: &Member| single(member.kind, runs.by_ref().take(member.parts as usize));
    Geometry::GeometryCollection(GeometryCollection(members.iter().map(member).collect()))
}

/// Returns a shape as a geometry of `geo`; None if the shape has no type.
pub fn of_shape(shape: &Shape) -> Option<Geometry<f64>> {
    Some(geometry(shape.kind?, shape.runs(), &shape.members))
}

fn single<'a>(kind: GeometryType, runs: impl Iterator<Item = Run<'a>>) -> Geometry<f64> {
    match kind {
        GeometryType::Point => {
            let mut points = points(runs);
            let first = points.pop();
            // `geo` has no empty point, so an empty MultiPoint stands for it.
            first.map_or_else(|| MultiPoint(points).into(), Geometry::from)
        }
        GeometryType::MultiPoint => MultiPoint(points(runs)).into(),
        GeometryType::LineString => {
            let mut lines = lines(runs);
            lines.pop().unwrap_or_else(|| LineString(vec![])).into()
        }
        GeometryType::MultiLineString => MultiLineString(lines(runs)).into(),
        GeometryType::Polygon => {
            let mut polygons = polygons(runs);
            polygons.pop().unwrap_or_else(|| Polygon::new(LineString(vec![]), vec![])).into()
        }
        GeometryType::MultiPolygon | GeometryType::GeometryCollection => MultiPolygon(polygons(runs)).into(),
    }
}

fn points<'a>(runs: impl Iterator<Item = Run<'a>>) -> Vec<Point<f64>> {
    runs.flat_map(|(_, xy)| xy).map(|point| Point::from(*point)).collect()
}

fn lines<'a>(runs: impl Iterator<Item = Run<'a>>) -> Vec<LineString<f64>> {
    runs.map(|(_, xy)| line(xy)).collect()
}

fn line(xy: &[[f64; 2]]) -> LineString<f64> {
    LineString(xy.iter().map(|[x, y]| geo::coord! { x: *x, y: *y }).collect())
}

fn polygons<'a>(runs: impl Iterator<Item = Run<'a>>) -> Vec<Polygon<f64>> {
    let mut polygons: Vec<(LineString<f64>, Vec<LineString<f64>>)> = vec![];
    for (role, xy) in runs {
        match polygons.last_mut() {
            Some((_, holes)) if role == Role::Interior => holes.push(line(xy)),
            _ => polygons.push((line(xy), vec![])),
        }
    }
    polygons.into_iter().map(|(exterior, holes)| Polygon::new(exterior, holes)).collect()
}
