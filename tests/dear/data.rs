//! A layer of many areas, long texts, areas of many vertices, all of that once more left in the
//! database, and the invented city with its parts for planning.

use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use crate::postgres::{Database, database};
use crate::proxy::Proxy;
use crate::server::Server;

/// Areas in the large layer.
pub fn rows() -> usize {
    std::env::var("VEEDEL_DEAR_ROWS").ok().and_then(|rows| rows.parse().ok()).unwrap_or(30_000)
}

/// The limits by which the suite is over soon.
const LIMITS: &str = "request_time = \"1s\"\ntile_time = \"1s\"\nplanning_time = \"2s\"\ndownload_time = \"2s\"\n\
                      direct_statement_time = \"1s\"\ndrain_notice = \"0s\"\ndrain_time = \"1s\"\n";

/// What each test asks of alone, as it measures time.
pub fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

fn tables() -> &'static Database<'static> {
    static MADE: OnceLock<Database<'static>> = OnceLock::new();
    MADE.get_or_init(|| {
        let database = database("teuer");
        let part = |number: u32| {
            format!("CREATE TABLE teil_{number} (LIKE viele INCLUDING ALL);
                     INSERT INTO teil_{number} SELECT * FROM viele WHERE id % 16 = {number} AND id <= 10000;")
        };
        database.sql(&format!(
            "CREATE TABLE viele (id int PRIMARY KEY, art text, name text, wert double precision, zahl numeric,
               marken text[], tag date, g geometry(Polygon, 25832));
             INSERT INTO viele SELECT n, 'Art ' || n % 7, md5(n::text), n * 0.37, n * 1.25,
               ARRAY['a' || n % 5, 'b'], DATE '2020-01-01' + n % 900,
               ST_Buffer(ST_SetSRID(ST_Point(350000 + (n % 550) * 20, 5640000 + (n / 550) * 20), 25832), 15, 6)
             FROM generate_series(1, {rows}) n;
             CREATE TABLE direkt (LIKE viele INCLUDING ALL);
             INSERT INTO direkt SELECT * FROM viele WHERE id <= 30000;
             CREATE INDEX ON direkt USING gist (g);
             CREATE TABLE texte (id int PRIMARY KEY, t text, g geometry(Point, 25832));
             INSERT INTO texte SELECT n, repeat('ab', 2000) || n,
               ST_SetSRID(ST_Point(350000 + n % 550, 5640000 + n / 550), 25832)
             FROM generate_series(1, {texts}) n;
             CREATE TABLE gebiete (id int PRIMARY KEY, g geometry(Polygon, 25832));
             INSERT INTO gebiete SELECT a, ST_SetSRID(ST_MakePolygon(ST_AddPoint(line, ST_StartPoint(line))), 25832)
             FROM (SELECT a, ST_MakeLine(ST_Point(355500 + (4000 + a * 300 + 200 * (n % 2)) * cos(n * pi() / 5000),
                 5640500 + (4000 + a * 300 + 200 * (n % 2)) * sin(n * pi() / 5000)) ORDER BY n) AS line
               FROM generate_series(1, 4) a, generate_series(0, 9999) n GROUP BY a) lines;
             {parts}
             CREATE TABLE klein (id int PRIMARY KEY, g geometry(Point, 25832));
             INSERT INTO klein SELECT n, ST_SetSRID(ST_Point(355000 + n * 10, 5640000), 25832) FROM generate_series(1, 100) n;
             ALTER DATABASE {name} SET max_parallel_workers_per_gather = 0;
             ANALYZE;",
            name = database.name,
            rows = rows(),
            texts = rows() / 15,
            parts = (0..16).map(part).collect::<String>(),
        ));
        database
    })
}

/// The server on these tables and the invented city, once everything is loaded. `limits` go before
/// [`LIMITS`].
pub fn server(limits: &str) -> (Server, tempfile::NamedTempFile) {
    server_on(&tables().url(), limits)
}

/// The same with a line to the database that can be made bad.
pub fn server_behind_a_line(limits: &str) -> (Server, tempfile::NamedTempFile, Proxy) {
    let database = tables();
    let proxy = Proxy::to(database.cluster.port());
    let url = format!("postgresql://postgres@127.0.0.1:{}/{}?sslmode=disable", proxy.port, database.name);
    let (server, file) = server_on(&url, limits);
    (server, file, proxy)
}

fn server_on(url: &str, limits: &str) -> (Server, tempfile::NamedTempFile) {
    let example = include_str!("../../examples/rheinfurt/veedel.toml");
    let city = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/city");
    let sources = format!("sources = [{url:?}, {city:?}]");
    let own = example.replace("sources = \"../../fixtures/city\"", &sources);
    let file = tempfile::NamedTempFile::with_suffix(".toml").unwrap();
    let direct = "[collections.direkt]\nmode = \"direct\"";
    let key = |line: &str| line.split(" = ").next().unwrap().to_owned();
    let given: Vec<String> = limits.lines().map(key).collect();
    let others: Vec<&str> = LIMITS.lines().filter(|line| !given.contains(&key(line))).collect();
    let limits = format!("{limits}\n{}", others.join("\n"));
    std::fs::write(file.path(), format!("trusted_proxies = []\n{own}\n{direct}\n[limits]\n{limits}\n"))
        .unwrap();
    let server = Server::start_with(&["--config", file.path().to_str().unwrap()], |command| {
        command.env("VEEDEL_LOG", "warn,veedel=info");
    });
    if let Ok(kilobytes) = std::env::var("VEEDEL_DEAR_MEMORY") {
        let bytes = kilobytes.parse::<u64>().unwrap() * 1024;
        let mut command = std::process::Command::new("prlimit");
        command.args(["--pid", &server.pid().to_string(), &format!("--as={bytes}")]);
        assert!(command.status().unwrap().success());
    }
    server.wait_ready();
    (server, file)
}
