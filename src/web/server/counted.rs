//! Counts each request for whom it is made, where the number in a second is limited.

use axum::http::{Method, Request};

use crate::access::Identified;
use crate::error::{Error, Result};
use crate::web::http::client::Client;
use crate::web::server::admit::{is_always_answered, is_planning_question};
use crate::web::state::rates::{Counted, Rates};

/// Counts a request for its key, or without a valid one for its client. Returns the refusal of a
/// request beyond the limits.
pub fn beyond<B>(
    rates: &Rates,
    request: &Request<B>,
    identified: &Result<Identified>,
    client: impl FnOnce() -> Option<Client>,
) -> Option<Error> {
    let path = request.uri().path();
    // Browsers send OPTIONS without the key of the request itself.
    if is_always_answered(path) || request.method() == Method::OPTIONS {
        return None;
    }
    let key = identified.as_ref().ok().and_then(|identified| identified.subject.clone());
    let who = key.map(Counted::Key).or_else(|| client().map(Counted::Client));
    rates.take(&who?, is_planning_question(path)).err()
}
