//! The values of every type, and geometries of every kind.

use veedel::catalog::ColumnType;
use veedel::geo::{Crs, GeometryType};
use veedel::layer::value_text::plain_text;

use super::postgres::database;
use super::{Loaded, found, look};

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
