//! The report about unusual data in a layer. Such data are counted and shown, and never prevent
//! loading.

use std::collections::BTreeSet;
use std::fmt;

/// A sentence about something unusual.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Note {
    /// A sentence about the collection as a whole.
    Whole(String),
    /// A sentence about several columns, which is shown only to callers who see all of them.
    Of {
        /// The names of the columns.
        columns: Vec<String>,
        /// The whole sentence.
        words: String,
    },
    /// The same sentence about each of several columns, which is shown for those that a caller
    /// sees.
    Each {
        /// The sentence before the names.
        words: String,
        /// The names of the columns.
        columns: Vec<String>,
    },
}

impl Note {
    /// Makes a note about one column.
    pub fn of(column: &str, words: String) -> Note {
        Note::Of { columns: vec![column.into()], words }
    }

    /// Returns the note for a caller who does not see the columns with these names; None if nothing
    /// of it is left.
    fn without(&self, hidden: &BTreeSet<String>) -> Option<Note> {
        match self {
            Note::Whole(_) => Some(self.clone()),
            Note::Of { columns, .. } => {
                (!columns.iter().any(|column| hidden.contains(column))).then(|| self.clone())
            }
            Note::Each { words, columns } => {
                let columns: Vec<String> =
                    columns.iter().filter(|column| !hidden.contains(*column)).cloned().collect();
                (!columns.is_empty()).then(|| Note::Each { words: words.clone(), columns })
            }
        }
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Note::Whole(words) | Note::Of { words, .. } => f.write_str(words),
            Note::Each { words, columns } => write!(f, "{words}: {}", columns.join(", ")),
        }
    }
}

/// Counts of what was unusual while loading. No row is dropped: a geometry that cannot be used
/// becomes NULL.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LoadReport {
    /// The number of features whose geometry is NULL.
    pub null_geometries: u64,
    /// The number of features whose geometry is empty (`POINT EMPTY`).
    pub empty_geometries: u64,
    /// The number of features whose geometry contains NaN or an infinity. They are served without
    /// geometry.
    pub not_finite: u64,
    /// The number of features whose geometry cannot be projected or is outside of Web Mercator.
    /// They are in no tile.
    pub outside_world: u64,
    /// The number of features with curves, which were converted to lines.
    pub curves: u64,
    /// The number of features with measures (M), which were left out.
    pub measures: u64,
    /// The number of features whose geometry type is not in Simple Features (TIN, polyhedra). They
    /// are served without geometry.
    pub unsupported: u64,
    /// Other sentences about what is unusual.
    pub notes: Vec<Note>,
}

/// Says what the counts include after rows have changed.
const SINCE: &str = "counted when all was read last, and of rows changed since";

impl LoadReport {
    /// Returns the report for a caller who does not see the columns with these names.
    pub fn without(&self, hidden: &BTreeSet<String>) -> LoadReport {
        let notes = self.notes.iter().filter_map(|note| note.without(hidden)).collect();
        LoadReport { notes, ..self.clone() }
    }

    /// The report of some of the rows, of which so many have no geometry, and so many lie outside
    /// the world. Why a row has no geometry is known only if there is one reason for all rows.
    pub fn of_subset(&self, shapeless: u64, outside_world: u64) -> LoadReport {
        let are_all_null = self.empty_geometries + self.not_finite + self.unsupported == 0;
        let null_geometries = if are_all_null { shapeless } else { 0 };
        LoadReport { null_geometries, outside_world, ..LoadReport::default() }
    }

    /// Returns the report after some rows have changed, which `rows` reports about. Now
    /// `outside_world` rows lie outside the world, and `null_geometries` have no geometry, if that
    /// is known. Removed rows remain in the other counts, because it is not stored which row was
    /// counted. If there are such counts, a note says so.
    pub fn with_changes(
        &self,
        rows: &LoadReport,
        null_geometries: Option<u64>,
        outside_world: u64,
    ) -> LoadReport {
        let mut report = LoadReport {
            null_geometries: null_geometries.unwrap_or(self.null_geometries + rows.null_geometries),
            empty_geometries: self.empty_geometries + rows.empty_geometries,
            not_finite: self.not_finite + rows.not_finite,
            outside_world,
            curves: self.curves + rows.curves,
            measures: self.measures + rows.measures,
            unsupported: self.unsupported + rows.unsupported,
            notes: self.notes.clone(),
        };
        let news = rows.notes.iter().filter(|note| !self.notes.contains(note));
        report.notes.extend(news.take(MOST_NOTES.saturating_sub(self.notes.len())).cloned());
        let others = LoadReport { notes: vec![], outside_world: 0, ..report.clone() };
        let exact = LoadReport { null_geometries: null_geometries.unwrap_or(0), ..LoadReport::default() };
        let has_counts = others != exact;
        let since = Note::Whole(SINCE.into());
        if has_counts && !report.notes.contains(&since) {
            report.notes.push(since);
        }
        report
    }
}

/// The maximum number of notes that changes can add.
const MOST_NOTES: usize = 16;

impl fmt::Display for LoadReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts = [
            (self.null_geometries, "without geometry"),
            (self.empty_geometries, "with an empty geometry"),
            (self.not_finite, "with NaN or infinity, served without geometry"),
            (self.outside_world, "outside the world of Web Mercator, in no tile"),
            (self.curves, "with curves made lines"),
            (self.measures, "with measures left out"),
            (self.unsupported, "of a geometry type that is not served"),
        ];
        let lines = counts
            .iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, what)| format!("{count} {what}"))
            .chain(self.notes.iter().map(Note::to_string));
        f.write_str(&lines.collect::<Vec<_>>().join(", "))
    }
}
