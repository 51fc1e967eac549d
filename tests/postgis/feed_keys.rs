//! The change feed where the key of a row becomes another: under the old one nothing may be left.

use crate::feed::{table, wait_for_name};
use crate::following::{assert_like_a_cold_one, class, everything, feed_ok, following, name};
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
         CREATE TABLE zahl (id numeric PRIMARY KEY, name text, geom geometry(Point, 4326));
         INSERT INTO zahl VALUES (1.0, 'a', 'SRID=4326;POINT(6.9 50.9)'), (2.00, 'b', NULL);
         CREATE TABLE tage (id timestamptz PRIMARY KEY, name text, geom geometry(Point, 4326));
         INSERT INTO tage VALUES ('2026-02-01 12:00Z', 'a', 'SRID=4326;POINT(6.9 50.9)'), ('2026-02-03 12:00Z', 'b', NULL);
         CREATE TABLE folgt (id int PRIMARY KEY REFERENCES t ON UPDATE CASCADE, name text, geom geometry(Point, 4326));
         INSERT INTO folgt SELECT id, name, geom FROM t WHERE id < 20;
         CREATE TABLE davor (id int PRIMARY KEY, name text, geom geometry(Point, 4326));
         INSERT INTO davor SELECT id, name, geom FROM t WHERE id < 20;
         CREATE FUNCTION anders() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.id := NEW.id + 1000; RETURN NEW; END';
         CREATE TRIGGER anders BEFORE UPDATE ON davor FOR EACH ROW EXECUTE FUNCTION anders()",
    );
    let server = following(&database);
    let all = ["t", "worte", "zahl", "tage", "folgt", "davor"];
    for id in all {
        assert_eq!(class(&server, id), "feed", "{id}");
    }
    database.sql(
        "UPDATE t SET id = id + 5000, name = 'cascade' WHERE id < 10; UPDATE worte SET wort = 'ABC', name = 'groß' WHERE wort = 'abc';
         SET datestyle = 'SQL, DMY'; SET timezone = 'Asia/Kolkata'; UPDATE tage SET id = id + interval '1 day', name = 'morgen';
         UPDATE zahl SET id = 1.00, name = 'genauer' WHERE id = 1; UPDATE zahl SET id = 2, name = 'kürzer' WHERE id = 2; UPDATE davor SET name = 'verschoben' WHERE id = 7",
    );
    server.wait_for("the new keys", |server| {
        let is = |id: &str, key: &str, wanted: &str| name(server, id, key).as_deref() == Some(wanted);
        let all = is("t", "5003", "cascade") && is("folgt", "5003", "n3") && is("worte", "ABC", "groß");
        (all && is("zahl", "1.00", "genauer")
            && is("zahl", "2", "kürzer")
            && is("davor", "1007", "verschoben"))
        .then_some(())
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
    let folds = "CREATE COLLATION gleich (provider = icu, locale = 'und-u-ks-level2', deterministic = false)";
    database.sql(&format!(
        "{folds};
         CREATE TABLE t (id text COLLATE gleich PRIMARY KEY, name text, geom geometry(Point, 4326));
         INSERT INTO t VALUES ('abc', 'klein', 'SRID=4326;POINT(6.9 50.9)'), ('d', 'd', NULL);
         CREATE TABLE spaeter (id text PRIMARY KEY, name text, geom geometry(Point, 4326)); INSERT INTO spaeter SELECT * FROM t"
    ));
    let said = feed_ok(&["install", &database.url()]);
    assert!(said.contains("public.t: left out: it has no key"), "{said}");
    let server = Server::ready(&[&database.url()]);
    assert_eq!((class(&server, "t").as_str(), class(&server, "spaeter").as_str()), ("watched", "feed"));
    database.sql("ALTER TABLE spaeter ALTER COLUMN id TYPE text COLLATE gleich");
    server.wait_for("the other class", |server| (class(server, "spaeter") == "watched").then_some(()));
    database.sql("UPDATE t SET id = 'ABC', name = 'gross' WHERE id = 'abc'; UPDATE spaeter SET id = 'ABC', name = 'gross' WHERE id = 'abc'");
    for id in ["t", "spaeter"] {
        server.wait_for(id, |server| (name(server, id, "ABC")? == "gross").then_some(()));
        assert_eq!(name(&server, id, "abc"), None);
    }
    assert_like_a_cold_one(&server, &database.url(), &["t", "spaeter"]);
}

#[test]
fn keys_of_any_characters_are_noted_and_found() {
    let database = database("zeichen");
    let keys = [
        "{a,b}",
        "\"",
        "\\",
        "NULL",
        "null",
        "",
        " vorn",
        "hinten ",
        "a'b",
        "ß\u{1f600}",
        "zwei\nZeilen",
        "{}",
        "[1]",
        ",",
    ];
    database.sql("CREATE TABLE t (id text PRIMARY KEY, name text, geom geometry(Point, 4326));
                  CREATE TABLE zwei (id text, jahr int, name text, geom geometry(Point, 4326), PRIMARY KEY (id, jahr))");
    let quoted = keys.map(|key| format!("('{}')", key.replace('\'', "''"))).join(", ");
    database.sql(&format!(
        "INSERT INTO t SELECT k, 'n', 'SRID=4326;POINT(6.9 50.9)' FROM (VALUES {quoted}) v(k);
         INSERT INTO zwei SELECT id, 1, name, geom FROM t"
    ));
    let server = following(&database);
    let counted = |wanted: &str| {
        let name = format!("\"name\":\"{wanted}\"");
        ["t", "zwei"].map(|id| everything(&server, id).iter().filter(|one| one.contains(&name)).count())
    };
    for (round, statement) in [
        "UPDATE {} SET name = 'runde 0'",
        "UPDATE {} SET name = 'runde 1', id = id || '!\"\\,'",
        "DELETE FROM {} WHERE id LIKE '%N%'; UPDATE {} SET name = 'runde 2'",
        "INSERT INTO {} (id, name) VALUES ('{,\"', 'runde 2'); UPDATE {} SET name = 'runde 3'",
    ]
    .into_iter()
    .enumerate()
    {
        let two =
            statement.replace("{}", "zwei").replace("(id, name) VALUES ('", "(jahr, id, name) VALUES (2, '");
        database.sql(&format!("BEGIN; {}; {two}; COMMIT", statement.replace("{}", "t")));
        let all = [keys.len(), keys.len(), keys.len() - 1, keys.len()][round];
        server.wait_for(statement, |_| (counted(&format!("runde {round}")) == [all; 2]).then_some(()));
    }
    assert!(!server.log().contains("read again"), "{}", server.log());
    assert_like_a_cold_one(&server, &database.url(), &["t", "zwei"]);
}

/// In the function of a trigger these names mean something else.
#[test]
fn columns_of_a_key_may_be_named_as_variables() {
    let database = database("namen");
    let names = ["found", "tg_op", "new", "old", "r", "s", "k1", "keys", "count", "new_rows"];
    for (number, name) in names.iter().enumerate() {
        let other = names[(number + 1) % names.len()];
        database.sql(&format!(
            "CREATE TABLE eins_{number} (\"{name}\" int PRIMARY KEY, name text, geom geometry(Point, 4326));
             CREATE TABLE zwei_{number} (\"{name}\" int, \"{other}\" int, name text, geom geometry(Point, 4326), PRIMARY KEY (\"{name}\", \"{other}\"))"
        ));
    }
    feed_ok(&["install", &database.url()]);
    for (number, name) in names.iter().enumerate() {
        for (table, values, noted) in [
            (format!("eins_{number}"), "1, 'a'", "{1}\n{1}\n{1,2}\n{2}"),
            (
                format!("zwei_{number}"),
                "1, 7, 'a'",
                "[[\"1\", \"7\"]]\n[[\"1\", \"7\"]]\n[[\"1\", \"7\"], [\"2\", \"7\"]]\n[[\"2\", \"7\"]]",
            ),
        ] {
            database.sql(&format!(
                "INSERT INTO {table} VALUES ({values}); UPDATE {table} SET name = 'b'; UPDATE {table} SET \"{name}\" = 2; DELETE FROM {table}"
            ));
            let keys = format!(
                "SELECT keys FROM veedel.change WHERE relation = '{table}'::regclass ORDER BY position"
            );
            assert_eq!(database.sql(&keys), noted, "{table} by {name}");
        }
    }
}

#[test]
fn whoever_writes_does_not_fail_where_a_column_of_the_key_was_renamed_or_dropped() {
    let database = database("spalten");
    table(&database, "t", 50);
    database.sql(
        "CREATE TABLE zwei (id int, jahr int, name text, geom geometry(Point, 4326), PRIMARY KEY (id, jahr));
         INSERT INTO zwei SELECT id, 1, name, geom FROM t; CREATE TABLE weg (LIKE t INCLUDING ALL); INSERT INTO weg SELECT * FROM t",
    );
    let server = following(&database);
    let all = ["t", "zwei", "weg"];
    all.iter().for_each(|id| assert_eq!(class(&server, id), "feed", "{id}"));
    database.sql(
        "ALTER TABLE t RENAME COLUMN id TO nummer; ALTER TABLE zwei RENAME COLUMN jahr TO \"found\"; ALTER TABLE weg DROP COLUMN id;
         UPDATE t SET name = 'danach' WHERE nummer = 7; DELETE FROM t WHERE nummer = 8; INSERT INTO t VALUES (1000, 'neu', NULL);
         UPDATE zwei SET name = 'danach' WHERE id = 7; UPDATE weg SET name = 'danach' WHERE name = 'n7'",
    );
    let is_there = |id: &str| everything(&server, id).iter().any(|one| one.contains("\"danach\""));
    for id in all {
        server.wait_for(id, |server| (is_there(id) && class(server, id) == "watched").then_some(()));
    }
    assert_like_a_cold_one(&server, &database.url(), &all);
    feed_ok(&["install", &database.url()]);
    for id in ["t", "zwei"] {
        server.wait_for(id, |server| (class(server, id) == "feed").then_some(()));
    }
    database.sql("UPDATE t SET name = 'wieder' WHERE nummer = 7");
    wait_for_name(&server, "7", "wieder");
}
