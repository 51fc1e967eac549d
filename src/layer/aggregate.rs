//! Aggregation: groups of rows and functions of their values, as by SQL's `GROUP BY`.
//!
//! Sums of whole numbers and of numeric keep every digit, and their means are the exact quotient to
//! 20 significant digits. Sums and means of floats use Neumaier's compensated summation (A.
//! Neumaier, ZAMM 54, 1974), so that they hardly depend on the order. NaN and infinities of floats
//! and numeric behave as in PostgreSQL: NaN makes a sum NaN, and is the greatest value.

pub use super::made::Made;
use std::cmp::Ordering;

use foldhash::HashMap;

use super::column::{Column, Value};
use super::order;
use super::sum::{Sum, double};
use super::view::View;
use crate::error::{Error, Kind, Result, said};
use crate::query::aggregate::{Aggregation, Function};
use crate::query::decimal;
use crate::work::spend;

/// A group: the common values of its rows, and the calculated values.
#[derive(Clone, Debug)]
pub struct Group {
    /// A row of the group, from which its common values are read; None for an area without rows.
    pub row: Option<u32>,
    /// The row of the group's area in the collection of areas, if rows are grouped by areas; None
    /// outside of all areas.
    pub area: Option<u32>,
    /// The calculated values, one for each aggregate.
    pub made: Vec<Made>,
}

/// The areas that rows are grouped by.
#[derive(Clone, Debug)]
pub struct Membership {
    /// The area of each row, in the order of the rows; None outside of all areas.
    pub areas: Vec<Option<u32>>,
    /// All areas, in the order of the answer. Without further columns each is a group, even without
    /// rows.
    pub order: Vec<u32>,
}

/// Groups `rows` of `view` and calculates the aggregates of each group. The groups are ordered by
/// their values, NULL last.
///
/// # Errors
///
/// Fails if there are more than `most` groups.
pub fn aggregate(
    view: &View<'_>,
    rows: &[u32],
    asked: &Aggregation,
    membership: Option<&Membership>,
    most: usize,
) -> Result<Vec<Group>> {
    let columns = Columns::of(view, asked)?;
    let mut gathered: Vec<Gathered> = vec![];
    let mut index: HashMap<Vec<u8>, usize> = HashMap::default();
    let mut key = vec![];
    let begin = |gathered: &mut Vec<Gathered>, group: Gathered| {
        gathered.push(group);
        if gathered.len() > most { Err(too_many(most)) } else { Ok(gathered.len() - 1) }
    };
    if let (Some(membership), true) = (membership, columns.group_by.is_empty()) {
        for area in &membership.order {
            write_area(Some(*area), &mut key);
            index.insert(
                std::mem::take(&mut key),
                begin(&mut gathered, Gathered::new(None, Some(*area), asked))?,
            );
        }
    } else if membership.is_none() && columns.group_by.is_empty() {
        index.insert(vec![], begin(&mut gathered, Gathered::new(None, None, asked))?);
    }
    let cost = VALUE * (columns.group_by.len() + columns.of.len());
    for (at, row) in rows.iter().enumerate() {
        spend(cost);
        key.clear();
        let area = membership.and_then(|membership| membership.areas.get(at).copied().flatten());
        if membership.is_some() {
            write_area(area, &mut key);
        }
        columns.group_by.iter().for_each(|column| write_key(column.get(*row as usize), &mut key));
        let group = match index.get(key.as_slice()) {
            Some(group) => *group,
            None => {
                let group = begin(&mut gathered, Gathered::new(Some(*row), area, asked))?;
                index.insert(key.clone(), group);
                group
            }
        };
        if let Some(group) = gathered.get_mut(group) {
            group.add(*row, &columns)?;
        }
    }
    sort(&mut gathered, &columns, membership);
    Ok(gathered.into_iter().map(Gathered::finish).collect())
}

fn too_many(most: usize) -> Error {
    Error::new(Kind::TooLarge, said!("there are more than {} groups", most))
        .hint("group by fewer columns, or by ones with fewer values")
}

/// Units of work ([`crate::work`]) for grouping by a value, or adding one.
const VALUE: usize = 8;

/// The columns that are read.
struct Columns<'a> {
    group_by: Vec<&'a Column>,
    /// The columns of the aggregates; None counts rows.
    of: Vec<Option<&'a Column>>,
    position: Vec<usize>,
}

impl<'a> Columns<'a> {
    fn of(view: &View<'a>, asked: &Aggregation) -> Result<Columns<'a>> {
        let visible = |column: usize| {
            view.visible(column).ok_or_else(|| Error::internal("a column that may not be seen was asked for"))
        };
        Ok(Columns {
            group_by: asked.group_by.iter().map(|column| visible(*column)).collect::<Result<_>>()?,
            of: asked
                .aggregates
                .iter()
                .map(|it| it.column.map(visible).transpose())
                .collect::<Result<_>>()?,
            position: asked.aggregates.iter().map(|it| it.column.unwrap_or_default()).collect(),
        })
    }
}

/// A group while its rows are read.
struct Gathered {
    row: Option<u32>,
    area: Option<u32>,
    parts: Vec<PartialAggregate>,
}

/// The state of one aggregate of a group.
enum PartialAggregate {
    Count(u64),
    Sum(Sum),
    Avg(Sum, u64),
    /// The row with the least value, or with the greatest if the first field is true.
    End(bool, usize, Option<u32>),
    Median(Vec<f64>),
}

impl Gathered {
    fn new(row: Option<u32>, area: Option<u32>, asked: &Aggregation) -> Gathered {
        let part = |function| match function {
            Function::Count => PartialAggregate::Count(0),
            Function::Sum => PartialAggregate::Sum(Sum::None),
            Function::Avg => PartialAggregate::Avg(Sum::None, 0),
            Function::Min => PartialAggregate::End(false, 0, None),
            Function::Max => PartialAggregate::End(true, 0, None),
            Function::Median => PartialAggregate::Median(vec![]),
        };
        Gathered { row, area, parts: asked.aggregates.iter().map(|it| part(it.function)).collect() }
    }

    fn add(&mut self, row: u32, columns: &Columns<'_>) -> Result<()> {
        self.row = self.row.or(Some(row));
        for ((part, column), position) in self.parts.iter_mut().zip(&columns.of).zip(&columns.position) {
            let value = match column {
                Some(column) => column.get(row as usize),
                None => Value::Boolean(true),
            };
            if value == Value::Null {
                continue;
            }
            match part {
                PartialAggregate::Count(count) => *count += 1,
                PartialAggregate::Sum(sum) => sum.add(value)?,
                PartialAggregate::Avg(sum, count) => {
                    sum.add(value)?;
                    *count += 1;
                }
                PartialAggregate::End(greatest, at, best) => {
                    *at = *position;
                    let wanted = if *greatest { Ordering::Greater } else { Ordering::Less };
                    let is_better = best.is_none_or(|best| {
                        column.is_some_and(|column| compare(value, column.get(best as usize)) == wanted)
                    });
                    if is_better {
                        *best = Some(row);
                    }
                }
                PartialAggregate::Median(values) => values.push(double(value)),
            }
        }
        Ok(())
    }

    fn finish(self) -> Group {
        let made = self.parts.into_iter().map(|part| match part {
            PartialAggregate::Count(count) => Made::Exact(count.to_string()),
            PartialAggregate::Sum(sum) => sum.total(),
            PartialAggregate::Avg(sum, count) => sum.mean(count),
            PartialAggregate::End(_, position, row) => {
                row.map_or(Made::Null, |row| Made::Cell(position, row))
            }
            PartialAggregate::Median(values) => median(values),
        });
        Group { row: self.row, area: self.area, made: made.collect() }
    }
}

fn median(mut values: Vec<f64>) -> Made {
    let middle = values.len() / 2;
    spend(values.len());
    if values.is_empty() {
        return Made::Null;
    }
    let is_even = values.len().is_multiple_of(2);
    let (below, upper, _) = values.select_nth_unstable_by(middle, |left, right| order::floats(*left, *right));
    let upper = *upper;
    let lower =
        if is_even { below.iter().copied().max_by(|left, right| order::floats(*left, *right)) } else { None };
    Made::Double(lower.map_or(upper, |lower| lower + (upper - lower) / 2.0))
}

/// Compares two values of one column, NULL last.
fn compare(left: Value<'_>, right: Value<'_>) -> Ordering {
    match (left, right) {
        (Value::Null, Value::Null) => Ordering::Equal,
        (Value::Null, _) => Ordering::Greater,
        (_, Value::Null) => Ordering::Less,
        (left, right) => order::compare(left, right),
    }
}

fn sort(groups: &mut [Gathered], columns: &Columns<'_>, membership: Option<&Membership>) {
    let places: HashMap<u32, usize> = membership
        .map(|membership| membership.order.iter().enumerate().map(|(at, area)| (*area, at)).collect())
        .unwrap_or_default();
    let place =
        |group: &Gathered| group.area.and_then(|area| places.get(&area).copied()).unwrap_or(usize::MAX);
    groups.sort_by(|left, right| {
        spend(VALUE);
        let by_area = place(left).cmp(&place(right));
        let (Some(one), Some(other)) = (left.row, right.row) else { return by_area };
        let by_columns = || {
            let pairs = columns.group_by.iter();
            pairs
                .map(|column| compare(column.get(one as usize), column.get(other as usize)))
                .find(|order| order.is_ne())
                .unwrap_or(Ordering::Equal)
        };
        by_area.then_with(by_columns)
    });
}

fn write_area(area: Option<u32>, key: &mut Vec<u8>) {
    key.extend_from_slice(&area.map_or(u64::MAX, u64::from).to_le_bytes());
}

/// Appends bytes that are equal exactly for equal values: numeric is compared by value, both zeros
/// are equal, and so is NaN to NaN.
fn write_key(value: Value<'_>, key: &mut Vec<u8>) {
    let float = |value: f64| match value {
        value if value.is_nan() => f64::NAN.to_bits(),
        value => (value + 0.0).to_bits(),
    };
    let mut fixed = |bytes: &[u8]| {
        key.push(1);
        key.extend_from_slice(bytes);
    };
    match value {
        Value::Null => key.push(0),
        Value::Boolean(value) => fixed(&[u8::from(value)]),
        Value::Integer(value)
        | Value::Timestamp(value)
        | Value::TimestampWithZone(value)
        | Value::Time(value) => fixed(&value.to_le_bytes()),
        Value::Date(value) => fixed(&value.to_le_bytes()),
        Value::Real(value) => fixed(&float(value.into()).to_le_bytes()),
        Value::Double(value) => fixed(&float(value).to_le_bytes()),
        Value::Uuid(value) => fixed(&value.to_le_bytes()),
        Value::Numeric(digits) => {
            let shortest = decimal::shortest(digits);
            write_text(shortest.as_deref().unwrap_or(digits), key);
        }
        Value::Text(text) | Value::Json(text) | Value::Array(text) => write_text(text, key),
    }
}

fn write_text(text: &str, key: &mut Vec<u8>) {
    spend(text.len() / 16);
    key.push(1);
    key.extend_from_slice(&text.len().to_le_bytes());
    key.extend_from_slice(text.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians_are_those_of_sql() {
        assert_eq!(median(vec![3.0, 1.0, 2.0]), Made::Double(2.0));
        assert_eq!(median(vec![4.0, 1.0, 2.0, 3.0]), Made::Double(2.5));
        assert_eq!(median(vec![]), Made::Null);
    }

    #[test]
    fn equal_values_have_equal_keys() {
        let key = |value| {
            let mut key = vec![];
            write_key(value, &mut key);
            key
        };
        assert_eq!(key(Value::Numeric("1.0")), key(Value::Numeric("1.00")));
        assert_eq!(key(Value::Double(0.0)), key(Value::Double(-0.0)));
        assert_ne!(key(Value::Null), key(Value::Text("")));
        assert_ne!(key(Value::Text("a")), key(Value::Text("b")));
    }
}
