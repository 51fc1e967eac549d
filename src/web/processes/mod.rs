//! `/processes`: planning questions by OGC API – Processes 1.0 (OGC 18-062r2), synchronous, and by plain GET.
//!
//! A question comes as `POST /processes/{id}/execution` with `{"inputs": {…}}`, or as `GET` of the same address with
//! parameters; [`inputs`] makes the one out of the other. Answers are JSON, GeoJSON, CSV or XLSX.

pub mod answer;
pub mod descriptions;

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use serde_json::{Map, Value, json};

use super::admission::Place;
use super::conformance::json_only;
use super::links::{self, Base, Link};
use super::negotiate;
use super::parameters::Parameters;
use super::path;
use super::results::{self, Kept};
use super::state::App;
use crate::catalog::Language;
use crate::error::{Error, Result, known, reading, said};
use crate::plan::choices::Choices;
use crate::plan::inputs;
use crate::plan::process::Process;
use crate::plan::processes::{PROCESSES, find};

/// The language of a request: `lang`, else by `Accept-Language`.
fn language(app: &App, parameters: &mut Parameters, headers: &HeaderMap) -> Result<Language> {
    match parameters.take("lang").as_deref() {
        Some("de") => Ok(Language::German),
        Some("en") => Ok(Language::English),
        Some(other) => Err(Error::invalid("lang", said!("there is no language {:?}", other))
            .hint(known(other, &["de", "en"]))),
        None => Ok(negotiate::language(headers, app.pages.default_language())),
    }
}

/// The list of processes.
pub async fn list(
    State(app): State<Arc<App>>,
    Extension(place): Extension<Place>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response> {
    let mut parameters = Parameters::parse(uri.query(), &app.limits)?;
    let language = language(&app, &mut parameters, &headers)?;
    json_only(&mut parameters)?;
    parameters.end()?;
    let base = Base::of(&app, &headers);
    let processes: Vec<Value> = PROCESSES
        .iter()
        .map(|process| descriptions::summary(process, language, &base, &app.limits))
        .collect();
    let links = [Link::new(base.href("/processes"), "self", links::JSON)];
    let choices = place.work(move || Choices::of(&app.basis(), language)).await?;
    let document = json!({ "processes": processes, "links": links, "veedel:choices": choices });
    Ok(in_language(Json(document).into_response(), language))
}

/// The description of one process.
pub async fn describe(State(app): State<Arc<App>>, uri: Uri, headers: HeaderMap) -> Result<Response> {
    let mut parameters = Parameters::parse(uri.query(), &app.limits)?;
    let language = language(&app, &mut parameters, &headers)?;
    json_only(&mut parameters)?;
    parameters.end()?;
    let process = find(&id_of(&uri)?)?;
    let document = descriptions::process(process, language, &Base::of(&app, &headers), &app.limits);
    Ok(in_language(Json(document).into_response(), language))
}

/// The answer to a question in an address.
pub async fn get(
    State(app): State<Arc<App>>,
    Extension(place): Extension<Place>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response> {
    let mut parameters = Parameters::parse(uri.query(), &app.limits)?;
    let language = language(&app, &mut parameters, &headers)?;
    let format = answer::format(parameters.take("f").as_deref(), &headers)?;
    let process = find(&id_of(&uri)?)?;
    let inputs = inputs::from_parameters(process.parameters(), parameters.take_rest())?;
    let base = Base::of(&app, &headers);
    let address = base.href(uri.path_and_query().map_or("", |own| own.as_str()));
    execute((app, place), process, inputs, language, format, (base, address)).await
}

/// The answer to a question in a body.
pub async fn post(
    State(app): State<Arc<App>>,
    Extension(place): Extension<Place>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response> {
    let mut parameters = Parameters::parse(uri.query(), &app.limits)?;
    let language = language(&app, &mut parameters, &headers)?;
    let format = answer::format(parameters.take("f").as_deref(), &headers)?;
    parameters.end()?;
    let process = find(&id_of(&uri)?)?;
    let mut request: Map<String, Value> = reading::json("body", &body)?;
    let inputs = request.remove("inputs").unwrap_or_else(|| json!({}));
    // What OGC's clients send beside the inputs: one output, sent raw or as a document, which are the same here.
    for known in ["outputs", "response", "mode", "subscriber"] {
        request.remove(known);
    }
    if let Some(unknown) = request.keys().next() {
        return Err(Error::invalid(unknown.clone(), said!("there is no member {:?} beside inputs", unknown)));
    }
    let base = Base::of(&app, &headers);
    let address = base.href(uri.path());
    execute((app, place), process, inputs, language, format, (base, address)).await
}

async fn execute(
    (app, place): (Arc<App>, Place),
    process: &'static Process,
    inputs: Value,
    language: Language,
    format: answer::Format,
    (base, address): (Base, String),
) -> Result<Response> {
    let asked = app.clone();
    let work = move || {
        let basis = asked.basis();
        let mut answer = (process.answer)(&basis, inputs, language)?;
        answer.address = address;
        let kept = Kept::new(process.id, &basis, answer, language);
        if !asked.results.has_room_for(&kept) {
            return Ok((kept.answer.write(format, language, None)?, None));
        }
        let result = results::document(&kept, &base, true);
        let mut response = kept.answer.write(format, language, Some(&result))?;
        if let Ok(address) = HeaderValue::try_from(results::address(&kept, &base)) {
            response.headers_mut().insert(header::CONTENT_LOCATION, address);
        }
        Ok((response, Some(kept)))
    };
    let done: Result<_> = place.work(work).await?;
    let (response, kept) = done?;
    if let Some(kept) = kept {
        app.results.keep(Arc::new(kept)).await;
    }
    Ok(in_language(response, language))
}

fn id_of(uri: &Uri) -> Result<String> {
    match path::steps(uri.path(), "/processes/")[..] {
        [id] | [id, _] => Ok(path::decode(id)?.into_owned()),
        _ => Ok(String::new()),
    }
}

fn in_language(mut response: Response, language: Language) -> Response {
    response.headers_mut().insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(language.tag()));
    response.headers_mut().insert(header::VARY, HeaderValue::from_static("Accept, Accept-Language"));
    response
}
