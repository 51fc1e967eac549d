//! Absolute addresses and the links of OGC API.

use axum::http::{HeaderMap, header};
use serde::Serialize;

use crate::encode::json_text;
use crate::query::Cursor;
use crate::web::http::path;

/// A link as OGC API writes it.
#[derive(Clone, Debug, Serialize)]
pub struct Link {
    /// Where to.
    pub href: String,
    /// What it is to this document.
    pub rel: &'static str,
    /// The media type there.
    #[serde(rename = "type")]
    pub media_type: &'static str,
    /// For people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// How to ask, where it is not GET.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method: Option<&'static str>,
    /// What to send.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<Box<serde_json::value::RawValue>>,
}

impl Link {
    /// A link without title.
    pub fn new(href: String, rel: &'static str, media_type: &'static str) -> Link {
        Link { href, rel, media_type, title: None, method: None, body: None }
    }

    /// The same with a title.
    pub fn titled(mut self, title: impl Into<String>) -> Link {
        self.title = Some(title.into());
        self
    }
}

/// Links as a member of a page of features.
pub fn json(links: &[Link]) -> String {
    json_text::rewritten(&serde_json::json!(links))
}

/// JSON.
pub const JSON: &str = "application/json";
/// GeoJSON.
pub const GEOJSON: &str = "application/geo+json";
/// JSON Schema.
pub const SCHEMA: &str = "application/schema+json";
/// Metadata by ISO 19139.
pub const ISO_19139: &str = "application/vnd.iso.19139+xml";
/// HTML.
pub const HTML: &str = "text/html";

/// The media type of a catalogue of OGC API – Records.
pub const OGC_CATALOG: &str = "application/ogc-catalog+json";
/// The relation of a link to a catalogue.
pub const REL_CATALOG: &str = "http://www.opengis.net/def/rel/ogc/1.0/ogc-catalog";
/// The id of the catalogue among collections, as clients of Records know it.
pub const CATALOG_ID: &str = "catalog";
/// The media type of the description of the API; clients compare it letter by letter.
pub const OPENAPI: &str = "application/vnd.oai.openapi+json;version=3.0";

/// Where this server's addresses begin, without a trailing slash.
#[derive(Clone, Debug, Default)]
pub struct Base(String);

impl Base {
    /// The configured public URL, else what the request says of itself.
    pub fn of(public_url: Option<&str>, headers: &HeaderMap) -> Base {
        if let Some(public) = public_url {
            return Base(public.trim_end_matches('/').to_owned());
        }
        let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
        // A Host header is text from outside and goes into links: only what a host may hold.
        let is_host = |host: &&str| {
            !host.is_empty() && host.chars().all(|c| c.is_ascii_alphanumeric() || "-._:[]".contains(c))
        };
        Base(format!("http://{}", host.filter(is_host).unwrap_or("localhost")))
    }

    /// The address of `path`, which begins with a slash.
    pub fn href(&self, path: &str) -> String {
        format!("{}{path}", self.0)
    }

    /// The address of a collection.
    pub fn collection(&self, id: &str) -> String {
        self.href(&format!("/collections/{}", path::encode(id)))
    }

    /// The template of the tiles of one or several collections.
    pub fn tiles(&self, ids: &[&str]) -> String {
        self.href(&format!("/xyz/{}/{{z}}/{{x}}/{{y}}", composite(ids)))
    }

    /// The TileJSON of one or several collections.
    pub fn tilejson(&self, ids: &[&str]) -> String {
        self.href(&format!("/xyz/{}.json", composite(ids)))
    }

    /// The address that was asked for, path and query, with parameter `name` set to `value`, or removed.
    pub fn with(&self, address: &str, name: &str, value: Option<&str>) -> String {
        let (path, query) = address.split_once('?').unwrap_or((address, ""));
        // A parameter's name may be written with escapes, and given twice it would be refused.
        let is_name =
            |pair: &str| path::decode(pair.split('=').next().unwrap_or(pair)).is_ok_and(|it| it == name);
        let kept = query.split('&').filter(|pair| !pair.is_empty() && !is_name(pair));
        let mut pairs: Vec<String> = kept.map(str::to_owned).collect();
        pairs.extend(value.map(|value| format!("{name}={}", path::encode(value))));
        let query = if pairs.is_empty() { String::new() } else { format!("?{}", pairs.join("&")) };
        self.href(&format!("{path}{query}"))
    }

    /// The address that was asked for, turned to another page. Where that begins is the cursor's to say.
    pub fn turned(&self, address: &str, cursor: &Cursor) -> String {
        let turned = self.with(address, "cursor", Some(&cursor.encode()));
        let own = turned.strip_prefix(&self.0).unwrap_or(&turned);
        self.with(own, "offset", None)
    }
}

fn composite(ids: &[&str]) -> String {
    ids.iter().map(|id| path::encode(id)).collect::<Vec<_>>().join(",")
}
