//! What the tasks that follow the sources share.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;

use super::{budget, names, progress};
use crate::config::Settings;
use crate::error::Error;
use crate::layer::World;
use crate::snapshot::{Snapshot, Snapshots};
use crate::web::state::audit::Audit;
use crate::web::state::changes::Changes;
use crate::web::state::expirations::Expirations;
use crate::web::state::map_files::MapFiles;

/// What the tasks that follow the sources share.
#[derive(Debug)]
pub struct Shared {
    /// The snapshots that requests see.
    pub snapshots: Arc<Snapshots>,
    /// The present settings.
    pub settings: ArcSwap<Settings>,
    /// The ids that were given so far.
    pub names: Mutex<names::Names>,
    /// The memory that was reserved so far.
    pub budget: Mutex<budget::Budget>,
    /// The bars or lines that show the progress of loading.
    pub progress: progress::Progress,
    /// The clients that listen for changes.
    pub changes: Arc<Changes>,
    /// What the operator reports as changed.
    pub expirations: Arc<Expirations>,
    /// The icons and fonts that maps are drawn with.
    pub map_files: Arc<ArcSwap<MapFiles>>,
    /// The areas that rules name and that are not there, as the log has said.
    pub missing_areas: Mutex<BTreeSet<String>>,
    /// The record; None if there is no place where it is kept.
    pub audit: Option<Arc<Audit>>,
}

impl Shared {
    /// Makes the next snapshot. Where areas that rules name have other borders in it, callers may
    /// see other rows, so clients that listen are told to load everything again.
    pub fn update(&self, change: impl FnOnce(&mut Snapshot)) {
        if self.snapshots.update(change) {
            self.changes.begin_anew();
        }
        self.warn_of_areas();
    }

    /// Makes the next snapshot by a change of the world.
    pub fn update_world(&self, change: impl FnOnce(&mut World)) {
        self.update(|next| change(next.world_mut()));
    }

    /// Warns once of each area that rules name and that is not there, when all is loaded.
    fn warn_of_areas(&self) {
        let snapshot = self.snapshots.look();
        if !snapshot.world().is_ready() {
            return;
        }
        let faults: BTreeSet<String> = snapshot.areas().faults().map(Error::to_string).collect();
        let mut told = self.missing_areas.lock().unwrap_or_else(PoisonError::into_inner);
        for fault in faults.difference(&told) {
            tracing::warn!("{fault}; rules that name it close");
        }
        *told = faults;
    }
}
