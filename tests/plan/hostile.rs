//! Questions that make no sense, come slowly or are too large: a clear error that names the parameter.

use std::io::{Read, Write};
use std::net::TcpStream;

use serde_json::json;

use super::city::serve;
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
