//! Someone who asks a server for everything, and looks in every byte of the answers for texts that
//! must not be there.

#![allow(dead_code, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::io::Read;

use percent_encoding::percent_decode_str;
use serde_json::Value;

use crate::server::{Answer, Server};

/// What is looked for: what it is called in messages, and the bytes by which it would show.
#[derive(Clone, Debug)]
pub struct Canary {
    name: String,
    bytes: Vec<u8>,
    /// What stands close to the bytes, before or behind them; empty for anything.
    beside: Vec<u8>,
}

/// The most bytes between the beginnings of two texts that stand close to each other.
const CLOSE: usize = 60;

impl Canary {
    /// A text, however its letters are written.
    pub fn text(text: &str) -> Canary {
        Canary { name: text.to_owned(), bytes: text.to_lowercase().into_bytes(), beside: vec![] }
    }

    /// A place as programs write it in letters, in whichever order.
    pub fn place(x: &str, y: &str) -> Canary {
        Canary { name: format!("{x} {y}"), bytes: x.into(), beside: y.into() }
    }

    /// A number as programs write it into files: its first five bytes, some nine decimal digits,
    /// one way round and the other.
    pub fn number(number: f64) -> [Canary; 2] {
        [&number.to_le_bytes()[3..], &number.to_be_bytes()[..5]].map(|bytes| Canary {
            name: format!("{number} in bytes"),
            bytes: bytes.to_ascii_lowercase(),
            beside: vec![],
        })
    }

    /// Whether it stands at this place of bytes of which the letters are small.
    fn is_at(&self, lowered: &[u8], at: usize) -> bool {
        let around = &lowered[at.saturating_sub(CLOSE)..(at + CLOSE).min(lowered.len())];
        lowered[at..].starts_with(&self.bytes)
            && (self.beside.is_empty() || around.windows(self.beside.len()).any(|part| part == self.beside))
    }
}

/// All canaries, found by their first two bytes.
pub struct Canaries {
    all: Vec<Canary>,
    by_beginning: Vec<Vec<usize>>,
}

impl Canaries {
    pub fn of(all: Vec<Canary>) -> Canaries {
        let mut by_beginning = vec![vec![]; 1 << 16];
        for (number, canary) in all.iter().enumerate() {
            by_beginning[beginning(canary.bytes[0], canary.bytes[1])].push(number);
        }
        Canaries { all, by_beginning }
    }

    pub fn names(&self) -> BTreeSet<&str> {
        self.all.iter().map(|canary| canary.name.as_str()).collect()
    }

    /// Those that are in these bytes.
    pub fn in_bytes(&self, bytes: &[u8]) -> BTreeSet<&str> {
        let lowered = bytes.to_ascii_lowercase();
        let mut found = BTreeSet::new();
        for (at, pair) in lowered.windows(2).enumerate() {
            let some = self.by_beginning[beginning(pair[0], pair[1])].iter().map(|number| &self.all[*number]);
            found.extend(some.filter(|one| one.is_at(&lowered, at)).map(|one| one.name.as_str()));
        }
        found
    }
}

fn beginning(first: u8, second: u8) -> usize {
    usize::from(first) << 8 | usize::from(second)
}

/// A caller that asks and looks.
pub struct Crawler<'a> {
    server: &'a Server,
    canaries: &'a Canaries,
    asked: BTreeSet<String>,
    groups: BTreeMap<String, usize>,
    /// How many answers there were with each status.
    pub answers: BTreeMap<u16, usize>,
    /// What was found, and the first address of each; and all addresses where something was.
    pub found: BTreeMap<String, String>,
    pub showing: Vec<String>,
    /// Addresses of kept results, and the tags of answers.
    pub results: Vec<String>,
    pub tags: Vec<(String, String)>,
}

impl<'a> Crawler<'a> {
    pub fn of(server: &'a Server, canaries: &'a Canaries) -> Crawler<'a> {
        Crawler {
            server,
            canaries,
            asked: BTreeSet::new(),
            groups: BTreeMap::new(),
            answers: BTreeMap::new(),
            found: BTreeMap::new(),
            showing: vec![],
            results: vec![],
            tags: vec![],
        }
    }

    /// Asks for a path, and looks into the answer.
    pub fn get(&mut self, path: &str) -> Answer {
        self.get_with(path, &[])
    }

    /// The same with header fields.
    pub fn get_with(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let answer = self.server.get_with(path, fields);
        self.look(path, &answer);
        answer
    }

    /// Asks by a body.
    pub fn post(&mut self, path: &str, body: &Value) -> Answer {
        let answer = self.server.post(path, body);
        self.look(&format!("{path} {body}"), &answer);
        answer
    }

    /// What stands in the question may stand in the answer.
    fn look(&mut self, question: &str, answer: &Answer) {
        *self.answers.entry(answer.status).or_default() += 1;
        let result = answer.header("content-location");
        if !result.is_empty() {
            self.results.push(self.own(result).unwrap_or(result).to_owned());
        }
        if !answer.header("etag").is_empty() {
            self.tags.push((question.to_owned(), answer.header("etag").to_owned()));
        }
        let said: Vec<u8> = percent_decode_str(question).collect();
        let said = self.canaries.in_bytes(&said);
        let found = self.canaries.in_bytes(&unpacked(answer));
        let mut found = found.difference(&said).peekable();
        if found.peek().is_some() {
            self.showing.push(question.to_owned());
        }
        for name in found {
            self.found.entry((*name).to_owned()).or_insert_with(|| question.to_owned());
        }
    }

    fn own<'b>(&self, address: &'b str) -> Option<&'b str> {
        address.strip_prefix(self.server.base.as_str())
    }

    /// Follows every link from these paths on, a number of addresses of a kind; templates of tiles
    /// are filled with these tiles.
    pub fn follow(&mut self, starts: &[&str], tiles: &[[u32; 3]], most: usize) {
        let mut waiting: VecDeque<String> = starts.iter().map(|path| (*path).to_owned()).collect();
        while let Some(path) = waiting.pop_front() {
            let step = path.split('?').next().unwrap().split('/').skip(1).take(3).collect::<Vec<_>>();
            let asked = self.groups.entry(step.join("/")).or_default();
            // Changes come without end.
            if *asked >= most || path.starts_with("/changes") || !self.asked.insert(path.clone()) {
                continue;
            }
            *asked += 1;
            let answer = self.get(&path);
            for link in self.links(&answer) {
                waiting.extend(filled(&link, tiles));
            }
        }
    }

    /// The paths of this server that an answer names.
    fn links(&self, answer: &Answer) -> Vec<String> {
        let kind = answer.header("content-type");
        if !["json", "html", "text/plain", "xml", "turtle"].iter().any(|part| kind.contains(part)) {
            return vec![];
        }
        let end = |text: &str| text.find(['"', '\'', ' ', '<', '>', '\\', ')', '\n']).unwrap_or(text.len());
        let fields = answer.headers.get_all("link").iter().map(|field| field.to_str().unwrap());
        let text = fields.chain([answer.text().as_str()]).collect::<Vec<_>>().join(" ").replace("&amp;", "&");
        let whole = text.split(self.server.base.as_str()).skip(1);
        let relative = text.split("href=\"").chain(text.split("src=\"")).filter(|rest| rest.starts_with('/'));
        whole.chain(relative).map(|rest| rest[..end(rest)].split('#').next().unwrap().to_owned()).collect()
    }

    /// Every address that `/api` describes, by its examples and for each of these collections.
    pub fn described(&mut self, collections: &[&str]) {
        let api = self.get("/api").json();
        for (path, verbs) in api["paths"].as_object().unwrap() {
            if path.starts_with("/changes") {
                continue;
            }
            for (verb, operation) in verbs.as_object().unwrap() {
                for collection in collections {
                    self.operation(path, verb, operation, collection);
                }
            }
        }
    }

    fn operation(&mut self, path: &str, verb: &str, operation: &Value, collection: &str) {
        let (mut address, mut queries) = (path.to_owned(), vec![String::new()]);
        for parameter in operation["parameters"].as_array().unwrap() {
            let (name, example) = (parameter["name"].as_str().unwrap(), written(&parameter["example"]));
            if name.starts_with("collection") && parameter["in"] == "path" {
                address = address.replace(&format!("{{{name}}}"), collection);
            } else if parameter["in"] == "path" {
                address = address.replace(&format!("{{{name}}}"), &example);
            } else if !parameter["example"].is_null() {
                queries.push(format!("?{name}={example}"));
            }
        }
        let body = &operation["requestBody"]["content"]["application/json"]["example"];
        for query in queries {
            let path = format!("{address}{query}");
            if verb == "post" {
                self.post(&path, body);
            } else if self.asked.insert(path.clone()) {
                self.get(&path);
            }
        }
    }
}

/// A link with its templates filled; none where it has others.
fn filled(link: &str, tiles: &[[u32; 3]]) -> Vec<String> {
    let link = link.replace("%7B", "{").replace("%7D", "}");
    let fill = |[z, x, y]: &[u32; 3]| {
        let names =
            [("{z}", z), ("{tileMatrix}", z), ("{x}", x), ("{tileCol}", x), ("{y}", y), ("{tileRow}", y)];
        names.iter().fold(link.clone(), |link, (name, number)| link.replace(name, &number.to_string()))
    };
    let all = if link.contains('{') { tiles.iter().map(fill).collect() } else { vec![link.clone()] };
    all.into_iter().filter(|path: &String| !path.contains('{') && path.starts_with('/')).collect()
}

fn written(value: &Value) -> String {
    match value {
        Value::String(text) => {
            percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
        }
        Value::Array(items) => items.iter().map(written).collect::<Vec<_>>().join(","),
        other => other.to_string(),
    }
}

/// All that an answer says: its header fields, its body without any coding, the
/// files of archives, and what cursors hold.
fn unpacked(answer: &Answer) -> Vec<u8> {
    let mut all: Vec<u8> = vec![];
    for (name, value) in &answer.headers {
        all.extend([name.as_str().as_bytes(), b": ", value.as_bytes(), b"\n"].concat());
    }
    let body = decoded(answer);
    if let Ok(mut archive) = zip::ZipArchive::new(std::io::Cursor::new(&body)) {
        for index in 0..archive.len() {
            archive.by_index(index).unwrap().read_to_end(&mut all).unwrap();
        }
    }
    let text = String::from_utf8_lossy(&body);
    for behind in text.split("cursor=").skip(1) {
        let end = behind.find(|c: char| !(c.is_ascii_alphanumeric() || "-_".contains(c)));
        use base64::Engine;
        let engine = base64::engine::general_purpose::URL_SAFE_NO_PAD;
        all.extend(engine.decode(&behind[..end.unwrap_or(behind.len())]).unwrap_or_default());
    }
    // Escaped once more, as links in pages and in JSON are.
    all.extend(percent_decode_str(&text));
    all.extend(&body);
    all
}

fn decoded(answer: &Answer) -> Vec<u8> {
    let mut body = answer.body.as_slice();
    let mut read = vec![];
    match answer.header("content-encoding") {
        "zstd" => zstd::stream::copy_decode(body, &mut read).unwrap(),
        "br" => drop(brotli::BrotliDecompress(&mut body, &mut read)),
        "gzip" => drop(flate2::read::MultiGzDecoder::new(body).read_to_end(&mut read).unwrap()),
        _ => read.extend(body),
    }
    read
}
