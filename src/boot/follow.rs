//! Keeps the world like its sources: looks, loads what is new or changed, drops what is gone.

mod apply;
mod database;
mod direct;
mod loads;
mod publish;
mod signs;

use std::collections::{BTreeMap, BTreeSet};
use std::pin::Pin;
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::watch;

use super::Shared;
use super::budget::AT_ONCE;
use crate::access::Policy;
use crate::catalog::Refusal;
use crate::catalog::names::Name;
use crate::error::{Error, Kind, Result};
use crate::layer::Layer;
use crate::source::postgis::direct::Pool;
use crate::source::postgis::feed::Position;
use crate::source::{Found, Locator, Look, Source};

/// How often a folder is looked at.
const FOLDER_EVERY: Duration = Duration::from_secs(1);
/// The first wait after a source could not be reached; doubled up to the second.
const AWAY_AT_FIRST: Duration = Duration::from_millis(500);
const AWAY_AT_MOST: Duration = Duration::from_secs(2);

/// Follows all sources until the task is aborted. The first looks come together, so that ids do not depend
/// on which source answers first.
pub async fn all(shared: Arc<Shared>, sources: Vec<Source>, reload: watch::Receiver<u64>) {
    let sources: Vec<Arc<Source>> = sources.into_iter().map(Arc::new).collect();
    let looks = futures_util::future::join_all(sources.iter().map(|source| look(&shared, source))).await;
    for (index, look) in looks.iter().enumerate() {
        if let Ok(look) = look {
            note_names(&shared, index, look);
        }
    }
    for fault in shared.settings.load().unmatched_collections(&lock(&shared.names).all()) {
        if looks.iter().all(Result::is_ok) {
            tracing::warn!("{fault}");
        }
    }
    let tasks = sources.into_iter().zip(looks).enumerate().map(|(index, (source, first))| {
        let follower = Follower {
            shared: shared.clone(),
            index,
            source,
            stamps: BTreeMap::new(),
            unsettled: BTreeMap::new(),
            said: BTreeSet::new(),
            warned: BTreeSet::new(),
            looked_at: None,
            retry: false,
            pool: None,
        };
        let reload = reload.clone();
        let run: Pin<Box<dyn Future<Output = ()> + Send>> = match &*follower.source {
            Source::Postgis(_) => Box::pin(database::Follower::of(follower).run(first, reload)),
            _ => Box::pin(follower.run(first, reload)),
        };
        run
    });
    futures_util::future::join_all(tasks).await;
}

async fn look(shared: &Shared, source: &Source) -> Result<Look<Locator>> {
    let settings = shared.settings.load_full();
    let overrides = |short: &str, qualified: &str| settings.overrides_of(short, qualified);
    source.look(&overrides, settings.reload).await
}

fn note_names(shared: &Shared, index: usize, look: &Look<Locator>) {
    let name = |found: &Found<Locator>| Name {
        short: found.short.clone(),
        qualified: found.collection.qualified.clone(),
    };
    lock(&shared.names).note(index, look.found.iter().map(name).collect());
}

fn lock<T>(mutex: &std::sync::Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Follows one source.
struct Follower {
    shared: Arc<Shared>,
    index: usize,
    source: Arc<Source>,
    /// The stamp of what was loaded last, by qualified name.
    stamps: BTreeMap<String, String>,
    /// Stamps seen once and not yet again: a file may be half written.
    unsettled: BTreeMap<String, String>,
    /// The refusals of the last look, which the log has.
    said: BTreeSet<String>,
    /// What else was warned of.
    warned: BTreeSet<String>,
    /// The source's stamp at the last look.
    looked_at: Option<String>,
    /// Whether the source went away while it was read: what is missing is tried again soon.
    retry: bool,
    /// The connections by which requests ask for what is not resident; None until something is not.
    pool: Option<Arc<Pool>>,
}

impl Follower {
    async fn run(mut self, first: Result<Look<Locator>>, mut reload: watch::Receiver<u64>) {
        let mut bell = self.shared.expirations.bell();
        let mut seen = Some(first);
        let mut is_first = true;
        let mut away = AWAY_AT_FIRST;
        loop {
            let stamp = self.source.stamp();
            let is_same =
                stamp.is_some() && stamp == self.looked_at && self.unsettled.is_empty() && !self.retry;
            let looked = match seen.take() {
                Some(look) => Some(look),
                None if is_same => None,
                None => Some(look(&self.shared, &self.source).await),
            };
            let wait = match looked {
                None => self.interval(),
                Some(Ok(look)) => {
                    self.looked_at = stamp;
                    self.take(look, is_first).await;
                    is_first = false;
                    away = if self.retry { (away * 2).min(AWAY_AT_MOST) } else { AWAY_AT_FIRST };
                    if self.retry { away } else { self.interval() }
                }
                Some(Err(why)) => {
                    self.looked_at = None;
                    self.is_away(why);
                    away = (away * 2).min(AWAY_AT_MOST);
                    away
                }
            };
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                Ok(()) = reload.changed() => {
                    tracing::info!("{}: reloading", self.source);
                    self.stamps.clear();
                    self.looked_at = None;
                }
                Ok(()) = bell.changed() => {
                    let asked = &self.shared.expirations;
                    self.stamps.retain(|name, _| !asked.is_asked(name));
                    self.looked_at = None;
                }
            }
        }
    }

    fn interval(&self) -> Duration {
        match &*self.source {
            Source::Embedded => Duration::MAX,
            Source::Folder(_) => FOLDER_EVERY,
            Source::Postgis(_) => self.shared.settings.load().reload,
        }
    }

    fn is_away(&mut self, why: Error) {
        let index = self.index;
        let was = self.shared.snapshots.world().sources.get(index).and_then(|source| source.away.clone());
        if was.as_ref() != Some(&why) {
            tracing::warn!("{}: {why}; tried again until it answers", self.source);
        }
        self.shared.snapshots.update_world(|world| {
            if let Some(source) = world.sources.get_mut(index) {
                source.away = Some(why);
            }
        });
    }

    async fn take(&mut self, look: Look<Locator>, is_first: bool) {
        let (mut due, mut refusals) = self.prepare(look);
        self.retry = false;
        due.retain(|found| self.is_due(found, is_first));
        due.sort_by_key(|found| found.estimate);
        // Only what is in a database can be direct, and a database is followed otherwise.
        let (due, _) = self.within_budget(due, &mut refusals);
        self.announce(&due, &refusals);
        self.publish_status(refusals);
        self.load_all(due).await;
    }

    /// Gives names and descriptions to what was found, and drops what is gone.
    fn prepare(&mut self, mut look: Look<Locator>) -> (Vec<Found<Locator>>, Vec<Refusal>) {
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
        let present: BTreeSet<String> =
            look.found.iter().map(|found| found.collection.qualified.clone()).collect();
        self.drop_vanished(&present, &look.refusals);
        (look.found, look.refusals)
    }

    /// Takes from a collection what would show what is hidden in it, and says where that was configured, or where rows of a
    /// hidden table are published in another.
    fn hide(&mut self, policy: &Policy, found: &mut Found<Locator>) {
        for warning in super::hidden::inherited(policy, found) {
            self.warn_once(format!("{}: {warning}", found.collection.id));
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

    /// Two folders may be called the same, or one database be named twice: then the first source keeps its
    /// qualified names, and the same names of later ones are refused.
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

    /// New or changed, and the same at two looks (else it may be half written).
    fn is_due(&mut self, found: &Found<Locator>, is_first: bool) -> bool {
        let name = &found.collection.qualified;
        if self.stamps.get(name) == Some(&found.stamp) {
            return false;
        }
        // What is compiled in is never half written, and is not looked at a second time.
        let is_whole = matches!(&*self.source, Source::Embedded);
        if is_first || is_whole || self.unsettled.get(name) == Some(&found.stamp) {
            self.unsettled.remove(name);
            return true;
        }
        self.unsettled.insert(name.clone(), found.stamp.clone());
        false
    }

    /// Loads all that is due, the quickest first, a few at once.
    async fn load_all(&mut self, due: Vec<Found<Locator>>) {
        use futures_util::StreamExt;
        let (shared, source) = (self.shared.clone(), self.source.clone());
        let began = Instant::now();
        let count = due.len();
        let loaded = futures_util::stream::iter(due)
            .map(|found| {
                let (shared, source) = (shared.clone(), source.clone());
                async move {
                    let result = load(&shared, &source, &found, false).await;
                    (found, result.map(|(layer, _)| layer))
                }
            })
            .buffer_unordered(AT_ONCE);
        let mut loaded = std::pin::pin!(loaded);
        while let Some((found, result)) = loaded.next().await {
            self.publish(found, result);
        }
        if count > 0 {
            tracing::info!(
                "{}: {count} collections read in {:.2} s",
                self.source,
                began.elapsed().as_secs_f64()
            );
        }
    }
}

async fn load(
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
