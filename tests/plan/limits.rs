//! The limits of planning: each refuses what is beyond it by its name, or cuts and says so.

use serde_json::{Value, json};

use super::city::serve;
use crate::server::Server;

/// Asserts that an answer is refused by this limit.
fn refused(answer: &crate::server::Answer, limit: &str, value: u64) {
    assert_eq!(answer.status, 400, "{limit}: {}", answer.text());
    let problem = answer.json();
    assert_eq!(problem["limit"]["name"], limit, "{problem}");
    assert_eq!(problem["limit"]["value"], value, "{problem}");
    assert!(problem["parameter"].is_string(), "{problem}");
}

/// Asks for the process and asserts that the limit refuses.
fn ask(server: &Server, process: &str, question: &Value, limit: &str, value: u64) {
    refused(
        &server.post(&format!("/processes/{process}/execution"), &json!({ "inputs": question })),
        limit,
        value,
    );
}

#[test]
fn what_a_question_brings_is_bounded_by_name() {
    let (server, _file) = serve(
        "exact = true\n[limits]\nplanning_distance = 1000\nplanning_places = 2\nplanning_bands = 2\n\
         planning_collections = 1\nplanning_changes = 1\nplanning_vertices = 4\nplanning_nearest = 2\n\
         planning_sites = 1\nplanning_candidates = 100\nplanning_ways = 2\nplanning_searches = 1\n\
         search_letters = 5\nsearch_hits = 3",
    );
    let home =
        server.get("/collections/adressen/items?limit=1").json()["features"][0]["geometry"]["coordinates"]
            .clone();
    let schools = json!({ "collection": "schulen" });
    let near = json!({ "distance": 500 });
    let coverage = |facilities: Value, within: Value| json!({ "facilities": facilities, "within": within });
    let far = json!({ "distance": 1001 });
    ask(&server, "coverage", &coverage(schools.clone(), far.clone()), "planning_distance", 1000);
    ask(&server, "reach", &json!({ "points": [home], "within": far }), "planning_distance", 1000);
    let three = json!([home, home, home]);
    ask(&server, "reach", &json!({ "points": three, "within": near }), "planning_places", 2);
    let addresses = json!(["a 1", "b 2", "c 3"]);
    ask(&server, "reach", &json!({ "addresses": addresses, "within": near }), "planning_places", 2);
    ask(&server, "reach", &json!({ "facilities": schools, "within": near }), "planning_places", 2);
    let bands = json!({ "distance": [100, 200, 300] });
    ask(&server, "reach", &json!({ "points": [home], "within": bands }), "planning_bands", 2);
    let and = json!({ "collection": "schulen", "and": [{ "collection": "kitas" }] });
    ask(&server, "coverage", &coverage(and, near.clone()), "planning_collections", 1);
    let added = json!({ "collection": "schulen", "add": [{ "point": home }, { "point": home }] });
    ask(&server, "coverage", &coverage(added, near.clone()), "planning_changes", 1);
    let removed = json!({ "collection": "schulen", "remove": ["1", "2"] });
    ask(&server, "coverage", &coverage(removed, near.clone()), "planning_changes", 1);
    let ring = json!([[6.9, 50.9], [6.91, 50.9], [6.91, 50.91], [6.9, 50.91], [6.9, 50.9]]);
    let polygon = json!({ "type": "Polygon", "coordinates": [ring] });
    ask(&server, "profile", &json!({ "polygon": polygon }), "planning_vertices", 4);
    ask(&server, "nearest", &json!({ "point": home, "facilities": schools, "k": 3 }), "planning_nearest", 2);
    ask(&server, "siting", &json!({ "facilities": schools, "within": near, "p": 2 }), "planning_sites", 1);
    let question = json!({ "facilities": schools, "within": { "distance": 1000 } });
    ask(&server, "siting", &question, "planning_candidates", 100);

    let matrix =
        |locations: Value| server.post("/v2/matrix/foot-walking/json", &json!({ "locations": locations }));
    refused(&matrix(json!([home, home])), "planning_ways", 2);
    refused(&server.get("/search?q=Schulen"), "search_letters", 5);
    let described = server.get("/api?f=json").json();
    let parameters = described["paths"]["/search"]["get"]["parameters"].as_array().unwrap().clone();
    let typed = parameters.iter().find(|parameter| parameter["name"] == "q").unwrap();
    assert_eq!(typed["schema"]["maxLength"], 5);
    let hits = server.get("/search?q=s&limit=50").json()["features"].as_array().unwrap().len();
    assert_eq!(hits, 3);
}

#[test]
fn searches_and_pairs_are_bounded() {
    let (server, _file) = serve("exact = true\n[limits]\nplanning_searches = 1\nplanning_pairs = 1000");
    let question = json!({ "facilities": { "collection": "schulen" }, "within": { "distance": 1000 } });
    ask(&server, "siting", &question, "planning_pairs", 1000);
    let home =
        server.get("/collections/adressen/items?limit=1").json()["features"][0]["geometry"]["coordinates"]
            .clone();
    let body = json!({ "locations": [home, home] });
    refused(&server.post("/v2/matrix/foot-walking/json", &body), "planning_searches", 1);
}

#[test]
fn what_is_cut_is_said_by_its_number() {
    let (server, _file) =
        serve("exact = true\n[limits]\nplanning_kinds = 1\nwarning_ids = 1\nplanning_samples = 10000");
    let choices = server.get("/processes").json()["veedel:choices"]["facilities"].clone();
    for facility in choices.as_array().unwrap() {
        assert!(facility["kinds"].as_array().unwrap().len() <= 1, "{facility}");
    }
    let question = "/processes/coverage/execution?facilities=schulen&distance=500&add=8.5,52.5;8.6,52.5";
    let warnings = server.get(question).json()["warnings"].clone();
    let off =
        warnings.as_array().unwrap().iter().find(|one| one["code"] == "added_off_network").unwrap().clone();
    assert_eq!(off["ids"].as_array().unwrap().len(), 1, "{off}");
    assert!(off["en"].as_str().unwrap_or_default().contains('2') || off.to_string().contains('2'), "{off}");

    // A hundred samples for each place are a coarser picture than ten thousand.
    let (fine, _file) = serve("exact = true");
    let question = "/processes/reach/execution?facilities=kitas&distance=800";
    let step =
        |server: &Server| server.get(question).json()["evidence"]["picture"]["stepMetres"].as_f64().unwrap();
    assert!(step(&server) > step(&fine), "{} {}", step(&server), step(&fine));
}
