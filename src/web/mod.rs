//! HTTP, and only here: routes, parameters, links, pages, problems.
//!
//! A handler asks [`open`] for a collection (and so `access` for a permit), `layer` or `tile` for the
//! answer, `encode` for the bytes. It holds one [`World`](crate::layer::World) from beginning to end.

pub mod admission;
pub mod assets;
pub mod changes;
pub mod coding;
pub mod collections;
pub mod conditional;
pub mod freshness;
pub mod health;
pub mod items;
pub mod landing;
pub mod links;
pub mod listen;
pub mod metrics;
pub mod negotiate;
pub mod open;
pub mod openrouteservice;
pub mod pages;
pub mod parameters;
pub mod path;
pub mod problem;
pub mod processes;
pub mod results;
pub mod search;
pub mod shell;
pub mod state;
pub mod tile_cache;
pub mod tiles;

use std::sync::Arc;

use axum::Router;
use axum::middleware;
use axum::routing::get;
use tower_http::compression::{CompressionLayer, CompressionLevel};

pub use state::App;

/// All routes but tiles (`/xyz/…`), one a line, with who asks for them. Tiles are asked for most and go their
/// own, shorter way: [`shell`] hands them to [`tiles::get`].
pub fn router(app: Arc<App>) -> Router {
    Router::new()
        // Browsers get the map; API clients the OGC landing page.
        .route("/", get(landing::get))
        .route("/conformance", get(landing::conformance))
        // The map's own files.
        .route("/assets/{*path}", get(assets::get))
        // The map page, QGIS and scripts.
        .route("/collections", get(collections::list))
        .route("/collections/{id}", get(collections::one))
        .route("/collections/{id}/items", get(items::list))
        .route("/collections/{id}/items/{fid}", get(items::one))
        // Maps that show each change at once.
        .route("/changes", get(changes::get))
        // Planners: the page, what can be asked, and the answers.
        .route("/planung", get(assets::planning_page))
        .route("/processes", get(processes::list))
        .route("/processes/{id}", get(processes::describe))
        .route("/processes/{id}/execution", get(processes::get).post(processes::post))
        // Answers given, again and as tiles: links in papers, maps.
        .route("/results/{id}", get(results::get))
        .route("/results/{id}/xyz.json", get(results::tilejson))
        .route("/results/{id}/xyz/{z}/{x}/{y}", get(results::tile))
        .route("/search", get(search::get))
        // Clients of openrouteservice.
        .route("/v2/isochrones/{profile}/geojson", axum::routing::post(openrouteservice::isochrones))
        .route("/v2/matrix/{profile}/json", axum::routing::post(openrouteservice::matrix::matrix_of))
        // Load balancers and systemd: is the process there, and has it got its data?
        .route("/health", get(health::health))
        .route("/ready", get(health::ready))
        // Prometheus.
        .route("/metrics", get(metrics::get))
        .fallback(async || problem::not_found("there is nothing at this address"))
        .method_not_allowed_fallback(async || problem::method_not_allowed())
        .layer(middleware::from_fn_with_state(app.clone(), admission::admit))
        .layer(CompressionLayer::new().quality(CompressionLevel::Fastest))
        .with_state(app)
}
