//! `/collections` and `/collections/{id}`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::links::{self, Base, Link};
use super::negotiate::{self, Format};
use super::open;
use super::parameters::Parameters;
use super::path;
use super::state::App;
use crate::access::Permit;
use crate::catalog::{Collection, Refusal};
use crate::error::Result;
use crate::geo::Crs;
use crate::layer::{self, View, World};

/// All collections that may be seen.
pub async fn list(State(app): State<Arc<App>>, uri: Uri, headers: HeaderMap) -> Result<Response> {
    let mut parameters = Parameters::parse(uri.query(), &app.limits)?;
    let format = negotiate::format(parameters.take("f").as_deref(), &headers, Format::Json)?;
    parameters.end()?;
    let world = app.worlds.current();
    let base = Base::of(&app, &headers);
    let collections: Vec<Value> = world
        .entries
        .values()
        .filter_map(|entry| open::describe(&app, &world, &entry.collection.id).ok())
        .map(|(collection, state, permit)| {
            let mut document = document(&base, &collection, &state, &permit, app.shows_refusals);
            add_currency(&mut document, &world, &collection.id);
            document
        })
        .collect();
    let document = json!({
        "links": [
            Link::new(base.href("/collections?f=json"), "self", links::JSON),
            Link::new(base.href("/collections?f=html"), "alternate", links::HTML),
        ],
        "collections": collections,
        "veedel:sources": sources(&app, &world),
    });
    match format {
        Format::Json => Ok(Json(document).into_response()),
        Format::Html => app.pages.render("collections.html", &headers, &base, document),
    }
}

/// One collection.
pub async fn one(State(app): State<Arc<App>>, uri: Uri, headers: HeaderMap) -> Result<Response> {
    let mut parameters = Parameters::parse(uri.query(), &app.limits)?;
    let format = negotiate::format(parameters.take("f").as_deref(), &headers, Format::Json)?;
    parameters.end()?;
    let id = match path::steps(uri.path(), "/collections/")[..] {
        [id] => path::decode(id)?,
        _ => "".into(),
    };
    let world = app.worlds.current();
    let (collection, state, permit) = open::describe(&app, &world, &id)?;
    let base = Base::of(&app, &headers);
    let mut document = document(&base, &collection, &state, &permit, app.shows_refusals);
    add_currency(&mut document, &world, &collection.id);
    match format {
        Format::Json => Ok(Json(document).into_response()),
        Format::Html => app.pages.render("collection.html", &headers, &base, document),
    }
}

/// The systems that features can be asked in: the stored one and those German and web clients use.
pub fn output_systems(collection: &Collection) -> Vec<Crs> {
    let Some(geometry) = &collection.geometry else { return vec![] };
    let mut systems = vec![Crs::Crs84];
    // CRS84 stays first: some clients take the first without asking.
    for crs in [geometry.crs].into_iter().chain([4326, 3857, 25832, 25833, 4258].map(Crs::Epsg)) {
        if !systems.contains(&crs) {
            systems.push(crs);
        }
    }
    systems
}

fn document(
    base: &Base,
    collection: &Collection,
    state: &layer::State,
    permit: &Permit,
    shows_why: bool,
) -> Value {
    let here = base.collection(&collection.id);
    let mut links = vec![
        Link::new(format!("{here}?f=json"), "self", links::JSON),
        Link::new(format!("{here}?f=html"), "alternate", links::HTML),
        Link::new(format!("{here}/items?f=json"), "items", links::GEOJSON).titled("GeoJSON"),
        Link::new(format!("{here}/items?f=html"), "items", links::HTML).titled("HTML"),
    ];
    if collection.geometry.is_some() {
        links.push(
            Link::new(base.tilejson(&[&collection.id]), "describedby", links::JSON).titled("TileJSON 3.0"),
        );
    }
    let mut document = json!({
        "id": collection.id,
        "title": collection.title,
        "itemType": "feature",
        "links": links,
        "veedel:source": collection.source,
        "veedel:freshness": collection.freshness.class(),
        "veedel:minzoom": collection.zooms.0,
        "veedel:maxzoom": collection.zooms.1,
        "veedel:geometry": null,
        "veedel:columns": permit.columns().iter().filter_map(|index| collection.columns.get(*index))
            .map(column).collect::<Vec<_>>(),
    });
    let Some(members) = document.as_object_mut() else { return document };
    for (name, value) in [
        ("description", &collection.description),
        ("attribution", &collection.attribution),
        ("license", &collection.licence),
    ] {
        if let Some(value) = value {
            members.insert(name.into(), json!(value));
        }
    }
    if let Some(geometry) = &collection.geometry {
        let systems: Vec<String> = output_systems(collection).into_iter().map(Crs::uri).collect();
        members.insert("crs".into(), json!(systems));
        members.insert("storageCrs".into(), json!(geometry.crs.uri()));
    }
    members.extend(match state {
        layer::State::Loading => state_members("loading", None),
        layer::State::Failed(why) => state_members("failed", shows_why.then(|| why.to_string())),
        layer::State::Ready(layer) => {
            let view = View::new(layer, collection, permit);
            let mut members = state_members("ready", None);
            members.extend(ready_members(&view));
            members
        }
    });
    document
}

/// Up to when the rows are known to be the source's, how long ago that is, and whether they are being read again.
fn add_currency(document: &mut Value, world: &World, id: &str) {
    let Some(entry) = world.entry(id) else { return };
    let (Some(members), Some(as_of)) = (document.as_object_mut(), entry.as_of()) else { return };
    members.insert("veedel:asOf".into(), json!(format!("{as_of:.3}")));
    if entry.as_of.is_some() {
        let lag = Timestamp::now().duration_since(as_of).as_millis().max(0);
        members.insert("veedel:lagMilliseconds".into(), json!(lag as i64));
    }
    if entry.is_reloading {
        members.insert("veedel:reloading".into(), json!(true));
    }
    if let layer::State::Ready(layer) = &entry.state {
        members.insert("veedel:dataVersion".into(), json!(layer.version()));
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

fn ready_members(view: &View<'_>) -> Members {
    let mut members = Members::new();
    members.insert("itemCount".into(), json!(view.len()));
    members.insert("veedel:count".into(), json!(view.len()));
    members.insert("veedel:loadedAt".into(), json!(view.loaded_at().to_string()));
    members.insert("veedel:memoryBytes".into(), json!(view.memory()));
    if view.sees_key() {
        // By these a client makes the ids of features from their attributes.
        let names = view.collection.key.iter().filter_map(|index| view.collection.columns.get(*index));
        members.insert("veedel:key".into(), names.map(|column| json!(column.name)).collect());
    }
    if let Some(word) = view.geometry_word() {
        members.insert("veedel:geometry".into(), json!(word));
    } else if view.collection.geometry.is_some() {
        members.insert("veedel:geometry".into(), json!("mixed"));
    }
    if let Some(extent) = view.extent() {
        let bbox = [extent.min[0], extent.min[1], extent.max[0], extent.max[1]];
        members.insert("extent".into(), json!({ "spatial": { "bbox": [bbox], "crs": Crs::Crs84.uri() } }));
    }
    let report = view.report().to_string();
    if !report.is_empty() {
        members.insert("veedel:report".into(), json!(report));
    }
    members
}

fn column(column: &crate::catalog::ColumnSchema) -> Value {
    let (kind, format) = column.kind.json_schema();
    let mut document = json!({ "name": column.name, "type": kind });
    if let Some(members) = document.as_object_mut() {
        let format = format.map(str::to_owned);
        for (name, value) in [
            ("format", &format),
            ("title", &column.title),
            ("description", &column.description),
            ("unit", &column.unit),
        ] {
            if let Some(value) = value {
                members.insert(name.into(), json!(value));
            }
        }
    }
    document
}

/// The sources, whether they can be reached, and what in them is not served.
fn sources(app: &App, world: &World) -> Value {
    let refusal = |refusal: &Refusal| json!({ "name": refusal.name, "why": refusal.why.what, "hint": refusal.why.hint });
    world
        .sources
        .iter()
        .map(|source| {
            let mut document = json!({ "name": source.name });
            let Some(members) = document.as_object_mut() else { return document };
            if app.shows_refusals {
                let shown =
                    source.refusals.iter().filter(|refusal| app.policy.load().may_name(&refusal.name));
                members.insert("notServed".into(), shown.map(refusal).collect());
            }
            if let Some(away) = &source.away {
                let why = if app.shows_refusals { away.to_string() } else { "it cannot be reached".into() };
                members.insert("away".into(), json!(why));
            }
            document
        })
        .collect()
}
