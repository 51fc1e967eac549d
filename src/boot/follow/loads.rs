//! Reads whole layers in parallel to the loop that follows a database.

use std::sync::Arc;
use std::time::Instant;

use super::database::{DatabaseFollower, Loaded, Read, Work};
use super::lifecycle::{Event, Placed};
use super::publisher::{is_away, load};
use crate::boot::budget::AT_ONCE;
use crate::catalog::Freshness;

/// After a load, a watched collection is not read again for this many times the duration of the
/// load.
const REST: u32 = 4;

impl DatabaseFollower {
    /// Begins to load what is due, the smallest first and a few at once.
    pub(super) fn start_loads(&mut self) {
        let now = Instant::now();
        while self.members.values().filter(|member| member.lifecycle.is_loading()).count() < AT_ONCE {
            let ready = self.members.values_mut().filter(|member| member.lifecycle.may_begin(now));
            let Some(member) = ready.min_by_key(|member| member.whole.estimate) else { return };
            let number = self.last_load.next();
            let asked = self.publisher.shared.expirations.count();
            let stamp = member.stamp();
            member.lifecycle.step(Event::Begun { load: number, stamp });
            let mut whole = member.whole.clone();
            whole.collection.freshness = member.freshness;
            let (shared, source) = (self.publisher.shared.clone(), self.publisher.source.clone());
            let is_followed = member.freshness == Freshness::Feed;
            if self.round.under_way == 0 {
                self.round.began = now;
            }
            self.round.under_way += 1;
            self.work.push(Box::pin(async move {
                let began = Instant::now();
                let result = load(&shared, &source, &whole, is_followed).await;
                Work::Read(Box::new(Read { load: number, whole, result, took: began.elapsed(), asked }))
            }));
        }
    }

    /// Handles the end of a load.
    pub(super) async fn read(&mut self, read: Read) {
        let Read { load, whole, result, took, asked } = read;
        let name = whole.collection.qualified.clone();
        let follows = self.members.get(&name).is_some_and(|member| member.freshness == Freshness::Feed);
        let now = Instant::now();
        if self.publisher.shared.expirations.is_asked_since(&name, asked) {
            // Showing it marks the operator's request as done, of which the loop may not know yet.
            self.tell(&name, Event::Asked { now });
        }
        let rests_until = now + took * REST;
        let (event, result) = match result {
            Ok((layer, position)) => {
                self.times.answered();
                let event = match position.filter(|_| self.link.is_some()) {
                    Some(position) if follows => {
                        let placed = Placed::At(Arc::new(position));
                        Event::Read { load, placed, rests_until: now }
                    }
                    // Without a position it cannot follow the feed from here.
                    _ if follows => Event::Read { load, placed: Placed::Nowhere, rests_until },
                    _ => Event::Read { load, placed: Placed::AsRead, rests_until },
                };
                (event, Ok(layer))
            }
            Err(why) => {
                let is_away = is_away(&why);
                let rests_until = if is_away { self.times.could_not_read(now) } else { rests_until };
                (Event::CouldNotRead { load, is_away, rests_until }, Err(why))
            }
        };
        self.brought.insert(load, Loaded { whole, result });
        self.tell(&name, event);
        if self.members.get(&name).is_some_and(|member| member.lifecycle.held() == Some(load)) {
            self.follow().await;
        }
        self.say_round();
    }

    fn say_round(&mut self) {
        self.round.under_way -= 1;
        self.round.read += 1;
        if self.round.under_way == 0 {
            let count = std::mem::take(&mut self.round.read);
            let seconds = self.round.began.elapsed().as_secs_f64();
            tracing::info!("{}: {count} collections read in {seconds:.2} s", self.publisher.source);
        }
    }
}
