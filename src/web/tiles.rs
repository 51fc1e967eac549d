//! `/xyz/{a[,b…]}/{z}/{x}/{y}` and `/xyz/{a[,b…]}.json`.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};

use super::admission::Place;
use super::links::Base;
use super::open::{self, Opened};
use super::parameters::Parameters;
use super::path;
use super::state::App;
use crate::error::{Error, Result};
use crate::layer::View;
use crate::tile::{self, Tile, TileCoordinate, tilejson};

/// Mapbox Vector Tile.
const MVT: &str = "application/vnd.mapbox-vector-tile";
/// A tile with fewer candidates than this is made where the request is; a larger one on a thread of its own.
const SMALL_TILE: usize = 2_000;

/// A tile or a TileJSON, by the number of steps in the address.
pub async fn get(
    State(app): State<Arc<App>>,
    Extension(place): Extension<Place>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response> {
    Parameters::parse(uri.query(), &app.limits)?.end()?;
    let steps = path::steps(uri.path(), "/xyz/");
    match steps[..] {
        [ids, z, x, y] => {
            let coordinate = TileCoordinate::parse(z, x, y)?;
            let opened = composite(&app, ids)?;
            tile(app, place, opened, coordinate).await
        }
        [ids] if ids.ends_with(".json") => {
            // Only the last ending: a collection may be called `a.json` itself.
            let opened = composite(&app, ids.strip_suffix(".json").unwrap_or(ids))?;
            let views: Vec<View<'_>> = opened.iter().map(Opened::view).collect();
            let ids: Vec<&str> = opened.iter().map(|one| one.collection.id.as_str()).collect();
            let template = Base::of(&app, &headers).tiles(&ids);
            Ok(Json(tilejson::tilejson(&views, &template)).into_response())
        }
        _ => Err(Error::not_found("there is nothing at this address")
            .hint("tiles are at /xyz/{collection}/{z}/{x}/{y}, their TileJSON at /xyz/{collection}.json")),
    }
}

/// The collections of a composite: split at commas before decoding, repeats dropped, in the order of their
/// ids, so that `a,b` and `b,a` are the same tile. All of one world; one unknown or hidden is the same 404.
fn composite(app: &App, ids: &str) -> Result<Vec<Opened>> {
    let world = app.worlds.current();
    let mut names = vec![];
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

async fn tile(
    app: Arc<App>,
    place: Place,
    opened: Vec<Opened>,
    coordinate: TileCoordinate,
) -> Result<Response> {
    let zooms = opened.iter().map(|one| one.collection.zooms);
    if !zooms.clone().any(|(from, to)| (from..=to).contains(&coordinate.zoom())) {
        return Err(Error::not_found(format!("there are no tiles at zoom {}", coordinate.zoom()))
            .hint("the TileJSON names the zooms"));
    }
    let limits = app.tile_limits();
    let render = move |opened: &[Opened]| {
        let views: Vec<View<'_>> = opened.iter().map(Opened::view).collect();
        tile::render(&views, coordinate, &limits)
    };
    let area = coordinate.world_box(0);
    let candidates: usize = opened.iter().map(|one| one.view().count_in(&area, SMALL_TILE)).sum();
    let tile = if candidates < SMALL_TILE {
        render(&opened)
    } else {
        let rendered = tokio::task::spawn_blocking(move || {
            let _place = place;
            render(&opened)
        });
        rendered.await.map_err(|panic| Error::internal(format!("a tile could not be made: {panic}")))?
    };
    Ok(response(tile))
}

/// 204 for a tile without features (MapLibre's wish), else 200.
fn response(tile: Tile) -> Response {
    let thinned: Vec<String> = tile
        .thinned
        .iter()
        .map(|layer| format!("{}={}/{}", path::encode(&layer.id), layer.kept, layer.of))
        .collect();
    let mut response = if tile.bytes.is_empty() {
        StatusCode::NO_CONTENT.into_response()
    } else {
        ([(header::CONTENT_TYPE, MVT)], tile.bytes).into_response()
    };
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    if let Ok(value) = HeaderValue::from_str(&thinned.join(", "))
        && !thinned.is_empty()
    {
        headers.insert("veedel-tile-thinned", value);
    }
    response
}
