//! Callers by their keys: who brings which, what each sees, and how what is wrong is refused.

use std::process::Command;
use std::time::{Duration, Instant};

use crate::files::{renamed, replace, some_of_the_city};
use crate::likeness::{ADDRESS, Likeness};
use crate::place::{Place, basic, bearer};
use crate::server::{Answer, Server};

pub fn asked(server: &Server, path: &str, authorization: &str) -> Answer {
    server.get_with(path, &[("authorization", authorization)])
}

pub const ROLES: &str = "[access.roles.jugendamt]\n[access.roles.statistik]\n";

/// What everyone sees are city Kitas and three columns; the office sees all.
const RULES: &str = "[collections.kitas.access]\n\
    rows = { everyone = \"plaetze > 60\", jugendamt = \"TRUE\" }\n\
    show = { everyone = [\"kita_id\", \"name\", \"plaetze\"], jugendamt = [\"kita_id\", \"name\", \"plaetze\", \"traeger\"] }\n\
    [collections.schulen.access]\nread = [\"jugendamt\"]\n";

#[test]
fn what_is_no_key_in_force_is_refused_at_every_door_and_never_anonymous() {
    let place = Place::new(&format!("access_log = true\n{ROLES}{RULES}"));
    let key = place.add(&["Jugendamt", "--role", "jugendamt"]);
    let old = place.add(&["Alt", "--role", "jugendamt", "--expires", "2020-01-01"]);
    let server = place.server();
    let tile = "/xyz/strassen/14/8532/5503";
    assert_eq!(server.get(tile).status, 200);
    assert_eq!(server.get(tile).status, 200, "kept");
    let other = format!("vdl_{}_{}", "0".repeat(8), "0".repeat(64));
    let changed = format!("{}{}", &key[..76], if key.ends_with('0') { '1' } else { '0' });
    for bad in [
        "Bearer".to_owned(),
        "Bearer x".into(),
        "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0.".into(),
        bearer(&other),
        bearer(&changed),
        bearer(&old),
        bearer(&key.to_uppercase()),
        basic("anna", "geheim"),
        basic("anna", &changed),
        "Basic %%%".into(),
        "Negotiate x".into(),
        key.clone(),
    ] {
        for path in ["/", "/collections", tile, "/health", "/nothing", "/collections/kitas/items", "/api"] {
            let answer = asked(&server, path, &bad);
            assert_eq!(answer.status, 401, "{bad} {path}");
            assert_eq!(answer.header("www-authenticate"), "Bearer realm=\"veedel\"", "{path}");
            assert_eq!(answer.header("cache-control"), "no-store", "{path}");
        }
    }
    for good in [bearer(&key), basic("anna", &key)] {
        assert_eq!(asked(&server, tile, &good).status, 200);
        assert_eq!(asked(&server, "/collections/schulen", &good).status, 200);
    }
    // A browser sends Basic by itself.
    let from_page = [("authorization", basic("a", &key)), ("origin", "https://example.com".into())];
    let from_page: Vec<(&str, &str)> =
        from_page.iter().map(|(name, value)| (*name, value.as_str())).collect();
    assert_eq!(server.get_with(tile, &from_page).status, 401);
    // Not in an address, where logs and histories keep it.
    for path in
        [format!("/collections?key={key}"), format!("/collections/{key}"), format!("/xyz/{key}/0/0/0")]
    {
        assert_eq!(server.get(&path).status, 400, "{path}");
    }
    server.wait_for("three lines", |server| {
        (server.log().matches("path=\"(a key)\"").count() == 3).then_some(())
    });
    let log = server.log();
    assert!(!log.contains(&key[12..]) && !log.contains(&key[4..12]), "{log}");
    let file = std::fs::read_to_string(place.folder.path().join("state/keys.json")).unwrap();
    assert!(file.contains(&key[4..12]) && !file.contains(&key[13..]), "{file}");
}

#[test]
fn the_sentence_is_the_reason_of_the_status_line() {
    use std::io::{Read, Write};
    let place = Place::new(ROLES);
    let server = place.server();
    let mut connection = std::net::TcpStream::connect(server.address()).unwrap();
    let request = "GET / HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer x\r\nConnection: close\r\n\r\n";
    connection.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    connection.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 401 the credentials are no key of this server\r\n"), "{answer}");
}

#[test]
fn a_key_is_made_listed_used_and_revoked_while_the_server_runs() {
    let place = Place::new(&format!("{ROLES}{RULES}"));
    let server = place.server();
    let path = "/collections/schulen/items";
    assert_eq!(server.get(path).status, 404);
    let key = place.add(&["Jugendamt", "--role", "jugendamt"]);
    server.wait_for("the key", |server| (asked(server, path, &bearer(&key)).status == 200).then_some(()));
    // A role that is not allowed to see it has another key.
    let other = place.add(&["Statistik", "--role", "statistik", "--expires", "2999-12-31"]);
    server.wait_for("the key", |server| (asked(server, "/", &bearer(&other)).status == 200).then_some(()));
    assert_eq!(asked(&server, path, &bearer(&other)).status, 404);

    let list = String::from_utf8(place.key(&["list"]).stdout).unwrap();
    assert!(list.contains(&format!("vdl_{}…; Jugendamt; roles jugendamt", &key[4..12])), "{list}");
    assert!(list.contains("expires 3000-01-01T00:00:00Z") && !list.contains(&key[13..]), "{list}");
    for (arguments, said) in [
        (vec!["add", "Jugendamt", "--role", "jugendamt"], "there is a key of the name"),
        (vec!["add", "X", "--role", "jugentamt"], "there is no role \"jugentamt\""),
        (vec!["add", " ", "--role", "jugendamt"], "is no name"),
        (vec!["revoke", "X"], "there is no key \"X\" in force"),
    ] {
        let refused = place.key(&arguments);
        let text = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(!refused.status.success() && refused.stdout.is_empty() && text.contains(said), "{text}");
    }

    let begun = Instant::now();
    let revoked = place.key(&["revoke", "Jugendamt"]);
    assert!(revoked.status.success(), "{revoked:?}");
    server.wait_for("the end of the key", |server| {
        (asked(server, path, &bearer(&key)).status == 401).then_some(())
    });
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    assert_eq!(asked(&server, "/", &bearer(&other)).status, 200);
}

#[test]
fn a_state_that_others_may_read_is_refused() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::new(ROLES);
    place.add(&["a", "--role", "jugendamt"]);
    let file = place.folder.path().join("state/keys.json");
    assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_veedel"));
    let refused =
        command.args(["serve", "--listen", "127.0.0.1:0", "--config"]).arg(place.config()).output().unwrap();
    let text = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success() && text.contains("mode 644") && text.contains("chmod 600"), "{text}");
}

/// Everyone sees exactly a server that has only the granted rows and columns, and the office one
/// that has no rules.
#[test]
fn everyone_and_the_office_each_see_a_server_of_their_own() {
    let names = ["kitas", "schulen", "spielplaetze", "quartiere"];
    let config = |folder: &std::path::Path, rules: &str| {
        Place::new(&format!("sources = {:?}\npublic_url = {ADDRESS:?}\n{rules}", folder.to_str().unwrap()))
    };
    let (_whole, whole) = renamed(some_of_the_city(&names));
    let (_part, part) = renamed(some_of_the_city(&names[..1]));
    let (_others, others) = renamed(some_of_the_city(&names[2..]));
    let (_all, all) = renamed(some_of_the_city(&names));
    let open = Server::ready(&[all.to_str().unwrap()]);
    let query =
        "filter=plaetze%3E60&properties=kita_id,name,plaetze&crs=http://www.opengis.net/def/crs/EPSG/0/25832";
    let rows = open.get(&format!("/collections/kitas/download.fgb?{query}"));
    assert_eq!(rows.status, 200, "{}", rows.text());
    replace(&part, "kitas.fgb", &rows.body);
    for file in std::fs::read_dir(&others).unwrap() {
        let file = file.unwrap().path();
        std::fs::copy(&file, part.join(file.file_name().unwrap())).unwrap();
    }
    let sidecar = std::fs::read_to_string(part.join("kitas.schema.toml")).unwrap();
    let kept: Vec<&str> = sidecar
        .split("\n[")
        .filter(|section| {
            !section.starts_with("columns.")
                || ["kita_id", "name", "plaetze"]
                    .iter()
                    .any(|name| section.starts_with(&format!("columns.{name}]")))
        })
        .collect();
    replace(&part, "kitas.schema.toml", kept.join("\n[").as_bytes());

    let rules = format!(
        "{ROLES}[collections.schulen.access]\nread = [\"jugendamt\"]\n\
        [collections.kitas.access]\nrows = {{ everyone = \"plaetze > 60\", jugendamt = \"TRUE\" }}\n\
        show = {{ everyone = [\"kita_id\", \"name\", \"plaetze\"], jugendamt = [\"kita_id\", \"name\", \"plaetze\", \"traeger\", \"angebote\"] }}\n"
    );
    let (place, twin) = (config(&whole, &rules), config(&part, ""));
    let key = place.add(&["Jugendamt", "--role", "jugendamt"]);
    let (server, twin) = (place.server(), twin.server());
    let paths = [&whole, &part].map(|path| path.to_str().unwrap().to_owned());
    // The office first: nothing that was made for it is kept for everyone.
    let schools = "/collections/schulen/items?limit=5";
    for path in
        [schools, "/collections", "/collections/kitas/items", "/xyz/kitas/0/0/0", "/search?q=Kita", "/api"]
    {
        assert_eq!(asked(&server, path, &bearer(&key)).status, 200, "{path}");
    }
    let mut likeness = Likeness::of(&server, &twin).calling(&paths);
    likeness.crawl();
    for question in [
        "/collections/schulen",
        "/collections/schulen/items",
        "/collections/schulen/items/1",
        "/xyz/schulen/0/0/0",
        "/xyz/kitas,schulen/0/0/0",
        "/search?q=Schule",
        "/search?q=Kita",
        "/collections/kitas/items?filter=traeger%20IS%20NULL",
        "/collections/kitas/items?sortby=traeger",
        "/collections/kitas/aggregate?group-by=traeger",
        "/collections/kitas/items?q=Kirche",
        "/styles/light",
        "/styles/kitas",
    ] {
        likeness.get(question);
    }
    likeness.end();
    // The office sees all rows, and what it may keep is its own.
    let all = asked(&server, "/collections/kitas/items?limit=1000", &bearer(&key));
    assert_eq!(all.json()["numberMatched"], open.get("/collections/kitas/items").json()["numberMatched"]);
    assert!(all.header("cache-control").starts_with("private"), "{}", all.header("cache-control"));
    assert!(
        all.text().contains("traeger")
            && !server.get("/collections/kitas/items?limit=1000").text().contains("traeger")
    );
}

#[test]
fn a_page_says_as_whom_one_sees_it_and_is_stored_for_nobody_else() {
    let place = Place::new(&format!("{ROLES}{RULES}"));
    let key = place.add(&["Jugendamt", "--role", "jugendamt"]);
    let server = place.server();
    let sentence = "Sie sehen, was die Rolle jugendamt sieht.";
    assert_eq!(asked(&server, "/?f=json&lang=de", &bearer(&key)).json()["veedel:seenAs"], sentence);
    assert!(server.get("/?f=json&lang=de").json().get("veedel:seenAs").is_none());
    // The last two are about nothing that rules are about.
    for path in ["/collections", "/collections/kitas", "/tileMatrixSets", "/collections/strassen/items"] {
        let page = asked(&server, &format!("{path}?f=html&lang=de"), &bearer(&key));
        assert!(page.status == 200 && page.text().contains(sentence), "{path}");
        assert!(page.header("cache-control").starts_with("private"), "{path}");
        assert!(!server.get(&format!("{path}?f=html&lang=de")).text().contains("Sie sehen, was"), "{path}");
    }
}

#[test]
fn what_is_protected_is_stored_nowhere_and_open_to_nobody_else() {
    let place = Place::new(&format!(
        "{ROLES}[collections.schulen.access]\nprotected = true\nread = [\"jugendamt\"]\nshow = {{ jugendamt = [\"name\"] }}\n"
    ));
    let key = place.add(&["Jugendamt", "--role", "jugendamt"]);
    let server = place.server();
    for path in [
        "/collections/schulen/items",
        "/xyz/schulen/14/8532/5503",
        "/xyz/kitas,schulen/14/8532/5503",
        "/collections",
    ] {
        let own = asked(&server, path, &bearer(&key));
        assert!(own.status == 200 || own.status == 204, "{path}: {}", own.status);
        assert_eq!(own.header("cache-control"), "no-store", "{path}");
    }
    assert_eq!(server.get("/collections").header("cache-control"), "no-cache");
    let kitas = asked(&server, "/xyz/kitas/14/8532/5503", &bearer(&key));
    assert_eq!(kitas.header("cache-control"), server.get("/xyz/kitas/14/8532/5503").header("cache-control"));
    let text = asked(&server, "/collections/schulen/items", &bearer(&key)).text();
    assert!(text.contains("\"name\"") && !text.contains("schulart"), "{text}");
    assert_eq!(server.get("/collections/schulen/items").status, 404);
}

/// An answer at the address of one collection may be about another, and a document about all.
#[test]
fn an_answer_that_may_be_about_a_collection_with_rules_varies_by_the_caller() {
    let rules = "[collections.bezirke.access]\nrows = { everyone = \"FALSE\", jugendamt = \"TRUE\" }\n";
    let place = Place::new(&format!("{ROLES}{rules}"));
    let key = place.add(&["Jugendamt", "--role", "jugendamt"]);
    let server = place.server();
    for (path, is_public) in [
        ("/collections/kitas/aggregate?group-by-area=bezirke", false),
        ("/collections/bezirke/items", false),
        ("/collections/bezirke", false),
        ("/collections", false),
        ("/metrics", false),
        ("/ready", false),
        ("/api", false),
        ("/search?q=Bezirk", false),
        ("/styles/light", false),
        ("/xyz/kitas,bezirke/0/0/0", false),
        ("/xyz/bezirke:borders/0/0/0", false),
        ("/collections/kitas/items", true),
        ("/collections/kitas/download.csv", true),
        ("/collections/kitas/schema", true),
        ("/xyz/kitas/0/0/0", true),
        ("/conformance", true),
        ("/fonts", true),
    ] {
        for answer in [server.get(path), asked(&server, path, &bearer(&key))] {
            assert!([200, 204].contains(&answer.status), "{path}: {}", answer.status);
            let varies = answer.header("vary").contains("Authorization");
            assert_eq!(varies, !is_public, "{path}");
        }
        let own = asked(&server, path, &bearer(&key));
        // What is stored nowhere is not stored by others either.
        let control = own.header("cache-control");
        let is_his_alone = control.starts_with("private") || control == "no-store";
        assert_eq!(is_his_alone, !is_public, "{path}: {control}");
    }
}

#[test]
fn a_stream_of_changes_ends_with_a_key() {
    use std::io::{BufRead, BufReader, Write};
    let place = Place::new(&format!("{ROLES}{RULES}"));
    let key = place.add(&["Jugendamt", "--role", "jugendamt"]);
    let server = place.server();
    let mut connection = std::net::TcpStream::connect(server.address()).unwrap();
    connection.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    write!(connection, "GET /changes HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {key}\r\n\r\n").unwrap();
    let mut lines = BufReader::new(connection).lines();
    assert_eq!(lines.next().unwrap().unwrap(), "HTTP/1.1 200 OK");
    assert!(place.key(&["revoke", "Jugendamt"]).status.success());
    // The last chunk has the length 0.
    let begun = Instant::now();
    assert!(lines.map(Result::unwrap).any(|line| line == "0"), "the stream goes on");
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
}

#[test]
fn check_says_which_rules_close() {
    let place = Place::new(&format!(
        "{ROLES}[collections.kitas.access]\nrows = {{ jugendamt = \"gibtsnicht = 1\" }}\nshow = {{ statistik = [\"telefon\"] }}\n\
         [collections.kita.access]\nread = [\"jugendamt\"]\n"
    ));
    let run = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_veedel"));
        let output = command.args(arguments).arg("--config").arg(place.config()).output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (output.status.success(), text(&output.stdout) + &text(&output.stderr))
    };
    let (is_well, said) = run(&["check"]);
    for part in [
        "closed to callers in the role jugendamt: the filter, at character 1, names \"gibtsnicht\"",
        "closed to callers in the role statistik: there is no column \"telefon\"",
        "no source has a collection \"kita\"",
        "collection kitas is seen by roles",
    ] {
        assert!(!is_well && said.contains(part), "{part}: {said}");
    }
    // And it is closed.
    let key = place.add(&["a", "--role", "jugendamt"]);
    let server = place.server();
    assert_eq!(asked(&server, "/collections/kitas", &bearer(&key)).status, 404);
    assert_eq!(server.get("/collections/kitas").status, 200);
}

#[test]
fn rules_are_explained_in_words() {
    let place = Place::new(&format!(
        "{ROLES}{RULES}[collections.spielplaetze.access]\nedit = {{ jugendamt = [\"update\"] }}\nedit_rows = {{ jugendamt = \"flaeche > 100\" }}\n"
    ));
    let say = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_veedel"));
        let output =
            command.arg("access").args(arguments).arg("--config").arg(place.config()).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    let explain = |roles: &[&str], collection| {
        let roles = roles.iter().flat_map(|role| ["--role", *role]);
        let arguments: Vec<&str> = ["explain", "--collection", collection].into_iter().chain(roles).collect();
        say(&arguments)
    };
    assert_eq!(
        explain(&[], "kitas"),
        "everyone sees rows with \"plaetze\" > 60 and the columns kita_id, name, plaetze of kitas\n"
    );
    assert_eq!(
        explain(&["statistik"], "schulen"),
        "statistik does not see schulen: it does not exist in any answer\n"
    );
    assert!(explain(&["jugendamt", "statistik"], "kitas").ends_with("the columns that each of them shows\n"));
    assert!(
        explain(&["jugendamt"], "spielplaetze")
            .contains("jugendamt may update features with \"flaeche\" > 100")
    );
    assert!(explain(&[], "bezirke").contains("as there are no rules for it"));
    assert_eq!(explain(&["x"], "kitas"), "");
    let matrix = say(&["matrix"]);
    assert!(matrix.lines().count() >= 9 && matrix.contains("jugendamt sees all rows"), "{matrix}");
}
