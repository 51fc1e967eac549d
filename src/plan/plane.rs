//! Lengths and places in the plane of a projected system, in metres.

/// A point: easting, northing.
pub type Point = [f64; 2];

/// The straight distance of two points.
pub fn distance([ax, ay]: Point, [bx, by]: Point) -> f64 {
    (ax - bx).hypot(ay - by)
}

/// The point at a share (0 to 1) of the way from `a` to `b`.
pub fn between([ax, ay]: Point, [bx, by]: Point, share: f64) -> Point {
    [ax + (bx - ax) * share, ay + (by - ay) * share]
}

/// Where the segment `a`–`b` is nearest to `point`: the share of the way (0 to 1), and how far that
/// is.
pub fn nearest_on_segment(point: Point, a: Point, b: Point) -> (f64, f64) {
    let [dx, dy] = [b[0] - a[0], b[1] - a[1]];
    let square = dx * dx + dy * dy;
    let along = (point[0] - a[0]) * dx + (point[1] - a[1]) * dy;
    let share = if square > 0.0 { (along / square).clamp(0.0, 1.0) } else { 0.0 };
    (share, distance(point, between(a, b, share)))
}

/// Where two segments cross or touch: the share of the way along each. None where they do not meet;
/// segments that lie on one line meet at an end of one of them.
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

/// Whether a point lies inside closed rings, by the even-odd rule: a hole, or an overlap, is
/// outside. Right for invalid rings too, in that it always answers the same.
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

/// The area of a closed ring in square metres, never negative (shoelace formula).
pub fn ring_area(ring: &[Point]) -> f64 {
    let Some([x, y]) = ring.first() else { return 0.0 };
    // From the first vertex, so that large eastings and northings cost no digits.
    let twice: f64 = ring
        .windows(2)
        .map(|pair| match pair {
            [a, b] => (a[0] - x) * (b[1] - y) - (b[0] - x) * (a[1] - y),
            _ => 0.0,
        })
        .sum();
    twice.abs() / 2.0
}

/// A box of the plane.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Extent {
    /// The south-west corner.
    pub min: Point,
    /// The north-east corner.
    pub max: Point,
}

impl Extent {
    /// The box that holds nothing.
    pub const EMPTY: Extent = Extent { min: [f64::INFINITY; 2], max: [f64::NEG_INFINITY; 2] };

    /// The least box of points.
    pub fn of<'a>(points: impl IntoIterator<Item = &'a Point>) -> Extent {
        let mut extent = Extent::EMPTY;
        for [x, y] in points {
            extent.min = [extent.min[0].min(*x), extent.min[1].min(*y)];
            extent.max = [extent.max[0].max(*x), extent.max[1].max(*y)];
        }
        extent
    }

    /// The box with a margin on each side.
    pub fn grown(&self, margin: f64) -> Extent {
        Extent { min: self.min.map(|value| value - margin), max: self.max.map(|value| value + margin) }
    }

    /// Whether a point lies in it.
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
