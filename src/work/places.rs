//! A limited number of places for requests of one kind, shared fairly between clients. Each client
//! is identified by any number.
//!
//! A client may take one more place while it has fewer than a fixed multiple of the number of free
//! places. With `per_client` 50 the multiple is one: a single client gets half of all places; the
//! next client gets half of the rest; and as places are given back both have a third. So some
//! places always remain for the next client (dynamic thresholds: A. Choudhury and E. Hahne,
//! IEEE/ACM Transactions on Networking 6(2), 1998, for packets in the memory of a switch).

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

/// The places of one kind.
#[derive(Clone, Debug)]
pub struct Places(Arc<Pool>);

#[derive(Debug)]
struct Pool {
    /// The percentage of all places that a single client may have.
    per_client: usize,
    /// How many requests may wait in total, and below for one client.
    waiting: usize,
    waiting_per_client: usize,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    free: usize,
    clients: HashMap<u64, Held>,
    queue: VecDeque<Waiter>,
    /// The number that the next waiting request gets.
    next: u64,
}

/// The places and waiting requests of one client.
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

/// A place that was taken. Dropping it gives the place back.
#[derive(Debug)]
pub struct Taken {
    pool: Arc<Pool>,
    client: Option<u64>,
}

/// The reason why a request gets no place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// No place is free for any client.
    Full,
    /// The client already has its share.
    TooMany,
}

impl Places {
    /// Creates `at_once` places. A single client may have `per_client` percent of them, and at
    /// least one. `waiting` requests may wait, those of one client up to the same percentage.
    pub fn new(at_once: usize, waiting: usize, per_client: u8) -> Places {
        let per_client = usize::from(per_client);
        let waiting_per_client = waiting.saturating_mul(per_client).div_ceil(100).min(waiting);
        let state = State { free: at_once, clients: HashMap::new(), queue: VecDeque::new(), next: 0 };
        Places(Arc::new(Pool { per_client, waiting, waiting_per_client, state: Mutex::new(state) }))
    }

    /// Takes a place if this client may have one now. A place without a client counts for no
    /// client.
    pub fn take_now(&self, client: Option<u64>) -> Result<Taken, Refusal> {
        let mut state = self.0.state();
        if !state.may_take(client, self.0.per_client) {
            return Err(if state.free == 0 { Refusal::Full } else { Refusal::TooMany });
        }
        state.take(client);
        Ok(Taken { pool: self.0.clone(), client })
    }

    /// Takes a place, and waits for one if necessary. Among the requests that may have a place, the
    /// first to come is the first to get one.
    pub async fn take(&self, client: Option<u64>) -> Result<Taken, Refusal> {
        let (number, receiver) = match self.take_now(client) {
            Ok(taken) => return Ok(taken),
            // A client that has its share gets that answer even if the queue is full.
            Err(why) => {
                self.0.queue(client).map_err(|full| if why == Refusal::TooMany { why } else { full })?
            }
        };
        let _queued = Queued { pool: &self.0, number };
        // A place may have become free in the meantime.
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

    /// Gives free places to waiting requests that may have one.
    fn hand_out(self: &Arc<Pool>) {
        loop {
            let mut state = self.state();
            let next = state.queue.iter().position(|waiter| state.may_take(waiter.client, self.per_client));
            let Some(waiter) = next.and_then(|next| state.queue.remove(next)) else { return };
            state.stop_waiting(waiter.client);
            state.take(waiter.client);
            drop(state);
            // If the receiver is gone, the place is dropped and so given back at once.
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
    /// The client that the place counts for, if any.
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

/// A waiting request. Dropping it removes it from the queue.
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
