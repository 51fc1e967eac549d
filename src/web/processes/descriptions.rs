//! What processes say of themselves: titles, descriptions and inputs, in German and English, from one file.

use std::sync::LazyLock;

use serde_json::{Map, Value, json};

use crate::catalog::Language;
use crate::limits::{Limits, Listed};
use crate::web::links::{self, Base, Link};

static DESCRIPTIONS: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(include_str!("descriptions.json")).unwrap_or_default());

/// What the list of processes says of one.
pub fn summary(id: &str, language: Language, base: &Base, limits: &Limits) -> Value {
    let own = DESCRIPTIONS.get("processes").and_then(|all| all.get(id)).cloned().unwrap_or_default();
    let own = translated(&own, language, limits);
    json!({
        "id": id,
        "version": env!("CARGO_PKG_VERSION"),
        "title": own.get("title"),
        "description": own.get("description"),
        "jobControlOptions": ["sync-execute"],
        "outputTransmission": ["value"],
        "links": [
            Link::new(base.href(&format!("/processes/{id}")), "self", links::JSON),
            Link::new(base.href(&format!("/processes/{id}/execution")), "http://www.opengis.net/def/rel/ogc/1.0/execute", links::JSON),
        ],
    })
}

/// All of it: inputs and output too.
pub fn process(id: &str, language: Language, base: &Base, limits: &Limits) -> Value {
    let mut document = summary(id, language, base, limits);
    let names = DESCRIPTIONS.get("processes").and_then(|all| all.get(id)).and_then(|own| own.get("inputs"));
    let mut inputs = Map::new();
    for name in names.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str) {
        let (key, described) = key_and_description(name);
        let mut input = translated(
            DESCRIPTIONS.get("inputs").and_then(|all| all.get(described)).unwrap_or(&Value::Null),
            language,
            limits,
        );
        if let Some(members) = input.as_object_mut() {
            members.insert("minOccurs".into(), json!(u8::from(!name.ends_with('?'))));
            members.insert("maxOccurs".into(), json!(1));
        }
        inputs.insert(key.to_owned(), input);
    }
    let output = translated(DESCRIPTIONS.get("output").unwrap_or(&Value::Null), language, limits);
    if let Some(members) = document.as_object_mut() {
        members.insert("inputs".into(), Value::Object(inputs));
        members.insert("outputs".into(), json!({ "answer": output }));
    }
    document
}

/// An input as the file lists it: `name`, `name?` if it may be absent, and `name=other?` if it is described as `other`.
fn key_and_description(listed: &str) -> (&str, &str) {
    let name = listed.trim_end_matches('?');
    name.split_once('=').unwrap_or((name, name))
}

/// The same with each `{"de": …, "en": …}` as the text of one language, and each `{limit}` as its
/// value.
fn translated(value: &Value, language: Language, limits: &Limits) -> Value {
    let inner = |value: &Value| translated(value, language, limits);
    match value {
        Value::Object(members) => match (members.get("de"), members.get("en"), members.len()) {
            (Some(_), Some(_), 2) => members.get(language.tag()).map(inner).unwrap_or_default(),
            _ => members.iter().map(|(key, value)| (key.clone(), inner(value))).collect(),
        },
        Value::Array(items) => items.iter().map(inner).collect(),
        Value::String(text) if text.contains('{') => with_limits(text, limits),
        other => other.clone(),
    }
}

/// The text with the values of the limits it names; a number where it is nothing but one limit.
fn with_limits(text: &str, limits: &Limits) -> Value {
    let mut text = text.to_owned();
    for Listed { name, value, .. } in limits.list() {
        let gap = format!("{{{name}}}");
        if text == gap {
            return json!(value);
        }
        text = text.replace(&gap, &value.map_or_else(String::new, |value| value.to_string()));
    }
    json!(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn descriptions_say_the_limits_in_force() {
        let limits = Limits { planning_sites: 7, planning_distance: 5_000, ..Limits::default() };
        let process = |id: &str, language| process(id, language, &Base::default(), &limits);
        let siting = process("siting", Language::German);
        assert_eq!(siting["inputs"]["p"]["schema"]["maximum"], 7);
        assert!(siting["description"].as_str().unwrap().contains("p ≤ 7"), "{siting}");
        for known in super::super::PROCESSES {
            let text = process(known.id, Language::English).to_string();
            assert!(!text.contains("{planning"), "{text}");
        }
    }

    #[test]
    fn every_process_and_each_of_its_inputs_is_described_in_both_languages() {
        let all: Value = serde_json::from_str(include_str!("descriptions.json")).unwrap();
        for process in super::super::PROCESSES {
            let own = &all["processes"][process.id];
            for text in ["title", "description"] {
                assert!(own[text]["de"].is_string() && own[text]["en"].is_string(), "{}: {text}", process.id);
            }
            for name in own["inputs"].as_array().unwrap() {
                let input = &all["inputs"][key_and_description(name.as_str().unwrap()).1];
                assert!(
                    input["title"]["de"].is_string() && input["schema"].is_object(),
                    "{}: {name}",
                    process.id
                );
            }
        }
    }
}
