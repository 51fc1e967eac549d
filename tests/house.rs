//! The house rules, held by a test: which room may import which, and what no file may contain.
//!
//! Each rule is a function from a file to its offences, and is itself tested on invented files
//! below. Test code (what stands under `#[cfg(test)]`, and files named `tests.rs`) is bound by the
//! length of files only.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice
)]

#[path = "house/circles.rs"]
mod circles;
#[path = "house/code.rs"]
mod code;
#[path = "house/documents.rs"]
mod documents;
#[path = "house/web.rs"]
mod web;

use std::collections::BTreeSet;
use std::fmt;
use std::path::{Path, PathBuf};

use code::{closing, is_of_a_word, without_comments_and_literals, without_tests};

/// What each room may import. A room may always import from itself.
const ROOMS: &[(&str, &[&str])] = &[
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
    ("carto", &["layer", "catalog", "geo", "error"]),
    (
        "web",
        &[
            "snapshot", "source", "plan", "tile", "encode", "carto", "layer", "access", "query", "catalog",
            "geo", "error", "limits", "work",
        ],
    ),
    ("config", &["catalog", "access", "error", "limits"]),
    ("boot", ALL_BELOW_BOOT),
    ("main", &["boot", "config", "error", "work"]),
    ("lib", &[]),
];

const ALL_BELOW_BOOT: &[&str] = &[
    "config", "web", "snapshot", "source", "import", "plan", "tile", "encode", "carto", "layer", "access",
    "query", "catalog", "geo", "error", "limits", "work",
];

/// Crates that only some folders or files may name.
const CRATES: &[(&str, &[&str])] = &[
    ("tokio_postgres", &["source/postgis"]),
    ("axum", &["web", "boot", "main"]),
    ("http", &["web", "boot", "main"]),
    ("hyper", &["web", "boot", "main"]),
    ("hyper_util", &["web", "boot", "main"]),
    ("tower_http", &["web", "boot", "main"]),
];

/// Files that may be longer than [`MOST_LINES`], each with the reason beside it.
const LONG_FILES: &[&str] = &[];
const MOST_LINES: usize = 400;

/// The most columns of a line of a comment.
const MOST_COLUMNS: usize = 100;

/// The most lines of code of a function, from its `fn` to its closing brace: blank lines and
/// comments are none.
const MOST_LINES_OF_A_FUNCTION: usize = 70;

/// The crates whose files must not depend on each other in a circle, by their roots.
const CRATE_ROOTS: &[&str] = &[
    "src/lib.rs",
    "benches/beside_martin/main.rs",
    "benches/beside_nginx/main.rs",
    "benches/beside_tipg/main.rs",
    "benches/following/main.rs",
    "benches/planning/main.rs",
    "fixtures/generate/main.rs",
];

/// A rule broken at a place.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Offence {
    file: String,
    line: usize,
    what: String,
}

impl fmt::Display for Offence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "src/{}:{}: {}", self.file, self.line, self.what)
    }
}

/// A source file: its path below `src`, its text, and its code.
struct Source {
    path: String,
    text: String,
    /// The text without comments, the content of literals and test code: spaces stand in their
    /// place.
    code: String,
}

impl Source {
    fn new(path: &str, text: &str) -> Source {
        let code = without_tests(&without_comments_and_literals(text));
        let code = if path.ends_with("tests.rs") { " ".repeat(text.len()) } else { code };
        assert_eq!(code.len(), text.len(), "{path}");
        Source { path: path.into(), text: text.into(), code }
    }

    fn room(&self) -> &str {
        let first = self.path.split('/').next().unwrap();
        first.strip_suffix(".rs").unwrap_or(first)
    }

    fn offence(&self, byte: usize, what: impl Into<String>) -> Offence {
        let line = self.text[..byte].matches('\n').count() + 1;
        Offence { file: self.path.clone(), line, what: what.into() }
    }

    /// Where `word` stands in the code as a whole word.
    fn words<'a>(&'a self, word: &'a str) -> impl Iterator<Item = usize> + 'a {
        self.code.match_indices(word).map(|(at, _)| at).filter(move |&at| {
            let before = self.code[..at].chars().next_back();
            let after = self.code[at + word.len()..].chars().next();
            ![before, after].into_iter().flatten().any(is_of_a_word)
        })
    }
}

/// Every rule on every file.
fn offences(source: &Source) -> Vec<Offence> {
    [imports, crates, length, long_functions, wide_comments, heading, panics, sql, web::rooms, web::handlers]
        .iter()
        .flat_map(|rule| rule(source))
        .collect()
}

/// Rooms import only from the rooms that [`ROOMS`] allows them.
fn imports(source: &Source) -> Vec<Offence> {
    let room = source.room();
    let Some((_, allowed)) = ROOMS.iter().find(|(name, _)| *name == room) else {
        return vec![source.offence(0, format!("the room \"{room}\" is not in the table of tests/house.rs"))];
    };
    let mut offences = Vec::new();
    for (at, other) in imported(source) {
        let is_known = ROOMS.iter().any(|(name, _)| *name == other);
        if is_known && other != room && !allowed.contains(&other.as_str()) {
            offences.push(source.offence(at, format!("{room} must not import {other}")));
        } else if !is_known {
            offences
                .push(source.offence(at, format!("\"{other}\" is no room in the table of tests/house.rs")));
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

fn after_colons(text: &str) -> Option<&str> {
    text.trim_start().strip_prefix("::").map(str::trim_start)
}

/// `a` of `a::b`; `a` and `c` of `{a::b, c::{d, e}}`.
fn first_names(text: &str) -> Vec<String> {
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

/// Comments are narrow enough to be read beside each other.
fn wide_comments(source: &Source) -> Vec<Offence> {
    if source.path.ends_with("tests.rs") {
        return Vec::new();
    }
    let mut offences = Vec::new();
    let mut at = 0;
    for line in source.text.split_inclusive('\n') {
        let columns = line.trim_end().chars().count();
        if line.trim_start().starts_with("//") && columns > MOST_COLUMNS {
            offences.push(
                source.offence(at, format!("a comment of {columns} columns, more than {MOST_COLUMNS}")),
            );
        }
        at += line.len();
    }
    offences
}

/// A function can be read in one look.
fn long_functions(source: &Source) -> Vec<Offence> {
    let mut offences = Vec::new();
    for at in source.words("fn") {
        let Some(body) = body(&source.code[at..]) else { continue };
        let lines = body.lines().filter(|line| !line.trim().is_empty()).count();
        if lines > MOST_LINES_OF_A_FUNCTION {
            let name = first_names(body["fn".len()..].trim_start()).concat();
            let what = format!("{lines} lines of {name} are more than {MOST_LINES_OF_A_FUNCTION}");
            offences.push(source.offence(at, what));
        }
    }
    offences
}

/// A function from its `fn` to its closing brace; None for what has no body, as a function's type.
fn body(code: &str) -> Option<&str> {
    code["fn".len()..].trim_start().starts_with(is_of_a_word).then_some(())?;
    let mut depth = 0;
    for (at, c) in code.char_indices() {
        match c {
            '(' | '[' => depth += 1,
            ')' | ']' => depth -= 1,
            '{' if depth == 0 => return code.get(..at + 2 + closing(&code[at + 1..], '{', '}')),
            ';' if depth == 0 => return None,
            _ => (),
        }
    }
    None
}

/// Databases and HTTP stay in their rooms.
fn crates(source: &Source) -> Vec<Offence> {
    let mut offences = Vec::new();
    for (name, places) in CRATES {
        let is_within = |place: &&str| {
            let path = source.path.strip_suffix(".rs").unwrap_or(&source.path);
            path == *place || path.starts_with(&format!("{place}/"))
        };
        if places.iter().any(is_within) {
            continue;
        }
        for at in source.words(name) {
            let is_a_path = source.code[at + name.len()..].trim_start().starts_with("::");
            let is_below = source.code[..at].ends_with("::");
            let is_used = source.code[..at].ends_with("use ");
            if (is_a_path && !is_below) || is_used {
                offences.push(source.offence(at, format!("{name} belongs to {}", places.join(", "))));
            }
        }
    }
    offences
}

/// A file can be read in one sitting.
fn length(source: &Source) -> Vec<Offence> {
    let lines = source.text.lines().count();
    if lines <= MOST_LINES || LONG_FILES.contains(&source.path.as_str()) {
        return Vec::new();
    }
    vec![source.offence(0, format!("{lines} lines are more than {MOST_LINES}"))]
}

/// A file says first what it is about.
fn heading(source: &Source) -> Vec<Offence> {
    if source.text.starts_with("//! ") {
        return Vec::new();
    }
    vec![source.offence(0, "a file begins with //! and what it is about")]
}

/// Nothing panics on purpose. A method of our own may be named `expect`, if it takes no message.
fn panics(source: &Source) -> Vec<Offence> {
    let mut offences = Vec::new();
    for found in [".unwrap()", ".expect(\"", ".expect(&format!", "panic!", "todo!", "unimplemented!"] {
        for (at, _) in source.code.match_indices(found) {
            let is_whole = found.starts_with('.') || !source.code[..at].ends_with(is_of_a_word);
            if is_whole {
                offences.push(source.offence(at, format!("{found} in code that is no test")));
            }
        }
    }
    offences
}

/// SQL is made in one folder, in one file of the room that writes tables, and for the index of a
/// file that is a database.
fn sql(source: &Source) -> Vec<Offence> {
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

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn the_house_is_in_order() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    files(&root, &mut found);
    assert!(found.len() > 20, "no source files found in {}", root.display());
    found.sort();
    let mut all = Vec::new();
    for path in found {
        let name = path.strip_prefix(&root).unwrap().to_str().unwrap().to_owned();
        all.extend(offences(&Source::new(&name, &std::fs::read_to_string(&path).unwrap())));
    }
    let list: Vec<String> = all.iter().map(Offence::to_string).collect();
    assert!(list.is_empty(), "{} offences against the house rules:\n{}\n", list.len(), list.join("\n"));
}

/// The circles among the files of a crate, each with the places where its files name each other.
fn circles_of(root: &str, text: &dyn Fn(&str) -> Option<String>) -> Vec<String> {
    let read = |file: &str| {
        let text = text(file)?;
        let code = without_tests(&without_comments_and_literals(&text));
        Some((text, code))
    };
    let graph = circles::graph(&circles::modules(root, &read));
    let told = |circle: BTreeSet<&str>| {
        let places = circle.iter().flat_map(|file| {
            let text = text(file).unwrap();
            let others = graph[*file].iter().filter(|(other, _)| circle.contains(other.as_str()));
            let place = |(other, naming): (&String, &circles::Naming)| {
                let line = text[..naming.at].matches('\n').count() + 1;
                format!("  {file}:{line} names {} of {other}", naming.path)
            };
            others.map(place).collect::<Vec<_>>()
        });
        format!("{} files depend on each other:\n{}", circle.len(), places.collect::<Vec<_>>().join("\n"))
    };
    circles::circles(&graph).into_iter().map(told).collect()
}

#[test]
fn files_do_not_depend_on_each_other_in_circles() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = |file: &str| std::fs::read_to_string(root.join(file)).ok();
    let found: Vec<String> =
        CRATE_ROOTS.iter().flat_map(|crate_root| circles_of(crate_root, &text)).collect();
    assert!(found.is_empty(), "{} circles of files:\n{}\n", found.len(), found.join("\n"));
}

/// The circles of an invented crate.
fn circles_among(files: &[(&str, &str)]) -> Vec<String> {
    let text = |file: &str| files.iter().find(|(name, _)| *name == file).map(|(_, text)| (*text).to_owned());
    circles_of("src/lib.rs", &text)
}

#[test]
fn circles_are_found_however_files_name_each_other() {
    let lib = ("src/lib.rs", "mod a;\nmod b;");
    for (a, b) in [
        ("use super::b::X;", "use crate::a::Y;"),
        ("use crate::b;\nfn f() { b::g() }", "fn g() { crate::a::f() }"),
        ("use crate::{b::{self, X}};", "fn g() -> super::a::Y {}"),
        ("use super::b::*;", "use super::a as c;\nfn g() { c::f() }"),
    ] {
        let found = circles_among(&[lib, ("src/a.rs", a), ("src/b.rs", b)]);
        assert_eq!(found.len(), 1, "{a} {b}");
        assert!(found[0].starts_with("2 files depend on each other:\n  src/a.rs:"), "{}", found[0]);
    }
    // A parent and its child, also by what the parent only hands on.
    let lib = ("src/lib.rs", "mod a;");
    for (parent, child) in [
        ("mod b;\nfn f() { b::g() }", "fn g() { super::f() }"),
        ("mod b;\npub use b::X;\npub struct Y;", "use super::Y;"),
        ("mod b;\nmod c;\npub use c::Z;\npub use b::X;", "use super::Z;"),
    ] {
        let found = [lib, ("src/a/mod.rs", parent), ("src/a/b.rs", child), ("src/a/c.rs", "pub struct Z;")];
        assert_eq!(circles_among(&found).len(), 1, "{parent} {child}");
    }
    let three = [
        ("src/lib.rs", "mod a;\nmod b;\nmod c;"),
        ("src/a.rs", "use super::b::X;"),
        ("src/b.rs", "use super::c::X;"),
        ("src/c.rs", "#[path = \"elsewhere/d.rs\"]\nmod d;\nuse self::d::X;"),
        ("src/elsewhere/d.rs", "use crate::a::X;"),
    ];
    assert!(circles_among(&three)[0].starts_with("4 files"));
}

#[test]
fn what_is_no_circle_is_none() {
    let lib = ("src/lib.rs", "mod a;\nmod b;\npub use a::X;\nmacro_rules! m { () => { $crate::b::f() } }");
    for (a, b) in [
        ("use super::b::X;", "// crate::a::Y\nconst A: &str = \"super::a::Y\";"),
        ("use super::b::X;", "#[cfg(test)]\nmod tests { use crate::a::Y; }"),
        ("use super::b::X;", "pub(in crate::a) fn f() {}\nfn g(a: A) { a::b() }"),
        ("use super::b;", "use super::a;"),
    ] {
        assert_eq!(circles_among(&[lib, ("src/a.rs", a), ("src/b.rs", b)]), [""; 0], "{a} {b}");
    }
    let siblings = [
        ("src/lib.rs", "mod a;"),
        ("src/a.rs", "mod b;\nmod c;\npub use self::{b::X, c::Y};"),
        ("src/a/b.rs", "use super::c::{self, Y};\nfn f() { c::g() }"),
        ("src/a/c.rs", ""),
    ];
    assert_eq!(circles_among(&siblings), [""; 0]);
}

#[test]
fn wide_comments_are_found() {
    for mark in ["//", "///", "    //!"] {
        let comment = |columns: usize| format!("{mark} {}", "ß".repeat(columns - mark.len() - 1));
        assert_eq!(found("geo/a.rs", &format!("{}\nfn f() {{}}", comment(MOST_COLUMNS))), [""; 0]);
        let wide = comment(MOST_COLUMNS + 1);
        assert_eq!(found("geo/a.rs", &wide), ["2: a comment of 101 columns, more than 100"], "{wide}");
        assert_eq!(found("geo/tests.rs", &wide), [""; 0]);
    }
    assert_eq!(found("geo/a.rs", &format!("let a = \"{}\";", "a".repeat(MOST_COLUMNS))), [""; 0]);
}

#[test]
fn benches_have_short_functions_and_narrow_comments() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    files(&root.join("benches"), &mut found);
    assert!(found.len() > 10, "no benches found");
    let read = |path: &PathBuf| {
        let name = path.strip_prefix(root).unwrap().to_str().unwrap();
        let source = Source::new(name, &std::fs::read_to_string(path).unwrap());
        [long_functions(&source), wide_comments(&source)].concat()
    };
    let list: Vec<String> = found
        .iter()
        .flat_map(read)
        .map(|offence| format!("{}:{}: {}", offence.file, offence.line, offence.what))
        .collect();
    assert!(list.is_empty(), "{}", list.join("\n"));
}

#[test]
fn long_functions_are_found_by_their_lines_of_code() {
    let function = |lines: usize, between: &str| {
        format!(
            "pub(super) fn f<T>(a: [u8; 3], b: fn(u8) -> u8)\nwhere\n    T: Copy,\n{{\n{}}}",
            between.repeat(lines)
        )
    };
    let longest = MOST_LINES_OF_A_FUNCTION - 5;
    assert_eq!(found("geo/a.rs", &function(longest, "    g();\n")), [""; 0]);
    assert_eq!(
        found("geo/a.rs", &function(longest + 1, "    g();\n")),
        ["2: 71 lines of f are more than 70"]
    );
    assert_eq!(found("geo/a.rs", &function(longest + 1, "    // g();\n\n")), [""; 0]);
    let method = format!("impl A {{\n{}\n}}", function(longest + 1, "    if a { g(\"}\") }\n"));
    assert_eq!(found("geo/a.rs", &method), ["3: 71 lines of f are more than 70"]);
    let test = format!("#[cfg(test)]\nmod tests {{\n{}\n}}", function(100, "    g();\n"));
    assert_eq!(found("geo/a.rs", &test), [""; 0]);
    let none = format!(
        "trait A {{\n    fn f(&self);\n}}\nstruct B {{\n    f: fn(u8) -> u8,\n    g: fn()\n}}\nmod b {{\n{}}}",
        "    const C: u8 = 1;\n".repeat(100)
    );
    assert_eq!(found("geo/a.rs", &none), [""; 0]);
}

/// The files of `src` with `unsafe` blocks, and how many each has.
fn unsafe_blocks(sources: &[Source]) -> Vec<(String, usize)> {
    let counted =
        sources.iter().map(|source| (format!("src/{}", source.path), source.words("unsafe").count()));
    counted.filter(|(_, count)| *count > 0).collect()
}

/// What a text says of them: each `` `src/FILE` (N blocks) ``.
fn unsafe_blocks_said(text: &str) -> Vec<(String, usize)> {
    let said = |(before, _): (usize, &str)| {
        let (rest, count) = text[..before].rsplit_once("` (")?;
        Some((rest.rsplit_once('`')?.1.to_owned(), count.parse().ok()?))
    };
    text.match_indices(" blocks)").filter_map(said).collect()
}

#[test]
fn unsafe_stands_where_the_security_policy_says() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    files(&root.join("src"), &mut found);
    found.sort();
    let source = |path: &PathBuf| {
        let name = path.strip_prefix(root.join("src")).unwrap().to_str().unwrap();
        Source::new(name, &std::fs::read_to_string(path).unwrap())
    };
    let sources: Vec<Source> = found.iter().map(source).collect();
    let policy = std::fs::read_to_string(root.join("SECURITY.md")).unwrap();
    assert_eq!(unsafe_blocks(&sources), unsafe_blocks_said(&policy));

    let text = "// unsafe\n#![allow(unsafe_code)]\nfn f() { unsafe { g() } }\nconst A: &str = \"unsafe\";";
    assert_eq!(unsafe_blocks(&[Source::new("a.rs", text)]), [("src/a.rs".to_owned(), 1)]);
}

/// The offences of an invented file, as `line: what`.
fn found(path: &str, text: &str) -> Vec<String> {
    let source = Source::new(path, &format!("//! A file.\n{text}"));
    offences(&source).iter().map(|offence| format!("{}: {}", offence.line, offence.what)).collect()
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

#[test]
fn crates_outside_their_rooms_are_found() {
    let postgres = ["2: tokio_postgres belongs to source/postgis"];
    assert_eq!(found("source/mod.rs", "use tokio_postgres::Client;"), postgres);
    assert_eq!(found("source/folder/a.rs", "fn f() -> tokio_postgres::Error {}"), postgres);
    assert_eq!(found("source/postgis/load.rs", "use tokio_postgres::Client;"), [""; 0]);
    assert_eq!(found("error.rs", "use axum::Router;"), ["2: axum belongs to web, boot, main"]);
    assert_eq!(found("tile/a.rs", "use http::StatusCode;"), ["2: http belongs to web, boot, main"]);
    assert_eq!(found("web/http/a.rs", "use axum::Router; use http::StatusCode;"), [""; 0]);
    assert_eq!(found("boot.rs", "use axum::Router;"), [""; 0]);
    assert_eq!(found("tile/a.rs", "let http = 1; self::http::f();"), [""; 0]);
}

#[test]
fn panics_length_headings_and_sql_are_found() {
    for text in ["a.unwrap()", "a.expect(\"x\")", "panic!(\"x\")", "todo!()", "unimplemented!()"] {
        assert_eq!(found("geo/a.rs", &format!("fn f() {{ {text} }}")).len(), 1, "{text}");
    }
    for text in ["a.unwrap_or(1)", "self.expect(Token::Comma)?", "a.unwrap_or_else(f)", "no_panic!()"] {
        assert_eq!(found("geo/a.rs", &format!("fn f() {{ {text} }}")), [""; 0], "{text}");
    }
    assert_eq!(found("geo/a.rs", &"\n".repeat(MOST_LINES - 1)), [""; 0]);
    assert_eq!(found("geo/a.rs", &"\n".repeat(MOST_LINES)), ["1: 401 lines are more than 400"]);
    assert_eq!(found("geo/tests.rs", &"\n".repeat(MOST_LINES)).len(), 1);
    assert_eq!(heading(&Source::new("geo/a.rs", "use std::fmt;\n")).len(), 1);
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
