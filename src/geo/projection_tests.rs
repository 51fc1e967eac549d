//! Tests of [`super`], against PROJ where the build has GDAL.

#![allow(clippy::unwrap_used, clippy::panic)] // a test fails by panicking

use proptest::prelude::*;

use super::*;

fn projection(code: u32) -> Projection {
    Projection::of(Crs::Epsg(code)).unwrap()
}

#[test]
fn each_code_goes_the_shortest_way() {
    for code in [4326, 4258, 4937, 4979] {
        assert!(matches!(projection(code), Projection::Geographic), "{code}");
    }
    for code in [25828, 25832, 25838, 32601, 32660, 32701, 32760, 4647] {
        assert!(matches!(projection(code), Projection::TransverseMercator(_)), "{code}");
    }
    for code in [3034, 3035, 3044, 5650, 2154, 3067] {
        assert!(matches!(projection(code), Projection::Proj4(_)), "{code}");
    }
    assert!(matches!(projection(3857), Projection::WebMercator));
    assert!(matches!(Projection::of(Crs::Crs84), Ok(Projection::Geographic)));
}

#[test]
fn what_cannot_be_projected_is_said() {
    for code in [0, 1, 999_999, u32::MAX] {
        let error = Projection::of(Crs::Epsg(code)).unwrap_err();
        assert_eq!(error.kind, Kind::Invalid);
        assert!(error.what.contains(&code.to_string()) && error.hint.is_some(), "{error}");
    }
    // WGS 84 as metres from the centre of the earth: no map.
    assert!(Projection::of(Crs::Epsg(4978)).is_err());
}

#[test]
fn one_bad_point_does_not_spoil_its_neighbours() {
    for code in [3857, 25832, 3035, 3034] {
        let projection = projection(code);
        let mut points = [[7.0, 51.0], [f64::NAN, 51.0], [7.0, f64::INFINITY], [8.0, 52.0]];
        projection.from_lonlat(&mut points);
        projection.to_lonlat(&mut points);
        assert!((points[0][0] - 7.0).abs() < 1e-9 && (points[3][1] - 52.0).abs() < 1e-9, "{code} {points:?}");
        assert!(points[1][0].is_nan(), "{code} {points:?}");
    }
}

proptest! {
    #[test]
    fn there_and_back_is_the_same_place(
        code in prop::sample::select(vec![3857, 25832, 25833, 32632, 4647, 3034, 3035, 3044, 5650, 2154]),
        lonlat in [5.0..15.5f64, 47.0..55.5],
    ) {
        let projection = projection(code);
        let mut points = [lonlat];
        projection.from_lonlat(&mut points);
        prop_assert!(points[0][1] > 10_000.0, "{:?} are no metres", points);
        projection.to_lonlat(&mut points);
        prop_assert!((points[0][0] - lonlat[0]).abs() < 1e-9 && (points[0][1] - lonlat[1]).abs() < 1e-9);
    }
}

#[cfg(not(feature = "gdal"))]
#[test]
fn a_datum_shift_needs_a_build_with_gdal_and_says_so() {
    let error = Projection::of(Crs::Epsg(31466)).unwrap_err();
    assert!(error.what.contains("GDAL") && error.hint.is_some_and(|hint| hint.contains("feature")));
}

#[cfg(feature = "gdal")]
mod against_proj {
    use gdal::spatial_ref::{AxisMappingStrategy, CoordTransform, SpatialRef};
    use rayon::prelude::*;

    use super::*;
    use crate::geo::datum_shift::DatumShift;

    /// Deterministic points spread over a box: fractions of the golden ratio and of the root of
    /// two.
    fn spread(min: [f64; 2], max: [f64; 2], count: u32) -> Vec<[f64; 2]> {
        let part = |at: u32, step: f64| (f64::from(at) * step).fract();
        (0..count)
            .map(|at| {
                let (x, y) = (part(at, 0.618_033_988_75), part(at, 0.414_213_562_37));
                [min[0] + (max[0] - min[0]) * x, min[1] + (max[1] - min[1]) * y]
            })
            .collect()
    }

    /// How far two projections of the same degrees lie apart: metres forward, degrees back.
    fn difference(ours: &Projection, theirs: &DatumShift, lonlat: &[[f64; 2]]) -> (f64, f64) {
        let (mut our_points, mut their_points) = (lonlat.to_vec(), lonlat.to_vec());
        ours.from_lonlat(&mut our_points);
        theirs.from_lonlat(&mut their_points);
        let forward = farthest(&our_points, &their_points);
        our_points.clone_from(&their_points);
        ours.to_lonlat(&mut our_points);
        theirs.to_lonlat(&mut their_points);
        (forward, farthest(&our_points, &their_points))
    }

    /// The largest difference in any coordinate; infinite where one of the two is NaN.
    fn farthest(ours: &[[f64; 2]], theirs: &[[f64; 2]]) -> f64 {
        ours.iter().flatten().zip(theirs.iter().flatten()).fold(0.0, |most, (a, b)| {
            let apart = (a - b).abs();
            if apart.is_nan() { f64::INFINITY } else { apart.max(most) }
        })
    }

    #[test]
    fn our_series_are_projs_within_six_degrees_of_the_meridian() {
        for (code, meridian) in [(25828, -15.0), (25832, 9.0), (25833, 15.0), (32632, 9.0), (4647, 9.0)] {
            let points = spread([meridian - 6.0, -80.0], [meridian + 6.0, 84.0], 5000);
            let (metres, degrees) = difference(&projection(code), &DatumShift::of(code).unwrap(), &points);
            assert!(metres < 1e-5 && degrees < 1e-10, "{code}: {metres} m, {degrees}°");
        }
        let points = spread([-51.0, -80.0], [-39.0, -0.5], 5000);
        let (metres, degrees) = difference(&projection(32723), &DatumShift::of(32723).unwrap(), &points);
        assert!(metres < 1e-5 && degrees < 1e-10, "{metres} m, {degrees}°");
    }

    /// How far proj4rs is from PROJ within the area a system is made for, in words, if too far.
    fn apart(code: u32) -> Option<String> {
        let Ok(theirs) = DatumShift::of(code) else { return Some(format!("{code}: unknown to PROJ")) };
        let Some(area) = SpatialRef::from_epsg(code).ok().and_then(|system| system.area_of_use()) else {
            return Some(format!("{code}: without an area"));
        };
        let (min, max) =
            ([area.west_lon_degree, area.south_lat_degree], [area.east_lon_degree, area.north_lat_degree]);
        let (metres, degrees) = difference(&projection(code), &theirs, &spread(min, max, 500));
        // proj4rs ends the inverse of EPSG:3035 after fewer terms: 1.5 mm.
        (!(metres < 1e-3 && degrees < 2e-8)).then(|| format!("{code}: {metres} m, {degrees}°"))
    }

    #[test]
    fn proj4rs_is_proj_for_every_code_left_to_it() {
        let codes: Vec<u32> = crate::geo::proj4::COMPARED.iter().cloned().flatten().collect();
        let codes: Vec<u32> = codes.into_iter().filter(|code| Proj4::of(*code).is_some()).collect();
        let apart: Vec<_> = codes.into_par_iter().filter_map(apart).collect();
        assert!(apart.is_empty(), "{}", apart.join("\n"));
    }

    #[test]
    fn definitions_that_are_not_compared_are_not_trusted() {
        // crs-definitions puts EPSG:4855 and 26825 thousands of kilometres away and says of
        // EPSG:2893 that it needs no shift.
        for code in [4855, 26825, 2893] {
            assert!(matches!(projection(code), Projection::Gdal(_)), "{code}");
        }
    }

    /// By the seven parameters alone (EPSG:1777), without the grid, as PROJ did it of old.
    fn by_helmert(point: [f64; 2]) -> [f64; 2] {
        let definition = "+proj=tmerc +lat_0=0 +lon_0=6 +k=1 +x_0=2500000 +y_0=0 +ellps=bessel \
            +towgs84=598.1,73.7,418.2,0.202,0.045,-2.455,6.7 +units=m +no_defs";
        let mut from = SpatialRef::from_proj4(definition).unwrap();
        let mut to = SpatialRef::from_epsg(4326).unwrap();
        from.set_axis_mapping_strategy(AxisMappingStrategy::TraditionalGisOrder);
        to.set_axis_mapping_strategy(AxisMappingStrategy::TraditionalGisOrder);
        let (mut x, mut y) = ([point[0]], [point[1]]);
        CoordTransform::new(&from, &to).unwrap().transform_coords(&mut x, &mut y, &mut []).unwrap();
        [x[0], y[0]]
    }

    #[test]
    fn gauss_krueger_goes_by_the_grid_and_not_by_helmert() {
        let cologne = [2_567_000.0, 5_647_000.0];
        let mut points = [cologne];
        projection(31466).to_lonlat(&mut points);
        // What `cs2cs`, PROJ 9.1.1 with BETA2007.gsb, says.
        assert!((points[0][0] - 6.952_902_296).abs() < 1e-8, "{points:?}");
        assert!((points[0][1] - 50.954_343_374).abs() < 1e-8, "{points:?}");
        let helmert = by_helmert(cologne);
        let metres = (points[0][0] - helmert[0]).hypot((points[0][1] - helmert[1]) / 0.63) * 111_320.0 * 0.63;
        assert!((0.1..10.0).contains(&metres), "{metres} m apart");
    }

    #[test]
    fn many_threads_project_at_once_and_a_bad_point_stays_alone() {
        let shift = projection(31467);
        let lonlat = spread([6.0, 48.0], [12.0, 54.0], 40_000);
        let mut points = lonlat.clone();
        points.par_chunks_mut(1000).for_each(|chunk| {
            shift.from_lonlat(chunk);
            shift.to_lonlat(chunk);
        });
        assert!(farthest(&points, &lonlat) < 1e-8);
        let mut points =
            [[3_500_000.0, 5_600_000.0], [f64::NAN, 0.0], [1e300, 1e300], [3_500_000.0, 5_600_000.0]];
        shift.to_lonlat(&mut points);
        assert!((points[0][0] - 9.0).abs() < 0.01 && points[0] == points[3], "{points:?}");
        assert!(points[1][0].is_nan() && points[2][0].is_nan(), "{points:?}");
    }
}
