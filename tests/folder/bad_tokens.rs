//! Credentials that are no key in force, of every kind that people and programs send: each is
//! refused at every door, as quickly as a key is let in, and a crowd of them disturbs nobody.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::bystander::is_alone;
use crate::place::{Place, basic, bearer};
use crate::server::Server;

/// The office sees the schools, everyone all else.
const RULES: &str = "[access.roles.jugendamt]\n[collections.schulen.access]\nread = [\"jugendamt\"]\n";

/// A tile that everyone may see.
const TILE: &str = "/xyz/strassen/14/8532/5503";

/// A public collection first, then what has rules, then what is about nothing and does not exist.
const DOORS: [&str; 7] = [
    "/collections/strassen/items?limit=1",
    TILE,
    "/collections/schulen/items?limit=1",
    "/collections",
    "/",
    "/health",
    "/nothing",
];

/// A key in force, and those that were.
struct Keys {
    good: String,
    other: String,
    expired: String,
    revoked: String,
}

impl Keys {
    fn of(place: &Place) -> Keys {
        let add = |name: &str, more: &[&str]| place.add(&[&[name, "--role", "jugendamt"][..], more].concat());
        let keys = Keys {
            good: add("Jugendamt", &[]),
            other: add("Anderes", &[]),
            expired: add("Alt", &["--expires", "2020-01-01"]),
            revoked: add("Entzogen", &[]),
        };
        assert!(place.key(&["revoke", "Entzogen"]).status.success());
        keys
    }

    /// The beginning `vdl_` with the prefix, and the secret.
    fn parts(key: &str) -> (&str, &str) {
        key.split_at(13)
    }
}

/// A connection that is asked in bytes, again and again.
struct Line {
    stream: BufReader<TcpStream>,
}

impl Line {
    fn to(server: &Server) -> Line {
        let stream = TcpStream::connect(server.address()).unwrap();
        stream.set_nodelay(true).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(15))).unwrap();
        Line { stream: BufReader::new(stream) }
    }

    /// The head of the answer to a GET with these fields, and what it took to come.
    fn ask(&mut self, path: &str, fields: &[u8]) -> (u16, String, Duration) {
        let head = [b"GET ", path.as_bytes(), b" HTTP/1.1\r\nHost: a\r\n", fields, b"\r\n"].concat();
        let begun = Instant::now();
        self.stream.get_mut().write_all(&head).unwrap();
        let (mut answer, mut length) = (String::new(), 0);
        while !answer.ends_with("\r\n\r\n") {
            let from = answer.len();
            let count = self.stream.read_line(&mut answer).unwrap();
            assert!(count > 0, "{path} {}: the connection ended", String::from_utf8_lossy(fields));
            if let Some(said) = answer[from..].to_lowercase().strip_prefix("content-length:") {
                length = said.trim().parse().unwrap();
            }
        }
        let took = begun.elapsed();
        self.stream.read_exact(&mut vec![0; length]).unwrap();
        if answer.to_lowercase().contains("\r\ntransfer-encoding: chunked\r\n") {
            self.skip_chunks();
        }
        (answer[9..12].parse().unwrap(), answer.to_lowercase(), took)
    }

    fn skip_chunks(&mut self) {
        loop {
            let mut size = String::new();
            self.stream.read_line(&mut size).unwrap();
            let size = usize::from_str_radix(size.trim(), 16).unwrap();
            self.stream.read_exact(&mut vec![0; size + 2]).unwrap();
            if size == 0 {
                return;
            }
        }
    }
}

fn field(value: impl AsRef<[u8]>) -> Vec<u8> {
    [b"Authorization: ", value.as_ref(), b"\r\n"].concat()
}

/// Keys that are almost one.
fn almost_keys(keys: &Keys) -> Vec<Vec<u8>> {
    let good = keys.good.as_str();
    let ((prefix, secret), (other, other_secret)) = (Keys::parts(good), Keys::parts(&keys.other));
    let last = if good.ends_with('0') { "1" } else { "0" };
    let spoilt = [
        keys.expired.clone(),
        keys.revoked.clone(),
        format!("vdl_{}_{}", "0".repeat(8), "0".repeat(64)),
        // The right prefix with a wrong secret, and the other way round.
        format!("{prefix}{}", "0".repeat(64)),
        format!("{prefix}{other_secret}"),
        format!("{other}{secret}"),
        format!("vdl_00000000_{secret}"),
        format!("{}{last}", &good[..76]),
        good[..76].to_owned(),
        prefix.to_owned(),
        secret.to_owned(),
        good[4..].to_owned(),
        format!("{good}0"),
        format!("{good}{good}"),
        good.to_uppercase(),
        good.replacen("vdl_", "VDL_", 1),
        good.replacen("vdl_", "Vdl_", 1),
        format!("{prefix}{}", secret.to_uppercase()).replace(|digit: char| digit.is_ascii_digit(), "A"),
        good.replacen('_', "-", 2),
        good.replacen("vdl_", "%76dl_", 1),
        good.replacen('_', "%5f", 2),
        format!("{good}%00"),
        format!("{good}%0a"),
        format!("\"{good}\""),
        format!("<{good}>"),
        format!("{good},"),
        format!("{good};q=1"),
        format!("{good}={good}"),
        STANDARD.encode(good),
        good.chars().rev().collect(),
        format!("{good}, Bearer {good}"),
        format!("{good} {good}"),
        format!("Bearer {good}"),
        format!("{good}é"),
        good.replacen('d', "ԁ", 1),
        good.replacen('_', "＿", 1),
        format!("{good}\u{200b}"),
        format!("\u{feff}{good}"),
        "a".repeat(16 << 10),
        format!("{prefix}{}", "a".repeat(16 << 10)),
    ];
    spoilt.iter().map(|key| field(bearer(key))).collect()
}

/// Credentials of other kinds, and fields that hold none.
fn other_kinds(keys: &Keys) -> Vec<Vec<u8>> {
    let good = keys.good.as_str();
    let jwt = |head: &str, claims: &str, signature: &str| {
        let part = |text: &str| base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(text);
        format!("Bearer {}.{}.{signature}", part(head), part(claims))
    };
    let office = "{\"sub\":\"jugendamt\",\"roles\":[\"jugendamt\"],\"exp\":99999999999}";
    let texts = [
        String::new(),
        "Bearer".into(),
        "Bearer ".into(),
        "Bearer null".into(),
        "Bearer undefined".into(),
        "Bearer jugendamt".into(),
        "Bearer everyone".into(),
        "Bearer ../keys.json".into(),
        "Bearer ' OR 1=1 --".into(),
        jwt("{\"alg\":\"none\"}", office, ""),
        jwt("{\"alg\":\"None\",\"typ\":\"JWT\"}", office, ""),
        jwt("{\"alg\":\"HS256\"}", office, "c2lnbmF0dXJl"),
        jwt("{\"alg\":\"RS256\",\"jwk\":{\"kty\":\"oct\"}}", office, "eA"),
        jwt("{\"alg\":\"HS256\",\"kid\":\"../../dev/null\"}", office, "eA"),
        good.to_owned(),
        format!("Token {good}"),
        format!("ApiKey {good}"),
        format!("Bearer:{good}"),
        format!("Bearer={good}"),
        format!("Bearer\u{a0}{good}"),
        format!("Bearer\t{good}"),
        format!("Digest username=\"{good}\", realm=\"veedel\", nonce=\"x\", uri=\"/\", response=\"{good}\""),
        format!("AWS4-HMAC-SHA256 Credential={good}"),
        "Negotiate YIIJvwYGKwYBBQUCoIIJszCCCa+gJDAi".into(),
        "NTLM TlRMTVNTUAABAAAAB4IIAAAAAAAAAAAAAAAAAAAAAAA=".into(),
        "Basic".into(),
        "Basic %%%".into(),
        format!("Basic {good}"),
        format!("Basic a:{good}"),
        basic(good, ""),
        basic(good, "x"),
        basic(good, &good.to_uppercase()),
        basic("a", &keys.revoked),
        basic("a", &keys.expired),
        basic("a", &format!("{good}:")),
        basic("a", &format!(" {good}")),
        format!("Basic {}", STANDARD.encode(good)),
        format!("Basic {}", STANDARD.encode(b"a:\xff\xfe")),
        format!("Basic {}", STANDARD.encode(format!("a:{good}\0"))),
    ];
    let mut fields: Vec<Vec<u8>> = texts.iter().map(field).collect();
    fields.push(field(b"Bearer \xff\xfe\xfd"));
    let twice = |one: &str, other: &str| [field(one), field(other)].concat();
    fields.push(twice(&bearer(good), &bearer(good)));
    fields.push(twice(&bearer(good), "Bearer x"));
    fields.push(twice("Bearer x", &bearer(good)));
    fields.push(twice("", &bearer(good)));
    fields.push(twice(&bearer(good), &basic("a", good)));
    fields.push(
        [format!("Origin: https://a.example\r\nAuthorization: {}\r\n", basic("a", good))].concat().into(),
    );
    fields
}

fn median(mut waits: Vec<Duration>) -> Duration {
    waits.sort_unstable();
    waits[waits.len() / 2]
}

#[test]
fn whatever_is_no_key_in_force_is_refused_at_every_door_and_at_once() {
    let place = Place::new(RULES);
    let keys = Keys::of(&place);
    let server = place.server();
    let mut line = Line::to(&server);
    // The tile is kept, and the keys count, before what is bad comes.
    for door in DOORS.iter().filter(|door| **door != "/nothing") {
        assert_eq!(line.ask(door, &field(bearer(&keys.good))).0, 200, "{door}");
    }
    let bad = [almost_keys(&keys), other_kinds(&keys)].concat();
    assert!(bad.len() >= 80, "{}", bad.len());
    let mut waits = vec![];
    for fields in &bad {
        for door in DOORS {
            let (status, head, took) = line.ask(door, fields);
            let about = format!("{door} {}", String::from_utf8_lossy(fields).escape_debug());
            assert_eq!(status, 401, "{about}");
            assert!(head.contains("\r\nwww-authenticate: bearer realm=\"veedel\"\r\n"), "{about}: {head}");
            assert!(head.contains("\r\ncache-control: no-store\r\n"), "{about}: {head}");
            waits.push(took);
        }
    }
    let worst = *waits.iter().max().unwrap();
    let typical = median(waits);
    println!("{} bad credentials: median {typical:?}, worst {worst:?}", bad.len());
    assert!(typical <= Duration::from_millis(5), "{typical:?}");
    assert!(worst <= Duration::from_millis(if is_alone() { 50 } else { 1000 }), "{worst:?}");
    assert_eq!(line.ask(TILE, &field(bearer(&keys.good))).0, 200);
    let log = server.log();
    assert!(!log.contains(Keys::parts(&keys.good).1) && !log.contains("c2lnbmF0dXJl"), "{log}");
}

#[test]
fn a_key_anywhere_else_than_in_its_header_opens_nothing() {
    let place = Place::new(&format!("access_log = true\n{RULES}"));
    let keys = Keys::of(&place);
    let server = place.server();
    let mut line = Line::to(&server);
    let good = keys.good.as_str();
    let (prefix, secret) = Keys::parts(good);
    let all: String = good.bytes().map(|byte| format!("%{byte:02x}")).collect();
    let escaped = [
        good.to_owned(),
        good.replacen("vdl_", "%76dl_", 1),
        good.replacen("vdl_", "v%64%6C%5F", 1),
        good.replacen("vdl_", "%2576dl_", 1),
        all,
    ];
    for key in &escaped {
        for path in [
            format!("/collections?key={key}"),
            format!("/collections/strassen/items?access_token={key}"),
            format!("/collections/strassen/items?{key}"),
            format!("{TILE}?token={key}"),
            format!("/collections/{key}"),
            format!("/xyz/{key}/0/0/0"),
            format!("/nothing/{key}"),
        ] {
            let (status, head, _) = line.ask(&path, b"");
            assert_eq!(status, 400, "{path}: {head}");
            assert!(!head.contains(secret), "{path}: {head}");
            // Not with a key in force beside it either, as it is in logs and histories then.
            assert_eq!(line.ask(&path, &field(bearer(&keys.other))).0, 400, "{path}");
        }
    }
    // What is no credentials by HTTP's rules is as if it were not there.
    for fields in [
        format!("Cookie: key={good}; Authorization=Bearer {good}; session={good}\r\n"),
        format!("X-Api-Key: {good}\r\nApiKey: {good}\r\nX-Auth-Token: {good}\r\n"),
        format!("Proxy-Authorization: Bearer {good}\r\n"),
        format!("X-Authorization: Bearer {good}\r\nX-Original-Authorization: Bearer {good}\r\n"),
        format!(
            "X-Forwarded-Authorization: {good}\r\nX-Remote-User: jugendamt\r\nRemote-User: jugendamt\r\n"
        ),
        format!("X-Roles: jugendamt\r\nX-Role: jugendamt\r\nReferer: http://a/?key={good}\r\n"),
    ] {
        assert_eq!(line.ask(TILE, fields.as_bytes()).0, 200, "{fields}");
        assert_eq!(line.ask("/collections/schulen/items", fields.as_bytes()).0, 404, "{fields}");
    }
    // A name with a NUL or an end of line in it is no HTTP, and the connection ends with it.
    for bad in [&b"\0"[..], b"\x01", b"\x7f"] {
        let fields = field([b"Bearer ", prefix.as_bytes(), bad, secret.as_bytes()].concat());
        let (status, ..) = Line::to(&server).ask("/collections/schulen/items", &fields);
        assert!([400, 401].contains(&status), "{bad:?}: {status}");
    }
    let log = server.log();
    assert!(log.contains("(a key)"), "{log}");
    assert!(!log.contains(&prefix[4..12]) && !log.contains(secret) && !log.contains("%76%64"), "{log}");
}

/// The median of the waits of a caller with a key for a tile.
fn good_caller(server: &Server, key: &str, time: Duration) -> Duration {
    let (mut line, fields, begun) = (Line::to(server), field(bearer(key)), Instant::now());
    let mut waits = vec![];
    while begun.elapsed() < time {
        let (status, _, took) = line.ask(TILE, &fields);
        assert_eq!(status, 200);
        waits.push(took);
        std::thread::sleep(Duration::from_millis(2));
    }
    assert!(waits.len() > 50, "{} answers", waits.len());
    median(waits)
}

/// Asks with what is bad, a thousand times a second over four connections, until `is_over`.
fn guess(server: &Server, bad: &[Vec<u8>], is_over: &AtomicBool) -> usize {
    let one = |number: usize| {
        let (mut line, begun, mut asked) = (Line::to(server), Instant::now(), 0);
        while !is_over.load(Ordering::Relaxed) {
            let due = begun + Duration::from_millis(4) * asked;
            std::thread::sleep(due.saturating_duration_since(Instant::now()));
            let fields = &bad[(asked as usize * 4 + number) % bad.len()];
            let door = DOORS[asked as usize % DOORS.len()];
            assert_eq!(line.ask(door, fields).0, 401, "{door}");
            asked += 1;
        }
        asked as usize
    };
    std::thread::scope(|scope| {
        let guessers: Vec<_> = (0..4).map(|number| scope.spawn(move || one(number))).collect();
        guessers.into_iter().map(|guesser| guesser.join().unwrap()).sum()
    })
}

#[test]
fn a_thousand_guesses_a_second_keep_nobody_waiting() {
    let place = Place::new(RULES);
    let keys = Keys::of(&place);
    let server = place.server();
    let bad = [almost_keys(&keys), other_kinds(&keys)].concat();
    let time = Duration::from_secs(3);
    let is_over = AtomicBool::new(false);
    let quiet = good_caller(&server, &keys.good, Duration::from_secs(1));
    let (busy, guesses) = std::thread::scope(|scope| {
        let guessing = scope.spawn(|| guess(&server, &bad, &is_over));
        let busy = good_caller(&server, &keys.good, time);
        is_over.store(true, Ordering::Relaxed);
        (busy, guessing.join().unwrap())
    });
    println!("a tile beside {guesses} guesses in {time:?}: median {busy:?}, in quiet {quiet:?}");
    assert!(guesses > if is_alone() { 2500 } else { 1000 }, "{guesses}");
    // Beside other tests, those wait for the same two cores.
    let most = 2 * quiet + Duration::from_millis(if is_alone() { 1 } else { 10 });
    assert!(busy <= most, "{busy:?} beside guesses, {quiet:?} in quiet");
}
