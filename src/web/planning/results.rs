//! `/results/{id}`: a kept answer of planning in every format, and its areas and places as tiles.
//!
//! Questions are answered at once (OGC API – Processes, synchronous), so there are no jobs. These
//! addresses take the place of a job's `results`. Each kept answer names its address: in
//! `Content-Location`, and in `result` in JSON and GeoJSON.

use std::sync::Arc;

use axum::Json;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::error::{Error, Result, said};
use crate::tile::{self, TileCoordinate, tilejson};
use crate::web::http::links::{self, Base, Link};
use crate::web::http::path::Path;
use crate::web::http::{conditional, planning as answer};
use crate::web::request::Request;
use crate::web::state::results::kept::Kept;

/// The media type of Mapbox Vector Tiles.
const MVT: &str = "application/vnd.mapbox-vector-tile";

/// The header that tells whether the data of the answer are still the newest, for formats that
/// cannot contain it.
const CURRENT: HeaderName = HeaderName::from_static("veedel-result-current");

/// Answers with a kept answer.
pub async fn get(request: Request, Path(id): Path<String>) -> Result<Response> {
    let mut parameters = request.parameters()?;
    let format = answer::format(parameters.take("f").as_deref(), request.headers())?;
    parameters.end()?;
    let kept = find(&request, &id).await?;
    let is_current = kept.is_current(&request.basis());
    let etag = etag(&kept, &format!("{}{}", format.name(), if is_current { "" } else { "-old" }));
    if conditional::is_unmodified(request.headers(), &etag) {
        return Ok((StatusCode::NOT_MODIFIED, [(header::ETAG, etag)]).into_response());
    }
    let (base, limits, asked) = (request.base(), request.limits().clone(), request.clone());
    let work = move || {
        if kept.is_confidential {
            asked.record_exact(kept.process)?;
        }
        kept.write(format, Some(&document(&kept, &base, is_current)), &limits)
    };
    let mut response = request.place()?.work(work).await??;
    response.headers_mut().insert(header::ETAG, etag);
    response
        .headers_mut()
        .insert(CURRENT, HeaderValue::from_static(if is_current { "true" } else { "false" }));
    Ok(response)
}

/// Answers with the TileJSON of a kept answer. There is one layer for each part of the answer, such
/// as `area` and `unserved`.
pub async fn tilejson(request: Request, Path(id): Path<String>) -> Result<Response> {
    request.parameters()?.end()?;
    let kept = find(&request, &id).await?;
    let template = request.base().href(&format!("/results/{}/xyz/{{z}}/{{x}}/{{y}}", kept.id));
    let (limits, asked) = (request.tile_limits(), request.clone());
    let work = move || {
        // The tiles that it names are parts of what is recorded here.
        if kept.is_confidential {
            asked.record_exact(kept.process)?;
        }
        let layers: Vec<_> = kept.layers()?.iter().map(|layer| layer.view().into()).collect();
        Ok(Json(tilejson::tilejson(&layers, &template, &limits)).into_response())
    };
    let mut response = request.place()?.work(work).await??;
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    Ok(response)
}

/// Answers with a tile of a kept answer.
pub async fn tile(
    request: Request,
    Path((id, z, x, y)): Path<(String, String, String, String)>,
) -> Result<Response> {
    request.parameters()?.end()?;
    let coordinate = TileCoordinate::parse(&z, &x, &y)?;
    let kept = find(&request, &id).await?;
    let etag = etag(&kept, &format!("{z}-{x}-{y}"));
    if conditional::is_unmodified(request.headers(), &etag) {
        return Ok((StatusCode::NOT_MODIFIED, [(header::ETAG, etag)]).into_response());
    }
    let limits = request.tile_limits();
    let work = move || {
        let layers: Vec<_> = kept.layers()?.iter().map(|layer| layer.view().into()).collect();
        Ok(tile::render(&layers, coordinate, &limits).bytes)
    };
    let bytes = request.place()?.work(work).await??;
    if bytes.is_empty() {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    let mut response = bytes.into_response();
    let fields = response.headers_mut();
    fields.insert(header::CONTENT_TYPE, HeaderValue::from_static(MVT));
    fields.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    fields.insert(header::ETAG, etag);
    Ok(response)
}

/// Returns the member `result`: the id of the answer, links to its formats and tiles, and whether
/// its data are still those that the question would be answered from now.
pub fn document(kept: &Kept, base: &Base, is_current: bool) -> Value {
    let own = address(kept, base);
    let format = |name: &str, media_type| {
        Link::new(format!("{own}?f={name}"), if name == "json" { "self" } else { "alternate" }, media_type)
    };
    let geopackage = cfg!(feature = "gdal").then(|| format("gpkg", answer::GEOPACKAGE));
    let mut links = vec![
        format("json", links::JSON),
        format("geojson", links::GEOJSON),
        format("csv", answer::CSV),
        format("xlsx", answer::XLSX),
        Link::new(format!("{own}/xyz.json"), "tiles", links::JSON).titled("TileJSON"),
    ];
    links.extend(geopackage);
    json!({ "id": kept.id, "isCurrent": is_current, "links": links })
}

/// Returns the address of a kept answer.
pub fn address(kept: &Kept, base: &Base) -> String {
    base.href(&format!("/results/{}", kept.id))
}

async fn find(request: &Request, id: &str) -> Result<Arc<Kept>> {
    request.results().get(request.snapshot(), request.digest(), id).await.ok_or_else(|| {
        Error::not_found(said!("there is no result {:?}, or no more", id)).hint(
            "answers are kept as long as there is room, and not beyond a restart: ask the question again",
        )
    })
}

fn etag(kept: &Kept, of: &str) -> HeaderValue {
    HeaderValue::try_from(format!("\"{}-{of}\"", kept.id)).unwrap_or(HeaderValue::from_static("\"\""))
}
