//! A tile that would be too large holds its most important features, says so, and agrees with its neighbours.

use std::collections::BTreeSet;

use crate::mvt;
use crate::server::Server;

fn limited(limits: &str) -> Server {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("veedel.toml");
    std::fs::write(&file, format!("[limits]\n{limits}\n")).unwrap();
    Server::ready(&["--config", file.to_str().unwrap()])
}

/// `id=KEPT/OF` of the header.
fn thinned(header: &str, id: &str) -> (usize, usize) {
    let part = header.split(", ").find_map(|part| part.strip_prefix(&format!("{id}=")));
    let (kept, of) = part.unwrap_or_else(|| panic!("{id} in {header:?}")).split_once('/').unwrap();
    (kept.parse().unwrap(), of.parse().unwrap())
}

#[test]
fn the_limit_on_features_holds_and_the_header_says_so() {
    let server = limited("tile_features = 100");
    let answer = server.get("/xyz/adressen,schulen/12/2133/1376");
    let (kept, of) = thinned(answer.header("veedel-tile-thinned"), "adressen");
    assert!(kept == 100 && of > 300, "{kept}/{of}");
    assert!(!answer.header("veedel-tile-thinned").contains("schulen"));
    let layers = mvt::read(&answer.body, "thinned");
    assert_eq!(layers["adressen"].len(), 100);
    assert_eq!(server.get("/xyz/schulen/12/2133/1376").header("veedel-tile-thinned"), "");
}

#[test]
fn the_limit_on_bytes_holds_and_the_header_says_so() {
    let server = limited("tile_bytes = \"16 KiB\"");
    for ids in ["gebaeude", "gebaeude,adressen,strassen"] {
        for tile in ["12/2133/1376", "13/4266/2752", "13/4267/2752", "14/8532/5504"] {
            let answer = server.get(&format!("/xyz/{ids}/{tile}"));
            assert!(answer.body.len() <= 16 * 1024, "{ids} {tile}: {}", answer.body.len());
            let layers = mvt::read(&answer.body, tile);
            for part in answer.header("veedel-tile-thinned").split(", ").filter(|part| !part.is_empty()) {
                let id = part.split('=').next().unwrap();
                let (kept, of) = thinned(answer.header("veedel-tile-thinned"), id);
                assert!(kept < of && layers.get(id).map_or(0, Vec::len) == kept, "{part}");
            }
        }
    }
    let answer = server.get("/xyz/gebaeude/12/2133/1376");
    assert!(thinned(answer.header("veedel-tile-thinned"), "gebaeude").0 > 10);
}

#[test]
fn neighbours_choose_alike_where_they_overlap() {
    let folder = tempfile::tempdir().unwrap();
    // Points in a strip across the edge between two tiles of zoom 14, dense enough to be thinned.
    let edge = 8532.0 * 2.0 * 20_037_508.342_789_244 / 16384.0 - 20_037_508.342_789_244;
    let north = 20_037_508.342_789_244 - 5504.5 * 2.0 * 20_037_508.342_789_244 / 16384.0;
    let points: Vec<(String, String)> = (0..600)
        .map(|number| {
            let (x, y) = (edge - 30.0 + f64::from(number % 61), north + f64::from(number / 61) * 7.0);
            (format!("POINT({x} {y})"), "p".to_owned())
        })
        .collect();
    let features: Vec<(&str, &str)> =
        points.iter().map(|(wkt, name)| (wkt.as_str(), name.as_str())).collect();
    let crs = flatgeobuf::FgbCrs { code: 3857, ..Default::default() };
    let bytes = crate::files::fgb_in(&features, true, crs);
    std::fs::write(folder.path().join("punkte.fgb"), bytes).unwrap();
    let file = folder.path().join("veedel.toml");
    std::fs::write(&file, "[limits]\ntile_features = 200\n").unwrap();
    let server = Server::ready(&[folder.path().to_str().unwrap(), "--config", file.to_str().unwrap()]);
    let chosen = |x: u32| -> BTreeSet<u64> {
        let answer = server.get(&format!("/xyz/punkte/14/{x}/5504"));
        assert_eq!(thinned(answer.header("veedel-tile-thinned"), "punkte").0, 200);
        mvt::read(&answer.body, "neighbour")["punkte"].iter().map(|feature| feature.id.unwrap()).collect()
    };
    let (west, east) = (chosen(8531), chosen(8532));
    // All points lie in the buffer of both (64 units of 0.6 m), so both must have chosen the same.
    assert_eq!(west, east);
}
