//! Into a PostGIS: tables as a person would make them.

use serde_json::json;

use super::{entry, import, imported, text};
use crate::postgres;

fn geojson(numbers: &[i32]) -> String {
    let features = numbers.iter().map(|n| {
        format!(
            r#"{{"type": "Feature", "properties": {{"id": {n}, "Größe": 0.1, "a'$$ \\x'; DROP": 1, "am": "2024-05-06T07:08:09Z"}},
            "geometry": {{"type": "Point", "coordinates": [6.9, 50.9]}}}}"#
        )
    });
    format!(r#"{{"type": "FeatureCollection", "features": [{}]}}"#, features.collect::<Vec<_>>().join(","))
}

#[test]
fn a_table_has_types_key_index_and_keeps_its_grants() {
    let database = postgres::database("import");
    let folder = tempfile::tempdir().unwrap();
    let (file, report) = (folder.path().join("orte.geojson"), folder.path().join("report.json"));
    std::fs::write(&file, geojson(&[1, 2])).unwrap();
    let url = database.url();
    let arguments = [file.to_str().unwrap(), "--into", &url, "--report", report.to_str().unwrap()];
    imported(&arguments, &report);
    let columns = "SELECT string_agg(attname || ' ' || format_type(atttypid, atttypmod), ', ' ORDER BY attnum) \
                   FROM pg_attribute WHERE attrelid = 'orte'::regclass AND attnum > 0 AND NOT attisdropped";
    assert_eq!(
        database.sql(columns).trim(),
        "id integer, groesse double precision, a_x_drop integer, am timestamp with time zone, geom geometry(Point,25832)"
    );
    assert_eq!(
        database.sql("SELECT groesse = 0.1::float8, am = '2024-05-06 07:08:09Z' FROM orte LIMIT 1").trim(),
        "t|t"
    );
    let indexes =
        "SELECT string_agg(indexname, ' ' ORDER BY indexname) FROM pg_indexes WHERE tablename = 'orte'";
    assert_eq!(database.sql(indexes).trim(), "orte_geom_idx orte_pkey");
    let words = "SELECT col_description('orte'::regclass, attnum) FROM pg_attribute \
                 WHERE attrelid = 'orte'::regclass AND attname = 'groesse'";
    assert_eq!(database.sql(words).trim(), "Größe");

    let odd = words.replace("groesse", "a_x_drop");
    assert_eq!(database.sql(&odd).trim(), r"a'$$ \x'; DROP");

    let reader = format!("reader_{}", database.name);
    database.sql(&format!(
        "CREATE ROLE {reader}; GRANT SELECT ON orte TO {reader}, PUBLIC; COMMENT ON TABLE orte IS 'Orte ''X'''; \
         COMMENT ON COLUMN orte.groesse IS 'in m'"
    ));
    std::fs::write(&file, geojson(&[3, 3])).unwrap();
    let again = imported(&arguments, &report);
    assert!(entry(&again, "orte")["key"].is_null());
    assert_eq!(database.sql("SELECT string_agg(id || ':' || fid, ' ') FROM orte").trim(), "3:1 3:2");
    assert_eq!(
        database.sql(&format!("SELECT has_table_privilege('{reader}', 'orte', 'SELECT')")).trim(),
        "t"
    );
    assert_eq!(database.sql("SELECT obj_description('orte'::regclass)").trim(), "Orte 'X'");
    assert_eq!(database.sql(words).trim(), "in m");
    assert_eq!(database.sql("SELECT count(*) FROM pg_class WHERE relname LIKE 'veedel_import%'").trim(), "0");
}

#[test]
fn rows_without_geometry_stay_in_the_table() {
    let database = postgres::database("import_null");
    let folder = tempfile::tempdir().unwrap();
    // A name that SQL keeps for itself.
    let (file, report) = (folder.path().join("order.csv"), folder.path().join("report.json"));
    std::fs::write(&file, "lon,lat,n\n6.9,50.9,1\n,,2\n").unwrap();
    let url = database.url();
    let report =
        imported(&[file.to_str().unwrap(), "--into", &url, "--report", report.to_str().unwrap()], &report);
    assert_eq!(entry(&report, "order")["rows_without_geometry"], json!(1));
    assert_eq!(
        database.sql("SELECT string_agg(n || ':' || (geom IS NULL), ' ' ORDER BY n) FROM \"order\"").trim(),
        "1:false 2:true"
    );
}

#[test]
fn a_database_away_is_said_without_its_password() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.csv");
    std::fs::write(&file, "n\n1\n").unwrap();
    let report = folder.path().join("report.json");
    let url = "postgresql://someone:canary@127.0.0.1:1/nowhere";
    let output = import(&[file.to_str().unwrap(), "--into", url, "--report", report.to_str().unwrap()]);
    assert!(!output.status.success());
    let said = format!(
        "{}{}{}",
        text(&output.stdout),
        text(&output.stderr),
        std::fs::read_to_string(&report).unwrap()
    );
    assert!(said.contains("the database cannot be opened") && !said.contains("canary"), "{said}");
}
