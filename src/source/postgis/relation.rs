//! A relation as the catalogue describes it, and what follows for the collection: columns, key,
//! words.

use serde::Deserialize;

use super::feed::statement::KeyColumn;
use super::ident::Ident;
use super::parent::Parent;
use super::statement::Form;
use crate::catalog::{ColumnSchema, ColumnType};
use crate::error::{Error, Result};
use crate::layer::Note;

/// A row of `introspect.sql`.
#[derive(Debug, Deserialize)]
pub struct Described {
    /// The schema PostGIS is installed in.
    pub postgis: String,
    /// Whether the role may use that schema.
    pub postgis_usable: bool,
    /// The role we are.
    pub role: String,
    /// The relation; None in the only row where there is none.
    pub relation: Option<Relation>,
}

/// A table, view, materialised view or foreign table.
#[derive(Debug, Deserialize)]
pub struct Relation {
    /// Its number in `pg_class`.
    #[serde(default)]
    pub oid: u32,
    /// Its schema.
    pub schema: String,
    /// Its name.
    pub name: String,
    /// `r`, `p`, `v`, `m` or `f`, as in `pg_class`.
    pub kind: String,
    /// False for a materialised view never refreshed.
    pub populated: bool,
    /// Whether the role may use the schema.
    pub usable: bool,
    /// Its comment.
    pub comment: Option<String>,
    /// Rows by the statistics.
    pub rows: Option<f64>,
    /// Bytes on disk, without indexes.
    pub bytes: Option<f64>,
    /// Whether `rows` and `bytes` can be believed.
    pub measured: bool,
    /// All columns, in the order of the table.
    pub columns: Vec<Column>,
    /// Unique indexes for all rows, the primary key first.
    pub keys: Vec<UniqueIndex>,
    /// The tables that it inherits from, near and far: its rows are theirs too.
    #[serde(default)]
    pub parents: Vec<Parent>,
}

/// A unique index.
#[derive(Debug, Deserialize)]
pub struct UniqueIndex {
    /// The numbers of its columns.
    pub columns: Vec<i32>,
}

/// A column as the catalogue has it.
#[derive(Debug, Deserialize)]
pub struct Column {
    /// Its number in the table (`attnum`).
    pub number: i32,
    /// Its name.
    pub name: String,
    /// The type below all domains; with its schema where that is not `pg_catalog`, except PostGIS's
    /// own two.
    pub kind: String,
    /// Whether it is a geometry or geography.
    pub spatial: bool,
    /// The type of an array's elements.
    pub element: Option<String>,
    /// The type modifier, −1 for none.
    pub modifier: i32,
    /// Whether it is declared NOT NULL.
    pub not_null: bool,
    /// Whether its collation holds values to be equal that differ (a nondeterministic one).
    pub folds: bool,
    /// Whether the role may read it.
    pub readable: bool,
    /// Its comment.
    pub comment: Option<String>,
}

/// Names that a view's key is likely to have.
const KEY_NAMES: [&str; 5] = ["id", "fid", "gid", "ogc_fid", "objectid"];

/// The types of keys whose values come through JSON as they are.
const FOLLOWED_TYPES: [&str; 12] = [
    "int2",
    "int4",
    "int8",
    "text",
    "varchar",
    "bpchar",
    "uuid",
    "date",
    "numeric",
    "bool",
    "timestamp",
    "timestamptz",
];

impl Column {
    /// What the column is published as and how it is selected; None for what stays at the source.
    pub fn form(&self) -> Option<(ColumnType, Form)> {
        use ColumnType::*;
        let heavy = |kind: &str| {
            matches!(kind, "bytea" | "geometry" | "geography" | "raster") || kind.ends_with(".raster")
        };
        if self.spatial || heavy(self.element.as_deref().unwrap_or(&self.kind)) {
            return None;
        }
        if self.element.is_some() {
            return Some((Array, Form::Json));
        }
        Some(match self.kind.as_str() {
            "bool" => (Boolean, Form::Cast("bool")),
            "int2" | "int4" => (Integer, Form::Cast("int4")),
            "int8" => (BigInteger, Form::Cast("int8")),
            "float4" => (Real, Form::Cast("float4")),
            "float8" => (Double, Form::Cast("float8")),
            "numeric" => (Numeric, Form::Cast("text")),
            "date" => (Date, Form::Cast("date")),
            "timestamp" => (Timestamp, Form::Cast("timestamp")),
            "timestamptz" => (TimestampWithZone, Form::Cast("timestamptz")),
            "time" => (Time, Form::Cast("time")),
            "uuid" => (Uuid, Form::Cast("uuid")),
            "json" | "jsonb" => (Json, Form::Cast("text")),
            _ => (Text, Form::Cast("text")),
        })
    }

    fn schema(&self, kind: ColumnType) -> ColumnSchema {
        let description = self.comment.as_deref().map(str::trim).filter(|text| !text.is_empty());
        ColumnSchema {
            nullable: !self.not_null,
            description: description.map(Into::into),
            ..ColumnSchema::new(&self.name, kind)
        }
    }
}

/// The columns that are served beside the geometry, and what is said about the others.
#[derive(Debug, Default)]
pub struct Served {
    /// As published.
    pub columns: Vec<ColumnSchema>,
    /// The number of each in the table.
    pub numbers: Vec<i32>,
    /// The form in which each is selected.
    pub forms: Vec<Form>,
    /// How each is selected.
    pub expressions: Vec<String>,
    /// What is left out, and why.
    pub notes: Vec<Note>,
}

fn left_out(why: &str, columns: &[&str]) -> Note {
    let columns = columns.iter().map(|column| (*column).to_owned()).collect();
    Note::Each { words: format!("left out, {why}"), columns }
}

impl Relation {
    /// `"schema"."name"` as SQL.
    pub fn ident(&self) -> Ident {
        Ident::qualified(&self.schema, &self.name)
    }

    /// The geometry and geography columns, in the order of the table.
    pub fn geometries(&self) -> impl Iterator<Item = &Column> {
        self.columns.iter().filter(|column| column.spatial)
    }

    /// The title and the description in the comment: its first line and the rest.
    pub fn words(&self) -> (String, Option<String>) {
        let comment = self.comment.as_deref().unwrap_or_default().trim();
        let (title, rest) = comment.split_once('\n').unwrap_or((comment, ""));
        let title = if title.is_empty() { &self.name } else { title.trim_end() };
        (title.into(), Some(rest.trim()).filter(|rest| !rest.is_empty()).map(Into::into))
    }

    /// The columns to serve.
    pub fn served(&self) -> Served {
        let mut served = Served::default();
        let (mut forbidden, mut heavy) = (vec![], vec![]);
        for column in self.columns.iter().filter(|column| !column.spatial) {
            match column.form() {
                _ if !column.readable => forbidden.push(column.name.as_str()),
                None => heavy.push(column.name.as_str()),
                Some((kind, form)) => {
                    served.columns.push(column.schema(kind));
                    served.numbers.push(column.number);
                    served.forms.push(form);
                    served.expressions.push(form.of(&Ident::new(&column.name)));
                }
            }
        }
        if !forbidden.is_empty() {
            served.notes.push(left_out("as the role may not read them", &forbidden));
        }
        if !heavy.is_empty() {
            served.notes.push(left_out("as large values stay at the source", &heavy));
        }
        served
    }

    /// The positions in `served` that make the key: as configured, else by a unique index, else
    /// (where there can be none) by a likely name. Whether it really is unique, loading finds out.
    pub fn key(&self, served: &Served, configured: Option<&[String]>) -> Result<Vec<usize>> {
        if let Some(names) = configured {
            return names.iter().map(|name| position(served, name)).collect();
        }
        let indexed = self.keys.iter().find_map(|index| self.index_key(index, served));
        let guessed = || matches!(self.kind.as_str(), "v" | "m" | "f").then(|| likely_key(served)).flatten();
        Ok(indexed.or_else(guessed).unwrap_or_default())
    }

    /// The columns of the key as single rows are found by them, `key` being their positions in
    /// `served`. None without a key, for what is no table, for types whose values JSON might
    /// change, and where a key finds more than its own row.
    pub fn key_columns(&self, served: &Served, key: &[usize]) -> Option<Vec<KeyColumn>> {
        if key.is_empty() || !matches!(self.kind.as_str(), "r" | "p") {
            return None;
        }
        let column = |place: &usize| {
            let number = served.numbers.get(*place)?;
            let column = self.columns.iter().find(|column| column.number == *number)?;
            let is_followed = FOLLOWED_TYPES.contains(&column.kind.as_str()) && !column.folds;
            let kind = is_followed.then(|| column.kind.clone())?;
            Some(KeyColumn { name: column.name.clone(), kind, form: column.form()?.1 })
        };
        key.iter().map(column).collect()
    }

    /// Whether an index holds these positions to be unique and never NULL.
    pub fn is_indexed(&self, served: &Served, key: &[usize]) -> bool {
        // The columns of a materialised view may be NULL whatever its index says.
        let is_within = |index: &Vec<usize>| index.iter().all(|place| key.contains(place));
        self.kind != "m"
            && self
                .keys
                .iter()
                .filter_map(|index| self.index_key(index, served))
                .any(|index| is_within(&index))
    }

    /// The positions of an index's columns, if all are served and never NULL. The columns of a
    /// materialised view are never declared NOT NULL, so there the rows decide.
    fn index_key(&self, index: &UniqueIndex, served: &Served) -> Option<Vec<usize>> {
        let place = |number: &i32| served.numbers.iter().position(|served| served == number);
        let key: Vec<usize> = index.columns.iter().map(place).collect::<Option<_>>()?;
        let filled = |place: &usize| served.columns.get(*place).is_some_and(|column| !column.nullable);
        (!key.is_empty() && (self.kind == "m" || key.iter().all(filled))).then_some(key)
    }
}

fn position(served: &Served, name: &str) -> Result<usize> {
    served.columns.iter().position(|column| column.name == name).ok_or_else(|| {
        let names: Vec<&str> = served.columns.iter().map(|column| column.name.as_str()).collect();
        Error::invalid("key", format!("the configured key column {name:?} is not among those served"))
            .hint(format!("choose from {}", names.join(", ")))
    })
}

fn likely_key(served: &Served) -> Option<Vec<usize>> {
    use ColumnType::*;
    KEY_NAMES.iter().find_map(|name| {
        let place = served.columns.iter().position(|column| {
            column.name.eq_ignore_ascii_case(name)
                && matches!(column.kind, Integer | BigInteger | Text | Uuid)
        })?;
        Some(vec![place])
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn column(number: i32, name: &str, kind: &str) -> Column {
        Column {
            number,
            name: name.into(),
            kind: kind.into(),
            spatial: kind == "geometry",
            element: None,
            modifier: -1,
            not_null: number == 1,
            folds: false,
            readable: true,
            comment: None,
        }
    }

    fn relation(kind: &str, columns: Vec<Column>, keys: &[&[i32]]) -> Relation {
        Relation {
            oid: 1,
            schema: "s".into(),
            name: "t".into(),
            kind: kind.into(),
            populated: true,
            usable: true,
            comment: None,
            rows: None,
            bytes: None,
            measured: false,
            parents: vec![],
            columns,
            keys: keys.iter().map(|columns| UniqueIndex { columns: columns.to_vec() }).collect(),
        }
    }

    fn names(relation: &Relation, configured: Option<&[String]>) -> Result<Vec<String>> {
        let served = relation.served();
        let key = relation.key(&served, configured)?;
        Ok(key.iter().map(|place| served.columns[*place].name.clone()).collect())
    }

    #[test]
    fn the_key_is_an_index_without_nulls_or_a_likely_name_where_there_can_be_none() {
        let columns =
            || vec![column(1, "nr", "int4"), column(3, "OBJECTID", "int8"), column(4, "g", "geometry")];
        assert_eq!(names(&relation("r", columns(), &[&[3], &[1]]), None).unwrap(), ["nr"]);
        assert_eq!(names(&relation("m", columns(), &[&[3], &[1]]), None).unwrap(), ["OBJECTID"]);
        assert_eq!(names(&relation("v", columns(), &[]), None).unwrap(), ["OBJECTID"]);
        assert!(names(&relation("r", columns(), &[]), None).unwrap().is_empty());
        assert!(names(&relation("r", columns(), &[&[4]]), None).unwrap().is_empty());
    }

    #[test]
    fn a_configured_key_wins_and_an_unknown_column_is_refused() {
        let table = relation("r", vec![column(1, "nr", "int4"), column(2, "b", "text")], &[&[1]]);
        assert_eq!(names(&table, Some(&["b".into(), "nr".into()])).unwrap(), ["b", "nr"]);
        let error = names(&table, Some(&["x".into()])).unwrap_err();
        assert_eq!(
            (error.parameter.as_deref(), error.hint.as_ref().map(|hint| hint.to_string()).as_deref()),
            (Some("key"), Some("choose from nr, b"))
        );
    }

    #[test]
    fn what_is_heavy_or_forbidden_is_left_out_and_named() {
        let secret = Column { readable: false, ..column(4, "geheim", "text") };
        let pictures = Column { element: Some("bytea".into()), ..column(5, "bilder", "_bytea") };
        let columns = vec![
            column(1, "id", "int4"),
            column(2, "foto", "bytea"),
            column(3, "r", "gis.raster"),
            secret,
            pictures,
        ];
        let served = relation("r", columns, &[]).served();
        assert_eq!(served.expressions, ["\"id\"::pg_catalog.int4"]);
        assert_eq!(served.notes.len(), 2);
        assert!(served.notes[0].to_string().ends_with("read them: geheim"));
        assert!(served.notes[1].to_string().ends_with("source: foto, r, bilder"));
    }

    #[test]
    fn the_first_line_of_a_comment_is_the_title() {
        let words = |comment: Option<&str>| {
            let mut table = relation("r", vec![], &[]);
            table.comment = comment.map(Into::into);
            table.words()
        };
        assert_eq!(words(None), ("t".into(), None));
        assert_eq!(words(Some("  ")), ("t".into(), None));
        assert_eq!(words(Some("Schulen\r\n\nAlle.\n")), ("Schulen".into(), Some("Alle.".into())));
    }
}
