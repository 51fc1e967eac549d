//! Planning questions (OGC API – Processes), kept answers, search, and addresses compatible with
//! openrouteservice.

pub mod openrouteservice;
pub mod processes;
pub mod results;
pub mod search;
