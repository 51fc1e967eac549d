//! What the tasks that follow the sources share.

use std::sync::{Arc, Mutex};

use arc_swap::ArcSwap;

use super::{budget, names, progress};
use crate::config::Settings;
use crate::snapshot::Snapshots;
use crate::web::state::changes::Changes;
use crate::web::state::expirations::Expirations;

/// What the tasks that follow the sources share.
#[derive(Debug)]
pub struct Shared {
    /// What requests see.
    pub snapshots: Arc<Snapshots>,
    /// The settings in force.
    pub settings: ArcSwap<Settings>,
    /// The addresses given so far.
    pub names: Mutex<names::Names>,
    /// The memory given out so far.
    pub budget: Mutex<budget::Budget>,
    /// Bars or lines that show how loading goes.
    pub progress: progress::Progress,
    /// Those who listen for changes.
    pub changes: Arc<Changes>,
    /// What the operator says has changed.
    pub expirations: Arc<Expirations>,
}
