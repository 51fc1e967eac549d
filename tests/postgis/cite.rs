//! OGC's own test suites for Features Part 1 and 2 and for Tiles, where `VEEDEL_CITE` and
//! `VEEDEL_CITE_TILES` name folders with them (`scripts/cite.sh`).

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::server::Server;
use crate::tools::town;

fn suite(variable: &str) -> Option<PathBuf> {
    let folder = std::env::var_os(variable).map(PathBuf::from);
    if folder.is_none() {
        println!("skipped: {variable} names no folder with OGC's suite; scripts/cite.sh makes one");
    }
    folder
}

/// Lets the suite of features ask the server.
fn ask(suite: &Path, name: &str, server: &Server) {
    run(
        suite,
        name,
        "ogcapifeatures10",
        &[("iut", format!("{}/", server.base)), ("noofcollections", "-1".into())],
    );
}

/// Lets the suite of tiles ask the server. It wants tiles that all have features.
fn ask_tiles(suite: &Path, name: &str, server: &Server) {
    let template = "collections/gebaeude/tiles/WebMercatorQuad/{tileMatrix}/{tileRow}/{tileCol}";
    let set = "http://www.opengis.net/def/tilematrixset/OGC/1.0/WebMercatorQuad";
    let entries = [
        ("iut", format!("{}/", server.base)),
        ("tilematrixsetdefinitionuri", set.into()),
        ("urltemplatefortiles", format!("{}/{template}", server.base)),
        ("tilematrix", "14".into()),
        ("mintilerow", "5502".into()),
        ("maxtilerow", "5503".into()),
        ("mintilecol", "8531".into()),
        ("maxtilecol", "8532".into()),
    ];
    run(suite, name, "ogcapitiles10", &entries);
}

/// Runs a suite, and holds what it found against `tests/cite/known.tsv`.
fn run(suite: &Path, name: &str, package: &str, entries: &[(&str, String)]) {
    let out = suite.join(name);
    let _ = std::fs::remove_dir_all(&out);
    std::fs::create_dir_all(&out).unwrap();
    let entry = |(key, value): &(&str, String)| format!("<entry key=\"{key}\">{value}</entry>");
    let properties = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<properties>{}</properties>\n",
        entries.iter().map(entry).collect::<String>()
    );
    std::fs::write(out.join("properties.xml"), properties).unwrap();
    let classes = format!("{0}/classes:{0}/lib/*", suite.display());
    let log = std::fs::File::create(out.join("suite.log")).unwrap();
    let status = Command::new("java")
        .args(["-cp", &classes, &format!("org.opengis.cite.{package}.TestNGController"), "-o"])
        .arg(&out)
        .arg(out.join("properties.xml"))
        .stderr(log.try_clone().unwrap())
        .stdout(log)
        .status();
    assert!(status.expect("java runs").success(), "see {}", out.join("suite.log").display());
    let judged = Command::new("python3").args(["tests/cite/judge.py", package, name]).arg(&out).status();
    assert!(judged.expect("python3 runs").success(), "{name}: a failure that is not explained");
}

#[test]
fn cite_finds_no_failure_of_ours_on_a_folder() {
    let Some(suite) = suite("VEEDEL_CITE") else { return };
    ask(&suite, "folder", &Server::ready(&["fixtures/city"]));
}

#[test]
fn cite_finds_no_failure_of_ours_on_a_postgis() {
    let Some(suite) = suite("VEEDEL_CITE") else { return };
    ask(&suite, "postgis", &Server::ready(&[&town().url()]));
}

#[test]
fn cite_finds_no_failure_in_our_tiles() {
    let Some(suite) = suite("VEEDEL_CITE_TILES") else { return };
    ask_tiles(&suite, "folder", &Server::ready(&["fixtures/city"]));
    ask_tiles(&suite, "postgis", &Server::ready(&[&town().url()]));
}
