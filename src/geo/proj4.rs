//! Map projections on ETRS89 and WGS 84, by the crate proj4rs.
//!
//! Only codes whose results a test has compared with those of PROJ are used. Some definitions that
//! proj4rs comes with say `towgs84=0` for datums that are metres away (NAD83(HARN)), and some are
//! wrong by thousands of kilometres (EPSG:4855, 26825). All other codes are left to GDAL.

use std::ops::RangeInclusive;

use proj4rs::Proj;
use proj4rs::errors::Result as ProjResult;
use proj4rs::transform::{Transform, TransformClosure, transform};

/// The compared codes on ETRS89, its national realisations and WGS 84, except those of UTM, which
/// [`projection`](super::projection) projects itself.
pub(crate) const COMPARED: &[RangeInclusive<u32>] = &[
    2154..=2154,
    2157..=2157,
    2180..=2180,
    2196..=2198,
    2213..=2213,
    3006..=3018,
    3034..=3035,
    3040..=3049,
    3059..=3059,
    3067..=3067,
    3126..=3138,
    3301..=3301,
    3346..=3346,
    3395..=3395,
    3416..=3416,
    3447..=3447,
    3763..=3763,
    3765..=3765,
    3794..=3794,
    3812..=3812,
    3873..=3885,
    3942..=3950,
    4093..=4096,
    4171..=4171,
    4619..=4619,
    4839..=4839,
    4937..=4937,
    4979..=4979,
    5048..=5048,
    5105..=5130,
    5243..=5243,
    5316..=5316,
    5554..=5556,
    5649..=5653,
    5972..=5976,
    6870..=6870,
    6962..=6962,
    8395..=8395,
    25884..=25884,
];

/// The projection methods of these codes.
const METHODS: [&str; 6] = ["longlat", "utm", "tmerc", "lcc", "laea", "merc"];

/// A projection of an EPSG code, and the degrees on the same ellipsoid.
#[derive(Debug)]
pub struct Proj4 {
    projection: Proj,
    degrees: Proj,
}

impl Proj4 {
    /// Returns the projection of an EPSG code; None if the code was not compared or needs a datum
    /// shift.
    pub fn of(code: u32) -> Option<Proj4> {
        if !COMPARED.iter().any(|codes| codes.contains(&code)) {
            return None;
        }
        let definition = definition(code).filter(|text| needs_no_shift(text))?;
        Some(Proj4 {
            projection: Proj::from_proj_string(definition).ok()?,
            degrees: Proj::from_proj_string("+proj=longlat +ellps=GRS80").ok()?,
        })
    }

    /// Returns whether the system is geographic, so that coordinates stay as they are.
    pub fn is_plain_degrees(&self) -> bool {
        self.projection.is_latlong()
    }

    /// Returns longitude and latitude in degrees for stored coordinates, x before y; NaN if the
    /// point cannot be projected.
    pub fn to_lonlat(&self, point: [f64; 2]) -> [f64; 2] {
        project(&self.projection, &self.degrees, point).map(f64::to_degrees)
    }

    /// Returns stored coordinates, x before y, for longitude and latitude in degrees; NaN if the
    /// point cannot be projected.
    pub fn from_lonlat(&self, point: [f64; 2]) -> [f64; 2] {
        match point[1].abs() <= 90.0 {
            true => project(&self.degrees, &self.projection, point.map(f64::to_radians)),
            false => [f64::NAN; 2],
        }
    }
}

/// Returns whether proj4rs has a definition of this code, with or without a datum shift.
#[cfg_attr(feature = "gdal", allow(dead_code))] // without GDAL it tells unknown from unsupported
pub fn is_known(code: u32) -> bool {
    definition(code).is_some()
}

fn definition(code: u32) -> Option<&'static str> {
    crs_definitions::from_code(u16::try_from(code).ok()?).map(|definition| definition.proj4)
}

/// Returns whether a PROJ definition is on GRS 80 or WGS 84 without a shift, has x to the east, y
/// to the north and Greenwich as its meridian, and uses one of [`METHODS`].
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

/// Returns the names and values of a PROJ definition: `+name=value`, or `+name` with an empty
/// value.
fn parameters(definition: &str) -> impl Iterator<Item = (&str, &str)> {
    definition.split_whitespace().map(|word| {
        let word = word.trim_start_matches('+');
        word.split_once('=').unwrap_or((word, ""))
    })
}

/// One point. With many, proj4rs would stop at the first that fails.
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
