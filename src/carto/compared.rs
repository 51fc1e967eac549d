//! Columns whose values are compared with texts, as MapLibre and CQL2 write it.

use serde_json::{Value, json};

use crate::catalog::ColumnType;
use crate::layer::View;

/// A column whose values are compared with texts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compared {
    /// The name of the column.
    pub name: String,
    /// The type of its values.
    pub kind: ColumnType,
}

impl Compared {
    /// Returns the visible column with this name.
    pub fn of(view: &View<'_>, name: &str) -> Option<Compared> {
        view.column(name)?;
        let index = view.collection.column(name)?;
        let kind = view.collection.columns.get(index)?.kind;
        Some(Compared { name: name.to_owned(), kind })
    }

    /// Returns whether the values are numbers.
    pub fn is_number(&self) -> bool {
        use ColumnType::{BigInteger, Double, Integer, Numeric, Real};
        matches!(self.kind, BigInteger | Double | Integer | Numeric | Real)
    }

    /// Returns the value of the column. QGIS knows conditions on values as they are, so only types
    /// that a condition cannot name become text.
    fn value(&self) -> Value {
        match self.is_number() || self.kind == ColumnType::Text {
            true => json!(["get", self.name]),
            false => text_of(&self.name),
        }
    }

    /// Returns a text as a value to compare with.
    fn label(&self, text: &str) -> Value {
        let number = || text.parse::<f64>().ok().filter(|_| self.is_number());
        number().map_or_else(|| json!(text), |number| json!(number))
    }

    /// Returns a text as a literal of CQL2.
    pub fn literal(&self, text: &str) -> String {
        match self.kind {
            _ if self.is_number() && text.parse::<f64>().is_ok() => text.to_owned(),
            ColumnType::Boolean if ["true", "false"].contains(&text) => text.to_uppercase(),
            ColumnType::Date => format!("DATE({})", quoted(text)),
            ColumnType::Timestamp | ColumnType::TimestampWithZone => format!("TIMESTAMP({})", quoted(text)),
            _ => quoted(text),
        }
    }

    /// Returns one output for each set of values, and another for all other values.
    pub fn matched(&self, cases: Vec<(Vec<String>, Value)>, otherwise: Value) -> Value {
        let mut seen: Vec<Value> = vec![];
        let mut expression = vec![json!("match"), self.value()];
        for (values, output) in cases {
            let mut labels: Vec<Value> = values.iter().map(|value| self.label(value)).collect();
            // A value may stand in one case only, and all are of one type.
            labels.retain(|label| !seen.contains(label) && label.is_number() == self.is_number());
            labels.dedup();
            if !labels.is_empty() {
                seen.extend(labels.iter().cloned());
                expression.extend([labels.into(), output]);
            }
        }
        if expression.len() == 2 { otherwise } else { [expression, vec![otherwise]].concat().into() }
    }
}

/// Returns the text of a column, which is empty for a missing value.
pub fn text_of(column: &str) -> Value {
    json!(["to-string", ["get", column]])
}

/// Returns a name of a column as CQL2.
pub fn identifier(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Returns a text in quotes.
pub fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
