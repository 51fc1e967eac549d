//! What all these tests need: the town, servers, pages, addresses of tiles, numbers that look random.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::Value;
use serde_json::value::RawValue;

use crate::postgres::{Database, database};
use crate::server::Server;

/// The collections of the town that have a geometry.
pub const TOWN: [&str; 9] = [
    "adressen",
    "bezirke",
    "gebaeude",
    "gewaesser",
    "kitas",
    "quartiere",
    "schulen",
    "spielplaetze",
    "strassen",
];

/// `fixtures/city.sql` in a database, loaded once a process. No test changes it.
pub fn town() -> &'static Database<'static> {
    static TOWN: OnceLock<Database<'static>> = OnceLock::new();
    TOWN.get_or_init(|| {
        let database = database("stadt");
        database.sql(&std::fs::read_to_string("fixtures/city.sql").unwrap());
        database
    })
}

/// The key column of a collection of the town.
pub fn key(collection: &str) -> &'static str {
    if collection == "kitas" { "kita_id" } else { "id" }
}

/// The address of a coordinate system.
pub fn system(code: u32) -> String {
    match code {
        84 => "http://www.opengis.net/def/crs/OGC/1.3/CRS84".into(),
        code => format!("http://www.opengis.net/def/crs/EPSG/0/{code}"),
    }
}

/// A name as a step of an address.
pub fn step(name: &str) -> String {
    percent_encoding::utf8_percent_encode(name, percent_encoding::NON_ALPHANUMERIC).to_string()
}

/// A feature as it was sent, to the byte.
pub type Feature = Box<RawValue>;

#[derive(serde::Deserialize)]
struct Page {
    #[serde(rename = "numberMatched")]
    matched: u64,
    #[serde(rename = "numberReturned")]
    returned: usize,
    links: Vec<Value>,
    features: Vec<Feature>,
}

/// All features that `query` finds, over as many pages as it takes, and numberMatched.
pub fn features(server: &Server, id: &str, query: &str) -> (u64, Vec<Feature>) {
    let mut next = Some(format!("/collections/{}/items?{query}", step(id)));
    let (mut matched, mut all) = (None, vec![]);
    while let Some(path) = next {
        let answer = server.get(&path);
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        let page: Page = serde_json::from_slice(&answer.body).unwrap();
        assert_eq!(page.returned, page.features.len(), "{path}");
        assert_eq!(*matched.get_or_insert(page.matched), page.matched, "{path}");
        all.extend(page.features);
        let link = page.links.iter().find(|link| link["rel"] == "next");
        next = link.map(|link| link["href"].as_str().unwrap().strip_prefix(&server.base).unwrap().to_owned());
    }
    (matched.unwrap(), all)
}

/// A feature as JSON.
pub fn json(feature: &Feature) -> Value {
    serde_json::from_str(feature.get()).unwrap()
}

/// A feature's id as text.
pub fn id(feature: &Value) -> String {
    match &feature["id"] {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// The ids of all features of a collection, in the order served.
pub fn ids(server: &Server, collection: &str) -> Vec<String> {
    features(server, collection, "limit=1000").1.iter().map(|feature| id(&json(feature))).collect()
}

/// One feature's properties.
pub fn properties(server: &Server, collection: &str, id: &str) -> Value {
    let path = format!("/collections/{}/items/{}", step(collection), step(id));
    let answer = server.get(&path);
    assert_eq!(answer.status, 200, "{path}: {}", answer.text());
    answer.json()["properties"].clone()
}

/// The document of a collection.
pub fn collection(server: &Server, id: &str) -> Value {
    let answer = server.get(&format!("/collections/{}", step(id)));
    assert_eq!(answer.status, 200, "{id}: {}", answer.text());
    answer.json()
}

/// The ids of all collections.
pub fn collections(server: &Server) -> Vec<String> {
    let document = server.get("/collections").json();
    let list = document["collections"].as_array().unwrap();
    list.iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect()
}

/// What is not served: name, why, hint.
pub fn refusals(server: &Server) -> Vec<(String, String, String)> {
    let document = server.get("/collections").json();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let sources = document["veedel:sources"].as_array().unwrap();
    let refused = sources.iter().flat_map(|source| source["notServed"].as_array().unwrap());
    refused.map(|one| (text(&one["name"]), text(&one["why"]), text(&one["hint"]))).collect()
}

/// Why `name` is not served, and the hint.
pub fn refusal(server: &Server, name: &str) -> (String, String) {
    let all = refusals(server);
    let of_name: Vec<_> = all.iter().filter(|(refused, _, _)| refused == name).collect();
    assert_eq!(of_name.len(), 1, "{name} in {all:?}");
    (of_name[0].1.clone(), of_name[0].2.clone())
}

/// Asks `server` for a tile and items of `collection` again and again while `during` runs; every answer must
/// be a 200, and there must be some.
pub fn undisturbed<T>(server: &Server, collection: &str, tile: &str, during: impl FnOnce() -> T) -> T {
    let (stop, count) = (AtomicBool::new(false), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        let asking = scope.spawn(|| {
            let paths =
                [format!("/xyz/{collection}/{tile}"), format!("/collections/{collection}/items?limit=5")];
            while !stop.load(Ordering::Relaxed) {
                for path in &paths {
                    let answer = server.get(path);
                    assert_eq!(answer.status, 200, "{path}: {}", answer.text());
                    count.fetch_add(1, Ordering::Relaxed);
                }
            }
        });
        // The asking thread must end even where `during` fails an assertion.
        let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(during));
        // What happens meanwhile may be over before much was asked: a few more answers tell of the time after.
        let began = Instant::now();
        while count.load(Ordering::Relaxed) <= 10 && began.elapsed() < Duration::from_secs(10) {
            std::thread::sleep(Duration::from_millis(5));
        }
        stop.store(true, Ordering::Relaxed);
        asking.join().unwrap();
        assert!(count.load(Ordering::Relaxed) > 10);
        result.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

/// The tile of `zoom` that holds a place in degrees.
pub fn tile_at(lon: f64, lat: f64, zoom: u8) -> (u32, u32) {
    let side = f64::from(1u32 << zoom);
    let y = 0.5 - lat.to_radians().tan().asinh() / (2.0 * std::f64::consts::PI);
    (((lon / 360.0 + 0.5) * side) as u32, (y * side) as u32)
}

/// Tiles of `zoom` over a box (west, south, east, north) and a tile beyond it, at most about `most`, evenly
/// taken.
pub fn tiles_over(bounds: [f64; 4], zoom: u8, most: usize) -> Vec<(u8, u32, u32)> {
    let ((west, south), (east, north)) =
        (tile_at(bounds[0], bounds[1], zoom), tile_at(bounds[2], bounds[3], zoom));
    let all: Vec<_> =
        (west - 1..=east + 1).flat_map(|x| (north - 1..=south + 1).map(move |y| (zoom, x, y))).collect();
    let step = all.len().div_ceil(most).max(1);
    all.into_iter().step_by(step).collect()
}

/// The box of a collection, in degrees.
pub fn bounds(server: &Server, id: &str) -> [f64; 4] {
    let document = server.get(&format!("/xyz/{}.json", step(id))).json();
    serde_json::from_value(document["bounds"].clone()).unwrap()
}

/// Numbers that look random and are the same at each run (Knuth's MMIX generator).
pub struct Numbers(pub u64);

impl Numbers {
    /// A number in 0..1.
    pub fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1u64 << 53) as f64
    }

    /// A number between two.
    pub fn between(&mut self, from: f64, to: f64) -> f64 {
        from + (to - from) * self.next()
    }
}
