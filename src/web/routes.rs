//! The table of all addresses.
//!
//! The router, the header `Allow` and `/api` are made from it, so all three know the same
//! addresses.

use std::sync::LazyLock;

use axum::Router;
use axum::http::HeaderValue;
use axum::routing::{MethodRouter, get, post};

use crate::web::catalog;
use crate::web::features::{aggregate, changes, collections, download, items, items_search, schema};
use crate::web::openapi::address::{self, Address};
use crate::web::openapi::operation::Operation;
use crate::web::openapi::{
    self, catalog as records, downloads, features, others, planning, styles as drawing, tiles,
};
use crate::web::operations::{health, metrics};
use crate::web::planning::{openrouteservice, processes, results, search};
use crate::web::start::{assets, conformance, functions, landing};
use crate::web::styles::{documents, fonts, legends, sprites};
use crate::web::tiles::{tile_matrix_sets, tilesets};

/// Returns all addresses, each with its handler and its operations for `/api`. The comments name
/// the typical clients.
pub fn routes() -> Vec<Route> {
    vec![
        // Browsers, which get the map, and API clients, which get the OGC landing page.
        Route::new("/", get(landing::get), &[features::LANDING]),
        Route::new("/api", get(openapi::get), &[features::API]),
        Route::new("/conformance", get(conformance::get), &[features::CONFORMANCE]),
        Route::new("/functions", get(functions::get), &[features::FUNCTIONS]),
        // The map page, QGIS and scripts.
        Route::new("/collections", get(collections::list), &[features::COLLECTIONS]),
        Route::new("/collections/{collectionId}", get(collections::one), &[features::COLLECTION]),
        Route::new("/collections/{collectionId}/schema", get(schema::schema), &[features::SCHEMA_OF]),
        Route::new(
            "/collections/{collectionId}/queryables",
            get(schema::queryables),
            &[features::QUERYABLES],
        ),
        Route::new("/collections/{collectionId}/sortables", get(schema::sortables), &[features::SORTABLES]),
        Route::new("/collections/{collectionId}/items", get(items::list), &[features::ITEMS]),
        Route::new(
            "/collections/{collectionId}/items/search",
            post(items_search::post),
            &[features::SEARCH_ITEMS],
        ),
        // An id may contain a slash, and proxies decode `%2F`.
        Route::new("/collections/{collectionId}/items/{*featureId}", get(items::one), &[features::ITEM]),
        // Planners, who count and sum by columns and by areas.
        Route::new("/collections/{collectionId}/aggregate", get(aggregate::get), &[downloads::AGGREGATE]),
        Route::new(
            "/collections/{collectionId}/tiles",
            get(tilesets::of_collection_list),
            &[tiles::COLLECTION_TILESETS],
        ),
        Route::new(
            "/collections/{collectionId}/tiles/{tileMatrixSetId}",
            get(tilesets::of_collection_one),
            &[tiles::COLLECTION_TILESET],
        ),
        Route::before_router(
            "/collections/{collectionId}/tiles/{tileMatrixSetId}/{tileMatrix}/{tileRow}/{tileCol}",
            &[tiles::COLLECTION_TILE],
        ),
        // Scripts, GDAL, and people who want the whole collection: download.csv, download.gpkg and
        // so on.
        Route::new("/collections/{collectionId}/{file}", get(download::get), &[downloads::DOWNLOAD]),
        // Catalogues that harvest this one (GovData, Open.NRW), and people who look for data.
        Route::new("/catalog", get(catalog::get), &[records::CATALOG]),
        Route::new("/collections/catalog", get(catalog::get), &[records::RECORD_COLLECTION]),
        Route::new("/collections/catalog/items", get(catalog::items), &[records::RECORDS]),
        Route::new("/collections/catalog/items/{recordId}", get(catalog::item), &[records::RECORD]),
        // Maps that show each change at once.
        Route::new(changes::PATH, get(changes::get), &[others::CHANGES]),
        // Clients of OGC API – Tiles.
        Route::new("/tiles", get(tilesets::of_dataset_list), &[tiles::DATASET_TILESETS]),
        Route::new("/tiles/{tileMatrixSetId}", get(tilesets::of_dataset_one), &[tiles::DATASET_TILESET]),
        Route::before_router(
            "/tiles/{tileMatrixSetId}/{tileMatrix}/{tileRow}/{tileCol}",
            &[tiles::DATASET_TILE],
        ),
        Route::new("/tileMatrixSets", get(tile_matrix_sets::list), &[tiles::TILE_MATRIX_SETS]),
        Route::new(
            "/tileMatrixSets/{tileMatrixSetId}",
            get(tile_matrix_sets::one),
            &[tiles::TILE_MATRIX_SET],
        ),
        // Maps. Tiles are requested most, so `service` passes them to `tiles::get` without the
        // router.
        Route::before_router("/xyz/{collections}/{z}/{x}/{y}", &[others::TILE]),
        Route::before_router("/xyz/{collections}.json", &[others::TILEJSON]),
    ]
    .into_iter()
    .chain(map_routes())
    .chain(planning_routes())
    .chain(own_routes())
    .collect()
}

/// Returns the addresses of what maps are drawn with.
fn map_routes() -> Vec<Route> {
    vec![
        // Maps and QGIS.
        Route::new("/styles", get(documents::list), &[drawing::STYLES]),
        Route::new("/styles/{styleId}", get(documents::one), &[drawing::STYLE]),
        Route::new("/styles/{styleId}/legend", get(legends::get), &[drawing::LEGEND]),
        // MapLibre and editors of styles.
        Route::new("/sprites", get(sprites::list), &[drawing::SPRITES]),
        Route::new("/sprites/{file}", get(sprites::get), &[drawing::SPRITE]),
        Route::new("/fonts", get(fonts::list), &[drawing::FONTS]),
        Route::new("/fonts/{fontstack}/{range}", get(fonts::get), &[drawing::GLYPHS]),
    ]
}

/// Returns the addresses for planners: the page, the questions and the answers.
fn planning_routes() -> Vec<Route> {
    vec![
        Route::new("/planung", get(assets::planning_page), &[planning::PLANNING_PAGE]),
        Route::new("/processes", get(processes::list), &[planning::PROCESS_LIST]),
        Route::new("/processes/{processId}", get(processes::describe), &[planning::PROCESS]),
        Route::new(
            "/processes/{processId}/execution",
            get(processes::get).post(processes::post),
            &[planning::ASK, planning::EXECUTE],
        ),
        // Links in papers, and maps, which show kept answers.
        Route::new("/results/{resultId}", get(results::get), &[planning::RESULT]),
        Route::new("/results/{resultId}/xyz.json", get(results::tilejson), &[planning::RESULT_TILEJSON]),
        Route::new("/results/{resultId}/xyz/{z}/{x}/{y}", get(results::tile), &[planning::RESULT_TILE]),
        Route::new("/search", get(search::get), &[planning::SEARCH]),
        // Clients of openrouteservice.
        Route::new(
            "/v2/isochrones/{profile}/geojson",
            post(openrouteservice::isochrones),
            &[planning::ISOCHRONES],
        ),
        Route::new(
            "/v2/matrix/{profile}/json",
            post(openrouteservice::matrix::matrix_of),
            &[planning::MATRIX],
        ),
    ]
}

/// Returns the addresses for page files and monitoring.
fn own_routes() -> Vec<Route> {
    vec![
        Route::new("/assets/{*path}", get(assets::get), &[others::ASSET]),
        // Load balancers and systemd, which ask whether the process runs and has its data.
        Route::new("/health", get(health::health), &[others::HEALTH]),
        Route::new("/ready", get(health::ready), &[others::READY]),
        // Prometheus.
        Route::new("/metrics", get(metrics::get), &[others::METRICS]),
    ]
}

/// A row of the table.
pub struct Route {
    address: Address,
    handlers: Option<MethodRouter>,
}

/// All addresses, in the order of the OpenAPI document.
pub static ADDRESSES: LazyLock<Vec<Address>> =
    LazyLock::new(|| routes().into_iter().map(|route| route.address).collect());

impl Route {
    /// Creates an address that the router answers.
    pub fn new(path: &'static str, handlers: MethodRouter, operations: &'static [Operation]) -> Route {
        Route { address: Address { path, operations }, handlers: Some(handlers) }
    }

    /// Creates an address that is answered before the router ([`crate::web::server::service`]).
    pub fn before_router(path: &'static str, operations: &'static [Operation]) -> Route {
        Route { address: Address { path, operations }, handlers: None }
    }

    /// The path of the address.
    pub fn path(&self) -> &'static str {
        self.address.path
    }

    /// Adds the address to a router, unless it is answered before the router.
    pub fn put_into(self, router: Router) -> Router {
        match self.handlers {
            Some(handlers) => router.route(self.address.path, handlers),
            None => router,
        }
    }
}

/// Returns the header `Allow` of a path.
pub fn allowed(path: &str) -> HeaderValue {
    address::allowed(&ADDRESSES, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_allowed_is_what_the_table_says() {
        for (path, allow) in [
            ("/", "GET, HEAD, OPTIONS"),
            ("/collections/a/items/7", "GET, HEAD, OPTIONS"),
            ("/processes/coverage/execution", "GET, HEAD, POST, OPTIONS"),
            ("/v2/isochrones/foot-walking/geojson", "POST, OPTIONS"),
            ("/assets/a/b.js", "GET, HEAD, OPTIONS"),
            ("/nothing", "GET, HEAD, OPTIONS"),
        ] {
            assert_eq!(allowed(path), allow, "{path}");
        }
    }
}
