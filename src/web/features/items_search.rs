//! `POST /collections/{id}/items/search`: the parameters of items in a body of JSON, for filters that no address holds.
//!
//! `{"filter": {"op": …}, "limit": 10, "sortby": ["-name"]}`: every parameter by its name, lists as lists or with
//! commas, the filter as an object of CQL2 JSON, or as text. The links to other pages are such questions again
//! (`method` and `body`, as STAC API has them).

use std::collections::BTreeMap;

use axum::body::Bytes;
use axum::response::Response;
use serde_json::value::{RawValue, to_raw_value};

use crate::error::{Error, Result, said};
use crate::limits::Limits;
use crate::web::features::items;
use crate::web::http::links::Link;
use crate::web::http::path;
use crate::web::request::Request;
use crate::web::state::admission;

/// A page of features.
pub async fn post(request: Request, body: Bytes) -> Result<Response> {
    let bytes = body.len();
    let read = move || {
        let asked = read(&body)?;
        let query = query_of(&asked)?;
        Ok((asked, query))
    };
    let (asked, query) = admission::read(bytes, std::future::ready(request.place()), read).await?;
    let items = request.uri().path().strip_suffix("/search").unwrap_or(request.uri().path());
    let own = request.uri().query().map(|query| format!("{query}&")).unwrap_or_default();
    let address = format!("{items}?{own}{query}");
    // What an address may hold is no measure for what comes in a body.
    let limits = Limits { parameter_bytes: request.limits().filter_bytes, ..request.limits().clone() };
    let mend = |links: &mut [Link]| as_posts(links, &asked);
    items::page(&request, &address, &limits, items::Links::Mended(&mend)).await
}

/// The members as they are written, so that numbers keep their digits.
type Asked = BTreeMap<String, Box<RawValue>>;

fn read(body: &[u8]) -> Result<Asked> {
    serde_json::from_slice(body).map_err(|error| {
        let what = said!("the body is no object of JSON, at line {} column {}", error.line(), error.column());
        Error::invalid("body", what)
            .hint(said!(r#"such as {{"filter": {{"op": "=", "args": [{{"property": "name"}}, "x"]}}}}"#))
    })
}

/// The members as the query of an address.
fn query_of(asked: &Asked) -> Result<String> {
    let mut pairs = vec![];
    for (name, value) in asked {
        let text = match value.get().as_bytes().first() {
            Some(b'{') if name == "filter" => {
                if !asked.contains_key("filter-lang") {
                    pairs.push("filter-lang=cql2-json".to_owned());
                }
                value.get().to_owned()
            }
            Some(b'[') => {
                let items: Vec<&RawValue> = serde_json::from_str(value.get()).map_err(|_| wrong(name))?;
                items.into_iter().map(|item| scalar(name, item)).collect::<Result<Vec<_>>>()?.join(",")
            }
            _ => scalar(name, value)?,
        };
        pairs.push(format!("{}={}", path::encode(name), path::encode(&text)));
    }
    Ok(pairs.join("&"))
}

fn scalar(name: &str, value: &RawValue) -> Result<String> {
    match value.get().as_bytes().first() {
        Some(b'"') => serde_json::from_str(value.get()).map_err(|_| wrong(name)),
        Some(b't' | b'f' | b'-' | b'0'..=b'9') => Ok(value.get().to_owned()),
        _ => Err(wrong(name)),
    }
}

fn wrong(name: &str) -> Error {
    Error::invalid(name, said!("{} is a text, a number, true, false, or a list of such", name))
}

/// Turns links to addresses into the same questions in bodies.
fn as_posts(links: &mut [Link], asked: &Asked) {
    for link in links.iter_mut().filter(|link| matches!(link.rel, "self" | "alternate" | "next" | "prev")) {
        let Some((address, query)) = link.href.split_once('?') else { continue };
        let mut body = asked.clone();
        for (name, value) in query.split('&').filter_map(|pair| pair.split_once('=')) {
            if matches!(name, "cursor" | "f")
                && let Ok(value) = path::decode(value)
                && let Ok(value) = to_raw_value(value.as_ref())
            {
                body.insert(name.into(), value);
            }
        }
        if body.contains_key("cursor") {
            body.remove("offset");
        }
        link.href = format!("{address}/search");
        link.method = Some("POST");
        link.body = to_raw_value(&body).ok();
    }
}
