//! `bbox` and `datetime` find what has no geometry and no time, too (OGC 17-069r4,
//! `fc-bbox-response` C and `fc-time-response` C), in memory as in the database; and a box of six
//! numbers has a height.

use crate::direct::direct;
use crate::postgres::database;
use crate::server::Server;

const TABLES: &str = "
    CREATE TABLE orte (id int PRIMARY KEY, art text, seit date, geom geometry(GeometryZ, 25832));
    INSERT INTO orte VALUES
        (1, 'a', '2020-01-01', 'SRID=25832;POINT Z (356000 5645000 10)'),
        (2, 'a', NULL, 'SRID=25832;LINESTRING Z (356000 5645000 50, 356010 5645000 90)'),
        (3, 'b', '2025-01-01', NULL),
        (4, 'b', NULL, NULL),
        (5, 'b', '2020-06-01', 'SRID=25832;POINT Z (456000 5645000 10)');
    CREATE TABLE flach (id int PRIMARY KEY, geom geometry(Point, 25832));
    INSERT INTO flach VALUES (1, 'SRID=25832;POINT(356000 5645000)'), (2, NULL);
    CREATE TABLE liste (id int PRIMARY KEY, seit timestamptz);
    INSERT INTO liste VALUES (1, '2020-01-01 12:00Z'), (2, NULL)";

#[test]
fn a_box_and_a_time_find_what_has_none() {
    let database = database("nirgends");
    database.sql(TABLES);
    let here = "bbox-crs=http://www.opengis.net/def/crs/EPSG/0/25832&bbox=355990,5644990";
    let expected = [
        ("orte", format!("{here},356020,5645010"), vec![1, 2, 3, 4]),
        ("orte", format!("{here},0,356020,5645010,20"), vec![1, 3, 4]),
        ("orte", format!("{here},60,356020,5645010,70"), vec![2, 3, 4]),
        ("orte", format!("{here},90,356020,5645010,90"), vec![2, 3, 4]),
        ("orte", format!("{here},100,356020,5645010,200"), vec![3, 4]),
        // In another system than the stored, where heights are those that are stored.
        ("orte", "bbox=6,50,0,8,52,20".into(), vec![1, 3, 4]),
        ("orte", "bbox=0,0,1,1".into(), vec![3, 4]),
        ("orte", "bbox=170,0,-170,1".into(), vec![3, 4]),
        ("orte", "datetime=2020-01-01".into(), vec![1, 2, 4]),
        ("orte", "datetime=2020-03-01/..".into(), vec![2, 3, 4, 5]),
        ("orte", "datetime=../2020-12-31&art=b".into(), vec![4, 5]),
        ("orte", format!("{here},356020,5645010&datetime=2020-01-01"), vec![1, 2, 4]),
        // A filter goes by the logic of three values.
        ("orte", "filter=S_INTERSECTS(geom,BBOX(6,50,8,52))".into(), vec![1, 2]),
        ("flach", format!("{here},0,356020,5645010,1"), vec![1, 2]),
        ("flach", "bbox=0,0,1,1".into(), vec![2]),
        ("liste", "bbox=0,0,1,1&datetime=2020-01-01".into(), vec![1, 2]),
        ("liste", "bbox=0,0,1,1&datetime=2020-01-02/..".into(), vec![2]),
    ];
    let (direct, _folder) = direct(&database.url(), &["orte", "flach", "liste"], "");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("veedel.toml");
    std::fs::write(&file, format!("sources = [{:?}]\n[collections.liste]\n", database.url())).unwrap();
    let resident = Server::ready(&["--config", file.to_str().unwrap()]);
    for (id, query, ids) in expected {
        for (server, which) in [(&resident, "resident"), (&direct, "direct")] {
            let path = format!("/collections/{id}/items?{query}");
            let page = server.get(&path);
            assert_eq!(page.status, 200, "{which} {path}: {}", page.text());
            let page = page.json();
            let found: Vec<i64> =
                page["features"].as_array().unwrap().iter().map(|one| one["id"].as_i64().unwrap()).collect();
            assert_eq!(found, ids, "{which} {path}");
            assert_eq!(page["numberMatched"], ids.len(), "{which} {path}");
            let file = server.get(&format!("/collections/{id}/download.ndjson?{query}"));
            assert_eq!(file.text().lines().count(), ids.len(), "{which} {path}");
        }
        let groups = resident.get(&format!("/collections/{id}/aggregate?aggregate=count&{query}"));
        assert_eq!(groups.json()["groups"][0]["values"]["count"], ids.len(), "{}", groups.text());
    }
    let tile = resident.get("/xyz/orte/0/0/0");
    assert_eq!(tile.status, 200);
    // A box of the database uses the index of geometries.
    let plan = database.sql(
        "CREATE INDEX ON flach USING gist (geom);
         INSERT INTO flach SELECT i, ST_SetSRID(ST_MakePoint(356000 + i, 5645000 + i), 25832)
         FROM generate_series(10, 20000) i;
         ANALYZE flach;
         EXPLAIN SELECT * FROM flach t WHERE (t.geom IS NULL OR ((
            t.geom && ST_MakeEnvelope(356000, 5645000, 356050, 5645050, 25832)
            AND ST_Intersects(t.geom, ST_MakeEnvelope(356000, 5645000, 356050, 5645050, 25832)))))",
    );
    assert!(plan.contains("BitmapOr"), "{plan}");
}
