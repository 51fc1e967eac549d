//! A folder of FlatGeobuf files and CSV tables.
