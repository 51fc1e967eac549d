//! The PostGIS source against a real server: what is found, what is refused and why, what is loaded.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[path = "postgis/beyond_bounds.rs"]
mod beyond_bounds;
#[path = "common/postgres.rs"]
mod postgres;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use postgres::{Cluster, Stop, database};
use veedel::access::{Caller, Permit, Policy};
use veedel::catalog::{Collection, ColumnType, Freshness, Overrides};
use veedel::error::{Error, Kind, Result};
use veedel::geo::{Crs, GeometryType};
use veedel::layer::value_text::plain_text;
use veedel::layer::{Layer, View};
use veedel::source::postgis::{self, Dsn, Locator};
use veedel::source::{Found, Look};

const RELOAD: Duration = Duration::from_secs(60);

fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap()
        .block_on(future)
}

fn try_look(url: &str, overrides: &BTreeMap<String, Overrides>) -> Result<Look<Locator>> {
    let dsn = Dsn::parse(url)?;
    run(async {
        let client = postgis::connect(&dsn).await?;
        let of = |short: &str, qualified: &str| {
            overrides.get(qualified).or_else(|| overrides.get(short)).cloned().unwrap_or_default()
        };
        postgis::look(&client, &dsn.to_string(), &of, RELOAD).await
    })
}

fn look(url: &str) -> Look<Locator> {
    try_look(url, &BTreeMap::new()).unwrap()
}

fn load(url: &str, found: &Found<Locator>) -> Result<Layer> {
    run(postgis::load(&Dsn::parse(url)?, found, &|_| {}))
}

fn found<'a>(look: &'a Look<Locator>, qualified: &str) -> &'a Found<Locator> {
    let of_name = |found: &&Found<Locator>| found.collection.qualified == qualified;
    look.found.iter().find(of_name).unwrap_or_else(|| panic!("{qualified} is not in {look:#?}"))
}

fn refusal<'a>(look: &'a Look<Locator>, qualified: &str) -> &'a Error {
    let mut all = look.refusals.iter().filter(|refusal| refusal.name == qualified);
    let first = all.next().unwrap_or_else(|| panic!("{qualified} is not refused in {look:#?}"));
    assert!(all.next().is_none(), "{qualified} is refused twice");
    &first.why
}

/// A collection with its rows, asked by the text of its first column.
struct Loaded {
    collection: Collection,
    layer: Layer,
    permit: Permit,
}

impl Loaded {
    fn of(url: &str, found: &Found<Locator>) -> Loaded {
        let layer = load(url, found).unwrap();
        let collection = found.collection.clone();
        let permit = Policy::default().read(&collection, &Caller::Anonymous).unwrap();
        Loaded { collection, layer, permit }
    }

    fn view(&self) -> View<'_> {
        View::new(&self.layer, &self.collection, &self.permit)
    }

    fn row(&self, id: &str) -> usize {
        let (_, first) = self.view().columns().next().unwrap();
        let row = (0..self.layer.len()).find(|row| plain_text(first.get(*row)) == id);
        row.unwrap_or_else(|| panic!("no row {id:?}"))
    }

    /// A cell, as debugging text.
    fn cell(&self, id: &str, column: &str) -> String {
        format!("{:?}", self.view().column(column).unwrap().get(self.row(id)))
    }

    /// A geometry: type, vertices, heights.
    fn geometry(&self, id: &str) -> Option<(GeometryType, Vec<[f64; 2]>, Vec<f64>)> {
        let geometry = self.view().geometry(self.row(id) as u32)?;
        let z = geometry.parts().flat_map(|part| part.z.to_vec()).collect();
        Some((geometry.kind, geometry.xy().to_vec(), z))
    }
}

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
fn every_type_arrives_as_it_was() {
    let database = database("types");
    database.sql(
        "CREATE EXTENSION hstore;
         CREATE TYPE farbe AS ENUM ('rot', 'grün');
         CREATE TYPE paar AS (a int, b text);
         CREATE DOMAIN plz AS char(7) CHECK (VALUE <> '');
         CREATE DOMAIN zahl AS int;
         CREATE TABLE alles (
             id int2 PRIMARY KEY, b bool, i int4, g int8, r float4, d float8, n numeric, t text, v varchar(9), c char(5),
             na name, dt date, ts timestamp, tz timestamptz, zeit time, u uuid, j json, jb jsonb, ia int[], ta text[],
             f farbe, p plz, z zahl, ip inet, iv interval, m money, ra int4range, h hstore, co paar, fa farbe[],
             bytes bytea, zweite box2d, erzeugt int GENERATED ALWAYS AS (id * 2) STORED, weg int, da date[],
             geom geometry(Point, 4326));
         ALTER TABLE alles DROP COLUMN weg;
         INSERT INTO alles (id) VALUES (0);
         INSERT INTO alles VALUES (1, true, -2147483648, 9223372036854775807, 1.1, 0.1, 1234567890123456789012345678901234567890.5,
             'Straße \"1\"', 'v', 'ab', 'name', '1848-03-18', '2024-02-29 12:34:56.789012', '2024-07-01 12:00:00+02', '24:00',
             'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', '{\"a\" : 1}', '{\"b\":[1,2]}', '{1,NULL,3}', '{{a,\"b,c\"},{d,e}}',
             'grün', '50667', 7, '10.0.0.1/8', '1 year 2 days', 3.5, '[1,5)', 'k=>v', '(1,x)', '{rot,grün}',
             '\\x00ff', 'BOX(0 0,1 1)', DEFAULT, '{2024-01-01}', ST_SetSRID(ST_MakePoint(7, 51), 4326));
         INSERT INTO alles (id, n, dt, ts, tz, d, r) VALUES (2, 'NaN', 'infinity', '-infinity', 'infinity', 'NaN', '-Infinity');",
    );
    let look = look(&database.url());
    let collection = &found(&look, "public.alles").collection;
    assert!(collection.column("weg").is_none() && collection.column("bytes").is_none());
    assert!(!collection.columns[0].nullable && collection.columns[1].nullable);
    let kind = |name: &str| collection.columns[collection.column(name).unwrap()].kind;
    for (name, expected) in [
        ("id", ColumnType::Integer),
        ("g", ColumnType::BigInteger),
        ("n", ColumnType::Numeric),
        ("f", ColumnType::Text),
        ("p", ColumnType::Text),
        ("z", ColumnType::Integer),
        ("fa", ColumnType::Array),
        ("jb", ColumnType::Json),
        ("tz", ColumnType::TimestampWithZone),
    ] {
        assert_eq!(kind(name), expected, "{name}");
    }
    let loaded = Loaded::of(&database.url(), found(&look, "public.alles"));
    for (column, expected) in [
        ("b", "Boolean(true)"),
        ("i", "Integer(-2147483648)"),
        ("g", "Integer(9223372036854775807)"),
        ("r", "Real(1.1)"),
        ("d", "Double(0.1)"),
        ("n", "Numeric(\"1234567890123456789012345678901234567890.5\")"),
        ("t", "Text(\"Straße \\\"1\\\"\")"),
        ("c", "Text(\"ab\")"),
        ("na", "Text(\"name\")"),
        ("zeit", "Time(86400000000)"),
        ("u", "Uuid(213916071241125512485712096724000442897)"),
        ("j", "Json(\"{\\\"a\\\" : 1}\")"),
        ("jb", "Json(\"{\\\"b\\\": [1, 2]}\")"),
        ("ia", "Array(\"[1,null,3]\")"),
        ("ta", "Array(\"[[\\\"a\\\",\\\"b,c\\\"],[\\\"d\\\",\\\"e\\\"]]\")"),
        ("f", "Text(\"grün\")"),
        ("p", "Text(\"50667\")"),
        ("z", "Integer(7)"),
        ("ip", "Text(\"10.0.0.1/8\")"),
        ("iv", "Text(\"P1Y2D\")"),
        ("ra", "Text(\"[1,5)\")"),
        ("h", "Text(\"\\\"k\\\"=>\\\"v\\\"\")"),
        ("co", "Text(\"(1,x)\")"),
        ("fa", "Array(\"[\\\"rot\\\",\\\"grün\\\"]\")"),
        ("da", "Array(\"[\\\"2024-01-01\\\"]\")"),
        ("erzeugt", "Integer(2)"),
    ] {
        assert_eq!(loaded.cell("1", column), expected, "{column}");
        if column != "erzeugt" {
            assert_eq!(loaded.cell("0", column), "Null", "{column}");
        }
    }
    let text = |id: &str, column: &str| plain_text(loaded.view().column(column).unwrap().get(loaded.row(id)));
    assert_eq!(text("1", "dt"), "1848-03-18");
    assert_eq!(text("1", "ts"), "2024-02-29T12:34:56.789012");
    assert_eq!(text("1", "tz"), "2024-07-01T10:00:00Z");
    assert_eq!(text("1", "u"), "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11");
    assert_eq!(
        (text("2", "dt").as_str(), text("2", "ts").as_str(), text("2", "n").as_str()),
        ("infinity", "-infinity", "NaN")
    );
    assert!(loaded.layer.report().to_string().contains("large values stay at the source: bytes"));
    assert_eq!(loaded.layer.report().null_geometries, 2);
}

#[test]
fn odd_geometries_are_counted_and_never_fatal() {
    let database = database("geometries");
    database.sql(
        "CREATE TABLE g (id int PRIMARY KEY, geom geometry);
         INSERT INTO g SELECT i, ST_GeomFromEWKT('SRID=4326;' || t) FROM (VALUES
             (1, 'POINT(7 51)'), (2, 'POINT EMPTY'), (3, 'LINESTRING(7 51, 7.5 51.5)'), (4, 'POINT Z (7 51 3)'),
             (5, 'POINT M (7 51 3)'), (6, 'CIRCULARSTRING(0 0, 1 1, 2 0)'), (7, 'TIN(((0 0, 0 1, 1 1, 0 0)))'),
             (8, 'GEOMETRYCOLLECTION(POINT(1 2), LINESTRING(1 2, 3 4))'), (9, 'POLYGON((0 0, 4 0, 4 4, 0 0))'),
             (10, 'MULTIPOLYGON EMPTY')) v(i, t);
         INSERT INTO g VALUES (11, NULL), (12, ST_SetSRID(ST_MakePoint('NaN', 1), 4326)),
             (13, ST_SetSRID(ST_MakePoint('Infinity', 1), 4326));",
    );
    let look = look(&database.url());
    let column = found(&look, "public.g").collection.geometry.clone().unwrap();
    assert_eq!((column.kind, column.crs, column.has_z), (None, Crs::Crs84, true));
    let loaded = Loaded::of(&database.url(), found(&look, "public.g"));
    let report = loaded.layer.report();
    assert_eq!((report.null_geometries, report.empty_geometries, report.not_finite), (1, 2, 2));
    assert_eq!((report.curves, report.measures, report.unsupported), (1, 1, 1));
    assert_eq!(loaded.layer.len(), 13);
    assert_eq!(loaded.geometry("1").unwrap().1, [[7.0, 51.0]]);
    assert_eq!(loaded.geometry("4").unwrap().2, [3.0]);
    assert_eq!(loaded.geometry("6").unwrap().0, GeometryType::LineString);
    assert_eq!(loaded.geometry("8").unwrap().0, GeometryType::GeometryCollection);
    for id in ["2", "7", "10", "11", "12", "13"] {
        assert_eq!(loaded.geometry(id), None, "{id}");
    }
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
fn without_an_srid_it_is_refused_with_the_way_out_and_the_way_out_works() {
    let database = database("srid");
    database.sql(
        "CREATE TABLE ohne (id int PRIMARY KEY, \"Ge\" geometry(Point));
         INSERT INTO ohne VALUES (1, ST_MakePoint(7, 51));
         CREATE TABLE leer (id int PRIMARY KEY, geom geometry);
         CREATE VIEW blick AS SELECT * FROM ohne;
         CREATE TABLE gemischt (id int PRIMARY KEY, geom geometry);
         INSERT INTO gemischt VALUES (1, 'SRID=4326;POINT(7 51)'), (2, 'SRID=3857;POINT(7 51)');
         CREATE TABLE spaet (id int PRIMARY KEY, geom geometry);
         INSERT INTO spaet SELECT i, ST_SetSRID(ST_MakePoint(7, 51), CASE WHEN i < 3000 THEN 4326 ELSE 3857 END) FROM generate_series(1, 3000) i;
         CREATE TABLE fern (id int PRIMARY KEY, geom geometry(Point, 2056));",
    );
    let overrides = |srid| {
        BTreeMap::from([("public.ohne".into(), Overrides { srid: Some(srid), ..Overrides::default() })])
    };
    let look = look(&database.url());
    assert!(refusal(&look, "public.leer").what.contains("no SRID"));
    assert!(refusal(&look, "public.blick").hint.as_ref().unwrap().contains("cast the column in the view"));
    assert!(refusal(&look, "public.gemischt").what.contains("different SRIDs: 3857, 4326"));
    let late = load(&database.url(), found(&look, "public.spaet")).unwrap_err();
    assert_eq!(late.what, "public.spaet has geometries of SRID 3857 among those of SRID 4326");

    let configured = try_look(&database.url(), &overrides(4326)).unwrap();
    let loaded = Loaded::of(&database.url(), found(&configured, "public.ohne"));
    assert_eq!(loaded.collection.geometry.as_ref().unwrap().crs, Crs::Crs84);
    assert_eq!(loaded.geometry("1").unwrap().1, [[7.0, 51.0]]);

    let hint = refusal(&look, "public.ohne").hint.clone().unwrap().to_string();
    let (alter, _) = hint.split_once(", with the SRID").unwrap();
    assert_eq!(
        alter,
        "ALTER TABLE \"public\".\"ohne\" ALTER COLUMN \"Ge\" TYPE \"public\".geometry(Point, 25832) \
         USING \"public\".ST_SetSRID(\"Ge\", 25832)"
    );
    database.sql(&format!("DROP VIEW blick; {}", alter.replace("25832", "4326")));
    assert_eq!(
        Loaded::of(&database.url(), found(&self::look(&database.url()), "public.ohne")).layer.len(),
        1
    );
}

#[test]
fn a_reading_role_sees_what_it_may_and_is_told_what_to_ask_for() {
    let database = database("rechte");
    database.sql(
        "CREATE ROLE \"Leser in\" LOGIN;
         CREATE SCHEMA zu; CREATE SCHEMA auf; GRANT USAGE ON SCHEMA auf TO \"Leser in\";
         CREATE TABLE zu.a (id int PRIMARY KEY, geom geometry(Point, 4326));
         CREATE TABLE auf.b (id int PRIMARY KEY, geom geometry(Point, 4326));
         CREATE TABLE auf.c (id int PRIMARY KEY, geheim text, geom geometry(Point, 4326));
         CREATE TABLE auf.d (id int PRIMARY KEY, name text, geom geometry(Point, 4326));
         INSERT INTO auf.c VALUES (1, 'x', 'SRID=4326;POINT(7 51)');
         GRANT SELECT ON zu.a, auf.d TO \"Leser in\";
         GRANT SELECT (id, geom) ON auf.c TO \"Leser in\";
         ALTER ROLE \"Leser in\" SET default_transaction_read_only = on;
         ALTER ROLE \"Leser in\" SET DateStyle = 'German'; ALTER ROLE \"Leser in\" SET search_path = '';",
    );
    let url = database.url_as("Leser%20in");
    let look = look(&url);
    assert_eq!(
        refusal(&look, "zu.a").hint.as_ref().map(ToString::to_string).as_deref(),
        Some("GRANT USAGE ON SCHEMA \"zu\" TO \"Leser in\"")
    );
    assert_eq!(
        refusal(&look, "auf.b").hint.as_ref().map(ToString::to_string).as_deref(),
        Some("GRANT SELECT ON \"auf\".\"b\" TO \"Leser in\"")
    );
    assert_eq!((look.found.len(), look.refusals.len()), (2, 2));
    let loaded = Loaded::of(&url, found(&look, "auf.c"));
    assert_eq!(loaded.collection.columns.len(), 1);
    assert!(loaded.layer.report().to_string().contains("may not read them: geheim"));
    assert!(loaded.layer.has_key());
    database.sql("REVOKE SELECT ON auf.d FROM \"Leser in\"");
    let revoked = load(&url, found(&look, "auf.d")).unwrap_err();
    assert_eq!(
        (revoked.kind, revoked.what.to_string().as_str()),
        (Kind::Unavailable, "the role may not read auf.d")
    );
}

#[test]
fn keys_are_configured_guessed_or_given_up() {
    let database = database("schluessel");
    database.sql(
        "CREATE TABLE t (nr int, name text NOT NULL, geom geometry(Point, 4326));
         INSERT INTO t VALUES (1, 'a', NULL), (2, 'b', NULL);
         CREATE VIEW doppelt AS SELECT 1 AS fid, geom FROM t;
         CREATE TABLE teilweise (id int NOT NULL, geom geometry(Point, 4326));
         CREATE UNIQUE INDEX ON teilweise (id) WHERE id > 0;
         CREATE UNIQUE INDEX ON teilweise ((id + 1));",
    );
    let key = |names: &[&str]| Overrides {
        key: Some(names.iter().map(|name| (*name).into()).collect()),
        ..Overrides::default()
    };
    let overrides = BTreeMap::from([("t".into(), key(&["name", "nr"]))]);
    let configured = try_look(&database.url(), &overrides).unwrap();
    assert_eq!(found(&configured, "public.t").collection.key, [1, 0]);
    assert!(found(&configured, "public.teilweise").collection.key.is_empty());
    let doubled = Loaded::of(&database.url(), found(&configured, "public.doppelt"));
    assert_eq!(doubled.collection.key, [0]);
    assert!(!doubled.layer.has_key() && doubled.layer.report().to_string().contains("occurs more than once"));
    let overrides = BTreeMap::from([("public.t".into(), key(&["gibtsnicht"]))]);
    let wrong = try_look(&database.url(), &overrides).unwrap();
    assert_eq!(refusal(&wrong, "public.t").parameter.as_deref(), Some("key"));
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

#[test]
fn what_vanishes_or_changes_after_the_look_is_said_so() {
    let database = database("weg");
    database.sql(
        "CREATE TABLE a (id int PRIMARY KEY, geom geometry(Point, 4326));
         CREATE TABLE b (id int PRIMARY KEY, n int, geom geometry(Point, 4326));
         CREATE TABLE c (id int PRIMARY KEY, n int, geom geometry(Point, 4326));
         CREATE TABLE d AS SELECT 1 AS id, 2 AS n, 'SRID=4326;POINT(7 51)'::geometry(Point, 4326) AS geom;
         CREATE TABLE e AS SELECT * FROM d;
         INSERT INTO c VALUES (1, 2, NULL);
         CREATE VIEW durch_null AS SELECT id / (id - 1) AS id, geom FROM c;",
    );
    let look = look(&database.url());
    database.sql(
        "DROP TABLE a; ALTER TABLE b DROP COLUMN n; ALTER TABLE c ALTER n TYPE text USING 'zwei';
         ALTER TABLE d ALTER n TYPE bigint; ALTER TABLE e ALTER n TYPE uuid USING gen_random_uuid();",
    );
    let error = |name: &str| load(&database.url(), found(&look, name)).unwrap_err();
    assert_eq!(
        (error("public.a").kind, error("public.a").what.to_string().as_str()),
        (Kind::NotFound, "public.a is not there any more")
    );
    assert_eq!(error("public.b").what, "public.b has lost a column since it was looked at");
    assert_eq!(error("public.durch_null").what, "public.durch_null fails on its own data (SQLSTATE 22012)");
    // Four bytes of text are not taken for an integer.
    assert_eq!(error("public.c").what, "public.c fails on its own data (SQLSTATE 22P02)");
    assert_eq!(error("public.e").what, "public.e has changed since it was looked at");
    assert_eq!(Loaded::of(&database.url(), found(&look, "public.d")).cell("1", "n"), "Integer(2)");
}

#[test]
fn progress_is_told_and_a_dropped_load_ends() {
    let database = database("viel");
    database.sql(
        "CREATE TABLE viel (id int PRIMARY KEY, t text, geom geometry(Point, 4326));
         INSERT INTO viel SELECT i, repeat('x', 100), ST_SetSRID(ST_MakePoint(i % 180, i % 90), 4326) FROM generate_series(1, 100000) i;
         ANALYZE viel; CREATE VIEW langsam AS SELECT id, geom, pg_sleep(0.01) IS NULL AS s FROM viel;",
    );
    let look = look(&database.url());
    let dsn = Dsn::parse(&database.url()).unwrap();
    let (calls, last) = (AtomicU64::new(0), AtomicU64::new(0));
    let progress = |rows| {
        assert!(last.swap(rows, Ordering::Relaxed) <= rows);
        calls.fetch_add(1, Ordering::Relaxed);
    };
    let layer = run(postgis::load(&dsn, found(&look, "public.viel"), &progress)).unwrap();
    assert_eq!((layer.len(), last.into_inner()), (100_000, 100_000));
    assert!(calls.into_inner() > 10);
    let estimate = found(&look, "public.viel").estimate as f64 / layer.memory() as f64;
    assert!((0.5..6.0).contains(&estimate), "estimated {estimate} of what it takes");

    let begun = Instant::now();
    run(async {
        let loading = postgis::load(&dsn, found(&look, "public.langsam"), &|_| {});
        assert!(tokio::time::timeout(Duration::from_millis(500), loading).await.is_err());
    });
    assert!(begun.elapsed() < Duration::from_secs(5));
}

#[test]
fn a_wrong_password_or_database_is_worded_without_either() {
    const CANARY: &str = "kanarienvogel";
    let database = database("anmeldung");
    database.sql("CREATE ROLE secret LOGIN PASSWORD 'richtig'");
    let cluster = database.cluster;
    let fails = |url: String| {
        let error = try_look(&url, &BTreeMap::new()).unwrap_err();
        assert_eq!(error.kind, Kind::Unavailable);
        assert!(!format!("{error} {error:?}").contains(CANARY), "{error}");
        error.what.to_string()
    };
    let by_socket = |who: &str| fails(cluster.url(who, &database.name));
    assert!(by_socket("secret:kanarienvogel").ends_with("does not accept this user and password"));
    assert!(by_socket("secret:k%61narienvogel").ends_with("does not accept this user and password"));
    assert!(by_socket("secret").ends_with("asks for a password"));
    assert!(by_socket("niemand:kanarienvogel").ends_with("does not let this user in"));
    assert!(fails(cluster.url("postgres:kanarienvogel", "keine")).ends_with("has no database of this name"));
    let nobody = |host: &str| fails(format!("postgresql://a:kanarienvogel@{host}/d"));
    assert!(nobody("127.0.0.1:1").ends_with("nothing listens there"));
    assert!(nobody("%2Fnirgends").ends_with("there is no such socket"));
    assert!(nobody("gibt.es.invalid").ends_with("cannot be reached"));
    let plain = cluster.tcp_url("postgres:kanarienvogel", "127.0.0.1", &database.name) + "?sslmode=require";
    assert!(fails(plain).ends_with("does not offer TLS"));
    assert!(try_look(&cluster.url("secret:richtig", &database.name), &BTreeMap::new()).is_ok());
}

#[test]
fn tls_is_checked_as_sslmode_says() {
    let cluster = Cluster::start();
    let database = cluster.database("tls");
    let authority = rcgen::KeyPair::generate().unwrap();
    let mut parameters = rcgen::CertificateParams::new(vec![]).unwrap();
    parameters.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let root = parameters.self_signed(&authority).unwrap();
    let issuer = rcgen::Issuer::new(parameters, authority);
    let key = rcgen::KeyPair::generate().unwrap();
    let named = rcgen::CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    let certificate = named.signed_by(&key, &issuer).unwrap();
    cluster.offer_tls(&certificate.pem(), &key.serialize_pem());
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, content: String| {
        let path = folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        path.display().to_string()
    };
    let good = file("good.pem", root.pem());
    let other = rcgen::CertificateParams::new(vec![])
        .unwrap()
        .self_signed(&rcgen::KeyPair::generate().unwrap())
        .unwrap();
    let other = file("other.pem", other.pem());
    let connect = |host: &str, query: &str| {
        let url = cluster.tcp_url("postgres", host, &database.name) + "?" + query;
        try_look(&url, &BTreeMap::new()).map(|_| ()).map_err(|error| error.what.to_string())
    };
    let full = format!("sslmode=verify-full&sslrootcert={good}");
    assert_eq!(connect("localhost", &full), Ok(()));
    assert!(connect("127.0.0.1", &full).unwrap_err().ends_with("is for another name"));
    assert_eq!(connect("127.0.0.1", &format!("sslmode=verify-ca&sslrootcert={good}")), Ok(()));
    assert_eq!(connect("127.0.0.1", &format!("sslmode=require&sslrootcert={good}")), Ok(()));
    for mode in ["verify-full", "verify-ca", "require"] {
        let error = connect("localhost", &format!("sslmode={mode}&sslrootcert={other}")).unwrap_err();
        assert!(error.ends_with("is not signed by a trusted authority"), "{mode}: {error}");
    }
    assert!(connect("localhost", "sslmode=verify-full").is_err());
    for mode in ["disable", "allow", "prefer", "require"] {
        assert_eq!(connect("127.0.0.1", &format!("sslmode={mode}")), Ok(()), "{mode}");
    }
    let encrypted = |query: &str| {
        let dsn = Dsn::parse(&(cluster.tcp_url("postgres", "127.0.0.1", &database.name) + query)).unwrap();
        run(async {
            let client = postgis::connect(&dsn).await.unwrap();
            let question = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
            client.query_one(question, &[]).await.unwrap().get::<_, bool>(0)
        })
    };
    assert!(encrypted("") && encrypted("?sslmode=require") && !encrypted("?sslmode=disable"));
}

#[test]
fn a_database_that_goes_away_is_said_so_and_found_again() {
    let cluster = Cluster::start();
    let database = cluster.database("fort");
    database.sql(
        "CREATE TABLE t (id int PRIMARY KEY, geom geometry(Point, 4326));
         INSERT INTO t SELECT i, 'SRID=4326;POINT(7 51)' FROM generate_series(1, 1000) i;
         CREATE VIEW langsam AS SELECT id, geom, pg_sleep(0.01) IS NULL AS s FROM t;",
    );
    let url = database.url();
    let look = look(&url);
    let broken = std::thread::scope(|scope| {
        let loading = scope.spawn(|| load(&url, found(&look, "public.langsam")));
        std::thread::sleep(Duration::from_millis(700));
        cluster.stop(Stop::Immediate);
        loading.join().unwrap().unwrap_err()
    });
    assert_eq!(broken.kind, Kind::Unavailable, "{broken}");
    let begun = Instant::now();
    assert_eq!(load(&url, found(&look, "public.t")).unwrap_err().kind, Kind::Unavailable);
    assert!(begun.elapsed() < Duration::from_secs(6));
    cluster.restart();
    assert_eq!(load(&url, found(&look, "public.t")).unwrap().len(), 1000);
}

#[test]
fn a_server_that_accepts_and_says_nothing_is_given_up() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("postgresql://a:geheim@127.0.0.1:{}/d", silent.local_addr().unwrap().port());
    let begun = Instant::now();
    let error = try_look(&url, &BTreeMap::new()).unwrap_err();
    assert!(error.what.to_string().ends_with("did not answer within 5 s"), "{error}");
    assert!(begun.elapsed() < Duration::from_secs(7));
}
