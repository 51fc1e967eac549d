//! Derived layers: of each restricted permit, a layer of the rows that the permit shows.
//!
//! A derived layer is equal to the layer that a source with only these rows and columns gives. So
//! counts, extents, the order of features, thinning, labels and versions say nothing of the others.
//! It is made when a caller first opens it ([`Layer::derived`]), and belongs to the layer that it
//! is made from. A change of that layer changes it too, in the same way: row by row where the other
//! is patched ([`Layer::patch_derived`]), else by comparing the new rows with the old ones
//! ([`Layer::succeed_derived`]). So its versions move only with its own rows and columns.
//!
//! [`Room`] bounds the memory of all derived layers. Beyond it, a collection is closed to the
//! permit, never opened.

use std::sync::Arc;

use jiff::Timestamp;

use super::derived_slots::{self, Made, Slot};
use super::difference::Difference;
use super::filter::Bound;
use super::patch::Changes;
use super::resident::Layer;
use super::view::View;
use crate::access::Permit;
use crate::catalog::{Collection, Freshness};
use crate::error::Result;
use crate::work;

/// The memory for all derived layers.
pub type Room = derived_slots::Room<Layer>;

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

/// Returns `collection` as a permit shows it: every other column is hidden.
pub fn collection_of(collection: &Collection, permit: &Permit) -> Collection {
    let unseen = collection.columns.iter().enumerate().filter(|(index, _)| !permit.sees(*index));
    let hidden = unseen.map(|(_, column)| column.name.clone()).collect();
    Collection { detail: collection.detail.without(&hidden), hidden, ..collection.clone() }
}

impl Layer {
    /// Returns what a restricted permit shows of this layer of `collection`, made at the first
    /// call. It takes time in proportion to the rows: some 50 ms for 100,000 polygons of 300,000.
    ///
    /// # Errors
    ///
    /// [`Kind::Unavailable`](crate::error::Kind::Unavailable) if the limit `derived_bytes` leaves
    /// no memory for it; the error of the rule if its geometries are too intricate for some row.
    pub fn derived(&self, collection: &Arc<Collection>, permit: &Permit, room: &Room) -> Result<Derived> {
        let slot = self.derived.open(permit, room);
        if let Some(made) = slot.made_of(collection) {
            return Ok(Derived { collection: made.own, layer: made.layer });
        }
        // Others wait for it, so it does not end with this request.
        let derived = work::to_the_end(|| self.make_derived(&slot, collection, room));
        if derived.is_err() {
            // What could not be made was not opened: nothing is told of it.
            self.derived.remove(permit);
        }
        derived
    }

    fn make_derived(&self, slot: &Slot<Layer>, collection: &Arc<Collection>, room: &Room) -> Result<Derived> {
        let mut made = slot.made();
        if let Some(made) = made.as_ref().filter(|made| Arc::ptr_eq(&made.origin, collection)) {
            return Ok(Derived { collection: made.own.clone(), layer: made.layer.clone() });
        }
        let own = Arc::new(collection_of(collection, &slot.permit));
        let layer = match &*made {
            // Only the description has changed.
            Some(made) if made.own.detail == own.detail => made.layer.clone(),
            _ => {
                let layer = self.shown(&own, &slot.permit, |bytes| room.make(bytes))?;
                // The feed reads rows whenever any row changes, which a caller must not learn.
                let is_fed = collection.freshness == Freshness::Feed;
                Arc::new(if is_fed { layer.read_at(Timestamp::now()) } else { layer })
            }
        };
        slot.set_bytes(layer.memory());
        *made = Some(Made { origin: collection.clone(), own: own.clone(), layer: layer.clone() });
        Ok(Derived { collection: own, layer })
    }

    /// Whether [`derived`](Self::derived) returns at once for this permit.
    pub fn has_derived(&self, permit: &Permit) -> bool {
        self.derived.get(permit).is_some_and(|slot| slot.is_made())
    }

    /// Whether a caller has opened what this permit shows, or is opening it.
    pub fn was_derived(&self, permit: &Permit) -> bool {
        self.derived.get(permit).is_some()
    }

    /// Keeps the derived layer of this permit, if there is one, as if it had just been opened: a
    /// client listens for its changes.
    pub fn keep_derived(&self, permit: &Permit) {
        if let Some(slot) = self.derived.get(permit) {
            slot.touch();
        }
    }

    /// Forgets the derived layers of all permits, because the policy has changed.
    pub fn forget_derived(&self) {
        self.derived.replace([]);
    }

    /// The layer of the rows that a permit shows. `ask` is called with the memory that it is going
    /// to take, about, before it is made.
    fn shown(
        &self,
        collection: &Collection,
        permit: &Permit,
        ask: impl FnOnce(usize) -> Result<()>,
    ) -> Result<Layer> {
        let rows = self.rows_of(collection, permit)?;
        let share = rows.len() as f64 / self.len().max(1) as f64;
        ask((self.memory() as f64 * share) as usize)?;
        Ok(self.subset(&rows, hidden_of(collection), collection))
    }

    /// The rows for which the rule of the permit is true, ascending. Fails if the rule refuses a
    /// row, because then it cannot be told which rows are visible.
    fn rows_of(&self, collection: &Collection, permit: &Permit) -> Result<Vec<u32>> {
        let Some(rule) = permit.rows() else { return Ok((0..self.len() as u32).collect()) };
        let whole = permit.of_rule(collection.columns.len());
        work::or_refused(|| Bound::new(&View::new(self, collection, &whole), rule).rows())
    }

    /// The derived layers of `next`, which this layer becomes by `changes`, and what has changed in
    /// each. One that cannot be changed is dropped, and made again when it is opened.
    pub fn patch_derived(&self, next: &Layer, changes: &Changes, room: &Room) -> Vec<DerivedChange> {
        let patched = |(slot, made): (Arc<Slot<Layer>>, Made<Layer>)| {
            let (collection, layer) = (&made.own, &made.layer);
            let rows = changes.rows.rows_of(collection, &slot.permit).ok()?;
            let rows = changes.rows.subset(&rows, hidden_of(collection), collection);
            let own = Changes { keys: changes.keys.clone(), count: changes.count, rows };
            if !layer.is_met_by(&own) {
                // Rows that this permit does not show have changed.
                let layer = layer.clone();
                return Some(following(&slot, Made { layer, ..made }, Difference::Nothing, room));
            }
            let patched = layer.patched(&own, collection).ok()?;
            let difference =
                if patched.is_seen { Difference::Within(patched.boxes) } else { Difference::Nothing };
            let layer = Arc::new(patched.layer);
            Some(following(&slot, Made { layer, ..made }, difference, room))
        };
        next.adopt(self.derived.in_use().into_iter().filter_map(patched))
    }

    /// Makes the derived layers of `old` anew from this layer, which follows on it and was read in
    /// full. Returns what has changed in each. What the operator has expired does not count as
    /// changed, because it may be rows that the permit does not show.
    pub fn succeed_derived(&self, old: &Layer, room: &Room) -> Vec<DerivedChange> {
        let succeeded = |(slot, made): (Arc<Slot<Layer>>, Made<Layer>)| {
            let (collection, before) = (&made.own, &made.layer);
            // Room was found for it before.
            let layer = self.shown(collection, &slot.permit, |_| Ok(())).ok()?;
            let (layer, difference) = layer.succeeding(before, &[]);
            let layer = if difference == Difference::Nothing { layer.read_with(before) } else { layer };
            let layer = Arc::new(layer);
            Some(following(&slot, Made { layer, ..made }, difference, room))
        };
        self.adopt(old.derived.in_use().into_iter().filter_map(succeeded))
    }

    /// Takes over the slots of an earlier layer's derived layers.
    fn adopt(&self, made: impl Iterator<Item = (Arc<Slot<Layer>>, DerivedChange)>) -> Vec<DerivedChange> {
        let (slots, changes): (Vec<_>, Vec<_>) = made.unzip();
        self.derived.replace(slots);
        changes
    }
}

/// The slot of a layer that follows on that of `slot`, and what has changed.
fn following(
    slot: &Slot<Layer>,
    made: Made<Layer>,
    difference: Difference,
    room: &Room,
) -> (Arc<Slot<Layer>>, DerivedChange) {
    let (permit, version) = (slot.permit.digest(), made.layer.seen_version());
    let bytes = made.layer.memory();
    (room.following(slot, made, bytes), DerivedChange { permit, version, difference })
}

/// The positions of the hidden columns, ascending.
fn hidden_of(collection: &Collection) -> Vec<usize> {
    (0..collection.columns.len()).filter(|column| collection.hides(*column)).collect()
}
