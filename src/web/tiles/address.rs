//! Reads the path of a tile or a TileJSON.

use crate::error::{Error, Result, said};
use crate::tile::{TileCoordinate, tile_matrix_set};

/// The beginning of the path of tiles by column and row, and of TileJSON.
const XYZ: &str = "/xyz/";

/// What a path names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked<'a> {
    /// `/xyz/{a[,b…]}/{z}/{x}/{y}`, with the names not decoded.
    Tile(&'a str, TileCoordinate),
    /// `/xyz/{a[,b…]}.json`, with the names not decoded.
    TileJson(&'a str),
    /// `/collections/{id}/tiles/WebMercatorQuad/{tileMatrix}/{tileRow}/{tileCol}`, with the id not
    /// decoded.
    OfCollection(&'a str, TileCoordinate),
    /// `/tiles/WebMercatorQuad/{tileMatrix}/{tileRow}/{tileCol}`.
    OfDataset(TileCoordinate),
}

impl<'a> Asked<'a> {
    /// Reads a path that [`Route::Tile`](crate::web::state::metrics::Route::Tile) was found for.
    pub fn of(path: &'a str) -> Result<Asked<'a>> {
        let Some(rest) = path.strip_prefix(XYZ) else { return of_tileset(path) };
        let mut steps = rest.split('/');
        match [0; 5].map(|_| steps.next()) {
            [Some(names), Some(z), Some(x), Some(y), None] => {
                Ok(Asked::Tile(names, TileCoordinate::parse(z, x, y)?))
            }
            // Only the last ending is removed, because a collection may itself be called `a.json`.
            [Some(last), None, ..] if last.ends_with(".json") => {
                Ok(Asked::TileJson(last.strip_suffix(".json").unwrap_or(last)))
            }
            _ => Err(Error::not_found("there is nothing at this address").hint(said!(
                "tiles are at /xyz/{{collection}}/{{z}}/{{x}}/{{y}}, their TileJSON at /xyz/{{collection}}.json"
            ))),
        }
    }

    /// The names in the path, not decoded; None if the path names no collections.
    pub fn names(&self) -> Option<&'a str> {
        match self {
            Asked::Tile(names, _) | Asked::TileJson(names) | Asked::OfCollection(names, _) => Some(names),
            Asked::OfDataset(_) => None,
        }
    }
}

fn of_tileset(path: &str) -> Result<Asked<'_>> {
    let (id, rest) = match path.strip_prefix("/collections/") {
        Some(rest) => rest.split_once('/').map_or((None, rest), |(id, rest)| (Some(id), rest)),
        None => (None, path.trim_start_matches('/')),
    };
    let mut steps = rest.split('/');
    match [0; 6].map(|_| steps.next()) {
        [Some("tiles"), Some(set), Some(matrix), Some(row), Some(column), None] => {
            known(set)?;
            let coordinate = TileCoordinate::parse_matrix(matrix, row, column)?;
            Ok(id.map_or(Asked::OfDataset(coordinate), |id| Asked::OfCollection(id, coordinate)))
        }
        _ => Err(Error::not_found("there is nothing at this address")),
    }
}

/// Returns "not found" for every tile matrix set except WebMercatorQuad.
pub fn known(tile_matrix_set: &str) -> Result<()> {
    if tile_matrix_set == tile_matrix_set::ID {
        return Ok(());
    }
    Err(Error::not_found(said!("there is no tile matrix set {:?}", tile_matrix_set))
        .hint(said!("known: {}", tile_matrix_set::ID)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_row_is_before_the_column_in_a_tileset_and_behind_it_in_xyz() {
        let tile = TileCoordinate::new(12, 2133, 1375).unwrap();
        for (path, asked) in [
            ("/xyz/a,b/12/2133/1375", Asked::Tile("a,b", tile)),
            ("/xyz/a.json.json", Asked::TileJson("a.json")),
            ("/collections/a%2Cb/tiles/WebMercatorQuad/12/1375/2133", Asked::OfCollection("a%2Cb", tile)),
            ("/collections/tiles/tiles/WebMercatorQuad/12/1375/2133", Asked::OfCollection("tiles", tile)),
            ("/tiles/WebMercatorQuad/12/1375/2133", Asked::OfDataset(tile)),
        ] {
            assert_eq!(Asked::of(path).unwrap(), asked, "{path}");
        }
    }

    #[test]
    fn what_is_wrong_in_a_path_is_named_as_the_standard_names_it() {
        let parameter = |path: &str| Asked::of(path).unwrap_err().parameter.unwrap_or_default();
        assert_eq!(parameter("/collections/a/tiles/WebMercatorQuad/x/0/0"), "tileMatrix");
        assert_eq!(parameter("/tiles/WebMercatorQuad/0/x/0"), "tileRow");
        assert_eq!(parameter("/tiles/WebMercatorQuad/0/0/x"), "tileCol");
        assert_eq!(parameter("/xyz/a/0/0/x"), "y");
        for path in ["/tiles/WorldCRS84Quad/0/0/0", "/tiles/WebMercatorQuad/0/0/1", "/xyz/a/0/0", "/xyz"] {
            assert_eq!(Asked::of(path).unwrap_err().kind, crate::error::Kind::NotFound, "{path}");
        }
    }
}
