//! Every row of the table of limits: at the limit all is well, one beyond it comes what the table says.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::files::{fgb_of, replace};
use crate::server::Server;

/// A server of the invented city, or of `sources`, with these lines under `[limits]`.
fn limited(limits: &str, more: &[&str]) -> Server {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("veedel.toml");
    std::fs::write(&file, format!("[limits]\n{limits}\n")).unwrap();
    Server::ready(&[&["--config", file.to_str().unwrap()], more].concat())
}

/// Sends bytes on a connection of their own; the status, or None where the connection was closed without an answer.
fn send(address: &str, bytes: &[u8]) -> Option<u16> {
    let mut stream = TcpStream::connect(address).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let _ = stream.write_all(bytes);
    status(&mut stream)
}

fn status(stream: &mut TcpStream) -> Option<u16> {
    let (mut answer, mut buffer) = (vec![], [0; 1024]);
    while !answer.windows(2).any(|pair| pair == b"\r\n") {
        match stream.read(&mut buffer) {
            Err(fault) if fault.kind() == std::io::ErrorKind::Interrupted => {}
            Ok(0) | Err(_) => return None,
            Ok(count) => answer.extend_from_slice(&buffer[..count]),
        }
    }
    String::from_utf8_lossy(&answer).split(' ').nth(1)?.parse().ok()
}

fn signal(server: &Server, signal: &str) {
    assert!(Command::new("kill").args([signal, &server.pid().to_string()]).status().unwrap().success());
}

/// The sources of all tests in a folder and those within.
fn texts(folder: &std::path::Path) -> Vec<String> {
    let paths = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let text = |path: std::path::PathBuf| match path.extension().and_then(|ending| ending.to_str()) {
        Some("rs") => vec![std::fs::read_to_string(&path).unwrap()],
        None if path.is_dir() => texts(&path),
        _ => vec![],
    };
    paths.flat_map(text).collect()
}

#[test]
fn every_limit_is_set_in_a_test() {
    let tests = concat!(env!("CARGO_MANIFEST_DIR"), "/tests");
    let text: String = texts(std::path::Path::new(tests)).concat();
    for name in veedel::limits::table().iter().map(|limit| limit.name) {
        assert!(text.contains(&format!("{name} = ")), "{name} is in no configuration of any test");
    }
}

#[test]
fn so_many_columns_are_sorted_by_and_so_many_terms_searched_for() {
    let server = limited("sort_columns = 2\nsearch_terms = 2", &[]);
    let status = |query: &str| server.get(&format!("/collections/schulen/items?{query}")).status;
    assert_eq!(status("sortby=schulart,name"), 200);
    assert_eq!(status("sortby=schulart,name,id"), 400);
    assert_eq!(status("q=a,b"), 200);
    assert_eq!(status("q=a,b,c"), 400);
}

/// What was not taken over the limit of this name is a problem that names it, and its value.
fn names(answer: &crate::server::Answer, status: u16, name: &str, value: u64) {
    assert_eq!(answer.status, status, "{name}: {}", answer.text());
    let limit = &answer.json()["limit"];
    assert_eq!(
        (limit["name"].as_str(), limit["value"].as_u64()),
        (Some(name), Some(value)),
        "{}",
        answer.text()
    );
}

#[test]
fn an_answer_takes_no_more_memory_than_it_may() {
    let server = limited("request_memory = \"1 MiB\"", &[]);
    let answer = server.get("/collections/gebaeude/aggregate?group-by=id&f=xlsx");
    names(&answer, 413, "request_memory", 1 << 20);
    assert_eq!(server.get("/collections/gebaeude/items?limit=10000").status, 200, "what is sent in pieces");
}

#[test]
fn each_refusal_names_its_limit() {
    let limits = "uri_bytes = \"4 KiB\"\nparameter_bytes = \"2 KiB\"\nparameters = 8\nfilter_bytes = \"1 KiB\"\nfilter_depth = 4\n\
                  filter_nodes = 16\nfilter_items = 3\nfilter_vertices = 4\nfilter_parts = 1\nsort_columns = 2\nsearch_terms = 2\n\
                  aggregate_groups = 3\naggregate_columns = 2\ntile_collections = 1\ntile_zoom = 10\nchange_clients = 0\n\
                  body_bytes = \"1 KiB\"\nbody_time = \"1s\"\nspool_bytes = \"64 KiB\"";
    let server = limited(limits, &[]);
    let items = |query: &str| format!("/collections/schulen/items?{query}");
    let filter = |text: &str| items(&format!("filter={}", crate::files::step(text)));
    let aggregate = |query: &str| format!("/collections/schulen/aggregate?{query}");
    let long = "n".repeat(3000);
    for (path, status, name, value) in [
        (items(&format!("name={long}&plaetze={long}")), 414, "uri_bytes", 4096),
        (items(&format!("name={long}")), 400, "parameter_bytes", 2048),
        (items("a=1&b=1&c=1&d=1&e=1&f=1&g=1&h=1&i=1"), 400, "parameters", 8),
        (filter(&format!("name='{}'", "n".repeat(1024))), 400, "filter_bytes", 1024),
        (filter("NOT (NOT (NOT (NOT (NOT (id=1)))))"), 400, "filter_depth", 4),
        (filter(&["id=1"; 9].join(" AND ")), 400, "filter_nodes", 16),
        (filter("id IN (1,2,3,4)"), 400, "filter_items", 3),
        (filter("S_INTERSECTS(geometry,LINESTRING(1 1,2 2,3 3,4 4,5 5))"), 400, "filter_vertices", 4),
        (filter("S_INTERSECTS(geometry,MULTILINESTRING((1 1,2 2),(3 3,4 4)))"), 400, "filter_parts", 1),
        (items("sortby=id,name,schulart"), 400, "sort_columns", 2),
        (items("q=a,b,c"), 400, "search_terms", 2),
        (aggregate("group-by=name"), 413, "aggregate_groups", 3),
        (aggregate("group-by=id,name,schulart"), 400, "aggregate_columns", 2),
        ("/xyz/schulen,strassen/10/530/343".into(), 400, "tile_collections", 1),
        ("/xyz/schulen/11/1060/687".into(), 404, "tile_zoom", 10),
        (items("zoom-level=11"), 400, "tile_zoom", 10),
        ("/changes".into(), 503, "change_clients", 0),
        ("/collections/gebaeude/download.fgb".into(), 413, "spool_bytes", 65_536),
    ] {
        names(&server.get(&path), status, name, value);
    }
    let body = serde_json::json!({ "inputs": { "facilities": "n".repeat(1024) } });
    names(&server.post("/processes/nearest/execution", &body), 413, "body_bytes", 1024);
    for answer in server.get("/api").json()["components"]["responses"].as_object().unwrap().values() {
        let content = answer["content"].as_object().map(|content| content.keys().collect::<Vec<_>>());
        assert!(content.is_none_or(|kinds| kinds == ["application/problem+json", "text/html"]), "{answer}");
    }
    assert_eq!(
        server.get("/api").json()["components"]["schemas"]["problem"]["properties"]["limit"]["$ref"],
        "#/components/schemas/limit"
    );
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
fn pages_have_so_many_features() {
    let server = limited("page_default = 3\npage_maximum = 5", &[]);
    let page = |query: &str| {
        let document = server.get(&format!("/collections/schulen/items{query}")).json();
        let links = document["links"].as_array().unwrap();
        (document["features"].as_array().unwrap().len(), links.iter().any(|link| link["rel"] == "next"))
    };
    assert_eq!(page(""), (3, true));
    assert_eq!(page("?limit=5"), (5, true));
    assert_eq!(page("?limit=6"), (5, true), "lowered");
}

#[test]
fn tiles_have_so_many_collections_features_and_bytes_and_end_at_a_zoom() {
    let points: Vec<(geo::Geometry, &str)> = (0..100)
        .map(|number| (geo::Point::new(7.0 + f64::from(number) / 1e4, 50.7).into(), "ein Name"))
        .collect();
    let folder = tempfile::tempdir().unwrap();
    for name in ["a", "b", "c"] {
        let crs = flatgeobuf::FgbCrs { code: 4326, ..Default::default() };
        replace(folder.path(), &format!("{name}.fgb"), &fgb_of(points.clone(), true, false, crs));
    }
    let source = folder.path().to_str().unwrap();
    let path = "/xyz/a/8/132/86";
    let whole = limited("tile_features = 100\ntile_collections = 2\ntile_zoom = 8", &[source]);
    let tile = whole.get(path);
    assert_eq!((tile.status, tile.header("veedel-tile-thinned")), (200, ""));
    assert_eq!(whole.get("/xyz/a,b,a/8/132/86").status, 200);
    assert_eq!(whole.get("/xyz/a,b,c/8/132/86").status, 400);
    assert_eq!(whole.get("/xyz/a/9/265/172").status, 404);
    let length = tile.body.len();
    let thinner = limited("tile_features = 99", &[source]);
    assert_eq!(thinner.get(path).header("veedel-tile-thinned"), "a=99/100");
    // What a tile takes is known a few bytes beforehand: the room for its lengths.
    let fitting = limited(&format!("tile_bytes = \"{} B\"", length + 64), &[source]);
    assert_eq!(fitting.get(path).body, tile.body);
    let heavy = limited(&format!("tile_bytes = \"{} B\"", length - 1), &[source]).get(path);
    assert!(heavy.body.len() < length && heavy.header("veedel-tile-thinned").ends_with("/100"));
}

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

/// The invented city with its parts for planning.
pub fn planning(limits: &str) -> (Server, tempfile::NamedTempFile) {
    let example = include_str!("../../examples/rheinfurt/veedel.toml");
    let city = crate::files::city_folder();
    let own = example.replace("../../fixtures/city", city.to_str().unwrap());
    let file = tempfile::NamedTempFile::with_suffix(".toml").unwrap();
    std::fs::write(&file, format!("{own}\n[limits]\n{limits}\n")).unwrap();
    (Server::ready(&["--config", file.path().to_str().unwrap()]), file)
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
