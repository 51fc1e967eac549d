//! Finds the area of another layer in which each row lies.

use super::aggregate::Membership;
use super::geometries::WorldBox;
use super::representative;
use super::view::View;
use crate::error::{Error, Result};
use crate::geo::intersects::parts_intersect_box;
use crate::geo::projection::Projection;
use crate::geo::{Bbox, mercator};
use crate::work;

/// The steps of the world grid by which a point is enlarged for the search in the index, because of
/// rounding.
const MARGIN: i32 = 2;

/// Returns the area of each of `rows`: that which contains the row's [`representative::point`],
/// including the border. If several contain it, as on a common border, it is the first in the order
/// of the areas. The stored coordinates of the areas decide.
///
/// # Errors
///
/// Fails if a coordinate system is not known.
pub fn membership(view: &View<'_>, rows: &[u32], areas: &View<'_>) -> Result<Membership> {
    let (Some(own), Some(theirs)) = (&view.collection.geometry, &areas.collection.geometry) else {
        let what = "features without geometry lie in no area, and areas without geometry hold none";
        return Err(Error::invalid("group-by-area", what));
    };
    // Within one coordinate system, stored coordinates are compared without projection.
    let (from, to) = (view.projection()?, (own.crs != theirs.crs).then(|| areas.projection()).transpose()?);
    let area = |_: &mut (), index: usize| {
        let stored = representative::point(&view.geometry(*rows.get(index)?)?)?;
        area_of(stored, &from, to.as_ref(), areas)
    };
    let found = work::together(rows.len(), || (), area);
    Ok(Membership { areas: found, order: areas.ranked(0..areas.len()) })
}

fn area_of(stored: [f64; 2], from: &Projection, to: Option<&Projection>, areas: &View<'_>) -> Option<u32> {
    let mut point = [stored];
    from.to_lonlat(&mut point);
    let [lonlat] = point;
    let [point] = match to {
        Some(to) => {
            to.from_lonlat(&mut point);
            point
        }
        None => [stored],
    };
    let [x, y] = mercator::to_world(mercator::from_lonlat(lonlat));
    let grown = WorldBox {
        min: [x, y].map(|value| value.saturating_sub(MARGIN)),
        max: [x, y].map(|value| value.saturating_add(MARGIN)),
    };
    let at = Bbox { min: point, max: point };
    let mut first: Option<u32> = None;
    areas.layer.index.search(&grown, |area| {
        let holds = areas.geometry(area).is_some_and(|geometry| {
            work::spend(geometry.xy().len());
            parts_intersect_box(geometry.parts().map(|part| (part.role, part.xy)), &at)
        });
        if holds && first.is_none_or(|first| areas.rank(area) < areas.rank(first)) {
            first = Some(area);
        }
        true
    });
    first
}
