//! Coordinate reference systems by their OGC names, and the order of their axes.

use std::fmt;

use super::axes;

/// A coordinate reference system.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Crs {
    /// WGS 84 with the longitude first, in degrees. It is the system of GeoJSON (RFC 7946, 4), and
    /// of stored coordinates with SRID 4326.
    Crs84,
    /// A system by its EPSG code, with the axes in the order of the EPSG registry. So `Epsg(4326)`
    /// has the latitude first.
    Epsg(u32),
}

impl Crs {
    /// The systems in which every collection is offered: those of web maps, Germany's official ones
    /// (ETRS89 in degrees and in UTM; 4647 has the zone before the easting), and Gauß–Krüger on
    /// DHDN in zones 2 and 3 for older data.
    pub const OFFERED: [Crs; 8] = [
        Crs::Epsg(4326),
        Crs::Epsg(3857),
        Crs::Epsg(25832),
        Crs::Epsg(25833),
        Crs::Epsg(4258),
        Crs::Epsg(4647),
        Crs::Epsg(31466),
        Crs::Epsg(31467),
    ];

    /// Returns the system of stored coordinates with this SRID. Stored coordinates have x before y,
    /// so 4326 is [`Crs::Crs84`].
    pub fn from_srid(srid: u32) -> Crs {
        match srid {
            4326 => Crs::Crs84,
            code => Crs::Epsg(code),
        }
    }

    /// Returns the URI of the system in OGC API.
    pub fn uri(self) -> String {
        match self {
            Crs::Crs84 => "http://www.opengis.net/def/crs/OGC/1.3/CRS84".into(),
            Crs::Epsg(code) => format!("http://www.opengis.net/def/crs/EPSG/0/{code}"),
        }
    }

    /// Reads a URI, a URN (`urn:ogc:def:crs:…`) or a short name such as `EPSG:25832`. The text may
    /// stand in angle brackets, as in the header `Content-Crs`. Returns None if it is none of
    /// these.
    ///
    /// ```
    /// use veedel::geo::Crs;
    ///
    /// let utm = Crs::parse("http://www.opengis.net/def/crs/EPSG/0/25832");
    /// assert_eq!(utm, Some(Crs::Epsg(25832)));
    /// assert_eq!(Crs::parse("OGC:CRS84"), Some(Crs::Crs84));
    /// assert_eq!(Crs::parse("UTM 32"), None);
    /// ```
    pub fn parse(text: &str) -> Option<Crs> {
        let text = text.trim().trim_start_matches('<').trim_end_matches('>');
        let (path, separator) = if let Some(path) = text
            .strip_prefix("http://www.opengis.net/def/crs/")
            .or_else(|| text.strip_prefix("https://www.opengis.net/def/crs/"))
        {
            (path, '/')
        } else if let Some(path) = text.strip_prefix("urn:ogc:def:crs:") {
            (path, ':')
        } else if let Some(code) = text.strip_prefix("EPSG:").or_else(|| text.strip_prefix("epsg:")) {
            return code.parse().ok().map(Crs::Epsg);
        } else {
            return (text == "OGC:CRS84").then_some(Crs::Crs84);
        };
        let mut steps = path.split(separator);
        match (steps.next()?, steps.next()?, steps.next()?, steps.next()) {
            ("OGC", _, "CRS84", None) => Some(Crs::Crs84),
            ("EPSG", _, code, None) => code.parse().ok().map(Crs::Epsg),
            _ => None,
        }
    }

    /// Returns whether the first axis of the system is the northing or the latitude. If so,
    /// coordinates in an answer and in `bbox` have y before x.
    pub fn is_north_first(self) -> bool {
        match self {
            Crs::Crs84 => false,
            Crs::Epsg(code) => axes::is_latitude_first(code) || axes::is_northing_first(code),
        }
    }

    /// Returns whether the coordinates are degrees on WGS 84 or ETRS89.
    pub fn is_geographic(self) -> bool {
        match self {
            Crs::Crs84 => true,
            Crs::Epsg(code) => axes::is_wgs84_or_etrs89(code),
        }
    }
}

impl fmt::Display for Crs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Crs::Crs84 => f.write_str("CRS84"),
            Crs::Epsg(code) => write!(f, "EPSG:{code}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_in_use_is_read() {
        for text in [
            "http://www.opengis.net/def/crs/EPSG/0/25832",
            "<https://www.opengis.net/def/crs/EPSG/0/25832>",
            "urn:ogc:def:crs:EPSG::25832",
            "EPSG:25832",
        ] {
            assert_eq!(Crs::parse(text), Some(Crs::Epsg(25832)), "{text}");
        }
        assert_eq!(Crs::parse("http://www.opengis.net/def/crs/OGC/1.3/CRS84"), Some(Crs::Crs84));
        for text in ["", "EPSG", "EPSG:", "EPSG:x", "http://www.opengis.net/def/crs/EPSG/0", "CRS84"] {
            assert_eq!(Crs::parse(text), None, "{text}");
        }
    }

    #[test]
    fn uris_are_read_back() {
        for crs in [Crs::Crs84, Crs::Epsg(4326), Crs::Epsg(25832)] {
            assert_eq!(Crs::parse(&crs.uri()), Some(crs));
        }
    }
}
