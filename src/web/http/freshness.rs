//! The freshness headers of an answer: how its collections are kept up to date, and the last moment
//! at which their rows are known to be current.
//!
//! - `Veedel-Freshness`: `embedded`, `direct`, `feed`, `file`, `watched` or `timed`; of several
//!   collections, the least close to its source.
//! - `Veedel-As-Of`: the last moment (RFC 3339) at which the rows are known to be those of the
//!   source; of several collections, the oldest.
//! - `Veedel-Data-Version`: a number that grows with each change of the visible rows, as
//!   `veedel:dataVersion` of the collection; of several collections, the greatest. Missing for rows
//!   that stay in a database.
//! - `Veedel-Renewal`: on tiles of low zooms of collections whose rows may change, the seconds
//!   within which a tile shows a change that has been read; with `; waiting` if such a change is
//!   not shown yet.

use axum::http::{HeaderMap, HeaderValue};
use jiff::Timestamp;

use crate::catalog;
use crate::layer::tile_versions::{FRESH_FROM, RENEWED_EVERY};
use crate::snapshot::Opened;
use crate::tile::TileCoordinate;

/// The freshness of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Freshness {
    class: &'static str,
    as_of: Timestamp,
    version: Option<u64>,
    renewal: Option<bool>,
}

impl Freshness {
    /// Returns the freshness of an answer made from `opened`. `tile` is the place of a tile, and
    /// whether a change is not shown in it yet; None if the answer is no tile.
    pub fn of(opened: &[Opened], tile: Option<(TileCoordinate, bool)>) -> Freshness {
        Freshness::of_all(opened.iter(), tile)
    }

    /// Returns the freshness of an answer, as [`of`](Self::of) does, from an iterator.
    pub fn of_all<'a>(
        opened: impl Iterator<Item = &'a Opened> + Clone,
        tile: Option<(TileCoordinate, bool)>,
    ) -> Freshness {
        let classes = opened.clone().map(|one| one.collection.freshness);
        let is_kept = |class| !matches!(class, catalog::Freshness::Embedded | catalog::Freshness::Direct);
        let changes = classes.clone().any(is_kept);
        let renewal = tile.filter(|(tile, _)| changes && tile.zoom() < FRESH_FROM);
        Freshness {
            class: classes.max_by_key(|class| class.rank()).map_or("", |class| class.class()),
            as_of: opened.clone().map(|one| one.as_of).min().unwrap_or_default(),
            version: opened.map(version).max().flatten(),
            renewal: renewal.map(|(_, waits)| waits),
        }
    }

    /// Adds the freshness headers.
    pub fn add_to(&self, headers: &mut HeaderMap) {
        headers.insert("veedel-freshness", HeaderValue::from_static(self.class));
        if let Ok(time) = HeaderValue::try_from(format!("{:.3}", self.as_of)) {
            headers.insert("veedel-as-of", time);
        }
        if let Some(version) = self.version {
            headers.insert("veedel-data-version", HeaderValue::from(version));
        }
        if let Some(waits) = self.renewal {
            let waits = if waits { "; waiting" } else { "" };
            if let Ok(value) = HeaderValue::try_from(format!("{}{waits}", RENEWED_EVERY.as_secs())) {
                headers.insert("veedel-renewal", value);
            }
        }
    }
}

fn version(opened: &Opened) -> Option<u64> {
    (opened.collection.freshness != catalog::Freshness::Direct).then(|| opened.layer.seen_version())
}
