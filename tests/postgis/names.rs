//! Addresses: of collections whatever they are called, and of features whatever their keys are.

use serde_json::json;

use crate::postgres::database;
use crate::server::Server;
use crate::tools::{collection, collections, features, id, ids, json as parsed, properties, step};

fn points(table: &str) -> String {
    format!(
        "CREATE TABLE {table} (id int PRIMARY KEY, geom geometry(Point, 4326));
         INSERT INTO {table} SELECT i, ST_SetSRID(ST_MakePoint(7 + i / 1e3, 51), 4326) FROM generate_series(1, 5) i;"
    )
}

#[test]
fn equal_names_are_qualified_and_a_name_once_given_stays() {
    let database = database("gleich");
    database.sql(
        &("CREATE SCHEMA a; CREATE SCHEMA b;".to_owned()
            + &points("a.schulen")
            + &points("b.schulen")
            + &points("a.kitas")),
    );
    let server = Server::ready(&[&database.url()]);
    // A reload that comes while one is under way becomes a part of it, so each is waited for.
    // Tables that rest after their last reading are read in a round of their own.
    let all_read = |times: usize, of_the_new_one: usize| {
        server.wait_for("each read", |server| {
            let read =
                |name: &str, times| server.log().matches(&format!(" {name}: 5 features")).count() >= times;
            let old = ["a.schulen", "b.schulen", "kitas"].iter().all(|name| read(name, times));
            (old && read("b.kitas", of_the_new_one)).then_some(())
        });
    };
    assert_eq!(collections(&server), ["a.schulen", "b.schulen", "kitas"]);
    let unknown = server.get("/collections/schulen");
    assert_eq!(unknown.status, 404);
    assert!(unknown.json()["hint"].as_str().unwrap().contains("a.schulen or b.schulen"));
    assert_eq!(collection(&server, "a.kitas")["id"], "kitas", "the qualified name is always good");

    database.sql(&points("b.kitas"));
    server.signal("-HUP");
    server
        .wait_for("the namesake", |server| collections(server).contains(&"b.kitas".to_owned()).then_some(()));
    assert_eq!(collections(&server), ["a.schulen", "b.kitas", "b.schulen", "kitas"]);
    server.says("another collection is called \"kitas\" too");
    all_read(2, 1);
    server.signal("-HUP");
    all_read(3, 2);
    assert_eq!(server.log().matches("is called \"kitas\" too").count(), 1, "said once");

    let restarted = Server::ready(&[&database.url()]);
    assert_eq!(collections(&restarted), ["a.kitas", "a.schulen", "b.kitas", "b.schulen"]);
}

#[test]
fn odd_names_have_addresses() {
    let database = database("krumm");
    let odd =
        ["a\"; drop table x; --", "Grün & Straße", "a,b/c", "100%", "..", "'", "a.json", "?f=html#", "\\ü\t"];
    for name in odd {
        let quoted = name.replace('"', "\"\"");
        database.sql(&format!(
            "CREATE TABLE \"{quoted}\" (\"{quoted}\" text PRIMARY KEY, \"g{quoted}\" geometry(Point, 4326));
             INSERT INTO \"{quoted}\" VALUES ('{}', 'SRID=4326;POINT(7 51)')",
            name.replace('\'', "''")
        ));
    }
    let server = Server::ready(&[&database.url()]);
    // A step of two dots would be taken out of every address with it.
    let address = |name: &str| if name == ".." { "public.\"..\"".to_owned() } else { name.to_owned() };
    let mut sorted = odd.map(address).to_vec();
    sorted.sort();
    assert_eq!(collections(&server), sorted);
    for key in odd {
        let name = &address(key);
        assert_eq!(collection(&server, name)["id"], *name);
        assert_eq!(ids(&server, name), [key]);
        assert_eq!(properties(&server, name, key), json!({ key: key }));
        let (x, y) = crate::tools::tile_at(7.0, 51.0, 10);
        let tile = server.get(&format!("/xyz/{}/10/{x}/{y}", step(name)));
        assert_eq!(tile.status, 200, "{name}: {}", tile.text());
        // The addresses that the server itself gives lead back to it.
        let tilejson = server.get(&format!("/xyz/{}.json", step(name))).json();
        let template = tilejson["tiles"][0].as_str().unwrap();
        let path = template.strip_prefix(&server.base).unwrap();
        let path = path.replace("{z}", "10").replace("{x}", &x.to_string()).replace("{y}", &y.to_string());
        assert_eq!(server.get(&path).body, tile.body, "{name}");
        for link in collection(&server, name)["links"].as_array().unwrap() {
            let href = link["href"].as_str().unwrap();
            let steps: Vec<&str> = href.split(['/', '?', '#']).collect();
            assert!(!["..", ".", "%2E%2E", "%2e%2e"].iter().any(|dots| steps.contains(dots)), "{href}");
            let answer = server.get(href.strip_prefix(&server.base).unwrap());
            assert_eq!(answer.status, 200, "{name}: {href}");
        }
    }
}

#[test]
fn a_name_with_a_line_feed_writes_no_line() {
    let database = database("zeile");
    let forged = "2026-01-01T00:00:00Z ERROR forged";
    let name = format!("a\n{forged} \u{1b}[31m\u{2028}\"}} 1");
    let quoted = name.replace('"', "\"\"");
    database.sql(&format!(
        "{} COMMENT ON TABLE \"{quoted}\" IS 'x'; CREATE TABLE \"b{quoted}\" (geom geometry);",
        points(&format!("\"{quoted}\""))
    ));
    let url = database.url();
    let run = |arguments: &[&str]| {
        let output =
            std::process::Command::new(env!("CARGO_BIN_EXE_veedel")).args(arguments).output().unwrap();
        String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap()
    };
    let server = Server::ready(&[&url]);
    assert_eq!(collections(&server), [name.as_str()]);
    let metrics = server.get("/metrics").text();
    for said in [
        server.log(),
        run(&["check", &url]),
        run(&["feed", "install", &url]),
        run(&["feed", "status", &url]),
        run(&["feed", "remove", &url]),
        metrics.clone(),
    ] {
        assert!(said.contains(r"\n2026-01-01T00:00:00Z ERROR forged"), "{said}");
        assert!(!said.lines().any(|line| line.trim_start().starts_with(forged)), "{said}");
        assert!(!said.contains(['\u{1b}', '\u{2028}']), "{said}");
    }
    for line in metrics.lines().filter(|line| line.contains("forged")) {
        assert!(line.contains("\\\"} 1"), "{line}");
    }
}

#[test]
fn a_second_geometry_is_a_collection_of_its_own() {
    let database = database("zwei");
    database.sql(
        "CREATE TABLE haus (id int PRIMARY KEY, umriss geometry(Polygon, 25832), eingang geometry(Point, 4326));
         INSERT INTO haus VALUES (1, ST_MakeEnvelope(356000, 5645000, 356010, 5645010, 25832), 'SRID=4326;POINT(6.95 50.94)');
         COMMENT ON TABLE haus IS 'Häuser'",
    );
    let server = Server::ready(&[&database.url()]);
    assert_eq!(collections(&server), ["haus", "haus.eingang"]);
    let (first, second) = (collection(&server, "haus"), collection(&server, "haus.eingang"));
    assert_eq!((&first["title"], &second["title"]), (&json!("Häuser"), &json!("Häuser (eingang)")));
    assert_eq!((&first["veedel:geometry"], &second["veedel:geometry"]), (&json!("polygon"), &json!("point")));
    assert!(first["storageCrs"].as_str().unwrap().ends_with("/25832"));
    assert!(second["storageCrs"].as_str().unwrap().ends_with("CRS84"));
    let point = parsed(&features(&server, "haus.eingang", "").1[0]);
    assert_eq!(point["geometry"]["coordinates"], json!([6.95, 50.94]));
    assert_eq!(properties(&server, "haus", "1"), properties(&server, "haus.eingang", "1"));
}

#[test]
fn a_second_geometry_is_not_the_table_of_that_name() {
    let database = database("zwei_gleich");
    database.sql(
        "CREATE TABLE t (id int PRIMARY KEY, umriss geometry(Polygon, 25832), g geometry(Point, 4326));
         INSERT INTO t VALUES (1, NULL, 'SRID=4326;POINT(6.95 50.94)');
         CREATE TABLE \"t.g\" (id int PRIMARY KEY, geom geometry(Point, 4326));
         INSERT INTO \"t.g\" VALUES (7, 'SRID=4326;POINT(7 51)'), (8, NULL);",
    );
    let server = Server::ready(&[&database.url()]);
    let both = ["public.\"t.g\"", "public.t.g"];
    assert_eq!(collections(&server), [both[0], both[1], "t"]);
    assert_eq!(ids(&server, both[0]), ["7", "8"]);
    assert_eq!(ids(&server, both[1]), ["1"]);
    server.says("several collections are called \"t.g\"");
    server.signal("-HUP");
    server.wait_for("a reload", |server| {
        (server.log().matches("collections read in").count() >= 2).then_some(())
    });
    assert_eq!(collections(&server), [both[0], both[1], "t"]);
    assert_eq!(server.log().matches("several collections").count(), 1, "said once");
}

#[test]
fn features_are_found_by_keys_of_every_kind() {
    let database = database("keys");
    database.sql(
        "CREATE TABLE u (id uuid PRIMARY KEY, geom geometry(Point, 4326));
         INSERT INTO u VALUES ('a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', 'SRID=4326;POINT(7 51)');
         CREATE TABLE t (id text PRIMARY KEY, geom geometry(Point, 4326));
         INSERT INTO t SELECT k, 'SRID=4326;POINT(7 51)' FROM unnest(ARRAY['a/b', 'ä ö', '', '%2F', 'a,b', '..', '?', '0']) k;
         CREATE TABLE z (a text, b int, c date, geom geometry(Point, 4326), PRIMARY KEY (b, a, c));
         INSERT INTO z VALUES ('x,y', 1, '2024-01-01', 'SRID=4326;POINT(7 51)'), ('x', 1, '2024-01-01', NULL), ('50%', -2, 'infinity', NULL);
         CREATE TABLE n (id int PRIMARY KEY, geom geometry(Point, 4326));
         INSERT INTO n VALUES (-1, 'SRID=4326;POINT(7 51)'), (0, 'SRID=4326;POINT(7 51)'), (10, NULL), (9, NULL);",
    );
    let server = Server::ready(&[&database.url()]);
    for table in ["u", "t", "z", "n"] {
        let all = ids(&server, table);
        assert!(!all.is_empty());
        for key in &all {
            if key.is_empty() {
                // An empty step is no address; the feature is among the items.
                continue;
            }
            let one = server.get(&format!("/collections/{table}/items/{}", step(key)));
            assert_eq!(one.status, 200, "{table} {key:?}: {}", one.text());
            assert_eq!(id(&one.json()), *key);
        }
        let (matched, paged) = features(&server, table, "limit=1");
        let paged: Vec<String> = paged.iter().map(|feature| id(&parsed(feature))).collect();
        assert_eq!((matched as usize, &paged), (all.len(), &all), "{table} page by page");
    }
    assert_eq!(ids(&server, "n"), ["-1", "0", "9", "10"]);
    assert_eq!(ids(&server, "z"), ["-2,50%25,infinity", "1,x,2024-01-01", "1,x%2Cy,2024-01-01"]);
    for (table, key) in
        [("u", "x"), ("t", "A/B"), ("z", "1,x"), ("z", "1,x,2024-01-01,"), ("n", "9.0"), ("n", "1e1")]
    {
        assert_eq!(
            server.get(&format!("/collections/{table}/items/{}", step(key))).status,
            404,
            "{table} {key}"
        );
    }
}

#[test]
fn a_view_without_a_key_is_paged_by_position() {
    let database = database("ohne_schluessel");
    database.sql(&(points("t") + "CREATE VIEW v AS SELECT 'x'::text || id AS name, geom FROM t"));
    let server = Server::ready(&[&database.url()]);
    let (matched, all) = features(&server, "v", "limit=2");
    assert_eq!((matched, all.len()), (5, 5));
    let mut names: Vec<String> = all
        .iter()
        .map(|feature| parsed(feature)["properties"]["name"].as_str().unwrap().to_owned())
        .collect();
    names.sort();
    assert_eq!(names, ["x1", "x2", "x3", "x4", "x5"]);
    assert!(all.iter().all(|feature| parsed(feature).get("id").is_none()));
    let one = server.get("/collections/v/items/1");
    assert_eq!((one.status, one.json()["hint"].as_str()), (404, Some("its features have no ids")));
}
