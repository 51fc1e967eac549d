//! The questions: for each route the dearest request that stays within every limit.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::data::rows;
use crate::server::Server;

/// A request and what it may be answered with.
pub struct Question {
    /// What it is, for whoever reads that it failed.
    pub name: String,
    /// The route of `/api` that it asks.
    pub route: &'static str,
    /// The address, path and query.
    pub path: String,
    /// The body of a POST.
    pub body: Option<String>,
    /// The statuses that are right.
    pub right: &'static [u16],
}

/// A request that is done in time, or ended by it, or refused before it begins.
const ANY: &[u16] = &[200, 204, 400, 504];
/// The same of a database, whose connections are few.
const DIRECT: &[u16] = &[200, 204, 400, 503, 504];
const DONE: &[u16] = &[200];
const REFUSED: &[u16] = &[400];

const MIDDLE: [f64; 2] = [355_500.0, 5_640_500.0];

fn around(points: impl Iterator<Item = (f64, f64)>) -> Vec<String> {
    points.map(|(x, y)| format!("{:.1} {:.1}", MIDDLE[0] + x, MIDDLE[1] + y)).collect()
}

fn closed(mut points: Vec<String>) -> String {
    points.extend(points.first().cloned());
    format!("POLYGON(({}))", points.join(","))
}

/// A polygon of long spikes.
fn spikes(count: usize) -> String {
    let spike = |number: usize| {
        let angle = std::f64::consts::TAU * number as f64 / count as f64;
        let radius = if number.is_multiple_of(2) { 5_400.0 } else { 300.0 };
        (radius * angle.cos(), radius * angle.sin())
    };
    closed(around((0..count).map(spike)))
}

/// A comb whose teeth are as long as the layer is high.
fn comb(count: usize) -> String {
    let tooth = |number: usize| {
        let x = 11_000.0 * number as f64 / count as f64 - 5_500.0;
        (x, if number.is_multiple_of(2) { -500.0 } else { 480.0 })
    };
    let teeth = (0..count).map(tooth).chain([(5_500.0, 600.0), (-5_500.0, 600.0)]);
    closed(around(teeth))
}

/// A line that crosses itself as often as a line can.
fn star(count: usize) -> String {
    let corner = |number: usize| {
        let angle = std::f64::consts::PI * (count as f64 - 1.0) / count as f64 * number as f64;
        (5_000.0 * angle.cos(), 5_000.0 * angle.sin())
    };
    format!("LINESTRING({})", around((0..count).map(corner)).join(","))
}

/// A search by body.
fn search(name: &str, collection: &str, filter: &str, right: &'static [u16]) -> Question {
    let body = json!({
        "filter": filter, "filter-lang": "cql2-text", "limit": 10,
        "filter-crs": "http://www.opengis.net/def/crs/EPSG/0/25832",
    });
    Question {
        name: format!("{name} on {collection}"),
        route: "/collections/{collectionId}/items/search",
        path: format!("/collections/{collection}/items/search"),
        body: Some(body.to_string()),
        right,
    }
}

/// A search that goes on from a place in the order of two columns, as the links of pages do.
fn search_from(collection: &str, filter: &str, right: &'static [u16]) -> Question {
    let place = json!(["f", "15000", ["t80", format!("n{}", 5000.0_f64.to_bits())]]);
    let cursor = URL_SAFE_NO_PAD.encode(place.to_string());
    let body = json!({ "filter": filter, "cursor": cursor, "sortby": "name,-wert", "limit": 10_000 });
    Question {
        name: format!("the next page on {collection}"),
        body: Some(body.to_string()),
        ..search("", collection, filter, right)
    }
}

fn get(route: &'static str, path: String, right: &'static [u16]) -> Question {
    let name = if path.len() > 120 { format!("{}…", &path[..120]) } else { path.clone() };
    Question { name, route, path, body: None, right }
}

fn ask(route: &'static str, path: &str, body: Value, right: &'static [u16]) -> Question {
    Question {
        name: format!("{path} {body:.100}"),
        route,
        path: path.into(),
        body: Some(body.to_string()),
        right,
    }
}

/// A text as it may stand in a query.
fn encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' => char::from(byte).to_string(),
            _ => format!("%{byte:02X}"),
        })
        .collect()
}

/// Spatial relations with geometries as bad as can be.
fn relations() -> Vec<Question> {
    let mut all = vec![];
    let names = ["INTERSECTS", "DISJOINT", "EQUALS", "TOUCHES", "WITHIN", "OVERLAPS", "CROSSES", "CONTAINS"];
    let shapes = [
        ("spikes", spikes(9_990)),
        ("a comb", comb(9_990)),
        ("a star", star(2_600)),
        ("a small star", star(45)),
    ];
    for relation in names {
        for (shape, wkt) in &shapes {
            let filter = format!("S_{relation}(g,{wkt})");
            all.push(search(&format!("{relation} {shape}"), "viele", &filter, ANY));
        }
        let itself = format!("S_{relation}(g,g)");
        all.push(search(&itself, "viele", &itself, ANY));
        let many: Vec<String> = (0..90).map(|_| format!("S_{relation}(g,{})", comb(100))).collect();
        all.push(search(&format!("{relation} ninety times"), "viele", &many.join(" AND NOT "), ANY));
    }
    for collection in ["klein", "direkt"] {
        all.push(search(
            "CROSSES a star",
            collection,
            &format!("S_CROSSES({},POINT(1 1))", star(2_600)),
            ANY,
        ));
        all.push(search("a star", collection, &format!("S_CROSSES(g,{})", star(2_600)), ANY));
    }
    all.push(search("two stars", "klein", &format!("S_TOUCHES({},{})", star(1_300), star(1_301)), REFUSED));
    all
}

/// Conditions on values.
fn conditions() -> Vec<Question> {
    let like = format!("t LIKE '%_{}_x%'", "ab".repeat(900));
    let folded = format!("CASEI(ACCENTI(t)) LIKE CASEI('%_{}_x%')", "ab".repeat(450));
    let items = (0..900).map(|number| format!("'{number}'")).collect::<Vec<_>>().join(",");
    let all = (0..300).map(|_| "S_DISJOINT(g,g)").collect::<Vec<_>>().join(" OR ");
    let arithmetic =
        (0..300).map(|number| format!("wert * {number} - wert / 3 = 0.5")).collect::<Vec<_>>().join(" OR ");
    vec![
        search("LIKE", "texte", &like, ANY),
        search("LIKE folded", "texte", &folded, ANY),
        search("IN", "texte", &format!("CASEI(t) IN ({items})"), ANY),
        search("three hundred relations", "viele", &all, ANY),
        search("three hundred sums", "viele", &arithmetic, ANY),
        search(
            "arrays",
            "viele",
            "NOT A_CONTAINS(marken,('a1','b')) AND NOT A_OVERLAPS(marken,('a2','a3'))",
            ANY,
        ),
        search_from("viele", "NOT CASEI(name) LIKE '%a%b%'", ANY),
        search_from("direkt", "NOT CASEI(name) LIKE '%a%b%'", DIRECT),
        search("LIKE", "direkt", &format!("name LIKE '%_{}_x%'", "ab".repeat(900)), ANY),
    ]
}

/// Pages, files and sums of many rows.
fn features() -> Vec<Question> {
    let items = "/collections/{collectionId}/items";
    let file = "/collections/{collectionId}/{file}";
    let sums = "/collections/{collectionId}/aggregate";
    let star = encoded(&format!("S_CROSSES(g,{})", star(45)));
    let crs = "filter-crs=http://www.opengis.net/def/crs/EPSG/0/25832";
    let mut all = vec![
        get(items, "/collections/viele/items?limit=10000&sortby=art,name,-wert".into(), ANY),
        get(items, "/collections/texte/items?limit=10000&sortby=-t".into(), ANY),
        get(items, "/collections/viele/items?q=abc,def,123,456,789,a1b,c2d,e3f".into(), ANY),
        get(items, "/collections/texte/items?q=abababx,bababay".into(), ANY),
        get(items, format!("/collections/viele/items?{crs}&filter={star}"), ANY),
        get(items, "/collections/viele/items?f=html&limit=1000&sortby=name".into(), ANY),
        get(items, "/collections/viele/items?f=gpkg&limit=10000".into(), ANY),
        get(items, "/collections/viele/items?f=fgb&limit=10000&crs=http://www.opengis.net/def/crs/EPSG/0/3857".into(), ANY),
        get(items, "/collections/direkt/items?limit=10000&sortby=name".into(), ANY),
        get(sums, "/collections/viele/aggregate?group-by=art,tag&aggregate=sum(zahl),avg(wert),median(wert),min(name),max(name)".into(), ANY),
        get(sums, "/collections/viele/aggregate?group-by=name&aggregate=count".into(), &[413, 504]),
        get(sums, "/collections/texte/aggregate?group-by=t".into(), &[200, 413, 504]),
        get(sums, "/collections/viele/aggregate?group-by-area=gebiete".into(), ANY),
        get(sums, format!("/collections/viele/aggregate?group-by=art&f=xlsx&{crs}&filter={star}"), ANY),
        get("/collections/{collectionId}/items/{featureId}", "/collections/gebiete/items/4".into(), DONE),
    ];
    for ending in ["geojson", "csv", "ndjson", "geojsonseq", "fgb", "gpkg", "jsonfg"] {
        all.push(get(file, format!("/collections/viele/download.{ending}"), &[200, 404, 504]));
        all.push(get(
            file,
            format!("/collections/direkt/download.{ending}?sortby=name"),
            &[200, 404, 503, 504],
        ));
    }
    all
}

/// Tiles, with and without filters.
fn tiles() -> Vec<Question> {
    let tile = "/xyz/{collections}/{z}/{x}/{y}";
    let like = encoded(&format!("t LIKE '%_{}_x%'", "ab".repeat(900)));
    let crosses = encoded(&format!("S_CROSSES(g,{})", star(200)));
    let touches = encoded(&format!("S_TOUCHES(g,{})", comb(150)));
    let crs = "filter-crs=http://www.opengis.net/def/crs/EPSG/0/25832";
    let sixteen = (0..16).map(|number| format!("teil_{number}")).collect::<Vec<_>>().join(",");
    let mut all =
        vec![get("/xyz/{collections}.json", format!("/xyz/viele.json?{crs}&filter={touches}"), DONE)];
    for [z, x, y] in [[6, 33, 21], [9, 265, 171], [11, 1063, 686], [12, 2127, 1373], [14, 8508, 5492]] {
        all.push(get(tile, format!("/xyz/viele/{z}/{x}/{y}"), ANY));
        all.push(get(tile, format!("/xyz/viele:labels,gebiete:labels/{z}/{x}/{y}"), ANY));
        all.push(get(tile, format!("/xyz/texte/{z}/{x}/{y}?filter={like}"), ANY));
        all.push(get(tile, format!("/xyz/viele/{z}/{x}/{y}?{crs}&filter={crosses}"), ANY));
        all.push(get(
            tile,
            format!("/xyz/viele:labels,klein,gebiete/{z}/{x}/{y}?{crs}&filter={touches}"),
            ANY,
        ));
        all.push(get(tile, format!("/xyz/{sixteen}/{z}/{x}/{y}?{crs}&filter={touches}"), ANY));
        all.push(get(tile, format!("/xyz/direkt/{z}/{x}/{y}?{crs}&filter={touches}"), DIRECT));
        let set = format!("WebMercatorQuad/{z}/{y}/{x}");
        all.push(get(
            "/collections/{collectionId}/tiles/{tileMatrixSetId}/{tileMatrix}/{tileRow}/{tileCol}",
            format!("/collections/viele/tiles/{set}?{crs}&filter={crosses}"),
            &[200, 204, 400, 404, 504],
        ));
        let of_dataset = "/tiles/{tileMatrixSetId}/{tileMatrix}/{tileRow}/{tileCol}";
        all.push(get(of_dataset, format!("/tiles/{set}"), &[200, 204, 404, 503, 504]));
        let chosen = format!("/tiles/{set}?collections={sixteen}&{crs}&filter={touches}");
        all.push(get(of_dataset, chosen, &[200, 204, 400, 404, 504]));
    }
    let of_collection = "/collections/{collectionId}/tiles/{tileMatrixSetId}";
    let tileset = format!("/collections/viele/tiles/WebMercatorQuad?{crs}&filter={touches}");
    all.push(get(of_collection, tileset, DONE));
    all.push(get("/tiles/{tileMatrixSetId}", "/tiles/WebMercatorQuad".into(), &[200, 503, 504]));
    all
}

/// Questions of planning.
fn planning() -> Vec<Question> {
    let execution = "/processes/{processId}/execution";
    let run = |process: &str, inputs: Value| {
        ask(
            execution,
            &format!("/processes/{process}/execution"),
            json!({ "inputs": inputs }),
            &[200, 400, 404, 504],
        )
    };
    let ring: Vec<[f64; 2]> = (0..=900)
        .map(|number| {
            let angle = std::f64::consts::TAU * f64::from(number % 900) / 900.0;
            let radius = if number % 2 == 0 { 0.02 } else { 0.018 };
            [7.476 + radius * angle.cos(), 50.74 + radius * angle.sin()]
        })
        .collect();
    let places: Vec<[f64; 2]> = (0..50).map(|number| [7.466 + f64::from(number) * 0.0004, 50.74]).collect();
    let like = format!("name LIKE '%_{}_x%'", "ab".repeat(900));
    let day_care = |filter: &str| json!({ "collection": "kitas", "filter": filter });
    let corner = |number: u32| {
        let angle = std::f64::consts::PI * 44.0 / 45.0 * f64::from(number);
        format!("{:.6} {:.6}", 7.476 + 0.05 * angle.cos(), 50.74 + 0.05 * angle.sin())
    };
    let star = (0..45).map(corner).collect::<Vec<_>>().join(",");
    let dear = [day_care(&like), day_care(&format!("NOT S_TOUCHES(geom,LINESTRING({star}))"))];
    let (all_of_them, within) = (json!({ "collection": "kitas" }), json!({ "distance": 500 }));
    let mut all = vec![];
    for facilities in &dear {
        all.push(run("coverage", json!({ "facilities": facilities, "within": within })));
        all.push(run("siting", json!({ "facilities": facilities, "within": within, "p": 3 })));
        all.push(run("nearest", json!({ "facilities": facilities, "by": "viertel" })));
        all.push(run("supply", json!({ "facilities": facilities })));
        all.push(run("reach", json!({ "facilities": facilities, "within": within })));
    }
    all.extend([
        run("siting", json!({ "facilities": all_of_them, "within": { "distance": 2000 }, "p": 10 })),
        run("coverage", json!({ "facilities": all_of_them, "within": within, "by": "viertel" })),
        run("supply", json!({ "facilities": all_of_them, "by": "viertel" })),
        run("profile", json!({ "polygon": { "type": "Polygon", "coordinates": [ring] } })),
        run(
            "reach",
            json!({ "points": places, "within": { "distance": [500, 1000, 2000] }, "persons": false }),
        ),
        ask(
            "/v2/isochrones/{profile}/geojson",
            "/v2/isochrones/foot-walking/geojson",
            json!({ "locations": &places[..5], "range": [1200], "interval": 300, "range_type": "distance" }),
            &[200, 400, 504],
        ),
        ask(
            "/v2/matrix/{profile}/json",
            "/v2/matrix/foot-walking/json",
            json!({ "locations": places, "metrics": ["distance"] }),
            &[200, 400, 504],
        ),
        get("/search", "/search?q=Hauptstrassenbahnhofsvorplatzweg%2012".into(), DONE),
        get("/processes", "/processes".into(), DONE),
        get("/processes/{processId}", "/processes/coverage".into(), DONE),
    ]);
    all
}

/// What describes the rest, and pages.
fn documents() -> Vec<Question> {
    let drawn = [
        ("/styles", "/styles"),
        ("/styles/{styleId}", "/styles/light?collections=viele"),
        ("/styles/{styleId}/legend", "/styles/viele/legend?f=svg"),
        ("/sprites", "/sprites"),
        ("/sprites/{file}", "/sprites/veedel@2x.png"),
        ("/fonts", "/fonts"),
        ("/fonts/{fontstack}/{range}", "/fonts/Noto%20Sans%20Bold,Noto%20Sans%20Regular/1024-1279.pbf"),
    ];
    let drawn = drawn.map(|(route, path)| get(route, path.into(), &[200, 503, 504]));
    [
        ("/", "/"),
        ("/api", "/api"),
        ("/conformance", "/conformance"),
        ("/functions", "/functions"),
        ("/collections", "/collections"),
        ("/collections/{collectionId}", "/collections/viele"),
        ("/collections/{collectionId}/schema", "/collections/viele/schema"),
        ("/collections/{collectionId}/queryables", "/collections/viele/queryables"),
        ("/collections/{collectionId}/sortables", "/collections/viele/sortables"),
        ("/collections/{collectionId}/tiles", "/collections/viele/tiles"),
        ("/tiles", "/tiles"),
        ("/tileMatrixSets", "/tileMatrixSets"),
        ("/tileMatrixSets/{tileMatrixSetId}", "/tileMatrixSets/WebMercatorQuad"),
        ("/catalog", "/catalog?f=ttl"),
        ("/collections/catalog", "/collections/catalog"),
        ("/collections/catalog/items", "/collections/catalog/items?q=a,b,c,d,e,f"),
        ("/collections/catalog/items/{recordId}", "/collections/catalog/items/viele"),
        ("/planung", "/planung"),
        ("/assets/{path}", "/assets/none.js"),
        ("/health", "/health"),
        ("/ready", "/ready"),
        ("/metrics", "/metrics"),
    ]
    .into_iter()
    .map(|(route, path)| get(route, path.into(), &[200, 404, 406]))
    .chain(drawn)
    .collect()
}

/// All of them.
pub fn all() -> Vec<Question> {
    assert!(rows() >= 1000);
    [relations(), conditions(), features(), tiles(), planning(), documents()].into_iter().flatten().collect()
}

/// All of them, and what is asked of an answer that this server has given.
pub fn all_of(server: &Server) -> Vec<Question> {
    let given = server.get("/processes/coverage/execution?facilities=kitas&distance=200").json();
    let id = given["result"]["id"].as_str().unwrap();
    let (result, tiles) = ("/results/{resultId}", "/results/{resultId}/xyz/{z}/{x}/{y}");
    let mut all = all();
    for format in ["json", "geojson", "csv", "xlsx"] {
        all.push(get(result, format!("/results/{id}?f={format}"), &[200, 404, 406, 504]));
    }
    all.push(get("/results/{resultId}/xyz.json", format!("/results/{id}/xyz.json"), &[200, 404]));
    for [z, x, y] in [[0, 0, 0], [9, 266, 172], [14, 8532, 5503]] {
        all.push(get(tiles, format!("/results/{id}/xyz/{z}/{x}/{y}"), &[200, 204, 404, 504]));
    }
    all
}

/// The route that the suite asks otherwise: listening has an end of its own
/// (`a_thousand_who_listen_disturb_nobody`).
pub const OTHERWISE: [&str; 1] = ["/changes"];
