//! How many requests a second one client or one key may make.
//!
//! A key is counted apart from the address that it comes from, so neither takes anything from the
//! other. Whoever asked for nothing in the last second may make the requests of a second at once.

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use governor::clock::{Clock, DefaultClock};
use governor::middleware::NoOpMiddleware;
use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter};

use crate::access::Subject;
use crate::error::{Error, Kind, Reached, Result};
use crate::limits::{Key, Limits};
use crate::web::http::client::Client;

/// After so many requests, those are forgotten who may ask for the whole number again. Each request
/// adds at most one, so what is held grows with the requests of a second only.
const REQUESTS_TO_SWEEP: usize = 65_536;

/// Whom a request counts for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Counted {
    /// The client at an address, who brings no key.
    Client(Client),
    /// The owner of a key, from whatever address.
    Key(Arc<Subject>),
}

/// The limits of requests a second that are set, at least one.
#[derive(Debug)]
pub struct Rates {
    requests: Option<Rate>,
    planning: Option<Rate>,
}

impl Rates {
    /// Creates the limits with the rates in `limits`; None if none is set.
    pub fn new(limits: &Limits) -> Option<Rates> {
        let rate = |key| Rate::new(limits.reached(key), DefaultClock::default());
        let (requests, planning) = (rate(Key::requests_per_second), rate(Key::planning_per_second));
        (requests.is_some() || planning.is_some()).then_some(Rates { requests, planning })
    }

    /// Counts a request, and whether it is a planning question.
    ///
    /// # Errors
    ///
    /// [`Kind::TooMany`] if there are too many this second.
    pub fn take(&self, who: &Counted, is_planning: bool) -> Result<()> {
        let planning = self.planning.as_ref().filter(|_| is_planning);
        self.requests.iter().chain(planning).try_for_each(|rate| rate.take(who))
    }

    /// Forgets those who may ask for the whole number again, and gives their memory back.
    pub fn sweep(&self) {
        self.requests.iter().chain(&self.planning).for_each(Rate::sweep);
    }
}

type Store = HashMapStateStore<Counted>;

/// One of the limits.
#[derive(Debug)]
struct Rate<C: Clock = DefaultClock> {
    limiter: RateLimiter<Counted, Store, C, NoOpMiddleware<C::Instant>>,
    /// The requests since the last sweep.
    since: AtomicUsize,
    reached: Reached,
}

impl<C: Clock> Rate<C> {
    /// Creates the limit; None if it is 0, which is any number.
    fn new(reached: Reached, clock: C) -> Option<Rate<C>> {
        let rate = NonZeroU32::new(u32::try_from(reached.value).unwrap_or(u32::MAX))?;
        let limiter = RateLimiter::new(Quota::per_second(rate), Store::new(HashMap::new()), clock);
        Some(Rate { limiter, since: AtomicUsize::new(0), reached })
    }

    /// With one request a second or more, the next is answered within a second, as `Retry-After` of
    /// every 429 says.
    fn take(&self, who: &Counted) -> Result<()> {
        if self.since.fetch_add(1, Ordering::Relaxed) == REQUESTS_TO_SWEEP {
            self.sweep();
        }
        let refused =
            |_| Error::new(Kind::TooMany, "too many requests of yours this second").reached(self.reached);
        self.limiter.check_key(who).map_err(refused)
    }

    fn sweep(&self) {
        self.since.store(0, Ordering::Relaxed);
        self.limiter.retain_recent();
        self.limiter.shrink_to_fit();
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;
    use std::time::Duration;

    use governor::clock::FakeRelativeClock;

    use super::*;

    fn client(number: u32) -> Counted {
        Counted::Client(Client::at(Ipv4Addr::from_bits(number).into()))
    }

    fn rate(number: usize) -> (Rate<FakeRelativeClock>, FakeRelativeClock) {
        let limits = Limits { requests_per_second: number, ..Limits::default() };
        let clock = FakeRelativeClock::default();
        (Rate::new(limits.reached(Key::requests_per_second), clock.clone()).unwrap(), clock)
    }

    #[test]
    fn without_a_limit_nothing_is_counted() {
        assert!(Rates::new(&Limits::default()).is_none());
        let rates = Rates::new(&Limits { planning_per_second: 1, ..Limits::default() }).unwrap();
        assert!((0..100).all(|_| rates.take(&client(1), false).is_ok()));
        assert!(rates.take(&client(1), true).is_ok());
        assert_eq!(rates.take(&client(1), true).unwrap_err().limit.unwrap().name, "planning_per_second");
        assert!(rates.take(&client(1), false).is_ok());
    }

    #[test]
    fn so_many_a_second_are_let_in_and_each_is_counted_apart() {
        let (rate, clock) = rate(4);
        let key = |name: &str, prefix: &str| {
            Counted::Key(Arc::new(Subject { name: name.into(), prefix: prefix.into() }))
        };
        let all = [client(1), client(2), key("a", "01234567"), key("b", "01234567"), key("a", "76543210")];
        for who in &all {
            assert!((0..4).all(|_| rate.take(who).is_ok()), "{who:?}");
            let refusal = rate.take(who).unwrap_err();
            assert_eq!((refusal.kind, refusal.limit.unwrap().value), (Kind::TooMany, 4));
        }
        clock.advance(Duration::from_millis(250));
        assert!(rate.take(&client(1)).is_ok() && rate.take(&client(1)).is_err());
        clock.advance(Duration::from_secs(60));
        assert_eq!((0..9).filter(|_| rate.take(&client(1)).is_ok()).count(), 4, "no more after a pause");
    }

    #[test]
    fn whoever_may_ask_for_all_again_is_forgotten() {
        let (rate, clock) = rate(2);
        for number in 0..REQUESTS_TO_SWEEP as u32 {
            rate.take(&client(number)).unwrap();
        }
        assert_eq!(rate.limiter.len(), REQUESTS_TO_SWEEP);
        clock.advance(Duration::from_secs(2));
        rate.take(&client(1 << 30)).unwrap();
        assert_eq!(rate.limiter.len(), 1);
        rate.take(&client(1 << 30)).unwrap();
        rate.sweep();
        assert!(rate.take(&client(1 << 30)).is_err(), "a sweep lets nobody in");
        clock.advance(Duration::from_secs(2));
        rate.sweep();
        assert_eq!(rate.limiter.len(), 0);
    }
}
