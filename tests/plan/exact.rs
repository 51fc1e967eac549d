//! Exact numbers of persons for callers in a role with `exact_statistics`: the figures of a server
//! that gives everyone exact ones, marked, and for them alone.

use std::process::Command;

use serde_json::Value;

use crate::city::{configuration, serve};
use crate::server::{Answer, Server};

const ROLES: &str = "[access.roles.statistik]\nexact_statistics = true\n[access.roles.planung]\n";

/// One question of each process that counts persons.
const QUESTIONS: [&str; 6] = [
    "coverage/execution?facilities=schulen&distance=500&by=bezirk",
    "nearest/execution?facilities=schulen&by=bezirk",
    "reach/execution?points=7.47,50.73&distance=500",
    "supply/execution?facilities=kitas&by=bezirk",
    "profile/execution?area=1&level=bezirk",
    "siting/execution?facilities=schulen&distance=400&p=2",
];

/// A server whose state folder has a key for each role.
struct Office {
    server: Server,
    statistik: String,
    planung: String,
    files: (tempfile::NamedTempFile, tempfile::TempDir),
}

impl Office {
    fn open() -> Office {
        let state = tempfile::tempdir().unwrap();
        let file = configuration(ROLES);
        let text = std::fs::read_to_string(file.path()).unwrap();
        std::fs::write(file.path(), format!("state = {:?}\n{text}", state.path().join("state"))).unwrap();
        let config = file.path().to_str().unwrap();
        let key = |name: &str| {
            let mut command = Command::new(env!("CARGO_BIN_EXE_veedel"));
            let made =
                command.args(["key", "add", name, "--role", name, "--config", config]).output().unwrap();
            assert!(made.status.success(), "{made:?}");
            format!("Bearer {}", String::from_utf8(made.stdout).unwrap().trim())
        };
        let (statistik, planung) = (key("statistik"), key("planung"));
        let server = Server::ready(&["--config", config]);
        Office { server, statistik, planung, files: (file, state) }
    }

    fn ask(&self, path: &str, key: &str) -> Answer {
        self.server.get_with(path, &[("authorization", key)])
    }
}

/// Whether an answer says that it depends on the caller.
fn varies(answer: &Answer) -> bool {
    answer.header("vary").contains("Authorization")
}

/// The figures alone: the evidence says when and how they were made, and sentences what they are.
fn figures(answer: &Answer) -> Value {
    assert_eq!(answer.status, 200, "{}", answer.text());
    let mut document = answer.json();
    for told in ["evidence", "summary", "result", "warnings"] {
        document.as_object_mut().unwrap().remove(told);
    }
    document
}

#[test]
fn exact_numbers_are_for_the_roles_that_may_see_them_and_marked() {
    let (exact, _file) = serve("exact = true");
    let (protected, _other) = serve("");
    let office = Office::open();
    for question in QUESTIONS {
        let path = format!("/processes/{question}");
        // The statistics office asks first, so that what was made for it is there.
        let own = office.ask(&path, &office.statistik);
        assert_eq!(figures(&own), figures(&exact.get(&path)), "{question}");
        assert_eq!(own.header("cache-control"), "no-store", "{question}");
        assert!(varies(&own), "{question}");
        let json = own.json();
        assert!(json["summary"]["de"].as_str().unwrap().contains("nicht zur Veröffentlichung"), "{question}");
        assert!(json["summary"]["en"].as_str().unwrap().contains("not for publication"), "{question}");
        assert_eq!(json["evidence"]["disclosure"]["mode"], "exact");
        assert_eq!(json["evidence"]["disclosure"]["notice"]["de"], "nicht zur Veröffentlichung");
        for other in [office.server.get(&path), office.ask(&path, &office.planung)] {
            assert_eq!(figures(&other), figures(&protected.get(&path)), "{question}");
            assert!(!other.text().contains("Veröffentlichung"), "{question}");
            assert_eq!(other.json()["evidence"]["disclosure"]["mode"], "protected");
            assert!(varies(&other), "{question}");
        }
        // Operators who give everyone exact numbers may publish them.
        assert!(!exact.get(&path).text().contains("Veröffentlichung"), "{question}");
    }
}

#[test]
fn every_file_with_exact_numbers_says_that_it_is_not_for_publication() {
    let office = Office::open();
    let path = format!("/processes/{}", QUESTIONS[0]);
    for (language, words, name) in [
        ("de", "nicht zur Veröffentlichung", "-nicht-zur-veroeffentlichung."),
        ("en", "not for publication", "-not-for-publication."),
    ] {
        for format in ["json", "geojson", "csv", "xlsx", "gpkg"] {
            let answer = office.ask(&format!("{path}&lang={language}&f={format}"), &office.statistik);
            if format == "gpkg" && answer.status == 400 {
                println!("skipped: this build writes no GeoPackage");
                continue;
            }
            assert_eq!(answer.status, 200, "{format}");
            assert!(answer.header("content-disposition").contains(name), "{format}");
            let text = String::from_utf8_lossy(&answer.body).into_owned();
            // A workbook is a zip file; its name says it, and its sheets are those of the CSV.
            assert!(format == "xlsx" || text.contains(words), "{format}");
            if format == "csv" {
                let rows: Vec<&str> = text.lines().filter(|line| !line.is_empty()).collect();
                assert!(rows.len() > 3 && rows[1..].iter().all(|row| row.ends_with(words)), "{text}");
            }
        }
    }
}

#[test]
fn a_link_to_exact_numbers_is_nothing_for_others() {
    let office = Office::open();
    let answer = office.ask(&format!("/processes/{}", QUESTIONS[0]), &office.statistik);
    let id = answer.json()["result"]["id"].as_str().unwrap().to_owned();
    let link = format!("/results/{id}");
    assert_eq!(office.ask(&link, &office.statistik).status, 200);
    for other in [office.server.get(&link), office.ask(&link, &office.planung)] {
        assert_eq!(other.status, 404);
    }
    for part in ["?f=csv", "?f=geojson", "/xyz.json", "/xyz/10/532/343"] {
        assert_eq!(office.server.get(&format!("{link}{part}")).status, 404, "{part}");
    }
}

/// `veedel audit export`, as values.
fn recorded(office: &Office) -> Vec<Value> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_veedel"));
    let config = office.files.0.path().to_str().unwrap();
    let output = command.args(["audit", "export", "--config", config]).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(!text.contains("7.47") && !text.contains("schulen"), "{text}");
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn every_exact_answer_is_recorded_or_not_given() {
    let office = Office::open();
    let exact = |office: &Office| -> Vec<Value> {
        recorded(office).into_iter().filter(|entry| entry["what"] == "exact_statistics").collect()
    };
    for question in QUESTIONS {
        let path = format!("/processes/{question}");
        assert_eq!(office.server.get(&path).status, 200);
        assert_eq!(office.ask(&path, &office.planung).status, 200);
    }
    assert!(exact(&office).is_empty(), "protected answers are no exact ones");
    let (path, key) = (format!("/processes/{}", QUESTIONS[0]), &office.statistik);
    let asked = office.server.get_with(&path, &[("authorization", key), ("x-request-id", "frage-1")]);
    let link = format!("/results/{}", asked.json()["result"]["id"].as_str().unwrap());
    assert_eq!(office.ask(&format!("{link}?f=csv"), key).status, 200);
    let body =
        serde_json::json!({ "locations": [[7.47, 50.73]], "range": [500], "attributes": ["total_pop"] });
    let address = "/v2/isochrones/foot-walking/geojson";
    let posted = office.server.post_with(address, &body, &[("authorization", key)]);
    assert_eq!(posted.status, 200, "{}", posted.text());
    let entries = exact(&office);
    let on: Vec<&str> = entries.iter().map(|entry| entry["on"].as_str().unwrap()).collect();
    assert_eq!(on, ["coverage", "coverage", "isochrones"]);
    assert_eq!(entries[0]["request"], "frage-1");
    for entry in &entries {
        assert_eq!(entry["roles"], serde_json::json!(["statistik"]));
        assert_eq!(entry["key"], key["Bearer vdl_".len()..][..8]);
    }
    // A folder in the place of the record's file.
    let state = office.files.1.path().join("state/audit");
    std::fs::rename(&state, state.with_extension("away")).unwrap();
    for path in [&path, &link] {
        let refused = office.ask(path, key);
        assert!(refused.status == 503 && !refused.text().contains("covered"), "{path}: {}", refused.text());
    }
    assert_eq!(office.server.get(&path).status, 200, "protected answers need no record");
    std::fs::rename(state.with_extension("away"), &state).unwrap();
    assert_eq!(office.ask(&path, key).status, 200);
}

#[test]
fn exact_numbers_need_a_place_where_each_answer_is_recorded() {
    let file = configuration(ROLES);
    let mut command = Command::new(env!("CARGO_BIN_EXE_veedel"));
    let checked = command.args(["check", "--config", file.path().to_str().unwrap()]).output().unwrap();
    let said =
        String::from_utf8_lossy(&checked.stderr).into_owned() + &String::from_utf8_lossy(&checked.stdout);
    assert!(!checked.status.success() && said.contains("exact_statistics: there is no place"), "{said}");
}
