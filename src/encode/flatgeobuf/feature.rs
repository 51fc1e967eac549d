//! Writes a feature of a FlatGeobuf file, with its size before it: geometry and properties.

use std::collections::BTreeSet;

use ::flatgeobuf as fgb;
use flatbuffers::{FlatBufferBuilder, WIPOffset};

use super::header::simple_type;
use super::index::EMPTY;
use crate::encode::coordinates::OutputCrs;
use crate::encode::projected::{Projector, Run, Simple, polygons};
use crate::geo::GeometryType;
use crate::layer::column::Cells;
use crate::layer::{Column, Value, View, value_text};

/// Builds the bytes of features. It reuses its buffers for each feature.
pub struct FeatureBuilder {
    projector: Projector,
    builder: FlatBufferBuilder<'static>,
    properties: Vec<u8>,
    kinds: BTreeSet<GeometryType>,
}

impl FeatureBuilder {
    /// Makes a builder whose coordinates are in `crs`.
    pub fn new(crs: OutputCrs) -> FeatureBuilder {
        FeatureBuilder {
            projector: Projector::new(crs),
            builder: FlatBufferBuilder::new(),
            properties: vec![],
            kinds: BTreeSet::new(),
        }
    }

    /// Returns the coordinate system of the output.
    pub fn crs(&self) -> &OutputCrs {
        &self.projector.crs
    }

    /// Returns the geometry types of all features that were built so far.
    pub fn kinds(&self) -> &BTreeSet<GeometryType> {
        &self.kinds
    }

    /// Returns the bytes of a row and the bounds of its geometry in the output's coordinate system.
    /// Without a geometry the bounds are empty.
    pub fn build(&mut self, view: &View<'_>, row: u32) -> (&[u8], [f64; 4]) {
        self.builder.reset();
        let (builder, has_z) = (&mut self.builder, has_heights(view));
        let geometry = view.geometry(row).and_then(|geometry| {
            self.kinds.insert(geometry.kind);
            self.projector
                .with(&geometry, |_, kind, members| (whole(builder, kind, members, has_z), bounds(members)))
        });
        self.properties.clear();
        for (index, (_, column)) in view.columns().enumerate() {
            write_property(index as u16, column, row, &mut self.properties);
        }
        let properties = Some(self.builder.create_vector(&self.properties));
        let (geometry, bounds) = geometry.map_or((None, EMPTY), |(offset, bounds)| (Some(offset), bounds));
        let arguments = fgb::FeatureArgs { geometry, properties, ..Default::default() };
        let feature = fgb::Feature::create(&mut self.builder, &arguments);
        self.builder.finish_size_prefixed(feature, None);
        (self.builder.finished_data(), bounds)
    }
}

fn has_heights(view: &View<'_>) -> bool {
    view.collection.geometry.as_ref().is_some_and(|geometry| geometry.has_z)
}

type Offset = WIPOffset<fgb::Geometry<'static>>;

fn whole(
    builder: &mut FlatBufferBuilder<'static>,
    kind: GeometryType,
    members: &[Simple<'_, '_>],
    has_z: bool,
) -> Offset {
    match members {
        [member] if kind != GeometryType::GeometryCollection => simple(builder, *member, has_z),
        members => {
            let parts: Vec<Offset> = members.iter().map(|member| simple(builder, *member, has_z)).collect();
            of_parts(builder, kind, &parts)
        }
    }
}

fn simple(builder: &mut FlatBufferBuilder<'static>, (kind, runs): Simple<'_, '_>, has_z: bool) -> Offset {
    if kind != GeometryType::MultiPolygon {
        return flat(builder, kind, runs, has_z);
    }
    let parts = polygons(runs).map(|polygon| flat(builder, GeometryType::Polygon, polygon, has_z));
    let parts: Vec<Offset> = parts.collect();
    of_parts(builder, kind, &parts)
}

fn of_parts(builder: &mut FlatBufferBuilder<'static>, kind: GeometryType, parts: &[Offset]) -> Offset {
    let parts = Some(builder.create_vector(parts));
    let arguments = fgb::GeometryArgs { type_: simple_type(kind), parts, ..Default::default() };
    fgb::Geometry::create(builder, &arguments)
}

/// Returns the coordinates of all runs one after the other, and the end of each run if there are
/// several.
fn flat(
    builder: &mut FlatBufferBuilder<'static>,
    kind: GeometryType,
    runs: &[Run<'_>],
    has_z: bool,
) -> Offset {
    let xy: Vec<f64> = runs.iter().flat_map(|run| run.xy).flatten().copied().collect();
    let xy = Some(builder.create_vector(&xy));
    let z: Option<Vec<f64>> = has_z.then(|| runs.iter().flat_map(Run::points).map(|(_, z)| z).collect());
    let z = z.map(|z| builder.create_vector(&z));
    let ends: Vec<u32> = runs
        .iter()
        .scan(0, |end, run| {
            *end += run.xy.len() as u32;
            Some(*end)
        })
        .collect();
    let ends = (ends.len() > 1).then(|| builder.create_vector(&ends));
    let arguments = fgb::GeometryArgs { ends, xy, z, type_: simple_type(kind), ..Default::default() };
    fgb::Geometry::create(builder, &arguments)
}

fn bounds(members: &[Simple<'_, '_>]) -> [f64; 4] {
    let points = members.iter().flat_map(|(_, runs)| *runs).flat_map(|run| run.xy);
    points.fold(EMPTY, |[west, south, east, north], [x, y]| {
        [west.min(*x), south.min(*y), east.max(*x), north.max(*y)]
    })
}

/// Appends a value with the number of its column. NULL is left out, and so are infinite dates,
/// which the format cannot represent.
fn write_property(number: u16, column: &Column, row: u32, out: &mut Vec<u8>) {
    let value = column.get(row as usize);
    let mut fixed = |bytes: &[u8]| {
        out.extend_from_slice(&number.to_le_bytes());
        out.extend_from_slice(bytes);
    };
    match value {
        Value::Null => return,
        Value::Boolean(value) => return fixed(&[u8::from(value)]),
        Value::Integer(value) if matches!(column.cells(), Cells::Integer(_)) => {
            return fixed(&(value as i32).to_le_bytes());
        }
        Value::Integer(value) => return fixed(&value.to_le_bytes()),
        Value::Real(value) => return fixed(&value.to_le_bytes()),
        Value::Double(value) => return fixed(&value.to_le_bytes()),
        _ => {}
    }
    let text = value_text::plain_text(value);
    let is_time = matches!(value, Value::Date(_) | Value::Timestamp(_) | Value::TimestampWithZone(_));
    if !(is_time && text.ends_with("infinity")) {
        fixed(&(text.len() as u32).to_le_bytes());
        out.extend_from_slice(text.as_bytes());
    }
}
