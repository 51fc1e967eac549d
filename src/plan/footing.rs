//! What the figures of an answer depend on beside its question: the parts given out, and the data that play them.

use std::collections::BTreeSet;

use serde_json::Value;

use super::basis::Basis;
use crate::layer::State;

/// The footing of an answer in words, alike for two answers only where question, parts and data are alike. Each
/// collection comes with the time its rows were read and its version in this process, so no other start of the server
/// has the same.
pub fn footing(basis: &Basis, question: &Value) -> String {
    let roles = &basis.roles;
    let single = [
        roles.network.as_ref().map(|role| role.collection.as_str()),
        roles.demand.as_ref().map(|role| role.collection.as_str()),
        roles.population.as_ref().map(|role| role.collection.as_str()),
    ];
    let areas = roles.areas.values().map(|role| role.collection.as_str());
    let mut collections: BTreeSet<&str> = single.into_iter().flatten().chain(areas).collect();
    collections.extend(roles.facilities.keys().map(String::as_str));
    named(question, &mut collections);
    let state = |id: &&str| match basis.world.entry(id).map(|entry| &entry.state) {
        Some(State::Ready(layer)) => format!("{id} {} {}", layer.loaded_at(), layer.version()),
        _ => format!("{id} –"),
    };
    let states: Vec<String> = collections.iter().map(state).collect();
    format!("{question}\n{roles:?}\n{}", states.join("\n"))
}

/// The collections that a question names, wherever in it.
fn named<'a>(question: &'a Value, into: &mut BTreeSet<&'a str>) {
    match question {
        Value::Object(members) => {
            for (key, value) in members {
                match value {
                    Value::String(name) if key == "collection" => drop(into.insert(name)),
                    other => named(other, into),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| named(item, into)),
        _ => {}
    }
}
