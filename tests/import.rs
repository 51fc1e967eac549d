//! `veedel import` as an office uses it: files in, layers served, and a report of what was odd.

#![cfg(feature = "gdal")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice
)]

#[path = "folder/mvt.rs"]
mod mvt;
#[path = "common/postgres.rs"]
mod postgres;
#[path = "common/server.rs"]
mod server;

#[path = "import/again.rs"]
mod again;
#[path = "import/again_in_a_folder.rs"]
mod again_in_a_folder;
#[path = "import/books.rs"]
mod books;
#[path = "import/cologne.rs"]
mod cologne;
#[path = "import/dependents.rs"]
mod dependents;
#[path = "import/detail.rs"]
mod detail;
#[path = "import/fence.rs"]
mod fence;
#[path = "import/followed.rs"]
mod followed;
#[path = "import/formats.rs"]
mod formats;
#[path = "import/letters.rs"]
mod letters;
#[path = "import/numbers.rs"]
mod numbers;
#[path = "import/oddities.rs"]
mod oddities;
#[path = "import/places.rs"]
mod places;
#[path = "import/postgis.rs"]
mod postgis;
#[path = "import/spreadsheets.rs"]
mod spreadsheets;
#[path = "import/workbooks.rs"]
mod workbooks;

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

/// Runs `veedel import ARGUMENTS…`.
fn import(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_veedel"));
    command.arg("import").args(arguments).env_remove("PGPASSWORD").output().unwrap()
}

/// Imports and answers the report; panics where a layer was not taken.
fn imported(arguments: &[&str], report: &Path) -> Value {
    let output = import(arguments);
    let said = format!("{}{}", text(&output.stdout), text(&output.stderr));
    assert!(output.status.success(), "{said}");
    serde_json::from_slice(&std::fs::read(report).unwrap()).unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The entry of the report about the layer of this name.
fn entry<'a>(report: &'a Value, name: &str) -> &'a Value {
    let found = report.as_array().unwrap().iter().find(|entry| entry["name"] == name);
    found.unwrap_or_else(|| panic!("no {name} in {report:#}"))
}

/// Makes a file of this GeoJSON.
fn ogr2ogr(file: &Path, geojson: &str, options: &[&str]) {
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join("source.geojson");
    std::fs::write(&source, geojson).unwrap();
    let output = Command::new("ogr2ogr").args(options).arg(file).arg(&source).output();
    let output = output.expect("ogr2ogr, of the package gdal-bin");
    assert!(output.status.success(), "{}", text(&output.stderr));
}

/// All features or rows of a collection.
fn items(server: &server::Server, collection: &str) -> Vec<Value> {
    let answer = server.get(&format!("/collections/{collection}/items?limit=1000"));
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()["features"].as_array().unwrap().clone()
}
