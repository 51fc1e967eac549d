//! SQL is made in few places.

use super::code::{closing, is_of_a_word};
use super::found;
use super::source::{Offence, Source};

/// SQL is made in one folder, in one file of the room that writes tables, and for the index of a
/// file that is a database.
pub fn sql(source: &Source) -> Vec<Offence> {
    let may = ["import/statement.rs", "encode/geopackage/index.rs"];
    if source.path.starts_with("source/postgis") || may.contains(&source.path.as_str()) {
        return Vec::new();
    }
    let mut offences = Vec::new();
    for name in ["format", "write", "writeln", "format_args"] {
        for at in source.words(name).filter(|at| source.code[at + name.len()..].starts_with("!(")) {
            let start = at + name.len() + 2;
            let end = start + closing(&source.code[start..], '(', ')');
            if let Some(keyword) = sql_keyword(&source.text[start..end]) {
                offences.push(source.offence(at, format!("{name}! makes SQL ({keyword})")));
            }
        }
    }
    offences
}

/// A keyword of SQL, in capitals anywhere or in small letters at the beginning of a literal.
fn sql_keyword(text: &str) -> Option<&'static str> {
    let capitals = [
        "SELECT",
        "INSERT",
        "UPDATE",
        "DELETE",
        "TRUNCATE",
        "WHERE",
        "JOIN",
        "ALTER TABLE",
        "DROP TABLE",
        "CREATE TABLE",
        "GROUP BY",
        "ORDER BY",
    ];
    let openings =
        [("\"select ", " from "), ("\"insert into ", ""), ("\"delete from ", ""), ("\"truncate ", "")];
    let is_whole = |keyword: &str| {
        text.match_indices(keyword).any(|(at, _)| {
            let (before, after) = (&text[..at], &text[at + keyword.len()..]);
            !before.ends_with(is_of_a_word) && !after.starts_with(is_of_a_word)
        })
    };
    let opens = |(opening, then): &(&str, &str)| {
        text.split_once(opening).is_some_and(|(_, rest)| rest.contains(then))
    };
    let capital = capitals.into_iter().find(|keyword| is_whole(keyword));
    capital.or_else(|| openings.into_iter().find(opens).map(|(opening, _)| opening))
}

#[test]
fn sql_is_found() {
    for text in [
        "format!(\"SELECT {} FROM t\", a)",
        "format!(\n\"DELETE FROM t\")",
        "format!(\"a WHERE b\")",
        "write!(f, \"select a from b\")",
    ] {
        assert_eq!(found("layer/a.rs", text).len(), 1, "{text}");
        assert_eq!(found("source/postgis/a.rs", text), [""; 0], "{text}");
    }
    for text in ["format!(\"select a file, where {a}\")", "f(\"SELECT 1\")", "format!(\"a {}\", UPDATED)"] {
        assert_eq!(found("layer/a.rs", text), [""; 0], "{text}");
    }
}
