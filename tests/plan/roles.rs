//! Parts that the configuration gives out: rules and types of one's own, levels with parents, catchments.

use serde_json::{Value, json};

use crate::city::{copy_with, feature, serve, serve_copy};
use crate::server::Server;

fn coverage(server: &Server, query: &str) -> Value {
    let answer = server.get(&format!("/processes/coverage/execution?{query}"));
    assert_eq!(answer.status, 200, "{query}: {}", answer.text());
    answer.json()
}

fn number(value: &Value, key: &str) -> f64 {
    value[key].as_f64().unwrap_or_else(|| panic!("{key} of {value}"))
}

#[test]
fn a_rule_of_ones_own_is_a_rule_and_may_take_the_place_of_a_shipped_one() {
    let (server, _file) = serve(
        "exact = true\n[rules.kita-300]\ntitle = \"Kita in 300 m\"\nsource = \"Ratsbeschluss 12/2024\"\n\
         valid_from = \"2025-01-01\"\nsteps = [{ ages = [0, 6], distance = 300 }]\n\
         [rules.din-18034]\ntitle = { de = \"DIN, strenger\", en = \"DIN, stricter\" }\nsource = \"Eigene Norm\"\n\
         steps = [{ ages = [0, 18], distance = 100 }]",
    );
    let by_rule = coverage(&server, "facilities=kitas&rule=kita+300");
    let by_distance = coverage(&server, "facilities=kitas&distance=300&ages=0,6");
    assert_eq!(by_rule["covered"], by_distance["covered"]);
    let rule = &by_rule["evidence"]["rule"];
    assert_eq!(
        (&rule["source"], &rule["validFrom"]),
        (&json!("Ratsbeschluss 12/2024"), &json!("2025-01-01"))
    );
    let own = coverage(&server, "facilities=spielplaetze&rule=DIN+18034");
    assert_eq!(own["evidence"]["rule"]["source"], "Eigene Norm");
    let choices = server.get("/processes").json()["veedel:choices"]["rules"].clone();
    assert!(choices.as_array().unwrap().iter().any(|rule| rule[0] == "kita-300"), "{choices}");
}

#[test]
fn means_are_offered_where_the_network_knows_them_and_times_that_can_be_asked_for() {
    let choices = |server: &Server| server.get("/processes").json()["veedel:choices"].clone();
    let (plain, _file) = serve("exact = true\n");
    let all = choices(&plain);
    assert_eq!(all["profiles"], json!(["foot", "child", "senior"]));
    assert_eq!(all["profilesByDistance"], json!(["foot"]));
    let closed = "[roles.network.closed]\nwheelchair = { art = [\"Fußweg\"] }\nbicycle = {}\n";
    let (server, _file) = serve(closed);
    let all = choices(&server);
    assert_eq!(all["profiles"], json!(["foot", "child", "senior", "wheelchair", "bicycle"]));
    assert_eq!(all["profilesByDistance"], json!(["foot", "wheelchair"]));
    for (profile, times) in all["minutes"].as_object().unwrap() {
        assert!(!times.as_array().unwrap().is_empty(), "{profile}");
        for time in times.as_array().unwrap() {
            let answer = server.get(&format!(
                "/processes/coverage/execution?facilities=kitas&minutes={time}&profile={profile}"
            ));
            assert_eq!(answer.status, 200, "{profile} {time}: {}", answer.text());
        }
    }
    let types = "[roles.types.stadtkita]\nof = { collection = \"kitas\", filter = \"plaetze > 20\" }\n";
    let (server, _file) = serve(types);
    let origins = &choices(&server)["types"][0]["origins"];
    assert_eq!(*origins, json!([{ "collection": "kitas", "filter": "plaetze > 20" }]));
}

#[test]
fn a_rule_that_says_nothing_or_a_wrong_day_is_a_fault_with_its_line() {
    for (text, fault) in [
        ("[rules.x]\nsource = \"a\"", "the rule \"x\" says nothing"),
        ("[rules.x]\nsteps = [{ ages = [0, 6], distance = 300 }]", "source is missing"),
        (
            "[rules.x]\nsource = \"a\"\nsteps = [{ ages = [6, 0], distance = 300 }]",
            "ages are two whole numbers",
        ),
        (
            "[rules.x]\nsource = \"a\"\nvalid_from = \"1. Mai\"\nper_person = { amount = 2, unit = \"m²\" }",
            "is no day",
        ),
        ("[roles.types.x]\ntitle = \"X\"", "of is missing"),
        ("[rules.x]\nsource = \"a\"\nsteps = []", "is no list of steps"),
        ("[roles]\nthreshold = \"din-18034\"", "that says a threshold"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("veedel.toml");
        std::fs::write(&file, text).unwrap();
        let check = std::process::Command::new(env!("CARGO_BIN_EXE_veedel"))
            .args(["check", "--config", file.to_str().unwrap()])
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&check.stderr) + String::from_utf8_lossy(&check.stdout);
        assert!(!check.status.success() && said.contains(fault), "{text}: {said}");
    }
}

#[test]
fn a_threshold_is_a_number_or_a_rule_that_answers_name() {
    let own = "threshold = \"eigene\"\n[rules.eigene]\nsource = \"Dienstanweisung 7\"\nthreshold = 20";
    for (more, threshold, source) in [
        ("", 5, Value::Null),
        ("threshold = \"statistik-bundesagentur\"", 10, json!(true)),
        (own, 20, json!("Dienstanweisung 7")),
    ] {
        let (server, _file) = serve(more);
        let answer = coverage(&server, "facilities=schulen&distance=500&ages=6,10");
        assert_eq!(answer["evidence"]["disclosure"]["threshold"], threshold, "{more}");
        let secrecy = &answer["evidence"]["population"]["secrecy"];
        match source {
            Value::Null => assert!(secrecy.is_null()),
            Value::String(_) => assert_eq!(secrecy["source"], source),
            _ => assert!(secrecy["source"].is_string(), "{secrecy}"),
        }
        let small =
            |value: &Value| value.as_f64().is_some_and(|value| value > 0.0 && value < f64::from(threshold));
        for area in answer["areas"].as_array().unwrap() {
            assert!(!["persons", "covered", "uncovered"].iter().any(|key| small(&area[key])), "{area}");
        }
    }
}

#[test]
fn a_type_that_comes_with_veedel_has_its_title_ages_and_rule() {
    let (server, _file) = serve(
        "exact = true\n[roles.types.spielplatz]\nof = { collection = \"spielplaetze\" }\n\
         [roles.types.kita]\ntitle = \"Kitas der Stadt\"\nof = { collection = \"kitas\" }",
    );
    let types = server.get("/processes").json()["veedel:choices"]["types"].clone();
    assert_eq!(types[0]["title"], "Kitas der Stadt");
    assert_eq!(types[0]["ages"], json!([0, 6]));
    assert_eq!((&types[1]["title"], &types[1]["rule"]), (&json!("Spielplatz"), &json!("din-18034")));
    assert!(types[1]["source"].as_str().unwrap().contains("DIN"), "{types}");
}

#[test]
fn several_collections_are_one_kind_of_facility() {
    let (server, _file) = serve(
        "exact = true\n[roles.types.haus]\ntitle = \"Haus für Kinder\"\n\
         of = [{ collection = \"kitas\" }, { collection = \"schulen\", filter = \"schulart = 'Gymnasium'\" }]",
    );
    let question = "distance=400&ages=0,6";
    let both = coverage(&server, &format!("facilities=kitas&and=schulen&{question}"));
    let [kitas, schools] =
        ["kitas", "schulen"].map(|name| coverage(&server, &format!("facilities={name}&{question}")));
    let sum = |key: &str| number(&kitas, key) + number(&schools, key);
    for one in [&kitas, &schools] {
        assert!(number(&both, "covered") >= number(one, "covered"));
    }
    assert!(number(&both, "covered") <= sum("covered") + 0.01);
    let count = |answer: &Value| answer["evidence"]["facilities"]["count"].as_u64().unwrap();
    assert_eq!(count(&both), count(&kitas) + count(&schools));
    assert_eq!(both["evidence"]["facilities"]["collections"].as_array().unwrap().len(), 2);
    // A type says the same in a word.
    let inputs = json!({ "facilities": { "collection": "kitas",
        "and": [{ "collection": "schulen", "filter": "schulart = 'Gymnasium'" }] },
        "within": { "distance": 400 }, "group": { "ages": [0, 6] } });
    let posted = server.post("/processes/coverage/execution", &json!({ "inputs": inputs })).json();
    let typed = coverage(&server, &format!("type=haus&{question}"));
    assert_eq!((&typed["covered"], &typed["areas"]), (&posted["covered"], &posted["areas"]));
    // Ids say of which collection they are, so that one can be taken away.
    let school =
        server.get("/collections/schulen/items?schulart=Gymnasium&limit=1").json()["features"][0]["id"]
            .clone();
    let less = coverage(&server, &format!("type=haus&{question}&remove=schulen/{school}"));
    assert_eq!(less["evidence"]["facilities"]["removed"], 1);
    let choices = server.get("/processes").json()["veedel:choices"]["types"].clone();
    assert_eq!(choices[0]["title"], "Haus für Kinder", "{choices}");
    for (query, parameter) in [
        ("type=nothing", "facilities.type"),
        ("type=haus&facilities=kitas", "facilities.type"),
        ("distance=500&and=kitas", "facilities.collection"),
        ("facilities=kitas&and=nowhere", "collection"),
    ] {
        let answer = server.get(&format!("/processes/coverage/execution?{query}&{question}"));
        let answer = match query.starts_with("distance") {
            true => server.get(&format!("/processes/coverage/execution?{query}")),
            false => answer,
        };
        assert_eq!((answer.status, answer.json()["parameter"].clone()), (400, json!(parameter)), "{query}");
    }
}

#[test]
fn areas_name_the_one_above_and_add_up_to_it() {
    let more = "exact = true\n[roles.areas.quartier]\ncollection = \"quartiere\"\nid = \"name\"\nparent = \"bezirk\"";
    let (server, _file) = serve(more);
    let question = "facilities=schulen&distance=500&ages=6,10";
    let answer = coverage(&server, &format!("{question}&by=quartier&rollup=true"));
    let quarters = server.get("/collections/quartiere/items?limit=100").json();
    for area in answer["areas"].as_array().unwrap() {
        let quarters = quarters["features"].as_array().unwrap();
        let own = quarters.iter().find(|quarter| quarter["properties"]["name"] == area["id"]).unwrap();
        assert_eq!(area["parent"]["name"], own["properties"]["bezirk"], "{area}");
    }
    let districts = coverage(&server, &format!("{question}&by=bezirk"));
    for (parent, district) in
        answer["parents"].as_array().unwrap().iter().zip(districts["areas"].as_array().unwrap())
    {
        let sum: f64 = answer["areas"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|area| area["parent"]["id"] == parent["id"])
            .map(|area| number(area, "covered"))
            .sum();
        assert!((number(parent, "covered") - sum).abs() < 0.01, "{parent}");
        assert_eq!(parent["id"], district["id"]);
    }
    let (protected, _file) = serve(&more.replace("exact = true", ""));
    let refused = protected.get(&format!("/processes/coverage/execution?{question}&by=quartier&rollup=true"));
    assert_eq!((refused.status, refused.json()["parameter"].clone()), (400, json!("rollup")));
    let without = server.get(&format!("/processes/coverage/execution?{question}&by=bezirk&rollup=true"));
    assert_eq!((without.status, without.json()["parameter"].clone()), (400, json!("rollup")));
}

#[test]
fn an_address_has_the_school_in_whose_catchment_it_lies() {
    let (whole, _file) = serve("exact = true");
    let schools = whole.get("/collections/schulen/items?limit=2").json();
    let ids: Vec<Value> =
        schools["features"].as_array().unwrap().iter().map(|school| school["id"].clone()).collect();
    let home =
        whole.get("/collections/adressen/items?limit=1").json()["features"][0]["geometry"]["coordinates"]
            .clone();
    let [lon, lat] = [0, 1].map(|index| home[index].as_f64().unwrap());
    let square = |east: f64| {
        json!({ "type": "Polygon", "coordinates": [[[lon + east - 0.001, lat - 0.001], [lon + east + 0.001, lat - 0.001],
            [lon + east + 0.001, lat + 0.001], [lon + east - 0.001, lat + 0.001], [lon + east - 0.001, lat - 0.001]]] })
    };
    let districts = vec![
        feature(&square(0.0), json!({ "nr": "1", "schule": ids[1].to_string() })),
        feature(&square(1.0), json!({ "nr": "2", "schule": ids[0].to_string() })),
    ];
    let Some(folder) = copy_with(&[("schulbezirke", districts)]) else { return };
    let more = "exact = true\n[roles.areas.schulbezirk]\ncollection = \"schulbezirke\"\nid = \"nr\"\n\
                responsible = { collection = \"schulen\", column = \"schule\" }";
    let (server, _file) = serve_copy(&folder, more);
    let nearest =
        |query: &str| server.get(&format!("/processes/nearest/execution?{query}&point={lon},{lat}")).json();
    let answer = nearest("facilities=schulen&k=50");
    let responsible = &answer["responsible"][0];
    assert_eq!(
        (&responsible["level"], &responsible["area"]["id"]),
        (&json!("schulbezirk"), &json!("1")),
        "{answer}"
    );
    assert_eq!(responsible["key"], json!(ids[1].to_string()));
    let same =
        answer["nearest"].as_array().unwrap().iter().find(|found| found["id"] == responsible["key"]).unwrap();
    assert_eq!(&responsible["facility"], same);
    assert!(nearest("facilities=kitas")["responsible"].as_array().unwrap().is_empty());
}

#[test]
fn a_level_need_not_tile_the_city() {
    let (whole, _file) = serve("exact = true");
    let quarters = whole.get("/collections/quartiere/items?limit=100").json();
    let room = feature(&quarters["features"][0]["geometry"], json!({ "nr": 7, "name": "Sozialraum" }));
    let Some(folder) = copy_with(&[("sozialraeume", vec![room])]) else { return };
    let more =
        "exact = true\n[roles.areas.sozialraum]\ncollection = \"sozialraeume\"\nid = \"nr\"\nname = \"name\"";
    let (server, _file) = serve_copy(&folder, more);
    let question = "facilities=schulen&distance=500&ages=6,10";
    let rooms = coverage(&server, &format!("{question}&by=sozialraum"));
    let areas = coverage(&server, question);
    let own = areas["areas"].as_array().unwrap();
    let own = own.iter().find(|area| area["id"] == quarters["features"][0]["properties"]["name"]).unwrap();
    // Each table is rounded so that it adds up.
    assert!((number(&rooms["areas"][0], "covered") - number(own, "covered")).abs() <= 1.0, "{rooms}");
    assert_eq!(rooms["persons"], areas["persons"]);
    let elsewhere = number(&rooms["evidence"]["areas"], "personsInNone");
    assert!((elsewhere + number(&rooms["areas"][0], "persons") - number(&rooms, "persons")).abs() < 0.01);
}
