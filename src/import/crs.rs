//! Coordinate systems of imported files, recognized by their parameters and never by their name.

use gdal::spatial_ref::{AxisMappingStrategy, CoordTransform, CoordTransformOptions, SpatialRef};

use super::messages::failed;
use crate::error::{Error, Result};
use crate::geo::Crs;
use crate::geo::projection::Projection;

/// How far, in degrees, a file may reach beyond the area of a projection. Transverse Mercator is
/// accurate to a millimetre at this distance, but useless for a map of the world.
const BEYOND: f64 = 10.0;
/// A layer stays in degrees if more than one in this number of its features lies beyond the area. A
/// single feature never decides.
const MOST_BEYOND: usize = 5;
/// Germany in degrees: west, south, east, north.
const GERMANY: [f64; 4] = [5.5, 47.0, 15.6, 55.2];
/// The percentage of points that must lie within the area of a system. Files contain some points at
/// 0, 0.
pub const MOST: u64 = 95;
/// Gauß–Krüger on DHDN, zones 2 to 5, recognized by the number of the zone at the beginning of the
/// easting.
const GAUSS_KRUEGER: [(u32, f64); 4] = [(31466, 2e6), (31467, 3e6), (31468, 4e6), (31469, 5e6)];

/// Returns the coordinate system with an EPSG code. x (longitude, easting) comes first, whatever
/// EPSG says.
///
/// # Errors
///
/// Fails if PROJ does not know the code.
pub fn of_code(code: u32) -> Result<SpatialRef> {
    let mut crs =
        SpatialRef::from_epsg(code).map_err(|why| failed(format!("EPSG:{code} is not known"), &why))?;
    crs.set_axis_mapping_strategy(AxisMappingStrategy::TraditionalGisOrder);
    Ok(crs)
}

/// Returns the name of a coordinate system for people, with its code if it has one.
pub fn described(crs: &SpatialRef) -> String {
    let name = crs.name().unwrap_or_else(|| "without a name".into());
    match code(crs) {
        Some(code) => format!("EPSG:{code} ({name})"),
        None => format!("{name}, by its parameters"),
    }
}

/// Returns the EPSG code that the definition states.
fn code(crs: &SpatialRef) -> Option<u32> {
    let is_epsg = crs.auth_name().is_some_and(|name| name.eq_ignore_ascii_case("EPSG"));
    is_epsg.then(|| crs.auth_code().ok().and_then(|code| u32::try_from(code).ok())).flatten()
}

/// Returns whether a coordinate system has no relation to the earth: undefined, as in GeoPackages,
/// or local.
pub fn is_undefined(crs: &SpatialRef) -> bool {
    let name = crs.name().unwrap_or_default().to_lowercase();
    crs.is_local() || name.starts_with("undefined ")
}

/// The coordinate system that the coordinates of a layer are written in.
pub struct Target {
    /// The EPSG code of this system.
    pub code: u32,
    /// The transformation; None if the coordinates are already in this system.
    pub transform: Option<CoordTransform>,
    /// The reason why it differs from the code that was asked for.
    pub kept: Option<String>,
    /// Whether the file's coordinates are degrees.
    pub is_from_degrees: bool,
    /// Whether degrees are written.
    pub is_to_degrees: bool,
    /// The area outside of which a geometry is reported as distant, in the coordinates that are
    /// written: min x, min y, max x, max y.
    pub area: Option<[f64; 4]>,
}

/// Returns the transformation from `source` to the EPSG code `wanted`. `boxes` are those of
/// features of the layer, in its coordinates. If the layer reaches far beyond the area of `wanted`,
/// it stays in degrees.
///
/// # Errors
///
/// Fails if PROJ does not know the code, or has no transformation.
pub fn target(source: &SpatialRef, boxes: &[[f64; 4]], wanted: u32) -> Result<Target> {
    let crs = of_code(wanted)?;
    let beyond = beyond(source, boxes, &crs);
    let is_beyond = beyond > 0 && (beyond == boxes.len() || beyond > 1 && beyond * MOST_BEYOND > boxes.len());
    let (code, crs, kept) = match is_beyond {
        true => {
            let code = code(source).filter(|_| source.is_geographic()).unwrap_or(4326);
            (code, of_code(code)?, Some(format!("it reaches far beyond the area of EPSG:{wanted}")))
        }
        false => (wanted, crs, None),
    };
    let is_to_degrees = crs.is_geographic();
    let area = if is_to_degrees { None } else { wide_area(&crs).and_then(|area| projected(area, &crs)) };
    let transform = way(source, &crs)?;
    Ok(Target { code, transform, kept, is_from_degrees: source.is_geographic(), is_to_degrees, area })
}

/// Returns the area of a coordinate system, a little enlarged, in degrees: west, south, east,
/// north.
fn wide_area(crs: &SpatialRef) -> Option<[f64; 4]> {
    let area = crs.area_of_use()?;
    Some([
        area.west_lon_degree - BEYOND,
        area.south_lat_degree - BEYOND,
        area.east_lon_degree + BEYOND,
        area.north_lat_degree + BEYOND,
    ])
}

fn projected([west, south, east, north]: [f64; 4], crs: &SpatialRef) -> Option<[f64; 4]> {
    let degrees = of_code(4326).ok()?;
    let way = CoordTransform::new(&degrees, crs).ok()?;
    let within = [west.max(-180.0), south.max(-89.0), east.min(180.0), north.min(89.0)];
    let bounds = way.transform_bounds(&within, 21).ok()?;
    bounds.iter().all(|number| number.is_finite()).then_some(bounds)
}

fn way(source: &SpatialRef, target: &SpatialRef) -> Result<Option<CoordTransform>> {
    if source == target {
        return Ok(None);
    }
    let what = || format!("there is no way from {} to {}", described(source), described(target));
    let make = || {
        // A transformation that ignores the datum ("ballpark") would be wrong by up to hundreds of
        // metres without notice.
        let mut options = CoordTransformOptions::new()?;
        options.set_ballpark_allowed(false)?;
        CoordTransform::new_with_options(source, target, &options)
    };
    make().map(Some).map_err(|why| failed(what(), &why))
}

/// Counts the boxes that lie beyond the area of `target`, or cannot be transformed to degrees.
fn beyond(source: &SpatialRef, boxes: &[[f64; 4]], target: &SpatialRef) -> usize {
    let Some([west, south, east, north]) = wide_area(target) else { return 0 };
    let degrees = of_code(4326)
        .and_then(|degrees| CoordTransform::new(source, &degrees).map_err(|why| failed("no degrees", &why)));
    let Ok(way) = degrees else { return boxes.len() };
    let is_beyond = |&[left, bottom, right, top]: &[f64; 4]| {
        let (mut x, mut y) = ([left, right, left, right], [bottom, bottom, top, top]);
        let is_placed = source.is_geographic() || way.transform_coords(&mut x, &mut y, &mut []).is_ok();
        let is_in = |(x, y): (&f64, &f64)| (west..=east).contains(x) && (south..=north).contains(y);
        !(is_placed && x.iter().zip(&y).all(is_in))
    };
    boxes.iter().filter(|of| is_beyond(of)).count()
}

/// Guesses an unstated coordinate system: the one in which the coordinates lie in Germany.
pub struct Guess {
    candidates: Vec<(u32, Option<Projection>, u64)>,
    points: u64,
}

impl Guess {
    /// Considers degrees, the target's system, Web Mercator, UTM 32 with a leading zone number, and
    /// Gauß–Krüger. Other zones of UTM cannot be told apart.
    pub fn new(target: u32) -> Guess {
        let mut codes = vec![4326, target, 3857, 4647];
        codes.dedup();
        let projected = codes.into_iter().filter_map(|code| {
            Projection::of(Crs::from_srid(code)).ok().map(|projection| (code, Some(projection), 0))
        });
        let zones =
            GAUSS_KRUEGER.iter().filter(|(code, _)| *code != target).map(|(code, _)| (*code, None, 0));
        Guess { candidates: projected.chain(zones).collect(), points: 0 }
    }

    /// Takes a point into account.
    pub fn see(&mut self, point: [f64; 2]) {
        self.points += 1;
        for (code, projection, hits) in &mut self.candidates {
            let is_in = match projection {
                Some(projection) => {
                    let mut lonlat = [point];
                    projection.to_lonlat(&mut lonlat);
                    lonlat.iter().all(|&point| is_in_germany(point))
                }
                None => is_gauss_krueger(*code, point),
            };
            *hits += u64::from(is_in);
        }
    }

    /// Returns the EPSG code of the only system that fits.
    ///
    /// # Errors
    ///
    /// Fails with a hint if none fits, or more than one.
    pub fn found(&self) -> Result<u32> {
        let hint = "say it with --source-srs, such as --source-srs 25832";
        let fitting = |&&(_, _, hits): &&(u32, Option<Projection>, u64)| hits * 100 >= self.points * MOST;
        let codes: Vec<u32> = self.candidates.iter().filter(fitting).map(|(code, ..)| *code).collect();
        match codes.as_slice() {
            [code] if self.points > 0 => Ok(*code),
            [] | [_] => {
                Err(Error::invalid("--source-srs", "it does not say which coordinate system it has")
                    .hint(hint))
            }
            several => {
                let codes: Vec<String> = several.iter().map(|code| format!("EPSG:{code}")).collect();
                let what =
                    format!("its coordinates may be {}, and it does not say which", codes.join(" or "));
                Err(Error::invalid("--source-srs", what).hint(hint))
            }
        }
    }
}

/// Returns whether everything within these bounds (min x, min y, max x, max y) may be longitudes
/// and latitudes.
pub fn is_degrees([west, south, east, north]: [f64; 4]) -> bool {
    // Simplified coastlines reach a little beyond the date line.
    west >= -180.1 && south >= -90.1 && east <= 180.1 && north <= 90.1
}

fn is_in_germany([x, y]: [f64; 2]) -> bool {
    let [west, south, east, north] = GERMANY;
    (west..=east).contains(&x) && (south..=north).contains(&y)
}

fn is_gauss_krueger(code: u32, [x, y]: [f64; 2]) -> bool {
    let zone = GAUSS_KRUEGER.iter().find(|(known, _)| *known == code).map_or(0.0, |(_, zone)| *zone);
    // Zones are 3° wide, neighbouring ones are used up to another 3° away, and Germany lies from
    // 47° to 55° north.
    (zone + 250_000.0..=zone + 750_000.0).contains(&x) && (5_200_000.0..=6_130_000.0).contains(&y)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod tests {
    use super::*;

    fn guess(points: &[[f64; 2]]) -> Result<u32> {
        let mut guess = Guess::new(25832);
        points.iter().for_each(|&point| guess.see(point));
        guess.found()
    }

    #[test]
    fn coordinates_tell_their_system_by_lying_in_germany() {
        assert_eq!(guess(&[[6.96, 50.94]]), Ok(4326));
        assert_eq!(guess(&[[356_000.0, 5_645_000.0]]), Ok(25832));
        assert_eq!(guess(&[[774_000.0, 6_610_000.0]]), Ok(3857));
        assert_eq!(guess(&[[32_356_000.0, 5_645_000.0]]), Ok(4647));
        assert_eq!(guess(&[[2_567_000.0, 5_645_000.0]]), Ok(31466));
        assert!(guess(&[]).unwrap_err().what.contains("does not say"));
        assert!(guess(&[[1.0, 2.0]]).unwrap_err().hint.unwrap().contains("--source-srs"));
        // In Web Mercator, the upper Rhine has the same coordinates as the Baltic Sea in UTM 32.
        let both = guess(&[[870_000.0, 6_100_000.0]]).unwrap_err().what;
        assert!(both.contains("EPSG:25832 or EPSG:3857"), "{both}");
    }

    #[test]
    fn some_points_may_lie_elsewhere() {
        let mut points = vec![[6.96, 50.94]; 95];
        points.extend([[0.0, 0.0]; 5]);
        assert_eq!(guess(&points), Ok(4326));
        points.push([0.0, 0.0]);
        assert!(guess(&points).is_err());
    }

    #[test]
    fn the_world_stays_in_degrees_and_a_city_does_not() {
        let degrees = of_code(4326).unwrap();
        let world = target(&degrees, &[[-180.0, -90.0, 180.0, 83.0]], 25832).unwrap();
        assert_eq!((world.code, world.transform.is_none(), world.kept.is_some()), (4326, true, true));
        let city = target(&degrees, &[[6.7, 50.8, 7.2, 51.1]], 25832).unwrap();
        assert_eq!((city.code, city.transform.is_some(), city.kept), (25832, true, None));
        assert!(of_code(1).is_err());
    }

    #[test]
    fn one_that_lies_astray_decides_nothing() {
        let utm = of_code(25832).unwrap();
        let near = [356_000.0, 5_645_000.0, 356_000.0, 5_645_000.0];
        for near_ones in [1, 2, 200] {
            let boxes = [vec![near; near_ones], vec![[0.0; 4]]].concat();
            let target = target(&utm, &boxes, 25832).unwrap();
            assert_eq!((target.code, target.kept), (25832, None), "{near_ones}");
            let [west, south, ..] = target.area.unwrap();
            assert!(west < 0.0 && south > 1e6, "{west} {south}");
        }
        let degrees = of_code(4326).unwrap();
        let world: Vec<[f64; 4]> = (0..9).map(|step| [f64::from(step * 20 - 80); 4]).collect();
        assert_eq!(target(&degrees, &world, 25832).unwrap().code, 4326);
    }

    #[test]
    fn what_is_undefined_says_nothing() {
        let local = "LOCAL_CS[\"Plan\",UNIT[\"metre\",1]]";
        assert!(is_undefined(&SpatialRef::from_wkt(local).unwrap()));
        assert!(!is_undefined(&of_code(25832).unwrap()) && !is_undefined(&of_code(4326).unwrap()));
    }

    #[test]
    fn a_system_is_taken_by_its_parameters() {
        let named_like_utm = "PROJCS[\"ETRS_1989_UTM_Zone_32N\",GEOGCS[\"GCS_ETRS_1989\",\
            DATUM[\"D_ETRS_1989\",SPHEROID[\"GRS_1980\",6378137.0,298.257222101]],PRIMEM[\"Greenwich\",0.0],\
            UNIT[\"Degree\",0.0174532925199433]],PROJECTION[\"Transverse_Mercator\"],\
            PARAMETER[\"False_Easting\",2500000.0],PARAMETER[\"False_Northing\",0.0],\
            PARAMETER[\"Central_Meridian\",9.0],PARAMETER[\"Scale_Factor\",0.9996],\
            PARAMETER[\"Latitude_Of_Origin\",0.0],UNIT[\"Meter\",1.0]]";
        let odd = SpatialRef::from_esri(named_like_utm).unwrap();
        let extent = [2_356_000.0, 5_645_000.0, 2_357_000.0, 5_646_000.0];
        let way = target(&odd, &[extent], 25832).unwrap().transform.expect("a way");
        let (mut x, mut y) = ([2_356_000.0], [5_645_000.0]);
        way.transform_coords(&mut x, &mut y, &mut []).unwrap();
        assert!((x[0] - 356_000.0).abs() < 1e-6 && (y[0] - 5_645_000.0).abs() < 1e-6, "{x:?} {y:?}");
    }
}
