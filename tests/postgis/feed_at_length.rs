//! The change feed in trouble that takes minutes: `cargo test --test postgis at_length -- --ignored --nocapture`.

use std::time::{Duration, Instant};

use crate::feed::{table, wait_for_name};
use crate::following::{class, everything, feed_ok, following, name};
use crate::postgres::{Cluster, database};
use crate::proxy::{Line, Proxy};
use crate::server::Server;
use crate::tools::{collection, tile_at};

/// Waits for longer than [`Server::wait_for`] does.
fn wait_long(server: &Server, what: &str, mut is_there: impl FnMut() -> bool) -> Duration {
    let began = Instant::now();
    while !is_there() {
        assert!(began.elapsed() < Duration::from_secs(240), "{what}: {}", server.log());
        std::thread::sleep(Duration::from_millis(50));
    }
    began.elapsed()
}

fn as_of(server: &Server) -> jiff::Timestamp {
    collection(server, "t")["veedel:asOf"].as_str().unwrap().parse().unwrap()
}

#[test]
#[ignore = "takes minutes"]
fn a_standby_that_lags_a_minute_says_so_and_catches_up() {
    let primary = Cluster::start();
    let database = primary.database("minute");
    table(&database, "t", 400);
    feed_ok(&["install", &database.url()]);
    let standby = primary.standby();
    let server = Server::ready(&[&format!(
        "postgresql://postgres@127.0.0.1:{}/{}?sslmode=disable",
        standby.port(),
        database.name
    )]);
    database.sql("UPDATE t SET name = 'vorher' WHERE id = 1");
    wait_for_name(&server, "1", "vorher");
    standby.sql(&database.name, "SELECT pg_wal_replay_pause()");
    std::thread::sleep(Duration::from_millis(200));
    let paused = jiff::Timestamp::now();
    let (x, y) = tile_at(6.9, 50.9, 14);
    for round in 0..62 {
        database.sql(&format!(
            "UPDATE t SET name = 'runde {round}' WHERE id = 1; DELETE FROM t WHERE id = {}",
            100 + round
        ));
        std::thread::sleep(Duration::from_secs(1));
        // Nothing of it is there, and nothing says that it were.
        assert_eq!(name(&server, "t", "1").as_deref(), Some("vorher"));
        assert!(as_of(&server) < paused, "{} and paused at {paused}", as_of(&server));
        let header = server.get(&format!("/xyz/t/14/{x}/{y}")).header("veedel-as-of").to_owned();
        assert!(header.parse::<jiff::Timestamp>().unwrap() < paused, "{header}");
    }
    let lag = collection(&server, "t")["veedel:lagMilliseconds"].as_i64().unwrap();
    assert!((60_000..90_000).contains(&lag), "{lag}");
    standby.sql(&database.name, "SELECT pg_wal_replay_resume()");
    let took =
        wait_long(&server, "the last round", || name(&server, "t", "1").as_deref() == Some("runde 61"));
    println!("a minute behind was caught up in {took:?}");
    let truth = Server::ready(&[&database.url(), "--watch", "0s"]);
    assert_eq!(everything(&server, "t"), everything(&truth, "t"));
    assert!(as_of(&server) > paused);
}

#[test]
#[ignore = "takes minutes"]
fn a_million_rows_in_one_statement_hold_nobody_up() {
    let database = database("million");
    database.sql(
        "CREATE TABLE t (id int PRIMARY KEY, name text, geom geometry(Point, 4326));
         INSERT INTO t SELECT i, 'n', ST_SetSRID(ST_MakePoint(6.8 + (i % 1000) * 0.0004, 50.8 + (i / 1000) * 0.0003), 4326)
         FROM generate_series(1, 1000000) i",
    );
    table(&database, "klein", 50);
    let server = following(&database);
    assert_eq!(class(&server, "t"), "feed");
    let before = as_of(&server);
    database.sql("UPDATE t SET name = 'alle', geom = ST_Translate(geom, 0.0001, 0)");
    let committed = jiff::Timestamp::now();
    let (mut rounds, mut slowest) = (0, Duration::ZERO);
    let took = wait_long(&server, "the million", || {
        // Meanwhile others are followed as ever.
        rounds += 1;
        let wanted = format!("runde {rounds}");
        let began = Instant::now();
        database.sql(&format!("UPDATE klein SET name = '{wanted}' WHERE id = 7"));
        while name(&server, "klein", "7").as_deref() != Some(wanted.as_str()) {
            assert!(began.elapsed() < Duration::from_secs(5), "{wanted}");
        }
        slowest = slowest.max(began.elapsed());
        let document = collection(&server, "t");
        let is_new = name(&server, "t", "999999").as_deref() == Some("alle");
        // What is old is not called new.
        let says: jiff::Timestamp = document["veedel:asOf"].as_str().unwrap().parse().unwrap();
        assert!(is_new || says < committed, "{document:#}");
        is_new && document.get("veedel:reloading").is_none()
    });
    println!(
        "a million rows were shown after {took:?}; of {rounds} commits meanwhile the slowest took {slowest:?}"
    );
    assert!(as_of(&server) > before && slowest < Duration::from_secs(1));
    assert_eq!(database.sql("SELECT count(*) FROM veedel.change WHERE keys IS NULL"), "1");
    let truth = Server::ready(&[&database.url(), "--watch", "0s"]);
    for zoom in [8, 12, 14] {
        for (lon, lat) in [(6.81, 50.81), (7.0, 50.95)] {
            let (x, y) = tile_at(lon, lat, zoom);
            let [warm, cold] =
                [&server, &truth].map(|server| server.get(&format!("/xyz/t/{zoom}/{x}/{y}")).body);
            assert!(warm == cold, "{zoom}/{x}/{y}: {} and {} bytes", warm.len(), cold.len());
        }
    }
}

#[test]
#[ignore = "takes minutes"]
fn changes_that_do_not_come_in_time_are_read_as_a_whole() {
    let database = database("zaeh");
    table(&database, "t", 100);
    database.sql("CREATE TABLE breit (id int PRIMARY KEY, name text, geom geometry(Point, 4326));
                  INSERT INTO breit SELECT i, 'n', 'SRID=4326;POINT(6.9 50.9)' FROM generate_series(1, 12000) i");
    feed_ok(&["install", &database.url()]);
    let proxy = Proxy::to(database.cluster.port());
    let server = Server::ready(&[&format!(
        "postgresql://postgres@127.0.0.1:{}/{}?sslmode=disable",
        proxy.port, database.name
    )]);
    // On a line with some 200 kB a second 6 MB do not come within the 20 s that a reading of changes may take.
    proxy.set(Line::Slow);
    for part in 0..30 {
        database.sql(&format!(
            "UPDATE breit SET name = 'neu ' || id || repeat('x', 500) WHERE id BETWEEN {0} * 400 + 1 AND {0} * 400 + 400",
            part
        ));
    }
    let is_new = || {
        let answer = server.get("/collections/breit/items/11999");
        answer.status == 200
            && answer.json()["properties"]["name"].as_str().unwrap().starts_with("neu 11999x")
    };
    let took = wait_long(&server, "the rows", is_new);
    println!("what did not come in time was shown after {took:?}");
    server.says("what has changed cannot be read in time; all is read again");
    proxy.set(Line::Good);
    server.wait_for("the feed", |server| (class(server, "breit") == "feed").then_some(()));
    database.sql("UPDATE t SET name = 'danach' WHERE id = 5");
    wait_for_name(&server, "5", "danach");
    let truth = Server::ready(&[&database.url(), "--watch", "0s"]);
    assert_eq!(everything(&server, "t"), everything(&truth, "t"));
}
