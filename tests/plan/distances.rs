//! How far it is from everywhere to the nearest.

use serde_json::{Value, json};

use crate::city::serve;
use crate::cologne;

#[test]
fn as_many_live_within_a_quantile_as_it_says() {
    let (server, _file) = serve("exact = true");
    let get = |path: &str| server.get(&format!("/processes/{path}")).json();
    let answer = get("nearest/execution?facilities=schulen&ages=6,10&by=bezirk");
    let number = |row: &Value, key: &str| row[key].as_f64().unwrap_or_else(|| panic!("{key} of {row}"));
    for (key, share) in [("p10", 0.1), ("median", 0.5), ("p90", 0.9)] {
        let row = &answer["total"];
        let reached = number(row, "persons") - number(row, "unreached");
        // Written to a decimetre, the distance may have been rounded down.
        for (metres, is_enough) in [(number(row, key) + 0.1, true), (number(row, key) - 0.2, false)] {
            let query = format!("coverage/execution?facilities=schulen&ages=6,10&distance={metres}");
            let covered = number(&get(&query), "covered");
            // Persons are whole numbers.
            let holds =
                if is_enough { covered >= share * reached - 1.0 } else { covered <= share * reached + 1.0 };
            assert!(holds, "{key} {metres}: {covered} of {reached}");
        }
    }
    let longest = answer["areas"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|area| area["longest"].as_f64())
        .fold(0.0, f64::max);
    assert_eq!(answer["total"]["longest"].as_f64(), Some(longest));
}

#[test]
fn an_address_has_the_way_that_it_has_when_asked_alone() {
    let (server, _file) = serve("exact = true");
    let all = server.get("/processes/nearest/execution?facilities=kitas&per_address=true").json();
    let addresses = all["addresses"].as_array().unwrap();
    assert!(addresses.len() > 100);
    for address in addresses.iter().step_by(addresses.len() / 15) {
        let (lon, lat) = (&address["point"][0], &address["point"][1]);
        let alone =
            server.get(&format!("/processes/nearest/execution?facilities=kitas&point={lon},{lat}")).json();
        let difference =
            alone["nearest"][0]["distance"].as_f64().unwrap() - address["distance"].as_f64().unwrap();
        assert!(difference.abs() <= 0.5, "{address} {alone}");
    }
    let (protected, _file) = serve("");
    let refused = protected.get("/processes/nearest/execution?facilities=kitas&per_address=true");
    assert_eq!((refused.status, refused.json()["parameter"].clone()), (400, json!("per_address")));
    let areas = protected.get("/processes/nearest/execution?facilities=kitas").json();
    for area in areas["areas"].as_array().unwrap() {
        assert!(area["mean"].is_null() || area["mean"].as_f64().unwrap() % 10.0 == 0.0, "{area}");
        assert!(area["persons"] != "*" || area["mean"].is_null(), "{area}");
    }
}

#[test]
fn all_addresses_of_cologne() {
    let Some(server) = cologne::serve() else { return };
    let query =
        "/processes/nearest/execution?facilities=schulen&filter=schulart%20%3D%20%27Grundschule%27&ages=6,10";
    assert_eq!(server.get(query).status, 200);
    let began = std::time::Instant::now();
    let answer = server.get(query).json();
    println!("all addresses: {:?}", began.elapsed());
    assert_eq!(answer["evidence"]["demand"]["points"], 160_611);
    // Half of the children have 600 m or so; what covers 78.7 % within 1000 m has its median below and its p90 above.
    let total = &answer["total"];
    assert!(total["median"].as_f64().unwrap() < 1000.0 && total["p90"].as_f64().unwrap() > 1000.0, "{total}");
    let csv = server.get(&format!("{query}&per_address=true&f=csv"));
    assert_eq!(csv.text().lines().count(), 160_612);
}
