//! Tests of inferred types.

use super::*;
use proptest::prelude::*;

fn reading(separator: u8, columns: &[&[&str]]) -> Vec<Reading> {
    let see = |values: &&[&str]| {
        let mut guess = Guess::default();
        values.iter().for_each(|value| guess.see(value));
        guess
    };
    let guesses: Vec<Guess> = columns.iter().map(see).collect();
    readings(&guesses, ["wert", "b", "c"], separator)
}

fn kind(values: &[&str]) -> ColumnType {
    reading(b',', &[values])[0].kind
}

#[test]
fn all_values_decide() {
    use ColumnType::*;
    for (values, expected) in [
        (&["true", "", "false"][..], Boolean),
        (&["1", "-2", "0"], Integer),
        (&["1", "3000000000"], BigInteger),
        (&["1", "2.5", "-0.5"], Double),
        (&["1e3"], Text),
        (&["1E2", "2E3"], Text),
        (&["0.5", "1E2"], Text),
        (&["0.5", "1.2e-05"], Double),
        (&["1.2e-05"], Text),
        (&["007"], Text),
        (&["1", "007"], Text),
        (&["00.5"], Text),
        (&["-0"], Double),
        (&["99999999999999999999"], Text),
        (&["1", "x"], Text),
        (&["2024-12-31", ""], Date),
        (&["2024-02-30"], Text),
        (&["2024-12-31", "2024-12-31T12:00:00"], Text),
        (&["2024-12-31 12:00:00", "2024-12-31T12:00:00.5"], Timestamp),
        (&["2024-12-31T12:00:00Z"], Text),
        (&["", ""], Text),
        (&["1", "true"], Text),
        (&["NaN"], Text),
        (&["12,5"], Double),
        (&["31.12.2024"], Text),
    ] {
        assert_eq!(kind(values), expected, "{values:?}");
    }
}

#[test]
fn the_column_and_the_file_tell_what_a_point_means() {
    use ColumnType::*;
    use Notation::*;
    const OPEN: &[&str] = &["27.515", "38.416", "987"];
    for (separator, columns, expected, is_said) in [
        (b';', &[OPEN][..], (Integer, German), true),
        (b';', &[OPEN, &["0,5"]], (Integer, German), true),
        (b';', &[OPEN, &["0.5"]], (Double, Points), false),
        (b';', &[OPEN, &["0.5"], &["0,5"]], (Text, Points), true),
        (b';', &[&["27.515", "1234"]], (Text, Points), true),
        (b';', &[&["27.515", "1.234.567"]], (Integer, German), false),
        (b';', &[&["1.234,5", "987,25"]], (Double, German), false),
        (b';', &[&["27.515", "0.5"]], (Double, Points), false),
        (b';', &[&["1.234", "5,678"]], (Double, German), true),
        (b';', &[&["1.234,5", "0.5"]], (Text, Points), true),
        (b',', &[OPEN], (Double, Points), true),
        (b',', &[OPEN, &["0,5"]], (Integer, German), true),
        (b',', &[&["1,234"]], (Text, Points), true),
        (b';', &[&["1,234"]], (Double, German), true),
        (b'\t', &[OPEN], (Text, Points), true),
        (b'\t', &[&["1,5"]], (Double, German), false),
    ] {
        let first = &reading(separator, columns)[0];
        assert_eq!((first.kind, first.notation), expected, "{columns:?}: {first:?}");
        assert_eq!(first.note.is_some(), is_said, "{columns:?}: {first:?}");
    }
    assert!(is_named_like_degrees("Längengrad") && !is_named_like_degrees("wert"));
}

#[test]
fn who_names_a_type_says_what_a_point_means() {
    let first = &reading(b'\t', &[&["27.515", "38.416"]])[0];
    assert_eq!(first.notation_as(ColumnType::Integer), Notation::German);
    assert_eq!(first.notation_as(ColumnType::Double), Notation::Points);
    assert_eq!(first.notation_as(ColumnType::Text), Notation::Points);
    let first = &reading(b';', &[&["1,5", "k. A."]])[0];
    assert_eq!((first.kind, first.notation_as(ColumnType::Double)), (ColumnType::Text, Notation::German));
}

/// A number as it is written in German, and its value.
fn german() -> impl Strategy<Value = (String, f64)> {
    (any::<bool>(), 0..5_000_000u32, "|[0-9]{1,4}", any::<bool>()).prop_map(
        |(is_negative, whole, fraction, is_grouped)| {
            let digits = whole.to_string();
            let mut text = String::from(if is_negative { "-" } else { "" });
            for (at, digit) in digits.chars().enumerate() {
                if is_grouped && at > 0 && (digits.len() - at).is_multiple_of(3) {
                    text.push('.');
                }
                text.push(digit);
            }
            let sign = if is_negative { "-" } else { "" };
            let value = format!("{sign}{whole}.{fraction}0").parse().unwrap();
            let comma = if fraction.is_empty() { "" } else { "," };
            (format!("{text}{comma}{fraction}"), value)
        },
    )
}

proptest! {
    #[test]
    fn german_numbers_are_read_as_themselves_or_it_is_said(
        numbers in prop::collection::vec(german(), 1..6),
        separator in prop::sample::select(&b";,\t"[..]),
    ) {
        let texts: Vec<&str> = numbers.iter().map(|(text, _)| text.as_str()).collect();
        let first = &reading(separator, &[&texts])[0];
        for (text, value) in &numbers {
            let read = first.notation.plain(text).parse::<f64>();
            let is_itself = first.kind != ColumnType::Text && read == Ok(*value);
            prop_assert!(is_itself || first.note.is_some(), "{texts:?}: {first:?}");
        }
    }
}
