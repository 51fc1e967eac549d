//! The addresses of collections: short while they are unique, and never changing under a client.

use std::collections::{BTreeMap, BTreeSet};

/// A thing to be addressed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Name {
    /// The short name: a table or a file without its ending (and `.column` for a second geometry).
    pub short: String,
    /// The name that is unique within all sources: `schema.table`, `folder.file`.
    pub qualified: String,
}

/// Short names that addresses have another meaning for: the catalogue is found as a collection of
/// the first, and a step of one or two dots is taken out of a path before it is asked for (RFC
/// 3986, 5.2.4).
const TAKEN: [&str; 3] = ["catalog", ".", ".."];

/// Chooses an id for each of `found`, which are all the names that exist now.
///
/// A short name that only one thing has is its id; things of equal short name, and those whose name
/// is taken, get their qualified names. `before` holds the ids given earlier in this run (qualified
/// name → id): they stay, so that an address does not change because another table appears. The
/// second part of the answer names the short ids kept in spite of a newcomer, for one line in the
/// log: they will be qualified at the next start.
pub fn assign(found: &[Name], before: &BTreeMap<String, String>) -> (BTreeMap<String, String>, Vec<String>) {
    let mut bearers: BTreeMap<&str, usize> = BTreeMap::new();
    for name in found {
        *bearers.entry(&name.short).or_default() += 1;
    }
    let taken: BTreeSet<&String> = before.values().collect();
    let mut ids = BTreeMap::new();
    let mut kept = Vec::new();
    for name in found {
        let unique = bearers.get(name.short.as_str()) == Some(&1) && !TAKEN.contains(&name.short.as_str());
        let id = match before.get(&name.qualified) {
            Some(id) => {
                if *id == name.short && !unique {
                    kept.push(id.clone());
                }
                id
            }
            None if unique && !taken.contains(&name.short) => &name.short,
            None => &name.qualified,
        };
        ids.insert(name.qualified.clone(), id.clone());
    }
    (ids, kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(schema: &str, table: &str) -> Name {
        Name { short: table.into(), qualified: format!("{schema}.{table}") }
    }

    #[test]
    fn unique_names_are_short_and_equal_names_are_qualified() {
        let found = [name("a", "schulen"), name("b", "schulen"), name("a", "kitas")];
        let (ids, kept) = assign(&found, &BTreeMap::new());
        assert_eq!(ids["a.schulen"], "a.schulen");
        assert_eq!(ids["b.schulen"], "b.schulen");
        assert_eq!(ids["a.kitas"], "kitas");
        assert!(kept.is_empty());
    }

    #[test]
    fn what_is_called_as_the_catalogue_is_qualified() {
        let (ids, _) = assign(&[name("a", "catalog")], &BTreeMap::new());
        assert_eq!(ids["a.catalog"], "a.catalog");
    }

    #[test]
    fn a_name_of_dots_alone_is_qualified() {
        let dots = [".", ".."].map(|table| Name { short: table.into(), qualified: format!("a.\"{table}\"") });
        let (ids, _) = assign(&dots, &BTreeMap::new());
        assert_eq!((ids["a.\".\""].as_str(), ids["a.\"..\""].as_str()), ("a.\".\"", "a.\"..\""));
    }

    #[test]
    fn an_id_given_stays_when_a_namesake_appears_and_is_reported() {
        let (before, _) = assign(&[name("a", "schulen")], &BTreeMap::new());
        let (ids, kept) = assign(&[name("a", "schulen"), name("b", "schulen")], &before);
        assert_eq!(ids["a.schulen"], "schulen");
        assert_eq!(ids["b.schulen"], "b.schulen");
        assert_eq!(kept, ["schulen"]);
    }

    #[test]
    fn an_id_that_was_qualified_stays_so_when_its_namesake_goes() {
        let (before, _) = assign(&[name("a", "schulen"), name("b", "schulen")], &BTreeMap::new());
        let (ids, _) = assign(&[name("a", "schulen")], &before);
        assert_eq!(ids["a.schulen"], "a.schulen");
    }
}
