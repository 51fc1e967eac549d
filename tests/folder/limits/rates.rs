//! How many requests and planning questions a second a client and a key may ask.

use std::process::Command;
use std::time::{Duration, Instant};

use super::{limited, planning, send};
use crate::server::{Answer, Server};

const TILE: &str = "/xyz/strassen/14/8532/5503";

/// A little more than the time after which whoever waits may ask again.
const MOMENT: Duration = Duration::from_millis(1_100);

fn ask(server: &Server, client: &str, path: &str) -> Answer {
    server.get_with(path, &[("x-forwarded-for", client)])
}

/// Asks with these header fields until it is too much, and checks how often it went well.
fn ask_too_much(server: &Server, path: &str, fields: &[(&str, &str)], rate: usize) -> Answer {
    let (began, mut good) = (Instant::now(), 0);
    loop {
        let answer = server.get_with(path, fields);
        if answer.status == 429 {
            assert_eq!(answer.header("retry-after"), "1", "{path}");
            assert_eq!(answer.header("content-type"), "application/problem+json");
            assert_eq!(answer.json()["limit"]["value"], rate, "{}", answer.text());
            let most = rate + (began.elapsed().as_secs_f64() * rate as f64).ceil() as usize;
            assert!((rate..=most).contains(&good), "{good} instead of {rate} to {most}");
            return answer;
        }
        good += 1;
        assert!(good < 200, "{path} is never too much");
    }
}

/// Whether one of some answers is that there were too many before.
fn is_throttled(ask: impl Fn() -> Answer) -> bool {
    (0..20).any(|_| ask().status == 429)
}

#[test]
fn so_many_requests_a_second_are_answered_and_after_a_moment_again() {
    let server = limited("requests_per_second = 3", &[]);
    for path in ["/collections", "/xyz/strassen/14/8533/5503", "/", "/nothing"] {
        let client = [("x-forwarded-for", "203.0.113.9")];
        let refusal = ask_too_much(&server, path, &client, 3);
        assert_eq!(refusal.json()["limit"]["name"], "requests_per_second");
        std::thread::sleep(MOMENT);
    }
    // A kept tile counts, and the same for all of a /64.
    for client in ["203.0.113.7", "203.0.113.8"] {
        assert_eq!(ask(&server, client, TILE).status, 200);
    }
    ask_too_much(&server, TILE, &[("x-forwarded-for", "2001:db8::1")], 3);
    for client in ["2001:db8::ffff:1", "2001:db8::2"] {
        assert!(is_throttled(|| ask(&server, client, TILE)), "{client}");
    }
    for client in ["2001:db8:0:1::1", "203.0.113.10"] {
        assert_eq!(ask(&server, client, TILE).status, 200, "{client}");
    }
    // What monitoring asks, and browsers before the request itself, is always answered.
    for _ in 0..20 {
        assert_eq!(ask(&server, "2001:db8::1", "/health").status, 200);
    }
    let preflight = "OPTIONS /collections HTTP/1.1\r\nhost: x\r\norigin: https://a.example\r\n\
                     access-control-request-method: GET\r\nx-forwarded-for: 2001:db8::1\r\n\r\n";
    assert_eq!(send(server.address(), preflight.as_bytes()), Some(204));
    std::thread::sleep(MOMENT);
    assert_eq!(ask(&server, "2001:db8::1", TILE).status, 200);
}

#[test]
fn a_name_that_no_trusted_proxy_gives_is_not_believed() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("veedel.toml");
    std::fs::write(&file, "trusted_proxies = []\n[limits]\nrequests_per_second = 2\n").unwrap();
    let server = Server::ready(&["--config", file.to_str().unwrap()]);
    let others = (0..20).map(|number| ask(&server, &format!("203.0.113.{number}"), TILE).status);
    assert!(others.into_iter().any(|status| status == 429), "all are one");
}

#[test]
fn a_key_and_the_address_it_comes_from_take_nothing_from_each_other() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("veedel.toml");
    let text = "state = \"state\"\n[access.roles.amt]\n[limits]\nrequests_per_second = 3\n";
    std::fs::write(&file, text).unwrap();
    let config = file.to_str().unwrap();
    let key = |name: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_veedel"));
        command.args(["key", "add", name, "--role", "amt", "--config", config]);
        let made = command.output().unwrap();
        assert!(made.status.success(), "{made:?}");
        format!("Bearer {}", String::from_utf8(made.stdout).unwrap().trim())
    };
    let (one, other) = (key("Amt"), key("Anderes Amt"));
    let server = Server::ready(&["--config", config]);
    let (here, there) = (("x-forwarded-for", "203.0.113.9"), ("x-forwarded-for", "203.0.113.10"));
    for path in ["/collections", TILE] {
        let with = |key: &str, from| server.get_with(path, &[("authorization", key), from]).status;
        ask_too_much(&server, path, &[here], 3);
        assert_eq!(with(&one, here), 200, "the address is throttled, not the key");
        std::thread::sleep(MOMENT);
        ask_too_much(&server, path, &[("authorization", &one), here], 3);
        let elsewhere = [("authorization", one.as_str()), there];
        assert!(is_throttled(|| server.get_with(path, &elsewhere)), "a key is one, wherever it is");
        assert_eq!((with(&other, here), server.get_with(path, &[here]).status), (200, 200), "{path}");
        std::thread::sleep(MOMENT);
        assert_eq!(with(&one, here), 200);
    }
    // What is no key in force counts for its address.
    std::thread::sleep(MOMENT);
    let wrong = [("authorization", "Bearer vdl_x"), here];
    let refused: Vec<u16> = (0..20).map(|_| server.get_with(TILE, &wrong).status).collect();
    assert_eq!(refused[..3], [401; 3]);
    assert!(refused.contains(&429), "{refused:?}");
    assert_eq!(server.get_with(TILE, &[("authorization", &one), here]).status, 200);
    // Whoever was refused for them has nothing left without them either.
    assert!(is_throttled(|| {
        server.get_with(TILE, &wrong);
        server.get_with(TILE, &[here])
    }));
}

#[test]
fn so_many_planning_questions_a_second_are_answered_and_other_requests_besides() {
    let (server, _file) = planning("planning_per_second = 1");
    let own = [("x-forwarded-for", "203.0.113.9")];
    let question = "/processes/coverage/execution?facilities=schulen&distance=500";
    assert_eq!(ask(&server, "203.0.113.8", question).status, 200);
    for path in [question, "/v2/isochrones/foot-walking/geojson"] {
        assert_ne!(server.get_with(path, &own).status, 429, "{path}");
        let refusal = (0..20).map(|_| server.get_with(path, &own)).find(|answer| answer.status == 429);
        let refusal = refusal.expect("too many").json();
        assert_eq!(refusal["limit"]["name"], "planning_per_second");
        for other in ["/processes", "/processes/coverage", "/collections", TILE, "/search?q=rhein"] {
            assert_eq!(server.get_with(other, &own).status, 200, "{other}");
        }
        std::thread::sleep(MOMENT);
    }
    assert_eq!(server.get_with(question, &own).status, 200);
}

#[test]
fn without_such_a_limit_nobody_waits() {
    let server = Server::ready(&[]);
    for number in 0..200 {
        let path = if number % 2 == 0 { TILE } else { "/conformance" };
        assert_eq!(ask(&server, "203.0.113.9", path).status, 200);
    }
}
