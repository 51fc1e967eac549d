//! Reads the keys in an entry of the change table.
//!
//! The triggers write keys of one column as an array in PostgreSQL's syntax (its manual, 8.15.6),
//! which is fastest for the writer, and keys of several columns as arrays within a JSON array.
//! Since others may write to the table, the text may be anything.

use serde_json::value::RawValue;

/// Returns the keys in `text`, each as a JSON array of its columns' values; None if no trigger
/// writes such a text.
pub(super) fn of(text: &str) -> Option<Vec<String>> {
    if let Some(elements) = text.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
        let keys = array(elements)?.into_iter().map(|value| serde_json::to_string(&[value]).ok());
        return keys.collect();
    }
    let list: Vec<Box<RawValue>> = serde_json::from_str(text).ok()?;
    // Older triggers wrote a single value without an array.
    let key = |key: &RawValue| match key.get() {
        key if key.starts_with('[') => key.to_owned(),
        value => format!("[{value}]"),
    };
    Some(list.iter().map(|one| key(one)).collect())
}

/// Returns the elements of a one-dimensional array, given without its braces.
fn array(text: &str) -> Option<Vec<Option<String>>> {
    let mut elements = vec![];
    let mut rest = text;
    while !rest.is_empty() {
        let (element, after) = match rest.strip_prefix('"') {
            Some(quoted) => quoted_element(quoted)?,
            None => plain_element(rest)?,
        };
        elements.push(element);
        rest = match after.strip_prefix(',') {
            Some("") => return None,
            Some(next) => next,
            None if after.is_empty() => after,
            None => return None,
        };
    }
    Some(elements)
}

/// Returns an element up to its closing quote, and the text after it.
fn quoted_element(text: &str) -> Option<(Option<String>, &str)> {
    let mut value = String::new();
    let mut characters = text.char_indices();
    loop {
        match characters.next()? {
            (at, '"') => return Some((Some(value), text.get(at + 1..)?)),
            (_, '\\') => value.push(characters.next()?.1),
            (_, other) => value.push(other),
        }
    }
}

/// Returns an element up to the next comma, and the text after it.
fn plain_element(text: &str) -> Option<(Option<String>, &str)> {
    let (value, after) = text.split_at(text.find(',').unwrap_or(text.len()));
    if value.is_empty() || value.contains(['"', '\\', '{', '}']) {
        return None;
    }
    Some(((value != "NULL").then(|| value.to_owned()), after))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn keys_are_read_as_triggers_write_them() {
        assert_eq!(of("{1,2}").unwrap(), ["[\"1\"]", "[\"2\"]"]);
        assert_eq!(
            of(r#"{"a,b","\"\\",NULL,"NULL",ß}"#).unwrap().join(" "),
            r#"["a,b"] ["\"\\"] [null] ["NULL"] ["ß"]"#
        );
        assert_eq!(of(r#"[["a", "1"], ["b", null]]"#).unwrap(), [r#"["a", "1"]"#, r#"["b", null]"#]);
        assert_eq!(of(r#"["a", 1]"#).unwrap(), [r#"["a"]"#, "[1]"]);
        assert_eq!(of("{}").unwrap(), Vec::<String>::new());
    }

    #[test]
    fn what_no_trigger_writes_is_none() {
        for text in [
            "",
            "{",
            "}",
            "{1,}",
            "{,1}",
            "{1,,2}",
            "{\"a}",
            "{\"a\"b}",
            "{a\"b}",
            "{{1}}",
            "{\"a\":1}",
            "3",
            "kein JSON",
            "{\"a\\}",
        ] {
            assert_eq!(of(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn whatever_is_quoted_comes_back(values in prop::collection::vec(".*", 0..5)) {
            let quoted = |value: &String| format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""));
            let text = format!("{{{}}}", values.iter().map(quoted).collect::<Vec<_>>().join(","));
            let keys: Vec<String> = values.iter().map(|value| serde_json::to_string(&[value]).unwrap()).collect();
            prop_assert_eq!(of(&text), Some(keys));
        }

        #[test]
        fn nothing_panics(text in "[{}\\[\\]\",\\\\aN 1]{0,20}") {
            of(&text);
        }
    }
}
