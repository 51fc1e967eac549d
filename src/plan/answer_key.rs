//! The key of an answer: two answers with the same key have the same figures.
//!
//! The figures of an answer depend on its question, on the roles of the collections, and on the
//! data of these collections.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use serde_json::Value;

use super::planning_data::PlanningData;
use crate::layer::State;

/// Returns the key of the answer to a question, as text. Two keys are equal only if question, roles
/// and data are. The data of a collection are named by their version, which counts within this
/// process; therefore the key contains the time at which the process started.
pub fn answer_key(data: &PlanningData, question: &Value) -> String {
    let roles = &data.roles;
    // Planning counts with these collections even if they are hidden, so every change counts.
    let base = roles.population.as_ref().and_then(|role| roles.areas.get(&role.level));
    let single = [
        roles.network.as_ref().map(|role| role.collection.as_str()),
        roles.demand.as_ref().map(|role| role.collection.as_str()),
        roles.population.as_ref().map(|role| role.collection.as_str()),
        base.map(|role| role.collection.as_str()),
    ];
    let counted: BTreeSet<&str> = single.into_iter().flatten().collect();
    let areas = roles.areas.values().map(|role| role.collection.as_str());
    let mut collections: BTreeSet<&str> = counted.iter().copied().chain(areas).collect();
    collections.extend(roles.facilities.keys().map(String::as_str));
    named(question, &mut collections);
    let kinds = of_types(question);
    let types = roles.types.iter().filter(|(kind, _)| kinds.contains(kind.as_str()));
    collections.extend(types.flat_map(|(_, own)| own.of.iter().map(|(collection, _)| collection.as_str())));
    // Of all other collections, an answer contains only what the caller may see.
    collections.retain(|id| counted.contains(id) || !data.hides(id));
    let all = |id: &str| match data.world.entry(id).map(|entry| &entry.state) {
        Some(State::Ready(layer)) => format!("{id} {}", layer.version()),
        _ => format!("{id} –"),
    };
    let seen = |id: &str| match data.seen(id).map(|seen| seen.state) {
        Some(State::Ready(layer)) => format!("{id} {}", layer.seen_version()),
        _ => format!("{id} –"),
    };
    let state = |id: &&str| if counted.contains(id) { all(id) } else { seen(id) };
    let states: Vec<String> = collections.iter().map(state).collect();
    format!("{}\n{question}\n{roles:?}\n{}", start(), states.join("\n"))
}

/// Returns the time of the first call in this process, in nanoseconds since 1970.
fn start() -> i128 {
    static START: OnceLock<i128> = OnceLock::new();
    *START.get_or_init(|| jiff::Timestamp::now().as_nanosecond())
}

/// Returns the types of facilities that a question names, at any depth of its JSON.
fn of_types(question: &Value) -> BTreeSet<&str> {
    match question {
        Value::Object(members) => {
            let own = members.get("type").and_then(Value::as_str);
            own.into_iter().chain(members.values().flat_map(of_types)).collect()
        }
        Value::Array(items) => items.iter().flat_map(of_types).collect(),
        _ => BTreeSet::new(),
    }
}

/// Adds the collections that a question names, at any depth of its JSON.
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
