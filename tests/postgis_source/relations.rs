//! Relations: tables, views and partitions, with odd names, several geometries, PostGIS anywhere.

use std::collections::BTreeMap;

use veedel::catalog::Freshness;
use veedel::error::Kind;
use veedel::geo::{Crs, GeometryType};

use super::postgres::database;
use super::{Loaded, RELOAD, found, load, look, refusal, try_look};

#[test]
fn all_kinds_of_relations_are_found_and_loaded() {
    let database = database("kinds");
    database.sql(
        "CREATE TABLE tafel (id int PRIMARY KEY, geom geometry(Point, 3857) NOT NULL);
         INSERT INTO tafel SELECT i, ST_SetSRID(ST_MakePoint(i, i), 3857) FROM generate_series(1, 10) i;
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
         CREATE DOMAIN ort AS geometry(Point, 4326);
         CREATE DOMAIN wohnort AS ort;
         CREATE TABLE bezirke (id int PRIMARY KEY, o wohnort);
         INSERT INTO bezirke VALUES (1, ST_SetSRID(ST_MakePoint(7, 51), 4326));
         CREATE TABLE ohne (id int PRIMARY KEY);
         CREATE EXTENSION postgres_fdw;
         ANALYZE;",
    );
    let port = database.cluster.port();
    database.sql(&format!(
        "CREATE SERVER s FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '127.0.0.1', port '{port}', dbname '{}');
         CREATE USER MAPPING FOR postgres SERVER s OPTIONS (user 'postgres');
         CREATE FOREIGN TABLE fremd (id int, geom geometry(Point, 3857)) SERVER s OPTIONS (table_name 'tafel');
         CREATE FOREIGN TABLE weg (id int, geom geometry(Point, 3857)) SERVER s OPTIONS (table_name 'nirgends')",
        database.name
    ));
    let look = look(&database.url());
    let names: Vec<&str> = look.found.iter().map(|found| found.collection.qualified.as_str()).collect();
    assert_eq!(
        names,
        [
            "public.bezirke",
            "public.bild",
            "public.erde",
            "public.fremd",
            "public.sicht",
            "public.tafel",
            "public.teile",
            "public.weg"
        ]
    );
    assert_eq!(
        refusal(&look, "public.leeres_bild").hint.as_ref().map(ToString::to_string).as_deref(),
        Some("REFRESH MATERIALIZED VIEW \"public\".\"leeres_bild\"")
    );
    assert_eq!(look.refusals.len(), 1);
    for (name, rows, crs, key) in [
        ("bezirke", 1, Crs::Crs84, vec!["id"]),
        ("bild", 10, Crs::Crs84, vec!["nr"]),
        ("erde", 1, Crs::Crs84, vec!["id"]),
        ("fremd", 10, Crs::Epsg(3857), vec!["id"]),
        ("sicht", 5, Crs::Epsg(3857), vec!["id"]),
        ("tafel", 10, Crs::Epsg(3857), vec!["id"]),
        ("teile", 10, Crs::Crs84, vec!["jahr", "id"]),
    ] {
        let found = found(&look, &format!("public.{name}"));
        let collection = &found.collection;
        assert_eq!(found.short, name);
        assert_eq!(collection.geometry.as_ref().unwrap().crs, crs, "{name}");
        assert_eq!(collection.freshness, Freshness::Timed(RELOAD));
        assert!(collection.source.starts_with("postgresql://postgres@"), "{}", collection.source);
        let keys: Vec<&str> =
            collection.key.iter().map(|index| collection.columns[*index].name.as_str()).collect();
        assert_eq!(keys, key, "{name}");
        let loaded = Loaded::of(&database.url(), found);
        assert_eq!(loaded.layer.len(), rows, "{name}");
        assert!(loaded.layer.has_key(), "{name}");
        assert!(found.estimate > 0 && found.estimate < 10_000_000, "{name}: {}", found.estimate);
    }
    assert_eq!(found(&look, "public.tafel").rows, 10);
    assert_eq!(found(&look, "public.teile").rows, 10);
    let gone = load(&database.url(), found(&look, "public.weg")).unwrap_err();
    assert!(matches!(gone.kind, Kind::NotFound | Kind::Unavailable), "{gone}");
}

#[test]
fn odd_names_are_served_as_they_are() {
    let database = database("namen");
    let names = [
        "a\"; drop table x; --",
        "Grün & Straße",
        "a,b/c",
        "select",
        "ä ö\tü",
        "100%",
        "..",
        "$1",
        "\\",
        "'",
    ];
    for name in names {
        let quoted = name.replace('"', "\"\"");
        database.sql(&format!(
            "CREATE SCHEMA IF NOT EXISTS \"{quoted}\";
             CREATE TABLE \"{quoted}\".\"{quoted}\" (\"{quoted}\" text PRIMARY KEY, \"g{quoted}\" geometry);
             INSERT INTO \"{quoted}\".\"{quoted}\" VALUES ('x', ST_SetSRID(ST_MakePoint(7, 51), 4326))"
        ));
    }
    let look = look(&database.url());
    assert_eq!(look.found.len(), names.len());
    for name in names {
        // A part with a dot or a quote is quoted as in SQL, or two names could be read as one.
        let part = match name.contains(['.', '"']) {
            true => format!("\"{}\"", name.replace('"', "\"\"")),
            false => name.to_owned(),
        };
        let found = found(&look, &format!("{part}.{part}"));
        assert_eq!(found.short, name);
        let loaded = Loaded::of(&database.url(), found);
        assert_eq!(loaded.cell("x", name), "Text(\"x\")");
        assert_eq!(loaded.collection.geometry.as_ref().unwrap().name, format!("g{name}"));
    }
}

#[test]
fn a_second_geometry_is_a_collection_of_its_own_and_equal_names_are_told_apart() {
    let database = database("zwei");
    database.sql(
        "CREATE SCHEMA eins;
         CREATE SCHEMA zwei;
         CREATE TABLE eins.haus (id uuid PRIMARY KEY, flaeche geometry(Polygon, 3857), name text, mitte geometry(Point, 4326));
         CREATE TABLE zwei.haus (a text, b int, geom geometry(Point, 4326), PRIMARY KEY (b, a));
         COMMENT ON TABLE eins.haus IS E'Häuser\nAlle der Stadt.';
         COMMENT ON COLUMN eins.haus.name IS 'Wie es heißt';
         INSERT INTO eins.haus VALUES (gen_random_uuid(), ST_MakeEnvelope(0, 0, 1, 1, 3857), 'x', ST_SetSRID(ST_MakePoint(7, 51), 4326));
         INSERT INTO zwei.haus VALUES ('a,b', 2, ST_SetSRID(ST_MakePoint(7, 51), 4326));",
    );
    let look = look(&database.url());
    let shorts: Vec<&str> = look.found.iter().map(|found| found.short.as_str()).collect();
    assert_eq!(shorts, ["haus", "haus.mitte", "haus"]);
    let second = &found(&look, "eins.haus.mitte").collection;
    assert_eq!(
        (second.title.as_str(), second.description.as_deref()),
        ("Häuser (mitte)", Some("Alle der Stadt."))
    );
    assert_eq!(second.columns.iter().map(|column| column.name.as_str()).collect::<Vec<_>>(), ["id", "name"]);
    assert_eq!(second.columns[1].description.as_deref(), Some("Wie es heißt"));
    assert_eq!(second.geometry.as_ref().unwrap().kind, Some(GeometryType::Point));
    let first = Loaded::of(&database.url(), found(&look, "eins.haus"));
    assert_eq!(first.collection.title, "Häuser");
    assert_eq!(first.view().geometry(0).unwrap().kind, GeometryType::Polygon);
    let composite = Loaded::of(&database.url(), found(&look, "zwei.haus"));
    assert_eq!(composite.view().key(0).unwrap().text(), "2,a%2Cb");
}

#[test]
fn postgis_may_live_in_another_schema_and_must_live_somewhere() {
    let cluster = database("schema").cluster;
    cluster.sql("postgres", "CREATE DATABASE anderswo");
    let url = cluster.url("postgres", "anderswo");
    let none = try_look(&url, &BTreeMap::new()).unwrap_err();
    assert!(none.what.to_string().ends_with("/anderswo has no PostGIS"), "{none}");
    cluster.sql(
        "anderswo",
        "CREATE SCHEMA \"Geo I\"; CREATE EXTENSION postgis SCHEMA \"Geo I\"; SET search_path = \"Geo I\", public;
         CREATE ROLE aussen LOGIN; GRANT USAGE ON SCHEMA public TO aussen;
         CREATE TABLE public.g (id int PRIMARY KEY, geom geometry, erde geography);
         INSERT INTO g VALUES (1, 'SRID=4326;POINT(7 51)', 'POINT(7 51)');",
    );
    let look = look(&url);
    assert_eq!(Loaded::of(&url, found(&look, "public.g")).geometry("1").unwrap().1, [[7.0, 51.0]]);
    assert_eq!(Loaded::of(&url, found(&look, "public.g.erde")).geometry("1").unwrap().1, [[7.0, 51.0]]);
    let outside = try_look(&cluster.url("aussen", "anderswo"), &BTreeMap::new()).unwrap_err();
    assert_eq!(
        outside.hint.as_ref().map(ToString::to_string).as_deref(),
        Some("GRANT USAGE ON SCHEMA \"Geo I\" TO \"aussen\"")
    );
}
