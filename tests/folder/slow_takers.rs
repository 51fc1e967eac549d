//! Clients of HTTP/2 that ask for much and take little of it: their places are given back, and
//! nobody else waits for them.

use std::io::Write;
use std::net::TcpStream;
use std::time::{Duration, Instant};

use crate::http2::{frame, get, hello, next_frame};
use crate::server::Server;

fn configured(limits: &str, more: &[&str]) -> Server {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("veedel.toml");
    std::fs::write(&file, format!("[limits]\n{limits}\n")).unwrap();
    Server::ready(&[&["--config", file.to_str().unwrap()], more].concat())
}

fn connect(server: &Server) -> TcpStream {
    let socket = TcpStream::connect(server.address()).unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    socket
}

/// Reads until each of `streams` was reset; how long that took. PINGs and settings pass by.
fn until_reset(socket: &mut TcpStream, mut streams: Vec<u32>) -> Duration {
    let began = Instant::now();
    while !streams.is_empty() {
        let (kind, stream, _) = next_frame(socket).expect("the connection goes on");
        if kind == 3 {
            streams.retain(|open| *open != stream);
        }
        assert!(began.elapsed() < Duration::from_secs(20), "{streams:?} are open still");
    }
    began.elapsed()
}

const PAGE: &str = "/collections/gebaeude/items?limit=10000&f=csv";

#[test]
fn streams_without_a_window_give_their_places_back() {
    let server = configured("write_time = \"1s\"\nrequest_time = \"10s\"", &[]);
    for (window, path, count) in
        [(0, PAGE, 40), (1, PAGE, 40), (0, "/collections/gebaeude/download.csv", 16), (1, "/api", 40)]
    {
        let mut socket = connect(&server);
        socket.write_all(&hello(window)).unwrap();
        let streams: Vec<u32> = (0..count).map(|number| 2 * number + 1).collect();
        for stream in &streams {
            socket.write_all(&get(*stream, path, &[(":authority", "x")])).unwrap();
        }
        std::thread::sleep(Duration::from_millis(200));
        // All places are taken, and free again as soon as it is seen that nothing is taken.
        let began = Instant::now();
        assert_eq!(server.get("/collections").status, 200, "{window} {path}");
        assert!(began.elapsed() < Duration::from_secs(5), "{path}: {:?}", began.elapsed());
        let took = until_reset(&mut socket, streams);
        assert!(took < Duration::from_secs(15), "{path}: {took:?}");
        // The connection itself is in order.
        socket.write_all(&frame(6, 0, 0, b"a ping: ")).unwrap();
        while next_frame(&mut socket).expect("an answer").0 != 6 {}
    }
    let metrics = server.get("/metrics").text();
    assert!(metrics.contains("veedel_answers_cut_total"), "{metrics}");
}

#[test]
fn an_answer_lasts_so_long_and_no_longer() {
    for (limit, path) in [
        ("answer_time = \"1s\"", PAGE),
        ("download_answer_time = \"1s\"", "/collections/gebaeude/download.ndjson"),
    ] {
        let server = configured(limit, &[]);
        let mut socket = connect(&server);
        socket.write_all(&[hello(1 << 16), get(1, path, &[(":authority", "x")])].concat()).unwrap();
        let began = Instant::now();
        // Some window again and again: it is always taken something.
        let reset = loop {
            let (kind, stream, payload) = next_frame(&mut socket).expect("the connection goes on");
            if kind == 0 && !payload.is_empty() {
                std::thread::sleep(Duration::from_millis(100));
                let more = u32::try_from(payload.len()).unwrap().to_be_bytes();
                for stream in [0, stream] {
                    socket.write_all(&frame(8, 0, stream, &more)).unwrap();
                }
            }
            if kind == 3 {
                break began.elapsed();
            }
            assert!(began.elapsed() < Duration::from_secs(15), "{path} lasts");
        };
        assert!((0.9..8.0).contains(&reset.as_secs_f64()), "{path}: {reset:?}");
    }
}
