//! What was odd about a layer's data: counted, shown, never fatal and never silent.

use std::fmt;

/// Counts of what loading met. Rows are never dropped: a geometry that cannot be used becomes NULL.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LoadReport {
    /// Features whose geometry is NULL.
    pub null_geometries: u64,
    /// Features whose geometry is empty (`POINT EMPTY`).
    pub empty_geometries: u64,
    /// Features whose geometry holds NaN or an infinity; served without geometry.
    pub not_finite: u64,
    /// Features whose geometry cannot be projected or lies beyond Web Mercator; in no tile.
    pub outside_world: u64,
    /// Features with curves, which became lines.
    pub curves: u64,
    /// Features with measures (M), which are left out.
    pub measures: u64,
    /// Features whose geometry is of a type without a place in Simple Features (TIN, polyhedra); served without.
    pub unsupported: u64,
    /// Other things worth a line, in words.
    pub notes: Vec<String>,
}

impl fmt::Display for LoadReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts = [
            (self.null_geometries, "without geometry"),
            (self.empty_geometries, "with an empty geometry"),
            (self.not_finite, "with NaN or infinity, served without geometry"),
            (self.outside_world, "outside the world of Web Mercator, in no tile"),
            (self.curves, "with curves made lines"),
            (self.measures, "with measures left out"),
            (self.unsupported, "of a geometry type that is not served"),
        ];
        let lines = counts
            .iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, what)| format!("{count} {what}"))
            .chain(self.notes.iter().cloned());
        f.write_str(&lines.collect::<Vec<_>>().join(", "))
    }
}
