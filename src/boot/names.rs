//! The addresses of all sources' collections together.

use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::names::{self, Name};

/// What each source has, and the ids given so far in this run.
#[derive(Debug, Default)]
pub struct Names {
    found: BTreeMap<usize, Vec<Name>>,
    ids: BTreeMap<String, String>,
    reported: Vec<String>,
    namesakes: BTreeMap<String, Vec<String>>,
}

impl Names {
    /// Notes what source number `source` has now.
    pub fn note(&mut self, source: usize, found: Vec<Name>) {
        self.found.insert(source, found);
    }

    /// The qualified names that sources before number `source` have.
    pub fn of_earlier(&self, source: usize) -> BTreeSet<String> {
        self.found.range(..source).flat_map(|(_, names)| names).map(|name| name.qualified.clone()).collect()
    }

    /// All that was noted.
    pub fn all(&self) -> Vec<Name> {
        self.found.values().flatten().cloned().collect()
    }

    /// Gives ids to all that was noted; the ids by qualified name, and short ids that now have a
    /// namesake.
    pub fn assign(&mut self) -> (BTreeMap<String, String>, Vec<String>) {
        let (ids, kept) = names::assign(&self.all(), &self.ids);
        self.ids.extend(ids.clone());
        let news: Vec<String> = kept.into_iter().filter(|id| !self.reported.contains(id)).collect();
        self.reported.extend(news.clone());
        (ids, news)
    }

    /// The short names that several collections share, each with their addresses; only what was not
    /// told before.
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
