//! Reads the type modifier of a PostGIS column: its SRID, geometry type and dimensions.
//!
//! The bits are those of liblwgeom (`TYPMOD_GET_SRID` and others in `liblwgeom.h.in`), which are
//! the same since PostGIS 2.0. PostGIS has functions for this, but they are in a schema that is not
//! known yet.

use crate::geo::GeometryType;

/// The geometries that a column is declared to have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Typmod {
    /// The SRID; 0 if none is declared.
    pub srid: u32,
    /// The geometry type, where curves count as lines; None if any type is allowed.
    pub kind: Option<GeometryType>,
    /// Whether the geometries have heights; None if nothing is declared.
    pub has_z: Option<bool>,
}

impl Typmod {
    /// Reads a modifier; −1 declares nothing.
    pub fn read(modifier: i32) -> Typmod {
        if modifier < 0 {
            return Typmod { srid: 0, kind: None, has_z: None };
        }
        // The SRID is a signed number of 21 bits, which is never negative in a table.
        let srid = ((modifier & 0x0FFF_FF00) - (modifier & 0x1000_0000)) >> 8;
        let kind = geometry_type((modifier & 0xFC) >> 2);
        Typmod { srid: u32::try_from(srid).unwrap_or(0), kind, has_z: Some(modifier & 2 != 0) }
    }
}

/// Returns the type after curves are converted to lines; None for TIN and polyhedra, which are not
/// served.
fn geometry_type(code: i32) -> Option<GeometryType> {
    use GeometryType::*;
    match code {
        8 | 9 => Some(LineString),
        10 => Some(Polygon),
        11 => Some(MultiLineString),
        12 => Some(MultiPolygon),
        code => GeometryType::from_wkb(u32::try_from(code).ok()?),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modifiers_as_postgis_writes_them() {
        // The numbers are results of `SELECT postgis_typmod_in(ARRAY['Polygon', '25832'])` and the
        // like.
        let polygon = Typmod { srid: 25832, kind: Some(GeometryType::Polygon), has_z: Some(false) };
        assert_eq!(Typmod::read(25832 << 8 | 3 << 2), polygon);
        let any = Typmod { srid: 4326, kind: None, has_z: Some(true) };
        assert_eq!(Typmod::read(4326 << 8 | 2), any);
        assert_eq!(Typmod::read(-1), Typmod { srid: 0, kind: None, has_z: None });
    }
}
