//! Which features answer a query, in key order.

#![allow(clippy::indexing_slicing)] // only the two axes of a point, by 0 and 1

use super::column::Value;
use super::geometries::WorldBox;
use super::key::Key;
use super::{Column, GeometryRef, View};
use crate::error::{Error, Result};
use crate::geo::intersects::parts_intersect_box;
use crate::geo::projection::Projection;
use crate::geo::{Bbox, Crs, mercator};
use crate::query::literal::shortest_decimal;
use crate::query::{BboxFilter, Cursor, Literal, Query};

/// The features of one page, and how many there are on all pages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The rows of the page, in key order.
    pub rows: Vec<u32>,
    /// The number of features that answer the query, exact.
    pub matched: u64,
    /// Where the next page begins; None on the last.
    pub next: Option<Cursor>,
}

/// Answers `query` on one layer. Columns in the query are positions in the collection; asking for one that
/// `view` does not show is the caller's mistake and matches nothing.
pub fn evaluate(view: &View<'_>, query: &Query) -> Result<Answer> {
    let first = start(view, query.after.as_ref())?;
    if query.has_no_filter() {
        let rest = view.layer.by_key.get(first..).unwrap_or_default();
        let rows: Vec<u32> = rest.iter().take(query.limit).copied().collect();
        let next = next(view, &rows, rest.len());
        return Ok(Answer { rows, matched: view.len() as u64, next });
    }
    let mut found = filter(view, query)?;
    let matched = found.len() as u64;
    found.retain(|row| rank(view, *row) as usize >= first);
    let rest = found.len();
    let rows = first_in_key_order(view, found, query.limit);
    let next = next(view, &rows, rest);
    Ok(Answer { rows, matched, next })
}

/// The row with this id, or None.
pub fn find(view: &View<'_>, id: &str) -> Option<u32> {
    if !view.sees_key() {
        return None;
    }
    let layer = view.layer;
    let key = Key::parse(id, &layer.columns, &layer.key)?;
    let rank = first_not_below(view, &key);
    let row = *layer.by_key.get(rank)?;
    (Key::of(&layer.columns, &layer.key, row as usize) == key).then_some(row)
}

/// The rank in key order at which the page begins.
fn start(view: &View<'_>, after: Option<&Cursor>) -> Result<usize> {
    let foreign = || Error::invalid("cursor", "this cursor is of another collection");
    match after {
        None => Ok(0),
        Some(Cursor::Position { position, loaded_at }) if !view.sees_key() => {
            if *loaded_at != view.loaded_at().as_microsecond() {
                let what = "the data was read again, and features without keys cannot be found again";
                return Err(Error::invalid("cursor", what).hint("begin with the first page"));
            }
            Ok(*position as usize)
        }
        Some(Cursor::Key(text)) if view.sees_key() => {
            let key = Key::parse(text, &view.layer.columns, &view.layer.key).ok_or_else(foreign)?;
            let rank = first_not_below(view, &key);
            let at = view.layer.by_key.get(rank);
            let exists =
                at.is_some_and(|row| Key::of(&view.layer.columns, &view.layer.key, *row as usize) == key);
            Ok(rank + usize::from(exists))
        }
        Some(_) => Err(foreign()),
    }
}

fn first_not_below(view: &View<'_>, key: &Key) -> usize {
    let layer = view.layer;
    layer.by_key.partition_point(|row| {
        // The order of `key::compare`: part by part, in the columns' own types.
        Key::of(&layer.columns, &layer.key, *row as usize) < *key
    })
}

/// The cursor behind the last of `rows`, where more than these are left of the answer.
fn next(view: &View<'_>, rows: &[u32], rest: usize) -> Option<Cursor> {
    let last = *rows.last().filter(|_| rest > rows.len())?;
    Some(match view.key(last) {
        Some(key) => Cursor::Key(key.text()),
        None => Cursor::Position {
            position: u64::from(rank(view, last)) + 1,
            loaded_at: view.loaded_at().as_microsecond(),
        },
    })
}

fn rank(view: &View<'_>, row: u32) -> u32 {
    view.layer.key_rank.get(row as usize).copied().unwrap_or(u32::MAX)
}

fn first_in_key_order(view: &View<'_>, mut rows: Vec<u32>, limit: usize) -> Vec<u32> {
    if rows.len() > limit {
        rows.select_nth_unstable_by_key(limit, |row| rank(view, *row));
        rows.truncate(limit);
    }
    rows.sort_unstable_by_key(|row| rank(view, *row));
    rows
}

/// All rows that answer the conditions, in storage order.
fn filter(view: &View<'_>, query: &Query) -> Result<Vec<u32>> {
    let mut rows = match &query.bbox {
        Some(bbox) => rows_in(view, bbox)?,
        None => (0..view.len() as u32).collect(),
    };
    for (column, literal) in &query.equals {
        match view.visible(*column) {
            Some(column) => rows.retain(|row| equals(column, *row as usize, literal)),
            None => rows.clear(),
        }
    }
    Ok(rows)
}

fn equals(column: &Column, row: usize, literal: &Literal) -> bool {
    match (column.get(row), literal) {
        (Value::Boolean(value), Literal::Boolean(wanted)) => value == *wanted,
        (Value::Integer(value), Literal::Integer(wanted)) => value == *wanted,
        // A 32-bit float equals what its shortest digits say, as people type them.
        (Value::Real(value), Literal::Number(wanted)) => value == *wanted as f32,
        (Value::Double(value), Literal::Number(wanted)) => value == *wanted,
        (Value::Numeric(value), Literal::Decimal(wanted)) => shortest_decimal(value).as_ref() == Some(wanted),
        (Value::Text(value) | Value::Json(value) | Value::Array(value), Literal::Text(wanted)) => {
            value == wanted
        }
        (Value::Date(value), Literal::Date(wanted)) => value == *wanted,
        (Value::Timestamp(value) | Value::TimestampWithZone(value), Literal::Timestamp(wanted)) => {
            value == *wanted
        }
        (Value::Time(value), Literal::Time(wanted)) => value == *wanted,
        (Value::Uuid(value), Literal::Uuid(wanted)) => value == *wanted,
        _ => false,
    }
}

/// The rows whose geometry meets any of the boxes: the index finds candidates, exact coordinates decide.
fn rows_in(view: &View<'_>, filter: &BboxFilter) -> Result<Vec<u32>> {
    let Some(geometry) = &view.collection.geometry else { return Ok(vec![]) };
    let test = ExactTest::new(geometry.crs, filter.crs)?;
    let to_degrees = Projection::of(filter.crs)?;
    let mut rows = vec![];
    for bbox in &filter.boxes {
        let area = world_cover(bbox, &to_degrees);
        // Boxes in degrees and in Web Mercator stay boxes on the world grid: well inside is inside.
        let well_inside = test.is_axis_aligned(filter.crs).then(|| shrink(&area, MARGIN + 1));
        view.layer.index.search(&area, |row| {
            let sure = well_inside.is_some_and(|inside| inside.contains(&view.layer.index.row(row)));
            if sure || view.geometry(row).is_some_and(|geometry| test.meets(&geometry, bbox)) {
                rows.push(row);
            }
            true
        });
    }
    if filter.boxes.len() > 1 {
        rows.sort_unstable();
        rows.dedup();
    }
    Ok(rows)
}

/// Steps of the world grid by which a cover is grown, for rounding.
const MARGIN: i32 = 2;

/// A box of the world grid that surely covers `bbox`: its outline projected point by point, and a hundredth
/// of its size more, since straight sides become curves.
fn world_cover(bbox: &Bbox, to_degrees: &Projection) -> WorldBox {
    let asked = bbox.outline(16);
    let mut outline = asked.clone();
    to_degrees.to_lonlat(&mut outline);
    // A projection far from where it is meant for gives nonsense, which does not lead back.
    let mut back = outline.clone();
    to_degrees.from_lonlat(&mut back);
    let leads_back = |(there, back): (&[f64; 2], &[f64; 2])| {
        (0..2).all(|axis| (there[axis] - back[axis]).abs() <= 1e-6 * (1.0 + there[axis].abs()))
    };
    if !asked.iter().zip(&back).all(leads_back) {
        return WorldBox { min: [i32::MIN; 2], max: [i32::MAX; 2] };
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

/// Takes stored coordinates into the system of the box, where they are not in it already.
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
