//! Descriptions of processes in German or English: titles, descriptions, inputs and the schema of
//! the answer.

use serde_json::{Map, Value, json};

use crate::catalog::Language;
use crate::limits::Limits;
use crate::plan::process::Process;
use crate::web::http::links::{self, Base, Link};

/// Returns the summary of a process for the list of processes (OGC 18-062r2, process summary).
pub fn summary(process: &Process, language: Language, base: &Base, limits: &Limits) -> Value {
    let id = process.id;
    json!({
        "id": id,
        "version": env!("CARGO_PKG_VERSION"),
        "title": process.text("process.title", language, limits),
        "description": process.text("process.description", language, limits),
        "jobControlOptions": ["sync-execute"],
        "outputTransmission": ["value"],
        "links": [
            Link::new(base.href(&format!("/processes/{id}")), "self", links::JSON),
            Link::new(base.href(&format!("/processes/{id}/execution")), "http://www.opengis.net/def/rel/ogc/1.0/execute", links::JSON),
        ],
    })
}

/// Returns the full description of a process, with its inputs and its output.
pub fn process(process: &Process, language: Language, base: &Base, limits: &Limits) -> Value {
    let mut document = summary(process, language, base, limits);
    let described = |name: &str, schema: Value| {
        let mut own = Map::new();
        for text in ["title", "description"] {
            let said = process.text(&format!("{name}.{text}"), language, limits);
            own.extend(said.map(|said| (text.to_owned(), json!(said))));
        }
        own.insert("schema".into(), schema);
        own
    };
    let mut inputs = Map::new();
    for input in process.inputs(limits) {
        let mut own = described(&format!("inputs.{}", input.name), input.schema);
        own.insert("minOccurs".into(), json!(u8::from(input.is_required)));
        own.insert("maxOccurs".into(), json!(1));
        inputs.insert(input.name, Value::Object(own));
    }
    let output = described("output", process.answer_schema(limits));
    if let Some(members) = document.as_object_mut() {
        members.insert("inputs".into(), Value::Object(inputs));
        members.insert("outputs".into(), json!({ "answer": output }));
    }
    document
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::processes::{PROCESSES, find};

    #[test]
    fn descriptions_say_the_limits_in_force() {
        let limits = Limits { planning_sites: 7, planning_distance: 5_000, ..Limits::default() };
        let described = |id: &str, language| process(find(id).unwrap(), language, &Base::default(), &limits);
        let siting = described("siting", Language::German);
        assert_eq!(siting["inputs"]["p"]["schema"]["maximum"], 7);
        assert!(siting["description"].as_str().unwrap().contains("p ≤ 7"), "{siting}");
        for known in &PROCESSES {
            let text = described(known.id, Language::English).to_string();
            assert!(!text.contains("{planning"), "{text}");
        }
    }

    #[test]
    fn every_process_and_each_of_its_inputs_is_described_in_both_languages() {
        let limits = Limits::default();
        for own in &PROCESSES {
            for language in [Language::German, Language::English] {
                let document = process(own, language, &Base::default(), &limits);
                assert!(document["title"].is_string() && document["description"].is_string(), "{}", own.id);
                let inputs = document["inputs"].as_object().unwrap();
                assert!(inputs.len() >= 5, "{}", own.id);
                for (name, input) in inputs {
                    assert!(input["title"].is_string(), "{}: {name}", own.id);
                    assert!(input["schema"].is_object(), "{}: {name}", own.id);
                }
            }
        }
    }

    #[test]
    fn the_schema_of_an_answer_names_what_stands_in_it() {
        let limits = Limits::default();
        let answer = |id: &str| find(id).unwrap().answer_schema(&limits);
        let coverage = answer("coverage");
        assert_eq!(coverage["properties"]["summary"]["properties"]["de"]["type"], "string");
        assert_eq!(coverage["properties"]["evidence"]["properties"]["dataVersion"]["type"], "integer");
        assert_eq!(answer("nearest")["oneOf"].as_array().unwrap().len(), 2);
    }
}
