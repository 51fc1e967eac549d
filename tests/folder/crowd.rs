//! Crowds: bodies that come a byte at a time, questions that take long, and someone who only wants a tile.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::bystander::{assert_undisturbed, is_alone, waits};
use crate::server::Server;

const TILE: &str = "/xyz/gebaeude,strassen/14/8532/5503";

/// The invented city with its parts for planning.
fn planning_city(limits: &str) -> (Server, tempfile::NamedTempFile) {
    let example = include_str!("../../examples/rheinfurt/veedel.toml");
    let own = example.replace("../../fixtures/city", crate::files::city_folder().to_str().unwrap());
    let file = tempfile::NamedTempFile::with_suffix(".toml").unwrap();
    std::fs::write(&file, format!("{own}\n[limits]\n{limits}\n")).unwrap();
    (Server::ready(&["--config", file.path().to_str().unwrap()]), file)
}

#[test]
fn two_hundred_bodies_that_come_byte_by_byte_are_ended_and_disturb_nobody() {
    let time = Duration::from_secs(if is_alone() { 15 } else { 3 });
    let (server, _file) = planning_city(&format!("body_time = \"{}s\"", time.as_secs()));
    let quiet = waits(&server, TILE, Duration::from_secs(1));
    let began = Instant::now();
    let mut slow: Vec<TcpStream> = (0..200)
        .map(|_| {
            let mut stream = TcpStream::connect(server.address()).unwrap();
            let head =
                "POST /processes/coverage/execution HTTP/1.1\r\nhost: x\r\ncontent-length: 999\r\n\r\n{";
            stream.write_all(head.as_bytes()).unwrap();
            stream.set_nonblocking(true).unwrap();
            stream
        })
        .collect();
    let mut answers = vec![String::new(); slow.len()];
    std::thread::scope(|scope| {
        let drip = scope.spawn(|| {
            while began.elapsed() < time + Duration::from_secs(20) && answers.iter().any(String::is_empty) {
                for (stream, answer) in
                    slow.iter_mut().zip(&mut answers).filter(|(_, answer)| answer.is_empty())
                {
                    let _ = stream.write_all(b" ");
                    let mut buffer = [0; 512];
                    if let Ok(count @ 1..) = stream.read(&mut buffer) {
                        *answer = String::from_utf8_lossy(&buffer[..count]).into_owned();
                    }
                }
                std::thread::sleep(Duration::from_millis(500));
            }
            began.elapsed()
        });
        assert_undisturbed(quiet, waits(&server, TILE, Duration::from_secs(2)), "two hundred drips");
        let ended = drip.join().unwrap();
        assert!(ended < time + Duration::from_secs(10), "{ended:?}");
    });
    assert!(answers.iter().all(|answer| answer.starts_with("HTTP/1.1 408")), "{:?}", answers.first());
}

#[test]
fn questions_that_take_long_do_not_starve_tiles() {
    let (server, _file) = planning_city("");
    let quiet = waits(&server, TILE, Duration::from_secs(1));
    let (stop, answered) = (AtomicBool::new(false), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for planner in 0..4 {
            let (server, stop, answered) = (&server, &stop, &answered);
            scope.spawn(move || {
                for turn in 0usize.. {
                    if stop.load(Ordering::Relaxed) {
                        break;
                    }
                    let (distance, sites) = ([500, 1000, 1500][turn % 3], 1 + (planner + turn) % 10);
                    let path =
                        format!("/processes/siting/execution?facilities=kitas&distance={distance}&p={sites}");
                    let status = server.get(&path).status;
                    assert!(status == 200 || status == 503, "{status}");
                    answered.fetch_add(usize::from(status == 200), Ordering::Relaxed);
                }
            });
        }
        let busy = waits(&server, TILE, Duration::from_secs(3));
        stop.store(true, Ordering::Relaxed);
        // Two questions take both cores of a small machine; a tile then waits for a slice of one.
        let most = (3 * quiet).max(Duration::from_millis(if is_alone() { 20 } else { 200 }));
        assert!(busy <= most, "{busy:?} beside questions, {quiet:?} in quiet");
        println!("tiles beside questions: {busy:?}, in quiet {quiet:?}");
    });
    assert!(answered.into_inner() > 0);
}

#[test]
fn no_address_in_a_request_is_ever_asked() {
    let canary = TcpListener::bind("127.0.0.1:0").unwrap();
    canary.set_nonblocking(true).unwrap();
    let url = format!("http://{}/x", canary.local_addr().unwrap());
    let escaped = crate::files::step(&url);
    let (server, _file) = planning_city("");
    for path in [
        "/",
        "/collections",
        "/collections/schulen",
        "/collections/schulen/items",
        "/conformance",
        "/search",
        "/processes",
    ] {
        for parameter in [
            "f",
            "crs",
            "bbox-crs",
            "bbox",
            "cursor",
            "limit",
            "q",
            "name",
            "filter",
            "filter-crs",
            "schema",
            "url",
        ] {
            assert!(server.get(&format!("{path}?{parameter}={escaped}")).status < 500, "{path} {parameter}");
        }
    }
    for header in ["host", "forwarded", "x-forwarded-host", "referer", "origin", "accept", "accept-profile"] {
        assert!(server.get_with("/collections", &[(header, &url)]).status < 500, "{header}");
    }
    for body in [
        serde_json::json!({ "inputs": { "facilities": { "href": url } }, "subscriber": { "successUri": url } }),
        serde_json::json!({ "inputs": { "facilities": { "collection": url }, "within": url } }),
    ] {
        let status = server.post("/processes/coverage/execution", &body).status;
        assert!((400..500).contains(&status), "{status}");
    }
    let xml = format!("<!DOCTYPE a [<!ENTITY b SYSTEM \"{url}\">]><a>&b;</a>");
    let request = format!(
        "POST /processes/coverage/execution HTTP/1.1\r\nhost: x\r\ncontent-type: application/xml\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{xml}",
        xml.len()
    );
    let mut stream = TcpStream::connect(server.address()).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 4"), "{answer}");
    assert!(canary.accept().is_err(), "somebody asked the canary");
}
