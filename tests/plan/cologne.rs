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

/// How many of some protected numbers lie within their margins of the exact ones.
#[derive(Default)]
struct Held {
    inside: usize,
    all: usize,
}

impl Held {
    fn look(&mut self, truth: &Value, shown: &Value, margin: &Value) {
        if let (Some(truth), Some(shown), Some(margin)) = (truth.as_f64(), shown.as_f64(), margin.as_f64()) {
            self.all += 1;
            self.inside += usize::from((truth - shown).abs() <= margin);
        }
    }

    fn nineteen_of_twenty(&self, what: &str, least: usize) {
        println!("{what}: {} of {} within their margins", self.inside, self.all);
        assert!(
            self.all >= least && self.inside * 20 >= self.all * 19,
            "{what}: {} of {}",
            self.inside,
            self.all
        );
    }
}

#[test]
fn protected_differences_lie_within_their_margins() {
    let (Some(exact), Some((protected, _file))) = (serve(), serve_protected()) else { return };
    let schools = "facilities=schulen&filter=schulart+%3D+%27Grundschule%27&ages=6,10";
    let (mut areas, mut city) = (Held::default(), Held::default());
    for place in 0..12 {
        let add = format!("{},{}", 6.88 + 0.015 * f64::from(place), 50.90 + 0.012 * f64::from(place % 7));
        for change in [format!("add={add}"), format!("add={add}&remove={}", place + 1)] {
            for (facilities, distance) in [(schools, 1000), ("facilities=kitas&ages=0,3", 400)] {
                let question = format!(
                    "/processes/coverage/execution?{facilities}&distance={distance}&date=2012-12-31&by=stadtteil&{change}"
                );
                let (truth, shown) = (exact.get(&question), protected.get(&question));
                if truth.status != 200 {
                    continue;
                }
                let (truth, shown) = (truth.json(), shown.json());
                assert!(truth["difference"].get("margin").is_none());
                let (truth, shown) = (&truth["difference"], &shown["difference"]);
                city.look(&truth["uncovered"], &shown["uncovered"], &shown["margin"]);
                for own in shown["areas"].as_array().unwrap() {
                    let same =
                        truth["areas"].as_array().unwrap().iter().find(|other| other["id"] == own["id"]);
                    let truth = same.map_or(json!(0), |same| same["uncovered"].clone());
                    areas.look(&truth, &own["uncovered"], &own["margin"]);
                }
            }
        }
    }
    city.nineteen_of_twenty("differences of the city", 20);
    areas.nineteen_of_twenty("differences of areas", 40);
}

#[test]
fn protected_persons_and_ways_of_other_questions_lie_within_their_margins() {
    let (Some(exact), Some((protected, _file))) = (serve(), serve_protected()) else { return };
    let both = |question: &str| {
        let ask = |server: &Server| server.get(&format!("/processes/{question}&date=2012-12-31")).json();
        (ask(&exact), ask(&protected))
    };
    let (mut supplied, mut ratios) = (Held::default(), Held::default());
    for level in ["stadtteil", "stadtbezirk", "stadtviertel"] {
        let (truth, shown) = both(&format!(
            "supply/execution?facilities=spielplaetze&capacity=area&by={level}&groups=0,3;6,10"
        ));
        let rows = truth["supply"].as_array().unwrap().iter().zip(shown["supply"].as_array().unwrap());
        for (truth, shown) in rows {
            assert!(truth.get("margin").is_none() && truth.get("perPersonMargin").is_none());
            supplied.look(&truth["persons"], &shown["persons"], &shown["margin"]);
            ratios.look(&truth["perPerson"], &shown["perPerson"], &shown["perPersonMargin"]);
        }
    }
    supplied.nineteen_of_twenty("persons of supply", 300);
    ratios.nineteen_of_twenty("m² for each person", 200);
    let (mut persons, mut means) = (Held::default(), Held::default());
    for level in ["stadtteil", "stadtbezirk", "stadtviertel"] {
        for facilities in ["kitas&ages=0,3", "schulen&ages=6,10", "spielplaetze"] {
            let (truth, shown) = both(&format!("nearest/execution?facilities={facilities}&by={level}"));
            let rows = |answer: &Value| {
                let areas = answer["areas"].as_array().unwrap().clone();
                areas.into_iter().chain([answer["total"].clone()]).collect::<Vec<_>>()
            };
            for (truth, shown) in rows(&truth).iter().zip(rows(&shown)) {
                persons.look(&truth["persons"], &shown["persons"], &shown["margin"]);
                means.look(&truth["mean"], &shown["mean"], &shown["meanMargin"]);
            }
        }
    }
    persons.nineteen_of_twenty("persons with ways", 500);
    means.nineteen_of_twenty("mean ways", 500);
    let mut here = Held::default();
    for nth in 0..20 {
        let (west, south) = (6.86 + 0.012 * f64::from(nth), 50.88 + 0.011 * f64::from(nth % 9));
        let (east, north) = (west + 0.006 + 0.001 * f64::from(nth), south + 0.006 + 0.0005 * f64::from(nth));
        let polygon = format!(
            "{{\"type\":\"Polygon\",\"coordinates\":[[[{west},{south}],[{east},{south}],[{east},{north}],[{west},{north}],[{west},{south}]]]}}"
        );
        let inputs = json!({ "inputs": { "polygon": serde_json::from_str::<Value>(&polygon).unwrap(),
            "date": "2012-12-31" } });
        let ask = |server: &Server| server.post("/processes/profile/execution", &inputs).json();
        let (truth, shown) = (ask(&exact), ask(&protected));
        here.look(&truth["persons"], &shown["persons"], &shown["margin"]);
        for (truth, shown) in truth["groups"]
            .as_array()
            .into_iter()
            .flatten()
            .zip(shown["groups"].as_array().into_iter().flatten())
        {
            here.look(&truth["persons"], &shown["persons"], &shown["margin"]);
        }
    }
    here.nineteen_of_twenty("persons of drawn areas", 100);
    let mut gains = Held::default();
    for (facilities, distance) in [
        ("kitas&ages=0,3", 400),
        ("kitas&ages=3,6", 500),
        ("schulen&ages=6,10", 500),
        ("spielplaetze&ages=0,18", 400),
    ] {
        let question = format!("siting/execution?facilities={facilities}&distance={distance}&p=5");
        let shown = protected.get(&format!("/processes/{question}&date=2012-12-31")).json();
        let mut added: Vec<String> = vec![];
        let mut before = 0.0;
        for site in shown["sites"].as_array().unwrap() {
            added.push(format!("{},{}", site["point"][0], site["point"][1]));
            let (truth, _) = both(&format!(
                "coverage/execution?facilities={facilities}&distance={distance}&add={}",
                added.join(";")
            ));
            let gain = truth["difference"]["covered"].as_f64().unwrap();
            gains.look(&json!(gain - before), &site["gain"], &site["margin"]);
            before = gain;
        }
        gains.look(&json!(before), &shown["gain"], &shown["margin"]);
    }
    gains.nineteen_of_twenty("gains of sites", 20);
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
