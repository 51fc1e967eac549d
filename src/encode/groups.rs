//! Writes the groups of an aggregation as JSON, as CSV, or as a table for spreadsheets and pages.

use super::csv::CsvOptions;
use super::geojson::{write_text, write_value};
use super::table::{Cell, Table};
use crate::layer::aggregate::{Group, Made};
use crate::layer::{Value, View, value_text};
use crate::query::aggregate::Aggregation;

/// The groups of an aggregation, and what is needed to read their values.
#[derive(Clone, Copy, Debug)]
pub struct Groups<'a> {
    /// The collection that was aggregated.
    pub view: View<'a>,
    /// The aggregation to write.
    pub asked: &'a Aggregation,
    /// If rows were grouped by areas, the collection of areas and the positions of those of its
    /// columns that are shown.
    pub areas: Option<(View<'a>, &'a [usize])>,
    /// The groups, in the order of the answer.
    pub groups: &'a [Group],
}

/// The number of significant digits that a spreadsheet keeps; longer numbers are written as text.
const DIGITS_OF_A_SPREADSHEET: usize = 15;

impl<'a> Groups<'a> {
    /// Returns the names of the columns of a table.
    pub fn names(&self) -> Vec<String> {
        let mut names = vec![];
        if let Some((areas, columns)) = &self.areas {
            names.push("area".into());
            names.extend(columns.iter().map(|column| format!("area.{}", name(areas, *column))));
        }
        names.extend(self.asked.group_by.iter().map(|column| name(&self.view, *column).to_owned()));
        names.extend(self.asked.aggregates.iter().map(|it| it.name.clone()));
        names
    }

    /// Calls `use_cells` for each cell of a group, in the order of the names.
    fn cells(&self, group: &'a Group, use_cells: &mut dyn FnMut(Value<'_>)) {
        if let Some((areas, columns)) = &self.areas {
            match group.area.and_then(|area| areas.key(area)) {
                Some(key) => use_cells(Value::Text(&key.text())),
                None => use_cells(Value::Null),
            }
            columns.iter().for_each(|column| use_cells(value(areas, *column, group.area)));
        }
        self.asked.group_by.iter().for_each(|column| use_cells(value(&self.view, *column, group.row)));
        group.made.iter().for_each(|made| use_cells(self.made(made)));
    }

    fn made(&self, made: &'a Made) -> Value<'a> {
        match made {
            Made::Null => Value::Null,
            Made::Exact(digits) => Value::Numeric(digits),
            Made::Double(value) => Value::Double(*value),
            Made::Cell(column, row) => value(&self.view, *column, Some(*row)),
        }
    }

    /// Returns a JSON array. Each group has its values under `group`, its area under `area`, and
    /// the calculated values under `values`. Whole and decimal numbers have all their digits.
    pub fn json(&self) -> Vec<u8> {
        let mut out = vec![b'['];
        for (index, group) in self.groups.iter().enumerate() {
            out.extend_from_slice(if index > 0 { b",{" } else { b"{" });
            if let Some((areas, columns)) = &self.areas {
                out.extend_from_slice(br#""area":"#);
                area(areas, columns, group.area, &mut out);
                out.push(b',');
            }
            let values = self.asked.group_by.iter();
            let values =
                values.map(|column| (name(&self.view, *column), value(&self.view, *column, group.row)));
            out.extend_from_slice(br#""group":"#);
            object(values, &mut out);
            let made = self.asked.aggregates.iter().zip(&group.made);
            out.extend_from_slice(br#","values":"#);
            object(made.map(|(asked, made)| (asked.name.as_str(), self.made(made))), &mut out);
            out.push(b'}');
        }
        out.push(b']');
        out
    }

    /// Returns a CSV file with a line for each group.
    pub fn csv(&self, options: &CsvOptions) -> Vec<u8> {
        let mut out = if options.bom { "\u{feff}".as_bytes().to_vec() } else { vec![] };
        for (index, name) in self.names().iter().enumerate() {
            if index > 0 {
                out.push(options.separator);
            }
            options.text(name, &mut out);
        }
        out.extend_from_slice(b"\r\n");
        for group in self.groups {
            let mut is_first = true;
            self.cells(group, &mut |value| {
                if !std::mem::take(&mut is_first) {
                    out.push(options.separator);
                }
                options.value(value, &mut out);
            });
            out.extend_from_slice(b"\r\n");
        }
        out
    }

    /// Returns a table. Numbers that a spreadsheet would round become text.
    pub fn table(&self, evidence: Vec<(String, Cell)>) -> Table {
        let rows = self.groups.iter().map(|group| {
            let mut cells = vec![];
            self.cells(group, &mut |value| cells.push(cell(value)));
            cells
        });
        Table {
            title: self.view.collection.title.clone(),
            columns: self.names(),
            rows: rows.collect(),
            evidence,
        }
    }
}

fn name<'a>(view: &View<'a>, column: usize) -> &'a str {
    view.collection.columns.get(column).map_or("", |column| column.name.as_str())
}

fn value<'a>(view: &View<'a>, column: usize, row: Option<u32>) -> Value<'a> {
    match (view.visible(column), row) {
        (Some(column), Some(row)) => column.get(row as usize),
        _ => Value::Null,
    }
}

fn area(areas: &View<'_>, columns: &[usize], row: Option<u32>, out: &mut Vec<u8>) {
    let Some(row) = row else { return out.extend_from_slice(b"null") };
    out.extend_from_slice(br#"{"id":"#);
    match areas.key(row) {
        Some(key) => write_text(&key.text(), out),
        None => out.extend_from_slice(b"null"),
    }
    out.extend_from_slice(br#","properties":"#);
    object(columns.iter().map(|column| (name(areas, *column), value(areas, *column, Some(row)))), out);
    out.push(b'}');
}

fn object<'a>(members: impl Iterator<Item = (&'a str, Value<'a>)>, out: &mut Vec<u8>) {
    out.push(b'{');
    for (index, (name, value)) in members.enumerate() {
        if index > 0 {
            out.push(b',');
        }
        write_text(name, out);
        out.push(b':');
        write_value(value, out);
    }
    out.push(b'}');
}

fn cell(value: Value<'_>) -> Cell {
    let text = value_text::plain_text(value);
    let is_number =
        matches!(value, Value::Integer(_) | Value::Real(_) | Value::Double(_) | Value::Numeric(_));
    let is_exact = match value {
        Value::Integer(_) | Value::Numeric(_) => digits(&text) <= DIGITS_OF_A_SPREADSHEET,
        _ => true,
    };
    let number = text.parse::<f64>().ok().filter(|number| number.is_finite() && is_number && is_exact);
    match (value, number) {
        (Value::Null, _) => Cell::Empty,
        (_, Some(number)) => Cell::Number(number),
        (_, None) => Cell::Text(text),
    }
}

/// Returns the number of significant digits of a number.
fn digits(text: &str) -> usize {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let has_fraction = text.contains('.');
    let significant = digits.trim_start_matches('0');
    if has_fraction { significant.trim_end_matches('0') } else { significant }.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spreadsheet_gets_no_number_that_it_would_round() {
        assert_eq!(cell(Value::Numeric("123456789012345")), Cell::Number(123_456_789_012_345.0));
        assert_eq!(cell(Value::Numeric("1234567890123456")), Cell::Text("1234567890123456".into()));
        assert_eq!(cell(Value::Numeric("0.10000000000000000000")), Cell::Number(0.1));
        assert_eq!(cell(Value::Double(f64::NAN)), Cell::Text("NaN".into()));
        assert_eq!(cell(Value::Text("12")), Cell::Text("12".into()));
        assert_eq!(cell(Value::Null), Cell::Empty);
    }
}
