//! An address of the server and its description in `/api`.

use axum::http::HeaderValue;

use crate::web::openapi::operation::Operation;

/// An address and its operations.
#[derive(Clone, Copy, Debug)]
pub struct Address {
    /// The path. A name in braces stands for one variable segment, `{*name}` for the whole rest of
    /// the path.
    pub path: &'static str,
    /// The operations at the address, one for each verb.
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

/// Returns the header `Allow` of a path. For a path that does not exist, it contains GET, HEAD and
/// OPTIONS.
pub fn allowed(addresses: &[Address], path: &str) -> HeaderValue {
    let mut verbs = vec!["GET", "HEAD", "OPTIONS"];
    if let Some(address) = addresses.iter().find(|address| address.fits(path)) {
        let own = address.operations.iter().flat_map(|operation| operation.verb.methods());
        verbs = own.copied().chain(["OPTIONS"]).collect();
    }
    HeaderValue::try_from(verbs.join(", ")).unwrap_or(HeaderValue::from_static("OPTIONS"))
}
