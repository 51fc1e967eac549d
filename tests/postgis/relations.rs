//! Relations of every kind, and geometries of every kind, as the running server shows them.

use serde_json::json;

use crate::direct::direct;
use crate::postgres::database;
use crate::server::Server;
use crate::tools::{collection, collections, features, ids, json as parsed, refusal, tile_at};

#[test]
fn relations_of_every_kind_are_served() {
    let database = database("arten");
    database.sql(&format!(
        "CREATE TABLE tafel (id int PRIMARY KEY, geom geometry(Point, 3857) NOT NULL);
         INSERT INTO tafel SELECT i, ST_Transform(ST_SetSRID(ST_MakePoint(7, 51), 4326), 3857) FROM generate_series(1, 10) i;
         CREATE VIEW sicht AS SELECT id, geom FROM tafel WHERE id > 5;
         CREATE MATERIALIZED VIEW bild AS SELECT id AS nr, ST_Transform(geom, 4326) AS geom FROM tafel;
         CREATE UNIQUE INDEX ON bild (nr);
         CREATE MATERIALIZED VIEW leeres_bild AS SELECT * FROM tafel WITH NO DATA;
         CREATE TABLE teile (id int, jahr int, geom geometry(Point, 4326), PRIMARY KEY (jahr, id)) PARTITION BY RANGE (jahr);
         CREATE TABLE teil_1 PARTITION OF teile FOR VALUES FROM (0) TO (2000);
         CREATE TABLE teil_2 PARTITION OF teile FOR VALUES FROM (2000) TO (3000);
         INSERT INTO teile SELECT i, 1995 + i, ST_SetSRID(ST_MakePoint(7, 51), 4326) FROM generate_series(1, 10) i;
         CREATE TABLE erde (id bigint PRIMARY KEY, geog geography(Point));
         INSERT INTO erde VALUES (1, 'POINT(7 51)');
         CREATE EXTENSION postgres_fdw;
         CREATE SERVER s FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '127.0.0.1', port '{}', dbname '{}');
         CREATE USER MAPPING FOR postgres SERVER s OPTIONS (user 'postgres');
         CREATE FOREIGN TABLE fremd (id int, geom geometry(Point, 3857)) SERVER s OPTIONS (table_name 'tafel');
         CREATE FOREIGN TABLE verloren (id int, geom geometry(Point, 3857)) SERVER s OPTIONS (table_name 'nirgends')",
        database.cluster.port(),
        database.name
    ));
    let server = Server::ready(&[&database.url()]);
    let (x, y) = tile_at(7.0, 51.0, 14);
    for (id, rows, key) in [
        ("tafel", 10, "1"),
        ("sicht", 5, "6"),
        ("bild", 10, "1"),
        ("teile", 10, "1996,1"),
        ("erde", 1, "1"),
        ("fremd", 10, "1"),
    ] {
        assert_eq!(collection(&server, id)["itemCount"], json!(rows), "{id}");
        assert_eq!(ids(&server, id).len(), rows, "{id}");
        let one = server.get(&format!("/collections/{id}/items/{key}")).json();
        let point: [f64; 2] = serde_json::from_value(one["geometry"]["coordinates"].clone()).unwrap();
        assert!((point[0] - 7.0).abs() < 1e-9 && (point[1] - 51.0).abs() < 1e-9, "{id}: {point:?}");
        assert_eq!(server.get(&format!("/xyz/{id}/14/{x}/{y}")).status, 200, "{id}");
    }
    assert!(
        !collections(&server).iter().any(|id| id.starts_with("teil_")),
        "parts are not served by themselves"
    );
    let (why, hint) = refusal(&server, "public.leeres_bild");
    assert!(
        why.ends_with("was never filled") && hint == "REFRESH MATERIALIZED VIEW \"public\".\"leeres_bild\""
    );
    let lost = collection(&server, "verloren");
    assert_eq!(lost["veedel:state"], "failed");
    assert_eq!(server.get("/collections/verloren/items").status, 503);
}

/// A relation that can never be read must not keep the others from being read again in time.
#[test]
fn a_relation_that_always_fails_does_not_hold_up_the_others() {
    let database = database("dauerfehler");
    database.sql(
        "CREATE TABLE t (id int PRIMARY KEY, geom geometry(Point, 4326));
         CREATE EXTENSION postgres_fdw;
         CREATE SERVER weg FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '127.0.0.1', port '1', dbname 'x');
         CREATE USER MAPPING FOR postgres SERVER weg OPTIONS (user 'postgres');
         CREATE FOREIGN TABLE fremd (id int, geom geometry(Point, 4326)) SERVER weg;",
    );
    let server = Server::ready(&[&database.url(), "--reload", "1s"]);
    assert_eq!(collection(&server, "fremd")["veedel:state"], "failed");
    database.sql("INSERT INTO t VALUES (1, 'SRID=4326;POINT(7 51)')");
    server.wait_for("the new row", |server| (ids(server, "t").len() == 1).then_some(()));
}

/// Web Mercator ends at 85°: what lies beyond is in no tile, and what reaches beyond is drawn up to there; both are found.
#[test]
fn what_lies_at_the_poles_is_found_by_its_coordinates() {
    let database = database("pole");
    database.sql(
        "CREATE TABLE pol (id int PRIMARY KEY, geom geometry(Geometry, 4326));
         INSERT INTO pol VALUES (1, 'SRID=4326;POINT(7 89)'), (2, 'SRID=4326;POINT(7 -90)'), (4, 'SRID=4326;POINT(7 51)'),
             (3, 'SRID=4326;POLYGON((-10 -80, 10 -80, 10 -90, -10 -90, -10 -80))'), (5, NULL)",
    );
    let resident = Server::ready(&["--no-thinning", &database.url()]);
    let (direct, _folder) = direct(&database.url(), &["pol"], "");
    for bbox in
        ["0,80,20,90", "-20,-90,20,-85", "6,-90,8,-89", "-180,-90,180,90", "0,-82,20,-81", "0,40,20,60"]
    {
        let wanted = |more: &str| {
            database.sql(&format!(
                "SELECT coalesce(string_agg(id::text, ',' ORDER BY id), '') FROM pol
                 WHERE ST_Intersects(geom, ST_MakeEnvelope({bbox}, 4326)) {more}"
            ))
        };
        for server in [&resident, &direct] {
            for (query, wanted) in [
                // What has no geometry is in every box, and no filter is true of it.
                (format!("bbox={bbox}"), wanted("OR geom IS NULL")),
                (format!("filter=S_INTERSECTS(geom,BBOX({bbox}))"), wanted("")),
            ] {
                let page = server.get(&format!("/collections/pol/items?{query}")).json();
                let ids: Vec<String> =
                    page["features"].as_array().unwrap().iter().map(|one| one["id"].to_string()).collect();
                assert_eq!(ids.join(","), wanted, "{query}");
            }
        }
    }
    let report = collection(&resident, "pol")["veedel:report"].to_string();
    assert!(report.contains("2 outside the world of Web Mercator"), "{report}");
    let extent = &collection(&resident, "pol")["extent"]["spatial"]["bbox"][0];
    assert_eq!(extent[1], -90.0, "{extent}");
    let tile = resident.get("/xyz/pol/0/0/0");
    let tile = fast_mvt::MvtReaderRef::new(&tile.body).unwrap().to_tile().unwrap();
    let mut drawn: Vec<u64> = tile.layers[0].features.iter().filter_map(|feature| feature.id).collect();
    drawn.sort_unstable();
    assert_eq!(drawn, [3, 4]);
}

#[test]
fn geometries_of_every_kind_are_served_or_counted() {
    let database = database("formen");
    database.sql(
        "CREATE TABLE g (id int PRIMARY KEY, geom geometry);
         INSERT INTO g SELECT i, ST_GeomFromEWKT('SRID=4326;' || t) FROM (VALUES
             (1, 'POINT(7 51)'), (2, 'POINT EMPTY'), (3, 'LINESTRING(7 51, 7.1 51.1)'), (4, 'POINT Z (7 51 3.25)'),
             (5, 'POINT M (7 51 3)'), (6, 'CIRCULARSTRING(7 51, 7.1 51.1, 7.2 51)'), (7, 'TIN(((7 51, 7 52, 8 52, 7 51)))'),
             (8, 'GEOMETRYCOLLECTION(POINT(7.01 51.01), LINESTRING(7 51, 7.02 51.02), POLYGON((7 51, 7.01 51, 7.01 51.01, 7 51)))'),
             (9, 'POLYGON((7 51, 7.1 51, 7.1 51.1, 7 51))'), (10, 'MULTIPOLYGON EMPTY'), (14, 'POINT(7 91)'),
             (15, 'LINESTRING ZM (7 51 1 2, 7.1 51.1 3 4)'), (16, 'CURVEPOLYGON(CIRCULARSTRING(7 51, 7.1 51, 7.1 51.1, 7 51.1, 7 51))')
         ) v(i, t);
         INSERT INTO g VALUES (11, NULL), (12, ST_SetSRID(ST_MakePoint('NaN', 1), 4326)),
             (13, ST_SetSRID(ST_MakePoint('Infinity', 1), 4326));",
    );
    let server = Server::ready(&["--no-thinning", &database.url()]);
    let document = collection(&server, "g");
    assert_eq!(document["itemCount"], 16);
    assert_eq!(document["veedel:geometry"], "mixed");
    assert_eq!(
        document["veedel:report"],
        "1 without geometry, 2 with an empty geometry, 2 with NaN or infinity, served without geometry, \
         1 outside the world of Web Mercator, in no tile, 2 with curves made lines, 2 with measures left out, \
         1 of a geometry type that is not served"
    );
    let geometry = |id: u32| server.get(&format!("/collections/g/items/{id}")).json()["geometry"].clone();
    assert_eq!(geometry(4), json!({ "type": "Point", "coordinates": [7, 51, 3.25] }));
    assert_eq!(geometry(5), json!({ "type": "Point", "coordinates": [7, 51] }));
    assert_eq!(geometry(15), json!({ "type": "LineString", "coordinates": [[7, 51, 1], [7.1, 51.1, 3]] }));
    assert_eq!(geometry(6)["type"], "LineString");
    assert!(geometry(6)["coordinates"].as_array().unwrap().len() > 8);
    assert_eq!(geometry(16)["type"], "Polygon");
    assert_eq!(geometry(8)["type"], "GeometryCollection");
    assert_eq!(geometry(8)["geometries"].as_array().unwrap().len(), 3);
    for id in [2, 7, 10, 11, 12, 13] {
        assert_eq!(geometry(id), json!(null), "{id}");
    }
    let (x, y) = tile_at(7.005, 51.005, 10);
    let tile = server.get(&format!("/xyz/g/10/{x}/{y}"));
    let tile = fast_mvt::MvtReaderRef::new(&tile.body).unwrap().to_tile().unwrap();
    let mut drawn: Vec<u64> = tile.layers[0].features.iter().filter_map(|feature| feature.id).collect();
    drawn.sort_unstable();
    assert_eq!(drawn, [1, 3, 4, 5, 6, 8, 9, 15, 16]);
    let of = |id| &tile.layers[0].features.iter().find(|feature| feature.id == Some(id)).unwrap().geometry;
    // A feature of MVT has one type: of a collection the areas are drawn.
    assert!(matches!(of(8), fast_mvt::MvtGeometry::Polygon(_)));
    assert!(matches!(of(6), fast_mvt::MvtGeometry::LineString(_)));
}

#[test]
fn without_an_srid_a_table_is_refused_until_the_configuration_says() {
    let database = database("ohne_srid");
    database.sql(
        "CREATE TABLE ohne (id int PRIMARY KEY, geom geometry(Point));
         INSERT INTO ohne VALUES (1, ST_MakePoint(356000, 5645000));
         CREATE TABLE gemischt (id int PRIMARY KEY, geom geometry);
         INSERT INTO gemischt VALUES (1, 'SRID=4326;POINT(7 51)'), (2, 'SRID=3857;POINT(7 51)');
         CREATE TABLE unbekannt (id int PRIMARY KEY, geom geometry(Point, 999999));",
    );
    let server = Server::ready(&[&database.url()]);
    let (why, hint) = refusal(&server, "public.ohne");
    assert!(why.contains("has no SRID"));
    assert!(hint.starts_with(
        "ALTER TABLE \"public\".\"ohne\" ALTER COLUMN \"geom\" TYPE \"public\".geometry(Point, 25832)"
    ));
    assert!(refusal(&server, "public.gemischt").0.contains("different SRIDs: 3857, 4326"));
    assert!(!refusal(&server, "public.unbekannt").0.is_empty());
    assert_eq!(server.get("/collections/ohne").status, 404);
    assert_eq!(server.log().matches("public.ohne is not served").count(), 1);

    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("veedel.toml");
    std::fs::write(&config, format!("sources = [{:?}]\n[collections.ohne]\nsrid = 25832\n", database.url()))
        .unwrap();
    let server = Server::ready(&["--config", config.to_str().unwrap()]);
    assert!(collection(&server, "ohne")["storageCrs"].as_str().unwrap().ends_with("/25832"));
    let feature = parsed(&features(&server, "ohne", "").1[0]);
    let point: [f64; 2] = serde_json::from_value(feature["geometry"]["coordinates"].clone()).unwrap();
    let theirs = database.sql(
        "SELECT ST_X(p), ST_Y(p) FROM (SELECT ST_Transform(ST_SetSRID(geom, 25832), 4326) AS p FROM ohne) x",
    );
    let (x, y) = theirs.split_once('|').unwrap();
    assert!(
        (point[0] - x.parse::<f64>().unwrap()).abs() < 1e-9
            && (point[1] - y.parse::<f64>().unwrap()).abs() < 1e-9
    );
    // What the hint says makes it served.
    let (alter, _) = hint.split_once(", with the SRID").unwrap();
    database.sql(alter);
    assert!(collections(&Server::ready(&[&database.url()])).contains(&"ohne".to_owned()));
}

#[test]
fn what_does_not_fit_in_memory_is_one_line() {
    let database = database("eng");
    database.sql(
        "CREATE TABLE klein (id int PRIMARY KEY, geom geometry(Point, 4326)); INSERT INTO klein VALUES (1, 'SRID=4326;POINT(7 51)');
         CREATE TABLE gross (id int PRIMARY KEY, t text, geom geometry(Point, 4326));
         INSERT INTO gross SELECT i, repeat('x', 200), 'SRID=4326;POINT(7 51)' FROM generate_series(1, 60000) i; ANALYZE;",
    );
    let server = Server::ready(&[&database.url(), "--memory-budget", "16 MiB", "--reload", "1s"]);
    assert_eq!(collections(&server), ["gross", "klein"]);
    let line = "MiB are left; so it is read at each request";
    server.wait_for("two more looks", |server| {
        (server.log().matches("collections read in").count() > 2).then_some(())
    });
    assert_eq!(server.log().matches(line).count(), 1, "{}", server.log());
}
