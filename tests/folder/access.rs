//! What the configuration hides: nowhere to be seen, and answered as if it did not exist.

use serde_json::Value;

use crate::server::{Answer, Server};

fn configured(text: &str) -> Server {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("veedel.toml");
    std::fs::write(&file, text).unwrap();
    Server::ready(&["--config", file.to_str().unwrap()])
}

/// Status, body and headers (but those that differ each time) with this name taken out.
fn shape(answer: &Answer, name: &str) -> (u16, String, Vec<String>) {
    let mut headers: Vec<String> = answer
        .headers
        .iter()
        .filter(|(header, _)| {
            !["date", "expires", "content-length", "x-request-id"].contains(&header.as_str())
        })
        .map(|(header, value)| format!("{header}: {value:?}"))
        .collect();
    headers.sort();
    (answer.status, answer.text().replace(name, "NAME"), headers)
}

#[test]
fn a_hidden_collection_does_not_exist() {
    let server = configured("[collections.kitas]\nhidden = true\n[collections.strassen]\nhidden = true\n");
    for path in ["/collections", "/collections?f=html", "/metrics", "/api"] {
        let text = server.get(path).text();
        assert!(
            !text.contains("kitas") && !text.contains("Kindertages") && text.contains("schulen"),
            "{path}"
        );
    }
    for pattern in [
        "/collections/NAME",
        "/collections/NAME?f=html",
        "/collections/NAME/items",
        "/collections/NAME/items?limit=x",
        "/collections/NAME/items?kita_id=1",
        "/collections/NAME/items/1",
        "/collections/NAME/schema",
        "/collections/NAME/queryables",
        "/collections/NAME/sortables",
        "/xyz/NAME/0/0/0",
        "/xyz/NAME/30/0/0",
        "/xyz/NAME.json",
        "/xyz/schulen,NAME/14/8532/5504",
        "/xyz/NAME,schulen/14/8532/5504",
        "/xyz/schulen,NAME.json",
    ] {
        let missing = shape(&server.get(&pattern.replace("NAME", "fehlt")), "fehlt");
        for hidden in ["kitas", "strassen", "rheinfurt.kitas"] {
            let answer = shape(&server.get(&pattern.replace("NAME", hidden)), hidden);
            assert_eq!(answer, missing, "{pattern} {hidden}");
        }
    }
    assert_eq!(server.get("/collections/kitas").status, 404);
}

#[test]
fn a_collection_hidden_by_its_qualified_name_is_hidden() {
    let server = configured("[collections.\"rheinfurt.kitas\"]\nhidden = true\n");
    for path in ["/collections/kitas", "/collections/rheinfurt.kitas", "/xyz/kitas.json"] {
        assert_eq!(server.get(path).status, 404, "{path}");
    }
}

#[test]
fn a_hidden_column_does_not_exist() {
    let server = configured("[collections.schulen]\nhide = [\"traeger\"]\n");
    let open = Server::ready(&[]);
    // One that the attribution does not hold as well.
    let schools = crate::files::all_features(&open, "schulen", "");
    let secrets = schools.iter().filter_map(|school| school["properties"]["traeger"].as_str());
    let secret =
        secrets.into_iter().find(|secret| !secret.contains("Rheinfurt")).expect("a telling value").to_owned();
    assert!(open.get("/collections/schulen/items").text().contains("traeger"));
    for path in [
        "/collections",
        "/collections/schulen",
        "/collections/schulen?f=html",
        "/collections/schulen/items",
        "/collections/schulen/items?f=html",
        "/collections/schulen/items/1",
        "/collections/schulen/items/1?f=html",
        "/collections/schulen/schema",
        "/collections/schulen/queryables",
        "/collections/schulen/sortables",
        "/xyz/schulen.json",
    ] {
        let text = server.get(path).text();
        let about_schools: String = match path {
            "/collections" => {
                let document: Value = serde_json::from_str(&text).unwrap();
                let all = document["collections"].as_array().unwrap();
                all.iter().find(|one| one["id"] == "schulen").unwrap().to_string()
            }
            _ => text,
        };
        for word in ["traeger", "Träger", secret.as_str()] {
            assert!(!about_schools.contains(word), "{path} has {word}");
        }
    }
    let mut tiles = 0;
    for (x, y) in (8527..8541).flat_map(|x| (5498..5511).map(move |y| (x, y))) {
        let hidden = server.get(&format!("/xyz/schulen/14/{x}/{y}"));
        let bytes = String::from_utf8_lossy(&hidden.body).into_owned();
        assert!(!bytes.contains("traeger") && !bytes.contains(&secret));
        tiles += usize::from(open.get(&format!("/xyz/schulen/14/{x}/{y}")).text().contains("traeger"));
    }
    assert!(tiles > 0, "the column is in tiles where it is not hidden");
    let asked = server.get("/collections/schulen/items?traeger=x");
    let unknown = server.get("/collections/schulen/items?fehlt=x");
    assert_eq!(shape(&asked, "traeger"), shape(&unknown, "fehlt"));
    assert_eq!(asked.status, 400);
}

#[test]
fn a_hidden_key_leaves_features_without_ids() {
    let server =
        configured("[collections.schulen]\nhide = \"id\"\n[collections.kitas]\nhide = \"kita_id\"\n");
    for id in ["schulen", "kitas"] {
        let document = server.get(&format!("/collections/{id}/items")).json();
        for feature in document["features"].as_array().unwrap() {
            assert_eq!(feature.get("id"), None, "{feature}");
        }
        let page = server.get(&format!("/collections/{id}/items?limit=5")).json();
        let next = crate::files::link(&page, "next").unwrap();
        let second = server.get(crate::files::path_of(&server, next)).json();
        assert_eq!(second["features"][0], document["features"][5], "pages go on without ids");
    }
    assert_eq!(server.get("/collections/schulen/items/1").status, 404);
    for (x, y) in (8527..8541).flat_map(|x| (5498..5511).map(move |y| (x, y))) {
        let tile = server.get(&format!("/xyz/schulen/14/{x}/{y}"));
        for feature in crate::mvt::read(&tile.body, "hidden key").into_values().flatten() {
            assert_eq!((feature.id, feature.attributes.get("id")), (None, None));
        }
    }
}

#[test]
fn where_a_source_lies_is_told_to_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::ready(&[folder.path().to_str().unwrap()]);
    let sources = server.get("/collections").json()["veedel:sources"].clone();
    let name = folder.path().file_name().unwrap().to_str().unwrap();
    assert_eq!(sources[0]["name"], format!("folder {name}"));
    assert!(!server.get("/collections?f=html").text().contains(folder.path().to_str().unwrap()));
}
