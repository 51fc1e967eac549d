//! Transforms coordinates between systems, by way of WGS 84 longitude and latitude.
//!
//! ETRS89 and WGS 84 are treated as one datum. They differ by less than a metre, and clients do not
//! tell them apart. Systems on other datums need a transformation, for German ones with a grid,
//! which is done by GDAL.

use super::proj4::Proj4;
use super::transverse_mercator::{GRS80, TransverseMercator, WGS84};
use super::{Crs, mercator};
use crate::error::{Error, Kind, Result, said};

#[cfg(feature = "gdal")]
use super::datum_shift::DatumShift;

/// The transformation between one system and WGS 84 longitude and latitude in degrees, x before y
/// on both sides.
///
/// A projection can be used from many threads at once. It is cheap to create.
#[derive(Debug)]
pub enum Projection {
    /// The system has longitude and latitude in degrees itself.
    Geographic,
    /// EPSG:3857.
    WebMercator,
    /// UTM on ETRS89 or WGS 84, by the series in
    /// [`transverse_mercator`](super::transverse_mercator).
    TransverseMercator(Box<TransverseMercator>),
    /// Another projection on ETRS89 or WGS 84, by the crate proj4rs.
    Proj4(Box<Proj4>),
    /// A system on another datum, by GDAL and PROJ with their grids.
    #[cfg(feature = "gdal")]
    Gdal(DatumShift),
}

impl Projection {
    /// Returns the projection of a system.
    ///
    /// # Errors
    ///
    /// Returns an error of [`Kind::Invalid`] if the system is unknown or cannot be projected. The
    /// error tells what is missing.
    ///
    /// ```
    /// use veedel::geo::Crs;
    /// use veedel::geo::projection::Projection;
    ///
    /// let mut points = [[9.0, 0.0]];
    /// Projection::of(Crs::Epsg(25832))?.from_lonlat(&mut points);
    /// assert!((points[0][0] - 500_000.0).abs() < 1e-6);
    /// # Ok::<(), veedel::error::Error>(())
    /// ```
    pub fn of(crs: Crs) -> Result<Projection> {
        let code = match crs {
            Crs::Crs84 => return Ok(Projection::Geographic),
            Crs::Epsg(code) => code,
        };
        match code {
            4326 | 4258 => Ok(Projection::Geographic),
            3857 => Ok(Projection::WebMercator),
            _ => match (utm(code), Proj4::of(code)) {
                (Some(projection), _) => Ok(Projection::TransverseMercator(Box::new(projection))),
                (None, Some(projection)) if projection.is_plain_degrees() => Ok(Projection::Geographic),
                (None, Some(projection)) => Ok(Projection::Proj4(Box::new(projection))),
                (None, None) => shifted(code),
            },
        }
    }

    /// Transforms stored coordinates, x before y, to longitude and latitude in degrees, in place. A
    /// point that cannot be transformed becomes NaN.
    pub fn to_lonlat(&self, points: &mut [[f64; 2]]) {
        match self {
            Projection::Geographic => {}
            Projection::WebMercator => each(points, mercator::to_lonlat),
            Projection::TransverseMercator(projection) => each(points, |point| projection.to_lonlat(point)),
            Projection::Proj4(projection) => each(points, |point| projection.to_lonlat(point)),
            #[cfg(feature = "gdal")]
            Projection::Gdal(shift) => shift.to_lonlat(points),
        }
    }

    /// Transforms longitude and latitude in degrees to stored coordinates, x before y, in place. A
    /// point that cannot be transformed becomes NaN.
    pub fn from_lonlat(&self, points: &mut [[f64; 2]]) {
        match self {
            Projection::Geographic => {}
            Projection::WebMercator => each(points, mercator::from_lonlat),
            Projection::TransverseMercator(projection) => each(points, |point| projection.from_lonlat(point)),
            Projection::Proj4(projection) => each(points, |point| projection.from_lonlat(point)),
            #[cfg(feature = "gdal")]
            Projection::Gdal(shift) => shift.from_lonlat(points),
        }
    }
}

fn each(points: &mut [[f64; 2]], project: impl Fn([f64; 2]) -> [f64; 2]) {
    points.iter_mut().for_each(|point| *point = project(*point));
}

/// Returns the projection of a UTM zone by its EPSG code, or that of EPSG:4647, which is zone 32
/// with the number of the zone before the easting.
fn utm(code: u32) -> Option<TransverseMercator> {
    Some(match code {
        25828..=25838 => TransverseMercator::utm(GRS80, code - 25800, false),
        32601..=32660 => TransverseMercator::utm(WGS84, code - 32600, false),
        32701..=32760 => TransverseMercator::utm(WGS84, code - 32700, true),
        4647 => TransverseMercator::new(GRS80, 9.0, 32_500_000.0, 0.0),
        _ => return None,
    })
}

/// Returns the transformation of a system on another datum.
#[cfg(feature = "gdal")]
fn shifted(code: u32) -> Result<Projection> {
    DatumShift::of(code).map(Projection::Gdal).map_err(|why| {
        Error::new(Kind::Invalid, said!("EPSG:{} cannot be projected: {}", code, why))
            .hint("check the SRID of the data, or transform the data to EPSG:25832 or 4326")
    })
}

#[cfg(not(feature = "gdal"))]
fn shifted(code: u32) -> Result<Projection> {
    let error = match super::proj4::is_known(code) {
        true => Error::new(
            Kind::Invalid,
            said!("EPSG:{} needs a datum shift with grids, and this build is without GDAL", code),
        )
        .hint("build with the cargo feature gdal, or transform the data to EPSG:25832 or 4326"),
        false => Error::new(Kind::Invalid, said!("EPSG:{} is not a known coordinate system", code))
            .hint("check the SRID of the data; a build with the cargo feature gdal knows more systems"),
    };
    Err(error)
}

#[cfg(test)]
#[path = "projection_tests.rs"]
mod tests;
