//! From a name in an address to a layer that the asker may read.

use std::sync::Arc;
use std::time::Instant;

use jiff::Timestamp;

use super::state::App;
use crate::access::Permit;
use crate::catalog::Collection;
use crate::error::{Error, Result};
use crate::geo::Crs;
use crate::layer::world::Entry;
use crate::layer::{Layer, State, View, World};
use crate::query::Selection;
use crate::query::cql2::Schema;
use crate::tile::TileCoordinate;

/// A collection with its data, as one request holds it.
#[derive(Clone, Debug)]
pub struct Opened {
    /// What is published.
    pub collection: Arc<Collection>,
    /// Its data.
    pub layer: Arc<Layer>,
    /// Up to when they are known to be those of the source.
    pub as_of: Timestamp,
    permit: Permit,
    selection: Selection,
}

impl Opened {
    /// Leaves only this of each feature for whoever writes it.
    pub fn select(&mut self, selection: Selection) {
        self.selection = selection;
    }

    /// What a filter may name.
    pub fn schema(&self) -> Schema<'_> {
        Schema { collection: &self.collection, visible: self.permit.columns() }
    }

    /// What changes whenever the same tile may look otherwise: the version of the last change that touched it, and the
    /// policy's edition. Beside it, whether a later change waits to be shown, as it may at low zooms.
    pub fn tile_version(&self, tile: TileCoordinate, now: Instant) -> ([u64; 2], bool) {
        let found = self.layer.tile_version(tile.zoom(), tile.place(), now);
        ([found.version, self.permit.edition()], found.is_waiting)
    }

    /// The system of the stored coordinates; CRS84 for a table.
    pub fn stored_crs(&self) -> Crs {
        self.collection.geometry.as_ref().map_or(Crs::Crs84, |geometry| geometry.crs)
    }

    /// The layer as the permit allows to see it.
    pub fn view(&self) -> View<'_> {
        View::new(&self.layer, &self.collection, &self.permit).selecting(&self.selection)
    }
}

/// The collection named `id` and the permit to read it. Hidden and unknown are the same 404.
pub fn describe(app: &App, world: &World, id: &str) -> Result<(Arc<Collection>, State, Permit)> {
    let entry = world.entry(id);
    match entry.and_then(|entry| Some((entry, app.policy.load().read(&entry.collection)?))) {
        Some((entry, permit)) => Ok((entry.collection.clone(), entry.state.clone(), permit)),
        None => Err(unknown(app, world, id)),
    }
}

/// The same with its data, or 503 while it has none.
pub fn open(app: &App, world: &World, id: &str) -> Result<Opened> {
    let (collection, state, permit) = describe(app, world, id)?;
    match state {
        State::Ready(layer) => {
            let as_of = world.entry(id).and_then(Entry::as_of).unwrap_or(layer.loaded_at());
            Ok(Opened { collection, layer, as_of, permit, selection: Selection::default() })
        }
        State::Loading => Err(Error::unavailable(format!("collection {id:?} is still loading"))),
        State::Failed(why) => {
            let error = Error::unavailable(format!("collection {id:?} cannot be served at present"));
            Err(if app.shows_refusals { error.hint(why.what) } else { error })
        }
    }
}

fn unknown(app: &App, world: &World, id: &str) -> Error {
    let error = Error::not_found(format!("there is no collection {id:?}"));
    let suffix = format!(".{id}");
    let namesakes: Vec<&str> = world
        .entries
        .values()
        .filter(|entry| entry.collection.qualified.ends_with(&suffix))
        .filter(|entry| app.policy.load().read(&entry.collection).is_some())
        .map(|entry| entry.collection.id.as_str())
        .collect();
    if namesakes.is_empty() { error } else { error.hint(format!("did you mean {}?", namesakes.join(" or "))) }
}
