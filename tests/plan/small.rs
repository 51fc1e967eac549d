//! A town of a few lines, homes and schools in metres, to try one thing at a time.

use serde_json::{Value, json};

use crate::server::Server;

/// Where the town begins in EPSG:25832.
const ORIGIN: [f64; 2] = [350_000.0, 5_640_000.0];

/// The town.
#[derive(Default)]
pub struct Town<'a> {
    /// Streets, each from one point to another.
    pub streets: &'a [[[f64; 2]; 2]],
    /// Where people live.
    pub homes: &'a [[f64; 2]],
    /// The schools.
    pub schools: &'a [[f64; 2]],
    /// Areas: id, and the corners of a box.
    pub areas: &'a [(&'a str, [f64; 4])],
    /// Area, age group and persons.
    pub population: &'a [(&'a str, &'a str, u32)],
    /// More sections of the configuration.
    pub more: &'a str,
}

fn place([x, y]: [f64; 2]) -> [f64; 2] {
    [ORIGIN[0] + x, ORIGIN[1] + y]
}

fn points(places: &[[f64; 2]]) -> Vec<Value> {
    let feature = |(number, at): (usize, &[f64; 2])| {
        json!({ "type": "Feature", "properties": { "nr": number + 1, "name": format!("Nr. {}", number + 1) },
            "geometry": { "type": "Point", "coordinates": place(*at) } })
    };
    places.iter().enumerate().map(feature).collect()
}

impl Town<'_> {
    /// The server of the town; None, and a word why, where this build cannot import.
    pub fn serve(&self) -> Option<(Server, tempfile::TempDir)> {
        let folder = tempfile::tempdir().unwrap();
        let line = |(number, [from, to]): (usize, &[[f64; 2]; 2])| {
            json!({ "type": "Feature", "properties": { "nr": number },
                "geometry": { "type": "LineString", "coordinates": [place(*from), place(*to)] } })
        };
        let area = |(id, [west, south, east, north]): &(&str, [f64; 4])| {
            let ring = [[*west, *south], [*east, *south], [*east, *north], [*west, *north], [*west, *south]];
            json!({ "type": "Feature", "properties": { "id": id },
                "geometry": { "type": "Polygon", "coordinates": [ring.map(place)] } })
        };
        let layers = [
            ("strassen", self.streets.iter().enumerate().map(line).collect()),
            ("adressen", points(self.homes)),
            ("schulen", points(self.schools)),
            ("viertel", self.areas.iter().map(area).collect::<Vec<_>>()),
        ];
        for (name, features) in layers {
            let source = folder.path().join(format!("{name}.geojson"));
            let crs = json!({ "type": "name", "properties": { "name": "urn:ogc:def:crs:EPSG::25832" } });
            let document = json!({ "type": "FeatureCollection", "crs": crs, "features": features });
            std::fs::write(&source, document.to_string()).unwrap();
            let into = folder.path().join("town");
            let import = std::process::Command::new(env!("CARGO_BIN_EXE_veedel"))
                .args(["import", source.to_str().unwrap(), "--into", into.to_str().unwrap()])
                .output()
                .unwrap();
            if !import.status.success() {
                println!("skipped: this build cannot import: {}", String::from_utf8_lossy(&import.stderr));
                return None;
            }
        }
        let rows = self
            .population
            .iter()
            .map(|(area, group, persons)| format!("{area};2024-12-31;{group};{persons}\n"));
        let table = format!("gebiet;stichtag;gruppe;anzahl\n{}", rows.collect::<String>());
        std::fs::write(folder.path().join("town/bevoelkerung.csv"), table).unwrap();
        let configuration = format!(
            "sources = {:?}\n[roles]\nexact = true\n[roles.network]\ncollection = \"strassen\"\n\
             [roles.demand]\ncollection = \"adressen\"\n[roles.areas.viertel]\ncollection = \"viertel\"\nid = \"id\"\n\
             [roles.population]\ncollection = \"bevoelkerung\"\nlevel = \"viertel\"\narea = \"gebiet\"\n\
             date = \"stichtag\"\ngroup = \"gruppe\"\npersons = \"anzahl\"\n\
             [roles.facilities.schulen]\ntitle = \"Schulen\"\nname = \"name\"\n{}\n",
            folder.path().join("town"),
            self.more
        );
        let file = folder.path().join("veedel.toml");
        std::fs::write(&file, configuration).unwrap();
        Some((Server::ready(&["--config", file.to_str().unwrap()]), folder))
    }
}

/// An answer in JSON.
pub fn ask(server: &Server, question: &str) -> Value {
    let answer = server.get(&format!("/processes/{question}"));
    assert_eq!(answer.status, 200, "{question}: {}", answer.text());
    answer.json()
}

/// The codes of an answer's warnings.
pub fn codes(answer: &Value) -> Vec<&str> {
    answer["warnings"].as_array().unwrap().iter().filter_map(|warning| warning["code"].as_str()).collect()
}
