//! Another city by configuration alone: Heidelberg's OpenStreetMap extract as `scripts/heidelberg.sh` imports it and
//! `examples/heidelberg` says, beside an independent program (`tests/oracle/heidelberg.py`, numpy and scipy).

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::cologne::{data_of, oracle_of};
use crate::server::Server;

/// The city in a folder, its coordinates in this system.
fn imported(srs: &str) -> Option<tempfile::TempDir> {
    let data = data_of("heidelberg")?;
    let folder = tempfile::tempdir().unwrap();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/scripts/heidelberg.sh");
    let output = Command::new(script)
        .arg(&data)
        .arg(folder.path())
        .env("VEEDEL", env!("CARGO_BIN_EXE_veedel"))
        .env("SRS", srs)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(folder)
}

fn serve(folder: &Path) -> Server {
    let example = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/heidelberg/veedel.toml");
    Server::ready(&[folder.to_str().unwrap(), "--config", example])
}

fn nearest(server: &Server, point: &Value, more: &str) -> Value {
    let path = format!("/processes/nearest/execution?type=spielplatz&point={},{}{more}", point[0], point[1]);
    server.get(&path).json()
}

#[test]
fn ways_to_the_playgrounds_of_heidelberg_are_as_long_as_scipy_says_in_either_system() {
    let Some(folder) = imported("25832") else { return };
    let Some(oracle) = oracle_of("heidelberg.py", &["--points", "60", "--seed", "3"]) else { return };
    let degrees = imported("4326").unwrap();
    let (server, server_of_degrees) = (serve(folder.path()), serve(degrees.path()));
    let points = oracle["points"].as_array().unwrap();
    assert!(points.len() > 50, "{}", points.len());
    let mut compared = 0;
    for point in points {
        let found = nearest(&server, &point["lonlat"], "");
        let ours = found["nearest"][0]["distance"].as_f64();
        match (point["metres"].as_f64().filter(|metres| *metres <= 20_000.0), ours) {
            (Some(theirs), Some(ours)) => {
                assert!((ours - theirs).abs() <= 0.15, "{point}: {ours}");
                compared += 1;
            }
            (theirs, ours) => assert_eq!(theirs, ours, "{point}: {found}"),
        }
        // The same from coordinates in degrees, but for the tenth that is written.
        let again = nearest(&server_of_degrees, &point["lonlat"], "")["nearest"][0]["distance"].as_f64();
        let difference = ours.zip(again).map_or(0.0, |(ours, again)| (ours - again).abs());
        assert!(ours.is_some() == again.is_some() && difference < 0.11, "{point}: {ours:?} {again:?}");
    }
    assert!(compared > 40, "{compared}");
    let (network, facts) =
        (&nearest(&server, &points[0]["lonlat"], "")["evidence"]["network"], &oracle["facts"]);
    assert_eq!(network["edges"], facts["edges"]);
    assert_eq!(network["nodes"], facts["nodes"]);
    let difference = network["kilometres"].as_f64().unwrap() - facts["kilometres"].as_f64().unwrap();
    assert!(difference.abs() < 0.1, "{network} {facts}");
    println!("Heidelberg: {facts}");
}

#[test]
fn what_a_city_has_not_is_named_and_what_it_has_is_answered() {
    let Some(folder) = imported("25832") else { return };
    let server = serve(folder.path());
    let answer = server.get("/processes/coverage/execution?type=spielplatz&rule=DIN+18034");
    assert_eq!(answer.status, 404);
    assert!(answer.text().contains("[roles.population]"), "{}", answer.text());
    // A wheelchair has fewer ways than feet have, and so no shorter ones.
    let place = serde_json::json!([8.6942, 49.4094]);
    let (foot, wheels) = (nearest(&server, &place, ""), nearest(&server, &place, "&profile=wheelchair"));
    let open = |answer: &Value| answer["evidence"]["network"]["edges"].as_u64().unwrap();
    assert!(open(&wheels) < open(&foot), "{} {}", open(&wheels), open(&foot));
    let way = |answer: &Value| answer["nearest"][0]["distance"].as_f64().unwrap();
    assert!(way(&wheels) >= way(&foot));
    let reach = server.get("/processes/reach/execution?points=8.6942,49.4094&distance=500").json();
    assert!(
        reach["reach"][0]["area"].as_f64().unwrap() > 10_000.0,
        "{}",
        reach["reach"][0]["geometry"]["type"]
    );
    assert!(reach["reach"][0]["persons"].is_null());
}
