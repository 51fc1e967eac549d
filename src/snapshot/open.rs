//! From the id of a collection to what a permit shows of it, its rows in memory or in its database.

use std::sync::Arc;
use std::time::Instant;

use jiff::Timestamp;

use super::Snapshot;
use crate::access::{Caller, Permit};
use crate::catalog::{Collection, ColumnSchema};
use crate::error::{Error, Kind, Result, one_of, said};
use crate::geo::Crs;
use crate::layer::world::Entry;
use crate::layer::{Layer, State, View};
use crate::query::Selection;
use crate::query::cql2::Schema;
use crate::source::postgis::direct::{Direct, Reader};

/// A collection as documents about it are written, its rows at hand or not.
#[derive(Clone, Debug)]
pub struct Described {
    /// What is published.
    pub collection: Arc<Collection>,
    /// How it is doing.
    pub state: State,
    /// What of it may be seen.
    pub permit: Permit,
}

impl Described {
    /// The columns that may be seen.
    pub fn columns(&self) -> impl Iterator<Item = &ColumnSchema> {
        self.permit.columns().iter().filter_map(|index| self.collection.columns.get(*index))
    }

    /// What is known of its rows: of a direct collection only what they are.
    pub fn view(&self) -> Option<View<'_>> {
        match &self.state {
            State::Direct(layer) | State::Ready(layer) => {
                Some(View::new(layer, &self.collection, &self.permit))
            }
            State::Loading | State::Failed(_) => None,
        }
    }

    /// The id of its first feature, where it is there and has one.
    pub fn first_id(&self) -> Option<String> {
        let view = self.view()?;
        (!view.is_empty()).then(|| view.key(0)).flatten().map(|key| key.text())
    }
}

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

/// A collection whose rows stay in the database, as one request holds it.
#[derive(Clone, Debug)]
pub struct OpenedDirect {
    /// A layer of no rows: its view says what may be asked for.
    pub schema: Opened,
    /// What is asked for the rows.
    pub direct: Arc<Direct>,
}

/// A collection as one request holds it.
#[derive(Clone, Debug)]
pub enum Collected {
    /// Its rows are in memory.
    Resident(Opened),
    /// Its rows are in the database.
    Direct(OpenedDirect),
}

impl Collected {
    /// What may be asked for: of a direct collection a layer of no rows.
    pub fn schema(&self) -> &Opened {
        match self {
            Collected::Resident(opened) => opened,
            Collected::Direct(opened) => &opened.schema,
        }
    }

    /// The same, to select what of it is written.
    pub fn schema_mut(&mut self) -> &mut Opened {
        match self {
            Collected::Resident(opened) => opened,
            Collected::Direct(opened) => &mut opened.schema,
        }
    }
}

impl OpenedDirect {
    /// Rows that came from the database, as the permit allows to see them.
    pub fn rows(self, layer: Layer) -> Opened {
        Opened { layer: self.schema.adopt(layer), ..self.schema }
    }

    /// The permit to read it, and the client that its rows are read for.
    pub fn reader(&self, client: Option<u64>) -> Reader<'_> {
        Reader { permit: &self.schema.permit, client }
    }
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

    /// What changes whenever the tile at a zoom and a place may look otherwise: the version of the
    /// last change that touched it, and the policy's edition. Beside it, whether a later change waits
    /// to be shown, as it may at low zooms.
    pub fn tile_version(&self, (zoom, place): (u8, [u32; 2]), now: Instant) -> ([u64; 2], bool) {
        let found = self.layer.tile_version(zoom, place, now);
        ([found.version, self.permit.edition()], found.is_waiting)
    }

    /// The policy's edition, which changes with the configuration.
    pub fn edition(&self) -> u64 {
        self.permit.edition()
    }

    /// The system of the stored coordinates; CRS84 for a table.
    pub fn stored_crs(&self) -> Crs {
        self.collection.geometry.as_ref().map_or(Crs::Crs84, |geometry| geometry.crs)
    }

    /// The layer as the permit allows to see it.
    pub fn view(&self) -> View<'_> {
        self.view_of(&self.layer)
    }

    /// Other rows of the collection, seen the same way.
    pub fn view_of<'a>(&'a self, layer: &'a Layer) -> View<'a> {
        View::new(layer, &self.collection, &self.permit).selecting(&self.selection)
    }

    /// Rows that were just read, with ids like those of the layer.
    pub fn adopt(&self, layer: Layer) -> Arc<Layer> {
        layer.share_keys_beyond_ids(&self.layer);
        Arc::new(layer)
    }
}

/// What it costs to write what is said of a collection, in units of [`crate::work`].
pub const DESCRIPTION: usize = 20_000;

impl Snapshot {
    /// The collection named `id` and the caller's permit to read it. Hidden and unknown are the same
    /// 404.
    pub fn describe(&self, caller: &Caller, id: &str) -> Result<Described> {
        let described = |entry: &Entry| {
            let permit = self.policy.read(&entry.collection, caller)?;
            Some(Described { collection: entry.collection.clone(), state: entry.state.clone(), permit })
        };
        self.world.entry(id).and_then(described).ok_or_else(|| self.unknown(caller, id))
    }

    /// All collections that the caller may see.
    pub fn describe_all(&self, caller: &Caller) -> Vec<Described> {
        self.world.entries.keys().filter_map(|id| self.describe(caller, id).ok()).collect()
    }

    /// A collection with its rows in memory, or 503 while it has none. For what cannot be done with
    /// rows that stay in the database: of those the error says what to configure.
    pub fn open_resident(&self, caller: &Caller, id: &str) -> Result<Opened> {
        match self.open(caller, id)? {
            Collected::Resident(opened) => Ok(opened),
            Collected::Direct(_) => {
                let what = said!(
                    "collection {:?} is read from its database at each request, and this needs it in memory",
                    id
                );
                Err(Error::new(Kind::Invalid, what)
                    .hint("remove mode = \"direct\" of this collection, or raise memory_budget"))
            }
        }
    }

    /// A collection with its rows, in memory or in the database; 503 while it has none.
    pub fn open(&self, caller: &Caller, id: &str) -> Result<Collected> {
        let Described { collection, state, permit } = self.describe(caller, id)?;
        let selection = Selection::default();
        match state {
            State::Ready(layer) => {
                let as_of = self.world.entry(id).and_then(Entry::as_of).unwrap_or(layer.loaded_at());
                Ok(Collected::Resident(Opened { collection, layer, as_of, permit, selection }))
            }
            State::Direct(layer) => {
                let Some(direct) = self.direct(&collection.qualified).cloned() else {
                    return Err(Error::internal("a direct collection has nothing that asks its database"));
                };
                // Whatever is asked, the answer is of the moment it is asked at.
                let as_of = Timestamp::now();
                let schema = Opened { collection, layer, as_of, permit, selection };
                Ok(Collected::Direct(OpenedDirect { schema, direct }))
            }
            State::Loading => Err(Error::unavailable(said!("collection {:?} is still loading", id))),
            State::Failed(why) => {
                let error = Error::unavailable(said!("collection {:?} cannot be served at present", id));
                Err(if self.shows_refusals { error.hint(why.what) } else { error })
            }
        }
    }

    fn unknown(&self, caller: &Caller, id: &str) -> Error {
        let error = Error::not_found(said!("there is no collection {:?}", id));
        let suffix = format!(".{id}");
        let namesakes: Vec<&str> = self
            .world
            .entries
            .values()
            .filter(|entry| entry.collection.qualified.ends_with(&suffix))
            .filter(|entry| self.policy.read(&entry.collection, caller).is_some())
            .map(|entry| entry.collection.id.as_str())
            .collect();
        if namesakes.is_empty() { error } else { error.hint(said!("did you mean {}?", one_of(&namesakes))) }
    }
}
