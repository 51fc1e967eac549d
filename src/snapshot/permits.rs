//! The permits of callers, kept so that rules are checked once and not for each request.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use crate::access::{Caller, Permit, Policy};
use crate::catalog::Collection;

/// The number of different callers whose permits are kept. There are as many as sets of roles.
const MOST_CALLERS: usize = 256;

/// A collection, and what a caller may see of it.
type Known = (Arc<Collection>, Option<Permit>);

/// The permits under one policy, by caller and qualified name.
#[derive(Debug, Default)]
pub struct Permits {
    kept: RwLock<HashMap<Caller, HashMap<String, Known>>>,
}

impl Permits {
    /// Returns what [`Policy::read`] does. A permit is made anew where the collection is another,
    /// since a rule may name a column that was dropped.
    pub fn read(&self, policy: &Policy, collection: &Arc<Collection>, caller: &Caller) -> Option<Permit> {
        // Without rules, making a permit is no dearer than finding one.
        if !policy.has_grants() {
            return policy.read(collection, caller);
        }
        let kept = self.kept.read().unwrap_or_else(PoisonError::into_inner);
        let found = kept.get(caller).and_then(|own| own.get(&collection.qualified));
        if let Some((of, permit)) = found.filter(|(of, _)| Arc::ptr_eq(of, collection)) {
            debug_assert_eq!(of.qualified, collection.qualified);
            return permit.clone();
        }
        drop(kept);
        let permit = policy.read(collection, caller);
        let mut kept = self.kept.write().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= MOST_CALLERS && !kept.contains_key(caller) {
            kept.clear();
        }
        let own = kept.entry(caller.clone()).or_default();
        own.insert(collection.qualified.clone(), (collection.clone(), permit.clone()));
        permit
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::Grants;
    use crate::catalog::{Detail, Freshness};

    fn policy(readers: &[&str]) -> Policy {
        let read = Some(readers.iter().map(|role| Arc::from(*role)).collect());
        Policy {
            grants: [("schulen".into(), Grants { read, ..Grants::default() })].into(),
            ..Policy::default()
        }
    }

    fn schools() -> Arc<Collection> {
        Arc::new(Collection {
            id: "schulen".into(),
            short: "schulen".into(),
            qualified: "schulen".into(),
            title: "Schulen".into(),
            description: None,
            attribution: None,
            licence: None,
            geometry: None,
            columns: vec![],
            key: vec![],
            source: "test".into(),
            freshness: Freshness::Embedded,
            zooms: (0, 22),
            max_age: None,
            detail: Detail::default(),
            categories: None,
            size_by: None,
            visible_at_first: true,
            datetime: None,
            metadata: Default::default(),
            table: None,
            hidden: Default::default(),
        })
    }

    #[test]
    fn a_permit_is_of_one_caller_one_collection_and_one_policy() {
        let (policy, permits, schools) = (policy(&["amt"]), Permits::default(), schools());
        let office = Caller::in_roles(["amt"]);
        for _ in 0..3 {
            assert!(permits.read(&policy, &schools, &office).is_some());
            assert!(permits.read(&policy, &schools, &Caller::Anonymous).is_none());
            assert!(permits.read(&policy, &schools, &Caller::in_roles(["bad"])).is_none());
        }
        for number in 0..2 * MOST_CALLERS {
            assert!(permits.read(&policy, &schools, &Caller::in_roles([number.to_string()])).is_none());
        }
        assert!(permits.kept.read().unwrap().len() <= MOST_CALLERS);
        assert!(permits.read(&policy, &schools, &office).is_some());
    }
}
