//! The drawing commands of a feature (Mapbox Vector Tile 2.1, 4.3).

#![allow(clippy::indexing_slicing)] // only the two axes of a point, by 0 and 1

use super::clip::{self, Clipper};
use super::grid::{BUFFER, Quantiser, TileCoordinate};
use super::polygon::Rings;
use crate::geo::geometry::Role;
use crate::layer::GeometryRef;
use crate::layer::geometries::{PartRef, WorldBox};

/// The geometry types of a feature, with their numbers in the standard (4.3.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
#[allow(missing_docs)]
pub enum MvtType {
    Point = 1,
    LineString = 2,
    Polygon = 3,
}

const MOVE_TO: u32 = 1;
const LINE_TO: u32 = 2;
const CLOSE_PATH: u32 = 7;

/// Draws the geometries of one tile. Its buffers are reused from feature to feature.
#[derive(Debug)]
pub struct Pen {
    area: WorldBox,
    quantiser: Quantiser,
    cursor: [i32; 2],
    /// The commands of the current feature, as varints.
    commands: Vec<u8>,
    clipper: Clipper,
    /// The zoom for which vertices are left out; None if all are drawn.
    simplified_for: Option<u8>,
    kept: Vec<[i32; 2]>,
    world: Vec<[i32; 2]>,
    piece: Vec<[i32; 2]>,
    points: Vec<[i32; 2]>,
    rings: Rings,
}

impl Pen {
    /// Creates a pen for a tile and its buffer.
    pub fn new(tile: TileCoordinate) -> Pen {
        Pen {
            area: tile.world_box(BUFFER),
            quantiser: tile.quantiser(),
            cursor: [0, 0],
            commands: vec![],
            clipper: Clipper::default(),
            simplified_for: None,
            kept: vec![],
            world: vec![],
            piece: vec![],
            points: vec![],
            rings: Rings::default(),
        }
    }

    /// Changes to another tile and keeps the buffers.
    pub fn turn_to(&mut self, tile: TileCoordinate) {
        self.area = tile.world_box(BUFFER);
        self.quantiser = tile.quantiser();
    }

    /// Draws only the vertices that are visible at a zoom, or all vertices if it is None.
    pub fn simplify_for(&mut self, zoom: Option<u8>) {
        self.simplified_for = zoom;
    }

    /// Returns about how many points the buffers can contain. A rare large geometry makes them
    /// large.
    pub fn room(&self) -> usize {
        let points = self.world.capacity() + self.points.capacity() + self.rings.points.capacity();
        points + self.commands.capacity() / 8
    }

    /// Returns the part of the world grid that is drawn: the tile and its buffer.
    pub fn area(&self) -> &WorldBox {
        &self.area
    }

    /// Draws the part of a geometry that is inside the tile. `bounds` is the box of the geometry on
    /// the world grid. Returns the type and the commands, or None if nothing is left.
    ///
    /// A feature of a vector tile has one type, so only the members with the highest dimension of a
    /// geometry collection are drawn.
    pub fn draw(&mut self, geometry: &GeometryRef<'_>, bounds: &WorldBox) -> Option<(MvtType, &[u8])> {
        self.commands.clear();
        self.cursor = [0, 0];
        let inside = self.area.contains(bounds);
        let kind = geometry.parts().map(|part| mvt_type(part.role)).max_by_key(|kind| *kind as u8)?;
        match kind {
            MvtType::Point => self.draw_points(geometry),
            MvtType::LineString => self.draw_lines(geometry, inside),
            MvtType::Polygon => self.draw_polygons(geometry, bounds, inside),
        }
        (!self.commands.is_empty()).then_some((kind, self.commands.as_slice()))
    }

    /// Draws one point of the world grid.
    pub fn dot(&mut self, point: [i32; 2]) -> (MvtType, &[u8]) {
        self.commands.clear();
        self.cursor = [0, 0];
        command(&mut self.commands, MOVE_TO, 1);
        step(&mut self.commands, &mut self.cursor, self.quantiser.quantise(point));
        (MvtType::Point, &self.commands)
    }

    /// Draws the parts of lines that are inside the tile. A line whose box is narrower and lower
    /// than `smallest` steps of the world grid is left out. Returns None if nothing is left.
    pub fn draw_joined(&mut self, lines: &[Vec<[i32; 2]>], smallest: u64) -> Option<(MvtType, &[u8])> {
        self.commands.clear();
        self.cursor = [0, 0];
        let Pen { area, quantiser, cursor, commands, piece, points, .. } = self;
        for line in lines {
            let mut bounds = WorldBox::EMPTY;
            line.iter().for_each(|point| bounds.add(*point));
            let is_large = [0, 1]
                .iter()
                .any(|axis| u64::from(bounds.max[*axis].abs_diff(bounds.min[*axis])) >= smallest);
            if !is_large || !area.intersects(&bounds) {
                continue;
            }
            let mut draw = |line: &[[i32; 2]]| {
                quantise_line(line, quantiser, points);
                draw_line(commands, cursor, points);
            };
            if area.contains(&bounds) {
                draw(line);
            } else {
                clip::line(line, area, piece, draw);
            }
        }
        (!self.commands.is_empty()).then_some((MvtType::LineString, self.commands.as_slice()))
    }

    fn draw_points(&mut self, geometry: &GeometryRef<'_>) {
        self.points.clear();
        let world = geometry.parts().filter(|part| part.role == Role::Points).flat_map(|part| part.world);
        let area = self.area;
        let inside = world.filter(|point| area.contains(&WorldBox { min: **point, max: **point }));
        self.points.extend(inside.map(|point| self.quantiser.quantise(*point)));
        self.points.dedup();
        if self.points.is_empty() {
            return;
        }
        command(&mut self.commands, MOVE_TO, self.points.len());
        for point in &self.points {
            step(&mut self.commands, &mut self.cursor, *point);
        }
    }

    fn draw_lines(&mut self, geometry: &GeometryRef<'_>, inside: bool) {
        let Pen { area, quantiser, cursor, commands, piece, points, simplified_for, kept, .. } = self;
        for part in geometry.parts().filter(|part| part.role == Role::Line) {
            let vertices = drawn(&part, *simplified_for, kept);
            let mut draw = |line: &[[i32; 2]]| {
                quantise_line(line, quantiser, points);
                draw_line(commands, cursor, points);
            };
            if inside {
                draw(vertices);
            } else {
                clip::line(vertices, area, piece, draw);
            }
        }
    }

    fn draw_polygons(&mut self, geometry: &GeometryRef<'_>, bounds: &WorldBox, inside: bool) {
        self.rings.clear();
        let mut has_exterior = false;
        for part in geometry.parts() {
            let exterior = match part.role {
                Role::Exterior => true,
                Role::Interior if has_exterior => false,
                _ => continue,
            };
            let kept = self.take_ring(&part, exterior, (!inside).then_some(bounds));
            has_exterior = if exterior { kept } else { has_exterior };
        }
        self.rings.make_valid();
        for (ring, _) in self.rings.iter() {
            let Some((first, rest)) = ring.split_first() else { continue };
            command(&mut self.commands, MOVE_TO, 1);
            step(&mut self.commands, &mut self.cursor, *first);
            command(&mut self.commands, LINE_TO, rest.len());
            for point in rest {
                step(&mut self.commands, &mut self.cursor, *point);
            }
            command(&mut self.commands, CLOSE_PATH, 1);
        }
    }

    /// Appends a ring on the grid of the tile, and returns whether anything of it is left.
    /// `clipped` is the box of the polygon if it is not entirely inside the area, so that the ring
    /// must be clipped.
    fn take_ring(&mut self, part: &PartRef<'_>, exterior: bool, clipped: Option<&WorldBox>) -> bool {
        let quantiser = self.quantiser;
        let ring = drawn(part, self.simplified_for, &mut self.kept);
        if let Some(bounds) = clipped {
            self.world.clear();
            self.clipper.ring(ring, bounds, &self.area, &mut self.world);
            self.rings.points.extend(self.world.iter().map(|point| quantiser.quantise(*point)));
        } else {
            self.rings.points.extend(ring.iter().map(|point| quantiser.quantise(*point)));
        }
        self.rings.end_ring(exterior)
    }
}

/// Returns the vertices of a part that are drawn at a zoom. If these are not all, they are copied
/// into `kept`.
fn drawn<'a>(part: &PartRef<'a>, zoom: Option<u8>, kept: &'a mut Vec<[i32; 2]>) -> &'a [[i32; 2]] {
    let Some(zoom) = zoom.filter(|_| !part.levels.is_empty()) else { return part.world };
    kept.clear();
    kept.extend(
        part.world.iter().zip(part.levels).filter(|(_, level)| **level <= zoom).map(|(point, _)| *point),
    );
    kept
}

fn mvt_type(role: Role) -> MvtType {
    match role {
        Role::Points => MvtType::Point,
        Role::Line => MvtType::LineString,
        Role::Exterior | Role::Interior => MvtType::Polygon,
    }
}

/// Converts a line to the grid of the tile, without repeated points and without points on the
/// straight line between their neighbours.
fn quantise_line(line: &[[i32; 2]], quantiser: &Quantiser, points: &mut Vec<[i32; 2]>) {
    points.clear();
    for point in line {
        let point = quantiser.quantise(*point);
        if points.last() == Some(&point) {
            continue;
        }
        if let [.., a, b] = points.as_slice()
            && is_between(*a, *b, point)
        {
            points.pop();
        }
        points.push(point);
    }
}

/// Returns whether `b` is on the straight line from `a` to `c` and between them. A point where a
/// line turns back is not.
fn is_between(a: [i32; 2], b: [i32; 2], c: [i32; 2]) -> bool {
    let [ab, bc] =
        [[a, b], [b, c]].map(|[from, to]| [0, 1].map(|axis| i64::from(to[axis]) - i64::from(from[axis])));
    ab[0] * bc[1] == ab[1] * bc[0] && ab[0] * bc[0] + ab[1] * bc[1] > 0
}

fn draw_line(commands: &mut Vec<u8>, cursor: &mut [i32; 2], points: &[[i32; 2]]) {
    let Some((first, rest)) = points.split_first().filter(|(_, rest)| !rest.is_empty()) else { return };
    command(commands, MOVE_TO, 1);
    step(commands, cursor, *first);
    command(commands, LINE_TO, rest.len());
    for point in rest {
        step(commands, cursor, *point);
    }
}

/// Appends a command integer (4.3.1): the command in the lower three bits, and its count above.
fn command(commands: &mut Vec<u8>, id: u32, count: usize) {
    varint(commands, u64::from(id) | (count as u64) << 3);
}

/// Appends the two parameter integers of a move from the cursor (4.3.2): the differences in zigzag
/// encoding, which maps 0, −1, 1, −2 to 0, 1, 2, 3.
#[inline]
fn step(commands: &mut Vec<u8>, cursor: &mut [i32; 2], to: [i32; 2]) {
    for axis in 0..2 {
        let delta = to[axis] - cursor[axis];
        varint(commands, u64::from(((delta << 1) ^ (delta >> 31)) as u32));
    }
    *cursor = to;
}

/// Appends a number as a varint of protocol buffers: seven bits per byte, the lowest first, and a
/// set high bit in all bytes but the last.
///
/// ```
/// use veedel::tile::geometry::varint;
///
/// let mut bytes = vec![];
/// varint(&mut bytes, 300);
/// assert_eq!(bytes, [0xac, 0x02]);
/// ```
#[inline]
pub fn varint(bytes: &mut Vec<u8>, mut value: u64) {
    if value < 1 << 14 {
        // The length of a step, one byte or two, cannot be predicted, and a branch that the
        // processor predicts wrongly takes longer than to write two bytes and remove one.
        let two = value >= 0x80;
        let end = bytes.len() + 1 + usize::from(two);
        bytes.extend_from_slice(&[(value as u8 & 0x7f) | u8::from(two) << 7, (value >> 7) as u8]);
        bytes.truncate(end);
        return;
    }
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
}

/// Returns the number of bytes that [`varint`] appends for `value`.
///
/// ```
/// use veedel::tile::geometry::varint_length;
///
/// assert_eq!([0, 127, 128, 300].map(varint_length), [1, 1, 2, 2]);
/// ```
pub fn varint_length(value: u64) -> usize {
    (64 - (value | 1).leading_zeros() as usize).div_ceil(7)
}
