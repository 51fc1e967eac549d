//! Everything about one area.

use serde_json::{Value, json};

use crate::city::serve;
use crate::server::{Answer, Server};

fn profile(server: &Server, inputs: &Value) -> Answer {
    server.post("/processes/profile/execution", &json!({ "inputs": inputs }))
}

fn sum(answer: &Value) -> f64 {
    answer["groups"].as_array().unwrap().iter().filter_map(|group| group["persons"].as_f64()).sum()
}

#[test]
fn an_area_drawn_is_the_same_as_named_and_all_areas_are_the_city() {
    let (server, _file) = serve("exact = true");
    let districts = server.get("/collections/bezirke/items?limit=100").json();
    let mut all = 0.0;
    for district in districts["features"].as_array().unwrap() {
        let named = profile(
            &server,
            &json!({ "area": district["id"].to_string().trim_matches('"'), "level": "bezirk" }),
        );
        assert_eq!(named.status, 200, "{}", named.text());
        let named = named.json();
        let drawn = profile(&server, &json!({ "polygon": district })).json();
        for key in ["persons", "groups"] {
            assert_eq!(named[key], drawn[key], "{key}");
        }
        for (one, other) in
            named["facilities"].as_array().unwrap().iter().zip(drawn["facilities"].as_array().unwrap())
        {
            assert_eq!(one, other);
        }
        let persons = named["persons"].as_f64().unwrap();
        assert!((sum(&named) - persons).abs() < 0.01 && persons > 0.0);
        all += persons;
    }
    let whole = json!({ "type": "Polygon", "coordinates": [[[5, 50], [8, 50], [8, 52], [5, 52], [5, 50]]] });
    let whole = profile(&server, &json!({ "polygon": whole })).json();
    assert_eq!(whole["persons"], whole["city"]);
    assert!((whole["persons"].as_f64().unwrap() - all).abs() < 0.05, "{all} {}", whole["persons"]);
    let kitas =
        &whole["facilities"].as_array().unwrap().iter().find(|kind| kind["collection"] == "kitas").unwrap();
    assert_eq!(kitas["count"], kitas["city"]["count"]);
    assert_eq!(kitas["meanWay"], kitas["city"]["meanWay"]);
}

#[test]
fn small_areas_are_protected() {
    let (server, _file) = serve("");
    let home =
        &server.get("/collections/adressen/items?limit=1").json()["features"][0]["geometry"]["coordinates"];
    let (x, y) = (home[0].as_f64().unwrap(), home[1].as_f64().unwrap());
    let around = |by: f64| {
        json!({ "polygon": { "type": "Polygon", "coordinates":
            [[[x - by, y - by], [x + by, y - by], [x + by, y + by], [x - by, y + by], [x - by, y - by]]] } })
    };
    let tiny = profile(&server, &around(0.000_01));
    assert_eq!((tiny.status, tiny.json()["parameter"].clone()), (400, json!("polygon")));
    let larger = profile(&server, &around(0.01)).json();
    let groups = larger["groups"].as_array().unwrap();
    let hidden = groups.iter().filter(|group| group["persons"] == "*").count();
    assert!(hidden != 1, "one hidden group could be had from the sum");
    for group in groups.iter().filter(|group| group["persons"] != "*") {
        assert!(group["persons"].as_f64().unwrap() % 5.0 == 0.0, "{group}");
    }
}

#[test]
fn what_is_no_area_is_refused() {
    let (server, _file) = serve("exact = true");
    let ring = |ring: Value| json!({ "polygon": { "type": "Polygon", "coordinates": [ring] } });
    let circle = |count: usize| {
        let at = |index: usize| {
            let angle = (index % count) as f64 / count as f64 * std::f64::consts::TAU;
            json!([7.0 + 0.01 * angle.cos(), 51.0 + 0.01 * angle.sin()])
        };
        ring((0..=count).map(at).collect())
    };
    assert_eq!(profile(&server, &circle(1999)).status, 200);
    for (inputs, parameter) in [
        (ring(json!([[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]])), "polygon"),
        (ring(json!([[0, 0], [1, 1], [1, 0]])), "polygon"),
        (ring(json!([[0, 0], [1, 0], [1, 1], [0, 1]])), "polygon"),
        (ring(json!([[0, 0], [1, 0], [1, 100], [0, 0]])), "polygon"),
        (ring(json!([])), "polygon"),
        (circle(2000), "polygon"),
        (json!({ "polygon": { "type": "Point", "coordinates": [7, 51] } }), "polygon"),
        (json!({}), "polygon"),
        (json!({ "area": "nowhere" }), "area"),
        (json!({ "area": "1", "level": "nowhere" }), "level"),
    ] {
        let answer = profile(&server, &inputs);
        let text = inputs.to_string();
        assert_eq!((answer.status, &answer.json()["parameter"]), (400, &json!(parameter)), "{text:.100}");
    }
}
