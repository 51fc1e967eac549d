//! Clients that people use, on a PostGIS: what they read of us is what they read of the database itself.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::direct::direct;
use crate::odd_texts;
use crate::postgres::{Database, database};
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
    let server = Server::ready(&[&town().url()]);
    compare_by_qgis(&server, town(), &TOWN.map(|collection| format!("{collection}={}", key(collection))));
}

/// The same of odd values, by filters as well, be the rows in memory or not.
#[test]
fn qgis_reads_and_finds_odd_values_as_the_database_does() {
    let database = odd("seltsam_qgis");
    let tables = ["worte=id", "viele=id", "namen=schluessel"].map(str::to_owned);
    let url = database.url();
    compare_by_qgis(&Server::ready(&[&url]), &database, &tables);
    let (direct, _folder) = direct(&url, &["worte", "viele", "namen"], "");
    compare_by_qgis(&direct, &database, &tables);
}

/// Many rows of odd values, in pages of any size. The first ones by key have the greatest numbers,
/// since clients tell the types of columns by the first page.
const MANY: &str = r#"
    CREATE TABLE viele (id int8 PRIMARY KEY, name text, zahl int8, mass float8, tag date, zeit timestamptz,
        geom geometry(Point, 25832));
    INSERT INTO viele SELECT
        CASE n % 7 WHEN 0 THEN -9007199254740992 - n WHEN 1 THEN 9007199254740992 + n WHEN 2 THEN -n ELSE n END,
        texts[1 + n % array_length(texts, 1)],
        CASE n % 5 WHEN 0 THEN 9007199254740993 WHEN 1 THEN -9007199254740993 WHEN 2 THEN n END,
        CASE n % 8 WHEN 0 THEN 'NaN' WHEN 1 THEN '-Infinity' WHEN 2 THEN NULL ELSE n / 4.0 END,
        CASE n % 6 WHEN 0 THEN NULL WHEN 1 THEN '0044-03-15 BC' ELSE date '2026-01-01' + n % 60 END,
        CASE WHEN n % 4 > 0 THEN timestamptz '2026-01-01T12:00:00Z' + n % 50 * interval '1 hour' END,
        ST_SetSRID(ST_MakePoint(356000 + 10 * n, 5645000 + n), 25832)
    FROM generate_series(1, 230) AS n, (VALUES (ARRAY[
        '"', '\', 'C:\', '\\wolke\teil', 'C:\neu\%', 'a\"b', '\"', '\\', '''', '\''', '''\', 'O''Neil', '',
        'Straße: "a\b"', 'ÄÖÜ ß', 'äöü ß', '50%', '50x', 'a_b', 'axb', 'a\_b', E'zwei\nZeilen', ' vorn', NULL, 'NULL',
        '{"a": 1}', '%', '_', 'C++', 'C  ', 'a+b & c=d#e;f?g/h', 'a b & c=d#e;f?g/h', '50%25'])) AS t (texts)"#;

fn odd(name: &str) -> Database<'static> {
    let database = database(name);
    database.sql(odd_texts::TABLES);
    database.sql(MANY);
    database
}

/// Filters in GDAL's language, and the same in SQL.
fn filters(database: &Database<'_>) -> Vec<(String, String)> {
    let texts = database.sql("SELECT json_agg(DISTINCT name) FROM viele WHERE name IS NOT NULL");
    let mut texts: Vec<String> = serde_json::from_str(&texts).unwrap();
    // In GDAL's language a backslash before a quote escapes it.
    texts.retain(|text| !(text.ends_with('\\') || text.contains(r"\'")));
    let quoted = |text: &str| format!("'{}'", text.replace('\'', "''"));
    // It writes a plus as it is, which without a blank beside it is one to us.
    let written = texts.iter().filter(|text| !text.contains('+') || text.contains(' '));
    let mut filters: Vec<String> = written.map(|text| format!("name = {}", quoted(text))).collect();
    for text in texts.iter().filter(|text| !text.contains(['\\', '%', '_'])) {
        let start: String = text.chars().take(2).collect();
        filters.push(format!("name LIKE {}", quoted(&format!("{start}%"))));
        // `_` is one byte to it.
        if let Some((first, end)) = text.split_at_checked(1).filter(|(first, _)| first.is_ascii()) {
            filters.push(format!("name LIKE {}", quoted(&format!("{first}%{end}"))));
            filters.push(format!("name LIKE {}", quoted(&format!("_{end}"))));
        }
    }
    let list: Vec<String> = texts.iter().step_by(3).map(|text| quoted(text)).collect();
    filters
        .extend(["", "name IS NOT NULL AND NOT "].map(|test| format!("{test}name IN ({})", list.join(", "))));
    filters.extend(
        [
            "name IS NULL",
            "zahl IS NULL",
            "zeit IS NULL",
            "zahl = 9007199254740993",
            "zahl = -9007199254740993",
            "zahl = 9007199254740992",
            "zahl < 0 AND name IS NOT NULL",
            "id = 9007199254740993",
            "id = -2",
            "id < -9007199254740992",
            "zahl IN (9007199254740993, 7)",
        ]
        .map(str::to_owned),
    );
    let mut filters: Vec<_> = filters.into_iter().map(|filter| (filter.clone(), filter)).collect();
    // What GDAL has no value for is NULL to it.
    filters.extend(
        [
            ("mass > 1", "mass > 1 AND mass < 'Infinity'"),
            ("mass IS NULL", "mass IS NULL OR abs(mass) IN ('NaN', 'Infinity')"),
            ("tag IS NULL", "tag IS NULL"),
        ]
        .map(|(filter, sql)| (filter.to_owned(), sql.to_owned())),
    );
    filters
}

/// Has GDAL, by this Python, read and filter a table of odd values on each server.
fn ask_by_gdal(python: &Path, database: &Database<'_>, servers: [&Server; 2]) {
    let ids = |sql: &str| -> serde_json::Value {
        let sql = format!("SELECT coalesce(json_agg(id::text), '[]') FROM viele WHERE {sql}");
        serde_json::from_str(&database.sql(&sql)).unwrap()
    };
    let values = database.sql(
        r#"SELECT json_object_agg(id, json_build_object('name', name, 'zahl', zahl::text, 'mass', mass::text,
             'tag', tag::text, 'zeit', to_char(zeit AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'))) FROM viele"#,
    );
    let values: serde_json::Value = serde_json::from_str(&values).unwrap();
    let filters: Vec<_> = filters(database).into_iter().map(|(filter, sql)| (filter, ids(&sql))).collect();
    let wanted = serde_json::json!({ "table": "viele", "values": values, "filters": filters });
    for server in servers {
        let mut command = Command::new(python);
        command.args(["tests/clients/ask_gdal.py", server.base.as_str()]).stdin(Stdio::piped());
        let mut child = command.spawn().expect("python3 runs");
        serde_json::to_writer(child.stdin.take().unwrap(), &wanted).unwrap();
        assert!(child.wait().unwrap().success());
    }
}

#[test]
fn gdal_reads_and_finds_odd_values_as_the_database_does() {
    let has_gdal = Command::new("/usr/bin/python3").args(["-c", "import osgeo"]).status();
    if !has_gdal.is_ok_and(|status| status.success()) {
        println!("skipped: no osgeo here (Debian's python3-gdal)");
        return;
    }
    let database = odd("seltsam_gdal");
    let url = database.url();
    let resident = Server::ready(&[&url]);
    let (direct, _folder) = direct(&url, &["worte", "viele", "namen"], "");
    ask_by_gdal(Path::new("/usr/bin/python3"), &database, [&resident, &direct]);
    if let Some(newer) = std::env::var_os("VEEDEL_PYOGRIO") {
        ask_by_gdal(Path::new(&newer), &database, [&resident, &direct]);
    }
}

/// Has each QGIS that is here compare tables (`TABLE=KEY`) on the server with those in the
/// database.
fn compare_by_qgis(server: &Server, database: &Database<'_>, tables: &[String]) {
    if std::env::var_os("VEEDEL_CLIENTS").is_none() {
        println!("skipped: make test-clients installs QGIS and runs this");
        return;
    }
    compare(Command::new("/usr/bin/python3"), server, database, tables);
    let newer = Path::new("target/trixie");
    if !newer.join(".made").exists() {
        println!("skipped: QGIS 3.40, as there is no {} (scripts/trixie.sh)", newer.display());
        return;
    }
    let mut command = Command::new("chroot");
    command.arg(newer).arg("python3");
    compare(command, server, database, tables);
}

fn compare(mut python: Command, server: &Server, database: &Database<'_>, tables: &[String]) {
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
