//! HTTP: the only room that knows requests, statuses and headers.
//!
//! A handler takes a [`Request`], which gives it the collections that its caller may see, all of
//! one moment. `encode`, `tile` and `plan` make the content of the answer. Each module imports only
//! from modules above it in this table:
//!
//! | module | content |
//! | --- | --- |
//! | [`http`] | the parts of requests and answers |
//! | [`state`] | state that is kept between requests |
//! | [`request`] | a request as a value |
//! | [`features`] | collections and their features |
//! | [`tiles`] | vector tiles |
//! | [`styles`] | styles of maps, their legends, icons and fonts |
//! | [`planning`] | planning questions and their answers |
//! | [`catalog`] | the catalogue |
//! | [`start`] | landing page, conformance and page files |
//! | [`openapi`] | the description of all addresses |
//! | [`operations`] | addresses for the operator |
//! | [`routes`] | the table of all addresses |
//! | [`server`] | connections, and the path of their requests |

pub mod catalog;
pub mod features;
pub mod http;
pub mod openapi;
pub mod operations;
pub mod planning;
pub mod request;
pub mod routes;
pub mod server;
pub mod start;
pub mod state;
pub mod styles;
pub mod tiles;

pub use self::request::Request;
pub use self::state::App;
