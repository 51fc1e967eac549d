//! A bad line to the database, a database that stands still or is killed: requests are answered from memory as
//! quickly as ever, and what changed arrives when all is well again.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use crate::bystander::{assert_undisturbed, waits};
use crate::postgres::{self, Database};
use crate::proxy::{Line, Proxy};
use crate::server::Server;

const TILE: &str = "/xyz/orte/12/2126/1372";
const SHORT: Duration = Duration::from_millis(1500);

/// 20,000 points around one place, some MiB to read.
fn orte(name: &str) -> Database<'static> {
    let database = postgres::database(name);
    database.sql(
        "CREATE TABLE orte (id int PRIMARY KEY, name text, g geometry(Point, 4326)); \
         INSERT INTO orte SELECT n, 'Ort ' || n || repeat('x', 100), \
           ST_SetSRID(ST_Point(6.88 + (n % 141) * 0.0005, 50.90 + (n / 141) * 0.0003), 4326) \
         FROM generate_series(1, 20000) n",
    );
    database
}

fn name_of(server: &Server, id: u32) -> String {
    server.get(&format!("/collections/orte/items/{id}")).json()["properties"]["name"]
        .as_str()
        .unwrap()
        .to_owned()
}

/// Changes a row and waits for it.
fn assert_follows(server: &Server, database: &Database<'_>, name: &str) {
    database.sql(&format!("UPDATE orte SET name = '{name}' WHERE id = 7"));
    server.wait_for("the changed row", |server| (name_of(server, 7) == name).then_some(()));
}

#[test]
fn a_bad_line_to_the_database_disturbs_no_request() {
    let database = orte("bad_line");
    let proxy = Proxy::to(database.cluster.port());
    let url = format!("postgresql://postgres@127.0.0.1:{}/{}?sslmode=disable", proxy.port, database.name);
    let server = Server::ready(&[&url, "--reload", "1s"]);
    assert_follows(&server, &database, "ruhig");
    let quiet = waits(&server, TILE, SHORT);
    for line in [Line::Slow, Line::Cut, Line::Reset, Line::Stalled] {
        proxy.set(line);
        assert_undisturbed(quiet, waits(&server, TILE, SHORT), &format!("{line:?}"));
        proxy.set(Line::Good);
        if line == Line::Stalled {
            // What was on its way goes on where it stopped.
            assert_undisturbed(quiet, waits(&server, TILE, SHORT), "after it stalled");
        }
        assert_follows(&server, &database, &format!("nach {line:?}"));
    }
    assert!(!server.log().contains("panicked"), "{}", server.log());
}

#[test]
fn a_database_that_stands_still_disturbs_no_request() {
    let cluster = postgres::Cluster::start();
    let database = cluster.database("still");
    database.sql(
        "CREATE TABLE orte (id int PRIMARY KEY, name text, g geometry(Point, 4326)); \
                  INSERT INTO orte VALUES (7, 'a', ST_SetSRID(ST_Point(6.9, 50.93), 4326))",
    );
    let server = Server::ready(&[&database.url(), "--reload", "1s"]);
    let quiet = waits(&server, TILE, SHORT);
    let first = database.sql("SELECT split_part(pg_read_file('postmaster.pid'), E'\\n', 1)");
    let all = || {
        let children = std::process::Command::new("pgrep").args(["-P", first.trim()]).output().unwrap();
        let children = String::from_utf8(children.stdout).unwrap();
        let mut all: Vec<String> = children.lines().map(str::to_owned).collect();
        all.push(first.trim().to_owned());
        all
    };
    let signal = |name: &str| {
        let sent = std::process::Command::new("kill").arg(name).args(all()).output().unwrap();
        assert!(!sent.stderr.starts_with(b"kill: usage"), "{name}");
    };
    signal("-STOP");
    let still = std::panic::catch_unwind(AssertUnwindSafe(|| waits(&server, TILE, Duration::from_secs(4))));
    // Whatever was found, nothing may be left standing.
    signal("-CONT");
    assert_undisturbed(quiet, still.unwrap(), "SIGSTOP");
    assert_follows(&server, &database, "weiter");
    cluster.stop(postgres::Stop::Immediate);
    assert_undisturbed(quiet, waits(&server, TILE, SHORT), "killed");
    cluster.restart();
    assert_follows(&server, &database, "wieder da");
}
