//! What every handler has at hand.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use tokio::runtime::Handle;

use super::admission::Admission;
use super::changes::Changes;
use super::client::Proxies;
use super::kept_files::KeptFiles;
use super::metrics::Metrics;
use super::openapi::Written;
use super::operator::Expirations;
use super::pages::Pages;
use super::results::Results;
use super::sent_again::SentAgain;
use super::tile_cache::TileCache;
use crate::limits::Limits;
use crate::plan::Planner;
use crate::snapshot::Snapshots;
use crate::tile::select::TileLimits;

/// The state behind all routes.
#[derive(Debug)]
pub struct App {
    /// What requests see.
    pub snapshots: Arc<Snapshots>,
    /// What planning has made of the data.
    pub planner: Planner,
    /// Answers of planning that can be had again.
    pub results: Results,
    /// The limits in force.
    pub limits: Limits,
    /// The proxies that are believed.
    pub proxies: Proxies,
    /// Where links point to; None takes what the request says.
    pub public_url: Option<String>,
    /// Whether tiles are thinned; off only for benches and comparisons.
    pub thinning: bool,
    /// How many requests are answered at once.
    pub admission: Admission,
    /// What is said of all addresses.
    pub api: Written,
    /// Tiles as they are sent.
    pub tile_cache: TileCache,
    /// Downloads of which parts can be asked for.
    pub kept_files: KeptFiles,
    /// The last answers with such tiles.
    pub sent_again: SentAgain,
    /// Those who listen for changes.
    pub changes: Arc<Changes>,
    /// What the operator says has changed.
    pub expirations: Arc<Expirations>,
    /// What is counted.
    pub metrics: Metrics,
    /// Whether every answer gets a line in the log.
    pub access_log: bool,
    /// Where all is answered that takes longer than a small tile.
    pub runtime: Handle,
    /// Whether the server has been told to stop.
    pub stopping: AtomicBool,
    /// The HTML pages.
    pub pages: Pages,
}

impl App {
    /// What a tile may hold.
    pub fn tile_limits(&self) -> TileLimits {
        if self.thinning {
            TileLimits { features: self.limits.tile_features, bytes: self.limits.tile_bytes, smallest: 4 }
        } else {
            TileLimits::NONE
        }
    }
}
