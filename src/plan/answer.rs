//! The answer to a question, before it is written in a format.

use serde::Serialize;
use serde_json::Value;

use super::disclosure::Published;
use crate::encode::table::{Cell, Table};

/// An answer, complete.
#[derive(Debug)]
pub struct Answer {
    /// All of it.
    pub document: Value,
    /// What has a place.
    pub features: Features,
    /// Its table; the evidence is added from the document.
    pub table: Table,
}

/// Features of GeoJSON in longitude and latitude, each written as text as soon as it is there: their values would take ten
/// times the memory, and most of the time of an answer.
#[derive(Debug, Default)]
pub struct Features(Vec<u8>);

/// One feature of which the geometry is written already, or is quick to write.
#[derive(Debug, Serialize)]
#[serde(tag = "type")]
pub struct Feature<G, P> {
    /// Its id among all of an answer, if it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Where it is.
    pub geometry: G,
    /// What is said of it.
    pub properties: P,
}

impl Features {
    /// An array of features of GeoJSON.
    pub fn into_text(self) -> String {
        format!("[{}]", String::from_utf8_lossy(&self.0))
    }
}

impl<F: Serialize> FromIterator<F> for Features {
    fn from_iter<I: IntoIterator<Item = F>>(features: I) -> Features {
        let mut all = Features::default();
        all.extend(features);
        all
    }
}

impl<F: Serialize> Extend<F> for Features {
    fn extend<I: IntoIterator<Item = F>>(&mut self, features: I) {
        for feature in features {
            let begun = self.0.len();
            if begun > 0 {
                self.0.push(b',');
            }
            if serde_json::to_writer(&mut self.0, &feature).is_err() {
                self.0.truncate(begun);
            }
        }
    }
}

/// A published value as a cell.
pub fn cell(value: Published) -> Cell {
    match value {
        Published::Value(value) => Cell::Number(value),
        Published::Suppressed => Cell::Text("*".into()),
        Published::Nothing => Cell::Empty,
    }
}

/// Metres, or minutes, with one digit behind the point.
pub fn decimetres(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

/// A document with more members.
pub fn merged(mut document: Value, more: Value) -> Value {
    if let (Some(members), Value::Object(more)) = (document.as_object_mut(), more) {
        members.extend(more);
    }
    document
}
