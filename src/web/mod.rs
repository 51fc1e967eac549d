//! HTTP, and only here.
//!
//! A handler takes a [`Request`], which gives it the collections that its caller may see, as they
//! are at one moment; `encode`, `tile` and `plan` make the answer. A room imports from these that
//! stand before it:
//!
//! | room | what it does |
//! | --- | --- |
//! | [`http`] | what requests and answers are made of |
//! | [`state`] | what is kept from one request to the next |
//! | [`request`] | a request as a value |
//! | [`features`] | collections and their features |
//! | [`tiles`] | vector tiles |
//! | [`planning`] | questions of planning and their answers |
//! | [`catalog`] | the catalogue |
//! | [`start`] | where clients begin |
//! | [`openapi`] | the description of all addresses |
//! | [`operations`] | for the operator |
//! | [`routes`] | the table of all addresses |
//! | [`server`] | connections, and the way of their requests |

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
pub mod tiles;

pub use self::request::Request;
pub use self::state::App;
