//! Files do not depend on each other in circles, and circles are found.

use std::collections::BTreeSet;
use std::path::Path;

use crate::circles::{self, Naming};
use crate::code::{without_comments_and_literals, without_tests};

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
            let place = |(other, naming): (&String, &Naming)| {
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
