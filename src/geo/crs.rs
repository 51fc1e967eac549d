//! Coordinate reference systems by their OGC names, and the order of their axes.

use std::fmt;

use super::axes;

/// A coordinate reference system.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Crs {
    /// WGS 84 as longitude, latitude: the system of GeoJSON, and what a source's SRID 4326 means.
    Crs84,
    /// An EPSG code; [`Crs::Epsg`]`(4326)` is latitude before longitude, as its authority has it.
    Epsg(u32),
}

impl Crs {
    /// What features are offered in, whatever system they are stored in: those of the web, of
    /// Germany's official coordinates (ETRS89 as degrees and in UTM, 4647 with the zone before the
    /// easting) and of older data (Gauß–Krüger on DHDN, zones 2 and 3).
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

    /// The system of stored coordinates with this SRID: x before y always, so 4326 is CRS84.
    pub fn from_srid(srid: u32) -> Crs {
        match srid {
            4326 => Crs::Crs84,
            code => Crs::Epsg(code),
        }
    }

    /// The URI that OGC API uses.
    pub fn uri(self) -> String {
        match self {
            Crs::Crs84 => "http://www.opengis.net/def/crs/OGC/1.3/CRS84".into(),
            Crs::Epsg(code) => format!("http://www.opengis.net/def/crs/EPSG/0/{code}"),
        }
    }

    /// Reads a URI, `urn:ogc:def:crs:…`, or `EPSG:25832`, with or without the brackets of a header.
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

    /// Whether the authority writes the northing (latitude) first, so that output and `bbox` swap.
    pub fn is_north_first(self) -> bool {
        match self {
            Crs::Crs84 => false,
            Crs::Epsg(code) => axes::is_latitude_first(code) || axes::is_northing_first(code),
        }
    }

    /// Whether coordinates are degrees on WGS 84 or ETRS89, which count as one.
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
