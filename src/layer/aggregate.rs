//! Groups of rows and what is made of their values: SQL's `GROUP BY`, exact where it can be.
//!
//! Sums of whole numbers and of numeric keep every digit. Means of them are their exact quotient to
//! 20 digits; sums and means of floats add with Neumaier's correction (ZAMM 54, 1974), so that they
//! do not depend on the order. NaN and infinities of floats and numeric act as in PostgreSQL: NaN
//! wins over all and is the greatest.

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

/// A group: the rows' common values, and what was made of them.
#[derive(Clone, Debug)]
pub struct Group {
    /// A row of the group, which has its common values; None for an area without rows.
    pub row: Option<u32>,
    /// The area (its row in the collection of areas), where rows are grouped by areas; None outside
    /// of all.
    pub area: Option<u32>,
    /// One for each aggregate.
    pub made: Vec<Made>,
}

/// By which areas rows are grouped.
#[derive(Clone, Debug)]
pub struct Membership {
    /// The area of each of the rows, in their order; None outside of all.
    pub areas: Vec<Option<u32>>,
    /// All areas in the order in which they are given. Without further columns each is a group, if
    /// only an empty one.
    pub order: Vec<u32>,
}

/// Groups `rows` and makes what is asked of each group. Groups come in the order of their values,
/// NULL last. More than `most` groups are an error.
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

/// What it costs to group or to add a value, in units of [`crate::work`].
const VALUE: usize = 8;

/// The columns that are looked at.
struct Columns<'a> {
    group_by: Vec<&'a Column>,
    /// One for each aggregate; None counts rows.
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

/// A group on its way.
struct Gathered {
    row: Option<u32>,
    area: Option<u32>,
    parts: Vec<Part>,
}

/// One aggregate of a group on its way.
enum Part {
    Count(u64),
    Sum(Sum),
    Avg(Sum, u64),
    /// The row with the least or (true) the greatest value.
    End(bool, usize, Option<u32>),
    Median(Vec<f64>),
}

impl Gathered {
    fn new(row: Option<u32>, area: Option<u32>, asked: &Aggregation) -> Gathered {
        let part = |function| match function {
            Function::Count => Part::Count(0),
            Function::Sum => Part::Sum(Sum::None),
            Function::Avg => Part::Avg(Sum::None, 0),
            Function::Min => Part::End(false, 0, None),
            Function::Max => Part::End(true, 0, None),
            Function::Median => Part::Median(vec![]),
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
                Part::Count(count) => *count += 1,
                Part::Sum(sum) => sum.add(value)?,
                Part::Avg(sum, count) => {
                    sum.add(value)?;
                    *count += 1;
                }
                Part::End(greatest, at, best) => {
                    *at = *position;
                    let wanted = if *greatest { Ordering::Greater } else { Ordering::Less };
                    let is_better = best.is_none_or(|best| {
                        column.is_some_and(|column| compare(value, column.get(best as usize)) == wanted)
                    });
                    if is_better {
                        *best = Some(row);
                    }
                }
                Part::Median(values) => values.push(double(value)),
            }
        }
        Ok(())
    }

    fn finish(self) -> Group {
        let made = self.parts.into_iter().map(|part| match part {
            Part::Count(count) => Made::Exact(count.to_string()),
            Part::Sum(sum) => sum.total(),
            Part::Avg(sum, count) => sum.mean(count),
            Part::End(_, position, row) => row.map_or(Made::Null, |row| Made::Cell(position, row)),
            Part::Median(values) => median(values),
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

/// The order of two values of one column, NULL last.
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

/// Appends bytes that are equal for equal values only: numeric by value, both zeros alike, NaN
/// equal to NaN.
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
