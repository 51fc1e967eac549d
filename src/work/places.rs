//! Places for requests of one kind, of which no client gets so many that none is left for another.
//! Clients are told by any number.
//!
//! A client may take one more while what it has is less than a part of what is free. With half as
//! its part, one client alone gets half of all; the next gets half of the rest, and as places come
//! back both have a third. So some are always left for whoever comes next (dynamic thresholds: A.
//! Choudhury and E. Hahne, IEEE/ACM Transactions on Networking 6(2), 1998, for packets in the
//! memory of a switch).

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

/// The places of one kind.
#[derive(Clone, Debug)]
pub struct Places(Arc<Pool>);

#[derive(Debug)]
struct Pool {
    /// Hundredths of all places that one client alone may have.
    per_client: usize,
    /// Those who may wait, in all and for one client.
    waiting: usize,
    waiting_per_client: usize,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    free: usize,
    clients: HashMap<u64, Held>,
    queue: VecDeque<Waiter>,
    /// The number of the next who waits.
    next: u64,
}

/// What one client has.
#[derive(Debug, Default)]
struct Held {
    places: usize,
    waiting: usize,
}

#[derive(Debug)]
struct Waiter {
    number: u64,
    client: Option<u64>,
    sender: oneshot::Sender<Taken>,
}

/// A place, given back when dropped.
#[derive(Debug)]
pub struct Taken {
    pool: Arc<Pool>,
    client: Option<u64>,
}

/// Why there is no place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// None is left for anyone.
    Full,
    /// The client has its part of them.
    TooMany,
}

impl Places {
    /// So many places, of which one client alone may have `per_client` hundredths, at least one.
    /// `waiting` may wait, of one client the same part of them.
    pub fn new(at_once: usize, waiting: usize, per_client: u8) -> Places {
        let per_client = usize::from(per_client);
        let waiting_per_client = waiting.saturating_mul(per_client).div_ceil(100).min(waiting);
        let state = State { free: at_once, clients: HashMap::new(), queue: VecDeque::new(), next: 0 };
        Places(Arc::new(Pool { per_client, waiting, waiting_per_client, state: Mutex::new(state) }))
    }

    /// A place, if this client may have one now. Without a client it is no one's in particular.
    pub fn take_now(&self, client: Option<u64>) -> Result<Taken, Refusal> {
        let mut state = self.0.state();
        if !state.may_take(client, self.0.per_client) {
            return Err(if state.free == 0 { Refusal::Full } else { Refusal::TooMany });
        }
        state.take(client);
        Ok(Taken { pool: self.0.clone(), client })
    }

    /// The same after a wait if need be, first come first served among those who may have one.
    pub async fn take(&self, client: Option<u64>) -> Result<Taken, Refusal> {
        let (number, receiver) = match self.take_now(client) {
            Ok(taken) => return Ok(taken),
            // Who has its part is told so, whether or not others wait.
            Err(why) => {
                self.0.queue(client).map_err(|full| if why == Refusal::TooMany { why } else { full })?
            }
        };
        let _queued = Queued { pool: &self.0, number };
        // One may have become free since.
        self.0.hand_out();
        receiver.await.map_err(|_| Refusal::Full)
    }
}

impl Pool {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn queue(&self, client: Option<u64>) -> Result<(u64, oneshot::Receiver<Taken>), Refusal> {
        let mut state = self.state();
        if state.queue.len() >= self.waiting {
            return Err(Refusal::Full);
        }
        if let Some(client) = client {
            let held = state.clients.entry(client).or_default();
            if held.waiting >= self.waiting_per_client {
                return Err(Refusal::TooMany);
            }
            held.waiting += 1;
        }
        let (sender, receiver) = oneshot::channel();
        let number = state.next;
        state.next += 1;
        state.queue.push_back(Waiter { number, client, sender });
        Ok((number, receiver))
    }

    /// Gives free places to those who wait and may have one.
    fn hand_out(self: &Arc<Pool>) {
        loop {
            let mut state = self.state();
            let next = state.queue.iter().position(|waiter| state.may_take(waiter.client, self.per_client));
            let Some(waiter) = next.and_then(|next| state.queue.remove(next)) else { return };
            state.stop_waiting(waiter.client);
            state.take(waiter.client);
            drop(state);
            // Whoever has left meanwhile gives it back at once.
            let _ = waiter.sender.send(Taken { pool: self.clone(), client: waiter.client });
        }
    }
}

impl State {
    fn may_take(&self, client: Option<u64>, per_client: usize) -> bool {
        let held = client.and_then(|client| self.clients.get(&client)).map_or(0, |held| held.places);
        self.free > 0 && held * (100 - per_client) < per_client * self.free
    }

    fn take(&mut self, client: Option<u64>) {
        self.free -= 1;
        if let Some(client) = client {
            self.clients.entry(client).or_default().places += 1;
        }
    }

    fn give_back(&mut self, client: Option<u64>) {
        self.free += 1;
        self.change(client, |held| held.places -= 1);
    }

    fn stop_waiting(&mut self, client: Option<u64>) {
        self.change(client, |held| held.waiting -= 1);
    }

    fn change(&mut self, client: Option<u64>, change: impl FnOnce(&mut Held)) {
        let Some(client) = client else { return };
        let Some(held) = self.clients.get_mut(&client) else { return };
        change(held);
        if held.places + held.waiting == 0 {
            self.clients.remove(&client);
        }
    }
}

impl Taken {
    /// Whose it is.
    pub fn client(&self) -> Option<u64> {
        self.client
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        self.pool.state().give_back(self.client);
        self.pool.hand_out();
    }
}

/// One who waits, until it is dropped.
struct Queued<'a> {
    pool: &'a Pool,
    number: u64,
}

impl Drop for Queued<'_> {
    fn drop(&mut self) {
        let mut state = self.pool.state();
        let own = state.queue.iter().position(|waiter| waiter.number == self.number);
        if let Some(waiter) = own.and_then(|own| state.queue.remove(own)) {
            state.stop_waiting(waiter.client);
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn client(number: u64) -> Option<u64> {
        Some(number)
    }

    /// What clients get that take as much as they may, one after the other.
    fn taken(places: &Places, clients: u64) -> Vec<Vec<Taken>> {
        let all = |number| std::iter::from_fn(|| places.take_now(client(number)).ok()).collect();
        (0..clients).map(all).collect()
    }

    #[test]
    fn one_client_has_its_part_and_others_find_a_place() {
        for (per_client, all, part) in
            [(50, 32, 16), (50, 1, 1), (50, 3, 2), (100, 4, 4), (1, 2, 1), (25, 8, 2)]
        {
            let places = Places::new(all, 0, per_client);
            assert_eq!(taken(&places, 1)[0].len(), part, "{per_client} % of {all}");
            // Who is no client in particular may have all.
            let nobody: Vec<_> = std::iter::from_fn(|| places.take_now(None).ok()).collect();
            assert_eq!(nobody.len(), all, "{per_client} % of {all}");
        }
        let places = Places::new(32, 0, 50);
        let held = taken(&places, 5);
        assert_eq!(held.iter().map(Vec::len).collect::<Vec<_>>(), [16, 8, 4, 2, 1]);
        assert_eq!(places.take_now(client(0)).unwrap_err(), Refusal::TooMany);
        let last = places.take_now(client(9)).unwrap();
        assert_eq!(places.take_now(client(10)).unwrap_err(), Refusal::Full);
        drop((held, last));
        let state = places.0.state();
        assert_eq!((state.free, state.clients.len()), (32, 0));
    }

    #[tokio::test]
    async fn who_may_have_a_place_goes_before_who_has_many() {
        let places = Places::new(4, 4, 50);
        let mut held = taken(&places, 2);
        let last = places.take_now(None).unwrap();
        let wait = |number| {
            let places = places.clone();
            tokio::spawn(async move { places.take(client(number)).await })
        };
        let (greedy, newcomer) = (wait(0), wait(2));
        tokio::task::yield_now().await;
        drop(last);
        let place = newcomer.await.unwrap().unwrap();
        assert!(!greedy.is_finished());
        drop(place);
        drop(held.remove(0));
        assert!(greedy.await.unwrap().is_ok());
    }

    #[tokio::test]
    async fn who_has_its_part_is_told_so_where_nobody_may_wait() {
        let places = Places::new(4, 0, 50);
        let held = taken(&places, 1);
        assert_eq!(held[0].len(), 2);
        assert_eq!(places.take(client(0)).await.unwrap_err(), Refusal::TooMany);
        let _rest = [places.take(None).await.unwrap(), places.take(None).await.unwrap()];
        assert_eq!(places.take(client(1)).await.unwrap_err(), Refusal::Full);
    }

    #[tokio::test]
    async fn the_queue_has_an_end_for_all_and_for_each() {
        let places = Places::new(1, 3, 50);
        let held = places.take_now(None).unwrap();
        let wait = |number| {
            let places = places.clone();
            tokio::spawn(async move { places.take(client(number)).await })
        };
        let waiting = [wait(0), wait(0)];
        tokio::task::yield_now().await;
        assert_eq!(wait(0).await.unwrap().unwrap_err(), Refusal::TooMany);
        let third = wait(1);
        tokio::task::yield_now().await;
        assert_eq!(wait(2).await.unwrap().unwrap_err(), Refusal::Full);
        // Who leaves makes room.
        third.abort();
        assert!(third.await.unwrap_err().is_cancelled());
        let third = wait(1);
        tokio::task::yield_now().await;
        drop(held);
        for waiting in waiting {
            drop(waiting.await.unwrap().unwrap());
        }
        drop(third.await.unwrap().unwrap());
        let state = places.0.state();
        assert_eq!((state.free, state.clients.len(), state.queue.len()), (1, 0, 0));
    }
}
