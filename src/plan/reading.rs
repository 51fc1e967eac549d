//! Reads layers for planning: coordinates become metres of one plane, and cells become numbers or
//! texts.

use super::plane::Point;
use crate::error::{Error, Result, said};
use crate::geo::Crs;
use crate::geo::projection::Projection;
use crate::layer::{Value, View};

/// The projection of a layer's stored coordinates to the plane in which ways are measured.
#[derive(Debug)]
pub struct Plane {
    from: Option<Projection>,
    to: Projection,
}

impl Plane {
    /// Returns the projection of the coordinates of `view` to the system `srid`.
    ///
    /// # Errors
    ///
    /// Returns an error if `srid` is in degrees, or if one of the systems cannot be projected.
    pub fn of(view: &View<'_>, srid: u32) -> Result<Plane> {
        let stored = view.collection.geometry.as_ref().map(|geometry| geometry.crs);
        Plane::from_crs(stored.unwrap_or(Crs::Epsg(srid)), srid)
    }

    /// Returns the projection of coordinates in `crs` to the system `srid`.
    ///
    /// # Errors
    ///
    /// Returns an error if `srid` is in degrees, or if one of the systems cannot be projected.
    pub fn from_crs(crs: Crs, srid: u32) -> Result<Plane> {
        let target = Crs::Epsg(srid);
        if target.is_geographic() {
            let what = said!("ways cannot be measured in EPSG:{}, which is in degrees", srid);
            return Err(Error::not_found(what).hint("name a projected system as srid under [roles]"));
        }
        let from = if crs == target { None } else { Some(Projection::of(crs)?) };
        Ok(Plane { from, to: Projection::of(target)? })
    }

    /// Projects stored coordinates, x before y, to metres in the plane. A point that cannot be
    /// projected becomes NaN.
    pub fn points(&self, stored: &[[f64; 2]]) -> Vec<Point> {
        let mut points = stored.to_vec();
        if let Some(from) = &self.from {
            from.to_lonlat(&mut points);
            self.to.from_lonlat(&mut points);
        }
        points
    }

    /// Returns the longitude and latitude in degrees of points in the plane.
    pub fn lonlat(&self, points: &[Point]) -> Vec<[f64; 2]> {
        let mut points = points.to_vec();
        self.to.to_lonlat(&mut points);
        points
    }
}

/// Returns a cell as a number; None if it is not a finite number, such as `*`, NULL or NaN. A text
/// may have a decimal comma.
pub fn number_of(value: Value<'_>) -> Option<f64> {
    let number = match value {
        Value::Integer(number) => number as f64,
        Value::Real(number) => f64::from(number),
        Value::Double(number) => number,
        Value::Numeric(text) | Value::Text(text) => text.trim().replace(',', ".").parse().ok()?,
        _ => return None,
    };
    number.is_finite().then_some(number)
}

/// Returns a cell as the text by which other tables refer to it; None if it is NULL or empty.
pub fn text_of(value: Value<'_>) -> Option<String> {
    let text = match value {
        Value::Text(text) | Value::Numeric(text) | Value::Json(text) | Value::Array(text) => text.to_owned(),
        Value::Integer(number) => number.to_string(),
        Value::Boolean(value) => value.to_string(),
        Value::Uuid(id) => uuid::Uuid::from_u128(id).to_string(),
        Value::Real(number) => number.to_string(),
        Value::Double(number) => number.to_string(),
        _ => return None,
    };
    (!text.is_empty()).then_some(text)
}

/// Returns the cell of a row and column as [`text_of`] does; None if there is no such column.
pub fn column_text(view: &View<'_>, column: Option<&str>, row: u32) -> Option<String> {
    text_of(view.column(column?)?.get(row as usize))
}
