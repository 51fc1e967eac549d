//! What is hidden, in words for operators: what each rule covers, and where rows of a hidden table
//! show all the same.

use crate::access::{Caller, Policy, Rule};
use crate::catalog::Collection;
use crate::catalog::names::Name;
use crate::source::{Found, Locator};

/// A warning for each table that a collection, which may be seen, inherits from and of which
/// something is hidden that is seen of the collection: its rows are rows of that table.
pub fn inherited(policy: &Policy, found: &Found<Locator>) -> Vec<String> {
    let collection = &found.collection;
    let Some(permit) = policy.read(collection, &Caller::Anonymous) else { return vec![] };
    let is_seen = |column: &str| collection.column(column).is_some_and(|index| permit.sees(index));
    let warning = |(table, rule): (&Name, Rule<'_>)| {
        let (table, hint) = (&table.qualified, "its rows are rows of that table, so hide it here too");
        match rule {
            Rule::Collection(_) | Rule::Table(_) => {
                Some(format!("it inherits from {table}, which is hidden, and is served: {hint}"))
            }
            Rule::Columns(_, columns) => {
                let seen: Vec<&str> =
                    columns.iter().map(String::as_str).filter(|column| is_seen(column)).collect();
                let columns = seen.join(", ");
                (!seen.is_empty()).then(|| {
                    format!("it inherits from {table}, where these columns are hidden: {columns}; {hint}")
                })
            }
        }
    };
    let rules = |table| policy.rules().filter(move |rule| rule.names(table)).map(move |rule| (table, rule));
    found.parents().iter().flat_map(rules).filter_map(warning).collect()
}

/// A line for each thing that the configuration hides, with the collections it covers.
pub fn covered(policy: &Policy, collections: &[Collection]) -> Vec<String> {
    let line = |rule: Rule<'_>| {
        let covered = collections.iter().filter(|collection| rule.covers(collection));
        let names: Vec<&str> = covered.map(|collection| collection.qualified.as_str()).collect();
        let names = if names.is_empty() { "nothing that was found".into() } else { names.join(", ") };
        format!("{rule}: covers {names}")
    };
    policy.rules().map(line).collect()
}
