//! Areas and places as GeoJSON draws them.

use serde::Serialize;

use super::plane::Point;
use super::reading::Plane;

/// Rings of a polygon, the outer one first: longitude and latitude in degrees.
pub type Rings = Vec<Vec<[f64; 2]>>;

/// A geometry of GeoJSON that covers ground (RFC 7946, 3.1.6 and 3.1.7).
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "type", content = "coordinates")]
pub enum Outline {
    /// One polygon.
    Polygon(Rings),
    /// None, or several.
    MultiPolygon(Vec<Rings>),
}

impl Outline {
    /// The outline of polygons of the plane.
    pub fn of<'a>(polygons: impl IntoIterator<Item = &'a Vec<Vec<Point>>>, plane: &Plane) -> Outline {
        let ring = |ring: &Vec<Point>| plane.lonlat(ring).iter().map(degrees).collect();
        let mut all: Vec<Rings> =
            polygons.into_iter().map(|rings| rings.iter().map(ring).collect()).collect();
        match all.pop() {
            Some(only) if all.is_empty() => Outline::Polygon(only),
            last => {
                all.extend(last);
                Outline::MultiPolygon(all)
            }
        }
    }
}

/// Degrees to a decimetre or so.
pub fn degrees([lon, lat]: &Point) -> [f64; 2] {
    [lon, lat].map(|value| (value * 1e6).round() / 1e6)
}
