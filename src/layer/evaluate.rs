//! Evaluates a query on a layer: the page that is asked for, and the number of all matches.

use std::ops::Range;

use super::filter::Bound;
use super::in_box::BoxTest;
use super::key::Key;
use super::order::{Order, rank_of};
use super::view::View;
use crate::error::Result;
use crate::query::{Cursor, Direction, Query};

/// The features of one page, and their number on all pages.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// The rows of the page, in the order of the query.
    pub rows: Vec<u32>,
    /// The exact number of features that match the query.
    pub matched: u64,
    /// Where the next page begins; None on the last page.
    pub next: Option<Cursor>,
    /// Where the previous page ends; None on the first page.
    pub previous: Option<Cursor>,
}

/// Evaluates `query` on one layer. Columns of the query are positions in the collection. The caller
/// has checked that `view` shows them; a hidden column matches nothing.
///
/// # Errors
///
/// Fails if the query's cursor belongs to another collection or order, or if the coordinate system
/// of its box is not known.
pub fn evaluate(view: &View<'_>, query: &Query) -> Result<Answer> {
    let order = Order::new(view, &query.sort);
    if query.has_no_filter() && order.is_unsorted() {
        let all = view.len();
        let window = window(&order, query, None, all)?;
        let rows = view.ranked(window.clone());
        return Ok(answer(&order, rows, window, all));
    }
    let found = filter(view, query)?;
    let matched = found.len();
    let window = window(&order, query, Some(&found), matched)?;
    let rows = order.cut(found, window.clone());
    Ok(answer(&order, rows, window, matched))
}

/// Returns the row with this id; None if there is none or the key is hidden.
pub fn find(view: &View<'_>, id: &str) -> Option<u32> {
    if !view.sees_key() {
        return None;
    }
    let key = Key::parse(id, &view.layer.columns, &view.layer.key)?;
    let (rank, exists) = rank_of(view, &key);
    view.layer.by_key.get(rank as usize).copied().filter(|_| exists)
}

/// Returns the range of the page in the ordered matches, from 0. `rows` are the matches; None for
/// all rows.
fn window(order: &Order<'_>, query: &Query, rows: Option<&[u32]>, matched: usize) -> Result<Range<usize>> {
    let Some(cursor) = &query.from else { return Ok(forward(query.offset, query.limit, matched)) };
    let before = order.rows_before(rows, cursor)?;
    Ok(match cursor.direction {
        Direction::Forward => forward(before.saturating_add(query.offset), query.limit, matched),
        Direction::Backward => {
            let end = before.saturating_sub(query.offset).min(matched);
            end.saturating_sub(query.limit)..end
        }
    })
}

fn forward(start: usize, limit: usize, matched: usize) -> Range<usize> {
    let start = start.min(matched);
    start..start.saturating_add(limit).min(matched)
}

fn answer(order: &Order<'_>, rows: Vec<u32>, window: Range<usize>, matched: usize) -> Answer {
    let next = rows.last().filter(|_| window.end < matched);
    let next = next.map(|row| order.cursor(Direction::Forward, *row, window.end));
    let previous = rows.first().filter(|_| window.start > 0);
    let previous = previous.map(|row| order.cursor(Direction::Backward, *row, window.start));
    Answer { rows, matched: matched as u64, next, previous }
}

/// Returns all rows that match the conditions, in storage order.
fn filter(view: &View<'_>, query: &Query) -> Result<Vec<u32>> {
    let filter = query.filter.as_ref().map(|filter| Bound::new(view, filter));
    let test = query.bbox.as_ref().map(|bbox| BoxTest::new(view, bbox)).transpose()?.flatten();
    // The parameter `bbox` matches every feature of a collection without geometries.
    let Some(test) = test else {
        return Ok(filter.map_or_else(|| (0..view.len() as u32).collect(), |filter| filter.rows()));
    };
    let mut rows = test.answers(view);
    if let Some(filter) = filter {
        rows.retain(|row| filter.holds(*row));
    }
    Ok(rows)
}
