//! Converts the features of an answer to layers for tiles and files, one for each value of `part`.

use jiff::Timestamp;
use serde_json::Value;

use crate::access::{Permit, Policy};
use crate::catalog::{Collection, ColumnSchema, ColumnType, Detail, Freshness, GeometryColumn};
use crate::error::Result;
use crate::geo::Crs;
use crate::geo::geometry::{GeometryType, Role, Shape};
use crate::layer::{self, Layer, LayerBuilder, View};
use crate::tile::grid::MAX_ZOOM;

/// A layer of an answer.
#[derive(Debug)]
pub struct AnswerLayer {
    collection: Collection,
    layer: Layer,
    permit: Permit,
}

impl AnswerLayer {
    /// Returns the view that tiles and files are made from.
    pub fn view(&self) -> View<'_> {
        View::new(&self.layer, &self.collection, &self.permit)
    }
}

/// The name of the layer for features without `part`.
const RESULT: &str = "result";
/// The attribute that marks a feature of which a value is suppressed because it is too small.
const SUPPRESSED: &str = "suppressed";
const PART: &str = "part";

/// Returns the layers of features in longitude and latitude, in the order in which the parts first
/// occur.
pub fn layers(features: &[Value]) -> Result<Vec<AnswerLayer>> {
    let part = |feature: &Value| {
        let part = feature.pointer("/properties/part").and_then(Value::as_str);
        part.unwrap_or(RESULT).to_owned()
    };
    let mut parts: Vec<(String, Vec<&Value>)> = vec![];
    for feature in features {
        let name = part(feature);
        match parts.iter_mut().find(|(known, _)| *known == name) {
            Some((_, members)) => members.push(feature),
            None => parts.push((name, vec![feature])),
        }
    }
    parts.iter().map(|(name, members)| layer_of(name, members)).collect()
}

/// Returns a table of two columns, `name` and `value`.
///
/// # Errors
///
/// Fails if there are more rows than a layer can have.
pub fn pairs(name: &str, rows: &[(String, String)]) -> Result<AnswerLayer> {
    let columns = ["name", "value"].map(|column| ColumnSchema::new(column, ColumnType::Text));
    let collection = Collection { geometry: None, ..collection(name, &columns) };
    let mut builder = LayerBuilder::new(&collection)?;
    for (name, value) in rows {
        builder.cell(0, layer::Value::Text(name));
        builder.cell(1, layer::Value::Text(value));
        builder.end_row()?;
    }
    Ok(of(collection, builder))
}

fn of(collection: Collection, builder: LayerBuilder) -> AnswerLayer {
    let layer = builder.finish(Timestamp::now());
    // A caller who may see the answer may see all of it.
    let permit = Policy::default().planning(&collection);
    AnswerLayer { collection, layer, permit }
}

fn layer_of(name: &str, features: &[&Value]) -> Result<AnswerLayer> {
    let columns = columns(features);
    let collection = collection(name, &columns);
    let mut builder = LayerBuilder::new(&collection)?;
    for feature in features {
        for (index, column) in columns.iter().enumerate() {
            let text;
            let value = feature.get("properties").and_then(|properties| properties.get(&column.name));
            builder.cell(
                index,
                match (column.kind, value) {
                    (ColumnType::Boolean, _) if column.name == SUPPRESSED => suppressed(feature),
                    (ColumnType::Boolean, Some(Value::Bool(value))) => layer::Value::Boolean(*value),
                    (ColumnType::Double, Some(value)) => {
                        value.as_f64().map_or(layer::Value::Null, layer::Value::Double)
                    }
                    (ColumnType::Text, Some(Value::String(text))) => layer::Value::Text(text),
                    (ColumnType::Text, Some(value)) if !value.is_null() => {
                        text = value.to_string();
                        layer::Value::Text(&text)
                    }
                    _ => layer::Value::Null,
                },
            );
        }
        builder.shape(feature.get("geometry").and_then(shape).as_ref());
        builder.end_row()?;
    }
    Ok(of(collection, builder))
}

/// Returns whether a value of the feature is suppressed. A suppressed value itself is no attribute.
fn suppressed(feature: &Value) -> layer::Value<'static> {
    let properties = feature.get("properties").and_then(Value::as_object);
    let is_told = |(name, value): (&String, &Value)| name == SUPPRESSED && *value == Value::Bool(true);
    let is_suppressed = properties.is_some_and(|members| members.iter().any(is_told));
    if is_suppressed { layer::Value::Boolean(true) } else { layer::Value::Null }
}

/// Returns a column for each property. It contains numbers if all its values are numbers.
fn columns(features: &[&Value]) -> Vec<ColumnSchema> {
    let mut kinds: Vec<(&str, Option<ColumnType>)> = vec![];
    let mut is_withheld = false;
    let members = features.iter().filter_map(|feature| feature.get("properties")?.as_object()).flatten();
    for (name, value) in members.filter(|(name, _)| *name != PART) {
        if name == SUPPRESSED {
            is_withheld = true;
            continue;
        }
        let kind = match value {
            Value::Null => None,
            Value::Number(_) => Some(ColumnType::Double),
            Value::Bool(_) => Some(ColumnType::Boolean),
            _ => Some(ColumnType::Text),
        };
        match kinds.iter_mut().find(|(known, _)| known == name) {
            None => kinds.push((name, kind)),
            Some((_, known)) if known.is_none() => *known = kind,
            Some((_, known)) if kind.is_some() && *known != kind => *known = Some(ColumnType::Text),
            Some(_) => {}
        }
    }
    let mut columns: Vec<ColumnSchema> = kinds
        .into_iter()
        .map(|(name, kind)| ColumnSchema::new(name, kind.unwrap_or(ColumnType::Text)))
        .collect();
    if is_withheld {
        columns.push(ColumnSchema::new(SUPPRESSED, ColumnType::Boolean));
    }
    columns
}

fn collection(name: &str, columns: &[ColumnSchema]) -> Collection {
    Collection {
        id: name.into(),
        short: name.into(),
        qualified: name.into(),
        title: name.into(),
        description: None,
        attribution: None,
        licence: None,
        geometry: Some(GeometryColumn { name: "geometry".into(), kind: None, crs: Crs::Crs84, has_z: false }),
        columns: columns.to_vec(),
        key: vec![],
        source: "result".into(),
        freshness: Freshness::Embedded,
        zooms: (0, MAX_ZOOM),
        max_age: None,
        detail: Detail::default(),
        categories: None,
        size_by: None,
        visible_at_first: true,
        datetime: None,
        metadata: Default::default(),
        table: None,
        hidden: Default::default(),
    }
}

/// Returns the geometry of a feature; None for geometry types that do not occur in answers.
fn shape(geometry: &Value) -> Option<Shape> {
    let coordinates = geometry.get("coordinates")?;
    let mut shape = Shape::default();
    match geometry.get("type")?.as_str()? {
        "Point" => {
            shape.kind = Some(GeometryType::Point);
            shape.xy.push(position(coordinates)?);
            shape.end_part(Role::Points);
        }
        "LineString" => {
            shape.kind = Some(GeometryType::LineString);
            run(&mut shape, coordinates, Role::Line)?;
        }
        "Polygon" => {
            shape.kind = Some(GeometryType::Polygon);
            polygon(&mut shape, coordinates)?;
        }
        "MultiPolygon" => {
            shape.kind = Some(GeometryType::MultiPolygon);
            coordinates.as_array()?.iter().try_for_each(|one| polygon(&mut shape, one))?;
        }
        _ => return None,
    }
    Some(shape).filter(|shape| !shape.xy.is_empty())
}

fn polygon(shape: &mut Shape, rings: &Value) -> Option<()> {
    for (index, ring) in rings.as_array()?.iter().enumerate() {
        run(shape, ring, if index == 0 { Role::Exterior } else { Role::Interior })?;
    }
    Some(())
}

fn run(shape: &mut Shape, positions: &Value, role: Role) -> Option<()> {
    for one in positions.as_array()? {
        shape.xy.push(position(one)?);
    }
    shape.end_part(role);
    Some(())
}

fn position(value: &Value) -> Option<[f64; 2]> {
    match value.as_array()?.as_slice() {
        [x, y, ..] => Some([x.as_f64()?, y.as_f64()?]),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_part_is_a_layer_and_what_is_not_given_is_in_none() {
        let square = json!([[[7.0, 50.0], [7.1, 50.0], [7.1, 50.1], [7.0, 50.0]]]);
        let feature = |part: &str, geometry: Value, persons: Value| {
            let properties = match persons == "*" {
                true => json!({ "part": part, "persons": null, "id": "a", "suppressed": true }),
                false => json!({ "part": part, "persons": persons, "id": "a" }),
            };
            json!({ "type": "Feature", "geometry": geometry, "properties": properties })
        };
        let polygon = json!({ "type": "Polygon", "coordinates": square });
        let features = [
            feature("area", polygon.clone(), json!(12)),
            feature("unserved", polygon.clone(), json!("*")),
            feature("area", json!({ "type": "MultiPolygon", "coordinates": [square] }), Value::Null),
            feature("facility", json!({ "type": "Point", "coordinates": [7.0, 50.0] }), json!(1.5)),
        ];
        let layers = layers(&features).unwrap();
        let names: Vec<&str> = layers.iter().map(|layer| layer.collection.id.as_str()).collect();
        assert_eq!(names, ["area", "unserved", "facility"]);
        let unserved = layers[1].view();
        assert_eq!(unserved.column("persons").unwrap().get(0), layer::Value::Null);
        assert_eq!(unserved.column("suppressed").unwrap().get(0), layer::Value::Boolean(true));
        let areas = layers[0].view();
        assert_eq!((areas.len(), areas.column("suppressed").is_none()), (2, true));
        let persons: Vec<layer::Value<'_>> =
            (0..2).map(|row| areas.column("persons").unwrap().get(row)).collect();
        assert!(persons.contains(&layer::Value::Double(12.0)) && persons.contains(&layer::Value::Null));
        assert!((0..2).all(|row| areas.geometry(row).is_some()));
    }
}
