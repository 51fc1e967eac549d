//! Whether rings touch, cross or contain each other.

use super::rings::{Rings, turn};
use crate::work::spend;

/// An edge, its ring, and its position in the ring.
#[derive(Clone, Copy, Debug)]
pub struct Edge {
    from: [i32; 2],
    to: [i32; 2],
    ring: u32,
    place: u32,
    ring_length: u32,
}

impl Edge {
    fn is_next_to(&self, other: &Edge) -> bool {
        let apart = self.place.abs_diff(other.place);
        self.ring == other.ring && (apart == 1 || apart == self.ring_length - 1)
    }
}

/// Returns whether two edges that are not neighbours have a point in common. This condition is
/// stricter than validity, because a hole may touch its exterior ring in one point. Such a polygon
/// is repaired although it is valid, which only takes longer.
pub fn has_contact(rings: &Rings) -> bool {
    match (rings.points.as_slice(), rings.ends.len()) {
        // All edges of a triangle are neighbours, and so are those of a quadrilateral except for
        // two pairs. Most buildings of a city have one of these shapes.
        ([_, _, _], 1) => false,
        ([a, b, c, d], 1) => {
            !is_convex([*a, *b, *c, *d]) && (segments_touch(*a, *b, *c, *d) || segments_touch(*b, *c, *d, *a))
        }
        _ => contacts(&mut edges(rings), 1) > 0,
    }
}

/// Returns whether all four turns have the same direction. Each turn is less than half a circle, so
/// together they are one full circle and not two. Such a quadrilateral does not cross itself.
fn is_convex([a, b, c, d]: [[i32; 2]; 4]) -> bool {
    let turns = [turn(a, b, c), turn(b, c, d), turn(c, d, a), turn(d, a, b)].map(i64::signum);
    turns.iter().sum::<i64>().abs() == 4
}

/// Returns the edges of all rings.
pub fn edges(rings: &Rings) -> Vec<Edge> {
    let mut edges = Vec::with_capacity(rings.points.len());
    for (ring, (points, _)) in (0u32..).zip(rings.iter()) {
        let Some(mut from) = points.last().copied() else { continue };
        for (place, to) in (0u32..).zip(points) {
            edges.push(Edge { from, to: *to, ring, place, ring_length: points.len() as u32 });
            from = *to;
        }
    }
    edges
}

/// Returns the number of pairs of edges that are not neighbours and have a point in common.
/// Counting stops at `most`. The algorithm sweeps from west to east: an edge is only compared with
/// those that begin west of its end.
pub fn contacts(edges: &mut [Edge], most: usize) -> usize {
    edges.sort_unstable_by_key(|edge| edge.from[0].min(edge.to[0]));
    let mut found = 0;
    for (index, edge) in edges.iter().enumerate() {
        let east = edge.from[0].max(edge.to[0]);
        let later = edges.get(index + 1..).unwrap_or_default().iter();
        let mut met = 0;
        for other in later.take_while(|other| other.from[0].min(other.to[0]) <= east) {
            met += 1;
            found += usize::from(
                !edge.is_next_to(other) && segments_touch(edge.from, edge.to, other.from, other.to),
            );
            if found == most {
                return found;
            }
        }
        spend(met);
    }
    found
}

/// Returns whether the segments `a`–`b` and `c`–`d` have a point in common.
pub fn segments_touch(a: [i32; 2], b: [i32; 2], c: [i32; 2], d: [i32; 2]) -> bool {
    let boxes_meet = (0..2).all(|axis| {
        a[axis].min(b[axis]) <= c[axis].max(d[axis]) && c[axis].min(d[axis]) <= a[axis].max(b[axis])
    });
    boxes_meet
        && turn(a, b, c).signum() * turn(a, b, d).signum() <= 0
        && turn(c, d, a).signum() * turn(c, d, b).signum() <= 0
}

/// Returns whether the rings are those of valid polygons, given that they do not touch: each hole
/// is inside its own exterior ring and in no other hole, and each exterior ring is in no other
/// polygon, except in a hole of it.
pub fn is_well_nested(rings: &Rings) -> bool {
    if rings.ends.len() == 1 {
        return true;
    }
    let mut own = 0;
    let mut all: Vec<Nested<'_>> = vec![];
    for (index, (ring, exterior)) in rings.iter().enumerate() {
        own = if exterior { index } else { own };
        let (Some(west), Some(east)) = (ring.iter().min(), ring.iter().max()) else { continue };
        all.push(Nested { ring, west: *west, east: east[0], index, own });
    }
    all.sort_unstable_by_key(|nested| nested.west);
    // The rings are visited from west to east. Only rings that begin before a point and end after
    // it can contain the point.
    let mut open: Vec<&Nested<'_>> = vec![];
    all.iter().all(|nested| {
        open.retain(|other| other.east >= nested.west[0]);
        spend(open.iter().map(|other| other.ring.len()).sum());
        let around = open.iter().filter(|other| contains(other.ring, nested.west));
        let (depth, in_own) =
            around.fold((0usize, false), |(depth, own), other| (depth + 1, own || other.index == nested.own));
        open.push(nested);
        let exterior = nested.own == nested.index;
        depth.is_multiple_of(2) == exterior && (exterior || in_own)
    })
}

/// A ring with its extent from west to east.
struct Nested<'a> {
    ring: &'a [[i32; 2]],
    west: [i32; 2],
    east: i32,
    index: usize,
    /// The index of the exterior ring of its polygon.
    own: usize,
}

/// Returns whether a ring contains `point`, which is on no edge (even-odd rule).
pub fn contains(ring: &[[i32; 2]], point: [i32; 2]) -> bool {
    let Some(mut from) = ring.last().copied() else { return false };
    let mut inside = false;
    for to in ring.iter().copied() {
        if (from[1] > point[1]) != (to[1] > point[1]) {
            let is_left = turn(from, to, point) > 0;
            inside ^= is_left == (to[1] > from[1]);
        }
        from = to;
    }
    inside
}
