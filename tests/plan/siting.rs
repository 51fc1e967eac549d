//! Where the next facilities must go.

use serde_json::{Value, json};

use crate::city::serve;
use crate::cologne;
use crate::server::{Answer, Server};

fn siting(server: &Server, inputs: &Value) -> Answer {
    server.post("/processes/siting/execution", &json!({ "inputs": inputs }))
}

/// How many more are covered with new schools at these places, by the other process.
fn more_covered(server: &Server, collection: &str, filter: Option<&str>, points: &[Value]) -> f64 {
    let add: Vec<Value> = points.iter().map(|point| json!({ "point": point })).collect();
    let mut facilities = json!({ "collection": collection, "add": add });
    if let Some(filter) = filter {
        facilities["filter"] = json!(filter);
    }
    let inputs =
        json!({ "facilities": facilities, "within": { "distance": 500 }, "group": { "ages": [6, 10] } });
    let answer = server.post("/processes/coverage/execution", &json!({ "inputs": inputs })).json();
    answer["difference"]["covered"].as_f64().unwrap_or_else(|| panic!("{answer}"))
}

/// Some addresses far apart.
fn places(server: &Server, count: usize) -> Vec<Value> {
    let addresses = server.get("/collections/adressen/items?limit=10000").json();
    let all = addresses["features"].as_array().unwrap();
    let step = all.len() / count;
    all.iter().step_by(step).take(count).map(|address| address["geometry"]["coordinates"].clone()).collect()
}

#[test]
fn of_a_few_candidates_it_finds_the_best_pair() {
    let (server, _file) = serve("exact = true");
    let places = places(&server, 8);
    let mut best: f64 = 0.0;
    for first in 0..places.len() {
        for second in 0..first {
            let pair = [places[first].clone(), places[second].clone()];
            best = best.max(more_covered(&server, "schulen", None, &pair));
        }
    }
    let inputs = json!({ "facilities": { "collection": "schulen" }, "within": { "distance": 500 }, "p": 2,
        "group": { "ages": [6, 10] }, "candidates": { "points": places } });
    let answer = siting(&server, &inputs).json();
    assert!(
        best > 0.0 && (answer["gain"].as_f64().unwrap() - best).abs() < 0.01,
        "{best} {}",
        answer["gain"]
    );
    assert!(answer["bound"].as_f64().unwrap() >= best - 0.001);
    assert_eq!(answer["sites"].as_array().unwrap().len(), 2);
    let chosen: Vec<Value> =
        answer["sites"].as_array().unwrap().iter().map(|site| site["point"].clone()).collect();
    assert!((more_covered(&server, "schulen", None, &chosen) - best).abs() < 0.5);
    for site in answer["sites"].as_array().unwrap() {
        let areas: f64 =
            site["areas"].as_array().unwrap().iter().map(|area| area["persons"].as_f64().unwrap()).sum();
        assert!((areas - site["gain"].as_f64().unwrap()).abs() < 0.01, "{site}");
    }
}

#[test]
fn every_node_of_cologne_is_a_candidate_and_the_gain_is_what_coverage_says() {
    let Some(server) = cologne::serve() else { return };
    let inputs = json!({ "facilities": { "collection": "schulen", "filter": "schulart = 'Grundschule'" },
        "within": { "distance": 1000 }, "p": 5, "group": { "ages": [6, 10] }, "date": "2012-12-31" });
    let answer = siting(&server, &inputs);
    assert_eq!(answer.status, 200, "{}", answer.text());
    let began = std::time::Instant::now();
    let answer = siting(&server, &inputs).json();
    println!("p = 5 over {} nodes: {:?}", answer["evidence"]["candidates"]["count"], began.elapsed());
    println!("gain {} bound {} optimality {}", answer["gain"], answer["bound"], answer["optimality"]);
    assert!(answer["evidence"]["candidates"]["count"].as_u64().unwrap() > 10_900);
    let sites = answer["sites"].as_array().unwrap();
    assert_eq!(sites.len(), 5);
    let add: Vec<Value> = sites.iter().map(|site| json!({ "point": site["point"] })).collect();
    let mut with = inputs.clone();
    with.as_object_mut().unwrap().remove("p");
    with["facilities"]["add"] = json!(add);
    let coverage = server.post("/processes/coverage/execution", &json!({ "inputs": with })).json();
    let (gain, difference) =
        (answer["gain"].as_f64().unwrap(), coverage["difference"]["covered"].as_f64().unwrap());
    // The coordinates are written to a decimetre, which moves a few addresses over the limit.
    assert!((gain - difference).abs() < 0.01 * gain, "{gain} {difference}");
    assert_eq!(answer["covered"], coverage["before"]["covered"]);
    assert!(answer["optimality"].as_f64().unwrap() > 0.8, "{}", answer["optimality"]);
}

#[test]
fn protected_sites_are_in_fives_and_what_makes_no_sense_is_refused() {
    let (server, _file) = serve("");
    let within = json!({ "distance": 500 });
    let facilities = json!({ "collection": "schulen" });
    let answer = siting(&server, &json!({ "facilities": facilities, "within": within, "p": 3 })).json();
    for site in answer["sites"].as_array().unwrap() {
        let gain = &site["gain"];
        assert!(gain == "*" || gain.as_f64().unwrap() % 5.0 == 0.0, "{site}");
    }
    for (inputs, parameter) in [
        (json!({ "facilities": facilities, "within": within, "p": 0 }), "p"),
        (json!({ "facilities": facilities, "within": within, "p": 11 }), "p"),
        (json!({ "facilities": facilities, "within": { "rule": "din-18034" } }), "within"),
        (json!({ "facilities": facilities, "within": { "distance": 501 } }), "within"),
        (
            json!({ "facilities": facilities, "within": within, "candidates": { "collection": "nowhere" } }),
            "collection",
        ),
        (
            json!({ "facilities": facilities, "within": within, "candidates": { "filter": "a = 'b'" } }),
            "candidates.filter",
        ),
        (
            json!({ "facilities": facilities, "within": within, "candidates": { "points": [[0, 0]] } }),
            "candidates",
        ),
    ] {
        let answer = siting(&server, &inputs);
        assert_eq!((answer.status, &answer.json()["parameter"]), (400, &json!(parameter)), "{inputs}");
    }
}

/// A long run, where spopt is installed (`make test-all` does so): its own data of San Francisco, its optimum.
#[test]
fn on_the_stores_of_san_francisco_it_finds_what_spopt_finds_or_nearly() {
    let Some(python) = cologne::python_with("spopt, pulp, pandas") else { return };
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/oracle/siting.py");
    let output = std::process::Command::new(python).arg(script).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    if said.contains("No such file") {
        println!("skipped: this spopt comes without its data; SPOPT_DATA names a folder that has them");
        return;
    }
    assert!(output.status.success(), "{said}");
    let oracle: Value = serde_json::from_slice(&output.stdout).unwrap();
    let weights: Vec<f64> = serde_json::from_value(oracle["weights"].clone()).unwrap();
    let cases = oracle["cases"].as_array().unwrap();
    assert_eq!((weights.len(), cases.len()), (205, 16));
    let mut best = 0;
    for case in cases {
        let covers = serde_json::from_value(case["covers"].clone()).unwrap();
        let problem = veedel::plan::siting::maximal_covering::Problem { weights: weights.clone(), covers };
        let found = problem.solve(case["p"].as_u64().unwrap() as usize);
        let optimum = case["optimum"].as_f64().unwrap();
        println!("{} m, p = {}: {} of {optimum}", case["limit"], case["p"], found.covered);
        assert!(found.covered <= optimum + 1e-6 && found.bound >= optimum - 1e-6, "{case}");
        // Greedy choice and swaps are no proof of the best: a little may be missing, and the bound says so.
        assert!(found.covered >= 0.99 * optimum, "{} of {optimum}", found.covered);
        best += usize::from(found.covered >= optimum - 1e-6);
    }
    println!("{best} of {} cases are the optimum of spopt {}", cases.len(), oracle["spopt"]);
    assert!(best * 4 >= cases.len() * 3, "{best}");
}
