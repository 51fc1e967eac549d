//! Cuts lines and rings at the edges of a box of the world grid.

#![allow(clippy::indexing_slicing)] // only the two axes of a point, by 0 and 1

use crate::layer::geometries::WorldBox;

/// A point while clipping, wide enough that differences do not overflow.
type Point = [i64; 2];

/// Returns the four half planes of a box: axis, limit, and whether the points above the limit are
/// inside.
fn edges(area: &WorldBox) -> [(usize, i64, bool); 4] {
    [
        (0, i64::from(area.min[0]), true),
        (0, i64::from(area.max[0]), false),
        (1, i64::from(area.min[1]), true),
        (1, i64::from(area.max[1]), false),
    ]
}

fn is_inside(point: Point, (axis, limit, above): (usize, i64, bool)) -> bool {
    if above { point[axis] >= limit } else { point[axis] <= limit }
}

/// Returns the point where a segment crosses the limit. The ends are on different sides of it.
fn crossing(from: Point, to: Point, (axis, limit, _): (usize, i64, bool)) -> Point {
    let other = 1 - axis;
    // Differences have 33 bits and products 66, so the division in 128 bits is exact. It gives the
    // same point for either direction of the segment.
    let part = i128::from(limit - from[axis]) * i128::from(to[other] - from[other]);
    let mut point = [0; 2];
    point[axis] = limit;
    point[other] = from[other] + divide_rounding(part, i128::from(to[axis] - from[axis]));
    point
}

fn divide_rounding(numerator: i128, denominator: i128) -> i64 {
    let (numerator, denominator) =
        if denominator < 0 { (-numerator, -denominator) } else { (numerator, denominator) };
    (2 * numerator + denominator).div_euclid(2 * denominator) as i64
}

/// Clips rings. Its buffers are reused from feature to feature.
#[derive(Debug, Default)]
pub struct Clipper {
    ring: Vec<Point>,
    next: Vec<Point>,
}

impl Clipper {
    /// Appends the part of a closed ring that is inside `area`, without repeating its first point.
    /// The algorithm is that of I. E. Sutherland and G. W. Hodgman ("Reentrant polygon clipping",
    /// Communications of the ACM 17, 1974). `bounds` contains the ring, and edges of `area` that it
    /// does not reach are skipped. All coordinates are points of the world grid.
    ///
    /// A ring that leaves the area several times gets connections along its edge, which cover
    /// nothing. The module [`polygon`](super::polygon) removes them.
    ///
    /// ```
    /// use veedel::layer::geometries::WorldBox;
    /// use veedel::tile::clip::Clipper;
    ///
    /// let ring = [[0, 0], [8, 0], [8, 4], [0, 4], [0, 0]];
    /// let bounds = WorldBox { min: [0, 0], max: [8, 4] };
    /// let area = WorldBox { min: [-2, -2], max: [2, 2] };
    /// let mut clipped = vec![];
    /// Clipper::default().ring(&ring, &bounds, &area, &mut clipped);
    /// clipped.sort();
    /// assert_eq!(clipped, [[0, 0], [0, 2], [2, 0], [2, 2]]);
    /// ```
    pub fn ring(&mut self, ring: &[[i32; 2]], bounds: &WorldBox, area: &WorldBox, out: &mut Vec<[i32; 2]>) {
        self.ring.clear();
        let open = ring
            .split_last()
            .map_or(ring, |(last, rest)| if rest.first() == Some(last) { rest } else { ring });
        self.ring.extend(open.iter().map(|point| point.map(i64::from)));
        let corners = [bounds.min, bounds.max].map(|corner| corner.map(i64::from));
        for edge in edges(area) {
            if corners.iter().all(|corner| is_inside(*corner, edge)) {
                continue;
            }
            self.next.clear();
            let Some(mut from) = self.ring.last().copied() else { return };
            for to in self.ring.iter().copied() {
                match (is_inside(from, edge), is_inside(to, edge)) {
                    (true, true) => self.next.push(to),
                    (true, false) => self.next.push(crossing(from, to, edge)),
                    (false, true) => self.next.extend([crossing(from, to, edge), to]),
                    (false, false) => {}
                }
                from = to;
            }
            std::mem::swap(&mut self.ring, &mut self.next);
        }
        out.extend(self.ring.iter().map(|point| point.map(|value| value as i32)));
    }
}

/// Calls `found` with each piece of a line that is inside `area`. All coordinates are points of the
/// world grid. The segments are clipped one by one at each edge of the area (after Y.-D. Liang and
/// B. A. Barsky, "A new concept and method for line clipping", ACM Transactions on Graphics 3,
/// 1984). `piece` is a buffer.
///
/// ```
/// use veedel::layer::geometries::WorldBox;
/// use veedel::tile::clip::line;
///
/// let area = WorldBox { min: [0, 0], max: [4, 4] };
/// let mut pieces = vec![];
/// line(&[[-2, 1], [6, 1]], &area, &mut vec![], |piece| pieces.push(piece.to_vec()));
/// assert_eq!(pieces, [[[0, 1], [4, 1]]]);
/// ```
pub fn line(
    line: &[[i32; 2]],
    area: &WorldBox,
    piece: &mut Vec<[i32; 2]>,
    mut found: impl FnMut(&[[i32; 2]]),
) {
    piece.clear();
    for pair in line.windows(2) {
        let [from, to] = pair else { continue };
        let Some([start, end]) = segment(from.map(i64::from), to.map(i64::from), area) else {
            continue;
        };
        if piece.last() != Some(&start) {
            if piece.len() > 1 {
                found(piece);
            }
            piece.clear();
            piece.push(start);
        }
        piece.push(end);
    }
    if piece.len() > 1 {
        found(piece);
    }
}

fn segment(mut from: Point, mut to: Point, area: &WorldBox) -> Option<[[i32; 2]; 2]> {
    for edge in edges(area) {
        match (is_inside(from, edge), is_inside(to, edge)) {
            (true, true) => {}
            (false, false) => return None,
            (true, false) => to = crossing(from, to, edge),
            (false, true) => from = crossing(from, to, edge),
        }
    }
    Some([from, to].map(|point| point.map(|value| value as i32)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const AREA: WorldBox = WorldBox { min: [0, 0], max: [10, 10] };

    fn pieces(points: &[[i32; 2]]) -> Vec<Vec<[i32; 2]>> {
        let mut all = vec![];
        line(points, &AREA, &mut vec![], |piece| all.push(piece.to_vec()));
        all
    }

    #[test]
    fn a_line_that_leaves_and_returns_becomes_two() {
        assert_eq!(
            pieces(&[[5, 5], [5, 20], [8, 20], [8, 5]]),
            [vec![[5, 5], [5, 10]], vec![[8, 10], [8, 5]]]
        );
        assert_eq!(pieces(&[[-5, 5], [15, 5]]), [vec![[0, 5], [10, 5]]]);
        assert!(pieces(&[[-5, 5], [5, 25]]).is_empty());
    }

    #[test]
    fn a_ring_around_the_area_becomes_the_area() {
        let mut out = vec![];
        let bounds = WorldBox { min: [-5, -5], max: [15, 15] };
        let ring = [[-5, -5], [15, -5], [15, 15], [-5, 15], [-5, -5]];
        Clipper::default().ring(&ring, &bounds, &AREA, &mut out);
        out.sort_unstable();
        assert_eq!(out, [[0, 0], [0, 10], [10, 0], [10, 10]]);
    }

    #[test]
    fn a_ring_beside_the_area_vanishes_and_extremes_do_not_overflow() {
        let mut out = vec![];
        let mut clipper = Clipper::default();
        let bounds = WorldBox { min: [20, 20], max: [30, 30] };
        clipper.ring(&[[20, 20], [30, 20], [30, 30], [20, 20]], &bounds, &AREA, &mut out);
        assert!(out.is_empty());
        let (low, high) = (i32::MIN, i32::MAX);
        let ring = [[low, low], [high, low], [high, high], [low, high], [low, low]];
        clipper.ring(&ring, &WorldBox { min: [low, low], max: [high, high] }, &AREA, &mut out);
        assert_eq!(out.len(), 4);
    }
}
