//! How people come to the network: off the street, from pieces of it that lead nowhere, and in
//! areas of several parts.

use serde_json::json;

use crate::small::{Town, ask, codes};

const STREET: [[f64; 2]; 2] = [[0.0, 0.0], [1000.0, 0.0]];
const ALL: [(&str, [f64; 4]); 1] = [("a", [-100.0, -200.0, 1100.0, 200.0])];

#[test]
fn who_needs_no_street_goes_straight() {
    let town = Town {
        streets: &[STREET],
        homes: &[[100.0, 60.0]],
        schools: &[[100.0, 60.0], [300.0, 0.0]],
        areas: &ALL,
        population: &[("a", "6 bis 9", 100)],
        ..Town::default()
    };
    let Some((server, _folder)) = town.serve() else { return };
    for distance in ["1", "60", "119"] {
        let answer = ask(&server, &format!("coverage/execution?facilities=schulen&distance={distance}"));
        assert_eq!(answer["covered"], 100, "{distance}");
        assert_eq!(answer["airline"]["covered"], 100);
    }
    let home = &server.get("/collections/adressen/items").json()["features"][0]["geometry"]["coordinates"];
    let question =
        format!("nearest/execution?facilities=schulen&point={},{}&route=true&k=2", home[0], home[1]);
    let nearest = ask(&server, &question);
    assert_eq!(nearest["nearest"][0]["id"], "1", "{nearest}");
    assert!(nearest["nearest"][0]["distance"].as_f64().unwrap() < 0.2);
    // Along the street: 60 m to it, 200 m on it.
    assert!((nearest["nearest"][1]["distance"].as_f64().unwrap() - 260.0).abs() < 0.3);
    let reach = ask(&server, "reach/execution?facilities=schulen&distance=20");
    let own = reach["reach"].as_array().unwrap().iter().find(|band| band["id"] == "1").unwrap();
    assert_eq!(own["persons"], 100, "{}", reach["summary"]);
    let mean = ask(&server, "nearest/execution?facilities=schulen")["total"]["mean"].as_f64();
    assert_eq!(mean, Some(0.0));
}

#[test]
fn a_piece_of_street_that_leads_nowhere_is_left() {
    let town = Town {
        streets: &[STREET, [[490.0, 40.0], [530.0, 40.0]]],
        homes: &[[510.0, 45.0]],
        schools: &[[800.0, 0.0]],
        areas: &ALL,
        population: &[("a", "6 bis 9", 100)],
        ..Town::default()
    };
    let Some((server, _folder)) = town.serve() else { return };
    // 45 m to the street, 290 m on it.
    let covered = |distance| {
        ask(&server, &format!("coverage/execution?facilities=schulen&distance={distance}"))["covered"].clone()
    };
    assert_eq!((covered(330), covered(340), covered(500)), (json!(0), json!(100), json!(100)));
    let distances = ask(&server, "nearest/execution?facilities=schulen");
    assert!((distances["total"]["mean"].as_f64().unwrap() - 335.0).abs() < 0.3, "{}", distances["total"]);
}

#[test]
fn who_cannot_leave_a_piece_is_named() {
    let town = Town {
        streets: &[STREET, [[490.0, 140.0], [530.0, 140.0]]],
        homes: &[[510.0, 145.0], [100.0, 0.0]],
        schools: &[[800.0, 0.0]],
        areas: &ALL,
        population: &[("a", "6 bis 9", 100)],
        ..Town::default()
    };
    let Some((server, _folder)) = town.serve() else { return };
    let answer = ask(&server, "coverage/execution?facilities=schulen&distance=2000");
    assert_eq!((&answer["covered"], &answer["uncovered"]), (&json!(50), &json!(50)));
    let warnings = answer["warnings"].as_array().unwrap();
    let cut_off = warnings.iter().find(|warning| warning["code"] == "persons_cut_off").unwrap();
    assert_eq!(cut_off["persons"], 50, "{cut_off}");
    assert!(cut_off["de"].as_str().unwrap().starts_with("50 Personen"), "{cut_off}");
}

#[test]
fn rows_of_one_id_are_one_area_and_persons_of_none_are_named() {
    let town = Town {
        streets: &[STREET],
        homes: &[[100.0, 0.0], [900.0, 0.0]],
        schools: &[[100.0, 0.0], [900.0, 0.0]],
        areas: &[("a", [0.0, -100.0, 200.0, 100.0]), ("a", [800.0, -100.0, 1000.0, 100.0])],
        population: &[("a", "6 bis 9", 100), ("b", "6 bis 9", 33)],
        more: "capacity = { column = \"nr\", ages = [6, 10] }",
    };
    let Some((server, _folder)) = town.serve() else { return };
    let supply = ask(&server, "supply/execution?facilities=schulen");
    let rows = supply["supply"].as_array().unwrap();
    assert_eq!(rows.iter().filter(|row| row["id"] == "a").count(), 1, "{supply}");
    assert_eq!(
        (&rows[0]["capacity"], &rows[0]["persons"], &rows[0]["perPerson"]),
        (&json!(3), &json!(100), &json!(0.03))
    );
    let coverage = ask(&server, "coverage/execution?facilities=schulen&distance=50");
    assert_eq!((coverage["areas"].as_array().unwrap().len(), &coverage["covered"]), (1, &json!(100)));
    assert_eq!(coverage["evidence"]["areas"]["inSeveralParts"], json!(["a"]));
    for answer in [&supply, &coverage] {
        let warnings = answer["warnings"].as_array().unwrap();
        let lost = warnings.iter().find(|warning| warning["code"] == "persons_without_area").unwrap();
        assert_eq!(
            (&lost["ids"], &lost["persons"]),
            (&json!(["b"]), &json!(33)),
            "{}",
            codes(answer).join(", ")
        );
    }
}
