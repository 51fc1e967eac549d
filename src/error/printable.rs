//! Foreign text made safe to print: on a terminal, in the log, in the metrics.

use std::borrow::Cow;

/// Replaces each character that would begin a line, move a cursor, colour a terminal or change the
/// reading direction by an escape such as `\n` or `\u{1b}`. Text from files, databases and requests
/// passes through this function before it is printed.
pub fn printable(text: &str) -> Cow<'_, str> {
    if !text.contains(is_unprintable) {
        return Cow::Borrowed(text);
    }
    let mut printable = String::with_capacity(text.len() + 8);
    for letter in text.chars() {
        match is_unprintable(letter) {
            true => printable.extend(letter.escape_default()),
            false => printable.push(letter),
        }
    }
    Cow::Owned(printable)
}

fn is_unprintable(letter: char) -> bool {
    letter.is_control()
        // Line and paragraph separators, direction marks, and characters without width.
        || matches!(letter, '\u{2028}' | '\u{2029}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}')
        || matches!(letter, '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_letter_is_written_as_an_escape() {
        assert_eq!(printable("a\nb\r\tc\0\u{1b}[31m\u{85}\u{9b}"), r"a\nb\r\tc\u{0}\u{1b}[31m\u{85}\u{9b}");
        assert_eq!(printable("a\u{2028}b\u{202e}c\u{feff}"), r"a\u{2028}b\u{202e}c\u{feff}");
    }

    #[test]
    fn letters_of_all_scripts_stay() {
        for text in ["Straße", r"C:\n", "学校", "مدرسه\u{200c}ها", "👨\u{200d}👩", "a\u{a0}b", "e\u{301}"]
        {
            assert_eq!(printable(text), text);
        }
    }
}
