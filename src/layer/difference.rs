//! Compares a layer that was read again with the one that it replaces, row by row. So tiles without
//! a change are kept, and if nothing has changed, the layer keeps its version.

use std::cmp::Ordering;
use std::time::Instant;

use rayon::prelude::*;

use super::build::{next_seen_version, next_version};
use super::column::Value;
use super::geometries::{Geometries, GeometryRef, WorldBox};
use super::key::compare_across;
use super::resident::Layer;
use super::seen::Seen;

/// The maximum number of differing rows that are listed.
const MOST_DIFFERENT: usize = 10_000;
/// The number of pairs of rows that one thread compares at a time.
const AT_ONCE: usize = 4096;

/// The visible difference between a layer and the previous one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Difference {
    /// No row differs.
    Nothing,
    /// All differing rows are, or were, within these boxes of the world grid.
    Within(Vec<WorldBox>),
    /// Rows without a place differ, or too many rows, or the columns.
    Anywhere,
}

impl Difference {
    /// Returns the boxes of the world grid; None for anywhere.
    pub fn boxes(&self) -> Option<&[WorldBox]> {
        match self {
            Difference::Nothing => Some(&[]),
            Difference::Within(boxes) => Some(boxes),
            Difference::Anywhere => None,
        }
    }
}

impl Layer {
    /// Makes this layer the successor of `old`, which was read earlier from the same collection
    /// (with the same columns, key, level of detail and hidden columns). Tiles that look the same
    /// keep their version, and so does the layer if no row differs. If rows differ only in hidden
    /// columns, the layer gets another version, and clients are not told. Everything in `expired`,
    /// boxes of the world grid, counts as different. Returns the layer and the visible difference.
    pub fn succeeding(mut self, old: &Layer, expired: &[WorldBox]) -> (Layer, Difference) {
        let Compared { difference, is_same_unseen } = self.difference(old);
        let difference = match difference {
            Difference::Nothing if expired.is_empty() => Difference::Nothing,
            Difference::Nothing => Difference::Within(expired.to_vec()),
            Difference::Within(mut boxes) => {
                boxes.extend(expired);
                Difference::Within(boxes)
            }
            Difference::Anywhere => Difference::Anywhere,
        };
        match &difference {
            Difference::Nothing => {
                self.tile_versions = old.tile_versions.clone();
                self.version = if is_same_unseen { old.version } else { next_version() };
                self.seen_version = old.seen_version;
            }
            Difference::Within(boxes) => {
                self.tile_versions = old.tile_versions.clone();
                // The later of two changes must have the greater version, and the old layer may
                // have changed since this one was made.
                self.version = next_version();
                self.seen_version = next_seen_version();
                self.tile_versions.mark(self.version, boxes.iter().copied(), Instant::now());
            }
            Difference::Anywhere => {}
        }
        (self, difference)
    }

    fn difference(&self, old: &Layer) -> Compared {
        if (&self.key, &self.hidden) != (&old.key, &old.hidden) || self.columns.len() != old.columns.len() {
            return Difference::Anywhere.into();
        }
        if self.turns_keys_of(old) {
            return Difference::Anywhere.into();
        }
        if !self.has_key() {
            let rows = || (0..self.len() as u32).into_par_iter();
            return match self.len() == old.len() && rows().all(|row| self.is_same(row, old, row)) {
                true => Compared {
                    difference: Difference::Nothing,
                    is_same_unseen: rows().all(|row| self.is_same_unseen(row, old, row)),
                },
                false => Difference::Anywhere.into(),
            };
        }
        let pairs = if self.hides_key() { self.pairs_by_looks(old) } else { self.pairs(old) };
        let is_same_unseen = |(row, before): &(u32, u32)| self.is_same_unseen(*row, old, *before);
        let is_same_unseen = self.hidden.is_empty() || pairs.both.par_iter().all(is_same_unseen);
        Compared { difference: self.of_pairs(old, pairs), is_same_unseen }
    }

    fn of_pairs(&self, old: &Layer, Pairs { both, mut only }: Pairs) -> Difference {
        if only.len() > MOST_DIFFERENT {
            return Difference::Anywhere;
        }
        let differ = |(row, before): &(u32, u32)| !self.is_same(*row, old, *before);
        let differing: Vec<(u32, u32)> =
            both.par_iter().with_min_len(AT_ONCE).copied().filter(differ).collect();
        if only.len() + differing.len() > MOST_DIFFERENT {
            return Difference::Anywhere;
        }
        if only.is_empty() && differing.is_empty() {
            return Difference::Nothing;
        }
        let of_both = |(row, before): (u32, u32)| [self.index.row(row), old.index.row(before)];
        only.extend(differing.into_iter().flat_map(of_both));
        if only.iter().any(WorldBox::is_empty) { Difference::Anywhere } else { Difference::Within(only) }
    }

    /// Pairs the rows of both layers by their keys.
    fn pairs(&self, old: &Layer) -> Pairs {
        let (new_rows, old_rows) = (self.by_key.iter().copied(), old.by_key.iter().copied());
        self.merged(old, new_rows, old_rows, |row, before| {
            compare_across((&self.columns, &self.key, row), (&old.columns, &old.key, before))
        })
    }

    /// Pairs the rows of both layers by their visible values, for a hidden key: a row with another
    /// key is the same row.
    fn pairs_by_looks(&self, old: &Layer) -> Pairs {
        let (ours, theirs) = (Seen::of(self), Seen::of(old));
        self.merged(old, 0..self.len() as u32, 0..old.len() as u32, |row, before| {
            self.curve(row).cmp(&old.curve(before)).then_with(|| ours.compare(row, &theirs, before))
        })
    }

    fn merged(
        &self,
        old: &Layer,
        new_rows: impl Iterator<Item = u32>,
        old_rows: impl Iterator<Item = u32>,
        compare: impl Fn(u32, u32) -> Ordering,
    ) -> Pairs {
        let mut pairs = Pairs { both: Vec::with_capacity(self.len()), only: vec![] };
        let (mut new_rows, mut old_rows) = (new_rows.peekable(), old_rows.peekable());
        loop {
            let order = match (new_rows.peek(), old_rows.peek()) {
                (None, None) => return pairs,
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (Some(row), Some(before)) => compare(*row, *before),
            };
            let new = if order.is_le() { new_rows.next() } else { None };
            let before = if order.is_ge() { old_rows.next() } else { None };
            match (new, before) {
                (Some(row), Some(before)) => pairs.both.push((row, before)),
                (Some(row), None) => pairs.only.push(self.index.row(row)),
                (None, Some(before)) => pairs.only.push(old.index.row(before)),
                (None, None) => return pairs,
            }
        }
    }

    /// Returns whether two rows have the same visible values, and look the same at every zoom
    /// level.
    fn is_same(&self, row: u32, old: &Layer, before: u32) -> bool {
        let mut columns = self.columns.iter().zip(&old.columns).enumerate();
        self.importance.zoom(row) == old.importance.zoom(before)
            && columns.all(|(index, (new, old))| {
                self.hidden.contains(&index) || is_same_value(new.get(row as usize), old.get(before as usize))
            })
            && is_same_geometry(self.geometries.as_deref(), row, old.geometries.as_deref(), before)
    }

    /// Returns whether two rows have the same values in the hidden columns.
    fn is_same_unseen(&self, row: u32, old: &Layer, before: u32) -> bool {
        self.hidden
            .iter()
            .filter_map(|index| self.columns.get(*index).zip(old.columns.get(*index)))
            .all(|(new, old)| is_same_value(new.get(row as usize), old.get(before as usize)))
    }
}

/// The difference between two layers, and whether the hidden columns are the same if nothing else
/// differs.
struct Compared {
    difference: Difference,
    is_same_unseen: bool,
}

impl From<Difference> for Compared {
    fn from(difference: Difference) -> Compared {
        Compared { difference, is_same_unseen: false }
    }
}

/// The rows of two layers, paired.
struct Pairs {
    /// Rows of the same key: the new row and the old one.
    both: Vec<(u32, u32)>,
    /// The boxes of rows that only one of the layers has.
    only: Vec<WorldBox>,
}

/// Returns whether two values are the same to the bit: NaN equals NaN, and -0 does not equal 0.
fn is_same_value(one: Value<'_>, other: Value<'_>) -> bool {
    match (one, other) {
        (Value::Double(one), Value::Double(other)) => one.to_bits() == other.to_bits(),
        (Value::Real(one), Value::Real(other)) => one.to_bits() == other.to_bits(),
        (one, other) => one == other,
    }
}

fn is_same_geometry(new: Option<&Geometries>, row: u32, old: Option<&Geometries>, before: u32) -> bool {
    let (one, other) = (new.and_then(|all| all.get(row)), old.and_then(|all| all.get(before)));
    is_same_shape(one, other)
        && one.zip(other).is_none_or(|(one, other)| {
            one.parts().zip(other.parts()).all(|(part, before)| is_same_levels(part.levels, before.levels))
        })
}

/// Returns whether two geometries are the same to the bit, regardless of what is drawn at which
/// zoom level.
pub(super) fn is_same_shape(new: Option<GeometryRef<'_>>, old: Option<GeometryRef<'_>>) -> bool {
    let (one, other) = match (new, old) {
        (Some(one), Some(other)) => (one, other),
        (None, None) => return true,
        _ => return false,
    };
    let bits = |numbers: &[f64], others: &[f64]| {
        numbers.iter().map(|number| number.to_bits()).eq(others.iter().map(|number| number.to_bits()))
    };
    one.kind == other.kind
        && one.members() == other.members()
        && bits(one.xy().as_flattened(), other.xy().as_flattened())
        && one.parts().count() == other.parts().count()
        && one.parts().zip(other.parts()).all(|(part, before)| {
            part.role == before.role && part.xy.len() == before.xy.len() && bits(part.z, before.z)
        })
}

/// Returns whether vertices are drawn from the same zoom levels on. A layer without long lines has
/// no levels, while the same vertices are at level 0 in a layer that had one.
fn is_same_levels(one: &[u8], other: &[u8]) -> bool {
    let all_drawn = |levels: &[u8]| levels.iter().all(|level| *level == 0);
    one == other || (one.is_empty() || other.is_empty()) && all_drawn(one) && all_drawn(other)
}
