//! The predicates of CQL2's own conformance tests (OGC 21-065r2, Annex A, "test-data") and how many features of its test
//! data each finds, where `VEEDEL_CQL2` names a folder with them (`scripts/cql2.sh`): of files, of rows in memory and of
//! rows in the database, as text and as JSON.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::json;
use veedel::limits::Limits;
use veedel::query::cql2::{self, FilterLanguage, write_json};

use crate::direct::direct;
use crate::postgres::database;
use crate::server::Server;
use crate::tools::step;

const DATA: &str = "ne110m4cql2.gpkg";
const COLLECTIONS: [&str; 3] =
    ["ne_110m_admin_0_countries", "ne_110m_populated_places_simple", "ne_110m_rivers_lake_centerlines"];
/// Custom functions are an implementation's own; what the tests call `foo` is nobody's.
const LEAST: usize = 130;

/// A row of a table: collection, predicate, number of features.
struct Predicate {
    collection: String,
    text: String,
    count: u64,
}

fn folder() -> Option<PathBuf> {
    let folder = std::env::var_os("VEEDEL_CQL2").map(PathBuf::from);
    if folder.is_none() {
        println!("skipped: VEEDEL_CQL2 names no folder with CQL2's tests; scripts/cql2.sh makes one");
    }
    folder
}

/// All rows `|collection |`predicate` |count` of the annex; a backslash there keeps AsciiDoc from reading a sign.
fn predicates(folder: &Path) -> Vec<Predicate> {
    let mut all = vec![];
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "adoc") {
            continue;
        }
        for line in std::fs::read_to_string(path).unwrap().lines() {
            let Some(line) = line.strip_prefix("|ne_110m") else { continue };
            let (collection, rest) = line.split_once(" |`").unwrap();
            let (text, count) = rest.rsplit_once("` |").unwrap();
            all.push(Predicate {
                collection: format!("ne_110m{collection}"),
                text: text.replace('\\', ""),
                count: count.trim().parse().unwrap(),
            });
        }
    }
    all
}

fn ogr2ogr(arguments: &[&str]) {
    let status = Command::new("ogr2ogr").args(arguments).status().expect("ogr2ogr runs");
    assert!(status.success(), "{arguments:?}");
}

/// Every predicate at one server.
fn ask(name: &str, server: &Server, predicates: &[Predicate]) {
    let mut apart = vec![];
    for predicate in predicates {
        let Predicate { collection, text, count } = predicate;
        let answer = server.get(&format!("/collections/{collection}/items?limit=1&filter={}", step(text)));
        let expression = cql2::parse(text, FilterLanguage::Text, &Limits::default()).unwrap();
        let filter: serde_json::Value = serde_json::from_str(&write_json::write(&expression)).unwrap();
        let body = json!({ "filter": filter, "limit": 1 });
        let as_json = server.post(&format!("/collections/{collection}/items/search"), &body);
        for (how, answer) in [("text", answer), ("JSON", as_json)] {
            let found = answer.json()["numberMatched"].as_u64();
            if found != Some(*count) {
                apart.push(format!("{collection} {text} ({how}): {found:?}, not {count}: {}", answer.text()));
            }
        }
    }
    println!("{name}: {} of {} predicates", predicates.len() * 2 - apart.len(), predicates.len() * 2);
    let short: Vec<String> = apart.iter().map(|line| line.chars().take(300).collect()).collect();
    assert!(apart.is_empty(), "{name}:\n{}", short.join("\n"));
}

#[test]
fn predicates_of_the_standard_find_what_it_says() {
    let Some(suite) = folder() else { return };
    let predicates = predicates(&suite);
    assert!(predicates.len() >= LEAST, "{} predicates", predicates.len());
    let data = suite.join(DATA);
    let data = data.to_str().unwrap();

    let files = tempfile::tempdir().unwrap();
    let database = database("cql2");
    for collection in COLLECTIONS {
        let file = files.path().join(format!("{collection}.fgb"));
        ogr2ogr(&["-f", "FlatGeobuf", file.to_str().unwrap(), data, collection]);
        std::fs::write(file.with_extension("schema.toml"), "geometry = \"geom\"\n").unwrap();
        let options = ["-lco", "LAUNDER=NO", "-lco", "GEOMETRY_NAME=geom", "-nlt", "PROMOTE_TO_MULTI"];
        let url = database.url();
        ogr2ogr(&[&["-f", "PostgreSQL", url.as_str(), data, collection][..], &options].concat());
    }
    ask("files", &Server::ready(&[files.path().to_str().unwrap()]), &predicates);
    ask("rows in memory", &Server::ready(&[&database.url()]), &predicates);
    let (server, _folder) = direct(&database.url(), &COLLECTIONS, "[limits]\ndirect_count_time = \"10s\"");
    ask("rows in the database", &server, &predicates);
}
