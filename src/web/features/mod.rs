//! Collections and their features (OGC API – Features), downloads, aggregations, and the stream of
//! changes.

pub mod about;
pub mod aggregate;
pub mod changes;
pub mod collections;
pub mod download;
pub mod download_address;
pub mod feature_stream;
pub mod item_format;
pub mod items;
pub mod items_page;
pub mod items_search;
pub mod output_systems;
pub mod question;
pub mod rows;
pub mod schema;
