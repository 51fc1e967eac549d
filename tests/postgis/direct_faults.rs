//! A direct collection while clients leave and the database stands still, goes, comes, or is cut off.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::{Duration, Instant};

use crate::direct::direct;
use crate::postgres::{Cluster, Database, Stop, database};
use crate::proxy::{Line, Proxy};
use crate::server::{Answer, Server};

const QUICK: &str = "/collections/orte/items?limit=3";
const LARGE: &str = "/collections/orte/items?limit=10000";
const SLOW: &str = "/collections/langsam/items?limit=100";

/// 20,000 points, and a view of the same whose every row takes a fifth of a second.
fn orte(database: &Database<'_>) {
    database.sql(
        "CREATE TABLE orte (id int PRIMARY KEY, name text, g geometry(Point, 4326));
         INSERT INTO orte SELECT n, 'Ort ' || n || repeat('x', 200),
           ST_SetSRID(ST_Point(6.88 + (n % 141) * 0.0005, 50.90 + (n / 141) * 0.0003), 4326)
         FROM generate_series(1, 20000) n;
         CREATE FUNCTION warten(id int) RETURNS text LANGUAGE plpgsql STABLE COST 10000
           AS $$ BEGIN PERFORM pg_sleep(0.2); RETURN 'gewartet'; END $$;
         CREATE VIEW langsam AS SELECT id, warten(id) AS name, g FROM orte",
    );
}

/// Statements of ours that run now.
fn active(database: &Database<'_>) -> u32 {
    let count = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'veedel' AND state = 'active' \
                 AND datname = current_database()";
    database.sql(count).parse().unwrap()
}

/// How soon something is done; with other tests beside it, only that it is done at all.
fn soon() -> Duration {
    if std::env::var_os("VEEDEL_ALONE").is_some() {
        Duration::from_millis(200)
    } else {
        Duration::from_secs(10)
    }
}

/// Begins a request and does not wait for its answer.
fn begin(server: &Server, path: &str) -> TcpStream {
    begin_with(server, path, "")
}

/// The same with more lines of the head.
fn begin_with(server: &Server, path: &str, more: &str) -> TcpStream {
    let mut stream = TcpStream::connect(server.address()).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: x\r\n{more}\r\n").unwrap();
    stream
}

fn wait_until(what: &str, at_most: Duration, mut is_so: impl FnMut() -> bool) -> Duration {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < at_most, "{what}: not within {at_most:?}");
        std::thread::sleep(Duration::from_millis(10));
    }
    began.elapsed()
}

fn is_refused(answer: &Answer) {
    assert_eq!(answer.status, 503, "{}", answer.text());
    assert_eq!(answer.header("retry-after"), "1");
    assert_eq!(answer.header("content-type"), "application/problem+json");
}

#[test]
fn who_leaves_ends_his_statement_and_nobody_else_waits() {
    let database = database("leaves");
    orte(&database);
    let (server, _folder) = direct(&database.url(), &["orte", "langsam"], "");
    assert_eq!(server.get(QUICK).status, 200);
    for _ in 0..3 {
        let waiting = begin(&server, SLOW);
        wait_until("the statement runs", Duration::from_secs(10), || active(&database) == 1);
        assert_eq!(server.get(QUICK).status, 200, "others have connections of their own");
        waiting.shutdown(Shutdown::Both).unwrap();
        drop(waiting);
        let took = wait_until("the statement ends", soon(), || active(&database) == 0);
        println!("ended {took:?} after the client left (each look takes some 50 ms)");
    }
    // In the middle of an answer, too: whoever takes the head and nothing more.
    let mut reading = begin(&server, LARGE);
    let mut head = [0; 256];
    reading.read_exact(&mut head).unwrap();
    assert!(head.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&head));
    drop(reading);
    wait_until("the answer ends", soon(), || {
        let open =
            "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'veedel' AND state <> 'idle'";
        database.sql(open) == "0"
    });
    assert_eq!(server.get(QUICK).status, 200);
}

#[test]
fn a_statement_that_takes_too_long_is_ended() {
    let database = database("timeout");
    orte(&database);
    let limits = "[limits]\ndirect_statement_time = \"500ms\"";
    let (server, _folder) = direct(&database.url(), &["orte", "langsam"], limits);
    let began = Instant::now();
    let answer = server.get(SLOW);
    assert_eq!(answer.status, 504, "{}", answer.text());
    assert!(began.elapsed() < Duration::from_secs(4), "{:?}", began.elapsed());
    assert!(answer.text().contains("longer than allowed"), "{}", answer.text());
    assert_eq!(answer.json()["limit"]["name"], "direct_statement_time", "{}", answer.text());
    wait_until("the statement ends", soon(), || active(&database) == 0);
    assert_eq!(server.get(QUICK).status, 200, "the database is not thought to be away");
}

#[test]
fn connections_are_few_and_who_finds_none_is_told_so() {
    let database = database("few");
    orte(&database);
    let limits = "[limits]\ndirect_connections_at_once = 1\ndirect_wait = \"100ms\"";
    let (server, _folder) = direct(&database.url(), &["orte", "langsam"], limits);
    let waiting = begin(&server, SLOW);
    wait_until("the statement runs", Duration::from_secs(10), || active(&database) == 1);
    let began = Instant::now();
    let answer = server.get(QUICK);
    is_refused(&answer);
    assert_eq!(answer.json()["limit"]["name"], "direct_connections_at_once", "{}", answer.text());
    assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
    drop(waiting);
    server.wait_for("the connection", |server| (server.get(QUICK).status == 200).then_some(()));
    let sessions = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'veedel' \
                    AND datname = current_database()";
    // The one whose statement was given up is closed, and takes its leave; one of those left follows the changes.
    wait_until("two connections are left", Duration::from_secs(10), || database.sql(sessions) == "2");
}

#[test]
fn one_client_leaves_connections_to_others() {
    let database = database("geteilt");
    orte(&database);
    let limits = "[limits]\ndirect_connections_at_once = 4\ndirect_wait = \"100ms\"";
    let (server, _folder) = direct(&database.url(), &["orte", "langsam"], limits);
    let waiting: Vec<TcpStream> = (0..2).map(|_| begin(&server, SLOW)).collect();
    wait_until("the statements run", Duration::from_secs(10), || active(&database) == 2);
    let ask = |path: &str, client: &str| server.get_with(path, &[("x-forwarded-for", client)]);
    // Those came from no client in particular, as this machine is a trusted proxy.
    let own = begin_with(&server, SLOW, "X-Forwarded-For: 203.0.113.9\r\n");
    wait_until("the statement runs", Duration::from_secs(10), || active(&database) == 3);
    for path in [QUICK, "/xyz/orte/14/8505/5490", "/collections/orte/items/7"] {
        let answer = ask(path, "203.0.113.9");
        assert_eq!(answer.status, 429, "{path}: {}", answer.text());
        assert_eq!(answer.json()["limit"]["name"], "places_per_client", "{}", answer.text());
        assert!(matches!(ask(path, "203.0.113.10").status, 200 | 204), "{path}");
    }
    drop((waiting, own));
}

#[test]
fn a_database_that_is_down_is_said_at_once_and_found_again() {
    let cluster = Cluster::start();
    let database = cluster.database("down");
    orte(&database);
    let url = cluster.tcp_url("postgres:kanarienvogel", "127.0.0.1", &database.name);
    let (server, _folder) = direct(&url, &["orte", "langsam"], "");
    assert_eq!(server.get(QUICK).status, 200);
    // Idle connections that the server ended are not used again.
    database.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'veedel'");
    assert_eq!(server.get(QUICK).status, 200);

    cluster.stop(Stop::Immediate);
    for count in 0..12 {
        let began = Instant::now();
        let answer = server.get(QUICK);
        is_refused(&answer);
        let took = began.elapsed();
        let bound = if soon() < Duration::from_secs(1) { 100 } else { 2000 };
        assert!(took < Duration::from_millis(bound), "{count}: {took:?}");
        for secret in ["kanarienvogel", "127.0.0.1:", "postgres:"] {
            assert!(!answer.text().contains(secret), "{}", answer.text());
        }
    }
    assert_eq!(server.get("/xyz/orte/14/8505/5490").status, 503);
    assert_eq!(server.get("/collections/orte").status, 200);
    cluster.restart();
    let took = wait_until("it is found again", Duration::from_secs(10), || server.get(QUICK).status == 200);
    println!("found again after {took:?}");
    assert!(!server.log().contains("kanarienvogel"));
}

#[test]
fn a_database_that_stands_still_is_waited_for_no_longer_than_said() {
    let cluster = Cluster::start();
    let database = cluster.database("still");
    orte(&database);
    let (server, _folder) = direct(&database.url(), &["orte", "langsam"], "");
    assert_eq!(server.get(QUICK).status, 200);
    let first = database.sql("SELECT split_part(pg_read_file('postmaster.pid'), E'\\n', 1)");
    let all = || {
        let children = std::process::Command::new("pgrep").args(["-P", first.trim()]).output().unwrap();
        let children = String::from_utf8(children.stdout).unwrap();
        let mut all: Vec<String> = children.lines().map(str::to_owned).collect();
        all.push(first.trim().to_owned());
        all
    };
    let signal = |name: &str| std::process::Command::new("kill").arg(name).args(all()).output().unwrap();
    signal("-STOP");
    let asked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        for _ in 0..3 {
            let began = Instant::now();
            let answer = server.get(QUICK);
            assert!(matches!(answer.status, 503 | 504), "{}", answer.text());
            assert!(began.elapsed() < Duration::from_secs(8), "{:?}", began.elapsed());
        }
    }));
    // Whatever was found, nothing may be left standing.
    signal("-CONT");
    asked.unwrap();
    let took = wait_until("it is found again", Duration::from_secs(10), || server.get(QUICK).status == 200);
    println!("found again after {took:?}");
}

#[test]
fn an_answer_that_is_cut_off_shows_itself_as_such() {
    let database = database("cut");
    orte(&database);
    let proxy = Proxy::to(database.cluster.port());
    let url = format!("postgresql://postgres@127.0.0.1:{}/{}?sslmode=disable", proxy.port, database.name);
    let (server, _folder) = direct(&url, &["orte", "langsam"], "");
    let whole = server.get(LARGE);
    assert_eq!(whole.json()["features"].as_array().unwrap().len(), 10_000);
    for line in [Line::Cut, Line::Reset, Line::Stalled] {
        // Slow enough for the line to go bad in the middle.
        proxy.set(Line::Slow);
        let mut reading = begin(&server, LARGE);
        reading.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let mut text = vec![0; 4096];
        reading.read_exact(&mut text).unwrap();
        proxy.set(line);
        let ended = reading.read_to_end(&mut text);
        // The last chunk of a whole answer is empty; here it never comes.
        assert!(ended.is_err() || !text.ends_with(b"0\r\n\r\n"), "{line:?}: {} bytes", text.len());
        proxy.set(Line::Good);
        let again = wait_until("a good line", Duration::from_secs(15), || server.get(QUICK).status == 200);
        println!("{line:?}: {} bytes came; well again after {again:?}", text.len());
    }
    server.wait_for("three lines", |server| {
        (server.log().matches("an answer was broken off").count() == 3).then_some(())
    });
    let log = server.log();
    assert!(!log.contains("panicked"), "{log}");
}

#[test]
fn only_reading_statements_are_sent_and_values_are_never_in_them() {
    let cluster = Cluster::start();
    let database = cluster.database("statements");
    orte(&database);
    database.sql("ALTER SYSTEM SET log_statement = 'all'");
    database.sql("ALTER SYSTEM SET log_line_prefix = '<%a> '");
    database.sql("ALTER SYSTEM SET log_parameter_max_length = 0");
    database.sql("SELECT pg_reload_conf()");
    let (server, _folder) = direct(&database.url(), &["orte", "langsam"], "");
    server.wait_for("the settings", |_| cluster.log().contains("<veedel>").then_some(()));
    let hostile = "%27%29%3B%20DROP%20TABLE%20orte%3B--kanarie";
    for path in [
        format!("/collections/orte/items?name={hostile}"),
        format!("/collections/orte/items/{hostile}"),
        format!("/collections/orte/items?cursor={hostile}"),
        "/collections/orte/items?bbox=6.8,50.8,7.1,51&limit=5".into(),
        "/collections/orte/items?id=7".into(),
        "/xyz/orte/14/8505/5490".into(),
    ] {
        assert!(server.get(&path).status < 500, "{path}");
    }
    assert_eq!(database.sql("SELECT count(*) FROM orte"), "20000");
    let log = cluster.log();
    assert!(!log.contains("kanarie"), "a value is in a statement");
    let mut count = 0;
    for line in log.lines().filter(|line| line.contains("<veedel>")) {
        let Some((_, text)) = line.split_once("statement: ").or_else(|| line.split_once("<unnamed>: "))
        else {
            continue;
        };
        let reads =
            ["BEGIN", "START TRANSACTION", "SET LOCAL", "SELECT ", "EXPLAIN ", "COMMIT", "SAVEPOINT attempt"];
        let ends = ["ROLLBACK", "COPY (SELECT ", "--", "WITH ", "LISTEN "];
        assert!(reads.iter().chain(&ends).any(|begin| text.starts_with(begin)), "{line}");
        count += 1;
    }
    assert!(count > 10, "{log}");
}

#[test]
fn counting_has_a_time_of_its_own_and_is_exact_or_absent() {
    let database = database("count");
    orte(&database);
    let path = "/collections/orte/items?limit=2&bbox=6,50,8,52";
    let (hurried, _first) =
        direct(&database.url(), &["orte", "langsam"], "[limits]\ndirect_count_time = \"1ms\"");
    let page = hurried.get(path).json();
    assert_eq!((page["numberReturned"].as_u64(), page.get("numberMatched")), (Some(2), None), "{page}");
    let page = hurried.get("/collections/orte/items?limit=2&f=html");
    assert_eq!(page.status, 200, "{}", page.text());
    let (patient, _second) =
        direct(&database.url(), &["orte", "langsam"], "[limits]\ndirect_count_time = \"10s\"");
    let page = patient.get(path).json();
    assert_eq!(page["numberMatched"], 20_000, "{page}");
    // What is wholly on the page needs no counting.
    let page = hurried.get("/collections/orte/items?limit=2&id=7").json();
    assert_eq!(page["numberMatched"], 1, "{page}");
}

#[test]
fn an_answer_holds_a_connection_for_so_long() {
    let database = database("answer");
    orte(&database);
    let limits = "[limits]\ndirect_statement_time = \"1m\"\ndirect_answer_time = \"500ms\"";
    let (server, _folder) = direct(&database.url(), &["orte", "langsam"], limits);
    let answer = server.get(SLOW);
    assert_eq!(answer.status, 504, "{}", answer.text());
    wait_until("the statement ends", soon(), || active(&database) == 0);
    assert_eq!(server.get(QUICK).status, 200);
}
