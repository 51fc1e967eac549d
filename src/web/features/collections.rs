//! `/collections` and `/collections/{id}`.

use axum::Json;
use axum::response::Response;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::access::Permit;
use crate::catalog::{Category, Collection, ColumnSchema, Language, Refusal};
use crate::encode::ItemFormat;
use crate::error::{Result, Said};
use crate::geo::{Crs, GeometryType};
use crate::layer::{self, View};
use crate::snapshot::{DESCRIPTION, Described};
use crate::tile::content::LABELS;
use crate::web::features::output_systems::output_systems;
use crate::web::features::{about, download_address};
use crate::web::http::links::{self, Base, Link};
use crate::web::http::negotiate::{self, Format};
use crate::web::http::path::{self, Path};
use crate::web::http::words::said;
use crate::web::request::Request;
use crate::work::spend;

const OGC_SCHEMA: &str = "http://www.opengis.net/def/rel/ogc/1.0/schema";
const OGC_QUERYABLES: &str = "http://www.opengis.net/def/rel/ogc/1.0/queryables";
const OGC_SORTABLES: &str = "http://www.opengis.net/def/rel/ogc/1.0/sortables";

/// Answers with all collections that the caller may see.
pub async fn list(request: Request) -> Result<Response> {
    let mut parameters = request.parameters()?;
    let format = negotiate::format(parameters.take("f").as_deref(), request.headers(), Format::Json)?;
    parameters.end()?;
    request.place()?.work(move || document_of_all(&request, format)).await?
}

fn document_of_all(request: &Request, format: Format) -> Result<Response> {
    let base = request.base();
    let reader = Reader::of(request, &base);
    let described = request.describe_all().into_iter().map(|described| {
        spend(DESCRIPTION);
        let mut document = document(&reader, &described);
        add_currency(&mut document, &described);
        (described, document)
    });
    let described: Vec<(Described, Value)> = described.collect();
    let links = [
        Link::new(base.href("/collections?f=json"), "self", links::JSON),
        Link::new(base.href("/collections?f=html"), "alternate", links::HTML),
    ];
    let sources = sources(request);
    if format == Format::Html {
        let groups = about::by_theme(&described, reader.language);
        let count = described.len();
        let page = json!({ "links": links, "groups": groups, "count": count, "veedel:sources": sources });
        return request.page("collections.html", page);
    }
    let collections: Vec<Value> = described.into_iter().map(|(_, document)| document).collect();
    let document = json!({ "links": links, "collections": collections, "veedel:sources": sources });
    Ok(negotiate::in_language(Json(document), reader.language))
}

/// Answers with one collection.
pub async fn one(request: Request, Path(id): Path<String>) -> Result<Response> {
    let mut parameters = request.parameters()?;
    let format = negotiate::format(parameters.take("f").as_deref(), request.headers(), Format::Json)?;
    parameters.end()?;
    let described = request.describe(&id)?;
    let base = request.base();
    let reader = Reader::of(&request, &base);
    let mut document = document(&reader, &described);
    add_currency(&mut document, &described);
    match format {
        Format::Json => Ok(negotiate::in_language(Json(document), reader.language)),
        Format::Html => {
            let about = about::about(&request, &described, &document);
            request.page("collection.html", json!({ "document": document, "about": about }))
        }
    }
}

/// The reader that a document is written for.
struct Reader<'a> {
    base: &'a Base,
    language: Language,
    /// Whether the reader may see information for the operator, such as why a table is not served.
    sees_why: bool,
}

impl Reader<'_> {
    fn of<'a>(request: &Request, base: &'a Base) -> Reader<'a> {
        let language = request.language();
        Reader { base, language, sees_why: request.snapshot().shows_refusals() }
    }
}

/// Returns the links of a collection: one for each format and for each document about it.
fn collection_links(reader: &Reader<'_>, collection: &Collection, state: &layer::State) -> Vec<Link> {
    let Reader { base, language, .. } = *reader;
    let here = base.collection(&collection.id);
    let mut links = vec![
        Link::new(format!("{here}?f=json"), "self", links::JSON),
        Link::new(format!("{here}?f=html"), "alternate", links::HTML),
    ];
    links.extend(ItemFormat::available().map(|format| {
        let href = format!("{here}/items?f={}", format.name());
        Link::new(href, "items", format.bare_media_type()).titled(format.title())
    }));
    links.push(Link::new(format!("{here}/items?f=html"), "items", links::HTML).titled("HTML"));
    links.extend(download_address::links(base, &collection.id));
    let ours = [
        ("schema", OGC_SCHEMA, ["Spalten als JSON Schema", "Columns as JSON Schema"]),
        ("queryables", OGC_QUERYABLES, ["Wonach gefiltert werden kann", "What can be filtered by"]),
        ("sortables", OGC_SORTABLES, ["Wonach sortiert werden kann", "What can be sorted by"]),
    ];
    links.extend(ours.map(|(step, rel, words)| {
        Link::new(format!("{here}/{step}"), rel, links::SCHEMA).titled(said(words, language))
    }));
    let licence = collection.licence.as_deref().filter(|licence| licence.starts_with("http"));
    if let Some(licence) = licence {
        let title = said(["Lizenz", "Licence"], language);
        links.push(Link::new(licence.to_owned(), "license", links::HTML).titled(title));
    }
    if collection.geometry.is_some() {
        links.push(
            Link::new(base.tilejson(&[&collection.id]), "describedby", links::JSON).titled("TileJSON 3.0"),
        );
        let title = said(["Stil für Karten", "Style of maps"], language);
        links.push(Link::new(base.style(&collection.id), links::REL_STYLES, links::STYLE).titled(title));
        let title = said(["Vektorkacheln (OGC API – Tiles)", "Vector tiles (OGC API – Tiles)"], language);
        links.extend([("json", links::JSON), ("html", links::HTML)].map(|(format, media_type)| {
            Link::new(format!("{here}/tiles?f={format}"), links::REL_TILESETS, media_type).titled(title)
        }));
    }
    if has_areas(collection, state) {
        let labels = format!("{}{LABELS}", collection.id);
        let address = base.tilejson(&[&collection.id, &labels]);
        links.push(Link::new(address, "describedby", links::JSON).titled("TileJSON 3.0, with labels"));
    }
    links.extend(metadata_links(reader, collection));
    links
}

/// Returns the links to metadata: the collection's record on this server and, if configured, what
/// INSPIRE (good practice for OGC API – Features, requirements class
/// "INSPIRE-pre-defined-data-set-download-OAPIF") and GDI-DE (Vorgaben Downloaddienste) ask for.
fn metadata_links(reader: &Reader<'_>, collection: &Collection) -> Vec<Link> {
    let record = reader.base.href(&format!(
        "/collections/{}/items/{}",
        links::CATALOG_ID,
        path::encode(&collection.id)
    ));
    let words = said(["Metadaten", "Metadata"], reader.language);
    let mut links = vec![Link::new(record, "describedby", links::GEOJSON).titled(words)];
    if let Some(address) = &collection.metadata.metadata_url {
        for (rel, media_type) in [("describedby", "application/xml"), ("data-desc", links::ISO_19139)] {
            links.push(Link::new(address.clone(), rel, media_type).titled(words));
        }
    }
    let concept = collection.metadata.feature_concept.iter();
    links.extend(concept.map(|address| Link::new(address.clone(), "tag", links::HTML)));
    links
}

fn document(reader: &Reader<'_>, described: &Described) -> Value {
    let Described { collection, state, permit, .. } = described;
    let (title, description) = collection.words(reader.language == Language::English);
    let mut document = json!({
        "id": collection.id,
        "title": title,
        "itemType": "feature",
        "links": collection_links(reader, collection, state),
        "veedel:source": collection.source,
        "veedel:freshness": collection.freshness.class(),
        "veedel:minzoom": collection.zooms.0,
        "veedel:maxzoom": collection.zooms.1,
        "veedel:geometry": null,
        "veedel:visibleAtFirst": collection.visible_at_first,
        "veedel:columns": described.columns().map(|own| column(own, reader.language)).collect::<Vec<_>>(),
    });
    let Some(members) = document.as_object_mut() else { return document };
    for (name, value) in [
        ("description", description),
        ("attribution", collection.attribution.as_deref()),
        ("license", collection.licence.as_deref()),
    ] {
        if let Some(value) = value {
            members.insert(name.into(), json!(value));
        }
    }
    let systems: Vec<String> = output_systems(collection).into_iter().map(Crs::uri).collect();
    members.insert("crs".into(), json!(systems));
    if let Some(geometry) = &collection.geometry {
        members.insert("storageCrs".into(), json!(geometry.crs.uri()));
    }
    if let Some(categories) = categories(collection, permit) {
        members.insert("veedel:categories".into(), categories);
    }
    members.extend(match state {
        layer::State::Loading => state_members("loading", None),
        layer::State::Failed(why) => state_members("failed", reader.sees_why.then(|| why.to_string())),
        layer::State::Direct(_) | layer::State::Ready(_) => state_members("ready", None),
    });
    if let Some(view) = described.view() {
        members.extend(described_members(&view));
        if let layer::State::Ready(_) = state {
            members.extend(counted_members(&view, reader.sees_why));
        }
    }
    document
}

/// Adds the last moment at which the rows are known to be those of the source, how long ago that
/// is, and whether they are being reloaded.
fn add_currency(document: &mut Value, described: &Described) {
    let (Some(members), Some(as_of)) = (document.as_object_mut(), described.as_of) else { return };
    members.insert("veedel:asOf".into(), json!(format!("{as_of:.3}")));
    if described.is_followed {
        let lag = Timestamp::now().duration_since(as_of).as_millis().max(0);
        members.insert("veedel:lagMilliseconds".into(), json!(lag as i64));
    }
    if described.is_reloading {
        members.insert("veedel:reloading".into(), json!(true));
    }
    if let layer::State::Ready(layer) = &described.state {
        members.insert("veedel:dataVersion".into(), json!(layer.seen_version()));
    }
}

/// Returns the colours for the values of a column, if the caller may see that column.
fn categories(collection: &Collection, permit: &Permit) -> Option<Value> {
    let categories = collection.categories.as_ref()?;
    let column = collection.column(&categories.column).filter(|column| permit.sees(*column))?;
    let entry = |category: &Category| {
        json!({
            "values": category.values,
            "title": category.title.as_ref().or(category.values.first()),
            "colour": category.colour,
            "symbol": category.symbol,
        })
    };
    let name = &collection.columns.get(column)?.name;
    Some(json!({ "column": name, "list": categories.list.iter().map(entry).collect::<Vec<_>>() }))
}

/// Whether the collection contains areas, which can be labelled.
fn has_areas(collection: &Collection, state: &layer::State) -> bool {
    let is_area = |kind: &GeometryType| kind.dimension() == Some(2);
    match state {
        layer::State::Ready(layer) => layer.geometry_types().iter().any(is_area),
        _ => collection.geometry.as_ref().and_then(|column| column.kind.as_ref()).is_some_and(is_area),
    }
}

type Members = serde_json::Map<String, Value>;

fn state_members(state: &str, why: Option<String>) -> Members {
    let mut members = Members::new();
    members.insert("veedel:state".into(), json!(state));
    if let Some(why) = why {
        members.insert("veedel:why".into(), json!(why));
    }
    members
}

/// Returns members that are known only for rows in memory. Their memory is shown to the operator
/// only, because it depends on hidden columns too.
fn counted_members(view: &View<'_>, sees_memory: bool) -> Members {
    let mut members = Members::new();
    members.insert("itemCount".into(), json!(view.len()));
    members.insert("veedel:count".into(), json!(view.len()));
    members.insert("veedel:loadedAt".into(), json!(view.loaded_at().to_string()));
    if sees_memory {
        members.insert("veedel:memoryBytes".into(), json!(view.memory()));
    }
    members
}

/// Returns members that are known even without the rows.
fn described_members(view: &View<'_>) -> Members {
    let mut members = Members::new();
    if view.sees_key() {
        // From these columns a client can make the ids of features.
        let names = view.collection.key.iter().filter_map(|index| view.collection.columns.get(*index));
        members.insert("veedel:key".into(), names.map(|column| json!(column.name)).collect());
    }
    if let Some(word) = view.geometry_word() {
        members.insert("veedel:geometry".into(), json!(word));
    } else if view.collection.geometry.is_some() {
        members.insert("veedel:geometry".into(), json!("mixed"));
    }
    let extent = extent(view);
    if !extent.is_empty() {
        members.insert("extent".into(), Value::Object(extent));
    }
    let report = view.report().to_string();
    if !report.is_empty() {
        members.insert("veedel:report".into(), json!(report));
    }
    members
}

/// Returns west, south, east and north of the features, in degrees (CRS84).
pub fn bounds(view: &View<'_>) -> Option<[f64; 4]> {
    let around = view.extent()?;
    // Rounded outwards to nine decimals, so that a request with this box finds every feature.
    let [west, south] = around.min.map(|number| (number * 1e9).floor() / 1e9);
    let [east, north] = around.max.map(|number| (number * 1e9).ceil() / 1e9);
    Some([west, south, east, north])
}

/// Returns the spatial and temporal extent of the features.
fn extent(view: &View<'_>) -> Members {
    let mut extent = Members::new();
    if let Some(bbox) = bounds(view) {
        extent.insert("spatial".into(), json!({ "bbox": [bbox], "crs": Crs::Crs84.uri() }));
    }
    if let Some(interval) = view.interval() {
        let gregorian = "http://www.opengis.net/def/uom/ISO-8601/0/Gregorian";
        extent.insert("temporal".into(), json!({ "interval": [interval], "trs": gregorian }));
    }
    extent
}

fn column(column: &ColumnSchema, language: Language) -> Value {
    let (kind, format) = column.kind.json_schema();
    let (title, description) = column.words(language == Language::English);
    let mut document = json!({ "name": column.name, "type": kind });
    if let Some(members) = document.as_object_mut() {
        for (name, value) in [
            ("format", format),
            ("title", Some(title).filter(|title| *title != column.name)),
            ("description", description),
            ("unit", column.unit.as_deref()),
        ] {
            if let Some(value) = value {
                members.insert(name.into(), json!(value));
            }
        }
    }
    document
}

/// Returns the sources: whether each can be reached, and which of its tables are not served.
fn sources(request: &Request) -> Value {
    let snapshot = request.snapshot();
    let refusal = |refusal: &Refusal| {
        let hint = refusal.why.hint.as_ref().map(Said::to_string);
        json!({ "name": refusal.name, "why": refusal.why.what.to_string(), "hint": hint })
    };
    snapshot
        .world()
        .sources
        .iter()
        .map(|source| {
            let mut document = json!({ "name": source.name });
            let Some(members) = document.as_object_mut() else { return document };
            if request.snapshot().shows_refusals() {
                let shown = source
                    .refusals
                    .iter()
                    .filter(|refusal| snapshot.may_name(request.caller(), &refusal.name));
                members.insert("notServed".into(), shown.map(refusal).collect());
            }
            if let Some(away) = &source.away {
                let why = if request.snapshot().shows_refusals() {
                    away.to_string()
                } else {
                    "it cannot be reached".into()
                };
                members.insert("away".into(), json!(why));
            }
            document
        })
        .collect()
}
