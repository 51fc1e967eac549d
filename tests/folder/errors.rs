//! What is answered to values that are none: sentences of ours, in the language of who asked, and
//! to a browser a page.

use serde_json::{Value, json};

use crate::api::{Operation, PLANNING, described, operations};
use crate::files::step;
use crate::server::{Answer, Server};

/// What people write where something else is meant, and what nobody means well.
const VALUES: [&str; 14] = [
    "",
    "x",
    "7,5x",
    "-1",
    "1.5",
    "1e999",
    "31.12.2012",
    "2012-13-45",
    "[1,",
    "{\"a\":[1]}",
    "null",
    "a`b\"c",
    "'",
    "<script>alert(1)</script>",
];

/// How libraries talk to programmers.
const FOREIGN: [&str; 22] = [
    "expected ",
    "invalid type",
    "invalid value",
    "invalid length",
    "invalid digit",
    "unknown variant",
    "unknown field",
    "missing field",
    "duplicate field",
    "did not match any",
    "four digit",
    "failed to parse",
    "trailing",
    "EOF while",
    "recursion limit",
    "sequence",
    "struct ",
    "f64",
    "u32",
    "u64",
    "i64",
    "usize",
];

const GERMAN: &str = "de-DE,de;q=0.9,en;q=0.1";

fn asked(server: &Server, address: &str, body: Option<&str>, language: &str) -> Answer {
    let Some(body) = body else { return server.get_with(address, &[("accept-language", language)]) };
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
    let request = agent.post(format!("{}{address}", server.base)).header("accept-language", language);
    let mut response = request.content_type("application/json").send(body).unwrap();
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    Answer { status, headers, body: response.body_mut().read_to_vec().unwrap() }
}

/// Whether it was refused; then in sentences of ours, in both languages.
fn refused_well(server: &Server, address: &str, body: Option<&str>) -> bool {
    let english = asked(server, address, body, "en");
    if english.status < 400 {
        return false;
    }
    let german = asked(server, address, body, GERMAN);
    let about = format!("{address} {}\n{}\n{}", body.unwrap_or(""), english.text(), german.text());
    assert!(english.status < 500 && english.status == german.status, "{about}");
    for (answer, language) in [(&english, "en"), (&german, "de")] {
        assert_eq!(answer.header("content-type"), "application/problem+json", "{about}");
        assert_eq!(answer.header("content-language"), language, "{about}");
        assert!(answer.header("vary").contains("Accept-Language"), "{about}");
        let document = answer.json();
        for member in ["detail", "hint"] {
            let sentence = document[member].as_str().unwrap_or("");
            for foreign in FOREIGN {
                assert!(!sentence.contains(foreign), "{foreign:?} in {member}\n{about}");
            }
        }
    }
    let (english, german) = (english.json(), german.json());
    for member in ["detail", "title"] {
        assert_ne!(english[member], german[member], "{about}");
    }
    for member in ["status", "parameter", "limit", "type"] {
        assert_eq!(english[member], german[member], "{about}");
    }
    let hints = [&english, &german].map(|document| document["hint"].as_str().unwrap_or("").to_owned());
    assert_eq!(hints[0].is_empty(), hints[1].is_empty(), "{about}");
    let has_words = hints[0].split(' ').filter(|word| word.chars().all(char::is_lowercase)).count() > 2;
    assert!(!has_words || hints[0] != hints[1], "{about}");
    true
}

/// One collection stands for all.
fn is_of_another_collection(operation: &Operation) -> bool {
    let own = operation.path.strip_prefix("/collections/").and_then(|rest| rest.split('/').next());
    own.is_some_and(|own| !["{collectionId}", "catalog", "schulen"].contains(&own))
}

/// The address with its examples, and before other parameters a question that can be answered.
fn with(address: &str, is_question: bool, name: &str, value: &str) -> String {
    let question = [("facilities", "schulen"), ("distance", "500")];
    let base = question.iter().filter(|(own, _)| is_question && *own != name);
    let mut query: Vec<String> = base.map(|(name, value)| format!("{name}={value}")).collect();
    query.push(format!("{}={}", step(name), step(value)));
    format!("{address}{}{}", if address.contains('?') { '&' } else { '?' }, query.join("&"))
}

#[test]
fn every_parameter_refuses_bad_values_in_words_of_ours() {
    let server = Server::ready(PLANNING);
    let api = described(&server);
    let mut refused = 0;
    for operation in operations(&api) {
        if operation.verb != "GET" || operation.path == "/changes" || is_of_another_collection(&operation) {
            continue;
        }
        let is_question = operation.path.ends_with("/execution");
        let own: Vec<&str> =
            operation.parameters().iter().map(|parameter| parameter["name"].as_str().unwrap()).collect();
        let processes = if is_question {
            &["coverage", "nearest", "reach", "supply", "profile", "siting"][..]
        } else {
            &[""]
        };
        for process in processes {
            let path = operation.path.replace("{processId}", process);
            for parameter in operation.parameters().iter().filter(|parameter| parameter["in"] == "path") {
                let name = parameter["name"].as_str().unwrap();
                for value in VALUES.iter().filter(|value| !value.is_empty()) {
                    let filled =
                        operation.address(|_| false).replace(&written(&parameter["example"]), &step(value));
                    refused += usize::from(path.contains(name) && refused_well(&server, &filled, None));
                }
            }
            let address = operation
                .address(|_| false)
                .replace("/processes/coverage/", &format!("/processes/{process}/"));
            let plain = address.split('?').next().unwrap();
            for name in
                own.iter().filter(|name| !operation.path.contains(&format!("{{{name}}}"))).chain(&["nothing"])
            {
                for value in VALUES {
                    refused +=
                        usize::from(refused_well(&server, &with(plain, is_question, name, value), None));
                }
            }
        }
    }
    assert!(refused > 1000, "{refused}");
}

fn written(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), step)
}

/// The document with one of its members replaced by each of the values in turn, and with one left
/// out.
fn spoiled(document: &Value, values: &[Value]) -> Vec<Value> {
    let mut all = values.to_vec();
    match document {
        Value::Object(members) => {
            for (name, member) in members {
                for value in spoiled(member, values) {
                    let mut copy = members.clone();
                    copy.insert(name.clone(), value);
                    all.push(Value::Object(copy));
                }
                let mut copy = members.clone();
                copy.remove(name);
                copy.insert("nothing".into(), json!(1));
                all.push(Value::Object(copy));
            }
        }
        Value::Array(items) => {
            for (place, item) in items.iter().enumerate() {
                for value in spoiled(item, values) {
                    let mut copy = items.clone();
                    copy[place] = value;
                    all.push(Value::Array(copy));
                }
            }
        }
        _ => {}
    }
    all
}

#[test]
fn every_body_refuses_bad_members_in_words_of_ours() {
    let server = Server::ready(PLANNING);
    let api = described(&server);
    let values = [json!("7,5x"), json!(-1.5), json!([1]), json!({ "a": 1 }), Value::Null, json!(true)];
    let mut refused = 0;
    for operation in operations(&api).into_iter().filter(|operation| operation.verb == "POST") {
        let address = operation.address(|_| false);
        let example = &operation.document["requestBody"]["content"]["application/json"]["example"];
        let broken =
            ["", "{", "[1,", "{\"a\":1}}", "nul", "\"x", "{\"inputs\":{\"within\":"].map(str::to_owned);
        let deep = format!("{{\"inputs\":{}", "[".repeat(500));
        let spoiled = spoiled(example, &values).into_iter().map(|document| document.to_string());
        for body in spoiled.chain(broken).chain([deep]) {
            refused += usize::from(refused_well(&server, &address, Some(&body)));
        }
    }
    assert!(refused > 100, "{refused}");
}

#[test]
fn a_browser_reads_a_page_in_its_language() {
    let server = Server::ready(&[]);
    let browser = [("accept", "text/html,application/xhtml+xml,*/*;q=0.8"), ("accept-language", GERMAN)];
    let script = "%3Cscript%3Ealert(1)%3C%2Fscript%3E";
    for (path, status, said) in [
        ("/nowhere".to_owned(), 404, "unter dieser Adresse gibt es nichts"),
        (format!("/{script}"), 404, "unter dieser Adresse gibt es nichts"),
        (format!("/collections/{script}"), 404, "es gibt keine Collection"),
        (format!("/collections/schulen/items?{script}=1"), 400, "hier gibt es keinen Parameter"),
        (format!("/collections/schulen/items?limit={script}"), 400, "limit muss eine ganze Zahl ab 1 sein"),
        (format!("/xyz/{script}/1/0/0"), 404, "es gibt keine Collection"),
        (format!("/assets/{script}"), 404, "diese Datei gibt es nicht"),
        (
            "/collections/schulen/items?filter=(((((((((((((((((((((((((((((((((((((((1".into(),
            400,
            "filter_depth",
        ),
    ] {
        let answer = server.get_with(&path, &browser);
        let page = answer.text();
        assert_eq!((answer.status, answer.header("content-language")), (status, "de"), "{path}: {page}");
        assert_eq!(answer.header("content-type"), "text/html; charset=utf-8", "{path}");
        assert!(answer.header("content-security-policy").contains("script-src 'self'"), "{path}");
        assert_eq!(
            (answer.header("cache-control"), answer.header("vary")),
            ("no-store", "Accept, Accept-Language")
        );
        assert!(page.contains("<html lang=\"de\">") && page.contains(said), "{path}: {page}");
        assert!(page.contains(&format!("<h1>{status} ")) && !page.contains("<script"), "{path}: {page}");
        // What programs read of the same is one click away.
        let link = page.split("href=\"").map(|rest| rest.split('"').next().unwrap_or_default());
        let link = link.filter(|link| link.contains("f=json")).last().unwrap();
        let link = link.replace("&#x2f;", "/").replace("&amp;", "&");
        let machine = server.get(link.strip_prefix(&server.base).unwrap());
        assert_eq!(machine.header("content-type"), "application/problem+json", "{path}: {link}");
    }
}

#[test]
fn what_was_asked_for_goes_before_what_the_browser_prefers() {
    let server = Server::ready(&[]);
    let of = |query: &str, accept: &str, language: &str| {
        let headers = [("accept", accept), ("accept-language", language)];
        let headers: Vec<(&str, &str)> = headers.into_iter().filter(|(_, value)| !value.is_empty()).collect();
        let answer = server.get_with(&format!("/nowhere{query}"), &headers);
        let media = answer.header("content-type").split(';').next().unwrap().to_owned();
        (media, answer.header("content-language").to_owned())
    };
    let (json, html) = ("application/problem+json", "text/html");
    for (query, accept, language, media, said) in [
        ("", "*/*", "", json, "en"),
        ("", "*/*", "*", json, "en"),
        ("", "*/*", "fr", json, "en"),
        ("", "*/*", "de", json, "de"),
        ("", "application/json", "en;q=0.5, de", json, "de"),
        ("?lang=de", "*/*", "en", json, "de"),
        ("?lang=en&f=html", "*/*", "de", html, "en"),
        ("?f=json", "text/html", "de", json, "de"),
        ("?f=html", "application/json", "de", html, "de"),
        ("", "text/html", "", html, "de"),
        ("", "image/png", "de", json, "de"),
    ] {
        assert_eq!(of(query, accept, language), (media.into(), said.into()), "{query} {accept} {language}");
    }
}

#[test]
fn errors_of_every_kind_come_out_of_one_place() {
    let (server, _file) = crate::limits::planning("uri_bytes = \"1 KiB\"\nbody_bytes = \"1 KiB\"");
    let german = [("accept-language", GERMAN)];
    let long = format!("/collections?{}", "a".repeat(2000));
    for (path, status) in
        [(long.as_str(), 414), ("/xyz/schulen/30/0/0", 404), ("/collections/schulen/download.xyz", 404)]
    {
        let answer = server.get_with(path, &german);
        assert_eq!(
            (answer.status, answer.header("content-language")),
            (status, "de"),
            "{path}: {}",
            answer.text()
        );
    }
    let large = "x".repeat(3000);
    let answer = asked(&server, "/processes/coverage/execution", Some(&large), GERMAN);
    assert_eq!((answer.status, answer.header("content-language")), (413, "de"), "{}", answer.text());
    let put = crate::http::method(&server, "PUT", "/xyz/schulen/1/0/0?lang=de");
    assert_eq!((put.status, &put.json()["title"]), (405, &json!("Methode nicht erlaubt")));
    let head = crate::http::method(&server, "HEAD", "/nowhere?lang=de");
    let get = server.get("/nowhere?lang=de");
    assert_eq!((head.status, head.body.len()), (404, 0));
    assert_eq!(head.header("content-length"), get.body.len().to_string());
}
