//! Keys and the record in the schema `veedel` of a database, for several servers.
//!
//! [`install()`] makes two tables and two functions (`schema.sql`). A server reads keys, notes on
//! which day they were used, and appends to the record by the functions, which run with the rights
//! of their owner: it can neither read nor change what is recorded. [`Link`] is a connection for
//! all this. What the lines of the record say, and how they follow each other, is in
//! [`chain`](crate::access::chain), as for a record in files.

mod install;
mod keys;
mod link;
mod record;
mod rights;
mod statement;

pub use install::install;
pub use link::{Link, PATIENCE};
pub use rights::{Need, check};
