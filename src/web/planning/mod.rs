//! Questions of planning (OGC API - Processes), kept answers, search, and clients of openrouteservice.

pub mod openrouteservice;
pub mod processes;
pub mod results;
pub mod search;
