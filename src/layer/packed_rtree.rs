//! A packed R-tree over rows that are stored along a space-filling curve (I. Kamel and C.
//! Faloutsos, "On packing R-trees", CIKM 1993).
//!
//! As in FlatGeobuf and flatbush, each node covers 16 neighbours of the level below. Since the rows
//! themselves are in the order of the curve, leaf `i` is row `i`. So there is no list of leaves,
//! and a search returns rows in ascending order.

use super::geometries::WorldBox;

const NODE: usize = 16;

/// The tree: the boxes of the rows, and then those of each level above, up to one root.
#[derive(Debug, Default)]
pub struct PackedRtree {
    levels: Vec<Vec<WorldBox>>,
    /// The rows with empty boxes, ascending.
    unplaced: Vec<u32>,
}

impl PackedRtree {
    /// Builds the tree over the boxes of rows `0..boxes.len()`. A search never finds an empty box.
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

    /// Returns the rows that no search finds, ascending: those without a geometry, and those whose
    /// geometry is outside the world of Web Mercator.
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
            // The boxes of 16 rows are compared together, since most of the time is spent here.
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

    /// Returns an upper bound for the number of rows whose box meets `area`: the rows of all nodes
    /// of a low level that meet it. A result above `enough` means only that the bound of the lowest
    /// nodes is above `enough` too.
    pub fn at_most_in(&self, area: &WorldBox, enough: usize) -> usize {
        let Some(top) = self.levels.len().checked_sub(1) else { return 0 };
        let mut most = 0;
        // A coarse level costs next to nothing and suffices for small areas. A finer one is used
        // only if the result is large.
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

    /// Returns the box of a row.
    pub fn row(&self, row: u32) -> WorldBox {
        self.levels.first().and_then(|rows| rows.get(row as usize)).copied().unwrap_or(WorldBox::EMPTY)
    }

    /// Returns the boxes of all rows.
    pub fn rows(&self) -> &[WorldBox] {
        self.levels.first().map_or(&[], Vec::as_slice)
    }

    /// Returns the box that contains all rows.
    pub fn bounds(&self) -> WorldBox {
        self.levels.last().and_then(|root| root.first()).copied().unwrap_or(WorldBox::EMPTY)
    }

    /// Returns the size in memory, in bytes.
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
