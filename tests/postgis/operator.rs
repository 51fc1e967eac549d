//! What cannot be watched is said to have changed, by `veedel tiles`.

use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use crate::postgres::database;
use crate::server::Server;
use crate::tools::tile_at;

/// Runs `veedel tiles` against the socket; the list goes to its standard input.
fn tiles(socket: &Path, arguments: &[&str], list: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_veedel"));
    command.arg("tiles").args(arguments).arg("--socket").arg(socket);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut running = command.spawn().unwrap();
    running.stdin.take().unwrap().write_all(list.as_bytes()).unwrap();
    running.wait_with_output().unwrap()
}

fn made(server: &Server) -> u64 {
    let metrics = server.get("/metrics").text();
    let line = metrics.lines().find(|line| line.starts_with("veedel_tiles_made_total ")).unwrap().to_owned();
    line.rsplit(' ').next().unwrap().parse().unwrap()
}

#[test]
fn what_the_operator_names_is_read_again_and_nothing_else_is_made_anew() {
    let database = database("hand");
    for table in ["a", "b"] {
        database.sql(&format!(
            "CREATE TABLE {table} (id int PRIMARY KEY, name text, geom geometry(Point, 4326));
             INSERT INTO {table} SELECT i, 'n' || i, ST_SetSRID(ST_MakePoint(7 + i * 0.1, 51), 4326) FROM generate_series(0, 9) i;"
        ));
    }
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("operator.sock");
    // As a server that was killed leaves it.
    drop(std::os::unix::net::UnixListener::bind(&socket).unwrap());
    let server =
        Server::ready(&[&database.url(), "--watch", "0s", "--operator-socket", socket.to_str().unwrap()]);
    assert_eq!(std::fs::metadata(&socket).unwrap().permissions().mode() & 0o777, 0o600);

    let place = |lon: f64| {
        let (x, y) = tile_at(lon, 51.0, 14);
        format!("14/{x}/{y}")
    };
    let (near, far) = (place(7.0), place(7.5));
    let [near_tile, far_tile] = [&near, &far].map(|tile| format!("/xyz/a/{tile}"));
    let shows = |path: &str, name: &str| {
        let bytes = server.get(path).body;
        bytes.windows(name.len()).any(|window| window == name.as_bytes())
    };
    assert!(shows(&near_tile, "n0") && shows(&far_tile, "n5"));
    database.sql("UPDATE a SET name = 'neu' WHERE id = 0; UPDATE b SET name = 'neu' WHERE id = 0");
    assert!(shows(&near_tile, "n0"), "nothing tells of it");

    let said = tiles(&socket, &["expire", "-", "--collection", "a"], &format!("{near}\n"));
    assert!(said.status.success(), "{said:?}");
    assert_eq!(String::from_utf8_lossy(&said.stdout).trim(), r#"{"collections":["a"],"boxes":1}"#);
    server.wait_for("the change", |_| shows(&near_tile, "neu").then_some(()));
    assert!(shows(&format!("/xyz/b/{near}"), "n0"), "the other was not named");
    let before = made(&server);
    assert!(shows(&far_tile, "n5"));
    assert_eq!(made(&server), before, "what did not change is still kept");

    // Nothing differs, and yet the tiles in the box are made anew.
    let said = tiles(&socket, &["purge", "--collection", "a", "--bbox", "7.45,50.9,7.55,51.1"], "");
    assert!(said.status.success(), "{said:?}");
    server.wait_for("another making", |server| {
        assert!(shows(&far_tile, "n5"));
        (made(server) > before).then_some(())
    });
    // Without a name, all.
    assert!(tiles(&socket, &["purge"], "").status.success());
    server.wait_for("the other's change", |_| shows(&format!("/xyz/b/{near}"), "neu").then_some(()));

    for (arguments, list, why) in [
        (&["expire", "-", "--collection", "c"][..], "0/0/0", "there is no collection \"c\""),
        (&["expire", "-"][..], "0/0/0\n1/9/9\n", "line 2 is no tile"),
        (&["expire", "/nowhere/list"][..], "", "/nowhere/list cannot be read"),
        (&["purge", "--bbox", "1,2,3"][..], "", "3 numbers where four"),
    ] {
        let said = tiles(&socket, arguments, list);
        assert_eq!(said.status.code(), Some(1), "{said:?}");
        assert!(String::from_utf8_lossy(&said.stderr).contains(why), "{said:?}");
    }
    let nobody = tiles(&folder.path().join("other.sock"), &["purge"], "");
    assert!(String::from_utf8_lossy(&nobody.stderr).contains("no server answers"), "{nobody:?}");
    // The network has no such operation: there `purge` would be a tile matrix set, which is read only.
    assert_eq!(server.post("/tiles/purge", &serde_json::Value::Null).status, 405);
    assert_eq!(server.get("/tiles/purge").status, 404);
}

#[test]
fn what_is_read_again_and_is_the_same_stays_what_it_was() {
    let database = database("gleich");
    database.sql(
        "CREATE TABLE a (id int PRIMARY KEY, name text, geom geometry(Point, 4326));
         INSERT INTO a SELECT i, 'n' || i, ST_SetSRID(ST_MakePoint(7 + i * 0.1, 51), 4326) FROM generate_series(0, 9) i;",
    );
    let server = Server::ready(&[&database.url(), "--watch", "0s", "--reload", "1s"]);
    let (x, y) = tile_at(7.0, 51.0, 14);
    let tile = format!("/xyz/a/14/{x}/{y}");
    let loaded = |server: &Server| server.get("/collections/a").json()["veedel:loadedAt"].clone();
    server.get(&tile);
    let (before, first) = (made(&server), loaded(&server));
    server.wait_for("another reading", |server| (loaded(server) != first).then_some(()));
    assert_eq!(server.get(&tile).status, 200);
    assert_eq!(made(&server), before, "no row differs");
    database.sql("UPDATE a SET name = 'neu' WHERE id = 9");
    server.wait_for("a change elsewhere", |server| {
        (server.get("/collections/a/items/9").json()["properties"]["name"] == "neu").then_some(())
    });
    assert_eq!(server.get(&tile).status, 200);
    assert_eq!(made(&server), before, "the row that differs is elsewhere");
}
