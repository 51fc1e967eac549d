//! Requests that no client of ours would send: refused with the codes stated, and the server goes on.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use crate::bystander::{assert_undisturbed, waits};
use crate::server::Server;

/// Sends bytes as they are and gives the status of the answer; None where the connection was closed.
fn send(server: &Server, bytes: &[u8]) -> Option<u16> {
    let mut socket = TcpStream::connect(server.address()).unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(15))).unwrap();
    // The server may refuse before it has read all.
    let _ = socket.write_all(bytes);
    let mut answer = vec![];
    let mut buffer = [0; 4096];
    while !answer.windows(2).any(|pair| pair == b"\r\n") {
        match socket.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => answer.extend_from_slice(&buffer[..count]),
            Err(fault) if fault.kind() == ErrorKind::Interrupted => {}
            Err(fault) if fault.kind() == ErrorKind::ConnectionReset => break,
            Err(fault) => panic!("no answer: {fault}"),
        }
    }
    let line = String::from_utf8_lossy(&answer).lines().next()?.to_owned();
    line.split(' ').nth(1)?.parse().ok()
}

fn get(path: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").into_bytes()
}

/// What is sent, and the answers that are right; None is a connection closed without one.
type Case = (&'static str, Vec<u8>, &'static [Option<u16>]);

#[test]
fn hostile_requests_are_refused_and_the_server_goes_on() {
    let mut server = Server::ready(&[]);
    let pid = server.pid();
    let long = |bytes: usize| "a".repeat(bytes);
    let parameters: String = (0..10_000).map(|number| format!("&p{number}=1")).collect();
    let headers: String = (0..5_000).map(|number| format!("x-{number}: y\r\n")).collect();
    let names = vec!["schulen"; 2000].join(",");
    let cases: Vec<Case> = vec![
        ("100 KiB of path", get(&format!("/{}", long(100 << 10))), &[Some(414), Some(431)]),
        ("20 KiB of path", get(&format!("/collections/{}", long(20 << 10))), &[Some(414)]),
        ("100 KiB of query", get(&format!("/collections?{}", long(100 << 10))), &[Some(414), Some(431)]),
        ("a long parameter", get(&format!("/collections/schulen/items?name={}", long(9 << 10))), &[Some(400)]),
        ("10,000 parameters", get(&format!("/collections/schulen/items?a=1{parameters}")), &[Some(414), Some(431)]),
        ("100 parameters", get(&format!("/collections/schulen/items?a=1{}", &parameters[..600])), &[Some(400)]),
        ("2,000 names", get(&format!("/xyz/{}/0/0/0", &names[..15_000])), &[Some(404)]),
        ("NUL", b"GET /collections/\0 HTTP/1.1\r\nhost: x\r\n\r\n".to_vec(), &[Some(400), None]),
        ("%00 as a name", get("/collections/%00"), &[Some(404)]),
        ("%00 as a feature", get("/collections/schulen/items/%00"), &[Some(404)]),
        ("%00 in a filter", get("/collections/schulen/items?name=%00"), &[Some(200)]),
        ("%00 in a tile", get("/xyz/%00/0/0/0"), &[Some(404)]),
        ("%00 as a file", get("/assets/%00"), &[Some(404)]),
        ("bytes that are no UTF-8", get("/collections/%ff%fe"), &[Some(404)]),
        ("the same in a query", get("/collections/schulen/items?name=%ff"), &[Some(400)]),
        ("a half escape", get("/collections/%4"), &[Some(404)]),
        ("dots", get("/assets/../../../../etc/passwd"), &[Some(404)]),
        ("encoded dots", get("/assets/..%2f..%2f..%2fetc%2fpasswd"), &[Some(404)]),
        ("dots as a name", get("/collections/..%2f..%2fetc%2fpasswd"), &[Some(404)]),
        ("backslashes", get("/assets/..%5c..%5cCargo.toml"), &[Some(404)]),
        ("SQL", get("/collections/schulen/items?name=%27;drop%20table%20schulen;--"), &[Some(200)]),
        ("a huge number", get("/collections/strassen/items/99999999999999999999999999"), &[Some(404)]),
        ("degrees beyond the earth", get("/collections/strassen/items?bbox=-1e308,-1e308,1e308,1e308"), &[Some(400)]),
        ("metres beyond the earth", get("/collections/strassen/items?bbox=-1e308,-1e308,1e308,1e308&bbox-crs=EPSG:25832"), &[Some(200)]),
        ("a bomb of header fields", format!("GET / HTTP/1.1\r\nhost: x\r\n{headers}\r\n").into_bytes(), &[Some(431), None]),
        (
            "a header field of 1 MiB",
            format!("GET / HTTP/1.1\r\nhost: x\r\nx-a: {}\r\n\r\n", long(1 << 20)).into_bytes(),
            &[Some(431), None],
        ),
        ("no HTTP", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n".to_vec(), &[Some(400), None]),
        ("HTTP/9", b"GET / HTTP/9.9\r\n\r\n".to_vec(), &[Some(400), Some(505), None]),
        ("no host", b"GET /health HTTP/1.1\r\nconnection: close\r\n\r\n".to_vec(), &[Some(400)]),
        ("two hosts", b"GET /xyz/gebaeude/14/8532/5503 HTTP/1.1\r\nhost: x\r\nhost: x\r\n\r\n".to_vec(), &[Some(400)]),
        (
            "chunked twice",
            b"POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n".to_vec(),
            &[Some(400)],
        ),
        ("an odd host", b"GET /collections HTTP/1.1\r\nhost: <a>\"\r\nconnection: close\r\n\r\n".to_vec(), &[Some(400)]),
        (
            "two lengths",
            b"GET /health HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab".to_vec(),
            &[Some(400), None],
        ),
        (
            "a length and chunks",
            b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n0\r\n\r\n".to_vec(),
            &[Some(400), Some(405), None],
        ),
        (
            "a length beyond all",
            b"GET /health HTTP/1.1\r\nhost: x\r\ncontent-length: 99999999999999999999999\r\n\r\n".to_vec(),
            &[Some(400), None],
        ),
        ("a whole address", b"GET http://evil.example/health HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n".to_vec(), &[Some(200)]),
        ("CONNECT", b"CONNECT evil.example:443 HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n".to_vec(), &[Some(404), Some(405), Some(400)]),
        ("*", b"OPTIONS * HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n".to_vec(), &[Some(204)]),
    ];
    for (about, bytes, expected) in cases {
        let status = send(&server, &bytes);
        assert!(expected.contains(&status), "{about}: {status:?} is none of {expected:?}");
        assert_eq!(server.get("/health").status, 200, "after {about}");
    }
    assert!(server.is_alive() && server.pid() == pid);
    assert!(!server.log().contains("panic"), "{}", server.log());
    assert_eq!(server.get("/collections/schulen/items").json()["numberMatched"], 12);
}

#[test]
fn connections_without_a_request_are_closed() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("veedel.toml");
    std::fs::write(&file, "[limits]\nhead_time = \"1s\"\n").unwrap();
    let server = Server::ready(&["--config", file.to_str().unwrap()]);
    for begin in ["", "P", "GET /health HTTP/1.1\r\nhost: x\r\nx-a: "] {
        let mut socket = TcpStream::connect(server.address()).unwrap();
        socket.set_read_timeout(Some(Duration::from_secs(8))).unwrap();
        socket.write_all(begin.as_bytes()).unwrap();
        let mut rest = vec![];
        let ended = socket.read_to_end(&mut rest).map_err(|fault| fault.kind());
        assert!(matches!(ended, Ok(_) | Err(ErrorKind::ConnectionReset)), "{begin:?}: {ended:?}");
    }
}

#[test]
fn who_takes_nothing_of_an_answer_is_let_go_and_a_slow_one_is_served() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("veedel.toml");
    std::fs::write(&config, "[limits]\nwrite_time = \"1s\"\n").unwrap();
    let server = Server::ready(&["--config", config.to_str().unwrap()]);
    let request = b"GET /collections/gebaeude/items?limit=10000 HTTP/1.1\r\nhost: x\r\n\r\n";
    let open = |server: &Server| -> u32 {
        let text = server.get("/metrics").text();
        let line = text.lines().find(|line| line.starts_with("veedel_connections ")).unwrap();
        line.rsplit(' ').next().unwrap().parse().unwrap()
    };
    let mine = open(&server);
    // A hundred times a page of megabytes, more than the system holds for a socket, and nobody reads.
    let deaf: Vec<TcpStream> = (0..5)
        .map(|_| {
            let mut socket = TcpStream::connect(server.address()).unwrap();
            socket.write_all(&request.repeat(100)).unwrap();
            socket
        })
        .collect();
    server.wait_for("the deaf to be counted", |server| (open(server) >= mine + 5).then_some(()));
    // One who reads, with pauses shorter than the limit, gets all.
    let mut slow = TcpStream::connect(server.address()).unwrap();
    slow.write_all(&get("/collections/gebaeude/items?limit=10000")).unwrap();
    let (mut all, mut buffer) = (0, vec![0; 1 << 18]);
    loop {
        match slow.read(&mut buffer).unwrap() {
            0 => break,
            count => all += count,
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    assert!(all > 500_000, "{all}");
    let begun = std::time::Instant::now();
    server.wait_for("the deaf to be let go", |server| (open(server) <= mine).then_some(()));
    // By the second configured, not by the twenty of the default.
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
    drop(deaf);
}

#[test]
fn hundreds_who_read_slowly_or_send_half_disturb_nobody() {
    let server = Server::ready(&[]);
    let tile = "/xyz/gebaeude,strassen/14/8532/5503";
    let time = Duration::from_secs(2);
    let quiet = waits(&server, tile, time);
    let page = b"GET /collections/gebaeude/items?limit=10000 HTTP/1.1\r\nhost: x\r\n\r\n";
    let begins: [&[u8]; 3] =
        [b"GET /xyz/gebaeude/14/85", b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 99\r\n\r\n{", b""];
    let mut crowd: Vec<TcpStream> = vec![];
    for number in 0..600 {
        let mut socket = TcpStream::connect(server.address()).unwrap();
        socket.set_nodelay(true).unwrap();
        // A third takes megabytes a few bytes at a time, the rest begins and does not go on.
        let bytes = if number % 3 == 0 { page.as_slice() } else { begins[number % begins.len()] };
        socket.write_all(bytes).unwrap();
        socket.set_nonblocking(true).unwrap();
        crowd.push(socket);
    }
    let readers = std::thread::scope(|scope| {
        let slow = scope.spawn(|| {
            let began = std::time::Instant::now();
            let (mut buffer, mut taken) = ([0; 64], 0);
            while began.elapsed() < time {
                for socket in crowd.iter_mut().step_by(3) {
                    taken += socket.read(&mut buffer).unwrap_or(0);
                }
                // Slow by waiting, not by working: the machine has two cores.
                std::thread::sleep(Duration::from_millis(20));
            }
            taken
        });
        // Six hundred pages are not asked for at once in quiet: what is made for them is over first.
        std::thread::sleep(Duration::from_millis(500));
        assert_undisturbed(quiet, waits(&server, tile, Duration::from_millis(1400)), "six hundred");
        slow.join().unwrap()
    });
    assert!(readers > 0);
    drop(crowd);
    assert_eq!(server.get("/collections/schulen/items").json()["numberMatched"], 12);
}

/// A file system of 256 KiB, which only root can have.
struct Small(tempfile::TempDir);

impl Small {
    fn new() -> Option<Small> {
        let folder = tempfile::tempdir().unwrap();
        let mut mount = std::process::Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", "size=256k", "tmpfs"]).arg(folder.path());
        mount.stderr(std::process::Stdio::null());
        mount.status().is_ok_and(|status| status.success()).then(|| Small(folder))
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        let _ = std::process::Command::new("umount").arg("--lazy").arg(self.0.path()).status();
    }
}

#[test]
fn a_full_disk_is_507_and_says_what_goes_without_one() {
    let Some(small) = Small::new() else {
        eprintln!("skipped: only root can mount a disk to fill");
        return;
    };
    let server = Server::start_with(&[], |command| {
        command.env("TMPDIR", small.0.path());
    });
    server.wait_ready();
    for extension in ["fgb", "gpkg"] {
        for _ in 0..2 {
            let answer = server.get(&format!("/collections/gebaeude/download.{extension}"));
            let problem = answer.text();
            if extension == "gpkg" && answer.status == 406 {
                continue;
            }
            assert_eq!(answer.status, 507, "{extension}: {problem}");
            assert!(problem.contains("no room on its disk") && problem.contains("ndjson"), "{problem}");
        }
        // What failed left nothing, so that small ones go on.
        let answer = server.get(&format!("/collections/schulen/download.{extension}"));
        assert!([200, 406].contains(&answer.status), "{extension}: {}", answer.status);
    }
    server.says("no room on the disk");
    assert_eq!(server.get("/collections/gebaeude/download.csv").status, 200);
}
