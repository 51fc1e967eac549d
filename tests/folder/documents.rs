//! The examples of the documents: every request runs, and every command has the options it is shown with.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::api::PLANNING;
use crate::server::Server;

/// The documents with commands, and what they say.
fn documents() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = vec![];
    for folder in [root.to_owned(), root.join("docs")] {
        let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        found.extend(entries.filter(|path| path.extension().is_some_and(|extension| extension == "md")));
    }
    let named = |path: PathBuf| {
        let text = std::fs::read_to_string(&path).unwrap();
        (path.strip_prefix(root).unwrap().to_owned(), text)
    };
    found.into_iter().map(named).collect()
}

/// The commands in the blocks of a text that are shell, each as its words.
fn commands(text: &str) -> Vec<Vec<String>> {
    let blocks = text.split("```sh\n").skip(1).map(|rest| rest.split("\n```").next().unwrap());
    blocks.flat_map(split).filter(|words| !words.is_empty()).collect()
}

/// The lines of a shell script as words: quotes, escapes and comments, and no more than that.
fn split(script: &str) -> Vec<Vec<String>> {
    let (mut lines, mut words) = (vec![], vec![]);
    let mut word: Option<String> = None;
    let mut letters = script.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '\'' => word.get_or_insert_default().extend(letters.by_ref().take_while(|&c| c != '\'')),
            '"' => word.get_or_insert_default().extend(letters.by_ref().take_while(|&c| c != '"')),
            '\\' => word.get_or_insert_default().extend(letters.next().filter(|&c| c != '\n')),
            '#' if word.is_none() => while letters.next_if(|&c| c != '\n').is_some() {},
            ' ' => words.extend(word.take()),
            '\n' => {
                words.extend(word.take());
                lines.push(std::mem::take(&mut words));
            }
            letter => word.get_or_insert_default().push(letter),
        }
    }
    words.extend(word);
    lines.push(words);
    lines
}

/// A request as curl would send it: the path, and a body where it has one.
fn request(words: &[String]) -> (String, Option<Value>) {
    let (mut url, mut data, mut is_get) = (None, vec![], false);
    let mut words = words.iter().skip(1);
    while let Some(word) = words.next() {
        match word.as_str() {
            "-G" => is_get = true,
            "-OJ" => {}
            "-o" | "-H" => drop(words.next()),
            "-d" => data.push(words.next().unwrap().clone()),
            "--data-urlencode" => {
                let (name, value) = words.next().unwrap().split_once('=').unwrap();
                data.push(format!("{name}={}", crate::files::step(value)));
            }
            word => {
                assert!(!word.starts_with('-') && url.is_none(), "{word} is not known here");
                url = Some(word.to_owned());
            }
        }
    }
    let url = url.expect("an address");
    let path = url.strip_prefix("http://127.0.0.1:3000").expect("an address of make serve").to_owned();
    match (is_get, data.is_empty()) {
        (_, true) => (path, None),
        (true, _) => (format!("{path}?{}", data.join("&")), None),
        (false, _) => (path, Some(serde_json::from_str(&data.concat()).unwrap())),
    }
}

/// Whether a path belongs to planning, which needs to be told what plays which part.
fn is_of_planning(path: &str) -> bool {
    ["/processes", "/results", "/search", "/planung", "/v2"]
        .iter()
        .any(|beginning| path.starts_with(beginning))
}

#[test]
fn every_example_of_the_documents_runs() {
    let (city, planning) = (Server::ready(&["--config", "/dev/null"]), Server::ready(PLANNING));
    let mut asked = 0;
    for (document, text) in documents() {
        // What goes to the operator's socket has another test.
        let commands = commands(&text).into_iter();
        for words in commands.filter(|words| words[0] == "curl" && words[1] != "--unix-socket") {
            let (path, body) = request(&words);
            let path = path.replace(' ', "%20");
            let server = if is_of_planning(&path) { &planning } else { &city };
            let answer = match body {
                Some(body) => server.post(&path, &body),
                None => server.get(&path),
            };
            assert_eq!(answer.status, 200, "{}: {path}: {}", document.display(), answer.text());
            let is_empty = answer.text().contains("\"numberMatched\":0") || answer.body.is_empty();
            assert!(!is_empty, "{}: {path} answers nothing", document.display());
            asked += 1;
        }
    }
    assert!(asked > 40, "{asked}");
}

#[test]
fn every_command_of_the_documents_has_its_options() {
    let makefile = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/Makefile")).unwrap();
    let mut seen = BTreeSet::new();
    for (document, text) in documents() {
        for words in commands(&text) {
            let words: Vec<&str> =
                words.iter().map(String::as_str).skip_while(|word| word.contains("=")).collect();
            match words.as_slice() {
                ["veedel", rest @ ..] => {
                    let is_subcommand = |word: &&&str| word.chars().all(|c| c.is_ascii_lowercase());
                    let named: Vec<&str> = rest.iter().take_while(is_subcommand).copied().collect();
                    let help = help(&named);
                    for option in rest.iter().filter(|word| word.starts_with("--")) {
                        assert!(help.contains(option), "{}: {words:?}: no {option}", document.display());
                        seen.insert((*option).to_owned());
                    }
                }
                ["make", goal, ..] => {
                    let rule = format!("\n{goal}:");
                    assert!(makefile.contains(&rule), "{}: make {goal}", document.display());
                }
                _ => {}
            }
        }
    }
    assert!(seen.len() > 5, "{seen:?}");
}

/// What `veedel NAMED… --help` says.
fn help(named: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_veedel")).args(named).arg("--help").output().unwrap();
    assert!(output.status.success(), "veedel {named:?} --help: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn every_address_stands_on_the_page_about_addresses() {
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/api.md")).unwrap();
    let steps = |path: &str| {
        let step = |step: &str| if step.contains('{') { "{}".to_owned() } else { step.to_owned() };
        path.split('/').map(step).collect::<Vec<_>>().join("/")
    };
    let table: Vec<&str> = page.lines().filter(|line| line.starts_with("| `/")).collect();
    let mut named = BTreeSet::new();
    for line in table {
        let cell = line.trim_matches('|').split(" | ").next().unwrap();
        let mut first = "";
        for span in cell.split('`').skip(1).step_by(2) {
            let span = span.split('?').next().unwrap();
            // "…/sortables" goes on from the address before it, in place of its last step.
            let path = match span.strip_prefix('…') {
                Some(end) => format!("{}{end}", first.rsplit_once('/').unwrap().0),
                None => span.to_owned(),
            };
            if first.is_empty() {
                first = span;
            }
            named.insert(steps(&path));
        }
    }
    let server = Server::ready(PLANNING);
    let api = server.get("/api").json();
    let ids: Vec<String> = {
        let collections = server.get("/collections").json();
        let all = collections["collections"].as_array().unwrap();
        all.iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect()
    };
    for path in api["paths"].as_object().unwrap().keys() {
        // Addresses of single collections are described one by one.
        let mut general = path.clone();
        for id in &ids {
            general = general.replace(&format!("/collections/{id}/"), "/collections/{id}/");
        }
        assert!(named.contains(&steps(&general)), "{path} is not in docs/api.md: {named:?}");
    }
}

#[test]
fn the_sidecar_of_the_page_about_configuration_is_read() {
    let page =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/configuration.md")).unwrap();
    let sidecar = page.split("```toml\n").nth(1).unwrap().split("\n```").next().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("kitas.schema.toml", sidecar);
    write("kitas.csv", "kita_id,flaeche\n6f1b1c1e-0000-4000-8000-000000000001,12.50\n");
    let server = Server::ready(&[folder.path().to_str().unwrap()]);
    let schema = server.get("/collections/kitas/schema").json();
    assert_eq!(schema["title"], "Kindertagesstätten");
    assert_eq!(schema["properties"]["kita_id"]["format"], "uuid");
    assert_eq!(schema["properties"]["kita_id"]["x-ogc-role"], "id");
    assert_eq!(schema["properties"]["flaeche"]["x-ogc-unit"], "m²");
}

#[test]
fn words_are_those_of_a_shell() {
    let script = "curl -d '{\"a\": '\\''b'\\''}\n c' \"d e\" # not this\nveedel serve f#g";
    let expected = [vec!["curl", "-d", "{\"a\": 'b'}\n c", "d e"], vec!["veedel", "serve", "f#g"]];
    assert_eq!(split(script), expected);
    let words = |line: &str| split(line).remove(0);
    let asked = request(&words("curl -G http://127.0.0.1:3000/a --data-urlencode 'filter=b > 3' -d f=csv"));
    assert_eq!(asked, ("/a?filter=b%20%3E%203&f=csv".to_owned(), None));
    let asked = request(&words("curl -o x -H 'A: b' http://127.0.0.1:3000/a -d '{\"b\": 1}'"));
    assert_eq!(asked, ("/a".to_owned(), Some(serde_json::json!({ "b": 1 }))));
}
