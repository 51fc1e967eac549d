//! The change feed where the key of a row becomes another: under the old one nothing may be left.

use crate::feed::{table, wait_for_name};
use crate::following::{assert_like_a_cold_one, class, feed_ok, following, name};
use crate::postgres::database;
use crate::server::Server;
use crate::tools::ids;

#[test]
fn nothing_is_left_under_a_key_that_changed_however_it_did() {
    let database = database("umbenannt");
    table(&database, "t", 1200);
    database.sql(
        "CREATE TABLE worte (wort text PRIMARY KEY, name text, geom geometry(Point, 4326));
         INSERT INTO worte VALUES ('abc', 'a', 'SRID=4326;POINT(6.9 50.9)'), ('d', 'd', 'SRID=4326;POINT(6.9 50.9)');
         CREATE TABLE folgt (id int PRIMARY KEY REFERENCES t ON UPDATE CASCADE, name text, geom geometry(Point, 4326));
         INSERT INTO folgt SELECT id, name, geom FROM t WHERE id < 20;
         CREATE TABLE davor (id int PRIMARY KEY, name text, geom geometry(Point, 4326));
         INSERT INTO davor SELECT id, name, geom FROM t WHERE id < 20;
         CREATE FUNCTION anders() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.id := NEW.id + 1000; RETURN NEW; END';
         CREATE TRIGGER anders BEFORE UPDATE ON davor FOR EACH ROW EXECUTE FUNCTION anders()",
    );
    let server = following(&database);
    let all = ["t", "worte", "folgt", "davor"];
    for id in all {
        assert_eq!(class(&server, id), "feed", "{id}");
    }
    database.sql(
        "UPDATE t SET id = id + 5000, name = 'cascade' WHERE id < 10; UPDATE worte SET wort = 'ABC', name = 'groß' WHERE wort = 'abc';
         UPDATE davor SET name = 'verschoben' WHERE id = 7",
    );
    server.wait_for("the new keys", |server| {
        let is = |id: &str, key: &str, wanted: &str| name(server, id, key).as_deref() == Some(wanted);
        let all = is("t", "5003", "cascade") && is("folgt", "5003", "n3") && is("worte", "ABC", "groß");
        (all && is("davor", "1007", "verschoben")).then_some(())
    });
    for (id, key) in [("t", "3"), ("folgt", "3"), ("worte", "abc"), ("davor", "7")] {
        assert_eq!(name(&server, id, key), None, "{id} {key}");
    }
    database.sql("UPDATE t SET id = id + 100000, name = 'alle' WHERE id > 20");
    server.wait_for("all of them", |server| (name(server, "t", "100100")? == "alle").then_some(()));
    assert_eq!(ids(&server, "t").iter().filter(|id| *id == "100").count(), 0);
    assert_like_a_cold_one(&server, &database.url(), &all);
    // The owner may change what the key is of, and what follows is noted like before.
    database.sql(
        "ALTER TABLE worte ALTER COLUMN wort TYPE varchar(40); ALTER TABLE davor ALTER COLUMN id TYPE bigint",
    );
    database
        .sql("UPDATE davor SET name = 'groesser' WHERE id = 8; UPDATE worte SET wort = 'D' WHERE wort = 'd'");
    server.wait_for("the new types", |server| {
        let is_there = name(server, "davor", "1008").as_deref() == Some("groesser");
        (is_there && name(server, "worte", "D").is_some() && name(server, "worte", "d").is_none())
            .then_some(())
    });
    assert_like_a_cold_one(&server, &database.url(), &all);
}

#[test]
fn children_that_come_later_note_their_keys_too() {
    let database = database("kinder");
    database.sql(
        "CREATE TABLE t (id int PRIMARY KEY, \"der Schlüssel\" text, name text, geom geometry(Point, 4326));
         INSERT INTO t VALUES (1, 'x', 'n', 'SRID=4326;POINT(6.9 50.9)')",
    );
    let server = following(&database);
    database.sql("CREATE TABLE kind () INHERITS (t); INSERT INTO kind VALUES (50, 'y', 'Kind', 'SRID=4326;POINT(7 51)')");
    wait_for_name(&server, "50", "Kind");
    server.wait_for("the feed", |server| (class(server, "t") == "feed").then_some(()));
    database.sql("UPDATE t SET id = id + 100, name = 'umbenannt'");
    wait_for_name(&server, "150", "umbenannt");
    wait_for_name(&server, "101", "umbenannt");
    assert_eq!(name(&server, "t", "50"), None);
    assert_like_a_cold_one(&server, &database.url(), &["t"]);
}

/// Where a collation holds 'abc' and 'ABC' to be one, a row cannot be found by what was noted alone.
#[test]
fn a_key_that_folds_case_is_watched() {
    let database = database("kollation");
    database.sql(
        "CREATE COLLATION gleich (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
         CREATE TABLE t (id text COLLATE gleich PRIMARY KEY, name text, geom geometry(Point, 4326));
         INSERT INTO t VALUES ('abc', 'klein', 'SRID=4326;POINT(6.9 50.9)'), ('d', 'd', NULL)",
    );
    let said = feed_ok(&["install", &database.url()]);
    assert!(said.contains("public.t: left out: it has no key"), "{said}");
    let server = Server::ready(&[&database.url()]);
    assert_eq!(class(&server, "t"), "watched");
    database.sql("UPDATE t SET id = 'ABC', name = 'gross' WHERE id = 'abc'");
    wait_for_name(&server, "ABC", "gross");
    assert_eq!(name(&server, "t", "abc"), None);
    assert_like_a_cold_one(&server, &database.url(), &["t"]);
}
