//! Resolves the names and values of an expression against a collection.

use super::expression::{Expression, Node, Operator};
use super::fault::fault;
use super::schema::Schema;
use super::value;
use super::value::Value;
use crate::catalog::ColumnType;
use crate::error;
use crate::error::{Error, Result, said};
use crate::geo::Crs;
use crate::query::filter::Scalar;
use crate::query::fold;
use crate::query::literal::Literal;

fn wrong_count(what: impl std::fmt::Debug, at: &Expression) -> Error {
    fault(at.position, said!("gives the wrong number of arguments to {}", format!("{what:?}")))
}

/// Resolves names and values against one collection.
pub(super) struct Checker<'a> {
    pub(super) crs: Crs,
    pub(super) schema: Schema<'a>,
}

impl Checker<'_> {
    /// Returns the position and the type of a column that the caller may see.
    pub fn property(&self, name: &str, at: &Expression) -> Result<(usize, ColumnType)> {
        if self.schema.is_geometry(name) {
            let what = said!("has {} where it wants a value, and {} is the geometry", name, name);
            return Err(fault(at.position, what).hint("the functions named S_… take it"));
        }
        self.schema.column(name).ok_or_else(|| {
            let known: Vec<&str> = self.schema.names().collect();
            fault(at.position, said!("names {:?}, which is no property here", name))
                .hint(error::known(name, &known))
        })
    }

    /// Returns the typed value of an expression: a column, a literal, or a calculation.
    pub fn value(&self, expression: &Expression) -> Result<Value> {
        let position = expression.position;
        Ok(match &expression.node {
            Node::Property(name) => {
                let (column, kind) = self.property(name, expression)?;
                Value::Typed(Scalar::Column(column), kind)
            }
            Node::Text(text) => Value::Text(text.clone()),
            Node::Number(digits) => Value::Number(digits.clone()),
            Node::Boolean(value) => {
                Value::Typed(Scalar::Literal(Literal::Boolean(*value)), ColumnType::Boolean)
            }
            Node::Date(text) => value::date(text, position)?,
            Node::Timestamp(text) => value::timestamp(text, position)?,
            Node::Operation(Operator::Arithmetic(operator), arguments) => match arguments.as_slice() {
                [left, right] => {
                    value::calculate(*operator, self.value(left)?, self.value(right)?, position)?
                }
                _ => return Err(wrong_count(*operator, expression)),
            },
            Node::Operation(operator @ (Operator::Casei | Operator::Accenti), arguments) => {
                self.folded(*operator == Operator::Casei, arguments, expression)?
            }
            Node::Operation(Operator::Function(function), arguments) => match arguments.as_slice() {
                [argument] => value::call(*function, self.value(argument)?, position)?,
                _ => return Err(wrong_count(function, expression)),
            },
            _ => return Err(fault(position, "has something else where it wants a value")),
        })
    }

    fn folded(&self, case: bool, arguments: &[Expression], at: &Expression) -> Result<Value> {
        let [argument] = arguments else { return Err(wrong_count("CASEI", at)) };
        match self.value(argument)? {
            Value::Text(text) => Ok(Value::Text(fold::fold(text.into(), case, !case).into_owned())),
            Value::Typed(text, ColumnType::Text) => {
                let folded = Scalar::Folded { case, accents: !case, text: Box::new(text) };
                Ok(Value::Typed(folded, ColumnType::Text))
            }
            other => Err(fault(at.position, said!("folds the case or accents of {}", other.describe()))),
        }
    }
}
