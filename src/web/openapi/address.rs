//! An address with what it says of itself in `/api`.

use axum::http::HeaderValue;

use crate::web::openapi::operation::Operation;

/// An address and what can be done there.
#[derive(Clone, Copy, Debug)]
pub struct Address {
    /// The path, with names in braces for what varies; `{*name}` is all that is left.
    pub path: &'static str,
    /// What can be done, verb by verb.
    pub operations: &'static [Operation],
}

impl Address {
    fn fits(&self, path: &str) -> bool {
        let mut steps = path.split('/');
        for part in self.path.split('/') {
            match (part, steps.next()) {
                (part, Some(_)) if part.starts_with("{*") => return true,
                (part, Some(step)) if part.starts_with('{') && !step.is_empty() => {}
                (part, Some(step)) if part == step => {}
                _ => return false,
            }
        }
        steps.next().is_none()
    }
}

/// The header `Allow` of an address. One that does not exist allows what all others do.
pub fn allowed(addresses: &[Address], path: &str) -> HeaderValue {
    let mut verbs = vec!["GET", "HEAD", "OPTIONS"];
    if let Some(address) = addresses.iter().find(|address| address.fits(path)) {
        let own = address.operations.iter().flat_map(|operation| operation.verb.methods());
        verbs = own.copied().chain(["OPTIONS"]).collect();
    }
    HeaderValue::try_from(verbs.join(", ")).unwrap_or(HeaderValue::from_static("OPTIONS"))
}
