//! A request as a value: the caller, the address, the snapshot it sees, and access to everything
//! that answers it.
//!
//! The value is made before any cache is looked at ([`crate::web::server::service`]). It is a
//! handler's only way to data: it holds one [`Snapshot`] and the [`Caller`] until it ends.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::uri::PathAndQuery;
use axum::http::{HeaderMap, HeaderName, Uri};
use axum::response::Response;
use serde_json::Value;
use tokio::runtime::Handle;
use tokio::sync::broadcast;

use crate::access::audit::{Entry, What};
use crate::access::{Caller, Identified};
use crate::catalog::{Collection, Language};
use crate::error::{Error, Result};
use crate::limits::Limits;
use crate::plan::PlanningData;
use crate::snapshot::{Collected, Described, Opened, Snapshot};
use crate::tile::select::TileLimits;
use crate::web::http::client::Client;
use crate::web::http::links::Base;
use crate::web::http::pages::Frame;
use crate::web::http::parameters::Parameters;
use crate::web::http::words::seen_as;
use crate::web::http::{negotiate, problem};
use crate::web::state::App;
use crate::web::state::admission::{Admission, Place};
use crate::web::state::changes::{Changes, Event, Told};
use crate::web::state::descriptions::Written;
use crate::web::state::expirations::Expirations;
use crate::web::state::kept_files::KeptFiles;
use crate::web::state::map_files::MapFiles;
use crate::web::state::metrics::Metrics;
use crate::web::state::results::kept::Results;
use crate::web::state::tile_cache::TileCache;

/// The header with the id of a request, which its answer, the log and the record have too.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The caller of a request, and the snapshot at its beginning.
#[derive(Clone, Debug)]
pub struct Origin {
    app: Arc<App>,
    snapshot: Arc<Snapshot>,
    identified: Identified,
    client: Option<Client>,
}

impl Origin {
    /// Creates the origin of a request that begins now. Its places count for `client`; without one
    /// they count for no client.
    pub fn new(app: &Arc<App>, identified: Identified, client: Option<Client>) -> Origin {
        Origin { app: app.clone(), snapshot: app.snapshots.current(), identified, client }
    }

    /// The snapshot at the beginning of the request.
    pub fn snapshot(&self) -> &Arc<Snapshot> {
        &self.snapshot
    }

    /// The client that the request's places count for.
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
    /// The language that the address of an HTML page names.
    named_language: Option<Language>,
}

impl Request {
    /// Creates a request for the address `uri`. If it asks for an HTML page and names a language,
    /// the request keeps the language and the address without it, so that links to data do not
    /// name it.
    pub fn new(origin: Origin, uri: Uri, headers: HeaderMap) -> Request {
        let mut request = Request { origin, uri, headers, place: None, named_language: None };
        let found = negotiate::named_language(request.uri.query(), &request.headers);
        if let Some((language, query)) = found {
            let path = request.uri.path();
            let bare = if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") };
            let mut parts = request.uri.clone().into_parts();
            if let Ok(bare) = PathAndQuery::try_from(bare) {
                parts.path_and_query = Some(bare);
                if let Ok(uri) = Uri::from_parts(parts) {
                    (request.uri, request.named_language) = (uri, Some(language));
                }
            }
        }
        request
    }

    /// The state that the caller can see, as it was when the request began.
    pub fn snapshot(&self) -> &Arc<Snapshot> {
        &self.origin.snapshot
    }

    /// The caller that the request is answered for.
    pub fn caller(&self) -> &Caller {
        &self.origin.identified.caller
    }

    /// Returns the caller without the snapshot.
    pub fn listener(&self) -> Listener {
        Listener { app: self.origin.app.clone(), caller: self.caller().clone() }
    }

    /// The client that the request's places count for.
    pub fn client(&self) -> Option<Client> {
        self.origin.client
    }

    /// The address, as the client sent it, but without the language of an HTML page.
    pub fn uri(&self) -> &Uri {
        &self.uri
    }

    /// The path and the query of the address.
    pub fn address(&self) -> &str {
        self.uri.path_and_query().map_or(self.uri.path(), |address| address.as_str())
    }

    /// The header fields.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// Parses the query parameters.
    pub fn parameters(&self) -> Result<Parameters> {
        Parameters::parse(self.uri.query(), self.limits())
    }

    /// The language that the address of an HTML page names, or else the one that `Accept-Language`
    /// prefers.
    pub fn language(&self) -> Language {
        let preferred = || negotiate::language(&self.headers, self.origin.app.pages.default_language());
        self.named_language.unwrap_or_else(preferred)
    }

    /// The beginning of links in the answer.
    pub fn base(&self) -> Base {
        Base::of(self.origin.app.public_url.as_deref(), &self.headers)
    }

    /// Returns the request's admission place, with which its work is done.
    pub fn place(&self) -> Result<Place> {
        self.place.clone().ok_or_else(|| Error::internal("a request without a place"))
    }

    /// The limits in force.
    pub fn limits(&self) -> &Limits {
        &self.origin.app.limits
    }

    /// The limits for the content of a tile.
    pub fn tile_limits(&self) -> TileLimits {
        self.origin.app.tile_limits()
    }

    /// Returns the description of a collection, with the caller's permit.
    pub fn describe(&self, id: &str) -> Result<Described> {
        self.snapshot().describe(self.caller(), id)
    }

    /// Whether [`open`](Self::open) returns at once for this collection.
    pub fn is_at_hand(&self, id: &str) -> bool {
        self.snapshot().is_at_hand(self.caller(), id)
    }

    /// The digest of everything that the caller may see.
    pub fn digest(&self) -> u64 {
        self.snapshot().digest(self.caller())
    }

    /// Returns the descriptions of all collections that the caller may see.
    pub fn describe_all(&self) -> Vec<Described> {
        self.snapshot().describe_all(self.caller())
    }

    /// Opens a collection with its rows, in memory or in its database.
    pub fn open(&self, id: &str) -> Result<Collected> {
        self.snapshot().open(self.caller(), id)
    }

    /// Opens a collection whose rows must be in memory.
    pub fn open_resident(&self, id: &str) -> Result<Opened> {
        self.snapshot().open_resident(self.caller(), id)
    }

    /// Returns the data that planning questions are answered from.
    pub fn basis(&self) -> Arc<PlanningData> {
        let snapshot = self.snapshot();
        self.origin.app.planner.data(snapshot, self.caller())
    }

    /// Records that an answer to the question `process` has exact numbers of persons. It takes as
    /// long as the disk or the database does.
    ///
    /// # Errors
    ///
    /// Fails if that cannot be recorded. Then the answer must not be given.
    pub fn record_exact(&self, process: &str) -> Result<()> {
        let audit = self.origin.app.audit.as_ref();
        let audit = audit.ok_or_else(|| Error::internal("there is no record of exact numbers"))?;
        audit.record(Entry {
            roles: self.caller().roles().map(str::to_owned).collect(),
            key: self.origin.identified.subject.as_ref().map(|subject| subject.prefix.clone()),
            request: self.headers().get(REQUEST_ID).and_then(|id| id.to_str().ok()).map(str::to_owned),
            ..Entry::now(What::ExactStatistics, process)
        })
    }

    /// In which roles a known caller sees what he sees, as a sentence for people.
    pub fn seen_as(&self) -> Option<String> {
        let policy = self.snapshot().policy();
        let known = policy.known(self.caller());
        let roles: Vec<&str> = if known == Caller::Anonymous { vec![] } else { known.roles().collect() };
        seen_as(&roles, policy.is_exact_for(&known), self.language())
    }

    /// Renders the HTML page `name` from `document`.
    pub fn page(&self, name: &str, document: Value) -> Result<Response> {
        let frame = Frame {
            base: &self.base(),
            address: self.address(),
            title: self.snapshot().publication().title.as_ref(),
            language: self.language(),
            names_language: self.named_language.is_some(),
            seen_as: self.seen_as(),
        };
        self.origin.app.pages.render(name, &frame, &document)
    }

    /// The limits on concurrent requests.
    pub fn admission(&self) -> &Admission {
        &self.origin.app.admission
    }

    /// The runtime for everything that takes longer than a small tile.
    pub fn runtime(&self) -> &Handle {
        &self.origin.app.runtime
    }

    /// Whether the server has been told to stop.
    pub fn is_stopping(&self) -> bool {
        self.origin.app.stopping.load(Ordering::Relaxed)
    }

    /// The cache of encoded tiles.
    pub fn tile_cache(&self) -> &TileCache {
        &self.origin.app.tile_cache
    }

    /// The kept downloads, of which byte ranges can be requested.
    pub fn kept_files(&self) -> &KeptFiles {
        &self.origin.app.kept_files
    }

    /// The icons and fonts that maps are drawn with.
    pub fn map_files(&self) -> Arc<MapFiles> {
        self.origin.app.map_files.load_full()
    }

    /// The kept answers of planning.
    pub fn results(&self) -> &Results {
        &self.origin.app.results
    }

    /// The cached OpenAPI documents.
    pub fn api(&self) -> &Written {
        &self.origin.app.api
    }

    /// The stream of changes and its listeners.
    pub fn changes(&self) -> &Changes {
        &self.origin.app.changes
    }

    /// The changes that the operator has reported.
    pub fn expirations(&self) -> &Expirations {
        &self.origin.app.expirations
    }

    /// The metrics of the server.
    pub fn metrics(&self) -> &Metrics {
        &self.origin.app.metrics
    }
}

/// A caller whose answer continues while data change. It holds no snapshot, because that would keep
/// replaced layers in memory, and no admission place.
#[derive(Debug)]
pub struct Listener {
    app: Arc<App>,
    caller: Caller,
}

impl Listener {
    /// Whether the caller may see the collection now. A collection that was hidden in the meantime
    /// is not reported any more.
    pub fn sees(&self, collection: &Arc<Collection>) -> bool {
        self.app.snapshots.look().sees(&self.caller, collection)
    }

    /// Returns what the caller was told after the event `last`, and a receiver of what he is told
    /// from now on, by the policy in force. A later policy ends it.
    pub fn listen(&self, last: Option<&str>) -> (Option<Vec<Arc<Event>>>, broadcast::Receiver<Told>) {
        let known = || self.app.snapshots.look().known(&self.caller);
        loop {
            let caller = known();
            let heard = self.app.changes.listen(&caller, last);
            if known() == caller {
                return heard;
            }
        }
    }

    /// Opens collections, or with None all that the caller may see, so that their changes are told.
    /// Without grants there is nothing to open.
    pub fn open(&self, only: Option<&[String]>) {
        let snapshot = self.app.snapshots.current();
        if !snapshot.policy().has_grants() {
            return;
        }
        match only {
            Some(ids) => ids.iter().for_each(|id| drop(snapshot.describe(&self.caller, id))),
            None => drop(snapshot.describe_all(&self.caller)),
        }
    }

    /// Keeps what was made for the caller, so that its changes go on being told.
    pub fn keep(&self) {
        self.app.snapshots.look().keep_derived(&self.caller);
    }

    /// Whether the server has been told to stop.
    pub fn is_over(&self) -> bool {
        self.app.stopping.load(Ordering::Relaxed)
    }

    /// The stream of changes and its listeners.
    pub fn changes(&self) -> &Changes {
        &self.app.changes
    }
}

impl<S: Sync> FromRequestParts<S> for Request {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> std::result::Result<Request, Response> {
        // Taken rather than copied: a handler takes one request, and nothing else of its head.
        let origin = parts.extensions.remove::<Origin>().ok_or_else(problem::internal)?;
        let (uri, headers) = (std::mem::take(&mut parts.uri), std::mem::take(&mut parts.headers));
        let mut request = Request::new(origin, uri, headers);
        request.place = parts.extensions.remove();
        Ok(request)
    }
}
