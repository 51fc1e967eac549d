//! What the server keeps from one request to the next: snapshots, caches, counters, places.

pub mod admission;
pub mod changes;
pub mod descriptions;
pub mod expirations;
pub mod file_stream;
pub mod kept_files;
pub mod metrics;
pub mod results;
pub mod sent_again;
pub mod tile_cache;

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use tokio::runtime::Handle;

use crate::limits::Limits;
use crate::plan::Planner;
use crate::snapshot::Snapshots;
use crate::tile::select::TileLimits;
use crate::web::http::client::Proxies;
use crate::web::http::pages::Pages;
use crate::web::http::problem::Outlet;
use crate::web::state::admission::Admission;
use crate::web::state::changes::Changes;
use crate::web::state::descriptions::Written;
use crate::web::state::expirations::Expirations;
use crate::web::state::kept_files::KeptFiles;
use crate::web::state::metrics::Metrics;
use crate::web::state::results::kept::Results;
use crate::web::state::sent_again::SentAgain;
use crate::web::state::tile_cache::TileCache;

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
    /// What errors are written with.
    pub fn outlet(&self) -> Outlet<'_> {
        Outlet { pages: &self.pages, public_url: self.public_url.as_deref() }
    }

    /// What a tile may hold.
    pub fn tile_limits(&self) -> TileLimits {
        if self.thinning {
            TileLimits { features: self.limits.tile_features, bytes: self.limits.tile_bytes, smallest: 4 }
        } else {
            TileLimits::NONE
        }
    }
}
