//! `/changes`: what clients hear of each commit.

use std::time::Duration;

use crate::feed::table;
use crate::following::{feed_ok, name};
use crate::postgres::database;
use crate::server::Server;

/// What a client hears: a raw request, as no client of ours speaks server-sent events.
#[test]
fn changes_are_told_to_whoever_listens_but_of_nothing_hidden() {
    use std::io::{BufRead, BufReader, Write};
    let database = database("ereignisse");
    table(&database, "t", 50);
    table(&database, "geheim", 50);
    feed_ok(&["install", &database.url()]);
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("veedel.toml");
    let text = format!(
        "sources = [{:?}]\n[limits]\nchange_clients = 2\n[collections.geheim]\nhidden = true\n",
        database.url()
    );
    std::fs::write(&config, text).unwrap();
    let server = Server::ready(&["--config", config.to_str().unwrap()]);
    let listen = |last: Option<&str>| {
        let mut stream = std::net::TcpStream::connect(server.address()).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let last = last.map_or(String::new(), |last| format!("Last-Event-ID: {last}\r\n"));
        write!(stream, "GET /changes HTTP/1.1\r\nHost: x\r\nAccept-Encoding: gzip\r\n{last}\r\n").unwrap();
        BufReader::new(stream)
    };
    let until = |lines: &mut BufReader<std::net::TcpStream>, wanted: &str| {
        let mut all = String::new();
        while !all.lines().last().unwrap_or("").contains(wanted) {
            assert!(lines.read_line(&mut all).unwrap() > 0, "{wanted} in {all}");
        }
        all
    };
    let mut first = listen(None);
    let head = until(&mut first, "listening");
    assert!(head.contains("content-type: text/event-stream") && !head.contains("content-encoding"), "{head}");
    database.sql(
        "UPDATE geheim SET name = 'still' WHERE id = 1; UPDATE t SET geom = 'SRID=4326;POINT(7.01 51.01)' WHERE id = 2",
    );
    let told = until(&mut first, "data: ");
    assert!(!told.contains("geheim"), "{told}");
    let id = told.lines().find_map(|line| line.strip_prefix("id: ")).unwrap().to_owned();
    let data: serde_json::Value = serde_json::from_str(told.rsplit("data: ").next().unwrap().trim()).unwrap();
    assert_eq!(data["collection"], "t");
    // The old place and the new one, as tiles of zoom 12.
    let boxes: Vec<[f64; 4]> = serde_json::from_value(data["boxes"].clone()).unwrap();
    for (x, y) in [(6.902, 50.9), (7.01, 51.01)] {
        assert!(boxes.iter().any(|[w, s, e, n]| *w <= x && x <= *e && *s <= y && y <= *n), "{boxes:?}");
    }
    assert!(boxes.iter().all(|[w, _, e, _]| ((e - w) - 360.0 / 4096.0).abs() < 1e-5), "{boxes:?}");
    // Who comes back gets what was missed; who is unknown is told so; one too many is refused.
    drop(first);
    database.sql("DELETE FROM t WHERE id = 3");
    server.wait_for("the deletion", |server| name(server, "t", "3").is_none().then_some(()));
    let missed = until(&mut listen(Some(&id)), "data: ");
    assert!(missed.contains("event: change"), "{missed}");
    until(&mut listen(Some("1-1")), "event: reset");
    assert_eq!(server.get("/changes?x=1").status, 400);
    // Who has gone is noticed a moment later.
    let mut both = server.wait_for("two places", |_| {
        let mut both = [listen(None), listen(None)];
        both.iter_mut().all(|one| until(one, "HTTP/1.1").contains("200")).then_some(both)
    });
    both.iter_mut().for_each(|one| drop(until(one, "listening")));
    assert!(until(&mut listen(None), "HTTP/1.1").contains("503"));
}
