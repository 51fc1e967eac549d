//! Reads whole layers beside the loop that follows a database.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::database::{Follower, Loaded, Read, Work};
use super::{AT_ONCE, AWAY_AT_FIRST, AWAY_AT_MOST};
use crate::catalog::Freshness;

/// What is watched is read again after a rest of so many times what reading took.
const REST: u32 = 4;

impl Follower {
    /// Starts loading what is due, the quickest first, a few at once.
    pub(super) fn start_loads(&mut self) {
        let now = Instant::now();
        while self.members.values().filter(|member| member.is_loading).count() < AT_ONCE {
            let ready = self
                .members
                .values_mut()
                .filter(|member| member.is_due && !member.is_loading && member.not_before <= now);
            let Some(member) = ready.min_by_key(|member| member.whole.estimate) else { return };
            member.is_due = false;
            member.is_loading = true;
            member.loaded_signs = member.sign.as_ref().map(|sign| (sign.rows.clone(), sign.reaches.clone()));
            let mut whole = member.whole.clone();
            whole.collection.freshness = member.class;
            let (shared, source) = (self.base.shared.clone(), self.base.source.clone());
            let is_followed = member.class == Freshness::Feed;
            if self.round.0 == 0 {
                self.round.2 = now;
            }
            self.round.0 += 1;
            self.work.push(Box::pin(async move {
                let began = Instant::now();
                let result = super::load(&shared, &source, &whole, is_followed).await;
                Work::Read(Box::new(Read { whole, result, took: began.elapsed() }))
            }));
        }
    }

    /// A layer has been read, or could not be.
    pub(super) async fn read(&mut self, read: Read) {
        let Read { mut whole, result, took } = read;
        let name = whole.collection.qualified.clone();
        self.round.1 += 1;
        if let Some(member) = self.members.get_mut(&name) {
            member.is_loading = false;
            let can_follow = member.class == Freshness::Feed && self.link.is_some();
            member.not_before = Instant::now() + if can_follow { Duration::ZERO } else { took * REST };
            whole.collection.freshness = member.class;
            match result {
                Ok((layer, Some(position))) if can_follow => {
                    let position = Arc::new(position);
                    self.loaded.insert(name, Loaded { whole, layer, position });
                    self.follow().await;
                }
                Ok((layer, _)) => {
                    self.times.away = AWAY_AT_FIRST;
                    // Without a position it cannot be followed from here.
                    member.is_due |= member.class == Freshness::Feed;
                    self.base.publish(whole, Ok(layer));
                }
                Err(why) => {
                    self.base.publish(whole, Err(why));
                    if std::mem::take(&mut self.base.retry) {
                        member.is_due = true;
                        member.not_before = Instant::now() + self.times.away;
                        self.times.away = (self.times.away * 2).min(AWAY_AT_MOST);
                    }
                }
            }
        }
        self.round.0 -= 1;
        if self.round.0 == 0 {
            let (count, seconds) = (std::mem::take(&mut self.round.1), self.round.2.elapsed().as_secs_f64());
            tracing::info!("{}: {count} collections read in {seconds:.2} s", self.base.source);
        }
    }
}
