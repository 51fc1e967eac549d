//! `/metrics` for Prometheus.

use std::sync::atomic::AtomicU64;

use axum::http::header;
use axum::response::{IntoResponse, Response};
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::{Registry, Unit};

use crate::error::printable;
use crate::layer;
use crate::web::http::problem;
use crate::web::request::Request;

/// Answers `/metrics`. Names only collections that every caller may see.
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

/// Returns the metrics that are read from the current state instead of counted: those of the tile
/// cache, the kept downloads and the layers.
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
        let Ok(described) = request.describe(id) else { continue };
        let layer::State::Ready(layer) = &described.state else { continue };
        let labels = vec![("collection", label(id))];
        features.get_or_create(&labels).set(layer.len() as i64);
        memory.get_or_create(&labels).set(layer.memory() as i64);
        loaded.get_or_create(&labels).set(layer.loaded_at().as_millisecond() as f64 / 1000.0);
        let as_of = described.as_of.unwrap_or(layer.loaded_at());
        current.get_or_create(&labels).set(as_of.as_millisecond() as f64 / 1000.0);
        let class = entry.collection.freshness.class().to_owned();
        classes.get_or_create(&vec![("collection", label(id)), ("class", class)]).set(1);
        reloading.get_or_create(&labels).set(i64::from(described.is_reloading));
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

/// Escapes a name for use as the value of a label, because the registry writes values as they are.
fn label(name: &str) -> String {
    printable(name).replace('\\', r"\\").replace('"', "\\\"")
}

/// Returns a gauge with this value.
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
}
