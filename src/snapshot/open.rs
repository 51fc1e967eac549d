//! Finds a collection by its id and returns what the permit shows of it, with its rows in memory or
//! in the database.

use std::sync::Arc;
use std::time::Instant;

use jiff::Timestamp;
use tokio::runtime::{Handle, RuntimeFlavor};

use super::moment::Snapshot;
use crate::access::{Caller, Permit};
use crate::catalog::{Collection, ColumnSchema};
use crate::error::{Error, Kind, Result, one_of, said};
use crate::geo::Crs;
use crate::layer::derived::collection_of;
use crate::layer::world::Entry;
use crate::layer::{Layer, State, View};
use crate::query::Selection;
use crate::query::cql2::Schema;
use crate::source::postgis::direct::{Direct, Reader};

/// A collection as documents describe it, whether or not its rows are available.
#[derive(Clone, Debug)]
pub struct Described {
    /// The published collection.
    pub collection: Arc<Collection>,
    /// Whether it is loading, ready, direct or failed.
    pub state: State,
    /// What the caller may see of it.
    pub permit: Permit,
    /// The last moment at which the rows are known to be those of the source; None without rows.
    pub as_of: Option<Timestamp>,
    /// Whether `as_of` advances while nothing changes.
    pub is_followed: bool,
    /// Whether the rows are behind and being read again; false where that would tell of rows that
    /// the caller does not see.
    pub is_reloading: bool,
}

impl Described {
    /// The visible columns.
    pub fn columns(&self) -> impl Iterator<Item = &ColumnSchema> {
        self.permit.columns().iter().filter_map(|index| self.collection.columns.get(*index))
    }

    /// Returns the view of its layer; of a direct collection, that of a layer without rows. None
    /// while it is loading or if it failed.
    pub fn view(&self) -> Option<View<'_>> {
        match &self.state {
            State::Direct(layer) | State::Ready(layer) => {
                Some(View::new(layer, &self.collection, &self.permit))
            }
            State::Loading | State::Failed(_) => None,
        }
    }

    /// Returns the id of the first feature; None if there is no feature, or if features have no
    /// ids.
    pub fn first_id(&self) -> Option<String> {
        let view = self.view()?;
        (!view.is_empty()).then(|| view.key(0)).flatten().map(|key| key.text())
    }
}

/// A collection with its layer, as one request holds it.
#[derive(Clone, Debug)]
pub struct Opened {
    /// The published collection.
    pub collection: Arc<Collection>,
    /// The rows that the caller may see.
    pub layer: Arc<Layer>,
    /// The last moment at which the rows are known to be those of the source.
    pub as_of: Timestamp,
    permit: Permit,
    selection: Selection,
}

/// A direct collection, as one request holds it.
#[derive(Clone, Debug)]
pub struct OpenedDirect {
    /// The collection with a layer without rows. Its view tells which columns may be queried.
    pub schema: Opened,
    /// The access to the database.
    pub direct: Arc<Direct>,
}

/// A collection as one request holds it, resident or direct.
#[derive(Clone, Debug)]
pub enum Collected {
    /// The rows are in memory.
    Resident(Opened),
    /// The rows are in the database.
    Direct(OpenedDirect),
}

impl Collected {
    /// Returns the collection and its columns. For a direct collection, its layer has no rows.
    pub fn schema(&self) -> &Opened {
        match self {
            Collected::Resident(opened) => opened,
            Collected::Direct(opened) => &opened.schema,
        }
    }

    /// Returns the result of [`schema`](Self::schema) to change its selection.
    pub fn schema_mut(&mut self) -> &mut Opened {
        match self {
            Collected::Resident(opened) => opened,
            Collected::Direct(opened) => &mut opened.schema,
        }
    }
}

impl OpenedDirect {
    /// Combines rows that were read from the database with the permit of the request.
    pub fn rows(self, layer: Layer) -> Opened {
        Opened { layer: self.schema.adopt(layer), ..self.schema }
    }

    /// Returns the permit for reading, with the client that the rows are read for.
    pub fn reader(&self, client: Option<u64>) -> Reader<'_> {
        Reader { permit: &self.schema.permit, client }
    }
}

impl Opened {
    /// Sets which parts of each feature are written.
    pub fn select(&mut self, selection: Selection) {
        self.selection = selection;
    }

    /// Returns the columns that a filter may name.
    pub fn schema(&self) -> Schema<'_> {
        Schema { collection: &self.collection, visible: self.permit.columns() }
    }

    /// Returns the version of a tile, at a zoom and a place: the version of the last change that
    /// touched it, and the permit's digest. It changes whenever the tile may look different. Also
    /// returns whether a later change is not shown yet, which may be so at low zooms.
    pub fn tile_version(&self, (zoom, place): (u8, [u32; 2]), now: Instant) -> ([u64; 2], bool) {
        let found = self.layer.tile_version(zoom, place, now);
        ([found.version, self.permit.digest()], found.is_waiting)
    }

    /// The version of all that the permit shows, and the permit's digest. It changes whenever any
    /// visible row changes.
    pub fn seen_version(&self) -> [u64; 2] {
        [self.layer.seen_version(), self.permit.digest()]
    }

    /// The digest of the permit, which changes with the configuration.
    pub fn digest(&self) -> u64 {
        self.permit.digest()
    }

    /// The CRS of the stored coordinates; CRS84 for a table without geometry.
    pub fn stored_crs(&self) -> Crs {
        self.collection.geometry.as_ref().map_or(Crs::Crs84, |geometry| geometry.crs)
    }

    /// The layer, restricted to what the permit shows.
    pub fn view(&self) -> View<'_> {
        self.view_of(&self.layer)
    }

    /// Other rows of the collection, restricted in the same way.
    pub fn view_of<'a>(&'a self, layer: &'a Layer) -> View<'a> {
        View::new(layer, &self.collection, &self.permit).selecting(&self.selection)
    }

    /// Wraps rows that were just read, with feature ids made like those of the layer.
    pub fn adopt(&self, layer: Layer) -> Arc<Layer> {
        layer.share_keys_beyond_ids(&self.layer);
        Arc::new(layer)
    }
}

/// The cost of describing one collection, in units of [`crate::work`].
pub const DESCRIPTION: usize = 20_000;

impl Snapshot {
    /// Returns the collection with this `id`, as the caller may see it. A hidden and an unknown
    /// collection give the same 404. For a restricted caller it may take some hundred milliseconds
    /// at the first call: see [`is_at_hand`](Self::is_at_hand).
    pub fn describe(&self, caller: &Caller, id: &str) -> Result<Described> {
        let seen = |entry: &Entry| self.seen(entry, caller);
        self.world().entry(id).and_then(seen).ok_or_else(|| self.unknown(caller, id))
    }

    /// Whether [`describe`](Self::describe) returns at once, so that a connection thread may call
    /// it.
    pub fn is_at_hand(&self, caller: &Caller, id: &str) -> bool {
        let Some(entry) = self.world().entry(id).filter(|_| self.policy().has_grants()) else {
            return true;
        };
        let Some(permit) = self.permit(caller, &entry.collection) else { return true };
        match &entry.state {
            State::Ready(layer) if permit.is_restricted() => layer.has_derived(&permit),
            State::Direct(_) if permit.is_restricted() => self
                .direct(&entry.collection.qualified)
                .is_none_or(|direct| direct.opened_restricted(&permit).is_some()),
            _ => true,
        }
    }

    /// Keeps the derived layers that the caller has opened, because a client of his listens for
    /// their changes.
    pub fn keep_derived(&self, caller: &Caller) {
        if !self.policy().has_grants() {
            return;
        }
        for entry in self.world().entries.values() {
            if let (State::Ready(layer), Some(permit)) =
                (&entry.state, self.permit(caller, &entry.collection))
            {
                layer.keep_derived(&permit);
            }
        }
    }

    /// What the caller may see of a collection; None if nothing. What cannot be made for the caller
    /// at present has failed for him.
    fn seen(&self, entry: &Entry, caller: &Caller) -> Option<Described> {
        let permit = self.permit(caller, &entry.collection)?;
        let (collection, state) = (entry.collection.clone(), entry.state.clone());
        let is_reloading = entry.is_reloading && !permit.is_restricted();
        let (as_of, is_followed) = (entry.as_of(), entry.as_of.is_some());
        let described = Described { collection, state, permit, as_of, is_followed, is_reloading };
        if !described.permit.is_restricted() {
            return Some(described);
        }
        let Described { collection, permit, .. } = &described;
        let derived = match &entry.state {
            State::Ready(layer) => waiting(|| layer.derived(collection, permit, self.room()))
                .map(|derived| (derived.collection, State::Ready(derived.layer))),
            State::Direct(_) => self
                .restricted_direct(collection, permit)
                .map(|direct| (direct.collection.clone(), State::Direct(direct.schema.clone()))),
            State::Loading | State::Failed(_) => {
                Ok((Arc::new(collection_of(collection, permit)), entry.state.clone()))
            }
        };
        let (collection, state) =
            derived.unwrap_or_else(|why| (Arc::new(collection_of(collection, permit)), State::Failed(why)));
        // Where the whole was read again because of rows that are not seen, these were not.
        let read = |state: &State| match state {
            State::Ready(layer) => Some(layer.loaded_at()),
            _ => None,
        };
        let as_of = if is_followed { as_of } else { read(&state) };
        Some(Described { collection, state, as_of, ..described })
    }

    /// The access to the database of a direct collection, with the permit's rule if it has one.
    fn restricted_direct(&self, collection: &Collection, permit: &Permit) -> Result<Arc<Direct>> {
        let Some(direct) = self.direct(&collection.qualified) else {
            return Err(Error::internal("a direct collection has nothing that asks its database"));
        };
        match permit.is_restricted() {
            false => Ok(direct.clone()),
            true => match direct.opened_restricted(permit) {
                Some(opened) => Ok(opened),
                // A connection thread gets here only if the policy has changed since it asked
                // whether the collection is at hand.
                None if is_connection_thread() => {
                    Err(Error::unavailable(said!("collection {:?} is still loading", collection.id)))
                }
                None => waiting(|| direct.restricted_now(permit)),
            },
        }
    }

    /// Returns all collections that the caller may see.
    pub fn describe_all(&self, caller: &Caller) -> Vec<Described> {
        self.world().entries.keys().filter_map(|id| self.describe(caller, id).ok()).collect()
    }

    /// Returns a collection with its rows in memory, for operations that a database cannot do. The
    /// error for a direct collection says what to configure; a collection without rows is a 503.
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

    /// Returns a collection with its rows, in memory or in the database. A collection that is
    /// loading or failed is a 503.
    pub fn open(&self, caller: &Caller, id: &str) -> Result<Collected> {
        let Described { collection, state, permit, as_of, .. } = self.describe(caller, id)?;
        let selection = Selection::default();
        match state {
            State::Ready(layer) => {
                let as_of = as_of.unwrap_or(layer.loaded_at());
                Ok(Collected::Resident(Opened { collection, layer, as_of, permit, selection }))
            }
            State::Direct(layer) => {
                let direct = self.restricted_direct(&collection, &permit)?;
                // The database answers with its current rows.
                let as_of = Timestamp::now();
                let schema = Opened { collection, layer, as_of, permit, selection };
                Ok(Collected::Direct(OpenedDirect { schema, direct }))
            }
            State::Loading => Err(Error::unavailable(said!("collection {:?} is still loading", id))),
            // What is closed to the caller for lack of memory.
            State::Failed(why) if why.limit.as_ref().is_some_and(|limit| limit.name == "derived_bytes") => {
                Err(why)
            }
            State::Failed(why) => {
                let error = Error::unavailable(said!("collection {:?} cannot be served at present", id));
                Err(if self.shows_refusals() { error.hint(why.what) } else { error })
            }
        }
    }

    fn unknown(&self, caller: &Caller, id: &str) -> Error {
        let error = Error::not_found(said!("there is no collection {:?}", id));
        let suffix = format!(".{id}");
        let namesakes: Vec<&str> = self
            .world()
            .entries
            .values()
            .filter(|entry| entry.collection.qualified.ends_with(&suffix))
            .filter(|entry| self.permit(caller, &entry.collection).is_some())
            .map(|entry| entry.collection.id.as_str())
            .collect();
        if namesakes.is_empty() { error } else { error.hint(said!("did you mean {}?", one_of(&namesakes))) }
    }
}

/// Whether this thread runs all tasks of its runtime, so that it must not wait.
fn is_connection_thread() -> bool {
    let flavor = Handle::try_current().map(|runtime| runtime.runtime_flavor());
    matches!(flavor, Ok(RuntimeFlavor::CurrentThread))
}

/// Runs what takes its time, so that other tasks of this thread's runtime go on meanwhile.
fn waiting<T>(make: impl FnOnce() -> T) -> T {
    match Handle::try_current().map(|runtime| runtime.runtime_flavor()) {
        Ok(RuntimeFlavor::MultiThread) => tokio::task::block_in_place(make),
        _ => make(),
    }
}
