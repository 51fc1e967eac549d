//! The operations of planning: its questions and answers, the search for places, and the addresses
//! compatible with openrouteservice.

use serde_json::{Map, Value, json};

use crate::limits::Limits;
use crate::plan::process::{self, Process};
use crate::plan::processes::PROCESSES;
use crate::web::http::planning::{Format, GEOPACKAGE, XLSX};
use crate::web::openapi::operation::{Context, Operation, Tag};
use crate::web::openapi::parameters::{coordinate, format, language, query, required, step};

/// The media types of answers. GeoPackage, the last, needs GDAL.
const ALL_ANSWERS: [(&str, &str); 5] = [
    ("application/json", "answer"),
    ("application/geo+json", "object"),
    ("text/csv", "text"),
    (XLSX, "binary"),
    (GEOPACKAGE, "binary"),
];
const ANSWERS: &[(&str, &str)] =
    if cfg!(feature = "gdal") { &ALL_ANSWERS } else { ALL_ANSWERS.split_at(ALL_ANSWERS.len() - 1).0 };

/// Returns the schemas of all answers. `answer` matches any of them.
pub fn schemas(limits: &Limits) -> Map<String, Value> {
    let (answers, mut components) = process::answers(&PROCESSES, limits);
    let any: Vec<Value> = answers.into_iter().map(|(_, schema)| schema).collect();
    components.insert("answer".into(), json!({ "anyOf": any }));
    components
}

/// Returns the schema of the body of a question: the inputs of any process. Other members are
/// allowed, because OGC clients send some.
fn questions(context: &Context<'_>) -> Value {
    let limits = context.request.limits();
    let inputs: Vec<Value> = PROCESSES.iter().map(|process| process.inputs_schema(limits)).collect();
    json!({ "type": "object", "required": ["inputs"], "properties": { "inputs": { "anyOf": inputs } } })
}

/// The operation at `/processes`.
pub const PROCESS_LIST: Operation =
    Operation::get("getProcesses", Tag::Planning, ["Die Fragen der Planung", "The questions of planning"])
        .with(|context| vec![format(context, &["json"]), language(context)]);

/// The operation at `/processes/{processId}`.
pub const PROCESS: Operation = Operation::get(
    "getProcess",
    Tag::Planning,
    ["Eine Frage und was sie braucht", "A question and what it takes"],
)
.with(|context| vec![process_id(context), format(context, &["json"]), language(context)])
.or(&[404]);

/// The operation at `GET /processes/{processId}/execution`.
pub const ASK: Operation = Operation::get(
    "getExecution",
    Tag::Planning,
    [
        "Die Antwort auf eine Frage; welche Angaben sie braucht, sagt ihre Beschreibung",
        "The answer to a question; its description says what it takes",
    ],
)
.with(|context| {
    let mut parameters = vec![process_id(context), format(context, &Format::names()), language(context)];
    let mut names: Vec<&str> = vec![];
    for parameter in PROCESSES.iter().flat_map(Process::parameters) {
        if !names.contains(&parameter.name) {
            names.push(parameter.name);
        }
    }
    parameters.extend(names.into_iter().map(|name| {
        let words = ["siehe die Beschreibung der Frage", "see the question's description"];
        query(context, name, words, json!({ "type": "string" }), Value::Null)
    }));
    parameters
})
.gives(ANSWERS)
.or(&[404, 406, 413]);

/// The operation at `POST /processes/{processId}/execution`.
pub const EXECUTE: Operation = Operation::post(
    "execute",
    Tag::Planning,
    ["Die Antwort auf eine Frage", "The answer to a question"],
    || json!({ "inputs": { "facilities": { "collection": "schulen" }, "within": { "distance": 1000 } } }),
)
.of(questions)
.with(|context| vec![process_id(context), format(context, &Format::names()), language(context)])
.gives(ANSWERS)
.or(&[404, 406, 408, 413]);

/// The operation at `/search`.
pub const SEARCH: Operation = Operation::get(
    "search",
    Tag::Planning,
    ["Adressen, Einrichtungen und Gebiete", "Addresses, facilities and areas"],
)
.with(|context| {
    let words = ["Was gesucht wird", "What to look for"];
    let text = json!({ "type": "string", "minLength": 1, "maxLength": context.request.limits().search_letters });
    let most = ["Höchstens so viele", "At most so many"];
    let count =
        json!({ "type": "integer", "minimum": 1, "maximum": context.request.limits().search_hits, "default": 10 });
    vec![
        required(query(context, "q", words, text, json!("Markt"))),
        query(context, "limit", most, count, json!(5)),
        format(context, &["geojson", "json"]),
    ]
})
.gives(&[("application/geo+json", "object")])
.or(&[404]);

/// The operation at `/v2/isochrones/{profile}/geojson`.
pub const ISOCHRONES: Operation = Operation::post(
    "isochrones",
    Tag::Planning,
    ["Isochronen in der Form von openrouteservice", "Isochrones in the shape of openrouteservice"],
    || json!({ "locations": [[7.47, 50.73]], "range": [300, 600], "range_type": "time" }),
)
.with(|context| vec![profile(context)])
.gives(&[("application/geo+json", "object")])
.or(&[404, 408, 413]);

/// The operation at `/v2/matrix/{profile}/json`.
pub const MATRIX: Operation = Operation::post(
    "matrix",
    Tag::Planning,
    [
        "Wege zwischen Orten in der Form von openrouteservice",
        "Ways between places in the shape of openrouteservice",
    ],
    || json!({ "locations": [[7.47, 50.73], [7.48, 50.735]], "metrics": ["distance", "duration"] }),
)
.with(|context| vec![profile(context)])
.or(&[404, 408, 413]);

/// The operation at `/results/{resultId}`.
pub const RESULT: Operation = Operation::get(
    "getResult",
    Tag::Planning,
    [
        "Eine gegebene Antwort noch einmal; result.isCurrent sagt, ob ihre Daten noch die neuesten sind",
        "An answer given before, again; result.isCurrent says whether its data are still the newest",
    ],
)
.with(|context| vec![result_id(context), format(context, &Format::names())])
.gives(ANSWERS)
.or(&[304, 404, 406]);

/// The operation at `/results/{resultId}/xyz.json`.
pub const RESULT_TILEJSON: Operation = Operation::get(
    "getResultTileJson",
    Tag::Planning,
    ["TileJSON einer gegebenen Antwort", "TileJSON of an answer given before"],
)
.with(|context| vec![result_id(context)])
.or(&[404]);

/// The operation at `/results/{resultId}/xyz/{z}/{x}/{y}`.
pub const RESULT_TILE: Operation = Operation::get(
    "getResultTile",
    Tag::Planning,
    ["Eine Kachel einer gegebenen Antwort", "A tile of an answer given before"],
)
.with(|context| [vec![result_id(context)], coordinate(context)].concat())
.gives(&[("application/vnd.mapbox-vector-tile", "binary")])
.or(&[204, 304, 404]);

/// The operation at `/planung`.
pub const PLANNING_PAGE: Operation = Operation::get(
    "getPlanningPage",
    Tag::Planning,
    ["Die Seite für Fragen der Planung", "The page for questions of planning"],
)
.gives(&[("text/html", "text")]);

fn process_id(context: &Context<'_>) -> Value {
    let ids = PROCESSES.each_ref().map(|process| process.id);
    let schema = json!({ "type": "string", "enum": ids });
    step(context, "processId", ["Kennung der Frage", "Id of the question"], schema, json!("coverage"))
}

fn profile(context: &Context<'_>) -> Value {
    let schema = json!({ "type": "string", "enum": ["foot-walking", "cycling-regular", "wheelchair"] });
    step(context, "profile", ["Fortbewegung", "Way of moving"], schema, json!("foot-walking"))
}

/// Returns the parameter for the id of an answer. It has no example, because a client learns an id
/// only from the `Content-Location` of its own answer.
fn result_id(context: &Context<'_>) -> Value {
    let words = ["Kennung der Antwort, aus Content-Location", "Id of the answer, from Content-Location"];
    step(context, "resultId", words, json!({ "type": "string" }), Value::Null)
}
