//! Curves as FlatGeobuf nests them, also those in types that cannot contain them.

use ::flatgeobuf::GeometryArgs;
use fgb::GeometryType as T;
use flatbuffers::{FlatBufferBuilder, WIPOffset};

use super::*;

/// A geometry to write: its type, its vertices, its heights and its parts.
#[derive(Clone)]
struct Drawn(T, Vec<f64>, Vec<f64>, Vec<Drawn>);

fn run(kind: T, xy: &[f64]) -> Drawn {
    Drawn(kind, xy.to_vec(), vec![], vec![])
}

fn nest(kind: T, parts: &[Drawn]) -> Drawn {
    Drawn(kind, vec![], vec![], parts.to_vec())
}

fn write<'a>(builder: &mut FlatBufferBuilder<'a>, drawn: &Drawn) -> WIPOffset<fgb::Geometry<'a>> {
    let Drawn(type_, xy, z, parts) = drawn;
    let parts: Vec<_> = parts.iter().map(|part| write(builder, part)).collect();
    let parts = (!parts.is_empty()).then(|| builder.create_vector(&parts));
    let xy = (!xy.is_empty()).then(|| builder.create_vector(xy));
    let z = (!z.is_empty()).then(|| builder.create_vector(z));
    fgb::Geometry::create(builder, &GeometryArgs { xy, z, type_: *type_, parts, ..GeometryArgs::default() })
}

fn read_drawn(drawn: &Drawn, bytes: usize) -> Result<(Shape, Reading)> {
    let mut builder = FlatBufferBuilder::new();
    let root = write(&mut builder, drawn);
    builder.finish_minimal(root);
    let geometry = flatbuffers::root::<fgb::Geometry<'_>>(builder.finished_data()).unwrap();
    let mut shape = Shape::default();
    let reading = read(&geometry, T::Unknown, bytes, &mut shape)?;
    Ok((shape, reading))
}

fn shape(drawn: &Drawn) -> Shape {
    let (shape, reading) = read_drawn(drawn, 10_000).unwrap();
    assert!(reading.has_curves && !reading.is_unsupported);
    shape
}

/// A half circle of radius 1 from (0, 0) over (1, 1) to (2, 0).
const ARC: [f64; 6] = [0.0, 0.0, 1.0, 1.0, 2.0, 0.0];
/// The number of vertices of the arc's line, which has 32 segments for each quarter.
const ARC_VERTICES: usize = 65;

#[test]
fn each_curve_type_becomes_its_simple_one() {
    let arc = run(T::CircularString, &ARC);
    let back = run(T::LineString, &[2.0, 0.0, 0.0, 0.0]);
    let compound = nest(T::CompoundCurve, &[arc.clone(), back.clone()]);
    let half = nest(T::CurvePolygon, std::slice::from_ref(&compound));
    let line = |shape: &Shape| (shape.kind, shape.xy.len(), shape.parts.len());
    assert_eq!(line(&shape(&arc)), (Some(GeometryType::LineString), ARC_VERTICES, 1));
    // The vertex at which two segments join occurs once.
    assert_eq!(line(&shape(&compound)), (Some(GeometryType::LineString), ARC_VERTICES + 1, 1));
    assert_eq!(line(&shape(&half)), (Some(GeometryType::Polygon), ARC_VERTICES + 1, 1));
    let lines = nest(T::MultiCurve, &[arc.clone(), compound, back]);
    assert_eq!(line(&shape(&lines)), (Some(GeometryType::MultiLineString), 2 * ARC_VERTICES + 1 + 2, 3));
    let square = run(T::Polygon, &[5.0, 5.0, 6.0, 5.0, 6.0, 6.0, 5.0, 5.0]);
    let surfaces = shape(&nest(T::MultiSurface, &[half.clone(), square]));
    assert_eq!(line(&surfaces), (Some(GeometryType::MultiPolygon), ARC_VERTICES + 1 + 4, 2));
    assert!(surfaces.parts.iter().all(|part| part.role == Role::Exterior));
    let collection = shape(&nest(T::GeometryCollection, &[arc, half]));
    let members: Vec<GeometryType> = collection.members.iter().map(|member| member.kind).collect();
    assert_eq!(members, [GeometryType::LineString, GeometryType::Polygon]);
}

#[test]
fn rings_of_arcs_are_closed_and_follow_their_exterior() {
    let open = run(T::CircularString, &ARC);
    let hole = run(T::CircularString, &[0.5, 0.1, 1.5, 0.1, 0.5, 0.1]);
    let polygon = shape(&nest(T::CurvePolygon, &[open, hole]));
    let roles: Vec<Role> = polygon.parts.iter().map(|part| part.role).collect();
    assert_eq!(roles, [Role::Exterior, Role::Interior]);
    assert_eq!(polygon.xy[0], polygon.xy[polygon.parts[0].end as usize - 1]);
}

#[test]
fn heights_stay_with_their_vertices() {
    let high = Drawn(T::CircularString, ARC.to_vec(), vec![10.0, 20.0, 30.0], vec![]);
    let flat = run(T::LineString, &[2.0, 0.0, 4.0, 0.0]);
    let line = shape(&nest(T::CompoundCurve, &[high.clone(), flat.clone()]));
    assert_eq!(line.z.len(), line.xy.len());
    assert_eq!((line.z[0], line.z[32], line.z[64]), (10.0, 20.0, 30.0));
    assert!(line.z[65].is_nan());
    let line = shape(&nest(T::CompoundCurve, &[flat, high]));
    assert_eq!(line.z.len(), line.xy.len());
    assert!(line.z[0].is_nan() && line.z.last() == Some(&30.0));
}

#[test]
fn what_has_no_place_in_a_curve_is_damage() {
    let point = run(T::Point, &[1.0, 1.0]);
    let compound = nest(T::CompoundCurve, &[run(T::LineString, &[0.0, 0.0, 1.0, 1.0])]);
    for (outer, inner) in [
        (T::CompoundCurve, point.clone()),
        (T::CompoundCurve, compound.clone()),
        (T::CurvePolygon, point.clone()),
        (T::CurvePolygon, nest(T::CurvePolygon, std::slice::from_ref(&compound))),
        (T::MultiCurve, point.clone()),
        (T::MultiCurve, nest(T::MultiCurve, std::slice::from_ref(&compound))),
        (T::MultiSurface, compound),
        (T::MultiSurface, nest(T::MultiSurface, &[point])),
    ] {
        assert!(
            read_drawn(&nest(outer, std::slice::from_ref(&inner)), 10_000).is_err(),
            "{outer:?} of {:?}",
            inner.0
        );
    }
    assert!(read_drawn(&run(T::CircularString, &[1.0, 2.0, 3.0]), 10_000).is_err(), "an x without y");
    let too_few = Drawn(T::CircularString, ARC.to_vec(), vec![1.0], vec![]);
    assert!(read_drawn(&too_few, 10_000).is_err(), "fewer heights than vertices");
    assert!(
        read_drawn(&run(T::CircularString, &ARC), 47).is_err(),
        "more vertices than the feature has bytes"
    );
    assert!(read_drawn(&run(T::CircularString, &ARC), 48).is_ok());
}

#[test]
fn empty_curves_are_empty() {
    for kind in [T::CircularString, T::CompoundCurve, T::CurvePolygon, T::MultiCurve, T::MultiSurface] {
        let (shape, reading) = read_drawn(&nest(kind, &[]), 100).unwrap();
        assert!(shape.kind.is_none() && shape.parts.is_empty() && !reading.is_unsupported, "{kind:?}");
    }
}

#[test]
fn collections_of_collections_end_somewhere() {
    let mut deep = run(T::CircularString, &ARC);
    for _ in 0..=MAX_DEPTH {
        deep = nest(T::GeometryCollection, &[deep]);
    }
    assert!(read_drawn(&deep, 10_000).is_err());
}
