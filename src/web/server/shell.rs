//! What every request goes through, whatever it asks for: the first look at it, the last hand at its answer.
//!
//! Tiles, which are most of what is asked for, are answered from here; everything else goes to the router.

use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr};
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::future::{self, Either, Ready};
use futures_util::{FutureExt, TryFutureExt};
use hyper::body::Incoming;
use tower::ServiceExt;

use crate::limits::Key;
use crate::web::features::changes;
use crate::web::features::download_address::is_download;
use crate::web::http::client::{self, Client};
use crate::web::http::handed_over::handed_over;
use crate::web::http::problem::{self, Asker};
use crate::web::request::Origin;
use crate::web::server::router::router;
use crate::web::server::{awake, head, taking};
use crate::web::state::App;
use crate::web::state::metrics::Route;
use crate::web::state::sent_again::MayRepeat;
use crate::web::{request as asked, routes, tiles};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// The longest id that is taken over from a client or a proxy.
const LONGEST_ID: usize = 64;

/// A panic stays with its request, which is answered by 500.
async fn barrier(answer: impl Future<Output = Response>, on_panic: impl FnOnce()) -> Response {
    AssertUnwindSafe(answer).catch_unwind().await.unwrap_or_else(|_| {
        on_panic();
        problem::internal()
    })
}

/// The way of a connection's requests.
#[derive(Clone, Debug)]
pub struct Shell {
    app: Arc<App>,
    router: Router,
    /// Where the connection comes from.
    peer: IpAddr,
}

impl Shell {
    /// The shell around all routes.
    pub fn new(app: Arc<App>) -> Shell {
        Shell { router: router(app.clone()), app, peer: IpAddr::V4(Ipv4Addr::UNSPECIFIED) }
    }

    /// The same for a connection from this address.
    pub fn for_peer(&self, peer: IpAddr) -> Shell {
        Shell { peer, ..self.clone() }
    }

    /// What is behind all routes.
    pub fn app(&self) -> &Arc<App> {
        &self.app
    }

    /// A tile's answer that has just been given, without a task of its own.
    fn again(&self, request: &Request<Incoming>, begun: Instant) -> Option<Response> {
        let (uri, headers) = (request.uri(), request.headers());
        let is_tile = *request.method() == Method::GET && uri.path().starts_with(tiles::PREFIX);
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

    async fn answer(&self, request: Request<Incoming>, begun: Instant) -> Response {
        let id = request_id(request.headers());
        let route = Route::of(request.uri().path());
        let (version, life) = (request.version(), self.life(request.uri().path()));
        // Only for the log; the query may say where someone lives and is never written.
        let asked = self.app.access_log.then(|| {
            let client = self.logged(request.headers());
            (request.method().clone(), request.uri().path().to_owned(), client)
        });
        let mut response = self.route(request, route, &id).await;
        for_all(response.headers_mut());
        if route != Route::Tile {
            varies_by_accept(response.headers_mut());
        }
        response.headers_mut().insert(REQUEST_ID, id);
        if route == Route::Collections {
            ask_again(response.headers_mut());
        }
        let asked = asked.as_ref().map(|(method, path, client)| (method, path.as_str(), *client));
        self.answered(route, asked, &response, begun);
        taking::timed(response, version, life)
    }

    /// How long the answer to a request for this path may take to be sent; that of one who listens has no end.
    fn life(&self, path: &str) -> Option<Duration> {
        match path {
            changes::PATH => None,
            path if is_download(path) => Some(self.app.limits.download_answer_time),
            _ => Some(self.app.limits.answer_time),
        }
    }

    /// Counts an answer, and writes it into the log where there is one.
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

    /// Whose places a request takes: nobody's behind a proxy that does not say.
    fn client(&self, headers: &HeaderMap) -> Option<Client> {
        self.app.proxies.asker(self.peer, headers).map(Client::at)
    }

    /// Who asks, as the log may have it.
    fn logged(&self, headers: &HeaderMap) -> IpAddr {
        client::truncated(self.app.proxies.asker(self.peer, headers).unwrap_or(self.peer))
    }

    /// What is refused before anybody looks at what it asks for.
    fn refused(&self, request: &mut Request<Incoming>) -> Option<Response> {
        if let Err(what) = head::put_right(request) {
            let mut refusal = problem::of(StatusCode::BAD_REQUEST, what);
            // Where the next request begins is as uncertain as what this one asks.
            refusal.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
            return Some(refusal);
        }
        let address = request.uri().path_and_query().map_or(0, |address| address.as_str().len());
        (address > self.app.limits.uri_bytes).then(|| {
            let limit = self.app.limits.reached(Key::uri_bytes);
            problem::limited(StatusCode::URI_TOO_LONG, "the address is too long", None, limit)
        })
    }

    async fn route(&self, mut request: Request<Incoming>, route: Route, id: &HeaderValue) -> Response {
        let asker =
            |request: &Request<Incoming>| Asker::of(request.method(), request.uri(), request.headers());
        if let Some(refusal) = self.refused(&mut request) {
            return asker(&request).answer(&self.app.outlet(), refusal);
        }
        match (request.method(), route) {
            (&Method::OPTIONS, _) => options(request.uri().path()),
            (&Method::GET | &Method::HEAD, Route::Tile) => {
                let (parts, _) = request.into_parts();
                self.tile(parts, id).await
            }
            (_, Route::Tile) => {
                let refusal = problem::method_not_allowed(routes::allowed(request.uri().path()));
                asker(&request).answer(&self.app.outlet(), refusal)
            }
            _ => {
                let origin = Origin::anonymous(&self.app, self.client(request.headers()));
                request.extensions_mut().insert(origin);
                let asker = asker(&request);
                let answer = self.router.clone().oneshot(request.map(Body::new));
                // In a box of its own, or tiles would carry its room from place to place.
                let answer =
                    Box::pin(handed_over(&self.app.runtime, answer.unwrap_or_else(|never| match never {})));
                asker.answer(&self.app.outlet(), barrier(answer, || panicked(id)).await)
            }
        }
    }

    async fn tile(&self, parts: Parts, id: &HeaderValue) -> Response {
        let Parts { method, uri, headers, .. } = parts;
        let request = asked::Request::new(Origin::anonymous(&self.app, self.client(&headers)), uri, headers);
        let answer = tiles::get(&request).map(|answer| answer.unwrap_or_else(IntoResponse::into_response));
        let response = barrier(answer, || panicked(id)).await;
        let mut response =
            problem::said_to(&self.app.outlet(), (&method, request.uri(), request.headers()), response);
        if let Some(repeat) = response.extensions_mut().remove::<MayRepeat>() {
            // With all that every answer says.
            for_all(response.headers_mut());
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

impl hyper::service::Service<Request<Incoming>> for Shell {
    type Response = Response;
    type Error = Infallible;
    type Future = Either<
        Ready<Result<Response, Infallible>>,
        Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>,
    >;

    fn call(&self, request: Request<Incoming>) -> Self::Future {
        let begun = Instant::now();
        awake::request();
        if let Some(response) = self.again(&request, begun) {
            return Either::Left(future::ready(Ok(response)));
        }
        let shell = self.clone();
        Either::Right(Box::pin(async move { Ok(shell.answer(request, begun).await) }))
    }
}

/// Every address of ours is public: any page may ask it (CORS), and `OPTIONS` says so, and what can be done there,
/// to a browser that asks beforehand and to everyone else.
fn options(path: &str) -> Response {
    let mut response = StatusCode::NO_CONTENT.into_response();
    let headers = response.headers_mut();
    let allowed = routes::allowed(path);
    headers.insert(header::ALLOW, allowed.clone());
    headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, allowed);
    headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static("*"));
    headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("86400"));
    response
}

/// What every answer says beside its id: readable from any page, and not to be sniffed.
fn for_all(headers: &mut HeaderMap) {
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(EXPOSED));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
}

/// What is said of collections holds for now. QGIS forgets `Cache-Control` and keeps what has no date for a day, so
/// there is a date as well.
fn ask_again(headers: &mut HeaderMap) {
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-cache"));
    let now = jiff::fmt::rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(&jiff::Timestamp::now());
    if let Some(now) = now.ok().and_then(|now| HeaderValue::try_from(now).ok()) {
        headers.insert(header::EXPIRES, now);
    }
}

/// Most addresses have several formats. Pages say more beside it, compression does, and of tiles
/// there is one.
fn varies_by_accept(headers: &mut HeaderMap) {
    let mut names = headers.get_all(header::VARY).iter().filter_map(|field| field.to_str().ok());
    if !names.any(|field| field.split(',').any(|name| name.trim().eq_ignore_ascii_case("accept"))) {
        headers.append(header::VARY, HeaderValue::from_static("Accept"));
    }
}

/// What a page of elsewhere may read beside the few fields that every page may.
const EXPOSED: &str = "Accept-Ranges, Allow, Content-Crs, Content-Disposition, Content-Encoding, Content-Location, Content-Range, \
    ETag, Link, Location, OGC-NumberMatched, OGC-NumberReturned, Retry-After, Veedel-As-Of, Veedel-Data-Version, \
    Veedel-Freshness, Veedel-Renewal, Veedel-Result-Current, Veedel-Tile-Thinned, X-Request-Id";

/// The id that the client or a proxy before us gave, if it is one; else the next of ours.
fn request_id(headers: &HeaderMap) -> HeaderValue {
    let is_id = |id: &&HeaderValue| {
        (1..=LONGEST_ID).contains(&id.len())
            && id.as_bytes().iter().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(byte))
    };
    headers.get(REQUEST_ID).filter(is_id).cloned().unwrap_or_else(next_id)
}

/// Unlike that of any other request of this process, and very likely of another's.
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
