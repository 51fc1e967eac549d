//! Rooms import only from the rooms below them.

use super::code::is_of_a_word;
use super::found;
use super::source::{Offence, Source};

/// What each room may import. A room may always import from itself.
pub const ROOMS: &[(&str, &[&str])] = &[
    ("error", &[]),
    ("limits", &["error"]),
    ("work", &["error", "limits"]),
    ("geo", &["error", "work"]),
    ("catalog", &["geo", "error"]),
    ("query", &["geo", "catalog", "error", "limits", "work"]),
    ("access", &["query", "catalog", "geo", "error"]),
    ("layer", &["access", "query", "catalog", "geo", "error", "limits", "work"]),
    ("source", &["layer", "access", "query", "catalog", "geo", "error", "limits", "work"]),
    ("import", &["source", "layer", "catalog", "geo", "error"]),
    ("snapshot", &["source", "layer", "access", "query", "catalog", "geo", "error", "limits", "work"]),
    (
        "plan",
        &["snapshot", "encode", "layer", "access", "query", "catalog", "geo", "error", "limits", "work"],
    ),
    ("tile", &["layer", "access", "query", "catalog", "geo", "error", "limits", "work"]),
    ("encode", &["layer", "access", "query", "catalog", "geo", "error", "limits", "work"]),
    ("carto", &["layer", "catalog", "geo", "error", "limits", "work"]),
    (
        "web",
        &[
            "snapshot", "source", "plan", "tile", "encode", "carto", "layer", "access", "query", "catalog",
            "geo", "error", "limits", "work",
        ],
    ),
    ("config", &["catalog", "access", "query", "error", "limits"]),
    ("boot", ALL_BELOW_BOOT),
    ("main", &["boot", "config", "error", "work"]),
    ("lib", &[]),
];

const ALL_BELOW_BOOT: &[&str] = &[
    "config", "web", "snapshot", "source", "import", "plan", "tile", "encode", "carto", "layer", "access",
    "query", "catalog", "geo", "error", "limits", "work",
];

/// Rooms import only from the rooms that [`ROOMS`] allows them.
pub fn imports(source: &Source) -> Vec<Offence> {
    let room = source.room();
    let Some((_, allowed)) = ROOMS.iter().find(|(name, _)| *name == room) else {
        return vec![
            source.offence(0, format!("the room \"{room}\" is not in the table of tests/house/imports.rs")),
        ];
    };
    let mut offences = Vec::new();
    for (at, other) in imported(source) {
        let is_known = ROOMS.iter().any(|(name, _)| *name == other);
        if is_known && other != room && !allowed.contains(&other.as_str()) {
            offences.push(source.offence(at, format!("{room} must not import {other}")));
        } else if !is_known {
            offences.push(
                source.offence(at, format!("\"{other}\" is no room in the table of tests/house/imports.rs")),
            );
        }
    }
    offences
}

/// The names below the crate's root that the code uses: `crate::a`, `crate::{a, b::c}`, `veedel::a`
/// and as many `super::` as lead up to the root.
fn imported(source: &Source) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for root in ["crate", "veedel"] {
        for at in source.words(root) {
            if let Some(behind) = after_colons(&source.code[at + root.len()..]) {
                found.extend(first_names(behind).into_iter().map(|name| (at, name)));
            }
        }
    }
    for at in source.words("super") {
        let is_first = !source.code[..at].trim_end().ends_with("super::");
        let mut behind = &source.code[at..];
        let mut depth = depth(&source.path);
        while let (Some(rest), true) = (behind.strip_prefix("super").and_then(after_colons), is_first) {
            behind = rest;
            depth -= 1;
            if depth == 0 {
                found.extend(first_names(behind).into_iter().map(|name| (at, name)));
                break;
            }
        }
    }
    found
}

/// How many `super::` lead from a file to the crate's root.
fn depth(path: &str) -> usize {
    match path.split('/').count() {
        1 if path == "lib.rs" || path == "main.rs" => 0,
        parts if path.ends_with("/mod.rs") => parts - 1,
        parts => parts,
    }
}

/// The text after `::`, if it begins so.
pub fn after_colons(text: &str) -> Option<&str> {
    text.trim_start().strip_prefix("::").map(str::trim_start)
}

/// `a` of `a::b`; `a` and `c` of `{a::b, c::{d, e}}`.
pub fn first_names(text: &str) -> Vec<String> {
    let name = |text: &str| text.trim_start().chars().take_while(|&c| is_of_a_word(c)).collect::<String>();
    let Some(group) = text.strip_prefix('{') else { return vec![name(text)] };
    let mut names = vec![name(group)];
    let mut open = 1;
    for (at, c) in group.char_indices() {
        match c {
            '{' => open += 1,
            '}' => open -= 1,
            ',' if open == 1 => names.push(name(&group[at + 1..])),
            _ => (),
        }
        if open == 0 {
            break;
        }
    }
    names.retain(|name| !name.is_empty() && name != "self");
    names
}

#[test]
fn imports_that_point_up_are_found_however_they_are_written() {
    for (path, text) in [
        ("geo/a.rs", "use crate::layer::Layer;"),
        ("geo/a.rs", "use crate::{error::Error, layer::{self, World}};"),
        ("geo/a.rs", "use super::super::layer::Layer;"),
        ("geo/mod.rs", "pub fn f() -> super::layer::Layer {}"),
        ("geo/a.rs", "fn f() { crate :: layer :: g() }"),
    ] {
        assert_eq!(found(path, text), ["2: geo must not import layer"], "{path} {text}");
    }
    assert_eq!(found("tile/a.rs", "\nuse crate::source::A;"), ["3: tile must not import source"]);
    assert_eq!(found("web/http/a.rs", "use crate::config::A;"), ["2: web must not import config"]);
    assert_eq!(found("source/a.rs", "use crate::tile::A;"), ["2: source must not import tile"]);
    assert_eq!(found("main.rs", "use veedel::web::A;"), ["2: main must not import web"]);
    assert_eq!(found("stuff/a.rs", "").len(), 1);
    assert_eq!(found("geo/a.rs", "use crate::stuff::A;").len(), 1);
}

#[test]
fn imports_that_point_down_or_are_none_are_not() {
    for (path, text) in [
        ("layer/a.rs", "use crate::geo::Bbox;\nuse super::World;\nuse super::super::error::Error;"),
        (
            "geo/a.rs",
            "//! [`Layer`](crate::layer::Layer)\n/* crate::layer /* */ */\nconst A: &str = \"crate::layer\";",
        ),
        (
            "geo/a.rs",
            "const A: &str = r#\"crate::layer \"web\" \"#; const B: char = '\"'; use crate::error::E;",
        ),
        ("geo/a.rs", "#[cfg(test)]\nmod tests {\n use crate::layer::Layer;\n fn f() { g().unwrap() }\n}"),
        ("geo/a.rs", "#[cfg(test)]\nmod tests;"),
        ("geo/tests.rs", "use crate::layer::Layer;"),
        ("boot.rs", "use crate::{web::Router, source, config::Settings};"),
        ("main.rs", "use veedel::boot;"),
    ] {
        assert_eq!(found(path, text), [""; 0], "{path} {text}");
    }
}

#[test]
fn code_behind_tests_and_lifetimes_is_still_looked_at() {
    let text = "#[cfg(test)]\nmod tests { const C: char = '}'; }\nfn f<'a>(a: &'a str) { g().unwrap() }";
    assert_eq!(found("geo/a.rs", text), ["4: .unwrap() in code that is no test"]);
}
