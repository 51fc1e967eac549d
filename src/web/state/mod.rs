//! The state that the server keeps between requests: snapshots, caches, counters, admission places.

pub mod admission;
pub mod audit;
pub mod changes;
pub mod descriptions;
pub mod expirations;
pub mod file_stream;
pub mod kept_files;
pub mod map_files;
pub mod metrics;
pub mod rates;
pub mod results;
pub mod sent_again;
pub mod tile_cache;

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use arc_swap::ArcSwap;
use tokio::runtime::Handle;

use crate::limits::Limits;
use crate::plan::Planner;
use crate::snapshot::Snapshots;
use crate::tile::select::TileLimits;
use crate::web::http::client::Proxies;
use crate::web::http::pages::Pages;
use crate::web::http::problem::Outlet;
use crate::web::state::admission::Admission;
use crate::web::state::audit::Audit;
use crate::web::state::changes::Changes;
use crate::web::state::descriptions::Written;
use crate::web::state::expirations::Expirations;
use crate::web::state::kept_files::KeptFiles;
use crate::web::state::map_files::MapFiles;
use crate::web::state::metrics::Metrics;
use crate::web::state::rates::Rates;
use crate::web::state::results::kept::Results;
use crate::web::state::sent_again::SentAgain;
use crate::web::state::tile_cache::TileCache;

/// The state behind all routes.
#[derive(Debug)]
pub struct App {
    /// The snapshots that requests see.
    pub snapshots: Arc<Snapshots>,
    /// The planner, which keeps the data that planning has computed for the current world.
    pub planner: Planner,
    /// The kept answers of planning.
    pub results: Results,
    /// The limits in force.
    pub limits: Limits,
    /// The trusted proxies.
    pub proxies: Proxies,
    /// The beginning of links in answers; None takes the host from the request.
    pub public_url: Option<String>,
    /// Whether tiles are thinned; false only in benchmarks and comparisons.
    pub thinning: bool,
    /// The limits on concurrent requests.
    pub admission: Admission,
    /// The limits of requests a second; None if there are none.
    pub rates: Option<Rates>,
    /// The cached OpenAPI documents.
    pub api: Written,
    /// The cache of encoded tiles.
    pub tile_cache: TileCache,
    /// The kept downloads, of which byte ranges can be requested.
    pub kept_files: KeptFiles,
    /// The icons and fonts that maps are drawn with.
    pub map_files: Arc<ArcSwap<MapFiles>>,
    /// The last answers with cached tiles.
    pub sent_again: SentAgain,
    /// The stream of changes and its listeners.
    pub changes: Arc<Changes>,
    /// The changes that the operator has reported.
    pub expirations: Arc<Expirations>,
    /// The record of what must be known later; None without a place for it.
    pub audit: Option<Arc<Audit>>,
    /// The metrics of the server.
    pub metrics: Metrics,
    /// Whether every answer is written to the log.
    pub access_log: bool,
    /// The runtime for everything that takes longer than a small tile.
    pub runtime: Handle,
    /// Whether the server has been told to stop.
    pub stopping: AtomicBool,
    /// The HTML templates.
    pub pages: Pages,
}

impl App {
    /// What error bodies are written with.
    pub fn outlet(&self) -> Outlet<'_> {
        let public_url = self.public_url.as_deref();
        Outlet { pages: &self.pages, public_url, publication: self.snapshots.look().publication().clone() }
    }

    /// The limits for the content of a tile.
    pub fn tile_limits(&self) -> TileLimits {
        if self.thinning {
            TileLimits { features: self.limits.tile_features, bytes: self.limits.tile_bytes, smallest: 4 }
        } else {
            TileLimits::NONE
        }
    }
}
