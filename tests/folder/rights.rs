//! Downloads under way end when the right to them is lost, and all others go on.

use std::io::Write;
use std::net::TcpStream;
use std::time::Duration;

use crate::callers::{ROLES, asked};
use crate::http2::{frame, get, hello, next_frame};
use crate::place::{Place, bearer};
use crate::server::Server;

/// A download of which the client has taken the first 64 KiB and takes no more yet.
struct Download(TcpStream);

impl Download {
    fn begin(server: &Server, path: &str, key: &str) -> Download {
        let mut socket = TcpStream::connect(server.address()).unwrap();
        socket.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let key = bearer(key);
        let fields = [(":authority", "x"), ("authorization", key.as_str())];
        let fields = if key.len() > 10 { &fields[..] } else { &fields[..1] };
        socket.write_all(&[hello((1 << 16) - 1), get(1, path, fields)].concat()).unwrap();
        let mut taken = 0;
        while taken < (1 << 16) - 1 {
            match next_frame(&mut socket).expect("the connection goes on") {
                (0, 1, data) => taken += data.len(),
                (kind, ..) => assert!(matches!(kind, 1 | 4 | 8), "{path}: frame {kind}"),
            }
        }
        Download(socket)
    }

    /// Takes the rest. Whether it comes whole.
    fn comes_whole(mut self) -> bool {
        let more = (1_u32 << 30).to_be_bytes();
        for stream in [0, 1] {
            self.0.write_all(&frame(8, 0, stream, &more)).unwrap();
        }
        let mut last = 1;
        loop {
            match next_frame(&mut self.0).expect("the connection goes on") {
                // After the last piece there is an empty one.
                (0, 1, data) if data.is_empty() => return true,
                (0, 1, data) => last = data.len(),
                (3, 1, _) => return false,
                (kind, ..) => assert!(matches!(kind, 4 | 6 | 8), "frame {kind} after {last}"),
            }
        }
    }
}

const PATHS: [&str; 3] = [
    "/collections/gebaeude/download.ndjson",
    "/collections/gebaeude/download.geojson",
    "/collections/gebaeude/download.fgb",
];

#[test]
fn a_download_ends_with_the_key_and_others_go_on() {
    let place = Place::new(&format!(
        "[limits]\ndownloads_at_once = 60\n{ROLES}\
         [collections.gebaeude.access]\nread = [\"jugendamt\", \"statistik\"]\n"
    ));
    let [first, second] = ["Eins", "Zwei"].map(|name| place.add(&[name, "--role", "jugendamt"]));
    let server = place.server();
    let of = |key: &str| PATHS.map(|path| Download::begin(&server, path, key));
    let (lost, kept) = (of(&first), of(&second));
    let public = Download::begin(&server, "/collections/adressen/download.ndjson", "");
    assert!(place.key(&["revoke", "Eins"]).status.success());
    server.wait_for("the end of the key", |server| {
        (asked(server, "/", &bearer(&first)).status == 401).then_some(())
    });
    // Streams of changes end in the same moment.
    std::thread::sleep(Duration::from_millis(500));
    assert_eq!(lost.map(Download::comes_whole), [false; 3]);
    assert_eq!(kept.map(Download::comes_whole), [true; 3]);
    assert!(public.comes_whole());
}

#[test]
fn a_hundred_downloads_end_with_other_rules_and_others_go_on() {
    let place = Place::new("");
    let configure = |rules: &str| {
        let limits = "[limits]\ndownloads_at_once = 250\n";
        let text = format!("state = \"state\"\n{limits}{ROLES}[collections.gebaeude.access]\n{rules}\n");
        std::fs::write(place.config(), text).unwrap();
    };
    configure("rows = { everyone = \"TRUE\" }");
    let key = place.add(&["Amt", "--role", "jugendamt"]);
    let server = place.server();
    let columns = |key: &str| {
        let schema = asked(&server, "/collections/gebaeude/schema", &bearer(key));
        schema.json()["properties"].as_object().map(|columns| columns.len())
    };
    let all = columns(&key);
    // The rules that come, and whether the downloads of everyone and of the office are whole.
    for (rules, are_whole) in [
        ("rows = { everyone = \"FALSE\", jugendamt = \"TRUE\" }", [false, true]),
        ("rows = { everyone = \"TRUE\" }\nshow = { jugendamt = [\"id\"] }", [true, false]),
        ("read = [\"statistik\"]", [false, false]),
    ] {
        configure("rows = { everyone = \"TRUE\" }");
        server.signal("-HUP");
        server.wait_for("the first rules", |server| {
            let is_open = server.get("/collections/gebaeude/items").json()["numberMatched"] == 4393;
            (is_open && columns(&key) == all).then_some(())
        });
        let begin = |_| ["", &key].map(|key| Download::begin(&server, PATHS[0], key));
        let downloads: Vec<[Download; 2]> = (0..50).map(begin).collect();
        let other = Download::begin(&server, "/collections/adressen/download.ndjson", "");
        configure(rules);
        server.signal("-HUP");
        server.wait_for("the other rules", |server| {
            let is_open = server.get("/collections/gebaeude/items").json()["numberMatched"] == 4393;
            (!is_open || columns(&key) != all).then_some(())
        });
        for both in downloads {
            assert_eq!(both.map(Download::comes_whole), are_whole, "{rules}");
        }
        assert!(other.comes_whole());
    }
}
