//! Planning at the edge where people touch it: the binary over HTTP, on an invented city and on Cologne.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice
)]

#[path = "folder/mvt.rs"]
mod mvt;
#[path = "common/postgres.rs"]
mod postgres;
#[path = "common/server.rs"]
mod server;

#[path = "plan/approach.rs"]
mod approach;
#[path = "plan/city.rs"]
mod city;
#[path = "plan/cologne.rs"]
mod cologne;
#[path = "plan/differencing.rs"]
mod differencing;
#[path = "plan/distances.rs"]
mod distances;
#[path = "plan/exact.rs"]
mod exact;
#[path = "plan/heidelberg.rs"]
mod heidelberg;
#[path = "plan/hidden.rs"]
mod hidden;
#[path = "plan/hostile.rs"]
mod hostile;
#[path = "plan/limits.rs"]
mod limits;
#[path = "plan/moment.rs"]
mod moment;
#[path = "plan/profile.rs"]
mod profile;
#[path = "plan/protection.rs"]
mod protection;
#[path = "plan/reach.rs"]
mod reach;
#[path = "plan/results.rs"]
mod results;
#[path = "plan/roles.rs"]
mod roles;
#[path = "plan/schema.rs"]
mod schema;
#[path = "plan/search.rs"]
mod search;
#[path = "plan/siting.rs"]
mod siting;
#[path = "plan/small.rs"]
mod small;
#[path = "plan/supply.rs"]
mod supply;
#[path = "plan/twins.rs"]
mod twins;
#[path = "plan/words.rs"]
mod words;
