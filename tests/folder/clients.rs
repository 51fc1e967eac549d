//! What one client may have of what all share, who counts as one, and an address that answers
//! beside all of them.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use crate::bystander::{assert_undisturbed, waits};
use crate::http2::{get, hello, next_frame};
use crate::server::{Answer, Server};

const PAGE: &str = "/collections/gebaeude/items?limit=10000&f=csv";

fn configured(text: &str) -> Server {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("veedel.toml");
    std::fs::write(&file, text).unwrap();
    Server::ready(&["--config", file.to_str().unwrap()])
}

/// Takes all that a client may have of eight places and eight that wait, and takes nothing of what
/// it is sent.
fn take_all(server: &Server, client: &str) -> TcpStream {
    let mut socket = TcpStream::connect(server.address()).unwrap();
    let fields = [(":authority", "x"), ("x-forwarded-for", client)];
    let asked: Vec<u8> = (0..5).flat_map(|number| get(2 * number + 1, PAGE, &fields)).collect();
    socket.write_all(&[hello(0), asked].concat()).unwrap();
    // Two are answered, two wait, and one is refused.
    let mut heads = 0;
    while heads < 3 {
        heads += usize::from(next_frame(&mut socket).unwrap().0 == 1);
    }
    socket
}

fn ask(server: &Server, client: &str) -> Answer {
    server.get_with("/collections", &[("x-forwarded-for", client)])
}

const PLACES: &str = "[limits]\nrequests_at_once = 8\nrequests_waiting = 8\nplaces_per_client = 25\nwrite_time = \"1m\"\n\
                      request_time = \"1m\"\n";

#[test]
fn one_client_has_a_part_of_the_places_and_leaves_the_rest() {
    let server = configured(PLACES);
    let _held = take_all(&server, "203.0.113.9");
    let refusal = ask(&server, "203.0.113.9");
    assert_eq!((refusal.status, refusal.header("retry-after")), (429, "1"));
    assert_eq!(refusal.json()["limit"]["name"], "places_per_client", "{}", refusal.text());
    for other in ["203.0.113.10", "2001:db8::1"] {
        assert_eq!(ask(&server, other).status, 200, "{other}");
    }
    // A place is given back a moment after its answer has come.
    std::thread::sleep(Duration::from_millis(200));
    // All of a /64 are one.
    let held = take_all(&server, "2001:db8::1");
    assert_eq!(ask(&server, "2001:db8::ffff:1").status, 429);
    assert_eq!(server.get("/health").status, 200);
    drop(held);
    server.wait_for("its places", |server| (ask(server, "2001:db8::1").status == 200).then_some(()));
}

#[test]
fn a_client_without_a_trusted_proxy_is_whom_its_connection_says() {
    let server = configured(&format!("trusted_proxies = []\n{PLACES}"));
    let _held = take_all(&server, "203.0.113.9");
    assert_eq!(ask(&server, "203.0.113.10").status, 429);
    // A proxy that does not say whom it was asked by has all places.
    let server = configured(PLACES);
    let _held = take_all(&server, "203.0.113.9");
    for _ in 0..3 {
        assert_eq!(server.get("/collections").status, 200);
    }
}

/// Connections that stay open, of as many as are tried.
fn open(server: &Server, count: usize) -> Vec<TcpStream> {
    let mut open = vec![];
    for _ in 0..count {
        let mut socket = TcpStream::connect(server.address()).unwrap();
        socket.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let _ = socket.write_all(&hello(1 << 16));
        // The server's settings, or the end.
        if socket.read(&mut [0; 64]).is_ok_and(|count| count > 0) {
            open.push(socket);
        }
    }
    open
}

#[test]
fn one_client_has_so_many_connections() {
    let server = configured("trusted_proxies = []\n[limits]\nconnections_per_client = 6\n");
    let taken = open(&server, 20);
    // The one that was asked whether all is ready may be open still.
    assert!((5..=6).contains(&taken.len()), "{}", taken.len());
    drop(taken);
    server.wait_for("room again", |server| (open(server, 1).len() == 1).then_some(()));
    let server = configured("[limits]\nconnections_per_client = 6\n");
    assert_eq!(open(&server, 20).len(), 20, "a proxy has as many as it wants");
}

#[test]
fn one_client_listens_so_many_times() {
    let server = configured("[limits]\nchange_clients = 4\nplaces_per_client = 50\n");
    let listen = |client: &str| {
        let mut socket = TcpStream::connect(server.address()).unwrap();
        write!(socket, "GET /changes HTTP/1.1\r\nhost: x\r\nx-forwarded-for: {client}\r\n\r\n").unwrap();
        let mut answer = vec![0; 4096];
        let length = socket.read(&mut answer).unwrap();
        let text = String::from_utf8_lossy(&answer[..length]).into_owned();
        (text.split(' ').nth(1).unwrap().parse::<u16>().unwrap(), socket)
    };
    let held: Vec<(u16, TcpStream)> = (0..3).map(|_| listen("203.0.113.9")).collect();
    assert_eq!([held[0].0, held[1].0, held[2].0], [200, 200, 429]);
    let others = [listen("203.0.113.10"), listen("203.0.113.10"), listen("203.0.113.11")];
    assert_eq!([others[0].0, others[1].0, others[2].0], [200, 429, 200], "a part of what is left");
    assert_eq!(listen("203.0.113.12").0, 503, "four in all");
    drop(others);
    server.wait_for("room again", |_| (listen("203.0.113.12").0 == 200).then_some(()));
}

#[test]
fn the_operators_address_answers_whatever_the_others_do() {
    let server =
        configured("operator_listen = \"127.0.0.1:0\"\n[limits]\nconnections = 20\nhead_time = \"1m\"\n");
    server.says("metrics at http://");
    let log = server.log();
    let address = log.split("metrics at http://").nth(1).unwrap().split_whitespace().next().unwrap();
    let ask = |path: &str| {
        let mut socket = TcpStream::connect(address).unwrap();
        socket.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
        write!(socket, "GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        socket.read_to_string(&mut answer).unwrap();
        answer
    };
    // All connections of the other are taken and stay so.
    let taken = open(&server, 60);
    assert!(taken.len() < 21, "{}", taken.len());
    assert!(ask("/health").starts_with("HTTP/1.1 200"));
    assert!(ask("/ready").contains("\"ready\""));
    assert!(ask("/metrics").contains("veedel_connections 20"), "{}", ask("/metrics"));
    assert!(ask("/collections").starts_with("HTTP/1.1 404"));
}

/// Says to the operator's socket that all tiles are to be made anew, which all who listen are told.
fn tell_all(socket: &std::path::Path) {
    let mut stream = std::os::unix::net::UnixStream::connect(socket).unwrap();
    let request = "POST /tiles/purge HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.contains("202"), "{answer}");
}

#[test]
fn a_thousand_who_listen_disturb_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let operator = folder.path().join("operator.sock");
    let city = crate::files::city_folder();
    let server = Server::ready(&["--operator-socket", operator.to_str().unwrap(), city.to_str().unwrap()]);
    let tile = "/xyz/gebaeude,strassen/14/8532/5503";
    let quiet = waits(&server, tile, Duration::from_secs(1));
    let mut listeners: Vec<TcpStream> = (0..1000)
        .map(|_| {
            let mut socket = TcpStream::connect(server.address()).unwrap();
            socket.write_all(b"GET /changes?collections=schulen HTTP/1.1\r\nhost: x\r\n\r\n").unwrap();
            assert!(socket.read(&mut [0; 4096]).unwrap() > 0);
            socket.set_nonblocking(true).unwrap();
            socket
        })
        .collect();
    let before = cpu(&server);
    let began = Instant::now();
    let silent = waits(&server, tile, Duration::from_secs(1));
    println!("nothing happens: {} of a core", (cpu(&server) - before) / began.elapsed().as_secs_f64());
    assert_undisturbed(quiet, silent, "a thousand who listen");
    let (before, began) = (cpu(&server), Instant::now());
    let time = Duration::from_secs(3);
    let heard = std::thread::scope(|scope| {
        scope.spawn(|| {
            while began.elapsed() < time {
                tell_all(&operator);
                std::thread::sleep(Duration::from_millis(20));
            }
        });
        let reader = scope.spawn(|| {
            let (mut buffer, mut heard) = (vec![0; 1 << 16], 0);
            while began.elapsed() < time + Duration::from_secs(1) {
                for socket in &mut listeners {
                    heard += usize::from(socket.read(&mut buffer).is_ok());
                }
                std::thread::sleep(Duration::from_millis(50));
            }
            heard
        });
        let busy = waits(&server, tile, time);
        println!("changes come: {} of a core", (cpu(&server) - before) / began.elapsed().as_secs_f64());
        assert_undisturbed(quiet, busy, "a thousand who are told of changes");
        reader.join().unwrap()
    });
    assert!(heard >= 1000, "each has heard of it: {heard}");
}

/// Seconds that the server has computed.
fn cpu(server: &Server) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", server.pid())).unwrap();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
    (fields[11].parse::<f64>().unwrap() + fields[12].parse::<f64>().unwrap()) / 100.0
}
