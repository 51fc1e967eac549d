//! Coordinates in every system offered, held against PROJ by GDAL's `gdaltransform`: 1e-9 degrees, 0.1 mm.

use std::io::Write;
use std::process::{Command, Stdio};

use geo::CoordsIter;

use crate::files::{all_features, geometry};
use crate::server::Server;

const EPSG: &str = "http://www.opengis.net/def/crs/EPSG/0/";

/// These points of EPSG:25832 in another system, x before y; None where there is no `gdaltransform`.
fn by_proj(points: &[geo::Coord], code: u32) -> Option<Vec<geo::Coord>> {
    let target = format!("EPSG:{code}");
    let mut command = Command::new("gdaltransform");
    command.args(["-s_srs", "EPSG:25832", "-t_srs", &target, "-output_xy"]);
    let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
    let Ok(mut child) = child else {
        println!("skipped: no gdaltransform here (Debian's gdal-bin)");
        return None;
    };
    let lines: String = points.iter().map(|point| format!("{} {}\n", point.x, point.y)).collect();
    let mut input = child.stdin.take().unwrap();
    let writing = std::thread::spawn(move || input.write_all(lines.as_bytes()).unwrap());
    let output = child.wait_with_output().unwrap();
    writing.join().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let point = |line: &str| {
        let (x, y) = line.split_once(' ').unwrap();
        geo::Coord { x: x.parse().unwrap(), y: y.trim().parse().unwrap() }
    };
    Some(text.lines().map(point).collect())
}

#[test]
fn every_system_offered_is_projs() {
    let server = Server::ready(&[]);
    let offered = server.get("/collections/strassen").json()["crs"].clone();
    let offered: Vec<u32> = offered
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|uri| uri.as_str().unwrap().strip_prefix(EPSG)?.parse().ok())
        .collect();
    assert!(offered.contains(&4647) && offered.len() >= 6, "{offered:?}");
    for collection in ["schulen", "strassen"] {
        let points = |code: u32| -> Vec<geo::Coord> {
            let features = all_features(&server, collection, &format!("&crs={EPSG}{code}"));
            features.iter().map(geometry).flat_map(|shape| shape.coords_iter().collect::<Vec<_>>()).collect()
        };
        let stored = points(25832);
        for code in offered.iter().copied().filter(|code| *code != 25832) {
            let Some(expected) = by_proj(&stored, code) else { return };
            let served = points(code);
            assert_eq!(served.len(), expected.len(), "{collection} in {code}");
            // By the registry these have the latitude or the northing first.
            let is_swapped = [4326, 4258, 31466, 31467].contains(&code);
            let within = if [4326, 4258].contains(&code) { 1e-9 } else { 1e-4 };
            for (ours, theirs) in served.into_iter().zip(expected) {
                let ours = if is_swapped { geo::Coord { x: ours.y, y: ours.x } } else { ours };
                let apart = (ours.x - theirs.x).abs().max((ours.y - theirs.y).abs());
                assert!(apart <= within, "{collection} in {code}: {ours:?} {theirs:?}");
            }
        }
    }
}

#[test]
fn boxes_are_read_in_the_order_of_their_system() {
    let server = Server::ready(&[]);
    let all = all_features(&server, "schulen", &format!("&crs={EPSG}31466"));
    let at = geometry(&all[3]);
    let at = at.coords_iter().next().unwrap();
    let bbox = format!("{},{},{},{}", at.x - 0.5, at.y - 0.5, at.x + 0.5, at.y + 0.5);
    let path = format!("/collections/schulen/items?bbox={bbox}&bbox-crs={EPSG}31466&crs={EPSG}31466");
    let answer = server.get(&path);
    assert_eq!(answer.header("content-crs"), format!("<{EPSG}31466>"));
    let found = answer.json();
    assert_eq!(found["numberMatched"], 1, "{}", answer.text());
    assert_eq!(found["features"][0]["id"], all[3]["id"]);
}
