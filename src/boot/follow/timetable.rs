//! Decides when a database is asked for what. The time is an argument of each call; nothing here
//! waits or reads a clock.

use std::time::{Duration, Instant};

/// The first wait after a source could not be reached. It doubles up to
/// [`AWAY_AT_MOST`].
const AWAY_AT_FIRST: Duration = Duration::from_millis(500);
const AWAY_AT_MOST: Duration = Duration::from_secs(2);
/// The interval at which a feed without notifications is read. A transaction that ends long after
/// its statement sends no notification.
const FEED_EVERY: Duration = Duration::from_millis(500);
/// The time until the feed is read again after it had changes, since changes in quick succession
/// send only one notification.
const FEED_AGAIN: Duration = Duration::from_millis(25);
/// The least time between two looks that are due to changes of the catalogue.
const BETWEEN_LOOKS: Duration = Duration::from_secs(3);

/// The waits for a source that cannot be reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Backoff(Duration);

impl Default for Backoff {
    fn default() -> Backoff {
        Backoff(AWAY_AT_FIRST)
    }
}

impl Backoff {
    /// Returns the next wait, which is longer than the one before.
    pub(super) fn wait(&mut self) -> Duration {
        let wait = self.0;
        self.0 = (wait * 2).min(AWAY_AT_MOST);
        wait
    }
}

/// The state of the connection on which the database is asked for changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Contact {
    /// The configuration excludes it.
    Unwanted,
    /// It must be opened.
    Lost,
    /// It is open.
    Open,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum NextLook {
    At(Instant),
    /// A look is going on. It may have missed what is reported meanwhile, which needs another look.
    UnderWay {
        again: Option<Instant>,
    },
}

/// The times when things are due.
#[derive(Clone, Debug)]
pub(super) struct Timetable {
    look: NextLook,
    /// When the last look ended.
    looked: Instant,
    /// When the present interval began, after which everything that does not follow the feed is
    /// read.
    interval: Option<Instant>,
    connect: Instant,
    fingerprints: Instant,
    feed: Instant,
    backoff: Backoff,
}

impl Timetable {
    /// Makes a timetable. The first look is already going on.
    pub(super) fn new(now: Instant) -> Timetable {
        Timetable {
            look: NextLook::UnderWay { again: None },
            looked: now,
            interval: None,
            connect: now,
            fingerprints: now,
            feed: now,
            backoff: Backoff::default(),
        }
    }

    /// Returns when anything is due next.
    pub(super) fn next(&self, now: Instant, contact: Contact) -> Instant {
        let look = match self.look {
            NextLook::At(at) => at,
            NextLook::UnderWay { .. } => now + BETWEEN_LOOKS,
        };
        match contact {
            Contact::Unwanted => look,
            Contact::Lost => look.min(self.connect),
            Contact::Open => look.min(self.fingerprints).min(self.feed),
        }
    }

    /// Returns whether a look must begin, and marks it as going on.
    pub(super) fn begin_look(&mut self, now: Instant) -> bool {
        let is_due = matches!(self.look, NextLook::At(at) if at <= now);
        if is_due {
            self.look = NextLook::UnderWay { again: None };
        }
        is_due
    }

    /// Notes the end of a look. Returns whether an interval has passed, so that everything that
    /// does not follow the feed must be read.
    pub(super) fn looked(&mut self, now: Instant, interval: Duration) -> bool {
        let at = now + interval;
        self.look = NextLook::At(self.asked_meanwhile().map_or(at, |again| again.min(at)));
        self.looked = now;
        let is_over = self.interval.is_none_or(|began| now >= began + interval);
        if is_over {
            self.interval = Some(now);
        }
        is_over
    }

    /// Notes that a look has failed.
    pub(super) fn could_not_look(&mut self, now: Instant) {
        self.look = NextLook::At(now + self.backoff.0);
        self.looked = now;
    }

    fn asked_meanwhile(&self) -> Option<Instant> {
        match self.look {
            NextLook::UnderWay { again } => again,
            NextLook::At(_) => None,
        }
    }

    /// Sets the time of the next look, unless an earlier one is set.
    fn look_by(&mut self, by: Instant) {
        match &mut self.look {
            NextLook::At(at) => *at = by.min(*at),
            NextLook::UnderWay { again } => *again = Some(again.map_or(by, |at| by.min(at))),
        }
    }

    /// Requests a look at once.
    pub(super) fn look_now(&mut self, now: Instant) {
        self.look_by(now);
    }

    /// Requests a look after a change of the catalogue. Changes often come in groups, so these
    /// looks are rare.
    pub(super) fn look_soon(&mut self, now: Instant) {
        let seldom = match self.look {
            NextLook::At(_) => self.looked + BETWEEN_LOOKS,
            NextLook::UnderWay { .. } => now + BETWEEN_LOOKS,
        };
        self.look_by(seldom);
    }

    pub(super) fn is_connecting_due(&self, now: Instant) -> bool {
        self.connect <= now
    }

    /// Notes that the connection is open. Everything that is asked on it is due.
    pub(super) fn connected(&mut self, now: Instant) {
        self.answered();
        self.fingerprints = now;
    }

    /// Notes that the database could not be reached, or the connection was lost.
    pub(super) fn away(&mut self, now: Instant) {
        self.connect = now + self.backoff.wait();
    }

    /// Returns until when to wait with what could not be read because the database was away.
    pub(super) fn could_not_read(&mut self, now: Instant) -> Instant {
        now + self.backoff.wait()
    }

    /// Notes that the database has answered. The next wait is short.
    pub(super) fn answered(&mut self) {
        self.backoff = Backoff::default();
    }

    pub(super) fn are_fingerprints_due(&self, now: Instant) -> bool {
        self.fingerprints <= now
    }

    /// Notes that the fingerprints are asked for now, and are due again after this time.
    pub(super) fn asks_fingerprints(&mut self, now: Instant, again_after: Duration) {
        self.fingerprints = now + again_after;
    }

    /// Makes the fingerprints due at once.
    pub(super) fn fingerprints_now(&mut self, now: Instant) {
        self.fingerprints = now;
    }

    pub(super) fn is_feed_due(&self, now: Instant) -> bool {
        self.feed <= now
    }

    /// Notes that the feed was read. It is due again soon if it had changes.
    pub(super) fn read_feed(&mut self, now: Instant, has_told: bool) {
        self.feed = now + if has_told { FEED_AGAIN } else { FEED_EVERY };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const INTERVAL: Duration = Duration::from_secs(600);

    fn seconds(count: u64) -> Duration {
        Duration::from_secs(count)
    }

    #[test]
    fn what_is_told_while_a_look_is_under_way_wants_another() {
        let now = Instant::now();
        let mut times = Timetable::new(now);
        assert!(!times.begin_look(now), "the first is under way");
        times.looked(now, INTERVAL);
        assert_eq!(times.next(now, Contact::Unwanted), now + INTERVAL);
        let due = now + INTERVAL;
        assert!(times.begin_look(due) && !times.begin_look(due));
        times.look_now(due);
        times.looked(due + seconds(1), INTERVAL);
        assert!(times.begin_look(due + seconds(1)), "it began before it was wanted");
        times.looked(due + seconds(2), INTERVAL);
        assert!(!times.begin_look(due + seconds(2)));
    }

    #[test]
    fn looks_for_the_catalogue_are_seldom() {
        let now = Instant::now();
        let mut times = Timetable::new(now);
        times.looked(now, INTERVAL);
        times.look_soon(now + seconds(1));
        assert_eq!(times.next(now, Contact::Unwanted), now + BETWEEN_LOOKS);
        times.look_soon(now + seconds(2));
        assert_eq!(times.next(now, Contact::Unwanted), now + BETWEEN_LOOKS, "and not put off either");
        assert!(times.begin_look(now + BETWEEN_LOOKS));
        times.look_soon(now + seconds(4));
        times.looked(now + seconds(5), INTERVAL);
        assert_eq!(times.next(now, Contact::Unwanted), now + seconds(7), "told during a look");
    }

    #[test]
    fn an_interval_passes_once_however_often_it_is_looked() {
        let now = Instant::now();
        let mut times = Timetable::new(now);
        assert!(times.looked(now, INTERVAL), "the first look reads all");
        for (after, is_over) in [(3, false), (599, false), (600, true), (603, false), (1200, true)] {
            assert_eq!(times.looked(now + seconds(after), INTERVAL), is_over, "{after} s");
        }
    }

    #[test]
    fn waits_grow_until_it_answers() {
        let now = Instant::now();
        let mut times = Timetable::new(now);
        times.looked(now, INTERVAL);
        for wait in [500, 1000, 2000, 2000] {
            times.away(now);
            assert_eq!(times.next(now, Contact::Lost), now + Duration::from_millis(wait));
            assert!(!times.is_connecting_due(now));
        }
        times.connected(now);
        assert!(times.are_fingerprints_due(now));
        times.away(now);
        assert!(times.is_connecting_due(now + AWAY_AT_FIRST));
    }

    #[test]
    fn a_feed_that_tells_is_read_again_soon() {
        let now = Instant::now();
        let mut times = Timetable::new(now);
        times.looked(now, INTERVAL);
        times.asks_fingerprints(now, seconds(2));
        for (has_told, wait) in [(true, FEED_AGAIN), (false, FEED_EVERY)] {
            times.read_feed(now, has_told);
            assert_eq!(times.next(now, Contact::Open), now + wait);
            assert!(!times.is_feed_due(now) && times.is_feed_due(now + wait));
            assert_eq!(times.next(now, Contact::Unwanted), now + INTERVAL, "nothing is asked then");
        }
    }
}
