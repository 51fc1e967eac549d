//! The counters for Prometheus (`/metrics`, OpenMetrics text).

use std::time::Duration;

use axum::http::StatusCode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

/// The purpose of an address, which is the label `route`. The address itself is never a label,
/// because it may show which place someone looked at.
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
/// The upper bounds of the histogram's buckets, in seconds.
const BUCKETS: [f64; 11] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1.0, 5.0];

impl Route {
    /// Its name in counters and the record.
    pub fn name(self) -> &'static str {
        ROUTES.get(self as usize).copied().unwrap_or("other")
    }

    /// Returns the route of a path.
    pub fn of(path: &str) -> Route {
        let mut steps = path.split('/').skip(1);
        match (steps.next(), steps.nth(1)) {
            (Some("xyz"), _) => Route::Tile,
            // Behind `tiles` come the tile matrix set and three numbers.
            (Some("collections"), Some("tiles")) if steps.clone().count() == 4 => Route::Tile,
            (Some("tiles"), Some(_)) if steps.clone().count() == 2 => Route::Tile,
            (Some("collections"), Some("items")) => Route::Items,
            (Some("collections" | "conformance" | "api" | "tiles" | "tileMatrixSets"), _) => {
                Route::Collections
            }
            (Some("processes" | "results" | "v2" | "search"), _) => Route::Planning,
            (Some("" | "assets" | "planung"), _) => Route::Page,
            (Some("health" | "ready" | "metrics"), _) => Route::Health,
            _ => Route::Other,
        }
    }
}

/// The counters. Those of requests are arrays by route and status, so that counting needs no
/// look-up.
#[derive(Debug)]
pub struct Metrics {
    /// The registry of all counters.
    pub registry: Registry,
    answers: [[Counter; STATUSES.len()]; ROUTES.len()],
    seconds: [Histogram; ROUTES.len()],
    /// Tiles that were found in the tile cache.
    pub tiles_found: Counter,
    /// Tiles of these whose complete answer was reused.
    pub tiles_sent_again: Counter,
    /// Tiles that had to be made.
    pub tiles_made: Counter,
    /// Panics of the process, each of which is a fault of veedel.
    pub panics: Counter,
    /// The number of open connections.
    pub connections: Gauge,
    /// Answers that were cut off because the client took them too slowly.
    pub answers_cut: Counter,
}

type Labels = Vec<(&'static str, &'static str)>;

impl Metrics {
    /// Creates all counters with the value zero.
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

    /// Counts an answer and the time until it began.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn routes_are_told_by_their_steps() {
        for (path, route) in [
            ("/xyz/a/1/2/3", Route::Tile),
            ("/collections/a/tiles/WebMercatorQuad/1/2/3", Route::Tile),
            ("/collections/a/tiles/WebMercatorQuad", Route::Collections),
            ("/collections/a/tiles/WebMercatorQuad/1/2/3/4", Route::Collections),
            ("/collections/tiles/items/a/b/c/d", Route::Items),
            ("/tiles/WebMercatorQuad/1/2/3", Route::Tile),
            ("/tiles/WebMercatorQuad", Route::Collections),
            ("/tileMatrixSets/WebMercatorQuad", Route::Collections),
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
