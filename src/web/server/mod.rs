//! The server: accepts and limits connections, distributes them over threads, and passes their
//! requests to the routes.

pub mod admit;
pub mod awake;
pub mod head;
pub mod layers;
pub mod listen;
pub mod operator;
pub mod probes;
pub mod router;
pub mod service;
pub mod shares;
pub mod taking;
pub mod threads;
