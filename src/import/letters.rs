//! Recognizes texts with wrong characters: replaced ones, and those decoded with a wrong code page.
//!
//! The code page is decided for each text separately, because a file may contain rows from several
//! programs.

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8, WINDOWS_1252};

/// The maximum number of characters of a text that a report quotes.
const SHOWN: usize = 60;

/// The encoding of a file's texts, as declared or as found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Letters {
    /// The encoding itself.
    pub encoding: &'static Encoding,
}

impl Letters {
    /// Decodes a text and returns what is wrong with it, if anything.
    pub fn decode(self, bytes: &[u8]) -> (Cow<'_, str>, Option<&'static str>) {
        if bytes.is_ascii() && self.encoding.is_ascii_compatible() {
            return (String::from_utf8_lossy(bytes), None);
        }
        match std::str::from_utf8(bytes) {
            Ok(text) if self.encoding == UTF_8 => (Cow::Borrowed(text), None),
            // A text in a single-byte encoding is hardly ever valid UTF-8 by chance.
            Ok(text) if self.encoding.is_single_byte() => {
                (Cow::Borrowed(text), Some("it is UTF-8, other than the rest, and was read so"))
            }
            Err(why) if self.encoding == UTF_8 => match bytes.split_at_checked(why.valid_up_to()) {
                Some((whole, rest)) if why.error_len().is_none() && is_cut(rest) => {
                    (String::from_utf8_lossy(whole), Some("its last letter is cut off"))
                }
                _ => (
                    WINDOWS_1252.decode_without_bom_handling(bytes).0,
                    Some("it is not UTF-8, and was read as Windows-1252"),
                ),
            },
            _ => (self.encoding.decode_without_bom_handling(bytes).0, None),
        }
    }
}

/// Returns whether the last bytes are the beginning of a UTF-8 character, and not characters of
/// Windows-1252 that end a word: Ã, Â, or â with what may follow it.
fn is_cut(rest: &[u8]) -> bool {
    matches!(rest, [0xC2 | 0xC3] | [0xE2, _, ..])
}

/// Returns what is visibly wrong with a text; None for almost every text.
pub fn damage(text: &str) -> Option<&'static str> {
    if text.is_ascii() {
        return None;
    }
    let (mut before, mut last) = (' ', ' ');
    for letter in text.chars() {
        match letter {
            '\u{FFFD}' => return Some("a letter is lost"),
            '\u{80}'..='\u{9F}' => return Some("it has letters of another code page"),
            // The first and the second byte of a UTF-8 character.
            _ if matches!(last, 'Ã' | 'Â') && is_second_byte(letter) => {
                return Some("it is UTF-8 that was taken for another code page");
            }
            '€' if last == 'â' => return Some("it is UTF-8 that was taken for another code page"),
            // The ö and ä of the DOS code page.
            _ if matches!(last, '”' | '„') && before.is_alphabetic() && letter.is_alphabetic() => {
                return Some("it has letters of another code page");
            }
            _ => {}
        }
        (before, last) = (last, letter);
    }
    None
}

/// Returns whether the character is a byte from 80 to BF in Windows-1252.
fn is_second_byte(letter: char) -> bool {
    let mut bytes = [0; 4];
    let text = letter.encode_utf8(&mut bytes);
    let (encoded, _, is_unknown) = WINDOWS_1252.encode(text);
    !is_unknown && matches!(*encoded, [0x80..=0xBF])
}

/// Describes a text and what is wrong with it, for the report.
pub fn shown(column: &str, text: &str, what: &str) -> String {
    let short: String = text.chars().take(SHOWN).collect();
    format!("{column} {short:?}: {what}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn each_text_is_decoded_by_itself() {
        let utf8 = Letters { encoding: UTF_8 };
        assert_eq!(utf8.decode("Köln".as_bytes()), ("Köln".into(), None));
        let (text, odd) = utf8.decode(b"K\xF6ln");
        assert!(text == "Köln" && odd.unwrap().contains("Windows-1252"));
        let (text, odd) = utf8.decode(b"Gro\xC3");
        assert!(text == "Gro" && odd.unwrap().contains("cut off"));
        let windows = Letters { encoding: WINDOWS_1252 };
        assert_eq!(windows.decode(b"K\xF6ln"), ("Köln".into(), None));
        let (text, odd) = windows.decode("Köln".as_bytes());
        assert!(text == "Köln" && odd.is_some());
        let vietnamese = Letters { encoding: encoding_rs::WINDOWS_1258 };
        assert_eq!(vietnamese.decode(b"Gasse \xFC").0, "Gasse ü");
    }

    #[test]
    fn damage_is_seen_and_whole_words_are_left_in_peace() {
        for text in ["K\u{FFFD}ln", "KÃ¶ln", "StraÃŸe", "â€žKöln", "K\u{94}ln", "K”ln", "Â§ 8"] {
            assert!(damage(text).is_some(), "{text}");
        }
        for text in ["Köln", "„Köln“ – am Rhein", "die „Alte“", "SÃO PAULO", "Â", "§ 8 €", "Łódź", "Ångström"]
        {
            assert_eq!(damage(text), None, "{text}");
        }
    }

    proptest! {
        /// German words in UTF-8, Windows-1252 or the DOS code page, decoded with another one, are
        /// either correct or reported.
        #[test]
        fn no_letter_is_lost_in_silence(word in "[a-z]{0,4}[äöüÄÖÜß][a-zäöüß]{1,6}", is_windows: bool, says_utf8: bool) {
            let bytes = match is_windows {
                true => WINDOWS_1252.encode(&word).0.into_owned(),
                false => word.clone().into_bytes(),
            };
            let letters = Letters { encoding: if says_utf8 { UTF_8 } else { WINDOWS_1252 } };
            let (text, odd) = letters.decode(&bytes);
            prop_assert!(text == word, "{text}");
            prop_assert!(odd.is_some() == (is_windows == says_utf8));
            let doubled = WINDOWS_1252.decode_without_bom_handling(word.as_bytes()).0.into_owned();
            prop_assert!(damage(&doubled).is_some(), "{doubled}");
        }
    }
}
