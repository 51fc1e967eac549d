//! The ids of the collections of all sources together.

use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::names::{self, Name};

/// The names in each source, and the ids that were given so far in this run.
#[derive(Debug, Default)]
pub struct Names {
    found: BTreeMap<usize, Vec<Name>>,
    ids: BTreeMap<String, String>,
    reported: Vec<String>,
    namesakes: BTreeMap<String, Vec<String>>,
}

impl Names {
    /// Records the names that source number `source` has now.
    pub fn note(&mut self, source: usize, found: Vec<Name>) {
        self.found.insert(source, found);
    }

    /// Returns the qualified names in the sources before number `source`.
    pub fn of_earlier(&self, source: usize) -> BTreeSet<String> {
        self.found.range(..source).flat_map(|(_, names)| names).map(|name| name.qualified.clone()).collect()
    }

    /// Returns all recorded names.
    pub fn all(&self) -> Vec<Name> {
        self.found.values().flatten().cloned().collect()
    }

    /// Gives ids to all recorded names. Returns the ids by qualified name, and the short ids of
    /// which there is now another collection with the same short name.
    pub fn assign(&mut self) -> (BTreeMap<String, String>, Vec<String>) {
        let (ids, kept) = names::assign(&self.all(), &self.ids);
        self.ids.extend(ids.clone());
        let news: Vec<String> = kept.into_iter().filter(|id| !self.reported.contains(id)).collect();
        self.reported.extend(news.clone());
        (ids, news)
    }

    /// Returns the short names that several collections share, each with the ids of these. What was
    /// returned before is left out.
    pub fn new_namesakes(&mut self) -> BTreeMap<String, Vec<String>> {
        let mut groups: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for name in self.found.values().flatten() {
            let id = self.ids.get(&name.qualified).unwrap_or(&name.qualified);
            groups.entry(name.short.clone()).or_default().push(id.clone());
        }
        groups.retain(|short, ids| ids.len() > 1 && self.namesakes.get(short) != Some(ids));
        self.namesakes.extend(groups.clone());
        groups
    }
}
