//! The same city from a folder, from PostGIS with its rows in another order, and in another coordinate system: the same
//! answers.

use serde_json::{Value, json};

use crate::city::{configuration_of, serve};
use crate::postgres;
use crate::server::Server;

/// Questions of every kind, by process and inputs.
fn questions(server: &Server) -> Vec<(&'static str, Value)> {
    let homes = server.get("/collections/adressen/items?limit=40").json();
    let home = homes["features"][17]["geometry"]["coordinates"].clone();
    let schools = json!({ "collection": "schulen" });
    let within = json!({ "distance": 500 });
    let group = json!({ "ages": [6, 10] });
    vec![
        ("coverage", json!({ "facilities": schools, "within": within, "group": group, "by": "bezirk" })),
        (
            "coverage",
            json!({ "facilities": { "collection": "kitas", "add": [{ "point": home }] }, "within": within }),
        ),
        (
            "coverage",
            json!({ "facilities": { "collection": "spielplaetze" }, "within": { "rule": "DIN 18034" } }),
        ),
        ("nearest", json!({ "facilities": schools, "point": home, "k": 5, "route": true })),
        ("nearest", json!({ "facilities": schools, "group": group })),
        ("reach", json!({ "points": [home], "within": { "distance": [500, 1000] } })),
        (
            "supply",
            json!({ "facilities": { "collection": "kitas" }, "groups": [[0, 3], [3, 6]], "by": "all" }),
        ),
        ("siting", json!({ "facilities": schools, "within": within, "p": 3, "group": group })),
        ("profile", json!({ "area": "Altstadt/Markt", "level": "viertel" })),
    ]
}

/// An answer without what tells when and from where its data were read.
fn answer(server: &Server, process: &str, inputs: &Value) -> Value {
    let answer = server.post(&format!("/processes/{process}/execution"), &json!({ "inputs": inputs }));
    let mut document = answer.json();
    let members = document.as_object_mut().unwrap();
    for member in ["evidence", "result", "instance"] {
        members.remove(member);
    }
    json!({ "status": answer.status, "answer": document })
}

/// Whether two answers are alike, numbers within a tolerance.
fn alike(left: &Value, right: &Value, tolerance: f64) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => {
            (left.as_f64().unwrap() - right.as_f64().unwrap()).abs() <= tolerance
        }
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len()
                && left.iter().zip(right).all(|(left, right)| alike(left, right, tolerance))
        }
        (Value::Object(left), Value::Object(right)) => {
            left.len() == right.len()
                && left
                    .iter()
                    .all(|(key, value)| right.get(key).is_some_and(|other| alike(value, other, tolerance)))
        }
        (left, right) => left == right,
    }
}

/// Where two answers differ first, and what stands there.
fn first_difference(left: &Value, right: &Value) -> String {
    let inner = |key: String, left: &Value, right: &Value| {
        (left != right).then(|| format!("/{key}{}", first_difference(left, right)))
    };
    let found = match (left, right) {
        (Value::Object(left), Value::Object(right)) => left
            .iter()
            .find_map(|(key, value)| inner(key.clone(), value, right.get(key).unwrap_or(&Value::Null))),
        (Value::Array(left), Value::Array(right)) => {
            let mut pairs = left.iter().zip(right).enumerate();
            pairs.find_map(|(index, (left, right))| inner(index.to_string(), left, right))
        }
        _ => None,
    };
    found.unwrap_or_else(|| format!(": {left} against {right}"))
}

fn tables(more: &str) -> (Server, tempfile::NamedTempFile) {
    let database = postgres::database("planung");
    database.sql(include_str!("../../fixtures/city.sql"));
    for table in ["adressen", "strassen", "quartiere"] {
        // The same rows, written in another order.
        database.sql(&format!(
            "CREATE TABLE umsortiert (LIKE {table} INCLUDING ALL);
             INSERT INTO umsortiert SELECT * FROM {table} ORDER BY md5({table}::text);
             DROP TABLE {table}; ALTER TABLE umsortiert RENAME TO {table};"
        ));
    }
    let file = configuration_of(&database.url(), more);
    let server = Server::start(&["--config", file.path().to_str().unwrap()]);
    server.wait_ready();
    (server, file)
}

#[test]
fn a_folder_and_postgis_give_the_same_answers_whatever_the_order_of_rows() {
    for more in ["exact = true", ""] {
        let ((files, _file), (tables, _config)) = (serve(more), tables(more));
        for (process, inputs) in questions(&files) {
            let (ours, theirs) = (answer(&files, process, &inputs), answer(&tables, process, &inputs));
            assert_eq!(ours["status"], 200, "{process}: {ours}");
            assert!(ours == theirs, "{process} {inputs} {more}: {}", first_difference(&ours, &theirs));
        }
    }
}

#[test]
fn degrees_and_metres_give_the_same_answers() {
    let folder = tempfile::tempdir().unwrap();
    let city = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/city");
    for file in std::fs::read_dir(&city).unwrap().map(|file| file.unwrap().path()) {
        let name = file.file_name().unwrap().to_str().unwrap();
        let is_a_part =
            ["adressen", "strassen", "quartiere", "bezirke"].iter().any(|part| name == format!("{part}.fgb"));
        if !is_a_part {
            std::fs::copy(&file, folder.path().join(name)).unwrap();
            continue;
        }
        let import = std::process::Command::new(env!("CARGO_BIN_EXE_veedel"))
            .args([
                "import",
                file.to_str().unwrap(),
                "--srs",
                "4326",
                "--into",
                folder.path().to_str().unwrap(),
            ])
            .output()
            .unwrap();
        if !import.status.success() {
            println!("skipped: this build cannot import: {}", String::from_utf8_lossy(&import.stderr));
            return;
        }
    }
    let file = configuration_of(folder.path().to_str().unwrap(), "exact = true");
    let degrees = Server::ready(&["--config", file.path().to_str().unwrap()]);
    let stored = degrees.get("/collections/strassen").json()["storageCrs"].clone();
    assert!(!stored.as_str().unwrap().ends_with("25832"), "{stored}");
    let (metres, _file) = serve("exact = true");
    for (process, inputs) in questions(&metres) {
        // A picture is sampled from where the place lies, and routes keep each vertex. So pictures
        // differ in single cells, and their areas by less than a thousandth.
        let (mut ours, mut theirs) = (answer(&metres, process, &inputs), answer(&degrees, process, &inputs));
        let mut areas = [vec![], vec![]];
        for (one, areas) in [&mut ours, &mut theirs].into_iter().zip(&mut areas) {
            if let Some(bands) = one.pointer_mut("/answer/reach").and_then(Value::as_array_mut) {
                for band in bands.iter_mut().filter_map(Value::as_object_mut) {
                    band.remove("geometry");
                    areas.push(band.remove("area").and_then(|area| area.as_f64()).unwrap_or_default());
                }
            }
        }
        let [own, other] = &areas;
        let are_alike = |(own, other): (&f64, &f64)| (own - other).abs() <= own * 0.001;
        assert!(own.len() == other.len() && own.iter().zip(other).all(are_alike), "{own:?} {other:?}");
        let tolerance = if process == "reach" { 1.0 } else { 0.11 };
        assert!(alike(&ours, &theirs, tolerance), "{process} {inputs}:\n{ours}\n{theirs}");
    }
}
