//! A relation as the catalogue describes it, and the columns, the key and the title of its
//! collection.

use serde::Deserialize;

use super::feed::statement::KeyColumn;
use super::ident::Ident;
use super::parent::Parent;
use super::statement::Form;
use crate::catalog::{ColumnSchema, ColumnType};
use crate::error::{Error, Result};
use crate::layer::Note;

/// A row of the result of `introspect.sql`.
#[derive(Debug, Deserialize)]
pub struct Described {
    /// The schema that PostGIS is installed in.
    pub postgis: String,
    /// Whether the role may use this schema.
    pub postgis_usable: bool,
    /// The role of the connection.
    pub role: String,
    /// The relation; None in the only row of a database without relations.
    pub relation: Option<Relation>,
}

/// A table, view, materialised view or foreign table.
#[derive(Debug, Deserialize)]
pub struct Relation {
    /// The object identifier (OID) in `pg_class`.
    #[serde(default)]
    pub oid: u32,
    /// The schema of the relation.
    pub schema: String,
    /// The name of the relation.
    pub name: String,
    /// The kind in `pg_class`: `r`, `p`, `v`, `m` or `f`.
    pub kind: String,
    /// Whether it has rows; false for a materialised view that was never refreshed.
    pub populated: bool,
    /// Whether the role may use the relation's schema.
    pub usable: bool,
    /// The comment on the relation.
    pub comment: Option<String>,
    /// The number of rows in the statistics.
    pub rows: Option<f64>,
    /// The number of bytes on disk, without indexes.
    pub bytes: Option<f64>,
    /// Whether `rows` and `bytes` are reliable.
    pub measured: bool,
    /// All columns, in the order of the table.
    pub columns: Vec<Column>,
    /// The unique indexes over all rows, the primary key first.
    pub keys: Vec<UniqueIndex>,
    /// The tables that it inherits from, directly or not. Their rows include its own.
    #[serde(default)]
    pub parents: Vec<Parent>,
}

/// A unique index of a relation.
#[derive(Debug, Deserialize)]
pub struct UniqueIndex {
    /// The numbers (`attnum`) of its columns.
    pub columns: Vec<i32>,
}

/// A column as the catalogue describes it.
#[derive(Debug, Deserialize)]
pub struct Column {
    /// The number in the table (`attnum`).
    pub number: i32,
    /// The name of the column.
    pub name: String,
    /// The type that the column's domain is based on. It has a schema if that is not `pg_catalog`,
    /// except for PostGIS's two types.
    pub kind: String,
    /// Whether it is a geometry or a geography.
    pub spatial: bool,
    /// The type of an array's elements.
    pub element: Option<String>,
    /// The type modifier; −1 for none.
    pub modifier: i32,
    /// Whether it is declared NOT NULL.
    pub not_null: bool,
    /// Whether its collation is nondeterministic, so that different values may be equal.
    pub folds: bool,
    /// Whether the role may read the column.
    pub readable: bool,
    /// The comment on the column.
    pub comment: Option<String>,
}

/// Names that a view's key is likely to have.
const KEY_NAMES: [&str; 5] = ["id", "fid", "gid", "ogc_fid", "objectid"];

/// The types of keys whose values are the same after conversion to JSON and back.
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
    /// Returns the type with which the column is published and how it is selected; None if it is
    /// not served.
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

/// The columns that are served besides the geometry, and notes about the others.
#[derive(Debug, Default)]
pub struct Served {
    /// The columns as they are published.
    pub columns: Vec<ColumnSchema>,
    /// The number (`attnum`) of each column in the table.
    pub numbers: Vec<i32>,
    /// The form in which each column is selected.
    pub forms: Vec<Form>,
    /// The expression that selects each column.
    pub expressions: Vec<String>,
    /// Notes about columns that are left out, with the reason.
    pub notes: Vec<Note>,
}

fn left_out(why: &str, columns: &[&str]) -> Note {
    let columns = columns.iter().map(|column| (*column).to_owned()).collect();
    Note::Each { words: format!("left out, {why}"), columns }
}

impl Relation {
    /// Returns `"schema"."name"` for SQL.
    pub fn ident(&self) -> Ident {
        Ident::qualified(&self.schema, &self.name)
    }

    /// Returns the geometry and geography columns, in the order of the table.
    pub fn geometries(&self) -> impl Iterator<Item = &Column> {
        self.columns.iter().filter(|column| column.spatial)
    }

    /// Returns title and description: the first line of the comment, and the rest of it.
    pub fn words(&self) -> (String, Option<String>) {
        let comment = self.comment.as_deref().unwrap_or_default().trim();
        let (title, rest) = comment.split_once('\n').unwrap_or((comment, ""));
        let title = if title.is_empty() { &self.name } else { title.trim_end() };
        (title.into(), Some(rest.trim()).filter(|rest| !rest.is_empty()).map(Into::into))
    }

    /// Returns the columns to serve.
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

    /// Returns the positions in `served` of the key's columns: the configured ones, else those of a
    /// unique index, else (for a relation that cannot have one) a column with a likely name. A load
    /// checks whether the key is unique.
    pub fn key(&self, served: &Served, configured: Option<&[String]>) -> Result<Vec<usize>> {
        if let Some(names) = configured {
            return names.iter().map(|name| position(served, name)).collect();
        }
        let indexed = self.keys.iter().find_map(|index| self.index_key(index, served));
        let guessed = || matches!(self.kind.as_str(), "v" | "m" | "f").then(|| likely_key(served)).flatten();
        Ok(indexed.or_else(guessed).unwrap_or_default())
    }

    /// Returns the columns of the key for reading single rows. `key` are their positions in
    /// `served`. Returns None if there is no key, if the relation is no table, if JSON might change
    /// a value, or if a key may find more than one row.
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

    /// Returns whether an index guarantees that the columns at these positions are unique and not
    /// NULL.
    pub fn is_indexed(&self, served: &Served, key: &[usize]) -> bool {
        // The columns of a materialised view may be NULL in spite of a unique index.
        let is_within = |index: &Vec<usize>| index.iter().all(|place| key.contains(place));
        self.kind != "m"
            && self
                .keys
                .iter()
                .filter_map(|index| self.index_key(index, served))
                .any(|index| is_within(&index))
    }

    /// Returns the positions of an index's columns if all are served and never NULL. Columns of a
    /// materialised view are not declared NOT NULL, so a load checks them.
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
