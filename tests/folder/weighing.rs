//! Geometries of filters, weighed before anything is done with them.

use serde_json::json;

use crate::server::Server;

#[test]
fn a_geometry_crosses_itself_and_is_compared_only_so_often() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("veedel.toml");
    let line = |points: &[String]| format!("LINESTRING({})", points.join(","));
    // To and fro, each line beside the next: slanting, so that the boxes of all of them meet, or
    // level, over all of the city.
    let zigzag = |count: usize, slant: f64, step: f64| {
        let point = |number: usize| match number.is_multiple_of(2) {
            true => format!("7.40 {:.6}", 50.71 + step * number as f64),
            false => format!("7.55 {:.6}", 50.71 + slant + step * number as f64),
        };
        line(&(0..count).map(point).collect::<Vec<_>>())
    };
    let slanting = |count: usize| zigzag(count, 0.05, 0.00005);
    let crossing = "LINESTRING(7.2 51.3,7.8 51.6,7.8 51.3,7.2 51.6)";
    let crossing_again = "LINESTRING(7.2 51.3,7.8 51.6,7.8 51.3,7.2 51.6,7.3 51.7,7.3 51.2)";
    for (limit, at, beyond) in [
        ("filter_crossings = 1", crossing.to_owned(), crossing_again.to_owned()),
        // Each pair of its segments counts: 44 · 43 / 2, 46 · 45 / 2.
        ("filter_segment_pairs = 1000", slanting(45), slanting(47)),
    ] {
        std::fs::write(&file, format!("[limits]\n{limit}\n")).unwrap();
        let server = Server::ready(&["--config", file.to_str().unwrap()]);
        let ask = |relation: &str, geometry: &str| {
            let body = json!({"filter": format!("{relation}(geom,{geometry})"), "filter-lang": "cql2-text"});
            server.post("/collections/bezirke/items/search", &body)
        };
        let refused = |relation: &str, geometry: &str| {
            let answer = ask(relation, geometry);
            (answer.status == 400)
                .then(|| answer.json()["limit"]["name"].as_str().unwrap_or_default().to_owned())
        };
        let name = limit.split(' ').next().map(str::to_owned);
        assert_eq!(refused("S_INTERSECTS", &at), None, "{limit}");
        assert_eq!(refused("S_INTERSECTS", &beyond), name, "{limit}");
        // The segments of features count as well where the matrix has to be made.
        let is_of_pairs = limit.starts_with("filter_segment_pairs");
        assert_eq!(refused("S_CROSSES", &at), name.filter(|_| is_of_pairs), "{limit}");
    }
    std::fs::write(&file, "[limits]\nfilter_comparisons = 1000\n").unwrap();
    let server = Server::ready(&["--config", file.to_str().unwrap()]);
    let count =
        server.get("/collections/bezirke/items?limit=1").json()["numberMatched"].as_u64().unwrap() as usize;
    let status = |vertices: usize| {
        let filter = format!("S_CROSSES(geom,{})", zigzag(vertices, 0.0, 0.06 / vertices as f64));
        let body = json!({"filter": filter, "filter-lang": "cql2-text"});
        server.post("/collections/bezirke/items/search", &body).status
    };
    assert_eq!((status(1000 / count), status(1000 / count + 1)), (200, 400), "{count} areas");
}
