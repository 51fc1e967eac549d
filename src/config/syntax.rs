//! Finds all syntax errors of a TOML file. The parser continues after most of them, but may skip or
//! misplace much of what follows. So each line with an error is blanked out and the rest is parsed
//! again, until there are no errors.

use std::ops::Range;

use toml::de::DeTable;

use super::fault::Wrong;

/// The maximum number of passes. Each costs time, and a file with more errors is no configuration.
const MOST_PASSES: usize = 50;

/// Returns the errors in `text`, and the text with these blanked out, in which every other byte
/// keeps its position.
///
/// Below a broken header everything up to the next header is blanked out, since it is unknown which
/// section it belongs to.
pub fn repair(text: &str) -> (String, Vec<(Range<usize>, Wrong)>) {
    let mut readable = text.to_owned();
    let mut broken = Vec::new();
    for _ in 0..MOST_PASSES {
        let (_, errors) = DeTable::parse_recoverable(&readable);
        let end = readable.len();
        let position = |error: &toml::de::Error| error.span().map_or(end, |span| span.start);
        let Some(error) = errors.iter().min_by_key(|error| position(error)) else { break };
        let unclosed = errors.iter().find(|error| is_unclosed(error.message()));
        let error = unclosed.unwrap_or(error);
        let start = unclosed.map_or_else(|| position(error), |error| opening(&readable, position(error)));
        if broken.iter().all(|(span, _): &(Range<usize>, Wrong)| span.start != start) {
            broken.push((start..start, wrong(error.message())));
        }
        let Some(repaired) = without(&readable, start, unclosed.is_some()) else { break };
        readable = repaired;
    }
    (readable, broken)
}

/// Returns whether a list, an inline table or a long text is not closed, so that the parser takes
/// the following lines for its content.
fn is_unclosed(message: &str) -> bool {
    ["unclosed array", "unclosed inline table", "invalid multi-line"]
        .iter()
        .any(|words| message.contains(words))
}

/// Returns the start of the line that opens the list, inline table or long text that is still open
/// at a byte.
fn opening(text: &str, byte: usize) -> usize {
    let mut lines = lines(text).take_while(|line| line.start <= byte).collect::<Vec<_>>();
    let opens = |line: &Range<usize>| {
        let line = text.get(line.clone()).unwrap_or_default();
        let value = line.split_once('=').map_or("", |(_, value)| value.trim_start());
        ["[", "{", "\"\"\"", "'''"].iter().any(|opening| value.starts_with(opening))
    };
    while lines.last().is_some_and(|line| !opens(line)) {
        lines.pop();
    }
    lines.last().map_or(byte, |line| line.start)
}

/// Returns the text with the line at a byte blanked out, and with everything that depends on it:
/// what is below a header, or the rest of what is not closed. Returns None if this changes nothing.
fn without(text: &str, byte: usize, is_unclosed: bool) -> Option<String> {
    let starts_anew = |line: &str| is_header(line) || line.contains('=');
    let mut all = lines(text).skip_while(|line| line.end <= byte && line.end < text.len());
    let first = all.next()?;
    let of = |line: &Range<usize>| text.get(line.clone()).unwrap_or_default();
    let is_section = is_header(of(&first));
    let depends = |line: &Range<usize>| match is_section {
        true => !is_header(of(line)),
        false => is_unclosed && !starts_anew(of(line)),
    };
    let end = all.take_while(depends).last().map_or(first.end, |line| line.end);
    let blanked: String = text
        .get(first.start..end)?
        .bytes()
        .map(|byte| if matches!(byte, b'\n' | b'\r') { char::from(byte) } else { ' ' })
        .collect();
    let repaired = format!("{}{blanked}{}", text.get(..first.start)?, text.get(end..)?);
    (repaired != text).then_some(repaired)
}

fn is_header(line: &str) -> bool {
    line.trim_start().starts_with('[')
}

/// Returns the lines of a text, including their line ends.
fn lines(text: &str) -> impl Iterator<Item = Range<usize>> {
    let mut start = 0;
    text.split_inclusive('\n').map(move |line| {
        let range = start..start + line.len();
        start = range.end;
        range
    })
}

/// Returns the fault for a message of the parser, with a hint for frequent ones. The messages quote
/// nothing from the file.
fn wrong(message: &str) -> Wrong {
    let is = |words: &str| message.contains(words);
    let hint = if is("duplicate") {
        "remove one of the two"
    } else if is("must be quoted") || is("invalid float") || is("invalid integer") || is("date") {
        "put a text in double quotes"
    } else if is("key with no value") {
        "write KEY = VALUE"
    } else if is("unclosed") || is("invalid basic string") {
        "close it on this line"
    } else {
        "see toml.io for how TOML is written"
    };
    Wrong::new(message.trim_end_matches(", expected nothing"), hint)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::fault::line_and_column;
    use proptest::prelude::*;

    fn broken_lines(text: &str) -> Vec<usize> {
        repair(text).1.iter().map(|(span, _)| line_and_column(text, span.start).0).collect()
    }

    #[test]
    fn each_broken_line_is_found_and_no_other() {
        for (text, lines) in [
            ("a = 1\nb = \"x\"\n", vec![]),
            ("a\nb = 1\nb = 2\n", vec![1, 3]),
            ("a = \nb\nc\n", vec![1, 2, 3]),
            ("a = \"x\nb = 1\n= 2\n[c\nd = 1\nd = 2\n[e]\nf =\n", vec![1, 3, 4, 8]),
            ("a = [1,\nb = 2\nc = 3\nd d\n", vec![1, 4]),
            ("a = [\n  \"x\",\n  \"y\"\nb = 2\n", vec![1]),
            ("a = { b = 1\nc = 2", vec![1]),
            ("a = \"\"\"x\nb = 1", vec![1]),
            ("a = '''x\ny\nb = 1\nc", vec![1, 4]),
            ("a = 0.0.0.0:80\r\nb = 01\r\n", vec![1, 2]),
        ] {
            let mut found = broken_lines(text);
            found.sort_unstable();
            assert_eq!(found, lines, "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_breaks_it_and_all_that_stays_keeps_its_place(
            text in "([a-z]|[\\[\\]{}=.,\"'\n\r #]|= \\[|[0-9é\u{0}]){0,60}",
        ) {
            let (readable, broken) = repair(&text);
            let is_toml = DeTable::parse_recoverable(&text).1.is_empty();
            prop_assert_eq!(is_toml, broken.is_empty());
            prop_assert_eq!(readable.len(), text.len());
            for (now, before) in readable.bytes().zip(text.bytes()) {
                prop_assert!(now == before || now == b' ');
            }
        }
    }
}
