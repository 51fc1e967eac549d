//! Questions that make no sense, come slowly or are too large: a clear error that names the parameter.

use std::io::{Read, Write};
use std::net::TcpStream;

use serde_json::{Value, json};

use super::city::{configuration_of, serve};
use crate::server::Server;

#[test]
fn what_makes_no_sense_names_its_parameter() {
    let (server, _file) = serve("exact = true");
    for (query, parameter) in [
        ("facilities=nowhere&distance=1000", "collection"),
        ("facilities=schulen&filter=schulart+%3D+1+OR+1&distance=1000", "filter"),
        ("facilities=schulen&filter=nothing+%3D+1&distance=1000", "filter"),
        ("facilities=schulen", "within"),
        ("facilities=schulen&distance=0", "within"),
        ("facilities=schulen&distance=1e9", "within"),
        ("facilities=schulen&distance=500&minutes=5", "within"),
        ("facilities=schulen&rule=DIN+1", "within"),
        ("facilities=schulen&distance=x", "distance"),
        ("facilities=schulen&distance=500&ages=6,11", "group"),
        ("facilities=schulen&distance=500&ages=10,6", "group"),
        ("facilities=schulen&distance=500&date=1999-12-31", "date"),
        ("facilities=schulen&distance=500&by=nowhere", "by"),
        ("facilities=schulen&distance=500&profile=rocket", "profile"),
        ("facilities=schulen&distance=500&remove=nobody", "facilities.remove"),
        ("facilities=schulen&distance=500&add=500,100", "facilities.add"),
        ("facilities=schulen&distance=500&add=7", "add"),
        ("facilities=bevoelkerung&distance=500", "collection"),
        ("facilities=schulen&distance=500&unknown=1", "unknown"),
    ] {
        let answer = server.get(&format!("/processes/coverage/execution?{query}"));
        assert_eq!(answer.status, 400, "{query}: {}", answer.text());
        assert_eq!(answer.json()["parameter"], json!(parameter), "{query}: {}", answer.text());
    }
    assert_eq!(server.get("/processes/nothing").status, 404);
}

#[test]
fn a_facility_far_from_every_way_is_named() {
    let (server, _file) = serve("exact = true");
    let far = server.get("/processes/coverage/execution?facilities=schulen&distance=500&add=8.5,52.5").json();
    assert_eq!(far["evidence"]["facilities"]["notOnNetwork"], json!(["+1"]));
    assert_eq!(far["difference"]["covered"], 0);
}

#[test]
fn a_missing_part_says_what_to_configure() {
    let city = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/city");
    let server = Server::ready(&[city]);
    let answer = server.get("/processes/coverage/execution?facilities=schulen&distance=500");
    assert_eq!(answer.status, 404);
    assert!(answer.text().contains("[roles.population]"), "{}", answer.text());
}

/// Sends a head and a body as they are, and gives back the status.
fn send(server: &Server, length: usize, body: &[u8]) -> u16 {
    let address = server.address().trim_start_matches("http://").to_owned();
    let mut stream = TcpStream::connect(&address).unwrap();
    let head = format!(
        "POST /processes/coverage/execution HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n\
         Content-Length: {length}\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).unwrap();
    let _ = stream.write_all(body);
    let mut answer = String::new();
    let _ = stream.read_to_string(&mut answer);
    answer.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0)
}

#[test]
fn bodies_have_a_size_a_time_and_a_form() {
    let (server, _file) = serve("exact = true");
    let most = 2 << 20;
    let question = br#"{"inputs": {"facilities": {"collection": "schulen"}, "within": {"distance": 500}}}"#;
    let padded = |length: usize| {
        let mut body = question.to_vec();
        body.resize(length, b' ');
        body
    };
    assert_eq!(send(&server, most, &padded(most)), 200);
    assert_eq!(send(&server, most + 1, &padded(most + 1)), 413);
    let nested = "[".repeat(100_000);
    for body in ["", "{", "[]", "null", r#"{"inputs": 1}"#, r#"{"inputs": {}, "more": 1}"#, &nested] {
        assert_eq!(send(&server, body.len(), body.as_bytes()), 400, "{}", &body[..body.len().min(20)]);
    }
    assert_eq!(server.get("/health").status, 200);
}

#[test]
fn what_is_not_in_service_on_the_day_is_left_out_and_counted() {
    let folder = tempfile::tempdir().unwrap();
    let city = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/city");
    for file in std::fs::read_dir(city).unwrap().map(|file| file.unwrap().path()) {
        std::fs::copy(&file, folder.path().join(file.file_name().unwrap())).unwrap();
    }
    let (whole, _file) = serve("exact = true");
    let schools = whole.get("/collections/schulen/items?limit=3").json();
    let mut text = String::from("{\"type\":\"FeatureCollection\",\"features\":[");
    let days = [("2000-01-01", "2020-07-31"), ("2020-08-01", ""), ("", "")];
    for (index, (school, (from, to))) in schools["features"].as_array().unwrap().iter().zip(days).enumerate()
    {
        let day = |day: &str| if day.is_empty() { Value::Null } else { json!(day) };
        let feature = json!({ "type": "Feature", "geometry": school["geometry"],
            "properties": { "nr": index, "auf": day(from), "zu": day(to) } });
        text += &format!("{}{feature}", if index > 0 { "," } else { "" });
    }
    let source = folder.path().join("orte.geojson");
    std::fs::write(&source, text + "]}").unwrap();
    let import = std::process::Command::new(env!("CARGO_BIN_EXE_veedel"))
        .args(["import", source.to_str().unwrap(), "--into", folder.path().to_str().unwrap()])
        .output()
        .unwrap();
    if !import.status.success() {
        println!("skipped: this build has no GDAL: {}", String::from_utf8_lossy(&import.stderr));
        return;
    }
    std::fs::remove_file(source).unwrap();
    let more = "exact = true\n[roles.facilities.orte]\nvalid_from = \"auf\"\nvalid_to = \"zu\"";
    let file = configuration_of(folder.path().to_str().unwrap(), more);
    let server = Server::ready(&["--config", file.path().to_str().unwrap()]);
    for (on, open) in [("1999-12-31", 1), ("2020-07-31", 2), ("2020-08-01", 2), ("2000-01-01", 2)] {
        let answer =
            server.get(&format!("/processes/coverage/execution?facilities=orte&distance=500&on={on}"));
        let found = answer.json()["evidence"]["facilities"].clone();
        assert_eq!(
            (found["count"].as_u64(), found["notInService"].as_u64()),
            (Some(open), Some(3 - open)),
            "{on} {found}"
        );
        assert_eq!(found["inServiceOn"], on);
    }
    let today = server.get("/processes/coverage/execution?facilities=orte&distance=500").json();
    assert_eq!(today["evidence"]["facilities"]["count"], 2);
}
