//! Absolute addresses, and the links of OGC API.

use axum::http::{HeaderMap, header};
use serde::Serialize;

use crate::encode::json_text;
use crate::query::Cursor;
use crate::web::http::path;

/// A link object of OGC API.
#[derive(Clone, Debug, Serialize)]
pub struct Link {
    /// The target address.
    pub href: String,
    /// The relation of the target to this document.
    pub rel: &'static str,
    /// The media type of the target.
    #[serde(rename = "type")]
    pub media_type: &'static str,
    /// A title for human readers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Whether the address is a template; None means no.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub templated: Option<bool>,
    /// The HTTP method; None means GET.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method: Option<&'static str>,
    /// The body of the request; None if it has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<Box<serde_json::value::RawValue>>,
}

impl Link {
    /// A GET link without a title.
    pub fn new(href: String, rel: &'static str, media_type: &'static str) -> Link {
        Link { href, rel, media_type, title: None, templated: None, method: None, body: None }
    }

    /// Adds a title.
    pub fn titled(mut self, title: impl Into<String>) -> Link {
        self.title = Some(title.into());
        self
    }

    /// Says that the address is a template (RFC 6570).
    pub fn templated(mut self) -> Link {
        self.templated = Some(true);
        self
    }
}

/// Writes links as a JSON array, for the `links` of a page of features.
pub fn json(links: &[Link]) -> String {
    json_text::rewritten(&serde_json::json!(links))
}

/// The media type of JSON.
pub const JSON: &str = "application/json";
/// The media type of GeoJSON.
pub const GEOJSON: &str = "application/geo+json";
/// The media type of JSON Schema.
pub const SCHEMA: &str = "application/schema+json";
/// The media type of metadata in ISO 19139.
pub const ISO_19139: &str = "application/vnd.iso.19139+xml";
/// The media type of styles of MapLibre and Mapbox.
pub const STYLE: &str = "application/vnd.mapbox.style+json";
/// The relation of a link to the styles of a resource.
pub const REL_STYLES: &str = "http://www.opengis.net/def/rel/ogc/1.0/styles";
/// The relation of a link to a legend.
pub const REL_LEGEND: &str = "http://www.opengis.net/def/rel/ogc/1.0/legend";
/// The media type of HTML.
pub const HTML: &str = "text/html";

/// The relation of a link to a list of vector tilesets (OGC API – Tiles).
pub const REL_TILESETS: &str = "http://www.opengis.net/def/rel/ogc/1.0/tilesets-vector";
/// The relation of a link to a tile matrix set.
pub const REL_TILING_SCHEME: &str = "http://www.opengis.net/def/rel/ogc/1.0/tiling-scheme";
/// The relation of a link to a list of tile matrix sets.
pub const REL_TILING_SCHEMES: &str = "http://www.opengis.net/def/rel/ogc/1.0/tiling-schemes";

/// The media type of a catalogue of OGC API – Records.
pub const OGC_CATALOG: &str = "application/ogc-catalog+json";
/// The relation of a link to a catalogue.
pub const REL_CATALOG: &str = "http://www.opengis.net/def/rel/ogc/1.0/ogc-catalog";
/// The collection id of the catalogue, which clients of OGC API – Records know.
pub const CATALOG_ID: &str = "catalog";
/// The media type of the OpenAPI document. Clients compare it character by character.
pub const OPENAPI: &str = "application/vnd.oai.openapi+json;version=3.0";

/// The beginning of this server's addresses, without a trailing slash.
#[derive(Clone, Debug, Default)]
pub struct Base(String);

impl Base {
    /// Returns the configured public URL, or else `http://` with the request's `Host`.
    pub fn of(public_url: Option<&str>, headers: &HeaderMap) -> Base {
        if let Some(public) = public_url {
            return Base(public.trim_end_matches('/').to_owned());
        }
        let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
        // The Host header comes from the client and goes into links, so only characters of a host
        // are allowed.
        let is_host = |host: &&str| {
            !host.is_empty() && host.chars().all(|c| c.is_ascii_alphanumeric() || "-._:[]".contains(c))
        };
        Base(format!("http://{}", host.filter(is_host).unwrap_or("localhost")))
    }

    /// Returns the address of `path`, which begins with a slash.
    pub fn href(&self, path: &str) -> String {
        format!("{}{path}", self.0)
    }

    /// Returns the address of a collection.
    pub fn collection(&self, id: &str) -> String {
        self.href(&format!("/collections/{}", path::encode(id)))
    }

    /// Returns the address of a style.
    pub fn style(&self, id: &str) -> String {
        self.href(&format!("/styles/{}", path::encode(id)))
    }

    /// Returns the URL template for tiles of one or several collections.
    pub fn tiles(&self, ids: &[&str]) -> String {
        self.href(&format!("/xyz/{}/{{z}}/{{x}}/{{y}}", composite(ids)))
    }

    /// Returns the address of the TileJSON of one or several collections.
    pub fn tilejson(&self, ids: &[&str]) -> String {
        self.href(&format!("/xyz/{}.json", composite(ids)))
    }

    /// Returns the requested address, path and query, with the parameter `name` set to `value`, or
    /// removed if `value` is None.
    pub fn with(&self, address: &str, name: &str, value: Option<&str>) -> String {
        let (path, query) = address.split_once('?').unwrap_or((address, ""));
        // The name may be percent-encoded in the address. If it were not found, the parameter would
        // occur twice and the request be refused.
        let is_name =
            |pair: &str| path::decode(pair.split('=').next().unwrap_or(pair)).is_ok_and(|it| it == name);
        let kept = query.split('&').filter(|pair| !pair.is_empty() && !is_name(pair));
        let mut pairs: Vec<String> = kept.map(str::to_owned).collect();
        pairs.extend(value.map(|value| format!("{name}={}", path::encode(value))));
        let query = if pairs.is_empty() { String::new() } else { format!("?{}", pairs.join("&")) };
        self.href(&format!("{path}{query}"))
    }

    /// Returns the requested address with another cursor, and without `offset`, because the cursor
    /// determines where the page begins.
    pub fn turned(&self, address: &str, cursor: &Cursor) -> String {
        let turned = self.with(address, "cursor", Some(&cursor.encode()));
        let own = turned.strip_prefix(&self.0).unwrap_or(&turned);
        self.with(own, "offset", None)
    }
}

fn composite(ids: &[&str]) -> String {
    ids.iter().map(|id| path::encode(id)).collect::<Vec<_>>().join(",")
}
