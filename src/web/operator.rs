//! A hand for whoever runs the server: what cannot be watched is said here to have changed.
//!
//! These addresses are not on the network but at a socket in the file system, so that the rights of files say who may
//! ask. `POST /tiles/purge` takes collections and a box, `POST /tiles/expire` a list of tiles as osm2pgsql and tippecanoe
//! write it, a `z/x/y` on each line. Either way the collections are read again, what differs is shown at once, and the
//! tiles named are made anew whether or not anything differs.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::{DefaultBodyLimit, State};
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Router, middleware};
use serde_json::json;
use tokio::net::UnixListener;
use tokio::sync::watch;

use super::parameters::Parameters;
use super::path;
use super::problem;
use super::state::App;
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

/// The longest list of tiles: some two million.
const LIST_BYTES: usize = 32 << 20;
/// More boxes than this that wait for a collection to be read are everywhere.
const MOST_BOXES: usize = 100_000;
/// Collections that are to be read again, by qualified name, and the boxes of the world grid in which their tiles are to
/// be made anew.
#[derive(Debug)]
pub struct Expirations {
    asked: Mutex<BTreeMap<String, Vec<WorldBox>>>,
    notifier: watch::Sender<u64>,
}

impl Default for Expirations {
    fn default() -> Expirations {
        Expirations { asked: Mutex::default(), notifier: watch::channel(0).0 }
    }
}

impl Expirations {
    /// Asks for these collections, and for all of them before anyone is woken.
    fn ask(&self, names: impl IntoIterator<Item = String>, boxes: &[WorldBox]) {
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        for name in names {
            let all = asked.entry(name).or_default();
            all.extend(boxes);
            if all.len() > MOST_BOXES {
                *all = vec![WorldBox::WORLD];
            }
        }
        // Still locked, so that what is asked is never found with an older count.
        self.notifier.send_modify(|count| *count += 1);
    }

    /// Changes whenever something is asked.
    pub fn notifications(&self) -> watch::Receiver<u64> {
        self.notifier.subscribe()
    }

    /// Whether the collection of this qualified name is to be read again.
    pub fn is_asked(&self, name: &str) -> bool {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).contains_key(name)
    }

    /// How often anything was asked so far.
    pub fn count(&self) -> u64 {
        *self.notifier.borrow()
    }

    /// Whether the collection of this qualified name is to be read again, and anything was asked since the
    /// count was `count`: what was read from then on may be older than what was asked.
    pub fn is_asked_since(&self, name: &str, count: u64) -> bool {
        let asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        asked.contains_key(name) && self.count() != count
    }

    /// Takes what was asked of a collection.
    pub fn take(&self, name: &str) -> Vec<WorldBox> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).remove(name).unwrap_or_default()
    }
}

/// Answers at the socket until the task is aborted.
pub async fn serve(app: Arc<App>, socket: UnixListener) {
    let router = Router::new()
        .route("/tiles/purge", post(purge))
        .route("/tiles/expire", post(expire))
        .layer(DefaultBodyLimit::max(LIST_BYTES))
        .layer(middleware::from_fn_with_state(app.clone(), problem::say))
        .with_state(app);
    if let Err(fault) = axum::serve(socket, router).await {
        tracing::error!("the operator's socket is closed: {fault}");
    }
}

/// `?collections=a,b&bbox=W,S,E,N`, both optional, the box in degrees.
async fn purge(State(app): State<Arc<App>>, uri: Uri) -> Result<Response> {
    let mut parameters = Parameters::parse(uri.query(), &of_the_operator(&app))?;
    let names = parameters.take("collections");
    let boxes = parameters.take("bbox").map(|text| world_boxes(&text)).transpose()?;
    parameters.end()?;
    asked(&app, names.as_deref(), &boxes.unwrap_or_else(|| vec![WorldBox::WORLD]))
}

/// `?collections=a,b`, optional; the body is the list.
async fn expire(State(app): State<Arc<App>>, uri: Uri, list: String) -> Result<Response> {
    let mut parameters = Parameters::parse(uri.query(), &of_the_operator(&app))?;
    let names = parameters.take("collections");
    parameters.end()?;
    let boxes = tiles(&list)?;
    asked(&app, names.as_deref(), &boxes)
}

/// Whoever runs the server may name as many collections as there are.
fn of_the_operator(app: &App) -> Limits {
    Limits { parameter_bytes: usize::MAX, ..app.limits.clone() }
}

fn asked(app: &App, names: Option<&str>, boxes: &[WorldBox]) -> Result<Response> {
    let world = app.worlds.current();
    let collections = collections(&world, names)?;
    let (direct, resident): (Vec<_>, Vec<_>) =
        collections.iter().partition(|collection| collection.freshness == Freshness::Direct);
    // Nothing of them is kept here, but clients may keep their tiles.
    for collection in direct.iter().filter(|one| app.policy.load().read(one).is_some()) {
        app.changes.tell(collection, next_seen_version(), Some(boxes));
    }
    app.expirations.ask(resident.iter().map(|collection| collection.qualified.clone()), boxes);
    let ids: Vec<&str> = collections.iter().map(|collection| collection.id.as_str()).collect();
    tracing::info!("by the operator's wish {} are read again", ids.join(", "));
    Ok((StatusCode::ACCEPTED, axum::Json(json!({ "collections": ids, "boxes": boxes.len() })))
        .into_response())
}

/// Those named, hidden or not, or all.
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

/// The squares of the tiles in a list.
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

/// A box in degrees, two across the 180th meridian, on the world grid.
fn world_boxes(text: &str) -> Result<Vec<WorldBox>> {
    let degrees = Projection::of(Crs::Crs84)?;
    Ok(BboxFilter::parse(text, Crs::Crs84)?.boxes.iter().map(|one| world_cover(one, &degrees)).collect())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_while_a_collection_is_read_is_told_from_what_was_asked_before() {
        let expirations = Expirations::default();
        let mut notified = expirations.notifications();
        expirations.ask(["a".to_owned()], &[WorldBox::WORLD]);
        assert!(notified.has_changed().unwrap() && expirations.is_asked("a"));
        let begun = expirations.count();
        notified.mark_unchanged();
        assert!(!expirations.is_asked_since("a", begun), "the load sees what it was asked for");
        expirations.ask(["a".to_owned()], &[WorldBox::WORLD]);
        assert!(expirations.is_asked_since("a", begun) && !expirations.is_asked_since("b", begun));
        assert_eq!(expirations.take("a").len(), 2);
        assert!(!expirations.is_asked("a") && !expirations.is_asked_since("a", begun));
    }

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
