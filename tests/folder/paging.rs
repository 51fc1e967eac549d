//! The pages of a collection, walked by their `next` links.

use serde_json::Value;

use crate::files::{all_features, link, path_of};
use crate::server::Server;

/// The features of all pages from this one on, and how many pages there were.
fn walk(server: &Server, first: &str) -> (Vec<Value>, usize) {
    let (mut features, mut pages, mut path) = (vec![], 0, first.to_owned());
    let mut matched = None;
    loop {
        let answer = server.get(&path);
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        let document = answer.json();
        let now = document["numberMatched"].as_u64();
        assert_eq!(now, *matched.get_or_insert(now), "{path}: numberMatched is the same on each page");
        let page = document["features"].as_array().unwrap();
        assert_eq!(document["numberReturned"].as_u64(), Some(page.len() as u64));
        assert!(!page.is_empty() || pages == 0, "{path}: an empty page was linked to");
        features.extend(page.iter().cloned());
        pages += 1;
        match link(&document, "next") {
            Some(next) => path = path_of(server, next).to_owned(),
            None => break,
        }
        assert!(pages < 2000, "pages without end from {first}");
    }
    assert_eq!(matched.flatten(), Some(features.len() as u64), "{first}");
    (features, pages)
}

#[test]
fn pages_give_each_feature_once_in_key_order() {
    let server = Server::ready(&[]);
    for (id, limit) in
        [("adressen", 99), ("kitas", 4), ("bevoelkerung", 7), ("strassen", 976), ("schulen", 1)]
    {
        let (features, pages) = walk(&server, &format!("/collections/{id}/items?limit={limit}"));
        assert_eq!(pages, features.len().div_ceil(limit), "{id}");
        assert_eq!(features, all_features(&server, id, ""), "{id}");
        let key = |feature: &Value| -> (i64, Vec<String>) {
            let properties = &feature["properties"];
            let text = |name: &str| properties[name].as_str().unwrap().to_owned();
            match id {
                "bevoelkerung" => (0, vec![text("gebiet"), text("altersgruppe")]),
                "kitas" => (0, vec![text("kita_id")]),
                _ => (properties["id"].as_i64().unwrap(), vec![]),
            }
        };
        assert!(features.is_sorted_by(|left, right| key(left) < key(right)), "{id}");
    }
}

#[test]
fn filtered_pages_keep_their_filter_and_system() {
    let server = Server::ready(&[]);
    let crs = "http://www.opengis.net/def/crs/EPSG/0/25832";
    let all = all_features(&server, "adressen", &format!("&crs={crs}"));
    let plz = all[0]["properties"]["plz"].as_str().unwrap();
    let expected: Vec<Value> = all.iter().filter(|one| one["properties"]["plz"] == plz).cloned().collect();
    let (features, pages) =
        walk(&server, &format!("/collections/adressen/items?plz={plz}&limit=50&crs={crs}"));
    assert!(pages > 3);
    assert_eq!(features, expected);
    let bbox = "bbox=6.0,50.0,8.0,52.0";
    let (features, _) = walk(&server, &format!("/collections/bezirke/items?{bbox}&limit=1"));
    assert_eq!(features.len(), 3);
    // A link replaces a parameter also where it is written with escapes.
    let (features, _) =
        walk(&server, "/collections/bezirke/items?%6cimit=1&&%66=json&cu%72sor=WyJmIiwiMCIsW10sW11d");
    assert_eq!(features.len(), 3);
    let page = server.get("/collections/bezirke/items?%66=json").json();
    assert_eq!(server.get(path_of(&server, link(&page, "self").unwrap())).status, 200);
}

#[test]
fn a_key_with_a_slash_has_an_address() {
    let server = Server::ready(&[]);
    let features = all_features(&server, "bevoelkerung", "");
    let with_slash = |feature: &&Value| feature["id"].as_str().unwrap().contains('/');
    assert!(features.iter().filter(with_slash).count() > 0, "the city has a key with a slash");
    for feature in &features {
        let path = crate::items::feature_path("bevoelkerung", feature);
        assert_eq!(server.get(&path).json()["properties"], feature["properties"], "{path}");
    }
    for fid in ["x", "M%C3%BChlenbusch", "M%C3%BChlenbusch,unter%203,x", "%FF", "%00", ""] {
        assert_eq!(server.get(&format!("/collections/bevoelkerung/items/{fid}")).status, 404, "{fid}");
    }
}

#[test]
fn limits_are_lowered_and_a_foreign_cursor_is_refused() {
    let server = Server::ready(&[]);
    let all = server.get("/collections/adressen/items?limit=1000000000").json();
    assert_eq!(all["numberReturned"], 4361);
    let page = server.get("/collections/adressen/items").json();
    assert_eq!(page["numberReturned"], 100);
    let next = path_of(&server, link(&page, "next").unwrap()).to_owned();
    let foreign = next.replace("/adressen/", "/kitas/");
    assert_eq!(server.get(&foreign).json()["parameter"], "cursor");

    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("veedel.toml");
    std::fs::write(&file, "[limits]\npage_maximum = 10\npage_default = 5\n").unwrap();
    let server = Server::ready(&["--config", file.to_str().unwrap()]);
    let page = server.get("/collections/adressen/items?limit=1000000000").json();
    assert_eq!((page["numberReturned"].as_u64(), page["numberMatched"].as_u64()), (Some(10), Some(4361)));
    assert!(link(&page, "next").is_some());
    assert_eq!(server.get("/collections/adressen/items").json()["numberReturned"], 5);
}

#[test]
fn a_cursor_of_another_order_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let rows: String = (0..25).map(|number| format!("{},wert {number}\n", number % 3)).collect();
    std::fs::write(folder.path().join("ohne.csv"), format!("gruppe,wert\n{rows}")).unwrap();
    let keyed = Server::ready(&[]);
    let keyless = Server::ready(&[folder.path().to_str().unwrap()]);
    for (server, path, orders) in [
        (&keyed, "/collections/schulen/items", ["name", "-name", "schulart", "name,id", "-id"]),
        (&keyless, "/collections/ohne/items", ["wert", "-wert", "gruppe", "wert,gruppe", "-gruppe"]),
    ] {
        for made in orders {
            let page = server.get(&format!("{path}?limit=3&sortby={made}")).json();
            let next = path_of(server, link(&page, "next").unwrap()).to_owned();
            assert_eq!(server.get(&next).status, 200, "{next}");
            for asked in orders.iter().map(|order| format!("sortby={order}")).chain(["limit=3".into()]) {
                let other =
                    next.replace(&format!("sortby={made}"), &asked).replace("limit=3&limit=3", "limit=3");
                if asked != format!("sortby={made}") {
                    let answer = server.get(&other);
                    assert_eq!(
                        (answer.status, answer.json()["parameter"].as_str()),
                        (400, Some("cursor")),
                        "{other}"
                    );
                }
            }
        }
    }
}

#[test]
fn a_table_without_key_is_paged_by_position() {
    let folder = tempfile::tempdir().unwrap();
    let rows: String = (0..25).map(|number| format!("{},wert {number}\n", number % 3)).collect();
    std::fs::write(folder.path().join("ohne.csv"), format!("gruppe,wert\n{rows}")).unwrap();
    let server = Server::ready(&[folder.path().to_str().unwrap()]);
    let (features, pages) = walk(&server, "/collections/ohne/items?limit=4");
    assert_eq!(pages, 7);
    let mut values: Vec<&str> =
        features.iter().map(|one| one["properties"]["wert"].as_str().unwrap()).collect();
    values.sort_unstable();
    values.dedup();
    assert_eq!(values.len(), 25);
    assert!(features.iter().all(|one| one.get("id").is_none()));
    let (features, _) = walk(&server, "/collections/ohne/items?limit=4&gruppe=1");
    assert_eq!(features.len(), 8);
    let missing = server.get("/collections/ohne/items/0");
    assert_eq!(missing.status, 404);
    assert!(missing.json()["hint"].is_string());
}
