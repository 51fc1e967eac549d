//! The answer to a question, before it is written in a format.

pub mod workbook;

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use crate::catalog::Language;
use crate::encode::json_text;
use crate::encode::table::{Cell, Table};
use crate::error::{Error, Result};
use crate::plan::disclosure::Published;
use crate::plan::figures::tenths;
use crate::plan::question::Id;
use crate::plan::words::phrases::not_for_publication;
use crate::plan::words::{Lexicon, SHARED};

/// A complete answer.
#[derive(Debug)]
pub struct Answer {
    /// The JSON document with figures, summary, warnings, question and evidence.
    pub document: Value,
    /// The parts of the answer that have a place.
    pub features: Features,
    /// The table for CSV and XLSX. Its evidence is empty, and is added from the document when it is
    /// written.
    pub table: Table,
    /// The name of a downloaded file, without its extension.
    pub name: String,
    /// The address of the request; empty if there was none.
    pub address: String,
    /// Whether the counts are exact for this caller only.
    pub is_confidential: bool,
}

impl Answer {
    /// Creates an answer without an address.
    ///
    /// # Errors
    ///
    /// Returns an internal error if the document cannot be serialized.
    pub fn new(document: &impl Serialize, features: Features, table: Table, name: String) -> Result<Answer> {
        let document = serde_json::to_value(document)
            .map_err(|fault| Error::internal(format!("an answer cannot be written: {fault}")))?;
        Ok(Answer { document, features, table, name, address: String::new(), is_confidential: false })
    }
}

impl Answer {
    /// Adds to each row of the table, and to the name of files, that they are not for publication.
    pub(super) fn not_for_publication(mut self, language: Language) -> Answer {
        self.table.columns.push(SHARED.text(language, "label.notice"));
        let notice = not_for_publication(language);
        for row in &mut self.table.rows {
            row.push(Cell::Text(notice.clone()));
        }
        self.is_confidential = true;
        self.name = format!("{}-{}", self.name, SHARED.text(language, "in_file_names"));
        self
    }
}

/// An area by id and name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct NamedArea {
    /// The id of the result.
    pub id: String,
    /// What it is called.
    pub name: String,
}

impl NamedArea {
    /// Creates an area with this id and name.
    pub fn new(id: &str, name: &str) -> NamedArea {
        NamedArea { id: id.to_owned(), name: name.to_owned() }
    }
}

/// GeoJSON features in longitude and latitude, as the text of a list. Each feature is serialized
/// when it is added: as JSON values, features would take ten times the memory, and most of the time
/// of an answer.
#[derive(Debug, Default)]
pub struct Features(Vec<u8>);

/// A feature of GeoJSON (RFC 7946, 3.2) with geometry `G` and properties `P`.
#[derive(Debug, Serialize)]
#[serde(tag = "type")]
pub struct Feature<G, P> {
    /// The id among the features of the answer, if the feature has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<Id>,
    /// The geometry in longitude and latitude.
    pub geometry: G,
    /// The properties of the feature.
    pub properties: P,
}

impl Features {
    /// Returns the features as a JSON array.
    pub fn into_text(self) -> String {
        format!("[{}]", text_of(&self.0))
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
            if json_text::write(&feature, &mut self.0).is_err() {
                self.0.truncate(begun);
            }
            withhold(&mut self.0, begun);
        }
    }
}

/// Returns serialized JSON as text.
fn text_of(written: &[u8]) -> Cow<'_, str> {
    str::from_utf8(written).map_or_else(|_| String::from_utf8_lossy(written), Cow::Borrowed)
}

/// Replaces each suppressed number (`*`) of the feature that begins at byte `begun` by null, so
/// that a column of a map contains only numbers. If a number was replaced, the feature gets the
/// property `suppressed`.
fn withhold(text: &mut Vec<u8>, begun: usize) {
    // Inside of a string, a quote is escaped, so this sequence is always a whole value.
    const STAR: &str = ":\"*\"";
    let written = text_of(text.get(begun..).unwrap_or_default());
    if !written.contains(STAR) {
        return;
    }
    let written = written.into_owned();
    let is_a_text = |before: &str| TEXTS.iter().any(|name| before.ends_with(&format!("\"{name}\"")));
    let mut pieces = written.split(STAR);
    let mut given = pieces.next().unwrap_or_default().to_owned();
    let mut is_withheld = false;
    for piece in pieces {
        let is_text = is_a_text(&given);
        is_withheld |= !is_text;
        given.push_str(if is_text { STAR } else { ":null" });
        given.push_str(piece);
    }
    if let Some(given) = given.strip_suffix("}}").filter(|_| is_withheld) {
        text.truncate(begun);
        text.extend_from_slice(given.as_bytes());
        text.extend_from_slice(b",\"suppressed\":true}}");
    }
}

/// The properties that are texts. A text may be a star.
const TEXTS: [&str; 7] = ["id", "name", "operator", "address", "facility", "areas", "level"];

/// What a row of figures is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Scope {
    /// An area.
    Area,
    /// Persons and facilities in none of the areas.
    #[serde(rename = "inNoArea")]
    Elsewhere,
    /// All of it.
    City,
}

/// Returns the titles of the columns of a table. They are the texts below `table` of the question's
/// texts.
pub fn columns(words: &Lexicon, language: Language, names: &[&str]) -> Vec<String> {
    names.iter().map(|name| words.text(language, &format!("table.{name}"))).collect()
}

/// Returns a share from 0 to 1 as a cell in percent, with one digit after the decimal point.
pub fn percent(share: Published) -> Cell {
    match share {
        Published::Value(share) => Cell::Number(tenths(share * 100.0)),
        other => cell(other),
    }
}

/// Returns a published value as a cell; `*` if it is suppressed.
pub fn cell(value: Published) -> Cell {
    match value {
        Published::Value(value) => Cell::Number(value),
        Published::Suppressed => Cell::Text("*".into()),
        Published::Nothing => Cell::Empty,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_not_given_is_null_and_told_of() {
        let feature = |persons: Value| json!({ "type": "Feature", "properties": { "name": "a\":\"*\"", "persons": persons } });
        let features: Features = [feature(json!("*")), feature(json!(740))].into_iter().collect();
        let read: Vec<Value> = serde_json::from_str(&features.into_text()).unwrap();
        assert_eq!(
            read[0]["properties"],
            json!({ "name": "a\":\"*\"", "persons": null, "suppressed": true })
        );
        let star = json!({ "type": "Feature", "properties": { "name": "*", "persons": 5 } });
        let called: Features = [star.clone()].into_iter().collect();
        assert_eq!(called.into_text(), format!("[{star}]"));
        assert_eq!(read[1]["properties"]["persons"], 740);
        assert!(read[1]["properties"].get("suppressed").is_none());
    }
}
