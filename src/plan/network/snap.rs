//! Finds the place of a point on the network: the nearest point of the nearest open edge.

use super::edges::Network;
use crate::plan::plane::{Extent, Point, crossing, nearest_on_segment};

/// A place on an edge, and the distance to it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Snap {
    /// The index of the edge.
    pub edge: u32,
    /// The distance from the beginning of the edge in metres.
    pub along: f64,
    /// The straight distance from the point to this place in metres.
    pub offset: f64,
}

/// One segment of an edge's polyline.
#[derive(Clone, Copy, Debug)]
struct Segment {
    edge: u32,
    from: Point,
    to: Point,
    /// The distance of its beginning from that of the edge, and its length, in metres.
    along: f64,
    length: f64,
}

/// A grid over the segments of all open edges.
#[derive(Debug)]
pub struct EdgeIndex {
    origin: Point,
    size: f64,
    columns: i64,
    rows: i64,
    /// The index in `cells` after the last segment of each cell.
    ends: Vec<u32>,
    cells: Vec<u32>,
    segments: Vec<Segment>,
}

/// The side of a cell in metres. It is larger if the grid would have more than [`MOST_CELLS`].
const CELL: f64 = 100.0;
const MOST_CELLS: f64 = 4_000_000.0;

impl EdgeIndex {
    /// Creates the index of the edges for which `open` is true.
    pub fn new(network: &Network, open: &[bool]) -> EdgeIndex {
        let mut segments = vec![];
        for (number, edge) in network.edges().iter().enumerate() {
            if open.get(number) != Some(&true) {
                continue;
            }
            let (line, marks) = network.line(edge);
            for (pair, mark) in line.windows(2).zip(marks.windows(2)) {
                if let ([from, to], [start, end]) = (pair, mark) {
                    let (from, to) = (*from, *to);
                    segments.push(Segment {
                        edge: number as u32,
                        from,
                        to,
                        along: *start,
                        length: end - start,
                    });
                }
            }
        }
        let extent = Extent::of(segments.iter().flat_map(|segment| [&segment.from, &segment.to]));
        let sides = [0, 1].map(|axis: usize| match axis {
            0 => (extent.max[0] - extent.min[0]).max(0.0),
            _ => (extent.max[1] - extent.min[1]).max(0.0),
        });
        let [width, height] = sides;
        let size = CELL.max((width * height / MOST_CELLS).sqrt()).max(width.max(height) / 1e6);
        let (columns, rows) = ((width / size) as i64 + 1, (height / size) as i64 + 1);
        let mut index =
            EdgeIndex { origin: extent.min, size, columns, rows, ends: vec![], cells: vec![], segments };
        if !index.segments.is_empty() {
            index.fill();
        }
        index
    }

    fn fill(&mut self) {
        let mut counts = vec![0_u32; (self.columns * self.rows) as usize];
        let each = |index: &EdgeIndex, visit: &mut dyn FnMut(usize, u32)| {
            for (number, segment) in index.segments.iter().enumerate() {
                let extent = Extent::of([&segment.from, &segment.to]);
                index.cells_of(&extent).for_each(|cell| visit(cell, number as u32));
            }
        };
        each(self, &mut |cell, _| {
            if let Some(count) = counts.get_mut(cell) {
                *count += 1;
            }
        });
        let mut sum = 0;
        for count in &mut counts {
            let own = *count;
            *count = sum;
            sum += own;
        }
        let mut cells = vec![0_u32; sum as usize];
        each(self, &mut |cell, number| {
            if let Some(place) = counts.get_mut(cell)
                && let Some(slot) = cells.get_mut(*place as usize)
            {
                *slot = number;
                *place += 1;
            }
        });
        (self.ends, self.cells) = (counts, cells);
    }

    fn cell_at(&self, [x, y]: Point) -> [i64; 2] {
        let cell = |value: f64, origin: f64| ((value - origin) / self.size).floor() as i64;
        [cell(x, self.origin[0]), cell(y, self.origin[1])]
    }

    fn cells_of(&self, extent: &Extent) -> impl Iterator<Item = usize> + use<> {
        let (low, high) = (self.cell_at(extent.min), self.cell_at(extent.max));
        let (columns, rows) = (self.columns, self.rows);
        let row_range = low[1].max(0)..=high[1].min(rows - 1);
        row_range.flat_map(move |row| {
            (low[0].max(0)..=high[0].min(columns - 1)).map(move |column| (row * columns + column) as usize)
        })
    }

    fn in_cell(&self, cell: usize) -> impl Iterator<Item = &Segment> {
        let start = cell.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or(0);
        let end = self.ends.get(cell).copied().unwrap_or(start);
        let numbers = self.cells.get(start as usize..end as usize).unwrap_or_default();
        numbers.iter().filter_map(|number| self.segments.get(*number as usize))
    }

    /// Returns the nearest place on an open edge that is at most `limit` metres away. Of several at
    /// the same distance, it is on the edge with the lowest index.
    pub fn nearest(&self, point: Point, limit: f64) -> Option<Snap> {
        self.nearest_of(point, limit, |_| true)
    }

    /// Returns the nearest place on an open edge for which `is_meant` is true, at most `limit`
    /// metres away.
    pub fn nearest_of(&self, point: Point, limit: f64, is_meant: impl Fn(u32) -> bool) -> Option<Snap> {
        if self.segments.is_empty() || !point.iter().all(|value| value.is_finite()) {
            return None;
        }
        let [column, row] = self.cell_at(point);
        let mut best: Option<Snap> = None;
        let rings = (limit / self.size).ceil() as i64 + 1;
        // After ring r, all segments that were not visited are at least r cells away.
        for ring in 0..=rings {
            for [x, y] in ring_of([column, row], ring) {
                if (0..self.columns).contains(&x) && (0..self.rows).contains(&y) {
                    self.in_cell((y * self.columns + x) as usize)
                        .filter(|segment| is_meant(segment.edge))
                        .for_each(|segment| nearer(&mut best, segment, point));
                }
            }
            if best.is_some_and(|best| best.offset <= ring as f64 * self.size) {
                break;
            }
        }
        best.filter(|snap| snap.offset <= limit)
    }

    /// Returns the places where open edges cross an outline, with an offset of 0. If there are
    /// none, returns the place that is nearest to the outline, at most `limit` metres away. The
    /// outline consists of closed rings or lines.
    pub fn entrances<'a>(&self, outline: impl Iterator<Item = &'a [Point]>, limit: f64) -> Vec<Snap> {
        let sides: Vec<(Point, Point)> = outline
            .flat_map(|ring| ring.windows(2))
            .filter_map(|pair| match pair {
                [a, b] => Some((*a, *b)),
                _ => None,
            })
            .collect();
        let mut entrances: Vec<Snap> = sides.iter().flat_map(|side| self.crossings(*side)).collect();
        if entrances.is_empty() {
            entrances.extend(self.nearest_to_sides(&sides, limit));
        }
        entrances.sort_by(|a, b| a.edge.cmp(&b.edge).then(a.along.total_cmp(&b.along)));
        entrances.dedup();
        entrances
    }

    fn crossings(&self, (a, b): (Point, Point)) -> Vec<Snap> {
        let near = self.cells_of(&Extent::of([&a, &b])).flat_map(|cell| self.in_cell(cell));
        near.filter_map(|segment| {
            let (_, share) = crossing(a, b, segment.from, segment.to)?;
            Some(Snap { edge: segment.edge, along: segment.along + share * segment.length, offset: 0.0 })
        })
        .collect()
    }

    /// Returns the place on an edge that is nearest to the sides of an outline. If two segments do
    /// not cross, they are nearest at an end of one of them.
    fn nearest_to_sides(&self, sides: &[(Point, Point)], limit: f64) -> Option<Snap> {
        let mut best: Option<Snap> = None;
        for (corner, _) in sides {
            let found = self.nearest(*corner, best.map_or(limit, |best| best.offset));
            best = found.filter(|found| best.is_none_or(|best| found.offset < best.offset)).or(best);
        }
        let reach = best.map_or(limit, |best| best.offset);
        for (a, b) in sides {
            let near = Extent::of([a, b]).grown(reach);
            for segment in self.cells_of(&near).flat_map(|cell| self.in_cell(cell)) {
                for (end, along) in
                    [(segment.from, segment.along), (segment.to, segment.along + segment.length)]
                {
                    let (_, offset) = nearest_on_segment(end, *a, *b);
                    if offset <= limit && best.is_none_or(|best| offset < best.offset) {
                        best = Some(Snap { edge: segment.edge, along, offset });
                    }
                }
            }
        }
        best
    }
}

fn nearer(best: &mut Option<Snap>, segment: &Segment, point: Point) {
    let (share, offset) = nearest_on_segment(point, segment.from, segment.to);
    let is_better =
        best.is_none_or(|best| offset < best.offset || (offset == best.offset && segment.edge < best.edge));
    if is_better {
        *best = Some(Snap { edge: segment.edge, along: segment.along + share * segment.length, offset });
    }
}

/// Returns the cells whose distance is exactly `ring` cells (Chebyshev distance).
fn ring_of([column, row]: [i64; 2], ring: i64) -> impl Iterator<Item = [i64; 2]> {
    (-ring..=ring).flat_map(move |dy| {
        let step = if dy.abs() == ring { 1 } else { (2 * ring).max(1) };
        (-ring..=ring).step_by(step as usize).map(move |dx| [column + dx, row + dy])
    })
}
