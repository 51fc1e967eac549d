//! Reads EWKB (PostGIS) and ISO WKB into a [`Shape`].
//!
//! The layout is that of OGC 06-103r4, 8.2, with the type codes of ISO/IEC 13249-3 (+1000 for Z,
//! +2000 for M, +3000 for both) or PostGIS's flags in the upper bits.
//!
//! A count in the bytes is not trusted. A run of vertices is read only if all of its bytes are
//! there, and everything else is read one by one until the bytes end. Collections may be nested up
//! to [`MAX_DEPTH`].

use super::curve;
use super::geometry::{GeometryType, Member, Role, Shape};
use crate::error::{Error, Kind, Result, Said};

/// The maximum depth of nested geometry collections.
pub const MAX_DEPTH: u32 = 32;

const Z_FLAG: u32 = 0x8000_0000;
const M_FLAG: u32 = 0x4000_0000;
const SRID_FLAG: u32 = 0x2000_0000;

/// What the bytes tell beside the geometry.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Header {
    /// The SRID, if the bytes contain one. PostGIS writes 0 for an unknown system.
    pub srid: Option<u32>,
    /// Whether the geometry had curves, which were replaced by lines.
    pub had_curves: bool,
    /// Whether the geometry had measures (M), which were left out.
    pub had_m: bool,
    /// Whether the geometry is or contains a TIN, a PolyhedralSurface or a Triangle. The shape is
    /// empty then.
    pub unsupported: bool,
}

/// Reads one geometry into `shape`, whose memory is reused. If the geometry is empty, the shape has
/// no type.
///
/// # Errors
///
/// Returns an error of [`Kind::Invalid`] if the bytes are not (E)WKB, end too early, or continue
/// after the geometry. The shape is empty then. A geometry type that is not part of Simple Features
/// is not an error: see [`Header::unsupported`].
///
/// ```
/// use veedel::geo::{GeometryType, Shape, ewkb};
///
/// let mut bytes = vec![1, 1, 0, 0, 0]; // little-endian, Point
/// bytes.extend(7.0_f64.to_le_bytes());
/// bytes.extend(51.0_f64.to_le_bytes());
/// let mut shape = Shape::default();
/// ewkb::read(&bytes, &mut shape)?;
/// assert_eq!(shape.kind, Some(GeometryType::Point));
/// assert_eq!(shape.xy, [[7.0, 51.0]]);
/// # Ok::<(), veedel::error::Error>(())
/// ```
pub fn read(bytes: &[u8], shape: &mut Shape) -> Result<Header> {
    shape.clear();
    let mut reader = Reader { rest: bytes, shape, header: Header::default() };
    let outcome = reader.whole();
    let mut header = reader.header;
    if outcome.is_err() {
        shape.clear();
    }
    match outcome {
        Ok(()) => Ok(header),
        Err(Stop::Unsupported) => {
            header.unsupported = true;
            Ok(header)
        }
        Err(Stop::Invalid(error)) => Err(error),
    }
}

/// Why reading has stopped before the end of the bytes.
enum Stop {
    Unsupported,
    Invalid(Error),
}

fn invalid<T>(what: impl Into<Said>) -> std::result::Result<T, Stop> {
    Err(Stop::Invalid(Error::new(Kind::Invalid, what)))
}

type Step<T> = std::result::Result<T, Stop>;

/// The geometry types of WKB that can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum WkbType {
    Simple(GeometryType),
    CircularString,
    CompoundCurve,
    CurvePolygon,
    MultiCurve,
    MultiSurface,
}

/// The bytes that each geometry and each member begins with.
#[derive(Clone, Copy)]
struct Head {
    little_endian: bool,
    kind: WkbType,
    has_z: bool,
    has_m: bool,
}

struct Reader<'a, 's> {
    rest: &'a [u8],
    shape: &'s mut Shape,
    header: Header,
}

impl Reader<'_, '_> {
    fn whole(&mut self) -> Step<()> {
        let head = self.head(true)?;
        let kind = self.body(head, 0)?;
        if !self.rest.is_empty() {
            return invalid(format!("{} bytes follow the end of the geometry", self.rest.len()));
        }
        if self.shape.xy.len() > u32::MAX as usize {
            return invalid("the geometry has more vertices than 32 bits count");
        }
        self.shape.kind = (!self.shape.parts.is_empty()).then_some(kind);
        Ok(())
    }

    /// Reads byte order, type and flags. The SRID of a member is skipped.
    fn head(&mut self, outermost: bool) -> Step<Head> {
        let little_endian = match self.take::<1>()? {
            [0] => false,
            [1] => true,
            [other] => return invalid(format!("{other} is no byte order of WKB")),
        };
        let code = self.count(little_endian)?;
        if code & SRID_FLAG != 0 {
            let srid = self.count(little_endian)?;
            self.header.srid = if outermost { Some(srid) } else { self.header.srid };
        }
        let base = code & !(Z_FLAG | M_FLAG | SRID_FLAG);
        let dimensions = base / 1000;
        if dimensions > 3 {
            return invalid(format!("{base} is no geometry type of WKB"));
        }
        let has_m = code & M_FLAG != 0 || dimensions >= 2;
        self.header.had_m |= has_m;
        let kind = wkb_type(base % 1000)?;
        self.header.had_curves |= !matches!(kind, WkbType::Simple(_));
        Ok(Head { little_endian, kind, has_z: code & Z_FLAG != 0 || dimensions % 2 == 1, has_m })
    }

    /// Appends the geometry after its head. Returns its type among the simple features, so a
    /// CurvePolygon is a Polygon.
    fn body(&mut self, head: Head, depth: u32) -> Step<GeometryType> {
        use GeometryType::*;
        use WkbType::*;
        Ok(match head.kind {
            Simple(Point) => {
                self.point(head)?;
                self.shape.end_part(Role::Points);
                Point
            }
            Simple(LineString) | CircularString | CompoundCurve => {
                self.curve(head)?;
                self.shape.end_part(Role::Line);
                LineString
            }
            Simple(Polygon) | CurvePolygon => {
                self.surface(head)?;
                Polygon
            }
            Simple(MultiPoint) => {
                self.points(head)?;
                MultiPoint
            }
            Simple(MultiLineString) | MultiCurve => {
                self.members(head, depth, LineString)?;
                MultiLineString
            }
            Simple(MultiPolygon) | MultiSurface => {
                self.members(head, depth, Polygon)?;
                MultiPolygon
            }
            Simple(GeometryCollection) => {
                self.collection(head, depth)?;
                GeometryCollection
            }
        })
    }

    /// Reads a point. An empty point, whose coordinates are NaN, appends nothing.
    fn point(&mut self, head: Head) -> Step<()> {
        let before = self.shape.xy.len();
        self.run(head, 1)?;
        if self.shape.xy.last().is_some_and(|point| point.iter().all(|number| number.is_nan())) {
            self.shape.xy.truncate(before);
            self.shape.z.truncate(before);
        }
        Ok(())
    }

    /// Reads a MultiPoint, which is a single part.
    fn points(&mut self, head: Head) -> Step<()> {
        for _ in 0..self.count(head.little_endian)? {
            let member = self.head(false)?;
            if member.kind != WkbType::Simple(GeometryType::Point) {
                return invalid("a MultiPoint holds something else than points");
            }
            self.point(member)?;
        }
        self.shape.end_part(Role::Points);
        Ok(())
    }

    /// Reads the members of a MultiLineString or MultiPolygon, or of their curved counterparts.
    fn members(&mut self, head: Head, depth: u32, kind: GeometryType) -> Step<()> {
        for _ in 0..self.count(head.little_endian)? {
            let member = self.head(false)?;
            let fits = match kind {
                GeometryType::LineString => is_curve(member.kind),
                _ => is_surface(member.kind),
            };
            if !fits {
                return invalid(format!("a Multi{} holds something else", kind.name()));
            }
            self.body(member, depth)?;
        }
        Ok(())
    }

    /// Reads the members of a collection. Members of nested collections become members of the
    /// outermost one.
    fn collection(&mut self, head: Head, depth: u32) -> Step<()> {
        if depth >= MAX_DEPTH {
            return invalid(format!("geometry collections are nested deeper than {MAX_DEPTH}"));
        }
        for _ in 0..self.count(head.little_endian)? {
            let member = self.head(false)?;
            let before = self.shape.parts.len();
            let kind = self.body(member, depth + 1)?;
            let parts = (self.shape.parts.len() - before) as u32;
            if kind != GeometryType::GeometryCollection && parts > 0 {
                self.shape.members.push(Member { kind, parts });
            }
        }
        Ok(())
    }

    /// Appends the vertices of a LineString, CircularString or CompoundCurve to the last run.
    fn curve(&mut self, head: Head) -> Step<()> {
        let run_start = self.shape.parts.last().map_or(0, |part| part.end as usize);
        match head.kind {
            WkbType::Simple(GeometryType::LineString) => self.counted_run(head),
            WkbType::CompoundCurve => {
                for _ in 0..self.count(head.little_endian)? {
                    let member = self.head(false)?;
                    self.segment(member, run_start)?;
                }
                Ok(())
            }
            _ => self.segment(head, run_start),
        }
    }

    /// Appends a LineString or CircularString that continues the run which begins at `run_start`.
    fn segment(&mut self, head: Head, run_start: usize) -> Step<()> {
        let append = match head.kind {
            WkbType::Simple(GeometryType::LineString) => curve::append_line,
            WkbType::CircularString => curve::append_circular_string,
            _ => return invalid("a CompoundCurve holds something else than lines and arcs"),
        };
        let start = self.shape.xy.len();
        self.counted_run(head)?;
        let points = self.shape.xy.split_off(start);
        let heights = self.shape.z.split_off(start.min(self.shape.z.len()));
        append(&points, &heights, run_start, self.shape);
        Ok(())
    }

    /// Reads the rings of a Polygon or CurvePolygon. If the exterior ring is empty, the polygon is.
    fn surface(&mut self, head: Head) -> Step<()> {
        let (parts, vertices) = (self.shape.parts.len(), self.shape.xy.len());
        let mut exterior_is_empty = false;
        for ring in 0..self.count(head.little_endian)? {
            let start = self.shape.xy.len();
            if head.kind == WkbType::CurvePolygon {
                let member = self.head(false)?;
                if !is_curve(member.kind) {
                    return invalid("a ring of a CurvePolygon is no curve");
                }
                self.curve(member)?;
            } else {
                self.counted_run(head)?;
            }
            self.shape.close_ring(start);
            exterior_is_empty |= ring == 0 && self.shape.xy.len() == start;
            self.shape.end_part(if ring == 0 { Role::Exterior } else { Role::Interior });
        }
        if exterior_is_empty {
            self.shape.parts.truncate(parts);
            self.shape.xy.truncate(vertices);
            self.shape.z.truncate(vertices);
        }
        Ok(())
    }

    fn counted_run(&mut self, head: Head) -> Step<()> {
        let count = self.count(head.little_endian)?;
        self.run(head, count)
    }

    /// Appends `count` vertices if their bytes are there.
    fn run(&mut self, head: Head, count: u32) -> Step<()> {
        let numbers = 2 + usize::from(head.has_z) + usize::from(head.has_m);
        let length = (count as usize).checked_mul(numbers * 8);
        let Some((bytes, rest)) = length.and_then(|length| self.rest.split_at_checked(length)) else {
            return invalid(format!("{count} vertices are announced, and the bytes end before"));
        };
        self.rest = rest;
        self.shape.align_heights(head.has_z && count > 0);
        match head.little_endian {
            true => append_vertices(bytes, head, f64::from_le_bytes, self.shape),
            false => append_vertices(bytes, head, f64::from_be_bytes, self.shape),
        }
        self.shape.align_heights(false);
        Ok(())
    }

    fn take<const LENGTH: usize>(&mut self) -> Step<[u8; LENGTH]> {
        match self.rest.split_first_chunk::<LENGTH>() {
            Some((bytes, rest)) => {
                self.rest = rest;
                Ok(*bytes)
            }
            None => invalid("the bytes end before the geometry does"),
        }
    }

    /// Reads a 32-bit number in the byte order of its geometry.
    fn count(&mut self, little_endian: bool) -> Step<u32> {
        let bytes = self.take::<4>()?;
        Ok(if little_endian { u32::from_le_bytes(bytes) } else { u32::from_be_bytes(bytes) })
    }
}

fn wkb_type(code: u32) -> Step<WkbType> {
    if let Some(kind) = GeometryType::from_wkb(code) {
        return Ok(WkbType::Simple(kind));
    }
    match code {
        8 => Ok(WkbType::CircularString),
        9 => Ok(WkbType::CompoundCurve),
        10 => Ok(WkbType::CurvePolygon),
        11 => Ok(WkbType::MultiCurve),
        12 => Ok(WkbType::MultiSurface),
        // PolyhedralSurface, TIN, Triangle.
        15..=17 => Err(Stop::Unsupported),
        other => invalid(format!("{other} is no geometry type of WKB")),
    }
}

fn is_curve(kind: WkbType) -> bool {
    use WkbType::*;
    matches!(kind, Simple(GeometryType::LineString) | CircularString | CompoundCurve)
}

fn is_surface(kind: WkbType) -> bool {
    matches!(kind, WkbType::Simple(GeometryType::Polygon) | WkbType::CurvePolygon)
}

/// Appends whole vertices to `xy`, and their heights to `z` if they have any.
fn append_vertices(bytes: &[u8], head: Head, number: impl Fn([u8; 8]) -> f64, shape: &mut Shape) {
    let numbers = bytes.as_chunks::<8>().0;
    match (head.has_z, head.has_m) {
        (false, false) => append::<2>(numbers, number, None, shape),
        (false, true) => append::<3>(numbers, number, None, shape),
        (true, false) => append::<3>(numbers, number, Some(2), shape),
        (true, true) => append::<4>(numbers, number, Some(2), shape),
    }
}

/// Appends vertices of `WIDTH` numbers each. `height` is the index of the height among them.
#[inline]
fn append<const WIDTH: usize>(
    numbers: &[[u8; 8]],
    number: impl Fn([u8; 8]) -> f64,
    height: Option<usize>,
    shape: &mut Shape,
) {
    let vertices = numbers.as_chunks::<WIDTH>().0;
    shape.xy.extend(vertices.iter().map(|vertex| [number(vertex[0]), number(vertex[1])]));
    if let Some(height) = height {
        shape.z.extend(vertices.iter().filter_map(|vertex| vertex.get(height)).map(|bytes| number(*bytes)));
    }
}

#[cfg(test)]
#[path = "ewkb_tests.rs"]
mod tests;
