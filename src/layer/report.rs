//! What was odd about a layer's data: counted, shown, never fatal and never silent.

use std::collections::BTreeSet;
use std::fmt;

/// A thing worth a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Note {
    /// About the collection as a whole.
    Whole(String),
    /// About columns: told only to whoever sees all of them.
    Of {
        /// The columns' names.
        columns: Vec<String>,
        /// What is said.
        words: String,
    },
    /// Columns of which the same is said: each is told only to whoever sees it.
    Each {
        /// What is said, before the names.
        words: String,
        /// The columns' names.
        columns: Vec<String>,
    },
}

impl Note {
    /// A note about one column.
    pub fn of(column: &str, words: String) -> Note {
        Note::Of { columns: vec![column.into()], words }
    }

    /// The note for whoever does not see the columns of these names; None where nothing is left to
    /// say.
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

/// Counts of what loading met. Rows are never dropped: a geometry that cannot be used becomes NULL.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LoadReport {
    /// Features whose geometry is NULL.
    pub null_geometries: u64,
    /// Features whose geometry is empty (`POINT EMPTY`).
    pub empty_geometries: u64,
    /// Features whose geometry holds NaN or an infinity; served without geometry.
    pub not_finite: u64,
    /// Features whose geometry cannot be projected or lies beyond Web Mercator; in no tile.
    pub outside_world: u64,
    /// Features with curves, which became lines.
    pub curves: u64,
    /// Features with measures (M), which are left out.
    pub measures: u64,
    /// Features whose geometry is of a type without a place in Simple Features (TIN, polyhedra);
    /// served without.
    pub unsupported: u64,
    /// Other things worth a line.
    pub notes: Vec<Note>,
}

/// What the counts are of, once rows have changed.
const SINCE: &str = "counted when all was read last, and of rows changed since";

impl LoadReport {
    /// The report for whoever does not see the columns of these names.
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

    /// The report after some rows changed, of which `rows` tells. What went is not taken out of the
    /// counts, as nobody remembers what each row was; where there are counts, a note says so.
    pub fn with_changes(&self, rows: &LoadReport) -> LoadReport {
        let mut report = LoadReport {
            null_geometries: self.null_geometries + rows.null_geometries,
            empty_geometries: self.empty_geometries + rows.empty_geometries,
            not_finite: self.not_finite + rows.not_finite,
            outside_world: self.outside_world + rows.outside_world,
            curves: self.curves + rows.curves,
            measures: self.measures + rows.measures,
            unsupported: self.unsupported + rows.unsupported,
            notes: self.notes.clone(),
        };
        let news = rows.notes.iter().filter(|note| !self.notes.contains(note));
        report.notes.extend(news.take(MOST_NOTES.saturating_sub(self.notes.len())).cloned());
        let has_counts = LoadReport { notes: vec![], ..report.clone() } != LoadReport::default();
        let since = Note::Whole(SINCE.into());
        if has_counts && !report.notes.contains(&since) {
            report.notes.push(since);
        }
        report
    }
}

/// Changes add no more notes than this.
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
