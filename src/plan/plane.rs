//! Lengths, areas and relations in the plane of a projected coordinate system, in metres.

/// A point: easting and northing in metres.
pub type Point = [f64; 2];

/// Returns the straight distance of two points in metres.
pub fn distance([ax, ay]: Point, [bx, by]: Point) -> f64 {
    (ax - bx).hypot(ay - by)
}

/// Returns the point at a share (0 to 1) of the way from `a` to `b`.
pub fn between([ax, ay]: Point, [bx, by]: Point, share: f64) -> Point {
    [ax + (bx - ax) * share, ay + (by - ay) * share]
}

/// Returns the point of the segment `a`–`b` that is nearest to `point`: its share of the way from
/// `a` to `b` (0 to 1), and its distance in metres. It is the orthogonal projection, or an end.
///
/// ```
/// use veedel::plan::plane::nearest_on_segment;
///
/// assert_eq!(nearest_on_segment([5.0, 3.0], [0.0, 0.0], [10.0, 0.0]), (0.5, 3.0));
/// assert_eq!(nearest_on_segment([-4.0, 3.0], [0.0, 0.0], [10.0, 0.0]), (0.0, 5.0));
/// ```
pub fn nearest_on_segment(point: Point, a: Point, b: Point) -> (f64, f64) {
    let [dx, dy] = [b[0] - a[0], b[1] - a[1]];
    let square = dx * dx + dy * dy;
    let along = (point[0] - a[0]) * dx + (point[1] - a[1]) * dy;
    let share = if square > 0.0 { (along / square).clamp(0.0, 1.0) } else { 0.0 };
    (share, distance(point, between(a, b, share)))
}

/// Returns the point where the segments `a`–`b` and `c`–`d` cross or touch, as its share of the way
/// along each of them. Returns None if they do not meet or are parallel, even on the same line.
///
/// ```
/// use veedel::plan::plane::crossing;
///
/// let met = crossing([0.0, 0.0], [4.0, 0.0], [1.0, -1.0], [1.0, 1.0]);
/// assert_eq!(met, Some((0.25, 0.5)));
/// assert_eq!(crossing([0.0, 0.0], [4.0, 0.0], [5.0, -1.0], [5.0, 1.0]), None);
/// ```
pub fn crossing(a: Point, b: Point, c: Point, d: Point) -> Option<(f64, f64)> {
    let (u, v, w) = ([b[0] - a[0], b[1] - a[1]], [d[0] - c[0], d[1] - c[1]], [c[0] - a[0], c[1] - a[1]]);
    let cross = |p: Point, q: Point| p[0] * q[1] - p[1] * q[0];
    let denominator = cross(u, v);
    if denominator == 0.0 {
        return None;
    }
    let (along_first, along_second) = (cross(w, v) / denominator, cross(w, u) / denominator);
    let within = |share: f64| (0.0..=1.0).contains(&share);
    (within(along_first) && within(along_second)).then_some((along_first, along_second))
}

/// Returns whether a point is inside of closed rings by the even-odd rule, so a hole or an overlap
/// is outside. Invalid rings have a definite answer as well.
///
/// ```
/// use veedel::plan::plane::is_inside;
///
/// let ring = [[0.0, 0.0], [4.0, 0.0], [4.0, 4.0], [0.0, 4.0], [0.0, 0.0]];
/// assert!(is_inside([1.0, 1.0], [ring.as_slice()]));
/// assert!(!is_inside([5.0, 1.0], [ring.as_slice()]));
/// ```
pub fn is_inside<'a>([x, y]: Point, rings: impl IntoIterator<Item = &'a [Point]>) -> bool {
    let mut inside = false;
    for ring in rings {
        for pair in ring.windows(2) {
            let [a, b] = pair else { continue };
            if (a[1] > y) != (b[1] > y) && x < (b[0] - a[0]) * (y - a[1]) / (b[1] - a[1]) + a[0] {
                inside = !inside;
            }
        }
    }
    inside
}

/// Returns the area of a closed ring in m², which is never negative, by the shoelace formula.
///
/// ```
/// use veedel::plan::plane::ring_area;
///
/// assert_eq!(ring_area(&[[0.0, 0.0], [4.0, 0.0], [0.0, 3.0], [0.0, 0.0]]), 6.0);
/// ```
pub fn ring_area(ring: &[Point]) -> f64 {
    let Some([x, y]) = ring.first() else { return 0.0 };
    // Coordinates are taken relative to the first vertex, because products of large eastings and
    // northings would lose digits.
    let twice: f64 = ring
        .windows(2)
        .map(|pair| match pair {
            [a, b] => (a[0] - x) * (b[1] - y) - (b[0] - x) * (a[1] - y),
            _ => 0.0,
        })
        .sum();
    twice.abs() / 2.0
}

/// A box in the plane.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Extent {
    /// The south-western corner.
    pub min: Point,
    /// The north-eastern corner.
    pub max: Point,
}

impl Extent {
    /// The box that contains no point.
    pub const EMPTY: Extent = Extent { min: [f64::INFINITY; 2], max: [f64::NEG_INFINITY; 2] };

    /// Returns the smallest box that contains all of `points`.
    pub fn of<'a>(points: impl IntoIterator<Item = &'a Point>) -> Extent {
        let mut extent = Extent::EMPTY;
        for [x, y] in points {
            extent.min = [extent.min[0].min(*x), extent.min[1].min(*y)];
            extent.max = [extent.max[0].max(*x), extent.max[1].max(*y)];
        }
        extent
    }

    /// Returns the box with a margin in metres on each side.
    pub fn grown(&self, margin: f64) -> Extent {
        Extent { min: self.min.map(|value| value - margin), max: self.max.map(|value| value + margin) }
    }

    /// Returns whether a point is in the box or on its border.
    pub fn contains(&self, [x, y]: Point) -> bool {
        (self.min[0]..=self.max[0]).contains(&x) && (self.min[1]..=self.max[1]).contains(&y)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_place_on_a_segment_is_at_its_foot_or_an_end() {
        assert_eq!(nearest_on_segment([3.0, 4.0], [0.0, 0.0], [10.0, 0.0]), (0.3, 4.0));
        assert_eq!(nearest_on_segment([-3.0, 4.0], [0.0, 0.0], [10.0, 0.0]), (0.0, 5.0));
        assert_eq!(nearest_on_segment([3.0, 4.0], [0.0, 0.0], [0.0, 0.0]), (0.0, 5.0));
    }

    #[test]
    fn segments_cross_where_both_say() {
        assert_eq!(crossing([0.0, 0.0], [10.0, 0.0], [5.0, -5.0], [5.0, 5.0]), Some((0.5, 0.5)));
        assert_eq!(crossing([0.0, 0.0], [10.0, 0.0], [11.0, -5.0], [11.0, 5.0]), None);
    }

    #[test]
    fn a_hole_is_outside() {
        let square = |from: f64, to: f64| vec![[from, from], [to, from], [to, to], [from, to], [from, from]];
        let (outer, hole) = (square(0.0, 10.0), square(4.0, 6.0));
        let rings = || [outer.as_slice(), hole.as_slice()];
        assert!(is_inside([1.0, 1.0], rings()) && !is_inside([5.0, 5.0], rings()));
        assert!(!is_inside([11.0, 5.0], rings()));
        assert_eq!(ring_area(&outer), 100.0);
    }
}
