//! `/sprites/{ids}.json`, `.png`, `@2x.json` and `@2x.png`: sheets of icons, as MapLibre loads
//! them.

use axum::Json;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::file;
use crate::carto::icons;
use crate::carto::sprites::IconSet;
use crate::error::{Error, Result, known, said};
use crate::limits::Key;
use crate::web::http::coding::Accepted;
use crate::web::http::negotiate::json_only;
use crate::web::http::path;
use crate::web::request::Request;
use crate::web::state::map_files::{Made, MapFiles};

/// The beginning of the addresses.
const PREFIX: &str = "/sprites/";

/// Answers with the list of all sets of icons.
pub async fn list(request: Request) -> Result<Response> {
    let mut parameters = request.parameters()?;
    json_only(&mut parameters)?;
    parameters.end()?;
    let set = |set: &IconSet| {
        let names: Vec<&String> = set.icons.keys().collect();
        json!({ "id": set.id, "icons": names })
    };
    let sets: Vec<Value> = request.map_files().sets().iter().map(set).collect();
    Ok(Json(json!({ "sprites": sets })).into_response())
}

/// Answers with the index or the picture of a sheet.
pub async fn get(request: Request) -> Result<Response> {
    request.parameters()?.end()?;
    let name = path::decode(request.uri().path().strip_prefix(PREFIX).unwrap_or_default())?;
    let (name, is_index) = match (name.strip_suffix(".json"), name.strip_suffix(".png")) {
        (Some(name), _) => (name, true),
        (None, Some(name)) => (name, false),
        (None, None) => {
            return Err(Error::not_found("there is nothing at this address")
                .hint(said!("sprites are at /sprites/{}.json, .png, @2x.json and @2x.png", icons::ID)));
        }
    };
    let (ids, scale) = match name.strip_suffix("@2x") {
        Some(ids) => (ids, 2),
        None => (name, 1),
    };
    let files = request.map_files();
    let sets = named(&files, ids, &request)?;
    let made = Made::Sheet(sets.iter().map(|set| set.id.clone()).collect(), scale);
    let sheet = file::made(&request, &files, &made).await?;
    let [index, picture] = &*sheet else {
        return Err(Error::internal("a sheet without an index or a picture"));
    };
    if !is_index {
        return Ok(file::response(picture, "image/png", request.headers()));
    }
    let index = files.coded(made, index, Accepted::of(request.headers())).await?;
    Ok(file::response(&index, "application/json", request.headers()))
}

/// Returns the sets that an address names. Repeats are dropped.
fn named<'a>(files: &'a MapFiles, ids: &str, request: &Request) -> Result<Vec<&'a IconSet>> {
    let mut sets: Vec<&IconSet> = vec![];
    for (index, id) in ids.split(',').enumerate() {
        request.limits().at_most(Key::sprite_ids, "ids", index + 1)?;
        let set = files.set(id).ok_or_else(|| {
            let ids: Vec<&str> = files.sets().iter().map(|set| set.id.as_str()).collect();
            Error::not_found(said!("there are no sprites {:?}", id)).hint(known(id, &ids))
        })?;
        if !sets.iter().any(|other| other.id == set.id) {
            sets.push(set);
        }
    }
    Ok(files.in_order(&sets))
}
