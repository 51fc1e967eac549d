//! The order of the axes of coordinate reference systems, as the EPSG registry defines it.
//!
//! OGC API – Features Part 2 (OGC 18-058r1) writes coordinates in this order, and clients such as
//! QGIS and GDAL read them so. Files and databases contain x before y in every system.
//! [`Crs::is_north_first`](super::Crs::is_north_first) tells whether coordinates must be swapped
//! between the two.

use std::cmp::Ordering;
use std::ops::RangeInclusive;

/// Returns whether an EPSG code names a geographic system, of which the first axis is the latitude.
/// The function knows the systems that are used in and around Germany: WGS 84, ETRS89 and its
/// national realisations, DHDN, RD/83, PD/83, Pulkovo 1942/83, ED50, MGI, Amersfoort, NTF and
/// NAD83.
pub fn is_latitude_first(code: u32) -> bool {
    let other_datums = matches!(code, 4178 | 4230 | 4269 | 4275 | 4289 | 4312 | 4314 | 4322 | 4745 | 4746);
    other_datums || is_wgs84_or_etrs89(code)
}

/// Returns whether an EPSG code names degrees on WGS 84 or ETRS89, which are treated as one datum:
/// see [`projection`](super::projection).
pub fn is_wgs84_or_etrs89(code: u32) -> bool {
    matches!(code, 4326 | 4258 | 4171 | 4619 | 4937 | 4979)
}

/// Returns whether an EPSG code names a projected system whose first axis is the northing.
///
/// ```
/// use veedel::geo::axes::is_northing_first;
///
/// assert!(is_northing_first(31466)); // DHDN, Gauß–Krüger zone 2
/// assert!(!is_northing_first(25832)); // ETRS89, UTM zone 32N
/// ```
pub fn is_northing_first(code: u32) -> bool {
    let place = |range: &RangeInclusive<u32>| match code {
        code if code < *range.start() => Ordering::Greater,
        code if code > *range.end() => Ordering::Less,
        _ => Ordering::Equal,
    };
    NORTHING_FIRST.binary_search_by(place).is_ok()
}

/// The EPSG codes of the projected systems whose first axis is the northing, in ascending order.
/// Ranges may contain codes that do not name a projected system.
#[rustfmt::skip]
const NORTHING_FIRST: &[RangeInclusive<u32>] = &[
    2036..=2036, 2044..=2045, 2081..=2083, 2085..=2086, 2091..=2093, 2096..=2098, 2105..=2132, 2166..=2180,
    2193..=2193, 2199..=2200, 2206..=2212, 2218..=2218, 2221..=2221, 2296..=2307, 2319..=2549, 2551..=2735,
    2738..=2758, 2935..=2941, 2953..=2953, 3006..=3030, 3034..=3035, 3038..=3051, 3058..=3059, 3068..=3068,
    3114..=3118, 3120..=3120, 3126..=3140, 3144..=3147, 3150..=3152, 3173..=3173, 3300..=3301, 3328..=3335,
    3346..=3346, 3350..=3352, 3366..=3366, 3386..=3390, 3396..=3399, 3407..=3407, 3414..=3414, 3416..=3416,
    3764..=3764, 3788..=3793, 3795..=3796, 3833..=3854, 3873..=3885, 3907..=3911, 4026..=4038, 4417..=4417,
    4434..=4434, 4491..=4554, 4568..=4589, 4652..=4822, 4839..=4880, 5048..=5048, 5105..=5188, 5253..=5259,
    5269..=5275, 5343..=5349, 5367..=5367, 5479..=5481, 5518..=5520, 5562..=5588, 5632..=5639, 5651..=5653,
    6244..=6275, 6362..=6362, 6372..=6387, 6669..=6687, 6707..=6709, 6870..=6876, 6962..=6962, 7799..=7801,
    7825..=7831, 8433..=8441, 9039..=9040, 9221..=9254, 9271..=9285, 9377..=9377, 9498..=9498, 9821..=9821,
    9831..=9841, 9851..=9865, 9895..=9895, 20004..=20032, 20064..=20092, 20904..=20932, 21004..=21032,
    21207..=21264, 21307..=21483, 21896..=21899, 22171..=22197, 22240..=22240, 25884..=25884, 27205..=27232,
    27391..=27398, 27492..=27492, 28402..=28492, 29701..=29702, 30161..=30179, 30800..=30800, 31251..=31259,
    31265..=31268, 31275..=31297, 31462..=31469, 31700..=31700,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn german_systems_are_as_registered() {
        for code in [31466, 31467, 31468, 31469, 3034, 3035] {
            assert!(is_northing_first(code), "{code}");
        }
        for code in [25832, 25833, 4647, 3857, 5243, 5678, 32632, 0, u32::MAX] {
            assert!(!is_northing_first(code), "{code}");
        }
    }

    #[cfg(feature = "gdal")]
    #[test]
    fn the_list_is_the_registrys() {
        use gdal::spatial_ref::SpatialRef;
        use gdal_sys::OGRAxisOrientation::OAO_North;
        use rayon::prelude::*;
        // All that the server may be asked to write, and a sample of the rest.
        let some =
            (2000..32767).step_by(17).chain([4326, 4258, 3857]).chain(31251..=31470).chain(25828..=25838);
        let wrong: Vec<u32> = some
            .collect::<Vec<u32>>()
            .into_par_iter()
            .filter(|code| {
                let Ok(system) = SpatialRef::from_epsg(*code) else { return false };
                let node = if system.is_projected() { "PROJCS" } else { "GEOGCS" };
                let Ok(first) = system.axis_orientation(node, 0) else { return false };
                // Around a pole an easting may point north; with heights nothing is written.
                let is_odd = system.axis_name(node, 0).is_ok_and(|name| name.contains("asting"))
                    || system.name().is_none_or(|name| name.contains(" + "));
                if is_odd {
                    return false;
                }
                let ours =
                    if system.is_projected() { is_northing_first(*code) } else { is_latitude_first(*code) };
                // Geographic systems beside those listed are not known to be such.
                let is_listed = system.is_projected() || ours;
                is_listed && (first == OAO_North) != ours
            })
            .collect();
        assert_eq!(wrong, [0; 0]);
    }
}
