//! Questions that make no sense, come slowly or are too large: a clear error that names the parameter.

use std::io::{Read, Write};
use std::net::TcpStream;

use serde_json::{Value, json};

use super::city::{copy_with, feature, serve, serve_copy};
use crate::cologne;
use crate::server::Server;

#[test]
fn what_makes_no_sense_names_its_parameter() {
    let (server, _file) = serve("exact = true");
    for (query, parameter) in [
        ("facilities=nowhere&distance=1000", "collection"),
        ("facilities=schulen&filter=schulart+%3D+1+OR+1&distance=1000", "filter"),
        ("facilities=schulen&filter=nothing+%3D+1&distance=1000", "filter"),
        ("facilities=schulen", "within"),
        ("facilities=schulen&distance=0", "within"),
        ("facilities=schulen&distance=1e9", "within"),
        ("facilities=schulen&distance=500&minutes=5", "within"),
        ("facilities=schulen&rule=DIN+1", "within"),
        ("facilities=schulen&distance=x", "distance"),
        ("facilities=schulen&distance=500&ages=6,11", "group"),
        ("facilities=schulen&distance=500&ages=10,6", "group"),
        ("facilities=schulen&distance=500&date=1999-12-31", "date"),
        ("facilities=schulen&distance=500&by=nowhere", "by"),
        ("facilities=schulen&distance=500&profile=rocket", "profile"),
        ("facilities=schulen&distance=500&remove=nobody", "facilities.remove"),
        ("facilities=schulen&distance=500&add=500,100", "facilities.add"),
        ("facilities=schulen&distance=500&add=7", "add"),
        ("facilities=bevoelkerung&distance=500", "collection"),
        ("facilities=schulen&distance=500&unknown=1", "unknown"),
    ] {
        let answer = server.get(&format!("/processes/coverage/execution?{query}"));
        assert_eq!(answer.status, 400, "{query}: {}", answer.text());
        assert_eq!(answer.json()["parameter"], json!(parameter), "{query}: {}", answer.text());
    }
    assert_eq!(server.get("/processes/nothing").status, 404);
}

#[test]
fn the_filter_of_facilities_keeps_the_limits_that_are_configured() {
    let long = vec!["schulart+%3D+%27x%27"; 20].join("+OR+");
    let question = format!("/processes/coverage/execution?facilities=schulen&filter={long}&distance=1000");
    for (limits, status) in [("", 200), ("[limits]\nfilter_nodes = 16", 400)] {
        let (server, _file) = serve(&format!("exact = true\n{limits}"));
        let answer = server.get(&question);
        assert_eq!(answer.status, status, "{limits}: {}", answer.text());
    }
}

#[test]
fn a_facility_far_from_every_way_is_named() {
    let (server, _file) = serve("exact = true");
    let far = server.get("/processes/coverage/execution?facilities=schulen&distance=500&add=8.5,52.5").json();
    assert_eq!(far["evidence"]["facilities"]["notOnNetwork"], json!(["+1"]));
    assert_eq!(far["difference"]["covered"], 0);
}

#[test]
fn a_missing_part_says_what_to_configure() {
    let city = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/city");
    let server = Server::ready(&[city]);
    let answer = server.get("/processes/coverage/execution?facilities=schulen&distance=500");
    assert_eq!(answer.status, 404);
    assert!(answer.text().contains("[roles.population]"), "{}", answer.text());
}

/// Sends a head and a body as they are, and gives back the status.
fn send(server: &Server, length: usize, body: &[u8]) -> u16 {
    let address = server.address().trim_start_matches("http://").to_owned();
    let mut stream = TcpStream::connect(&address).unwrap();
    let head = format!(
        "POST /processes/coverage/execution HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n\
         Content-Length: {length}\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).unwrap();
    let _ = stream.write_all(body);
    let mut answer = String::new();
    let _ = stream.read_to_string(&mut answer);
    answer.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0)
}

#[test]
fn bodies_have_a_size_a_time_and_a_form() {
    let (server, _file) = serve("exact = true");
    let most = 2 << 20;
    let question = br#"{"inputs": {"facilities": {"collection": "schulen"}, "within": {"distance": 500}}}"#;
    let padded = |length: usize| {
        let mut body = question.to_vec();
        body.resize(length, b' ');
        body
    };
    assert_eq!(send(&server, most, &padded(most)), 200);
    assert_eq!(send(&server, most + 1, &padded(most + 1)), 413);
    let nested = "[".repeat(100_000);
    for body in ["", "{", "[]", "null", r#"{"inputs": 1}"#, r#"{"inputs": {}, "more": 1}"#, &nested] {
        assert_eq!(send(&server, body.len(), body.as_bytes()), 400, "{}", &body[..body.len().min(20)]);
    }
    assert_eq!(server.get("/health").status, 200);
}

#[test]
fn what_is_not_in_service_on_the_day_is_left_out_and_counted() {
    let (whole, _file) = serve("exact = true");
    let schools = whole.get("/collections/schulen/items?limit=3").json();
    let days = [("2000-01-01", "2020-07-31"), ("2020-08-01", ""), ("", "")];
    let places = (0..).zip(schools["features"].as_array().unwrap()).zip(days);
    let features = places.map(|((index, school), (from, to)): ((i32, &Value), (&str, &str))| {
        let day = |day: &str| if day.is_empty() { Value::Null } else { json!(day) };
        feature(&school["geometry"], json!({ "nr": index, "auf": day(from), "zu": day(to) }))
    });
    let Some(folder) = copy_with(&[("orte", features.collect())]) else { return };
    let more = "exact = true\n[roles.facilities.orte]\nvalid_from = \"auf\"\nvalid_to = \"zu\"";
    let (server, _file) = serve_copy(&folder, more);
    for (on, open) in [("1999-12-31", 1), ("2020-07-31", 2), ("2020-08-01", 2), ("2000-01-01", 2)] {
        let answer =
            server.get(&format!("/processes/coverage/execution?facilities=orte&distance=500&on={on}"));
        let found = answer.json()["evidence"]["facilities"].clone();
        assert_eq!(
            (found["count"].as_u64(), found["notInService"].as_u64()),
            (Some(open), Some(3 - open)),
            "{on} {found}"
        );
        assert_eq!(found["inServiceOn"], on);
    }
    let today = server.get("/processes/coverage/execution?facilities=orte&distance=500").json();
    assert_eq!(today["evidence"]["facilities"]["count"], 2);
}

/// The square of a corner in longitude and latitude, as a polygon.
fn square([lon, lat]: [f64; 2], side: f64) -> Value {
    let (east, north) = (lon + side, lat + side);
    json!({ "type": "Polygon",
        "coordinates": [[[lon, lat], [east, lat], [east, north], [lon, north], [lon, lat]]] })
}

#[test]
fn odd_areas_and_people_are_named_and_never_counted_twice() {
    let (whole, _file) = serve("exact = true");
    let extent = whole.get("/collections/adressen").json()["extent"]["spatial"]["bbox"][0].clone();
    let [west, south, east, north] = [0, 1, 2, 3].map(|index| extent[index].as_f64().unwrap());
    let (side, middle) = ((east - west).max(north - south), [(west + east) / 2.0, (south + north) / 2.0]);
    let crossed = json!({ "type": "Polygon", "coordinates": [[[west, south], [east, north], [east, south],
        [west, north], [west, south]]] });
    let areas = vec![
        feature(&square([west - side, south - side], 3.0 * side), json!({ "nr": "a", "name": "alles" })),
        feature(&square(middle, side), json!({ "nr": "b", "name": "auch dort" })),
        feature(&square([west + 1.0, south + 1.0], side), json!({ "nr": "c", "name": "niemand" })),
        feature(&crossed, json!({ "nr": "d", "name": "kreuzt sich" })),
        feature(&square([west, south], side), json!({ "nr": null, "name": "ohne Nummer" })),
    ];
    let Some(folder) = copy_with(&[("felder", areas)]) else { return };
    let people = "gebiet,altersgruppe,anzahl,stichtag\na,0 bis 199,1000,2024-12-31\nb,0 bis 199,200,2024-12-31\n\
                  c,0 bis 199,50,2024-12-31\nd,0 bis 199,-7,2024-12-31\nx,0 bis 199,9,2024-12-31\n";
    std::fs::write(folder.path().join("leute.csv"), people).unwrap();
    let text = format!(
        "sources = {:?}\n[roles]\nexact = true\n[roles.network]\ncollection = \"strassen\"\n\
         [roles.demand]\ncollection = \"adressen\"\n[roles.areas.felder]\nid = \"nr\"\nname = \"name\"\n\
         [roles.population]\ncollection = \"leute\"\nlevel = \"felder\"\narea = \"gebiet\"\n\
         date = \"stichtag\"\ngroup = \"altersgruppe\"\npersons = \"anzahl\"\n",
        folder.path().to_str().unwrap()
    );
    let file = folder.path().join("veedel.toml");
    std::fs::write(&file, text).unwrap();
    let server = Server::ready(&["--config", file.to_str().unwrap()]);
    let answer = server.get("/processes/coverage/execution?facilities=schulen&distance=20000").json();
    let evidence = &answer["evidence"];
    assert_eq!(evidence["areas"]["count"], 4, "{evidence}");
    assert_eq!(evidence["areas"]["withoutIdOrGeometry"], 1);
    // Nobody lives in c: its persons are nowhere, and said to be. d has no number that makes sense.
    // All points lie in b as well, but count in the first only, so none is left for the persons of b.
    let nowhere = json!([{ "id": "b", "name": "auch dort", "persons": 200 },
        { "id": "c", "name": "niemand", "persons": 50 }]);
    assert_eq!(evidence["population"]["areasWithoutPoints"], nowhere, "{evidence}");
    assert_eq!(evidence["population"]["areasWithoutNumber"], json!(["d"]));
    assert!(evidence["areas"]["pointsInSeveral"].as_u64().unwrap() > 100);
    assert_eq!(answer["areas"][0]["persons"], 1000, "{}", answer["areas"]);
    assert_eq!(answer["areas"][1]["persons"], 0);
    assert_eq!(evidence["population"]["areasElsewhere"], 1);
    assert_eq!(answer["persons"], 1000);
}

#[test]
fn capacities_that_make_no_sense_are_unknown_and_said_to_be() {
    let (whole, _file) = serve("exact = true");
    let kitas = whole.get("/collections/kitas/items?limit=4").json();
    let places = [json!("20"), Value::Null, json!("-5"), json!("viele")];
    let features = kitas["features"].as_array().unwrap().iter().zip(places);
    let features = features.map(|(kita, places)| feature(&kita["geometry"], json!({ "plaetze": places })));
    let Some(folder) = copy_with(&[("orte", features.collect())]) else { return };
    let more = "exact = true\n[roles.facilities.orte]\ncapacity = { column = \"plaetze\" }";
    let (server, _file) = serve_copy(&folder, more);
    let answer = server.get("/processes/supply/execution?facilities=orte").json();
    assert_eq!(answer["capacity"], json!({ "sum": 20, "facilities": 4, "known": 1 }), "{answer}");
    assert_eq!(answer["evidence"]["capacity"]["oddValues"], 2);
}

#[test]
fn addresses_off_the_network_are_counted_as_not_reached() {
    let (server, _file) = serve("exact = true\nsnapping = 5");
    let answer = server.get("/processes/coverage/execution?facilities=schulen&distance=20000").json();
    let off = &answer["evidence"]["demand"]["notOnNetwork"];
    assert!(off["points"].as_u64().unwrap() > 0, "{off}");
    assert!(answer["uncovered"].as_f64().unwrap() >= off["persons"].as_f64().unwrap() - 0.01);
    assert!(off["persons"].as_f64().unwrap() > 0.0);
}

#[test]
fn a_facility_in_the_rhine_is_named_as_far_from_every_way() {
    let Some(server) = cologne::serve() else { return };
    // Off Rodenkirchen, in the middle of the river.
    let path = "/processes/coverage/execution?facilities=schulen&distance=1000&add=6.999,50.896";
    let found = server.get(path).json()["evidence"]["facilities"].clone();
    let far = found["farFromNetwork"].as_array().unwrap();
    let named = far.iter().any(|one| one["id"] == "+1" && one["metres"].as_f64().unwrap() > 100.0);
    assert!(named || found["notOnNetwork"] == json!(["+1"]), "{found}");
}

#[test]
fn ten_thousand_places_are_too_many_and_a_thousand_are_not() {
    let (server, _file) = serve("exact = true");
    let home = server.get("/collections/adressen/items?limit=1").json()["features"][0]["geometry"].clone();
    let ask = |count: usize| {
        let points = vec![home["coordinates"].clone(); count];
        let inputs = json!({ "points": points, "within": { "distance": 200 }, "merge": true });
        server.post("/processes/reach/execution", &json!({ "inputs": inputs }))
    };
    let refused = ask(10_000);
    assert_eq!(
        (refused.status, refused.json()["parameter"].clone()),
        (400, json!("points")),
        "{}",
        refused.text()
    );
    assert_eq!(ask(1_000).status, 200);
    let home = json!({ "point": home["coordinates"] });
    let facilities = json!({ "collection": "schulen", "add": vec![home; 10_000] });
    let inputs = json!({ "facilities": facilities, "within": { "distance": 500 } });
    let refused = server.post("/processes/coverage/execution", &json!({ "inputs": inputs }));
    assert_eq!((refused.status, refused.json()["parameter"].clone()), (400, json!("facilities.add")));
}

#[test]
fn a_place_off_the_network_is_answered_in_one_way() {
    let (server, _file) = serve("exact = true");
    let home = server.get("/collections/adressen/items?limit=1").json()["features"][0]["geometry"].clone();
    let swapped = format!("{},{}", home["coordinates"][1], home["coordinates"][0]);
    for (question, code) in [
        (format!("nearest/execution?facilities=schulen&point={swapped}"), "places_off_network"),
        (format!("reach/execution?points={swapped}&distance=500"), "places_off_network"),
        (format!("coverage/execution?facilities=schulen&distance=500&add={swapped}"), "added_off_network"),
    ] {
        let answer = server.get(&format!("/processes/{question}"));
        assert_eq!(answer.status, 200, "{question}: {}", answer.text());
        let warnings = answer.json()["warnings"].clone();
        let own = warnings.as_array().unwrap().iter().find(|one| one["code"] == code).cloned();
        let text = own.unwrap_or_else(|| panic!("{question}: {warnings}")).to_string();
        assert!(text.contains("vertauscht") && text.contains("swapped"), "{text}");
    }
}

#[test]
fn a_polygon_that_crosses_itself_is_offered_repaired() {
    let (server, _file) = serve("exact = true");
    let bow = json!([[7.45, 50.73], [7.47, 50.75], [7.47, 50.73], [7.45, 50.75], [7.45, 50.73]]);
    let ask = |polygon: Value| {
        server.post("/processes/profile/execution", &json!({ "inputs": { "polygon": polygon } }))
    };
    let refused = ask(json!({ "type": "Polygon", "coordinates": [bow] }));
    assert_eq!(refused.status, 400);
    let hint = refused.json()["hint"].as_str().unwrap().to_owned();
    let offered: Value = serde_json::from_str(hint.split_once(": ").unwrap().1).unwrap();
    assert_eq!(offered["coordinates"].as_array().unwrap().len(), 2, "{offered}");
    let answer = ask(offered);
    assert_eq!(answer.status, 200, "{}", answer.text());

    // A star whose sides all cross each other is not: the overlay would take seconds of a thread.
    let corner = |number: usize| {
        let turn = (number * 999 % 1_999) as f64 / 1_999.0 * std::f64::consts::TAU;
        json!([7.46 + 0.01 * turn.cos(), 50.74 + 0.01 * turn.sin()])
    };
    let star: Vec<Value> = (0..2_000).map(corner).collect();
    let began = std::time::Instant::now();
    let refused = ask(json!({ "type": "Polygon", "coordinates": [star] }));
    println!("a star is refused after {:?}", began.elapsed());
    assert_eq!((refused.status, refused.json()["hint"].clone()), (400, Value::Null), "{}", refused.text());
    assert!(began.elapsed() < std::time::Duration::from_secs(2), "{:?}", began.elapsed());
}
