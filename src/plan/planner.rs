//! The planning data of the current snapshot, kept for each caller who sees something else.

use std::sync::{Arc, Mutex, PoisonError};

use super::planning_data::PlanningData;
use crate::access::Caller;
use crate::limits::Limits;
use crate::snapshot::Snapshot;

/// Keeps the planning data of the current snapshot, for each digest of what callers may see.
#[derive(Debug, Default)]
pub struct Planner {
    limits: Arc<Limits>,
    current: Mutex<Vec<Arc<PlanningData>>>,
}

/// The greatest number of callers' data that are kept. The data used least recently go first.
const MOST_CALLERS: usize = 16;

impl Planner {
    /// Creates a planner with these limits on questions.
    pub fn new(limits: Limits) -> Planner {
        Planner { limits: Arc::new(limits), current: Mutex::default() }
    }

    /// Returns the planning data of a snapshot for a caller. Parts whose layers did not change are
    /// taken over from the previous snapshot, and those that do not depend on the caller from other
    /// callers. The call is cheap, because each part is made when it is first needed.
    pub fn data(&self, snapshot: &Arc<Snapshot>, caller: &Caller) -> Arc<PlanningData> {
        let digest = snapshot.digest(caller);
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        // With another policy, the index for searching contains other rows, although the layers are
        // the same.
        current.retain(|before| {
            before.snapshot.roles() == snapshot.roles()
                && Arc::ptr_eq(before.snapshot.policy(), snapshot.policy())
        });
        let own = current.iter().position(|data| data.digest == digest).map(|at| current.remove(at));
        let data = match own {
            Some(data) if data.world.version == snapshot.world().version => data,
            own => {
                let before = own.as_ref().or(current.first()).map(Arc::as_ref);
                Arc::new(PlanningData::new(snapshot, caller, &self.limits, before))
            }
        };
        // Those of an older world would keep its layers in memory.
        current.retain(|other| other.world.version == data.world.version);
        current.insert(0, data.clone());
        current.truncate(MOST_CALLERS);
        data
    }
}
