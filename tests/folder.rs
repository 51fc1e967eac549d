//! The running binary at its edges: what it serves of files, and how it bears what people do to it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice
)]

#[path = "common/bystander.rs"]
mod bystander;
#[path = "common/crawler.rs"]
mod crawler;
#[path = "common/http2.rs"]
mod http2;
#[path = "common/likeness.rs"]
mod likeness;
#[path = "common/office.rs"]
mod office;
#[path = "common/place.rs"]
mod place;
#[path = "common/server.rs"]
mod server;

#[path = "folder/access.rs"]
mod access;
#[path = "folder/aggregate.rs"]
mod aggregate;
#[path = "folder/api.rs"]
mod api;
#[path = "folder/areas_of_rules.rs"]
mod areas_of_rules;
#[path = "folder/audit.rs"]
mod audit;
#[path = "folder/bad_tokens.rs"]
mod bad_tokens;
#[path = "folder/caching.rs"]
mod caching;
#[path = "folder/callers.rs"]
mod callers;
#[path = "folder/catalog.rs"]
mod catalog;
#[path = "folder/city.rs"]
mod city;
#[path = "folder/clients.rs"]
mod clients;
#[path = "folder/closed_pipes.rs"]
mod closed_pipes;
#[path = "folder/conditional.rs"]
mod conditional;
#[path = "folder/crowd.rs"]
mod crowd;
#[path = "folder/documents.rs"]
mod documents;
#[path = "folder/errors.rs"]
mod errors;
#[path = "folder/files.rs"]
mod files;
#[path = "folder/filters.rs"]
mod filters;
#[path = "folder/formats.rs"]
mod formats;
#[path = "folder/hidden.rs"]
mod hidden;
#[path = "folder/hostile.rs"]
mod hostile;
#[path = "folder/http.rs"]
mod http;
#[path = "folder/items.rs"]
mod items;
#[path = "folder/joined.rs"]
mod joined;
#[path = "folder/json_fg.rs"]
mod json_fg;
#[path = "folder/labels.rs"]
mod labels;
#[path = "folder/limits.rs"]
mod limits;
#[path = "folder/map_files.rs"]
mod map_files;
#[path = "folder/memory.rs"]
mod memory;
#[path = "folder/mvt.rs"]
mod mvt;
#[path = "folder/paging.rs"]
mod paging;
#[path = "folder/permits.rs"]
mod permits;
#[path = "folder/ranges.rs"]
mod ranges;
#[path = "folder/refuge_town.rs"]
mod refuge_town;
#[path = "folder/refuges.rs"]
mod refuges;
#[path = "folder/rights.rs"]
mod rights;
#[path = "folder/shared_cache.rs"]
mod shared_cache;
#[path = "folder/slow_takers.rs"]
mod slow_takers;
#[path = "folder/start.rs"]
mod start;
#[path = "folder/stop.rs"]
mod stop;
#[path = "folder/styles.rs"]
mod styles;
#[path = "folder/systems.rs"]
mod systems;
#[path = "folder/thinning.rs"]
mod thinning;
#[path = "folder/tiles.rs"]
mod tiles;
#[path = "folder/tilesets.rs"]
mod tilesets;
#[path = "folder/watch.rs"]
mod watch;
#[path = "folder/weighing.rs"]
mod weighing;
