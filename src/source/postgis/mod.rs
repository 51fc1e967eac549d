//! A PostGIS database: found by introspection, read as binary rows, never written.
//!
//! [`Dsn::parse`] reads where it is, [`connect()`] opens a connection, [`look()`] finds what can be
//! served, and [`load()`] reads one collection into a layer; [`direct`] answers queries of
//! collections that are not read into memory. SQL text is in `statement`, `introspect.sql` and, as
//! far as it follows from a query, in `direct`.
//!
//! # The role to read with
//!
//! A role of its own that can only read is enough, and the best:
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
//! Where PostGIS is installed in a schema of its own, that one needs `GRANT USAGE` as well. A right
//! to some columns only (`GRANT SELECT (id, geom) ON …`) serves those. Row-level security applies
//! as to every role. Each transaction is opened `READ ONLY`. Only [`feed::install`](feed) and
//! [`feed::remove`](feed) write, and only what the feed itself needs.

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
mod statement;
mod tls;
mod typmod;
mod way;
mod wording;

pub use connect::{Client, connect};
pub use dsn::{CONNECT_TIMEOUT, Dsn, STATEMENT_TIMEOUT};
pub use introspect::look;
pub use load::{ByKey, LOAD_TIMEOUT, Locator, load, load_followed};
