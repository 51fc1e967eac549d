//! Projects the geometries of a query into the coordinate system that a collection is stored in.

use super::bbox::BboxFilter;
use crate::error::{Error, Result, Said, said, template};
use crate::geo::geometry::{Part, Role};
use crate::geo::projection::Projection;
use crate::geo::{Bbox, Crs, GeometryType, Shape, validity};

/// The number of points on each side of a projected box, whose sides may be curved after
/// projection.
const STEPS_OF_A_SIDE: usize = 16;

/// A geometry of a query, in the axis order of its coordinate system unless it says otherwise.
#[derive(Clone, Copy, Debug)]
pub enum GeometryLiteral<'a> {
    /// A geometry.
    Shape(&'a Shape),
    /// A geometry as a collection has it, x before y in every system.
    Stored(&'a Shape),
    /// A box of four numbers, or of six with heights, which are ignored.
    Box(&'a [f64]),
}

impl GeometryLiteral<'_> {
    /// Returns the geometry in the coordinate system `stored`, x before y, valid and finite.
    /// `asked` is the system in which it was given.
    ///
    /// Vertices are projected, and the lines between them are not. So a long line lies elsewhere in
    /// the other system, as with PostGIS's `ST_Transform`. Each side of a box becomes 16 points. If
    /// both systems are the same, or both are geographic, no digit changes. A box across the 180th
    /// meridian becomes two boxes, and a box without area a point or a line.
    ///
    /// # Errors
    ///
    /// Fails if the geometry is invalid or outside the earth, or if it is too far from where a
    /// projection is defined.
    pub fn stored(self, asked: Crs, stored: Crs) -> Result<Shape> {
        let stays = asked == stored || (asked.is_geographic() && stored.is_geographic());
        let mut shape = match self {
            GeometryLiteral::Shape(shape) => in_bounds(shape, asked)?,
            GeometryLiteral::Stored(shape) => shape.clone(),
            GeometryLiteral::Box(numbers) => of_boxes(&bbox(numbers, asked)?.boxes, stays),
        };
        if let Some(what) = validity::fault(&shape) {
            return Err(invalid(what));
        }
        if !stays {
            project(&mut shape.xy, &Projection::of(asked)?, &Projection::of(stored)?)?;
        }
        Ok(shape)
    }
}

/// Returns the box of four or six numbers in the axis order of `crs`. Spatial functions compare in
/// the plane, so the heights are ignored.
///
/// # Errors
///
/// Fails as [`BboxFilter::of_numbers`] does.
pub fn bbox(numbers: &[f64], crs: Crs) -> Result<BboxFilter> {
    let plane = |bbox| BboxFilter { heights: None, ..bbox };
    BboxFilter::of_numbers(numbers, crs).map(plane).map_err(|error| Error {
        hint: error.hint,
        ..invalid(said!("has a BBOX that does not do: {}", error.what))
    })
}

/// Projects points in place. Fails if projecting the result back does not lead to the same points,
/// since a projection gives nonsense far from where it is defined.
fn project(points: &mut [[f64; 2]], from: &Projection, to: &Projection) -> Result<()> {
    from.to_lonlat(points);
    let degrees = points.to_vec();
    to.from_lonlat(points);
    let mut back = points.to_vec();
    to.to_lonlat(&mut back);
    let is_near = |(there, back): (&[f64; 2], &[f64; 2])| {
        there.iter().zip(back).all(|(there, back)| (there - back).abs() <= 1e-6)
    };
    if degrees.iter().zip(&back).all(is_near) {
        return Ok(());
    }
    Err(invalid(said!("has a geometry too far from where this collection's coordinate system is meant for"))
        .hint("S_INTERSECTS and S_DISJOINT take a BBOX of any size"))
}

fn invalid(what: impl Into<Said>) -> Error {
    Error::invalid("filter", what)
}

/// Returns the shape with x before y. Fails if its coordinates are not on the earth.
fn in_bounds(shape: &Shape, crs: Crs) -> Result<Shape> {
    let mut shape = shape.clone();
    if crs.is_north_first() {
        shape.xy.iter_mut().for_each(|point| point.reverse());
    }
    let earth = Bbox::new([-180.0, -90.0], [180.0, 90.0]);
    if crs.is_geographic() && !shape.xy.iter().all(|point| earth.contains(*point)) {
        let hint = match crs.is_north_first() {
            true => template!("latitude comes first, -90 to 90, then longitude, -180 to 180"),
            false => template!(
                "longitude comes first, -180 to 180, then latitude, -90 to 90; for other systems give filter-crs"
            ),
        };
        return Err(invalid(said!("has a coordinate that is not on the earth")).hint(hint));
    }
    Ok(shape)
}

fn of_boxes(boxes: &[Bbox], stays: bool) -> Shape {
    let outline = |bbox: &Bbox| bbox.outline(if stays { 1 } else { STEPS_OF_A_SIDE });
    match boxes {
        [one] if one.min == one.max => of_runs(GeometryType::Point, Role::Points, vec![vec![one.min]]),
        [one] if (0..2).any(|axis| one.min.get(axis) == one.max.get(axis)) => {
            of_runs(GeometryType::LineString, Role::Line, vec![vec![one.min, one.max]])
        }
        [one] => of_runs(GeometryType::Polygon, Role::Exterior, vec![outline(one)]),
        several => of_runs(GeometryType::MultiPolygon, Role::Exterior, several.iter().map(outline).collect()),
    }
}

fn of_runs(kind: GeometryType, role: Role, runs: Vec<Vec<[f64; 2]>>) -> Shape {
    let mut shape = Shape { kind: Some(kind), ..Shape::default() };
    for run in runs {
        shape.xy.extend(run);
        shape.parts.push(Part { role, end: shape.xy.len() as u32 });
    }
    shape
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(at: [f64; 2]) -> Shape {
        of_runs(GeometryType::Point, Role::Points, vec![vec![at]])
    }

    #[test]
    fn points_go_to_the_stored_system_in_the_order_of_their_own() {
        let utm = Crs::Epsg(25832);
        let cologne = GeometryLiteral::Shape(&point([6.96, 50.94])).stored(Crs::Crs84, utm).unwrap();
        let [x, y] = cologne.xy[0];
        assert!((356_000.0..358_000.0).contains(&x) && (5_644_000.0..5_646_000.0).contains(&y), "{x} {y}");
        let turned = GeometryLiteral::Shape(&point([50.94, 6.96])).stored(Crs::Epsg(4326), utm).unwrap();
        assert_eq!(turned, cologne);
        // Within one system no bit changes.
        let exact = point([356_000.123_456_789, 5_645_000.1]);
        assert_eq!(GeometryLiteral::Shape(&exact).stored(utm, utm).unwrap(), exact);
    }

    #[test]
    fn boxes_are_shapes_of_their_extent() {
        let shape = |numbers: &[f64]| GeometryLiteral::Box(numbers).stored(Crs::Crs84, Crs::Crs84).unwrap();
        assert_eq!(shape(&[6.0, 50.0, 7.0, 51.0]).kind, Some(GeometryType::Polygon));
        assert_eq!(shape(&[6.0, 50.0, 0.0, 7.0, 51.0, 9.0]), shape(&[6.0, 50.0, 7.0, 51.0]));
        assert_eq!(shape(&[6.0, 50.0, 6.0, 51.0]).kind, Some(GeometryType::LineString));
        assert_eq!(shape(&[6.0, 50.0, 6.0, 50.0]), point([6.0, 50.0]));
        assert_eq!(shape(&[170.0, -10.0, -170.0, 10.0]).kind, Some(GeometryType::MultiPolygon));
        let projected =
            GeometryLiteral::Box(&[6.0, 50.0, 7.0, 51.0]).stored(Crs::Crs84, Crs::Epsg(25832)).unwrap();
        assert_eq!(projected.xy.len(), 65);
    }

    #[test]
    fn what_cannot_be_brought_there_is_refused() {
        let stored = |at, crs| GeometryLiteral::Shape(&point(at)).stored(crs, Crs::Epsg(25832));
        assert!(stored([7.0, 510.0], Crs::Crs84).unwrap_err().what.contains("not on the earth"));
        // A quarter of the earth from the central meridian, transverse Mercator goes to infinity.
        assert!(stored([99.0, 0.0], Crs::Crs84).unwrap_err().what.contains("too far"));
        assert!(stored([f64::NAN, 10.0], Crs::Epsg(3857)).is_err());
        assert!(
            GeometryLiteral::Box(&[-180.0, -90.0, 180.0, 90.0]).stored(Crs::Crs84, Crs::Epsg(25832)).is_err()
        );
    }
}
