//! The change feed: each commit shows, whatever is changed and however; what the feed cannot see is said.

use std::time::{Duration, Instant};

use crate::following::{assert_like_a_cold_one, class, everything, feed, feed_ok, following, name, tile};
use crate::postgres::{Database, database};
use crate::server::Server;
use crate::tools::{collection, tile_at};

pub fn table(database: &Database<'_>, name: &str, rows: u32) {
    database.sql(&format!(
        "CREATE TABLE {name} (id int PRIMARY KEY, name text, geom geometry(Geometry, 4326));
         INSERT INTO {name} SELECT i, 'n' || i, ST_SetSRID(ST_MakePoint(6.9 + (i % 200) * 0.001, 50.9 + (i / 200) * 0.001), 4326)
         FROM generate_series(1, {rows}) i;"
    ));
}

pub fn wait_for_name(server: &Server, key: &str, wanted: &str) {
    server.wait_for(wanted, |server| (name(server, "t", key).as_deref() == Some(wanted)).then_some(()));
}

#[test]
fn the_feed_is_installed_again_and_removed_and_names_its_gaps() {
    let database = database("feed");
    table(&database, "t", 9);
    database.sql(
        "CREATE TABLE ohne (name text, geom geometry(Point, 4326));
         CREATE TABLE \"Alt \"\"er\" (\"der Schlüssel\" text, jahr int, geom geometry(Point, 4326), PRIMARY KEY (\"der Schlüssel\", jahr));
         CREATE VIEW v AS SELECT * FROM t; CREATE MATERIALIZED VIEW m AS SELECT * FROM t;
         CREATE TABLE p (id int PRIMARY KEY, geom geometry(Point, 4326)) PARTITION BY RANGE (id);
         CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10);
         CREATE ROLE feed_leser LOGIN; CREATE ROLE feed_fremd LOGIN;
         GRANT SELECT ON ALL TABLES IN SCHEMA public TO feed_leser, feed_fremd;",
    );
    let url = database.url();
    let status = feed(&["status", &url]);
    assert!(!status.status.success());
    assert!(String::from_utf8_lossy(&status.stdout).contains("no feed is installed"));
    for round in 0..2 {
        if round == 1 {
            // As an older version left it.
            database.sql(
                "ALTER TABLE veedel.change DROP CONSTRAINT change_pkey, ADD PRIMARY KEY (position);
                 CREATE INDEX change_transaction ON veedel.change (transaction)",
            );
        }
        let said = feed_ok(&["install", &url, "--reader", "feed_leser"]);
        assert!(said.contains("public.t: triggers by id on 1 relations"), "{said}");
        assert!(said.contains("public.p: triggers by id on 2 relations"), "{said}");
        assert!(said.contains("public.ohne: left out: it has no key"), "{said}");
    }
    let indexes = "SELECT indexdef FROM pg_indexes WHERE schemaname = 'veedel'";
    assert!(
        database.sql(indexes).ends_with("btree (transaction, \"position\")"),
        "{}",
        database.sql(indexes)
    );
    assert_eq!(database.sql(indexes).lines().count(), 1);
    let status = |who: &str| String::from_utf8(feed(&["status", &database.url_as(who)]).stdout).unwrap();
    let said = status("feed_leser");
    for line in [
        "a feed is installed, and this role may read it",
        "public.t: feed\n",
        "public.p: feed\n",
        "public.Alt \"er: feed\n",
        "public.ohne: watched: it has no key",
        "public.v: watched: a view",
        "public.m: feed: read again whenever it is refreshed",
    ] {
        assert!(said.contains(line), "{line} in\n{said}");
    }
    assert!(status("feed_fremd").contains("which this role may not read"));
    // Gaps: a partition that came later, a trigger that is off, one that is gone; as an owner who is no superuser has them.
    database.sql(
        "ALTER EVENT TRIGGER veedel_feed_command DISABLE;
         CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (10) TO (20);
         ALTER TABLE t DISABLE TRIGGER veedel_feed_update; DROP TRIGGER veedel_feed_insert ON \"Alt \"\"er\"",
    );
    let said = status("feed_leser");
    assert!(said.contains("public.p: watched: public.p2: no triggers"), "{said}");
    assert!(said.contains("public.t: watched: public.t: a trigger is not enabled always"), "{said}");
    assert!(said.contains("er: a trigger is missing"), "{said}");
    assert!(said.contains("public.m: watched: a materialised view: only an event trigger"), "{said}");
    // A reader may not install, and nothing is half done.
    let refused = feed(&["install", &database.url_as("feed_leser"), "t"]);
    assert!(!refused.status.success());
    assert!(String::from_utf8_lossy(&refused.stderr).contains("may not install the feed"));
    feed_ok(&["install", &url]);
    assert!(feed(&["status", &url, "t", "p"]).status.success());
    // Keys of any form are noted, and writers need no rights.
    database.sql(
        "GRANT ALL ON \"Alt \"\"er\" TO feed_fremd; SET ROLE feed_fremd;
         INSERT INTO \"Alt \"\"er\" VALUES ('a''\"\\,', 1999, NULL), ('ß', 1, NULL); UPDATE \"Alt \"\"er\" SET jahr = 2 WHERE jahr = 1",
    );
    assert_eq!(
        database.sql("SELECT keys FROM veedel.change ORDER BY position"),
        "[[\"a'\\\"\\\\,\", \"1999\"], [\"ß\", \"1\"]]\n[[\"ß\", \"1\"], [\"ß\", \"2\"]]"
    );
    feed_ok(&["remove", &url, "t"]);
    assert!(status("feed_leser").contains("public.t: watched: public.t: no triggers"));
    feed_ok(&["remove", &url]);
    assert_eq!(database.sql("SELECT count(*) FROM pg_namespace WHERE nspname = 'veedel'"), "0");
    assert_eq!(database.sql("SELECT count(*) FROM pg_trigger WHERE tgname LIKE 'veedel%'"), "0");
    assert_eq!(database.sql("SELECT count(*) FROM pg_event_trigger WHERE evtname LIKE 'veedel%'"), "0");
}

#[test]
fn a_commit_shows_within_a_second_and_forgets_only_the_tiles_it_touched() {
    let database = database("commit");
    table(&database, "t", 2000);
    let server = following(&database);
    assert_eq!(class(&server, "t"), "feed");
    let (x, y) = tile_at(6.9005, 50.9005, 14);
    let far = tile_at(7.0995, 50.9055, 14);
    let made = |server: &Server| -> u64 {
        let text = server.get("/metrics").text();
        text.lines().find_map(|line| line.strip_prefix("veedel_tiles_made_total ")?.parse().ok()).unwrap()
    };
    for coding in ["identity", "gzip"] {
        for place in [(14, x, y), (14, far.0, far.1)] {
            tile(&server, "t", place, coding);
        }
    }
    let before = made(&server);
    let began = Instant::now();
    database.sql("UPDATE t SET name = 'neu', geom = 'SRID=4326;POINT(6.9004 50.9004)' WHERE id = 1");
    wait_for_name(&server, "1", "neu");
    println!("a row was shown {:?} after psql began", began.elapsed());
    let bytes = tile(&server, "t", (14, x, y), "identity").1;
    assert!(String::from_utf8_lossy(&bytes).contains("neu"));
    tile(&server, "t", (14, x, y), "gzip");
    assert_eq!(made(&server), before + 2, "both codings of the touched tile");
    for coding in ["identity", "gzip"] {
        tile(&server, "t", (14, far.0, far.1), coding);
    }
    assert_eq!(made(&server), before + 2, "the other tile was kept");
    let answer = server.get(&format!("/xyz/t/14/{x}/{y}"));
    assert_eq!(answer.header("veedel-freshness"), "feed");
    assert!(answer.header("veedel-as-of").starts_with("20"), "{}", answer.header("veedel-as-of"));
    let version = collection(&server, "t")["veedel:dataVersion"].to_string();
    assert_eq!(answer.header("veedel-data-version"), version);
    let shown = format!("veedel_layer_data_version{{collection=\"t\"}} {version}");
    assert!(server.get("/metrics").text().contains(&shown), "{shown}");
    assert_eq!(server.get("/xyz/t/5/16/10").header("veedel-renewal"), "5");
    let lag = collection(&server, "t")["veedel:lagMilliseconds"].as_i64().unwrap();
    assert!((0..5000).contains(&lag), "{lag}");
    database.sql("UPDATE t SET name = 'mehr' WHERE id = 9");
    wait_for_name(&server, "9", "mehr");
    let later =
        server.get(&format!("/xyz/t/14/{x}/{y}")).header("veedel-data-version").parse::<u64>().unwrap();
    assert!(later > version.parse().unwrap());
    assert_like_a_cold_one(&server, &database.url(), &["t"]);
}

#[test]
fn a_commit_during_a_slow_render_is_not_hidden_by_it() {
    let database = database("langsam");
    table(&database, "t", 2_500);
    database.sql("UPDATE t SET geom = ST_Buffer(geom, 0.0004, 8)");
    feed_ok(&["install", &database.url()]);
    let server = Server::ready(&[&database.url(), "--no-thinning"]);
    let (x, y) = tile_at(6.95, 50.95, 11);
    for round in 0..6 {
        let wanted = format!("runde {round}");
        std::thread::scope(|scope| {
            let slow = scope.spawn(|| {
                let began = Instant::now();
                (tile(&server, "t", (11, x, y), "identity"), began.elapsed())
            });
            std::thread::sleep(Duration::from_millis(15 * round));
            database.sql(&format!("UPDATE t SET name = '{wanted}' WHERE id = 77"));
            wait_for_name(&server, "77", &wanted);
            let fresh = tile(&server, "t", (11, x, y), "identity").1;
            assert!(String::from_utf8_lossy(&fresh).contains(&wanted), "{wanted}");
            println!("the render took {:?}", slow.join().unwrap().1);
        });
        let fresh = tile(&server, "t", (11, x, y), "identity").1;
        assert!(String::from_utf8_lossy(&fresh).contains(&wanted), "{wanted} after the slow one ended");
    }
}

#[test]
fn two_features_swap_places_and_one_is_deleted_and_comes_again() {
    let database = database("tausch");
    table(&database, "t", 500);
    let server = following(&database);
    for place in crate::following::tiles() {
        tile(&server, "t", place, "identity");
    }
    database.sql(
        "UPDATE t SET geom = other.geom FROM t AS other WHERE (t.id, other.id) IN ((1, 400), (400, 1));
         BEGIN; DELETE FROM t WHERE id = 7; INSERT INTO t VALUES (7, 'wieder', 'SRID=4326;POINT(7 51)'); COMMIT;
         BEGIN; UPDATE t SET id = 1000 WHERE id = 9; UPDATE t SET id = 9 WHERE id = 10; COMMIT",
    );
    wait_for_name(&server, "7", "wieder");
    wait_for_name(&server, "9", "n10");
    assert_eq!(name(&server, "t", "10"), None);
    database.sql("DELETE FROM t WHERE id = 7");
    server.wait_for("the deletion", |server| name(server, "t", "7").is_none().then_some(()));
    database.sql("INSERT INTO t VALUES (7, 'noch einmal', NULL)");
    wait_for_name(&server, "7", "noch einmal");
    assert_like_a_cold_one(&server, &database.url(), &["t"]);
}

#[test]
fn a_hundred_thousand_rows_in_one_statement_are_one_reload() {
    let database = database("viele");
    table(&database, "t", 100);
    let server = following(&database);
    for statement in [
        "INSERT INTO t SELECT i, 'viele', ST_SetSRID(ST_MakePoint(6.9 + (i % 300) * 0.0005, 50.9 + i * 0.000001), 4326) FROM generate_series(1000, 101000) i",
        "UPDATE t SET name = name || '!' WHERE id > 1000",
        "TRUNCATE t",
    ] {
        database.sql(statement);
        let count: usize = database.sql("SELECT count(*) FROM t").parse().unwrap();
        let began = Instant::now();
        let is_there = || {
            let document = collection(&server, "t");
            document["itemCount"] == count && document.get("veedel:reloading").is_none()
        };
        while !is_there() {
            assert!(began.elapsed() < Duration::from_secs(120), "{statement}: {}", server.log());
            std::thread::sleep(Duration::from_millis(20));
        }
        assert_eq!(class(&server, "t"), "feed");
    }
    database.sql("INSERT INTO t VALUES (1, 'danach', 'SRID=4326;POINT(7 51)')");
    wait_for_name(&server, "1", "danach");
    assert_eq!(
        database.sql("SELECT count(*) FILTER (WHERE keys IS NULL), count(*) FROM veedel.change"),
        "3|4"
    );
    assert_like_a_cold_one(&server, &database.url(), &["t"]);
}

#[test]
fn a_transaction_over_three_tables_shows_at_once_in_all() {
    let database = database("drei");
    let place = tile_at(6.9, 50.9, 13);
    for id in ["a", "b", "c"] {
        database.sql(&format!(
            "CREATE TABLE {id} (id int PRIMARY KEY, runde int, geom geometry(Point, 4326));
             INSERT INTO {id} VALUES (1, 0, 'SRID=4326;POINT(6.9 50.9)')"
        ));
    }
    let server = following(&database);
    let rounds = 150;
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let round = |round: u32| {
                let one = |id: &str| format!("UPDATE {id} SET runde = {round}; SELECT pg_sleep(0.002);");
                format!("BEGIN; {}{}{}COMMIT;", one("c"), one("a"), one("b"))
            };
            database.sql(&(1..=rounds).map(round).collect::<String>());
        });
        let (mut seen, mut last) = (std::collections::BTreeSet::new(), 0);
        let began = Instant::now();
        while last < rounds {
            let bytes = tile(&server, "a,b,c", (13, place.0, place.1), "identity").1;
            let decoded = fast_mvt::MvtReaderRef::new(&bytes).unwrap().to_tile().unwrap();
            let rounds: Vec<String> =
                decoded.layers.iter().map(|layer| format!("{:?}", layer.features[0].properties)).collect();
            assert!(rounds.windows(2).all(|pair| pair[0] == pair[1]), "torn: {rounds:?}");
            last = rounds[0]
                .split(|c: char| !c.is_ascii_digit())
                .filter_map(|text| text.parse().ok())
                .max()
                .unwrap();
            seen.insert(last);
            assert!(began.elapsed() < Duration::from_secs(30), "{last}");
        }
        println!("{} of {rounds} rounds were seen", seen.len());
        assert!(seen.len() > 3, "{seen:?}");
    });
}

#[test]
fn without_triggers_and_with_a_role_that_only_reads_it_is_watched() {
    let database = database("ohne");
    table(&database, "t", 50);
    database.sql(
        "CREATE VIEW v AS SELECT * FROM (SELECT * FROM t WHERE id < 20) x;
         CREATE MATERIALIZED VIEW m AS SELECT * FROM t; CREATE UNIQUE INDEX ON m (id);
         CREATE ROLE ohne_leser LOGIN; GRANT SELECT ON ALL TABLES IN SCHEMA public TO ohne_leser;",
    );
    let server = Server::ready(&[&database.url_as("ohne_leser")]);
    for id in ["t", "v", "m"] {
        assert_eq!(class(&server, id), "watched", "{id}");
    }
    database.sql("UPDATE t SET name = 'gesehen' WHERE id = 3");
    server.wait_for("table and view", |server| {
        let both = ["t", "v"].iter().all(|id| name(server, id, "3").as_deref() == Some("gesehen"));
        both.then_some(())
    });
    assert_eq!(name(&server, "m", "3").as_deref(), Some("n3"), "not refreshed");
    for (refresh, wanted) in [("", "gesehen"), ("CONCURRENTLY", "nochmal")] {
        database.sql(&format!("UPDATE t SET name = '{wanted}' WHERE id = 3"));
        database.sql(&format!("REFRESH MATERIALIZED VIEW {refresh} m"));
        server.wait_for("the refresh", |server| (name(server, "m", "3")? == wanted).then_some(()));
    }
    // A table that is new is there without waiting for the next full look.
    database.sql("CREATE TABLE neu AS SELECT * FROM t; GRANT SELECT ON neu TO ohne_leser");
    server.wait_for("the new table", |server| {
        (server.get("/collections/neu/items").status == 200).then_some(())
    });
    // A view over a table that follows the feed is read again with it.
    feed_ok(&["install", &database.url(), "t", "--reader", "ohne_leser"]);
    server.wait_for("the feed", |server| (class(server, "t") == "feed").then_some(()));
    database.sql("UPDATE t SET name = 'durch die Sicht' WHERE id = 4");
    server.wait_for("the view", |server| (name(server, "v", "4")? == "durch die Sicht").then_some(()));
    assert_eq!(everything(&server, "t").len(), 50);
}
