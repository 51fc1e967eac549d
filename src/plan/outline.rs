//! Areas, places and ways as GeoJSON geometries.

use schemars::JsonSchema;
use serde::Serialize;

use super::plane;
use super::reading::Plane;

/// The rings of a polygon, the exterior ring first, in longitude and latitude in degrees.
pub type Rings = Vec<Vec<[f64; 2]>>;

/// A geometry of GeoJSON that covers ground (RFC 7946, 3.1.6 and 3.1.7).
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(tag = "type", content = "coordinates")]
pub enum Outline {
    /// One polygon.
    Polygon(Rings),
    /// None, or several.
    MultiPolygon(Vec<Rings>),
}

/// A place of GeoJSON (RFC 7946, 3.1.2).
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Point {
    /// `Point`.
    #[serde(rename = "type")]
    kind: &'static str,
    /// Longitude, latitude.
    coordinates: [f64; 2],
}

impl Point {
    /// Creates a point from longitude and latitude in degrees.
    pub fn at(coordinates: [f64; 2]) -> Point {
        Point { kind: "Point", coordinates }
    }
}

/// A way of GeoJSON (RFC 7946, 3.1.4).
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Line {
    /// `LineString`.
    #[serde(rename = "type")]
    kind: &'static str,
    /// Longitudes and latitudes.
    coordinates: Vec<[f64; 2]>,
}

impl Line {
    /// Creates a line from longitudes and latitudes in degrees.
    pub fn along(coordinates: Vec<[f64; 2]>) -> Line {
        Line { kind: "LineString", coordinates }
    }
}

impl Outline {
    /// Returns the outline of polygons of the plane.
    pub fn of<'a>(polygons: impl IntoIterator<Item = &'a Vec<Vec<plane::Point>>>, plane: &Plane) -> Outline {
        let ring = |ring: &Vec<plane::Point>| plane.lonlat(ring).iter().map(degrees).collect();
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

/// Rounds longitude and latitude to six decimal places, which is about a decimetre.
///
/// ```
/// use veedel::plan::outline::degrees;
///
/// assert_eq!(degrees(&[6.958_123_44, 50.941_312_36]), [6.958123, 50.941312]);
/// ```
pub fn degrees([lon, lat]: &plane::Point) -> [f64; 2] {
    [lon, lat].map(|value| (value * 1e6).round() / 1e6)
}
