//! Lines in place of circular arcs, for all readers of geometries.
//!
//! The result is that of PostGIS's `ST_CurveToLine` with its defaults (SQL/MM, ISO/IEC 13249-3,
//! "ST_CircularString"):
//!
//! - A quarter circle becomes 32 segments.
//! - An arc whose first and last point are equal is a full circle. Its centre is halfway between
//!   this point and the middle one.
//! - Three points on a straight line are a line.
//!
//! In addition, the middle point of an arc is kept to the bit, the steps of each half are equal,
//! and an arc gives the same vertices from either end. So two curved polygons that share a border
//! still share it afterwards.

use std::f64::consts::{FRAC_PI_2, TAU};

use super::Shape;

/// The number of segments of a quarter circle, which is PostGIS's default.
const SEGMENTS_PER_QUADRANT: f64 = 32.0;

/// A vertex and its height, which is 0 if the geometry has no heights.
type Vertex = ([f64; 2], f64);

/// Appends a CIRCULARSTRING as a line to the run of `out` that begins at vertex `run_start`.
/// `heights` is empty, or contains one height for each point.
///
/// The arcs go through the points 0 to 2, 2 to 4, and so on. A last point without an arc is joined
/// by a straight segment. If the first point is equal to the last vertex of the run, it is left
/// out, so that the parts of a compound curve are joined.
pub fn append_circular_string(points: &[[f64; 2]], heights: &[f64], run_start: usize, out: &mut Shape) {
    append_line(points.get(..1).unwrap_or_default(), heights, run_start, out);
    let height = |at: usize| heights.get(at).copied().unwrap_or(0.0);
    let mut at = 0;
    while let (Some(first), Some(middle)) = (points.get(at), points.get(at + 1)) {
        let Some(last) = points.get(at + 2) else {
            append_vertex((*middle, height(at + 1)), heights, out);
            return;
        };
        let arc = [(*first, height(at)), (*middle, height(at + 1)), (*last, height(at + 2))];
        append_arc(arc, |vertex| append_vertex(vertex, heights, out));
        at += 2;
    }
}

/// Appends a LINESTRING to the run of `out` that begins at vertex `run_start`. If the first point
/// is equal to the last vertex of the run, it is left out.
pub fn append_line(points: &[[f64; 2]], heights: &[f64], run_start: usize, out: &mut Shape) {
    let in_run = out.xy.len() > run_start;
    let repeated = usize::from(in_run && out.xy.last() == points.first());
    for (at, point) in points.iter().enumerate().skip(repeated) {
        append_vertex((*point, heights.get(at).copied().unwrap_or(0.0)), heights, out);
    }
}

fn append_vertex((point, height): Vertex, heights: &[f64], out: &mut Shape) {
    out.xy.push(point);
    if !heights.is_empty() {
        out.z.push(height);
    }
}

/// Calls `append` with each vertex of an arc except the first.
fn append_arc([first, middle, last]: [Vertex; 3], mut append: impl FnMut(Vertex)) {
    // The arc is computed from the same end in either direction, so that even the rounding is the
    // same.
    let turned = (last.0[0], last.0[1]) < (first.0[0], first.0[1]);
    let (from, to) = if turned { (last, first) } else { (first, last) };
    let Some((before, after)) = arc_between(from, middle, to) else {
        append(middle);
        append(last);
        return;
    };
    if turned {
        after.iter().rev().for_each(|vertex| append(*vertex));
        append(middle);
        before.iter().rev().for_each(|vertex| append(*vertex));
    } else {
        before.iter().for_each(|vertex| append(*vertex));
        append(middle);
        after.iter().for_each(|vertex| append(*vertex));
    }
    append(last);
}

/// Returns the vertices between `first` and `middle`, and those between `middle` and `last`.
/// Returns None if the three are on a straight line, or if a coordinate is not a number.
fn arc_between(first: Vertex, middle: Vertex, last: Vertex) -> Option<(Vec<Vertex>, Vec<Vertex>)> {
    let is_circle = first.0 == last.0;
    // All points are taken relative to the first one, because the squares of UTM coordinates would
    // use up the digits of a double.
    let origin = first.0;
    let [middle_x, middle_y] = [middle.0[0] - origin[0], middle.0[1] - origin[1]];
    let [last_x, last_y] = [last.0[0] - origin[0], last.0[1] - origin[1]];
    let doubled_area = middle_x * last_y - middle_y * last_x;
    let centre = if is_circle {
        [middle_x / 2.0, middle_y / 2.0]
    } else {
        let (middle_square, last_square) =
            (middle_x * middle_x + middle_y * middle_y, last_x * last_x + last_y * last_y);
        [
            (last_y * middle_square - middle_y * last_square) / (2.0 * doubled_area),
            (middle_x * last_square - last_x * middle_square) / (2.0 * doubled_area),
        ]
    };
    let radius = centre[0].hypot(centre[1]);
    if !(radius.is_finite() && radius > 0.0) || is_flat(radius, [middle_x, middle_y], [last_x, last_y]) {
        return None;
    }
    let angle = |x: f64, y: f64| (y - centre[1]).atan2(x - centre[0]);
    let (start, turn, end) = (angle(0.0, 0.0), angle(middle_x, middle_y), angle(last_x, last_y));
    let counterclockwise = is_circle || doubled_area > 0.0;
    let sweep = |from: f64, to: f64| match counterclockwise {
        true => (to - from).rem_euclid(TAU),
        false => -(from - to).rem_euclid(TAU),
    };
    let circle = Circle { centre: [origin[0] + centre[0], origin[1] + centre[1]], radius };
    Some((
        circle.between(start, sweep(start, turn), first.1, middle.1),
        circle.between(turn, sweep(turn, end), middle.1, last.1),
    ))
}

/// Returns whether an arc is so flat that its direction would be decided by rounding, because its
/// middle point is closer to the straight line than the coordinates can express.
fn is_flat(radius: f64, middle: [f64; 2], last: [f64; 2]) -> bool {
    let chord = middle[0].hypot(middle[1]).max(last[0].hypot(last[1]));
    radius > chord * 1e9
}

struct Circle {
    centre: [f64; 2],
    radius: f64,
}

impl Circle {
    /// Returns the vertices strictly inside the angle `sweep` from the angle `start`, both in
    /// radians, at equal steps. Heights are interpolated linearly.
    fn between(&self, start: f64, sweep: f64, low: f64, high: f64) -> Vec<Vertex> {
        // A rounding error must not add a step to a whole number of steps.
        let steps = (sweep.abs() / FRAC_PI_2 * SEGMENTS_PER_QUADRANT - 1e-6).ceil().max(1.0);
        (1..steps as u32)
            .map(|step| {
                let part = f64::from(step) / steps;
                let (sin, cos) = (start + sweep * part).sin_cos();
                let point = [self.centre[0] + self.radius * cos, self.centre[1] + self.radius * sin];
                (point, low + (high - low) * part)
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HALF_ROOT: f64 = std::f64::consts::FRAC_1_SQRT_2;

    fn linearised(points: &[[f64; 2]], heights: &[f64]) -> Shape {
        let mut shape = Shape::default();
        append_circular_string(points, heights, 0, &mut shape);
        shape
    }

    #[test]
    fn a_quarter_circle_has_32_segments_of_equal_length() {
        let line = linearised(&[[1.0, 0.0], [HALF_ROOT, HALF_ROOT], [0.0, 1.0]], &[]).xy;
        assert_eq!(line.len(), 33);
        // What ST_PointN(ST_CurveToLine(…), 2) of PostGIS 3.3 is.
        assert!((line[1][0] - 0.998_795_456_205_172).abs() < 1e-12);
        assert!((line[1][1] - 0.049_067_674_327_418).abs() < 1e-12);
        assert_eq!((line[0], line[16], line[32]), ([1.0, 0.0], [HALF_ROOT, HALF_ROOT], [0.0, 1.0]));
    }

    #[test]
    fn a_clockwise_arc_bends_the_other_way() {
        let line = linearised(&[[0.0, 1.0], [HALF_ROOT, HALF_ROOT], [1.0, 0.0]], &[]).xy;
        assert!(line.windows(2).all(|pair| pair[0][0] < pair[1][0] && pair[0][1] > pair[1][1]));
    }

    #[test]
    fn more_than_half_a_circle_goes_the_long_way() {
        let line = linearised(&[[1.0, 0.0], [-1.0, 0.0], [0.0, -1.0]], &[]).xy;
        assert_eq!(line.len(), 97);
        assert!(line.iter().any(|[_, y]| (*y - 1.0).abs() < 1e-12));
    }

    #[test]
    fn equal_ends_are_a_full_circle_about_the_middle_counterclockwise() {
        let line = linearised(&[[0.0, 0.0], [2.0, 0.0], [0.0, 0.0]], &[]).xy;
        assert_eq!(line.len(), 129);
        assert_eq!((line[0], line[64], line[128]), ([0.0, 0.0], [2.0, 0.0], [0.0, 0.0]));
        // As in PostGIS, from the west the circle goes by the south.
        assert!((line[1][0] - 0.001_204_543_794_828).abs() < 1e-12);
        assert!((line[1][1] + 0.049_067_674_327_418).abs() < 1e-12);
        assert!(line.iter().all(|[x, y]| ((x - 1.0).hypot(*y) - 1.0).abs() < 1e-12));
    }

    #[test]
    fn points_on_a_line_stay_as_they_are() {
        for points in [
            [[0.0, 0.0], [1.0, 1.0], [2.0, 2.0]],
            [[0.0, 0.0], [0.0, 0.0], [2.0, 2.0]],
            [[3.0, 3.0], [3.0, 3.0], [3.0, 3.0]],
            [[0.0, 0.0], [f64::INFINITY, 1.0], [2.0, 2.0]],
        ] {
            assert_eq!(linearised(&points, &[]).xy, points);
        }
        assert_eq!(linearised(&[[0.0, 0.0], [f64::NAN, 1.0], [2.0, 2.0]], &[]).xy.len(), 3);
    }

    #[test]
    fn odd_counts_of_points_lose_none() {
        assert!(linearised(&[], &[]).xy.is_empty());
        assert_eq!(linearised(&[[1.0, 2.0]], &[]).xy, [[1.0, 2.0]]);
        assert_eq!(linearised(&[[1.0, 2.0], [3.0, 4.0]], &[]).xy, [[1.0, 2.0], [3.0, 4.0]]);
        let line = linearised(&[[1.0, 0.0], [HALF_ROOT, HALF_ROOT], [0.0, 1.0], [9.0, 9.0]], &[]).xy;
        assert_eq!(line.len(), 34);
    }

    #[test]
    fn heights_go_evenly_between_the_control_points() {
        let shape = linearised(&[[1.0, 0.0], [HALF_ROOT, HALF_ROOT], [0.0, 1.0]], &[0.0, 10.0, 20.0]);
        assert_eq!(shape.z.len(), shape.xy.len());
        assert_eq!((shape.z[0], shape.z[16], shape.z[32]), (0.0, 10.0, 20.0));
        assert!((shape.z[8] - 5.0).abs() < 1e-9 && (shape.z[24] - 15.0).abs() < 1e-9);
    }

    #[test]
    fn a_compound_curve_joins_without_repeating_vertices() {
        let mut shape = Shape::default();
        append_line(&[[5.0, 0.0], [1.0, 0.0]], &[], 0, &mut shape);
        append_circular_string(&[[1.0, 0.0], [HALF_ROOT, HALF_ROOT], [0.0, 1.0]], &[], 0, &mut shape);
        append_line(&[[0.0, 1.0], [0.0, 5.0]], &[], 0, &mut shape);
        assert_eq!(shape.xy.len(), 35);
        // A run of its own repeats what the run before ended with.
        append_line(&[[0.0, 5.0], [1.0, 5.0]], &[], 35, &mut shape);
        assert_eq!(shape.xy.len(), 37);
    }

    proptest! {
        #[test]
        fn an_arc_read_from_its_other_end_has_the_same_vertices(
            points in prop::array::uniform3([300_000.0..300_100.0f64, 5_600_000.0..5_600_100.0]),
        ) {
            let mut backwards = points;
            backwards.reverse();
            let mut line = linearised(&backwards, &[]).xy;
            line.reverse();
            prop_assert_eq!(line, linearised(&points, &[]).xy);
        }

        #[test]
        fn vertices_lie_on_the_circle_and_control_points_are_kept(
            centre in [300_000.0..301_000.0f64, 5_600_000.0..5_601_000.0],
            radius in 1.0..500.0f64, start in 0.0..TAU, first in 0.2..3.0f64, second in 0.2..3.0f64,
        ) {
            let on_circle = |angle: f64| [centre[0] + radius * angle.cos(), centre[1] + radius * angle.sin()];
            let points = [start, start + first, start + first + second].map(on_circle);
            let line = linearised(&points, &[]).xy;
            prop_assert!(points.iter().all(|point| line.contains(point)));
            for [x, y] in &line {
                let off = (x - centre[0]).hypot(y - centre[1]) - radius;
                prop_assert!(off.abs() < 1e-4, "{off}");
            }
            let expected = (first + second) / FRAC_PI_2 * 32.0;
            prop_assert!((line.len() as f64 - 1.0 - expected).abs() < 2.01, "{} {expected}", line.len());
        }

        #[test]
        fn nothing_makes_it_panic_or_grow(points in prop::collection::vec([any::<f64>(), any::<f64>()], 0..9)) {
            prop_assert!(linearised(&points, &[]).xy.len() <= 1 + 64 * points.len());
        }
    }
}
