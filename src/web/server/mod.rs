//! The server: accepts and limits connections, distributes them over threads, and passes their
//! requests to the routes.

pub mod admit;
pub mod awake;
pub mod counted;
pub mod fields;
pub mod head;
pub mod layers;
pub mod listen;
pub mod operator;
pub mod probes;
mod rights;
pub mod router;
pub mod service;
pub mod shares;
pub mod storing;
pub mod taking;
pub mod threads;
