//! Tiles on their way into caches: ours, the browser's, a proxy's.

use crate::files::{one_point, replace};
use crate::server::{Answer, Server};

const TILE: &str = "/xyz/gebaeude/14/8532/5503";

fn coded(server: &Server, coding: &str) -> Answer {
    server.get_with(TILE, &[("accept-encoding", coding)])
}

/// A counter of the server.
pub fn counted(server: &Server, name: &str) -> u64 {
    let text = server.get("/metrics").text();
    let line =
        text.lines().find(|line| line.starts_with(&format!("{name} "))).unwrap_or_else(|| panic!("{text}"));
    line.rsplit(' ').next().unwrap().parse().unwrap()
}

#[test]
fn each_coding_has_a_tag_of_its_own_and_a_304() {
    let server = Server::ready(&[]);
    let mut tags = vec![];
    for coding in ["identity", "gzip", "br", "zstd"] {
        let first = coded(&server, coding);
        assert_eq!(first.status, 200);
        let tag = first.header("etag").to_owned();
        assert!(tag.starts_with('"') && !tags.contains(&tag), "{coding}: {tag}");
        assert_eq!((first.header("vary"), first.header("cache-control")), ("Accept-Encoding", "no-cache"));
        for known in [tag.clone(), format!("W/{tag}"), format!("\"other\", {tag}"), "*".into()] {
            let again = server.get_with(TILE, &[("accept-encoding", coding), ("if-none-match", &known)]);
            assert_eq!((again.status, again.body.len()), (304, 0), "{known}");
            assert_eq!((again.header("etag"), again.header("vary")), (tag.as_str(), "Accept-Encoding"));
        }
        for unknown in tags.iter().map(String::as_str).chain(["\"other\"", ""]) {
            let again = server.get_with(TILE, &[("accept-encoding", coding), ("if-none-match", unknown)]);
            assert_eq!(again.status, 200, "{unknown}");
        }
        tags.push(tag);
    }
}

#[test]
fn every_coding_holds_the_same_tile() {
    let server = Server::ready(&[]);
    let plain = coded(&server, "identity");
    assert_eq!(plain.header("content-encoding"), "");
    for coding in ["gzip", "br", "zstd"] {
        // Twice: as made, and as kept.
        for _ in 0..2 {
            let packed = coded(&server, coding);
            let mut read = vec![];
            let mut body = packed.body.as_slice();
            match packed.header("content-encoding") {
                // What the client of these tests unpacks itself comes without the header.
                "" => read.clone_from(&packed.body),
                "zstd" => zstd::stream::copy_decode(&mut body, &mut read).unwrap(),
                "br" => brotli::BrotliDecompress(&mut body, &mut read).unwrap(),
                "gzip" => {
                    std::io::copy(&mut flate2::read::GzDecoder::new(body), &mut read).unwrap();
                }
                other => panic!("{other}"),
            }
            assert_eq!(read, plain.body, "{coding}");
        }
    }
}

#[test]
fn a_tile_is_made_once_and_again_after_its_rows_changed() {
    let folder = tempfile::tempdir().unwrap();
    replace(folder.path(), "a.fgb", &one_point("eins"));
    let server = Server::ready(&[folder.path().to_str().unwrap()]);
    let path = "/xyz/a/0/0/0";
    let first = server.get(path);
    for _ in 0..5 {
        assert_eq!(server.get(path).body, first.body);
    }
    assert_eq!(
        (counted(&server, "veedel_tiles_made_total"), counted(&server, "veedel_tile_cache_hits_total")),
        (1, 5)
    );
    assert_eq!(counted(&server, "veedel_tile_cache_tiles"), 1);

    replace(folder.path(), "a.fgb", &one_point("zwei"));
    let changed = server.wait_for("the change", |server| {
        // Asked for all the time, so that there is always an answer that could be sent again.
        server.get(path);
        let loaded = server.get("/collections/a/items").text().contains("zwei");
        // From the moment the rows are the new ones the tile is, too.
        loaded.then(|| server.get(path))
    });
    assert_ne!(changed.body, first.body);
    assert_ne!(changed.header("etag"), first.header("etag"));
    let old = server.get_with(path, &[("if-none-match", first.header("etag"))]);
    assert_eq!((old.status, &old.body), (200, &changed.body));
}

/// An answer without what may differ between two of the same.
fn said(answer: &Answer) -> (u16, Vec<(String, String)>, &[u8]) {
    let changing = ["x-request-id", "date", "veedel-as-of"];
    let fields = answer.headers.iter().filter(|(name, _)| !changing.contains(&name.as_str()));
    let mut fields: Vec<(String, String)> =
        fields.map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned())).collect();
    fields.sort();
    (answer.status, fields, &answer.body)
}

#[test]
fn what_is_sent_again_says_what_was_said() {
    let server = Server::ready(&[]);
    let mut ids = std::collections::BTreeSet::new();
    for coding in ["identity", "gzip", "br", "gzip, br;q=0.5"] {
        let first = coded(&server, coding);
        for _ in 0..20 {
            let again = coded(&server, coding);
            assert_eq!(said(&again), said(&first), "{coding}");
            assert!(ids.insert(again.header("x-request-id").to_owned()), "an id of its own");
        }
        let named = server.get_with(TILE, &[("accept-encoding", coding), ("x-request-id", "proxy-9")]);
        assert_eq!((named.header("x-request-id"), &named.body), ("proxy-9", &first.body));
        let known = [("accept-encoding", coding), ("if-none-match", first.header("etag"))];
        assert_eq!(server.get_with(TILE, &known).status, 304);
        assert_eq!(server.get_with(&format!("{TILE}?nothing=1"), &[("accept-encoding", coding)]).status, 400);
    }
    assert!(counted(&server, "veedel_tiles_sent_again_total") > 20, "most were given just before");
}

#[test]
fn nothing_is_sent_again_once_the_configuration_hides_it() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("veedel.toml");
    std::fs::write(&config, "").unwrap();
    let server = Server::ready(&["--config", config.to_str().unwrap()]);
    assert_eq!([(); 5].map(|()| server.get(TILE).status), [200; 5]);
    std::fs::write(&config, "[collections.gebaeude]\nhidden = true\n").unwrap();
    let kill = std::process::Command::new("kill").args(["-HUP", &server.pid().to_string()]).status();
    assert!(kill.unwrap().success());
    server.wait_for("the collection to be gone", |server| {
        // Asked for all the time, so that there is always an answer that could be sent again.
        server.get(TILE);
        (server.get("/collections/gebaeude").status == 404).then_some(())
    });
    assert_eq!(server.get(TILE).status, 404);
}

#[test]
fn without_a_cache_tiles_are_the_same() {
    let (with, without) = (Server::ready(&[]), Server::ready(&["--tile-cache", "0 B"]));
    for coding in ["identity", "gzip"] {
        for _ in 0..2 {
            let [a, b] = [&with, &without].map(|server| coded(server, coding));
            assert_eq!((a.header("etag"), &a.body), (b.header("etag"), &b.body));
        }
    }
    assert_eq!(counted(&without, "veedel_tile_cache_hits_total"), 0);
}

#[test]
fn a_composite_may_be_kept_as_long_as_its_least_patient_part() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("veedel.toml");
    std::fs::write(
        &config,
        "[collections.gebaeude]\nmax_age = \"1h\"\n[collections.strassen]\nmax_age = \"5m\"\n",
    )
    .unwrap();
    let server = Server::ready(&["--config", config.to_str().unwrap()]);
    for (ids, expected) in [
        ("gebaeude", "public, max-age=3600"),
        ("gebaeude,strassen", "public, max-age=300"),
        ("strassen,gebaeude", "public, max-age=300"),
        ("gebaeude,schulen", "no-cache"),
    ] {
        let answer = server.get(&format!("/xyz/{ids}/14/8532/5503"));
        assert_eq!((answer.status, answer.header("cache-control")), (200, expected), "{ids}");
    }
}

#[test]
fn answers_have_ids_and_paths_stay_out_of_the_log_unless_asked_for() {
    let server = Server::ready(&[]);
    let ids =
        [TILE, "/collections", "/nichts"].map(|path| server.get(path).header("x-request-id").to_owned());
    assert!(ids.iter().all(|id| id.len() == 16) && ids[0] != ids[1] && ids[1] != ids[2], "{ids:?}");
    let answer = server.get_with("/health", &[("x-request-id", "proxy-7")]);
    assert_eq!(answer.header("x-request-id"), "proxy-7");
    assert!(!server.log().contains("8532"));

    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("veedel.toml");
    std::fs::write(&config, "access_log = true\n").unwrap();
    let server = Server::ready(&["--config", config.to_str().unwrap()]);
    server.get_with("/collections/schulen/items?name=Geheim", &[("x-request-id", "proxy-8")]);
    server.says("proxy-8");
    let log = server.log();
    let line = log.lines().find(|line| line.contains("proxy-8")).unwrap();
    assert!(line.contains("127.0.0.0") && line.contains("/collections/schulen/items"), "{line}");
    assert!(!log.contains("Geheim") && !log.contains("127.0.0.1 "), "{log}");
}
