//! What a source reports about a collection to recognize that its rows may have changed.

use crate::catalog::Freshness;
use crate::source::postgis::feed::Fingerprint;

/// What was reported about a collection at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::boot::follow) enum Stamp {
    /// The size and the times of a file.
    File(String),
    /// The fingerprints of a relation.
    Relation {
        /// Changes when rows have changed.
        rows: String,
        /// Changes when the table was rewritten as a whole.
        files: String,
        /// The OIDs of the relations that its rows come from.
        reaches: Vec<u32>,
    },
}

impl Stamp {
    pub(in crate::boot::follow) fn of(fingerprint: &Fingerprint) -> Stamp {
        Stamp::Relation {
            rows: fingerprint.rows.clone(),
            files: fingerprint.files.clone(),
            reaches: fingerprint.reaches.clone(),
        }
    }

    /// Returns whether what was read when `known` was reported must be read again. The rows of a
    /// relation that follows the feed change with each edit, but its files only by what fires no
    /// trigger.
    pub(super) fn differs(&self, known: Option<&Stamp>, freshness: Freshness) -> bool {
        let Some(known) = known else { return !matches!(freshness, Freshness::Timed(_)) };
        match (freshness, known, self) {
            (
                Freshness::Watched(_),
                Stamp::Relation { rows, reaches, .. },
                Stamp::Relation { rows: rows_now, reaches: reaches_now, .. },
            ) => rows != rows_now || reaches != reaches_now,
            (
                Freshness::Feed,
                Stamp::Relation { files, reaches, .. },
                Stamp::Relation { files: files_now, reaches: reaches_now, .. },
            ) => files != files_now || reaches != reaches_now,
            (Freshness::Timed(_), ..) => false,
            _ => known != self,
        }
    }
}
