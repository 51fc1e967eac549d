//! Computes boxes in one coordinate system that cover boxes of another.

use crate::error::Result;
use crate::geo::projection::Projection;
use crate::geo::{Bbox, Crs};

/// The number of projected points along each side.
const STEPS: usize = 16;

/// Returns a box in `to` that covers `area` of `from`; None if there is none because a projection
/// is not defined there. The box is the bounds of the projected outline, enlarged by a hundredth of
/// its size, since straight sides become curves.
///
/// # Errors
///
/// Fails if a coordinate system is not known.
pub fn cover(area: &Bbox, from: Crs, to: Crs) -> Result<Option<Bbox>> {
    Ok(around(area, from, to)?.map(|area| grown(&area)))
}

/// Returns the bounds, in `to`, of the projected outline of `area`; None as for [`cover`].
///
/// # Errors
///
/// Fails if a coordinate system is not known.
pub fn around(area: &Bbox, from: Crs, to: Crs) -> Result<Option<Bbox>> {
    Ok(projected(area, &Projection::of(from)?, &Projection::of(to)?))
}

fn projected(area: &Bbox, from: &Projection, to: &Projection) -> Option<Bbox> {
    let asked = area.outline(STEPS);
    let mut there = asked.clone();
    from.to_lonlat(&mut there);
    to.from_lonlat(&mut there);
    // A projection gives nonsense far from where it is defined; projecting it back does not lead to
    // the same points.
    let mut back = there.clone();
    to.to_lonlat(&mut back);
    from.from_lonlat(&mut back);
    let leads_back = |(asked, back): (&[f64; 2], &[f64; 2])| {
        asked.iter().zip(back).all(|(asked, back)| (asked - back).abs() <= 1e-6 * (1.0 + asked.abs()))
    };
    if !asked.iter().zip(&back).all(leads_back) {
        return None;
    }
    Some(Bbox::around(&there))
}

fn grown(area: &Bbox) -> Bbox {
    let [[west, south], [east, north]] = [area.min, area.max];
    // A box without size still needs a margin for rounding errors.
    let margin = (east - west).max(north - south) / 100.0 + 1e-9 * (1.0 + east.abs().max(north.abs()));
    Bbox::new([west - margin, south - margin], [east + margin, north + margin])
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn all_points_of_the_box_are_covered() {
        let area = Bbox::new([6.7, 50.8], [7.2, 51.1]);
        let cover = cover(&area, Crs::Crs84, Crs::Epsg(25832)).unwrap().unwrap();
        let projection = Projection::of(Crs::Epsg(25832)).unwrap();
        for x in 0..=50 {
            for y in 0..=50 {
                let mut point = [[6.7 + 0.01 * f64::from(x), 50.8 + 0.006 * f64::from(y)]];
                projection.from_lonlat(&mut point);
                assert!(point.iter().all(|point| cover.contains(*point)), "{point:?}");
            }
        }
    }

    #[test]
    fn the_world_has_no_cover_in_utm() {
        let world = Bbox::new([-180.0, -85.0], [180.0, 85.0]);
        assert_eq!(cover(&world, Crs::Crs84, Crs::Epsg(25832)).unwrap(), None);
    }
}
