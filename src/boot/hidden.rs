//! Describes for operators what is hidden: what each rule covers, and where rows of a hidden table
//! are visible nevertheless.

use crate::access::{Caller, Policy, Rule};
use crate::catalog::Collection;
use crate::catalog::names::Name;
use crate::source::{Found, Locator};

/// Returns warnings about visible collections that inherit from a table of which more is hidden,
/// because their rows are rows of that table.
pub fn inherited(policy: &Policy, found: &Found<Locator>) -> Vec<String> {
    let collection = &found.collection;
    let Some(permit) = policy.read(collection, &Caller::Anonymous) else { return vec![] };
    let is_seen = |column: &str| collection.column(column).is_some_and(|index| permit.sees(index));
    let warning = |(table, rule): (&Name, Rule<'_>)| {
        let (table, hint) = (&table.qualified, "its rows are rows of that table, so write the rule here too");
        match rule {
            Rule::Grants(_) => Some(format!("it inherits from {table}, which has rules for roles: {hint}")),
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

/// Returns a line for each rule that hides something, with the collections that it covers.
pub fn covered(policy: &Policy, collections: &[Collection]) -> Vec<String> {
    let line = |rule: Rule<'_>| {
        let covered = collections.iter().filter(|collection| rule.covers(collection));
        let names: Vec<&str> = covered.map(|collection| collection.qualified.as_str()).collect();
        let names = if names.is_empty() { "nothing that was found".into() } else { names.join(", ") };
        format!("{rule}: covers {names}")
    };
    policy.rules().map(line).collect()
}
