//! Rings on the grid of a tile, without points that cover nothing, and with the orientation that
//! the standard requires.

/// Rings on the grid of a tile, one after the other. The first point of a ring is not repeated.
/// Each polygon is an exterior ring, followed by its holes.
#[derive(Debug, Default)]
pub struct Rings {
    /// The points of all rings.
    pub points: Vec<[i32; 2]>,
    /// The index after the last point of each ring, and whether the ring is exterior.
    pub ends: Vec<(usize, bool)>,
}

impl Rings {
    /// Removes all rings and keeps the memory.
    pub fn clear(&mut self) {
        self.points.clear();
        self.ends.clear();
    }

    /// Returns the points of each ring, and whether it is exterior.
    pub fn iter(&self) -> impl Iterator<Item = (&[[i32; 2]], bool)> {
        let mut start = 0;
        self.ends.iter().map(move |(end, exterior)| {
            let ring = self.points.get(start..*end).unwrap_or_default();
            start = *end;
            (ring, *exterior)
        })
    }

    /// Ends the ring of the points after the previous ring. Removes repeated points, points on
    /// straight lines, and spikes, and orients the ring. Keeps the ring only if it may cover
    /// something, and returns whether it does. A ring whose area is 0 is kept if it may cross
    /// itself, because its two sides may cover equal areas.
    pub fn end_ring(&mut self, exterior: bool) -> bool {
        let start = self.ends.last().map_or(0, |(end, _)| *end);
        clean(&mut self.points, start);
        let ring = self.points.get_mut(start..).unwrap_or_default();
        let area = doubled_area(ring);
        if area == 0 && ring.len() < 4 {
            self.points.truncate(start);
            return false;
        }
        if (area > 0) != exterior {
            ring.reverse();
        }
        self.ends.push((self.points.len(), exterior));
        true
    }
}

/// Returns twice the area of a ring by the surveyor's formula (Mapbox Vector Tile 2.1, 4.3.4.4). It
/// is positive for exterior rings, as y points down.
pub fn doubled_area(ring: &[[i32; 2]]) -> i64 {
    let Some(mut from) = ring.last() else { return 0 };
    let mut sum = 0;
    for to in ring {
        sum += i64::from(from[0]) * i64::from(to[1]) - i64::from(to[0]) * i64::from(from[1]);
        from = to;
    }
    sum
}

/// Returns the cross product of `a`–`b` and `a`–`c`. It is 0 if the three points are on one line,
/// and its sign is the direction of the turn at `b`.
#[inline]
pub fn turn(a: [i32; 2], b: [i32; 2], c: [i32; 2]) -> i64 {
    let delta = |from: [i32; 2], to: [i32; 2], axis: usize| i64::from(to[axis]) - i64::from(from[axis]);
    delta(a, b, 0) * delta(a, c, 1) - delta(a, b, 1) * delta(a, c, 0)
}

/// Removes points from the ring that begins at `start` until no three successive points are on one
/// line.
fn clean(points: &mut Vec<[i32; 2]>, start: usize) {
    let mut kept = start;
    for read in start..points.len() {
        let Some(point) = points.get(read).copied() else { break };
        while kept >= start + 2 && in_line(points, kept - 2, kept - 1, point) {
            kept -= 1;
        }
        if kept > start && points.get(kept - 1) == Some(&point) {
            continue;
        }
        if let Some(place) = points.get_mut(kept) {
            *place = point;
        }
        kept += 1;
    }
    points.truncate(kept);
    clean_seam(points, start);
}

fn in_line(points: &[[i32; 2]], a: usize, b: usize, c: [i32; 2]) -> bool {
    matches!((points.get(a), points.get(b)), (Some(a), Some(b)) if turn(*a, *b, c) == 0)
}

/// Removes points on straight lines where the ring closes.
fn clean_seam(points: &mut Vec<[i32; 2]>, start: usize) {
    let mut first = start;
    while let Some([a, b, y, z]) = points.get(first..).and_then(seam) {
        if z == a || turn(y, z, a) == 0 {
            points.pop();
        } else if turn(z, a, b) == 0 {
            first += 1;
        } else {
            break;
        }
    }
    points.drain(start..first);
    if points.len() - start < 3 {
        points.truncate(start);
    }
}

/// Returns the first two and the last two points of a ring with at least three.
fn seam(ring: &[[i32; 2]]) -> Option<[[i32; 2]; 4]> {
    match ring {
        [a, b, .., y, z] => Some([*a, *b, *y, *z]),
        [a, b, c] => Some([*a, *b, *b, *c]),
        _ => None,
    }
}
