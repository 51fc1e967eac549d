//! What is counted and summed: `group-by` and `aggregate` of a request, as values.

use crate::catalog::{ColumnSchema, ColumnType};
use crate::error::{Error, Result, said};
use crate::limits::Key;

/// What is made of the values of a group. NULL counts nowhere, as in SQL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Function {
    /// How many rows; of a column, how many that are not NULL.
    Count,
    /// The sum: exact for whole numbers and numeric.
    Sum,
    /// The mean.
    Avg,
    /// The least.
    Min,
    /// The greatest.
    Max,
    /// The median: of an even number of values halfway between the two in the middle
    /// (`percentile_cont(0.5)`).
    Median,
}

/// One column of the answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Aggregate {
    /// What is made.
    pub function: Function,
    /// Of which column (by position); None counts rows.
    pub column: Option<usize>,
    /// Its name in the answer, as it was asked for.
    pub name: String,
}

/// The question: what of which groups.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Aggregation {
    /// The columns (by position) whose values make groups; all rows are one group without any.
    pub group_by: Vec<usize>,
    /// What is made of each group.
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

    /// Whether values of this type can be aggregated so.
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
    /// with commas. A name that holds a comma or a bracket stands in double quotes. `find` gives
    /// the position of a column that may be seen. At most `most` columns each.
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

    /// Reads a list of columns, none twice: their positions, by `find`.
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

/// `count`, `count(*)` or `sum(column)`.
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

/// The items of a list, split at commas outside double quotes.
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

/// A name without the double quotes around it; doubled ones within are one.
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
