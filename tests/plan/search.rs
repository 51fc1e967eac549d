//! Addresses, facilities and areas by what people type.

use serde_json::{Value, json};

use crate::city::serve;
use crate::cologne;
use crate::server::Server;

fn search(server: &Server, typed: &str) -> Vec<Value> {
    let query: String = typed.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let answer = server.get(&format!("/search?q={query}"));
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()["features"].as_array().unwrap().clone()
}

fn first(server: &Server, typed: &str) -> String {
    let found = search(server, typed);
    found
        .first()
        .map_or_else(String::new, |feature| feature["properties"]["name"].as_str().unwrap().to_owned())
}

#[test]
fn cologne_is_found_however_it_is_written() {
    let Some(server) = cologne::serve() else { return };
    for (typed, name) in [
        ("Aachener Straße", "Aachener Str."),
        ("aachener strasse", "Aachener Str."),
        ("Aachner Str", "Aachener Str."),
        ("Ehrenfeld", "Ehrenfeld"),
        ("bilderstoekchen", "Bilderstöckchen"),
        ("Bruesseler Platz", "Brüsseler Platz"),
        ("Suelz", "Sülz"),
    ] {
        assert_eq!(first(&server, typed), name, "{typed}");
    }
    let house = &search(&server, "Aachener Straße 100")[0];
    assert_eq!(house["properties"]["kind"], "address");
    assert_eq!(house["properties"]["name"], "Aachener Str. 100");
    let began = std::time::Instant::now();
    search(&server, "Venloer Str. 2");
    println!("a search: {:?}", began.elapsed());
}

#[test]
fn every_address_is_found_where_it_stands_and_can_be_asked_from() {
    let (server, _file) = serve("exact = true");
    let addresses = server.get("/collections/adressen/items?limit=10000").json();
    let all = addresses["features"].as_array().unwrap();
    for address in all.iter().step_by(all.len() / 20) {
        let of = |key: &str| address["properties"][key].to_string().trim_matches('"').to_owned();
        let typed = format!("{} {}", of("strasse"), of("hausnummer"));
        let found = search(&server, &typed);
        let is_here = |feature: &Value| {
            let at = |index: usize| {
                feature["geometry"]["coordinates"][index].as_f64().unwrap()
                    - address["geometry"]["coordinates"][index].as_f64().unwrap()
            };
            feature["properties"]["kind"] == "address" && at(0).abs() < 1e-5 && at(1).abs() < 1e-5
        };
        assert!(found.iter().any(is_here), "{typed}: {found:?}");
    }
    let of = |key: &str| all[0]["properties"][key].to_string().trim_matches('"').to_owned();
    let body = json!({ "inputs": { "address": format!("{} {}", of("strasse"), of("hausnummer")),
        "facilities": { "collection": "schulen" } } });
    let near = server.post("/processes/nearest/execution", &body);
    assert_eq!(near.status, 200, "{}", near.text());
    let levels: Vec<Value> =
        near.json()["areas"].as_array().unwrap().iter().map(|area| area["level"].clone()).collect();
    assert!(levels.contains(&json!("bezirk")), "{levels:?}");
    let unknown = server.get("/processes/nearest/execution?address=Nirgendwo+7&facilities=schulen");
    assert_eq!((unknown.status, unknown.json()["parameter"].clone()), (400, json!("address")));
    assert_eq!(server.get("/search").status, 400);
    assert_eq!(server.get("/search?q=").status, 400);
    assert_eq!(server.get(&format!("/search?q={}", "x".repeat(201))).status, 400);
    assert_eq!(server.get("/search?q=x&limit=0").status, 400);
}

#[test]
fn what_is_hidden_is_not_found() {
    let (server, _file) = serve("exact = true");
    let kita =
        server.get("/collections/kitas/items?limit=1").json()["features"][0]["properties"]["name"].clone();
    let kita = kita.as_str().unwrap();
    assert!(search(&server, kita).iter().any(|found| found["properties"]["of"] == "kitas"));
    let (hidden, _file) = serve("exact = true\n[collections.kitas]\nhidden = true");
    assert!(search(&hidden, kita).iter().all(|found| found["properties"]["of"] != "kitas"));
}

#[test]
fn streets_of_one_name_are_told_apart_by_their_district() {
    let Some(server) = cologne::serve() else { return };
    let labels = |typed: &str| {
        let label = |hit: &Value| hit["properties"]["label"].as_str().unwrap().to_owned();
        search(&server, typed).iter().map(label).collect::<Vec<String>>()
    };
    let all = labels("Hauptstr. 12");
    for district in ["Rodenkirchen", "Zündorf", "Widdersdorf"] {
        assert!(all.iter().any(|label| label.ends_with(district)), "{district}: {all:?}");
    }
    // A quarter is called like its district, so that streets of either come.
    let there = search(&server, "Hauptstr 12, Rodenkirchen");
    assert!(there[0]["properties"]["label"].as_str().unwrap().ends_with("Rodenkirchen"), "{there:?}");
    for hit in &there {
        let areas = hit["properties"]["areas"].as_array().unwrap();
        assert!(areas.iter().any(|area| area["name"] == "Rodenkirchen"), "{hit}");
    }
    let levels: Vec<String> = labels("Mülheim");
    assert!(levels.iter().any(|label| label.contains("Stadtbezirke")), "{levels:?}");
    assert!(levels.iter().any(|label| label.contains("Stadtteile")), "{levels:?}");
    let nearest = "/processes/nearest/execution?facilities=schulen&address=";
    let refused = server.get(&format!("{nearest}Hauptstr.+12"));
    assert_eq!(refused.status, 400, "{}", refused.text());
    assert!(refused.json()["hint"].as_str().unwrap().contains("Rodenkirchen"), "{}", refused.text());

    // A letter that no house has is read as the number, and said.
    let answer = server.get(&format!("{nearest}Aachener+Str.+100z")).json();
    assert_eq!(answer["address"], "Aachener Str. 100", "{answer}");
    assert_eq!(answer["warnings"][0]["code"], "address_read_as");
    let postcode = server.get("/search?q=50667").json();
    assert!(postcode["hint"]["de"].as_str().unwrap().contains("Postleitzahlen"), "{postcode}");
}

#[test]
fn an_area_of_another_level_is_offered() {
    let Some(server) = cologne::serve() else { return };
    let refused = server.get("/processes/profile/execution?area=Ehrenfeld").json();
    let hint = refused["hint"].as_str().unwrap();
    assert!(hint.contains("area=401&level=stadtteil"), "{refused}");
    assert!(hint.contains("area=4&level=stadtbezirk"), "{refused}");
    let day = server.get("/processes/coverage/execution?facilities=schulen&distance=500&date=31.12.2012");
    assert_eq!(day.json()["question"]["date"], "2012-12-31", "{}", day.text());
}
