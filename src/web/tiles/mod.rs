//! `/xyz/{a[,b…]}/{z}/{x}/{y}` and `/xyz/{a[,b…]}.json`: vector tiles and their TileJSON.
//! `a:labels` stands for the labels of `a`, and `a:borders` for its borders.
//!
//! The same tiles are at the addresses of OGC API – Tiles (20-057), which have the row before the
//! column: `address` reads both, [`tilesets`] describes the second.

use std::borrow::Cow;
use std::hash::BuildHasher;
use std::sync::Arc;
use std::time::Instant;

use axum::Json;
use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::FutureExt;
use tokio_util::task::AbortOnDropHandle;

pub mod address;
mod parts;
pub mod tile_matrix_sets;
pub mod tilesets;

use address::Asked;
use parts::{Part, composite, joined, of_collection, of_dataset, with_rows};

use crate::error::{Error, Result, known, said};
use crate::limits::Key;
use crate::query::Filter;
use crate::snapshot::OpenedDirect;
use crate::tile::content::{BORDERS, LABELS};
use crate::tile::select::TileLimits;
use crate::tile::tile_matrix_set_limits::TileMatrixSetLimits;
use crate::tile::tileset::MVT;
use crate::tile::{self, Content, Tile, TileCoordinate, TileLayer, tilejson};
use crate::web::features::question::AskedFilter;
use crate::web::http::client::Client;
use crate::web::http::coding::{Accepted, Coding};
use crate::web::http::freshness::Freshness;
use crate::web::http::handed_over::handed_over;
use crate::web::http::parameters::Parameters;
use crate::web::http::{conditional, path};
use crate::web::request::Request;
use crate::web::state::admission;
use crate::web::state::sent_again::MayRepeat;
use crate::web::state::tile_cache::{SentTile, TileKey};

/// The number of candidates below which a tile is made on the current thread. A tile with more is
/// made on a thread for work.
const SMALL_TILE: usize = 2_000;
/// The same number for a tile that is also compressed.
const SMALL_PACKED_TILE: usize = 500;

/// The number of vertices that take as long to draw as one feature.
const FEATURE_VERTICES: usize = 500;

/// The number of features that take as long to draw as finding the place of one label.
const LABEL_WORTH: usize = 50;

/// Whether the collections of a tile can be opened without computation, so that a connection thread
/// may answer. Only what a restricted caller sees may have to be made first.
pub fn is_at_hand(request: &Request) -> bool {
    if !request.snapshot().policy().has_grants() {
        return true;
    }
    // A wrong path needs no collections. Which ones a tile of the whole dataset needs is not known
    // yet.
    let Ok(asked) = Asked::of(request.uri().path()) else { return true };
    let Some(names) = asked.names() else { return false };
    let is_at_hand = |id: &str| {
        let labelled = id.strip_suffix(LABELS).or(id.strip_suffix(BORDERS)).unwrap_or(id);
        request.is_at_hand(id) && request.is_at_hand(labelled)
    };
    names.split(',').all(|step| path::decode(step).is_ok_and(|id| is_at_hand(&id)))
}

/// Answers with a tile or a TileJSON, depending on the path.
pub async fn get(request: &Request) -> Result<Response> {
    let asked = Asked::of(request.uri().path())?;
    let AskedParameters { filter, join, collections } = match request.uri().query() {
        None => AskedParameters::default(),
        Some(query) => Box::pin(asked_parameters(request, query, &asked)).await?,
    };
    let (parts, coordinate) = match asked {
        Asked::TileJson(names) => {
            let parts = joined(composite(request, names)?, join.as_deref())?;
            return described(request, parts, filter.as_ref()).await;
        }
        Asked::Tile(names, coordinate) => (composite(request, names)?, coordinate),
        Asked::OfCollection(id, coordinate) => (of_collection(request, &path::decode(id)?)?, coordinate),
        Asked::OfDataset(coordinate) => (of_dataset(request, collections.as_deref())?, coordinate),
    };
    let parts = joined(parts, join.as_deref())?;
    if !matches!(asked, Asked::Tile(..)) {
        within_limits(request, &parts, coordinate)?;
    }
    let filters = filters(filter.as_ref(), &parts)?;
    let filter = filter.map(|filter| filter.text().into());
    let asks_database = parts.iter().any(|part| part.direct.is_some());
    let layers = Layers { parts, filters, filter };
    if !asks_database {
        return tile(request, layers, coordinate).await;
    }
    let own = request.clone();
    let answer = async move { tile(&own, layers, coordinate).await };
    Ok(handed_over(request.runtime(), answer.map(Result::into_response)).await)
}

/// Answers with a TileJSON.
async fn described(request: &Request, parts: Vec<Part>, filter: Option<&AskedFilter>) -> Result<Response> {
    filters(filter, &parts)?;
    let query = request.uri().query().map(|query| format!("?{query}")).unwrap_or_default();
    let (base, limits) = (request.base(), request.tile_limits());
    let looks = look_at_keys(request, &parts);
    let describe = move || {
        let layers: Vec<TileLayer<'_>> = parts.iter().map(Part::layer).collect();
        let names: Vec<Cow<'_, str>> = layers.iter().map(TileLayer::name).collect();
        let names: Vec<&str> = names.iter().map(Cow::as_ref).collect();
        let template = format!("{}{query}", base.tiles(&names));
        let mut document = tilejson::tilejson(&layers, &template, &limits);
        if let (Some(document), [part, ..]) = (document.as_object_mut(), parts.as_slice()) {
            // TileJSON allows further members (3.0.0, 2); this one leads to a style.
            document.insert("style".into(), base.style(&part.opened.collection.id).into());
        }
        Json(document).into_response()
    };
    // Done as work, because it may read all rows once.
    let class = &request.admission().tiles;
    let described = async {
        looks.await;
        class.place(request.client()).await?.work(describe).await
    };
    let mut response = Box::pin(class.in_time(described)).await?;
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    Ok(response)
}

/// Refuses a tile outside the limits of its tileset, as OGC API – Tiles requires. A tile of `/xyz`
/// there is empty.
fn within_limits(request: &Request, parts: &[Part], coordinate: TileCoordinate) -> Result<()> {
    if TileMatrixSetLimits::of(parts.iter().map(|part| part.opened.view())).contains(coordinate) {
        return Ok(());
    }
    let (zoom, [column, row]) = (coordinate.zoom(), coordinate.column_and_row());
    let error = Error::not_found(said!("there is no tile {}/{}/{}", zoom, row, column))
        .hint("the tileset names the limits of its rows and columns under tileMatrixSetLimits");
    let is_beyond_all = zoom > request.limits().tile_zoom;
    Err(if is_beyond_all { error.reached(request.limits().reached(Key::tile_zoom)) } else { error })
}

/// Makes direct collections look at their keys, on the runtime, whose threads have the database
/// connections.
fn look_at_keys(request: &Request, parts: &[Part]) -> impl Future<Output = ()> + Send + use<> {
    let asked: Vec<OpenedDirect> = parts.iter().filter_map(Part::asked).collect();
    let (runtime, number) = (request.runtime().clone(), request.client().map(Client::number));
    async move {
        if asked.is_empty() {
            return;
        }
        let look = async move {
            let looks = asked.iter().map(|opened| opened.direct.look_at_keys(opened.reader(number)));
            futures_util::future::join_all(looks).await;
        };
        // If the look fails, the previous knowledge stays.
        let _ = AbortOnDropHandle::new(runtime.spawn(look)).await;
    }
}

/// What the query of a tile asks for.
#[derive(Default)]
struct AskedParameters {
    filter: Option<AskedFilter>,
    /// The value of `join`.
    join: Option<String>,
    /// The value of `collections`, as it is in the address.
    collections: Option<String>,
}

/// Reads the query. Every tile may have a filter; those of a tileset have one format, and those of
/// the whole dataset a choice of collections.
async fn asked_parameters(request: &Request, query: &str, asked: &Asked<'_>) -> Result<AskedParameters> {
    let mut parameters = Parameters::parse(Some(query), request.limits())?;
    let has_format = matches!(asked, Asked::OfCollection(..) | Asked::OfDataset(_));
    let mut collections = None;
    if matches!(asked, Asked::OfDataset(_)) && parameters.take("collections").is_some() {
        collections = parts::raw(query, "collections").map(str::to_owned);
    }
    let own = request.clone();
    let read = move || {
        if has_format {
            mvt_only(&mut parameters)?;
        }
        let filter = AskedFilter::take(&mut parameters, own.limits())?;
        let join = if has_format { None } else { parameters.take("join") };
        parameters.end()?;
        Ok(AskedParameters { filter, join, collections })
    };
    let class = &request.admission().tiles;
    class.in_time(admission::read(query.len(), class.place(request.client()), read)).await
}

/// Takes `f` out of the parameters. `Accept` is not read: where there is one format, it is sent
/// (RFC 9110, 12.5.1).
fn mvt_only(parameters: &mut Parameters) -> Result<()> {
    match parameters.take("f").as_deref() {
        None | Some("mvt") => Ok(()),
        Some(other) => {
            Err(Error::invalid("f", said!("there is no format {:?} here", other))
                .hint(known(other, &["mvt"])))
        }
    }
}

/// Checks the filter against each collection, in their order. A filter on several collections must
/// be valid for all of them.
fn filters(filter: Option<&AskedFilter>, parts: &[Part]) -> Result<Vec<Filter>> {
    let on = |part: &Part| filter.map(|filter| filter.on(&part.opened.schema()));
    parts.iter().filter_map(on).collect()
}

/// What a tile is made from.
struct Layers {
    parts: Vec<Part>,
    /// The filter for each part; empty without a filter.
    filters: Vec<Filter>,
    /// The filter as text, for the key of the cache.
    filter: Option<Arc<str>>,
}

async fn tile(request: &Request, layers: Layers, coordinate: TileCoordinate) -> Result<Response> {
    let Layers { parts, filters, filter } = layers;
    let headers = request.headers();
    let zooms = parts.iter().map(|part| part.opened.collection.zooms);
    if !zooms.clone().any(|(from, to)| (from..=to).contains(&coordinate.zoom())) {
        let error = Error::not_found(said!("there are no tiles at zoom {}", coordinate.zoom()))
            .hint("the TileJSON names the zooms");
        let is_beyond_all = coordinate.zoom() > request.limits().tile_zoom;
        return Err(if is_beyond_all {
            error.reached(request.limits().reached(Key::tile_zoom))
        } else {
            error
        });
    }
    let cache_control = cache_control(&parts);
    let coding = Accepted::of(headers);
    let now = Instant::now();
    let version = |part: &Part| {
        let (version, waits) = match part.content {
            // The version of a tile is that of the features that are drawn at its zoom, but joined
            // lines are made from all.
            Content::Joined(_) | Content::Borders => (part.opened.seen_version(), false),
            _ => part.opened.tile_version((coordinate.zoom(), coordinate.column_and_row()), now),
        };
        ((version, part.content), waits)
    };
    let (layers, waits): (Vec<_>, Vec<bool>) = parts.iter().map(version).unzip();
    let is_waiting = request.tile_cache().is_on() && waits.contains(&true);
    // Rows in a database have no version that could be a key.
    let is_kept = request.tile_cache().is_on() && parts.iter().all(|part| part.direct.is_none());
    let key = is_kept.then_some(TileKey { layers, filter, tile: coordinate, coding });
    let freshness = Freshness::of_all(parts.iter().map(|part| &part.opened), Some((coordinate, is_waiting)));
    let (parts, cut) = with_rows(request, parts, &filters, coordinate).await?;
    let order = Order { parts, filters, cut, coordinate, limits: request.tile_limits(), coding };
    let may_repeat = is_kept && !is_waiting;
    let tile = match key {
        None => make(request, order).await?,
        Some(key) => match request.tile_cache().get(&key).await {
            Some(tile) => {
                request.metrics().tiles_found.inc();
                tile
            }
            None => Box::pin(request.tile_cache().get_or_make(key, make(request, order))).await?,
        },
    };
    let mut response = response(&tile, headers, cache_control);
    freshness.add_to(response.headers_mut());
    if may_repeat && response.status() == StatusCode::OK {
        response.extensions_mut().insert(MayRepeat { snapshot: request.snapshot().version(), tile });
    }
    Ok(response)
}

/// A tile that must be made.
struct Order {
    parts: Vec<Part>,
    filters: Vec<Filter>,
    /// The ids of collections with more rows than were read.
    cut: Vec<String>,
    coordinate: TileCoordinate,
    limits: TileLimits,
    coding: Accepted,
}

impl Order {
    /// Whether the tile is made so quickly that another thread would only cost time. The cost of a
    /// filter is unknown.
    fn is_small(&self) -> bool {
        if !self.filters.is_empty() {
            return false;
        }
        let small = if self.coding.coding == Coding::Identity { SMALL_TILE } else { SMALL_PACKED_TILE };
        let area = self.coordinate.world_box(0);
        let candidates = |part: &Part| {
            let view = part.opened.view();
            // Assumes that each row is as long as the longest, because that may be among them.
            let rows = view.at_most_in(&area, small) * (1 + view.longest() / FEATURE_VERTICES);
            if part.content == Content::Labels { rows * LABEL_WORTH } else { rows }
        };
        self.parts.iter().map(candidates).sum::<usize>() < small
    }

    fn make(&self) -> Arc<SentTile> {
        let layers: Vec<TileLayer<'_>> = self.parts.iter().map(Part::layer).collect();
        let tile = tile::render_filtered(&layers, &self.filters, self.coordinate, &self.limits);
        Arc::new(sent(tile, &self.cut, self.coding))
    }
}

/// Makes a tile: at once if it is small and a place is free; otherwise it waits for a place, and
/// fails when the time of the class is over.
async fn make(request: &Request, order: Order) -> Result<Arc<SentTile>> {
    request.metrics().tiles_made.inc();
    let class = &request.admission().tiles;
    let small = order.is_small();
    if small && let Some(_place) = class.free_place(request.client()) {
        return Ok(order.make());
    }
    let made = async { class.place(request.client()).await?.work(move || order.make()).await };
    // Boxed, so that the usual short path above does not carry the size of this future.
    Box::pin(class.in_time(made)).await
}

fn sent(tile: Tile, cut: &[String], accepted: Accepted) -> SentTile {
    let thinned: Vec<String> = tile
        .thinned
        .iter()
        .map(|layer| {
            let more = if cut.contains(&layer.id) { "+" } else { "" };
            format!("{}={}/{}{more}", path::encode(&layer.id), layer.kept, layer.of)
        })
        .collect();
    let thinned = if thinned.is_empty() { None } else { HeaderValue::try_from(thinned.join(", ")).ok() };
    // The seed is fixed, so that several servers with the same rows give the same tags.
    let hash = foldhash::quality::FixedState::default().hash_one(&tile.bytes);
    let (bytes, coding) = accepted.encode(tile.bytes);
    let tag = coding.token().unwrap_or("identity");
    let etag =
        HeaderValue::try_from(format!("\"{hash:016x}-{tag}\"")).unwrap_or(HeaderValue::from_static("\"\""));
    SentTile { bytes: Bytes::from(bytes), coding, etag, thinned }
}

/// Answers with 204 for a tile without features (as MapLibre prefers), 304 if the client has the
/// tile already, and otherwise 200.
fn response(tile: &SentTile, headers: &HeaderMap, cache_control: HeaderValue) -> Response {
    let has_it = conditional::is_unmodified(headers, &tile.etag);
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

/// Returns how long caches may reuse a tile without a request: the shortest `max_age` of its
/// collections.
fn cache_control(parts: &[Part]) -> HeaderValue {
    let shortest = parts.iter().map(|part| part.opened.collection.max_age.unwrap_or_default()).min();
    match shortest.unwrap_or_default().as_secs() {
        0 => HeaderValue::from_static("no-cache"),
        seconds => HeaderValue::try_from(format!("public, max-age={seconds}"))
            .unwrap_or(HeaderValue::from_static("no-cache")),
    }
}
