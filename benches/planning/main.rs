//! Planning questions about a whole city, beside an independent program (numpy and scipy) that
//! answers coverage from the same files.
//!
//! `cargo bench --profile dist --bench planning` serves Cologne's open data as `examples/koeln`
//! says (imported to `target/koeln` by `scripts/koeln.sh`), asks each question again and again over
//! HTTP on one connection, and writes what it measured to `benches/results/`. The whole answer is
//! read, evidence and unserved places included.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![allow(clippy::indexing_slicing, clippy::string_slice)] // a tool for ourselves

#[path = "../beside_martin/machine.rs"]
mod machine;
#[path = "../../tests/common/server.rs"]
mod server;

use std::fmt::Write;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use server::Server;

const ROUNDS: usize = 21;
const ROOT: &str = env!("CARGO_MANIFEST_DIR");

fn main() {
    if !std::env::args().any(|argument| argument == "--bench") {
        println!("measured by cargo bench only");
        return;
    }
    let folder = Path::new(ROOT).join("target/koeln");
    if !folder.join("strassenabschnitt.fgb").exists() {
        println!("skipped: {} holds no imported city; make koeln imports it", folder.display());
        return;
    }
    let example = format!("{ROOT}/examples/koeln/veedel.toml");
    let server = Server::ready(&["--config", &example]);
    let before = machine::Load::now();
    let mut text = format!(
        "# Planning questions about Cologne, {}\n\n- Machine: {}\n- veedel {}, {}; over HTTP on loopback, answers read \
         whole; {ROUNDS} rounds after the first answer\n\n\
         | question | first (ms) | median (ms) | slowest (ms) | aim (ms) |\n| --- | ---: | ---: | ---: | ---: |\n",
        jiff::Zoned::now().strftime("%Y-%m-%d %H:%M %Z"),
        machine::describe(),
        env!("CARGO_PKG_VERSION"),
        machine::version(Path::new("rustc"), "--version"),
    );
    for (name, process, inputs, asked) in questions(&server) {
        let path = format!("/processes/{process}/execution");
        let body = json!({ "inputs": inputs });
        let ask = || {
            let began = Instant::now();
            let answer = server.post(&path, &body);
            assert_eq!(answer.status, 200, "{name}: {}", answer.text());
            began.elapsed()
        };
        let first = ask();
        let mut times: Vec<Duration> = (0..ROUNDS).map(|_| ask()).collect();
        times.sort();
        let ms = |time: Duration| time.as_secs_f64() * 1000.0;
        let (median, slowest) = (ms(times[ROUNDS / 2]), ms(times[ROUNDS - 1]));
        writeln!(text, "| {name} | {:.0} | **{median:.1}** | {slowest:.1} | {asked} |", ms(first)).unwrap();
    }
    writeln!(
        text,
        "\nThe first question of all builds the network, the second puts all addresses on it and into their areas."
    )
    .unwrap();
    oracle(&mut text);
    writeln!(text, "\nLoad average (1 / 5 min): {} before, {} after.", before.0, machine::Load::now().0)
        .unwrap();
    let today = jiff::Zoned::now().date();
    let file = Path::new(ROOT).join(format!("benches/results/{today}-planning.md"));
    std::fs::write(&file, &text).unwrap();
    println!("{text}\n{}", file.display());
}

/// Name, process, inputs, and what is asked for in milliseconds.
fn questions(server: &Server) -> Vec<(&'static str, &'static str, Value, &'static str)> {
    let schools = json!({ "collection": "schulen", "filter": "schulart = 'Grundschule'" });
    let query = "/collections/schulen/items?schulart=Grundschule&limit=1";
    let school = server.get(query).json()["features"][0].clone();
    let at = school["geometry"]["coordinates"].clone();
    let mut changed = schools.clone();
    changed["remove"] = json!([school["id"]]);
    changed["add"] = json!([{ "point": [6.96, 50.94] }]);
    let (group, within) = (json!({ "ages": [6, 10] }), json!({ "distance": 1000 }));
    vec![
        // First of all, so that its first answer builds the network and little else.
        (
            "the nearest school of a place, with the route",
            "nearest",
            json!({ "facilities": schools, "point": at, "route": true }),
            "2000 the first",
        ),
        (
            "coverage, 146 primary schools, 1000 m",
            "coverage",
            json!({ "facilities": schools, "within": within, "group": group, "by": "stadtteil" }),
            "50",
        ),
        (
            "the same, what if one closes and one comes",
            "coverage",
            json!({ "facilities": changed, "within": within, "group": group, "by": "stadtteil" }),
            "100",
        ),
        (
            "coverage, 665 playgrounds, DIN 18034",
            "coverage",
            json!({ "facilities": { "collection": "spielplaetze" }, "within": { "rule": "DIN 18034" } }),
            "–",
        ),
        (
            "one isochrone, 1000 m, with persons",
            "reach",
            json!({ "points": [at], "within": within, "group": group }),
            "20",
        ),
        (
            "146 isochrones of 500 and 1000 m",
            "reach",
            json!({ "facilities": schools, "within": { "distance": [500, 1000] }, "group": group }),
            "–",
        ),
        (
            "nearest for all 160,611 addresses",
            "nearest",
            json!({ "facilities": schools, "group": group }),
            "200",
        ),
        (
            "siting, p = 5 over all nodes",
            "siting",
            json!({ "facilities": schools, "within": within, "group": group, "p": 5 }),
            "2000",
        ),
        (
            "supply, 665 playgrounds, all levels and dates",
            "supply",
            json!({ "facilities": { "collection": "spielplaetze" }, "target": "koeln-spielflaeche", "by": "all", "date": "all" }),
            "–",
        ),
        ("profile of a Stadtteil", "profile", json!({ "area": "502" }), "–"),
    ]
}

/// What the independent program takes for the same, as it measures itself; reading the files is
/// part of its steps.
const STEPS: [(&str, &str); 5] = [
    ("network", "network read and built"),
    ("addresses", "addresses read and put on the network"),
    ("ways_schools", "ways from all addresses to the nearest of 146 primary schools"),
    ("ways_playgrounds", "the same to playgrounds"),
    ("total", "all of it, seven cases of coverage"),
];

/// The independent program's own time for its seven cases of coverage, reading included.
fn oracle(text: &mut String) {
    let data = std::env::var("VEEDEL_DATA").unwrap_or(format!("{ROOT}/../shared/data"));
    let python = std::env::var("VEEDEL_PYTHON").unwrap_or("/usr/bin/python3".into());
    let began = Instant::now();
    let script = format!("{ROOT}/tests/oracle/coverage.py");
    let output = Command::new(&python).arg(script).args(["--data", &data]).output();
    match output {
        Ok(output) if output.status.success() => {
            let seconds = began.elapsed().as_secs_f64();
            writeln!(text, "\nThe independent program (numpy, scipy): {seconds:.1} s for seven cases of coverage, files read.").unwrap();
            let said: Value = serde_json::from_slice(&output.stdout).unwrap();
            writeln!(text, "\n| step of the independent program | ms |\n| --- | ---: |").unwrap();
            for (step, name) in STEPS {
                if let Some(seconds) = said["seconds"][step].as_f64() {
                    writeln!(text, "| {name} | {:.0} |", seconds * 1000.0).unwrap();
                }
            }
        }
        _ => writeln!(text, "\nThe independent program did not run: {python} with numpy, scipy and osgeo, and the data, are needed.").unwrap(),
    }
}
