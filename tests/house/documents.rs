//! The documents: how long they may be, and that everything they point to exists.
//!
//! Each rule is a function from a document to its offences, and is itself tested on invented documents below.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::imports::ROOMS;

/// Documents that are read in one sitting, and how many bytes they may have.
const SHORT: &[(&str, usize)] =
    &[("README.md", 10 * 1024), ("README.de.md", 10 * 1024), ("ARCHITECTURE.md", 15 * 1024)];

/// What the paths begin with that documents name in code.
const FOLDERS: &[&str] = &[
    "src/",
    "tests/",
    "docs/",
    "scripts/",
    "examples/",
    "fixtures/",
    "viewer/",
    "benches/",
    "packaging/",
    ".ci/",
];

/// Documents that speak of the past, whose paths need not exist any more.
const HISTORY: &[&str] = &["CHANGELOG.md", "benches/results/"];

/// The repository as far as documents can point to it.
#[derive(Default)]
struct Library {
    /// The text of each document, by its path.
    documents: BTreeMap<String, String>,
    /// All files and folders.
    paths: BTreeSet<String>,
    /// The names of all functions.
    functions: BTreeSet<String>,
}

impl Library {
    /// What is on the disk, without what is built or installed.
    fn read() -> Library {
        let mut library = Library::default();
        library.add(Path::new(env!("CARGO_MANIFEST_DIR")), "");
        library
    }

    fn add(&mut self, root: &Path, folder: &str) {
        for entry in std::fs::read_dir(root.join(folder)).unwrap() {
            let entry = entry.unwrap();
            let name = entry.file_name().into_string().unwrap();
            if ["target", ".git", "node_modules", "dist", "build"].contains(&name.as_str()) {
                continue;
            }
            let path = if folder.is_empty() { name } else { format!("{folder}/{name}") };
            if entry.path().is_dir() {
                self.add(root, &path);
            } else if path.ends_with(".md") {
                self.documents.insert(path.clone(), std::fs::read_to_string(entry.path()).unwrap());
            } else if path.ends_with(".rs") {
                self.functions.extend(functions(&std::fs::read_to_string(entry.path()).unwrap()));
            }
            self.paths.insert(path);
        }
    }

    /// Every rule on every document.
    fn offences(&self) -> Vec<String> {
        let rules = [length, links, paths, tests];
        let of = |(path, text): (&String, &String)| {
            let found = rules.iter().flat_map(|rule| rule(self, path, text));
            found.map(|what| format!("{path}: {what}")).collect::<Vec<_>>()
        };
        self.documents.iter().flat_map(of).collect()
    }
}

/// The names of the functions in a source file.
fn functions(text: &str) -> impl Iterator<Item = String> {
    text.match_indices("fn ").map(|(at, _)| {
        let is_of_a_name = |c: &char| c.is_ascii_alphanumeric() || *c == '_';
        text[at + 3..].chars().take_while(is_of_a_name).collect()
    })
}

/// Short documents stay short.
fn length(_: &Library, path: &str, text: &str) -> Vec<String> {
    let limit = SHORT.iter().find(|(name, most)| *name == path && text.len() > *most);
    limit.map(|(_, most)| format!("{} bytes are more than {most}", text.len())).into_iter().collect()
}

/// Links within the repository lead to files, and their anchors to headings.
fn links(library: &Library, path: &str, text: &str) -> Vec<String> {
    let mut offences = vec![];
    for target in targets(text) {
        if target.contains("://") || target.starts_with("mailto:") {
            continue;
        }
        let (file, anchor) = target.split_once('#').unwrap_or((&target, ""));
        let file = if file.is_empty() { path.to_owned() } else { resolved(path, file) };
        if !library.paths.contains(&file) {
            offences.push(format!("the link {target} leads to no file"));
        } else if !anchor.is_empty() {
            let is_there = library.documents.get(&file).is_some_and(|text| anchors(text).contains(anchor));
            if !is_there {
                offences.push(format!("the link {target} leads to no heading"));
            }
        }
    }
    offences
}

/// Paths that are named in code exist.
fn paths(library: &Library, path: &str, text: &str) -> Vec<String> {
    if HISTORY.iter().any(|history| path.starts_with(history)) {
        return vec![];
    }
    let is_of_a_path = |c: char| c.is_ascii_alphanumeric() || "_-./".contains(c);
    let named = spans(text).into_iter().filter(|span| {
        FOLDERS.iter().any(|folder| span.starts_with(folder)) && span.chars().all(is_of_a_path)
    });
    // A document in a folder may name what lies beside it, or in the repository.
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    named
        .filter(|named| {
            let named = named.trim_end_matches('/');
            !library.paths.contains(named)
                && !library.paths.contains(&format!("{folder}/{named}"))
                && !named.contains("/dist")
        })
        .map(|named| format!("there is no {named}"))
        .collect()
}

/// Tests that a table names as holding a statement exist.
fn tests(library: &Library, _: &str, text: &str) -> Vec<String> {
    let is_a_name = |span: &String| {
        span.contains('_') && span.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
    };
    let rows = rows_of(text, "| statement | held by |");
    let named = rows.iter().filter_map(|cells| cells.get(1)).flat_map(|cell| spans(cell));
    let missing = named.filter(is_a_name).filter(|name| !library.functions.contains(name));
    missing.map(|name| format!("there is no test {name}")).collect()
}

/// The lines outside fenced blocks.
fn prose(text: &str) -> impl Iterator<Item = &str> {
    let mut is_fenced = false;
    text.lines().filter(move |line| {
        let is_fence = line.trim_start().starts_with("```");
        is_fenced ^= is_fence;
        !is_fenced && !is_fence
    })
}

/// The inline code of a text; it may go on over the end of a line.
fn spans(text: &str) -> Vec<String> {
    let text: Vec<&str> = prose(text).collect();
    let paragraphs = text.split(|line| line.trim().is_empty());
    let code = |paragraph: &[&str]| {
        let paragraph = paragraph.join(" ");
        paragraph.split('`').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>()
    };
    paragraphs.flat_map(code).collect()
}

/// Where the links and pictures of a text lead.
fn targets(text: &str) -> Vec<String> {
    let text: Vec<&str> = prose(text).collect();
    let mut outside = String::new();
    for paragraph in text.split(|line| line.trim().is_empty()) {
        let paragraph = paragraph.join(" ");
        // What stands in code is no link; the text of a link may be code.
        for (at, piece) in paragraph.split('`').enumerate() {
            outside.push_str(if at % 2 == 0 { piece } else { "code" });
        }
        outside.push('\n');
    }
    let target = |(at, _): (usize, &str)| {
        let rest = &outside[at + 2..];
        rest[..rest.find(')').unwrap_or(rest.len())].to_owned()
    };
    outside.match_indices("](").map(target).collect()
}

/// The path to which a relative link of the document at `path` leads.
fn resolved(path: &str, link: &str) -> String {
    let mut steps: Vec<&str> = path.split('/').collect();
    steps.pop();
    for step in link.split('/') {
        match step {
            "." | "" => {}
            ".." => drop(steps.pop()),
            step => steps.push(step),
        }
    }
    steps.join("/")
}

/// The anchors of a document's headings, as GitHub makes them.
fn anchors(text: &str) -> BTreeSet<String> {
    let mut anchors = BTreeSet::new();
    for line in prose(text) {
        let heading = line.trim_start_matches('#');
        if heading.len() == line.len() || !heading.starts_with(' ') {
            continue;
        }
        let kept = heading.trim().chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c));
        let anchor: String =
            kept.flat_map(char::to_lowercase).map(|c| if c == ' ' { '-' } else { c }).collect();
        let again = (1..).map(|number| format!("{anchor}-{number}"));
        let free = std::iter::once(anchor.clone()).chain(again).find(|anchor| !anchors.contains(anchor));
        anchors.extend(free);
    }
    anchors
}

/// The cells of the rows of every table with this head.
fn rows_of(text: &str, head: &str) -> Vec<Vec<String>> {
    let mut rows = vec![];
    let mut is_within = false;
    for line in text.lines() {
        is_within = line == head || (is_within && line.starts_with('|'));
        if is_within && line != head && !line.starts_with("| ---") {
            let cells = line.trim_matches('|').split(" | ").map(|cell| cell.trim().to_owned());
            rows.push(cells.collect());
        }
    }
    rows
}

/// The rooms of the table in ARCHITECTURE.md, each with those that it may import.
fn rooms(text: &str) -> BTreeMap<String, BTreeSet<String>> {
    let room = |cells: Vec<String>| {
        let names = |cell: Option<&String>| cell.map_or(vec![], |cell| spans(cell));
        let imports = names(cells.get(2)).into_iter().collect();
        names(cells.first()).pop().map(|name| (name, imports))
    };
    rows_of(text, "| room | what it does | may import |").into_iter().filter_map(room).collect()
}

#[test]
fn the_documents_are_in_order() {
    let library = Library::read();
    assert!(library.documents.len() > 10, "{:?}", library.documents.keys());
    let offences = library.offences();
    assert!(offences.is_empty(), "{} offences in documents:\n{}\n", offences.len(), offences.join("\n"));
}

#[test]
fn the_table_of_rooms_is_the_rule() {
    let library = Library::read();
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    let rule: BTreeMap<String, BTreeSet<String>> =
        ROOMS.iter().map(|(room, imports)| ((*room).to_owned(), names(imports))).collect();
    assert_eq!(rooms(&library.documents["ARCHITECTURE.md"]), rule);

    let table = "| room | what it does | may import |\n| --- | --- | --- |\n| `a` | `x`. | `b`, `c` |\n| `b` | y | – |";
    let expected = [("a".to_owned(), names(&["b", "c"])), ("b".to_owned(), names(&[]))];
    assert_eq!(rooms(table), BTreeMap::from(expected));
}

#[test]
fn every_dependency_has_a_role() {
    let library = Library::read();
    let manifest: toml::Table =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml")).unwrap().parse().unwrap();
    let named: BTreeSet<String> = rows_of(&library.documents["docs/decisions.md"], "| role | crates |")
        .into_iter()
        .filter_map(|cells| cells.get(1).cloned())
        .flat_map(|cell| {
            let words = cell.split(|c: char| !(c.is_ascii_alphanumeric() || "-_".contains(c)));
            words.map(str::to_owned).collect::<Vec<_>>()
        })
        .collect();
    let sections = ["dependencies", "dev-dependencies"];
    let all = sections.iter().flat_map(|section| manifest[*section].as_table().unwrap().keys());
    let missing: Vec<&String> = all.filter(|name| !named.contains(*name)).collect();
    assert!(missing.is_empty(), "without a role in docs/decisions.md: {missing:?}");
}

/// The offences of an invented document at `path`, beside a page `docs/a.md` and a file `src/a.rs`.
fn found(path: &str, text: &str) -> Vec<String> {
    let page =
        "# The page\n## It's `a_b`, twice\n## It's `a_b`, twice\n```sh\n# no heading\n```\n".to_owned();
    let mut library = Library {
        documents: BTreeMap::from([("docs/a.md".into(), page)]),
        paths: ["docs", "docs/a.md", "src", "src/a.rs"].map(str::to_owned).into(),
        functions: functions("fn it_holds() {}\nasync fn so_does_it<T>() {}").collect(),
    };
    library.paths.insert(path.to_owned());
    library.documents.insert(path.to_owned(), text.to_owned());
    library.offences()
}

#[test]
fn documents_that_are_too_long_are_found() {
    assert_eq!(found("README.md", &"x".repeat(10 * 1024)), [""; 0]);
    assert_eq!(
        found("README.md", &"x".repeat(10 * 1024 + 1)),
        ["README.md: 10241 bytes are more than 10240"]
    );
    assert_eq!(found("ARCHITECTURE.md", &"x".repeat(15 * 1024 + 1)).len(), 1);
    assert_eq!(found("docs/b.md", &"x".repeat(100 * 1024)), [""; 0]);
}

#[test]
fn links_that_lead_nowhere_are_found() {
    for good in [
        "[a](docs/a.md)",
        "![a](docs/a.md#the-page)",
        "[`a`](docs/a.md#its-a_b-twice-1)",
        "[a\nb](./docs/../src/a.rs)",
        "[a](docs/)",
        "# Here\n[a](#here)",
        "[a](https://example.org/none.md#none)",
        "`[a](none.md)`",
        "```\n[a](none.md)\n```",
    ] {
        assert_eq!(found("b.md", good), [""; 0], "{good}");
    }
    for bad in ["[a](none.md)", "text `code` ![a](docs/none.png)", "[a](a.md)", "```\n```\n[a](src/b.rs)"] {
        assert_eq!(found("b.md", bad).len(), 1, "{bad}");
        assert!(found("b.md", bad)[0].ends_with("leads to no file"), "{bad}");
    }
    for bad in ["[a](docs/a.md#none)", "[a](#none)", "[a](docs/a.md#no-heading)", "[a](src/a.rs#l1)"] {
        assert!(found("b.md", bad)[0].ends_with("leads to no heading"), "{bad}");
    }
    assert_eq!(found("docs/b.md", "[a](a.md) [b](../src/a.rs)"), [""; 0]);
    assert_eq!(found("docs/b.md", "[a](docs/a.md)").len(), 1);
}

#[test]
fn paths_and_tests_that_do_not_exist_are_found() {
    assert_eq!(found("b.md", "`src/a.rs`, `src/`, `docs/a.md`, `src/a.rs of old`, `src/{a,b}.rs`"), [""; 0]);
    assert_eq!(found("b.md", "text `src/b.rs` text"), ["b.md: there is no src/b.rs"]);
    assert_eq!(found("CHANGELOG.md", "`src/b.rs`"), [""; 0]);
    let table =
        |held: &str| format!("| statement | held by |\n| --- | --- |\n| It `is_so`. | {held} |\n\n`no_test`");
    assert_eq!(found("b.md", &table("`it_holds`, `so_does_it` in `src/a.rs`")), [""; 0]);
    assert_eq!(found("b.md", &table("`it_holds`, `it_does_not`")), ["b.md: there is no test it_does_not"]);
}
