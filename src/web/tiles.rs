//! `/xyz/{a[,b…]}/{z}/{x}/{y}` and `/xyz/{a[,b…]}.json`.

use std::borrow::Cow;
use std::hash::BuildHasher;
use std::sync::Arc;
use std::time::Instant;

use axum::Json;
use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;

use super::coding::Coding;
use super::conditional;
use super::freshness::Freshness;
use super::links::Base;
use super::open::{self, Opened};
use super::parameters::Parameters;
use super::path;
use super::question::AskedFilter;
use super::state::App;
use super::tile_cache::{SentTile, TileKey};
use crate::error::{Error, Result};
use crate::layer::View;
use crate::query::Filter;
use crate::tile::select::TileLimits;
use crate::tile::{self, Tile, TileCoordinate, tilejson};

/// Mapbox Vector Tile.
const MVT: &str = "application/vnd.mapbox-vector-tile";
/// A tile with fewer candidates than this is made where the request is; a larger one on a thread of its own.
const SMALL_TILE: usize = 2_000;
/// The same where the tile is compressed as well.
const SMALL_PACKED_TILE: usize = 500;

/// What all of ours begin with.
pub const PREFIX: &str = "/xyz/";

/// A tile or a TileJSON, by the number of steps in the address.
pub async fn get(app: &Arc<App>, uri: &Uri, headers: &HeaderMap) -> Result<Response> {
    let mut parameters = Parameters::parse(uri.query(), &app.limits)?;
    let filter = AskedFilter::take(&mut parameters, &app.limits)?;
    parameters.end()?;
    let mut steps = uri.path().strip_prefix(PREFIX).unwrap_or("").split('/');
    match [0; 5].map(|_| steps.next()) {
        [Some(ids), Some(z), Some(x), Some(y), None] => {
            let coordinate = TileCoordinate::parse(z, x, y)?;
            let opened = composite(app, ids)?;
            let filters = filters(filter.as_ref(), &opened)?;
            tile(
                app,
                headers,
                Layers { opened, filters, filter: filter.map(|filter| filter.text().into()) },
                coordinate,
            )
            .await
        }
        [Some(ids), None, ..] if ids.ends_with(".json") => {
            // Only the last ending: a collection may be called `a.json` itself.
            let opened = composite(app, ids.strip_suffix(".json").unwrap_or(ids))?;
            let views: Vec<View<'_>> = opened.iter().map(Opened::view).collect();
            let ids: Vec<&str> = opened.iter().map(|one| one.collection.id.as_str()).collect();
            filters(filter.as_ref(), &opened)?;
            let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
            let template = format!("{}{query}", Base::of(app, headers).tiles(&ids));
            let mut response = Json(tilejson::tilejson(&views, &template)).into_response();
            response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
            Ok(response)
        }
        _ => Err(Error::not_found("there is nothing at this address")
            .hint("tiles are at /xyz/{collection}/{z}/{x}/{y}, their TileJSON at /xyz/{collection}.json")),
    }
}

/// The collections of a composite: split at commas before decoding, repeats dropped, in the order of their
/// ids, so that `a,b` and `b,a` are the same tile. All of one world; one unknown or hidden is the same 404.
fn composite(app: &App, ids: &str) -> Result<Vec<Opened>> {
    let world = app.worlds.current();
    let mut names: Vec<Cow<'_, str>> = vec![];
    for step in ids.split(',') {
        let name = path::decode(step)?;
        if !names.contains(&name) {
            names.push(name);
        }
        if names.len() > app.limits.tile_collections {
            let what = format!("more than {} collections in one tile", app.limits.tile_collections);
            return Err(Error::invalid("collections", what));
        }
    }
    let opened = names.iter().map(|name| open::open(app, &world, name));
    let mut opened = opened.collect::<Result<Vec<Opened>>>()?;
    opened.sort_by(|left, right| left.collection.id.cmp(&right.collection.id));
    opened.dedup_by(|left, right| left.collection.id == right.collection.id);
    match opened.iter().find(|one| one.collection.geometry.is_none()) {
        Some(table) => Err(Error::not_found(format!(
            "collection {:?} has no geometry, so no tiles",
            table.collection.id
        ))),
        None => Ok(opened),
    }
}

/// The filter on each collection, in their order: a tile of several takes only what all of them can be asked.
fn filters(filter: Option<&AskedFilter>, opened: &[Opened]) -> Result<Vec<Filter>> {
    let on = |one: &Opened| filter.map(|filter| filter.on(&one.schema()));
    opened.iter().filter_map(on).collect()
}

/// What a tile is made of.
struct Layers {
    opened: Vec<Opened>,
    /// One for each, or none.
    filters: Vec<Filter>,
    /// The same as the cache tells it from others.
    filter: Option<Arc<str>>,
}

async fn tile(
    app: &Arc<App>,
    headers: &HeaderMap,
    layers: Layers,
    coordinate: TileCoordinate,
) -> Result<Response> {
    let Layers { opened, filters, filter } = layers;
    let zooms = opened.iter().map(|one| one.collection.zooms);
    if !zooms.clone().any(|(from, to)| (from..=to).contains(&coordinate.zoom())) {
        return Err(Error::not_found(format!("there are no tiles at zoom {}", coordinate.zoom()))
            .hint("the TileJSON names the zooms"));
    }
    let cache_control = cache_control(&opened);
    let coding = Coding::accepted(headers);
    let now = Instant::now();
    let (layers, waits): (Vec<_>, Vec<bool>) =
        opened.iter().map(|one| one.tile_version(coordinate, now)).unzip();
    let is_waiting = app.tile_cache.is_on() && waits.contains(&true);
    let key = app.tile_cache.is_on().then_some(TileKey { layers, filter, tile: coordinate, coding });
    let freshness = Freshness::of(&opened, Some((coordinate, is_waiting)));
    let order = Order { opened, filters, coordinate, limits: app.tile_limits(), coding };
    let tile = match key {
        None => make(app, order).await?,
        Some(key) => match app.tile_cache.get(&key).await {
            Some(tile) => {
                app.metrics.tiles_found.inc();
                tile
            }
            None => Box::pin(app.tile_cache.get_or_make(key, make(app, order))).await?,
        },
    };
    let mut response = response(&tile, headers, cache_control);
    freshness.add_to(response.headers_mut());
    Ok(response)
}

/// A tile to be made.
struct Order {
    opened: Vec<Opened>,
    filters: Vec<Filter>,
    coordinate: TileCoordinate,
    limits: TileLimits,
    coding: Coding,
}

impl Order {
    /// Whether it is made in no time, so that another thread would only cost.
    fn is_small(&self) -> bool {
        let small = if self.coding == Coding::Identity { SMALL_TILE } else { SMALL_PACKED_TILE };
        let area = self.coordinate.world_box(0);
        let candidates: usize = self.opened.iter().map(|one| one.view().at_most_in(&area, small)).sum();
        candidates < small
    }

    fn make(&self) -> Arc<SentTile> {
        let views: Vec<View<'_>> = self.opened.iter().map(Opened::view).collect();
        Arc::new(sent(
            tile::render_filtered(&views, &self.filters, self.coordinate, &self.limits),
            self.coding,
        ))
    }
}

/// Makes a tile: at once if it is small and a place is free, else when there is a place, within the time.
async fn make(app: &Arc<App>, order: Order) -> Result<Arc<SentTile>> {
    app.metrics.tiles_made.inc();
    let class = &app.admission.tiles;
    let small = order.is_small();
    if small && let Some(_place) = class.free_place() {
        return Ok(order.make());
    }
    let made = async {
        let place = class.place().await?;
        if small {
            return Ok(order.make());
        }
        // The thread holds the place to its own end, even if nobody waits for it any more.
        let made = tokio::task::spawn_blocking(move || {
            let _place = place;
            order.make()
        });
        made.await.map_err(|panic| Error::internal(format!("a tile could not be made: {panic}")))
    };
    // In a box: the short way above is the usual one and need not carry the room of this one.
    Box::pin(class.in_time(made)).await
}

fn sent(tile: Tile, coding: Coding) -> SentTile {
    let thinned: Vec<String> = tile
        .thinned
        .iter()
        .map(|layer| format!("{}={}/{}", path::encode(&layer.id), layer.kept, layer.of))
        .collect();
    let thinned = if thinned.is_empty() { None } else { HeaderValue::try_from(thinned.join(", ")).ok() };
    // A fixed seed: servers of one city that hold the same rows give the same tags.
    let hash = foldhash::quality::FixedState::default().hash_one(&tile.bytes);
    let (bytes, coding) = coding.encode(tile.bytes);
    let tag = coding.token().unwrap_or("identity");
    let etag =
        HeaderValue::try_from(format!("\"{hash:016x}-{tag}\"")).unwrap_or(HeaderValue::from_static("\"\""));
    SentTile { bytes: Bytes::from(bytes), coding, etag, thinned }
}

/// 204 for a tile without features (MapLibre's wish), 304 where the client has it already, else 200.
fn response(tile: &SentTile, headers: &HeaderMap, cache_control: HeaderValue) -> Response {
    let has_it = conditional::has(headers, &tile.etag);
    let (status, body) = match (tile.bytes.is_empty(), has_it) {
        (true, _) => (StatusCode::NO_CONTENT, Body::empty()),
        (false, true) => (StatusCode::NOT_MODIFIED, Body::empty()),
        (false, false) => (StatusCode::OK, Body::from(tile.bytes.clone())),
    };
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let fields = response.headers_mut();
    fields.reserve(12);
    if status == StatusCode::OK {
        fields.insert(header::CONTENT_TYPE, HeaderValue::from_static(MVT));
        if let Some(coding) = tile.coding.header() {
            fields.insert(header::CONTENT_ENCODING, coding);
        }
    }
    if !tile.bytes.is_empty() {
        fields.insert(header::ETAG, tile.etag.clone());
    }
    fields.insert(header::CACHE_CONTROL, cache_control);
    fields.insert(header::VARY, HeaderValue::from_static("Accept-Encoding"));
    if let Some(thinned) = &tile.thinned {
        fields.insert("veedel-tile-thinned", thinned.clone());
    }
    response
}

/// How long others may keep a tile unasked: as long as the least patient of its collections says.
fn cache_control(opened: &[Opened]) -> HeaderValue {
    let shortest = opened.iter().map(|one| one.collection.max_age.unwrap_or_default()).min();
    match shortest.unwrap_or_default().as_secs() {
        0 => HeaderValue::from_static("no-cache"),
        seconds => HeaderValue::try_from(format!("public, max-age={seconds}"))
            .unwrap_or(HeaderValue::from_static("no-cache")),
    }
}
