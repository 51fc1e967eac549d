//! A request as a value: who asks for what, of which moment, and everything that answers it.
//!
//! The value is made before any cache is looked at ([`crate::web::server::shell`]) and is the only way of a handler
//! to data: it holds one [`Snapshot`] and the [`Caller`] to its end.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use serde_json::Value;
use tokio::runtime::Handle;

use crate::access::Caller;
use crate::catalog::{Collection, Language};
use crate::error::{Error, Result};
use crate::limits::Limits;
use crate::plan::Basis;
use crate::snapshot::{Collected, Described, Opened, Snapshot};
use crate::tile::select::TileLimits;
use crate::web::http::client::Client;
use crate::web::http::links::Base;
use crate::web::http::parameters::Parameters;
use crate::web::http::{negotiate, problem};
use crate::web::state::App;
use crate::web::state::admission::{Admission, Place};
use crate::web::state::changes::Changes;
use crate::web::state::descriptions::Written;
use crate::web::state::expirations::Expirations;
use crate::web::state::kept_files::KeptFiles;
use crate::web::state::metrics::Metrics;
use crate::web::state::results::kept::Results;
use crate::web::state::tile_cache::TileCache;

/// Who asks, and the moment at which he does.
#[derive(Clone, Debug)]
pub struct Origin {
    app: Arc<App>,
    snapshot: Arc<Snapshot>,
    caller: Caller,
    client: Option<Client>,
}

impl Origin {
    /// An anonymous caller who asks now. His places are counted as those of `client`; as nobody's
    /// without one.
    pub fn anonymous(app: &Arc<App>, client: Option<Client>) -> Origin {
        Origin { app: app.clone(), snapshot: app.snapshots.current(), caller: Caller::Anonymous, client }
    }

    /// The client whose places the request takes.
    pub fn client(&self) -> Option<Client> {
        self.client
    }
}

/// A request, as handlers take it.
#[derive(Clone, Debug)]
pub struct Request {
    origin: Origin,
    uri: Uri,
    headers: HeaderMap,
    place: Option<Place>,
}

impl Request {
    /// A request for what is at `uri`.
    pub fn new(origin: Origin, uri: Uri, headers: HeaderMap) -> Request {
        Request { origin, uri, headers, place: None }
    }

    /// Everything that the caller can see, as it was when he asked.
    pub fn snapshot(&self) -> &Arc<Snapshot> {
        &self.origin.snapshot
    }

    /// Who asks.
    pub fn caller(&self) -> &Caller {
        &self.origin.caller
    }

    /// The caller without the moment at which he asked.
    pub fn listener(&self) -> Listener {
        Listener { app: self.origin.app.clone(), caller: self.caller().clone() }
    }

    /// The client whose places the request takes.
    pub fn client(&self) -> Option<Client> {
        self.origin.client
    }

    /// The address, as it came.
    pub fn uri(&self) -> &Uri {
        &self.uri
    }

    /// Path and query of the address.
    pub fn address(&self) -> &str {
        self.uri.path_and_query().map_or(self.uri.path(), |address| address.as_str())
    }

    /// The header fields.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// The parameters in the address.
    pub fn parameters(&self) -> Result<Parameters> {
        Parameters::parse(self.uri.query(), self.limits())
    }

    /// The language by `Accept-Language`.
    pub fn language(&self) -> Language {
        negotiate::language(&self.headers, self.origin.app.pages.default_language())
    }

    /// Where links begin.
    pub fn base(&self) -> Base {
        Base::of(self.origin.app.public_url.as_deref(), &self.headers)
    }

    /// The place that the request has among all, by which its work is done.
    pub fn place(&self) -> Result<Place> {
        self.place.clone().ok_or_else(|| Error::internal("a request without a place"))
    }

    /// The limits in force.
    pub fn limits(&self) -> &Limits {
        &self.origin.app.limits
    }

    /// What a tile may hold.
    pub fn tile_limits(&self) -> TileLimits {
        self.origin.app.tile_limits()
    }

    /// What is published of a collection, and the caller's permit.
    pub fn describe(&self, id: &str) -> Result<Described> {
        self.snapshot().describe(self.caller(), id)
    }

    /// The same of all collections that the caller may see.
    pub fn describe_all(&self) -> Vec<Described> {
        self.snapshot().describe_all(self.caller())
    }

    /// A collection with its rows, in memory or in its database.
    pub fn open(&self, id: &str) -> Result<Collected> {
        self.snapshot().open(self.caller(), id)
    }

    /// A collection with its rows, which must be in memory.
    pub fn open_resident(&self, id: &str) -> Result<Opened> {
        self.snapshot().open_resident(self.caller(), id)
    }

    /// What questions of planning stand on.
    pub fn basis(&self) -> Arc<Basis> {
        let snapshot = self.snapshot();
        self.origin.app.planner.basis(snapshot.world(), snapshot.roles(), snapshot.policy())
    }

    /// The page `name` for people, written from `document`.
    pub fn page(&self, name: &str, document: Value) -> Result<Response> {
        self.origin.app.pages.render(name, &self.headers, &self.base(), document)
    }

    /// The limits on what is done at once.
    pub fn admission(&self) -> &Admission {
        &self.origin.app.admission
    }

    /// Where is done what takes longer than a small tile.
    pub fn runtime(&self) -> &Handle {
        &self.origin.app.runtime
    }

    /// Whether the server has been told to stop.
    pub fn is_stopping(&self) -> bool {
        self.origin.app.stopping.load(Ordering::Relaxed)
    }

    /// Tiles as they are sent.
    pub fn tile_cache(&self) -> &TileCache {
        &self.origin.app.tile_cache
    }

    /// Downloads of which parts can be asked for.
    pub fn kept_files(&self) -> &KeptFiles {
        &self.origin.app.kept_files
    }

    /// Answers of planning that can be had again.
    pub fn results(&self) -> &Results {
        &self.origin.app.results
    }

    /// Descriptions of the API.
    pub fn api(&self) -> &Written {
        &self.origin.app.api
    }

    /// Those who listen for changes.
    pub fn changes(&self) -> &Changes {
        &self.origin.app.changes
    }

    /// What the operator says has changed.
    pub fn expirations(&self) -> &Expirations {
        &self.origin.app.expirations
    }

    /// What is counted.
    pub fn metrics(&self) -> &Metrics {
        &self.origin.app.metrics
    }
}

/// A caller whose answer goes on while data change. It holds no snapshot, which would keep layers
/// in memory that are long gone, and no place.
#[derive(Debug)]
pub struct Listener {
    app: Arc<App>,
    caller: Caller,
}

impl Listener {
    /// Whether he may see the collection now: what is hidden meanwhile is told of no more.
    pub fn sees(&self, collection: &Collection) -> bool {
        self.app.snapshots.look().sees(&self.caller, collection)
    }

    /// Whether the server has been told to stop.
    pub fn is_over(&self) -> bool {
        self.app.stopping.load(Ordering::Relaxed)
    }

    /// All who listen for changes.
    pub fn changes(&self) -> &Changes {
        &self.app.changes
    }
}

impl<S: Sync> FromRequestParts<S> for Request {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> std::result::Result<Request, Response> {
        let origin = parts.extensions.get::<Origin>().cloned().ok_or_else(problem::internal)?;
        let mut request = Request::new(origin, parts.uri.clone(), parts.headers.clone());
        request.place = parts.extensions.get().cloned();
        Ok(request)
    }
}
