//! A grid that finds the points in a box.

use super::plane::{Extent, Point};

/// The side of a cell in metres. It is larger if the grid would have more than [`MOST_CELLS`].
const CELL: f64 = 200.0;
const MOST_CELLS: f64 = 1_000_000.0;

/// The indexes of points, by cell.
#[derive(Debug)]
pub struct PointGrid {
    origin: Point,
    size: f64,
    columns: i64,
    rows: i64,
    ends: Vec<u32>,
    points: Vec<u32>,
}

impl PointGrid {
    /// Creates the grid of all points whose coordinates are numbers.
    pub fn new(points: &[Point]) -> PointGrid {
        let finite = |point: &&Point| point.iter().all(|value| value.is_finite());
        let extent = Extent::of(points.iter().filter(finite));
        let [width, height] =
            [extent.max[0] - extent.min[0], extent.max[1] - extent.min[1]].map(|side| side.max(0.0));
        let size = CELL.max((width * height / MOST_CELLS).sqrt()).max(width.max(height) / 1e5);
        let (columns, rows) = ((width / size) as i64 + 1, (height / size) as i64 + 1);
        let mut grid = PointGrid { origin: extent.min, size, columns, rows, ends: vec![], points: vec![] };
        let cells: Vec<Option<usize>> = points
            .iter()
            .map(|point| point.iter().all(|value| value.is_finite()).then(|| grid.cell(*point)))
            .collect();
        let mut ends = vec![0_u32; (columns * rows) as usize + 1];
        for cell in cells.iter().flatten() {
            if let Some(count) = ends.get_mut(cell + 1) {
                *count += 1;
            }
        }
        let mut sum = 0;
        for end in &mut ends {
            sum += *end;
            *end = sum;
        }
        let mut places = ends.clone();
        grid.points = vec![0; sum as usize];
        for (index, cell) in (0..).zip(&cells) {
            if let Some(place) = cell.and_then(|cell| places.get_mut(cell)) {
                if let Some(slot) = grid.points.get_mut(*place as usize) {
                    *slot = index;
                }
                *place += 1;
            }
        }
        grid.ends = ends;
        grid
    }

    fn step(&self, value: f64, origin: f64, most: i64) -> i64 {
        (((value - origin) / self.size).floor() as i64).clamp(0, most - 1)
    }

    fn cell(&self, [x, y]: Point) -> usize {
        let (column, row) =
            (self.step(x, self.origin[0], self.columns), self.step(y, self.origin[1], self.rows));
        (row * self.columns + column) as usize
    }

    /// Calls `found` with the index of each point in a cell that meets `extent`. Some of these
    /// points are outside of `extent`.
    ///
    /// ```
    /// use veedel::plan::plane::Extent;
    /// use veedel::plan::point_grid::PointGrid;
    ///
    /// let grid = PointGrid::new(&[[0.0, 0.0], [5000.0, 5000.0]]);
    /// let mut found = vec![];
    /// grid.within(&Extent { min: [-1.0, -1.0], max: [1.0, 1.0] }, |index| found.push(index));
    /// assert_eq!(found, [0]);
    /// ```
    pub fn within(&self, extent: &Extent, mut found: impl FnMut(u32)) {
        let columns = self.step(extent.min[0], self.origin[0], self.columns)
            ..=self.step(extent.max[0], self.origin[0], self.columns);
        let rows = self.step(extent.min[1], self.origin[1], self.rows)
            ..=self.step(extent.max[1], self.origin[1], self.rows);
        for row in rows {
            let first = (row * self.columns + columns.start()) as usize;
            let last = (row * self.columns + columns.end()) as usize + 1;
            if let (Some(start), Some(end)) = (self.ends.get(first), self.ends.get(last)) {
                let points = self.points.get(*start as usize..*end as usize).unwrap_or_default();
                points.iter().for_each(|point| found(*point));
            }
        }
    }
}
