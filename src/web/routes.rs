//! An address with what answers there and what it says of itself: the router, `OPTIONS` and `/api` are all made
//! from one table of these (`super::routes`), so that none can know an address which the others do not.

use std::sync::LazyLock;

use axum::Router;
use axum::http::HeaderValue;
use axum::routing::MethodRouter;

use super::openapi::Operation;

/// A row of the table.
pub struct Route {
    address: Address,
    handlers: Option<MethodRouter>,
}

/// An address and what can be done there.
#[derive(Clone, Copy, Debug)]
pub struct Address {
    /// The path, with names in braces for what varies; `{*name}` is all that is left.
    pub path: &'static str,
    /// What can be done, verb by verb.
    pub operations: &'static [Operation],
}

/// All addresses, as OpenAPI lists them.
pub static ADDRESSES: LazyLock<Vec<Address>> =
    LazyLock::new(|| super::routes().into_iter().map(|route| route.address).collect());

impl Route {
    /// An address that the router answers.
    pub fn new(path: &'static str, handlers: MethodRouter, operations: &'static [Operation]) -> Route {
        Route { address: Address { path, operations }, handlers: Some(handlers) }
    }

    /// An address that is answered before the router ([`super::shell`]).
    pub fn before_router(path: &'static str, operations: &'static [Operation]) -> Route {
        Route { address: Address { path, operations }, handlers: None }
    }

    /// The path of the address.
    pub fn path(&self) -> &'static str {
        self.address.path
    }

    /// The router with this address.
    pub fn put_into(self, router: Router) -> Router {
        match self.handlers {
            Some(handlers) => router.route(self.address.path, handlers),
            None => router,
        }
    }
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
pub fn allowed(path: &str) -> HeaderValue {
    let mut verbs = vec!["GET", "HEAD", "OPTIONS"];
    if let Some(address) = ADDRESSES.iter().find(|address| address.fits(path)) {
        let own = address.operations.iter().flat_map(|operation| operation.verb.methods());
        verbs = own.copied().chain(["OPTIONS"]).collect();
    }
    HeaderValue::try_from(verbs.join(", ")).unwrap_or(HeaderValue::from_static("OPTIONS"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_allowed_is_what_the_table_says() {
        for (path, allow) in [
            ("/", "GET, HEAD, OPTIONS"),
            ("/collections/a/items/7", "GET, HEAD, OPTIONS"),
            ("/processes/coverage/execution", "GET, HEAD, POST, OPTIONS"),
            ("/v2/isochrones/foot-walking/geojson", "POST, OPTIONS"),
            ("/assets/a/b.js", "GET, HEAD, OPTIONS"),
            ("/nothing", "GET, HEAD, OPTIONS"),
        ] {
            assert_eq!(allowed(path), allow, "{path}");
        }
    }
}
