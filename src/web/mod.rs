//! HTTP, and only here: routes, parameters, links, pages, problems.
//!
//! A handler asks [`open`] for a collection (and so `access` for a permit), `layer` or `tile` for the
//! answer, `encode` for the bytes. It holds one [`World`](crate::layer::World) from beginning to end.

pub mod admission;
pub mod aggregate;
pub mod assets;
mod awake;
pub mod catalog;
pub mod changes;
pub mod client;
pub mod coding;
pub mod collections;
pub mod conditional;
pub mod conformance;
pub mod download;
pub mod feature_stream;
pub mod file_stream;
pub mod freshness;
pub mod functions;
pub mod head;
pub mod health;
pub mod item_format;
pub mod items;
pub mod items_page;
pub mod items_search;
pub mod kept_files;
pub mod landing;
pub mod links;
pub mod listen;
pub mod metrics;
pub mod negotiate;
pub mod openapi;
pub mod openrouteservice;
pub mod operator;
pub mod pages;
pub mod parameters;
pub mod path;
pub mod probes;
pub mod problem;
pub mod processes;
pub mod question;
pub mod request;
pub mod results;
pub mod routes;
pub mod rows;
pub mod schema;
pub mod search;
pub mod sent_again;
pub mod shares;
pub mod shell;
pub mod state;
pub mod taking;
pub mod threads;
pub mod tile_cache;
pub mod tiles;

use std::sync::Arc;

use axum::Router;
use axum::http::{Extensions, HeaderMap, StatusCode, Uri, Version, header};
use axum::middleware;
use axum::routing::{get, post};
use tower_http::compression::predicate::{DefaultPredicate, Predicate};
use tower_http::compression::{CompressionLayer, CompressionLevel};

use self::openapi::{catalog as records, downloads, features, others, planning};
use self::routes::Route;

pub use request::Request;
pub use state::App;

/// All addresses, one a line, with who asks for them and what they say of themselves in `/api`.
pub fn routes() -> Vec<Route> {
    vec![
        // Browsers get the map; API clients the OGC landing page.
        Route::new("/", get(landing::get), &[features::LANDING]),
        Route::new("/api", get(openapi::get), &[features::API]),
        Route::new("/conformance", get(conformance::get), &[features::CONFORMANCE]),
        Route::new("/functions", get(functions::get), &[features::FUNCTIONS]),
        // The map page, QGIS and scripts.
        Route::new("/collections", get(collections::list), &[features::COLLECTIONS]),
        Route::new("/collections/{collectionId}", get(collections::one), &[features::COLLECTION]),
        Route::new("/collections/{collectionId}/schema", get(schema::get), &[features::SCHEMA_OF]),
        Route::new("/collections/{collectionId}/queryables", get(schema::get), &[features::QUERYABLES]),
        Route::new("/collections/{collectionId}/sortables", get(schema::get), &[features::SORTABLES]),
        Route::new("/collections/{collectionId}/items", get(items::list), &[features::ITEMS]),
        Route::new(
            "/collections/{collectionId}/items/search",
            post(items_search::post),
            &[features::SEARCH_ITEMS],
        ),
        // An id may hold a slash, and proxies decode `%2F`.
        Route::new("/collections/{collectionId}/items/{*featureId}", get(items::one), &[features::ITEM]),
        // Planners: counts and sums by columns and by areas.
        Route::new("/collections/{collectionId}/aggregate", get(aggregate::get), &[downloads::AGGREGATE]),
        // Scripts, GDAL and people who want all of it: download.csv, download.gpkg and so on.
        Route::new("/collections/{collectionId}/{file}", get(download::get), &[downloads::DOWNLOAD]),
        // Catalogues that gather from this one: GovData, Open.NRW; people who look for data.
        Route::new("/catalog", get(catalog::get), &[records::CATALOG]),
        Route::new("/collections/catalog", get(catalog::get), &[records::RECORD_COLLECTION]),
        Route::new("/collections/catalog/items", get(catalog::items), &[records::RECORDS]),
        Route::new("/collections/catalog/items/{recordId}", get(catalog::item), &[records::RECORD]),
        // Maps that show each change at once.
        Route::new(changes::PATH, get(changes::get), &[others::CHANGES]),
        // Maps. Tiles are asked for most and go a shorter way: `shell` hands them to `tiles::get`.
        Route::before_router("/xyz/{collections}/{z}/{x}/{y}", &[others::TILE]),
        Route::before_router("/xyz/{collections}.json", &[others::TILEJSON]),
        // Planners: the page, what can be asked, and the answers.
        Route::new("/planung", get(assets::planning_page), &[planning::PLANNING_PAGE]),
        Route::new("/processes", get(processes::list), &[planning::PROCESS_LIST]),
        Route::new("/processes/{processId}", get(processes::describe), &[planning::PROCESS]),
        Route::new(
            "/processes/{processId}/execution",
            get(processes::get).post(processes::post),
            &[planning::ASK, planning::EXECUTE],
        ),
        // Answers given, again and as tiles: links in papers, maps.
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
        // The pages' own files.
        Route::new("/assets/{*path}", get(assets::get), &[others::ASSET]),
        // Load balancers and systemd: is the process there, and has it got its data?
        Route::new("/health", get(health::health), &[others::HEALTH]),
        Route::new("/ready", get(health::ready), &[others::READY]),
        // Prometheus.
        Route::new("/metrics", get(metrics::get), &[others::METRICS]),
    ]
}

/// The router of all addresses.
pub fn router(app: Arc<App>) -> Router {
    routes()
        .into_iter()
        .fold(Router::new(), |router, route| route.put_into(router))
        .fallback(async || problem::not_found("there is nothing at this address"))
        .method_not_allowed_fallback(async |uri: Uri| problem::method_not_allowed(uri.path()))
        .layer(middleware::from_fn_with_state(app, admission::admit))
        .layer(
            CompressionLayer::new()
                .quality(CompressionLevel::Fastest)
                .compress_when(DefaultPredicate::new().and(is_packed)),
        )
}

/// Whether an answer is packed for those who take it so: not what parts can be asked of, which are
/// parts of it as it is.
fn is_packed(_: StatusCode, _: Version, headers: &HeaderMap, _: &Extensions) -> bool {
    !headers.contains_key(header::ACCEPT_RANGES)
}
