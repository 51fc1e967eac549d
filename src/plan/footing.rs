//! What the figures of an answer depend on beside its question: the parts given out, and the data
//! that play them.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use serde_json::Value;

use super::planning_data::PlanningData;
use crate::layer::State;

/// The footing of an answer in words, alike for two answers only where question, parts and data are
/// alike. Each collection comes with its version in this process, and the process with its start,
/// so no other has the same.
pub fn footing(data: &PlanningData, question: &Value) -> String {
    let roles = &data.roles;
    // These are counted with whether or not they are seen.
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
    // Of all others only what is seen of them is in an answer.
    collections.retain(|id| counted.contains(id) || !data.hides(id));
    let state = |id: &&str| match data.world.entry(id).map(|entry| &entry.state) {
        Some(State::Ready(layer)) if counted.contains(id) => format!("{id} {}", layer.version()),
        Some(State::Ready(layer)) => format!("{id} {}", layer.seen_version()),
        _ => format!("{id} –"),
    };
    let states: Vec<String> = collections.iter().map(state).collect();
    format!("{}\n{question}\n{roles:?}\n{}", start(), states.join("\n"))
}

/// When this process first asked, in nanoseconds since 1970.
fn start() -> i128 {
    static START: OnceLock<i128> = OnceLock::new();
    *START.get_or_init(|| jiff::Timestamp::now().as_nanosecond())
}

/// The types of facilities that a question names, wherever in it.
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
