//! The invented city: another city than Cologne, with other columns and keys, by configuration alone.

use std::io::Write;

use serde_json::{Value, json};

use crate::server::{Answer, Server};

/// The parts of the invented city; `more` goes into `[roles]`.
pub fn configuration(more: &str) -> tempfile::NamedTempFile {
    configuration_of(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/city"), more)
}

/// The same for a copy of the city in another folder.
pub fn configuration_of(city: &str, more: &str) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::with_suffix(".toml").unwrap();
    write!(
        file,
        r#"
sources = "{city}"
[roles]
{more}
[roles.network]
collection = "strassen"
[roles.demand]
collection = "adressen"
address = ["strasse", "hausnummer"]
[roles.areas.viertel]
collection = "quartiere"
id = "name"
[roles.areas.bezirk]
collection = "bezirke"
id = "id"
name = "name"
[roles.population]
collection = "bevoelkerung"
level = "viertel"
area = "gebiet"
date = "stichtag"
group = "altersgruppe"
persons = "anzahl"
[roles.facilities.kitas]
name = "name"
capacity = {{ column = "plaetze", unit = "Plätze", ages = [0, 6] }}
"#
    )
    .unwrap();
    file
}

/// The server of the invented city.
pub fn serve(more: &str) -> (Server, tempfile::NamedTempFile) {
    let file = configuration(more);
    let server = Server::ready(&["--config", file.path().to_str().unwrap()]);
    (server, file)
}

/// A copy of the invented city with layers of one's own: names, and features of GeoJSON. None, and a word why, where this
/// build cannot import them.
pub fn copy_with(layers: &[(&str, Vec<Value>)]) -> Option<tempfile::TempDir> {
    let (folder, sources) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let city = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/city");
    for file in std::fs::read_dir(city).unwrap().map(|file| file.unwrap().path()) {
        std::fs::copy(&file, folder.path().join(file.file_name().unwrap())).unwrap();
    }
    for (name, features) in layers {
        let source = sources.path().join(format!("{name}.geojson"));
        let collection = json!({ "type": "FeatureCollection", "features": features });
        std::fs::write(&source, collection.to_string()).unwrap();
        let import = std::process::Command::new(env!("CARGO_BIN_EXE_veedel"))
            .args(["import", source.to_str().unwrap(), "--into", folder.path().to_str().unwrap()])
            .output()
            .unwrap();
        if !import.status.success() {
            println!("skipped: this build cannot import: {}", String::from_utf8_lossy(&import.stderr));
            return None;
        }
    }
    Some(folder)
}

/// A feature of GeoJSON.
pub fn feature(geometry: &Value, properties: Value) -> Value {
    json!({ "type": "Feature", "geometry": geometry, "properties": properties })
}

/// The server of a copy of the city; `more` goes into `[roles]`, and what follows it may be further sections.
pub fn serve_copy(folder: &tempfile::TempDir, more: &str) -> (Server, tempfile::NamedTempFile) {
    let file = configuration_of(folder.path().to_str().unwrap(), more);
    let server = Server::ready(&["--config", file.path().to_str().unwrap()]);
    (server, file)
}

fn coverage(server: &Server, query: &str) -> Answer {
    server.get(&format!("/processes/coverage/execution?{query}"))
}

#[test]
fn a_question_is_answered_exactly_where_the_operator_says_so() {
    let (server, _file) = serve("exact = true");
    let answer = coverage(&server, "facilities=schulen&distance=1000&ages=6,10&by=bezirk");
    assert_eq!(answer.status, 200, "{}", answer.text());
    let answer = answer.json();
    let sum = |key: &str| {
        answer["areas"].as_array().unwrap().iter().map(|area| area[key].as_f64().unwrap()).sum::<f64>()
    };
    for key in ["persons", "covered", "uncovered"] {
        assert!((sum(key) - answer[key].as_f64().unwrap()).abs() < 0.01, "{key}");
    }
    let total = answer["persons"].as_f64().unwrap();
    assert!(
        total > 0.0
            && (answer["covered"].as_f64().unwrap() + answer["uncovered"].as_f64().unwrap() - total).abs()
                < 0.01
    );
    // The air line is never longer than the way.
    assert!(answer["airline"]["covered"].as_f64() >= answer["covered"].as_f64());
    let evidence = &answer["evidence"];
    assert_eq!(evidence["population"]["date"], "2024-12-31");
    assert_eq!(evidence["network"]["collection"], "strassen");
    assert_eq!(evidence["disclosure"]["mode"], "exact");
}

#[test]
fn what_the_table_lacks_is_named_and_not_imputed() {
    let (server, _file) = serve("exact = true");
    let answer = coverage(&server, "facilities=kitas&distance=1000&ages=3,6").json();
    let unknown = answer["evidence"]["population"]["areasWithoutNumber"].as_array().unwrap();
    assert!(unknown.contains(&json!("Mühlenbusch")), "{unknown:?}");
    let area = answer["areas"].as_array().unwrap().iter().find(|area| area["id"] == "Mühlenbusch").unwrap();
    assert_eq!(area["persons"], 0);
}

#[test]
fn without_a_word_answers_are_protected() {
    let (server, _file) = serve("");
    let answer = coverage(&server, "facilities=schulen&distance=500&ages=6,10").json();
    let is_protected = |value: &Value| value == "*" || value.as_f64().unwrap() % 5.0 == 0.0;
    for area in answer["areas"].as_array().unwrap() {
        for key in ["persons", "covered", "uncovered"] {
            assert!(is_protected(&area[key]), "{area}");
        }
        assert!((area["covered"] == "*") == (area["uncovered"] == "*"), "{area}");
    }
    for place in answer["unserved"]["places"].as_array().unwrap() {
        assert!(is_protected(&place["persons"]), "{place}");
    }
    let refused = coverage(&server, "facilities=schulen&distance=999&ages=6,10");
    assert_eq!((refused.status, refused.json()["parameter"].clone()), (400, json!("within")));
    // The table itself and its tiles are for nobody.
    assert_eq!(server.get("/collections/bevoelkerung/items").status, 404);
    let again = coverage(&server, "facilities=schulen&distance=500&ages=6,10").json();
    assert_eq!(answer, again);
}

#[test]
fn a_facility_more_never_harms_and_one_less_never_helps() {
    let (server, _file) = serve("exact = true");
    let covered = |query: &str| coverage(&server, query).json();
    let question = "facilities=schulen&distance=500&ages=6,10";
    let now = covered(question)["covered"].as_f64().unwrap();
    let schools = server.get("/collections/schulen/items?limit=100").json();
    for school in schools["features"].as_array().unwrap() {
        let less = covered(&format!("{question}&remove={}", school["id"]));
        assert!(less["after"]["covered"].as_f64().unwrap() <= now);
        assert_eq!(less["before"]["covered"].as_f64().unwrap(), now);
    }
    let home =
        &server.get("/collections/adressen/items?limit=1").json()["features"][0]["geometry"]["coordinates"];
    let more = covered(&format!("{question}&add={},{}", home[0], home[1]));
    assert!(more["after"]["covered"].as_f64().unwrap() >= now);
    let difference = more["difference"]["covered"].as_f64().unwrap();
    assert!((more["after"]["covered"].as_f64().unwrap() - now - difference).abs() < 0.002);
}

#[test]
fn coverage_grows_with_the_distance() {
    let (server, _file) = serve("exact = true");
    let covered = |distance: u32| {
        let answer = coverage(&server, &format!("facilities=kitas&distance={distance}")).json();
        [answer["covered"].as_f64().unwrap(), answer["airline"]["covered"].as_f64().unwrap()]
    };
    let all = [1, 100, 200, 400, 800, 1600, 3200, 20000].map(covered);
    for pair in all.windows(2) {
        assert!(pair[0][0] <= pair[1][0] && pair[0][1] <= pair[1][1]);
    }
}

#[test]
fn every_format_holds_the_same_figures() {
    let (server, _file) = serve("exact = true");
    let question = "facilities=schulen&distance=1000&ages=6,10";
    let json = coverage(&server, question).json();
    let csv = coverage(&server, &format!("{question}&f=csv"));
    assert!(csv.header("content-type").starts_with("text/csv"));
    let text = csv.text();
    let last = text.trim_end().lines().last().unwrap().to_owned();
    let cells: Vec<&str> = last.split(';').collect();
    assert_eq!(cells[2].replace(',', ".").parse::<f64>().unwrap(), json["persons"].as_f64().unwrap());
    assert_eq!(cells[3].replace(',', ".").parse::<f64>().unwrap(), json["covered"].as_f64().unwrap());
    let geojson = coverage(&server, &format!("{question}&f=geojson")).json();
    let features = geojson["features"].as_array().unwrap();
    let areas = features.iter().filter(|feature| feature["properties"]["part"] == "area");
    let covered: f64 = areas.map(|area| area["properties"]["covered"].as_f64().unwrap()).sum();
    assert!((covered - json["covered"].as_f64().unwrap()).abs() < 0.01);
    assert!(geojson["evidence"]["rule"].is_object());
    let xlsx = coverage(&server, &format!("{question}&f=xlsx"));
    assert_eq!((xlsx.status, &xlsx.body[..2]), (200, &b"PK"[..]));
}

#[test]
fn processes_describe_themselves_in_german_and_english() {
    let (server, _file) = serve("");
    let processes = server.get("/processes").json();
    for process in processes["processes"].as_array().unwrap() {
        let id = process["id"].as_str().unwrap();
        let german = server.get_with(&format!("/processes/{id}"), &[("Accept-Language", "de")]).json();
        let english = server.get_with(&format!("/processes/{id}"), &[("Accept-Language", "en")]).json();
        assert_ne!(german["description"], english["description"], "{id}");
        assert!(
            german["inputs"].as_object().unwrap().values().all(|input| input["title"].is_string()),
            "{id}"
        );
    }
}

#[test]
fn the_route_to_the_nearest_is_as_long_as_it_says_and_no_other_is_nearer() {
    let (server, _file) = serve("exact = true");
    let homes = server.get("/collections/adressen/items?limit=40").json();
    for home in homes["features"].as_array().unwrap().iter().step_by(4) {
        let point = format!("{},{}", home["geometry"]["coordinates"][0], home["geometry"]["coordinates"][1]);
        let answer = server
            .get(&format!("/processes/nearest/execution?facilities=schulen&point={point}&k=12&route=true"))
            .json();
        let found = answer["nearest"].as_array().unwrap();
        assert_eq!(found.len() as u64 + answer["evidence"]["notReached"].as_u64().unwrap(), 12, "{answer}");
        let distance = |found: &Value| found["distance"].as_f64().unwrap();
        assert!(found.windows(2).all(|pair| distance(&pair[0]) <= distance(&pair[1])));
        for school in found {
            assert!(school["airline"].as_f64().unwrap() <= distance(school) + 0.2, "{school}");
            let route: Vec<[f64; 2]> =
                serde_json::from_value(school["route"]["coordinates"].clone()).unwrap();
            // Degrees to metres near enough for a sum over a small city: the series for WGS 84.
            let metres = |pair: &[[f64; 2]]| {
                let phi = ((pair[0][1] + pair[1][1]) / 2.0).to_radians();
                let east = 111_412.84 * phi.cos() - 93.5 * (3.0 * phi).cos();
                let north = 111_132.92 - 559.82 * (2.0 * phi).cos();
                ((pair[1][0] - pair[0][0]) * east).hypot((pair[1][1] - pair[0][1]) * north)
            };
            let length: f64 = route.windows(2).map(metres).sum();
            assert!((length - distance(school)).abs() <= 2.0 + distance(school) * 0.001, "{length} {school}");
        }
    }
}
