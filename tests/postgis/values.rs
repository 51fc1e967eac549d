//! Values on their way from a row to GeoJSON and to a tile, at the ends of their types.

use std::collections::BTreeMap;

use fast_mvt::{MvtReaderRef, MvtValue};
use serde_json::value::RawValue;

use crate::postgres::{Database, database};
use crate::server::Server;
use crate::tools::{collection, features, properties, tile_at};

const TABLE: &str = "
    CREATE TABLE alles (
        id int8 PRIMARY KEY, b bool, i2 int2, i4 int4, i8 int8, r float4, d float8, n numeric, t text, dt date,
        ts timestamp, tz timestamptz, zeit time, u uuid, j json, jb jsonb, ia int[], ta text[], \"Größe\" text,
        geom geometry(Point, 4326));
    INSERT INTO alles VALUES
        (1, true, -32768, -2147483648, -9223372036854775808, 0.1, 0.1, -1234567890123456789012345678901234567890.50,
         'Straße \"1\"\\' || chr(1) || chr(10) || chr(127) || '\u{1F6B2}', '0044-03-15 BC', '0044-03-15 12:00:00 BC',
         '2024-07-01 12:00:00+02', '24:00', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', '{\"a\" : 1}', '{\"b\":[1,2]}',
         '{1,NULL,3}', '{{a,\"b,c\"},{d,e}}', 'ä', ST_SetSRID(ST_MakePoint(7, 51), 4326)),
        (9223372036854775807, false, 32767, 2147483647, 9223372036854775807, 3.4028235e38, 5e-324, 0.000,
         '', 'infinity', '-infinity', 'infinity', '00:00:00.000001', '00000000-0000-0000-0000-000000000000', '[]', 'null',
         '{}', '{\"\"}', '', ST_SetSRID(ST_MakePoint(7, 51), 4326)),
        (3, NULL, NULL, NULL, NULL, 'NaN', 'Infinity', 'NaN', NULL, '-infinity', '9999-12-31 23:59:59.999999', '-infinity',
         '23:59:59.999999', NULL, NULL, NULL, NULL, NULL, NULL, ST_SetSRID(ST_MakePoint(7, 51), 4326)),
        (4, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)";

fn serve(name: &str) -> (Database<'static>, Server) {
    let database = database(name);
    database.sql(TABLE);
    let server = Server::ready(&["--no-thinning", &database.url()]);
    (database, server)
}

#[test]
fn every_type_is_written_as_it_is() {
    let (_database, server) = serve("werte");
    let expected: [(&str, &[(&str, &str)]); 4] = [
        (
            "1",
            &[
                ("b", "true"),
                ("i2", "-32768"),
                ("i4", "-2147483648"),
                ("i8", "-9223372036854775808"),
                ("r", "0.1"),
                ("d", "0.1"),
                ("n", "-1234567890123456789012345678901234567890.50"),
                ("t", "\"Straße \\u00221\\u0022\\u005c\\u0001\\n\u{7f}\u{1F6B2}\""),
                ("dt", "\"-000043-03-15\""),
                ("ts", "\"-000043-03-15T12:00:00\""),
                ("tz", "\"2024-07-01T10:00:00Z\""),
                ("zeit", "\"24:00:00\""),
                ("u", "\"a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11\""),
                ("j", "{\"a\" : 1}"),
                ("jb", "{\"b\": [1, 2]}"),
                ("ia", "[1,null,3]"),
                ("ta", "[[\"a\",\"b,c\"],[\"d\",\"e\"]]"),
                ("Größe", "\"ä\""),
            ],
        ),
        (
            "9223372036854775807",
            &[
                ("b", "false"),
                ("i8", "9223372036854775807"),
                ("r", "3.4028235e+38"),
                ("d", "5e-324"),
                ("n", "0.000"),
                ("t", "\"\""),
                ("dt", "\"infinity\""),
                ("ts", "\"-infinity\""),
                ("tz", "\"infinity\""),
                ("zeit", "\"00:00:00.000001\""),
                ("j", "[]"),
                ("jb", "null"),
                ("ia", "[]"),
                ("ta", "[\"\"]"),
            ],
        ),
        (
            "3",
            &[
                ("r", "null"),
                ("d", "null"),
                ("n", "null"),
                ("dt", "\"-infinity\""),
                ("ts", "\"9999-12-31T23:59:59.999999\""),
                ("tz", "\"-infinity\""),
                ("zeit", "\"23:59:59.999999\""),
                ("i8", "null"),
                ("jb", "null"),
            ],
        ),
        ("4", &[("b", "null"), ("d", "null"), ("t", "null"), ("ta", "null"), ("Größe", "null")]),
    ];
    for (id, values) in expected {
        let answer = server.get(&format!("/collections/alles/items/{id}"));
        assert_eq!(answer.status, 200, "{}", answer.text());
        let feature: BTreeMap<String, Box<RawValue>> = serde_json::from_slice(&answer.body).unwrap();
        assert_eq!(feature["id"].get(), id);
        let properties: BTreeMap<String, Box<RawValue>> =
            serde_json::from_str(feature["properties"].get()).unwrap();
        for (name, value) in values {
            assert_eq!(properties[*name].get(), *value, "{name} of {id}");
        }
        assert_eq!(feature["geometry"].get() == "null", id == "4");
    }
    let (matched, all) = features(&server, "alles", "limit=2");
    assert_eq!((matched, all.len()), (4, 4));
    for feature in all {
        serde_json::from_str::<serde_json::Value>(feature.get()).unwrap();
    }
    assert!(collection(&server, "alles")["veedel:report"].as_str().unwrap().contains("1 without geometry"));
}

#[test]
fn a_tile_has_the_same_values_in_its_own_types() {
    let (_database, server) = serve("kachelwerte");
    let (x, y) = tile_at(7.0, 51.0, 14);
    let tile = server.get(&format!("/xyz/alles/14/{x}/{y}"));
    let tile = MvtReaderRef::new(&tile.body).unwrap().to_tile().unwrap();
    // A key that is no id makes the key an attribute of the layer.
    let key =
        |id: u64| move |(name, value): &(String, MvtValue)| name == "id" && *value == MvtValue::UInt(id);
    let feature = |id: u64| {
        tile.layers[0].features.iter().find(|feature| feature.properties.iter().any(key(id))).unwrap()
    };
    let value = |id: u64, name: &str| {
        let found = feature(id).properties.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.clone())
    };
    let text = |text: &str| Some(MvtValue::String(text.into()));
    assert_eq!(value(1, "b"), Some(MvtValue::Bool(true)));
    assert_eq!(value(1, "i8"), Some(MvtValue::SInt(i64::MIN)));
    assert_eq!(value(1, "n"), Some(MvtValue::Double(-1.2345678901234568e39)));
    assert_eq!(value(1, "r"), Some(MvtValue::Float(0.1)));
    assert_eq!(value(1, "t"), text("Straße \"1\"\\\u{1}\n\u{7f}\u{1F6B2}"));
    assert_eq!(value(1, "tz"), text("2024-07-01T10:00:00Z"));
    assert_eq!(value(1, "jb"), text("{\"b\": [1, 2]}"));
    assert_eq!(value(1, "ia"), text("[1,null,3]"));
    assert_eq!(value(i64::MAX as u64, "i8"), Some(MvtValue::UInt(i64::MAX as u64)));
    assert_eq!(value(i64::MAX as u64, "tz"), text("infinity"));
    assert_eq!((value(3, "i8"), value(3, "t")), (None, None));
    assert_eq!(value(1, "id"), Some(MvtValue::UInt(1)));
    assert_eq!(tile.layers[0].features.len(), 3);
}

#[test]
fn values_are_found_by_what_they_were_written_as() {
    let (_database, server) = serve("suche");
    for (query, found) in [
        ("i8=-9223372036854775808", 1),
        ("r=0.1", 1),
        ("n=-1234567890123456789012345678901234567890.5", 1),
        ("u=A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11", 1),
        ("tz=2024-07-01T12:00:00%2B02:00", 1),
        ("ts=9999-12-31T23:59:59.999999", 1),
        ("t=", 1),
        ("Gr%C3%B6%C3%9Fe=%C3%A4", 1),
        ("b=false", 1),
        ("i4=0", 0),
    ] {
        assert_eq!(features(&server, "alles", query).0, found, "{query}");
    }
    assert_eq!(server.get("/collections/alles/items?i4=viele").status, 400);
    assert_eq!(properties(&server, "alles", "4")["t"], serde_json::Value::Null);
}
