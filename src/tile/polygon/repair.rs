//! Makes the rings of a feature valid by an overlay in integers (crate `i_overlay`). The overlay
//! cannot be interrupted, so the size of its input is limited.

use i_overlay::core::fill_rule::FillRule;
use i_overlay::core::overlay::{IntOverlayOptions, Overlay};
use i_overlay::core::overlay_rule::OverlayRule;
use i_overlay::core::solver::Solver;
use i_overlay::i_float::int::point::IntPoint;

use super::contact::{contacts, contains, edges, segments_touch};
use super::rings::{Rings, doubled_area};
use crate::work::{look, spend};

/// The maximum number of points of an overlay.
const MOST_POINTS: usize = 20_000;
/// The maximum number of pairs of edges with a common point in an overlay. A ring of 200 random
/// points has about 10,000.
const MOST_CONTACTS: usize = 20_000;
/// The maximum number of points of a ring that is not simplified. If there are too many of these
/// rings, some are left out instead.
const SMALL_RING: usize = 8;

type Contours = Vec<Vec<IntPoint>>;

/// Removes vertices and small rings until an overlay takes at most about 50 ms.
pub fn thin_out(rings: &mut Rings) {
    while rings.points.len() > MOST_POINTS || contacts(&mut edges(rings), MOST_CONTACTS) == MOST_CONTACTS {
        *rings = thinner(rings);
    }
}

/// Returns every second vertex of the long rings, and the larger half of the small rings.
fn thinner(rings: &Rings) -> Rings {
    let small = |ring: &[[i32; 2]]| ring.len() <= SMALL_RING;
    let mut sizes: Vec<i32> =
        rings.iter().filter(|(ring, _)| small(ring)).map(|(ring, _)| size(ring)).collect();
    let middle = sizes.len() / 2;
    let median = if sizes.is_empty() { 0 } else { *sizes.select_nth_unstable(middle).1 };
    let (mut kept, mut has_exterior, mut is_every_second) = (Rings::default(), false, false);
    for (ring, exterior) in rings.iter() {
        is_every_second ^= small(ring) && size(ring) == median;
        let is_large = size(ring) > median || (size(ring) == median && is_every_second);
        if (exterior || has_exterior) && (is_large || !small(ring)) {
            kept.points.extend(ring.iter().step_by(if small(ring) { 1 } else { 2 }));
        }
        let is_kept = kept.end_ring(exterior);
        has_exterior = if exterior { is_kept } else { has_exterior };
    }
    kept
}

/// Returns the longer side of the box of a ring.
fn size(ring: &[[i32; 2]]) -> i32 {
    let side = |axis: usize| {
        let along = || ring.iter().map(|point| point[axis]);
        along().max().unwrap_or(0).saturating_sub(along().min().unwrap_or(0))
    };
    side(0).max(side(1))
}

/// Makes the rings valid. First each polygon is repaired by the even-odd rule, so that both halves
/// of a bow tie remain. Then all polygons are joined, because rounding may have made them overlap.
pub fn repair(rings: &mut Rings) {
    let mut polygons: Vec<Contours> = vec![];
    for (ring, exterior) in rings.iter() {
        let contour = ring.iter().map(|[x, y]| IntPoint::new(*x, *y)).collect();
        match polygons.last_mut() {
            Some(polygon) if !exterior => polygon.push(contour),
            _ => polygons.push(vec![contour]),
        }
    }
    let several = polygons.len() > 1;
    let mut shapes: Vec<Contours> =
        polygons.iter().flat_map(|polygon| overlay(polygon, FillRule::EvenOdd)).collect();
    look();
    if several {
        let all: Contours = shapes.into_iter().flatten().collect();
        shapes = overlay(&all, FillRule::NonZero);
    }
    give_holes_back(&mut shapes);
    rings.clear();
    for shape in shapes {
        for (index, contour) in shape.into_iter().enumerate() {
            rings.points.extend(contour.into_iter().map(|point| [point.x, point.y]));
            // If the exterior ring covers nothing, the holes are left out too.
            if !rings.end_ring(index == 0) && index == 0 {
                break;
            }
        }
    }
}

/// Moves each hole to the smallest polygon that contains it. The overlay assigns some holes to a
/// neighbour if rings touch in points.
fn give_holes_back(shapes: &mut [Contours]) {
    if shapes.len() == 1 || shapes.iter().all(|shape| shape.len() == 1) {
        return;
    }
    let mut holes: Contours = vec![];
    for shape in shapes.iter_mut() {
        holes.extend(shape.drain(1..));
    }
    shapes.sort_by_cached_key(|shape| shape.first().map(|ring| doubled_area(&doubled(ring)).abs()));
    let exteriors: Vec<Vec<[i32; 2]>> =
        shapes.iter().flat_map(|shape| shape.first()).map(|ring| doubled(ring)).collect();
    for hole in holes {
        let own = exteriors.iter().position(|exterior| lies_in(&hole, exterior));
        if let Some(shape) = own.and_then(|own| shapes.get_mut(own)) {
            shape.push(hole);
        }
    }
}

/// Returns a ring on a grid of half the width, where the midpoints of edges are points of the grid.
fn doubled(ring: &[IntPoint]) -> Vec<[i32; 2]> {
    ring.iter().map(|point| [2 * point.x, 2 * point.y]).collect()
}

/// Returns whether a ring is inside another one that it does not cross. The midpoint of an edge
/// decides, if it is not on the other ring. `exterior` is on the grid of [`doubled`].
fn lies_in(ring: &[IntPoint], exterior: &[[i32; 2]]) -> bool {
    let mut from = ring.last();
    for to in ring {
        let Some(before) = from.replace(to) else { return false };
        let middle = [before.x + to.x, before.y + to.y];
        spend(exterior.len());
        if !is_on(middle, exterior) {
            return contains(exterior, middle);
        }
    }
    false
}

/// Returns whether a point is on an edge of a ring.
fn is_on(point: [i32; 2], ring: &[[i32; 2]]) -> bool {
    let mut from = ring.last();
    ring.iter().any(|to| from.replace(to).is_some_and(|from| segments_touch(*from, *to, point, point)))
}

fn overlay(contours: &Contours, rule: FillRule) -> Vec<Contours> {
    let nothing: &Contours = &vec![];
    Overlay::from_subj_and_clip_custom(contours, nothing, IntOverlayOptions::ogc(), Solver::default())
        .overlay(OverlayRule::Subject, rule)
}
