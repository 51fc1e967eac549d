//! The tile matrix set WebMercatorQuad (OGC 17-083r4, D.1), which all tiles belong to, as a
//! document.

use serde_json::{Value, json};

use super::grid::TileCoordinate;
use crate::geo::mercator::HALF_WORLD;

/// The identifier in addresses.
pub const ID: &str = "WebMercatorQuad";
/// The address in OGC's registry.
pub const URI: &str = "http://www.opengis.net/def/tilematrixset/OGC/1.0/WebMercatorQuad";
/// The coordinate reference system.
pub const CRS: &str = "http://www.opengis.net/def/crs/EPSG/0/3857";
/// The title in OGC's registry.
pub const TITLE: &str = "Google Maps Compatible for the World";

const SCALE_SET: &str = "http://www.opengis.net/def/wkss/OGC/1.0/GoogleMapsCompatible";
/// The width of a tile in pixels, by which the registry states scales.
const TILE_WIDTH: u32 = 256;
/// The width of the pixel in metres, by which OGC states scales.
const PIXEL: f64 = 0.000_28;

/// Returns the definition in the form of OGC's registry, with the tile matrices from zoom 0 to
/// `max_zoom`.
pub fn definition(max_zoom: u8) -> Value {
    json!({
        "id": ID,
        "title": TITLE,
        "uri": URI,
        "crs": CRS,
        "orderedAxes": ["X", "Y"],
        "wellKnownScaleSet": SCALE_SET,
        "tileMatrices": (0..=max_zoom).map(tile_matrix).collect::<Vec<_>>(),
    })
}

fn tile_matrix(zoom: u8) -> Value {
    let tiles = TileCoordinate::side(zoom);
    let cell_size = 2.0 * HALF_WORLD / f64::from(TILE_WIDTH) / tiles as f64;
    json!({
        "id": zoom.to_string(),
        "scaleDenominator": cell_size / PIXEL,
        "cellSize": cell_size,
        "cornerOfOrigin": "topLeft",
        "pointOfOrigin": [-HALF_WORLD, HALF_WORLD],
        "tileWidth": TILE_WIDTH,
        "tileHeight": TILE_WIDTH,
        "matrixWidth": tiles,
        "matrixHeight": tiles,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_are_those_of_the_registry() {
        let definition = definition(22);
        let matrices = definition["tileMatrices"].as_array().unwrap();
        assert_eq!(matrices.len(), 23);
        for (zoom, scale, cell, tiles) in [
            (0, 559_082_264.028_717_8, 156_543.033_928_041, 1),
            (1, 279_541_132.014_358_9, 78_271.516_964_020_48, 2),
            (12, 136_494.693_366_386_7, 38.218_514_142_588_13, 4096),
            (22, 133.295_598_990_611_7, 0.037_322_767_717_371_22, 4_194_304),
        ] {
            let matrix = &matrices[zoom];
            assert_eq!(matrix["id"], zoom.to_string());
            for (member, expected) in [("scaleDenominator", scale), ("cellSize", cell)] {
                let found: f64 = matrix[member].as_f64().unwrap();
                assert!((found / expected - 1.0).abs() < 1e-13, "{member} of {zoom}: {found}");
            }
            assert_eq!([&matrix["matrixWidth"], &matrix["matrixHeight"]], [tiles, tiles]);
        }
        let corner = &matrices[0]["pointOfOrigin"];
        assert!((corner[0].as_f64().unwrap() + 20_037_508.342_789_244).abs() < 1e-6);
    }
}
