//! Publishes the collections of one source: its part of the world, and what was already logged
//! about it.

use std::collections::BTreeSet;
use std::sync::{Arc, PoisonError};

use crate::access::Policy;
use crate::boot::hidden;
use crate::boot::shared::Shared;
use crate::catalog::names::Name;
use crate::catalog::{Collection, Refusal};
use crate::error::{Error, Kind, Result};
use crate::layer::world::Entry;
use crate::layer::{Layer, State};
use crate::source::postgis::direct::Pool;
use crate::source::postgis::feed::Position;
use crate::source::{Found, Locator, Look, Source};

/// Publishes the collections of one source.
pub(super) struct Publisher {
    pub(super) shared: Arc<Shared>,
    pub(super) index: usize,
    pub(super) source: Arc<Source>,
    /// The refusals of the last look, which are in the log.
    pub(super) said: BTreeSet<String>,
    /// Other warnings that are in the log.
    warned: BTreeSet<String>,
    /// The pool of connections for collections that are not resident; None before there is one.
    pub(super) pool: Option<Arc<Pool>>,
}

impl Publisher {
    pub(super) fn new(shared: Arc<Shared>, index: usize, source: Arc<Source>) -> Publisher {
        Publisher { shared, index, source, said: BTreeSet::new(), warned: BTreeSet::new(), pool: None }
    }

    /// Returns a collection of this source as it is published.
    pub(super) fn entry(&self, mut collection: Collection, state: State) -> Entry {
        collection.source = self.source.label();
        Entry {
            collection: Arc::new(collection),
            state,
            source: self.index,
            as_of: None,
            is_reloading: false,
        }
    }

    /// Notes that the source cannot be reached. Its collections are still served.
    pub(super) fn is_away(&self, why: Error) {
        let index = self.index;
        let was = self.shared.snapshots.world().sources.get(index).and_then(|source| source.away.clone());
        if was.as_ref() != Some(&why) {
            tracing::warn!("{}: {why}; tried again until it answers", self.source);
        }
        self.shared.update_world(|world| {
            if let Some(source) = world.sources.get_mut(index) {
                source.away = Some(why);
            }
        });
    }

    /// Applies the configuration to what was found, and gives it ids.
    pub(super) fn prepare(&mut self, mut look: Look<Locator>) -> (Vec<Found<Locator>>, Vec<Refusal>) {
        self.refuse_doubles(&mut look);
        note_names(&self.shared, self.index, &look);
        let (ids, kept) = lock(&self.shared.names).assign();
        for id in kept {
            tracing::warn!(
                "another collection is called {id:?} too; the address stays until the next start, then both are \
                 named with their schema or folder"
            );
        }
        for (name, ids) in lock(&self.shared.names).new_namesakes() {
            tracing::info!(
                "several collections are called {name:?}; their addresses are {}",
                ids.join(" and ")
            );
        }
        let settings = self.shared.settings.load_full();
        for found in &mut look.found {
            if let Some(id) = ids.get(&found.collection.qualified) {
                found.collection.id.clone_from(id);
            }
            let overrides = settings.overrides_of(&found.short, &found.collection.qualified);
            overrides.describe(&mut found.collection);
            let collection = &found.collection;
            let described = overrides.columns.keys().map(String::as_str);
            let described = described.filter(|name| collection.column(name).is_none());
            for column in collection.unknown_columns().chain(described) {
                tracing::warn!("{}: configured by column {column:?}, which it does not have", collection.id);
            }
            found.collection.short.clone_from(&found.short);
            self.hide(&settings.policy, found);
            let zooms = &mut found.collection.zooms;
            zooms.1 = zooms.1.min(settings.limits.tile_zoom);
        }
        (look.found, look.refusals)
    }

    /// Removes from a collection what would reveal hidden data, and warns if this was configured,
    /// or if rows of a hidden table are published in another one.
    fn hide(&mut self, policy: &Policy, found: &mut Found<Locator>) {
        for warning in hidden::inherited(policy, found) {
            self.warn_once(format!("{}: {warning}", found.collection.id));
        }
        for (role, why) in policy.faults(&found.collection) {
            self.warn_once(format!("{}: closed to callers in the role {role}: {why}", found.collection.id));
        }
        let collection = &mut found.collection;
        collection.hidden = policy.hidden_in(collection);
        let detail = collection.detail.without(&collection.hidden);
        if detail != collection.detail {
            let warning = "its level of detail is configured by a hidden column, and goes without it";
            collection.detail = detail;
            self.warn_once(format!("{}: {warning}", found.collection.id));
        }
    }

    fn warn_once(&mut self, line: String) {
        if self.warned.insert(line.clone()) {
            tracing::warn!("{line}");
        }
    }

    /// Refuses collections whose qualified name an earlier source has. Two folders may have the
    /// same name, or one database may be configured twice.
    fn refuse_doubles(&self, look: &mut Look<Locator>) {
        let taken = lock(&self.shared.names).of_earlier(self.index);
        let (doubles, found) = std::mem::take(&mut look.found)
            .into_iter()
            .partition(|found| taken.contains(&found.collection.qualified));
        look.found = found;
        look.refusals.extend(doubles.into_iter().map(|found| {
            Refusal {
                name: found.collection.qualified,
                why: Error::new(Kind::Invalid, "an earlier source has a collection of this name")
                    .hint("rename the folder, or name each source once"),
            }
        }));
    }
}

/// Looks at a source with the present configuration.
pub(super) async fn look(shared: &Shared, source: &Source) -> Result<Look<Locator>> {
    let settings = shared.settings.load_full();
    let overrides = |short: &str, qualified: &str| settings.overrides_of(short, qualified);
    source.look(&overrides, settings.reload).await
}

/// Records the names of a source. The ids of all sources depend on them.
pub(super) fn note_names(shared: &Shared, index: usize, look: &Look<Locator>) {
    let name = |found: &Found<Locator>| Name {
        short: found.short.clone(),
        qualified: found.collection.qualified.clone(),
    };
    lock(&shared.names).note(index, look.found.iter().map(name).collect());
}

pub(super) fn lock<T>(mutex: &std::sync::Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Reads one collection and shows the progress.
pub(super) async fn load(
    shared: &Shared,
    source: &Source,
    found: &Found<Locator>,
    is_followed: bool,
) -> Result<(Layer, Option<Position>)> {
    let loading = Arc::new(shared.progress.begin(&found.collection.id, found.rows));
    let told = loading.clone();
    let result = source.load(found, is_followed, Arc::new(move |rows| told.rows(rows))).await;
    match &result {
        Ok((layer, _)) => loading.done(layer),
        Err(_) => loading.failed(),
    }
    result
}

/// Returns whether a failure is temporary and due to the source, not the collection.
pub(super) fn is_away(why: &Error) -> bool {
    matches!(why.kind, Kind::Unavailable | Kind::Timeout)
}
