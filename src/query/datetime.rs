//! The parameter `datetime` (OGC 17-069r4, 7.15.4): an instant or an interval.

use super::filter::{Comparison, Filter, Scalar};
use super::literal::{Literal, date_days, instant_micros};
use crate::catalog::ColumnType;
use crate::error::{Error, Result, Said, said};

const MICROS_OF_A_DAY: i64 = 86_400_000_000;

/// An interval in microseconds since 1970 in UTC, both ends included; None for an open end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Datetime {
    /// The first microsecond.
    pub start: Option<i64>,
    /// The last microsecond.
    pub end: Option<i64>,
}

impl Datetime {
    /// Reads an instant, or two instants separated by a slash. One of the two may be open: `..` or
    /// empty. A date is its whole day. An instant without a zone is in UTC.
    ///
    /// # Errors
    ///
    /// Fails with the parameter `datetime` if the text is neither.
    ///
    /// # Examples
    ///
    /// ```
    /// use veedel::query::datetime::Datetime;
    ///
    /// let day = Datetime::parse("1970-01-02").unwrap();
    /// assert_eq!((day.start, day.end), (Some(86_400_000_000), Some(172_799_999_999)));
    /// ```
    pub fn parse(text: &str) -> Result<Datetime> {
        let fault = |what: Said| {
            Error::invalid("datetime", what)
                .hint("such as 2026-01-31, 2026-01-31T12:00:00Z, 2025-01-01/2025-12-31 or 2025-01-01/..")
        };
        let moment = |text: &str| {
            day_or_instant(text).ok_or_else(|| fault(said!("{:?} is no date and no instant", text)))
        };
        let Some((start, end)) = text.split_once('/') else {
            let (start, end) = moment(text)?;
            return Ok(Datetime { start: Some(start), end: Some(end) });
        };
        let is_open = |text: &str| matches!(text, "" | "..");
        let start = if is_open(start) { None } else { Some(moment(start)?.0) };
        let end = if is_open(end) { None } else { Some(moment(end)?.1) };
        if start.zip(end).is_some_and(|(start, end)| start > end) {
            return Err(fault(said!("the interval {:?} ends before it begins", text)));
        }
        Ok(Datetime { start, end })
    }

    /// Returns the condition on the column at position `column` of type `kind`, which holds dates
    /// or instants; None if all features match. A feature without a time matches every interval
    /// (OGC 17-069r4, requirement `fc-time-response`, C).
    pub fn filter(&self, column: usize, kind: ColumnType) -> Option<Filter> {
        let literal = |micros: i64| match kind {
            ColumnType::Date => {
                let days = micros.div_euclid(MICROS_OF_A_DAY);
                Literal::Date(i32::try_from(days).unwrap_or(if days < 0 { i32::MIN } else { i32::MAX }))
            }
            _ => Literal::Timestamp(micros),
        };
        let bound = |operator, micros| Filter::Compare {
            operator,
            kind: Scalar::comparison_kind(kind),
            left: Scalar::Column(column),
            right: Scalar::Literal(literal(micros)),
        };
        let start = self.start.map(|start| bound(Comparison::GreaterOrEqual, start));
        let end = self.end.map(|end| bound(Comparison::LessOrEqual, end));
        let lies_within = match (start, end) {
            (None, None) => return None,
            (Some(one), None) | (None, Some(one)) => one,
            (Some(start), Some(end)) => start.and(end),
        };
        Some(Filter::Or(vec![Filter::IsNull(Scalar::Column(column)), lies_within]))
    }
}

/// Returns the first and the last microsecond of a day, or an instant twice.
fn day_or_instant(text: &str) -> Option<(i64, i64)> {
    // GDAL writes a day with a `T` behind it, and no time.
    if let Some(days) = date_days(text.strip_suffix('T').unwrap_or(text)) {
        let start = i64::from(days) * MICROS_OF_A_DAY;
        return Some((start, start + MICROS_OF_A_DAY - 1));
    }
    let instant = instant_micros(text).or_else(|| instant_micros(&format!("{text}Z")))?;
    Some((instant, instant))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_days_and_open_intervals_are_read() {
        let day = MICROS_OF_A_DAY;
        for (text, start, end) in [
            ("1970-01-02", Some(day), Some(2 * day - 1)),
            ("1970-01-01T00:00:01Z", Some(1_000_000), Some(1_000_000)),
            ("1970-01-01T01:00:00+01:00", Some(0), Some(0)),
            ("1970-01-01T00:00:00", Some(0), Some(0)),
            ("1970-01-01/1970-01-02", Some(0), Some(2 * day - 1)),
            ("../1970-01-01T00:00:00Z", None, Some(0)),
            ("1970-01-02/", Some(day), None),
            ("../..", None, None),
            // GDAL sends this for a day.
            ("1970-01-02T/..", Some(day), None),
            ("1970-01-02T", Some(day), Some(2 * day - 1)),
            // QGIS 3.22 sends this for an open end.
            ("0000-01-01T00:00:00Z/1970-01-01T00:00:00Z", Some(-62_167_219_200_000_000), Some(0)),
            ("1970-01-01T00:00:00Z/9999-12-31T00:00:00Z", Some(0), Some(253_402_214_400_000_000)),
        ] {
            assert_eq!(Datetime::parse(text).unwrap(), Datetime { start, end }, "{text}");
        }
        for text in
            ["", "T", "yesterday", "2026-02-30", "2026-01-02/2026-01-01", "2026", "2026-01-01/x", "a/b/c"]
        {
            assert_eq!(Datetime::parse(text).unwrap_err().parameter.as_deref(), Some("datetime"), "{text}");
        }
    }
}
