//! The database is away, comes, goes and comes again; and requests never reach it.

use crate::postgres::{Cluster, Stop};
use crate::server::Server;
use crate::tools::{collection, collections, ids, tile_at, undisturbed};

const TABLE: &str = "CREATE TABLE t (id int PRIMARY KEY, geom geometry(Point, 4326));
    INSERT INTO t SELECT i, 'SRID=4326;POINT(7 51)' FROM generate_series(1, 10) i;";

fn tile() -> String {
    let (x, y) = tile_at(7.0, 51.0, 12);
    format!("12/{x}/{y}")
}

#[test]
fn a_database_may_come_go_and_come_again() {
    let cluster = Cluster::start();
    let database = cluster.database("leben");
    database.sql(TABLE);
    cluster.stop(Stop::Fast);

    // Nothing listens: the server starts all the same and says what is wrong, without the password.
    let url = cluster.tcp_url("postgres:kanarienvogel", "127.0.0.1", &database.name);
    let server = Server::start(&[&url, "fixtures/city"]);
    let away = server.wait_for("the fault", |server| {
        let sources = server.get("/collections").json()["veedel:sources"].clone();
        Some(sources[0]["away"].as_str()?.to_owned())
    });
    assert!(away.contains("nothing listens there") && away.contains("/leben"), "{away}");
    let ready = server.get("/ready");
    assert_eq!((ready.status, &ready.json()["sourcesAway"]), (503, &1.into()));
    assert_eq!(server.get("/health").status, 200);
    server.wait_for("the folder beside it", |server| {
        (server.get("/collections/kitas/items").status == 200).then_some(())
    });
    assert_eq!(server.get("/ready").status, 503, "one source has never been reached");

    // It comes: layers appear by themselves.
    cluster.restart();
    server.wait_ready();
    assert_eq!(ids(&server, "t").len(), 10);
    assert_eq!(server.get("/collections").json()["veedel:sources"][0].get("away"), None);

    // It goes while running: what is resident is served on, and a reload says that it cannot be had.
    let loaded_at = collection(&server, "t")["veedel:loadedAt"].clone();
    undisturbed(&server, "t", &tile(), || {
        cluster.stop(Stop::Immediate);
        server.signal("-HUP");
        server.wait_for("the fault", |server| {
            server.get("/collections").json()["veedel:sources"][0]["away"].as_str().map(str::to_owned)
        });
    });
    assert_eq!(collection(&server, "t")["veedel:loadedAt"], loaded_at);
    assert_eq!(server.get("/ready").status, 200, "it has its data");

    // It comes again, with other rows.
    cluster.restart();
    database.sql("DELETE FROM t WHERE id > 7");
    undisturbed(&server, "t", &tile(), || {
        server.signal("-HUP");
        server.wait_for("the rows that are left", |server| (ids(server, "t").len() == 7).then_some(()));
    });
    assert_ne!(collection(&server, "t")["veedel:loadedAt"], loaded_at);
    assert!(!server.log().contains("kanarienvogel"));
}

#[test]
fn no_request_reaches_the_database() {
    let cluster = Cluster::start();
    let database = cluster.database("still");
    database.sql(TABLE);
    database.sql("ALTER SYSTEM SET log_statement = 'all'");
    database.sql("ALTER SYSTEM SET log_line_prefix = '<%a> '");
    database.sql("SELECT pg_reload_conf()");
    // Without watching, all that is asked is asked by loading.
    let server = Server::ready(&[&database.url(), "--watch", "0s"]);
    let statements = || cluster.log().matches("<veedel>").count();
    // The server's log shows what loading asked, so it would show what a request asks.
    server.says("collections read in");
    let before =
        server.wait_for("the statements of loading", |_| Some(statements()).filter(|count| *count > 3));
    assert!(cluster.log().contains("COPY (SELECT"));

    let tile = tile();
    let hostile = "%27%3B%20DROP%20TABLE%20t%3B--";
    for path in [
        "/",
        "/health",
        "/ready",
        "/collections",
        "/collections?f=html",
        "/collections/t",
        "/collections/public.t",
        "/collections/t/items",
        "/collections/t/items?f=html",
        "/collections/t/items?limit=3&id=4",
        "/collections/t/items?bbox=6,50,8,52",
        "/collections/t/items/1",
        "/collections/t/items/99",
        "/xyz/t.json",
        &format!("/xyz/t/{tile}"),
        &format!("/xyz/t,t/{tile}"),
        "/xyz/t/0/0/0",
        "/xyz/t/99/0/0",
        &format!("/collections/{hostile}"),
        &format!("/collections/t/items/{hostile}"),
        &format!("/collections/t/items?{hostile}=1"),
        &format!("/collections/t/items?id={hostile}"),
        &format!("/collections/t/items?bbox={hostile}"),
        &format!("/collections/t/items?cursor={hostile}"),
        &format!("/collections/t/items?crs={hostile}"),
        &format!("/xyz/{hostile}/{tile}"),
        &format!("/xyz/t,{hostile}.json"),
        "/collections/pg_class/items",
        "/collections/spatial_ref_sys",
        "/collections/t/items?limit=18446744073709551616",
        "/collections/t/items?geom=1",
        "/nirgends",
    ] {
        for _ in 0..3 {
            server.get(path);
        }
    }
    // A statement of our own is in the log, so all before it is, too.
    database.sql("SELECT 'ende'");
    server.wait_for("the last line", |_| cluster.log().contains("'ende'").then_some(()));
    assert_eq!(statements(), before, "{}", cluster.log());
    assert_eq!(collections(&server), ["t"]);
    // The connection of loading is closed, and all it ever did was reading.
    let sessions = database.sql("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'veedel'");
    assert_eq!(sessions, "0");
    let log = cluster.log();
    for line in log.lines().filter(|line| line.contains("<veedel>") && line.contains("statement:")) {
        let text = line.split_once("statement: ").unwrap().1;
        let reads = [
            "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
            "SELECT ",
            "COPY (SELECT ",
            "EXPLAIN ",
            "COMMIT",
            "--",
            "WITH ",
        ];
        assert!(reads.iter().any(|begin| text.starts_with(begin)), "{line}");
    }
}
