//! Keeps the world up to date with its sources: looks at them, loads collections that are new or
//! changed, and removes those that are gone.
//!
//! `lifecycle` decides which state a collection is in and what happens to it, and `timetable` when
//! a database is asked for what. Neither does I/O or reads a clock. Two loops around them, one for
//! files and one for a database, report events to them and execute their decisions.

mod apply;
mod database;
mod database_loop;
mod direct;
mod files;
mod fingerprints;
mod lifecycle;
mod loads;
mod publish;
mod publisher;
mod timetable;

use std::pin::Pin;
use std::sync::Arc;

use tokio::sync::watch;

use super::shared::Shared;
use crate::error::Result;
use crate::source::Source;
use database::DatabaseFollower;
use files::FileFollower;
use publisher::{Publisher, lock, look, note_names};

/// Follows all sources until the task is aborted. The first looks at all sources are awaited
/// together, so that ids do not depend on which source answers first.
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
        let reload = reload.clone();
        let publisher = Publisher::new(shared.clone(), index, source.clone());
        let run: Pin<Box<dyn Future<Output = ()> + Send>> = match &*source {
            Source::Postgis(_) => Box::pin(DatabaseFollower::new(publisher).run(first, reload)),
            _ => Box::pin(FileFollower::new(publisher).run(first, reload)),
        };
        run
    });
    futures_util::future::join_all(tasks).await;
}
