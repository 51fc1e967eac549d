//! Shapes that are odd and valid to their owners: bow ties, what crosses 180°, what is tiny.

use fast_mvt::{MvtGeometry, MvtReaderRef};
use geo::{Area, Coord, MapCoords};

use crate::direct::direct;
use crate::following::following;
use crate::postgres::database;
use crate::server::{Answer, Server};
use crate::tools::{collection, tile_at};

/// How many features a tile holds, and how large the area of all their rings is, in units of the
/// tile.
fn drawn(answer: &Answer) -> (usize, f64) {
    if answer.status == 204 {
        return (0, 0.0);
    }
    assert_eq!(answer.status, 200, "{}", answer.text());
    let tile = MvtReaderRef::new(&answer.body).unwrap().to_tile().unwrap();
    let features: Vec<_> = tile.layers.into_iter().flat_map(|layer| layer.features).collect();
    let area = |geometry: &MvtGeometry| {
        let in_floats = |at: Coord<i32>| Coord { x: f64::from(at.x), y: f64::from(at.y) };
        match geometry {
            MvtGeometry::Polygon(polygon) => polygon.map_coords(in_floats).unsigned_area(),
            MvtGeometry::MultiPolygon(polygons) => polygons.map_coords(in_floats).unsigned_area(),
            other => panic!("{other:?}"),
        }
    };
    (features.len(), features.iter().map(|feature| area(&feature.geometry)).sum())
}

#[test]
fn a_bow_tie_is_at_every_zoom_where_it_is_large_enough() {
    let database = database("schleife");
    database.sql(
        "CREATE TABLE schleife (id int PRIMARY KEY, geom geometry(Polygon, 25832));
         INSERT INTO schleife VALUES (1, 'SRID=25832;POLYGON((357600 5645000,357800 5645200,357800 5645000,357600 5645200,357600 5645000))')",
    );
    let url = database.url();
    let (direct, _folder) = direct(&url, &["schleife"], "");
    let resident = Server::ready(&[&url]);
    let middle = database.sql("SELECT ST_X(p), ST_Y(p) FROM (SELECT ST_Transform(ST_SetSRID(ST_MakePoint(357650, 5645100), 25832), 4326) p) m");
    let (lon, lat) = middle.split_once('|').unwrap();
    let (lon, lat): (f64, f64) = (lon.parse().unwrap(), lat.parse().unwrap());
    for zoom in 10..=16 {
        let (x, y) = tile_at(lon, lat, zoom);
        for server in [&resident, &direct] {
            let (features, area) = drawn(&server.get(&format!("/xyz/schleife/{zoom}/{x}/{y}")));
            assert!(features == 1 && area > 1.0, "{zoom}: {features} of {area}");
        }
    }
}

#[test]
fn what_lies_beyond_180_degrees_is_on_the_other_side_and_what_crosses_it_reaches_the_edge() {
    let database = database("datumsgrenze");
    database.sql(
        "CREATE TABLE quer (id int PRIMARY KEY, geom geometry(Polygon, 4326));
         INSERT INTO quer VALUES (1, ST_MakeEnvelope(170, -20, 190, -10, 4326));
         CREATE TABLE drueben (id int PRIMARY KEY, geom geometry(Polygon, 4326));
         INSERT INTO drueben VALUES (1, ST_MakeEnvelope(185, -20, 190, -10, 4326)), (2, ST_MakeEnvelope(-190, 10, -185, 20, 4326));
         CREATE TABLE welt (id int PRIMARY KEY, geom geometry(Polygon, 4326));
         INSERT INTO welt VALUES (1, ST_MakeEnvelope(-180, -90, 180, 90, 4326))",
    );
    let server = Server::ready(&[&database.url()]);
    let here = |id: &str, lon: f64, lat: f64| {
        let (x, y) = tile_at(lon, lat, 5);
        drawn(&server.get(&format!("/xyz/{id}/5/{x}/{y}"))).0
    };
    assert_eq!((here("quer", 175.0, -15.0), here("quer", 160.0, -15.0)), (1, 0));
    assert_eq!((here("drueben", -172.0, -15.0), here("drueben", 172.0, 15.0)), (1, 1));
    assert_eq!((here("drueben", 172.0, -15.0), here("drueben", -172.0, 15.0)), (0, 0));
    // Coordinates stay what they are, and boxes go by them.
    let found = |id: &str, bbox: &str| {
        server.get(&format!("/collections/{id}/items?bbox={bbox}")).json()["numberMatched"].as_u64().unwrap()
    };
    assert_eq!((found("quer", "171,-15,172,-14"), found("quer", "100,-15,120,-14")), (1, 0));
    for id in ["quer", "drueben", "welt"] {
        let extent: Vec<f64> =
            serde_json::from_value(collection(&server, id)["extent"]["spatial"]["bbox"][0].clone()).unwrap();
        assert!(extent[0] >= -180.0 && extent[2] <= 180.0, "{id}: {extent:?}");
        let bounds: Vec<f64> =
            serde_json::from_value(server.get(&format!("/xyz/{id}.json")).json()["bounds"].clone()).unwrap();
        assert!(bounds[0] >= -180.0 && bounds[2] <= 180.0, "{id}: {bounds:?}");
    }
}

#[test]
fn a_layer_begins_at_the_first_zoom_with_anything_in_it() {
    let database = database("winzig");
    database.sql(
        "CREATE TABLE t (id int PRIMARY KEY, geom geometry(Polygon, 25832));
         INSERT INTO t SELECT i, ST_MakeEnvelope(x, y, x + 1.2, y + 1.2, 25832)
         FROM generate_series(1, 300) i, LATERAL (SELECT 356000 + 10 * (i % 20) AS x, 5645000 + 10 * (i / 20) AS y) p",
    );
    let server = following(&database);
    let begins = |server: &Server, id: &str| {
        let document = server.get(&format!("/xyz/{id}.json")).json();
        assert_eq!(document["minzoom"], 0, "tiles are served from there on");
        let first = document["vector_layers"][0]["minzoom"].as_u64().unwrap() as u8;
        assert!(document["center"][2].as_u64().unwrap() >= u64::from(first), "{document}");
        first
    };
    let is_true = |id: &str, first: u8| {
        let place = database.sql(
            "SELECT ST_X(p), ST_Y(p) FROM
               (SELECT ST_Transform(ST_SetSRID(ST_Centroid(ST_Extent(geom)::geometry), 25832), 4326) AS p FROM t) t",
        );
        let (lon, lat) = place.split_once('|').unwrap();
        let (lon, lat): (f64, f64) = (lon.parse().unwrap(), lat.parse().unwrap());
        for zoom in 0..=16 {
            let (x, y) = tile_at(lon, lat, zoom);
            // The layer lies in the tile of its middle or beside it.
            let has_any = (-1..=1).any(|dx| {
                (-1..=1).any(|dy| {
                    let (x, y) = (i64::from(x) + dx, i64::from(y) + dy);
                    let side = 1i64 << zoom;
                    (0..side).contains(&x)
                        && (0..side).contains(&y)
                        && server.get(&format!("/xyz/{id}/{zoom}/{x}/{y}")).status == 200
                })
            });
            assert_eq!(has_any, zoom >= first, "{id} {zoom}: {first}");
        }
    };
    let first = begins(&server, "t");
    assert!((14..=16).contains(&first), "{first}");
    is_true("t", first);
    is_true("t:labels", begins(&server, "t:labels"));
    // A large one comes, and goes.
    database.sql("INSERT INTO t VALUES (1000, ST_MakeEnvelope(350000, 5640000, 362000, 5650000, 25832))");
    server.wait_for("the large one", |server| (begins(server, "t") < 5).then_some(()));
    is_true("t", begins(&server, "t"));
    database.sql("DELETE FROM t WHERE id = 1000");
    server.wait_for("its end", |server| (begins(server, "t") == first).then_some(()));
    // Without thinning everything is everywhere.
    let whole = Server::ready(&[&database.url(), "--no-thinning"]);
    assert_eq!(begins(&whole, "t"), 0);
}
