//! `/collections/{id}/items` and `/collections/{id}/items/{fid}`.

use std::num::IntErrorKind;
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
use super::parameters::{self, Parameters};
use super::path;
use super::state::App;
use crate::catalog::Collection;
use crate::encode::coordinates::OutputCrs;
use crate::encode::geojson::GeoJsonWriter;
use crate::error::{Error, Result};
use crate::geo::Crs;
use crate::layer::evaluate::{self, Answer};
use crate::query::{BboxFilter, Cursor, Filter, Literal, Query};

/// The parameters with a meaning of their own: a column of such a name cannot be asked for by equality.
pub const PARAMETERS: &[&str] = &["f", "limit", "cursor", "bbox", "bbox-crs", "crs"];

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
    let id = match path::steps(uri.path(), "/collections/")[..] {
        [id, "items"] => path::decode(id)?,
        _ => return Err(Error::not_found("there is nothing at this address")),
    };
    let mut parameters = Parameters::parse(uri.query(), &app.limits)?;
    let format = negotiate::format(parameters.take("f").as_deref(), &headers, Format::Json)?;
    let opened = open::open(&app, &app.worlds.current(), &id)?;
    let crs = output_crs(parameters.take("crs"), &opened.collection)?;
    let query = query(&app, &opened, parameters, format)?;
    let (opened, answer) = answer(opened, query, place.clone()).await?;
    let base = Base::of(&app, &headers);
    let links = page_links(&base, &uri, &opened.collection, &answer);
    let freshness = Freshness::of(std::slice::from_ref(&opened), None);
    let mut response = match format {
        Format::Json => geojson(opened, answer, crs, &links, place),
        Format::Html => {
            let page = PageOf { answer: &answer, links: &links, asked: asked(uri.query(), &app) };
            items_page::render(&app, &headers, &base, &opened, &page)?
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

/// A layer with more features than this is filtered on a thread of its own.
const SMALL_LAYER: usize = 20_000;

/// Answers the query, where the request is if that is quick.
async fn answer(opened: Opened, query: Query, place: Place) -> Result<(Opened, Answer)> {
    if query.has_no_filter() || opened.view().len() < SMALL_LAYER {
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

fn unknown_crs(parameter: &str, uri: &str) -> Error {
    Error::invalid(parameter, format!("{uri:?} is none of this collection's systems"))
        .hint("the collection lists them under crs")
}

/// The question in the parameters: what is no parameter of ours must be a column that may be seen.
fn query(app: &App, opened: &Opened, mut parameters: Parameters, format: Format) -> Result<Query> {
    let (default, maximum) = match format {
        Format::Html => (HTML_PAGE, HTML_PAGE_MAXIMUM.min(app.limits.page_maximum)),
        Format::Json => (app.limits.page_default, app.limits.page_maximum),
    };
    let limit = match parameters.take("limit") {
        None => default.min(maximum),
        Some(text) => match text.parse::<usize>() {
            Ok(limit) if limit > 0 => limit.min(maximum),
            // More digits than a number holds are a whole number still.
            Err(fault) if *fault.kind() == IntErrorKind::PosOverflow => maximum,
            _ => {
                let what = format!("limit must be a whole number from 1, not {text:?}");
                return Err(Error::invalid("limit", what));
            }
        },
    };
    let bbox_crs = match parameters.take("bbox-crs") {
        None => Crs::Crs84,
        Some(uri) => Crs::parse(&uri)
            .filter(|crs| output_systems(&opened.collection).contains(crs))
            .ok_or_else(|| unknown_crs("bbox-crs", &uri))?,
    };
    let bbox = parameters.take("bbox").map(|text| BboxFilter::parse(&text, bbox_crs)).transpose()?;
    let from = parameters.take("cursor").map(|word| Cursor::decode(&word)).transpose()?;
    let view = opened.view();
    let mut conditions = vec![];
    for (name, text) in parameters.take_rest() {
        let column = opened.collection.column(&name).filter(|column| view.visible(*column).is_some());
        let kind = column.and_then(|column| Some((column, opened.collection.columns.get(column)?.kind)));
        let Some((column, kind)) = kind else { return Err(parameters::unknown(&name)) };
        conditions.push(Filter::equals(column, kind, Literal::parse(&name, &text, kind)?));
    }
    let filter = (!conditions.is_empty()).then_some(Filter::And(conditions));
    Ok(Query { bbox, filter, limit, from, ..Query::default() })
}

fn page_links(base: &Base, uri: &Uri, collection: &Collection, answer: &Answer) -> Vec<Link> {
    let mut links = vec![
        Link::new(base.with(uri, "f", Some("json")), "self", links::GEOJSON),
        Link::new(base.with(uri, "f", Some("html")), "alternate", links::HTML),
        Link::new(base.collection(&collection.id), "collection", links::JSON),
    ];
    if let Some(cursor) = &answer.next {
        let next = base.with(uri, "cursor", Some(&cursor.encode()));
        links.push(Link::new(next, "next", links::GEOJSON));
    }
    if let Some(cursor) = &answer.previous {
        let previous = base.with(uri, "cursor", Some(&cursor.encode()));
        links.push(Link::new(previous, "prev", links::GEOJSON));
    }
    links
}

/// What the forms of a page show again.
fn asked(query: Option<&str>, app: &App) -> Value {
    let mut parameters = Parameters::parse(query, &app.limits).unwrap_or_default();
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
