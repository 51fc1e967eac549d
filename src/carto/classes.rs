//! The classes of features, by the values of a column.

use std::collections::BTreeSet;

use foldhash::HashMap;

use super::compared::Compared;
use super::tables::TABLES;
use super::words;
use crate::catalog::map_parts::{Part, PartSource};
use crate::layer::value_text::plain_text;
use crate::layer::{Value, View};
use crate::work::spend;

/// The maximum number of different values of a column that are looked at.
const MOST_VALUES: usize = 1_000;

/// A condition on the text of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pattern {
    /// The whole text.
    Is(String),
    /// The beginning of the text.
    Begins(String),
}

impl Pattern {
    /// Reads a text, or its beginning and a star.
    pub fn parse(text: &str) -> Pattern {
        match text.strip_suffix('*') {
            Some(beginning) => Pattern::Begins(beginning.to_owned()),
            None => Pattern::Is(text.to_owned()),
        }
    }
}

/// The classes of the features of one collection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Classes {
    /// The name of the column; None if all features are of the class [`other`](Self::other).
    pub column: Option<Compared>,
    /// The values of each class.
    pub list: Vec<(String, Vec<Pattern>)>,
    /// The class of all other features; None leaves them out.
    pub other: Option<String>,
}

impl Classes {
    /// All features are of one class.
    pub fn only(class: &str) -> Classes {
        Classes { column: None, list: vec![], other: Some(class.to_owned()) }
    }

    /// Returns the classes of a collection that plays a part: as configured, or by the words of
    /// `styles/` for the values that occur.
    pub fn of(source: &PartSource, view: &View<'_>) -> Classes {
        let default = match source.part {
            Part::Area | Part::Place => None,
            Part::Road => Some("minor"),
            part => Some(part.name()),
        };
        let other = source.other.clone().or_else(|| default.map(str::to_owned));
        let column = source.class.as_deref().and_then(|name| Compared::of(view, name));
        let Some(column) = column else {
            let other = other.or_else(|| (source.part == Part::Place).then(|| "village".to_owned()));
            return Classes { column: None, list: vec![], other };
        };
        if !source.values.is_empty() {
            let patterns = expanded(&source.values, view, &column.name);
            let class = other.unwrap_or_else(|| source.part.name().to_owned());
            return Classes { column: Some(column), list: vec![(class, patterns)], other: None };
        }
        let list = match source.classes.is_empty() {
            false => configured(source, view, &column.name),
            true => by_words(source.part, view, &column.name),
        };
        Classes { column: Some(column), list, other }
    }

    /// Returns the names of all classes that may occur.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.list.iter().map(|(class, _)| class.as_str()).chain(self.other.as_deref())
    }
}

fn configured(source: &PartSource, view: &View<'_>, column: &str) -> Vec<(String, Vec<Pattern>)> {
    let patterns = |values: &Vec<String>| expanded(values, view, column);
    source.classes.iter().map(|(class, values)| (class.clone(), patterns(values))).collect()
}

/// The most values that a beginning is replaced with.
const MOST_EXPANDED: usize = 200;

/// Reads patterns, and replaces each beginning with the values that begin so: QGIS knows no
/// conditions on beginnings.
fn expanded(values: &[String], view: &View<'_>, column: &str) -> Vec<Pattern> {
    let mut patterns = vec![];
    for pattern in values.iter().map(|value| Pattern::parse(value)) {
        match &pattern {
            Pattern::Begins(beginning) if !view.is_empty() => match begun(view, column, beginning) {
                Some(values) => patterns.extend(values.into_iter().map(Pattern::Is)),
                None => patterns.push(pattern),
            },
            _ => patterns.push(pattern),
        }
    }
    patterns
}

/// Returns the texts of a column that begin so, sorted; None if they are too many.
fn begun(view: &View<'_>, column: &str, beginning: &str) -> Option<BTreeSet<String>> {
    let column = view.column(column)?;
    spend(view.len());
    let mut found: BTreeSet<String> = BTreeSet::new();
    for row in 0..view.len() {
        if let Value::Text(text) = column.get(row)
            && text.starts_with(beginning)
            && !found.contains(text)
        {
            found.insert(text.to_owned());
            if found.len() > MOST_EXPANDED {
                return None;
            }
        }
    }
    Some(found)
}

/// Returns the classes that the values of a column mean by their words.
fn by_words(part: Part, view: &View<'_>, column: &str) -> Vec<(String, Vec<Pattern>)> {
    let values = distinct(view, column).unwrap_or_default();
    let classes: Vec<(&str, &[String])> = match part {
        Part::Area => TABLES.areas.iter().map(|row| (row.class.as_str(), row.words.as_slice())).collect(),
        Part::Road | Part::Path | Part::Rail => {
            TABLES.roads.iter().map(|row| (row.class.as_str(), row.words.as_slice())).collect()
        }
        Part::Place => return places(&values),
        _ => vec![],
    };
    let mut list: Vec<(String, Vec<Pattern>)> = vec![];
    for (value, _) in values {
        let Some(class) = words::class_of(&value, classes.iter().copied()) else { continue };
        match list.iter_mut().find(|(own, _)| own == class) {
            Some((_, patterns)) => patterns.push(Pattern::Is(value)),
            None => list.push((class.to_owned(), vec![Pattern::Is(value)])),
        }
    }
    list
}

/// Returns the classes of places by the usual words.
fn places(values: &[(String, usize)]) -> Vec<(String, Vec<Pattern>)> {
    let class = |value: &str| match words::plain(value).as_str() {
        "stadt" | "city" | "town" | "grossstadt" | "kreisstadt" => "town",
        "dorf" | "village" | "suburb" | "ortsteil" | "ort" | "stadtteil" => "village",
        _ => "locality",
    };
    let mut list: Vec<(String, Vec<Pattern>)> = vec![];
    for (value, _) in values {
        let (class, pattern) = (class(value), Pattern::Is(value.clone()));
        match list.iter_mut().find(|(own, _)| own == class) {
            Some((_, patterns)) => patterns.push(pattern),
            None => list.push((class.to_owned(), vec![pattern])),
        }
    }
    list
}

/// Returns the values of a visible column as text, with the number of features of each, the most
/// frequent first. NULL is left out. Returns None if there are more than a legend could show, or no
/// such column.
pub fn distinct(view: &View<'_>, column: &str) -> Option<Vec<(String, usize)>> {
    let column = view.column(column)?;
    let mut counts: HashMap<String, usize> = HashMap::default();
    let mut texts: HashMap<&str, usize> = HashMap::default();
    for row in 0..view.len() {
        match column.get(row) {
            Value::Null => {}
            Value::Text(text) => *texts.entry(text).or_default() += 1,
            other => *counts.entry(plain_text(other)).or_default() += 1,
        }
        spend(1);
        if texts.len() + counts.len() > MOST_VALUES {
            return None;
        }
    }
    counts.extend(texts.into_iter().map(|(text, count)| (text.to_owned(), count)));
    let mut counts: Vec<(String, usize)> = counts.into_iter().collect();
    counts.sort_by(|left, right| right.1.cmp(&left.1).then_with(|| left.0.cmp(&right.0)));
    Some(counts)
}

/// Returns the numbers in a visible column.
fn numbers(view: &View<'_>, column: &str) -> Vec<f64> {
    let Some(column) = view.column(column) else { return vec![] };
    let number = |row: usize| match column.get(row) {
        Value::Integer(value) => Some(value as f64),
        Value::Real(value) => Some(f64::from(value)),
        Value::Double(value) => Some(value),
        Value::Numeric(text) => text.parse().ok(),
        _ => None,
    };
    spend(view.len());
    (0..view.len()).filter_map(number).filter(|number| number.is_finite()).collect()
}

/// Returns the largest number in a visible column; None if there is none.
pub fn most(view: &View<'_>, column: &str) -> Option<f64> {
    numbers(view, column).into_iter().max_by(f64::total_cmp)
}

/// Returns at most `count` − 1 limits that divide the numbers of a visible column into classes of
/// about equal size, rounded to two digits, ascending and without repeats; none if the column has
/// no two different numbers.
pub fn quantiles(view: &View<'_>, column: &str, count: usize) -> Vec<f64> {
    let mut numbers = numbers(view, column);
    numbers.sort_unstable_by(f64::total_cmp);
    limits(&numbers, count)
}

/// The same for sorted numbers.
fn limits(numbers: &[f64], count: usize) -> Vec<f64> {
    let (Some(least), Some(most)) = (numbers.first(), numbers.last()) else { return vec![] };
    let mut limits: Vec<f64> = vec![];
    for part in 1..count {
        let Some(number) = numbers.get(part * numbers.len() / count) else { continue };
        let limit = rounded(*number);
        let is_inside = limit > *least && limit <= *most;
        if is_inside && limits.last().is_none_or(|before| limit > *before) {
            limits.push(limit);
        }
    }
    limits
}

/// Returns a number rounded to two significant digits.
pub fn rounded(number: f64) -> f64 {
    if number == 0.0 || !number.is_finite() {
        return number;
    }
    let digits = number.abs().log10().floor() as i32 - 1;
    let step = 10f64.powi(digits.abs());
    if digits >= 0 { (number / step).round() * step } else { (number * step).round() / step }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_round_ascending_and_inside() {
        let numbers: Vec<f64> = (0..1_000).map(f64::from).collect();
        assert_eq!(limits(&numbers, 5), [200.0, 400.0, 600.0, 800.0]);
        assert!(limits(&[7.0; 40], 5).is_empty() && limits(&[], 5).is_empty());
        let skewed: Vec<f64> = (0..1_000).map(|number| f64::from(number).powi(3)).collect();
        let found = limits(&skewed, 5);
        assert!(found.windows(2).all(|pair| pair[0] < pair[1]), "{found:?}");
        assert_eq!(rounded(0.012_345), 0.012);
        assert_eq!(rounded(-98_765.0), -99_000.0);
    }
}
