//! Stopping and reloading while requests come: nobody who was let in loses an answer.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::server::Server;

pub fn signal(server: &Server, signal: &str) {
    assert!(Command::new("kill").args([signal, &server.pid().to_string()]).status().unwrap().success());
}

/// What came of one request on a connection of its own.
enum Came {
    Whole(u16),
    Part(Vec<u8>),
    Nothing,
    Refused,
}

fn ask(address: &str, path: &str) -> Came {
    let Ok(mut stream) = TcpStream::connect(address) else { return Came::Refused };
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
    let mut answer = vec![];
    let sent = stream.write_all(request.as_bytes());
    let read = stream.read_to_end(&mut answer);
    let head = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n");
    match (sent, read, head) {
        _ if answer.is_empty() => Came::Nothing,
        (Ok(()), Ok(_), Some(head)) => {
            let text = String::from_utf8_lossy(&answer[..head]).to_lowercase();
            let length = text
                .split("content-length: ")
                .nth(1)
                .and_then(|rest| rest.lines().next()?.parse::<usize>().ok());
            let is_whole = match length {
                Some(length) => answer.len() == head + 4 + length,
                None => answer.ends_with(b"0\r\n\r\n"),
            };
            match is_whole {
                true => Came::Whole(text.split(' ').nth(1).unwrap().parse().unwrap()),
                false => Came::Part(answer),
            }
        }
        _ => Came::Part(answer),
    }
}

const PATHS: [&str; 3] = [
    "/xyz/strassen/14/8532/5503",
    "/collections/schulen/items?limit=5",
    "/collections/gebaeude/items?limit=500",
];

#[test]
fn ready_says_first_that_the_server_stops() {
    let mut server = Server::ready(&[]);
    signal(&server, "-TERM");
    let stopping = server.wait_for("the notice", |server| {
        let answer = server.get("/ready");
        (answer.status == 503).then_some(answer)
    });
    assert_eq!(stopping.json()["status"], "stopping");
    assert_eq!(server.get("/collections/schulen/items?limit=1").status, 200);
    assert_eq!(server.wait_exit(Duration::from_secs(10)), Some(0), "{}", server.log());
}

#[test]
fn sigterm_under_load_breaks_off_no_answer_and_half_sent_requests_do_not_hold_it_up() {
    let mut server = Server::ready(&[]);
    let address = server.address().to_owned();
    let half: Vec<TcpStream> = (0..100)
        .map(|_| {
            let mut stream = TcpStream::connect(&address).unwrap();
            stream.write_all(b"GET / HTTP/1.1\r\nhost:").unwrap();
            stream
        })
        .collect();
    let (answered, ended) = (AtomicUsize::new(0), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for worker in 0..4 {
            let (address, answered, ended) = (&address, &answered, &ended);
            scope.spawn(move || {
                for turn in worker.. {
                    match ask(address, PATHS[turn % PATHS.len()]) {
                        Came::Whole(status) => {
                            assert_eq!(status, 200);
                            answered.fetch_add(1, Ordering::Relaxed);
                        }
                        Came::Part(bytes) => panic!("broken off: {}", String::from_utf8_lossy(&bytes)),
                        // Not taken any more: the door is closed, and nothing was begun.
                        Came::Nothing | Came::Refused => break,
                    }
                }
                ended.fetch_add(1, Ordering::Relaxed);
            });
        }
        while answered.load(Ordering::Relaxed) < 100 {
            assert_eq!(ended.load(Ordering::Relaxed), 0, "refused before it was told to stop");
            std::thread::sleep(Duration::from_millis(5));
        }
        let (began, before) = (Instant::now(), answered.load(Ordering::Relaxed));
        signal(&server, "-TERM");
        std::thread::sleep(Duration::from_millis(500));
        assert!(
            answered.load(Ordering::Relaxed) > before && ended.load(Ordering::Relaxed) == 0,
            "the notice is kept"
        );
        assert_eq!(server.wait_exit(Duration::from_secs(25)), Some(0), "{}", server.log());
        println!("{} answered, stopped after {:?}", answered.load(Ordering::Relaxed), began.elapsed());
    });
    drop(half);
}

#[test]
fn a_second_sigterm_cuts() {
    let file = tempfile::NamedTempFile::with_suffix(".toml").unwrap();
    std::fs::write(&file, "[limits]\ndrain_notice = \"60s\"\n").unwrap();
    let mut server = Server::ready(&["--config", file.path().to_str().unwrap()]);
    signal(&server, "-TERM");
    server.wait_for("the notice", |server| (server.get("/ready").status == 503).then_some(()));
    signal(&server, "-TERM");
    assert_eq!(server.wait_exit(Duration::from_secs(3)), Some(0), "{}", server.log());
    server.wait_for("its last line", |server| server.log().contains("at once").then_some(()));
}

#[test]
fn a_hundred_reloads_good_and_bad_fail_no_request() {
    let file = tempfile::NamedTempFile::with_suffix(".toml").unwrap();
    let write = |text: &str| std::fs::write(&file, text).unwrap();
    let title = |number: usize| format!("[collections.schulen]\ntitle = \"Stand {number}\"\n");
    write(&title(0));
    let server = Server::ready(&["--config", file.path().to_str().unwrap()]);
    let address = server.address().to_owned();
    let (stop, answered) = (AtomicBool::new(false), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for worker in 0..3 {
            let (address, stop, answered) = (&address, &stop, &answered);
            scope.spawn(move || {
                for turn in worker.. {
                    if stop.load(Ordering::Relaxed) {
                        break;
                    }
                    match ask(address, PATHS[turn % PATHS.len()]) {
                        Came::Whole(200) => answered.fetch_add(1, Ordering::Relaxed),
                        Came::Whole(status) => panic!("{status}"),
                        _ => panic!("a request came to nothing"),
                    };
                }
            });
        }
        for reload in 1..=100 {
            match reload % 2 {
                0 => write(&title(reload)),
                _ => write(&format!("{}\ntitel = \"falsch\"\n", title(reload))),
            }
            signal(&server, "-HUP");
            std::thread::sleep(Duration::from_millis(20));
        }
        server.wait_for("the last good one", |server| {
            (server.get("/collections/schulen").json()["title"] == "Stand 100").then_some(())
        });
        write("[collections.schulen\n");
        signal(&server, "-HUP");
        let place = format!("{}:1:", file.path().display());
        server.wait_for("the place of the mistake", |server| server.log().contains(&place).then_some(()));
        stop.store(true, Ordering::Relaxed);
    });
    assert_eq!(server.get("/collections/schulen").json()["title"], "Stand 100");
    println!("{} requests answered", answered.load(Ordering::Relaxed));
    assert!(answered.load(Ordering::Relaxed) > 100);
}

/// Asks several times at once what takes both cores for long: whether a point lies on a line that crosses itself
/// everywhere.
fn dear_work(server: &Server) -> Vec<TcpStream> {
    let count = 1_100;
    let at = |number: usize| {
        let angle = std::f64::consts::PI * (count - 1) as f64 / count as f64 * number as f64;
        format!(
            "{} {}",
            (356_000.0 + 9_000.0 * angle.cos()).round(),
            (5_645_000.0 + 9_000.0 * angle.sin()).round()
        )
    };
    let star: Vec<String> = (0..count).map(at).collect();
    let body = serde_json::json!({
        "filter": format!("S_CROSSES(LINESTRING({}),POINT(1 1))", star.join(",")),
        "filter-lang": "cql2-text",
        "filter-crs": "http://www.opengis.net/def/crs/EPSG/0/25832",
    })
    .to_string();
    let ask = |_| {
        let mut stream = TcpStream::connect(server.address()).unwrap();
        let head = "POST /collections/schulen/items/search HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n";
        write!(stream, "{head}content-length: {}\r\n\r\n{body}", body.len()).unwrap();
        stream
    };
    let asked = (0..4).map(ask).collect();
    std::thread::sleep(Duration::from_millis(500));
    asked
}

#[test]
fn a_stop_does_not_wait_for_work_that_does_not_end() {
    let file = tempfile::NamedTempFile::with_suffix(".toml").unwrap();
    std::fs::write(&file, "[limits]\ndrain_notice = \"0ms\"\ndrain_time = \"1s\"\n").unwrap();
    let mut server = Server::ready(&["--config", file.path().to_str().unwrap()]);
    let _asked = dear_work(&server);
    let began = Instant::now();
    signal(&server, "-TERM");
    assert_eq!(server.wait_exit(Duration::from_secs(30)), Some(0), "{}", server.log());
    assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
}

#[test]
fn a_second_signal_does_not_wait_for_work_either() {
    for second in ["-TERM", "-INT"] {
        let mut server = Server::ready(&[]);
        let _asked = dear_work(&server);
        signal(&server, "-TERM");
        std::thread::sleep(Duration::from_millis(100));
        let began = Instant::now();
        signal(&server, second);
        assert_eq!(server.wait_exit(Duration::from_secs(30)), Some(0), "{}", server.log());
        assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
    }
}
