//! `/functions`: the functions that a filter may call in addition to those of CQL2 (OGC API –
//! Features – Part 3, 19-079r2, filter, and CQL2, 21-065r2, class "Functions").

use axum::Json;
use axum::response::Response;
use serde_json::{Value, json};

use crate::catalog::Language;
use crate::error::Result;
use crate::query::cql2::expression::Operator;
use crate::query::filter::Function;
use crate::web::http::negotiate::{self, json_only};
use crate::web::http::words::said;
use crate::web::request::Request;

/// Answers with the list.
pub async fn get(request: Request) -> Result<Response> {
    let mut parameters = request.parameters()?;
    json_only(&mut parameters)?;
    parameters.end()?;
    let language = request.language();
    let functions: Vec<Value> = Function::ALL.iter().map(|function| described(*function, language)).collect();
    Ok(negotiate::in_language(Json(json!({ "functions": functions })), language))
}

fn described(function: Function, language: Language) -> Value {
    let (words, argument, returns) = match function {
        Function::Absolute => (["Betrag", "Absolute value"], "number", "number"),
        Function::Ceiling => (["Aufgerundet", "Rounded up"], "number", "number"),
        Function::Floor => (["Abgerundet", "Rounded down"], "number", "number"),
        Function::Round => (
            ["Nächste ganze Zahl, von zweien die gerade", "The nearest whole number, the even one of two"],
            "number",
            "number",
        ),
        Function::Length => (["Anzahl der Zeichen", "Number of characters"], "string", "integer"),
    };
    json!({
        "name": Operator::Function(function).name(),
        "description": said(words, language),
        "args": [{ "type": [argument] }],
        "returns": [returns],
    })
}
