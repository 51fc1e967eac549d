//! From one coordinate system to another, by way of WGS 84 degrees.

use super::{Crs, mercator};
use crate::error::{Error, Kind, Result};

/// The way between one system and WGS 84 longitude and latitude in degrees (x before y on both sides).
#[derive(Debug)]
pub enum Projection {
    /// Longitude and latitude already.
    Geographic,
    /// EPSG:3857.
    WebMercator,
}

impl Projection {
    /// The projection of `crs`, or an error that says what is missing for it.
    pub fn of(crs: Crs) -> Result<Projection> {
        match crs {
            Crs::Crs84 | Crs::Epsg(4326 | 4258) => Ok(Projection::Geographic),
            Crs::Epsg(3857) => Ok(Projection::WebMercator),
            other => Err(Error::new(Kind::Invalid, format!("{other} is not known here"))),
        }
    }

    /// Stored coordinates to degrees, in place. What cannot be projected becomes NaN.
    pub fn to_lonlat(&self, points: &mut [[f64; 2]]) {
        match self {
            Projection::Geographic => {}
            Projection::WebMercator => {
                points.iter_mut().for_each(|point| *point = mercator::to_lonlat(*point))
            }
        }
    }

    /// Degrees to stored coordinates, in place. What cannot be projected becomes NaN.
    pub fn from_lonlat(&self, points: &mut [[f64; 2]]) {
        match self {
            Projection::Geographic => {}
            Projection::WebMercator => {
                points.iter_mut().for_each(|point| *point = mercator::from_lonlat(*point))
            }
        }
    }
}
