//! Finds the columns of a table without geometry that contain its coordinates.

use csv::StringRecord;
use gdal::vector::{Geometry, OGRwkbGeometryType};

use super::names::usable;
use super::row::Shape;
use crate::source::folder::Notation;

/// Names of the columns of x (easting, longitude) and y (northing, latitude), spelled as [`usable`]
/// returns them.
const PAIRS: [(&str, &str); 21] = [
    ("ostwert", "nordwert"),
    ("rechtswert", "hochwert"),
    ("easting", "northing"),
    ("utm_ost", "utm_nord"),
    ("utm_e", "utm_n"),
    ("utm_x", "utm_y"),
    ("x_utm", "y_utm"),
    ("koorx", "koory"),
    ("xkoor", "ykoor"),
    ("x_koord", "y_koord"),
    ("koord_x", "koord_y"),
    ("x_koordinate", "y_koordinate"),
    ("xkoordinate", "ykoordinate"),
    ("point_x", "point_y"),
    ("x_coord", "y_coord"),
    ("longitude", "latitude"),
    ("laengengrad", "breitengrad"),
    ("lon", "lat"),
    ("lng", "lat"),
    ("long", "lat"),
    ("x", "y"),
];
/// Names of columns with well-known text.
const TEXTS: [&str; 7] = ["wkt", "geom", "geometry", "the_geom", "geometrie", "shape", "wkb_geometry"];
const KINDS: [&str; 7] =
    ["POINT", "LINESTRING", "POLYGON", "MULTIPOINT", "MULTILINESTRING", "MULTIPOLYGON", "GEOMETRYCOLLECTION"];

/// Where the coordinates of a table are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CoordinateColumns {
    /// The table has no coordinates.
    None,
    /// In two columns, x first.
    Columns(usize, usize),
    /// In one column of well-known text.
    Text(usize),
}

/// Decides whether a column that is named like well-known text contains it.
pub struct WktGuess {
    columns: Vec<(usize, bool, bool)>,
}

impl WktGuess {
    /// Makes a guess for a table with these columns.
    pub fn new(names: &[String]) -> WktGuess {
        let is_named = |name: &String| TEXTS.contains(&usable(name).as_str());
        let named = names.iter().enumerate().filter(|(_, name)| is_named(name));
        WktGuess { columns: named.map(|(at, _)| (at, false, true)).collect() }
    }

    /// Takes the next value of a column into account.
    pub fn see(&mut self, column: usize, text: &str) {
        for (_, has_values, is_wkt) in self.columns.iter_mut().filter(|(at, ..)| *at == column) {
            if !text.is_empty() {
                *has_values = true;
                *is_wkt &= is_wkt_text(text);
            }
        }
    }

    fn found(&self) -> Option<usize> {
        self.columns.iter().find(|(_, has_values, is_wkt)| *has_values && *is_wkt).map(|(at, ..)| *at)
    }
}

fn is_wkt_text(text: &str) -> bool {
    let word: String = text.trim_start().chars().take_while(char::is_ascii_alphabetic).collect();
    KINDS.contains(&word.to_ascii_uppercase().as_str())
}

/// Finds the coordinates by the names of the columns. Names that come first in [`PAIRS`] are
/// preferred.
pub fn find(names: &[String], wkt: &WktGuess) -> CoordinateColumns {
    if let Some(column) = wkt.found() {
        return CoordinateColumns::Text(column);
    }
    let names: Vec<String> = names.iter().map(|name| usable(name)).collect();
    let position = |wanted: &str| names.iter().position(|name| name == wanted);
    let pair = PAIRS.iter().find_map(|(x, y)| Some((position(x)?, position(y)?)));
    pair.map_or(CoordinateColumns::None, |(x, y)| CoordinateColumns::Columns(x, y))
}

impl CoordinateColumns {
    /// Returns the geometry of a row. `notation` returns how the numbers of a column are written.
    pub fn shape(
        self,
        record: &StringRecord,
        notation: impl Fn(usize) -> Notation,
        from_wkt: impl Fn(&str) -> gdal::errors::Result<Geometry>,
    ) -> Shape {
        match self {
            CoordinateColumns::None => Shape::None,
            CoordinateColumns::Columns(x, y) => {
                let [by_x, by_y] = [x, y].map(notation);
                let [x, y] = [x, y].map(|column| record.get(column).unwrap_or_default().trim());
                match (number(x, by_x), number(y, by_y)) {
                    _ if x.is_empty() && y.is_empty() => Shape::None,
                    (Some(x), Some(y)) => point(x, y),
                    _ => Shape::Unreadable(format!("{x:?}, {y:?} are no coordinates")),
                }
            }
            CoordinateColumns::Text(column) => match record.get(column).unwrap_or_default().trim() {
                "" => Shape::None,
                text => match from_wkt(text) {
                    Ok(geometry) => Shape::Is(geometry),
                    Err(_) => Shape::Unreadable("it is no well-known text".into()),
                },
            },
        }
    }
}

fn point(x: f64, y: f64) -> Shape {
    match Geometry::empty(OGRwkbGeometryType::wkbPoint) {
        Ok(mut point) => {
            point.set_point_2d(0, (x, y));
            Shape::Is(point)
        }
        Err(_) => Shape::Unreadable("no point can be made".into()),
    }
}

/// Reads a number in the notation of its column, or else in German.
fn number(text: &str, notation: Notation) -> Option<f64> {
    let read =
        |notation: Notation| notation.plain(text).parse().ok().filter(|number: &f64| number.is_finite());
    read(notation).or_else(|| read(Notation::German))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod tests {
    use super::*;

    fn find_in(header: &[&str], rows: &[&[&str]]) -> CoordinateColumns {
        let names: Vec<String> = header.iter().map(|name| name.to_string()).collect();
        let mut wkt = WktGuess::new(&names);
        for row in rows {
            row.iter().enumerate().for_each(|(at, text)| wkt.see(at, text));
        }
        find(&names, &wkt)
    }

    #[test]
    fn coordinates_are_found_by_name() {
        assert_eq!(find_in(&["id", "KOORX", "KOORY"], &[]), CoordinateColumns::Columns(1, 2));
        assert_eq!(find_in(&["Längengrad", "Breitengrad"], &[]), CoordinateColumns::Columns(0, 1));
        assert_eq!(find_in(&["lat", "lon"], &[]), CoordinateColumns::Columns(1, 0));
        assert_eq!(find_in(&["x", "z"], &[]), CoordinateColumns::None);
        assert_eq!(find_in(&["x", "y", "Ostwert", "Nordwert"], &[]), CoordinateColumns::Columns(2, 3));
    }

    #[test]
    fn well_known_text_must_be_that_throughout() {
        let rows: &[&[&str]] = &[&["Point (1 2)"], &[""], &["MULTIPOLYGON Z EMPTY"]];
        assert_eq!(find_in(&["shape"], rows), CoordinateColumns::Text(0));
        assert_eq!(find_in(&["shape"], &[&["POINT(1 2)"], &["round"]]), CoordinateColumns::None);
        assert_eq!(find_in(&["shape"], &[&[""]]), CoordinateColumns::None);
    }

    #[test]
    fn what_is_no_number_is_said_and_an_empty_one_is_none() {
        let shape = |x: &str, y: &str| {
            let points = |_| Notation::Points;
            CoordinateColumns::Columns(0, 1).shape(
                &StringRecord::from(vec![x, y]),
                points,
                Geometry::from_wkt,
            )
        };
        assert!(matches!(shape("", " "), Shape::None));
        assert!(matches!(shape("k.A.", "1"), Shape::Unreadable(_)));
        assert!(matches!(shape("inf", "1"), Shape::Unreadable(_)));
        match shape(" 1,5", "2.5 ") {
            Shape::Is(point) => assert_eq!(point.wkt().unwrap(), "POINT (1.5 2.5)"),
            other => panic!("{other:?}"),
        }
    }
}
