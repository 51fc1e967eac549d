//! The places of derived layers, and the memory for all of them.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use crate::access::Permit;
use crate::catalog::Collection;
use crate::error::{Error, Result};
use crate::limits::{Key, Limits};

/// A derived layer that nobody has opened for so long is dropped.
const IDLE: Duration = Duration::from_secs(600);

/// The derived layers of one layer, by the digest of the permit. `L` is the type of layers.
#[derive(Debug)]
pub(crate) struct Slots<L>(Mutex<BTreeMap<u64, Arc<Slot<L>>>>);

/// The place of one derived layer, which is made once however many callers wait for it.
#[derive(Debug)]
pub(super) struct Slot<L> {
    pub(super) permit: Permit,
    pub(super) made: Mutex<Option<Made<L>>>,
    /// The memory of the layer in bytes; 0 without one.
    bytes: AtomicUsize,
    opened: Mutex<Instant>,
}

/// A derived layer.
#[derive(Debug)]
pub(super) struct Made<L> {
    /// The collection of the layer that it was made from.
    pub(super) origin: Arc<Collection>,
    /// The same, in which every column that the permit does not show is hidden.
    pub(super) own: Arc<Collection>,
    pub(super) layer: Arc<L>,
}

impl<L> Clone for Made<L> {
    fn clone(&self) -> Made<L> {
        Made { origin: self.origin.clone(), own: self.own.clone(), layer: self.layer.clone() }
    }
}

impl<L> Default for Slots<L> {
    fn default() -> Slots<L> {
        Slots(Mutex::default())
    }
}

impl<L> Slots<L> {
    pub(super) fn get(&self, permit: &Permit) -> Option<Arc<Slot<L>>> {
        lock(&self.0).get(&permit.digest()).cloned()
    }

    /// Returns the slot of a permit, which counts as opened now.
    pub(super) fn open(&self, permit: &Permit, room: &Room<L>) -> Arc<Slot<L>> {
        let mut slots = lock(&self.0);
        let slot = slots.entry(permit.digest()).or_insert_with(|| room.slot(permit.clone(), None, 0));
        slot.touch();
        slot.clone()
    }

    pub(super) fn remove(&self, permit: &Permit) {
        lock(&self.0).remove(&permit.digest());
    }

    /// The slots with a layer. Those that nobody opens any more are cleared by the clock
    /// ([`Room::sweep`]) and not by a change, which would tell of it.
    pub(super) fn in_use(&self) -> Vec<(Arc<Slot<L>>, Made<L>)> {
        let slots: Vec<Arc<Slot<L>>> = lock(&self.0).values().cloned().collect();
        let made = |slot: Arc<Slot<L>>| {
            let made = lock(&slot.made).clone()?;
            Some((slot, made))
        };
        slots.into_iter().filter_map(made).collect()
    }

    /// Replaces all slots.
    pub(super) fn replace(&self, slots: impl IntoIterator<Item = Arc<Slot<L>>>) {
        *lock(&self.0) = slots.into_iter().map(|slot| (slot.permit.digest(), slot)).collect();
    }
}

impl<L> Slot<L> {
    /// Counts the slot as opened now.
    pub(super) fn touch(&self) {
        *lock(&self.opened) = Instant::now();
    }

    pub(super) fn made(&self) -> MutexGuard<'_, Option<Made<L>>> {
        lock(&self.made)
    }

    /// The layer, if it was made of this collection. While it is being made, it is not there.
    pub(super) fn made_of(&self, collection: &Arc<Collection>) -> Option<Made<L>> {
        let made = self.made.try_lock().ok()?;
        made.as_ref().filter(|made| Arc::ptr_eq(&made.origin, collection)).cloned()
    }

    /// Whether the layer is there. While it is being made, it is not.
    pub(super) fn is_made(&self) -> bool {
        self.made.try_lock().is_ok_and(|made| made.is_some())
    }

    pub(super) fn set_bytes(&self, bytes: usize) {
        self.bytes.store(bytes, Ordering::Relaxed);
    }

    fn is_idle(&self) -> bool {
        lock(&self.opened).elapsed() > IDLE
    }

    /// Drops the layer, unless it is just being opened. It does not wait for that, because who
    /// opens it may wait for room.
    fn clear(&self) {
        if let Ok(mut made) = self.made.try_lock() {
            *made = None;
            self.set_bytes(0);
        }
    }
}

/// The memory for all derived layers.
#[derive(Debug)]
pub struct Room<L> {
    most: usize,
    slots: Mutex<Vec<Weak<Slot<L>>>>,
}

impl<L> Room<L> {
    /// Room for `most` bytes, the limit `derived_bytes`.
    pub fn new(most: usize) -> Room<L> {
        Room { most, slots: Mutex::default() }
    }

    /// The bytes that derived layers take.
    pub fn bytes(&self) -> usize {
        let slots = lock(&self.slots);
        slots.iter().filter_map(Weak::upgrade).map(|slot| slot.bytes.load(Ordering::Relaxed)).sum()
    }

    /// Clears the layers that nobody has opened for long.
    pub fn sweep(&self) {
        let slots: Vec<Arc<Slot<L>>> = lock(&self.slots).iter().filter_map(Weak::upgrade).collect();
        slots.iter().filter(|slot| slot.is_idle()).for_each(|slot| slot.clear());
    }

    /// Makes room for `bytes` more, if need be by clearing layers that nobody has opened for long.
    ///
    /// # Errors
    ///
    /// [`Kind::Unavailable`](crate::error::Kind::Unavailable) if the others are in use.
    pub(super) fn make(&self, bytes: usize) -> Result<()> {
        let mut slots = lock(&self.slots);
        slots.retain(|slot| slot.strong_count() > 0);
        let slots: Vec<Arc<Slot<L>>> = slots.iter().filter_map(Weak::upgrade).collect();
        let taken = || slots.iter().map(|slot| slot.bytes.load(Ordering::Relaxed)).sum::<usize>();
        let fits = || taken().saturating_add(bytes) <= self.most;
        let mut idle = slots.iter().filter(|slot| slot.is_idle());
        while !fits() {
            match idle.next() {
                Some(slot) => slot.clear(),
                None => {
                    let what = "there is no memory left for the rows that you may see of this collection";
                    return Err(
                        Error::unavailable(what).reached(Key::derived_bytes.reached(self.most as u64))
                    );
                }
            }
        }
        Ok(())
    }

    /// Makes a slot whose memory counts.
    fn slot(&self, permit: Permit, made: Option<Made<L>>, bytes: usize) -> Arc<Slot<L>> {
        let (made, bytes, opened) = (Mutex::new(made), AtomicUsize::new(bytes), Mutex::new(Instant::now()));
        let slot = Arc::new(Slot { permit, made, bytes, opened });
        let mut slots = lock(&self.slots);
        // Each change of a layer makes new slots, and the old ones go.
        slots.retain(|slot| slot.strong_count() > 0);
        slots.push(Arc::downgrade(&slot));
        slot
    }

    /// Makes the slot of the layer that follows on that of `old`, with its memory in bytes.
    pub(super) fn following(&self, old: &Slot<L>, made: Made<L>, bytes: usize) -> Arc<Slot<L>> {
        // Requests that still hold the old layer share most of it with the new one.
        old.set_bytes(0);
        let slot = self.slot(old.permit.clone(), Some(made), bytes);
        *lock(&slot.opened) = *lock(&old.opened);
        slot
    }
}

impl<L> Default for Room<L> {
    fn default() -> Room<L> {
        Room::new(Limits::default().derived_bytes)
    }
}

fn lock<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}
