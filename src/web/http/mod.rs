//! The parts of requests and answers: addresses, parameters, formats and languages, links, HTML
//! pages, problems, entity tags, codings.

pub mod client;
pub mod coding;
pub mod conditional;
pub mod credentials;
pub mod freshness;
pub mod handed_over;
pub mod links;
pub mod negotiate;
pub mod pages;
pub mod parameters;
pub mod path;
pub mod planning;
pub mod problem;
pub mod words;
