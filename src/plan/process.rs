//! A question of planning as a process of OGC API – Processes (OGC 18-062r2): its texts,
//! parameters, schemas and answer.

use std::sync::LazyLock;

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::{Map, Value, json};

use super::answer::Answer;
use super::inputs::Parameter;
use super::planning_data::PlanningData;
use super::words::{Lexicon, SHARED};
use crate::catalog::Language;
use crate::error::Result;
use crate::limits::{Limits, Listed};

/// A question that can be asked. Each is defined in the folder of its question.
pub struct Process {
    /// The name of the process in addresses.
    pub id: &'static str,
    /// The texts: `process.title`, `process.description`, and for the inputs of this question only
    /// `inputs.NAME.title` and `inputs.NAME.description`.
    pub words: &'static LazyLock<Lexicon>,
    /// The parameters of its address.
    pub parameters: &'static [&'static [Parameter]],
    /// The types of its inputs and answers.
    pub shapes: &'static [Shape],
    /// Answers the question.
    pub answer: fn(&PlanningData, Value, Language) -> Result<Answer>,
}

/// The schemas of the inputs of a question and of the answer to them.
pub struct Shape {
    inputs: fn(&mut SchemaGenerator) -> Schema,
    answer: fn(&mut SchemaGenerator) -> Schema,
}

impl Shape {
    /// Returns the schemas of a question `Q` and its answer `A`.
    pub const fn of<Q: JsonSchema, A: JsonSchema>() -> Shape {
        Shape { inputs: SchemaGenerator::subschema_for::<Q>, answer: SchemaGenerator::subschema_for::<A> }
    }
}

/// An input of a question.
#[derive(Debug)]
pub struct Input {
    /// The name of the input.
    pub name: String,
    /// Whether all shapes of the question require it.
    pub is_required: bool,
    /// The schema in the dialect of OpenAPI 3.0.
    pub schema: Value,
}

impl Process {
    /// Answers the question. An answer with counts that are exact for this caller only says in its
    /// table and its name that it is not for publication; its summary and evidence do so too.
    ///
    /// # Errors
    ///
    /// Fails if the question cannot be answered.
    pub fn ask(&self, data: &PlanningData, inputs: Value, language: Language) -> Result<Answer> {
        let answer = (self.answer)(data, inputs, language)?;
        let is_counted = answer.document.pointer("/evidence/disclosure/notice").is_some();
        Ok(if is_counted { answer.not_for_publication(language) } else { answer })
    }

    /// Returns a text of this process. Gaps with the name of a limit contain its value.
    pub fn text(&self, name: &str, language: Language, limits: &Limits) -> Option<String> {
        let lexicon = [&**self.words, &SHARED].into_iter().find(|words| words.has(language, name))?;
        Some(lexicon.say(language, name, &gaps(limits)))
    }

    /// Returns the parameters of the address.
    pub fn parameters(&self) -> impl Iterator<Item = &'static Parameter> {
        self.parameters.iter().copied().flatten()
    }

    /// Returns the inputs, those of the first shape first.
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

    /// Returns the schema of all inputs together.
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

    /// Returns the schema of the answer, without references.
    pub fn answer_schema(&self, limits: &Limits) -> Value {
        let mut generator = inlined(settings().for_serialize());
        let shapes = self.shapes.iter().map(|shape| made(&mut generator, shape.answer));
        filled(&one_of(shapes.collect()), limits)
    }
}

/// Returns the schemas of the answers of these processes by id, and the schemas that they refer to
/// by name.
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

/// Returns the settings for schemas in the dialect of OpenAPI 3.0.
fn settings() -> SchemaSettings {
    SchemaSettings::openapi3().with(|own| own.meta_schema = None)
}

/// Returns a generator of schemas without references.
fn inlined(settings: SchemaSettings) -> SchemaGenerator {
    settings.with(|own| own.inline_subschemas = true).into_generator()
}

/// Generates a schema and converts it to the dialect of OpenAPI 3.0.
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

/// Replaces each text `{limit}` in a schema by the value of this limit, and line breaks in
/// descriptions by spaces.
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
