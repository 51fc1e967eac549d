//! `/processes`: planning questions by OGC API – Processes 1.0 (OGC 18-062r2), synchronous, and
//! also by plain GET.
//!
//! A question is a `POST /processes/{id}/execution` with `{"inputs": {…}}`, or a `GET` of the same
//! address with parameters, which [`inputs`] converts to the same inputs. Answers are JSON,
//! GeoJSON, CSV or XLSX.

pub mod descriptions;

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::http::{HeaderValue, header};
use axum::response::Response;
use serde_json::{Map, Value, json};

use crate::catalog::Language;
use crate::error::{Error, Result, known, reading, said};
use crate::plan::choices::Choices;
use crate::plan::inputs;
use crate::plan::process::Process;
use crate::plan::processes::{PROCESSES, find};
use crate::web::http::links::{self, Base, Link};
use crate::web::http::negotiate::{self, json_only};
use crate::web::http::parameters::Parameters;
use crate::web::http::path::Path;
use crate::web::http::planning as answer;
use crate::web::planning::results;
use crate::web::request::Request;
use crate::web::state::results::kept::Kept;

/// Returns the language of the answer: `lang`, or else what `Accept-Language` prefers.
fn language(request: &Request, parameters: &mut Parameters) -> Result<Language> {
    match parameters.take("lang").as_deref() {
        Some("de") => Ok(Language::German),
        Some("en") => Ok(Language::English),
        Some(other) => Err(Error::invalid("lang", said!("there is no language {:?}", other))
            .hint(known(other, &["de", "en"]))),
        None => Ok(request.language()),
    }
}

/// Answers with the list of processes.
pub async fn list(request: Request) -> Result<Response> {
    let mut parameters = request.parameters()?;
    let language = language(&request, &mut parameters)?;
    json_only(&mut parameters)?;
    parameters.end()?;
    let base = request.base();
    let processes: Vec<Value> = PROCESSES
        .iter()
        .map(|process| descriptions::summary(process, language, &base, request.limits()))
        .collect();
    let links = [Link::new(base.href("/processes"), "self", links::JSON)];
    let choices = request.place()?.work(move || Choices::of(&request.basis(), language)).await?;
    let document = json!({ "processes": processes, "links": links, "veedel:choices": choices });
    Ok(negotiate::in_language(Json(document), language))
}

/// Answers with the description of one process.
pub async fn describe(request: Request, Path(id): Path<String>) -> Result<Response> {
    let mut parameters = request.parameters()?;
    let language = language(&request, &mut parameters)?;
    json_only(&mut parameters)?;
    parameters.end()?;
    let process = find(&id)?;
    let document = descriptions::process(process, language, &request.base(), request.limits());
    Ok(negotiate::in_language(Json(document), language))
}

/// Answers a question whose inputs are in the query.
pub async fn get(request: Request, Path(id): Path<String>) -> Result<Response> {
    let mut parameters = request.parameters()?;
    let language = language(&request, &mut parameters)?;
    let format = answer::format(parameters.take("f").as_deref(), request.headers())?;
    let process = find(&id)?;
    let inputs = inputs::from_parameters(process.parameters(), parameters.take_rest())?;
    let base = request.base();
    let address = base.href(request.address());
    execute(request, process, inputs, language, format, (base, address)).await
}

/// Answers a question whose inputs are in the body.
pub async fn post(request: Request, Path(id): Path<String>, body: Bytes) -> Result<Response> {
    let mut parameters = request.parameters()?;
    let language = language(&request, &mut parameters)?;
    let format = answer::format(parameters.take("f").as_deref(), request.headers())?;
    parameters.end()?;
    let process = find(&id)?;
    let mut body: Map<String, Value> = reading::json("body", &body)?;
    let inputs = body.remove("inputs").unwrap_or_else(|| json!({}));
    // OGC clients send these members beside the inputs. They choose an output and whether it is
    // sent raw or as a document. That makes no difference here.
    for known in ["outputs", "response", "mode", "subscriber"] {
        body.remove(known);
    }
    if let Some(unknown) = body.keys().next() {
        return Err(Error::invalid(unknown.clone(), said!("there is no member {:?} beside inputs", unknown)));
    }
    let base = request.base();
    let address = base.href(request.uri().path());
    execute(request, process, inputs, language, format, (base, address)).await
}

async fn execute(
    request: Request,
    process: &'static Process,
    inputs: Value,
    language: Language,
    format: answer::Format,
    (base, address): (Base, String),
) -> Result<Response> {
    let asked = request.clone();
    let work = move || {
        let basis = asked.basis();
        let mut answer = process.ask(&basis, inputs, language)?;
        answer.address = address;
        let kept = Kept::new(process.id, &basis, answer, language);
        if kept.is_confidential {
            asked.record_exact(process.id)?;
        }
        if !asked.results().has_room_for(&kept) {
            return Ok((kept.write(format, None, asked.limits())?, None));
        }
        let result = results::document(&kept, &base, true);
        let mut response = kept.write(format, Some(&result), asked.limits())?;
        if let Ok(address) = HeaderValue::try_from(results::address(&kept, &base)) {
            response.headers_mut().insert(header::CONTENT_LOCATION, address);
        }
        Ok((response, Some(kept)))
    };
    let done: Result<_> = request.place()?.work(work).await?;
    let (response, kept) = done?;
    if let Some(kept) = kept {
        request.results().keep(Arc::new(kept)).await;
    }
    Ok(negotiate::in_language(response, language))
}
