//! Simplifies lines and borders, and keeps borders that areas share identical: computes for each
//! vertex the zoom level from which on it is drawn.
//!
//! The levels are computed once for the layer. A vertex where rings and lines of any features meet
//! or part is a junction, which is always drawn. Between two junctions they share all vertices, and
//! such an arc is simplified in the same direction for all of them. So two districts lose the same
//! vertices of their common border, and no gap opens between them at any zoom level. Arcs are
//! simplified by the algorithm of D. Douglas and T. Peucker ("Algorithms for the reduction of the
//! number of points required to represent a digitized line", Cartographica 10, 1973). Junctions and
//! arcs are those of TopoJSON.

#![allow(clippy::indexing_slicing)] // only the two axes of a point, by 0 and 1

use foldhash::{HashMap, HashMapExt};
use rayon::prelude::*;

use crate::geo::geometry::Role;
use crate::work::{spend, together};

/// The zoom level from which on all vertices are drawn.
pub const EVERYTHING_FROM: u8 = 16;

/// Units of work for simplifying a vertex.
const VERTEX: usize = 20;

/// The number of vertices below which a run is always drawn completely, such as the outline of a
/// house.
const SHORTEST: usize = 16;
/// The greatest distance of a drawn line from the true one, in units of 1/4096 of a tile: a quarter
/// of a pixel in a tile drawn 512 pixels wide.
const TOLERANCE: u32 = 2;

/// A run of vertices: its range, and its role in the geometry.
pub type Run = (std::ops::Range<usize>, Role);

/// Returns the zoom level from which on each vertex is drawn, 0 for those that are always drawn.
/// The result is empty if all are. `world` contains the vertices on the world grid.
pub fn levels(world: &[[i32; 2]], runs: &[Run]) -> Vec<u8> {
    if !runs.iter().any(is_long) {
        return vec![];
    }
    let junctions = Junctions::of(world, runs, |run| is_long(run));
    let long: Vec<&Run> = runs.iter().filter(|run| is_long(run)).collect();
    let simplified = together(
        long.len(),
        || (),
        |_, index| {
            let (range, role) = long.get(index)?;
            let points = world.get(range.clone()).unwrap_or_default();
            spend(VERTEX * points.len());
            Some((range.start, levels_of_run(points, *role, &junctions)))
        },
    );
    let mut levels = vec![0; world.len()];
    for (start, run) in simplified.into_iter().flatten() {
        if let Some(slots) = levels.get_mut(start..start + run.len()) {
            slots.copy_from_slice(&run);
        }
    }
    levels
}

/// Returns the levels of the vertices of `runs`, which are all long. `beside` are all runs that
/// share a vertex with them, including themselves; levels depend on nothing else.
pub fn levels_of(world: &[[i32; 2]], runs: &[Run], beside: &[Run]) -> Vec<Vec<u8>> {
    let junctions = Junctions::of(world, beside, |run| is_long(run));
    let levels =
        |(range, role): &Run| levels_of_run(world.get(range.clone()).unwrap_or_default(), *role, &junctions);
    runs.par_iter().map(levels).collect()
}

/// Returns whether a run has enough vertices to be simplified.
pub fn is_long(run: &Run) -> bool {
    run.0.len() >= SHORTEST && run.1 != Role::Points
}

/// The two neighbours of each vertex of long runs, as long as they are the same wherever it occurs.
struct Junctions {
    neighbours: HashMap<[i32; 2], Option<[[i32; 2]; 2]>>,
}

impl Junctions {
    fn of(world: &[[i32; 2]], runs: &[Run], is_long: impl Fn(&&Run) -> bool) -> Junctions {
        let mut all = Junctions { neighbours: HashMap::new() };
        for (range, role) in runs.iter().filter(&is_long) {
            let points = world.get(range.clone()).unwrap_or_default();
            each(points, *role, |point, beside| {
                let known = all.neighbours.entry(point).or_insert(beside);
                if *known != beside {
                    *known = None;
                }
            });
        }
        // Short runs are drawn completely, so long ones must keep the vertices that they share with
        // them.
        for (range, role) in runs.iter().filter(|run| !is_long(run) && run.1 != Role::Points) {
            let points = world.get(range.clone()).unwrap_or_default();
            each(points, *role, |point, _| {
                if let Some(known) = all.neighbours.get_mut(&point) {
                    *known = None;
                }
            });
        }
        all
    }

    fn is_junction(&self, point: [i32; 2]) -> bool {
        self.neighbours.get(&point).is_none_or(Option::is_none)
    }
}

/// Visits each vertex of a run once, with its two neighbours in a fixed order; None for the ends of
/// a line.
fn each(points: &[[i32; 2]], role: Role, mut visit: impl FnMut([i32; 2], Option<[[i32; 2]; 2]>)) {
    let is_ring = role != Role::Line;
    let last = points.len().saturating_sub(1);
    for (at, point) in points.iter().enumerate().take(if is_ring { last } else { points.len() }) {
        let before = if at == 0 && is_ring { last.checked_sub(1) } else { at.checked_sub(1) };
        let (before, after) = (before.and_then(|at| points.get(at)), points.get(at + 1));
        let beside = before.zip(after).map(|(one, other)| [*one.min(other), *one.max(other)]);
        visit(*point, beside);
    }
}

fn levels_of_run(points: &[[i32; 2]], role: Role, junctions: &Junctions) -> Vec<u8> {
    let mut levels = vec![0u8; points.len()];
    let last = points.len().saturating_sub(1);
    let mut ends: Vec<usize> = match role {
        Role::Line => (0..points.len())
            .filter(|at| {
                *at == 0 || *at == last || points.get(*at).is_some_and(|point| junctions.is_junction(*point))
            })
            .collect(),
        _ => (0..last)
            .filter(|at| points.get(*at).is_some_and(|point| junctions.is_junction(*point)))
            .collect(),
    };
    if role == Role::Line {
        for arc in ends.windows(2) {
            if let [from, to] = arc {
                simplify_arc(points, (*from..=*to).collect(), &mut levels);
            }
        }
        return levels;
    }
    // A ring without junctions begins at a vertex that does not depend on its stored beginning.
    if ends.is_empty() {
        ends.extend((0..last).min_by_key(|at| points.get(*at)));
    }
    for (number, from) in ends.iter().enumerate() {
        let to = ends.get(number + 1).or(ends.first()).copied().unwrap_or(*from);
        let arc = if to > *from { (*from..=to).collect() } else { (*from..last).chain(0..=to).collect() };
        simplify_arc(points, arc, &mut levels);
    }
    if let (Some(first), true) = (levels.first().copied(), last > 0) {
        levels.iter_mut().skip(last).for_each(|level| *level = first);
    }
    levels
}

/// Sets the level of each inner vertex of an arc, which is a list of positions in `points`. It is
/// the same in both directions.
fn simplify_arc(points: &[[i32; 2]], mut arc: Vec<usize>, levels: &mut [u8]) {
    let at = |arc: &[usize], place: usize| {
        arc.get(place).and_then(|at| points.get(*at)).copied().unwrap_or_default()
    };
    let last = arc.len().saturating_sub(1);
    let forward = (0..=last).map(|place| at(&arc, place));
    let backward = (0..=last).rev().map(|place| at(&arc, place));
    if backward.lt(forward) {
        arc.reverse();
    }
    // First and last vertex, and the least distance of the splits above, because a vertex is never
    // drawn before the one at which its part was split off.
    let mut open = vec![(0, last, f64::INFINITY)];
    while let Some((from, to, most)) = open.pop() {
        let (start, end) = (at(&arc, from), at(&arc, to));
        let distance = |place: usize| distance_to_segment(at(&arc, place), start, end);
        let farthest = (from + 1..to)
            .map(|place| (distance(place), place))
            .max_by(|one, other| one.0.total_cmp(&other.0));
        let Some((distance, place)) = farthest else { continue };
        let distance = distance.min(most);
        if let Some(slot) = arc.get(place).and_then(|at| levels.get_mut(*at)) {
            *slot = level(distance);
        }
        open.push((from, place, distance));
        open.push((place, to, distance));
    }
}

/// Returns the distance of a point from a segment, in steps of the world grid.
fn distance_to_segment(point: [i32; 2], start: [i32; 2], end: [i32; 2]) -> f64 {
    let difference = |a: [i32; 2], b: [i32; 2]| [0, 1].map(|axis| f64::from(a[axis]) - f64::from(b[axis]));
    let (along, to) = (difference(end, start), difference(point, start));
    let length = along[0] * along[0] + along[1] * along[1];
    let part =
        if length > 0.0 { ((to[0] * along[0] + to[1] * along[1]) / length).clamp(0.0, 1.0) } else { 0.0 };
    (to[0] - part * along[0]).hypot(to[1] - part * along[1])
}

/// Returns the first zoom level at which a vertex at this distance from the line matters. At zoom z
/// a unit of a tile is 2^(20 − z) steps of the world grid.
fn level(distance: f64) -> u8 {
    let differs = |zoom: &u8| distance > f64::from(TOLERANCE) * f64::from(1u32 << (20 - u32::from(*zoom)));
    (0..EVERYTHING_FROM).find(differs).unwrap_or(EVERYTHING_FROM)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Returns two rings with a common border from `a` to `b`, in opposite directions and with
    /// different beginnings.
    fn neighbours(border: &[[i32; 2]], turn: usize) -> (Vec<[i32; 2]>, Vec<Run>) {
        let ring = |border: Vec<[i32; 2]>, far: i32, turn: usize| {
            let (first, last) = (border[0], border[border.len() - 1]);
            let mut ring = border;
            ring.extend([[last[0] + far, last[1]], [first[0] + far, first[1]]]);
            let turn = turn % ring.len();
            ring.rotate_left(turn);
            ring.push(ring[0]);
            ring
        };
        let left = ring(border.iter().rev().copied().collect(), -1 << 24, turn);
        let right = ring(border.to_vec(), 1 << 24, turn / 2 + 3);
        let runs =
            vec![(0..left.len(), Role::Exterior), (left.len()..left.len() + right.len(), Role::Exterior)];
        ([left, right].concat(), runs)
    }

    fn border() -> impl Strategy<Value = Vec<[i32; 2]>> {
        let steps = prop::collection::vec((-1i32 << 14..1 << 14, 1i32..1 << 12), 20..60);
        steps.prop_map(|steps| {
            let mut y = 0;
            steps
                .iter()
                .map(|(x, step)| {
                    y += step;
                    [*x, y]
                })
                .collect()
        })
    }

    proptest! {
        #[test]
        fn a_shared_border_loses_the_same_vertices_on_both_sides(border in border(), turn in 0usize..80) {
            let (world, runs) = neighbours(&border, turn);
            let levels = levels(&world, &runs);
            let of = |run: &Run, point: [i32; 2]| run.0.clone().filter(|at| world[*at] == point).map(|at| levels[at]).max();
            for point in &border {
                prop_assert_eq!(of(&runs[0], *point), of(&runs[1], *point));
            }
            prop_assert_eq!(of(&runs[0], border[0]), Some(0), "junctions stay");
        }

        #[test]
        fn what_is_drawn_lies_within_the_tolerance(line in border(), zoom in 0u8..EVERYTHING_FROM) {
            let levels = levels(&line, &[(0..line.len(), Role::Line)]);
            let kept: Vec<[i32; 2]> = line.iter().zip(&levels).filter(|(_, level)| **level <= zoom).map(|(point, _)| *point).collect();
            let tolerance = f64::from(TOLERANCE) * f64::from(1u32 << (20 - zoom));
            for point in &line {
                let nearest = kept.windows(2).map(|pair| distance_to_segment(*point, pair[0], pair[1])).fold(f64::INFINITY, f64::min);
                prop_assert!(nearest <= tolerance + 1e-6, "{nearest} {tolerance}");
            }
        }
    }

    #[test]
    fn short_runs_and_points_stay_as_they_are() {
        let square = [[0, 0], [9, 0], [9, 9], [0, 9], [0, 0]];
        assert!(levels(&square, &[(0..5, Role::Exterior)]).is_empty());
        assert!(levels(&[[0, 0]; 40], &[(0..40, Role::Points)]).is_empty());
    }

    #[test]
    fn a_short_run_holds_the_vertices_it_touches() {
        let mut world: Vec<[i32; 2]> = (0..20).map(|x| [x, 0]).collect();
        world.extend([[5, 0], [6, 4], [5, 0]]);
        let levels = levels(&world, &[(0..20, Role::Line), (20..23, Role::Exterior)]);
        assert_eq!((levels[4], levels[5], levels[6]), (EVERYTHING_FROM, 0, EVERYTHING_FROM));
    }
}
