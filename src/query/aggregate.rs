//! The parameters `group-by` and `aggregate` of a request, as values.

use crate::catalog::{ColumnSchema, ColumnType};
use crate::error::{Error, Result, said};
use crate::limits::Key;

/// A function over the values of a group. It ignores NULL, as in SQL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Function {
    /// The number of rows; with a column, the number of its values that are not NULL.
    Count,
    /// The sum, exact for whole numbers and numeric.
    Sum,
    /// The arithmetic mean.
    Avg,
    /// The least value, in the order of [`filter`](super::filter).
    Min,
    /// The greatest value, in the order of [`filter`](super::filter).
    Max,
    /// The median. Of an even number of values, it is halfway between the two in the middle
    /// (PostgreSQL's `percentile_cont(0.5)`).
    Median,
}

/// One calculated column of an aggregation's answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Aggregate {
    /// The function to calculate.
    pub function: Function,
    /// The position in the collection of the column that the function reads; None counts rows.
    pub column: Option<usize>,
    /// The name of the calculated column in the answer, spelled as in the request.
    pub name: String,
}

/// An aggregation: which rows form a group, and what is calculated for each group.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Aggregation {
    /// The positions of the columns whose values form the groups. If it is empty, all rows are one
    /// group.
    pub group_by: Vec<usize>,
    /// The columns to calculate for each group.
    pub aggregates: Vec<Aggregate>,
}

impl Function {
    const ALL: [(&str, Function); 6] = [
        ("count", Function::Count),
        ("sum", Function::Sum),
        ("avg", Function::Avg),
        ("min", Function::Min),
        ("max", Function::Max),
        ("median", Function::Median),
    ];

    fn from_name(name: &str) -> Option<Function> {
        Function::ALL.into_iter().find(|(known, _)| *known == name).map(|(_, function)| function)
    }

    /// Returns whether this function accepts values of this type.
    fn takes(self, kind: ColumnType) -> bool {
        use ColumnType::*;
        match self {
            Function::Count => true,
            Function::Sum | Function::Avg | Function::Median => {
                matches!(kind, Integer | BigInteger | Real | Double | Numeric)
            }
            Function::Min | Function::Max => !matches!(kind, Boolean | Json | Array),
        }
    }
}

impl Aggregation {
    /// Reads `group-by` (names of columns) and `aggregate` (`count`, `sum(column)` …), each a list
    /// with commas. A name that contains a comma or a bracket must be in double quotes. `columns`
    /// are those of the collection, and `find` returns the position of a column that the caller may
    /// see.
    ///
    /// # Errors
    ///
    /// Fails and names the parameter if a column does not exist, a column is grouped by twice, a
    /// function does not accept the type of its column, or a list has more than `most` items.
    pub fn parse(
        group_by: Option<&str>,
        aggregate: Option<&str>,
        columns: &[ColumnSchema],
        find: impl Fn(&str) -> Option<usize>,
        most: usize,
    ) -> Result<Aggregation> {
        let group_by = Aggregation::columns("group-by", group_by, &find, most)?;
        let position = |parameter: &str, name: &str| {
            find(name).ok_or_else(|| Error::invalid(parameter, said!("there is no column {:?}", name)))
        };
        let words = list("aggregate", aggregate.unwrap_or("count"), most)?;
        let aggregates = words.iter().map(|word| {
            let (function, argument) = call(word)?;
            let column = argument.map(|name| position("aggregate", &name)).transpose()?;
            let kind = column.and_then(|column| columns.get(column)).map(|column| column.kind);
            if kind.is_some_and(|kind| !function.takes(kind)) {
                let what = said!("{}: the column's type is {}", word, kind.map_or("", ColumnType::name));
                return Err(Error::invalid("aggregate", what).hint("sum, avg and median are of numbers"));
            }
            Ok(Aggregate { function, column, name: (*word).to_owned() })
        });
        let aggregates = aggregates.collect::<Result<Vec<Aggregate>>>()?;
        Ok(Aggregation { group_by, aggregates })
    }

    /// Reads a list of names of columns, each at most once, and returns their positions by `find`.
    ///
    /// # Errors
    ///
    /// Fails and names `parameter` if a column does not exist or is named twice, or if there are
    /// more than `most`.
    pub fn columns(
        parameter: &str,
        text: Option<&str>,
        find: impl Fn(&str) -> Option<usize>,
        most: usize,
    ) -> Result<Vec<usize>> {
        let mut columns = vec![];
        for name in list(parameter, text.unwrap_or_default(), most)? {
            let name = unquoted(name);
            match find(&name) {
                Some(column) if columns.contains(&column) => {
                    return Err(Error::invalid(parameter, said!("{:?} is named twice", name)));
                }
                Some(column) => columns.push(column),
                None => return Err(Error::invalid(parameter, said!("there is no column {:?}", name))),
            }
        }
        Ok(columns)
    }
}

/// Reads `count`, `count(*)` or `sum(column)` as a function and the name of its column.
fn call(word: &str) -> Result<(Function, Option<String>)> {
    let fault = || {
        let what = said!("{:?} is none of what can be aggregated", word);
        Error::invalid("aggregate", what)
            .hint(said!("known: {}", "count, count(…), sum(…), avg(…), min(…), max(…), median(…)"))
    };
    let (name, argument) = match word.split_once('(') {
        Some((name, rest)) => (name, Some(rest.strip_suffix(')').ok_or_else(fault)?)),
        None => (word, None),
    };
    let function = Function::from_name(name.trim()).ok_or_else(fault)?;
    match argument.map(str::trim) {
        None | Some("*") if function == Function::Count => Ok((function, None)),
        None | Some("" | "*") => Err(fault()),
        Some(name) => Ok((function, Some(unquoted(name)))),
    }
}

/// Splits a list at its commas outside double quotes.
fn list<'a>(parameter: &str, text: &'a str, most: usize) -> Result<Vec<&'a str>> {
    let mut is_quoted = false;
    let items: Vec<&str> = text
        .split(|c| {
            is_quoted ^= c == '"';
            c == ',' && !is_quoted
        })
        .map(str::trim)
        .collect();
    if text.trim().is_empty() {
        return Ok(vec![]);
    }
    if items.len() > most {
        let what = said!("{} names more than {} columns", parameter, most);
        return Err(Error::invalid(parameter, what).reached(Key::aggregate_columns.reached(most as u64)));
    }
    match items.iter().any(|item| item.is_empty()) {
        true => Err(Error::invalid(parameter, said!("{} has an empty name", parameter))),
        false => Ok(items),
    }
}

/// Removes the double quotes around a name; a doubled quote within them is one.
fn unquoted(name: &str) -> String {
    match name.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        Some(inner) => inner.replace("\"\"", "\""),
        None => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(group_by: &str, aggregate: &str) -> Result<Aggregation> {
        let columns =
            [("art", ColumnType::Text), ("a,b(c)", ColumnType::Integer), ("ja", ColumnType::Boolean)];
        let schemas: Vec<ColumnSchema> =
            columns.iter().map(|(name, kind)| ColumnSchema::new(*name, *kind)).collect();
        let find = |name: &str| columns.iter().position(|(known, _)| *known == name);
        Aggregation::parse(Some(group_by), Some(aggregate), &schemas, find, 3)
    }

    #[test]
    fn lists_are_read_with_and_without_quotes() {
        let read = read("art, \"a,b(c)\"", "count,sum(\"a,b(c)\"),max(art)").unwrap();
        assert_eq!(read.group_by, [0, 1]);
        let made: Vec<_> = read.aggregates.iter().map(|it| (it.function, it.column)).collect();
        assert_eq!(made, [(Function::Count, None), (Function::Sum, Some(1)), (Function::Max, Some(0))]);
    }

    #[test]
    fn what_cannot_be_is_named() {
        for (group_by, aggregate, parameter) in [
            ("nichts", "count", "group-by"),
            ("art,art", "count", "group-by"),
            ("art,", "count", "group-by"),
            ("art", "sum(art)", "aggregate"),
            ("art", "sum", "aggregate"),
            ("art", "sum()", "aggregate"),
            ("art", "sum(art", "aggregate"),
            ("art", "mode(art)", "aggregate"),
            ("art", "max(ja)", "aggregate"),
            ("art", "count,count,count,count", "aggregate"),
        ] {
            let fault = read(group_by, aggregate).unwrap_err();
            assert_eq!(fault.parameter.as_deref(), Some(parameter), "{group_by} {aggregate}");
        }
    }

    #[test]
    fn any_text_is_an_answer() {
        bolero::check!().with_test_time(crate::fuzz_time()).for_each(|bytes: &[u8]| {
            let text = String::from_utf8_lossy(bytes);
            let _ = read(&text, &text);
        });
    }
}
