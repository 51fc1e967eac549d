//! Every row of the table of limits: at the limit all is well, one beyond it comes what the table says.

#[path = "limits/connections.rs"]
mod connections;
#[path = "limits/queues.rs"]
mod queues;
#[path = "limits/rates.rs"]
mod rates;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

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
                  aggregate_groups = 3\naggregate_columns = 2\ntile_collections = 1\nstyle_collections = 1\ntile_zoom = 10\nchange_clients = 0\n\
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
        ("/styles/light?collections=schulen,kitas".into(), 400, "style_collections", 1),
        ("/xyz/schulen/11/1060/687".into(), 404, "tile_zoom", 10),
        ("/tiles/WebMercatorQuad/10/343/530?collections=schulen,strassen".into(), 400, "tile_collections", 1),
        ("/collections/schulen/tiles/WebMercatorQuad/11/687/1060".into(), 404, "tile_zoom", 10),
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

/// The invented city with its parts for planning.
pub fn planning(limits: &str) -> (Server, tempfile::NamedTempFile) {
    let example = include_str!("../../examples/rheinfurt/veedel.toml");
    let city = crate::files::city_folder();
    let own = example.replace("../../fixtures/city", city.to_str().unwrap());
    let file = tempfile::NamedTempFile::with_suffix(".toml").unwrap();
    std::fs::write(&file, format!("{own}\n[limits]\n{limits}\n")).unwrap();
    (Server::ready(&["--config", file.path().to_str().unwrap()]), file)
}
