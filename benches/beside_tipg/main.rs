//! Features beside tipg's and pygeoapi's, from the same PostGIS: a page in a box, a large page, a
//! deep page, an exact count; and the whole collection, of veedel alone.
//!
//! `cargo bench --profile dist --bench beside_tipg` loads the bench's city into a PostgreSQL of its
//! own (or takes the one that `VEEDEL_BENCH_DATABASE` names), starts veedel with rows in memory and
//! with rows in the database, and each peer whose Python is given: `VEEDEL_BENCH_TIPG` and
//! `VEEDEL_BENCH_PYGEOAPI` are the `bin/python` of a virtual environment with it. All are asked in
//! turns over one kept connection each, without compression; it writes medians to
//! `benches/results/`. `VEEDEL_BENCH_RUNS` is how often each is asked (21).

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![allow(clippy::indexing_slicing, clippy::string_slice)] // a tool for ourselves

#[path = "../city/mod.rs"]
#[allow(dead_code)]
mod city;
#[path = "../beside_martin/http.rs"]
mod http;
#[path = "../beside_martin/machine.rs"]
#[allow(dead_code)]
mod machine;
mod peers;
#[path = "../../tests/common/postgres.rs"]
mod postgres;
#[path = "../../fixtures/generate/random.rs"]
#[allow(dead_code)]
mod random;
#[path = "../../fixtures/generate/table.rs"]
#[allow(dead_code)]
mod table;
mod whole;
#[path = "../../fixtures/generate/write_folder.rs"]
mod write_folder;
#[path = "../../fixtures/generate/write_sql.rs"]
#[allow(dead_code)]
mod write_sql;

use std::fmt::Write;
use std::path::Path;
use std::time::Instant;

use peers::{Kind, Peer};

/// What is asked.
struct Question {
    what: &'static str,
    /// The path for each kind of server; None where it cannot be asked.
    path: fn(Kind, &Facts) -> Option<String>,
}

/// What the questions need to know of the data.
struct Facts {
    /// West, south, east, north of a part that holds a few thousand features, in degrees.
    bbox: [f64; 4],
    /// The number of features.
    rows: u64,
    /// The most frequent value of a column, for a filter.
    value: String,
    /// Where veedel's deep page begins: the path of a `next` link.
    deep: [String; 2],
}

const QUESTIONS: [Question; 5] = [
    Question {
        what: "1,000 in a box",
        path: |kind, facts| Some(kind.items(&format!("limit=1000&bbox={}", facts.bbox_text()))),
    },
    Question { what: "10,000", path: |kind, _| Some(kind.items("limit=10000")) },
    Question { what: "10 at the beginning", path: |kind, _| Some(kind.items("limit=10")) },
    Question {
        what: "10 deep inside",
        path: |kind, facts| match kind {
            Kind::Resident => Some(facts.deep[0].clone()),
            Kind::Direct => Some(facts.deep[1].clone()),
            _ => Some(kind.items(&format!("limit=10&offset={}", facts.rows * 5 / 6))),
        },
    },
    Question {
        what: "count by a column",
        path: |kind, facts| {
            let value = percent(&facts.value);
            Some(kind.items(&format!("limit=1&{}={value}", peers::COLUMN)))
        },
    },
];

impl Facts {
    fn bbox_text(&self) -> String {
        self.bbox.map(|value| format!("{value:.6}")).join(",")
    }
}

fn percent(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}

fn main() {
    if !std::env::args().any(|argument| argument == "--bench") {
        println!("measured by cargo bench only");
        return;
    }
    let runs: usize =
        std::env::var("VEEDEL_BENCH_RUNS").ok().and_then(|runs| runs.parse().ok()).unwrap_or(21);
    let setup = peers::Setup::new();
    let servers = setup.start_all();
    let facts = facts(&setup, &servers);
    let before = machine::Load::now();
    let mut text = heading(&setup, &servers, &facts, runs);
    for question in &QUESTIONS {
        let row = measure(question, &servers, &facts, runs);
        let fastest = row.iter().take(2).flatten().copied().fold(f64::INFINITY, f64::min);
        let cells: Vec<String> = row
            .iter()
            .map(|cell| match cell {
                Some(ms) if *ms > fastest => format!("{ms:.2} ({:.1} ×)", ms / fastest),
                Some(ms) => format!("{ms:.2}"),
                None => "–".into(),
            })
            .collect();
        writeln!(text, "| {} | {} |", question.what, cells.join(" | ")).unwrap();
        println!("{}: {}", question.what, cells.join(" | "));
    }
    text += &whole::rows(&servers);
    let [before, after] = [before, machine::Load::now()];
    writeln!(text, "\nLoad average (1 / 5 min): {} before, {} after.", before.0, after.0).unwrap();
    let today = jiff::Zoned::now().date();
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("benches/results/{today}-features.md"));
    std::fs::write(&file, &text).unwrap();
    println!("{text}\n{}", file.display());
}

/// The median milliseconds of each server, all taking turns.
fn measure(question: &Question, servers: &[Peer], facts: &Facts, runs: usize) -> Vec<Option<f64>> {
    let mut times: Vec<Vec<f64>> = servers.iter().map(|_| vec![]).collect();
    let mut connections: Vec<_> = servers.iter().map(Peer::connect).collect();
    let mut body = vec![];
    for run in 0..=runs {
        for ((server, connection), times) in servers.iter().zip(&mut connections).zip(&mut times) {
            let Some(path) = (question.path)(server.kind, facts) else { continue };
            let mut began = Instant::now();
            let status = connection.get(&path, &mut body).unwrap_or_else(|_| {
                // While the slow ones had their turns, the connection idled for too long and was
                // closed.
                *connection = server.connect();
                began = Instant::now();
                connection.get(&path, &mut body).unwrap_or_else(|fault| panic!("{path}: {fault}"))
            });
            let took = began.elapsed().as_secs_f64() * 1e3;
            assert_eq!(status, 200, "{}: {path}: {}", server.kind.name(), String::from_utf8_lossy(&body));
            // The first time all has to get warm.
            if run > 0 {
                times.push(took);
            }
        }
    }
    times
        .into_iter()
        .map(|mut times| {
            times.sort_by(f64::total_cmp);
            times.get(times.len() / 2).copied()
        })
        .collect()
}

fn facts(setup: &peers::Setup, servers: &[Peer]) -> Facts {
    let numbers = setup.ask(&format!(
        "SELECT ST_XMin(e), ST_YMin(e), ST_XMax(e), ST_YMax(e) FROM (SELECT ST_Transform(ST_Expand(geom, 700), 4326) AS e \
         FROM {} ORDER BY id LIMIT 1) e",
        peers::TABLE
    ));
    let bbox: Vec<f64> = numbers.split('|').map(|number| number.parse().unwrap()).collect();
    let rows: u64 = setup.ask(&format!("SELECT count(*) FROM {}", peers::TABLE)).parse().unwrap();
    let value = setup.ask(&format!(
        "SELECT {0} FROM {1} WHERE {0} IS NOT NULL GROUP BY 1 ORDER BY count(*) DESC LIMIT 1",
        peers::COLUMN,
        peers::TABLE
    ));
    let deep = [0, 1].map(|index| next(&servers[index], rows * 5 / 6));
    Facts { bbox: bbox.try_into().unwrap(), rows, value, deep }
}

/// The path of the page behind so many features.
fn next(server: &Peer, offset: u64) -> String {
    let mut body = vec![];
    let path = server.kind.items(&format!("limit=10&offset={}", offset - 10));
    assert_eq!(server.connect().get(&path, &mut body).unwrap(), 200, "{}", String::from_utf8_lossy(&body));
    let document: serde_json::Value = serde_json::from_slice(&body).unwrap();
    let links = document["links"].as_array().unwrap();
    let next = links.iter().find(|link| link["rel"] == "next").expect("a next page");
    let href = next["href"].as_str().unwrap();
    let (path, query) =
        href.split_once(&server.address).expect("a link to itself").1.split_once('?').unwrap();
    // The place is the cursor's; what was skipped to get there is not skipped again.
    let parts: Vec<&str> = query.split('&').filter(|part| !part.starts_with("offset=")).collect();
    format!("{path}?{}", parts.join("&"))
}

fn heading(setup: &peers::Setup, servers: &[Peer], facts: &Facts, runs: usize) -> String {
    let mut text = format!(
        "# Features beside tipg and pygeoapi, {}\n\n- Machine: {}\n- {} features; the box {}; the filter {} = {:?}; deep is \
         behind {}\n- {}\n- GeoJSON in CRS84, one kept connection each, no compression, servers taking turns; medians of \
         {runs} in ms\n\n",
        jiff::Zoned::now().strftime("%Y-%m-%d %H:%M %Z"),
        machine::describe(),
        facts.rows,
        facts.bbox_text(),
        peers::COLUMN,
        facts.value,
        facts.rows * 5 / 6,
        setup.versions(),
    );
    let names: Vec<&str> = servers.iter().map(|server| server.kind.name()).collect();
    writeln!(text, "| question | {} |\n| --- |{}", names.join(" | "), " ---: |".repeat(names.len())).unwrap();
    text
}
