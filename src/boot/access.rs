//! `veedel access`: says who may see what by the configuration, without looking at the sources.

use std::fmt::Display;

use super::print::say;
use crate::access::{Caller, EVERYONE, Grants, Policy};
use crate::config::command_line::AccessAction;
use crate::error::{Error, Result, known};
use crate::query::cql2::write_text::write;

/// Executes the command. Returns the number of faults, which is 0.
///
/// # Errors
///
/// Fails if there is no role, or no section of a collection, of this name.
pub fn access(action: &AccessAction, policy: &Policy) -> Result<usize> {
    match action {
        AccessAction::Explain(explain) => {
            for role in &explain.roles {
                let names: Vec<&str> = policy.roles.iter().map(AsRef::as_ref).collect();
                if !names.contains(&role.as_str()) {
                    return Err(Error::invalid("--role", format!("there is no role {role:?}"))
                        .hint(known(role, &names)));
                }
            }
            let caller = Caller::in_roles(explain.roles.iter().cloned());
            lines(policy, &caller, &explain.collection).iter().for_each(|line| say(line));
            let roles = explain.roles.iter().filter(|role| policy.exact_roles.contains(role.as_str()));
            roles.for_each(|role| say(&exact(role)));
        }
        AccessAction::Matrix(_) => matrix(policy).iter().for_each(|line| say(line)),
    }
    Ok(0)
}

/// What the rules for a collection say of a caller, in sentences.
fn lines(policy: &Policy, caller: &Caller, collection: &str) -> Vec<String> {
    let who = caller.roles().collect::<Vec<_>>().join(" and ");
    if policy.hidden_collections.contains(collection) || policy.hidden_tables.contains(collection) {
        return vec![format!("{who} does not see {collection}: it is hidden from all")];
    }
    let hidden = policy.hidden_columns.get(collection).map(listed).unwrap_or_default();
    let public = if hidden.is_empty() { "all columns".into() } else { format!("all columns but {hidden}") };
    let Some(grants) = policy.grants.get(collection) else {
        return vec![format!(
            "{who} sees all rows and {public} of {collection}, as there are no rules for it"
        )];
    };
    let readers = grants.readers(caller);
    if readers.is_empty() {
        return vec![format!("{who} does not see {collection}: it does not exist in any answer")];
    }
    let mut lines = vec![];
    for role in &readers {
        let rows =
            grants.rows_of(role).map_or("all rows".to_owned(), |rule| format!("rows with {}", write(rule)));
        let columns =
            grants.shown_to(role).map_or(public.clone(), |names| format!("the columns {}", listed(names)));
        lines.push(format!("{role} sees {rows} and {columns} of {collection}"));
        lines.extend(edits(grants, role));
    }
    if readers.len() > 1 {
        lines.push(
            "in several roles one sees the rows of each, and the columns that each of them shows".into(),
        );
    }
    if grants.is_protected {
        lines.push("answers about it are stored nowhere (no-store)".into());
    }
    lines
}

/// The sentence for a role that gets exact numbers of persons.
fn exact(role: &str) -> String {
    format!(
        "{role} gets exact numbers of persons from planning; they are marked as not for publication, and each answer is recorded"
    )
}

fn edits(grants: &Grants, role: &str) -> Option<String> {
    let edits = grants.edits_of(role)?;
    let ways = listed(edits.iter().map(|edit| edit.name()));
    let rows =
        grants.edit_rows_of(role).map(|rule| format!(" features with {}", write(rule))).unwrap_or_default();
    Some(format!("{role} may {ways}{rows}"))
}

/// The sentences for each collection with rules, and each role.
fn matrix(policy: &Policy) -> Vec<String> {
    let mut all = vec![];
    for collection in policy.grants.keys() {
        let roles = policy.roles.iter().map(|role| Caller::in_roles([role.clone()]));
        for caller in [Caller::Anonymous].into_iter().chain(roles) {
            all.extend(lines(policy, &caller, collection));
        }
    }
    all.extend(policy.exact_roles.iter().map(|role| exact(role)));
    if all.is_empty() {
        all.push(format!("there are no rules: {EVERYONE} sees what is not hidden"));
    }
    all
}

fn listed<T: Display>(names: impl IntoIterator<Item = T>) -> String {
    names.into_iter().map(|name| name.to_string()).collect::<Vec<_>>().join(", ")
}
