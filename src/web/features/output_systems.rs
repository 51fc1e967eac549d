//! The coordinate reference systems in which features can be requested.

use std::sync::LazyLock;

use crate::catalog::Collection;
use crate::geo::Crs;
use crate::geo::projection::Projection;

/// The systems of [`Crs::OFFERED`] to which this build can project.
static OFFERED: LazyLock<Vec<Crs>> =
    LazyLock::new(|| Crs::OFFERED.into_iter().filter(|crs| Projection::of(*crs).is_ok()).collect());

/// Returns the systems in which the features of a collection can be requested: CRS84, the stored
/// one, and those that German clients and web clients use. Systems that need a datum shift are
/// available in a build with GDAL.
pub fn output_systems(collection: &Collection) -> Vec<Crs> {
    let mut systems = vec![Crs::Crs84];
    // A table has no coordinates, so one system is enough.
    let Some(geometry) = &collection.geometry else { return systems };
    // CRS84 stays first: some clients use the first without asking.
    for crs in [geometry.crs].into_iter().chain(OFFERED.iter().copied()) {
        if !systems.contains(&crs) {
            systems.push(crs);
        }
    }
    systems
}
