//! Rules that name an area by reference, on a database: what they leave is what PostGIS says is
//! within it, in memory and where each request asks the database, also after its border has moved.

use serde_json::Value;

use crate::following::{class, feed_ok};
use crate::postgres::{Database, database};
use crate::server::Server;

/// Districts in degrees, quarters in metres; places, and plots of which many share a border with a
/// quarter. `fern` and `nah` are the same places, read at each request and in memory.
const TABLES: &str = "
    CREATE TABLE bezirke (nr int PRIMARY KEY, geom geometry(MultiPolygon, 4326));
    CREATE TABLE viertel (id int PRIMARY KEY, kennung text, geom geometry(Polygon, 25832));
    CREATE TABLE nah (id int PRIMARY KEY, geom geometry(Point, 25832));
    INSERT INTO nah SELECT i, ST_SetSRID(ST_MakePoint(390000 + i * 7919 % 4000, 5620000 + i * 104729 % 4000), 25832)
    FROM generate_series(1, 400) i;
    CREATE TABLE fern AS SELECT * FROM nah;
    ALTER TABLE fern ADD PRIMARY KEY (id);
    CREATE TABLE plots AS SELECT x * 10 + y AS id, ST_MakeEnvelope(390000 + x * 400, 5620000 + y * 400, 390400 + x * 400, 5620400 + y * 400, 25832) geom
    FROM generate_series(0, 9) x, generate_series(0, 9) y;
    ALTER TABLE plots ADD PRIMARY KEY (id);
    ALTER TABLE plots ALTER COLUMN geom TYPE geometry(Polygon, 25832);";

/// A star with a hole around a place.
fn star(x: u32, y: u32) -> String {
    let ring = |radius: u32, points: u32| {
        format!(
            "ST_MakeLine(ARRAY(SELECT ST_MakePoint({x} + {radius} * (1 + n % 2) * sind(n * 360.0 / {points}), \
             {y} + {radius} * (1 + n % 2) * cosd(n * 360.0 / {points})) FROM generate_series(0, {points}) n))"
        )
    };
    format!(
        "ST_Multi(ST_Transform(ST_SetSRID(ST_MakePolygon({}, ARRAY[{}]), 25832), 4326))",
        ring(800, 10),
        ring(200, 6)
    )
}

const RULES: &str = "
[roles.areas.bezirk]
collection = \"bezirke\"
id = \"nr\"
[roles.areas.viertel]
collection = \"viertel\"
id = \"kennung\"
[collections.fern]
mode = \"direct\"
[collections.fern.access]
rows = { everyone = \"S_WITHIN(geom, AREA('bezirk', '4'))\" }
[collections.nah.access]
rows = { everyone = \"S_WITHIN(geom, AREA('bezirk', '4'))\" }
[collections.plots.access]
rows = { everyone = \"S_WITHIN(geom, AREA('viertel', 'a b'))\" }
";

fn ids(server: &Server, id: &str) -> Option<Vec<i64>> {
    let answer = server.get(&format!("/collections/{id}/items?limit=1000&sortby=id"));
    if answer.status == 404 {
        return None;
    }
    let document = answer.json();
    let ids = document["features"].as_array().unwrap().iter().map(|one| one["id"].as_i64());
    let all: Vec<i64> = ids.map(Option::unwrap).collect();
    assert_eq!(document["numberMatched"], Value::from(all.len()));
    Some(all)
}

/// What PostGIS says is within the areas, of the places and of the plots.
fn within(database: &Database<'_>) -> [Option<Vec<i64>>; 3] {
    let ask = |table: &str, area: &str| {
        let text = database.sql(&format!(
            "SELECT string_agg(o.id::text, ',' ORDER BY o.id) FROM {table} o, {area} \
             AND ST_Within(o.geom, ST_Transform(a.geom, 25832))"
        ));
        Some(text.trim().split(',').filter(|id| !id.is_empty()).map(|id| id.parse().unwrap()).collect())
    };
    let places = ask("nah", "bezirke a WHERE nr = 4");
    [places.clone(), places, ask("plots", "viertel a WHERE kennung = 'a b'")]
}

#[test]
fn what_a_rule_leaves_is_what_postgis_says_is_within_the_area() {
    let database = database("gebiete");
    database.sql(TABLES);
    database.sql(&format!(
        "INSERT INTO bezirke VALUES (4, {}), (5, {});
         INSERT INTO viertel VALUES (1, 'a b', ST_MakeEnvelope(390400, 5620800, 392000, 5622400, 25832)); ANALYZE;",
        star(391_500, 5_621_700),
        star(393_000, 5_623_000),
    ));
    feed_ok(&["install", &database.url(), "bezirke", "viertel", "nah", "plots"]);
    let file = tempfile::NamedTempFile::with_suffix(".toml").unwrap();
    std::fs::write(file.path(), format!("sources = [{:?}]\n{RULES}", database.url())).unwrap();
    let server = Server::ready(&["--config", file.path().to_str().unwrap()]);
    server.wait_for("the feed", |server| (class(server, "viertel") == "feed").then_some(()));
    let seen = || ["nah", "fern", "plots"].map(|id| ids(&server, id));
    let first = within(&database);
    assert_eq!(seen(), first);
    let counts = first.map(|ids| ids.unwrap().len());
    assert!(counts[0] > 30 && counts[0] < 300 && counts[2] == 16, "{counts:?}");

    for change in [
        format!("UPDATE bezirke SET geom = {} WHERE nr = 4", star(392_200, 5_622_100)),
        "UPDATE viertel SET geom = ST_MakeEnvelope(390800, 5620800, 392400, 5622000, 25832)".into(),
        // What moves out of the area, into it, and comes anew.
        "UPDATE nah SET geom = ST_Translate(geom, 900, -300); DELETE FROM fern; INSERT INTO fern SELECT * FROM nah".into(),
        "UPDATE bezirke SET nr = 9 - nr + 100; UPDATE bezirke SET nr = nr - 100".into(),
        // Of two rows, the area is both.
        "INSERT INTO viertel VALUES (2, 'a b', ST_MakeEnvelope(393200, 5623200, 394000, 5624000, 25832))".into(),
    ] {
        database.sql(&change);
        // Of two rows of an area, a plot is within one.
        let expected = match change.contains("INSERT INTO viertel") {
            false => within(&database),
            true => {
                let [places, far, _] = within(&database);
                let plots = database.sql("SELECT string_agg(o.id::text, ',' ORDER BY o.id) FROM plots o WHERE ST_Within(geom, (SELECT ST_Collect(a.geom) FROM viertel a))");
                [places, far, Some(plots.trim().split(',').map(|id| id.parse().unwrap()).collect())]
            }
        };
        server.wait_for(&change, |_| (seen() == expected).then_some(()));
    }
    let last = seen();
    database.sql("DELETE FROM bezirke WHERE nr = 4; DELETE FROM viertel");
    server.wait_for("the end", |_| (seen() == [None, None, None]).then_some(()));
    server.says("there is no area \"4\" of the level \"bezirk\"");
    server.says("there is no area \"a b\" of the level \"viertel\"");
    database.sql(&format!("INSERT INTO bezirke VALUES (4, {})", star(391_500, 5_621_700)));
    let expected = || [within(&database)[0].clone(), within(&database)[1].clone(), None];
    server.wait_for("its return", |_| (seen() == expected() && seen()[0] != last[0]).then_some(()));
}
