//! The type modifier of a PostGIS column: its SRID, geometry type and dimensions.
//!
//! The bits are those of liblwgeom (`TYPMOD_GET_SRID` and its neighbours), the same since PostGIS
//! 2.0; reading them here spares calling functions of a schema not known yet.

use crate::geo::GeometryType;

/// What a column is declared to hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Typmod {
    /// The SRID; 0 where none is declared.
    pub srid: u32,
    /// The one geometry type as served: curves become lines. None where any may occur.
    pub kind: Option<GeometryType>,
    /// Whether heights are stored; None where nothing is declared at all.
    pub has_z: Option<bool>,
}

impl Typmod {
    /// Reads a modifier; −1 declares nothing.
    pub fn read(modifier: i32) -> Typmod {
        if modifier < 0 {
            return Typmod { srid: 0, kind: None, has_z: None };
        }
        // The SRID is a signed number of 21 bits; it is never negative in a table.
        let srid = ((modifier & 0x0FFF_FF00) - (modifier & 0x1000_0000)) >> 8;
        let kind = geometry_type((modifier & 0xFC) >> 2);
        Typmod { srid: u32::try_from(srid).unwrap_or(0), kind, has_z: Some(modifier & 2 != 0) }
    }
}

/// The type as it is after curves were made lines; none for TIN and polyhedra, which are not
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
        // SELECT postgis_typmod_in(ARRAY['Polygon', '25832']) and the like.
        let polygon = Typmod { srid: 25832, kind: Some(GeometryType::Polygon), has_z: Some(false) };
        assert_eq!(Typmod::read(25832 << 8 | 3 << 2), polygon);
        let any = Typmod { srid: 4326, kind: None, has_z: Some(true) };
        assert_eq!(Typmod::read(4326 << 8 | 2), any);
        assert_eq!(Typmod::read(-1), Typmod { srid: 0, kind: None, has_z: None });
    }
}
