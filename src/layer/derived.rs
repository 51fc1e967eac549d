//! Derived layers: of each restricted permit, a layer of the rows that the permit shows.
//!
//! A derived layer is equal to the layer that a source with only these rows and columns gives. So
//! counts, extents, the order of features, thinning, labels and versions say nothing of the others.
//! It is made when a caller first opens it ([`Layer::derived`]), and belongs to the layer that it is
//! made from. A change of that layer changes it too, in the same way: row by row where the other is
//! patched ([`Layer::patch_derived`]), else by comparing the new rows with the old ones
//! ([`Layer::succeed_derived`]). So its versions move only with its own rows and columns.
//!
//! [`Room`] bounds the memory of all derived layers. Beyond it, a collection is closed to the
//! permit, never opened.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use super::difference::Difference;
use super::filter::Bound;
use super::geometries::WorldBox;
use super::patch::Changes;
use super::resident::Layer;
use super::view::View;
use crate::access::Permit;
use crate::catalog::Collection;
use crate::error::{Error, Result};
use crate::limits::{Key, Limits};

/// A derived layer that nobody has opened for so long is not changed along with its origin, and
/// leaves its memory to others.
const IDLE: Duration = Duration::from_secs(600);

/// A collection and the layer of it that a permit shows.
#[derive(Clone, Debug)]
pub struct Derived {
    /// The collection, in which every other column is hidden.
    pub collection: Arc<Collection>,
    /// The rows that the permit shows.
    pub layer: Arc<Layer>,
}

/// What a change did to a derived layer.
#[derive(Debug)]
pub struct DerivedChange {
    /// The digest of the permit.
    pub permit: u64,
    /// The version of what is seen of the layer.
    pub version: u64,
    /// Where it differs from before.
    pub difference: Difference,
}

/// The derived layers of one layer, by the digest of the permit.
#[derive(Debug, Default)]
pub(crate) struct DerivedLayers(Mutex<BTreeMap<u64, Arc<Slot>>>);

/// The place of one derived layer, which is made once however many callers wait for it.
#[derive(Debug)]
struct Slot {
    permit: Permit,
    made: Mutex<Option<Made>>,
    /// The memory of the layer in bytes; 0 without one.
    bytes: AtomicUsize,
    opened: Mutex<Instant>,
}

#[derive(Clone, Debug)]
struct Made {
    /// The collection of the origin, of which the derived one was made.
    origin: Arc<Collection>,
    derived: Derived,
}

impl Slot {
    fn new(permit: Permit) -> Slot {
        Slot {
            permit,
            made: Mutex::default(),
            bytes: AtomicUsize::new(0),
            opened: Mutex::new(Instant::now()),
        }
    }

    /// A slot for the layer that follows on this one's.
    fn succeeding(&self, made: Made) -> Slot {
        let bytes = AtomicUsize::new(made.derived.layer.memory());
        // Requests that still hold the old layer share most of it with the new one.
        self.bytes.store(0, Ordering::Relaxed);
        Slot {
            permit: self.permit.clone(),
            made: Mutex::new(Some(made)),
            bytes,
            opened: Mutex::new(*lock(&self.opened)),
        }
    }

    fn is_idle(&self) -> bool {
        lock(&self.opened).elapsed() > IDLE
    }

    /// Drops the layer, unless it is just being opened. It does not wait for that, because who opens
    /// it may wait for room.
    fn clear(&self) {
        if let Ok(mut made) = self.made.try_lock() {
            *made = None;
            self.bytes.store(0, Ordering::Relaxed);
        }
    }
}

/// The memory for all derived layers.
#[derive(Debug)]
pub struct Room {
    most: usize,
    slots: Mutex<Vec<Weak<Slot>>>,
}

impl Room {
    /// Room for `most` bytes, the limit `derived_bytes`.
    pub fn new(most: usize) -> Room {
        Room { most, slots: Mutex::default() }
    }

    /// The bytes that derived layers take.
    pub fn bytes(&self) -> usize {
        let slots = lock(&self.slots);
        slots.iter().filter_map(Weak::upgrade).map(|slot| slot.bytes.load(Ordering::Relaxed)).sum()
    }

    /// Makes room for `bytes` more, if need be by clearing layers that nobody has opened for long.
    fn make(&self, bytes: usize) -> Result<()> {
        let mut slots = lock(&self.slots);
        slots.retain(|slot| slot.strong_count() > 0);
        let slots: Vec<Arc<Slot>> = slots.iter().filter_map(Weak::upgrade).collect();
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

    fn note(&self, slot: &Arc<Slot>) {
        lock(&self.slots).push(Arc::downgrade(slot));
    }
}

impl Default for Room {
    fn default() -> Room {
        Room::new(Limits::default().derived_bytes)
    }
}

impl DerivedLayers {
    fn slots(&self) -> MutexGuard<'_, BTreeMap<u64, Arc<Slot>>> {
        lock(&self.0)
    }

    /// The slots that still are of use, each with what was made in it.
    fn in_use(&self) -> Vec<(Arc<Slot>, Made)> {
        let slots: Vec<Arc<Slot>> = self.slots().values().filter(|slot| !slot.is_idle()).cloned().collect();
        slots
            .into_iter()
            .filter_map(|slot| {
                let made = lock(&slot.made).clone()?;
                Some((slot, made))
            })
            .collect()
    }

    fn of(slots: Vec<(u64, Slot)>, room: &Room) -> DerivedLayers {
        let slots = slots.into_iter().map(|(digest, slot)| (digest, Arc::new(slot)));
        let slots: BTreeMap<u64, Arc<Slot>> = slots.inspect(|(_, slot)| room.note(slot)).collect();
        DerivedLayers(Mutex::new(slots))
    }
}

/// Returns `collection` as a permit shows it: every other column is hidden.
pub fn collection_of(collection: &Collection, permit: &Permit) -> Collection {
    let unseen = collection.columns.iter().enumerate().filter(|(index, _)| !permit.sees(*index));
    let hidden = unseen.map(|(_, column)| column.name.clone()).collect();
    Collection { detail: collection.detail.without(&hidden), hidden, ..collection.clone() }
}

impl Layer {
    /// Returns what a restricted permit shows of this layer of `collection`, made at the first call.
    /// It takes time in proportion to the rows: 150 ms for 100,000 polygons of 300,000.
    ///
    /// # Errors
    ///
    /// [`Kind::Unavailable`](crate::error::Kind::Unavailable) if the limit `derived_bytes` leaves no
    /// memory for it.
    pub fn derived(&self, collection: &Arc<Collection>, permit: &Permit, room: &Room) -> Result<Derived> {
        let slot = self.slot(permit, room);
        *lock(&slot.opened) = Instant::now();
        let mut made = lock(&slot.made);
        if let Some(made) = &*made
            && Arc::ptr_eq(&made.origin, collection)
        {
            return Ok(made.derived.clone());
        }
        let own = Arc::new(collection_of(collection, permit));
        let layer = match &*made {
            // Only the description has changed.
            Some(made) if made.derived.collection.detail == own.detail => made.derived.layer.clone(),
            _ => Arc::new(self.shown(&own, permit, |bytes| room.make(bytes))?),
        };
        slot.bytes.store(layer.memory(), Ordering::Relaxed);
        let derived = Derived { collection: own, layer };
        *made = Some(Made { origin: collection.clone(), derived: derived.clone() });
        Ok(derived)
    }

    /// Whether [`derived`](Self::derived) returns at once for this permit.
    pub fn has_derived(&self, permit: &Permit) -> bool {
        let slot = self.derived.slots().get(&permit.digest()).cloned();
        // A slot whose lock is held is being filled.
        slot.is_some_and(|slot| slot.made.try_lock().is_ok_and(|made| made.is_some()))
    }

    /// Whether a caller has opened what this permit shows, or is opening it.
    pub fn was_derived(&self, permit: &Permit) -> bool {
        self.derived.slots().contains_key(&permit.digest())
    }

    /// Keeps the derived layer of this permit, if there is one, as if it had just been opened: a
    /// client listens for its changes.
    pub fn keep_derived(&self, permit: &Permit) {
        if let Some(slot) = self.derived.slots().get(&permit.digest()) {
            *lock(&slot.opened) = Instant::now();
        }
    }

    /// Forgets the derived layers of all permits, because the policy has changed.
    pub fn forget_derived(&self) {
        self.derived.slots().clear();
    }

    fn slot(&self, permit: &Permit, room: &Room) -> Arc<Slot> {
        let mut slots = self.derived.slots();
        let slot = slots.entry(permit.digest()).or_insert_with(|| {
            let slot = Arc::new(Slot::new(permit.clone()));
            room.note(&slot);
            slot
        });
        slot.clone()
    }

    /// The layer of the rows that a permit shows. `ask` is called with the memory that it is going
    /// to take, about, before it is made.
    fn shown(
        &self,
        collection: &Collection,
        permit: &Permit,
        ask: impl FnOnce(usize) -> Result<()>,
    ) -> Result<Layer> {
        let rows = self.rows_of(collection, permit);
        let share = rows.len() as f64 / self.len().max(1) as f64;
        ask((self.memory() as f64 * share) as usize)?;
        Ok(self.subset(&rows, hidden_of(collection), collection))
    }

    /// The rows for which the rule of the permit is true, ascending.
    fn rows_of(&self, collection: &Collection, permit: &Permit) -> Vec<u32> {
        let Some(rule) = permit.rows() else { return (0..self.len() as u32).collect() };
        let whole = permit.of_rule(collection.columns.len());
        Bound::new(&View::new(self, collection, &whole), rule).rows()
    }

    /// The derived layers of `next`, which this layer becomes by `changes`, and what has changed in
    /// each. One that cannot be changed is dropped, and made again when it is opened.
    pub fn patch_derived(&self, next: &Layer, changes: &Changes, room: &Room) -> Vec<DerivedChange> {
        let patched = |(slot, made): (Arc<Slot>, Made)| {
            let Derived { collection, layer } = &made.derived;
            let rows = changes.rows.rows_of(collection, &slot.permit);
            let rows = changes.rows.subset(&rows, hidden_of(collection), collection);
            let own = Changes { keys: changes.keys.clone(), count: changes.count, rows };
            if !layer.is_met_by(&own) {
                // Rows that this permit does not show have changed.
                let layer = layer.clone();
                return Some(following(&slot, made, layer, Difference::Nothing));
            }
            let patched = layer.patched(&own, collection).ok()?;
            let difference =
                if patched.is_seen { Difference::Within(patched.boxes) } else { Difference::Nothing };
            Some(following(&slot, made, Arc::new(patched.layer), difference))
        };
        next.adopt_derived(self.derived.in_use().into_iter().filter_map(patched).collect(), room)
    }

    /// Makes the derived layers of `old` anew from this layer, which follows on it and was read in
    /// full. Returns what has changed in each. `expired`, boxes of the world grid, counts as
    /// changed.
    pub fn succeed_derived(&self, old: &Layer, expired: &[WorldBox], room: &Room) -> Vec<DerivedChange> {
        let succeeded = |(slot, made): (Arc<Slot>, Made)| {
            let Derived { collection, layer: before } = &made.derived;
            // Room was found for it before.
            let layer = self.shown(collection, &slot.permit, |_| Ok(())).ok()?;
            let (layer, difference) = layer.succeeding(before, expired);
            let layer = if difference == Difference::Nothing { layer.read_with(before) } else { layer };
            Some(following(&slot, made, Arc::new(layer), difference))
        };
        self.adopt_derived(old.derived.in_use().into_iter().filter_map(succeeded).collect(), room)
    }

    fn adopt_derived(&self, made: Vec<(Slot, DerivedChange)>, room: &Room) -> Vec<DerivedChange> {
        let (slots, changes): (Vec<_>, Vec<_>) =
            made.into_iter().map(|(slot, change)| ((change.permit, slot), change)).unzip();
        let DerivedLayers(slots) = DerivedLayers::of(slots, room);
        *self.derived.slots() = std::mem::take(&mut *lock(&slots));
        changes
    }
}

/// The slot of a layer that follows on that of `slot`, and what has changed.
fn following(slot: &Slot, made: Made, layer: Arc<Layer>, difference: Difference) -> (Slot, DerivedChange) {
    let change = DerivedChange { permit: slot.permit.digest(), version: layer.seen_version(), difference };
    let derived = Derived { layer, ..made.derived };
    (slot.succeeding(Made { derived, ..made }), change)
}

/// The positions of the hidden columns, ascending.
fn hidden_of(collection: &Collection) -> Vec<usize> {
    (0..collection.columns.len()).filter(|column| collection.hides(*column)).collect()
}

fn lock<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}
