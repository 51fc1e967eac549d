//! Every type of column in every format, read by GDAL, held against what PostgreSQL says of the same rows.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::postgres::database;
use crate::server::Server;

const TABLE: &str = "
    CREATE TABLE alles (
        id int8 PRIMARY KEY, b bool, i2 int2, i4 int4, i8 int8, r float4, d float8, n numeric, t text, dt date,
        ts timestamp, tz timestamptz, zeit time, u uuid, j jsonb, ta text[], \"Größe\" text, \"GRÖSSE\" text,
        geom geometry(MultiPolygon, 25832));
    INSERT INTO alles VALUES
        (1, true, -32768, -2147483648, 9007199254740993, 0.1, 0.1, -1234567890123456789012345678901234567890.50,
         'Straße \"1\"; a,b' || chr(10) || 'zwei', '2024-02-29', '2024-07-01 12:00:00.123', '2024-07-01 12:00:00+02',
         '23:59:59.5', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', '{\"b\": [1, 2]}', '{a,\"b,c\"}', 'ä', 'groß',
         ST_SetSRID(ST_GeomFromText('MULTIPOLYGON(((392000.25 5620000, 392010 5620000, 392010 5620010.125,
           392000.25 5620000), (392005 5620001, 392008 5620001, 392008 5620004, 392005 5620001)),
           ((392100 5620100, 392110 5620100, 392110 5620110, 392100 5620100)))'), 25832)),
        (2, false, 0, 0, -1, -2.5, 1e300, 0.000, '', '1899-12-31', '1969-12-31 23:59:59', '1969-12-31 23:59:59Z',
         '00:00', '00000000-0000-0000-0000-000000000000', '[]', '{}', NULL, '', NULL),
        (3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
        (4, NULL, NULL, NULL, NULL, 'NaN', 'Infinity', 'NaN', NULL, 'infinity', '-infinity', 'infinity', NULL, NULL,
         NULL, NULL, NULL, NULL, NULL)";

/// The rows of a file as GDAL reads them, by id.
fn by_gdal(file: &Path) -> BTreeMap<i64, Value> {
    let mut command = Command::new("ogr2ogr");
    command.args(["-f", "GeoJSON", "/vsistdout/"]).arg(file).args(["-lco", "SIGNIFICANT_FIGURES=17"]);
    let output = command.args(["-lco", "ID_GENERATE=NO"]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    let features = document["features"].as_array().unwrap().iter();
    let id = |feature: &Value| match &feature["properties"]["id"] {
        Value::String(text) => text.parse().unwrap(),
        Value::Number(number) => number.as_i64().unwrap(),
        _ => feature["id"].as_i64().unwrap(),
    };
    features.map(|feature| (id(feature), feature.clone())).collect()
}

#[test]
fn gdal_reads_every_type_of_every_format_as_it_is() {
    if !Command::new("ogr2ogr").arg("--version").output().is_ok_and(|output| output.status.success()) {
        println!("skipped: ogr2ogr is not installed");
        return;
    }
    let database = database("formate");
    database.sql(TABLE);
    let server = Server::ready(&[&database.url()]);
    let folder = tempfile::tempdir().unwrap();
    let read = |extension: &str| {
        let crs = "http://www.opengis.net/def/crs/EPSG/0/25832";
        let answer = server.get(&format!("/collections/alles/download.{extension}?crs={crs}"));
        assert_eq!(answer.status, 200, "{}", answer.text());
        let file = folder.path().join(format!("alles.{extension}"));
        std::fs::write(&file, &answer.body).unwrap();
        by_gdal(&file)
    };
    let area: f64 = database.sql("SELECT ST_Area(geom) FROM alles WHERE id = 1").parse().unwrap();
    for extension in ["fgb", "gpkg", "csv", "ndjson", "geojson"] {
        let rows = read(extension);
        assert_eq!(rows.keys().copied().collect::<Vec<_>>(), [1, 2, 3, 4], "{extension}");
        let text = |id: i64, name: &str| match rows[&id]["properties"].get(name) {
            None | Some(Value::Null) => String::new(),
            Some(Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
        };
        let number = |id: i64, name: &str| text(id, name).parse::<f64>().unwrap();
        let is = |name: &str, expected: &str| assert_eq!(text(1, name), expected, "{extension} {name}");
        let truth = text(1, "b");
        assert!(["true", "1"].contains(&truth.as_str()), "{extension} {truth}");
        is("i2", "-32768");
        is("i4", "-2147483648");
        is("i8", "9007199254740993");
        assert_eq!((number(1, "r"), number(1, "d")), (0.1, 0.1), "{extension}");
        assert_eq!(number(2, "d"), 1e300, "{extension}");
        // Every digit of a number that no double holds, where the format has a way to say it.
        match extension {
            "fgb" | "gpkg" | "csv" => is("n", "-1234567890123456789012345678901234567890.50"),
            // A number like the others in JSON, which the writer here rounds once more.
            _ => assert!((number(1, "n") / -1.234_567_890_123_456_8e39 - 1.0).abs() < 1e-15, "{extension}"),
        }
        is("t", "Straße \"1\"; a,b\nzwei");
        let starts = |name: &str, expected: &str| {
            let found = text(1, name).replace('/', "-").replace(' ', "T");
            assert!(found.starts_with(expected), "{extension} {name}: {found}");
        };
        starts("dt", "2024-02-29");
        starts("ts", "2024-07-01T12:00:00.123");
        starts("tz", "2024-07-01T10:00:00");
        starts("zeit", "23:59:59.5");
        is("u", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11");
        let json: Value = serde_json::from_str(&text(1, "j")).unwrap();
        assert_eq!(json, serde_json::json!({ "b": [1, 2] }), "{extension}");
        let array: Value = serde_json::from_str(&text(1, "ta")).unwrap();
        assert_eq!(array, serde_json::json!(["a", "b,c"]), "{extension}");
        is("Größe", "ä");
        is("GRÖSSE", "groß");
        for name in ["b", "i4", "i8", "r", "d", "n", "t", "dt", "ts", "tz", "u", "j", "ta"] {
            assert_eq!(text(3, name), "", "{extension} {name}");
        }
        // What a format has no word for is left out, never made up.
        if ["fgb", "gpkg"].contains(&extension) {
            assert_eq!((text(4, "dt"), text(4, "tz")), ("".into(), "".into()), "{extension}");
        }
        let geometry = &rows[&1]["geometry"];
        assert_eq!(geometry["type"], "MultiPolygon", "{extension}");
        use geo::Area;
        use geozero::ToGeo;
        let shape = geozero::geojson::GeoJson(&geometry.to_string()).to_geo().unwrap();
        assert_eq!(shape.unsigned_area(), area, "{extension}");
        assert!(rows[&2]["geometry"].is_null(), "{extension}");
    }
}
