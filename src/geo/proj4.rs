//! Map projections on ETRS89 and WGS 84 by proj4rs: those whose EPSG definition needs no datum shift.

use proj4rs::Proj;
use proj4rs::errors::Result as ProjResult;
use proj4rs::transform::{Transform, TransformClosure, transform};

/// The projections that are checked against PROJ by a test; codes that use others are left to GDAL.
const METHODS: [&str; 7] = ["longlat", "utm", "tmerc", "lcc", "laea", "merc", "aea"];

/// A projection of an EPSG code and the degrees it starts from, on the same ellipsoid.
#[derive(Debug)]
pub struct Proj4 {
    projection: Proj,
    degrees: Proj,
}

impl Proj4 {
    /// The projection of an EPSG code, where its definition is known and needs no datum shift.
    pub fn of(code: u32) -> Option<Proj4> {
        let definition = definition(code).filter(|text| needs_no_shift(text))?;
        Some(Proj4 {
            projection: Proj::from_proj_string(definition).ok()?,
            degrees: Proj::from_proj_string("+proj=longlat +ellps=GRS80").ok()?,
        })
    }

    /// Whether the system is geographic, so that there is nothing to do.
    pub fn is_plain_degrees(&self) -> bool {
        self.projection.is_latlong()
    }

    /// Stored coordinates to degrees; NaN where that cannot be.
    pub fn to_lonlat(&self, point: [f64; 2]) -> [f64; 2] {
        project(&self.projection, &self.degrees, point).map(f64::to_degrees)
    }

    /// Degrees to stored coordinates; NaN where that cannot be.
    pub fn from_lonlat(&self, point: [f64; 2]) -> [f64; 2] {
        if !(point[1].abs() <= 90.0) {
            return [f64::NAN; 2];
        }
        project(&self.degrees, &self.projection, point.map(f64::to_radians))
    }
}

/// Whether there is a definition for this code, with or without a datum shift.
#[cfg_attr(feature = "gdal", allow(dead_code))] // without GDAL it tells unknown from unsupported
pub fn is_known(code: u32) -> bool {
    definition(code).is_some()
}

fn definition(code: u32) -> Option<&'static str> {
    crs_definitions::from_code(u16::try_from(code).ok()?).map(|definition| definition.proj4)
}

/// Whether a PROJ definition is on GRS 80 or WGS 84 without any shift, has x to the east, y to the north and
/// the meridian of Greenwich, and is by one of [`METHODS`].
fn needs_no_shift(definition: &str) -> bool {
    let mut on_wgs84 = false;
    for (name, value) in parameters(definition) {
        match name {
            "proj" if METHODS.contains(&value) => {}
            "ellps" | "datum" if matches!(value, "GRS80" | "WGS84") => on_wgs84 = true,
            "towgs84" if value.split(',').all(|shift| shift.parse() == Ok(0.0)) => {}
            "proj" | "ellps" | "datum" | "towgs84" => return false,
            "nadgrids" | "axis" | "pm" | "geoc" | "R" | "a" | "b" | "rf" | "f" => return false,
            _ => {}
        }
    }
    on_wgs84
}

/// `+name=value` and `+name`, without the plus.
fn parameters(definition: &str) -> impl Iterator<Item = (&str, &str)> {
    definition.split_whitespace().map(|word| {
        let word = word.trim_start_matches('+');
        word.split_once('=').unwrap_or((word, ""))
    })
}

/// One point for proj4rs, which would stop at the first of many that fails.
struct Point([f64; 2]);

impl Transform for Point {
    fn transform_coordinates<F: TransformClosure>(&mut self, project: &mut F) -> ProjResult<()> {
        let [x, y] = self.0;
        project(x, y, 0.0).map(|(x, y, _)| self.0 = [x, y])
    }
}

fn project(from: &Proj, to: &Proj, point: [f64; 2]) -> [f64; 2] {
    let mut point = Point(point);
    match transform(from, to, &mut point) {
        Ok(()) if point.0.iter().all(|number| number.is_finite()) => point.0,
        _ => [f64::NAN; 2],
    }
}
