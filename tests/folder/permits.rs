//! The twin matrix of a folder and of planning: an office that sees some schools, Kitas and
//! playgrounds, beside a server whose folder has only these.

use std::path::Path;

use serde_json::json;

use crate::files::{renamed, replace, some_of_the_city};
use crate::likeness::{ADDRESS, Likeness};
use crate::office::{self, Rule};
use crate::server::Server;

/// The rule, and what asks a server without rules for the same rows and columns.
const RULES: [(Rule, &str); 3] = [
    (
        Rule {
            collection: "schulen",
            rows: "traeger = 'Stadt Rheinfurt'",
            columns: "id,name,schulart,plaetze,gegruendet,barrierefrei",
        },
        "?filter=traeger%3D%27Stadt%20Rheinfurt%27&exclude-properties=traeger&crs=http://www.opengis.net/def/crs/EPSG/0/25832",
    ),
    (
        Rule { collection: "kitas", rows: "plaetze > 60", columns: "" },
        "?filter=plaetze%3E60&crs=http://www.opengis.net/def/crs/EPSG/0/25832",
    ),
    (
        Rule {
            collection: "spielplaetze",
            rows: "S_INTERSECTS(geom, BBOX(7.46,50.72,7.49,50.735))",
            columns: "",
        },
        "?filter=S_INTERSECTS(geom,BBOX(7.46,50.72,7.49,50.735))&crs=http://www.opengis.net/def/crs/EPSG/0/25832",
    ),
];

const ROLES: &str = r#"
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
parent = "bezirk"
[roles.areas.bezirk]
collection = "bezirke"
id = "id"
name = "name"
[roles.facilities.schulen]
name = "name"
[roles.facilities.kitas]
name = "name"
[roles.facilities.spielplaetze]
[roles.types.lernen]
of = [{ collection = "schulen" }, { collection = "kitas" }]
"#;

/// Questions about the facilities that are seen, those that are not, and their columns.
const QUESTIONS: &[&str] = &[
    "/collections/schulen/items?filter=traeger%20LIKE%20%27S%25%27",
    "/collections/schulen/items?sortby=traeger",
    "/collections/schulen/items?q=Erle",
    "/collections/schulen/items/2",
    "/collections/schulen/items/1",
    "/collections/adressen/aggregate?group-by-area=quartiere",
    "/search?q=Schule",
    "/search?q=Gymnasium",
    "/search?q=Kita",
    "/search?q=Stra",
    "/processes/coverage/execution?facilities=schulen&distance=500",
    "/processes/coverage/execution?facilities=schulen&distance=500&f=geojson",
    "/processes/coverage/execution?facilities=kitas&distance=500&by=bezirk&f=csv",
    "/processes/coverage/execution?facilities=spielplaetze&distance=400&by=viertel",
    "/processes/coverage/execution?facilities=schulen&distance=500&filter=traeger%3D%27x%27",
    "/processes/coverage/execution?type=lernen&distance=500&f=csv",
    "/processes/nearest/execution?facilities=schulen&point=7.47,50.73&k=9",
    "/processes/nearest/execution?facilities=schulen&by=bezirk",
    "/processes/nearest/execution?facilities=kitas&per_address=true&f=csv",
    "/processes/profile/execution?area=1&level=bezirk",
    "/processes/profile/execution?area=S%C3%BCd&f=csv",
    "/processes/supply/execution?facilities=kitas&capacity=plaetze&by=all",
    "/processes/supply/execution?facilities=spielplaetze&capacity=area&by=bezirk",
    "/processes/siting/execution?facilities=schulen&distance=400&p=2",
    "/processes/reach/execution?points=7.47,50.73&distance=500",
    "/processes/coverage",
    "/planung",
];

fn config(folder: &Path, roles: &str) -> tempfile::NamedTempFile {
    let file = tempfile::NamedTempFile::with_suffix(".toml").unwrap();
    let text = format!("sources = {:?}\npublic_url = {ADDRESS:?}\n{roles}", folder.to_str().unwrap());
    std::fs::write(file.path(), text).unwrap();
    file
}

#[test]
fn facilities_that_a_caller_may_not_see_are_in_no_answer_of_planning() {
    let names = [
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
    let (_whole, whole) = renamed(some_of_the_city(&names));
    let (_part, part) = renamed(some_of_the_city(&names));
    let open = Server::ready(&[whole.to_str().unwrap()]);
    for (rule, query) in &RULES {
        let id = rule.collection;
        let rows = open.get(&format!("/collections/{id}/download.fgb{query}"));
        assert_eq!(rows.status, 200, "{}", rows.text());
        replace(&part, &format!("{id}.fgb"), &rows.body);
    }
    let sidecar = std::fs::read_to_string(part.join("schulen.schema.toml")).unwrap();
    let without = sidecar.replace("[columns.traeger]\ntitle = \"Träger\"\n", "");
    assert_ne!(sidecar, without);
    replace(&part, "schulen.schema.toml", without.as_bytes());
    let files = [config(&whole, ROLES), config(&part, ROLES)];
    let restricted = office::serve(files[0].path(), &RULES.map(|(rule, _)| rule));
    let twin = Server::ready(&["--config", files[1].path().to_str().unwrap()]);
    // Everyone asks first: nothing of it is kept for the office.
    let asked_by_everyone = restricted.asked_with(office::EVERYONE, "1");
    let everyone = |path: &str| asked_by_everyone.get(path);
    let results: Vec<String> = QUESTIONS
        .iter()
        .filter_map(|path| {
            Some(everyone(path).header("content-location").to_owned()).filter(|at| !at.is_empty())
        })
        .collect();
    assert!(results.len() > 10, "{results:?}");
    let paths = [&whole, &part].map(|path| path.to_str().unwrap().to_owned());
    let mut likeness = Likeness::of(&restricted, &twin).calling(&paths);
    likeness.crawl();
    QUESTIONS.iter().for_each(|question| drop(likeness.get(question)));
    for process in ["coverage", "nearest", "profile", "supply"] {
        likeness.post(
            &format!("/processes/{process}/execution"),
            &json!({ "inputs": { "facilities": { "collection": "schulen", "remove": ["2"] }, "by": "bezirk" } }),
        );
    }
    likeness.end();
    // A kept answer is of the permit it was made under, whoever has its address.
    for result in results {
        let path = result.strip_prefix(ADDRESS).unwrap_or(&result);
        assert_eq!(everyone(path).status, 200, "{path}");
        assert_eq!(restricted.get(path).status, 404, "{path}");
    }
    let all = everyone("/collections/schulen/items?limit=100").json();
    assert_eq!(all["numberMatched"], open.get("/collections/schulen/items").json()["numberMatched"]);
}

#[test]
fn what_finds_no_memory_is_closed_to_the_caller_and_to_nobody_else() {
    let file = config(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/city"),
        "[limits]\nderived_bytes = \"1 KiB\"\n",
    );
    let rules = [Rule { collection: "gebaeude", rows: "geschosse > 2", columns: "" }];
    let restricted = office::serve(file.path(), &rules);
    for path in
        ["/collections/gebaeude/items", "/xyz/gebaeude/14/8532/5503", "/collections/gebaeude/download.csv"]
    {
        let refused = restricted.get_with(path, &[("accept", "application/json")]);
        assert_eq!(
            (refused.status, refused.json()["limit"]["name"].as_str()),
            (503, Some("derived_bytes")),
            "{path}"
        );
        assert_eq!(restricted.get_with(path, &[(office::EVERYONE, "1")]).status, 200, "{path}");
    }
    assert_eq!(restricted.get("/collections/gebaeude").status, 200);
    assert_eq!(restricted.get("/collections/kitas/items").status, 200);
}

#[test]
fn a_shared_cache_keeps_only_what_was_made_for_everyone() {
    let city = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/city");
    let more = "[collections.gebaeude]\nmax_age = \"1h\"\n[collections.strassen]\nmax_age = \"1h\"\n";
    let file = config(&city, more);
    let rules = [Rule { collection: "gebaeude", rows: "geschosse > 2", columns: "" }];
    let restricted = office::serve(file.path(), &rules);
    let everyone = restricted.asked_with(office::EVERYONE, "1");
    for (server, path, expected) in [
        (&restricted, "/xyz/gebaeude/14/8532/5503", "private, max-age=3600"),
        (&restricted, "/xyz/strassen,gebaeude/14/8532/5503", "private, max-age=3600"),
        // The same for all callers.
        (&restricted, "/xyz/strassen/14/8532/5503", "public, max-age=3600"),
        (&everyone, "/xyz/gebaeude/14/8532/5503", "public, max-age=3600"),
    ] {
        let answer = server.get(path);
        assert_eq!(answer.header("cache-control"), expected, "{path}");
        let varies = answer.header("vary").contains("Authorization");
        assert_eq!(varies, path.contains("gebaeude"), "{path}");
    }
}
