//! Two servers held against each other: every address of `/api` and more questions, answered alike
//! to the byte.
//!
//! Times, ids of requests and numbers that are times (versions of data) are taken out before: they
//! differ anyway.

#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice
)]

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use crate::server::{Answer, Server};

/// What both servers say of their address, so that links are alike.
pub const ADDRESS: &str = "http://stadt.example";

/// Two servers, and where they answered differently.
pub struct Likeness<'a> {
    one: &'a Server,
    other: &'a Server,
    names: Vec<String>,
    asked: usize,
    differences: Vec<String>,
}

/// Headers that differ with each answer.
const OF_THE_MOMENT: [&str; 7] = [
    "date",
    "expires",
    "x-request-id",
    "veedel-as-of",
    "veedel-data-version",
    "content-length",
    "content-location",
];

impl<'a> Likeness<'a> {
    /// Nothing asked yet.
    pub fn of(one: &'a Server, other: &'a Server) -> Likeness<'a> {
        Likeness { one, other, names: vec![], asked: 0, differences: vec![] }
    }

    /// What the two call themselves otherwise is taken for the same.
    pub fn calling(self, names: &[String]) -> Likeness<'a> {
        Likeness { names: names.to_vec(), ..self }
    }

    /// Asks both for a path; the answer of the first.
    pub fn get(&mut self, path: &str) -> Answer {
        let [one, other] = [self.one, self.other].map(|server| in_time(|| server.get(path)));
        self.compare(path, &one, &other);
        one
    }

    /// Asks both by a body.
    pub fn post(&mut self, path: &str, body: &Value) -> Answer {
        let [one, other] = [self.one, self.other].map(|server| in_time(|| server.post(path, body)));
        self.compare(&format!("{path} {body}"), &one, &other);
        one
    }

    fn compare(&mut self, what: &str, one: &Answer, other: &Answer) {
        self.asked += 1;
        let named = |text: String| self.names.iter().fold(text, |text, name| text.replace(name, "NAME"));
        let is_of_a_caller = [one, other].iter().any(|answer| is_of_a_caller(answer));
        let [left, right] = [one, other].map(|answer| named(told(answer, is_of_a_caller)));
        if left != right {
            let at = left.bytes().zip(right.bytes()).take_while(|(one, other)| one == other).count();
            let around = |text: &str| {
                let text: String =
                    text[text.floor_char_boundary(at.saturating_sub(60))..].chars().take(240).collect();
                // Of a file there may be nothing but control letters.
                text.escape_debug().to_string()
            };
            self.differences.push(format!("{what}\n    {}\n    {}", around(&left), around(&right)));
        }
    }

    /// Every address that `/api` describes, by its examples; every page of features, both ways of
    /// asking for them, and every tile over each collection.
    pub fn crawl(&mut self) {
        let api = self.get("/api").json();
        self.get("/api?f=html");
        for (path, verbs) in api["paths"].as_object().unwrap() {
            for (verb, operation) in verbs.as_object().unwrap() {
                self.operation(path, verb, operation);
            }
        }
        let document = self.get("/collections").json();
        for collection in document["collections"].as_array().unwrap() {
            self.pages(collection["id"].as_str().unwrap());
            self.tiles(collection);
        }
        self.metrics();
    }

    /// What is counted has the same names; the counts differ.
    fn metrics(&mut self) {
        let [one, other] = [self.one, self.other].map(|server| {
            let text = server.get("/metrics").text();
            let names = text.lines().filter_map(|line| Some(line.rsplit_once(' ')?.0.to_owned()));
            names.collect::<std::collections::BTreeSet<_>>()
        });
        self.asked += 1;
        let apart: Vec<&String> = one.symmetric_difference(&other).collect();
        if !apart.is_empty() {
            self.differences.push(format!("/metrics: {apart:?}"));
        }
    }

    fn operation(&mut self, path: &str, verb: &str, operation: &Value) {
        // Changes come without end, what is counted differs, and a result has the address of one
        // server's moment.
        if path.starts_with("/changes") || path == "/metrics" || path.starts_with("/results") {
            return;
        }
        let (mut address, mut optional) = (path.to_owned(), vec![String::new()]);
        for parameter in operation["parameters"].as_array().unwrap() {
            let (name, example) = (parameter["name"].as_str().unwrap(), written(&parameter["example"]));
            if parameter["in"] == "path" {
                address = address.replace(&format!("{{{name}}}"), &example);
            } else if !parameter["example"].is_null() {
                optional.push(format!("?{name}={example}"));
            }
        }
        let body = &operation["requestBody"]["content"]["application/json"]["example"];
        for query in optional {
            match verb {
                "post" => drop(self.post(&format!("{address}{query}"), body)),
                _ => drop(self.get(&format!("{address}{query}"))),
            }
        }
    }

    /// Page by page, each server by its own links, which hold moments.
    fn pages(&mut self, id: &str) {
        for query in ["limit=7", "limit=1000&f=csv", "limit=7&f=html", "limit=2000&skip-geometry=true"] {
            let first = format!("/collections/{id}/items?{query}");
            let mut paths = [first.clone(), first];
            for page in 1..=12 {
                let answers = [(self.one, &paths[0]), (self.other, &paths[1])]
                    .map(|(server, path)| in_time(|| server.get(path)));
                self.compare(&format!("page {page} of {}", paths[0]), &answers[0], &answers[1]);
                let [Some(one), Some(other)] = answers.each_ref().map(next) else { break };
                paths = [one, other];
            }
        }
        for ending in ["geojson", "csv", "ndjson", "fgb", "gpkg"] {
            self.get(&format!("/collections/{id}/download.{ending}"));
        }
        self.get(&format!("/collections/{id}/aggregate?f=xlsx"));
        // Its limits tell where its features are.
        self.get(&format!("/collections/{id}/tiles/WebMercatorQuad"));
    }

    fn tiles(&mut self, collection: &Value) {
        let id = collection["id"].as_str().unwrap();
        let bounds = &collection["extent"]["spatial"]["bbox"][0];
        let Ok([west, south, east, north]) = serde_json::from_value::<[f64; 4]>(bounds.clone()) else {
            return;
        };
        for zoom in [0, 8, 11, 13, 15] {
            let (first, last) = (tile_at(west, north, zoom), tile_at(east, south, zoom));
            let all = (first.0..=last.0).flat_map(|x| (first.1..=last.1).map(move |y| (x, y)));
            for (x, y) in all.take(40) {
                self.get(&format!("/xyz/{id}/{zoom}/{x}/{y}"));
                self.get(&format!("/xyz/{id}:labels/{zoom}/{x}/{y}"));
                if zoom == 13 {
                    self.get(&format!("/collections/{id}/tiles/WebMercatorQuad/{zoom}/{y}/{x}"));
                }
            }
        }
    }

    /// Every difference there was, none of which may be.
    pub fn end(self) {
        assert!(self.asked > 100, "{}", self.asked);
        let count = self.differences.len();
        assert!(count == 0, "{count} of {} answers differ:\n{}", self.asked, self.differences.join("\n"));
    }
}

/// The answer, asked for again where the machine had too much else to do.
fn in_time(ask: impl Fn() -> Answer) -> Answer {
    let mut answer = ask();
    for _ in 0..8 {
        if !matches!(answer.status, 503 | 504) {
            break;
        }
        answer = ask();
    }
    answer
}

/// The path of the next page.
fn next(answer: &Answer) -> Option<String> {
    let page: Value = serde_json::from_slice(&answer.body).ok()?;
    let next = page["links"].as_array()?.iter().find(|link| link["rel"] == "next")?;
    Some(next["href"].as_str()?.strip_prefix(ADDRESS)?.to_owned())
}

fn tile_at(lon: f64, lat: f64, zoom: u8) -> (u32, u32) {
    let side = f64::from(1u32 << zoom);
    let y = 0.5 - lat.to_radians().tan().asinh() / (2.0 * std::f64::consts::PI);
    (((lon / 360.0 + 0.5) * side) as u32, (y * side) as u32)
}

fn written(value: &Value) -> String {
    let step = |text: &str| {
        percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
    };
    match value {
        Value::String(text) => step(text),
        Value::Array(items) => items.iter().map(written).collect::<Vec<_>>().join(","),
        other => other.to_string(),
    }
}

/// Whether rules tell callers apart here: then an answer varies by the caller.
fn is_of_a_caller(answer: &Answer) -> bool {
    answer.header("vary").contains("Authorization")
}

/// Status, headers and body without what is of the moment; of an answer for one caller also without
/// who may store it, which a server without rules says otherwise.
fn told(answer: &Answer, is_of_a_caller: bool) -> String {
    let mut headers: Vec<String> = answer
        .headers
        .iter()
        .filter(|(name, _)| !OF_THE_MOMENT.contains(&name.as_str()))
        .filter(|(name, value)| *name != "vary" || *value != "Authorization")
        .filter(|(name, _)| *name != "cache-control" || !is_of_a_caller)
        .map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes());
            let value = value.replace(", Authorization", "").replace("Authorization, ", "");
            // The tag of features is made of their version.
            let is_file = answer.headers.contains_key("accept-ranges");
            let is_of_version = name == "etag" && (value.starts_with("W/\"") || is_file);
            format!("{name}: {}", if is_of_version { "OF THE VERSION" } else { &value })
        })
        .collect();
    headers.sort();
    let body = unpacked(&answer.body).unwrap_or_else(|| latin(&answer.body));
    let body =
        ["<p class=\"seen-as\">|</p>", ",\"veedel:seenAs\":\"|\""].iter().fold(body, |body, around| {
            let (begin, end) = around.split_once('|').unwrap();
            without(&body, begin, end)
        });
    timeless(&format!("{} {}\n{body}", answer.status, headers.join(" ")))
}

/// A text without what begins and ends so: a page says to a known caller in which roles he sees it.
fn without(text: &str, begin: &str, end: &str) -> String {
    let mut pieces = text.split(begin);
    let first = pieces.next().unwrap().to_owned();
    pieces.fold(first, |kept, piece| kept + piece.split_once(end).map_or(piece, |(_, behind)| behind))
}

/// The files of a ZIP archive one after the other, as a workbook is one; None of what is none.
fn unpacked(bytes: &[u8]) -> Option<String> {
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).ok()?;
    let mut text = String::new();
    for index in 0..archive.len() {
        let mut file = archive.by_index(index).unwrap();
        text.push_str(&format!("{}\n", file.name().unwrap()));
        let mut bytes = vec![];
        std::io::Read::read_to_end(&mut file, &mut bytes).unwrap();
        // Columns are as wide as what stands in them, moments too.
        for (number, piece) in latin(&bytes).split(" width=\"").enumerate() {
            let behind = piece.split_once('"').map_or(piece, |(_, behind)| behind);
            text.push_str(if number == 0 { piece } else { behind });
        }
    }
    Some(text)
}

/// Bytes as text, whatever they are.
fn latin(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().map(|byte| char::from(*byte)).collect(),
    }
}

/// The text with moments of today, versions and addresses of results taken out; cursors are read
/// first, as they hold moments.
fn timeless(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    let words = |text: &str| {
        text.find(|c: char| !(c.is_ascii_alphanumeric() || "-_".contains(c))).unwrap_or(text.len())
    };
    while let Some(first) = rest.chars().next() {
        if let Some(behind) = rest.strip_prefix("cursor=") {
            let (word, behind) = behind.split_at(words(behind));
            let read = URL_SAFE_NO_PAD.decode(word).unwrap_or_default();
            out.push_str(&format!("cursor={}", timeless(&String::from_utf8_lossy(&read))));
            rest = behind;
        } else if let Some(behind) = rest.strip_prefix("/results/") {
            out.push_str("/results/");
            rest = &behind[words(behind)..];
        } else if let Some(behind) = rest.strip_prefix("\"result\":{\"id\":\"") {
            rest = &behind[words(behind)..];
        } else if let Some(behind) = rest.strip_prefix("\"veedel:lagMilliseconds\":") {
            rest = behind.trim_start_matches(|c: char| c.is_ascii_digit());
        } else if is_moment(rest) {
            out.push_str("MOMENT");
            rest = rest.trim_start_matches(|c: char| c.is_ascii_digit() || "-T:.Z".contains(c));
        } else if first.is_ascii_digit() {
            let (number, behind) =
                rest.split_at(rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len()));
            out.push_str(if number.len() == 16 { "VERSION" } else { number });
            rest = behind;
        } else {
            out.push(first);
            rest = &rest[first.len_utf8()..];
        }
    }
    out
}

/// Whether a moment of today or, about midnight, of yesterday stands here.
fn is_moment(text: &str) -> bool {
    let begins = |days: i64| {
        let day = jiff::Timestamp::now() - jiff::SignedDuration::from_hours(24 * days);
        text.starts_with(&format!("{}T", &day.to_string()[..10]))
    };
    text.starts_with("20") && (begins(0) || begins(1))
}
