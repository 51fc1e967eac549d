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

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use serde_json::Value;

use crate::server::{Answer, Server};

#[path = "told.rs"]
mod told;

use told::{body, head, is_of_a_caller, timeless};

/// What both servers say of their address, so that links are alike.
pub const ADDRESS: &str = "http://stadt.example";

/// Two servers, and where they answered differently.
pub struct Likeness<'a> {
    one: &'a Server,
    other: &'a Server,
    names: Vec<String>,
    memory: Option<&'a Memory>,
    asked: usize,
    differences: Vec<String>,
}

/// What the other server has answered. Several likenesses with a server whose data stay the same
/// share it, so that this server is asked once.
#[derive(Default)]
pub struct Memory {
    answers: RefCell<BTreeMap<String, Rc<Answer>>>,
}

impl<'a> Likeness<'a> {
    /// Nothing asked yet.
    pub fn of(one: &'a Server, other: &'a Server) -> Likeness<'a> {
        Likeness { one, other, names: vec![], memory: None, asked: 0, differences: vec![] }
    }

    /// What the two call themselves otherwise is taken for the same.
    pub fn calling(self, names: &[String]) -> Likeness<'a> {
        Likeness { names: names.to_vec(), ..self }
    }

    /// What the other server has answered before is not asked again.
    pub fn remembering(self, memory: &'a Memory) -> Likeness<'a> {
        Likeness { memory: Some(memory), ..self }
    }

    /// Asks both for a path; the answer of the first.
    pub fn get(&mut self, path: &str) -> Answer {
        let one = in_time(|| self.one.get(path));
        self.compare(path, &one, |server| server.get(path));
        one
    }

    /// Asks both by a body.
    pub fn post(&mut self, path: &str, body: &Value) -> Answer {
        let one = in_time(|| self.one.post(path, body));
        self.compare(&format!("{path} {body}"), &one, |server| server.post(path, body));
        one
    }

    /// Asks both a question of planning, and by these endings for what each keeps of its answer; the
    /// address of the first.
    pub fn kept(&mut self, path: &str, endings: &[&str]) -> Option<String> {
        let one = self.get(path);
        let other = self.of_other(path, |server| server.get(path));
        let [one, other] = [&one, &*other].map(|answer| {
            let address = answer.header("content-location").split('?').next().unwrap();
            Some(address.trim_start_matches(ADDRESS).to_owned()).filter(|address| !address.is_empty())
        });
        let (own, other) = (one?, other?);
        let (count, id) = (self.names.len(), |address: &str| address.rsplit('/').next().unwrap().to_owned());
        self.names.extend([id(&own), id(&other)]);
        for ending in endings {
            let answer = in_time(|| self.one.get(&format!("{own}{ending}")));
            let ask = |server: &Server| server.get(&format!("{other}{ending}"));
            self.compare(&format!("what is kept{ending} of {path}"), &answer, ask);
        }
        self.names.truncate(count);
        Some(own)
    }

    /// Compares an answer with that of the other server, which it returns.
    fn compare(&mut self, what: &str, one: &Answer, ask: impl Fn(&Server) -> Answer) -> Rc<Answer> {
        self.asked += 1;
        let other = self.of_other(what, ask);
        let is_of_a_caller = [one, &*other].iter().any(|answer| is_of_a_caller(answer));
        let heads = [one, &*other].map(|answer| self.named(&head(answer, is_of_a_caller)));
        if heads[0] != heads[1] || one.body != other.body {
            let bodies = [one, &*other].map(|answer| self.named(&body(answer)));
            let [left, right] = [0, 1].map(|number| format!("{}\n{}", heads[number], bodies[number]));
            if left != right {
                self.differences.push(format!("{what}\n{}", apart(&left, &right)));
            }
        }
        other
    }

    fn named(&self, text: &str) -> String {
        let named = |text: String, name: &String| text.replace(name, "NAME");
        timeless(&self.names.iter().fold(text.to_owned(), named))
    }

    fn of_other(&self, what: &str, ask: impl Fn(&Server) -> Answer) -> Rc<Answer> {
        let asked = || Rc::new(in_time(|| ask(self.other)));
        let Some(memory) = self.memory else { return asked() };
        if let Some(answer) = memory.answers.borrow().get(what) {
            return answer.clone();
        }
        let answer = asked();
        memory.answers.borrow_mut().insert(what.to_owned(), answer.clone());
        answer
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
        let names = |answer: &Answer| {
            let text = answer.text();
            let names = text.lines().filter_map(|line| Some(line.rsplit_once(' ')?.0.to_owned()));
            names.collect::<BTreeSet<_>>()
        };
        let one = names(&self.one.get("/metrics"));
        let other = names(&self.of_other("/metrics", |server| server.get("/metrics")));
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
            let mut paths = [first.clone(), first.clone()];
            for page in 1..=12 {
                let one = in_time(|| self.one.get(&paths[0]));
                let what = format!("page {page} of {first}");
                let other = self.compare(&what, &one, |server| server.get(&paths[1]));
                let [Some(one), Some(other)] = [&one, &*other].map(next) else { break };
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

    /// How much was asked, and every difference there was.
    pub fn differences(self) -> (usize, Vec<String>) {
        (self.asked, self.differences)
    }

    /// The same, where no difference may be.
    pub fn end(self) {
        let (asked, differences) = self.differences();
        assert!(asked > 100, "{asked}");
        let count = differences.len();
        assert!(count == 0, "{count} of {asked} answers differ:\n{}", differences.join("\n"));
    }
}

/// Two texts around the first letter in which they differ.
fn apart(left: &str, right: &str) -> String {
    let at = left.bytes().zip(right.bytes()).take_while(|(one, other)| one == other).count();
    let around = |text: &str| {
        let text: String =
            text[text.floor_char_boundary(at.saturating_sub(60))..].chars().take(240).collect();
        // Of a file there may be nothing but control letters.
        text.escape_debug().to_string()
    };
    format!("    {}\n    {}", around(left), around(right))
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
