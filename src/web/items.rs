//! `/collections/{id}/items` and `/collections/{id}/items/{fid}`.

use std::sync::Arc;

use axum::Extension;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Uri, header};
use axum::response::{IntoResponse, Response};
use futures_util::StreamExt;
use serde_json::{Value, json};

use super::admission::Place;
use super::collections::output_systems;
use super::freshness::Freshness;
use super::items_page::{self, PageOf};
use super::links::{self, Base, Link};
use super::negotiate::{self, Format};
use super::open::{self, Opened};
use super::parameters::Parameters;
use super::path;
use super::question::{Question, question, unknown_crs};
use super::state::App;
use crate::catalog::Collection;
use crate::encode::coordinates::OutputCrs;
use crate::encode::geojson::GeoJsonWriter;
use crate::error::{Error, Result};
use crate::geo::Crs;
use crate::layer::evaluate::{self, Answer};
use crate::limits::Limits;
use crate::query::Query;

/// The parameters with a meaning of their own: a column of such a name cannot be asked for by equality.
pub const PARAMETERS: &[&str] = &[
    "f",
    "limit",
    "offset",
    "cursor",
    "bbox",
    "bbox-crs",
    "crs",
    "filter",
    "filter-lang",
    "filter-crs",
    "sortby",
    "properties",
    "exclude-properties",
    "exclude",
    "skip-geometry",
    "datetime",
    "q",
];

/// Bytes gathered before they are sent on.
const CHUNK: usize = 64 * 1024;
/// Features of an HTML page, unless asked otherwise, and at most.
const HTML_PAGE: usize = 50;
const HTML_PAGE_MAXIMUM: usize = 500;

/// A page of features.
pub async fn list(
    State(app): State<Arc<App>>,
    Extension(place): Extension<Place>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response> {
    let address = uri.path_and_query().map_or(uri.path(), |address| address.as_str());
    page(&app, place, address, &app.limits, &headers, |_| ()).await
}

/// The page of features at an address, which a body may have been translated into; `mend` may rewrite its links.
pub(super) async fn page(
    app: &App,
    place: Place,
    address: &str,
    limits: &Limits,
    headers: &HeaderMap,
    mend: impl FnOnce(&mut [Link]),
) -> Result<Response> {
    let (steps, text) = address.split_once('?').unwrap_or((address, ""));
    let id = match path::steps(steps, "/collections/")[..] {
        [id, "items"] => path::decode(id)?,
        _ => return Err(Error::not_found("there is nothing at this address")),
    };
    let mut parameters = Parameters::parse(Some(text), limits)?;
    let format = negotiate::format(parameters.take("f").as_deref(), headers, Format::Json)?;
    let mut opened = open::open(app, &app.worlds.current(), &id)?;
    let crs = output_crs(parameters.take("crs"), &opened.collection)?;
    let query = query(app, &mut opened, parameters, format)?;
    let (opened, answer) = answer(opened, query, place.clone()).await?;
    let base = Base::of(app, headers);
    let mut links = page_links(&base, address, &opened.collection, &answer);
    mend(&mut links);
    let freshness = Freshness::of(std::slice::from_ref(&opened), None);
    let mut response = match format {
        Format::Json => geojson(opened, answer, crs, &links, place),
        Format::Html => {
            let page = PageOf { answer: &answer, links: &links, asked: asked(text, limits) };
            items_page::render(app, headers, &base, &opened, &page)?
        }
    };
    freshness.add_to(response.headers_mut());
    Ok(response)
}

/// One feature.
pub async fn one(State(app): State<Arc<App>>, uri: Uri, headers: HeaderMap) -> Result<Response> {
    let (id, fid) = match path::steps(uri.path(), "/collections/")[..] {
        [id, "items", fid] => (path::decode(id)?, path::decode(fid)?),
        _ => return Err(Error::not_found("there is nothing at this address")),
    };
    let mut parameters = Parameters::parse(uri.query(), &app.limits)?;
    let format = negotiate::format(parameters.take("f").as_deref(), &headers, Format::Json)?;
    let opened = open::open(&app, &app.worlds.current(), &id)?;
    let crs = output_crs(parameters.take("crs"), &opened.collection)?;
    parameters.end()?;
    let view = opened.view();
    let Some(row) = evaluate::find(&view, &fid) else {
        let missing = Error::not_found(format!("there is no feature {fid:?} in {id:?}"));
        return Err(if view.sees_key() { missing } else { missing.hint("its features have no ids") });
    };
    let base = Base::of(&app, &headers);
    // The id as we write it, however it was asked for.
    let fid = view.key(row).map_or(fid, |key| key.text().into());
    let here = format!("{}/items/{}", base.collection(&opened.collection.id), path::encode(&fid));
    let links = [
        Link::new(format!("{here}?f=json"), "self", links::GEOJSON),
        Link::new(format!("{here}?f=html"), "alternate", links::HTML),
        Link::new(base.collection(&opened.collection.id), "collection", links::JSON),
    ];
    if format == Format::Html {
        let answer = Answer { rows: vec![row], matched: 1, next: None, previous: None };
        let page = PageOf { answer: &answer, links: &links, asked: Value::Null };
        return items_page::render(&app, &headers, &base, &opened, &page);
    }
    let content_crs = content_crs(&crs);
    let mut out = vec![];
    GeoJsonWriter::new(crs).feature(&view, row, &mut out);
    out.extend_from_slice(format!(r#","links":{}}}"#, json!(links)).as_bytes());
    let content_type = (header::CONTENT_TYPE, HeaderValue::from_static(links::GEOJSON));
    let mut response = ([content_type, content_crs], out).into_response();
    Freshness::of(std::slice::from_ref(&opened), None).add_to(response.headers_mut());
    Ok(response)
}

/// A layer with more features than this is filtered and sorted on a thread of its own.
const SMALL_LAYER: usize = 1_000;

/// Answers the query, where the request is if that is quick.
async fn answer(opened: Opened, query: Query, place: Place) -> Result<(Opened, Answer)> {
    let is_quick = query.has_no_filter() && query.sort.is_empty();
    if is_quick || opened.view().len() < SMALL_LAYER {
        let answer = evaluate::evaluate(&opened.view(), &query)?;
        return Ok((opened, answer));
    }
    let answered = tokio::task::spawn_blocking(move || {
        let _place = place;
        evaluate::evaluate(&opened.view(), &query).map(|answer| (opened, answer))
    });
    answered.await.map_err(|panic| Error::internal(format!("a query could not be answered: {panic}")))?
}

fn output_crs(asked: Option<String>, collection: &Collection) -> Result<OutputCrs> {
    let stored = collection.geometry.as_ref().map_or(Crs::Crs84, |geometry| geometry.crs);
    let crs = match asked {
        None => Crs::Crs84,
        Some(uri) => Crs::parse(&uri)
            .filter(|crs| output_systems(collection).contains(crs))
            .ok_or_else(|| unknown_crs("crs", &uri))?,
    };
    OutputCrs::new(stored, crs)
}

/// The question in the parameters; what it selects is the opened collection's from then on.
fn query(app: &App, opened: &mut Opened, parameters: Parameters, format: Format) -> Result<Query> {
    let page = match format {
        Format::Html => HTML_PAGE..=HTML_PAGE_MAXIMUM.min(app.limits.page_maximum),
        Format::Json => app.limits.page_default..=app.limits.page_maximum,
    };
    let Question { query, selection } = question(opened, parameters, page, &app.limits)?;
    opened.select(selection);
    Ok(query)
}

fn page_links(base: &Base, address: &str, collection: &Collection, answer: &Answer) -> Vec<Link> {
    let mut links = vec![
        Link::new(base.with(address, "f", Some("json")), "self", links::GEOJSON),
        Link::new(base.with(address, "f", Some("html")), "alternate", links::HTML),
        Link::new(base.collection(&collection.id), "collection", links::JSON),
    ];
    if let Some(cursor) = &answer.next {
        let next = base.turned(address, cursor);
        links.push(Link::new(next, "next", links::GEOJSON));
    }
    if let Some(cursor) = &answer.previous {
        let previous = base.turned(address, cursor);
        links.push(Link::new(previous, "prev", links::GEOJSON));
    }
    links
}

/// What the forms of a page show again.
fn asked(query: &str, limits: &Limits) -> Value {
    let mut parameters = Parameters::parse(Some(query), limits).unwrap_or_default();
    json!({ "q": parameters.take("q"), "filter": parameters.take("filter") })
}

fn content_crs(crs: &OutputCrs) -> (HeaderName, HeaderValue) {
    let uri = HeaderValue::from_str(&format!("<{}>", crs.crs.uri()));
    (HeaderName::from_static("content-crs"), uri.unwrap_or(HeaderValue::from_static("")))
}

/// Streams a FeatureCollection, encoded while it is sent.
fn geojson(opened: Opened, answer: Answer, crs: OutputCrs, links: &[Link], place: Place) -> Response {
    let head = format!(
        r#"{{"type":"FeatureCollection","numberMatched":{},"numberReturned":{},"timeStamp":"{}","links":{},"features":["#,
        answer.matched,
        answer.rows.len(),
        jiff::Timestamp::now().round(jiff::Unit::Second).unwrap_or_default(),
        json!(links),
    );
    let content_crs = content_crs(&crs);
    let page = Page {
        opened,
        rows: answer.rows,
        sent: 0,
        writer: GeoJsonWriter::new(crs),
        head: Some(head),
        _place: place,
    };
    // Fused, since compression asks once more after the end.
    let chunks = futures_util::stream::unfold(page, |mut page| async move {
        page.next_chunk().map(|chunk| (Ok::<_, std::convert::Infallible>(chunk), page))
    })
    .fuse();
    let content_type = (header::CONTENT_TYPE, HeaderValue::from_static(links::GEOJSON));
    ([content_type, content_crs], Body::from_stream(chunks)).into_response()
}

/// A page on its way out.
struct Page {
    opened: Opened,
    rows: Vec<u32>,
    /// Features sent so far; one more than there are once the end is sent too.
    sent: usize,
    writer: GeoJsonWriter,
    /// Taken with the first chunk.
    head: Option<String>,
    /// Held until all is sent.
    _place: Place,
}

impl Page {
    fn next_chunk(&mut self) -> Option<Bytes> {
        if self.sent > self.rows.len() {
            return None;
        }
        let mut out = Vec::with_capacity(CHUNK + 4096);
        if let Some(head) = self.head.take() {
            out.extend_from_slice(head.as_bytes());
        }
        let view = self.opened.view();
        while let Some(row) = self.rows.get(self.sent).filter(|_| out.len() < CHUNK) {
            if self.sent > 0 {
                out.push(b',');
            }
            self.writer.feature(&view, *row, &mut out);
            out.push(b'}');
            self.sent += 1;
        }
        if self.sent == self.rows.len() {
            out.extend_from_slice(b"]}");
            self.sent += 1;
        }
        Some(out.into())
    }
}
