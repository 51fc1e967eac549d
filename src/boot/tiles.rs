//! `veedel tiles`: reports changes to a running server, at its operator's socket.

use std::io::Read;
use std::path::Path;

use axum::body::{Body, to_bytes};
use axum::http::Request;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::net::UnixStream;

use crate::config::command_line::{Tiles, TilesOf};
use crate::error::{Error, Kind, Result};
use crate::web::http::path::encode;

/// The maximum number of bytes of an answer that is read.
const ANSWER_BYTES: usize = 1 << 20;

/// Executes the command.
///
/// # Errors
///
/// Fails if the server cannot be reached or rejects the command.
pub async fn tiles(action: &Tiles) -> Result<usize> {
    let (step, of, bbox, list) = match action {
        Tiles::Purge { bbox, of } => ("purge", of, bbox.as_deref(), vec![]),
        Tiles::Expire { list, of } => ("expire", of, None, read(list)?),
    };
    let answer = post(&of.socket, &address(step, of, bbox), list).await?;
    answer.lines().for_each(super::print::say);
    Ok(0)
}

fn read(list: &Path) -> Result<Vec<u8>> {
    let mut bytes = vec![];
    let read = if list == Path::new("-") {
        std::io::stdin().read_to_end(&mut bytes).map(|_| bytes)
    } else {
        std::fs::read(list)
    };
    read.map_err(|fault| Error::new(Kind::Invalid, format!("{} cannot be read: {fault}", list.display())))
}

fn address(step: &str, of: &TilesOf, bbox: Option<&str>) -> String {
    // Encoded twice: as a name in a list of names, and as a parameter.
    let names: Vec<String> = of.collections.iter().map(|name| encode(name)).collect();
    let mut query = vec![];
    if !names.is_empty() {
        query.push(format!("collections={}", encode(&names.join(","))));
    }
    query.extend(bbox.map(|bbox| format!("bbox={}", encode(bbox))));
    format!("/tiles/{step}?{}", query.join("&"))
}

async fn post(socket: &Path, address: &str, body: Vec<u8>) -> Result<String> {
    let away = |fault: &dyn std::fmt::Display| {
        Error::unavailable(format!("no server answers at {}: {fault}", socket.display()))
            .hint("veedel serve --operator-socket makes the socket")
    };
    let stream = UnixStream::connect(socket).await.map_err(|fault| away(&fault))?;
    let (mut sender, connection) =
        http1::handshake(TokioIo::new(stream)).await.map_err(|fault| away(&fault))?;
    let connection = tokio::spawn(connection);
    let request = Request::post(address).header("host", "veedel").body(Body::from(body));
    let request = request.map_err(|fault| Error::invalid("address", fault.to_string()))?;
    let response = sender.send_request(request).await.map_err(|fault| away(&fault))?;
    let status = response.status();
    let body = to_bytes(Body::new(response.into_body()), ANSWER_BYTES).await.map_err(|fault| away(&fault))?;
    connection.abort();
    let text = String::from_utf8_lossy(&body).into_owned();
    if status.is_success() {
        return Ok(text);
    }
    // The message of the server's problem details, if there are any.
    let problem: serde_json::Value = serde_json::from_str(&text).unwrap_or_default();
    let said = |name: &str| problem.get(name)?.as_str();
    let detail = said("detail").or(said("title")).unwrap_or(&text);
    Err(Error::new(Kind::Invalid, detail.to_owned()))
}
