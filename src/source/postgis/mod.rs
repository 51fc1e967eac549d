//! A PostGIS database.
