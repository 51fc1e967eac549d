//! Writes the packed Hilbert R-tree of a FlatGeobuf file (Kamel and Faloutsos 1993): levels of
//! boxes, the root first, with 16 children for each node.

use crate::encode::spool::Spool;
use crate::error::Result;
use crate::geo::hilbert;

/// The number of children of a node.
pub const NODE_SIZE: u16 = 16;

/// The bounds of nothing: min x, min y, max x, max y.
pub const EMPTY: [f64; 4] = [f64::INFINITY, f64::INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY];

/// A node of the tree: its bounds (min x, min y, max x, max y), and where its content begins. For a
/// feature this is its first byte among the features, else the number of the node's first child in
/// the index.
#[derive(Clone, Copy, Debug)]
pub struct Node {
    pub bounds: [f64; 4],
    pub offset: u64,
}

/// Returns the bounds of all `boxes`.
pub fn extent(boxes: impl Iterator<Item = [f64; 4]>) -> [f64; 4] {
    boxes.fold(EMPTY, |[west, south, east, north], [w, s, e, n]| {
        [west.min(w), south.min(s), east.max(e), north.max(n)]
    })
}

/// Returns the position of a box's centre on the Hilbert curve over `extent`. Empty boxes come
/// last.
pub fn place_on_curve([west, south, east, north]: &[f64; 4], extent: &[f64; 4]) -> u64 {
    if west > east {
        return u64::MAX;
    }
    let [left, bottom, right, top] = extent;
    let scaled = |low: f64, high: f64, least: f64, most: f64| {
        let part = ((low + high) / 2.0 - least) / (most - least);
        // For an extent without width the number is NaN, which the cast turns into 0.
        (part * f64::from(u32::MAX) + f64::from(i32::MIN)) as i32
    };
    hilbert::index([scaled(*west, *east, *left, *right), scaled(*south, *north, *bottom, *top)])
}

/// Writes the tree over `count` leaves, or nothing if there are none. Only the upper levels are
/// kept in memory, which are a fifteenth of the leaves.
///
/// # Errors
///
/// Fails if the temporary file cannot be written or exceeds its limit.
pub fn write(leaves: impl Iterator<Item = Node> + Clone, count: usize, out: &mut Spool) -> Result<()> {
    if count == 0 {
        return Ok(());
    }
    let mut sizes = vec![count];
    // There is a root above the features even if there is only one.
    let mut size = count.div_ceil(NODE_SIZE.into());
    sizes.push(size);
    while size > 1 {
        size = size.div_ceil(NODE_SIZE.into());
        sizes.push(size);
    }
    // The number of the first node of the leaves, and then of each higher level.
    let mut first: usize = sizes.iter().skip(1).sum();
    let mut levels: Vec<Vec<Node>> = vec![parents(leaves.clone(), first)];
    for size in sizes.iter().skip(1).take(sizes.len().saturating_sub(2)) {
        first -= size;
        let above = levels.last().map(|level| parents(level.iter().copied(), first)).unwrap_or_default();
        levels.push(above);
    }
    for level in levels.iter().rev() {
        level.iter().try_for_each(|node| write_node(node, out))?;
    }
    leaves.into_iter().try_for_each(|node| write_node(&node, out))
}

/// Returns the nodes above `children`, of which the first has the number `first`.
fn parents(children: impl Iterator<Item = Node>, first: usize) -> Vec<Node> {
    let mut above: Vec<Node> = vec![];
    for (index, child) in children.enumerate() {
        match above.last_mut() {
            Some(parent) if index % usize::from(NODE_SIZE) > 0 => {
                parent.bounds = extent([parent.bounds, child.bounds].into_iter());
            }
            _ => above.push(Node { bounds: child.bounds, offset: (first + index) as u64 }),
        }
    }
    above
}

fn write_node(node: &Node, out: &mut Spool) -> Result<()> {
    let mut bytes = [0; 40];
    let numbers = node.bounds.iter().map(|number| number.to_le_bytes()).chain([node.offset.to_le_bytes()]);
    for (eight, number) in bytes.chunks_exact_mut(8).zip(numbers) {
        eight.copy_from_slice(&number);
    }
    out.write(&bytes)
}
