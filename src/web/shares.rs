//! What one client may have of something that all clients share.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::client::Client;

/// The shares of all clients that have something now.
#[derive(Debug)]
pub struct Shares {
    at_once: usize,
    waiting: usize,
    clients: Arc<Mutex<HashMap<Client, Held>>>,
}

/// What one client has.
#[derive(Debug)]
struct Held {
    places: Arc<Semaphore>,
    /// Those that have a place and those that wait for one.
    all: usize,
}

impl Shares {
    /// For each client so many at once, and so many more that wait.
    pub fn new(at_once: usize, waiting: usize) -> Shares {
        Shares { at_once: at_once.clamp(1, Semaphore::MAX_PERMITS), waiting, clients: Arc::default() }
    }

    /// So many hundredths of the places that there are for all, at least one.
    pub fn of(per_cent: u8, at_once: usize, waiting: usize) -> Shares {
        let part = |all: usize| all.saturating_mul(per_cent.into()).div_ceil(100).min(all);
        Shares::new(part(at_once), part(waiting))
    }

    /// One more for this client; None where it has its share, and all that may wait do.
    pub fn enter(&self, client: Client) -> Option<Share> {
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        let held = clients
            .entry(client)
            .or_insert_with(|| Held { places: Arc::new(Semaphore::new(self.at_once)), all: 0 });
        if held.all >= self.at_once.saturating_add(self.waiting) {
            return None;
        }
        held.all += 1;
        let places = held.places.clone();
        Some(Share { client, clients: self.clients.clone(), places, taken: None })
    }
}

/// One of what a client has, until it is dropped.
#[derive(Debug)]
pub struct Share {
    client: Client,
    clients: Arc<Mutex<HashMap<Client, Held>>>,
    places: Arc<Semaphore>,
    taken: Option<OwnedSemaphorePermit>,
}

impl Share {
    /// Takes one of the client's own places, if one is free now.
    pub fn take_now(mut self) -> Option<Share> {
        self.taken = Some(self.places.clone().try_acquire_owned().ok()?);
        Some(self)
    }

    /// Takes one of the client's own places, after a wait if need be.
    pub async fn take(mut self) -> Share {
        // Nobody closes it.
        self.taken = self.places.clone().acquire_owned().await.ok();
        self
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.taken = None;
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(held) = clients.get_mut(&self.client) {
            held.all -= 1;
            if held.all == 0 {
                clients.remove(&self.client);
            }
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn client(number: u8) -> Client {
        Client::at([192, 0, 2, number].into())
    }

    #[tokio::test]
    async fn a_client_has_its_share_and_leaves_nothing_behind() {
        let shares = Shares::new(2, 1);
        let first = shares.enter(client(1)).unwrap().take_now().unwrap();
        let second = shares.enter(client(1)).unwrap().take().await;
        let third = shares.enter(client(1)).unwrap();
        assert!(shares.enter(client(1)).is_none(), "two, and one that waits");
        assert!(shares.enter(client(2)).unwrap().take_now().is_some(), "another has its own");
        let waiting = tokio::spawn(third.take());
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished());
        drop(first);
        let third = waiting.await.unwrap();
        assert!(shares.enter(client(1)).unwrap().take_now().is_none());
        drop((second, third));
        assert!(shares.clients.lock().unwrap().is_empty());
    }

    #[test]
    fn a_share_is_a_part_of_all_and_at_least_one() {
        for (per_cent, all, part) in [(50, 32, 16), (50, 1, 1), (50, 3, 2), (100, 4, 4), (1, 2, 1)] {
            assert_eq!(Shares::of(per_cent, all, 0).at_once, part, "{per_cent} % of {all}");
        }
        assert_eq!(Shares::of(50, 2, 0).waiting, 0);
    }
}
