//! The ids of collections: short if they are unique, and stable for clients.

use std::collections::{BTreeMap, BTreeSet};

/// The names of a thing that needs an id.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Name {
    /// The short name: that of a table, or that of a file without its extension. The collection of
    /// a further geometry column is `table.column`.
    pub short: String,
    /// The name that is unique among all sources: `schema.table` or `folder.file`.
    pub qualified: String,
}

/// Short names that cannot be ids. The catalogue has the address of a collection `catalog`, and
/// clients remove steps of one or two dots from a path (RFC 3986, 5.2.4).
const TAKEN: [&str; 3] = ["catalog", ".", ".."];

/// Chooses an id for each of `found`, which are all names that exist now.
///
/// A short name that only one thing has becomes its id. If several things have the same short name,
/// or it is reserved, they get their qualified names. `before` contains the ids that were given
/// earlier in this run (qualified name → id). They are kept, so that an address does not change
/// when another table appears. The second part of the result lists the short ids that are kept
/// although another thing now has the same short name. The log mentions them, because they will be
/// qualified after the next start.
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
