//! Clients that people use, on a PostGIS: what they read of us is what they read of the database itself.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;
use std::process::Command;

use crate::postgres::Database;
use crate::server::Server;
use crate::tools::{TOWN, key, town};

/// What `ogrinfo` says, or None (and a word) where there is none.
fn ogrinfo(arguments: &[&str]) -> Option<String> {
    let answer = Command::new("ogrinfo").args(["-ro"]).args(arguments).output();
    let Ok(answer) = answer else {
        println!("skipped: no ogrinfo here (Debian's gdal-bin)");
        return None;
    };
    let text = String::from_utf8_lossy(&answer.stdout).into_owned();
    assert!(answer.status.success(), "{arguments:?}: {text}{}", String::from_utf8_lossy(&answer.stderr));
    Some(text)
}

#[test]
fn gdal_reads_of_us_what_it_reads_of_the_database() {
    let server = Server::ready(&[&town().url()]);
    let (oapif, postgres) = (format!("OAPIF:{}", server.base), town().url());
    let folder = tempfile::tempdir().unwrap();
    let Some(list) = ogrinfo(&[&oapif]) else { return };
    for collection in TOWN {
        assert!(list.contains(&format!(": {collection}")), "{list}");
        let ours = ogrinfo(&["-so", &oapif, collection]).unwrap();
        let count = town().sql(&format!("SELECT count(*) FROM {collection}"));
        assert!(ours.contains(&format!("Feature Count: {count}")), "{collection}: {ours}");
        let extent: Vec<f64> = numbers(ours.lines().find(|line| line.starts_with("Extent:")).unwrap());
        let theirs = town().sql(&format!(
            "SELECT ST_XMin(e), ST_YMin(e), ST_XMax(e), ST_YMax(e)
             FROM (SELECT ST_Extent(ST_Transform(geom, 4326)) AS e FROM {collection}) e"
        ));
        let theirs: Vec<f64> = theirs.split('|').map(|number| number.parse().unwrap()).collect();
        let is_near = extent.iter().zip(&theirs).all(|(ours, theirs)| (ours - theirs).abs() < 1e-5);
        assert!(extent.len() == 4 && is_near, "{collection}: {extent:?} {theirs:?}");
        // Every attribute and every vertex, over as many pages as it takes.
        let options = [collection, "-oo", "PAGE_SIZE=500"];
        // The column that GDAL takes for the id of features is no attribute of a table: so it is asked for once more.
        let id = key(collection);
        let sql = format!("SELECT t.*, {id}::text AS its_key FROM {collection} t");
        let dump = |source: &str, options: &[&str]| {
            let name = format!("{collection}{}.csv", source.len());
            let file = folder.path().join(name);
            let mut command = Command::new("ogr2ogr");
            command.args(["-f", "CSV", "-lco", "GEOMETRY=AS_WKT"]).arg(&file).arg(source).args(options);
            let answer = command.output().unwrap();
            assert!(answer.status.success(), "{collection}: {}", String::from_utf8_lossy(&answer.stderr));
            rows(&std::fs::read_to_string(&file).unwrap(), id)
        };
        let (ours, theirs) =
            (dump(&oapif, &options), dump(&postgres, &["-t_srs", "OGC:CRS84", "-sql", &sql]));
        assert_eq!(ours.len(), theirs.len(), "{collection}");
        for (key, mut theirs) in theirs {
            let mut ours = ours.get(&key).unwrap_or_else(|| panic!("{collection} lacks {key}")).clone();
            assert_near(&ours.remove("WKT").unwrap(), &theirs.remove("WKT").unwrap());
            for (name, value) in theirs {
                assert_eq!(ours.get(&name), Some(&value), "{collection} {key} {name}");
            }
        }
    }
}

/// The rows of a CSV file by key: each column's value by name.
fn rows(csv: &str, key: &str) -> BTreeMap<String, BTreeMap<String, String>> {
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let names = reader.headers().unwrap().clone();
    let row = |row: csv::StringRecord| {
        let cells = names.iter().zip(row.iter()).map(|(name, value)| (name.to_owned(), plain(value)));
        let mut row: BTreeMap<String, String> = cells.collect();
        let id = row.remove("its_key").unwrap_or_else(|| row[key].clone());
        (id, row)
    };
    reader.records().map(|record| row(record.unwrap())).collect()
}

/// A value apart from how its driver writes it: `12.50` is a decimal in the database and a number in JSON, and documents
/// have blanks or none.
fn plain(value: &str) -> String {
    match serde_json::from_str::<serde_json::Value>(value) {
        Ok(serde_json::Value::Number(number)) => number.as_f64().unwrap().to_string(),
        Ok(document) => document.to_string(),
        Err(_) => value.to_owned(),
    }
}

/// Whether two shapes have the same vertices, within the ninth decimal that is written.
fn assert_near(ours: &str, theirs: &str) {
    let word = |wkt: &str| wkt.split(['(', ' ']).next().unwrap_or_default().to_owned();
    assert_eq!(word(ours), word(theirs));
    let (ours, theirs) = (numbers(ours), numbers(theirs));
    assert_eq!(ours.len(), theirs.len());
    for point in ours.chunks(2) {
        let is_near = |other: &[f64]| point.iter().zip(other).all(|(a, b)| (a - b).abs() < 1.1e-9);
        assert!(theirs.chunks(2).any(is_near), "{point:?}");
    }
}

fn numbers(line: &str) -> Vec<f64> {
    let parts = line.split(|c: char| !(c.is_ascii_digit() || ".-".contains(c)));
    parts.filter_map(|part| part.parse().ok()).collect()
}

/// Only where `VEEDEL_CLIENTS` asks for it (`make test-clients`), as QGIS is large.
#[test]
fn qgis_reads_of_us_what_it_reads_of_the_database() {
    compare_by_qgis(town(), &TOWN.map(|collection| format!("{collection}={}", key(collection))));
}

/// Has each QGIS that is here compare tables (`TABLE=KEY`) on the server with those in the
/// database.
pub fn compare_by_qgis(database: &Database<'_>, tables: &[String]) {
    if std::env::var_os("VEEDEL_CLIENTS").is_none() {
        println!("skipped: make test-clients installs QGIS and runs this");
        return;
    }
    compare(Command::new("/usr/bin/python3"), database, tables);
    let newer = Path::new("target/trixie");
    if !newer.join(".made").exists() {
        println!("skipped: QGIS 3.40, as there is no {} (scripts/trixie.sh)", newer.display());
        return;
    }
    let mut command = Command::new("chroot");
    command.arg(newer).arg("python3");
    compare(command, database, tables);
}

fn compare(mut python: Command, database: &Database<'_>, tables: &[String]) {
    let server = Server::ready(&[&database.url()]);
    let script = File::open("tests/clients/compare_qgis.py").unwrap();
    python
        .args(["-", server.base.as_str(), "127.0.0.1", &database.cluster.port().to_string(), &database.name])
        .args(tables);
    let status = python.env("QT_QPA_PLATFORM", "offscreen").stdin(script).status().expect("python3 runs");
    assert!(status.success());
}

/// Only where `VEEDEL_PYOGRIO` names a Python with pyogrio (`make test-clients`), whose GDAL is newer than Debian's.
#[test]
fn a_newer_gdal_reads_of_us_what_the_database_holds() {
    let Some(python) = std::env::var_os("VEEDEL_PYOGRIO") else {
        println!("skipped: make test-clients installs pyogrio and runs this");
        return;
    };
    let server = Server::ready(&[&town().url()]);
    let folder = tempfile::tempdir().unwrap();
    let package = folder.path().join("town.gpkg");
    for (at, collection) in TOWN.iter().enumerate() {
        let sql = format!("SELECT *, {}::text AS its_key FROM {collection}", key(collection));
        let mut command = Command::new("ogr2ogr");
        command.args(["-f", "GPKG"]).args((at > 0).then_some("-update")).arg(&package).arg(town().url());
        let status = command.args(["-sql", &sql, "-nln", collection]).status().expect("ogr2ogr runs");
        assert!(status.success(), "{collection}");
    }
    let tables = TOWN.map(|collection| format!("{collection}={}", key(collection)));
    let mut command = Command::new(python);
    command.args(["tests/clients/compare_gdal.py", server.base.as_str()]).arg(package).args(tables);
    assert!(command.status().expect("python3 runs").success());
}

/// Only where `VEEDEL_CLIENTS` asks for it, as they come from npm.
#[test]
fn clients_of_the_web_find_their_way() {
    if std::env::var_os("VEEDEL_CLIENTS").is_none() {
        println!("skipped: make test-clients installs ogc-client and Masterportal's API and runs this");
        return;
    }
    let server = Server::ready(&[&town().url()]);
    let run = |script: &str, collection: &str, more: &[&str]| {
        let count = town().sql(&format!("SELECT count(*) FROM {collection}"));
        let arguments = [script, server.base.as_str(), collection, count.as_str()];
        let status = Command::new("node").args(arguments).args(more).status().expect("node runs");
        assert!(status.success(), "{script}");
    };
    run("tests/clients/ogc_client.mjs", "schulen", &[]);
    let point = town().sql(
        "SELECT ST_X(p), ST_Y(p) FROM (SELECT ST_PointOnSurface(geom) AS p FROM gebaeude WHERE id = 1) b",
    );
    let (x, y) = point.split_once('|').unwrap();
    run("tests/clients/masterportal.mjs", "gebaeude", &[x, y]);
}
