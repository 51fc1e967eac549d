//! Limits how many things of one kind, such as connections, each client has.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::web::http::client::Client;

/// The number of things that each client has now.
#[derive(Debug)]
pub struct Shares {
    most: usize,
    clients: Arc<Mutex<HashMap<Client, usize>>>,
}

impl Shares {
    /// Creates shares of at most `most` things for each client.
    pub fn new(most: usize) -> Shares {
        Shares { most, clients: Arc::default() }
    }

    /// Counts one more for this client; returns None if the client already has its share.
    pub fn enter(&self, client: Client) -> Option<Share> {
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        let held = clients.entry(client).or_default();
        if *held >= self.most {
            return None;
        }
        *held += 1;
        Some(Share { client, clients: self.clients.clone() })
    }
}

/// One thing that counts for a client until it is dropped.
#[derive(Debug)]
pub struct Share {
    client: Client,
    clients: Arc<Mutex<HashMap<Client, usize>>>,
}

impl Drop for Share {
    fn drop(&mut self) {
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(held) = clients.get_mut(&self.client) {
            *held -= 1;
            if *held == 0 {
                clients.remove(&self.client);
            }
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_client_has_its_share_and_leaves_nothing_behind() {
        let client = |number: u8| Client::at([192, 0, 2, number].into());
        let shares = Shares::new(2);
        let held = [shares.enter(client(1)).unwrap(), shares.enter(client(1)).unwrap()];
        assert!(shares.enter(client(1)).is_none());
        assert!(shares.enter(client(2)).is_some(), "another has its own");
        drop(held);
        assert!(shares.clients.lock().unwrap().is_empty());
    }
}
