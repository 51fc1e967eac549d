//! Limits of how many requests are answered at the same time and wait, and of how long they take.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use super::{limited, planning, send, status};
use crate::files::{fgb_of, replace};
use crate::server::Server;

/// A folder with one layer whose lowest tile takes long to make.
fn slow_layer() -> tempfile::TempDir {
    let names: Vec<String> = (0..30_000).map(|number| format!("Name Nummer {number}")).collect();
    let point = |number: usize| -> geo::Geometry {
        geo::Point::new(7.0 + (number % 300) as f64 / 1e3, 50.0 + (number / 300) as f64 / 1e3).into()
    };
    let points = names.iter().enumerate().map(|(number, name)| (point(number), name.as_str())).collect();
    let folder = tempfile::tempdir().unwrap();
    let crs = flatgeobuf::FgbCrs { code: 4326, ..Default::default() };
    replace(folder.path(), "a.fgb", &fgb_of(points, true, false, crs));
    folder
}

/// Asks for as many things at once, each on a connection of its own; the answers' statuses, sorted.
fn crowd(server: &Server, paths: &[String]) -> Vec<u16> {
    let mut streams: Vec<TcpStream> =
        paths.iter().map(|_| TcpStream::connect(server.address()).unwrap()).collect();
    for (stream, path) in streams.iter_mut().zip(paths) {
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        let request =
            format!("GET {path} HTTP/1.1\r\nhost: x\r\naccept-encoding: br\r\nconnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).unwrap();
    }
    let mut statuses: Vec<u16> =
        streams.iter_mut().map(|stream| status(stream).expect("an answer")).collect();
    statuses.sort_unstable();
    statuses
}

#[test]
fn so_many_tiles_are_made_at_once_wait_and_take_so_long() {
    let folder = slow_layer();
    let source = folder.path().to_str().unwrap();
    let more = [source, "--no-thinning", "--tile-cache", "0 B"];
    let tiles = |count: usize| vec!["/xyz/a/3/4/2".to_owned(); count];
    let server = limited("tiles_at_once = 1\ntiles_waiting = 1\ntile_time = \"1m\"", &more);
    assert_eq!(crowd(&server, &tiles(2)), [200, 200], "one is made, one waits");
    let beyond = crowd(&server, &tiles(8));
    assert!(beyond.contains(&200) && beyond.contains(&503), "{beyond:?}");
    let hasty = limited("tile_time = \"100ms\"\ntiles_at_once = 1", &more);
    assert_eq!(hasty.get("/xyz/a/3/0/0").status, 204, "what takes no time");
    let late = crowd(&hasty, &tiles(20));
    assert!(late.contains(&504), "{late:?}");
}

#[test]
fn so_many_requests_are_answered_at_once_wait_and_take_so_long() {
    let folder = slow_layer();
    let limits = "requests_at_once = 1\nrequests_waiting = 1\nrequest_time = \"1s\"\n\
                  write_time = \"1m\"\npage_maximum = 100000";
    let server = limited(limits, &[folder.path().to_str().unwrap()]);
    let quick = b"GET /collections/a HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    assert_eq!(send(server.address(), quick), Some(200));
    // Who does not take its answer keeps its place until it is let go.
    let mut deaf = TcpStream::connect(server.address()).unwrap();
    let page = b"GET /collections/a/items?limit=100000 HTTP/1.1\r\nhost: x\r\n\r\n";
    deaf.write_all(&page.repeat(40)).unwrap();
    // Between two of its pages the place is free for a moment, until no page finds room any more.
    let mut refused_in_a_row = 0;
    server.wait_for("the place to be taken for good", |server| {
        let is_refused = send(server.address(), quick) == Some(504);
        refused_in_a_row = if is_refused { refused_in_a_row + 1 } else { 0 };
        if !is_refused {
            // The rest of a page found room on its way. Some room more, and the next page gets stuck.
            let _ = deaf.read(&mut [0; 1 << 18]);
        }
        (refused_in_a_row == 4).then_some(())
    });
    let mut waiting = TcpStream::connect(server.address()).unwrap();
    waiting.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    waiting.write_all(quick).unwrap();
    std::thread::sleep(Duration::from_millis(200));
    let began = Instant::now();
    let refused = server.get("/collections/a");
    assert_eq!(
        (refused.status, refused.header("retry-after").is_empty()),
        (503, false),
        "{}",
        refused.text()
    );
    assert!(began.elapsed() < Duration::from_millis(700), "{:?}", began.elapsed());
    assert_eq!(server.get("/health").status, 200, "always answered");
    assert_eq!(status(&mut waiting), Some(504));
    drop(deaf);
    server.wait_for("the place to be free again", |server| {
        (send(server.address(), quick) == Some(200)).then_some(())
    });
}

#[test]
fn so_many_questions_are_answered_at_once_wait_and_take_so_long() {
    let heavy = "/processes/reach/execution?facilities=kitas&distance=1000,2000,3000,4000,5000&persons=false";
    let questions = |count: usize| vec![heavy.to_owned(); count];
    let (server, _file) = planning("planning_at_once = 1\nplanning_waiting = 1\nplanning_time = \"1m\"");
    assert_eq!(crowd(&server, &questions(2)), [200, 200], "one is answered, one waits");
    let beyond = crowd(&server, &questions(12));
    assert!(beyond.contains(&200) && beyond.contains(&503), "{beyond:?}");
    let (hasty, _file) = planning("planning_time = \"100ms\"\nplanning_at_once = 1");
    assert_eq!(hasty.get("/processes/siting").status, 200, "what takes no time");
    let sites = "/processes/siting/execution?facilities=kitas&distance=5000&p=10";
    let late = crowd(&hasty, &vec![sites.to_owned(); 30]);
    assert!(late.contains(&504), "{late:?}");
}

#[test]
fn so_many_files_are_sent_at_once_wait_and_take_so_long() {
    // More than the system holds for a client that takes nothing.
    let folder = tempfile::tempdir().unwrap();
    let name = "lang ".repeat(200);
    let points =
        vec![(geo::Geometry::from(geo::point! { x: 356_000.0, y: 5_645_000.0 }), name.as_str()); 30_000];
    let bytes = fgb_of(points, true, false, flatgeobuf::FgbCrs { code: 25832, ..Default::default() });
    replace(folder.path(), "gross.fgb", &bytes);
    let limits = "downloads_at_once = 1\ndownloads_waiting = 1\ndownload_time = \"2s\"";
    let server = limited(limits, &[folder.path().to_str().unwrap()]);
    let request = b"GET /collections/gross/download.ndjson HTTP/1.1\r\nhost: x\r\n\r\n";
    let ask = || {
        let mut stream = TcpStream::connect(server.address()).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        stream.write_all(request).unwrap();
        stream
    };
    let mut deaf = ask();
    assert_eq!(status(&mut deaf), Some(200));
    let began = Instant::now();
    let mut waiting = ask();
    std::thread::sleep(Duration::from_millis(500));
    assert_eq!(status(&mut ask()), Some(503), "one is sent, one waits");
    assert_eq!(server.get("/collections/gross/items?limit=1").status, 200, "others have places of their own");
    assert_eq!(status(&mut waiting), Some(504));
    assert!((2..10).contains(&began.elapsed().as_secs()), "{:?}", began.elapsed());
    drop(deaf);
    server.wait_for("the place", |_| (status(&mut ask()) == Some(200)).then_some(()));
}
