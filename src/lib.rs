//! veedel serves a city's geodata from memory: vector tiles, GeoJSON and a map, out of a folder of
//! FlatGeobuf files or a PostGIS.
//!
//! The rooms, from the ground up; each imports only from those before it:
//! [`error`], [`geo`] (numbers), [`catalog`] (what is published), [`access`] (who may see it), [`query`]
//! (a question as a value), [`layer`] (the resident engine), [`source`] (where data lives), [`tile`] and
//! [`encode`] (features out), [`web`] (HTTP), [`config`], [`boot`] (puts it all together).

pub mod access;
pub mod catalog;
pub mod config;
pub mod error;
pub mod geo;
pub mod layer;
pub mod limits;
pub mod query;
pub mod source;
