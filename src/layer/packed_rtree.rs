//! A packed R-tree over rows that already lie along a space-filling curve.
//!
//! As in FlatGeobuf and flatbush, each node covers 16 neighbours of the level below; but since the
//! rows themselves are in curve order, leaf `i` simply means row `i`: there is nothing to look up,
//! and a search gives rows in ascending order. (Kamel & Faloutsos, "On packing R-trees", CIKM
//! 1993.)

use super::geometries::WorldBox;

const NODE: usize = 16;

/// The tree: the rows' boxes, then each level above, up to one root.
#[derive(Debug, Default)]
pub struct PackedRtree {
    levels: Vec<Vec<WorldBox>>,
    /// The rows of empty boxes, ascending.
    unplaced: Vec<u32>,
}

impl PackedRtree {
    /// Builds the tree over the boxes of rows `0..boxes.len()`; an empty box is never found.
    pub fn build(boxes: Vec<WorldBox>) -> PackedRtree {
        let unplaced =
            (0u32..).zip(&boxes).filter(|(_, bounds)| bounds.is_empty()).map(|(row, _)| row).collect();
        let mut levels = vec![boxes];
        while let Some(below) = levels.last().filter(|level| level.len() > 1) {
            let above = below
                .chunks(NODE)
                .map(|children| {
                    let mut bounds = WorldBox::EMPTY;
                    children.iter().for_each(|child| bounds.merge(child));
                    bounds
                })
                .collect();
            levels.push(above);
        }
        PackedRtree { levels, unplaced }
    }

    /// The rows that no search finds, ascending: those without a geometry, or with one outside the
    /// world of Web Mercator.
    pub fn unplaced(&self) -> &[u32] {
        &self.unplaced
    }

    /// Calls `found` with each row whose box meets `area`, in ascending order, until it returns
    /// false.
    pub fn search(&self, area: &WorldBox, mut found: impl FnMut(u32) -> bool) {
        if let Some(top) = self.levels.len().checked_sub(1) {
            self.descend(top, 0, area, &mut found);
        }
    }

    fn descend(
        &self,
        level: usize,
        node: usize,
        area: &WorldBox,
        found: &mut impl FnMut(u32) -> bool,
    ) -> bool {
        let Some(bounds) = self.levels.get(level).and_then(|boxes| boxes.get(node)) else { return true };
        if bounds.is_empty() || !bounds.intersects(area) {
            return true;
        }
        if level == 0 {
            return found(node as u32);
        }
        if level == 1 {
            // The boxes of 16 rows in one look; this is where the time goes.
            let rows = self.levels.first().map_or(&[][..], Vec::as_slice);
            let first = node * NODE;
            let children = rows.get(first..rows.len().min(first + NODE)).unwrap_or_default();
            for (row, child) in (first..).zip(children) {
                if child.intersects(area) && !child.is_empty() && !found(row as u32) {
                    return false;
                }
            }
            return true;
        }
        (node * NODE..(node + 1) * NODE).all(|child| self.descend(level - 1, child, area, found))
    }

    /// A number that the rows whose box meets `area` do not exceed: those of all low nodes that
    /// meet it. If it is above `enough`, so is the count of the lowest nodes; how far above is not
    /// said.
    pub fn at_most_in(&self, area: &WorldBox, enough: usize) -> usize {
        let Some(top) = self.levels.len().checked_sub(1) else { return 0 };
        let mut most = 0;
        // A coarse look costs next to nothing and does for small areas; only if it finds many, a
        // finer one.
        for lowest in [2, 1] {
            most = 0;
            self.add_up((top, 0), lowest.min(top), area, &mut |rows| {
                most += rows;
                most <= enough
            });
            if most <= enough {
                break;
            }
        }
        most
    }

    fn add_up(
        &self,
        (level, node): (usize, usize),
        lowest: usize,
        area: &WorldBox,
        add: &mut impl FnMut(usize) -> bool,
    ) -> bool {
        let Some(bounds) = self.levels.get(level).and_then(|boxes| boxes.get(node)) else { return true };
        if bounds.is_empty() || !bounds.intersects(area) {
            return true;
        }
        if level <= lowest {
            return add(NODE.pow(level as u32));
        }
        (node * NODE..(node + 1) * NODE).all(|child| self.add_up((level - 1, child), lowest, area, add))
    }

    /// The box of a row.
    pub fn row(&self, row: u32) -> WorldBox {
        self.levels.first().and_then(|rows| rows.get(row as usize)).copied().unwrap_or(WorldBox::EMPTY)
    }

    /// The boxes of all rows.
    pub fn rows(&self) -> &[WorldBox] {
        self.levels.first().map_or(&[], Vec::as_slice)
    }

    /// The box of everything.
    pub fn bounds(&self) -> WorldBox {
        self.levels.last().and_then(|root| root.first()).copied().unwrap_or(WorldBox::EMPTY)
    }

    /// The bytes it holds in memory.
    pub fn memory(&self) -> usize {
        self.levels.iter().map(|level| level.capacity() * size_of::<WorldBox>()).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn boxes() -> impl Strategy<Value = Vec<WorldBox>> {
        let one = (-100i32..100, -100i32..100, 0i32..20, 0i32..20)
            .prop_map(|(x, y, w, h)| WorldBox { min: [x, y], max: [x + w, y + h] });
        proptest::collection::vec(prop_oneof![9 => one, 1 => Just(WorldBox::EMPTY)], 0..600)
    }

    proptest! {
        #[test]
        fn finds_what_a_scan_finds_in_ascending_order(boxes in boxes(), x in -120i32..120, y in -120i32..120, size in 0i32..80) {
            let area = WorldBox { min: [x, y], max: [x + size, y + size] };
            let scan: Vec<u32> = (0u32..).zip(&boxes).filter(|(_, b)| !b.is_empty() && b.intersects(&area)).map(|(row, _)| row).collect();
            let mut found = vec![];
            let tree = PackedRtree::build(boxes);
            tree.search(&area, |row| { found.push(row); true });
            prop_assert_eq!(&found, &scan);
            prop_assert!(tree.at_most_in(&area, usize::MAX) >= scan.len());
            prop_assert!(tree.at_most_in(&area, 20) >= scan.len().min(20));
        }
    }
}
