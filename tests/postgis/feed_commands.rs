//! The change feed where no trigger on a table fires: partitions that come and go, materialised views.

use crate::feed::{table, wait_for_name};
use crate::following::{assert_like_a_cold_one, class, feed_ok, following, name};
use crate::postgres::database;
use crate::server::Server;
use crate::tools::ids;

#[test]
fn partitions_follow_whoever_is_written_to() {
    let database = database("teile");
    database.sql(
        "CREATE TABLE t (id int, name text, geom geometry(Point, 4326), PRIMARY KEY (id)) PARTITION BY RANGE (id);
         CREATE TABLE t1 PARTITION OF t FOR VALUES FROM (0) TO (1000);
         CREATE TABLE t2 (name text, id int NOT NULL, geom geometry(Point, 4326));
         ALTER TABLE t ATTACH PARTITION t2 FOR VALUES FROM (1000) TO (2000);
         INSERT INTO t SELECT i, 'n' || i, ST_SetSRID(ST_MakePoint(6.9 + i * 0.0001, 50.9), 4326) FROM generate_series(900, 1100) i",
    );
    let server = following(&database);
    assert_eq!(class(&server, "t"), "feed");
    database.sql(
        "UPDATE t SET id = id + 600 WHERE id BETWEEN 990 AND 999; UPDATE t1 SET name = 'im Teil' WHERE id = 901;
         DELETE FROM t2 WHERE id = 1001; INSERT INTO t2 VALUES ('dazu', 1900, NULL)",
    );
    wait_for_name(&server, "901", "im Teil");
    wait_for_name(&server, "1900", "dazu");
    assert_like_a_cold_one(&server, &database.url(), &["t"]);
    // A part that leaves and those that come, empty or filled, are noted by the event trigger.
    database.sql("ALTER TABLE t DETACH PARTITION t1");
    server.wait_for("the part gone", |server| (!ids(server, "t").contains(&"901".to_owned())).then_some(()));
    database.sql(
        "CREATE TABLE t4 PARTITION OF t FOR VALUES FROM (4000) TO (5000) PARTITION BY RANGE (id);
         CREATE TABLE t5 PARTITION OF t4 FOR VALUES FROM (4000) TO (4500);
         CREATE TABLE t6 (LIKE t); INSERT INTO t6 VALUES (4600, 'mitgebracht', NULL);
         ALTER TABLE t4 ATTACH PARTITION t6 FOR VALUES FROM (4500) TO (5000)",
    );
    wait_for_name(&server, "4600", "mitgebracht");
    database.sql("INSERT INTO t5 VALUES (4001, 'im fünften', NULL); UPDATE t6 SET name = 'im sechsten'");
    wait_for_name(&server, "4001", "im fünften");
    wait_for_name(&server, "4600", "im sechsten");
    assert_eq!(class(&server, "t"), "feed");
    assert_like_a_cold_one(&server, &database.url(), &["t"]);
    // Without it they are seen, and the class says what is missing.
    database.sql("ALTER EVENT TRIGGER veedel_feed_command DISABLE");
    database.sql(
        "CREATE TABLE t3 PARTITION OF t FOR VALUES FROM (3000) TO (4000); INSERT INTO t3 VALUES (3001, 'neu', NULL)",
    );
    wait_for_name(&server, "3001", "neu");
    server.wait_for("the gap", |server| (class(server, "t") == "watched").then_some(()));
    feed_ok(&["install", &database.url()]);
    server.wait_for("the feed", |server| (class(server, "t") == "feed").then_some(()));
    database.sql("UPDATE t3 SET name = 'noch neuer'");
    wait_for_name(&server, "3001", "noch neuer");
}

#[test]
fn a_materialised_view_follows_each_refresh() {
    let database = database("sicht");
    table(&database, "t", 50);
    database.sql(
        "CREATE MATERIALIZED VIEW m AS SELECT * FROM t; CREATE UNIQUE INDEX ON m (id);
         CREATE ROLE sicht_leser LOGIN; GRANT SELECT ON t, m TO sicht_leser",
    );
    let said = feed_ok(&["install", &database.url(), "--reader", "sicht_leser"]);
    assert!(said.contains("materialised views and new partitions are noted as well"), "{said}");
    // Nothing is watched: what is seen is what was noted.
    let server = Server::ready(&[&database.url_as("sicht_leser")]);
    server.wait_for("the class", |server| (class(server, "m") == "feed").then_some(()));
    for (round, refresh) in ["", "CONCURRENTLY", ""].iter().enumerate() {
        let wanted = format!("runde {round}");
        database.sql(&format!("UPDATE t SET name = '{wanted}' WHERE id = 3"));
        wait_for_name(&server, "3", &wanted);
        assert_ne!(name(&server, "m", "3").as_deref(), Some(wanted.as_str()), "not refreshed");
        database.sql(&format!("REFRESH MATERIALIZED VIEW {refresh} m"));
        server.wait_for("the refresh", |server| (name(server, "m", "3")? == wanted).then_some(()));
    }
    // A refresh that is rolled back is none.
    database.sql("UPDATE t SET name = 'nie' WHERE id = 4; BEGIN; REFRESH MATERIALIZED VIEW m; ROLLBACK");
    assert_eq!(database.sql("SELECT count(*) FROM veedel.change WHERE operation LIKE 'REFRESH%'"), "3");
    assert_like_a_cold_one(&server, &database.url(), &["t", "m"]);
}

/// Whoever owns the change table could have a superuser's function do what he likes.
#[test]
fn only_a_superuser_of_a_superusers_feed_notes_commands() {
    let database = database("besitz");
    database.sql(&format!("CREATE ROLE besitzer LOGIN; GRANT ALL ON DATABASE \"{}\" TO besitzer; GRANT CREATE ON SCHEMA public TO besitzer", database.name));
    database
        .sql("SET ROLE besitzer; CREATE TABLE t (id int PRIMARY KEY, name text, geom geometry(Point, 4326))");
    for who in [database.url_as("besitzer"), database.url()] {
        let said = feed_ok(&["install", &who]);
        assert!(said.contains("are not noted: only a superuser's installation"), "{said}");
    }
    assert_eq!(database.sql("SELECT count(*) FROM pg_event_trigger"), "0");
}

/// What notes changes runs with the rights of whoever installed it, and the columns belong to someone else.
#[test]
fn nothing_of_a_tables_owner_runs_with_the_rights_of_a_superuser() {
    let database = database("anmassung");
    database.sql("CREATE ROLE anmasser LOGIN; GRANT CREATE ON SCHEMA public TO anmasser");
    database.sql(
        "SET ROLE anmasser; CREATE TABLE t (id text PRIMARY KEY, name text, geom geometry(Point, 4326));
         CREATE TABLE ran (as_whom text)",
    );
    feed_ok(&["install", &database.url(), "t"]);
    database.sql(
        "SET ROLE anmasser; CREATE TYPE own AS ENUM ('a', 'b');
         CREATE FUNCTION as_text(own) RETURNS text LANGUAGE plpgsql AS 'BEGIN INSERT INTO public.ran VALUES (current_user); RETURN ''x''; END';
         CREATE FUNCTION as_json(own) RETURNS json LANGUAGE plpgsql AS 'BEGIN INSERT INTO public.ran VALUES (current_user); RETURN ''1''; END';
         CREATE CAST (own AS text) WITH FUNCTION as_text(own) AS IMPLICIT;
         CREATE CAST (own AS json) WITH FUNCTION as_json(own) AS IMPLICIT;
         ALTER TABLE t ALTER COLUMN id TYPE own USING 'a';
         INSERT INTO t VALUES ('a', 'x', NULL); UPDATE t SET id = 'b'; DELETE FROM t",
    );
    assert_eq!(database.sql("SELECT count(*) FROM ran"), "0");
    let noted =
        database.sql("SELECT keys FROM veedel.change WHERE operation <> 'ALTER TABLE' ORDER BY position");
    assert_eq!(noted, "{a}\n{a,b}\n{b}");
}

#[test]
fn whoever_locks_one_table_after_another_does_not_fail_because_of_us() {
    let database = database("sperren");
    table(&database, "t", 50);
    let server = following(&database);
    let mut session = database.cluster.session(&database.name);
    assert!(session.sql("BEGIN; LOCK t IN ACCESS EXCLUSIVE MODE;"));
    // What was in it is not known, so that the table is read again: the reader holds the feed and waits for the table.
    database.sql("SET session_replication_role = replica; TRUNCATE veedel.change");
    server.wait_for("someone who holds the feed and waits for the table", |_| {
        let waiting = database.sql(
            "SELECT count(*) FROM pg_locks w JOIN pg_locks h USING (pid) WHERE w.relation = 't'::regclass
             AND NOT w.granted AND h.relation = 'veedel.change'::regclass AND h.granted",
        );
        (waiting.trim() != "0").then_some(())
    });
    // Longer than PostgreSQL waits before it looks for a deadlock; whoever waits last is the one who fails.
    std::thread::sleep(std::time::Duration::from_millis(1200));
    assert!(session.sql("LOCK veedel.change IN ACCESS EXCLUSIVE MODE;"), "a deadlock");
    assert!(session.sql("UPDATE t SET name = 'gesperrt' WHERE id = 5; COMMIT;"));
    wait_for_name(&server, "5", "gesperrt");
    assert_like_a_cold_one(&server, &database.url(), &["t"]);
}
