//! Compares rows by what everyone sees of them: the geometry, and the columns that are not hidden.
//!
//! If the key is hidden, its order must not be visible, so rows at one place are stored in this
//! order instead. A change after which a row is equal in this order is no change that may be
//! reported.

use std::cmp::Ordering;

use super::column::{Column, Value};
use super::geometries::{Geometries, GeometryRef};
use super::order;
use super::resident::Layer;

/// The columns and geometries of rows, and which columns are hidden.
#[derive(Clone, Copy)]
pub struct Seen<'a> {
    columns: &'a [Column],
    geometries: Option<&'a Geometries>,
    hidden: &'a [usize],
}

impl<'a> Seen<'a> {
    /// Makes the comparison of rows in these columns and geometries; `hidden` are positions of
    /// columns.
    pub fn new(columns: &'a [Column], geometries: Option<&'a Geometries>, hidden: &'a [usize]) -> Seen<'a> {
        Seen { columns, geometries, hidden }
    }

    /// Makes the comparison of a layer's rows.
    pub fn of(layer: &'a Layer) -> Seen<'a> {
        Seen::new(&layer.columns, layer.geometries.as_deref(), &layer.hidden)
    }

    /// Compares two rows of the same collection. They are equal only if their visible values are
    /// the same to the bit.
    pub fn compare(&self, row: u32, other: &Seen<'_>, other_row: u32) -> Ordering {
        let shape = |seen: &Seen<'a>, row: u32| seen.geometries.and_then(|all| all.get(row));
        let other_shape = other.geometries.and_then(|all| all.get(other_row));
        shapes(shape(self, row), other_shape).then_with(|| {
            let columns = self.columns.iter().zip(other.columns).enumerate();
            columns
                .filter(|(index, _)| !self.hidden.contains(index))
                .map(|(_, (one, other))| values(one.get(row as usize), other.get(other_row as usize)))
                .find(|order| order.is_ne())
                .unwrap_or(Ordering::Equal)
        })
    }
}

/// Compares two values, NULL first. Numbers that are equal but written differently are different.
fn values(one: Value<'_>, other: Value<'_>) -> Ordering {
    match (one, other) {
        (Value::Null, Value::Null) => Ordering::Equal,
        (Value::Null, _) => Ordering::Less,
        (_, Value::Null) => Ordering::Greater,
        (Value::Double(one), Value::Double(other)) => one.to_bits().cmp(&other.to_bits()),
        (Value::Real(one), Value::Real(other)) => one.to_bits().cmp(&other.to_bits()),
        (Value::Numeric(one), Value::Numeric(other)) => one.cmp(other),
        (one, other) => order::compare(one, other),
    }
}

fn shapes(one: Option<GeometryRef<'_>>, other: Option<GeometryRef<'_>>) -> Ordering {
    let (one, other) = match (one, other) {
        (None, None) => return Ordering::Equal,
        (None, Some(_)) => return Ordering::Less,
        (Some(_), None) => return Ordering::Greater,
        (Some(one), Some(other)) => (one, other),
    };
    let bits = |numbers: &[f64], others: &[f64]| {
        numbers.iter().map(|number| number.to_bits()).cmp(others.iter().map(|number| number.to_bits()))
    };
    let xy = || bits(one.xy().as_flattened(), other.xy().as_flattened());
    let parts = || {
        let (mut ours, mut theirs) = (one.parts(), other.parts());
        loop {
            let order = match (ours.next(), theirs.next()) {
                (None, None) => return Ordering::Equal,
                (None, Some(_)) => Ordering::Less,
                (Some(_), None) => Ordering::Greater,
                (Some(part), Some(before)) => {
                    let role = (part.role as u8, part.xy.len()).cmp(&(before.role as u8, before.xy.len()));
                    role.then_with(|| bits(part.z, before.z))
                }
            };
            if order.is_ne() {
                return order;
            }
        }
    };
    let members = || {
        let kinds = one.members().iter().map(|member| (member.kind, member.parts));
        kinds.cmp(other.members().iter().map(|member| (member.kind, member.parts)))
    };
    one.kind.cmp(&other.kind).then_with(xy).then_with(parts).then_with(members)
}
