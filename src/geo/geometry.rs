//! One geometry of the Simple Features model (OGC 06-103r4) in flat form: a list of vertices that
//! is divided into parts.
//!
//! All readers (EWKB, FlatGeobuf) fill a [`Shape`], and a layer packs it. A shape has no curves, no
//! nested collections and no measures: readers replace curves by lines, flatten collections to one
//! level, leave M out, and count how often they did.

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
    /// Returns the type with a WKB number from 1 to 7, and None for another number.
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

    /// Returns the name of the type in GeoJSON.
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

    /// Returns 0 for points, 1 for lines and 2 for areas; None for a collection.
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

/// The meaning of a run of vertices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Role {
    /// Each vertex is a point. A MultiPoint is one such run.
    Points,
    /// The vertices form a line.
    Line,
    /// The vertices form the exterior ring of a new polygon. The last vertex repeats the first.
    Exterior,
    /// The vertices form a hole of the last polygon. The last vertex repeats the first.
    Interior,
}

/// A run of vertices of a [`Shape`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// The meaning of the run.
    pub role: Role,
    /// The index after the last vertex of the run, which begins where the previous run ends.
    pub end: u32,
}

/// A member of a geometry collection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Member {
    /// The type of the member, which is never a collection.
    pub kind: GeometryType,
    /// The number of parts that belong to the member.
    pub parts: u32,
}

/// One geometry in stored coordinates, x (east) before y (north).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Shape {
    /// The type of the geometry; None for NULL and for an empty geometry.
    pub kind: Option<GeometryType>,
    /// All vertices, exactly as stored.
    pub xy: Vec<[f64; 2]>,
    /// The height of each vertex; empty if the geometry has no heights.
    pub z: Vec<f64>,
    /// The runs of vertices.
    pub parts: Vec<Part>,
    /// The members of a collection; empty for other types.
    pub members: Vec<Member>,
}

impl Shape {
    /// Removes the geometry but keeps the memory, so that one shape can be used for many rows.
    pub fn clear(&mut self) {
        self.kind = None;
        self.xy.clear();
        self.z.clear();
        self.parts.clear();
        self.members.clear();
    }

    /// Ends a part that consists of the vertices after the previous part. Does nothing if there are
    /// none.
    pub fn end_part(&mut self, role: Role) {
        let end = self.xy.len() as u32;
        if self.parts.last().map_or(0, |part| part.end) < end {
            self.parts.push(Part { role, end });
        }
    }

    /// Closes the ring that begins at vertex `start` by repeating its first vertex, unless the ring
    /// is closed or empty.
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

    /// Gives the height NaN to each vertex without one, if any vertex has a height or is `about_to`
    /// get one. Members of a collection may differ in this.
    pub fn align_heights(&mut self, about_to: bool) {
        if about_to || !self.z.is_empty() {
            self.z.resize(self.xy.len(), f64::NAN);
        }
    }

    /// Returns the runs of vertices with their roles.
    pub fn runs(&self) -> impl Iterator<Item = (Role, &[[f64; 2]])> {
        let starts = std::iter::once(0).chain(self.parts.iter().map(|part| part.end as usize));
        let runs = self.parts.iter().zip(starts);
        runs.map(|(part, start)| (part.role, self.xy.get(start..part.end as usize).unwrap_or_default()))
    }

    /// Returns whether all x and y are finite. PostGIS and files may contain NaN and infinities.
    pub fn is_finite(&self) -> bool {
        self.xy.iter().all(|[x, y]| x.is_finite() && y.is_finite())
    }
}
