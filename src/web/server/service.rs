//! The service: the steps that every request passes first and every answer passes last.
//!
//! Requests for tiles, which are most of all requests, are answered directly from here; all others
//! go to the router.

use std::convert::Infallible;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr};
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, Request, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::future::{self, Either, Ready};
use futures_util::{FutureExt, TryFutureExt};
use hyper::body::Incoming;
use tower::ServiceExt;

use crate::access::{Caller, Identified, Storing};
use crate::error::{Error, Kind, Result};
use crate::limits::Key;
use crate::web::features::changes;
use crate::web::features::download_address::is_download;
use crate::web::http::client::{self, Client};
use crate::web::http::credentials::{self, Identify};
use crate::web::http::handed_over::handed_over;
use crate::web::http::problem::{self, Audience};
use crate::web::request::{Origin, REQUEST_ID};
use crate::web::server::rights::{self, Right};
use crate::web::server::router::router;
use crate::web::server::{awake, counted, fields, head, storing, taking};
use crate::web::state::App;
use crate::web::state::metrics::Route;
use crate::web::state::sent_again::MayRepeat;
use crate::web::{request as asked, routes, tiles};

/// The maximum length of a request id that is taken over from a client or a proxy.
const LONGEST_ID: usize = 64;

/// Catches a panic, so that it ends only its own request, which is answered with 500.
async fn barrier(answer: impl Future<Output = Response>, on_panic: impl FnOnce()) -> Response {
    AssertUnwindSafe(answer).catch_unwind().await.unwrap_or_else(|_| {
        on_panic();
        problem::internal()
    })
}

/// The service for the requests of one connection.
#[derive(Clone)]
pub struct Service {
    app: Arc<App>,
    router: Router,
    /// The address of the other end of the connection.
    peer: IpAddr,
    identify: Identify,
}

/// Who makes a request, and the refusal if he makes too many.
type Asker = (Result<Identified>, Option<Error>);

impl fmt::Debug for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Service").field("peer", &self.peer).finish_non_exhaustive()
    }
}

impl Service {
    /// Creates the service around all routes, in which `identify` identifies the caller. It is
    /// called first for each request.
    pub fn identifying(app: Arc<App>, identify: Identify) -> Service {
        Service { router: router(app.clone()), app, peer: IpAddr::V4(Ipv4Addr::UNSPECIFIED), identify }
    }

    /// Returns a service for a connection from this address.
    pub fn for_peer(&self, peer: IpAddr) -> Service {
        Service { peer, ..self.clone() }
    }

    /// The state behind all routes.
    pub fn app(&self) -> &Arc<App> {
        &self.app
    }

    /// Returns the answer to a request for a tile that was answered a moment ago, without a task of
    /// its own.
    fn kept_answer(&self, request: &Request<Incoming>, begun: Instant) -> Option<Response> {
        let (uri, headers) = (request.uri(), request.headers());
        let is_tile = *request.method() == Method::GET && Route::of(uri.path()) == Route::Tile;
        if !is_tile || !head::is_plain(request) {
            return None;
        }
        let mut response =
            self.app.sent_again.find(self.app.snapshots.look().version(), uri, headers, begun)?;
        response.headers_mut().insert(REQUEST_ID, request_id(headers));
        self.app.metrics.tiles_found.inc();
        self.app.metrics.tiles_sent_again.inc();
        self.answered(
            Route::Tile,
            self.app.access_log.then(|| (&Method::GET, uri.path(), self.logged(headers))),
            &response,
            begun,
        );
        Some(taking::timed(response, request.version(), Some(self.app.limits.answer_time)))
    }

    async fn answer(&self, request: Request<Incoming>, asker: Asker, begun: Instant) -> Response {
        let id = request_id(request.headers());
        let route = Route::of(request.uri().path());
        let (version, life) = (request.version(), self.life(request.uri().path()));
        // For the log only. The query is never logged, because it may say where someone lives.
        let asked = self.app.access_log.then(|| {
            let client = self.logged(request.headers());
            let path = if credentials::has_key(request.uri()) { "(a key)" } else { request.uri().path() };
            (request.method().clone(), path.to_owned(), client)
        });
        let right = is_download(request.uri().path())
            .then(|| Right::new(&self.app, &self.identify, request.uri(), request.headers()));
        let mut response = self.route(request, asker, route, &id).await;
        fields::for_all(response.headers_mut());
        if route != Route::Tile {
            fields::varies_by_accept(response.headers_mut());
            fields::for_browsers(response.headers_mut());
        }
        response.headers_mut().insert(REQUEST_ID, id);
        if route == Route::Collections {
            fields::ask_again(response.headers_mut());
        }
        let asked = asked.as_ref().map(|(method, path, client)| (method, path.as_str(), *client));
        self.answered(route, asked, &response, begun);
        let response = match right {
            Some(right) => rights::guarded(response, right),
            None => response,
        };
        taking::timed(response, version, life)
    }

    /// Returns how long sending the answer for this path may take; None, which is unlimited, for
    /// the stream of changes.
    fn life(&self, path: &str) -> Option<Duration> {
        match path {
            changes::PATH => None,
            path if is_download(path) => Some(self.app.limits.download_answer_time),
            _ => Some(self.app.limits.answer_time),
        }
    }

    /// Counts an answer, and writes it to the access log if there is one.
    fn answered(
        &self,
        route: Route,
        asked: Option<(&Method, &str, IpAddr)>,
        response: &Response,
        begun: Instant,
    ) {
        awake::answer();
        let took = begun.elapsed();
        self.app.metrics.answered(route, response.status(), took);
        if let Some(asked) = asked {
            log(asked, response, took);
        }
    }

    /// Returns the client that the request's places count for; None behind a trusted proxy that
    /// names no client.
    fn client(&self, headers: &HeaderMap) -> Option<Client> {
        self.app.proxies.client(self.peer, headers).map(Client::at)
    }

    /// Returns the client's address for the log, truncated.
    fn logged(&self, headers: &HeaderMap) -> IpAddr {
        client::truncated(self.app.proxies.client(self.peer, headers).unwrap_or(self.peer))
    }

    /// Returns the refusal of a malformed head or a too long address.
    fn refused(&self, request: &mut Request<Incoming>) -> Option<Response> {
        if let Err(what) = head::put_right(request) {
            let mut refusal = problem::of(StatusCode::BAD_REQUEST, what);
            // If the head is ambiguous, it is uncertain where the next request begins, so the
            // connection is closed.
            refusal.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
            return Some(refusal);
        }
        if let Some(why) = credentials::refused_in(request.uri()) {
            return Some(why.into_response());
        }
        let address = request.uri().path_and_query().map_or(0, |address| address.as_str().len());
        (address > self.app.limits.uri_bytes).then(|| {
            let limit = self.app.limits.reached(Key::uri_bytes);
            problem::limited(StatusCode::URI_TOO_LONG, "the address is too long", None, limit)
        })
    }

    async fn route(
        &self,
        mut request: Request<Incoming>,
        (identified, beyond): Asker,
        route: Route,
        id: &HeaderValue,
    ) -> Response {
        let audience =
            |request: &Request<Incoming>| Audience::of(request.method(), request.uri(), request.headers());
        if let Some(refusal) = self.refused(&mut request) {
            return audience(&request).answer(&self.app.outlet(), refusal);
        }
        let identified = match (identified, beyond) {
            // Browsers send OPTIONS without credentials before the request itself (CORS).
            _ if request.method() == Method::OPTIONS => return fields::options(request.uri().path()),
            (Ok(identified), None) => identified,
            (Ok(_), Some(why)) => return audience(&request).answer(&self.app.outlet(), why.into_response()),
            (Err(why), beyond) => {
                if why.kind == Kind::Unauthenticated {
                    self.app.audit.iter().for_each(|audit| audit.deny(route));
                }
                let why = beyond.unwrap_or(why);
                return audience(&request).answer(&self.app.outlet(), why.into_response());
            }
        };
        let caller = identified.caller.clone();
        let origin = Origin::new(&self.app, identified, self.client(request.headers()));
        let storing = storing::of(origin.snapshot(), &caller, request.uri().path());
        let mut response = match (request.method(), route) {
            (&Method::GET | &Method::HEAD, Route::Tile) => {
                let (parts, _) = request.into_parts();
                return self.tile(origin, parts, storing, id).await;
            }
            (_, Route::Tile) => {
                let refusal = problem::method_not_allowed(routes::allowed(request.uri().path()));
                audience(&request).answer(&self.app.outlet(), refusal)
            }
            _ => {
                request.extensions_mut().insert(origin);
                request.headers_mut().insert(REQUEST_ID, id.clone());
                let audience = audience(&request);
                let answer = self.router.clone().oneshot(request.map(Body::new));
                // Boxed, because otherwise the future of every tile would be as large as this one.
                let answer =
                    Box::pin(handed_over(&self.app.runtime, answer.unwrap_or_else(|never| match never {})));
                audience.answer(&self.app.outlet(), barrier(answer, || panicked(id)).await)
            }
        };
        storing::mark(response.headers_mut(), storing, &caller);
        response
    }

    async fn tile(&self, origin: Origin, parts: Parts, storing: Storing, id: &HeaderValue) -> Response {
        let Parts { method, uri, headers, .. } = parts;
        let request = asked::Request::new(origin, uri, headers);
        let response = match tiles::is_at_hand(&request) {
            true => barrier(tile_of(&request), || panicked(id)).await,
            false => {
                let own = request.clone();
                let answer = handed_over(request.runtime(), async move { tile_of(&own).await });
                barrier(Box::pin(answer), || panicked(id)).await
            }
        };
        let mut response =
            problem::said_to(&self.app.outlet(), (&method, request.uri(), request.headers()), response);
        storing::mark(response.headers_mut(), storing, request.caller());
        let repeat = response.extensions_mut().remove::<MayRepeat>();
        if let Some(repeat) = repeat.filter(|_| *request.caller() == Caller::Anonymous) {
            // The kept answer includes the headers that all answers have.
            fields::for_all(response.headers_mut());
            let asked = (request.uri(), request.headers());
            self.app.sent_again.keep(asked, response.headers(), &repeat, Instant::now());
        }
        if method == Method::HEAD {
            let length = axum::body::HttpBody::size_hint(response.body()).exact();
            if let Some(length) = length.filter(|_| response.status() == StatusCode::OK) {
                response.headers_mut().insert(header::CONTENT_LENGTH, length.into());
            }
            *response.body_mut() = Body::empty();
        }
        response
    }
}

fn is_anonymous(identified: &Result<Identified>) -> bool {
    identified.as_ref().is_ok_and(|identified| identified.caller == Caller::Anonymous)
}

async fn tile_of(request: &asked::Request) -> Response {
    tiles::get(request).await.unwrap_or_else(IntoResponse::into_response)
}

fn panicked(id: &HeaderValue) {
    tracing::error!(request = id.to_str().unwrap_or_default(), "a request ended in a panic");
}

fn log((method, path, client): (&Method, &str, IpAddr), response: &Response, took: Duration) {
    let id = response.headers().get(REQUEST_ID).and_then(|id| id.to_str().ok()).unwrap_or_default();
    tracing::info!(
        target: "veedel::access",
        client = %client,
        method = method.as_str(),
        path,
        status = response.status().as_u16(),
        microseconds = took.as_micros() as u64,
        request = id,
        "answered"
    );
}

impl hyper::service::Service<Request<Incoming>> for Service {
    type Response = Response;
    type Error = Infallible;
    type Future = Either<
        Ready<std::result::Result<Response, Infallible>>,
        Pin<Box<dyn Future<Output = std::result::Result<Response, Infallible>> + Send>>,
    >;

    fn call(&self, request: Request<Incoming>) -> Self::Future {
        let begun = Instant::now();
        awake::request();
        let identified = (self.identify)(request.headers());
        let beyond = self.app.rates.as_ref().and_then(|rates| {
            let client = || self.client(request.headers());
            counted::beyond(rates, &request, &identified, client)
        });
        // A kept answer may be sent only to anonymous callers, who all see the same.
        if beyond.is_none()
            && is_anonymous(&identified)
            && let Some(response) = self.kept_answer(&request, begun)
        {
            return Either::Left(future::ready(Ok(response)));
        }
        let service = self.clone();
        Either::Right(Box::pin(async move { Ok(service.answer(request, (identified, beyond), begun).await) }))
    }
}

/// Returns the request id that the client or a proxy sent, if it is valid, otherwise a new one.
fn request_id(headers: &HeaderMap) -> HeaderValue {
    let is_id = |id: &&HeaderValue| {
        (1..=LONGEST_ID).contains(&id.len())
            && id.as_bytes().iter().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(byte))
    };
    headers.get(REQUEST_ID).filter(is_id).cloned().unwrap_or_else(next_id)
}

/// Returns an id that is unique in this process, and very likely different from those of other
/// processes.
fn next_id() -> HeaderValue {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    static START: std::sync::OnceLock<u64> = std::sync::OnceLock::new();
    let start = START.get_or_init(|| {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        since.map_or(0, |since| since.as_nanos() as u64) ^ u64::from(std::process::id()) << 48
    });
    let number = start.wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed));
    let mut digits = [0; 16];
    for (place, digit) in digits.iter_mut().enumerate() {
        let nibble = (number >> (60 - 4 * place)) as usize & 15;
        *digit = b"0123456789abcdef".get(nibble).copied().unwrap_or(b'0');
    }
    HeaderValue::from_bytes(&digits).unwrap_or(HeaderValue::from_static("0"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_is_a_500_that_says_nothing_of_it() {
        let mut was_told = false;
        let response = barrier(async { panic!("a secret") }, || was_told = true).await;
        assert!(was_told);
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
        let body = axum::body::to_bytes(response.into_body(), 1 << 16).await.unwrap();
        assert!(!String::from_utf8_lossy(&body).contains("secret"));
        let response = barrier(async { StatusCode::OK.into_response() }, || unreachable!()).await;
        assert_eq!(response.status(), StatusCode::OK);
    }

    #[test]
    fn ids_of_others_are_kept_where_they_are_ids() {
        let with = |value: &str| HeaderMap::from_iter([(REQUEST_ID, HeaderValue::try_from(value).unwrap())]);
        assert_eq!(request_id(&with("a-1_b.2")), "a-1_b.2");
        for odd in ["", "a b", "<script>", &"x".repeat(LONGEST_ID + 1)] {
            let id = request_id(&with(odd));
            assert!(id.len() == 16 && id.as_bytes().iter().all(u8::is_ascii_hexdigit), "{odd}");
        }
        assert_ne!(request_id(&HeaderMap::new()), request_id(&HeaderMap::new()));
    }
}
