//! The schema sidecar: what FlatGeobuf and CSV cannot say about themselves.

use std::collections::BTreeMap;
use std::io::Read;

use serde::{Deserialize, Deserializer, de};
use toml::Spanned;

use super::file::{FileLocation, unreadable};
use crate::catalog::ColumnType;
use crate::error::{Error, Kind, Result};

/// The maximum number of bytes of a sidecar.
const MAX_BYTES: u64 = 1 << 20;

/// The content of `NAME.schema.toml`, which lies beside `NAME.fgb` or `NAME.csv`. All keys are
/// optional; an unknown key is an error that names the line.
///
/// ```toml
/// title = "Kindertagesstätten"
/// description = "Alle Kitas der Stadt, Stand Ende 2024."
/// attribution = "© Stadt Rheinfurt"
/// licence = "https://www.govdata.de/dl-de/by-2-0"
/// key = "kita_id"                # or a list of columns: ["gebiet", "stichtag"]
/// srid = 25832                   # the EPSG code of the coordinates, if the file does not say it
/// geometry = "lage"              # the name of the geometry column; "geometry" if left out
///
/// [columns.kita_id]
/// type = "uuid"
/// title = "Kennung"
///
/// [columns.flaeche]
/// type = "numeric"
/// description = "Fläche des Grundstücks"
/// unit = "m²"
/// ```
///
/// `type` is one of the names of [`ColumnType`]: `boolean`, `integer`, `biginteger`, `real`,
/// `double`, `numeric`, `text`, `date`, `timestamp`, `timestamptz`, `time`, `uuid`, `json`,
/// `array`. Values that do not fit it become NULL and are counted.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sidecar {
    /// The title for people.
    pub title: Option<String>,
    /// The description for people, in a sentence.
    pub description: Option<String>,
    /// The attribution that must be shown beside a map.
    pub attribution: Option<String>,
    /// The licence, as a name or URL.
    pub licence: Option<String>,
    /// The columns of the key.
    pub key: Option<KeyNames>,
    /// The EPSG code of the coordinates, if the file does not say it.
    pub srid: Option<u32>,
    /// The name of the geometry column.
    pub geometry: Option<String>,
    /// Descriptions of columns, by name.
    #[serde(default)]
    pub columns: BTreeMap<Spanned<String>, ColumnWords>,
    /// The end of each line in bytes, to name lines in messages.
    #[serde(skip)]
    lines: Vec<usize>,
}

/// The key as it is written: one name, or several.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged, expecting = "expected the name of a column or a list of names")]
pub enum KeyNames {
    /// `key = "id"`
    One(String),
    /// `key = ["gebiet", "stichtag"]`
    Several(Vec<String>),
}

impl KeyNames {
    /// Returns the names, in the order of the key.
    pub fn names(&self) -> &[String] {
        match self {
            KeyNames::One(name) => std::slice::from_ref(name),
            KeyNames::Several(names) => names,
        }
    }
}

/// The description of one column.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ColumnWords {
    /// The type that it is published with.
    #[serde(default, rename = "type", deserialize_with = "column_type")]
    pub kind: Option<ColumnType>,
    /// The title for people.
    pub title: Option<String>,
    /// The description for people, in a sentence.
    pub description: Option<String>,
    /// The unit of measurement.
    pub unit: Option<String>,
}

fn column_type<'de, D: Deserializer<'de>>(from: D) -> std::result::Result<Option<ColumnType>, D::Error> {
    let name = String::deserialize(from)?;
    let unknown =
        || de::Error::custom(format!("{name:?} is not a column type (text, integer, date, uuid, …)"));
    ColumnType::from_name(&name).map(Some).ok_or_else(unknown)
}

impl Sidecar {
    /// Reads the text of a sidecar.
    ///
    /// # Errors
    ///
    /// Fails and names the line if the text is no sidecar.
    pub fn parse(text: &str) -> Result<Sidecar> {
        let lines: Vec<usize> = text.match_indices('\n').map(|(at, _)| at).collect();
        let mut sidecar: Sidecar = toml::from_str(text).map_err(|why| {
            let line = why.span().map_or(1, |span| line_of(&lines, span.start));
            faulty(line, why.message())
        })?;
        sidecar.lines = lines;
        Ok(sidecar)
    }

    /// Reads the sidecar in a file.
    ///
    /// # Errors
    ///
    /// Fails if the file cannot be read, is too long, or is no sidecar.
    pub fn read(location: &FileLocation) -> Result<Sidecar> {
        let mut bytes = vec![];
        location.open()?.take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(|why| unreadable(&why))?;
        if bytes.len() as u64 > MAX_BYTES {
            return Err(Error::new(Kind::TooLarge, "its sidecar is longer than 1 MiB"));
        }
        let text = String::from_utf8(bytes)
            .map_err(|_| Error::new(Kind::Invalid, "its sidecar is not UTF-8").hint("save it as UTF-8"))?;
        Sidecar::parse(&text)
    }

    /// Returns the description of the column `name`.
    pub fn column(&self, name: &str) -> Option<&ColumnWords> {
        self.columns.iter().find(|(key, _)| key.get_ref() == name).map(|(_, words)| words)
    }

    /// Fails if a column is described that is not in `known`.
    pub fn check_columns(&self, known: &[&str]) -> Result<()> {
        match self.columns.keys().find(|name| !known.contains(&name.get_ref().as_str())) {
            Some(name) => {
                let line = line_of(&self.lines, name.span().start);
                Err(faulty(line, &format!("there is no column {:?} in the file", name.get_ref())))
            }
            None => Ok(()),
        }
    }
}

fn faulty(line: usize, what: &str) -> Error {
    let what = what.trim_end().replace('\n', " ");
    Error::new(Kind::Invalid, format!("its sidecar is wrong in line {line}: {what}"))
}

/// Returns the number of the line, from 1, that contains the byte at `offset`.
fn line_of(line_ends: &[usize], offset: usize) -> usize {
    line_ends.partition_point(|end| *end < offset) + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_that_can_be_said_is_read() {
        let sidecar = Sidecar::parse(
            "title = \"Kitas\"\nkey = \"id\"\nsrid = 25832\ngeometry = \"lage\"\n\n\
             [columns.id]\ntype = \"uuid\"\n[columns.\"größe m²\"]\nunit = \"m²\"\n",
        )
        .unwrap();
        assert_eq!(sidecar.title.as_deref(), Some("Kitas"));
        assert_eq!(sidecar.key.as_ref().unwrap().names(), ["id"]);
        assert_eq!(sidecar.column("id").unwrap().kind, Some(ColumnType::Uuid));
        assert_eq!(sidecar.column("größe m²").unwrap().unit.as_deref(), Some("m²"));
        assert!(sidecar.column("title").is_none());
        let several = Sidecar::parse("key = [\"a\", \"b\"]").unwrap();
        assert_eq!(several.key.unwrap().names(), ["a", "b"]);
        assert!(Sidecar::parse("").unwrap().title.is_none());
    }

    #[test]
    fn mistakes_name_their_line() {
        for (text, line, word) in [
            ("title = \"a\"\ntitel = \"b\"", 2, "titel"),
            ("\n\n[columns.a]\ntype = \"datum\"", 4, "datum"),
            ("[columns.a]\n\nunits = \"m\"", 3, "units"),
            ("key = 3", 1, "name of a column"),
            ("title = \"x\"\nsrid = \"EPSG:1\"", 2, "u32"),
            ("title =", 1, ""),
        ] {
            let what = Sidecar::parse(text).unwrap_err().what;
            assert!(what.contains(&format!("line {line}:")) && what.contains(word), "{text:?}: {what}");
        }
    }

    #[test]
    fn a_column_the_file_does_not_have_names_its_line() {
        let sidecar = Sidecar::parse("title = \"a\"\n[columns.b]\nunit = \"m\"").unwrap();
        assert!(sidecar.check_columns(&["b"]).is_ok());
        let what = sidecar.check_columns(&["a"]).unwrap_err().what;
        assert!(what.contains("line 2") && what.contains("\"b\""), "{what}");
    }

    #[test]
    fn any_text_is_a_sidecar_or_an_error() {
        bolero::check!().with_test_time(crate::fuzz_time()).for_each(|bytes: &[u8]| {
            let _ = Sidecar::parse(&String::from_utf8_lossy(bytes));
        });
    }
}
