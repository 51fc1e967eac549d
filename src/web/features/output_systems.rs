//! The coordinate systems in which features can be asked for.

use std::sync::LazyLock;

use crate::catalog::Collection;
use crate::geo::Crs;
use crate::geo::projection::Projection;

/// Those of [`Crs::OFFERED`] that this build can project to.
static OFFERED: LazyLock<Vec<Crs>> =
    LazyLock::new(|| Crs::OFFERED.into_iter().filter(|crs| Projection::of(*crs).is_ok()).collect());

/// The systems that features can be asked in: the stored one and those German and web clients use. Those that need a
/// datum shift are there in a build with GDAL.
pub fn output_systems(collection: &Collection) -> Vec<Crs> {
    let mut systems = vec![Crs::Crs84];
    // A table has no coordinates, which are the same in any system; one is enough.
    let Some(geometry) = &collection.geometry else { return systems };
    // CRS84 stays first: some clients take the first without asking.
    for crs in [geometry.crs].into_iter().chain(OFFERED.iter().copied()) {
        if !systems.contains(&crs) {
            systems.push(crs);
        }
    }
    systems
}
