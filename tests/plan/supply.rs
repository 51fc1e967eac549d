//! Capacity against population.

use serde_json::Value;

use crate::city::serve;
use crate::cologne;
use crate::server::{Answer, Server};

fn supply(server: &Server, query: &str) -> Answer {
    server.get(&format!("/processes/supply/execution?{query}"))
}

#[test]
fn what_is_not_known_is_counted_and_not_guessed() {
    let (server, _file) = serve("exact = true");
    let kitas = server.get("/collections/kitas/items?limit=1000").json();
    let kitas = kitas["features"].as_array().unwrap();
    let sum: f64 = kitas.iter().filter_map(|kita| kita["properties"]["plaetze"].as_f64()).sum();
    let at = &kitas[0]["geometry"]["coordinates"];
    // One more, of which nobody knows how many places it will have.
    let query = format!("facilities=kitas&target=0.5&by=bezirk&add={},{}", at[0], at[1]);
    let answer = supply(&server, &query).json();
    assert_eq!(answer["capacity"]["facilities"], kitas.len() + 1);
    assert_eq!(answer["capacity"]["known"], kitas.len());
    assert_eq!(answer["capacity"]["sum"].as_f64(), Some(sum));
    assert_eq!(answer["evidence"]["capacity"]["of"], kitas.len() + 1);
    // Areas and what lies in none make up the whole.
    let (whole, areas): (Vec<&Value>, Vec<&Value>) =
        answer["after"].as_array().unwrap().iter().partition(|row| row["id"].is_null());
    let in_areas: f64 = areas.iter().map(|row| row["capacity"].as_f64().unwrap()).sum();
    let outside = answer["evidence"]["levels"][0]["inNone"]["sum"].as_f64().unwrap();
    assert!((in_areas + outside - sum).abs() < 1e-9);
    for row in whole.iter().chain(&areas) {
        if let (Some(ratio), Some(persons)) = (row["perPerson"].as_f64(), row["persons"].as_f64()) {
            assert!((ratio - row["capacity"].as_f64().unwrap() / persons).abs() < 1e-4, "{row}");
            let light = if ratio >= 0.5 {
                "green"
            } else if ratio >= 0.4 {
                "yellow"
            } else {
                "red"
            };
            assert_eq!(row["light"], light, "{row}");
        }
    }
}

#[test]
fn a_new_one_adds_its_places_where_it_stands() {
    let (server, _file) = serve("exact = true");
    let kita = &server.get("/collections/kitas/items?limit=1").json()["features"][0].clone();
    let body = serde_json::json!({ "inputs": { "facilities": { "collection": "kitas",
        "add": [{ "point": kita["geometry"]["coordinates"], "capacity": 60 }] } } });
    let answer = server.post("/processes/supply/execution", &body).json();
    let changed = answer["difference"].as_array().unwrap();
    assert!((1..=2).contains(&changed.len()), "its area and the whole: {changed:?}");
    assert!(changed.iter().all(|row| row["capacity"] == 60.0), "{changed:?}");
}

#[test]
fn every_date_level_and_denominator_stands_beside_the_others() {
    let (server, _file) = serve("exact = true");
    let answer = supply(&server, "facilities=kitas&groups=0,3;3,6&date=all&by=all");
    assert_eq!(answer.status, 200, "{}", answer.text());
    let answer = answer.json();
    let rows = answer["supply"].as_array().unwrap();
    let distinct = |key: &str| {
        rows.iter().map(|row| row[key].to_string()).collect::<std::collections::BTreeSet<_>>().len()
    };
    assert_eq!((distinct("level"), distinct("groups")), (2, 2));
    for (query, parameter) in [
        ("facilities=schulen", "capacity"),
        ("facilities=kitas&capacity=name", "capacity"),
        ("facilities=kitas&target=-1", "target"),
        ("facilities=kitas&target=din-18034", "target"),
        ("facilities=kitas&target=nothing", "target"),
        ("facilities=kitas&groups=1,4", "groups"),
        ("facilities=kitas&date=yesterday", "date"),
        ("facilities=kitas&by=nowhere", "by"),
    ] {
        let answer = supply(&server, query);
        assert_eq!((answer.status, &answer.json()["parameter"]), (400, &parameter.into()), "{query}");
    }
}

/// The figures come from the park office's list of areas and the open table of population, divided by hand.
#[test]
fn square_metres_of_playground_for_each_inhabitant_of_cologne() {
    let Some(server) = cologne::serve() else { return };
    let query = "facilities=spielplaetze&target=koeln-spielflaeche&date=2012-12-31&by=stadtbezirk";
    let answer = supply(&server, query).json();
    assert!(
        (answer["capacity"]["sum"].as_f64().unwrap() - 1_483_932.0).abs() < 2_000.0,
        "{}",
        answer["capacity"]
    );
    let expected = [
        ("Lindenthal", 0.86),
        ("Innenstadt", 1.05),
        ("Nippes", 1.13),
        ("Rodenkirchen", 1.77),
        ("Porz", 1.70),
        ("Kalk", 1.64),
        ("Mülheim", 1.47),
        ("Ehrenfeld", 1.77),
        ("Chorweiler", 1.74),
    ];
    for (name, per_person) in expected {
        let rows = answer["supply"].as_array().unwrap();
        let row = rows.iter().find(|row| row["name"].as_str().is_some_and(|own| own.contains(name))).unwrap();
        assert!((row["perPerson"].as_f64().unwrap() - per_person).abs() < 0.02, "{name}: {row}");
        assert_eq!(row["light"], if per_person >= 1.6 { "yellow" } else { "red" }, "{name}");
    }
}
