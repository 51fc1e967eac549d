//! A column of a collection: its name, its type and its description for people.

use std::collections::BTreeMap;

use super::words::Words;

/// The types whose values are kept without loss. A database's other types become
/// [`ColumnType::Text`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ColumnType {
    /// true or false.
    Boolean,
    /// A whole number of up to 32 bits, signed.
    Integer,
    /// A whole number of up to 64 bits, signed.
    BigInteger,
    /// A 32-bit float.
    Real,
    /// A 64-bit float.
    Double,
    /// A decimal number of any length, kept as its digits.
    Numeric,
    /// UTF-8 text.
    Text,
    /// A calendar date.
    Date,
    /// A date and time of day without a time zone.
    Timestamp,
    /// An instant, kept in UTC.
    TimestampWithZone,
    /// A time of day.
    Time,
    /// A UUID.
    Uuid,
    /// Any JSON, kept as its text.
    Json,
    /// An array, kept as the text of a JSON array.
    Array,
}

impl ColumnType {
    /// Returns the type in terms of JSON Schema: `type` and, if there is one, `format`.
    pub fn json_schema(self) -> (&'static str, Option<&'static str>) {
        use ColumnType::*;
        match self {
            Boolean => ("boolean", None),
            Integer | BigInteger => ("integer", None),
            Real | Double | Numeric => ("number", None),
            Text => ("string", None),
            Date => ("string", Some("date")),
            Timestamp | TimestampWithZone => ("string", Some("date-time")),
            Time => ("string", Some("time")),
            Uuid => ("string", Some("uuid")),
            Json => ("object", None),
            Array => ("array", None),
        }
    }

    /// Returns the name of the type in sidecars and messages.
    pub fn name(self) -> &'static str {
        use ColumnType::*;
        match self {
            Boolean => "boolean",
            Integer => "integer",
            BigInteger => "biginteger",
            Real => "real",
            Double => "double",
            Numeric => "numeric",
            Text => "text",
            Date => "date",
            Timestamp => "timestamp",
            TimestampWithZone => "timestamptz",
            Time => "time",
            Uuid => "uuid",
            Json => "json",
            Array => "array",
        }
    }

    /// Returns the type with this [`name`](Self::name).
    pub fn from_name(name: &str) -> Option<ColumnType> {
        use ColumnType::*;
        [
            Boolean,
            Integer,
            BigInteger,
            Real,
            Double,
            Numeric,
            Text,
            Date,
            Timestamp,
            TimestampWithZone,
            Time,
            Uuid,
            Json,
            Array,
        ]
        .into_iter()
        .find(|kind| kind.name() == name)
    }
}

/// A column as it is published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ColumnSchema {
    /// The name in the source, which may contain any character.
    pub name: String,
    /// The type of the values.
    pub kind: ColumnType,
    /// Whether values may be NULL.
    pub nullable: bool,
    /// The title for people.
    pub title: Option<String>,
    /// The description for people, in a sentence.
    pub description: Option<String>,
    /// The unit of measurement, for people.
    pub unit: Option<String>,
    /// The words of the configuration, which take precedence.
    pub words: ColumnWords,
}

/// The words of the configuration about a column; None keeps those of the source.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ColumnWords {
    /// The title for people, in both languages.
    pub title: Option<Words>,
    /// The description for people, in both languages.
    pub description: Option<Words>,
    /// The unit of measurement.
    pub unit: Option<String>,
    /// All values that occur, spelled as in the data, with their meaning.
    pub codes: BTreeMap<String, Words>,
}

impl ColumnSchema {
    /// Makes a nullable column without title, description and unit.
    pub fn new(name: impl Into<String>, kind: ColumnType) -> ColumnSchema {
        let (title, description, unit) = (None, None, None);
        ColumnSchema {
            name: name.into(),
            kind,
            nullable: true,
            title,
            description,
            unit,
            words: ColumnWords::default(),
        }
    }

    /// Replaces the words of the source by those of the configuration.
    pub fn describe(&mut self, words: &ColumnWords) {
        let german = |words: &Option<Words>| words.as_ref().map(|words| words.de.clone());
        self.title = german(&words.title).or(self.title.take());
        self.description = german(&words.description).or(self.description.take());
        self.unit = words.unit.clone().or(self.unit.take());
        self.words = words.clone();
    }

    /// Returns the title, or else the name, and the description; in English if they exist in
    /// English and `in_english` is set.
    pub fn words(&self, in_english: bool) -> (&str, Option<&str>) {
        let title = self.words.title.as_ref().filter(|_| in_english).map(|words| words.en.as_str());
        let description =
            self.words.description.as_ref().filter(|_| in_english).map(|words| words.en.as_str());
        let own = self.title.as_deref().unwrap_or(&self.name);
        (title.unwrap_or(own), description.or(self.description.as_deref()))
    }
}
