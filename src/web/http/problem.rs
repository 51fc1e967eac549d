//! Errors as problem+json (RFC 9457), or as an HTML page for clients that prefer HTML. This is the
//! only place that chooses the status and the language of an error.
//!
//! The code that makes an error does not know the request. So an error response carries a `Problem`
//! and no body, until [`Audience::answer`] writes the body.

use std::sync::Arc;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use hyper::ext::ReasonPhrase;
use serde_json::{Value, json};

use crate::catalog::{Language, Publication};
use crate::error::{Error, Kind, Reached, Said, said};
use crate::limits::Unit;
use crate::web::http::credentials::CHALLENGE;
use crate::web::http::links::Base;
use crate::web::http::negotiate::{self, Format};
use crate::web::http::pages::{ERROR, Frame, Pages};

fn status(kind: Kind) -> StatusCode {
    match kind {
        Kind::Invalid => StatusCode::BAD_REQUEST,
        Kind::Unauthenticated => StatusCode::UNAUTHORIZED,
        Kind::Forbidden => StatusCode::FORBIDDEN,
        Kind::NotFound => StatusCode::NOT_FOUND,
        Kind::NotAcceptable => StatusCode::NOT_ACCEPTABLE,
        Kind::Conflict => StatusCode::CONFLICT,
        Kind::PreconditionFailed => StatusCode::PRECONDITION_FAILED,
        Kind::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        Kind::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        Kind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        Kind::TooMany => StatusCode::TOO_MANY_REQUESTS,
        Kind::Timeout => StatusCode::GATEWAY_TIMEOUT,
        Kind::NoRoom => StatusCode::INSUFFICIENT_STORAGE,
        Kind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// Returns the name of the status, which is the title of a problem.
fn title(status: StatusCode, language: Language) -> &'static str {
    let english = status.canonical_reason().unwrap_or("Error");
    if language == Language::English {
        return english;
    }
    match status.as_u16() {
        400 => "Fehlerhafte Anfrage",
        401 => "Nicht angemeldet",
        403 => "Nicht erlaubt",
        404 => "Nicht gefunden",
        405 => "Methode nicht erlaubt",
        406 => "Kein passendes Format",
        408 => "Anfrage zu langsam",
        409 => "Konflikt",
        412 => "Bedingung nicht erfüllt",
        413 => "Zu groß",
        414 => "Adresse zu lang",
        415 => "Format wird nicht gelesen",
        416 => "Bereich nicht vorhanden",
        429 => "Zu viele Anfragen",
        500 => "Fehler des Servers",
        503 => "Zurzeit nicht verfügbar",
        504 => "Antwort dauerte zu lange",
        507 => "Kein Speicherplatz",
        _ => english,
    }
}

/// The content of an error response, before a language is chosen.
#[derive(Clone, Debug)]
struct Problem {
    status: StatusCode,
    what: Said,
    hint: Option<Said>,
    parameter: Option<String>,
    limit: Option<Reached>,
}

impl Problem {
    fn new(status: StatusCode, what: impl Into<Said>) -> Problem {
        Problem { status, what: what.into(), hint: None, parameter: None, limit: None }
    }

    /// The sentence as the reason phrase of the status line, where a caller lacks a right: QGIS
    /// shows nothing else of an answer.
    fn reason_phrase(&self) -> Option<ReasonPhrase> {
        let lacks_right = matches!(self.status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN);
        let sentence = lacks_right.then(|| self.what.to_string())?;
        let plain = |letter: char| if letter.is_ascii_graphic() { letter } else { ' ' };
        ReasonPhrase::try_from(sentence.chars().map(plain).collect::<String>().into_bytes()).ok()
    }

    /// Writes the problem. `title` is the name of the status, `detail` says what went wrong;
    /// `hint`, `parameter` and `limit` are extension members.
    fn document(&self, language: Language) -> Value {
        let text = |said: &Said| match language {
            Language::German => said.in_german(),
            Language::English => said.to_string(),
        };
        let mut document = json!({
            "type": "about:blank",
            "title": title(self.status, language),
            "status": self.status.as_u16(),
            "detail": text(&self.what),
        });
        let limit = self
            .limit
            .map(|Reached { name, value, unit }| json!({ "name": name, "value": value, "unit": unit }));
        let members = [
            ("hint", self.hint.as_ref().map(|hint| json!(text(hint)))),
            ("parameter", self.parameter.as_ref().map(|name| json!(name))),
            ("limit", limit),
        ];
        for (name, value) in members {
            if let (Some(members), Some(value)) = (document.as_object_mut(), value) {
                members.insert(name.into(), value);
            }
        }
        document
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        let headers = response.headers_mut();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if matches!(self.status, StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS) {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, CHALLENGE);
        }
        response.extensions_mut().insert(self);
        response
    }
}

/// Returns an error response without a hint and a parameter.
pub fn of(status: StatusCode, what: impl Into<Said>) -> Response {
    Problem::new(status, what).into_response()
}

/// Returns an error response for a limit that was reached.
pub fn limited(
    status: StatusCode,
    what: impl Into<Said>,
    parameter: Option<&str>,
    limit: Reached,
) -> Response {
    let parameter = parameter.map(str::to_owned);
    Problem { parameter, limit: Some(limit), ..Problem::new(status, what) }.into_response()
}

/// Returns a 404 response.
pub fn not_found(what: impl Into<Said>) -> Response {
    of(StatusCode::NOT_FOUND, what)
}

/// Returns a 405 response with the allowed methods.
pub fn method_not_allowed(allowed: HeaderValue) -> Response {
    let what = said!("this address takes {}", allowed.to_str().unwrap_or_default());
    let mut response = of(StatusCode::METHOD_NOT_ALLOWED, what);
    response.headers_mut().insert(header::ALLOW, allowed);
    response
}

/// Returns a 500 response. The cause is in the log and not in the answer.
pub fn internal() -> Response {
    of(StatusCode::INTERNAL_SERVER_ERROR, said!("something went wrong here; the log says what"))
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        if self.kind == Kind::NoRoom {
            tracing::error!(error = %self, "no room on the disk");
        }
        if self.kind == Kind::Internal {
            tracing::error!(error = %self, cause = %self.cause, "internal error");
            return internal();
        }
        let Error { kind, what, hint, parameter, limit, cause } = self;
        if !cause.is_none() {
            tracing::warn!(error = %what, %cause, "a request failed");
        }
        Problem { status: status(kind), what, hint, parameter, limit }.into_response()
    }
}

/// The parts of a request that decide how an error is written.
#[derive(Clone, Debug)]
pub struct Audience {
    is_head: bool,
    is_get: bool,
    uri: Uri,
    accept: Option<HeaderValue>,
    language: Option<HeaderValue>,
    host: Option<HeaderValue>,
}

/// What error bodies are written with.
#[derive(Clone, Debug)]
pub struct Outlet<'a> {
    /// The HTML templates.
    pub pages: &'a Pages,
    /// The beginning of links; None if none is configured.
    pub public_url: Option<&'a str>,
    /// The publication, which has the title for the header of pages.
    pub publication: Arc<Publication>,
}

impl Audience {
    /// Keeps the parts of a request that is about to be consumed. Cloning them only increases
    /// reference counts.
    pub fn of(method: &Method, uri: &Uri, headers: &HeaderMap) -> Audience {
        let field = |name| headers.get(name).cloned();
        Audience {
            is_head: *method == Method::HEAD,
            is_get: *method == Method::GET,
            uri: uri.clone(),
            accept: field(header::ACCEPT),
            language: field(header::ACCEPT_LANGUAGE),
            host: field(header::HOST),
        }
    }

    /// Writes the body of an error response; returns any other response unchanged.
    pub fn answer(&self, out: &Outlet, mut response: Response) -> Response {
        let problem = match response.extensions_mut().remove::<Problem>() {
            Some(problem) => problem,
            None if is_of_a_library(&response) => {
                Problem::new(response.status(), said!("this request cannot be read"))
            }
            None => return response,
        };
        let fields = [
            (header::ACCEPT, &self.accept),
            (header::ACCEPT_LANGUAGE, &self.language),
            (header::HOST, &self.host),
        ];
        let asked = fields.into_iter().filter_map(|(name, value)| Some((name, value.clone()?)));
        let asked = HeaderMap::from_iter(asked);
        if let Some(phrase) = problem.reason_phrase() {
            response.extensions_mut().insert(phrase);
        }
        let page = self.wants_page(&asked).then(|| self.page(out, &asked, &problem)).flatten();
        let written = page.unwrap_or_else(|| {
            let language = self.language(&asked, Language::English);
            let body = problem.document(language).to_string();
            let media_type = HeaderValue::from_static("application/problem+json");
            negotiate::in_language(([(header::CONTENT_TYPE, media_type)], body), language)
        });
        let (head, body) = written.into_parts();
        let headers = response.headers_mut();
        headers.remove(header::CONTENT_LENGTH);
        headers.extend(head.headers);
        if self.is_head {
            if let Some(length) = axum::body::HttpBody::size_hint(&body).exact() {
                headers.insert(header::CONTENT_LENGTH, length.into());
            }
            return response.map(|_| Body::empty());
        }
        response.map(|_| body)
    }

    /// Returns the value of a query parameter without decoding it, for parameters whose values need
    /// none.
    fn parameter(&self, name: &str) -> Option<&str> {
        let pairs = self.uri.query()?.split('&').filter_map(|pair| pair.split_once('='));
        pairs.into_iter().find_map(|(named, value)| (named == name).then_some(value))
    }

    fn wants_page(&self, asked: &HeaderMap) -> bool {
        let named = self.parameter("f").filter(|format| matches!(*format, "html" | "json" | "geojson"));
        negotiate::format(named, asked, Format::Json).is_ok_and(|format| format == Format::Html)
    }

    /// Chooses the language as for HTML pages: `lang` first, then `Accept-Language`.
    fn language(&self, asked: &HeaderMap, default: Language) -> Language {
        let named = self.parameter("lang").and_then(Language::from_code);
        named.unwrap_or_else(|| negotiate::language(asked, default))
    }

    fn page(&self, out: &Outlet, asked: &HeaderMap, problem: &Problem) -> Option<Response> {
        let language = self.language(asked, out.pages.default_language());
        let base = Base::of(out.public_url, asked);
        let mut document = problem.document(language);
        let members = document.as_object_mut()?;
        if self.is_get {
            members.insert("machine".into(), json!(self.machine(&base)));
        }
        if let Some(limit) = problem.limit {
            members.insert("unit".into(), json!(unit(limit.unit, language)));
        }
        let address = self.address_without("lang");
        let publication = &out.publication;
        let frame = Frame {
            base: &base,
            address: &address,
            title: publication.title.as_ref(),
            language,
            names_language: self.parameter("lang").is_some_and(|code| Language::from_code(code).is_some()),
            seen_as: None,
        };
        out.pages.render(ERROR, &frame, &document).ok()
    }

    /// Returns the path and the query without a parameter.
    fn address_without(&self, name: &str) -> String {
        let is_other =
            |pair: &&str| !pair.is_empty() && pair.split('=').next().is_some_and(|other| other != name);
        let pairs = self.uri.query().unwrap_or_default().split('&').filter(is_other);
        let query = pairs.collect::<Vec<_>>().join("&");
        let path = self.uri.path();
        if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
    }

    /// Returns the address of the same error as JSON.
    fn machine(&self, base: &Base) -> String {
        let address = self.address_without("f");
        let sign = if address.contains('?') { '&' } else { '?' };
        base.href(&format!("{address}{sign}f=json"))
    }
}

/// Whether a library refused the request before a handler of veedel was called.
fn is_of_a_library(response: &Response) -> bool {
    let is_text = |kind: &HeaderValue| kind.as_bytes().starts_with(b"text/plain");
    response.status().is_client_error() && response.headers().get(header::CONTENT_TYPE).is_some_and(is_text)
}

/// Returns the unit of a limit as an HTML page shows it.
fn unit(name: &str, language: Language) -> &str {
    match (language, name) {
        (_, name) if name == Unit::Count.name() => "",
        (Language::German, name) if name == Unit::Bytes.name() => "Bytes",
        (Language::German, name) if name == Unit::Zoom.name() => "(Zoomstufe)",
        (_, name) => name,
    }
}

/// Writes the body of an error response for a request in parts. Copies nothing of the request
/// unless the response is an error.
pub fn said_to(
    out: &Outlet,
    (method, uri, headers): (&Method, &Uri, &HeaderMap),
    response: Response,
) -> Response {
    match response.extensions().get::<Problem>() {
        Some(_) => Audience::of(method, uri, headers).answer(out, response),
        None => response,
    }
}
