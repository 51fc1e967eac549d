//! Checks an expression against a collection: names become columns, and literals get the types of
//! what they are compared with.
//!
//! A property that the caller may not see gives the same error as one that does not exist.

use super::checker::Checker;
use super::expression::{Expression, Node, Operator};
use super::fault::fault;
use super::schema::Schema;
use super::temporal;
use super::value::{self, Value};
use crate::catalog::ColumnType;
use crate::error::{Error, Result, said};
use crate::geo::Crs;
use crate::query::filter::{
    ArrayOperand, ArrayRelation, Comparison, Filter, GeometryOperand, Scalar, SpatialRelation,
};
use crate::query::geometry_literal::{self, GeometryLiteral};
use crate::query::literal::Literal;

/// Checks `expression` against a collection and returns the typed filter. The geometries of the
/// expression are in `crs`, in the order of its axes; those of the filter are in the collection's
/// own system, x before y.
///
/// # Errors
///
/// Fails if a property does not exist or is hidden, types do not match, or a geometry is invalid or
/// cannot be projected.
pub fn check(expression: &Expression, crs: Crs, schema: &Schema<'_>) -> Result<Filter> {
    Checker { crs, schema: *schema }.condition(expression)
}

impl Checker<'_> {
    fn condition(&self, expression: &Expression) -> Result<Filter> {
        match &expression.node {
            Node::Boolean(value) => Ok(Filter::Constant(Some(*value))),
            Node::Property(name) => match self.property(name, expression)? {
                (column, ColumnType::Boolean) => {
                    Ok(Filter::equals(column, ColumnType::Boolean, Literal::Boolean(true)))
                }
                (_, kind) => {
                    let what =
                        said!("has {} where it wants a condition, and {} is {}", name, name, kind.name());
                    Err(fault(expression.position, what).hint(said!("such as {} IS NOT NULL", name)))
                }
            },
            Node::Operation(operator, arguments) => self.operation(*operator, arguments, expression),
            _ => Err(fault(expression.position, "has a value where it wants a condition")
                .hint("such as name = 'value'")),
        }
    }

    fn operation(&self, operator: Operator, arguments: &[Expression], whole: &Expression) -> Result<Filter> {
        let conditions = || arguments.iter().map(|part| self.condition(part)).collect::<Result<Vec<_>>>();
        match (operator, arguments) {
            (Operator::And, _) => conditions().map(Filter::And),
            (Operator::Or, _) => conditions().map(Filter::Or),
            (Operator::Not, [denied]) => Ok(Filter::Not(Box::new(self.condition(denied)?))),
            (Operator::Comparison(comparison), [left, right]) => {
                value::compare(comparison, self.value(left)?, self.value(right)?, whole.position)
            }
            (Operator::Between, [value, lower, upper]) => {
                let bound = |comparison, bound| {
                    value::compare(comparison, self.value(value)?, self.value(bound)?, whole.position)
                };
                let lower = bound(Comparison::GreaterOrEqual, lower)?;
                Ok(Filter::And(vec![lower, bound(Comparison::LessOrEqual, upper)?]))
            }
            (Operator::Like, [text, pattern]) => self.like(text, pattern),
            (Operator::In, [value, list]) => self.is_in(value, list),
            (Operator::IsNull, [value]) => self.is_null(value),
            (Operator::Spatial(relation), [left, right]) => self.spatial(relation, left, right),
            (Operator::Temporal(relation), [left, right]) => {
                temporal::filter(relation, self.span(left)?, self.span(right)?, whole.position)
            }
            (Operator::Array(relation), [left, right]) => self.array(relation, left, right),
            _ => Err(fault(whole.position, said!("has {} where it wants a condition", operator.name()))),
        }
    }

    fn like(&self, text: &Expression, pattern: &Expression) -> Result<Filter> {
        let value = match self.value(text)? {
            Value::Typed(scalar, ColumnType::Text) => scalar,
            Value::Text(text) => Scalar::Literal(Literal::Text(text)),
            other => {
                return Err(fault(text.position, said!("looks for a pattern in {}", other.describe()))
                    .hint("LIKE is for texts"));
            }
        };
        match self.value(pattern)? {
            Value::Text(pattern) if has_open_escape(&pattern) => {
                Err(fault(text.position, "has a pattern that ends in a single backslash")
                    .hint("a backslash itself is written as two"))
            }
            Value::Text(pattern) => Ok(Filter::Like { value, pattern }),
            other => Err(fault(pattern.position, said!("has {} as a pattern, not a text", other.describe()))),
        }
    }

    fn is_in(&self, value: &Expression, list: &Expression) -> Result<Filter> {
        let Node::Array(items) = &list.node else {
            return Err(fault(list.position, "wants a list behind IN"));
        };
        if items.is_empty() {
            return Err(fault(list.position, "has an empty list behind IN"));
        }
        let equal = |item: &Expression| {
            value::compare(Comparison::Equal, self.value(value)?, self.value(item)?, item.position)
        };
        let equals = items.iter().map(equal).collect::<Result<Vec<_>>>()?;
        Ok(value::is_in(equals))
    }

    fn is_null(&self, of: &Expression) -> Result<Filter> {
        if let Node::Property(name) = &of.node
            && self.schema.is_geometry(name)
        {
            return Ok(Filter::GeometryIsNull);
        }
        Ok(match self.value(of)? {
            Value::Typed(scalar, _) => Filter::IsNull(scalar),
            Value::Text(_) | Value::Number(_) => Filter::Constant(Some(false)),
        })
    }

    fn spatial(&self, relation: SpatialRelation, left: &Expression, right: &Expression) -> Result<Filter> {
        if let Some(filter) = self.meets_box(relation, left, right) {
            return filter;
        }
        let (left, right) = (self.geometry(left)?, self.geometry(right)?);
        Ok(Filter::Spatial { relation, left, right })
    }

    /// Returns the condition that the feature's geometry meets a box, or does not. It is evaluated
    /// as the parameter `bbox` is, in the system of the box, so the box may be as large as the
    /// earth.
    fn meets_box(
        &self,
        relation: SpatialRelation,
        left: &Expression,
        right: &Expression,
    ) -> Option<Result<Filter>> {
        let (name, numbers) = match (&left.node, &right.node) {
            (Node::Property(name), Node::Bbox(numbers)) | (Node::Bbox(numbers), Node::Property(name)) => {
                (name, numbers)
            }
            _ => return None,
        };
        let meets = match relation {
            SpatialRelation::Intersects => true,
            SpatialRelation::Disjoint => false,
            _ => return None,
        };
        let at = if matches!(left.node, Node::Bbox(_)) { left } else { right };
        let filter = || {
            let bbox = geometry_literal::bbox(numbers, self.crs).map_err(|error| positioned(error, at))?;
            let meeting = Filter::Box(bbox);
            Ok(if meets { meeting } else { Filter::Not(Box::new(meeting)) })
        };
        self.schema.is_geometry(name).then(filter)
    }

    fn geometry(&self, expression: &Expression) -> Result<GeometryOperand> {
        let position = expression.position;
        match &expression.node {
            Node::Property(name) if self.schema.is_geometry(name) => Ok(GeometryOperand::Column),
            Node::Geometry(shape) => self.literal(GeometryLiteral::Shape(shape), expression),
            Node::Bbox(numbers) => self.literal(GeometryLiteral::Box(numbers), expression),
            Node::Area(area) => {
                let missing = || {
                    said!("names the area {:?} of the level {:?}, which is not there", area.id, area.level)
                };
                let border = area.border.as_ref().ok_or_else(|| fault(position, missing()))?;
                self.literal_in(border.crs, GeometryLiteral::Stored(&border.shape), expression)
            }
            Node::Property(name) => {
                let hint = match &self.schema.collection.geometry {
                    Some(geometry) => said!("the geometry is called {}", geometry.name),
                    None => said!("this collection has no geometry"),
                };
                Err(fault(position, said!("names {:?}, which is no geometry here", name)).hint(hint))
            }
            _ => Err(fault(position, "has something else where it wants a geometry")
                .hint("such as BBOX(6.9,50.9,7,51) or POINT(6.96 50.94)")),
        }
    }

    fn literal(&self, literal: GeometryLiteral<'_>, at: &Expression) -> Result<GeometryOperand> {
        self.literal_in(self.crs, literal, at)
    }

    fn literal_in(&self, crs: Crs, literal: GeometryLiteral<'_>, at: &Expression) -> Result<GeometryOperand> {
        let stored = self.schema.collection.geometry.as_ref().map_or(Crs::Crs84, |geometry| geometry.crs);
        let shape = literal.stored(crs, stored);
        shape.map(GeometryOperand::Literal).map_err(|error| positioned(error, at))
    }

    fn array(&self, relation: ArrayRelation, left: &Expression, right: &Expression) -> Result<Filter> {
        let (left, right) = (self.array_operand(left)?, self.array_operand(right)?);
        Ok(Filter::Array { relation, left, right })
    }

    fn array_operand(&self, expression: &Expression) -> Result<ArrayOperand> {
        match &expression.node {
            Node::Property(name) => match self.property(name, expression)? {
                (column, ColumnType::Array) => Ok(ArrayOperand::Column(column)),
                (_, kind) => {
                    let what = said!("has {} where it wants an array, and {} is {}", name, name, kind.name());
                    Err(fault(expression.position, what))
                }
            },
            Node::Array(items) => {
                let item = |item: &Expression| match self.value(item)? {
                    Value::Text(text) => Ok(Literal::Text(text)),
                    Value::Number(digits) => Ok(Literal::Decimal(digits)),
                    Value::Typed(Scalar::Literal(literal @ Literal::Boolean(_)), _) => Ok(literal),
                    _ => Err(fault(item.position, "has an item that is no text, number, true or false")),
                };
                items.iter().map(item).collect::<Result<_>>().map(ArrayOperand::Literal)
            }
            _ => Err(fault(expression.position, "has something else where it wants an array")
                .hint("such as ('a','b')")),
        }
    }
}

/// Adds the position of `at` to the error of a geometry.
fn positioned(error: Error, at: &Expression) -> Error {
    Error { hint: error.hint, ..fault(at.position, error.what) }
}

fn has_open_escape(pattern: &str) -> bool {
    let backslashes = pattern.len() - pattern.trim_end_matches('\\').len();
    backslashes % 2 == 1
}
