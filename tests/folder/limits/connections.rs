//! Limits of connections and requests: how many, how large, and in how much time they come.

use std::io::Write;
use std::net::TcpStream;
use std::process::Command;
use std::time::{Duration, Instant};

use super::{limited, send, status};
use crate::server::Server;

fn signal(server: &Server, signal: &str) {
    assert!(Command::new("kill").args([signal, &server.pid().to_string()]).status().unwrap().success());
}

#[test]
fn connections_beyond_the_limit_are_closed_at_once() {
    let server = limited("connections = 6", &[]);
    let address = server.address().to_owned();
    let text = server.get("/metrics").text();
    let own = text.lines().find_map(|line| line.strip_prefix("veedel_connections ")).unwrap();
    let mut open: Vec<TcpStream> = vec![];
    let mut ask = || {
        let mut stream = TcpStream::connect(&address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let _ = stream.write_all(b"GET /health HTTP/1.1\r\nhost: x\r\n\r\n");
        let answered = status(&mut stream);
        if answered.is_some() {
            open.push(stream);
        }
        (answered, open.len())
    };
    // The one that reads the metrics stays open as well.
    let free = 6 - own.parse::<usize>().unwrap();
    for number in 1..=free {
        assert_eq!(ask(), (Some(200), number));
    }
    for _ in 0..3 {
        assert_eq!(ask(), (None, free), "one too many");
    }
    drop(open);
    server.wait_for("room again", |server| {
        let again = send(server.address(), b"GET /health HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
        (again == Some(200)).then_some(())
    });
}

#[test]
fn heads_have_so_many_fields_and_bytes() {
    let server = limited("head_fields = 16\nhead_bytes = \"8 KiB\"\nuri_bytes = \"4 KiB\"", &[]);
    let fields = |count: usize| {
        let more: String = (2..=count).map(|number| format!("x-{number}: y\r\n")).collect();
        format!("GET /health HTTP/1.1\r\nhost: x\r\n{more}\r\n")
    };
    assert_eq!(send(server.address(), fields(16).as_bytes()), Some(200));
    assert_eq!(send(server.address(), fields(17).as_bytes()), Some(431));
    let bytes = |length: usize| {
        let head = "GET /health HTTP/1.1\r\nhost: x\r\nx: ";
        format!("{head}{}\r\n\r\n", "y".repeat(length - head.len() - 4))
    };
    assert_eq!(send(server.address(), bytes(8192).as_bytes()), Some(200));
    assert_eq!(send(server.address(), bytes(8193).as_bytes()), Some(431));
}

#[test]
fn a_head_has_so_much_time() {
    let server = limited("head_time = \"2s\"", &[]);
    let mut slow = TcpStream::connect(server.address()).unwrap();
    slow.write_all(b"GET /health HTTP/1.1\r\n").unwrap();
    std::thread::sleep(Duration::from_millis(500));
    slow.write_all(b"host: x\r\n\r\n").unwrap();
    assert_eq!(status(&mut slow), Some(200), "in time");
    let began = Instant::now();
    assert_eq!(send(server.address(), b"GET /health HTTP/1.1\r\nhost:"), None, "it never comes");
    assert!((1.9..15.0).contains(&began.elapsed().as_secs_f64()), "{:?}", began.elapsed());
}

#[test]
fn addresses_and_parameters_have_so_many_bytes() {
    let server = limited("uri_bytes = \"1 KiB\"\nparameter_bytes = \"256 B\"\nparameters = 8", &[]);
    let address = |length: usize| {
        let path = "/collections/";
        format!("{path}{}", "n".repeat(length - path.len()))
    };
    assert_eq!(server.get(&address(1024)).status, 404, "there is no such collection");
    assert_eq!(server.get(&address(1025)).status, 414);

    let named =
        |length: usize| server.get(&format!("/collections/schulen/items?name={}", "n".repeat(length)));
    assert_eq!(named(256).status, 200);
    let refused = named(257);
    assert_eq!((refused.status, refused.json()["parameter"].as_str()), (400, Some("name")));

    let eight =
        "/collections/schulen/items?f=json&limit=1&bbox=7,50,8,51&name=a&schulart=b&traeger=c&plaetze=1&id=1";
    assert_eq!(server.get(eight).status, 200, "{}", server.get(eight).text());
    let nine = server.get(&format!("{eight}&barrierefrei=true"));
    assert_eq!(nine.status, 400);
    assert!(nine.text().contains("more than 8 parameters"), "{}", nine.text());
}

#[test]
fn bodies_have_so_many_bytes_and_so_much_time() {
    let server = limited("body_bytes = \"1 KiB\"\nbody_time = \"1s\"", &[]);
    let post = |length: usize, body: &str| {
        let head =
            "POST /processes/nearest/execution HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n";
        format!("{head}content-length: {length}\r\nconnection: close\r\n\r\n{body}").into_bytes()
    };
    let body = |length: usize| format!("{{}}{}", " ".repeat(length - 2));
    assert_eq!(send(server.address(), &post(1024, &body(1024))), Some(400), "whole, and no question");
    assert_eq!(send(server.address(), &post(1025, &body(1025))), Some(413));
    let began = Instant::now();
    assert_eq!(send(server.address(), &post(1024, "{")), Some(408));
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
}

#[test]
fn a_stop_gives_notice_and_so_much_time_to_finish() {
    let mut quick = limited("drain_notice = \"0ms\"\ndrain_time = \"1s\"", &[]);
    let began = Instant::now();
    signal(&quick, "-TERM");
    assert_eq!(quick.wait_exit(Duration::from_secs(10)), Some(0));
    let alone = began.elapsed();

    let mut held = limited("drain_notice = \"2s\"\ndrain_time = \"1s\"\nwrite_time = \"1m\"", &[]);
    let mut deaf = TcpStream::connect(held.address()).unwrap();
    let page = b"GET /collections/gebaeude/items?limit=10000 HTTP/1.1\r\nhost: x\r\n\r\n";
    deaf.write_all(&page.repeat(40)).unwrap();
    std::thread::sleep(Duration::from_millis(500));
    let began = Instant::now();
    signal(&held, "-TERM");
    assert_eq!(held.wait_exit(Duration::from_secs(20)), Some(0));
    let took = began.elapsed();
    assert!(took >= Duration::from_millis(2900), "two seconds of notice, one to finish: {took:?}");
    held.wait_for("its last line", |server| server.log().contains("were cut").then_some(()));
    assert!(alone < took, "{alone:?}, {took:?}");
    drop(deaf);
}
