//! Finds the features that meet a box: the index finds candidates, and the stored coordinates
//! decide.
//!
//! For heights, the range from the lowest to the highest vertex counts: a line that climbs past a
//! box meets it.

#![allow(clippy::indexing_slicing)] // only the two axes of a point, by 0 and 1

use super::geometries::{GeometryRef, WorldBox};
use super::view::View;
use crate::error::Result;
use crate::geo::intersects::parts_intersect_box;
use crate::geo::projection::Projection;
use crate::geo::{Bbox, Crs, mercator};
use crate::query::BboxFilter;
use crate::work::spend;

/// A box that is tested against many rows.
pub struct BoxTest<'a> {
    filter: &'a BboxFilter,
    exact: ExactTest,
    to_degrees: Projection,
}

impl<'a> BoxTest<'a> {
    /// Makes the test for the geometries of a collection; None if it has no geometry.
    ///
    /// # Errors
    ///
    /// Fails if a coordinate system is not known.
    pub fn new(view: &View<'_>, filter: &'a BboxFilter) -> Result<Option<BoxTest<'a>>> {
        let Some(geometry) = &view.collection.geometry else { return Ok(None) };
        let exact = ExactTest::new(geometry.crs, filter.crs)?;
        Ok(Some(BoxTest { filter, exact, to_degrees: Projection::of(filter.crs)? }))
    }

    /// Returns whether the geometry of a row meets any of the boxes; None if it has none.
    pub fn truth(&self, view: &View<'_>, row: u32) -> Option<bool> {
        let geometry = view.stored_geometry(row)?;
        spend(geometry.xy().len() * self.filter.boxes.len() * self.exact.cost());
        Some(self.filter.boxes.iter().any(|bbox| self.exact.meets(&geometry, bbox)))
    }

    /// Returns the rows that the parameter `bbox` matches, ascending: those that meet any box, and
    /// those without a geometry (OGC 17-069r4, requirement `fc-bbox-response`, C).
    pub fn answers(&self, view: &View<'_>) -> Vec<u32> {
        let mut rows = self.rows(view);
        if let Some(heights) = self.filter.heights {
            rows.retain(|row| view.stored_geometry(*row).is_none_or(|geometry| reaches(&geometry, heights)));
        }
        let unplaced = view.layer.index.unplaced();
        spend(unplaced.len());
        let met = rows.len();
        rows.extend(unplaced.iter().copied().filter(|row| view.stored_geometry(*row).is_none()));
        // Rows without a place are stored last, so only those outside the world lie among them.
        if met > 0 && rows.get(met).is_some_and(|first| rows.get(met - 1).is_some_and(|last| last > first)) {
            rows.sort_unstable();
        }
        rows
    }

    /// Returns the rows that meet any of the boxes, ascending. The index finds candidates, and the
    /// stored coordinates decide.
    pub fn rows(&self, view: &View<'_>) -> Vec<u32> {
        let mut rows = vec![];
        for bbox in &self.filter.boxes {
            let area = world_cover(bbox, &self.to_degrees);
            // Boxes in degrees and in Web Mercator are boxes on the world grid too. A row well
            // inside such a box needs no test of its coordinates.
            let is_aligned = self.exact.is_axis_aligned(self.filter.crs);
            let well_inside = is_aligned.then(|| shrink(&area, MARGIN + 1));
            view.layer.index.search(&area, |row| {
                spend(1);
                let sure = well_inside.is_some_and(|inside| inside.contains(&view.layer.index.row(row)));
                let meets = |geometry: GeometryRef<'_>| {
                    spend(geometry.xy().len() * self.exact.cost());
                    self.exact.meets(&geometry, bbox)
                };
                if sure || view.stored_geometry(row).is_some_and(meets) {
                    rows.push(row);
                }
                true
            });
            let beyond = view.outside_world().iter().copied();
            rows.extend(beyond.filter(|row| {
                view.stored_geometry(*row).is_some_and(|geometry| self.exact.meets(&geometry, bbox))
            }));
        }
        if self.filter.boxes.len() > 1 || !view.outside_world().is_empty() {
            rows.sort_unstable();
            rows.dedup();
        }
        rows
    }
}

/// Returns whether the range of a geometry's heights meets these; true if it has no heights.
fn reaches(geometry: &GeometryRef<'_>, [low, high]: [f64; 2]) -> bool {
    let heights = geometry.parts().flat_map(|part| part.z).filter(|z| z.is_finite());
    let ends = heights.fold(None, |ends, z| match ends {
        None => Some((*z, *z)),
        Some((lowest, highest)) => Some((z.min(lowest), z.max(highest))),
    });
    ends.is_none_or(|(lowest, highest)| lowest <= high && highest >= low)
}

/// The steps of the world grid by which a cover is enlarged because of rounding.
const MARGIN: i32 = 2;

/// Returns a box of the world grid that covers `bbox`: the bounds of its projected outline,
/// enlarged by a hundredth of its size, since straight sides become curves.
pub fn world_cover(bbox: &Bbox, to_degrees: &Projection) -> WorldBox {
    let asked = bbox.outline(16);
    let mut outline = asked.clone();
    to_degrees.to_lonlat(&mut outline);
    // A projection gives nonsense far from where it is defined; projecting it back does not lead to
    // the same points.
    let mut back = outline.clone();
    to_degrees.from_lonlat(&mut back);
    let leads_back = |(there, back): (&[f64; 2], &[f64; 2])| {
        (0..2).all(|axis| (there[axis] - back[axis]).abs() <= 1e-6 * (1.0 + there[axis].abs()))
    };
    // What lies beyond 180° is on the other side of the world grid.
    let is_around = outline.iter().any(|[lon, _]| lon.abs() > 180.0);
    if is_around || !asked.iter().zip(&back).all(leads_back) {
        return WorldBox::WORLD;
    }
    let mut cover = WorldBox::EMPTY;
    outline.iter().for_each(|point| cover.add(mercator::to_world(mercator::from_lonlat(*point))));
    let straight = matches!(to_degrees, Projection::Geographic | Projection::WebMercator);
    let sides = [0, 1].map(|axis| cover.max[axis].abs_diff(cover.min[axis]));
    let margin = if straight { 0 } else { (sides[0].max(sides[1]) / 100) as i32 };
    shrink(&cover, -(margin.saturating_add(MARGIN)))
}

fn shrink(area: &WorldBox, by: i32) -> WorldBox {
    WorldBox {
        min: area.min.map(|value| value.saturating_add(by)),
        max: area.max.map(|value| value.saturating_sub(by)),
    }
}

/// Converts stored coordinates to the coordinate system of the box, if they are in another one.
enum ExactTest {
    AsStored,
    Projected { from: Projection, to: Projection },
}

impl ExactTest {
    fn new(stored: Crs, asked: Crs) -> Result<ExactTest> {
        if stored == asked || (stored.is_geographic() && asked.is_geographic()) {
            return Ok(ExactTest::AsStored);
        }
        Ok(ExactTest::Projected { from: Projection::of(stored)?, to: Projection::of(asked)? })
    }

    /// Returns the units of work ([`crate::work`]) for testing a vertex against a box.
    fn cost(&self) -> usize {
        match self {
            ExactTest::AsStored => 1,
            ExactTest::Projected { .. } => 20,
        }
    }

    fn is_axis_aligned(&self, asked: Crs) -> bool {
        asked.is_geographic() || asked == Crs::Epsg(3857)
    }

    fn meets(&self, geometry: &GeometryRef<'_>, bbox: &Bbox) -> bool {
        match self {
            ExactTest::AsStored => {
                parts_intersect_box(geometry.parts().map(|part| (part.role, part.xy)), bbox)
            }
            ExactTest::Projected { from, to } => {
                let mut points = geometry.xy().to_vec();
                from.to_lonlat(&mut points);
                to.from_lonlat(&mut points);
                let mut start = 0;
                let parts = geometry.parts().map(|part| {
                    let range = start..start + part.xy.len();
                    start = range.end;
                    (part.role, points.get(range).unwrap_or_default())
                });
                parts_intersect_box(parts, bbox)
            }
        }
    }
}
