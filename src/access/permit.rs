//! The permit: what a caller may see of one collection.

use std::fmt::Debug;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use crate::query::Filter;

/// The right to read some columns and rows of one collection. Only
/// [`Policy::read`](super::Policy::read) and [`Policy::planning`](super::Policy::planning) make
/// one.
#[derive(Clone, Debug)]
pub struct Permit {
    columns: Vec<usize>,
    rows: Option<Arc<Filter>>,
    digest: u64,
    is_restricted: bool,
    is_public: bool,
    storing: Storing,
}

/// Who may store an answer outside the server (RFC 9111, 5.2.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Storing {
    /// Everyone, because it is the same for all callers.
    Anyone,
    /// The caller alone, because others may see more or less.
    Caller,
    /// Nobody, because it is about what is protected.
    Nobody,
}

impl Permit {
    /// A permit to read these columns of all rows. `is_public` is false if only planning may.
    pub(super) fn unrestricted(columns: Vec<usize>, edition: u64, is_public: bool) -> Permit {
        Permit {
            columns,
            rows: None,
            digest: edition,
            is_restricted: false,
            is_public,
            storing: Storing::Anyone,
        }
    }

    /// A permit to read only these columns, of only the rows for which the filter is true.
    pub(super) fn restricted(columns: Vec<usize>, rows: Option<Filter>, edition: u64) -> Permit {
        let digest = digest(edition, &(&columns, &rows));
        let rows = rows.map(Arc::new);
        Permit { rows, digest, is_restricted: true, ..Permit::unrestricted(columns, edition, true) }
    }

    /// The same permit, of a collection with grants.
    pub(super) fn granted(self, is_protected: bool) -> Permit {
        let storing = if is_protected { Storing::Nobody } else { Storing::Caller };
        Permit { storing, ..self }
    }

    /// The positions of the visible columns in
    /// [`Collection::columns`](crate::catalog::Collection::columns), ascending.
    pub fn columns(&self) -> &[usize] {
        &self.columns
    }

    /// The condition that is true for each visible row; None if all rows are visible.
    pub fn rows(&self) -> Option<&Arc<Filter>> {
        self.rows.as_ref()
    }

    /// The permit with which the condition of this permit is evaluated: it shows all of a
    /// collection's columns, because the condition may name hidden ones. Only derived layers use
    /// it.
    pub fn of_rule(&self, columns: usize) -> Permit {
        Permit { columns: (0..columns).collect(), rows: None, ..self.clone() }
    }

    /// A number for everything that the permit shows: edition of the policy, columns and rule. Each
    /// cache of answers has it in its key. All permits that show what everyone sees have the same,
    /// the edition.
    pub fn digest(&self) -> u64 {
        self.digest
    }

    /// Whether it shows other columns or rows than every caller sees, so that its rows are a layer
    /// of their own.
    pub fn is_restricted(&self) -> bool {
        self.is_restricted
    }

    /// Who may store an answer about the collection.
    pub fn storing(&self) -> Storing {
        self.storing
    }

    /// Whether the caller may see the collection. Planning counts with others too.
    pub fn is_public(&self) -> bool {
        self.is_public
    }

    /// Whether the column at this position is visible.
    pub fn sees(&self, column: usize) -> bool {
        self.columns.binary_search(&column).is_ok()
    }
}

/// Returns a number for an edition and what is restricted in it. It is greater than every edition,
/// which count from zero.
pub(super) fn digest(edition: u64, of: &impl Debug) -> u64 {
    let hash = Sha256::digest(format!("{edition} {of:?}"));
    let first = hash.iter().take(8).fold(0, |number: u64, byte| number << 8 | u64::from(*byte));
    first | 1 << 63
}
