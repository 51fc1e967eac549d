//! Addresses with which the operator reports changes that veedel cannot observe.
//!
//! They are not on the network but at a Unix socket, so that file permissions decide who may use
//! them. `POST /tiles/purge` takes collections and a box. `POST /tiles/expire` takes a list of
//! tiles as osm2pgsql and tippecanoe write it, with one `z/x/y` on each line. Both reload the
//! collections and show differences at once. The tiles named are made again even if no difference
//! is found.

use std::sync::Arc;

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::catalog::{Collection, Freshness};
use crate::error::{Error, Result, said};
use crate::geo::Crs;
use crate::geo::projection::Projection;
use crate::layer::World;
use crate::layer::build::next_seen_version;
use crate::layer::geometries::WorldBox;
use crate::layer::in_box::world_cover;
use crate::limits::Limits;
use crate::query::BboxFilter;
use crate::tile::TileCoordinate;
use crate::web::http::parameters::Parameters;
use crate::web::http::path;
use crate::web::request::Request;

/// Answers `POST /tiles/purge?collections=a,b&bbox=W,S,E,N`. Both parameters are optional; the box
/// is in degrees.
pub async fn purge(request: Request) -> Result<Response> {
    let mut parameters = Parameters::parse(request.uri().query(), &of_the_operator(&request))?;
    let names = parameters.take("collections");
    let boxes = parameters.take("bbox").map(|text| world_boxes(&text)).transpose()?;
    parameters.end()?;
    asked(&request, names.as_deref(), &boxes.unwrap_or_else(|| vec![WorldBox::WORLD]))
}

/// Answers `POST /tiles/expire?collections=a,b`. The parameter is optional; the body is the list of
/// tiles.
pub async fn expire(request: Request, list: String) -> Result<Response> {
    let mut parameters = Parameters::parse(request.uri().query(), &of_the_operator(&request))?;
    let names = parameters.take("collections");
    parameters.end()?;
    let boxes = tiles(&list)?;
    asked(&request, names.as_deref(), &boxes)
}

/// Returns the limits for the operator, who may name any number of collections.
fn of_the_operator(request: &Request) -> Limits {
    Limits { parameter_bytes: usize::MAX, ..request.limits().clone() }
}

fn asked(request: &Request, names: Option<&str>, boxes: &[WorldBox]) -> Result<Response> {
    let collections = collections(request.snapshot().world(), names)?;
    let (direct, resident): (Vec<_>, Vec<_>) =
        collections.iter().partition(|collection| collection.freshness == Freshness::Direct);
    // This server keeps no tiles of direct collections, but clients may.
    let callers = request.changes().callers();
    for (collection, caller) in direct.iter().flat_map(|one| callers.iter().map(move |caller| (one, caller)))
    {
        if request.snapshot().sees(caller, collection) {
            request.changes().tell(caller, collection, next_seen_version(), Some(boxes));
        }
    }
    request.expirations().ask(resident.iter().map(|collection| collection.qualified.clone()), boxes);
    let ids: Vec<&str> = collections.iter().map(|collection| collection.id.as_str()).collect();
    tracing::info!("by the operator's wish {} are read again", ids.join(", "));
    Ok((StatusCode::ACCEPTED, axum::Json(json!({ "collections": ids, "boxes": boxes.len() })))
        .into_response())
}

/// Returns the named collections, hidden or not; without names, all that are not embedded.
fn collections(world: &World, names: Option<&str>) -> Result<Vec<Arc<Collection>>> {
    let Some(names) = names else {
        let all = world.entries.values().map(|entry| entry.collection.clone());
        return Ok(all.filter(|collection| collection.freshness != Freshness::Embedded).collect());
    };
    let named = names.split(',').map(|name| {
        let name = path::decode(name)?;
        let entry = world.entries.get(name.as_ref());
        entry
            .map(|entry| entry.collection.clone())
            .ok_or_else(|| Error::invalid("collections", said!("there is no collection {:?}", name)))
    });
    named.collect()
}

/// Returns the squares of the tiles in a list.
fn tiles(list: &str) -> Result<Vec<WorldBox>> {
    let mut boxes = vec![];
    for (number, line) in (1..).zip(list.lines()) {
        let line = line.trim();
        if line.is_empty() {
            continue;
        }
        let mut steps = line.split('/');
        let tile = match [0; 4].map(|_| steps.next()) {
            [Some(z), Some(x), Some(y), None] => TileCoordinate::parse(z, x, y).ok(),
            _ => None,
        };
        let tile = tile.ok_or_else(|| {
            let shown: String = line.chars().take(40).collect();
            Error::invalid("tiles", said!("line {} is no tile: {:?}", number, shown))
                .hint("write z/x/y, such as 12/2126/1371")
        })?;
        boxes.push(tile.world_box(0));
    }
    Ok(boxes)
}

/// Converts a box in degrees to the world grid; one across the 180th meridian becomes two.
fn world_boxes(text: &str) -> Result<Vec<WorldBox>> {
    let degrees = Projection::of(Crs::Crs84)?;
    Ok(BboxFilter::parse(text, Crs::Crs84)?.boxes.iter().map(|one| world_cover(one, &degrees)).collect())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_tiles_are_read_as_osm2pgsql_writes_them() {
        let boxes = tiles("12/2126/1371\n\n 0/0/0 \r\n").unwrap();
        assert_eq!(boxes[0], TileCoordinate::new(12, 2126, 1371).unwrap().world_box(0));
        assert_eq!(boxes[1], WorldBox::WORLD);
        for odd in ["12/2126", "12/2126/1371/1", "1/2/0", "a/b/c", "<html>"] {
            let why = tiles(&format!("0/0/0\n{odd}")).unwrap_err();
            assert!(why.to_string().contains("line 2"), "{why}");
        }
    }

    #[test]
    fn boxes_are_in_degrees() {
        let tile = TileCoordinate::new(1, 1, 0).unwrap().world_box(0);
        let [found] = world_boxes("0,0,180,89").unwrap()[..] else { panic!("one box") };
        assert!(found.contains(&tile) && !found.contains(&WorldBox::WORLD), "{found:?}");
        assert_eq!(world_boxes("170,-10,-170,10").unwrap().len(), 2);
        for odd in ["", "1,2,3", "6,51,7,50", "6,nan,7,51", "a,b,c,d"] {
            assert!(world_boxes(odd).is_err(), "{odd}");
        }
    }
}
