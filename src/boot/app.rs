//! Makes the state behind all routes, as configured.

use std::sync::Arc;

use arc_swap::ArcSwap;

use super::audit::AuditLog;
use super::map_folders::Contents;
use super::state::State;
use crate::config::Settings;
use crate::error::Result;
use crate::limits::Limits;
use crate::plan::Planner;
use crate::snapshot::Snapshots;
use crate::web::state::audit::Audit;
use crate::web::state::map_files::MapFiles;
use crate::web::{self, App};

/// Makes the state that the server keeps from one request to the next, as configured.
pub(super) fn app(settings: &Settings, state: Option<&State>, snapshots: Arc<Snapshots>) -> Result<App> {
    Ok(App {
        snapshots,
        planner: Planner::new(settings.limits.clone()),
        results: web::state::results::kept::Results::new(settings.limits.results_bytes),
        limits: settings.limits.clone(),
        proxies: web::http::client::Proxies(settings.trusted_proxies.clone()),
        public_url: settings.public_url.as_ref().map(|url| url.as_str().to_owned()),
        thinning: settings.thinning,
        admission: web::state::admission::Admission::new(&settings.limits),
        rates: web::state::rates::Rates::new(&settings.limits),
        api: web::state::descriptions::Written::default(),
        kept_files: web::state::kept_files::KeptFiles::new(settings.limits.kept_downloads_bytes as u64),
        map_files: Arc::new(ArcSwap::from_pointee(map_files(settings))),
        tile_cache: web::state::tile_cache::TileCache::new(settings.tile_cache),
        sent_again: web::state::sent_again::SentAgain::default(),
        changes: Arc::new(web::state::changes::Changes::new(&settings.limits)),
        expirations: Arc::default(),
        audit: state.map(|state| recording(state, &settings.limits)).transpose()?,
        metrics: web::state::metrics::Metrics::new(),
        access_log: settings.access_log,
        runtime: tokio::runtime::Handle::current(),
        stopping: false.into(),
        pages: web::http::pages::Pages::new(settings.language)?,
    })
}

/// Opens the record.
fn recording(state: &State, limits: &Limits) -> Result<Arc<Audit>> {
    let log = Arc::new(AuditLog::open(state, limits)?);
    let rules = log.clone();
    let record_rules = Box::new(move |policy: &_| rules.record_rules(policy));
    Ok(Arc::new(Audit::new(Box::new(move |entries| log.record(entries)), record_rules)))
}

/// Reads the icons and fonts of the configuration, and logs what is left out of them.
pub(super) fn map_files(settings: &Settings) -> MapFiles {
    let Contents { sets, fonts, left_out, .. } = Contents::read(&settings.map, &settings.limits);
    for sentence in left_out {
        tracing::warn!("{sentence}");
    }
    MapFiles::new(sets, fonts, settings.limits.map_files_bytes)
}
