//! What changes in the database changes in the server, and nothing else does.

use serde_json::json;

use crate::postgres::{Database, database};
use crate::server::Server;
use crate::tools::{collection, collections, ids, properties, refusals, tile_at, undisturbed};

fn tile() -> String {
    let (x, y) = tile_at(7.0, 51.0, 12);
    format!("12/{x}/{y}")
}

fn tables(name: &str) -> Database<'static> {
    let database = database(name);
    for table in ["fest", "t"] {
        database.sql(&format!(
            "CREATE TABLE {table} (id int PRIMARY KEY, name text, rest int, geom geometry(Point, 4326));
             INSERT INTO {table} SELECT i, 'n' || i, i, 'SRID=4326;POINT(7 51)' FROM generate_series(1, 9) i;"
        ));
    }
    database
}

#[test]
fn sighup_reads_changed_rows() {
    let database = tables("hup");
    let server = Server::ready(&[&database.url(), "--watch", "0s"]);
    let loaded_at = collection(&server, "t")["veedel:loadedAt"].clone();
    database.sql("UPDATE t SET name = 'neu' WHERE id = 1; DELETE FROM t WHERE id = 2; INSERT INTO t VALUES (10, 'zehn', 1, NULL)");
    assert_eq!(properties(&server, "t", "1")["name"], "n1", "nothing is read without a reason");
    server.signal("-HUP");
    server.wait_for("the change", |server| (properties(server, "t", "1")["name"] == "neu").then_some(()));
    assert_eq!(ids(&server, "t"), ["1", "3", "4", "5", "6", "7", "8", "9", "10"]);
    assert_eq!(server.get("/collections/t/items/2").status, 404);
    let reread = collection(&server, "t")["veedel:loadedAt"].clone();
    assert!(reread.as_str().unwrap() > loaded_at.as_str().unwrap(), "{loaded_at} {reread}");
}

#[test]
fn the_timer_picks_up_rows_tables_columns_and_rights() {
    let database = tables("uhr");
    database.sql("CREATE ROLE uhr_leser LOGIN; GRANT SELECT ON ALL TABLES IN SCHEMA public TO uhr_leser");
    let server = Server::ready(&[&database.url_as("uhr_leser"), "--reload", "1s"]);
    undisturbed(&server, "fest", &tile(), || {
        database.sql("UPDATE t SET name = 'neu'");
        server
            .wait_for("changed rows", |server| (properties(server, "t", "1")["name"] == "neu").then_some(()));

        database.sql(
            "CREATE TABLE dazu (id int PRIMARY KEY, geom geometry(Point, 4326)); INSERT INTO dazu VALUES (1, NULL);
             GRANT SELECT ON dazu TO uhr_leser",
        );
        server.wait_for("a new table", |server| {
            (server.get("/collections/dazu/items").status == 200).then_some(())
        });
        assert_eq!(collections(&server), ["dazu", "fest", "t"]);

        database.sql("ALTER TABLE t DROP COLUMN rest");
        server.wait_for("a dropped column", |server| {
            (properties(server, "t", "1") == json!({ "id": 1, "name": "neu" })).then_some(())
        });
        assert_eq!(collection(&server, "t")["veedel:columns"].as_array().unwrap().len(), 2);

        database.sql("ALTER TABLE t ADD COLUMN mehr float8 DEFAULT 0.5, ALTER COLUMN geom TYPE geometry(Point, 3857) USING ST_Transform(geom, 3857)");
        server.wait_for("a new column and system", |server| {
            (properties(server, "t", "1")["mehr"] == json!(0.5)).then_some(())
        });
        assert!(collection(&server, "t")["storageCrs"].as_str().unwrap().ends_with("/3857"));

        database.sql("DROP TABLE dazu");
        server.wait_for("a dropped table", |server| {
            (server.get("/collections/dazu").status == 404).then_some(())
        });
        assert_eq!(server.get("/xyz/dazu/0/0/0").status, 404);
        server.says("dazu: it is gone from");

        // A right taken away: what was read before goes on being served, and that is said.
        database.sql("REVOKE SELECT ON t FROM uhr_leser");
        server.wait_for("the refusal", |server| {
            refusals(server).iter().any(|one| one.0 == "public.t").then_some(())
        });
        assert_eq!(ids(&server, "t").len(), 9);
        let line = "public.t goes on being served as it was read before: the role may not read public.t";
        server.says(line);
        database.sql("GRANT SELECT ON t TO uhr_leser; DELETE FROM t WHERE id > 1");
        server.wait_for("the right given back", |server| (ids(server, "t").len() == 1).then_some(()));
        assert!(refusals(&server).is_empty());
    });
    assert_eq!(ids(&server, "fest").len(), 9);
}

/// A table that fails while it is read keeps what it had, and the others are read.
#[test]
fn a_row_that_cannot_be_read_leaves_the_layer_as_it_was() {
    let database = tables("rest");
    database.sql("CREATE VIEW durch AS SELECT id, 10 / rest AS teil, geom FROM t");
    let server = Server::ready(&[&database.url(), "--reload", "1s"]);
    let before = collection(&server, "durch")["veedel:loadedAt"].clone();
    database.sql("UPDATE t SET rest = 0 WHERE id = 3; UPDATE fest SET name = 'neu'");
    server.wait_for("the fault", |server| {
        server.log().contains("fails on its own data (SQLSTATE 22012)").then_some(())
    });
    server.wait_for("the others", |server| (properties(server, "fest", "1")["name"] == "neu").then_some(()));
    assert_eq!(properties(&server, "durch", "3")["teil"], 3);
    database.sql("UPDATE t SET rest = 5 WHERE id = 3");
    server.wait_for("the cure", |server| (properties(server, "durch", "3")["teil"] == 2).then_some(()));
    assert_ne!(collection(&server, "durch")["veedel:loadedAt"], before);
}
