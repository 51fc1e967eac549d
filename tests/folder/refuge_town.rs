//! A town with five planted refuges: three of a protected collection, two among the rows of a
//! public one.

use std::path::{Path, PathBuf};

use flatgeobuf::{ColumnType, FgbCrs, FgbWriter, FgbWriterOptions, GeometryType};
use geozero::wkt::Wkt;
use geozero::{ColumnValue, PropertyProcessor};
use serde_json::Value;

use crate::crawler::{Canaries, Canary};
use crate::files::{renamed, replace, some_of_the_city};
use crate::place::{Place, bearer};
use crate::server::Server;

/// A refuge, or a public place of advice: key, name, number, address, and where it is (EPSG:25832).
pub struct House {
    pub key: &'static str,
    pub name: &'static str,
    pub telephone: &'static str,
    pub address: &'static str,
    pub at: [f64; 2],
}

const fn house(
    key: &'static str,
    name: &'static str,
    telephone: &'static str,
    address: &'static str,
    at: [f64; 2],
) -> House {
    House { key, name, telephone, address, at }
}

/// Those of the protected collection.
pub const REFUGES: [House; 3] = [
    house("zfq81xk7", "Zwillbrockerin", "029997718011", "Quellwispelweg", [391203.371, 5621217.629]),
    house("zfq82yk8", "Morgentauhort", "029997728022", "Nebelkrumengasse", [392871.137, 5621733.813]),
    house("zfq83zk9", "Xylanderruh", "029997738033", "Distelquastenpfad", [393719.593, 5622411.271]),
];

/// Those among the rows of the public collection; one lies beyond all public places.
pub const AMONG_OTHERS: [House; 2] = [
    house("zfq84ak1", "Jasminklause", "029997748044", "Ulmenzwirnstieg", [392455.917, 5620911.447]),
    house("zfq85bk2", "Vogelfreistatt", "029997758055", "Kranichwunderallee", [394403.771, 5623377.313]),
];

/// What only the refuges have in columns that everyone sees, and what only the office is told of.
pub const THEIR_KIND: &str = "Zufluchtshausart";
pub const THEIR_PLACES: i32 = 98_765_433;
pub const COLLECTION: &str = "verborgenhaus";
pub const ITS_TITLE: &str = "Verschwiegenorte";
pub const PUBLIC: i32 = 12;

const RULES: &str = r#"
access_log = true
[access.roles.jugendamt]
[access.roles.statistik]
[collections.verborgenhaus]
title = "Verschwiegenorte"
max_age = "1h"
[collections.verborgenhaus.access]
protected = true
read = ["jugendamt"]
show = { jugendamt = ["kennung", "name", "art", "telefon", "anschrift", "plaetze"] }
[collections.beratung]
max_age = "1h"
rank = "plaetze"
[collections.beratung.access]
rows = { everyone = "schutz IS NULL", jugendamt = "TRUE" }
show = { everyone = ["kennung", "name", "art", "plaetze"], jugendamt = ["kennung", "name", "art", "telefon", "anschrift", "plaetze"] }
[roles]
exact = true
[roles.network]
collection = "strassen"
[roles.demand]
collection = "adressen"
address = ["strasse", "hausnummer"]
[roles.population]
collection = "bevoelkerung"
level = "viertel"
area = "gebiet"
date = "stichtag"
group = "altersgruppe"
persons = "anzahl"
[roles.areas.viertel]
collection = "quartiere"
id = "name"
[roles.facilities.beratung]
title = "Beratungsstellen"
name = "name"
capacity = { column = "plaetze", unit = "Plätze" }
[roles.facilities.verborgenhaus]
title = "Verschwiegenorte"
name = "name"
capacity = { column = "plaetze", unit = "Plätze" }
[roles.types.hilfe]
of = [{ collection = "beratung" }, { collection = "verborgenhaus" }]
"#;

/// A file of houses; `moved` metres east of where they are.
fn file(public: i32, refuges: &[House], moved: f64) -> Vec<u8> {
    let crs = FgbCrs { code: 25832, ..FgbCrs::default() };
    let options = FgbWriterOptions { write_index: true, detect_type: false, crs, ..Default::default() };
    let mut writer = FgbWriter::create_with_options("x", GeometryType::Point, options).unwrap();
    let texts = ["kennung", "name", "art", "telefon", "anschrift", "schutz"];
    for name in texts {
        writer.add_column(name, ColumnType::String, |_, column| column.primary_key = name == "kennung");
    }
    writer.add_column("plaetze", ColumnType::Int, |_, _| {});
    let mut add = |at: [f64; 2], texts: &[&str], places: i32| {
        let wkt = format!("POINT({} {})", at[0], at[1]);
        writer
            .add_feature_geom(Wkt(wkt.as_str()), |feature| {
                for (number, text) in texts.iter().enumerate() {
                    feature.property(number, "", &ColumnValue::String(text)).unwrap();
                }
                feature.property(6, "plaetze", &ColumnValue::Int(places)).unwrap();
            })
            .unwrap();
    };
    for number in 0..public {
        let at = [391_500.0 + f64::from(number % 4) * 611.0, 5_620_700.0 + f64::from(number / 4) * 531.0];
        let [key, name, telephone] =
            [format!("oeff{number}"), format!("Beratung {number}"), format!("0299-000-{number}")];
        add(
            at,
            &[&key, &name, ["Familie", "Schulden"][number as usize % 2], &telephone, "Markt"],
            10 + number,
        );
    }
    for one in refuges {
        let at = [one.at[0] + moved, one.at[1]];
        add(at, &[one.key, one.name, THEIR_KIND, one.telephone, one.address, "ja"], THEIR_PLACES);
    }
    let mut bytes = vec![];
    writer.write(&mut bytes).unwrap();
    bytes
}

pub fn write(folder: &Path, moved: f64) {
    let sidecar = b"key = [\"kennung\"]\ngeometry = \"geom\"\n";
    for (name, bytes) in
        [("beratung", file(PUBLIC, &AMONG_OTHERS, moved)), (COLLECTION, file(0, &REFUGES, moved))]
    {
        replace(folder, &format!("{name}.schema.toml"), sidecar);
        replace(folder, &format!("{name}.fgb"), &bytes);
    }
}

pub fn houses() -> impl Iterator<Item = &'static House> {
    REFUGES.iter().chain(&AMONG_OTHERS)
}

/// The server over the city with the houses, and where it keeps what it keeps.
pub struct Town {
    pub server: Server,
    pub data: PathBuf,
    pub place: Place,
    _folder: tempfile::TempDir,
    pub keys: [String; 2],
}

impl Town {
    /// Serves it.
    pub fn begin() -> Town {
        let (folder, data) =
            renamed(some_of_the_city(&["adressen", "bevoelkerung", "quartiere", "strassen"]));
        write(&data, 0.0);
        let place = Place::new(&format!("sources = {:?}\n{}", data.to_str().unwrap(), RULES));
        let keys = [("Jugendamt", "jugendamt"), ("Statistik", "statistik")]
            .map(|(name, role)| bearer(&place.add(&[name, "--role", role])));
        let temporary = place.folder.path().join("tmp");
        std::fs::create_dir(&temporary).unwrap();
        let config = place.config();
        let server = Server::start_with(&["--config", config.to_str().unwrap()], |command| {
            command.env("TMPDIR", &temporary);
        });
        server.wait_ready();
        Town { server, data, place, _folder: folder, keys }
    }

    /// The office, who asks with the key of another role, and who asks with none.
    pub fn callers(&self) -> [Server; 3] {
        let with = |key: &String| self.server.asked_with("authorization", key);
        [with(&self.keys[0]), with(&self.keys[1]), Server::at(self.server.base.clone())]
    }
}

/// What may show: words, and places as the office is told of them.
pub fn canaries(office: &Server) -> Canaries {
    let mut all: Vec<Canary> = houses()
        .flat_map(|one| [one.key, one.name, one.telephone, one.address])
        .chain([THEIR_KIND, COLLECTION, ITS_TITLE, &THEIR_PLACES.to_string()])
        .map(Canary::text)
        .collect();
    for id in ["beratung", COLLECTION] {
        for system in ["http://www.opengis.net/def/crs/OGC/1.3/CRS84", EPSG_25832, EPSG_3857] {
            let path = format!("/collections/{id}/items?limit=100&crs={system}");
            let document = office.get(&path).json();
            let features = document["features"].as_array().unwrap().iter();
            let theirs = features.filter(|one| one["properties"]["art"] == THEIR_KIND);
            let places: Vec<Value> = theirs.map(|one| one["geometry"]["coordinates"].clone()).collect();
            assert_eq!(places.len(), if id == COLLECTION { 3 } else { 2 }, "{document}");
            for place in &places {
                let [x, y] = [0, 1].map(|axis| place[axis].as_f64().unwrap());
                // A metre, if the numbers are degrees, and else ten centimetres.
                let digits = if x < 180.0 { 6 } else { 2 };
                let [west, north] = [x, y].map(|number| {
                    let text = number.to_string();
                    text[..text.find('.').unwrap() + digits].to_owned()
                });
                all.push(Canary::place(&west, &north));
                all.extend([x, y].into_iter().flat_map(Canary::number));
            }
        }
    }
    Canaries::of(all)
}

pub const EPSG_25832: &str = "http://www.opengis.net/def/crs/EPSG/0/25832";
pub const EPSG_3857: &str = "http://www.opengis.net/def/crs/EPSG/0/3857";

/// A tile, and a place within it.
pub type Tile = ([u32; 3], [f64; 2]);

/// The tiles over each house, and where in them it is, by the office's own word.
pub fn tiles(office: &Server) -> Vec<Tile> {
    let mut tiles = vec![];
    for one in houses() {
        let id = if REFUGES.iter().any(|refuge| refuge.key == one.key) { COLLECTION } else { "beratung" };
        let feature = office.get(&format!("/collections/{id}/items/{}", one.key)).json();
        let [lon, lat] = [0, 1].map(|axis| feature["geometry"]["coordinates"][axis].as_f64().unwrap());
        for zoom in 0..=16 {
            let side = f64::from(1u32 << zoom);
            let y = 0.5 - lat.to_radians().tan().asinh() / std::f64::consts::TAU;
            let at = [(lon / 360.0 + 0.5) * side, y * side];
            tiles.push(([zoom, at[0] as u32, at[1] as u32], at.map(|at| at.fract() * 4096.0)));
        }
    }
    tiles
}
