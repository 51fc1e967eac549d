//! The rows of the matrix: every route of the router, and what is asked there.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use veedel::web::routes::ADDRESSES;

/// A question at a route. `{id}` stands for each collection, `{column}` for each of its columns.
pub struct Row {
    /// The route of the router.
    pub route: &'static str,
    pub path: &'static str,
    /// The statuses that are right where everything that is named is seen.
    pub seen: &'static [u16],
    /// Those that are right where the collection or the column is not.
    pub hidden: &'static [u16],
}

const DONE: &[u16] = &[200];
const TILE: &[u16] = &[200, 204];
const NONE: &[u16] = &[404];
/// What names a column that does not exist, in a collection that may not exist either.
const WRONG: &[u16] = &[400, 404];
/// Planning with a collection that is not in memory, or not a part of planning.
const PLANNED: &[u16] = &[200, 400, 404];

const fn row(route: &'static str, path: &'static str) -> Row {
    Row { route, path, seen: DONE, hidden: NONE }
}

const fn of(route: &'static str, path: &'static str, seen: &'static [u16], hidden: &'static [u16]) -> Row {
    Row { route, path, seen, hidden }
}

const ITEMS: &str = "/collections/{collectionId}/items";
/// Rows that stay in the database are not summed up.
pub const SUMS: &str = "/collections/{collectionId}/aggregate";
const FILE: &str = "/collections/{collectionId}/{file}";
const COLLECTION_TILE: &str =
    "/collections/{collectionId}/tiles/{tileMatrixSetId}/{tileMatrix}/{tileRow}/{tileCol}";
const TILE_OF_ALL: &str = "/tiles/{tileMatrixSetId}/{tileMatrix}/{tileRow}/{tileCol}";
const XYZ: &str = "/xyz/{collections}/{z}/{x}/{y}";
const EXECUTION: &str = "/processes/{processId}/execution";

/// What is about one collection, or about one of its columns.
pub const OF_COLLECTIONS: &[Row] = &[
    row("/collections/{collectionId}", "/collections/{id}"),
    row("/collections/{collectionId}", "/collections/{id}?f=html&lang=de"),
    row("/collections/{collectionId}/schema", "/collections/{id}/schema"),
    row("/collections/{collectionId}/queryables", "/collections/{id}/queryables"),
    row("/collections/{collectionId}/sortables", "/collections/{id}/sortables"),
    row(ITEMS, "/collections/{id}/items"),
    row(ITEMS, "/collections/{id}/items?f=jsonfg&limit=100"),
    row(ITEMS, "/collections/{id}/items?q=zuflucht&limit=100"),
    row(ITEMS, "/collections/{id}/items?bbox=7.44,50.71,7.45,50.73&limit=100"),
    of(ITEMS, "/collections/{id}/items?properties={column}&limit=9", DONE, WRONG),
    of(ITEMS, "/collections/{id}/items?sortby=-{column}&limit=9", DONE, WRONG),
    of(ITEMS, "/collections/{id}/items?filter={column}%20IS%20NOT%20NULL&limit=9", DONE, WRONG),
    row(SUMS, "/collections/{id}/aggregate"),
    row(SUMS, "/collections/{id}/aggregate?group-by-area=viertel"),
    of(SUMS, "/collections/{id}/aggregate?group-by={column}&aggregate=count,min({column})", DONE, WRONG),
    of(
        "/collections/{collectionId}/aggregate",
        "/collections/viertel/aggregate?group-by-area={id}",
        &[200, 400],
        WRONG,
    ),
    row("/collections/{collectionId}/tiles", "/collections/{id}/tiles"),
    row("/collections/{collectionId}/tiles/{tileMatrixSetId}", "/collections/{id}/tiles/WebMercatorQuad"),
    of(COLLECTION_TILE, "/collections/{id}/tiles/WebMercatorQuad/0/0/0", TILE, NONE),
    row(FILE, "/collections/{id}/download.csv"),
    row(FILE, "/collections/{id}/download.fg.json"),
    row(FILE, "/collections/{id}/download.geojsonl"),
    row("/collections/catalog/items/{recordId}", "/collections/catalog/items/{id}"),
    of(TILE_OF_ALL, "/tiles/WebMercatorQuad/0/0/0?collections={id}", TILE, WRONG),
    of(XYZ, "/xyz/{id}/0/0/0", TILE, NONE),
    // Points have no labels of their own.
    of(XYZ, "/xyz/{id}:labels/0/0/0", &[200, 204, 404], NONE),
    of(XYZ, "/xyz/offen,{id}/11/1066/688", TILE, NONE),
    of(XYZ, "/xyz/{id}/11/1066/688?filter={column}%20IS%20NULL", TILE, WRONG),
    row("/xyz/{collections}.json", "/xyz/{id}.json"),
    row("/xyz/{collections}.json", "/xyz/{id},offen.json"),
    row("/styles/{styleId}", "/styles/{id}"),
    of("/styles/{styleId}", "/styles/light?collections={id}", DONE, WRONG),
    row("/styles/{styleId}/legend", "/styles/{id}/legend"),
    of(EXECUTION, "/processes/coverage/execution?facilities={id}&distance=300&by=viertel", PLANNED, WRONG),
    of(EXECUTION, "/processes/nearest/execution?facilities={id}&point=7.45,50.722&k=9", PLANNED, WRONG),
];

/// What is about all collections, or about none.
pub const OF_ALL: &[Row] = &[
    row("/", "/"),
    row("/", "/?f=html&lang=de"),
    row("/api", "/api"),
    row("/conformance", "/conformance"),
    row("/functions", "/functions"),
    row("/collections", "/collections"),
    row("/collections", "/collections?f=html&lang=de"),
    row("/catalog", "/catalog"),
    row("/catalog", "/catalog?f=ttl"),
    row("/collections/catalog", "/collections/catalog"),
    row("/collections/catalog/items", "/collections/catalog/items?limit=100"),
    row("/collections/catalog/items", "/collections/catalog/items?q=geschuetzt,zeilen"),
    row("/tiles", "/tiles"),
    row("/tiles/{tileMatrixSetId}", "/tiles/WebMercatorQuad"),
    of(TILE_OF_ALL, "/tiles/WebMercatorQuad/11/688/1066", TILE, NONE),
    row("/tileMatrixSets", "/tileMatrixSets"),
    row("/tileMatrixSets/{tileMatrixSetId}", "/tileMatrixSets/WebMercatorQuad"),
    row("/styles", "/styles"),
    row("/sprites", "/sprites"),
    row("/sprites/{file}", "/sprites/veedel.json"),
    row("/fonts", "/fonts"),
    row("/fonts/{fontstack}/{range}", "/fonts/Noto%20Sans%20Regular/0-255.pbf"),
    row("/planung", "/planung"),
    row("/processes", "/processes"),
    row("/processes/{processId}", "/processes/coverage"),
    of(EXECUTION, "/processes/coverage/execution?type=hilfe&distance=300", PLANNED, WRONG),
    of(EXECUTION, "/processes/profile/execution?area=Viertel%201&f=csv", PLANNED, WRONG),
    of(EXECUTION, "/processes/supply/execution?facilities=zeilen&by=all", PLANNED, WRONG),
    row("/search", "/search?q=Zuflucht"),
    row("/search", "/search?q=Weg%203"),
    row("/assets/{*path}", "/assets/page.css"),
    row("/health", "/health"),
    row("/ready", "/ready"),
];

/// What is asked by a body: route, path, body, and the statuses that are right where `{id}` is
/// seen. Without `{id}` they are asked once.
pub fn by_body() -> Vec<(Row, Value)> {
    let search = "/collections/{collectionId}/items/search";
    let coverage = json!({ "inputs": { "facilities": { "collection": "{id}" }, "distance": 300 } });
    vec![
        (row(search, "/collections/{id}/items/search"), json!({ "limit": 100 })),
        (of(EXECUTION, "/processes/coverage/execution", PLANNED, WRONG), coverage),
        (
            row("/v2/isochrones/{profile}/geojson", "/v2/isochrones/foot-walking/geojson"),
            json!({ "locations": [[7.45, 50.722]], "range": [300], "range_type": "distance", "persons": false }),
        ),
        (
            row("/v2/matrix/{profile}/json", "/v2/matrix/foot-walking/json"),
            json!({ "locations": [[7.445, 50.722], [7.45, 50.722]], "metrics": ["distance"] }),
        ),
    ]
}

/// A route that is asked in a way of its own, with the path at which strangers are refused.
pub const OTHERWISE: &[(&str, &str)] = &[
    ("/changes", "/changes"),
    ("/collections/{collectionId}/items/{*featureId}", "/collections/zeilen/items/k5"),
    ("/metrics", "/metrics"),
    ("/results/{resultId}", "/results/0"),
    ("/results/{resultId}/xyz.json", "/results/0/xyz.json"),
    ("/results/{resultId}/xyz/{z}/{x}/{y}", "/results/0/xyz/0/0/0"),
];

#[test]
fn every_route_of_the_router_is_a_row_of_the_matrix() {
    let bodies = by_body();
    let read: BTreeSet<&str> = OF_COLLECTIONS
        .iter()
        .chain(OF_ALL)
        .map(|row| row.route)
        .chain(OTHERWISE.iter().map(|(route, _)| *route))
        .collect();
    let sent: BTreeSet<&str> = bodies.iter().map(|(row, _)| row.route).collect();
    let mut missing = vec![];
    for address in ADDRESSES.iter() {
        for method in address.operations.iter().flat_map(|operation| operation.verb.methods()) {
            let rows = if *method == "POST" { &sent } else { &read };
            if !rows.contains(address.path) {
                missing.push(format!("{method} {}", address.path));
            }
        }
    }
    assert!(missing.is_empty(), "without a row: {missing:?}");
    let known: BTreeSet<&str> = ADDRESSES.iter().map(|address| address.path).collect();
    let gone: Vec<&&str> = read.union(&sent).filter(|route| !known.contains(**route)).collect();
    assert!(gone.is_empty(), "no routes: {gone:?}");
}
