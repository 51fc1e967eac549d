//! Writes JSON without `\"` and `\\`: quotation marks and backslashes are written as `\u0022` and
//! `\u005c` (RFC 8259, section 7).
//!
//! QGIS 3.32 to 3.44 searches the received page for the ends of texts. It takes `\"` for an end,
//! and does not see the quotation mark behind a text that ends in `\\`. It garbles the former and
//! loses the page with the latter. For every JSON parser both spellings are the same text.

use std::io;

use serde::Serialize;
use serde_json::Serializer;
use serde_json::ser::{CharEscape, CompactFormatter, Formatter};

const QUOTATION_MARK: &[u8] = b"\\u0022";
const BACKSLASH: &[u8] = b"\\u005c";

/// A formatter that escapes by number; everything else is written as `serde_json` does.
struct ByNumber;

impl Formatter for ByNumber {
    fn write_char_escape<W>(&mut self, writer: &mut W, escape: CharEscape) -> io::Result<()>
    where
        W: ?Sized + io::Write,
    {
        match escape {
            CharEscape::Quote => writer.write_all(QUOTATION_MARK),
            CharEscape::ReverseSolidus => writer.write_all(BACKSLASH),
            other => CompactFormatter.write_char_escape(writer, other),
        }
    }
}

/// Appends a value as JSON.
///
/// # Errors
///
/// Fails if the value cannot be represented as JSON. A part of it may be appended then.
pub fn write(value: &(impl Serialize + ?Sized), out: &mut Vec<u8>) -> serde_json::Result<()> {
    value.serialize(&mut Serializer::with_formatter(out, ByNumber))
}

/// Appends a JSON document and changes only these two escapes.
pub fn copy(json: &str, out: &mut Vec<u8>) {
    let mut rest = json.as_bytes();
    // JSON has backslashes only in texts, and the character behind one is what it escapes.
    while let Some(at) = rest.iter().position(|byte| *byte == b'\\') {
        let (before, escape) = rest.split_at(at);
        out.extend_from_slice(before);
        match escape {
            [_, b'"', ..] => out.extend_from_slice(QUOTATION_MARK),
            [_, b'\\', ..] => out.extend_from_slice(BACKSLASH),
            _ => out.extend_from_slice(escape.get(..2).unwrap_or(escape)),
        }
        rest = escape.get(2..).unwrap_or_default();
    }
    out.extend_from_slice(rest);
}

/// Returns a document with these two escapes changed.
pub fn rewritten(document: &serde_json::Value) -> String {
    let mut out = vec![];
    // Writing a value never fails.
    let _ = write(document, &mut out);
    String::from_utf8(out).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn two_characters_are_written_by_number() {
        let value = serde_json::json!({ "a\"": "\\", "b": "ü\n\u{0}/" });
        assert_eq!(rewritten(&value), r#"{"a\u0022":"\u005c","b":"ü\n\u0000/"}"#);
        let mut out = vec![];
        copy(r#"{ "a\"" : ["\\\\", "\\\"\n\/"], "ü": 1.0 }"#, &mut out);
        let expected = r#"{ "a\u0022" : ["\u005c\u005c", "\u005c\u0022\n\/"], "ü": 1.0 }"#;
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }

    proptest! {
        #[test]
        fn readers_see_the_same(text in "[a\"\\\\/\\nü\u{0}]{0,12}") {
            let value = serde_json::json!({ text.clone(): [text] });
            let mut copied = vec![];
            copy(&value.to_string(), &mut copied);
            let copied = String::from_utf8(copied).unwrap();
            for json in [rewritten(&value), copied] {
                prop_assert_eq!(&serde_json::from_str::<serde_json::Value>(&json).unwrap(), &value);
                prop_assert!(!json.contains("\\\"") && !json.contains(r"\\"), "{json}");
            }
        }
    }
}
