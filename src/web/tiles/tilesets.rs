//! The tilesets of OGC API – Tiles (20-057), of one collection and of the whole dataset:
//! `…/tiles` lists them, `…/tiles/{tileMatrixSetId}` describes one.

use axum::Json;
use axum::response::Response;
use serde_json::{Value, json};

use crate::catalog::Language;
use crate::error::{Error, Result};
use crate::layer::View;
use crate::tile::tileset::{MVT, Members, Tileset};
use crate::tile::{TileLayer, tile_matrix_set};
use crate::web::features::question::AskedFilter;
use crate::web::http::links::{self, Link, REL_TILING_SCHEME};
use crate::web::http::negotiate::{self, Format};
use crate::web::http::path::Path;
use crate::web::http::words::said;
use crate::web::request::Request;
use crate::web::tiles::address::known;
use crate::web::tiles::parts::{self, Part, of_collection, of_dataset};
use crate::web::tiles::{filters, look_at_keys};

const REL_GEODATA: &str = "http://www.opengis.net/def/rel/ogc/1.0/geodata";
const REL_DATASET: &str = "http://www.opengis.net/def/rel/ogc/1.0/dataset";

/// Answers with the tilesets of a collection.
pub async fn of_collection_list(request: Request, Path(id): Path<String>) -> Result<Response> {
    answer(request, Some(id), Document::List).await
}

/// Answers with a tileset of a collection.
pub async fn of_collection_one(
    request: Request,
    Path((id, set)): Path<(String, String)>,
) -> Result<Response> {
    known(&set)?;
    answer(request, Some(id), Document::Metadata).await
}

/// Answers with the tilesets of the whole dataset.
pub async fn of_dataset_list(request: Request) -> Result<Response> {
    answer(request, None, Document::List).await
}

/// Answers with a tileset of the whole dataset.
pub async fn of_dataset_one(request: Request, Path(set): Path<String>) -> Result<Response> {
    known(&set)?;
    answer(request, None, Document::Metadata).await
}

/// The two documents about a tileset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Document {
    List,
    Metadata,
}

/// A tileset as a request asks for it.
struct Asked {
    request: Request,
    /// The id of the collection; None for the whole dataset.
    id: Option<String>,
    document: Document,
    format: Format,
    parts: Vec<Part>,
}

async fn answer(request: Request, id: Option<String>, document: Document) -> Result<Response> {
    let place = request.place()?;
    let asked = place.clone().work(move || Asked::read(request, id, document)).await??;
    if document == Document::Metadata {
        look_at_keys(&asked.request, &asked.parts).await;
    }
    // Done as work, because it may read all rows once.
    place.work(move || asked.answer()).await?
}

impl Asked {
    fn read(request: Request, id: Option<String>, document: Document) -> Result<Asked> {
        let mut parameters = request.parameters()?;
        let format = negotiate::format(parameters.take("f").as_deref(), request.headers(), Format::Json)?;
        let mut filter = None;
        let mut collections = None;
        if document == Document::Metadata {
            filter = AskedFilter::take(&mut parameters, request.limits())?;
            if id.is_none() && parameters.take("collections").is_some() {
                collections = parts::raw(request.uri().query().unwrap_or_default(), "collections");
            }
        }
        parameters.end()?;
        let parts = match &id {
            Some(id) => of_collection(&request, id)?,
            None => of_dataset(&request, collections)?,
        };
        filters(filter.as_ref(), &parts)?;
        if parts.is_empty() && document == Document::Metadata {
            return Err(Error::not_found("no collection with a geometry can be seen here"));
        }
        Ok(Asked { request, id, document, format, parts })
    }

    fn answer(&self) -> Result<Response> {
        let layers: Vec<TileLayer<'_>> = self.parts.iter().map(Part::layer).collect();
        let limits = self.request.tile_limits();
        let in_english = self.request.language() == Language::English;
        let tileset = Tileset { layers: &layers, limits: &limits, in_english };
        let (page, document) = match self.document {
            Document::List => ("tilesets.html", self.list(&tileset)),
            Document::Metadata => ("tileset.html", self.metadata(&tileset)),
        };
        match self.format {
            Format::Json => Ok(negotiate::in_language(Json(document), self.request.language())),
            Format::Html => self.request.page(page, document),
        }
    }

    fn list(&self, tileset: &Tileset<'_>) -> Value {
        let base = self.request.base();
        let address = format!("{}/{}", self.request.uri().path(), tile_matrix_set::ID);
        let mut own = vec![
            Link::new(base.href(&format!("{address}?f=json")), "self", links::JSON),
            Link::new(base.href(&format!("{address}?f=html")), "alternate", links::HTML),
        ];
        own.extend(self.tile_links(&address, ""));
        let tilesets: Vec<Value> = match tileset.layers {
            [] => vec![],
            _ => vec![self.titled(tileset.summary(), &own)],
        };
        json!({
            "title": self.title(),
            "links": self.own_links(),
            "tilesets": tilesets,
        })
    }

    fn metadata(&self, tileset: &Tileset<'_>) -> Value {
        let base = self.request.base();
        let collection = |view: &View<'_>| {
            let address = format!("{}?f=json", base.collection(&view.collection.id));
            json!(Link::new(address, REL_GEODATA, links::JSON).titled(self.title_of(view)))
        };
        let names: Vec<&str> = tileset.layers.iter().map(|layer| layer.view.collection.id.as_str()).collect();
        let query = self.query();
        let mut own = self.own_links();
        own.extend(self.tile_links(self.request.uri().path(), &query));
        let tilejson = format!("{}{}", base.tilejson(&names), filter_of(&query));
        own.push(Link::new(tilejson, "describedby", links::JSON).titled("TileJSON 3.0"));
        own.push(match &self.id {
            Some(id) => Link::new(format!("{}?f=json", base.collection(id)), REL_GEODATA, links::JSON)
                .titled(self.title()),
            None => Link::new(base.href("/?f=json"), REL_DATASET, links::JSON),
        });
        let mut document = self.titled(tileset.metadata(collection), &own);
        if let (Some(members), Some(text)) = (document.as_object_mut(), self.description()) {
            members.insert("description".into(), json!(text));
        }
        document
    }

    /// Returns the links to this document and to its other format.
    fn own_links(&self) -> Vec<Link> {
        let (base, address) = (self.request.base(), self.request.address());
        vec![
            Link::new(base.with(address, "f", Some("json")), "self", links::JSON),
            Link::new(base.with(address, "f", Some("html")), "alternate", links::HTML),
        ]
    }

    /// Returns the links from a tileset to its tiles and its tile matrix set.
    fn tile_links(&self, address: &str, query: &str) -> [Link; 2] {
        let (base, language) = (self.request.base(), self.request.language());
        let tiles = base.href(&format!("{address}/{{tileMatrix}}/{{tileRow}}/{{tileCol}}{query}"));
        let set = base.href(&format!("/tileMatrixSets/{}?f=json", tile_matrix_set::ID));
        let words = said(["Vektorkacheln", "Vector tiles"], language);
        [
            Link::new(tiles, "item", MVT).titled(words).templated(),
            Link::new(set, REL_TILING_SCHEME, links::JSON).titled(tile_matrix_set::ID),
        ]
    }

    fn titled(&self, members: Members, own: &[Link]) -> Value {
        let mut document = Members::new();
        document.insert("title".into(), json!(self.title()));
        document.extend(members);
        document.insert("links".into(), json!(own));
        Value::Object(document)
    }

    /// Returns the query without the format, for the address of tiles.
    fn query(&self) -> String {
        let address = self.request.base().with(self.request.address(), "f", None);
        address.split_once('?').map(|(_, query)| format!("?{query}")).unwrap_or_default()
    }

    fn title(&self) -> String {
        let one = self.parts.first().filter(|_| self.id.is_some());
        match one {
            Some(part) => self.title_of(&part.opened.view()).to_owned(),
            None => said(["Alle Datensätze", "All collections"], self.request.language()).to_owned(),
        }
    }

    fn title_of<'a>(&self, view: &View<'a>) -> &'a str {
        view.collection.words(self.request.language() == Language::English).0
    }

    /// Returns the description of the collection or, for the whole dataset, how to choose from it.
    fn description(&self) -> Option<String> {
        let language = self.request.language();
        if self.id.is_some() {
            let collection = &self.parts.first()?.opened.collection;
            return collection.words(language == Language::English).1.map(str::to_owned);
        }
        let most = self.request.limits().tile_collections;
        Some(match language {
            Language::German => format!(
                "Eine Kachel hat die Datensätze, die collections nennt (bis zu {most}), sonst die ersten {most}."
            ),
            Language::English => format!(
                "A tile has the collections that collections names (up to {most}), otherwise the first {most}."
            ),
        })
    }
}

/// Returns the parameters of a filter, which TileJSON takes too, of a query.
fn filter_of(query: &str) -> String {
    let pairs = query.strip_prefix('?').unwrap_or_default().split('&');
    let kept: Vec<&str> = pairs.filter(|pair| pair.starts_with("filter")).collect();
    if kept.is_empty() { String::new() } else { format!("?{}", kept.join("&")) }
}
