//! Values that clients stumble over: quotation marks and backslashes above all, which no page of
//! features has as they are.

use serde_json::Value;

use crate::direct::direct;
use crate::postgres::{Database, database};
use crate::server::Server;
use crate::tools::{features, json, step};

/// A table `worte` of odd values, whose key is odd as well, and one of names that are.
pub const TABLES: &str = r#"
    CREATE TABLE worte (id int8 PRIMARY KEY, name text, "Größe" text, zahl int8, mass float8, tag date, akte jsonb,
        liste text[], geom geometry(Point, 25832));
    INSERT INTO worte SELECT id, name, groesse, zahl, mass, tag::date, akte, liste,
        ST_SetSRID(ST_MakePoint(356000 + 10 * row_number() OVER (ORDER BY id), 5645000), 25832)
    FROM (VALUES
        (-7, 'Gaststätte "Zur Post"', 'ä', 9007199254740993, 'NaN'::float8, '0044-03-15 BC', '{"a\"": "\\"}'::jsonb,
            ARRAY['"', '\', '\"']),
        (1, 'C:\', '', -9007199254740993, 1.5, '2026-01-31', '["\\\""]', '{}'),
        (2, '\', NULL, 2, 'Infinity', NULL, NULL, NULL),
        (3, '"', '"', 3, NULL, '2026-02-28', '"\\"', ARRAY['a\']),
        (4, '', '\"', NULL, 0, '0001-01-01', '{"ü": "\u0001\n\""}', NULL),
        (5, NULL, '\\"\\', 0, -0.5, '2026-03-01', 'null', NULL),
        (9007199254740993, 'Straße: "a\b"', 'ß', 1, 2.25, '2026-03-02', '1', NULL))
        AS v (id, name, groesse, zahl, mass, tag, akte, liste);
    CREATE TABLE namen (schluessel text PRIMARY KEY, "a\b" text, "a""b" text, geom geometry(Point, 25832));
    INSERT INTO namen VALUES ('a\', '1', '2', 'SRID=25832;POINT(356000 5645000)'), ('"', '3', '4', NULL)"#;

fn odd(name: &str) -> Database<'static> {
    let database = database(name);
    database.sql(TABLES);
    database
}

/// That a body of JSON, or of lines of it, has neither of the two escapes.
fn assert_plain(path: &str, body: &str) {
    assert!(body.contains("u0022") && body.contains("u005c"), "{path}: {body}");
    let found = [r#"\""#, r"\\"].iter().find_map(|escape| body.find(escape));
    assert!(found.is_none(), "{path}: {:?} in {body}", found.map(|at| &body[at.saturating_sub(20)..]));
}

#[test]
fn quotation_marks_and_backslashes_are_written_by_number_wherever_features_are_json() {
    let database = odd("worte");
    let url = database.url();
    let (direct, _folder) = direct(&url, &["worte", "namen"], "");
    let resident = Server::ready(&[&url]);
    for server in [&resident, &direct] {
        for id in ["worte", "namen"] {
            for f in ["json", "jsonfg", "ndjson", "geojsonseq"] {
                let path = format!("/collections/{id}/items?f={f}");
                assert_plain(&path, &server.get(&path).text());
            }
            for ending in ["geojson", "ndjson"] {
                let path = format!("/collections/{id}/download.{ending}");
                assert_plain(&path, &server.get(&path).text());
            }
        }
        for f in ["json", "jsonfg"] {
            let path = format!("/collections/worte/items/-7?f={f}");
            assert_plain(&path, &server.get(&path).text());
        }
        // A question in a body is told again in the link to the next page.
        let question = serde_json::json!({
            "limit": 1,
            "filter": { "op": "in", "args": [{ "property": "name" }, ["\\", "\"", "C:\\"]] },
        });
        let page = server.post("/collections/worte/items/search", &question);
        assert_eq!(page.status, 200, "{}", page.text());
        assert_plain("search", &page.text());
        let next =
            page.json()["links"].as_array().unwrap().iter().find(|link| link["rel"] == "next").cloned();
        assert_eq!(server.post("/collections/worte/items/search", &next.unwrap()["body"]).status, 200);
    }
    // What readers of JSON see is what the database holds.
    let theirs = database.sql(
        "SELECT json_agg(json_build_array(id, name, \"Größe\", zahl, akte, liste) ORDER BY id) FROM worte",
    );
    let theirs: Value = serde_json::from_str(&theirs).unwrap();
    for server in [&resident, &direct] {
        let ours: Vec<Value> = features(server, "worte", "limit=2").1.iter().map(json).collect();
        let row = |feature: &Value| {
            let own = &feature["properties"];
            let values = ["name", "Größe", "zahl", "akte", "liste"].map(|name| own[name].clone());
            Value::Array([vec![feature["id"].clone()], values.to_vec()].concat())
        };
        assert_eq!(Value::Array(ours.iter().map(row).collect()), theirs);
        let names = server.get("/collections/namen/items").json();
        assert_eq!(names["features"][1]["id"], "a\\");
        assert_eq!(names["features"][1]["properties"]["a\\b"], "1");
        assert_eq!(names["features"][0]["properties"]["a\"b"], "4");
    }
}

/// All texts that are odd to quotes, escapes, wildcards or addresses.
const ODD: [&str; 34] = [
    r"\",
    r"\\",
    r"\\\",
    r"C:\",
    r"C:\neu",
    r"\\wolke\teil",
    r"\'",
    r"'\",
    "'",
    "''",
    "\"",
    r#"\""#,
    r#"a\"b"#,
    "",
    " ",
    " a",
    "a ",
    "%",
    "_",
    r"\%",
    r"\_",
    r"50\%",
    "50%",
    "50x",
    r"a\_b",
    "a_b",
    "axb",
    "a+b",
    "a b",
    "%41",
    "ä",
    "a\u{308}",
    "zwei\nZeilen",
    "😀",
];

#[test]
fn each_odd_text_is_found_by_its_own_words_and_no_other() {
    let database = database("worte_alle");
    let rows: Vec<String> = ODD.iter().map(|text| format!("('{}')", text.replace('\'', "''"))).collect();
    database.sql(&format!(
        "CREATE TABLE worte (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text, geom geometry(Point, 25832));
         INSERT INTO worte (name) VALUES {}, (NULL)",
        rows.join(", ")
    ));
    let url = database.url();
    let (direct, _folder) = direct(&url, &["worte"], "");
    let resident = Server::ready(&[&url]);
    for (text, id) in ODD.iter().zip(1..) {
        let pattern = text.replace('\\', r"\\").replace('%', r"\%").replace('_', r"\_");
        let [word, like] = [text.replace('\\', r"\\"), pattern.clone()].map(|text| text.replace('\'', "''"));
        let property = serde_json::json!({ "property": "name" });
        let in_json = |op: &str, value: Value| {
            let json = serde_json::json!({ "op": op, "args": [property, value] });
            format!("filter-lang=cql2-json&filter={}", step(&json.to_string()))
        };
        let in_text = |filter: String| format!("filter={}", step(&filter));
        for query in [
            in_text(format!("name = '{word}'")),
            in_text(format!("name IN ('{word}')")),
            in_text(format!("name LIKE '{like}'")),
            in_text(format!(
                "name LIKE '%{like}' AND name LIKE '{like}%' AND length(name) = {}",
                text.chars().count()
            )),
            in_json("=", (*text).into()),
            in_json("in", serde_json::json!([text])),
            in_json("like", pattern.as_str().into()),
            format!("name={}", step(text)),
        ] {
            for server in [&resident, &direct] {
                let page = server.get(&format!("/collections/worte/items?{query}"));
                assert_eq!(page.status, 200, "{text:?} {query}: {}", page.text());
                let page = page.json();
                assert_eq!(page["numberMatched"], 1, "{text:?} {query}");
                assert_eq!(page["features"][0]["id"], id, "{text:?} {query}");
                assert_eq!(page["features"][0]["properties"]["name"], **text, "{query}");
            }
        }
    }
}

#[test]
fn a_pattern_finds_the_same_as_text_and_as_json() {
    let database = odd("worte_muster");
    let url = database.url();
    let (direct, _folder) = direct(&url, &["worte"], "");
    let resident = Server::ready(&[&url]);
    let patterns = [
        r"C:\\", r"C:\\%", r"\\", "\"", "%\"%", r"%a\\b%", r"%\%%", r"%\_%", r"\C:\\", "", "%", r"\\\\%",
        "%'%",
    ];
    for pattern in patterns {
        let theirs = database.sql(&format!(
            "SELECT coalesce(json_agg(id ORDER BY id), '[]') FROM worte WHERE name LIKE '{}'",
            pattern.replace('\'', "''")
        ));
        let theirs: Value = serde_json::from_str(&theirs).unwrap();
        let text = format!("name LIKE '{}'", pattern.replace('\'', "''"));
        let json = serde_json::json!({ "op": "like", "args": [{ "property": "name" }, pattern] });
        for server in [&resident, &direct] {
            for query in [
                format!("filter={}", step(&text)),
                format!("filter-lang=cql2-json&filter={}", step(&json.to_string())),
            ] {
                let page = server.get(&format!("/collections/worte/items?{query}"));
                assert_eq!(page.status, 200, "{pattern}: {}", page.text());
                let page = page.json();
                let ids = page["features"].as_array().unwrap().iter().map(|one| one["id"].clone());
                assert_eq!(Value::Array(ids.collect()), theirs, "{pattern} {query}");
            }
        }
    }
}
