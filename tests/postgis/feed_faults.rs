//! What can go wrong with the change feed: a line that is cut, too much to keep, and whatever others do to it.

use std::time::Duration;

use crate::feed::{table, wait_for_name};
use crate::following::{assert_like_a_cold_one, class, feed_ok, following, name};
use crate::postgres::database;
use crate::proxy::{Line, Proxy};
use crate::server::Server;

#[test]
fn what_is_missed_while_the_line_is_cut_is_caught_up_without_reading_all() {
    let database = database("luecke");
    table(&database, "t", 3000);
    feed_ok(&["install", &database.url()]);
    let proxy = Proxy::to(database.cluster.port());
    let url = format!("postgresql://postgres@127.0.0.1:{}/{}?sslmode=disable", proxy.port, database.name);
    let server = Server::ready(&[&url]);
    for round in 0..3 {
        proxy.set(Line::Cut);
        // Commits out of the order of their writing, one of them beginning before the cut and ending after it.
        std::thread::scope(|scope| {
            scope.spawn(|| {
                database.sql(&format!(
                    "BEGIN; UPDATE t SET name = 'lang {round}' WHERE id = 1; SELECT pg_sleep(1.5); COMMIT"
                ))
            });
            std::thread::sleep(Duration::from_millis(200));
            database.sql(&format!(
                "BEGIN; UPDATE t SET name = 'kurz {round}' WHERE id = 2; SAVEPOINT s; DELETE FROM t WHERE id = 3;
                 ROLLBACK TO s; INSERT INTO t VALUES (9000 + {round}, 'x', 'SRID=4326;POINT(7 51)'); COMMIT;
                 BEGIN; DELETE FROM t; ROLLBACK;
                 DO $$ BEGIN FOR i IN 0..5 LOOP
                     UPDATE t SET name = repeat('viel {round} ', 20) || id WHERE id BETWEEN i * 400 + 10 AND i * 400 + 409;
                 END LOOP; END $$"
            ));
            proxy.set(Line::Good);
            wait_for_name(&server, "2", &format!("kurz {round}"));
        });
        wait_for_name(&server, "1", &format!("lang {round}"));
    }
    assert!(!server.log().contains("read again"), "{}", server.log());
    assert_like_a_cold_one(&server, &database.url(), &["t"]);
}

#[test]
fn what_was_noted_is_kept_for_so_long_and_whoever_is_behind_reads_all_again() {
    let database = database("frist");
    table(&database, "t", 50);
    let server = following(&database);
    let count = || database.sql("SELECT count(*) FROM veedel.change").trim().parse::<u32>().unwrap();
    // More than are kept, of a table that nobody knows.
    database
        .sql("INSERT INTO veedel.change (relation, operation) SELECT 1, 'x' FROM generate_series(1, 212000)");
    // Nothing goes that someone under way may not have seen, in whichever database of the cluster: other tests, here.
    let pruned_to = |kept: std::ops::Range<u32>| {
        server.wait_for(&format!("{kept:?} entries"), |_| {
            database.sql("SELECT veedel.prune()");
            kept.contains(&count()).then_some(())
        });
    };
    pruned_to(199_900..200_100);
    // The server has seen none of it, and does not know whether it was of its tables.
    database.sql("UPDATE t SET name = 'danach' WHERE id = 7");
    wait_for_name(&server, "7", "danach");
    server.says("more has changed than was kept");
    server.wait_for("feed", |server| (class(server, "t") == "feed").then_some(()));
    // Older than a day, and nothing newer.
    database.sql("TRUNCATE veedel.change; SET session_replication_role = replica;
         INSERT INTO veedel.change (relation, operation, at) SELECT 1, 'x', now() - n * interval '1 hour' FROM generate_series(30, 1, -1) n");
    pruned_to(23..24);
    assert_like_a_cold_one(&server, &database.url(), &["t"]);
}

#[test]
fn no_lock_of_a_stranger_stops_the_pruning() {
    let database = database("riegel");
    table(&database, "t", 50);
    database.sql(
        "CREATE ROLE riegel_fremd LOGIN; CREATE ROLE riegel_leser LOGIN; GRANT SELECT ON t TO riegel_leser",
    );
    feed_ok(&["install", &database.url(), "--reader", "riegel_leser"]);
    database.sql("INSERT INTO veedel.change (relation, operation, at) SELECT 1, 'x', now() - interval '2 days' FROM generate_series(1, 30)");
    let pruned = || {
        // Entries stay that someone under way, in another test, may not have seen.
        for _ in 0..100 {
            database.sql("SET lock_timeout = 2000; SELECT veedel.prune()");
            if database.sql("SELECT count(*) FROM veedel.change").trim() == "0" {
                return true;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        false
    };
    // The lock that it was once, held by whoever may connect, as long as they like.
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let hold = "SELECT pg_advisory_lock(7305808869240825705); SELECT pg_sleep(12)";
            database.sql(&format!("SET SESSION AUTHORIZATION riegel_fremd; {hold}"))
        });
        std::thread::sleep(Duration::from_millis(500));
        assert!(pruned(), "pruning waits for a stranger's lock");
    });
    for role in ["riegel_fremd", "riegel_leser"] {
        for mode in ["ACCESS SHARE", "SHARE", "ACCESS EXCLUSIVE"] {
            database.sql(&format!(
                "SET SESSION AUTHORIZATION {role};
                 DO $$ BEGIN
                     LOCK TABLE veedel.pruning IN {mode} MODE;
                     RAISE EXCEPTION 'it may lock';
                 EXCEPTION WHEN insufficient_privilege THEN NULL;
                 END $$"
            ));
        }
    }
    feed_ok(&["remove", &database.url()]);
    assert_eq!(database.sql("SELECT count(*) FROM pg_namespace WHERE nspname = 'veedel'").trim(), "0");
}

#[test]
fn what_happens_to_the_feed_is_noticed_said_and_repaired() {
    let database = database("boese");
    table(&database, "t", 50);
    database.sql("CREATE ROLE boese_leser LOGIN; GRANT SELECT ON t TO boese_leser");
    feed_ok(&["install", &database.url(), "--reader", "boese_leser"]);
    let server = Server::ready(&[&database.url_as("boese_leser")]);
    let is = |wanted: &str| {
        server.wait_for(wanted, |server| (class(server, "t") == wanted).then_some(()));
    };
    is("feed");
    let mut round = 0;
    let mut follows = |what: &str| {
        round += 1;
        let wanted = format!("{what} {round}");
        database.sql(&format!("UPDATE t SET name = '{wanted}' WHERE id = 5"));
        wait_for_name(&server, "5", &wanted);
    };
    // Filled by someone else: keys of nothing, of no type, no keys at all, of no table.
    database.sql(
        "INSERT INTO veedel.change (relation, operation, keys) SELECT 't'::regclass, 'x', k FROM (VALUES
             ('[[1],[99999]]'), ('[\"1\", null]'), ('kein JSON'), ('[[\"kein Schlüssel\"]]'), ('[[]]'), ('{\"a\":1}'), ('{1,99999}'), ('{kein Schlüssel}'), ('{NULL}'), ('{1,'), ('[1, null]'), ('3'), (NULL)) v(k);
         INSERT INTO veedel.change (relation, operation, keys) VALUES (0, 'x', '[[1]]'); NOTIFY veedel, 'x'",
    );
    follows("gefuellt");
    is("feed");
    // A clock that has gone back by years.
    database.sql("SELECT setval('veedel.told', 9000000000000000)");
    follows("Uhr");
    // Emptied, by TRUNCATE and by DELETE: nobody knows what was in it.
    database.sql("SET session_replication_role = replica; TRUNCATE veedel.change");
    follows("geleert");
    database.sql("DELETE FROM veedel.change");
    follows("geloescht");
    // A trigger behind our back.
    database.sql(
        "BEGIN; ALTER TABLE t DISABLE TRIGGER USER; UPDATE t SET name = 'heimlich' WHERE id = 6; COMMIT",
    );
    is("watched");
    server.wait_for("the row", |server| (name(server, "t", "6")? == "heimlich").then_some(()));
    server.says("it no longer follows the feed and is watched from now on");
    feed_ok(&["install", &database.url()]);
    is("feed");
    follows("wieder");
    // Rights revoked while running.
    database.sql("REVOKE SELECT ON veedel.change FROM boese_leser");
    is("watched");
    follows("ohne Recht");
    feed_ok(&["install", &database.url(), "--reader", "boese_leser"]);
    is("feed");
    // The table dropped alone: neither who writes nor who changes tables fails.
    database.sql("DROP TABLE veedel.change");
    follows("ohne Tabelle");
    database.sql("ALTER TABLE t ADD COLUMN mehr int; REINDEX TABLE t");
    is("watched");
    follows("immer noch ohne");
    feed_ok(&["install", &database.url(), "--reader", "boese_leser"]);
    is("feed");
    follows("mit Tabelle");
    // The table dropped with all that hangs on it.
    database.sql("DROP SCHEMA veedel CASCADE");
    is("watched");
    follows("ohne Feed");
    feed_ok(&["install", &database.url(), "--reader", "boese_leser"]);
    is("feed");
    follows("am Ende");
    // Rows changed by a rewrite, which fires nothing.
    database.sql("ALTER TABLE t ALTER COLUMN name TYPE text USING 'umgeschrieben'");
    wait_for_name(&server, "6", "umgeschrieben");
    assert!(!server.log().contains("panicked"));
    assert_like_a_cold_one(&server, &database.url(), &["t"]);
}
