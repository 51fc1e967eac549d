//! `/tileMatrixSets` and `/tileMatrixSets/{tileMatrixSetId}`: the tile matrix set of all tiles.

use axum::Json;
use axum::response::Response;
use serde_json::{Value, json};

use crate::error::Result;
use crate::tile::tile_matrix_set;
use crate::web::http::links::{self, Link};
use crate::web::http::negotiate::{self, Format};
use crate::web::http::path::Path;
use crate::web::request::Request;
use crate::web::tiles::address::known;

/// Answers with the list.
pub async fn list(request: Request) -> Result<Response> {
    let base = request.base();
    let own = format!("/tileMatrixSets/{}", tile_matrix_set::ID);
    let document = json!({
        "links": [
            Link::new(base.href("/tileMatrixSets?f=json"), "self", links::JSON),
            Link::new(base.href("/tileMatrixSets?f=html"), "alternate", links::HTML),
        ],
        "tileMatrixSets": [{
            "id": tile_matrix_set::ID,
            "title": tile_matrix_set::TITLE,
            "uri": tile_matrix_set::URI,
            "crs": tile_matrix_set::CRS,
            "links": [
                Link::new(base.href(&format!("{own}?f=json")), "self", links::JSON),
                Link::new(base.href(&format!("{own}?f=html")), "alternate", links::HTML),
            ],
        }],
    });
    answer(&request, "tile_matrix_sets.html", document)
}

/// Answers with the definition, down to the deepest zoom that is served.
pub async fn one(request: Request, Path(id): Path<String>) -> Result<Response> {
    known(&id)?;
    let document = tile_matrix_set::definition(request.limits().tile_zoom);
    answer(&request, "tile_matrix_set.html", document)
}

fn answer(request: &Request, page: &str, document: Value) -> Result<Response> {
    let mut parameters = request.parameters()?;
    let format = negotiate::format(parameters.take("f").as_deref(), request.headers(), Format::Json)?;
    parameters.end()?;
    match format {
        Format::Json => Ok(negotiate::in_language(Json(document), request.language())),
        Format::Html => request.page(page, document),
    }
}
