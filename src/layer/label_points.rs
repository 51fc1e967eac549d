//! The label points of a layer's rows, each found when it is first asked for.

use std::sync::OnceLock;

/// The label points of a layer's rows. Most layers are never asked for them, so each is found when
/// it is.
#[derive(Debug, Default)]
pub(crate) struct LabelPoints(OnceLock<Box<[LabelPoint]>>);

/// One row's, once it was asked for; None where it has none.
type LabelPoint = OnceLock<Option<[i32; 2]>>;

impl LabelPoints {
    /// The point of `row` of `rows`, by `find` at the first time. Several who ask at that time all
    /// find it: none waits for another, who may be interrupted.
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
