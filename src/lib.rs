//! veedel serves a city's geodata from memory: vector tiles, GeoJSON and a map, read from a folder
//! of FlatGeobuf files or from PostGIS.
//!
//! The modules directly in `src` are called rooms. Each imports only from rooms before it in this
//! list, which begins with the lowest: [`error`], [`limits`] (every number that bounds a request),
//! [`work`] (computation for a request, and when it stops), [`geo`] (coordinates, projections,
//! geometries), [`catalog`] (what is published), [`query`] (a question as a value), [`access`] (who
//! may see what), [`layer`] (the resident engine), [`source`] (where data comes from), `import`
//! (other formats, with GDAL), [`tile`] and [`encode`] (output formats), [`snapshot`] (the state
//! that one request sees), [`plan`] (planning), [`carto`] (what maps are drawn with), [`web`]
//! (HTTP), [`config`] (settings), [`boot`] (starts the server from all of these).

#![deny(missing_docs)]

pub mod access;
pub mod boot;
pub mod carto;
pub mod catalog;
pub mod config;
pub mod encode;
pub mod error;
pub mod geo;
#[cfg(feature = "gdal")]
pub mod import;
pub mod layer;
pub mod limits;
pub mod plan;
pub mod query;
pub mod snapshot;
pub mod source;
pub mod tile;
pub mod web;
pub mod work;

#[cfg(test)]
#[global_allocator]
static ALLOCATOR: work::Counting = work::Counting;

/// Returns how long each parser is fuzzed: 3 s, or `VEEDEL_FUZZ_SECONDS`.
#[cfg(test)]
pub(crate) fn fuzz_time() -> std::time::Duration {
    let seconds = std::env::var("VEEDEL_FUZZ_SECONDS").ok().and_then(|seconds| seconds.parse().ok());
    std::time::Duration::from_secs(seconds.unwrap_or(3))
}
