//! `POST /collections/{id}/items/search`: the parameters of items in a JSON body, for filters that
//! are too long for an address.
//!
//! In `{"filter": {"op": …}, "limit": 10, "sortby": ["-name"]}` each member is a parameter. A list
//! is an array or a text with commas; a filter is a CQL2 JSON object or a text. The links to other
//! pages are POST requests too (with `method` and `body`, as in STAC API).

use std::collections::BTreeMap;

use axum::body::Bytes;
use axum::response::Response;
use serde_json::value::{RawValue, to_raw_value};

use crate::error::{Error, Result, said};
use crate::limits::Key;
use crate::web::features::items;
use crate::web::http::links::Link;
use crate::web::http::path::{self, Path};
use crate::web::request::Request;
use crate::web::state::admission;

/// Answers with a page of features.
pub async fn post(request: Request, Path(id): Path<String>, body: Bytes) -> Result<Response> {
    let bytes = body.len();
    let read = move || {
        let asked = read(&body)?;
        let values = values_of(&asked)?;
        Ok((asked, values))
    };
    let (asked, values) = admission::read(bytes, std::future::ready(request.place()), read).await?;
    let mut parameters = request.parameters()?;
    for (name, value) in values {
        // The length limits for parameters in an address do not apply to a body.
        parameters.insert(name, value, request.limits(), Key::filter_bytes)?;
    }
    let to_posts = |links: &mut [Link]| as_posts(links, &asked);
    items::page(&request, &id, (parameters, bytes), items::Links::AsPosts(&to_posts)).await
}

/// The members as they were written, so that numbers keep their digits.
type Asked = BTreeMap<String, Box<RawValue>>;

fn read(body: &[u8]) -> Result<Asked> {
    serde_json::from_slice(body).map_err(|error| {
        let what = said!("the body is no object of JSON, at line {} column {}", error.line(), error.column());
        Error::invalid("body", what)
            .hint(said!(r#"such as {{"filter": {{"op": "=", "args": [{{"property": "name"}}, "x"]}}}}"#))
    })
}

/// Converts the members to query parameters.
fn values_of(asked: &Asked) -> Result<Vec<(String, String)>> {
    let mut values = vec![];
    for (name, value) in asked {
        let text = match value.get().as_bytes().first() {
            Some(b'{') if name == "filter" => {
                if !asked.contains_key("filter-lang") {
                    values.push(("filter-lang".to_owned(), "cql2-json".to_owned()));
                }
                value.get().to_owned()
            }
            Some(b'[') => {
                let items: Vec<&RawValue> = serde_json::from_str(value.get()).map_err(|_| wrong(name))?;
                items.into_iter().map(|item| scalar(name, item)).collect::<Result<Vec<_>>>()?.join(",")
            }
            _ => scalar(name, value)?,
        };
        values.push((name.clone(), text));
    }
    Ok(values)
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

/// Turns links with a query into POST requests with a body.
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
        link.href = address.to_owned();
        link.method = Some("POST");
        link.body = to_raw_value(&body).ok();
    }
}
