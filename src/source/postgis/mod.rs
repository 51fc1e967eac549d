//! A PostGIS database: its collections are found in the catalogue and read as binary rows. Serving
//! never writes to it.
//!
//! [`Dsn::parse`] reads its address, [`connect()`] opens a connection, [`look()`] finds the
//! collections, and [`load()`] reads one of them into a layer. [`direct`] answers queries to
//! collections that are not in memory. SQL is in `statement`, in `introspect.sql` and, as far as it
//! depends on a query, in `direct`.
//!
//! # The role to read with
//!
//! A role that can only read is sufficient, and the safest:
//!
//! ```sql
//! CREATE ROLE veedel LOGIN PASSWORD '…';
//! GRANT CONNECT ON DATABASE city TO veedel;
//! GRANT USAGE ON SCHEMA public TO veedel;                  -- each schema to serve
//! GRANT SELECT ON ALL TABLES IN SCHEMA public TO veedel;
//! -- Run by the tables' owner:
//! ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO veedel;
//! ```
//!
//! If PostGIS is installed in a schema of its own, the role needs `GRANT USAGE` for this schema
//! too. If it may read only some columns (`GRANT SELECT (id, geom) ON …`), these are served.
//! Row-level security applies as for every role. Each transaction is opened `READ ONLY`. Only
//! [`feed::install`](feed) and [`feed::remove`](feed) write what the feed needs, and [`state`] keys
//! and the record.

mod ask;
mod connect;
mod copy;
pub mod direct;
mod dsn;
pub mod feed;
mod framing;
mod ident;
mod introspect;
mod load;
mod names;
mod parent;
mod relation;
pub mod state;
mod statement;
mod tls;
mod typmod;
mod way;
mod wording;

pub use connect::{Client, connect};
pub use dsn::{CONNECT_TIMEOUT, Dsn, STATEMENT_TIMEOUT};
pub use introspect::look;
pub use load::{ByKey, LOAD_TIMEOUT, Locator, load, load_followed};
