//! Whatever a request can be answered with has German, and nothing has that nobody says.

#![allow(clippy::string_slice)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::super::said::{Piece, pieces};
use super::FILES;

/// Where errors are made that callers see. Of other rooms only what is marked by `said!` is theirs.
const SEEN: [&str; 12] = [
    "encode/",
    "error/reading.rs",
    "geo/projection.rs",
    "layer/",
    "plan/",
    "query/",
    "source/postgis/direct",
    "tile/",
    "web/",
    "work/",
    "limits",
    "access/",
];

/// What makes an error of a sentence. Of the first argument of some it is the parameter's name.
const MAKERS: [(&str, usize); 9] = [
    ("Error::new(", 1),
    ("Error::invalid(", 1),
    ("Error::not_found(", 0),
    ("Error::unavailable(", 0),
    (".hint(", 0),
    ("problem::of(", 1),
    ("problem::not_found(", 0),
    ("problem::limited(", 1),
    ("fault(", 1),
];

/// The files of our code, without tests and comments.
fn sources() -> Vec<(String, String)> {
    fn walk(folder: &Path, found: &mut Vec<std::path::PathBuf>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                found.push(path);
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut paths = vec![];
    walk(&root, &mut paths);
    let read = |path: std::path::PathBuf| {
        let text = std::fs::read_to_string(&path).unwrap();
        let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
        let code: Vec<&str> = code.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
        (path.strip_prefix(&root).unwrap().to_str().unwrap().to_owned(), code.join("\n"))
    };
    paths.into_iter().filter(|path| !path.to_str().unwrap().contains("tests")).map(read).collect()
}

/// The literal at the beginning of the code, as it reads.
fn literal(code: &str) -> Option<String> {
    let code = code.trim_start();
    if let Some(raw) = code.strip_prefix("r#\"") {
        return raw.split_once("\"#").map(|(text, _)| text.to_owned());
    }
    let mut letters = code.strip_prefix('"')?.chars().peekable();
    let mut text = String::new();
    loop {
        match letters.next()? {
            '"' => return Some(text),
            '\\' => match letters.next()? {
                '\n' => while letters.next_if(|letter| letter.is_whitespace()).is_some() {},
                'n' => text.push('\n'),
                letter => text.push(letter),
            },
            letter => text.push(letter),
        }
    }
}

/// The arguments at the beginning of the code, which begins behind a bracket.
fn arguments(code: &str) -> Vec<&str> {
    let (mut depth, mut begin, mut found, mut is_text) = (0, 0, vec![], false);
    let mut letters = code.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '\\' => drop(letters.next()),
            '"' => is_text = !is_text,
            _ if is_text => {}
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' if depth == 0 => {
                found.push(&code[begin..at]);
                break;
            }
            ')' | ']' | '}' => depth -= 1,
            ',' if depth == 0 => {
                found.push(&code[begin..at]);
                begin = at + 1;
            }
            _ => {}
        }
    }
    found
}

/// The templates of a file, and what is said there without one.
fn said_in(path: &str, code: &str) -> (Vec<String>, Vec<String>) {
    let behind = |mark: &str| {
        let found: Vec<&str> = code.match_indices(mark).map(|(at, _)| &code[at + mark.len()..]).collect();
        found
    };
    let marked = ["said!(", "template!("].into_iter().flat_map(behind).filter_map(literal);
    let mut templates: Vec<String> = marked.collect();
    let mut faults = vec![];
    if SEEN.iter().any(|room| path.starts_with(room)) {
        templates.extend(behind("expecting = ").into_iter().filter_map(literal));
        for kept in
            ["let what = ", "let hint = ", "let what =\n", "let hint =\n"].into_iter().flat_map(behind)
        {
            templates.extend(literal(kept));
            if kept.trim_start().starts_with("format!(") {
                faults.push(format!("src/{path}: a sentence by format!"));
            }
        }
        for (maker, least) in MAKERS {
            for arguments in behind(maker).into_iter().map(arguments) {
                let Some(sentence) = arguments.get(least) else { continue };
                let plain = literal(sentence);
                let has_braces = plain.as_ref().is_some_and(|sentence| sentence.contains(['{', '}']));
                templates.extend(plain);
                if has_braces || sentence.trim_start().starts_with("format!(") {
                    faults.push(format!("src/{path}: {maker}{}", sentence.trim()));
                }
            }
        }
    }
    (templates, faults)
}

fn german() -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    for (name, text) in FILES {
        let one: BTreeMap<String, String> =
            toml::from_str(text).unwrap_or_else(|why| panic!("{name}: {why}"));
        for (english, german) in one {
            assert!(all.insert(english.clone(), german).is_none(), "{english:?} is in two files");
        }
    }
    all
}

/// The arguments that a template shows.
fn shown(template: &str) -> BTreeSet<usize> {
    let gaps = pieces(template).filter_map(|piece| match piece {
        Piece::Gap { number, .. } => Some(number),
        Piece::Words(_) => None,
    });
    gaps.enumerate().map(|(place, number)| number.unwrap_or(place)).collect()
}

#[test]
fn every_sentence_for_callers_has_german() {
    let german = german();
    let (mut said, mut faults) = (BTreeSet::new(), vec![]);
    for (path, code) in sources() {
        let (templates, without) = said_in(&path, &code);
        faults.extend(without);
        for template in templates {
            match german.get(&template) {
                None if template.chars().all(|letter| !letter.is_alphabetic()) => {}
                None => faults.push(format!("src/{path}: no German for {template:?}")),
                Some(words) if shown(words) != shown(&template) => {
                    faults.push(format!("src/{path}: other gaps in the German of {template:?}"));
                }
                Some(_) => drop(said.insert(template)),
            }
        }
    }
    faults.extend(
        german
            .into_keys()
            .filter(|english| !said.contains(english))
            .map(|english| format!("nobody says {english:?}")),
    );
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

#[test]
fn sentences_are_found_in_code() {
    let code = "Error::invalid(\n  name,\n  \"a \\\"b\\\" \\\n   c\",\n).hint(format!(\"x{y}\")); said!(\"d {}\", (1, \"x\"))";
    let (templates, faults) = said_in("web/x.rs", code);
    assert_eq!(templates, ["d {}", "a \"b\" c"]);
    assert_eq!(faults.len(), 1);
    assert_eq!(said_in("config/x.rs", code).0, ["d {}"]);
    assert!(shown("{1} {0:?}") == shown("{:?} {}") && shown("{}") != shown("{1}"));
}
