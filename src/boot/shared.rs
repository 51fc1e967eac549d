//! What the tasks that follow the sources share.

use std::sync::{Arc, Mutex};

use arc_swap::ArcSwap;

use super::{budget, names, progress};
use crate::config::Settings;
use crate::snapshot::Snapshots;
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
    /// The record; None if there is no place where it is kept.
    pub audit: Option<Arc<Audit>>,
}
