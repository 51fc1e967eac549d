//! `/collections/{id}/items` and `/collections/{id}/items/{fid}`.

use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::catalog::Collection;
use crate::encode::ItemFormat;
use crate::encode::coordinates::OutputCrs;
use crate::encode::geojson::GeoJsonWriter;
use crate::encode::json_fg::JsonFgWriter;
use crate::error::{Error, Kind, Result, said};
use crate::geo::Crs;
use crate::layer::evaluate::{self, Answer};
use crate::query::{Cursor, Query, Selection};
use crate::snapshot::{Collected, Opened};
use crate::web::features::feature_stream::{Features, content_crs};
use crate::web::features::item_format::{self, Choice, Wanted};
use crate::web::features::items_page::{self, PageOf};
use crate::web::features::output_systems::output_systems;
use crate::web::features::question::{Question, question, unknown_crs, zoom_level};
use crate::web::features::rows::Rows;
use crate::web::http::conditional::{Contents, Validator};
use crate::web::http::freshness::Freshness;
use crate::web::http::links::{self, Base, Link};
use crate::web::http::negotiate::Format;
use crate::web::http::parameters::Parameters;
use crate::web::http::path::{self, Path};
use crate::web::request::Request;
use crate::web::state::admission::{self, Place};

/// The parameters with a meaning of their own. A column with such a name cannot be compared for
/// equality by a parameter.
pub const PARAMETERS: &[&str] = &[
    "f",
    "profile",
    "csv-separator",
    "csv-decimal",
    "csv-geometry",
    "csv-bom",
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
    "zoom-level",
    "datetime",
    "q",
];

/// The number of features on an HTML page: the default, and below the maximum.
const HTML_PAGE: usize = 50;
const HTML_PAGE_MAXIMUM: usize = 500;

/// Answers with a page of features.
pub async fn list(request: Request, Path(id): Path<String>) -> Result<Response> {
    let parameters = request.parameters()?;
    let bytes = request.uri().query().map_or(0, str::len);
    page(&request, &id, (parameters, bytes), Links::AsTheyAre).await
}

/// What happens to the links of a page.
pub(super) enum Links<'a> {
    /// The links stay addresses with a query.
    AsTheyAre,
    /// The request was a POST, and this function turns the links into POST requests.
    AsPosts(&'a (dyn Fn(&mut [Link]) + Sync)),
}

/// Answers with the page of features that the parameters ask for. `bytes` is the length of the
/// parameters as they were sent. The answer gets an entity tag only if the parameters came in the
/// address.
pub(super) async fn page(
    request: &Request,
    id: &str,
    (mut parameters, bytes): (Parameters, usize),
    links_are: Links<'_>,
) -> Result<Response> {
    let (headers, place, address) = (request.headers(), request.place()?, request.address());
    let asked = asked(&parameters);
    let wanted = item_format::take(&mut parameters, headers, request.limits())?;
    let collected = request.open(id)?;
    let crs = output_crs(parameters.take("crs"), &collected.schema().collection)?.crs;
    let format = if wanted == Wanted::Html { Format::Html } else { Format::Json };
    let base = request.base();
    let validator = match links_are {
        Links::AsTheyAre => Validator::of(&collected, &base, address, form(request, wanted)),
        Links::AsPosts(_) => None,
    };
    if let Some(unchanged) = validator.as_ref().and_then(|validator| validator.unchanged(headers)) {
        return Ok(unchanged);
    }
    let tagged = |response| match &validator {
        Some(validator) => validator.tagged(headers, response),
        None => response,
    };
    let is_in_address = matches!(links_are, Links::AsTheyAre);
    let unwatched = (is_in_address && validator.is_none()).then(|| collected.schema().clone());
    let (collected, query) = query(request, collected, parameters, (bytes, format)).await?;
    let links = |collection: &Collection, places| {
        let mut links = page_links(&base, address, collection, places, wanted);
        if let Links::AsPosts(as_posts) = links_are {
            as_posts(&mut links);
        }
        links
    };
    let (rows, places) = rows_of_page(collected, query, format, &place).await?;
    let links = links(&rows.opened.collection, places.each_ref().map(Option::as_ref));
    if let Wanted::Features(choice) = wanted {
        let features = Features { rows, choice, crs, links, is_download: false };
        let response = features.response(place).await?;
        let contents = unwatched.zip(response.extensions().get::<Contents>().copied());
        let own =
            contents.and_then(|(opened, contents)| Validator::of_contents(&opened, &base, address, contents));
        return Ok(match own {
            Some(validator) => validator.tagged(headers, response),
            None => tagged(response),
        });
    }
    let matched = rows.matched;
    let (opened, rows) = rows.first().await?;
    let page = PageOf { rows: &rows, matched, links: &links, asked };
    let mut response = items_page::render(request, &opened, &page)?;
    Freshness::of(std::slice::from_ref(&opened), None).add_to(response.headers_mut());
    match unwatched {
        None => Ok(tagged(response)),
        Some(opened) => Validator::by_contents(&opened, &base, address, (headers, response)).await,
    }
}

/// Returns the rows of a page, and where the next page begins and the one before ends.
async fn rows_of_page(
    collected: Collected,
    query: Query,
    format: Format,
    place: &Place,
) -> Result<(Rows, [Option<Cursor>; 2])> {
    match collected {
        Collected::Resident(opened) => {
            let (opened, mut answer) = answer(opened, query, place.clone()).await?;
            let places = [answer.next.take(), answer.previous.take()];
            Ok((Rows::resident(opened, answer), places))
        }
        Collected::Direct(opened) => {
            let mut page = match format {
                Format::Json => opened.direct.page(query, opened.reader(place.client())).await?,
                Format::Html => opened.direct.table(query, opened.reader(place.client())).await?,
            };
            let places = [page.next.take(), page.previous.take()];
            Ok((Rows::direct(opened, page), places))
        }
    }
}

/// Returns the part of the request that the form of the answer depends on. HTML pages also depend
/// on the language.
fn form(request: &Request, wanted: Wanted) -> (Wanted, Option<&'static str>) {
    let language = || request.language().tag();
    (wanted, (wanted == Wanted::Html).then(language))
}

/// Answers with one feature.
pub async fn one(request: Request, Path((id, fid)): Path<(String, String)>) -> Result<Response> {
    let mut parameters = request.parameters()?;
    let wanted = item_format::take(&mut parameters, request.headers(), request.limits())?;
    let collected = request.open(&id)?;
    let crs = output_crs(parameters.take("crs"), &collected.schema().collection)?;
    let zoom_level = zoom_level(&mut parameters, request.limits())?;
    parameters.end()?;
    let base = request.base();
    let validator = Validator::of(&collected, &base, request.address(), form(&request, wanted));
    if let Some(unchanged) = validator.as_ref().and_then(|validator| validator.unchanged(request.headers())) {
        return Ok(unchanged);
    }
    let tagged = |response| match &validator {
        Some(validator) => validator.tagged(request.headers(), response),
        None => response,
    };
    let has_ids = collected.schema().view().sees_key();
    let Some((mut opened, row)) = find(collected, &fid, request.place()?.client()).await? else {
        let missing = Error::not_found(said!("there is no feature {:?} in {:?}", fid, id));
        return Err(if has_ids { missing } else { missing.hint("its features have no ids") });
    };
    opened.select(Selection { zoom_level, ..Selection::default() });
    let view = opened.view();
    // The canonical spelling of the id, whatever the request wrote.
    let fid = view.key(row).map_or(fid, |key| key.text());
    let here = format!("{}/items/{}", base.collection(&opened.collection.id), path::encode(&fid));
    let links = [
        Link::new(format!("{here}?f=json"), "self", links::GEOJSON),
        Link::new(format!("{here}?f=html"), "alternate", links::HTML),
        Link::new(base.collection(&opened.collection.id), "collection", links::JSON),
    ];
    let choice = match wanted {
        Wanted::Features(choice) => choice,
        Wanted::Html => {
            let page = PageOf { rows: &[row], matched: Some(1), links: &links, asked: Value::Null };
            let mut response = items_page::render(&request, &opened, &page)?;
            Freshness::of(std::slice::from_ref(&opened), None).add_to(response.headers_mut());
            return match &validator {
                Some(validator) => Ok(validator.tagged(request.headers(), response)),
                None => {
                    let asked = (request.headers(), response);
                    Validator::by_contents(&opened, &base, request.address(), asked).await
                }
            };
        }
    };
    let mut out = vec![];
    let content_crs = content_crs(crs.crs);
    feature(&opened, row, crs, &choice, &mut out)?;
    out.extend_from_slice(format!(r#","links":{}}}"#, links::json(&links)).as_bytes());
    let contents = Contents::of(&out, choice.media_type);
    let content_type = (header::CONTENT_TYPE, HeaderValue::from_static(choice.media_type));
    let profile = choice.profile.map(|uri| [(header::LINK, format!("<{uri}>; rel=\"profile\""))]);
    let profile = profile.map(axum::response::AppendHeaders);
    let mut response = (profile, [content_type, content_crs], out).into_response();
    Freshness::of(std::slice::from_ref(&opened), None).add_to(response.headers_mut());
    let own = || Validator::of_contents(&opened, &base, request.address(), contents);
    Ok(match validator.is_none().then(own).flatten() {
        Some(validator) => validator.tagged(request.headers(), response),
        None => tagged(response),
    })
}

/// Appends one feature as a document of its own, without the closing brace, so that links can
/// follow.
fn feature(opened: &Opened, row: u32, crs: OutputCrs, choice: &Choice, out: &mut Vec<u8>) -> Result<()> {
    let view = opened.view();
    match choice.format {
        ItemFormat::GeoJson => GeoJsonWriter::new(crs).feature(&view, row, out),
        ItemFormat::JsonFg => {
            let mut writer = JsonFgWriter::new(opened.stored_crs(), crs.crs, choice.options.profile)?;
            writer.feature(&view, row, out);
            writer.root(&view, out);
        }
        _ => {
            let what = "a single feature is given as json, jsonfg or html";
            return Err(Error { parameter: Some("f".into()), ..Error::new(Kind::NotAcceptable, what) });
        }
    }
    Ok(())
}

/// Finds a feature by its id; returns the collection with the rows that contain it, and the number
/// of its row.
async fn find(collected: Collected, fid: &str, client: Option<u64>) -> Result<Option<(Opened, u32)>> {
    match collected {
        Collected::Resident(opened) => {
            let row = evaluate::find(&opened.view(), fid);
            Ok(row.map(|row| (opened, row)))
        }
        Collected::Direct(opened) => {
            let found = opened.direct.one(fid, opened.reader(client)).await?;
            Ok(found.map(|layer| (opened.rows(layer), 0)))
        }
    }
}

/// Evaluates a query. Without a filter and a sort order it does so on the current thread, otherwise
/// as work.
pub(super) async fn answer(opened: Opened, query: Query, place: Place) -> Result<(Opened, Answer)> {
    if query.has_no_filter() && query.sort.is_empty() {
        let answer = evaluate::evaluate(&opened.view(), &query)?;
        return Ok((opened, answer));
    }
    place.work(move || evaluate::evaluate(&opened.view(), &query).map(|answer| (opened, answer))).await?
}

pub(super) fn output_crs(asked: Option<String>, collection: &Collection) -> Result<OutputCrs> {
    let stored = collection.geometry.as_ref().map_or(Crs::Crs84, |geometry| geometry.crs);
    let crs = match asked {
        None => Crs::Crs84,
        Some(uri) => Crs::parse(&uri)
            .filter(|crs| output_systems(collection).contains(crs))
            .ok_or_else(|| unknown_crs("crs", &uri))?,
    };
    OutputCrs::new(stored, crs)
}

/// Reads the query in the parameters. `bytes` is the length of the parameters as they were sent.
/// The columns that the query selects are set on the returned collection.
pub(super) async fn query(
    request: &Request,
    mut collected: Collected,
    parameters: Parameters,
    (bytes, format): (usize, Format),
) -> Result<(Collected, Query)> {
    let page = match format {
        Format::Html => HTML_PAGE..=HTML_PAGE_MAXIMUM.min(request.limits().page_maximum),
        Format::Json => request.limits().page_default..=request.limits().page_maximum,
    };
    let (place, own) = (request.place()?, request.clone());
    let read = move || {
        let Question { query, selection } = question(collected.schema(), parameters, page, own.limits())?;
        collected.schema_mut().select(selection);
        Ok((collected, query))
    };
    admission::read(bytes, std::future::ready(Ok(place)), read).await
}

/// Returns the links of a page: to itself, to its other formats, to the collection, and to the next
/// and previous page, which begin and end at the two cursors.
fn page_links(
    base: &Base,
    address: &str,
    collection: &Collection,
    [next, previous]: [Option<&Cursor>; 2],
    wanted: Wanted,
) -> Vec<Link> {
    // An HTML page names GeoJSON as itself, because scripts and the map read that link.
    let (own, own_type) = match wanted {
        Wanted::Features(choice) => (choice.format, choice.media_type.split(';').next().unwrap_or_default()),
        Wanted::Html => (ItemFormat::GeoJson, links::GEOJSON),
    };
    let others = ItemFormat::available().filter(|format| *format != own);
    let itself = Link::new(base.with(address, "f", Some(own.name())), "self", own_type);
    let mut links = vec![itself.titled(own.title())];
    links.push(Link::new(base.with(address, "f", Some("html")), "alternate", links::HTML));
    links.extend(others.map(|other| {
        let href = base.with(address, "f", Some(other.name()));
        Link::new(href, "alternate", other.bare_media_type()).titled(other.title())
    }));
    links.push(Link::new(base.collection(&collection.id), "collection", links::JSON));
    let pages = [("next", next), ("prev", previous)];
    links.extend(
        pages
            .into_iter()
            .filter_map(|(rel, cursor)| Some(Link::new(base.turned(address, cursor?), rel, own_type))),
    );
    links
}

/// Returns the parameters that the forms of an HTML page show again.
fn asked(parameters: &Parameters) -> Value {
    json!({ "q": parameters.get("q"), "filter": parameters.get("filter") })
}
