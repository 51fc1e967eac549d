//! Protects spreadsheets from texts in a CSV file that they would run as a formula (CWE-1236).
//!
//! One rule applies to every CSV: a text whose first character after spaces is `=`, `@`, `+` or `-`
//! (or one of their full-width forms) gets a leading apostrophe, which spreadsheets show. Numbers
//! and telephone numbers are not changed, nor is any other text of only digits, spaces and `+ - ( )
//! . , / %`: a formula without letters calls nothing and reads no cell. XLSX needs no protection,
//! because its cells have types.

use std::borrow::Cow;

/// The words before the extension of a telephone number.
const EXTENSIONS: [&str; 7] = ["app", "app.", "dw", "durchwahl", "ext", "ext.", "x"];

/// Returns the text as a CSV file may contain it.
///
/// # Examples
///
/// ```
/// use veedel::encode::formula::defused;
///
/// assert_eq!(defused("=HYPERLINK(A1)"), "'=HYPERLINK(A1)");
/// assert_eq!(defused("+49 221 12345"), "+49 221 12345");
/// ```
pub fn defused(text: &str) -> Cow<'_, str> {
    match is_formula(text) {
        true => Cow::Owned(format!("'{text}")),
        false => Cow::Borrowed(text),
    }
}

/// Returns whether a spreadsheet would run the text.
fn is_formula(text: &str) -> bool {
    let text = text.trim_start_matches(is_blank);
    match text.chars().next() {
        Some('=' | '@' | '＝' | '＠' | '＋' | '－') => true,
        Some('+' | '-') => !is_number(text) && !is_telephone(text),
        _ => false,
    }
}

/// Returns whether a spreadsheet ignores the character at the beginning of a cell.
fn is_blank(letter: char) -> bool {
    letter.is_whitespace() || letter.is_control() || matches!(letter, '\u{200b}'..='\u{200f}' | '\u{feff}')
}

/// Returns whether the text is a number in any spelling, also with an exponent.
fn is_number(text: &str) -> bool {
    text.trim_end().replace(',', ".").parse::<f64>().is_ok()
}

/// Returns whether the text consists of digits and separators, possibly with an extension.
fn is_telephone(text: &str) -> bool {
    let mut words = text.split_whitespace().rev();
    let is_plain =
        |word: &str| word.chars().all(|letter| letter.is_ascii_digit() || "+-()./,%".contains(letter));
    let is_extension = |word: &str| EXTENSIONS.contains(&word.to_lowercase().as_str());
    let last = words.next().is_none_or(is_plain);
    let second = words.next().is_none_or(|word| is_plain(word) || is_extension(word));
    last && second && words.all(is_plain)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn numbers_telephone_numbers_and_other_texts_stay() {
        for text in [
            "",
            " ",
            "-",
            "--",
            "+",
            "-5",
            "-5,0",
            "+1.000,50",
            "-1.5E+10",
            "-1,5e-3",
            "-5 %",
            "- 12",
            "+49 221 221-0",
            "+49 (0)221 / 221-12 34",
            "+49-221-1234",
            "0221/2210",
            "+49 221 2210 App. 12",
            "+49 221 2210 DW 5",
            "a=1",
            "'=1",
            "(=1)",
            "Straße",
            "5-7",
            "\"=1\"",
            "[-1]",
            "{}",
            "1+1",
            "–",
            "§ 5",
        ] {
            assert_eq!(defused(text), text);
        }
    }

    #[test]
    fn what_a_spreadsheet_would_run_does_not_stay() {
        for text in [
            "=1+1",
            "=cmd|' /C calc'!A0",
            "@SUM(1)",
            "+cmd|' /C calc'!A0",
            "-2+3+cmd|' /C calc'!A0",
            "-A1",
            "+A1",
            "- A1",
            "\t=1",
            "\r=1",
            "\n=1",
            " =1",
            "\u{a0}=1",
            "\u{feff}=1",
            "\u{200b}@a",
            "＝1",
            "＋A1",
            "－A1",
            "＠a",
            "-1+SUM(A1)",
            "+49 221 x A1",
            "-5;=1",
            "-1|1",
            "+\"a\"",
            "-{1}",
            "+49 221 x 1 2 A1",
            "=",
            "-x",
            "+x 1",
        ] {
            assert_eq!(defused(text), format!("'{text}"));
        }
    }

    /// Makes cells that Excel would run: an operator, followed by a function or a reference.
    fn formula() -> impl Strategy<Value = String> {
        let blank = "[ \t\r\n\u{a0}]{0,3}";
        let call = "[A-Z]{1,8}\\([A-Z0-9:;]{0,8}\\)|[A-Z]{1,2}[1-9]|cmd\\|'/C [a-z]{1,8}'!A0";
        prop_oneof![
            (blank, "[=@]", ".{0,12}").prop_map(|(blank, sign, rest)| blank + &sign + &rest),
            (blank, "[+-]", "([0-9]{1,3}[+*/-]){0,3}", call)
                .prop_map(|(blank, sign, sum, call)| { format!("{blank}{sign}{sum}{call}") }),
        ]
    }

    proptest! {
        #[test]
        fn no_number_is_changed(number: f64, whole: i64, digits in "[+-]?[0-9]{1,40}([.,][0-9]{1,40})?") {
            let comma = number.to_string().replace('.', ",");
            for text in [number.to_string(), format!("{number:e}"), format!("{number:+}"), comma, whole.to_string(), digits] {
                prop_assert_eq!(&*defused(&text), &*text);
            }
        }

        #[test]
        fn no_telephone_number_is_changed(
            text in "(\\+|00|0)[1-9][0-9]{0,2}( ?\\(0\\))?([ /.-]{0,3}[0-9]{2,5}){1,4}( (App\\.|DW|ext\\.|x) [0-9]{1,4})?"
        ) {
            prop_assert_eq!(&*defused(&text), &*text);
        }

        #[test]
        fn every_formula_is_changed_and_only_by_an_apostrophe(text in formula()) {
            prop_assert_eq!(&*defused(&text), format!("'{text}"));
        }

        #[test]
        fn what_is_harmless_once_stays_harmless(text: String) {
            let once = defused(&text).into_owned();
            prop_assert_eq!(&*defused(&once), &*once);
        }
    }
}
