//! Infers the types of text columns from all their values, for CSV files of a folder and for
//! imports.

use super::notation::{Exponent, Notation, Size, look};
use super::values;
use crate::catalog::ColumnType;

/// The names of columns of longitudes and latitudes. A point in their numbers is a decimal one if
/// nothing else decides it.
const DEGREES: [&str; 14] = [
    "lon",
    "lat",
    "lng",
    "long",
    "longitude",
    "latitude",
    "laengengrad",
    "breitengrad",
    "längengrad",
    "x",
    "y",
    "laenge",
    "breite",
    "länge",
];

/// The types that a column may have, narrowed by each value.
#[derive(Clone, Debug)]
pub struct Guess {
    boolean: bool,
    date: bool,
    timestamp: bool,
    has_values: bool,
    /// Whether a value is missing.
    pub has_nulls: bool,
    /// The widest type of its numbers if they have decimal points; None once a value does not fit.
    points: Option<Size>,
    /// The widest type of its numbers if they are written in German.
    german: Option<Size>,
    /// Whether a value fits only one of the notations.
    is_clearly_points: bool,
    is_clearly_german: bool,
    /// The first value that is ambiguous: it fits both notations with different results, or has a
    /// comma that may separate thousands.
    open: Option<String>,
    /// Whether the ambiguous values have commas.
    has_open_commas: bool,
    /// Whether a whole number has more than three digits and no separators between thousands.
    is_long: bool,
    /// The first value that may be a number with an exponent, or a code.
    exponent: Option<String>,
    has_codes: bool,
    has_fractions: bool,
    /// Whether all values are numbers, even if in different notations.
    is_numbers: bool,
}

impl Default for Guess {
    fn default() -> Self {
        Guess {
            boolean: true,
            date: true,
            timestamp: true,
            has_values: false,
            has_nulls: false,
            points: Some(Size::Integer),
            german: Some(Size::Integer),
            is_clearly_points: false,
            is_clearly_german: false,
            open: None,
            has_open_commas: false,
            is_long: false,
            exponent: None,
            has_codes: false,
            has_fractions: false,
            is_numbers: true,
        }
    }
}

/// How a column is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    /// The narrowest type that represents all values without loss; text if there were none.
    pub kind: ColumnType,
    /// The notation of its numbers.
    pub notation: Notation,
    /// A note about what is ambiguous and was decided by a rule.
    pub note: Option<String>,
    /// The notation if the type is configured as a whole number.
    as_whole: Notation,
    /// The notation if the type is configured as a number with fractions.
    as_fractions: Notation,
}

/// The notation of a column's numbers, and a note about it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Numbers {
    /// The notation of its numbers.
    pub notation: Notation,
    /// A note about what is ambiguous and was decided by a rule.
    pub note: Option<String>,
}

impl Reading {
    /// Returns the notation and the note for a column that is published with this type.
    pub fn numbers(&self, kind: ColumnType) -> Numbers {
        // If the type is configured, there is nothing to note.
        let note = self.note.clone().filter(|_| kind == self.kind);
        Numbers { notation: self.notation_as(kind), note }
    }

    /// Returns the notation for a column that is published with this type.
    pub fn notation_as(&self, kind: ColumnType) -> Notation {
        use ColumnType::*;
        match kind {
            _ if kind == self.kind => self.notation,
            Integer | BigInteger => self.as_whole,
            Real | Double | Numeric => self.as_fractions,
            _ => Notation::Points,
        }
    }
}

impl Guess {
    /// Takes the next value into account. An empty one is NULL and fits every type.
    pub fn see(&mut self, text: &str) {
        if text.is_empty() {
            self.has_nulls = true;
            return;
        }
        self.has_values = true;
        self.boolean = self.boolean && matches!(text, "true" | "false");
        self.date = self.date && text.len() == 10 && values::date(text).is_some();
        let is_long = text.len() > 10 && text.starts_with(|letter: char| letter.is_ascii_digit());
        self.timestamp = self.timestamp && is_long && values::timestamp(text).is_some();
        self.see_number(text);
    }

    fn see_number(&mut self, text: &str) {
        let Some(written) = look(text) else {
            (self.points, self.german, self.is_numbers) = (None, None, false);
            return;
        };
        if let Some(exponent) = written.exponent {
            self.exponent.get_or_insert_with(|| text.to_owned());
            self.has_codes |= exponent == Exponent::Code;
            self.points = self.points.map(|_| Size::Double);
            self.german = None;
            return;
        }
        self.points = wider(self.points, written.points);
        self.german = wider(self.german, written.german);
        self.is_clearly_points |= written.is_clearly_points();
        self.is_clearly_german |= written.is_clearly_german(text);
        self.has_fractions |= written.has_sign && written.points.is_some();
        self.is_long |= written.is_long && !written.has_sign;
        let fits_both = written.points.is_some() && written.german.is_some();
        let is_open_comma =
            written.german.is_some() && written.points.is_none() && !written.is_clearly_german(text);
        if written.has_sign && (fits_both || is_open_comma) {
            self.has_open_commas |= is_open_comma;
            self.open.get_or_insert_with(|| text.to_owned());
        }
    }

    /// Returns how the column is read, given what the other columns show about the file.
    fn reading(&self, name: &str, file: &File) -> Reading {
        let (kind, notation, note) = self.decided(name, file);
        let is_german = self.is_clearly_german && !self.is_clearly_points;
        let when = |condition| if condition { Notation::German } else { Notation::Points };
        Reading {
            kind,
            notation,
            note: note.map(|words| format!("{name}: {words}")),
            as_whole: when(!self.is_clearly_points && (is_german || self.open.is_some())),
            as_fractions: when(!self.is_clearly_points && (is_german || self.has_open_commas)),
        }
    }

    fn decided(&self, name: &str, file: &File) -> (ColumnType, Notation, Option<String>) {
        let plain = |kind| (kind, Notation::Points, None);
        if !self.has_values {
            return plain(ColumnType::Text);
        }
        if self.boolean {
            return plain(ColumnType::Boolean);
        }
        if let (Some(example), Some(_)) = (&self.exponent, self.points) {
            return match self.has_codes || !self.has_fractions {
                true => {
                    (ColumnType::Text, Notation::Points, Some(format!("text, as {example} may be a code")))
                }
                false => plain(ColumnType::Double),
            };
        }
        match (self.points, self.german, &self.open) {
            (Some(_), Some(german), Some(open)) => self.open_points(german, open, name, file),
            (Some(size), _, _) => plain(size.into()),
            (None, Some(size), _) if self.is_clearly_german => (size.into(), Notation::German, None),
            (None, Some(size), Some(open)) => self.open_commas(size, open, name, file),
            _ if self.date => plain(ColumnType::Date),
            _ if self.timestamp => plain(ColumnType::Timestamp),
            _ if self.is_numbers => {
                let note = "text, as its numbers are written in several ways".to_owned();
                (ColumnType::Text, Notation::Points, Some(note))
            }
            _ => plain(ColumnType::Text),
        }
    }

    /// Decides the notation of a column with 27.515 beside 987 and nothing clearer.
    fn open_points(
        &self,
        german: Size,
        open: &str,
        name: &str,
        file: &File,
    ) -> (ColumnType, Notation, Option<String>) {
        let whole = || {
            let value = Notation::German.plain(open).into_owned();
            let note = format!("{open} is read as {value}, with points between thousands");
            (german.into(), Notation::German, Some(note))
        };
        match file {
            File { has_points: true, has_german: false, .. } => (ColumnType::Double, Notation::Points, None),
            File { has_points: false, has_german: true, .. } => whole(),
            _ if is_named_like_degrees(name) => (ColumnType::Double, Notation::Points, None),
            File { has_points: false, has_german: false, separator: b';' } if !self.is_long => whole(),
            // A file that separates fields by commas has no decimal commas.
            File { has_points: false, has_german: false, separator: b',' } => {
                let note = format!("{open} is read with a decimal point; it does not say so");
                (ColumnType::Double, Notation::Points, Some(note))
            }
            _ => {
                let note = format!("text, as nothing says whether {open} has thousands or decimals");
                (ColumnType::Text, Notation::Points, Some(note))
            }
        }
    }

    /// Decides the notation of a column with 1,234 and nothing that is clearly German.
    fn open_commas(
        &self,
        size: Size,
        open: &str,
        name: &str,
        file: &File,
    ) -> (ColumnType, Notation, Option<String>) {
        let is_german = match file {
            _ if is_named_like_degrees(name) => true,
            File { has_points: false, has_german: true, .. } => true,
            File { has_points: false, separator: b';', .. } => true,
            _ => false,
        };
        match is_german {
            true => {
                let value = Notation::German.plain(open).into_owned();
                (
                    size.into(),
                    Notation::German,
                    Some(format!("{open} is read as {value}, with a decimal comma")),
                )
            }
            false => {
                let note = format!("text, as nothing says whether {open} has thousands or decimals");
                (ColumnType::Text, Notation::Points, Some(note))
            }
        }
    }
}

/// What all columns of a file together show.
struct File {
    /// Whether a column's numbers clearly have decimal points.
    has_points: bool,
    /// Whether a column's numbers are clearly German.
    has_german: bool,
    separator: u8,
}

/// Returns how each column of a table is read. `separator` is that of its fields.
pub fn readings<'a>(
    guesses: &[Guess],
    names: impl IntoIterator<Item = &'a str>,
    separator: u8,
) -> Vec<Reading> {
    let file = File {
        has_points: guesses.iter().any(|guess| guess.points.is_some() && guess.is_clearly_points),
        has_german: guesses.iter().any(|guess| guess.german.is_some() && guess.is_clearly_german),
        separator,
    };
    guesses.iter().zip(names).map(|(guess, name)| guess.reading(name, &file)).collect()
}

fn is_named_like_degrees(name: &str) -> bool {
    DEGREES.contains(&name.to_lowercase().as_str())
}

fn wider(one: Option<Size>, other: Option<Size>) -> Option<Size> {
    match (one?, other?) {
        (Size::Double, _) | (_, Size::Double) => Some(Size::Double),
        (Size::BigInteger, _) | (_, Size::BigInteger) => Some(Size::BigInteger),
        _ => Some(Size::Integer),
    }
}

impl From<Size> for ColumnType {
    fn from(size: Size) -> ColumnType {
        match size {
            Size::Integer => ColumnType::Integer,
            Size::BigInteger => ColumnType::BigInteger,
            Size::Double => ColumnType::Double,
        }
    }
}

#[cfg(test)]
mod tests;
