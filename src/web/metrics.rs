//! What is counted, for Prometheus (`/metrics`, OpenMetrics text).

use std::sync::atomic::AtomicU64;
use std::time::Duration;

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

use super::problem;
use super::request::Request;
use crate::error::printable;
use crate::layer;

/// What an address is for: the label `route`. Never the address itself, which may say where someone looked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Route {
    Tile,
    Items,
    Collections,
    Planning,
    Page,
    Health,
    Other,
}

const ROUTES: [&str; 7] = ["tile", "items", "collections", "planning", "page", "health", "other"];
const STATUSES: [&str; 4] = ["2xx", "3xx", "4xx", "5xx"];
/// Upper ends in seconds.
const BUCKETS: [f64; 11] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1.0, 5.0];

impl Route {
    /// The route of a path.
    pub fn of(path: &str) -> Route {
        let mut steps = path.split('/').skip(1);
        match (steps.next(), steps.nth(1)) {
            (Some("xyz"), _) => Route::Tile,
            (Some("collections"), Some("items")) => Route::Items,
            (Some("collections" | "conformance" | "api"), _) => Route::Collections,
            (Some("processes" | "results" | "v2" | "search"), _) => Route::Planning,
            (Some("" | "assets" | "planung"), _) => Route::Page,
            (Some("health" | "ready" | "metrics"), _) => Route::Health,
            _ => Route::Other,
        }
    }
}

/// The counters. Those of requests are laid out by route and status, so that counting looks nothing up.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    answers: [[Counter; STATUSES.len()]; ROUTES.len()],
    seconds: [Histogram; ROUTES.len()],
    /// Tiles that were ready to be sent.
    pub tiles_found: Counter,
    /// Those of them whose whole answer was ready.
    pub tiles_sent_again: Counter,
    /// Tiles that had to be made.
    pub tiles_made: Counter,
    /// Panics in requests, each a fault of ours.
    pub panics: Counter,
    /// Connections open now.
    pub connections: Gauge,
    /// Answers cut off, since their client took them too slowly.
    pub answers_cut: Counter,
}

type Labels = Vec<(&'static str, &'static str)>;

impl Metrics {
    /// All at zero.
    pub fn new() -> Metrics {
        let mut registry = Registry::with_prefix("veedel");
        let answers = Family::<Labels, Counter>::default();
        let histogram: fn() -> Histogram = || Histogram::new(BUCKETS);
        let seconds = Family::<Labels, Histogram, _>::new_with_constructor(histogram);
        let metrics = Metrics {
            answers: ROUTES.map(|route| {
                STATUSES
                    .map(|status| answers.get_or_create_owned(&vec![("route", route), ("status", status)]))
            }),
            seconds: ROUTES.map(|route| seconds.get_or_create_owned(&vec![("route", route)])),
            tiles_found: Counter::default(),
            tiles_sent_again: Counter::default(),
            tiles_made: Counter::default(),
            panics: Counter::default(),
            connections: Gauge::default(),
            answers_cut: Counter::default(),
            registry: Registry::default(),
        };
        registry.register("requests", "Requests answered", answers);
        let help = "Time until an answer began";
        registry.register_with_unit("request_duration", help, Unit::Seconds, seconds);
        let help = "Tiles sent as they were kept";
        registry.register("tile_cache_hits", help, metrics.tiles_found.clone());
        let help = "Tiles among these whose whole answer had been given a moment before";
        registry.register("tiles_sent_again", help, metrics.tiles_sent_again.clone());
        registry.register("tiles_made", "Tiles made from the layers", metrics.tiles_made.clone());
        registry.register("panics", "Panics, which are faults of veedel's own", metrics.panics.clone());
        registry.register("connections", "Connections open", metrics.connections.clone());
        let help = "Answers cut off, since their client took them too slowly";
        registry.register("answers_cut", help, metrics.answers_cut.clone());
        Metrics { registry, ..metrics }
    }

    /// Counts an answer.
    pub fn answered(&self, route: Route, status: StatusCode, took: Duration) {
        let class = usize::from(status.as_u16() / 100).saturating_sub(2);
        if let Some(counter) = self.answers.get(route as usize).and_then(|row| row.get(class)) {
            counter.inc();
        }
        if let Some(seconds) = self.seconds.get(route as usize) {
            seconds.observe(took.as_secs_f64());
        }
    }
}

impl Default for Metrics {
    fn default() -> Metrics {
        Metrics::new()
    }
}

/// `/metrics`. Names only collections that everyone may see.
pub async fn get(request: Request) -> Response {
    let mut text = String::new();
    let state = state(&request, request.tile_cache().size().await, request.kept_files().size().await);
    if encode_both(&mut text, &request.metrics().registry, &state).is_err() {
        return problem::internal();
    }
    let media_type = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    ([(header::CONTENT_TYPE, media_type), (header::CACHE_CONTROL, "no-store")], text).into_response()
}

fn encode_both(text: &mut String, counted: &Registry, state: &Registry) -> std::fmt::Result {
    prometheus_client::encoding::text::encode_registry(text, state)?;
    encode(text, counted)
}

/// What is looked up rather than counted: the tile cache and the layers.
fn state(request: &Request, [tiles, bytes]: [u64; 2], [files, on_disk]: [u64; 2]) -> Registry {
    let mut registry = Registry::with_prefix("veedel");
    registry.register("tile_cache_tiles", "Tiles kept", count(tiles));
    registry.register_with_unit("tile_cache", "Memory of the tiles kept", Unit::Bytes, count(bytes));
    registry.register(
        "kept_downloads",
        "Downloads kept on disk, of which parts can be asked for",
        count(files),
    );
    registry.register_with_unit("kept_downloads", "Disk that they take", Unit::Bytes, count(on_disk));
    let world = request.snapshot().world();
    let away = world.sources.iter().filter(|source| source.away.is_some()).count();
    registry.register("sources_away", "Sources that cannot be reached", count(away as u64));
    let features = Family::<Vec<(&str, String)>, Gauge>::default();
    let memory = Family::<Vec<(&str, String)>, Gauge>::default();
    let loaded = Family::<Vec<(&str, String)>, Gauge<f64, AtomicU64>>::default();
    let current = Family::<Vec<(&str, String)>, Gauge<f64, AtomicU64>>::default();
    let classes = Family::<Vec<(&str, String)>, Gauge>::default();
    let reloading = Family::<Vec<(&str, String)>, Gauge>::default();
    let versions = Family::<Vec<(&str, String)>, Gauge>::default();
    for (id, entry) in &world.entries {
        let layer::State::Ready(layer) = &entry.state else { continue };
        if !request.snapshot().sees(request.caller(), &entry.collection) {
            continue;
        }
        let labels = vec![("collection", label(id))];
        features.get_or_create(&labels).set(layer.len() as i64);
        memory.get_or_create(&labels).set(layer.memory() as i64);
        loaded.get_or_create(&labels).set(layer.loaded_at().as_millisecond() as f64 / 1000.0);
        let as_of = entry.as_of().unwrap_or(layer.loaded_at());
        current.get_or_create(&labels).set(as_of.as_millisecond() as f64 / 1000.0);
        let class = entry.collection.freshness.class().to_owned();
        classes.get_or_create(&vec![("collection", label(id)), ("class", class)]).set(1);
        reloading.get_or_create(&labels).set(i64::from(entry.is_reloading));
        versions.get_or_create(&labels).set(i64::try_from(layer.seen_version()).unwrap_or(i64::MAX));
    }
    registry.register("layer_features", "Features of a collection", features);
    registry.register_with_unit("layer_memory", "Memory of a collection", Unit::Bytes, memory);
    let help = "When a collection's rows were read, since 1970";
    registry.register_with_unit("layer_loaded_at", help, Unit::Seconds, loaded);
    let help = "Up to when a collection is known to be current, since 1970";
    registry.register_with_unit("layer_as_of", help, Unit::Seconds, current);
    registry.register("layer_freshness", "How a collection keeps up", classes);
    registry.register("layer_data_version", "Grows with each change of a collection", versions);
    registry.register("layer_reloading", "Whether a collection is behind and being read", reloading);
    registry
}

/// A name as the value of a label, which must not end it: the registry writes values as they are.
fn label(name: &str) -> String {
    printable(name).replace('\\', r"\\").replace('"', "\\\"")
}

/// A gauge that shows this number.
fn count(number: u64) -> Gauge {
    let gauge = Gauge::default();
    gauge.set(i64::try_from(number).unwrap_or(i64::MAX));
    gauge
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_does_not_end_its_label() {
        assert_eq!(label("schulen"), "schulen");
        assert_eq!(label("a\"} 1\nveedel_up{x=\"\\"), r#"a\"} 1\\nveedel_up{x=\"\\"#);
    }

    #[test]
    fn routes_are_told_by_their_steps() {
        for (path, route) in [
            ("/xyz/a/1/2/3", Route::Tile),
            ("/collections", Route::Collections),
            ("/collections/a", Route::Collections),
            ("/processes/coverage/execution", Route::Planning),
            ("/collections/a/items/7", Route::Items),
            ("/", Route::Page),
            ("/assets/map.js", Route::Page),
            ("/ready", Route::Health),
            ("/wp-login.php", Route::Other),
            ("", Route::Other),
        ] {
            assert_eq!(Route::of(path), route, "{path}");
        }
    }
}
