//! Protection on every route: what small numbers there are makes no difference to any answer, and what must not be seen
//! is not there.

use std::path::Path;

use serde_json::{Value, json};

use super::city::configuration_of;
use super::differencing::city::{Dice, small_numbers, with_numbers};
use crate::server::Server;

/// A server of the city with these numbers; `change` is made to its configuration.
fn serve_with(
    folder: &Path,
    number: impl FnMut() -> usize,
    change: impl Fn(String) -> String,
) -> (Server, tempfile::NamedTempFile) {
    with_numbers(folder, number);
    let file = configuration_of(folder.to_str().unwrap(), "");
    std::fs::write(file.path(), change(std::fs::read_to_string(file.path()).unwrap())).unwrap();
    (Server::ready(&["--config", file.path().to_str().unwrap()]), file)
}

/// Another number that must be told apart from this by nobody: the next of its class, or of the last the first.
fn alike(number: usize) -> usize {
    let classes = [0..=0, 1..=4, 5..=8, 9..=12];
    let counted = (number + 2) / 5 * 5;
    let class = classes.into_iter().find(|class| class.contains(&number));
    let class = class.unwrap_or(counted.saturating_sub(2)..=counted + 2);
    if number < *class.end() { number + 1 } else { *class.start() }
}

/// Questions of every process, in every shape; what is added stands here.
fn questions([lon, lat]: [f64; 2]) -> Vec<String> {
    let mut all = vec![];
    let mut ask = |process: &str, query: String| all.push(format!("/processes/{process}/execution?{query}"));
    for facilities in ["schulen", "kitas", "spielplaetze"] {
        for (distance, more) in
            [(200, "&ages=0,3"), (400, "&ages=3,10"), (1000, ""), (500, "&date=2023-12-31")]
        {
            let asked = format!("facilities={facilities}&distance={distance}{more}");
            ask("coverage", format!("{asked}&by=viertel&f=geojson"));
            ask("coverage", format!("{asked}&by=bezirk&add={lon},{lat};{},{}", lon + 0.002, lat + 0.002));
        }
        ask("coverage", format!("facilities={facilities}&distance=400&ages=0,3&f=csv"));
        // Added, removed and moved by a little: from where ways begin must betray nothing.
        if facilities != "kitas" {
            for change in [
                "remove=1".to_owned(),
                format!("add={lon},{lat}"),
                format!("remove=1&add={lon},{lat}"),
                format!("remove=1&add={},{lat}", lon + 0.0003),
            ] {
                let asked = format!("facilities={facilities}&distance=500&ages=0,3&{change}");
                ask("coverage", asked.clone());
                ask("reach", asked.clone());
                ask("reach", format!("{asked}&merge=true&f=csv"));
            }
        }
        ask("coverage", format!("facilities={facilities}&rule=DIN+18034"));
        ask("reach", format!("facilities={facilities}&distance=500&merge=true&ages=0,3&f=csv"));
        ask("siting", format!("facilities={facilities}&distance=400&ages=0,6&p=3"));
        ask("nearest", format!("facilities={facilities}&by=bezirk&ages=6,10"));
        ask("nearest", format!("facilities={facilities}&f=geojson"));
    }
    ask("reach", format!("points={lon},{lat}&distance=200,500,1000"));
    ask("supply", "facilities=kitas&by=all&date=all".into());
    ask("supply", "facilities=kitas&groups=0,3;3,6&target=0.5&f=csv".into());
    for area in ["S%C3%BCd", "Gr%C3%BCnwald"] {
        ask("profile", format!("area={area}"));
    }
    all
}

/// An answer without the moment at which its data was read, and the address that depends on it.
fn timeless(mut value: Value) -> Value {
    match &mut value {
        Value::Object(members) => {
            for key in ["loadedAt", "dataVersion", "result"] {
                members.remove(key);
            }
            members.values_mut().for_each(|member| *member = timeless(member.take()));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| *item = timeless(item.take())),
        _ => {}
    }
    value
}

fn answer(server: &Server, path: &str) -> Value {
    let answer = server.get(path);
    assert_eq!(answer.status, 200, "{path}: {}", answer.text());
    if path.contains("f=csv") { json!(answer.text()) } else { timeless(answer.json()) }
}

#[test]
fn cities_that_differ_in_small_numbers_answer_alike() {
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let (mut dice, mut again, mut third) = (Dice(5), Dice(5), Dice(5));
    let (one, _file) = serve_with(folders[0].path(), || small_numbers(&mut dice), |text| text);
    let (other, _other_file) =
        serve_with(folders[1].path(), || alike(small_numbers(&mut again)), |text| text);
    let school = one.get("/collections/schulen/items?limit=1").json();
    let place = &school["features"][0]["geometry"]["coordinates"];
    let questions = questions([place[0].as_f64().unwrap(), place[1].as_f64().unwrap()]);
    for path in &questions {
        assert_eq!(answer(&one, path), answer(&other, path), "{path}");
    }
    let body = json!({ "locations": [place], "range": [360, 720], "attributes": ["total_pop"] });
    let [left, right] =
        [&one, &other].map(|server| server.post("/v2/isochrones/foot-walking/geojson", &body));
    assert_eq!((left.status, timeless(left.json())), (200, timeless(right.json())));
    // They are two cities all the same: where answers are exact, hardly one is like the other. And one that differs in
    // more than its small numbers is told apart.
    let exact = |text: String| text.replace("[roles]\n", "[roles]\nexact = true\n");
    let (one_exact, _exact_file) = serve_with(
        folders[0].path(),
        {
            let mut dice = Dice(5);
            move || small_numbers(&mut dice)
        },
        exact,
    );
    let (more, _more_file) = serve_with(folders[2].path(), || small_numbers(&mut third) + 5, |text| text);
    let (mut exact_differs, mut more_differs) = (0, 0);
    for path in questions.iter().step_by(3) {
        exact_differs += usize::from(answer(&one_exact, path) != answer(&other, path));
        more_differs += usize::from(answer(&more, path) != answer(&one, path));
    }
    assert!(exact_differs > 10 && more_differs > 10, "{exact_differs} {more_differs}");
}

#[test]
fn asking_again_otherwise_or_after_a_restart_averages_nothing_out() {
    let folder = tempfile::tempdir().unwrap();
    let mut dice = Dice(6);
    let (server, file) = serve_with(folder.path(), || small_numbers(&mut dice), |text| text);
    let path = "/processes/coverage/execution?facilities=schulen&distance=500&ages=0,6&by=viertel";
    let first = answer(&server, path);
    for _ in 0..20 {
        assert_eq!(answer(&server, path), first);
    }
    let figures =
        |answer: &Value| ["persons", "covered", "uncovered", "areas"].map(|key| answer[key].clone());
    let body = json!({ "inputs": { "by": "viertel", "group": { "ages": [0, 6] }, "within": { "distance": 500 },
        "facilities": { "collection": "schulen" } } });
    assert_eq!(figures(&server.post("/processes/coverage/execution", &body).json()), figures(&first));
    // Minutes that are as far, another order, a language: the same figures.
    for query in [
        "by=viertel&ages=0,6&minutes=6&facilities=schulen",
        "facilities=schulen&distance=500&ages=0,6&lang=en",
    ] {
        let other = answer(&server, &format!("/processes/coverage/execution?{query}"));
        assert_eq!(figures(&other), figures(&first), "{query}");
    }
    // Two age groups together are the sum of each, in every area where all three are given.
    let of = |ages: &str| answer(&server, &path.replace("ages=0,6", &format!("ages={ages}")));
    let (young, old) = (of("0,3"), of("3,6"));
    let mut compared = 0;
    for (index, area) in first["areas"].as_array().unwrap().iter().enumerate() {
        let number = |answer: &Value| answer["areas"][index]["persons"].as_f64();
        if let (Some(all), Some(young), Some(old)) = (area["persons"].as_f64(), number(&young), number(&old))
        {
            compared += 1;
            assert_eq!(all, young + old, "{area}");
        }
    }
    assert!(compared > 2, "{compared}");
    drop(server);
    let again = Server::ready(&["--config", file.path().to_str().unwrap()]);
    assert_eq!(answer(&again, path), first);
}

#[test]
fn population_and_weights_are_for_nobody_unless_they_are_public() {
    let folder = tempfile::tempdir().unwrap();
    let mut dice = Dice(7);
    let weighted = |text: String| text.replace("[roles.demand]\n", "[roles.demand]\nweight = \"id\"\n");
    let (server, file) = serve_with(folder.path(), || small_numbers(&mut dice), weighted);
    let routes = |collection: &str| {
        [
            format!("/collections/{collection}"),
            format!("/collections/{collection}/items"),
            format!("/collections/{collection}/items?f=html"),
            format!("/collections/{collection}/items/1"),
            format!("/xyz/{collection}/14/8600/5400"),
            format!("/xyz/{collection},schulen/14/8600/5400"),
            format!("/xyz/{collection}.json"),
        ]
    };
    for collection in ["bevoelkerung", "adressen"] {
        for route in routes(collection) {
            assert_eq!(server.get(&route).status, 404, "{route}");
        }
        for list in ["/collections", "/collections?f=html", "/"] {
            assert!(!server.get(list).text().contains(collection), "{list}");
        }
        server.says(&format!("collection {collection} is protected"));
        let as_facilities = format!("/processes/coverage/execution?facilities={collection}&distance=500");
        assert_eq!(server.get(&as_facilities).status, 400);
        let as_candidates =
            format!("/processes/siting/execution?facilities=schulen&distance=400&candidates={collection}");
        assert_eq!(server.get(&as_candidates).status, 400);
    }
    let check = std::process::Command::new(env!("CARGO_BIN_EXE_veedel"))
        .args(["check", "--config", file.path().to_str().unwrap()])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&check.stdout);
    assert_eq!(said.matches("protected: ").count(), 2, "{said}");
    let found = server.get("/search?q=Marktstra%C3%9Fe+1&limit=50").json();
    let of = |feature: &Value| feature["properties"]["of"] != "adressen";
    assert!(found["features"].as_array().unwrap().iter().all(of), "{found}");
    let answer = answer(&server, "/processes/coverage/execution?facilities=schulen&distance=500");
    assert_eq!(answer["evidence"]["disclosure"]["protected"]["weights"], true);
    assert_eq!(answer["evidence"]["disclosure"]["roundedTo"].as_f64(), Some(5.0));
    assert_eq!(ways_begin(&server), "in the middle of a cell", "hidden addresses are no starts");
    drop(server);
    let text = std::fs::read_to_string(file.path()).unwrap();
    let public = "already_public = \"the city's yearbook\"\n";
    let text = text
        .replace("[roles.demand]\n", &format!("[roles.demand]\n{public}"))
        .replace("[roles.population]\n", &format!("[roles.population]\n{public}"));
    std::fs::write(file.path(), text).unwrap();
    let server = Server::ready(&["--config", file.path().to_str().unwrap()]);
    for collection in ["bevoelkerung", "adressen"] {
        assert_eq!(server.get(&format!("/collections/{collection}/items")).status, 200);
        assert!(!server.log().contains("is protected"), "{}", server.log());
    }
    assert_eq!(ways_begin(&server), "at the point of demand nearest to the mean of a cell's points");
}

fn ways_begin(server: &Server) -> String {
    let answer = answer(server, "/processes/coverage/execution?facilities=schulen&distance=500&lang=en");
    let words = &answer["evidence"]["disclosure"]["waysBeginAt"];
    words["en"].as_str().or(words.as_str()).unwrap_or_default().to_owned()
}

#[test]
fn a_higher_threshold_makes_larger_steps() {
    let folder = tempfile::tempdir().unwrap();
    let mut dice = Dice(8);
    let of_ten = |text: String| text.replace("[roles]\n", "[roles]\nthreshold = 10\n");
    let (server, _file) = serve_with(folder.path(), || small_numbers(&mut dice), of_ten);
    let answer =
        answer(&server, "/processes/coverage/execution?facilities=schulen&distance=500&ages=0,6&by=viertel");
    let mut given = 0;
    for area in answer["areas"].as_array().unwrap() {
        for key in ["persons", "covered", "uncovered"] {
            given += usize::from(area[key].as_f64().is_some_and(|number| number > 0.0));
            assert!(area[key] == "*" || area[key].as_f64().unwrap() % 10.0 == 0.0, "{area}");
        }
    }
    assert!(given > 3, "{given}");
}

#[test]
fn protected_figures_of_cologne_are_near_the_exact_ones() {
    let (Some(exact), Some((protected, _file))) =
        (super::cologne::serve(), super::cologne::serve_protected())
    else {
        return;
    };
    let schools = "facilities=schulen&filter=schulart+=+%27Grundschule%27";
    for (query, ages) in
        [(schools, "0,3"), (schools, "6,10"), ("facilities=spielplaetze", "0,3"), (schools, "0,200")]
    {
        let path = format!(
            "/processes/coverage/execution?{query}&distance=500&ages={ages}&date=2012-12-31&by=stadtteil"
        );
        let [exact, protected] = [&exact, &protected].map(|server| answer(server, &path));
        let (mut persons, mut covered, mut given) = (0.0_f64, vec![], 0);
        let areas = |answer: &Value| answer["areas"].as_array().unwrap().clone();
        for (exact, protected) in areas(&exact).iter().zip(&areas(&protected)) {
            let difference = |key: &str| Some(protected[key].as_f64()? - exact[key].as_f64()?);
            persons = persons.max(difference("persons").map_or(0.0, f64::abs));
            covered.extend(difference("covered"));
            given += usize::from(protected["covered"].is_number());
        }
        covered.sort_by(|left, right| left.abs().total_cmp(&right.abs()));
        let city = |key: &str| (exact[key].as_f64().unwrap(), protected[key].as_f64().unwrap());
        println!(
            "{query} {ages}: city {:?}, covered {:?}; by area: persons off by at most {persons:.1}, covered in the middle by \
             {:.1}, at most by {:.1}; given in {given} of 86",
            city("persons"),
            city("covered"),
            covered[covered.len() / 2].abs(),
            covered[covered.len() - 1].abs(),
        );
        let groups = exact["evidence"]["population"]["groups"].as_array().unwrap().len();
        assert!(persons <= 4.0 * groups as f64, "{persons}");
        // All ways from a cell begin at the address in its midst: some are longer for it, and as many shorter.
        for (key, part) in [("persons", 0.001), ("covered", 0.01)] {
            let (exact, protected) = city(key);
            assert!((exact - protected).abs() <= exact * part, "{key}: {exact} {protected}");
        }
    }
}
