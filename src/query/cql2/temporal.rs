//! Translates the temporal functions into comparisons of the beginnings and ends of time spans (OGC
//! 21-065r2, section 8.6, after Allen 1983, doi:10.1145/182.358434).
//!
//! An instant begins and ends with itself. A date that is compared with an instant is the midnight
//! at its beginning, in UTC.

use std::cmp::Ordering;

use super::checker::Checker;
use super::expression::{Expression, Node, TemporalRelation, TextPosition};
use super::fault::fault;
use super::value::{self, Value};
use crate::catalog::ColumnType;
use crate::error::{Result, said};
use crate::query::filter::{Comparison, Filter};
use crate::query::literal::date_days;

/// A span of time by its two ends.
#[derive(Clone, Debug)]
pub struct Span {
    start: End,
    end: End,
}

#[derive(Clone, Debug)]
enum End {
    /// Earlier than all instants.
    Past,
    At(Value),
    /// Later than all instants.
    Future,
}

impl Checker<'_> {
    /// Returns the span of an expression: of an instant, a date or an interval.
    pub fn span(&self, expression: &Expression) -> Result<Span> {
        let Node::Interval(ends) = &expression.node else {
            let at = End::At(self.instant(expression)?);
            return Ok(Span { start: at.clone(), end: at });
        };
        let is_open = |end: &Expression| matches!(&end.node, Node::Text(text) if text == "..");
        let [start, end] = ends.as_ref();
        Ok(Span {
            start: if is_open(start) { End::Past } else { End::At(self.instant(start)?) },
            end: if is_open(end) { End::Future } else { End::At(self.instant(end)?) },
        })
    }

    fn instant(&self, expression: &Expression) -> Result<Value> {
        match self.value(expression)? {
            // Within INTERVAL, dates and instants are written as plain texts.
            Value::Text(text) if date_days(&text).is_some() => value::date(&text, expression.position),
            Value::Text(text) => value::timestamp(&text, expression.position),
            value @ Value::Typed(
                _,
                ColumnType::Date | ColumnType::Timestamp | ColumnType::TimestampWithZone,
            ) => Ok(value),
            other => Err(fault(
                expression.position,
                said!("has {} where it wants a date or an instant", other.describe()),
            )),
        }
    }
}

/// Returns the condition on the ends of two spans that `relation` stands for.
pub fn filter(relation: TemporalRelation, a: Span, b: Span, position: TextPosition) -> Result<Filter> {
    use Comparison::{Equal, Greater, GreaterOrEqual, Less, LessOrEqual};
    let ask = |left: &End, operator, right: &End| compare(left, operator, right, position);
    let all = |parts: Vec<Result<Filter>>| parts.into_iter().collect::<Result<Vec<_>>>().map(Filter::And);
    let starts = |operator| ask(&a.start, operator, &b.start);
    let ends = |operator| ask(&a.end, operator, &b.end);
    match relation {
        TemporalRelation::After => ask(&a.start, Greater, &b.end),
        TemporalRelation::Before => ask(&a.end, Less, &b.start),
        TemporalRelation::Contains => all(vec![starts(Less), ends(Greater)]),
        TemporalRelation::Disjoint => {
            Ok(Filter::Or(vec![ask(&a.end, Less, &b.start)?, ask(&a.start, Greater, &b.end)?]))
        }
        TemporalRelation::During => all(vec![starts(Greater), ends(Less)]),
        TemporalRelation::Equals => all(vec![starts(Equal), ends(Equal)]),
        TemporalRelation::FinishedBy => all(vec![starts(Less), ends(Equal)]),
        TemporalRelation::Finishes => all(vec![starts(Greater), ends(Equal)]),
        TemporalRelation::Intersects => {
            all(vec![ask(&a.start, LessOrEqual, &b.end), ask(&a.end, GreaterOrEqual, &b.start)])
        }
        TemporalRelation::Meets => ask(&a.end, Equal, &b.start),
        TemporalRelation::MetBy => ask(&a.start, Equal, &b.end),
        TemporalRelation::OverlappedBy => {
            all(vec![starts(Greater), ask(&a.start, Less, &b.end), ends(Greater)])
        }
        TemporalRelation::Overlaps => all(vec![starts(Less), ask(&a.end, Greater, &b.start), ends(Less)]),
        TemporalRelation::StartedBy => all(vec![starts(Equal), ends(Greater)]),
        TemporalRelation::Starts => all(vec![starts(Equal), ends(Less)]),
    }
}

fn compare(left: &End, operator: Comparison, right: &End, position: TextPosition) -> Result<Filter> {
    let rank = |end: &End| match end {
        End::Past => 0,
        End::At(_) => 1,
        End::Future => 2,
    };
    match (left, right) {
        (End::At(left), End::At(right)) => value::compare(operator, left.clone(), right.clone(), position),
        _ => {
            let order: Ordering = rank(left).cmp(&rank(right));
            Ok(Filter::Constant(Some(operator.holds(order))))
        }
    }
}
