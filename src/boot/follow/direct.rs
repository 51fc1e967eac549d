//! Opens the collections whose rows stay in the database, opens them again at each look, and closes
//! them.

use std::sync::Arc;

use super::publisher::{Publisher, is_away, lock};
use crate::catalog::Refusal;
use crate::error::{Error, Kind};
use crate::layer::State;
use crate::layer::world::Entry;
use crate::limits::Key;
use crate::source::postgis::direct::{Direct, PoolLimits, Time, Times};
use crate::source::{Found, Locator};

/// The part of a tile's time that is left for drawing and sending, after its rows have been read.
const TO_DRAW: std::time::Duration = std::time::Duration::from_millis(750);

/// A collection that is not loaded, and the reason; None if it is configured.
pub(super) type NotResident = (Found<Locator>, Option<Error>);

impl Publisher {
    /// Opens each collection. One that cannot be opened is refused with both reasons: why it is not
    /// in memory, and why it cannot be read for each request.
    pub(super) async fn open_all(&mut self, found: Vec<NotResident>, refusals: &mut Vec<Refusal>) {
        let limits = self.shared.settings.load().limits.clone();
        let pool_limits = PoolLimits {
            connections: limits.direct_connections_at_once,
            wait: limits.direct_wait,
            per_client: limits.places_per_client,
        };
        let time = |most, key| Time { most, limit: Some(limits.reached(key)) };
        let times = Times {
            statement: time(limits.direct_statement_time, Key::direct_statement_time),
            tile: match limits.tile_time.saturating_sub(TO_DRAW) {
                least if least < limits.direct_statement_time => time(least, Key::tile_time),
                _ => time(limits.direct_statement_time, Key::direct_statement_time),
            },
            count: limits.direct_count_time,
            answer: time(limits.direct_answer_time, Key::direct_answer_time),
        };
        for (found, too_large) in found {
            if self.is_open(&found) {
                continue;
            }
            let source = self.source.clone();
            match source.open_direct(&found, &mut self.pool, pool_limits, times).await {
                Ok(direct) => self.publish_direct(&found, direct, too_large),
                Err(why) => self.refuse_direct(&found, why, too_large, refusals),
            }
        }
    }

    /// Returns whether the collection is already open as it was found. Then nothing has to be read,
    /// which may take seconds for a large table.
    fn is_open(&self, found: &Found<Locator>) -> bool {
        let snapshot = self.shared.snapshots.current();
        let (Some(direct), Some(found)) = (snapshot.direct(&found.collection.qualified), found.relation())
        else {
            return false;
        };
        let entry = self.entry(found.collection.clone(), State::Loading);
        direct.is_of(&entry.collection, &found.locator)
    }

    fn publish_direct(&self, found: &Found<Locator>, direct: Direct, too_large: Option<Error>) {
        let collection = direct.collection.clone();
        let is_known = self.is_direct(&collection.qualified);
        match too_large {
            _ if is_known => {}
            Some(why) => tracing::warn!("{}: {}; so it is read at each request", collection.id, why.what),
            None => tracing::info!("{}: it is read at each request", collection.id),
        }
        let entry = self.entry((*collection).clone(), State::Direct(direct.schema.clone()));
        let direct = Arc::new(direct.published_as(entry.collection.clone()));
        self.shared.update(|next| {
            next.set_direct(&collection.qualified, Some(direct));
            let world = next.world_mut();
            let is_earlier = |there: &Entry| there.source < entry.source;
            if !world.entries.get(&collection.id).is_some_and(is_earlier) {
                world.entries.insert(collection.id.clone(), entry);
            }
        });
        // Its layer is gone, if it had one.
        lock(&self.shared.budget).release(&found.collection.qualified);
    }

    fn refuse_direct(
        &self,
        found: &Found<Locator>,
        why: Error,
        too_large: Option<Error>,
        refusals: &mut Vec<Refusal>,
    ) {
        let qualified = &found.collection.qualified;
        if self.is_direct(qualified) && is_away(&why) {
            // The database cannot be reached for the moment, which requests report themselves.
            return;
        }
        let why = match too_large {
            Some(too_large) => {
                let what = format!("{}; and to be read at each request {}", too_large.what, why.what);
                Error::new(Kind::TooLarge, what).hint(
                    [too_large.hint, why.hint]
                        .into_iter()
                        .flatten()
                        .map(|hint| hint.to_string())
                        .collect::<Vec<_>>()
                        .join("; or "),
                )
            }
            None => why,
        };
        tracing::warn!("{}: {qualified} is not served: {why}", self.source);
        refusals.push(Refusal { name: qualified.clone(), why });
    }

    /// Closes a collection that is in memory now, or gone.
    pub(super) fn close_direct(&self, qualified: &str) {
        if self.is_direct(qualified) {
            self.shared.update(|next| next.set_direct(qualified, None));
        }
    }

    fn is_direct(&self, qualified: &str) -> bool {
        self.shared.snapshots.look().direct(qualified).is_some()
    }
}
