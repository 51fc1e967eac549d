//! Converts days and microseconds since 1970 to ISO 8601 and back, for every year that a database
//! can store.
//!
//! The library jiff ends with the year 9999. Its instants end one day earlier, before a date that
//! many databases use for "open". PostgreSQL's timestamps end in 294276, its dates in 5874897.
//! Since the Gregorian calendar repeats every 400 years, years beyond jiff's are moved by whole
//! cycles. Such years are written with a sign and at least six digits (expanded representation of
//! ISO 8601-1, 4.3.2, as in ECMAScript). The ends of the ranges of numbers are PostgreSQL's
//! infinities.

use std::borrow::Cow;

use jiff::civil;

/// The number of days in 400 years.
const CYCLE_DAYS: i64 = 146_097;
const CYCLE_YEARS: i64 = 400;
const DAY_MICROSECONDS: i64 = 86_400_000_000;
const EPOCH: civil::Date = civil::Date::constant(1970, 1, 1);
/// The most digits of a year that is read: enough for every database, and no number overflows.
const LONGEST_YEAR: usize = 7;

/// Writes days since 1970-01-01 as ISO 8601. The greatest and the least number are `infinity` and
/// `-infinity`.
///
/// # Examples
///
/// ```
/// use veedel::catalog::moment::date_text;
///
/// assert_eq!(date_text(0), "1970-01-01");
/// assert_eq!(date_text(i32::MAX), "infinity");
/// ```
pub fn date_text(days: i32) -> String {
    match days {
        i32::MAX => "infinity".into(),
        i32::MIN => "-infinity".into(),
        days => calendar_text(days.into()),
    }
}

/// Writes microseconds since 1970-01-01T00:00:00 as ISO 8601 without a zone; infinities as in
/// [`date_text`].
pub fn timestamp_text(micros: i64) -> String {
    match micros {
        i64::MAX => "infinity".into(),
        i64::MIN => "-infinity".into(),
        micros => {
            let date = calendar_text(micros.div_euclid(DAY_MICROSECONDS));
            date + "T" + &time_text(micros.rem_euclid(DAY_MICROSECONDS))
        }
    }
}

/// Writes microseconds since 1970-01-01T00:00:00Z as ISO 8601 with the `Z` of UTC. Infinities have
/// no zone.
pub fn instant_text(micros: i64) -> String {
    let text = timestamp_text(micros);
    if text.ends_with("infinity") { text } else { text + "Z" }
}

/// Writes microseconds since midnight as ISO 8601. 24:00:00 is the end of the day, as in
/// PostgreSQL.
pub fn time_text(micros: i64) -> String {
    if micros == DAY_MICROSECONDS {
        return "24:00:00".into();
    }
    let midnight = civil::Time::midnight();
    midnight.wrapping_add(jiff::Span::new().microseconds(micros.rem_euclid(DAY_MICROSECONDS))).to_string()
}

/// Writes a day of the Gregorian calendar. Days before its introduction are counted by it too, as
/// in PostgreSQL.
fn calendar_text(days: i64) -> String {
    let cycles = days.div_euclid(CYCLE_DAYS);
    let within = EPOCH.saturating_add(jiff::Span::new().days(days.rem_euclid(CYCLE_DAYS)));
    let year = i64::from(within.year()) + cycles * CYCLE_YEARS;
    let (month, day) = (within.month(), within.day());
    match year {
        0..=9999 => format!("{year:04}-{month:02}-{day:02}"),
        _ => format!("{year:+07}-{month:02}-{day:02}"),
    }
}

/// Reads a date as days since 1970-01-01. A date and time at midnight is accepted too, because GDAL
/// writes dates in this way.
pub fn date(text: &str) -> Option<i32> {
    match text {
        "infinity" => return Some(i32::MAX),
        "-infinity" => return Some(i32::MIN),
        _ => {}
    }
    let (text, cycles) = within_reach(text)?;
    let moment: civil::DateTime = text.parse().ok()?;
    let days = micros(moment)?.div_euclid(DAY_MICROSECONDS) + cycles * CYCLE_DAYS;
    let is_midnight = moment.time() == civil::Time::midnight();
    i32::try_from(days).ok().filter(|days| is_midnight && *days != i32::MAX && *days != i32::MIN)
}

/// Reads a date and time without an offset as microseconds since 1970-01-01T00:00:00.
pub fn timestamp(text: &str) -> Option<i64> {
    if let Some(end) = infinity(text) {
        return Some(end);
    }
    let (text, cycles) = within_reach(text)?;
    if text.parse::<jiff::Timestamp>().is_ok() {
        return None;
    }
    moved(micros(text.parse().ok()?)?, cycles)
}

/// Reads a date and time with an offset as microseconds since 1970-01-01T00:00:00Z.
pub fn instant(text: &str) -> Option<i64> {
    if let Some(end) = infinity(text) {
        return Some(end);
    }
    let (text, cycles) = within_reach(text)?;
    moved(text.parse::<jiff::Timestamp>().ok()?.as_microsecond(), cycles)
}

/// Returns whether `text` is a date and time with an offset from UTC.
pub fn has_offset(text: &str) -> bool {
    within_reach(text).is_some_and(|(text, _)| text.parse::<jiff::Timestamp>().is_ok())
}

fn infinity(text: &str) -> Option<i64> {
    match text {
        "infinity" => Some(i64::MAX),
        "-infinity" => Some(i64::MIN),
        _ => None,
    }
}

fn micros(moment: civil::DateTime) -> Option<i64> {
    i64::try_from(moment.duration_since(EPOCH.to_datetime(civil::Time::midnight())).as_micros()).ok()
}

fn moved(micros: i64, cycles: i64) -> Option<i64> {
    // The first day of the last cycle may be out of the range of 64 bits, while the moment within
    // the cycle is not.
    let moment = i128::from(micros) + i128::from(cycles) * i128::from(CYCLE_DAYS * DAY_MICROSECONDS);
    i64::try_from(moment).ok().filter(|micros| *micros != i64::MAX && *micros != i64::MIN)
}

/// Moves the year of a text into jiff's range and returns the number of cycles. Returns None if it
/// is no year.
fn within_reach(text: &str) -> Option<(Cow<'_, str>, i64)> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (digits, _) = unsigned.split_once('-')?;
    let is_number = digits.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number || !(4..=LONGEST_YEAR).contains(&digits.len()) {
        // The text has no dashes, so jiff decides whether it is a date.
        return Some((text.into(), 0));
    }
    let is_signed = unsigned.len() < text.len();
    if digits.len() == 4 && !is_signed && digits != "9999" {
        return Some((text.into(), 0));
    }
    let sign = if text.starts_with('-') { -1 } else { 1 };
    let year = sign * digits.parse::<i64>().ok()?;
    let cycles = (year - 2000).div_euclid(CYCLE_YEARS);
    let rest = unsigned.get(digits.len()..)?;
    Some((format!("{}{rest}", year - cycles * CYCLE_YEARS).into(), cycles))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn years_beyond_9999_are_years_and_infinities_are_infinities() {
        for (days, text) in [
            (0, "1970-01-01"),
            (-719_528, "0000-01-01"),
            (-719_529, "-000001-12-31"),
            (2_932_896, "9999-12-31"),
            (2_932_897, "+010000-01-01"),
            // The last day of PostgreSQL, and the first one, 4714-11-24 BC.
            (2_145_042_905, "+5874897-12-31"),
            (-2_440_588, "-004713-11-24"),
            (i32::MAX, "infinity"),
            (i32::MIN, "-infinity"),
        ] {
            assert_eq!(date_text(days), text);
            assert_eq!(date(text), Some(days), "{text}");
        }
        for (micros, text) in [
            (253_402_300_799_000_001, "9999-12-31T23:59:59.000001"),
            (253_402_300_800_000_000, "+010000-01-01T00:00:00"),
            (i64::MAX - 1, "+294247-01-10T04:00:54.775806"),
            (-9_213_683_299_200_000_001, "-290001-12-31T23:59:59.999999"),
            (i64::MIN + 1, "-290308-12-21T19:59:05.224193"),
            (i64::MAX, "infinity"),
            (i64::MIN, "-infinity"),
        ] {
            assert_eq!(timestamp_text(micros), text);
            assert_eq!(timestamp(text), Some(micros), "{text}");
            assert_eq!(instant(&instant_text(micros)), Some(micros), "{text}");
        }
        assert_eq!(date("12026-01-01"), date("+012026-01-01"), "as PostgreSQL writes it");
        assert_eq!(instant("9999-12-31T23:00:00-01:00"), Some(253_402_300_800_000_000));
        for none in
            ["", "-", "+", "12345678-01-01", "+010000-02-30", "1-1-1", "+12-01-01", "2024-01-01T10:00:00"]
        {
            assert_eq!(date(none), None, "{none}");
        }
        assert_eq!(timestamp("+010000-01-01T00:00:00Z"), None);
        assert_eq!(instant("+010000-01-01T00:00:00"), None);
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(days in any::<i32>(), micros in any::<i64>()) {
            prop_assert_eq!(date(&date_text(days)), Some(days));
            prop_assert_eq!(timestamp(&timestamp_text(micros)), Some(micros));
            prop_assert_eq!(instant(&instant_text(micros)), Some(micros));
        }
    }
}
