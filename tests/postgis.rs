//! The running binary on a PostGIS of its own: what it serves is held against what PostGIS itself says, and it
//! is watched while the database goes, comes and changes.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice
)]

#[path = "common/bystander.rs"]
mod bystander;
#[path = "common/likeness.rs"]
mod likeness;
#[path = "common/office.rs"]
mod office;
#[path = "common/place.rs"]
mod place;
#[path = "common/postgres.rs"]
mod postgres;
#[path = "common/proxy.rs"]
mod proxy;
#[path = "common/server.rs"]
mod server;

#[path = "postgis/aggregate.rs"]
mod aggregate;
#[path = "postgis/areas_of_rules.rs"]
mod areas_of_rules;
#[path = "postgis/changes.rs"]
mod changes;
#[path = "postgis/cite.rs"]
mod cite;
#[path = "postgis/clients.rs"]
mod clients;
#[path = "postgis/cql2.rs"]
mod cql2;
#[path = "postgis/differences.rs"]
mod differences;
#[path = "postgis/direct.rs"]
mod direct;
#[path = "postgis/direct_faults.rs"]
mod direct_faults;
#[path = "postgis/faults.rs"]
mod faults;
#[path = "postgis/feed.rs"]
mod feed;
#[path = "postgis/feed_at_length.rs"]
mod feed_at_length;
#[path = "postgis/feed_commands.rs"]
mod feed_commands;
#[path = "postgis/feed_faults.rs"]
mod feed_faults;
#[path = "postgis/feed_keys.rs"]
mod feed_keys;
#[path = "postgis/following.rs"]
mod following;
#[path = "postgis/formats.rs"]
mod formats;
#[path = "postgis/hidden.rs"]
mod hidden;
#[path = "postgis/life.rs"]
mod life;
#[path = "postgis/listening.rs"]
mod listening;
#[path = "postgis/matrix.rs"]
mod matrix;
#[path = "postgis/names.rs"]
mod names;
#[path = "postgis/nodes.rs"]
mod nodes;
#[path = "postgis/nowhere.rs"]
mod nowhere;
#[path = "postgis/odd_keys.rs"]
mod odd_keys;
#[path = "postgis/odd_shapes.rs"]
mod odd_shapes;
#[path = "postgis/odd_texts.rs"]
mod odd_texts;
#[path = "postgis/operator.rs"]
mod operator;
#[path = "postgis/oracle_items.rs"]
mod oracle_items;
#[path = "postgis/oracle_tiles.rs"]
mod oracle_tiles;
#[path = "postgis/paging.rs"]
mod paging;
#[path = "postgis/permits.rs"]
mod permits;
#[path = "postgis/random.rs"]
mod random;
#[path = "postgis/random_questions.rs"]
mod random_questions;
#[path = "postgis/relations.rs"]
mod relations;
#[path = "postgis/reload.rs"]
mod reload;
#[path = "postgis/rights.rs"]
mod rights;
#[path = "postgis/secrets.rs"]
mod secrets;
#[path = "postgis/state.rs"]
mod state;
#[path = "postgis/tools.rs"]
mod tools;
#[path = "postgis/torture.rs"]
mod torture;
#[path = "postgis/twins.rs"]
mod twins;
#[path = "postgis/values.rs"]
mod values;
