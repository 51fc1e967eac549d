//! The twin test: a server on which things are hidden, beside one whose data lack them, and no
//! question tells the two apart.
//!
//! Hidden are a collection, a level of areas, facilities, a column, and a key, which the other
//! server has otherwise. The same for rows of a database, in memory and asked for each time, is in
//! `tests/postgis/hidden.rs`.

use std::path::Path;

use serde_json::json;

use crate::files::{fgb, renamed, replace, some_of_the_city};
use crate::likeness::{ADDRESS, Likeness};
use crate::server::Server;

/// What is the same on both servers.
const COMMON: &str = r#"
[collections.geheim]
hidden = true
[collections.bezirke]
hidden = true
[collections.kitas]
hidden = true
[collections.schulen]
hide = "traeger"
rank = "traeger"
value_zooms = { traeger = { "Stadt Rheinfurt" = 14 } }
[collections.garten]
hide = ["id"]
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
[roles.areas.ortsteil]
collection = "quartiere"
id = "id"
name = "name"
[roles.facilities.schulen]
name = "name"
"#;

/// Parts that hidden collections play, and the same parts without them.
const HIDING: &str = r#"
operator = "traeger"
[roles.areas.viertel]
collection = "quartiere"
id = "name"
parent = "bezirk"
[roles.areas.bezirk]
collection = "bezirke"
id = "id"
name = "name"
[roles.areas.einzug]
collection = "bezirke"
id = "id"
responsible = { collection = "schulen", column = "id" }
[roles.facilities.kitas]
name = "name"
[roles.types.betreuung]
of = [{ collection = "kitas" }]
[roles.types.lernen]
of = [{ collection = "schulen" }, { collection = "kitas" }]
"#;
const LACKING: &str = r#"
[roles.areas.viertel]
collection = "quartiere"
id = "name"
[roles.types.lernen]
of = [{ collection = "schulen" }]
"#;

const CITY: [&str; 9] = [
    "adressen",
    "bevoelkerung",
    "bezirke",
    "gebaeude",
    "kitas",
    "quartiere",
    "schulen",
    "spielplaetze",
    "strassen",
];

/// Features of which some share a place; their ids are their order.
fn gardens() -> Vec<(String, &'static str)> {
    let place = |number: u32| {
        let (x, y) = (390_000.0 + f64::from(number % 7) * 331.0, 5_620_000.0 + f64::from(number / 21) * 97.0);
        format!("POINT({x} {y})")
    };
    (0..80).map(|number| (place(number), ["Rosen", "Obst", "Kohl", "Obst"][number as usize % 4])).collect()
}

fn folder(lacks: &[&str], is_reversed: bool) -> tempfile::TempDir {
    let names: Vec<&str> = CITY.into_iter().filter(|name| !lacks.contains(name)).collect();
    let folder = some_of_the_city(&names);
    let mut gardens = gardens();
    if is_reversed {
        gardens.reverse();
    }
    let features: Vec<(&str, &str)> = gardens.iter().map(|(place, name)| (place.as_str(), *name)).collect();
    replace(folder.path(), "garten.fgb", &fgb(&features, true));
    folder
}

fn served(folder: &Path, more: &str) -> (Server, tempfile::NamedTempFile) {
    let file = tempfile::NamedTempFile::with_suffix(".toml").unwrap();
    let text = format!("sources = {:?}\npublic_url = {ADDRESS:?}\n{COMMON}{more}", folder.to_str().unwrap());
    std::fs::write(file.path(), text).unwrap();
    let server = Server::ready(&["--config", file.path().to_str().unwrap()]);
    (server, file)
}

/// What nobody may learn anything from.
const QUESTIONS: &[&str] = &[
    "/collections/geheim",
    "/collections/geheim/items",
    "/collections/bezirke/items?f=csv",
    "/collections/kitas/schema",
    "/xyz/geheim/13/4266/2752",
    "/xyz/bezirke:labels/13/4266/2752",
    "/xyz/schulen,kitas.json",
    "/collections/schulen/items?traeger=x",
    "/collections/schulen/items?sortby=traeger",
    "/collections/schulen/items?properties=traeger",
    "/collections/schulen/items?filter=traeger%20LIKE%20%27S%25%27",
    "/collections/schulen/items?q=Rheinfurt",
    "/collections/schulen/aggregate?group-by=traeger",
    "/collections/schulen/aggregate?group-by-area=bezirke",
    "/collections/schulen/aggregate?group-by-area=quartiere",
    "/collections/adressen/aggregate?group-by-area=garten",
    "/collections/garten/items/7",
    "/collections/garten/items?id=7",
    "/collections/garten/items?sortby=id",
    "/collections/garten/items?sortby=name&limit=9",
    "/collections/garten/items?sortby=-name&limit=200&f=ndjson",
    // ["f","40",[]]: whatever key one guesses.
    "/collections/garten/items?cursor=WyJmIiwiNDAiLFtdLFtdXQ",
    "/collections/garten/aggregate?group-by=name",
    "/search?q=Westerfeld",
    "/search?q=Kita",
    "/search?q=Schule",
    "/processes/coverage/execution?facilities=schulen&distance=500",
    "/processes/coverage/execution?facilities=schulen&distance=500&f=geojson",
    "/processes/coverage/execution?facilities=schulen&distance=500&by=bezirk&f=geojson",
    "/processes/coverage/execution?facilities=schulen&distance=500&by=fehlt",
    "/processes/coverage/execution?facilities=schulen&distance=500&by=viertel&rollup=true",
    "/processes/coverage/execution?facilities=kitas&distance=500",
    "/processes/coverage/execution?type=betreuung&distance=500",
    "/processes/coverage/execution?type=lernen&distance=500&f=csv",
    "/processes/nearest/execution?facilities=schulen&point=7.47,50.73&k=3",
    "/processes/nearest/execution?facilities=schulen&point=7.475,50.732&k=3&route=true",
    "/processes/nearest/execution?facilities=schulen&by=bezirk",
    "/processes/nearest/execution?facilities=schulen&f=geojson",
    "/processes/nearest/execution?facilities=schulen&per_address=true&f=csv",
    "/processes/profile/execution?area=1&level=bezirk",
    "/processes/profile/execution?area=S%C3%BCd",
    "/processes/profile/execution?area=1&level=ortsteil&f=csv",
    "/processes/supply/execution?facilities=schulen&capacity=area&by=all",
    "/processes/supply/execution?facilities=schulen&capacity=area&by=bezirk",
    "/processes/siting/execution?facilities=schulen&distance=400&p=2",
    "/processes/siting/execution?facilities=schulen&distance=400&p=2&by=bezirk",
    "/processes/reach/execution?points=7.47,50.73&distance=500",
];

#[test]
fn what_is_hidden_and_what_is_not_there_are_told_apart_by_no_question() {
    // A server that hides nothing writes the schools without the column.
    let whole = some_of_the_city(&["schulen"]);
    let open = Server::ready(&[whole.path().to_str().unwrap()]);
    let schools = |query: &str| open.get(&format!("/collections/schulen/download.fgb{query}")).body;
    let (_hides, hides) = renamed(folder(&[], false));
    let (_lacks, lacks) = renamed(folder(&["bezirke", "kitas"], true));
    let sidecar = std::fs::read_to_string(hides.join("schulen.schema.toml")).unwrap();
    replace(&hides, "schulen.fgb", &schools(""));
    replace(&hides, "geheim.fgb", &fgb(&[("POINT(392622.598 5620879.121)", "Bunker")], true));
    replace(&lacks, "schulen.fgb", &schools("?exclude-properties=traeger"));
    replace(&lacks, "schulen.schema.toml", without_section(&sidecar, "traeger").as_bytes());
    let (one, _file) = served(&hides, HIDING);
    let (other, _other_file) = served(&lacks, LACKING);
    let paths = [&hides, &lacks].map(|path| path.to_str().unwrap().to_owned());
    let mut likeness = Likeness::of(&one, &other).calling(&paths);
    likeness.crawl();
    for question in QUESTIONS {
        likeness.get(question);
    }
    for process in ["coverage", "nearest", "profile", "supply"] {
        likeness.post(
            &format!("/processes/{process}/execution"),
            &json!({ "inputs": { "facilities": { "collection": "kitas" }, "by": "bezirk" } }),
        );
    }
    likeness.post(
        "/v2/isochrones/foot-walking/geojson",
        &json!({ "locations": [[7.47, 50.73]], "range": [360], "attributes": ["total_pop"] }),
    );
    likeness.end();
}

/// A sidecar without what it says of a column.
fn without_section(sidecar: &str, column: &str) -> String {
    let mut is_about = false;
    let kept = sidecar.lines().filter(|line| {
        if line.starts_with('[') {
            is_about = line.contains(&format!(".{column}]"));
        }
        !is_about
    });
    kept.collect::<Vec<_>>().join("\n")
}
