//! A password is in the URL, in a variable, percent-encoded, right or wrong: it never comes out again.

use std::process::{Command, Stdio};

use crate::postgres::database;
use crate::server::Server;

/// As it is; it needs escapes in a URL.
const CANARY: &str = "Kanarien%vogel@42";
/// Percent-encoded.
const ENCODED: &str = "Kanarien%25vogel%4042";
/// What must not occur anywhere, in any of its spellings.
const PIECES: [&str; 3] = ["anarien", "vogel@", "vogel%40"];

fn assert_silent(what: &str, text: &str) {
    for piece in PIECES {
        assert!(!text.contains(piece), "{piece:?} in {what}:\n{text}");
    }
}

/// Asks what may mention a source, and reads all that the process has written.
fn assert_keeps_the_secret(arguments: &[&str], variables: &[(&str, &str)], is_good: bool) {
    let output = tempfile::NamedTempFile::new().unwrap();
    let server = Server::start_with(arguments, |command| {
        command.stdout(output.reopen().unwrap()).env("VEEDEL_LOG", "debug").envs(variables.iter().copied());
    });
    if is_good {
        server.wait_ready();
    } else {
        server.wait_for("the fault", |server| {
            server.get("/collections").json()["veedel:sources"][0]["away"].as_str().map(|_| ())
        });
    }
    server.signal("-HUP");
    server.says("reloading");
    for path in [
        "/",
        "/collections",
        "/collections?f=html",
        "/collections/t",
        "/collections/t?f=html",
        "/collections/t/items",
        "/collections/t/items?f=html",
        "/collections/t/items/1",
        "/xyz/t.json",
        "/ready",
        "/health",
        "/nirgends",
    ] {
        let answer = server.get(path);
        assert_silent(path, &answer.text());
        assert_silent(path, &format!("{:?}", answer.headers));
    }
    assert_silent("the log", &server.log());
    drop(server);
    assert_silent("standard output", &std::fs::read_to_string(output.path()).unwrap());
}

#[test]
fn a_password_never_comes_out_again() {
    let database = database("geheim");
    database.sql(&format!(
        "CREATE TABLE t (id int PRIMARY KEY, geom geometry(Point, 4326)); INSERT INTO t VALUES (1, 'SRID=4326;POINT(7 51)');
         CREATE ROLE secret LOGIN PASSWORD '{CANARY}'; GRANT SELECT ON t TO secret"
    ));
    let good = database.url_as(&format!("secret:{ENCODED}"));
    let tcp = database.cluster.tcp_url(&format!("secret:{ENCODED}"), "127.0.0.1", &database.name);
    assert_keeps_the_secret(&[&good], &[], true);
    assert_keeps_the_secret(&[&tcp], &[], true);
    assert_keeps_the_secret(&[&format!("{}?password={ENCODED}", database.url_as("secret"))], &[], true);
    assert_keeps_the_secret(&[&database.url_as("secret")], &[("PGPASSWORD", CANARY)], true);
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("veedel.toml");
    let text = format!("sources = [{:?}]\n", database.url_as("secret:${GEHEIM}"));
    std::fs::write(&config, text).unwrap();
    let config = config.to_str().unwrap();
    assert_keeps_the_secret(&["--config", config], &[("GEHEIM", CANARY)], true);

    // A wrong password, the wrong place for it, nobody there, another database, no TLS.
    assert_keeps_the_secret(&[&database.url_as(&format!("secret:{ENCODED}x"))], &[], false);
    assert_keeps_the_secret(&["--config", config], &[("GEHEIM", &format!("{CANARY}x"))], false);
    assert_keeps_the_secret(&[&format!("postgresql://secret:{ENCODED}@127.0.0.1:1/d")], &[], false);
    assert_keeps_the_secret(&[&format!("postgresql://secret:{ENCODED}@gibt.es.invalid/d")], &[], false);
    assert_keeps_the_secret(&[&database.cluster.url(&format!("secret:{ENCODED}"), "keine")], &[], false);
    assert_keeps_the_secret(&[&format!("{tcp}?sslmode=require")], &[], false);
}

#[test]
fn a_malformed_url_is_refused_without_a_word_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("veedel.toml");
    for url in [
        "postgresql://u:Kanarien%vogel@42@h/d",
        "postgresql://u:Kanarien/vogel@42@h/d",
        "postgresql://u:Kanarien#vogel@h/d",
        "postgresql://u:Kanarien?vogel@h/d",
        "postgresql://u:Kanarienvogel@h:port/d",
        "postgresql://u:Kanarienvogel@h:99999/d",
        "postgresql://u:Kanarienvogel@h/d?sslmode=Kanarien",
        "postgresql://u:Kanarienvogel@h/d?Kanarien=1",
        "postgresql://u:Kanarienvogel@[::1/d",
        "postgresql://u:Kanarien vogel@h/d",
        "postgres:/u:Kanarienvogel@h/d://",
        "postgresql:/u:Kanarienvogel@h/d",
        "postgresql:u:Kanarienvogel@h/d",
        "mysql://u:Kanarienvogel@h/d",
        "host=h user=u password=Kanarienvogel",
        "postgresql://u:${KANARIENVOGEL@h/d",
    ] {
        std::fs::write(&config, format!("sources = [{url:?}]\n")).unwrap();
        for arguments in
            [vec!["serve", url], vec!["serve", "--config", config.to_str().unwrap()], vec!["check", url]]
        {
            let mut command = Command::new(env!("CARGO_BIN_EXE_veedel"));
            command.args(&arguments).stdin(Stdio::null());
            if arguments[0] == "serve" {
                command.args(["--listen", "127.0.0.1:0"]);
            }
            let output = command.output().unwrap();
            assert!(!output.status.success(), "{url}");
            let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
            let where_said = format!("the words about {url} {arguments:?}");
            assert!(!said.trim().is_empty());
            assert!(!said.to_lowercase().contains("anarien"), "{where_said}:\n{said}");
            assert!(!said.contains("vogel@"), "{where_said}:\n{said}");
        }
    }
}
