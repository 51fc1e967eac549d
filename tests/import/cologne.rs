//! The real Cologne, and places elsewhere: every file into both targets, served with the right counts and
//! places. Where the data is absent this says so and tests nothing.

use std::path::{Path, PathBuf};

use super::{entry, imported};
use crate::postgres;
use crate::server::Server;

const WORLD: [f64; 4] = [-180.1, -90.1, 180.1, 90.1];
/// The city; a little wider for what other bodies publish of it and around it.
const COLOGNE: [f64; 4] = [6.70, 50.80, 7.20, 51.10];
/// OSM extracts hold whole relations that only begin there.
const HEIDELBERG: [f64; 4] = [7.0, 48.8, 9.5, 50.0];
const BAYREUTH: [f64; 4] = [11.0, 49.5, 12.5, 50.5];

/// Name, file, rows, and the box that all coordinates lie in; None for a table. The counts are those that were
/// found with other programs than ours.
const LAYERS: &[(&str, &str, u64, Option<[f64; 4]>)] = &[
    ("stadtbezirk", "koeln/Stadtbezirk.shp", 9, Some(COLOGNE)),
    ("stadtteil", "koeln/Stadtteil.shp", 86, Some(COLOGNE)),
    ("stadtviertel", "koeln/Stadtviertel.shp", 371, Some(COLOGNE)),
    ("strasse", "koeln/Strasse.shp", 5516, Some(COLOGNE)),
    ("strassenabschnitt", "koeln/Strassenabschnitt.shp", 15846, Some(COLOGNE)),
    ("strassenknoten", "koeln/Strassenknoten.shp", 11142, Some(COLOGNE)),
    ("umweltzone", "koeln/Umweltzone.shp", 6, Some(COLOGNE)),
    ("stadtteile", "koeln/stadtteile.kml", 86, Some(COLOGNE)),
    ("bevoelkerung", "koeln/bevoelkerung.csv", 29135, None),
    ("schulen_in_koeln", "koeln/schulen-in-koeln.arcgis.json", 301, Some(COLOGNE)),
    ("gruenflaechen_objekte", "koeln/gruenflaechen-objekte.shp", 2802, Some(COLOGNE)),
    ("wahllokale", "koeln/wahllokale.csv", 800, Some(COLOGNE)),
    ("aed", "koeln/aed.geojson", 121, Some(COLOGNE)),
    ("osm_amenity_kindergarten", "koeln/osm-amenity_kindergarten.geojson", 246, Some(COLOGNE)),
    ("osm_amenity_library", "koeln/osm-amenity_library.geojson", 68, Some(COLOGNE)),
    ("osm_amenity_school", "koeln/osm-amenity_school.geojson", 228, Some(COLOGNE)),
    ("osm_amenity_community_centre", "koeln/osm-amenity_community_centre.geojson", 8, Some(COLOGNE)),
    ("osm_amenity_nursing_home", "koeln/osm-amenity_nursing_home.geojson", 3, Some(COLOGNE)),
    ("osm_amenity_hospital", "koeln/osm-amenity_hospital.geojson", 32, Some(COLOGNE)),
    ("osm_amenity_youth_centre", "koeln/osm-amenity_youth_centre.geojson", 8, Some(COLOGNE)),
    ("osm_amenity_social_facility", "koeln/osm-amenity_social_facility.geojson", 25, Some(COLOGNE)),
    ("osm_amenity_theatre", "koeln/osm-amenity_theatre.geojson", 52, Some(COLOGNE)),
    ("osm_amenity_cinema", "koeln/osm-amenity_cinema.geojson", 19, Some(COLOGNE)),
    ("osm_amenity_arts_centre", "koeln/osm-amenity_arts_centre.geojson", 15, Some(COLOGNE)),
    ("osm_amenity_toilets", "koeln/osm-amenity_toilets.geojson", 95, Some(COLOGNE)),
    ("osm_amenity_drinking_water", "koeln/osm-amenity_drinking_water.geojson", 76, Some(COLOGNE)),
    ("osm_amenity_place_of_worship", "koeln/osm-amenity_place_of_worship.geojson", 213, Some(COLOGNE)),
    ("osm_amenity_police", "koeln/osm-amenity_police.geojson", 29, Some(COLOGNE)),
    ("osm_amenity_fire_station", "koeln/osm-amenity_fire_station.geojson", 50, Some(COLOGNE)),
    ("osm_amenity_post_office", "koeln/osm-amenity_post_office.geojson", 113, Some(COLOGNE)),
    ("osm_amenity_townhall", "koeln/osm-amenity_townhall.geojson", 7, Some(COLOGNE)),
    ("osm_amenity_university", "koeln/osm-amenity_university.geojson", 20, Some(COLOGNE)),
    ("osm_amenity_college", "koeln/osm-amenity_college.geojson", 6, Some(COLOGNE)),
    ("osm_amenity_swimming_pool", "koeln/osm-amenity_swimming_pool.geojson", 10, Some(COLOGNE)),
    ("osm_amenity_marketplace", "koeln/osm-amenity_marketplace.geojson", 15, Some(COLOGNE)),
    ("osm_amenity_bicycle_parking", "koeln/osm-amenity_bicycle_parking.geojson", 543, Some(COLOGNE)),
    ("adressen_abgeleitet", "koeln/adressen-abgeleitet.csv", 160_611, Some(COLOGNE)),
    ("fnp_aktuell", "koeln/fnp_aktuell.shp", 2121, Some(COLOGNE)),
    ("signet_aktuell", "koeln/signet_aktuell.shp", 4498, Some(COLOGNE)),
    // Lines of the file, less its header; no field of it holds a line break.
    ("fnp_kategorien", "koeln/fnp-kategorien.csv", 53, None),
    ("stadtgrenze_osm", "koeln/stadtgrenze-osm.geojson", 1, Some(COLOGNE)),
    ("verkehrsbelastung_2013_02", "koeln/verkehrsbelastung-2013-02.csv.gz", 672_339, None),
    ("heidelberg_points", "heidelberg/heidelberg.osm.pbf", 12_620, Some(HEIDELBERG)),
    ("heidelberg_lines", "heidelberg/heidelberg.osm.pbf", 29_159, Some(HEIDELBERG)),
    ("heidelberg_multipolygons", "heidelberg/heidelberg.osm.pbf", 2456, Some(HEIDELBERG)),
    ("bayreuth_nord_points", "bayreuth/bayreuth-nord.osm.gz", 897, Some(BAYREUTH)),
    ("bayreuth_nord_lines", "bayreuth/bayreuth-nord.osm.gz", 2384, Some(BAYREUTH)),
    ("bayreuth_nord_multipolygons", "bayreuth/bayreuth-nord.osm.gz", 5412, Some(BAYREUTH)),
    ("countries_10m_countries", "welt/countries-10m.topojson", 255, Some(WORLD)),
    ("us_counties_10m_counties", "welt/us-counties-10m.topojson", 3231, Some(WORLD)),
];

/// The data, or None with a word about it.
pub fn data() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
    if folder.join("koeln").is_dir() {
        return Some(folder);
    }
    eprintln!("skipped: {} is not here, with the data of Cologne", folder.display());
    None
}

fn files(data: &Path) -> Vec<String> {
    let mut files: Vec<&str> = LAYERS.iter().map(|(_, file, ..)| *file).collect();
    files.dedup();
    files.iter().map(|file| data.join(file).to_str().unwrap().to_owned()).collect()
}

#[test]
fn everything_goes_into_a_folder_and_is_served() {
    let Some(data) = data() else { return };
    let folder = tempfile::tempdir().unwrap();
    let files = files(&data);
    let mut arguments: Vec<&str> = files.iter().map(String::as_str).collect();
    arguments.extend(["--into", folder.path().to_str().unwrap()]);
    let report = imported(&arguments, &folder.path().join("import-report.json"));
    check(&report, &Server::ready(&[folder.path().to_str().unwrap()]), true);
    let [guessed, kept] = ["wahllokale", "countries_10m_countries"].map(|name| entry(&report, name));
    assert_eq!(guessed["source_crs_guessed"], true, "{guessed:#}");
    assert_eq!(kept["crs"], "EPSG:4326", "{kept:#}");
    assert_eq!(entry(&report, "fnp_aktuell")["invalid_geometries"]["count"], 5);
}

#[test]
fn everything_goes_into_a_postgis_and_is_served() {
    let Some(data) = data() else { return };
    let database = postgres::database("cologne");
    let folder = tempfile::tempdir().unwrap();
    let report = folder.path().join("report.json");
    let (files, url) = (files(&data), database.url());
    let mut arguments: Vec<&str> = files.iter().map(String::as_str).collect();
    arguments.extend(["--into", &url, "--report", report.to_str().unwrap()]);
    let report = imported(&arguments, &report);
    let config = folder.path().join("veedel.toml");
    let tables = LAYERS.iter().filter(|(.., place)| place.is_none());
    let sections = tables.map(|(name, ..)| format!("[collections.{name}]\n")).collect::<String>();
    std::fs::write(&config, sections).unwrap();
    check(&report, &Server::ready(&[&url, "--config", config.to_str().unwrap()]), false);
    let unnamed = Server::ready(&[&url]).get("/collections/bevoelkerung");
    assert_eq!(unnamed.status, 404, "a table that the configuration does not name is not served");
}

/// Every layer has its rows and lies in its place; a folder has rows without geometry in a table beside.
fn check(report: &serde_json::Value, server: &Server, is_folder: bool) {
    for (name, file, rows, place) in LAYERS {
        let entry = entry(report, name);
        assert!(entry["file"].as_str().unwrap().ends_with(file), "{entry:#}");
        assert_eq!(
            (&entry["rows_read"], &entry["rows_written"]),
            (&(*rows).into(), &(*rows).into()),
            "{name}"
        );
        let beside = if is_folder { entry["rows_without_geometry"].as_u64().unwrap() } else { 0 };
        let answer = server.get(&format!("/collections/{name}/items?limit=1"));
        assert_eq!(answer.status, 200, "{name}: {}", answer.text());
        assert_eq!(answer.json()["numberMatched"], rows - beside, "{name}");
        if beside > 0 {
            let beside_it = server.get(&format!("/collections/{name}_ohne_geometrie/items?limit=1")).json();
            assert_eq!(beside_it["numberMatched"], beside, "{name}");
        }
        let collection = server.get(&format!("/collections/{name}?f=json")).json();
        let extent = &collection["extent"]["spatial"]["bbox"][0];
        match place {
            None => assert!(extent.is_null(), "{name}: {extent}"),
            Some([west, south, east, north]) => {
                let [w, s, e, n] = [0, 1, 2, 3].map(|at| extent[at].as_f64().unwrap());
                assert!(w >= *west && s >= *south && e <= *east && n <= *north, "{name}: {extent}");
            }
        }
    }
}

/// The city publishes its quarters twice: as a Shapefile whose .prj is named like UTM 32 and is not, and as KML
/// in degrees. Both must come to lie on each other.
#[test]
fn two_publications_of_the_same_areas_meet() {
    let Some(data) = data() else { return };
    let folder = tempfile::tempdir().unwrap();
    let into = folder.path().to_str().unwrap();
    let files =
        ["koeln/Stadtteil.shp", "koeln/stadtteile.kml"].map(|file| data.join(file).display().to_string());
    imported(&[&files[0], &files[1], "--into", into], &folder.path().join("import-report.json"));
    let server = Server::ready(&[into]);
    let extent = |name: &str| {
        let collection = server.get(&format!("/collections/{name}?f=json")).json();
        [0, 1, 2, 3].map(|at| collection["extent"]["spatial"]["bbox"][0][at].as_f64().unwrap())
    };
    let (shapefile, kml) = (extent("stadtteil"), extent("stadtteile"));
    // A thousandth of a degree is some 70 to 110 m; the KML was simplified by whoever made it.
    for (one, other) in shapefile.iter().zip(kml) {
        assert!((one - other).abs() < 1e-3, "{shapefile:?} {kml:?}");
    }
}

#[test]
fn schools_keep_their_places_and_words() {
    let Some(data) = data() else { return };
    let folder = tempfile::tempdir().unwrap();
    let into = folder.path().to_str().unwrap();
    let file = data.join("koeln/schulen-in-koeln.arcgis.json");
    let arguments = [file.to_str().unwrap(), "--into", into, "--name", "schulen"];
    imported(&arguments, &folder.path().join("import-report.json"));
    let source: serde_json::Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    let server = Server::ready(&[into]);
    let served = super::items(&server, "schulen");
    let by_id =
        |id: &serde_json::Value| served.iter().find(|it| it["properties"]["objectid"] == *id).unwrap();
    for school in source["features"].as_array().unwrap() {
        let ours = by_id(&school["attributes"]["OBJECTID"]);
        assert_eq!(ours["properties"]["schulart"], school["attributes"]["SCHULART"]);
        assert_eq!(ours["properties"]["xkoor"], serde_json::Value::Null);
        for (at, name) in ["x", "y"].iter().enumerate() {
            let (one, other) = (&ours["geometry"]["coordinates"][at], &school["geometry"][name]);
            // Nine decimals are written, a tenth of a millimetre.
            assert!((one.as_f64().unwrap() - other.as_f64().unwrap()).abs() < 1e-8, "{one} {other}");
        }
    }
}
