//! Rings that cross, touch and lie in each other.

use super::Rings;
use super::contact::{contacts, edges};
use super::rings::doubled_area;
use geo::Validation;
use proptest::prelude::*;

fn rings(polygons: &[&[&[[i32; 2]]]]) -> Rings {
    let mut rings = Rings::default();
    for polygon in polygons {
        for (index, ring) in polygon.iter().enumerate() {
            rings.points.extend_from_slice(ring);
            if !rings.end_ring(index == 0) && index == 0 {
                break;
            }
        }
    }
    rings
}

fn multi_polygon(rings: &Rings) -> geo::MultiPolygon<f64> {
    let mut polygons: Vec<geo::Polygon<f64>> = vec![];
    for (points, exterior) in rings.iter() {
        let line: geo::LineString<f64> = points.iter().map(|[x, y]| (f64::from(*x), f64::from(*y))).collect();
        match polygons.last_mut() {
            Some(polygon) if !exterior => polygon.interiors_push(line),
            _ => polygons.push(geo::Polygon::new(line, vec![])),
        }
    }
    geo::MultiPolygon::new(polygons)
}

#[test]
fn straight_points_repeats_and_spikes_go() {
    let cleaned =
        rings(&[&[&[[0, 0], [5, 0], [5, 0], [10, 0], [10, 10], [10, 30], [10, 10], [0, 10], [0, 5]]]]);
    assert_eq!(cleaned.points, [[0, 0], [10, 0], [10, 10], [0, 10]]);
}

#[test]
fn what_covers_nothing_goes_with_its_holes() {
    assert!(rings(&[&[&[[0, 0], [5, 0], [0, 0]], &[[1, 1], [2, 1], [2, 2]]]]).ends.is_empty());
}

#[test]
fn exterior_rings_are_positive_and_holes_negative() {
    let square = [[0, 0], [0, 10], [10, 10], [10, 0]];
    let hole = [[2, 2], [2, 4], [4, 4], [4, 2]];
    let rings = rings(&[&[&square, &hole]]);
    let areas: Vec<i64> = rings.iter().map(|(ring, _)| doubled_area(ring)).collect();
    assert_eq!(areas, [200, -8]);
}

#[test]
fn a_bow_tie_becomes_two_triangles() {
    // With lobes of two sizes, and of one, whose areas make zero together.
    for far in [12, 10] {
        let mut rings = rings(&[&[&[[0, 0], [10, 10], [10, 0], [0, far]]]]);
        rings.make_valid();
        assert_eq!(rings.ends.len(), 2);
        assert!(multi_polygon(&rings).is_valid());
    }
}

#[test]
fn a_hole_stays_with_the_polygon_that_it_lies_in() {
    let exterior = [[1, 0], [11, 5], [6, 11], [0, 9], [7, 9], [7, 2], [3, 11], [9, 0]];
    let hole = [[9, 4], [0, 6], [1, 10], [5, 6], [4, 0]];
    let other = [[7, 1], [11, 4], [4, 11], [8, 4], [4, 0], [0, 8]];
    let mut rings = rings(&[&[&exterior, &hole], &[&other]]);
    rings.make_valid();
    let shape = multi_polygon(&rings);
    assert!(shape.is_valid(), "{:?}: {shape:?}", shape.validation_errors());
}

#[test]
fn rings_that_cross_themselves_all_over_are_made_simpler() {
    let star = |count: i32| -> Vec<[i32; 2]> {
        let turn = std::f64::consts::PI * f64::from(count - 1) / f64::from(count);
        let corner = |number: i32| (f64::from(number) * turn).sin_cos();
        (0..count).map(corner).map(|(y, x)| [(2000.0 * x) as i32, (2000.0 * y) as i32]).collect()
    };
    let circle = |count: i32| -> Vec<[i32; 2]> {
        let corner = |number: i32| (f64::from(number) * std::f64::consts::TAU / f64::from(count)).sin_cos();
        let around = (0..count).map(|number| (number, corner(number)));
        around
            .map(|(number, (y, x))| {
                let radius = f64::from(1900 + number % 7 * 10);
                [(radius * x) as i32, (radius * y) as i32]
            })
            .collect()
    };
    for (ring, points) in [(star(401), 100), (star(10_001), 2_000), (circle(100_000), 10_000)] {
        let mut rings = rings(&[&[&ring]]);
        rings.make_valid();
        assert!(rings.points.len() > points, "{} are left", rings.points.len());
        assert!(contacts(&mut edges(&rings), 1_000) < 1_000);
        if rings.points.len() < 10_000 {
            assert!(multi_polygon(&rings).is_valid());
        }
    }
}

#[test]
fn of_too_many_small_polygons_half_are_left() {
    let mut rings = Rings::default();
    for number in 0..10_000 {
        let [x, y] = [number % 100 * 10, number / 100 * 10];
        rings.points.extend([[x, y], [x + 11, y], [x + 11, y + 8], [x, y + 8]]);
        rings.end_ring(true);
    }
    rings.make_valid();
    let area: i64 = rings.iter().map(|(ring, _)| doubled_area(ring)).sum();
    assert!(area > 2 * 5_000 * 80, "{area}");
    assert!(multi_polygon(&rings).is_valid());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    /// Rings of random points on a coarse grid cross, touch and overlap themselves in every way.
    #[test]
    fn whatever_goes_in_comes_out_valid_and_wound(
        exterior in proptest::collection::vec((0i32..12, 0i32..12), 3..14),
        hole in proptest::collection::vec((0i32..12, 0i32..12), 3..8),
        other in proptest::collection::vec((0i32..12, 0i32..12), 3..8),
    ) {
        let [exterior, hole, other] = [exterior, hole, other]
            .map(|ring| ring.into_iter().map(|(x, y)| [x, y]).collect::<Vec<_>>());
        let mut rings = rings(&[&[&exterior, &hole], &[&other]]);
        rings.make_valid();
        for (ring, exterior) in rings.iter() {
            prop_assert_eq!(doubled_area(ring) > 0, exterior);
        }
        let shape = multi_polygon(&rings);
        prop_assert!(shape.is_valid(), "{:?}: {:?}", shape.validation_errors(), shape);
    }
}
