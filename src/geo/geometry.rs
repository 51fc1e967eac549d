//! One geometry of the Simple Features model, flat: one list of vertices, cut into parts.
//!
//! [`Shape`] is what every reader (EWKB, FlatGeobuf) fills and what a layer packs. Curves have been
//! made lines, nested collections are flattened to one level, M is left out; whoever reads counts
//! these.

/// The seven types of OGC Simple Features, with their WKB numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
#[allow(missing_docs)] // the names are the standard's
pub enum GeometryType {
    Point = 1,
    LineString = 2,
    Polygon = 3,
    MultiPoint = 4,
    MultiLineString = 5,
    MultiPolygon = 6,
    GeometryCollection = 7,
}

impl GeometryType {
    /// The type with this WKB number (1–7).
    pub fn from_wkb(code: u32) -> Option<GeometryType> {
        use GeometryType::*;
        Some(match code {
            1 => Point,
            2 => LineString,
            3 => Polygon,
            4 => MultiPoint,
            5 => MultiLineString,
            6 => MultiPolygon,
            7 => GeometryCollection,
            _ => return None,
        })
    }

    /// The name as GeoJSON writes it.
    pub fn name(self) -> &'static str {
        use GeometryType::*;
        match self {
            Point => "Point",
            LineString => "LineString",
            Polygon => "Polygon",
            MultiPoint => "MultiPoint",
            MultiLineString => "MultiLineString",
            MultiPolygon => "MultiPolygon",
            GeometryCollection => "GeometryCollection",
        }
    }

    /// 0 for points, 1 for lines, 2 for areas; None for a collection.
    pub fn dimension(self) -> Option<u8> {
        use GeometryType::*;
        match self {
            Point | MultiPoint => Some(0),
            LineString | MultiLineString => Some(1),
            Polygon | MultiPolygon => Some(2),
            GeometryCollection => None,
        }
    }
}

/// What a run of vertices is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Role {
    /// Each vertex is a point of its own (a MultiPoint is one such part).
    Points,
    /// A line through the vertices.
    Line,
    /// The closed outer ring that begins a polygon; the first vertex is repeated at the end.
    Exterior,
    /// A closed hole of the polygon begun last.
    Interior,
}

/// A run of vertices of a [`Shape`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// What the run is.
    pub role: Role,
    /// Where it ends in the vertex list (exclusive); it begins where the part before ended.
    pub end: u32,
}

/// A member of a geometry collection: its type and how many parts of the shape it spans.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Member {
    /// Never a collection: nested ones are flattened.
    pub kind: GeometryType,
    /// How many parts belong to it.
    pub parts: u32,
}

/// One geometry, in storage coordinates, x (east) before y (north). No type means NULL or empty.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Shape {
    /// The geometry's type, or None for NULL and empty.
    pub kind: Option<GeometryType>,
    /// All vertices, to the bit as stored.
    pub xy: Vec<[f64; 2]>,
    /// Heights, one a vertex; empty where the geometry has none.
    pub z: Vec<f64>,
    /// The runs of vertices.
    pub parts: Vec<Part>,
    /// The members, for a collection only.
    pub members: Vec<Member>,
}

impl Shape {
    /// Forgets the geometry but keeps the memory, so that one shape serves a whole load.
    pub fn clear(&mut self) {
        self.kind = None;
        self.xy.clear();
        self.z.clear();
        self.parts.clear();
        self.members.clear();
    }

    /// Ends the part begun after the last one; an empty run adds nothing.
    pub fn end_part(&mut self, role: Role) {
        let end = self.xy.len() as u32;
        if self.parts.last().map_or(0, |part| part.end) < end {
            self.parts.push(Part { role, end });
        }
    }

    /// Closes the ring that began at vertex `start` by repeating its first vertex, unless that is
    /// its last already. An empty ring stays empty.
    pub fn close_ring(&mut self, start: usize) {
        let (Some(first), Some(last)) = (self.xy.get(start).copied(), self.xy.last().copied()) else {
            return;
        };
        let closed = first == last || first.map(f64::to_bits) == last.map(f64::to_bits);
        if !closed || self.xy.len() == start + 1 {
            self.xy.push(first);
            if let Some(height) = self.z.get(start).copied() {
                self.z.push(height);
            }
        }
    }

    /// Gives a height of NaN to each vertex that lacks one, if any vertex has a height or is
    /// `about_to` get one: members of a collection may differ in that.
    pub fn align_heights(&mut self, about_to: bool) {
        if about_to || !self.z.is_empty() {
            self.z.resize(self.xy.len(), f64::NAN);
        }
    }

    /// The runs of vertices, each with what it is.
    pub fn runs(&self) -> impl Iterator<Item = (Role, &[[f64; 2]])> {
        let starts = std::iter::once(0).chain(self.parts.iter().map(|part| part.end as usize));
        let runs = self.parts.iter().zip(starts);
        runs.map(|(part, start)| (part.role, self.xy.get(start..part.end as usize).unwrap_or_default()))
    }

    /// Whether all of x and y are numbers: PostGIS and files may hold NaN and infinities.
    pub fn is_finite(&self) -> bool {
        self.xy.iter().all(|[x, y]| x.is_finite() && y.is_finite())
    }
}
