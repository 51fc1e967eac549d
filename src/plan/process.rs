//! A question of planning as a process (OGC 18-062r2): its texts, parameters, schemas and answer.

use std::sync::LazyLock;

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::{Map, Value, json};

use super::answer::Answer;
use super::planning_data::PlanningData;
use super::inputs::Parameter;
use super::words::{Lexicon, SHARED};
use crate::catalog::Language;
use crate::error::Result;
use crate::limits::{Limits, Listed};

/// A question that can be asked. Each stands in the folder of its question.
pub struct Process {
    /// Its name in addresses.
    pub id: &'static str,
    /// Its texts: `process.title`, `process.description`, and `inputs.NAME.title` and
    /// `inputs.NAME.description` of those inputs that are its own.
    pub words: &'static LazyLock<Lexicon>,
    /// The parameters of an address that asks it.
    pub parameters: &'static [&'static [Parameter]],
    /// What it is asked by and answers, in each of its shapes.
    pub shapes: &'static [Shape],
    /// Answers it.
    pub answer: fn(&PlanningData, Value, Language) -> Result<Answer>,
}

/// The schemas of a question's inputs and of the answer to them.
pub struct Shape {
    inputs: fn(&mut SchemaGenerator) -> Schema,
    answer: fn(&mut SchemaGenerator) -> Schema,
}

impl Shape {
    /// The shape of a question `Q` that is answered by an `A`.
    pub const fn of<Q: JsonSchema, A: JsonSchema>() -> Shape {
        Shape { inputs: SchemaGenerator::subschema_for::<Q>, answer: SchemaGenerator::subschema_for::<A> }
    }
}

/// An input of a question.
#[derive(Debug)]
pub struct Input {
    /// Its name.
    pub name: String,
    /// Whether every question has to have it.
    pub is_required: bool,
    /// Its schema, as OpenAPI 3.0 has schemas.
    pub schema: Value,
}

impl Process {
    /// A text about this process; gaps that are named like limits have their values.
    pub fn text(&self, name: &str, language: Language, limits: &Limits) -> Option<String> {
        let lexicon = [&**self.words, &SHARED].into_iter().find(|words| words.has(language, name))?;
        Some(lexicon.say(language, name, &gaps(limits)))
    }

    /// The parameters of an address, one after the other.
    pub fn parameters(&self) -> impl Iterator<Item = &'static Parameter> {
        self.parameters.iter().copied().flatten()
    }

    /// The inputs, those of the first shape first.
    pub fn inputs(&self, limits: &Limits) -> Vec<Input> {
        let mut generator = inlined(settings().for_deserialize());
        let shapes: Vec<Value> = self.shapes.iter().map(|shape| made(&mut generator, shape.inputs)).collect();
        let is_required = |name: &str| {
            let lists = |shape: &Value| {
                let required = shape.get("required").and_then(Value::as_array);
                required.is_some_and(|names| names.iter().any(|own| own == name))
            };
            shapes.iter().all(lists)
        };
        let mut all: Map<String, Value> = Map::new();
        let properties = shapes.iter().filter_map(|shape| shape.get("properties")?.as_object());
        for (name, schema) in properties.flatten() {
            all.entry(name.clone()).or_insert_with(|| filled(schema, limits));
        }
        let input = |(name, schema): (String, Value)| Input { is_required: is_required(&name), name, schema };
        all.into_iter().map(input).collect()
    }

    /// The schema of the inputs together.
    pub fn inputs_schema(&self, limits: &Limits) -> Value {
        let inputs = self.inputs(limits);
        let required: Vec<&str> =
            inputs.iter().filter(|input| input.is_required).map(|input| input.name.as_str()).collect();
        let mut schema = json!({ "type": "object", "title": self.id, "additionalProperties": false });
        if let Some(members) = schema.as_object_mut() {
            if !required.is_empty() {
                members.insert("required".into(), json!(required));
            }
            let properties = inputs.into_iter().map(|input| (input.name, input.schema)).collect();
            members.insert("properties".into(), Value::Object(properties));
        }
        schema
    }

    /// The schema of its answer, with nothing referred to.
    pub fn answer_schema(&self, limits: &Limits) -> Value {
        let mut generator = inlined(settings().for_serialize());
        let shapes = self.shapes.iter().map(|shape| made(&mut generator, shape.answer));
        filled(&one_of(shapes.collect()), limits)
    }
}

/// The schemas of the answers of all of these processes, by id, as references to `components`, and
/// these, by name.
pub fn answers(processes: &[Process], limits: &Limits) -> (Map<String, Value>, Map<String, Value>) {
    let mut generator = settings().for_serialize().into_generator();
    let mut answers = Map::new();
    for process in processes {
        let shapes = process.shapes.iter().map(|shape| made(&mut generator, shape.answer));
        answers.insert(process.id.into(), one_of(shapes.collect()));
    }
    let components = generator.take_definitions(true);
    (answers, components.into_iter().map(|(name, schema)| (name, filled(&schema, limits))).collect())
}

/// Schemas of OpenAPI 3.0, which refer to each other as that has it.
fn settings() -> SchemaSettings {
    SchemaSettings::openapi3().with(|own| own.meta_schema = None)
}

/// A generator of schemas that refer to nothing.
fn inlined(settings: SchemaSettings) -> SchemaGenerator {
    settings.with(|own| own.inline_subschemas = true).into_generator()
}

/// A schema, with what OpenAPI 3.0 writes otherwise than JSON Schema.
fn made(generator: &mut SchemaGenerator, of: fn(&mut SchemaGenerator) -> Schema) -> Value {
    let mut schema = of(generator);
    for transform in generator.transforms_mut() {
        transform.transform(&mut schema);
    }
    schema.into()
}

fn one_of(mut schemas: Vec<Value>) -> Value {
    match schemas.pop() {
        Some(only) if schemas.is_empty() => only,
        last => json!({ "oneOf": schemas.into_iter().chain(last).collect::<Vec<_>>() }),
    }
}

fn gaps(limits: &Limits) -> Vec<(&'static str, String)> {
    let value = |value: Option<u64>| value.map_or_else(String::new, |value| value.to_string());
    limits.list().into_iter().map(|listed| (listed.name, value(listed.value))).collect()
}

/// A schema in which each text `{limit}` is the value of that limit, and the lines of a description
/// are one.
fn filled(schema: &Value, limits: &Limits) -> Value {
    fn walk(value: &Value, limits: &[Listed]) -> Value {
        match value {
            Value::Object(members) => {
                members.iter().map(|(key, value)| (key.clone(), walk(value, limits))).collect()
            }
            Value::Array(items) => items.iter().map(|item| walk(item, limits)).collect(),
            Value::String(text) if text.contains('\n') => json!(text.replace('\n', " ")),
            Value::String(text) => {
                let name = text.strip_prefix('{').and_then(|text| text.strip_suffix('}'));
                let limit = name.and_then(|name| limits.iter().find(|limit| limit.name == name));
                limit.map_or_else(|| value.clone(), |limit| json!(limit.value))
            }
            other => other.clone(),
        }
    }
    walk(schema, &limits.list())
}
