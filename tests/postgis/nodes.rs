//! More than one veedel: two on one database, one on a hot standby, one that survives a failover.

use crate::feed::{table, wait_for_name};
use crate::following::{assert_like_a_cold_one, class, everything, feed_ok, following, name, tile};
use crate::postgres::database;
use crate::server::Server;
use crate::tools::{collection, tile_at};

/// Equal after each commit is seen by both, in items, tiles and their tags.
#[test]
fn two_on_one_database_stay_equal() {
    let database = database("zwei");
    table(&database, "t", 400);
    let nodes = [following(&database), Server::ready(&[&database.url()])];
    let places = [(6.9, 50.9, 9), (6.95, 50.9, 12), (6.9, 50.9, 14)].map(|(lon, lat, zoom)| {
        let (x, y) = tile_at(lon, lat, zoom);
        (zoom, x, y)
    });
    for round in 0..20 {
        let wanted = format!("runde {round}");
        database.sql(&format!(
            "BEGIN; INSERT INTO t VALUES ({0}, 'neu', 'SRID=4326;POINT(6.9 50.9)'); DELETE FROM t WHERE id = {1};
             UPDATE t SET geom = ST_Translate(geom, 0.0005, 0) WHERE id % 7 = {2}; UPDATE t SET name = '{wanted}' WHERE id = 1; COMMIT",
            1000 + round, 50 + round, round % 7,
        ));
        nodes.iter().for_each(|node| wait_for_name(node, "1", &wanted));
        let [one, other] = nodes.each_ref().map(|node| everything(node, "t"));
        assert!(one == other, "round {round}");
        // Below zoom 10 each node renews in its own time.
        for place in &places[1..] {
            let [one, other] = nodes.each_ref().map(|node| tile(node, "t", *place, "gzip"));
            assert!(one == other, "round {round}, {place:?}");
        }
    }
    nodes[0].wait_for("the low zoom", |_| {
        let [one, other] = nodes.each_ref().map(|node| tile(node, "t", places[0], "identity"));
        (one == other).then_some(())
    });
    nodes.iter().for_each(|node| assert_like_a_cold_one(node, &database.url(), &["t"]));
}

/// Two clusters, one of which replicates the other: a server on the standby follows, and one that knows both survives
/// the failover.
#[test]
fn a_standby_is_followed_and_a_failover_survived() {
    let primary = crate::postgres::Cluster::start();
    let database = primary.database("knoten");
    table(&database, "t", 200);
    feed_ok(&["install", &database.url()]);
    let standby = primary.standby();
    let hosts = [primary.port(), standby.port()].map(|port| format!("127.0.0.1:{port}"));
    let url = |hosts: &str| format!("postgresql://postgres@{hosts}/{}?sslmode=disable", database.name);
    let both = Server::ready(&[&(url(&hosts.join(",")) + "&target_session_attrs=read-write")]);
    let reader = Server::ready(&[&url(&hosts[1])]);
    assert_eq!((class(&both, "t").as_str(), class(&reader, "t").as_str()), ("feed", "feed"));
    for round in 0..3 {
        let wanted = format!("runde {round}");
        database.sql(&format!(
            "BEGIN; UPDATE t SET name = '{wanted}', geom = 'SRID=4326;POINT(7 51)' WHERE id = 1;
             DELETE FROM t WHERE id = {}; COMMIT",
            round + 10
        ));
        wait_for_name(&both, "1", &wanted);
        wait_for_name(&reader, "1", &wanted);
        assert_eq!(everything(&both, "t"), everything(&reader, "t"));
    }
    // A standby that lags behind says up to when it knows.
    standby.sql(&database.name, "SELECT pg_wal_replay_pause()");
    std::thread::sleep(std::time::Duration::from_millis(200));
    let before = jiff::Timestamp::now();
    database.sql("UPDATE t SET name = 'spaet' WHERE id = 5");
    wait_for_name(&both, "5", "spaet");
    std::thread::sleep(std::time::Duration::from_secs(2));
    let as_of = |server: &Server| -> jiff::Timestamp {
        collection(server, "t")["veedel:asOf"].as_str().unwrap().parse().unwrap()
    };
    assert_ne!(name(&reader, "t", "5").as_deref(), Some("spaet"));
    assert!(as_of(&reader) < before && before < as_of(&both), "{} {}", as_of(&reader), as_of(&both));
    standby.sql(&database.name, "SELECT pg_wal_replay_resume()");
    wait_for_name(&reader, "5", "spaet");
    assert!(as_of(&reader) > before);
    primary.stop(crate::postgres::Stop::Immediate);
    standby.sql(&database.name, "SELECT pg_promote()");
    standby.sql(&database.name, "UPDATE t SET name = 'danach' WHERE id = 2");
    for server in [&both, &reader] {
        wait_for_name(server, "2", "danach");
        server.wait_for("the feed", |server| (class(server, "t") == "feed").then_some(()));
        standby.sql(&database.name, "UPDATE t SET name = name || '!' WHERE id = 3");
    }
    for server in [&both, &reader] {
        assert_like_a_cold_one(server, &url(&hosts[1]), &["t"]);
    }
}
