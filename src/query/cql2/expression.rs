//! A CQL2 expression as a tree of names and literals, before it is checked against a collection.
//!
//! Text and JSON are two spellings of this one tree. Both are read into it and written from it
//! without loss.

use std::sync::Arc;

use super::area::{Area, Border};
use crate::geo::Shape;
use crate::query::filter::{Arithmetic, ArrayRelation, Comparison, Function, SpatialRelation};

/// Where a node begins: in text the number of its first character, from 1; in JSON 0, which means
/// that it is not known.
///
/// All positions are equal to each other, so that trees are compared by what they say.
#[derive(Clone, Copy, Debug, Default)]
pub struct TextPosition(pub u32);

impl PartialEq for TextPosition {
    fn eq(&self, _: &TextPosition) -> bool {
        true
    }
}

/// A node of the tree, with its position in the text.
#[derive(Clone, Debug, PartialEq)]
pub struct Expression {
    /// The node itself, with those below it.
    pub node: Node,
    /// The position of its first character.
    pub position: TextPosition,
}

impl Expression {
    /// Returns all areas that the expression names.
    pub fn areas(&self) -> Vec<&Area> {
        let below: &[Expression] = match &self.node {
            Node::Area(area) => return vec![area],
            Node::Operation(_, parts) | Node::Array(parts) => parts,
            Node::Interval(ends) => ends.as_slice(),
            _ => &[],
        };
        below.iter().flat_map(Expression::areas).collect()
    }

    /// Returns the expression with the borders that `find` finds.
    pub fn with_borders(&self, find: &impl Fn(&Area) -> Option<Arc<Border>>) -> Expression {
        let each = |parts: &[Expression]| parts.iter().map(|part| part.with_borders(find)).collect();
        let node = match &self.node {
            Node::Area(area) => Node::Area(Area { border: find(area), ..area.clone() }),
            Node::Operation(operator, parts) => Node::Operation(*operator, each(parts)),
            Node::Array(parts) => Node::Array(each(parts)),
            other => other.clone(),
        };
        Expression { node, position: self.position }
    }
}

/// The kinds of nodes.
#[derive(Clone, Debug, PartialEq)]
pub enum Node {
    /// An operator or a function, and its operands.
    Operation(Operator, Vec<Expression>),
    /// The name of a property.
    Property(String),
    /// A text.
    Text(String),
    /// A number, in its shortest digits without exponent.
    Number(String),
    /// true or false.
    Boolean(bool),
    /// A date, spelled as in the filter.
    Date(String),
    /// An instant, spelled as in the filter.
    Timestamp(String),
    /// A time span from the first to the second end. Each end is a date, an instant, a property, or
    /// the text `..` for an open end.
    Interval(Box<[Expression; 2]>),
    /// A geometry, in the coordinate system of the filter and in the order of its axes.
    Geometry(Shape),
    /// A box of four or six numbers, in the coordinate system of the filter and in the order of its
    /// axes.
    Bbox(Vec<f64>),
    /// An area by reference, in a rule.
    Area(Area),
    /// A list of values.
    Array(Vec<Expression>),
}

/// The operators and the functions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // the names are the standard's
pub enum Operator {
    And,
    Or,
    Not,
    Comparison(Comparison),
    Like,
    Between,
    In,
    IsNull,
    Arithmetic(Arithmetic),
    Casei,
    Accenti,
    Spatial(SpatialRelation),
    Temporal(TemporalRelation),
    Array(ArrayRelation),
    Function(Function),
}

/// The temporal functions of CQL2 (OGC 21-065r2, requirements class Temporal Functions).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // the names are the standard's
pub enum TemporalRelation {
    After,
    Before,
    Contains,
    Disjoint,
    During,
    Equals,
    FinishedBy,
    Finishes,
    Intersects,
    Meets,
    MetBy,
    OverlappedBy,
    Overlaps,
    StartedBy,
    Starts,
}

/// All operators with their names in JSON. Those that text writes as functions have the same name
/// there, in any case.
const NAMES: &[(&str, Operator)] = &[
    ("and", Operator::And),
    ("or", Operator::Or),
    ("not", Operator::Not),
    ("=", Operator::Comparison(Comparison::Equal)),
    ("<>", Operator::Comparison(Comparison::NotEqual)),
    ("<", Operator::Comparison(Comparison::Less)),
    ("<=", Operator::Comparison(Comparison::LessOrEqual)),
    (">", Operator::Comparison(Comparison::Greater)),
    (">=", Operator::Comparison(Comparison::GreaterOrEqual)),
    ("like", Operator::Like),
    ("between", Operator::Between),
    ("in", Operator::In),
    ("isNull", Operator::IsNull),
    ("+", Operator::Arithmetic(Arithmetic::Add)),
    ("-", Operator::Arithmetic(Arithmetic::Subtract)),
    ("*", Operator::Arithmetic(Arithmetic::Multiply)),
    ("/", Operator::Arithmetic(Arithmetic::Divide)),
    ("%", Operator::Arithmetic(Arithmetic::Remainder)),
    ("^", Operator::Arithmetic(Arithmetic::Power)),
    ("div", Operator::Arithmetic(Arithmetic::WholeQuotient)),
    ("casei", Operator::Casei),
    ("accenti", Operator::Accenti),
    ("s_intersects", Operator::Spatial(SpatialRelation::Intersects)),
    ("s_equals", Operator::Spatial(SpatialRelation::Equals)),
    ("s_disjoint", Operator::Spatial(SpatialRelation::Disjoint)),
    ("s_touches", Operator::Spatial(SpatialRelation::Touches)),
    ("s_within", Operator::Spatial(SpatialRelation::Within)),
    ("s_overlaps", Operator::Spatial(SpatialRelation::Overlaps)),
    ("s_crosses", Operator::Spatial(SpatialRelation::Crosses)),
    ("s_contains", Operator::Spatial(SpatialRelation::Contains)),
    ("t_after", Operator::Temporal(TemporalRelation::After)),
    ("t_before", Operator::Temporal(TemporalRelation::Before)),
    ("t_contains", Operator::Temporal(TemporalRelation::Contains)),
    ("t_disjoint", Operator::Temporal(TemporalRelation::Disjoint)),
    ("t_during", Operator::Temporal(TemporalRelation::During)),
    ("t_equals", Operator::Temporal(TemporalRelation::Equals)),
    ("t_finishedBy", Operator::Temporal(TemporalRelation::FinishedBy)),
    ("t_finishes", Operator::Temporal(TemporalRelation::Finishes)),
    ("t_intersects", Operator::Temporal(TemporalRelation::Intersects)),
    ("t_meets", Operator::Temporal(TemporalRelation::Meets)),
    ("t_metBy", Operator::Temporal(TemporalRelation::MetBy)),
    ("t_overlappedBy", Operator::Temporal(TemporalRelation::OverlappedBy)),
    ("t_overlaps", Operator::Temporal(TemporalRelation::Overlaps)),
    ("t_startedBy", Operator::Temporal(TemporalRelation::StartedBy)),
    ("t_starts", Operator::Temporal(TemporalRelation::Starts)),
    ("a_equals", Operator::Array(ArrayRelation::Equals)),
    ("a_contains", Operator::Array(ArrayRelation::Contains)),
    ("a_containedBy", Operator::Array(ArrayRelation::ContainedBy)),
    ("a_overlaps", Operator::Array(ArrayRelation::Overlaps)),
    ("abs", Operator::Function(Function::Absolute)),
    ("ceil", Operator::Function(Function::Ceiling)),
    ("floor", Operator::Function(Function::Floor)),
    ("round", Operator::Function(Function::Round)),
    ("length", Operator::Function(Function::Length)),
];

impl Operator {
    /// Returns the name in JSON.
    pub fn name(self) -> &'static str {
        NAMES.iter().find(|(_, operator)| *operator == self).map_or("", |(name, _)| name)
    }

    /// Returns the operator with this name in JSON, regardless of case, since clients disagree
    /// about `isNull`.
    pub fn from_name(name: &str) -> Option<Operator> {
        NAMES.iter().find(|(other, _)| other.eq_ignore_ascii_case(name)).map(|(_, operator)| *operator)
    }

    /// Returns the operator with this name that text writes as a function.
    pub fn from_function_name(name: &str) -> Option<Operator> {
        Operator::from_name(name).filter(|operator| operator.is_function())
    }

    /// Returns whether text writes the operator as a function.
    pub fn is_function(self) -> bool {
        use Operator::*;
        matches!(self, Casei | Accenti | Spatial(_) | Temporal(_) | Array(_) | Function(_))
    }

    /// Returns the least and the greatest number of operands.
    pub fn arity(self) -> (usize, usize) {
        match self {
            Operator::And | Operator::Or => (2, usize::MAX),
            Operator::Not
            | Operator::IsNull
            | Operator::Casei
            | Operator::Accenti
            | Operator::Function(_) => (1, 1),
            Operator::Between => (3, 3),
            _ => (2, 2),
        }
    }

    /// Returns the names of all functions that text may call.
    pub fn function_names() -> impl Iterator<Item = &'static str> {
        NAMES.iter().filter(|(_, operator)| operator.is_function()).map(|(name, _)| *name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operator_has_a_name_of_its_own() {
        for (name, operator) in NAMES {
            assert_eq!(operator.name(), *name);
            assert_eq!(Operator::from_name(&name.to_uppercase()), Some(*operator));
        }
        assert_eq!(Operator::from_name("pg_sleep"), None);
        assert_eq!(Operator::from_function_name("and"), None);
    }
}
