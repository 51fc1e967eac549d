//! What a source tells of a collection that changes when its rows may have changed.

use crate::catalog::Freshness;
use crate::source::postgis::feed::Fingerprint;

/// What was told of a collection at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::boot::follow) enum Stamp {
    /// Of a file: its size and time.
    File(String),
    /// Of a relation.
    Relation {
        /// Changes when rows have changed.
        rows: String,
        /// Changes when it was written anew as a whole.
        files: String,
        /// What its rows come from.
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

    /// Whether what was read when `known` was told is to be read again now. Of a relation that
    /// follows the feed the rows change with each edit; its files only by what fires no trigger.
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
