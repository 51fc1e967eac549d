//! One point that represents a geometry when it is assigned to an area: the point itself, a point
//! on a line, or a point within an area.

use geo::InteriorPoint;

use super::geometries::GeometryRef;
use crate::geo::model;

/// Returns a point of the geometry's largest part, in its stored coordinates (`InteriorPoint` of
/// the crate `geo`). Returns None if the geometry has no vertex.
pub fn point(geometry: &GeometryRef<'_>) -> Option<[f64; 2]> {
    if let [only] = geometry.xy() {
        return Some(*only);
    }
    let runs = geometry.parts().map(|part| (part.role, part.xy));
    let all = model::geometry(geometry.kind, runs, geometry.members());
    all.interior_point().map(|point| [point.x(), point.y()])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geo::GeometryType;
    use crate::geo::geometry::{Role, Shape};
    use crate::geo::projection::Projection;
    use crate::layer::geometries::builder::GeometriesBuilder;

    #[test]
    fn of_an_area_with_a_hole_it_is_beside_the_hole() {
        let square = |low: f64, high: f64| [[low, low], [high, low], [high, high], [low, high], [low, low]];
        let mut shape = Shape { kind: Some(GeometryType::Polygon), ..Shape::default() };
        shape.xy.extend(square(0.0, 10.0));
        shape.end_part(Role::Exterior);
        shape.xy.extend(square(1.0, 9.0));
        shape.end_part(Role::Interior);
        let mut builder = GeometriesBuilder::default();
        builder.push(&shape);
        let (geometries, _) = builder.finish(&Projection::Geographic);
        let [x, y] = point(&geometries.get(0).unwrap()).unwrap();
        let is_within = |low: f64, high: f64| (low..=high).contains(&x) && (low..=high).contains(&y);
        assert!(is_within(0.0, 10.0) && !is_within(1.0, 9.0), "{x} {y}");
    }
}
