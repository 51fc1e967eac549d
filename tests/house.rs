//! The house rules, held by a test: which room may import which, and what no file may contain.
//!
//! Each rule is a function from a file to its offences, in a file of `tests/house` with its own
//! tests on invented files. Test code (what stands under `#[cfg(test)]`, and files named
//! `tests.rs`) is bound by the length of files only.

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
#[path = "house/comments.rs"]
mod comments;
#[path = "house/crates.rs"]
mod crates;
#[path = "house/documents.rs"]
mod documents;
#[path = "house/imports.rs"]
mod imports;
#[path = "house/lengths.rs"]
mod lengths;
#[path = "house/panics.rs"]
mod panics;
#[path = "house/source.rs"]
mod source;
#[path = "house/sql.rs"]
mod sql;
#[path = "house/unsafe_blocks.rs"]
mod unsafe_blocks;
#[path = "house/web.rs"]
mod web;

use std::path::{Path, PathBuf};

use source::{Offence, Source, files};

/// Every rule on every file.
fn offences(source: &Source) -> Vec<Offence> {
    [
        imports::imports,
        crates::crates,
        lengths::length,
        lengths::long_functions,
        comments::wide,
        comments::heading,
        comments::short,
        panics::panics,
        sql::sql,
        web::rooms,
        web::handlers,
    ]
    .iter()
    .flat_map(|rule| rule(source))
    .collect()
}

/// The offences of an invented file, as `line: what`.
fn found(path: &str, text: &str) -> Vec<String> {
    let source = Source::new(path, &format!("//! A file.\n{text}"));
    offences(&source).iter().map(|offence| format!("{}: {}", offence.line, offence.what)).collect()
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

#[test]
fn benches_have_short_functions_and_narrow_comments() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    files(&root.join("benches"), &mut found);
    assert!(found.len() > 10, "no benches found");
    let read = |path: &PathBuf| {
        let name = path.strip_prefix(root).unwrap().to_str().unwrap();
        let source = Source::new(name, &std::fs::read_to_string(path).unwrap());
        [lengths::long_functions(&source), comments::wide(&source)].concat()
    };
    let list: Vec<String> = found
        .iter()
        .flat_map(read)
        .map(|offence| format!("{}:{}: {}", offence.file, offence.line, offence.what))
        .collect();
    assert!(list.is_empty(), "{}", list.join("\n"));
}
