//! `/fonts` and `/fonts/{stack}/{range}.pbf`: the glyphs of fonts, as MapLibre loads them.

use axum::Json;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::file;
use crate::carto::font::Font;
use crate::carto::glyphs;
use crate::error::{Error, Result, known, said};
use crate::limits::Key;
use crate::web::http::coding::Accepted;
use crate::web::http::negotiate::json_only;
use crate::web::http::path;
use crate::web::request::Request;
use crate::web::state::map_files::{Made, MapFiles};

/// The beginning of the addresses.
const PREFIX: &str = "/fonts/";

/// Answers with the list of all fonts.
pub async fn list(request: Request) -> Result<Response> {
    let mut parameters = request.parameters()?;
    json_only(&mut parameters)?;
    parameters.end()?;
    let font = |font: &Font| {
        json!({
            "name": font.name,
            "family": font.family,
            "style": font.style,
            "characters": font.characters,
        })
    };
    let fonts: Vec<Value> = request.map_files().fonts().iter().map(font).collect();
    Ok(Json(json!({ "fonts": fonts })).into_response())
}

/// Answers with a range of the glyphs of a stack of fonts.
pub async fn get(request: Request) -> Result<Response> {
    request.parameters()?.end()?;
    let steps = path::steps(request.uri().path(), PREFIX);
    let [stack, range] = steps.as_slice() else {
        return Err(Error::not_found("there is nothing at this address"));
    };
    let (stack, range) = (path::decode(stack)?, path::decode(range)?);
    let files = request.map_files();
    let fonts = named(&files, &stack, &request)?;
    let first = first_of(&range).ok_or_else(|| {
        Error::not_found(said!("there is no range of glyphs {:?}", range)).hint(said!(
            "ranges are {}, {} and so on to {}",
            "0-255.pbf",
            "256-511.pbf",
            "65280-65535.pbf"
        ))
    })?;
    let made = Made::Glyphs(fonts, first);
    let plain = file::made(&request, &files, &made).await?;
    let glyphs = plain.first().ok_or_else(|| Error::internal("a range that was not made"))?;
    let glyphs = files.coded(made, glyphs, Accepted::of(request.headers())).await?;
    Ok(file::response(&glyphs, "application/x-protobuf", request.headers()))
}

/// Returns the places of the fonts that an address names. Repeats are dropped.
fn named(files: &MapFiles, stack: &str, request: &Request) -> Result<Vec<usize>> {
    let mut places: Vec<usize> = vec![];
    for (index, name) in stack.split(',').map(str::trim).enumerate() {
        request.limits().at_most(Key::font_stack, "fonts", index + 1)?;
        let place = files.fonts().iter().position(|font| font.name == name).ok_or_else(|| {
            let names: Vec<&str> = files.fonts().iter().map(|font| font.name.as_str()).collect();
            Error::not_found(said!("there is no font {:?}", name)).hint(known(name, &names))
        })?;
        if !places.contains(&place) {
            places.push(place);
        }
    }
    Ok(places)
}

/// Returns the first character of a range such as `256-511.pbf`.
fn first_of(range: &str) -> Option<u32> {
    let first: u32 = range.split('-').next()?.parse().ok()?;
    let last = first.checked_add(glyphs::RANGE - 1)?;
    let is_range = first.is_multiple_of(glyphs::RANGE) && last <= glyphs::LAST;
    (is_range && range == format!("{first}-{last}.pbf")).then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_those_of_maplibre() {
        for (range, first) in [("0-255.pbf", 0), ("256-511.pbf", 256), ("65280-65535.pbf", 65_280)] {
            assert_eq!(first_of(range), Some(first), "{range}");
        }
        for range in [
            "",
            "-",
            "0-255",
            "0-255.pbf2",
            "0-511.pbf",
            "1-256.pbf",
            "00-255.pbf",
            "+0-255.pbf",
            "65536-65791.pbf",
            "4294967040-4294967295.pbf",
            "4294967295-254.pbf",
            "0-255.json",
            "../0-255.pbf",
        ] {
            assert_eq!(first_of(range), None, "{range}");
        }
    }
}
