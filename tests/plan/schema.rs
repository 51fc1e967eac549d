//! The schemas of questions and answers say what is really asked and answered.

use serde_json::{Value, json};

use crate::city::serve;
use crate::server::Server;

/// Questions of every shape; each with a change where it may have one.
const QUESTIONS: [&str; 14] = [
    "coverage?facilities=schulen&distance=1000",
    "coverage?facilities=kitas&rule=din-18034&ages=0,18&by=bezirk",
    "coverage?facilities=schulen&distance=500&add=7.4707,50.7498&remove=1",
    "nearest?facilities=kitas&point=7.475,50.735&k=3&route=true",
    "nearest?facilities=kitas&address=S%C3%BCdring%2033",
    "nearest?facilities=kitas&ages=0,3",
    "nearest?facilities=schulen&by=bezirk",
    "reach?points=7.475,50.735&distance=500,1000",
    "reach?facilities=kitas&distance=500&merge=true&persons=false",
    "supply?facilities=kitas&by=all&target=0.4",
    "supply?facilities=kitas&add=7.4707,50.7498",
    "supply?facilities=spielplaetze&capacity=area&target=koeln-spielflaeche",
    "profile?area=Süd",
    "siting?facilities=kitas&distance=500&p=2",
];

/// What of a value the schema does not allow. Schemas are those of OpenAPI 3.0 without references.
fn faults(value: &Value, schema: &Value, path: &str) -> Vec<String> {
    // Beside `oneOf` alone, `nullable` means nothing (OpenAPI 3.0.3, 4.7.24.1).
    let knows_null = schema.get("type").is_some() || schema["enum"] == json!([null]);
    if value.is_null() && schema["nullable"] == true && knows_null {
        return vec![];
    }
    for any in ["oneOf", "anyOf"] {
        if let Some(schemas) = schema[any].as_array() {
            let all: Vec<_> = schemas.iter().map(|own| faults(value, own, path)).collect();
            let holds = all.iter().any(Vec::is_empty);
            // Members beside the alternatives are checked with the object as a whole.
            if !holds && schema.get("properties").is_none() {
                return all.into_iter().min_by_key(Vec::len).unwrap_or_default();
            }
        }
    }
    let is_of = |kind: &str| match kind {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        _ => false,
    };
    let kind = schema["type"].as_str();
    if kind.is_some_and(|kind| !is_of(kind)) {
        return vec![format!("{path}: {value} is no {schema}")];
    }
    if schema["enum"].as_array().is_some_and(|values| !values.contains(value)) {
        return vec![format!("{path}: {value} is none of {}", schema["enum"])];
    }
    let mut all = vec![];
    if let (Some(members), Some(_)) = (value.as_object(), kind) {
        let known = properties(schema);
        for (name, own) in members {
            match known.iter().find(|(known, _)| known == name) {
                Some((_, schema)) => all.extend(faults(own, schema, &format!("{path}/{name}"))),
                None if known.is_empty() => {}
                None => all.push(format!("{path}: no {name} in the schema")),
            }
        }
        for name in schema["required"].as_array().into_iter().flatten() {
            if !members.contains_key(name.as_str().unwrap()) {
                all.push(format!("{path}: {name} is missing"));
            }
        }
    }
    if let Some(items) = value.as_array().filter(|_| schema["items"].is_object()) {
        for (index, item) in items.iter().enumerate() {
            all.extend(faults(item, &schema["items"], &format!("{path}/{index}")));
        }
    }
    all
}

/// The properties that a schema and its alternatives name.
fn properties(schema: &Value) -> Vec<(String, Value)> {
    let own = schema["properties"].as_object().into_iter().flatten();
    let mut all: Vec<(String, Value)> = own.map(|(name, own)| (name.clone(), own.clone())).collect();
    for of in ["oneOf", "anyOf", "allOf"] {
        all.extend(schema[of].as_array().into_iter().flatten().flat_map(properties));
    }
    all
}

fn described(server: &Server, id: &str) -> Value {
    server.get(&format!("/processes/{id}")).json()
}

#[test]
fn an_answer_is_what_its_schema_says() {
    for exact in ["exact = true", ""] {
        let (server, _file) = serve(exact);
        for question in QUESTIONS {
            let (id, parameters) = question.split_once('?').unwrap();
            let schema = described(&server, id)["outputs"]["answer"]["schema"].clone();
            let answer = server.get(&format!("/processes/{id}/execution?{parameters}"));
            assert_eq!(answer.status, 200, "{question}: {}", answer.text());
            let mut answer = answer.json();
            answer.as_object_mut().unwrap().remove("result");
            assert_eq!(faults(&answer, &schema, ""), Vec::<String>::new(), "{question}");
            // The question as the answer repeats it, is a question.
            let asked =
                server.post(&format!("/processes/{id}/execution"), &json!({ "inputs": answer["question"] }));
            assert_eq!(asked.status, 200, "{question}: {}", answer["question"]);
            // What is not in the schema is found out.
            answer["evidence"]["more"] = json!(1);
            answer.as_object_mut().unwrap().remove("summary");
            assert_eq!(faults(&answer, &schema, "").len(), 2, "{question}");
        }
    }
}

#[test]
fn every_parameter_of_an_address_is_an_input_of_its_question() {
    let (server, _file) = serve("exact = true");
    for (id, parameter, input) in [
        ("coverage", "rollup=true", "rollup"),
        ("nearest", "per_address=true", "per_address"),
        ("reach", "merge=true", "merge"),
        ("supply", "target=1", "target"),
        ("profile", "area=x", "area"),
        ("siting", "candidates=schulen", "candidates"),
    ] {
        assert!(described(&server, id)["inputs"][input]["schema"].is_object(), "{id}: {input}");
        for other in ["coverage", "nearest", "reach", "supply", "profile", "siting"] {
            let answer = server.get(&format!("/processes/{other}/execution?{parameter}")).json();
            let is_unknown = answer["detail"].as_str().is_some_and(|text| text.contains("no parameter"));
            assert_eq!(is_unknown, other != id, "{other}?{parameter}: {answer}");
        }
    }
}

/// Where schemas list one for each item, which OpenAPI 3.0 does not know, and where a description
/// has what is for readers of the program.
fn foreign(value: &Value, path: &str) -> Vec<String> {
    match value {
        Value::Object(members) => {
            let is_tuple = members.get("items").is_some_and(Value::is_array) && members.contains_key("type");
            let own = is_tuple.then(|| format!("{path}: one schema for each item"));
            let type_is_list = members.get("type").is_some_and(Value::is_array);
            let types = type_is_list.then(|| format!("{path}: several types"));
            let inner = members.iter().flat_map(|(name, value)| foreign(value, &format!("{path}/{name}")));
            own.into_iter().chain(types).chain(inner).collect()
        }
        Value::Array(items) => {
            items.iter().enumerate().flat_map(|(nth, own)| foreign(own, &format!("{path}/{nth}"))).collect()
        }
        Value::String(text) if text.contains("[`") || text.contains('\n') => vec![format!("{path}: {text}")],
        _ => vec![],
    }
}

#[test]
fn schemas_are_those_of_openapi_3_0() {
    let (server, _file) = serve("exact = true");
    let api = server.get("/api").json();
    let schemas = &api["components"]["schemas"];
    assert_eq!(foreign(schemas, ""), Vec::<String>::new());
    // Two types of one name would be told apart by numbers.
    let numbered = schemas.as_object().unwrap().keys().filter(|name| name.ends_with(char::is_numeric));
    assert_eq!(numbered.collect::<Vec<_>>(), Vec::<&String>::new());
    assert_eq!(foreign(&api["paths"]["/processes/{processId}/execution"], ""), Vec::<String>::new());
    for id in ["coverage", "nearest", "reach", "supply", "profile", "siting"] {
        let own = described(&server, id);
        assert_eq!(foreign(&own["inputs"], id), Vec::<String>::new());
        assert_eq!(foreign(&own["outputs"], id), Vec::<String>::new());
    }
}
