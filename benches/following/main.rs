//! From a commit to the tile that shows it, with all caches on; and catching up after the line was
//! cut.
//!
//! `cargo bench --profile dist --bench following` makes 300,000 polygons in a PostgreSQL of its
//! own, installs the feed and starts veedel with its tile cache. A tile is asked for again and
//! again from the moment at which the commit has returned until it differs from before; in quiet,
//! and while two clients ask for tiles without a pause and a writer commits a hundred times a
//! second; then the same of Martin, if there is one. It writes to `benches/results/`.
//! `VEEDEL_BENCH_RUNS` is how often each is done (200).

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![allow(clippy::indexing_slicing, clippy::string_slice)] // a tool for ourselves

mod commits;
#[path = "../beside_martin/machine.rs"]
#[allow(dead_code)]
mod machine;
mod martin;
#[path = "../../tests/common/postgres.rs"]
mod postgres;
#[path = "../../tests/common/proxy.rs"]
mod proxy;
#[path = "../../tests/common/server.rs"]
mod server;

use std::fmt::Write;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use commits::{COMMITS, Commit, TILE};
use postgres::{Cluster, Database, Session};
use proxy::{Line, Proxy};
use server::Server;

/// Polygons in rows of 600, 20 m apart; 1,000 points; a table that others write to.
const TABLES: &str = "\
CREATE TABLE haus (id int PRIMARY KEY, name text, jahr int, geom geometry(Polygon, 25832));
INSERT INTO haus SELECT i, 'Haus ' || i, 1900 + i % 120,
    ST_Expand(ST_SetSRID(ST_MakePoint(350000 + i % 600 * 20, 5640000 + i / 600 * 20), 25832), 6) FROM generate_series(0, 299999) i;
CREATE TABLE punkt (id int PRIMARY KEY, name text, geom geometry(Point, 25832));
INSERT INTO punkt SELECT i, 'Punkt ' || i, ST_SetSRID(ST_MakePoint(350000 + i % 40 * 100, 5640000 + i / 40 * 100), 25832)
    FROM generate_series(0, 999) i;
CREATE TABLE andere AS TABLE punkt; ALTER TABLE andere ADD PRIMARY KEY (id);
ANALYZE;";

fn main() {
    if !std::env::args().any(|argument| argument == "--bench") {
        println!("measured by cargo bench only");
        return;
    }
    let runs = std::env::var("VEEDEL_BENCH_RUNS").ok().and_then(|runs| runs.parse().ok()).unwrap_or(200);
    let cluster = Cluster::start();
    let database = cluster.database("following");
    database.sql(TABLES);
    let installed =
        Command::new(env!("CARGO_BIN_EXE_veedel")).args(["feed", "install", &database.url()]).status();
    assert!(installed.unwrap().success(), "the feed cannot be installed");
    let proxy = Proxy::to(cluster.port());
    let url = format!("postgresql://postgres@127.0.0.1:{}/{}?sslmode=disable", proxy.port, database.name);
    let server = Server::ready(&[&url]);
    let mut text = heading(&database);
    waits(&mut text, &server, &database, runs);
    catching_up(&mut text, &server, &database, &proxy);
    drop(server);
    martin::beside(&mut text, &database);
    println!("{text}");
    let today = jiff::Zoned::now().date();
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("benches/results/{today}-following.md"));
    std::fs::write(&file, &text).unwrap();
    println!("{}", file.display());
}

fn heading(database: &Database<'_>) -> String {
    let versions = database.sql(
        "SELECT 'PostgreSQL ' || current_setting('server_version') || ', PostGIS ' || postgis_lib_version()",
    );
    let today = jiff::Zoned::now().date();
    format!(
        "# From a commit to the tile that shows it, {today}\n\n- Machine: {}\n- veedel {}, {}; `make bench-following`\n\
         - The tile of zoom 14 that holds the change, without compression, asked for every millisecond from the commit's return on.\n\
         - Load: two clients that ask for tiles of all tables, zooms 10 to 16, without a pause, and a writer of 100 commits a second.\n\n\
         | committed | | p50 ms | p90 ms | p99 ms | most ms |\n| --- | --- | ---: | ---: | ---: | ---: |\n",
        machine::describe(),
        env!("CARGO_PKG_VERSION"),
        versions.trim(),
    )
}

fn waits(text: &mut String, server: &Server, database: &Database<'_>, runs: usize) {
    for is_loaded in [false, true] {
        let stop = AtomicBool::new(!is_loaded);
        std::thread::scope(|scope| {
            for reader in 0..2 {
                let stop = &stop;
                scope.spawn(move || read(server, stop, reader));
            }
            scope.spawn(|| write(database, &stop));
            for commit in &COMMITS {
                let mut session = database.cluster.session(&database.name);
                let mut times: Vec<Duration> =
                    (0..runs).map(|run| wait(server, &mut session, commit, run)).collect();
                times.sort_unstable();
                let at = |part: usize| times[(times.len() - 1) * part / 100].as_secs_f64() * 1e3;
                let state = if is_loaded { "under load" } else { "in quiet" };
                let [p50, p90, p99, most] = [50, 90, 99, 100].map(at);
                writeln!(text, "| {} | {state} | {p50:.1} | {p90:.1} | {p99:.1} | {most:.1} |", commit.what)
                    .unwrap();
            }
            stop.store(true, Ordering::Relaxed);
        });
    }
}

/// How long after its commit a change shows.
fn wait(server: &Server, session: &mut Session, commit: &Commit, run: usize) -> Duration {
    // Not in step with anything that the server does at intervals.
    std::thread::sleep(Duration::from_micros(20_000 + (run as u64 * 7919) % 60_000));
    let path = format!("/xyz/{}/14/{}/{}", commit.tile, TILE[0], TILE[1]);
    let before = server.get_with(&path, &[]).body;
    assert!(session.sql(&(commit.sql)(run)), "{}", commit.what);
    let began = Instant::now();
    while server.get_with(&path, &[]).body == before {
        assert!(began.elapsed() < Duration::from_secs(20), "{}: {}", commit.what, server.log());
        std::thread::sleep(Duration::from_millis(1));
    }
    began.elapsed()
}

fn read(server: &Server, stop: &AtomicBool, reader: u32) {
    let mut count = reader * 17;
    while !stop.load(Ordering::Relaxed) {
        count += 1;
        let zoom = 10 + count % 7;
        let [x, y] = TILE.map(|at| if zoom > 14 { at << (zoom - 14) } else { at >> (14 - zoom) });
        let layers = ["haus", "punkt", "andere", "haus,punkt,andere"][(count / 7) as usize % 4];
        server.get_with(&format!("/xyz/{layers}/{zoom}/{}/{y}", x + count / 28 % 3), &[]);
    }
}

fn write(database: &Database<'_>, stop: &AtomicBool) {
    let mut session = database.cluster.session(&database.name);
    let mut count = 0;
    while !stop.load(Ordering::Relaxed) {
        count += 1;
        let first = count * 7 % 990;
        session.sql(&format!(
            "UPDATE andere SET name = 'n {count}' WHERE id BETWEEN {first} AND {};",
            first + count % 5
        ));
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// What was changed while the line was cut.
const MISSED: [(&str, &str); 2] = [
    (
        "100,000 rows, each once, in 250 statements",
        "UPDATE haus SET jahr = jahr + 1 WHERE id >= i * 400 AND id < i * 400 + 400; COMMIT",
    ),
    (
        "5,000 rows 20 times each, in 1,000 statements",
        "UPDATE haus SET jahr = jahr + 1 WHERE id % 50 = i % 50 AND id < 5000; COMMIT",
    ),
];

fn catching_up(text: &mut String, server: &Server, database: &Database<'_>, proxy: &Proxy) {
    text.push_str("\nCatching up with 100,000 changes, from the moment at which the line is good again:\n\n| missed | s |\n| --- | ---: |\n");
    for (round, (what, statement)) in MISSED.into_iter().enumerate() {
        proxy.set(Line::Cut);
        std::thread::sleep(Duration::from_secs(2));
        let last = if round == 0 { 249 } else { 999 };
        database.sql(&format!("DO $$ BEGIN FOR i IN 0..{last} LOOP {statement}; END LOOP; END $$"));
        database.sql(&format!("UPDATE haus SET name = 'zuletzt {round}' WHERE id = 299999"));
        std::thread::sleep(Duration::from_secs(2));
        proxy.set(Line::Good);
        let began = Instant::now();
        while !server.get("/collections/haus/items/299999").text().contains(&format!("zuletzt {round}")) {
            assert!(began.elapsed() < Duration::from_secs(60), "{}", server.log());
            std::thread::sleep(Duration::from_millis(5));
        }
        writeln!(text, "| {what} | {:.2} |", began.elapsed().as_secs_f64()).unwrap();
    }
}
