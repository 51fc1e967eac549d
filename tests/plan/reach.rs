//! Isochrones: what they enclose, whom they count, and the same in openrouteservice's shape.

use geo::{Contains, Point};
use geozero::ToGeo;
use geozero::geojson::GeoJson;
use serde_json::{Value, json};

use crate::city::serve;
use crate::server::{Answer, Server};

fn reach(server: &Server, query: &str) -> Answer {
    server.get(&format!("/processes/reach/execution?{query}"))
}

fn geometry(value: &Value) -> geo::Geometry {
    GeoJson(&value.to_string()).to_geo().unwrap()
}

fn a_school(server: &Server) -> (String, [f64; 2]) {
    let school = server.get("/collections/schulen/items?limit=1").json()["features"][0].clone();
    let at = &school["geometry"]["coordinates"];
    (
        school["id"].to_string().trim_matches('"').to_owned(),
        [at[0].as_f64().unwrap(), at[1].as_f64().unwrap()],
    )
}

#[test]
fn the_picture_holds_who_is_near_and_not_who_is_far() {
    let (server, _file) = serve("exact = true");
    let (_, [lon, lat]) = a_school(&server);
    // The addresses as facilities: their ways come from the field alone, the picture plays no part in
    // them. Half of the nearest lie within the inner distance.
    let query = format!("point={lon},{lat}&facilities=adressen&k=50");
    let near = server.get(&format!("/processes/nearest/execution?{query}")).json();
    let ways = near["nearest"].as_array().unwrap().iter().map(|one| one["distance"].as_f64().unwrap());
    let inner_way = ways.clone().nth(ways.count() / 2).unwrap().round();
    let answer =
        reach(&server, &format!("points={lon},{lat}&distance={inner_way},{}", inner_way + 300.0)).json();
    let bands = answer["reach"].as_array().unwrap();
    assert_eq!(bands.len(), 2);
    assert!(bands[0]["persons"].as_f64() < bands[1]["persons"].as_f64());
    assert!(bands[0]["area"].as_f64() < bands[1]["area"].as_f64());
    let step = answer["evidence"]["picture"]["stepMetres"].as_f64().unwrap();
    let (inner, outer) = (geometry(&bands[0]["geometry"]), geometry(&bands[1]["geometry"]));
    let mut seen = (0, 0);
    for address in near["nearest"].as_array().unwrap() {
        let way = address["distance"].as_f64().unwrap();
        let at = Point::new(address["point"][0].as_f64().unwrap(), address["point"][1].as_f64().unwrap());
        if way < inner_way - 2.0 * step {
            assert!(inner.contains(&at) && outer.contains(&at), "{address}");
            seen.0 += 1;
        } else if way > inner_way + 2.0 * step {
            assert!(!inner.contains(&at), "{address}");
            seen.1 += 1;
        }
    }
    assert!(seen.0 > 0 && seen.1 > 0, "{seen:?} of {}", near["nearest"].as_array().unwrap().len());
}

#[test]
fn who_is_counted_is_who_is_covered() {
    let (server, _file) = serve("exact = true");
    let schools = reach(&server, "facilities=schulen&distance=500,1000&ages=6,10&merge=true").json();
    for (band, distance) in schools["reach"].as_array().unwrap().iter().zip(["500", "1000"]) {
        let query = format!("facilities=schulen&distance={distance}&ages=6,10");
        let coverage = server.get(&format!("/processes/coverage/execution?{query}")).json();
        let difference = band["persons"].as_f64().unwrap() - coverage["covered"].as_f64().unwrap();
        assert!(difference.abs() < 0.01, "{band} {coverage}");
    }
    // One by one, those between two schools count for both.
    let each = reach(&server, "facilities=schulen&distance=500&ages=6,10").json();
    let sum: f64 =
        each["reach"].as_array().unwrap().iter().map(|band| band["persons"].as_f64().unwrap()).sum();
    assert!(sum + 0.01 >= schools["reach"][0]["persons"].as_f64().unwrap());
}

#[test]
fn protected_counts_are_of_whole_cells() {
    let (server, _file) = serve("");
    let (_, [lon, lat]) = a_school(&server);
    let ask = |lon: f64| reach(&server, &format!("points={lon},{lat}&distance=500&ages=6,10")).json();
    let (here, beside) = (ask(lon), ask(lon + 0.000_01));
    assert_eq!(here["reach"][0]["persons"], beside["reach"][0]["persons"]);
    let persons = &here["reach"][0]["persons"];
    assert!(persons == "*" || persons.as_f64().unwrap() % 5.0 == 0.0, "{persons}");
    assert_eq!(here["evidence"]["origins"]["movedToCells"], true);
    assert_eq!(reach(&server, &format!("points={lon},{lat}&distance=499")).status, 400);
    let uncounted = reach(&server, &format!("points={lon},{lat}&distance=499&persons=false"));
    assert_eq!((uncounted.status, uncounted.json()["reach"][0]["persons"].clone()), (200, Value::Null));
}

#[test]
fn what_cannot_be_answered_names_its_parameter() {
    let (server, _file) = serve("exact = true");
    let many = vec!["6.9,50.9"; 1001].join(";");
    for (query, parameter) in [
        ("distance=500", "points"),
        ("points=6.9,50.9", "within"),
        ("points=6.9,50.9&distance=500&minutes=5", "within"),
        ("points=6.9,50.9&distance=0", "within"),
        ("points=6.9,50.9&distance=20001", "within"),
        ("points=6.9,50.9&distance=1,2,3,4,5,6,7,8,9,10,11", "within"),
        ("points=690,50.9&distance=500", "points"),
        ("points=6.9&distance=500", "points"),
        ("points=6.9,50.9&distance=500&ages=5,9", "group"),
        (&format!("points={many}&distance=500"), "points"),
    ] {
        let answer = reach(&server, query);
        let found = answer.json()["parameter"].as_str().unwrap_or_default().to_owned();
        assert!(
            answer.status == 400 && found.starts_with(parameter),
            "{query:.60}: {} {found}",
            answer.status
        );
    }
    // Far from any street: answered, with nobody and the reason.
    let sea = reach(&server, "points=0,0&distance=500").json();
    assert_eq!(sea["reach"], json!([]));
    assert_eq!(sea["evidence"]["origins"]["notOnNetwork"], json!(["1"]));
}

#[test]
fn clients_of_openrouteservice_find_what_they_know() {
    let (server, _file) = serve("exact = true");
    let (_, at) = a_school(&server);
    let body = json!({ "locations": [at], "range_type": "time", "range": [360, 720],
        "attributes": ["total_pop", "area"], "options": { "avoid_features": [] } });
    let answer = server.post("/v2/isochrones/foot-walking/geojson", &body);
    assert_eq!(answer.status, 200, "{}", answer.text());
    let own = reach(&server, &format!("points={},{}&minutes=6,12", at[0], at[1])).json();
    let answer = answer.json();
    for (index, (feature, value)) in answer["features"].as_array().unwrap().iter().zip([360, 720]).enumerate()
    {
        let properties = &feature["properties"];
        assert_eq!(properties["group_index"], 0);
        assert_eq!(properties["value"].as_f64(), Some(f64::from(value)));
        assert!((properties["center"][0].as_f64().unwrap() - at[0]).abs() < 1e-5);
        assert_eq!(properties["total_pop"], own["reach"][index]["persons"]);
        assert_eq!(feature["geometry"], own["reach"][index]["geometry"]);
    }
    let cut = json!({ "locations": [at], "range_type": "distance", "range": [900], "interval": 300 });
    let cut = server.post("/v2/isochrones/cycling-regular/geojson", &cut).json();
    let values: Vec<f64> = cut["features"]
        .as_array()
        .unwrap()
        .iter()
        .map(|f| f["properties"]["value"].as_f64().unwrap())
        .collect();
    assert_eq!(values, [300.0, 600.0, 900.0]);
    let off = json!({ "locations": [at, [0, 0]], "range": [300] });
    let off = server.post("/v2/isochrones/foot-walking/geojson", &off);
    assert_eq!((off.status, off.json()["parameter"].clone()), (400, json!("locations")));
    assert_eq!(server.post("/v2/isochrones/driving-car/geojson", &body).status, 400);
}

#[test]
fn a_matrix_holds_the_ways_that_nearest_finds() {
    let (server, _file) = serve("exact = true");
    let homes = server.get("/collections/adressen/items?limit=40").json();
    let homes: Vec<Value> = homes["features"].as_array().unwrap()[..6]
        .iter()
        .map(|home| home["geometry"]["coordinates"].clone())
        .collect();
    let (school, place) = a_school(&server);
    let mut locations = homes.clone();
    locations.push(json!(place));
    let ask = |body: Value| server.post("/v2/matrix/foot-walking/json", &body);
    let body = json!({ "locations": locations, "sources": [0, 1, 2, 3, 4, 5], "destinations": ["6"],
        "metrics": ["distance", "duration"], "units": "km" });
    let answer = ask(body).json();
    for (index, home) in homes.iter().enumerate() {
        let query = format!("facilities=schulen&k=12&point={},{}", home[0], home[1]);
        let found = server.get(&format!("/processes/nearest/execution?{query}")).json();
        let all = found["nearest"].as_array().unwrap();
        let same = all.iter().find(|found| found["id"] == json!(school)).unwrap();
        let metres = same["distance"].as_f64().unwrap();
        let kilometres = answer["distances"][index][0].as_f64().unwrap();
        assert!((kilometres * 1000.0 - metres).abs() <= 6.0, "{answer} {same}");
        let seconds = answer["durations"][index][0].as_f64().unwrap();
        assert!((seconds / 60.0 - same["minutes"].as_f64().unwrap()).abs() <= 0.06, "{answer} {same}");
    }
    // There as back.
    let all = ask(json!({ "locations": locations, "metrics": ["distance"] })).json();
    let way = |from: usize, to: usize| all["distances"][from][to].as_f64().unwrap();
    for (from, to) in (0..7).flat_map(|from| (0..7).map(move |to| (from, to))) {
        assert!((way(from, to) - way(to, from)).abs() < 0.02);
    }
    // Ten thousand to one is one search; ten thousand to ten thousand is too much.
    let many: Vec<Value> = (0..10_000).map(|index| homes[index % 6].clone()).collect();
    let sources: Vec<usize> = (0..10_000).collect();
    let large =
        json!({ "locations": many, "sources": sources, "destinations": [0], "metrics": ["distance"] });
    let large = ask(large);
    assert_eq!(large.status, 200, "{}", large.text());
    assert_eq!(large.json()["distances"].as_array().unwrap().len(), 10_000);
    for (body, parameter) in [
        (json!({ "locations": many, "metrics": ["distance"] }), "locations"),
        (json!({ "locations": homes, "sources": [9] }), "sources"),
        (json!({ "locations": homes, "destinations": ["x"] }), "destinations"),
        (json!({ "locations": [[500, 0]] }), "locations"),
        (json!({ "locations": [] }), "locations"),
    ] {
        let refused = ask(body);
        assert_eq!((refused.status, refused.json()["parameter"].clone()), (400, json!(parameter)));
    }
}

/// What is reached from all facilities together is what they cover, protected or not, whatever is
/// added, removed or moved.
#[test]
fn merged_reach_is_coverage() {
    for more in ["exact = true", ""] {
        let (server, _file) = serve(more);
        let school = server.get("/collections/schulen/items?limit=1").json()["features"][0].clone();
        let at = &school["geometry"]["coordinates"];
        for change in ["", "&remove=1", "&add=@", "&remove=1&add=@"] {
            let change = change.replace('@', &format!("{},{}", at[0].as_f64().unwrap() + 0.004, at[1]));
            let question = format!("facilities=schulen&distance=500&ages=6,10{change}");
            let coverage = server.get(&format!("/processes/coverage/execution?{question}")).json();
            let reach = server.get(&format!("/processes/reach/execution?{question}&merge=true")).json();
            let after = coverage.get("after").unwrap_or(&coverage);
            assert_eq!(reach["reach"][0]["persons"], after["covered"], "{more} {question}");
            let (own, margin) = (&reach["reach"][0]["margin"], &after["margin"]["covered"]);
            assert_eq!(own.is_number(), more.is_empty(), "{own}");
            // A place that is added may lie anywhere in its cell.
            assert!(own.as_f64().unwrap_or(0.0) >= margin.as_f64().unwrap_or(0.0), "{own} {margin}");
        }
    }
}
