//! How the server starts, refuses to start, and stops.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Output};
use std::time::Duration;

use crate::files::{city_folder, one_point, replace, some_of_the_city};
use crate::server::Server;

fn run(arguments: &[&str]) -> (Option<i32>, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_veedel"));
    let Output { status, stdout, stderr } = command.args(arguments).env("NO_COLOR", "1").output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (status.code(), text(stdout), text(stderr))
}

#[test]
fn a_port_in_use_is_said_and_ends_it() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let (code, _, errors) = run(&["serve", "--listen", &address]);
    assert_eq!(code, Some(1));
    assert!(errors.contains(&address) && errors.contains("--listen"), "{errors}");
    assert!(!errors.contains("panicked"), "{errors}");
}

#[test]
fn three_mistakes_are_three_lines_with_their_numbers() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("veedel.toml");
    std::fs::write(&file, "listne = \"127.0.0.1:1\"\n\nmemory_budget = \"viel\"\n[limits]\ntile_zoom = 99\n")
        .unwrap();
    let path = file.to_str().unwrap();
    for command in [&["serve", "--config", path, "--listen", "127.0.0.1:0"][..], &["check", "--config", path]]
    {
        let (code, _, errors) = run(command);
        assert_eq!(code, Some(1), "{errors}");
        let lines: Vec<&str> = errors.lines().collect();
        assert_eq!(lines.len(), 3, "{errors}");
        for (line, number) in lines.iter().zip([1, 3, 5]) {
            assert!(line.contains(&format!("veedel.toml:{number}:")), "{line}");
        }
    }
}

#[test]
fn check_says_what_would_be_served() {
    let city = city_folder();
    let (code, words, errors) = run(&["check", city.to_str().unwrap()]);
    assert_eq!((code, errors.as_str()), (Some(0), ""));
    for id in ["schulen", "strassen", "bevoelkerung"] {
        assert!(words.contains(id), "{words}");
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("veedel.toml");
    std::fs::write(&file, "sources = [\"fehlt\"]\n").unwrap();
    let (code, words, errors) = run(&["check", "--config", file.to_str().unwrap()]);
    assert_eq!(code, Some(1));
    assert!((words + &errors).contains("fehlt"));
    std::fs::write(&file, "[collections.schuln]\nhidden = true\n").unwrap();
    let (code, _, errors) = run(&["check", city.to_str().unwrap(), "--config", file.to_str().unwrap()]);
    assert_eq!(code, Some(1));
    assert!(errors.contains("schuln") && errors.contains("schulen"), "{errors}");
}

#[test]
fn a_folder_that_is_missing_is_said_and_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let later = folder.path().join("später");
    let server = Server::start(&[later.to_str().unwrap()]);
    server.says("später");
    assert_eq!((server.get("/health").status, server.get("/ready").status), (200, 503));
    let sources = server.wait_for("the source's state", |server| {
        let document = server.get("/collections").json();
        document["veedel:sources"][0]["away"].as_str().map(str::to_owned)
    });
    assert!(sources.contains("cannot be read"), "{sources}");
    std::fs::create_dir(&later).unwrap();
    replace(&later, "a.fgb", &one_point("da"));
    server.wait_for("the folder", |server| (server.get("/collections/a/items").status == 200).then_some(()));
    server.wait_ready();
}

#[test]
fn what_goes_beyond_the_memory_is_refused_with_words() {
    let (code, _, errors) = run(&["serve", "--memory-budget", "1MiB", "--listen", "127.0.0.1:0"]);
    assert_eq!(code, Some(1));
    assert!(errors.contains("--memory-budget") && errors.contains("1MiB"), "{errors}");

    let folder = some_of_the_city(&["adressen", "schulen", "gebaeude"]);
    let row = "1,".to_owned() + &"Lindenallee ".repeat(100) + "\n";
    std::fs::write(folder.path().join("riesig.csv"), "id,text\n".to_owned() + &row.repeat(12_000)).unwrap();
    let server = Server::ready(&[folder.path().to_str().unwrap(), "--memory-budget", "16MiB"]);
    let document = server.get("/collections").json();
    let refused = document["veedel:sources"][0]["notServed"].as_array().unwrap();
    assert_eq!(refused.len(), 1, "{refused:?}");
    assert!(refused[0]["name"].as_str().unwrap().ends_with(".riesig"));
    assert!(refused[0]["why"].as_str().unwrap().contains("memory"), "{refused:?}");
    assert!(refused[0]["hint"].as_str().unwrap().contains("--memory-budget"), "{refused:?}");
    server.says("riesig is not served");
    for (id, count) in [("schulen", 12), ("adressen", 4361), ("gebaeude", 4393)] {
        assert_eq!(server.get(&format!("/collections/{id}/items")).json()["numberMatched"], count);
    }
    assert_eq!(server.get("/collections/riesig/items").status, 404);
    std::fs::remove_file(folder.path().join("riesig.csv")).unwrap();
    server.wait_for("the refusal to go", |server| {
        let document = server.get("/collections").json();
        document["veedel:sources"][0]["notServed"].as_array().unwrap().is_empty().then_some(())
    });
}

#[test]
fn sigterm_lets_requests_finish_and_ends_well() {
    let mut server = Server::ready(&[]);
    let mut socket = TcpStream::connect(server.address()).unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    write!(socket, "GET /collections/gebaeude/items?limit=4393 HTTP/1.1\r\nhost: x\r\n\r\n").unwrap();
    let mut first = [0; 1];
    socket.read_exact(&mut first).unwrap();
    server.signal("-TERM");
    let mut rest = vec![];
    socket.read_to_end(&mut rest).unwrap();
    assert!(rest.ends_with(b"0\r\n\r\n"), "the answer is whole: {} bytes", rest.len());
    assert_eq!(server.wait_exit(Duration::from_secs(10)), Some(0), "{}", server.log());
    server.says("stopped");
}

#[test]
fn sighup_reads_again_and_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    replace(folder.path(), "a.fgb", &one_point("a"));
    let mut server = Server::ready(&[folder.path().to_str().unwrap()]);
    let loaded = server.get("/collections/a").json()["veedel:loadedAt"].clone();
    server.signal("-HUP");
    server.wait_for("a second reading", |server| {
        (server.get("/collections/a").json()["veedel:loadedAt"] != loaded).then_some(())
    });
    assert!(server.is_alive());
}

#[test]
fn curves_become_lines() {
    let folder = tempfile::tempdir().unwrap();
    // Written by GDAL's ogr2ogr; one of each curve type, and a polygon without curves.
    let tests = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/folder");
    for name in ["curves.fgb", "curves.schema.toml"] {
        std::fs::copy(tests.join(name), folder.path().join(name)).unwrap();
    }
    let server = Server::ready(&[folder.path().to_str().unwrap()]);
    let about = server.get("/collections/curves").json();
    assert_eq!(about["veedel:report"], "5 with curves made lines", "{about}");
    let crs = "http://www.opengis.net/def/crs/EPSG/0/25832";
    let items = server.get(&format!("/collections/curves/items?crs={crs}")).json();
    let kinds: Vec<&str> = items["features"]
        .as_array()
        .unwrap()
        .iter()
        .map(|feature| feature["geometry"]["type"].as_str().unwrap())
        .collect();
    let expected = ["LineString", "LineString", "Polygon", "MultiLineString", "MultiPolygon", "Polygon"];
    assert_eq!(kinds, expected);
    use geo::{Area, Euclidean, Length};
    let shape = |at: usize| crate::files::geometry(&items["features"][at]);
    let geo::Geometry::LineString(half) = shape(0) else { panic!("no line") };
    assert_eq!(half.0.len(), 65, "a half circle has 64 segments");
    assert!((Euclidean.length(&half) - 10.0 * std::f64::consts::PI).abs() < 0.01);
    let circle = 100.0 * std::f64::consts::PI;
    assert!((shape(2).unsigned_area() - circle).abs() < 0.2, "{}", shape(2).unsigned_area());
    assert!((shape(4).unsigned_area() - circle - 100.0).abs() < 0.2, "{}", shape(4).unsigned_area());
    assert_eq!(shape(5).unsigned_area(), 100.0);
    let tile = server.get("/xyz/curves/14/8532/5504");
    crate::mvt::read(&tile.body, "curves");
}

#[test]
fn sighup_takes_over_what_the_configuration_says_of_collections() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("veedel.toml");
    let write = |text: &str| std::fs::write(&file, text).unwrap();
    write("[collections.schulen]\ntitle = \"Alt\"\n");
    let server = Server::ready(&["--config", file.to_str().unwrap()]);
    let tile = "/xyz/schulen/12/2133/1376";
    let has_kind = |server: &Server| {
        let layers = crate::mvt::read(&server.get(tile).body, tile);
        layers["schulen"].iter().any(|school| school.attributes.contains_key("schulart"))
    };
    let title = |server: &Server| server.get("/collections/schulen").json()["title"].clone();
    assert!(has_kind(&server) && title(&server) == "Alt");

    write(
        "[collections.schulen]\ntitle = \"Neu\"\nhide = \"schulart\"\n[collections.kitas]\nhidden = true\n",
    );
    server.signal("-HUP");
    server.wait_for("the new title", |server| (title(server) == "Neu").then_some(()));
    assert!(!has_kind(&server), "a tile kept from before shows what is hidden now");
    assert_eq!(server.get("/collections/kitas").status, 404);
    assert_eq!(server.get("/collections/schulen/items?schulart=Gymnasium").status, 400);

    write("language = \"en\"\n[collections.schulen]\ntitle = 5\n");
    server.signal("-HUP");
    server.says("stays as it was");
    assert!(title(&server) == "Neu" && !has_kind(&server));

    write("language = \"en\"\n");
    server.signal("-HUP");
    server.wait_for("the old title", |server| (title(server) != "Neu").then_some(()));
    assert!(has_kind(&server));
    server.says("language was changed, which needs a restart");
}

#[test]
fn a_password_that_travels_unchecked_is_told_in_the_log() {
    let server = Server::start(&["postgresql://leser:kanarienvogel@db.invalid/stadt"]);
    server.says("WARN the password for postgresql://leser@db.invalid:5432/stadt travels");
    let log = server.log();
    assert!(log.contains("sslmode=verify-full") && !log.contains("kanarienvogel"), "{log}");
}
