//! Five planted refuges: three of a protected collection, two among the rows of a public one. After
//! their office has asked for everything, everyone else asks for everything too, and no byte of
//! them is in any answer: no name, number, address, key, count or place.

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::time::Duration;

use serde_json::json;

use crate::crawler::{Canaries, Crawler};
use crate::files::step;
use crate::mvt;
use crate::refuge_town::{
    AMONG_OTHERS, COLLECTION, EPSG_3857, EPSG_25832, ITS_TITLE, PUBLIC, THEIR_KIND, Tile, Town,
};
use crate::refuge_town::{canaries, houses, tiles, write};
use crate::server::{Answer, Server};

/// Asks for the tiles over the houses in every way, and counts those that show something there.
fn ask_for_tiles(crawler: &mut Crawler, tiles: &[Tile]) -> usize {
    let mut found = 0;
    for ([z, x, y], at) in tiles {
        for path in [
            format!("/xyz/beratung/{z}/{x}/{y}"),
            format!("/xyz/{COLLECTION}/{z}/{x}/{y}"),
            format!("/xyz/beratung,{COLLECTION}/{z}/{x}/{y}"),
            format!("/xyz/quartiere,beratung/{z}/{x}/{y}"),
            format!("/xyz/beratung:labels/{z}/{x}/{y}"),
            format!("/xyz/{COLLECTION}:labels/{z}/{x}/{y}"),
            format!("/collections/beratung/tiles/WebMercatorQuad/{z}/{y}/{x}"),
            format!("/collections/{COLLECTION}/tiles/WebMercatorQuad/{z}/{y}/{x}"),
            format!("/tiles/WebMercatorQuad/{z}/{y}/{x}"),
            format!("/tiles/WebMercatorQuad/{z}/{y}/{x}?collections=beratung"),
            format!("/xyz/beratung/{z}/{x}/{y}?filter=plaetze%3E9000"),
        ] {
            for coding in ["identity", "gzip", "zstd"] {
                let answer = crawler.get_with(&path, &[("accept-encoding", coding)]);
                // Farther out, a unit is many metres.
                found += usize::from(coding == "identity" && *z >= 11 && shows(&answer, *at, &path));
            }
        }
    }
    found
}

/// Whether a layer of houses has a feature at this place of the tile.
fn shows(answer: &Answer, at: [f64; 2], about: &str) -> bool {
    if answer.status != 200 {
        return false;
    }
    let near = |point: &[i32; 2]| (0..2).all(|axis| (f64::from(point[axis]) - at[axis]).abs() < 2.5);
    let layers = mvt::read(&answer.body, about);
    let houses = layers.iter().filter(|(name, _)| name.contains("beratung") || name.contains(COLLECTION));
    houses.flat_map(|(_, features)| features).any(|one| one.runs.iter().flatten().any(near))
}

/// What is asked for by name, by column, by place, and for planning.
fn questions() -> Vec<String> {
    let mut all: Vec<String> = ["json", "geojson", "csv", "xlsx"]
        .map(|format| format!("/processes/profile/execution?area=Altstadt/Markt&level=viertel&f={format}"))
        .into();
    for id in ["beratung", COLLECTION] {
        for format in ["json", "jsonfg", "csv", "ndjson", "geojsonseq", "flatgeobuf", "gpkg", "html"] {
            all.push(format!("/collections/{id}/items?limit=1000&f={format}"));
            all.push(format!("/collections/{id}/items?limit=1000&f={format}&crs={EPSG_25832}"));
        }
        for ending in ["geojson", "fg.json", "csv", "ndjson", "geojsonl", "fgb", "gpkg", "xlsx"] {
            all.push(format!("/collections/{id}/download.{ending}"));
            all.push(format!("/collections/{id}/download.{ending}?crs={EPSG_3857}"));
        }
        for column in ["kennung", "name", "art", "telefon", "anschrift", "schutz", "plaetze", "geom"] {
            for query in [
                format!("items?sortby={column}&limit=3"),
                format!("items?sortby=-{column}&limit=3"),
                format!("items?properties={column}"),
                format!("items?filter={column}%20IS%20NOT%20NULL"),
                format!("items?filter={column}%20LIKE%20%27%25%27"),
            ] {
                all.push(format!("/collections/{id}/{query}"));
            }
            for format in ["json", "csv", "xlsx"] {
                all.push(format!("/collections/{id}/aggregate?group-by={column}&f={format}"));
                let words = format!("count,min({column}),max({column})");
                all.push(format!("/collections/{id}/aggregate?aggregate={words}&f={format}"));
            }
        }
        all.push(format!("/collections/{id}/aggregate?group-by-area=quartiere"));
        all.push(format!("/processes/profile/execution?area=S%C3%BCd&facilities={id}"));
        all.push(format!("/collections/quartiere/aggregate?group-by-area={id}"));
        for more in
            ["facilities", "type"].map(|name| format!("{name}={}", if name == "type" { "hilfe" } else { id }))
        {
            for format in ["json", "geojson", "csv", "xlsx"] {
                for query in [
                    "coverage/execution?distance=700",
                    "coverage/execution?distance=700&by=viertel",
                    "nearest/execution?point=7.47,50.73&k=9",
                    "nearest/execution?by=viertel",
                    "nearest/execution?per_address=true",
                    "supply/execution?by=all",
                    "siting/execution?distance=700&p=2",
                    "reach/execution?distance=400",
                ] {
                    all.push(format!("/processes/{query}&{more}&f={format}"));
                }
            }
        }
    }
    all
}

/// Asks for all there is in the words of the houses, by each beginning of them.
fn ask_by_name(crawler: &mut Crawler) {
    for one in houses() {
        for word in [one.name, one.address, one.telephone, one.key, THEIR_KIND] {
            for length in 1..=word.len() {
                crawler.get(&format!("/search?q={}", &word[..length]));
                crawler.get(&format!("/collections/beratung/items?q={}", &word[..length]));
            }
        }
    }
}

/// Questions that name a word in whole.
fn in_whole(word: &str) -> Vec<String> {
    let filter = |text: String| step(&text);
    let mut all = vec![
        format!("/search?q={word}"),
        format!("/collections/catalog/items?q={word}"),
        format!("/collections/{word}"),
        format!("/xyz/{word}/0/0/0"),
        format!("/xyz/beratung,{word}/0/0/0"),
        format!("/styles/{word}"),
        format!("/processes/nearest/execution?facilities={word}&point=7.47,50.73"),
    ];
    for id in ["beratung", COLLECTION] {
        all.extend([
            format!("/collections/{id}/items/{word}"),
            format!("/collections/{id}/items?q={word}"),
            format!("/collections/{id}/items?name={word}"),
            format!("/collections/{id}/items?kennung={word}"),
            format!("/collections/{id}/items?art={word}"),
            format!("/collections/{id}/items?telefon={word}"),
            format!(
                "/collections/{id}/items?filter={}",
                filter(format!("name = '{word}' OR kennung = '{word}'"))
            ),
            format!("/collections/{id}/items?filter={}", filter(format!("telefon LIKE '{word}%'"))),
            format!("/collections/{id}/aggregate?group-by={word}"),
            format!("/collections/{id}/aggregate?group-by=art&filter={}", filter(format!("art = '{word}'"))),
            format!(
                "/processes/coverage/execution?facilities={id}&distance=500&filter={}",
                filter(format!("name='{word}'"))
            ),
        ]);
    }
    all
}

/// The questions at a place: near it, in words that are not its own.
fn ask_around(crawler: &mut Crawler, tiles: &[Tile]) {
    for ([z, x, y], _) in tiles.iter().filter(|([z, ..], _)| *z == 15) {
        let side = f64::from(1u32 << z);
        let lat =
            |y: u32| ((1.0 - 2.0 * f64::from(y) / side) * std::f64::consts::PI).sinh().atan().to_degrees();
        let lon = |x: u32| f64::from(x) / side * 360.0 - 180.0;
        let [west, south, east, north] =
            [lon(*x), lat(y + 1), lon(x + 1), lat(*y)].map(|number| format!("{number:.5}"));
        for id in ["beratung", COLLECTION] {
            let shape = step(&format!("S_INTERSECTS(geom,BBOX({west},{south},{east},{north}))"));
            for query in [
                format!("items?bbox={west},{south},{east},{north}"),
                format!("items?filter={shape}"),
                format!("aggregate?filter={shape}"),
                format!("download.csv?bbox={west},{south},{east},{north}"),
            ] {
                crawler.get(&format!("/collections/{id}/{query}"));
            }
            for question in ["nearest", "profile"] {
                let path = format!(
                    "/processes/{question}/execution?facilities={id}&point={west},{south}&k=20&route=true"
                );
                crawler.get(&path);
            }
            let inputs =
                json!({ "inputs": { "facilities": { "collection": id }, "distance": 900, "by": "viertel" } });
            crawler.post("/processes/coverage/execution", &inputs);
        }
        let [west, south]: [f64; 2] = [&west, &south].map(|number| number.parse().unwrap());
        let body = json!({ "locations": [[west, south]], "range": [600], "attributes": ["total_pop"] });
        crawler.post("/v2/isochrones/foot-walking/geojson", &body);
    }
}

/// All of it, by one caller.
fn ask_for_everything<'a>(
    caller: &'a Server,
    canaries: &'a Canaries,
    tiles: &[Tile],
) -> (Crawler<'a>, usize) {
    let mut crawler = Crawler::of(caller, canaries);
    let some: Vec<[u32; 3]> = tiles.iter().map(|(tile, _)| *tile).filter(|[z, ..]| *z == 14).collect();
    let starts = ["/", "/?f=html", "/api", "/collections", "/catalog", "/processes", "/styles", "/planung"];
    crawler.follow(&starts, &some, 40);
    crawler.described(&["beratung", COLLECTION]);
    let seen = ask_for_tiles(&mut crawler, tiles);
    questions().iter().for_each(|question| drop(crawler.get(question)));
    ask_by_name(&mut crawler);
    ask_around(&mut crawler, tiles);
    for path in
        ["/metrics", "/ready", "/health", "/catalog?f=ttl", "/styles/light", "/styles/beratung/legend"]
    {
        crawler.get(path);
    }
    (crawler, seen)
}

/// The answer without when it was made, and without the address of a result.
fn told(answer: &Answer) -> String {
    let result = answer.header("content-location").rsplit('/').next().unwrap();
    let id = result.split('?').next().filter(|id| !id.is_empty()).unwrap_or("no result");
    let text = answer.text().replace(id, "RESULT");
    let (before, moment) = text.split_once("\"timeStamp\":\"").unwrap_or((&text, ""));
    let behind = moment.split_once('"').map_or(moment, |(_, behind)| behind);
    format!("{} {}\n{before}{behind}", answer.status, answer.header("cache-control"))
}

/// Who names a refuge is answered as who names nothing.
fn a_name_is_as_good_as_none(caller: &Server) {
    for one in houses() {
        for word in [one.name, one.telephone, one.key, COLLECTION] {
            let turned = |c: char| match c {
                'z' | 'Z' | '9' => c,
                c if c.is_ascii_alphanumeric() => char::from(c as u8 + 1),
                c => c,
            };
            let other: String = word.chars().map(turned).collect();
            for (question, twin) in in_whole(word).iter().zip(in_whole(&other)) {
                let (own, twin) = (told(&caller.get(question)), told(&caller.get(&twin)));
                assert!(own == twin.replace(&other, word), "{question}:\n{own}\n{twin}");
            }
        }
    }
}

/// Ways by which the office is told of the refuges, and nobody else.
const WAYS: &str = "/api /catalog /collections /metrics /styles /processes \
    f=json f=jsonfg f=csv f=ndjson f=geojsonseq f=flatgeobuf f=gpkg f=html f=xlsx \
    download.geojson download.fg.json download.csv download.ndjson download.geojsonl download.fgb \
    download.gpkg /items?bbox /items?filter=S%5F sortby=-plaetze /aggregate?group-by=name \
    aggregate=count,min(telefon) aggregate=count,min(plaetze),max(plaetze)&f=xlsx \
    /search?q=Zwill /collections/beratung/items?q=Vog /xyz/beratung/0/ /xyz/beratung/16/ \
    /xyz/verborgenhaus/16/ /tiles/WebMercatorQuad/16/ /xyz/beratung.json /processes/coverage \
    /processes/nearest /processes/supply /processes/siting /processes/reach /processes/profile \
    type=hilfe /results/";

/// All files below a folder.
fn kept(folder: &Path) -> Vec<u8> {
    let mut all = vec![];
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => all.extend(kept(&path)),
            false => all.extend(std::fs::read(path).unwrap()),
        }
    }
    all
}

#[test]
fn after_the_office_has_asked_nobody_else_finds_a_byte_of_a_refuge() {
    let town = Town::begin();
    let [office, statistics, everyone] = town.callers();
    let canaries = canaries(&office);
    let tiles = tiles(&office);
    // The office finds all, and everything is kept that is ever kept.
    let (mut of_office, seen) = ask_for_everything(&office, &canaries, &tiles);
    let results = of_office.results.clone();
    assert!(seen > 50 && results.len() > 10, "{seen} {results:?}");
    results.iter().for_each(|result| drop(of_office.get(result)));
    let names = canaries.names().into_iter();
    let missed: Vec<&str> = names.filter(|name| !of_office.found.contains_key(*name)).collect();
    assert!(missed.is_empty(), "the crawl does not find {missed:?}");
    let shows = |way: &str| of_office.showing.iter().any(|question| question.contains(way));
    let blind: Vec<&str> = WAYS.split_whitespace().filter(|way| !shows(way)).collect();
    assert!(blind.is_empty(), "nothing of a refuge is at {blind:?}");
    println!("the office: {:?}", of_office.answers);
    for caller in [&statistics, &everyone] {
        let (mut crawler, seen) = ask_for_everything(caller, &canaries, &tiles);
        // What the office was told of by address or tag is no way in.
        results.iter().for_each(|result| drop(crawler.get(result)));
        println!("others: {:?}", crawler.answers);
        assert!(crawler.found.is_empty(), "{:#?}", crawler.found);
        assert_eq!(seen, 0, "a tile shows something where a refuge is");
        for (path, tag) in of_office.tags.iter().filter(|(path, _)| path.starts_with("/xyz/verb")) {
            let answer = caller.get_with(path, &[("if-none-match", tag)]);
            assert_eq!(answer.status, 404, "{path}");
        }
        let items = caller.get("/collections/beratung/items?limit=1").json();
        assert_eq!(items["numberMatched"], PUBLIC);
        a_name_is_as_good_as_none(caller);
    }
    // The log has no more than addresses, with the words that were asked for in them.
    let (log, files) = (town.server.log(), kept(town.place.folder.path()));
    let (asked, log): (Vec<&str>, Vec<&str>) = log.lines().partition(|line| line.contains(" answered "));
    assert!(asked.len() > 5000 && asked.iter().all(|line| !line.contains('?')), "{}", asked.len());
    let of_rules = BTreeSet::from([COLLECTION, THEIR_KIND, ITS_TITLE]);
    assert!(canaries.in_bytes(&files).is_subset(&of_rules), "{:?} in files", canaries.in_bytes(&files));
    let said = canaries.in_bytes(log.concat().as_bytes());
    assert!(said.is_subset(&of_rules), "{said:?} in the log");
}

/// A client of `/changes`, which reads what comes.
fn listen(server: &Server, key: Option<&str>) -> TcpStream {
    let mut stream = TcpStream::connect(server.address()).unwrap();
    let key = key.map_or(String::new(), |key| format!("Authorization: {key}\r\n"));
    write!(stream, "GET /changes HTTP/1.1\r\nHost: a\r\n{key}\r\n").unwrap();
    stream.set_read_timeout(Some(Duration::from_millis(500))).unwrap();
    stream
}

fn heard(stream: &mut TcpStream, until: &str) -> String {
    let (mut all, mut buffer) = (String::new(), [0; 4096]);
    let begun = std::time::Instant::now();
    loop {
        match stream.read(&mut buffer) {
            Ok(count @ 1..) => all.push_str(&String::from_utf8_lossy(&buffer[..count])),
            _ if until.is_empty() || begun.elapsed() > Duration::from_secs(20) => return all,
            _ => (),
        }
        if !until.is_empty() && all.contains(until) {
            return all;
        }
    }
}

#[test]
fn a_refuge_that_moves_is_noticed_by_its_office_alone() {
    let town = Town::begin();
    let [office, statistics, everyone] = town.callers();
    let canaries = canaries(&office);
    let public = ["/xyz/beratung/0/0/0", "/xyz/beratung.json", "/collections/beratung/items?limit=100"];
    let see = |caller: &Server| {
        let fields = ["etag", "veedel-data-version", "last-modified"];
        public.map(|path| {
            let answer = caller.get(path);
            (told(&answer), fields.map(|name| answer.header(name).to_owned()))
        })
    };
    let before = [see(&statistics), see(&everyone)];
    let [office_key, statistics_key] = &town.keys;
    let mut streams = [Some(office_key), Some(statistics_key), None]
        .map(|key| listen(&town.server, key.map(String::as_str)));
    for stream in &mut streams {
        assert!(heard(stream, "listening").contains("200 OK"));
    }
    write(&town.data, 137.0);
    heard(&mut streams[0], &format!("\"{COLLECTION}\""));
    town.server.wait_for("the change", |_| {
        let moved =
            office.get(&format!("/collections/beratung/items/{}?crs={EPSG_25832}", AMONG_OTHERS[0].key));
        let x = moved.json()["geometry"]["coordinates"][0].as_f64()?;
        (x > AMONG_OTHERS[0].at[0] + 100.0).then_some(())
    });
    for stream in &mut streams[1..] {
        let told = heard(stream, "");
        assert_eq!(canaries.in_bytes(told.as_bytes()).len(), 0, "{told}");
        assert!(!told.contains("event: change"), "{told}");
    }
    assert_eq!([see(&statistics), see(&everyone)], before);
}
