//! `unsafe` blocks stand where SECURITY.md says.

use std::path::{Path, PathBuf};

use super::source::{Source, files};

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
