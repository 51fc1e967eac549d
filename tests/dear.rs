//! The dearest legal requests, one for each route and kind of work: they end in time, they end with
//! their asker, and they keep nobody else waiting.
//!
//! `VEEDEL_DEAR_ROWS` sets the size of the layer (30,000 without), `VEEDEL_DEAR_MEMORY` bounds the
//! server's address space, in kilobytes as `ulimit -v` does. With `VEEDEL_ALONE` set, nothing else
//! runs on the machine, and waits are held to what is wanted.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice
)]

#[path = "common/bystander.rs"]
mod bystander;
#[path = "common/http2.rs"]
mod http2;
#[path = "common/postgres.rs"]
mod postgres;
#[path = "common/proxy.rs"]
mod proxy;
#[path = "common/server.rs"]
mod server;

#[path = "dear/askers.rs"]
mod askers;
#[path = "dear/crowd.rs"]
mod crowd;
#[path = "dear/data.rs"]
mod data;
#[path = "dear/ends.rs"]
mod ends;
#[path = "dear/questions.rs"]
mod questions;
