//! Cologne as it is configured in `examples/koeln`, beside an independent program over the same files
//! (`tests/oracle/coverage.py`, with numpy and scipy). Where the data is absent this says so and tests nothing.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use serde_json::{Value, json};

use crate::server::Server;

/// The folder of data, if that of a city is in it.
pub fn data_of(city: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("VEEDEL_DATA")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data"), PathBuf::from);
    let is_there = folder.join(city).is_dir();
    if !is_there {
        println!("skipped: there is no {city} in {}", folder.display());
    }
    is_there.then_some(folder)
}

/// Cologne's parts of planning, imported as `scripts/koeln.sh` does.
static CITY: LazyLock<Option<tempfile::TempDir>> = LazyLock::new(|| {
    let data = data_of("koeln")?.join("koeln");
    let folder = tempfile::tempdir().unwrap();
    let import = |file: &str, more: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_veedel"));
        command.arg("import").arg(data.join(file)).args(more).arg("--into").arg(folder.path());
        let output = command.output().unwrap();
        assert!(output.status.success(), "{file}: {}", String::from_utf8_lossy(&output.stderr));
    };
    for file in
        ["Stadtbezirk.shp", "Stadtteil.shp", "Stadtviertel.shp", "Strassenabschnitt.shp", "bevoelkerung.csv"]
    {
        import(file, &[]);
    }
    import("gruenflaechen-objekte.shp", &["--name", "spielplaetze", "--where", "Objekttyp = 4"]);
    import("adressen-abgeleitet.csv", &["--name", "adressen", "--source-srs", "25832"]);
    import("schulen-in-koeln.arcgis.json", &["--name", "schulen"]);
    import("osm-amenity_kindergarten.geojson", &["--name", "kitas"]);
    import("osm-amenity_library.geojson", &["--name", "bibliotheken"]);
    Some(folder)
});

const EXAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/koeln/veedel.toml");

pub fn serve() -> Option<Server> {
    let folder = CITY.as_ref()?.path().to_str().unwrap().to_owned();
    Some(Server::ready(&[&folder, "--config", EXAMPLE]))
}

/// The same where small counts are protected.
pub fn serve_protected() -> Option<(Server, tempfile::NamedTempFile)> {
    let folder = CITY.as_ref()?.path().to_str().unwrap().to_owned();
    let file = tempfile::NamedTempFile::with_suffix(".toml").unwrap();
    let text = std::fs::read_to_string(EXAMPLE).unwrap();
    std::fs::write(file.path(), text.replace("exact = true", "exact = false")).unwrap();
    Some((Server::ready(&[&folder, "--config", file.path().to_str().unwrap()]), file))
}

fn oracle(more: &[&str]) -> Option<Value> {
    oracle_of("coverage.py", more)
}

/// What an independent program says, or None where its libraries are not installed.
pub fn oracle_of(script: &str, more: &[&str]) -> Option<Value> {
    let script = format!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/oracle/{}"), script);
    let python = python_with("numpy, scipy, osgeo")?;
    let output =
        Command::new(&python).arg(script).arg("--data").arg(data_of("")?).args(more).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(serde_json::from_slice(&output.stdout).unwrap())
}

/// The Python that independent programs run with, if it has these modules.
pub fn python_with(modules: &str) -> Option<String> {
    let python = std::env::var("VEEDEL_PYTHON").unwrap_or("/usr/bin/python3".into());
    let has = Command::new(&python).args(["-c", &format!("import {modules}")]).output();
    if has.is_ok_and(|output| output.status.success()) {
        return Some(python);
    }
    println!("skipped: {python} has not all of {modules}");
    None
}

fn question(case: &str) -> String {
    let schools = "facilities=schulen&filter=schulart+%3D+%27Grundschule%27&ages=6,10";
    let playgrounds = "facilities=spielplaetze&minimum_area=500";
    let (facilities, distance) = match case {
        "din_0_6_200" => (format!("{playgrounds}&ages=0,6"), "200"),
        "din_6_10_400" => (format!("{playgrounds}&ages=6,10"), "400"),
        "din_15_18_1000" => (format!("{playgrounds}&ages=15,18"), "1000"),
        school => (schools.to_owned(), school.trim_start_matches("grundschule_")),
    };
    format!("/processes/coverage/execution?{facilities}&distance={distance}&date=2012-12-31&by=stadtteil")
}

#[test]
fn coverage_is_what_scipy_finds_in_every_stadtteil() {
    let Some(server) = serve() else { return };
    let Some(oracle) = oracle(&[]) else { return };
    let cases = oracle["cases"].as_array().unwrap();
    assert_eq!(cases.len(), 7);
    for case in cases {
        let name = case["name"].as_str().unwrap();
        let answer = server.get(&question(name)).json();
        let areas = answer["areas"].as_array().unwrap();
        assert_eq!(areas.len(), 86, "{name}");
        assert!(answer["result"]["id"].is_string(), "{name} is too large to be kept");
        for area in areas {
            let theirs = &case["areas"][area["id"].as_str().unwrap()];
            for (ours, theirs) in [
                (&area["persons"], &theirs["persons"]),
                (&area["covered"], &theirs["covered"]),
                (&area["airline"]["covered"], &theirs["airline_covered"]),
            ] {
                let difference = (ours.as_f64().unwrap() - theirs.as_f64().unwrap()).abs();
                // Whole persons, so that areas add up to the city.
                assert!(difference < 1.0, "{name} {area}: {theirs}");
            }
        }
    }
}

/// Of protected numbers nineteen of twenty lie within the margin that stands beside them, level by
/// level, whatever is asked.
#[test]
fn protected_numbers_lie_within_their_margins() {
    let (Some(exact), Some((protected, _file))) = (serve(), serve_protected()) else { return };
    let schools = "facilities=schulen&filter=schulart+%3D+%27Grundschule%27&ages=6,10";
    for level in ["stadtteil", "stadtbezirk", "stadtviertel"] {
        let (mut inside, mut all) = (0, 0);
        for facilities in [schools, "facilities=kitas&ages=0,3", "facilities=spielplaetze"] {
            for distance in [200, 400, 1000] {
                let question = format!(
                    "/processes/coverage/execution?{facilities}&distance={distance}&date=2012-12-31&by={level}"
                );
                let (truth, shown) = (exact.get(&question).json(), protected.get(&question).json());
                let rows = |answer: &Value| {
                    let mut rows = answer["areas"].as_array().unwrap().clone();
                    rows.push(json!({ "persons": answer["persons"], "covered": answer["covered"],
                        "uncovered": answer["uncovered"], "margin": answer["margin"] }));
                    rows
                };
                for (truth, shown) in rows(&truth).iter().zip(rows(&shown)) {
                    for count in ["covered", "uncovered"] {
                        let Some(margin) = shown["margin"][count].as_f64() else { continue };
                        let Some(own) = shown[count].as_f64() else { continue };
                        all += 1;
                        inside += usize::from((own - truth[count].as_f64().unwrap()).abs() <= margin);
                    }
                }
                assert!(truth.get("margin").is_none(), "exact counts have no margin");
            }
        }
        println!("{level}: {inside} of {all} within their margins");
        assert!(all > 100 && inside * 20 >= all * 19, "{level}: {inside} of {all}");
    }
}

#[test]
fn official_totals_come_out_exactly() {
    let Some(server) = serve() else { return };
    for (ages, persons) in [("0,3", 29_838), ("3,6", 27_866), ("6,10", 34_397), ("0,200", 1_044_555)] {
        let question = format!(
            "/processes/coverage/execution?facilities=kitas&distance=1000&ages={ages}&date=2012-12-31"
        );
        assert_eq!(server.get(&question).json()["persons"], json!(persons), "{ages}");
    }
}

#[test]
fn a_rule_names_the_groups_that_it_cuts() {
    let Some(server) = serve() else { return };
    let answer = server
        .get("/processes/coverage/execution?facilities=spielplaetze&rule=DIN+18034&date=2012-12-31")
        .json();
    let steps = answer["evidence"]["rule"]["steps"].as_array().unwrap();
    assert_eq!(steps[1]["groups"], json!(["6–9"]));
    assert_eq!(steps[1]["groupsCutAndNotCounted"], json!(["10–14"]));
    assert_eq!(answer["steps"][0]["persons"], json!(57_704));
}

#[test]
fn ways_are_as_long_as_scipy_says() {
    let Some(server) = serve() else { return };
    let Some(oracle) = oracle(&["--pairs", "100", "--seed", "7"]) else { return };
    let pairs = oracle["pairs"].as_array().unwrap();
    assert_eq!(pairs.len(), 100);
    for pair in pairs {
        let home =
            server.get(&format!("/collections/adressen/items/{}", pair["id"].as_str().unwrap())).json();
        let place = &home["geometry"]["coordinates"];
        let question = format!(
            "/processes/nearest/execution?facilities=schulen&filter=objectid={}&point={},{}",
            pair["school"], place[0], place[1]
        );
        let found = server.get(&question).json();
        match (pair["metres"].as_f64(), found["nearest"][0]["distance"].as_f64()) {
            (Some(theirs), Some(ours)) => assert!((ours - theirs).abs() <= 0.15, "{pair} {ours}"),
            (theirs, None) => assert!(theirs.is_none_or(|theirs| theirs > 19_999.0), "{pair} {found}"),
            (None, Some(_)) => panic!("{pair} {found}"),
        }
    }
}

/// A long run, where pandana is installed (`make test-all` does so): shortest ways between nodes by a third program.
#[test]
fn ways_are_as_long_as_pandana_says() {
    if python_with("pandana, pyproj").is_none() {
        return;
    }
    let Some(server) = serve() else { return };
    let Some(oracle) = oracle_of("ways.py", &["--pairs", "200", "--seed", "11"]) else { return };
    let pairs = oracle["pairs"].as_array().unwrap();
    let (from, to): (Vec<&Value>, Vec<&Value>) =
        pairs.iter().map(|pair| (&pair["from"], &pair["to"])).unzip();
    let locations: Vec<&Value> = from.iter().chain(&to).copied().collect();
    let numbers = |from: usize| (from..from + pairs.len()).collect::<Vec<_>>();
    let body = json!({ "locations": locations, "sources": numbers(0), "destinations": numbers(pairs.len()),
        "metrics": ["distance"] });
    let answer = server.post("/v2/matrix/foot-walking/json", &body).json();
    let mut compared = 0;
    for (index, pair) in pairs.iter().enumerate() {
        // No way here is longer than 20 km.
        let ours = answer["distances"][index][index].as_f64();
        match (ours, pair["metres"].as_f64().filter(|metres| *metres < 19_999.0)) {
            (Some(ours), Some(theirs)) => {
                assert!((ours - theirs).abs() <= 0.3, "{pair}: {ours}");
                compared += 1;
            }
            (ours, theirs) => {
                assert!(theirs.is_none() && ours.is_none_or(|ours| ours > 19_998.0), "{pair}: {ours:?}")
            }
        }
    }
    assert!(compared > pairs.len() / 2, "{compared}");
    println!("{compared} ways as pandana {} says", oracle["pandana"]);
}
