//! The label points of a layer's rows, each computed at its first request.

use std::sync::OnceLock;

/// The label points of a layer's rows, each computed at its first request because most are never
/// needed.
#[derive(Debug, Default)]
pub(crate) struct LabelPoints(OnceLock<Box<[LabelPoint]>>);

/// The label point of one row, after the first request; None inside if it has none.
type LabelPoint = OnceLock<Option<[i32; 2]>>;

impl LabelPoints {
    /// Returns the point of `row` among `rows` rows, computed by `find` at the first request.
    /// Concurrent first requests all compute it, since waiting for another request would be wrong,
    /// which may be cancelled.
    pub(super) fn of(
        &self,
        row: u32,
        rows: usize,
        find: impl FnOnce() -> Option<[i32; 2]>,
    ) -> Option<[i32; 2]> {
        let points = self.0.get_or_init(|| (0..rows).map(|_| LabelPoint::new()).collect());
        let point = points.get(row as usize)?;
        match point.get() {
            Some(found) => *found,
            None => {
                let found = find();
                *point.get_or_init(|| found)
            }
        }
    }

    pub(super) fn memory(&self) -> usize {
        self.0.get().map_or(0, |points| size_of_val::<[LabelPoint]>(points))
    }
}
