//! What is hidden is counted with and named nowhere: the level of the population, names of areas,
//! addresses.

use crate::city::serve;
use crate::server::Server;

/// Asks each process in its ways; no answer may have one of these words.
fn says_none_of(server: &Server, words: &[&str]) {
    for path in [
        "coverage/execution?facilities=schulen&distance=500",
        "coverage/execution?facilities=schulen&distance=500&f=geojson",
        "coverage/execution?facilities=schulen&distance=500&f=csv",
        "coverage/execution?facilities=schulen&distance=500&by=bezirk",
        "nearest/execution?facilities=schulen&f=csv",
        "nearest/execution?facilities=schulen&point=7.47,50.73",
        "supply/execution?facilities=kitas&by=all",
        "supply/execution?facilities=kitas&f=geojson",
        "siting/execution?facilities=schulen&distance=400&p=2",
        "reach/execution?points=7.47,50.73&distance=500",
        "profile/execution?area=1&level=bezirk",
    ] {
        let answer = server.get(&format!("/processes/{path}"));
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        let text = answer.text();
        assert!(!words.iter().any(|word| text.contains(word)), "{path}: {text}");
    }
    let choices = server.get("/processes").text();
    assert!(!words.iter().any(|word| choices.contains(word)), "{choices}");
}

#[test]
fn the_level_of_the_population_may_be_hidden() {
    let (open, _file) = serve("exact = true");
    let (server, _other) = serve("exact = true\n[collections.quartiere]\nhidden = true");
    let ask =
        |server: &Server| server.get("/processes/coverage/execution?facilities=schulen&distance=500").json();
    let (counted, hidden) = (ask(&open), ask(&server));
    assert!(counted["areas"].as_array().unwrap().len() > 5 && hidden["areas"] == serde_json::json!([]));
    for figure in ["persons", "covered", "uncovered", "share"] {
        assert_eq!(hidden[figure], counted[figure], "{figure}");
    }
    says_none_of(&server, &["viertel", "quartiere", "Mühlenbusch", "Grünwald"]);
    let unknown = |level: &str| {
        let path = format!("/processes/coverage/execution?facilities=schulen&distance=500&by={level}");
        server.get(&path).text().replace(level, "LEVEL")
    };
    assert_eq!(unknown("viertel"), unknown("fehlt"));
}

#[test]
fn a_type_does_not_tell_by_which_hidden_column_it_is_found() {
    let kind = "[roles.types.stadtkita]\nof = { collection = \"kitas\", filter = \"traeger = 'Caritas'\" }\n";
    let origins = |more: &str| {
        let (server, _file) = serve(&format!("exact = true\n{kind}{more}"));
        server.get("/processes").json()["veedel:choices"]["types"][0]["origins"].clone()
    };
    let seen = serde_json::json!([{ "collection": "kitas", "filter": "traeger = 'Caritas'" }]);
    assert_eq!(origins(""), seen);
    assert_eq!(origins("[collections.kitas]\nhide = \"traeger\""), serde_json::json!([]));
}

#[test]
fn an_area_whose_name_is_hidden_is_called_by_its_id() {
    let (server, _file) = serve("exact = true\n[collections.bezirke]\nhide = \"name\"");
    says_none_of(&server, &["Westerfeld"]);
    let path = "/processes/coverage/execution?facilities=schulen&distance=500&by=bezirk";
    let areas = server.get(path).json()["areas"].clone();
    let areas = areas.as_array().unwrap();
    assert!(areas.len() == 3 && areas.iter().all(|area| area["id"] == area["name"]), "{areas:?}");
}

#[test]
fn hidden_addresses_are_given_by_no_question() {
    let path = "/processes/nearest/execution?facilities=schulen&per_address=true&f=csv";
    let (open, _file) = serve("exact = true");
    assert_eq!(open.get(path).status, 200);
    let (server, _other) = serve("exact = true\n[collections.adressen]\nhidden = true");
    let answer = server.get(path);
    assert_eq!(answer.status, 400, "{}", answer.text());
    assert!(answer.text().contains("per_address"), "{}", answer.text());
}
