//! The same town from a folder and from PostGIS: two processes, the same answers.
//!
//! `bevoelkerung` has no geometry: a folder's table is served, a table of PostGIS is not (yet).

use serde_json::Value;

use crate::server::Server;
use crate::tools::{TOWN, bounds, collection, collections, features, json, step, system, tiles_over, town};

/// The folder's sidecars name an attribution and a licence; PostGIS has no place for them but the configuration.
const ATTRIBUTION: &str = "Stadt Rheinfurt (erfunden)";

fn twins() -> (Server, Server, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let mut text = format!("sources = [{:?}]\n", town().url());
    for id in TOWN {
        text += &format!("[collections.{id}]\nattribution = {ATTRIBUTION:?}\nlicence = \"CC0-1.0\"\n");
    }
    let config = folder.path().join("veedel.toml");
    std::fs::write(&config, text).unwrap();
    let tables = Server::start(&["--config", config.to_str().unwrap()]);
    let files = Server::ready(&["fixtures/city"]);
    tables.wait_ready();
    (files, tables, folder)
}

#[test]
fn a_folder_and_its_tables_are_served_alike() {
    let (files, tables, _folder) = twins();
    let mut with_table = collections(&tables);
    assert!(TOWN.iter().all(|id| with_table.iter().any(|own| own == id)), "{with_table:?}");
    with_table.push("bevoelkerung".into());
    with_table.sort();
    assert_eq!(collections(&files), with_table);
    for id in TOWN {
        same_documents(&files, &tables, id);
        same_items(&files, &tables, id);
        same_tiles(&files, &tables, id);
    }
    for composite in ["gebaeude,strassen", "bezirke,kitas,adressen", &TOWN.join(",")] {
        same_tiles(&files, &tables, composite);
    }
}

/// The documents less what must differ: addresses, the source and its class, times, memory.
fn same_documents(files: &Server, tables: &Server, id: &str) {
    let document = |server| {
        let mut document = collection(server, id);
        let members = document.as_object_mut().unwrap();
        for name in [
            "links",
            "veedel:source",
            "veedel:freshness",
            "veedel:loadedAt",
            "veedel:asOf",
            "veedel:dataVersion",
            "veedel:memoryBytes",
        ] {
            assert!(members.remove(name).is_some(), "{name}");
        }
        // Titles and units of columns are the sidecar's; PostGIS has a comment, which is the description.
        for column in members["veedel:columns"].as_array_mut().unwrap() {
            let column = column.as_object_mut().unwrap();
            let title = column.remove("title");
            let description = column.remove("description");
            column.insert("words".into(), title.or(description).unwrap_or_default());
            column.remove("unit");
        }
        document
    };
    assert_eq!(document(files), document(tables), "{id}");
    let tilejson = |server: &Server| {
        let mut document = server.get(&format!("/xyz/{id}.json")).json();
        let mut tail = |member: &str| {
            let address = document.as_object_mut().unwrap().remove(member).unwrap();
            let address = address.as_str().or(address[0].as_str()).unwrap();
            address.strip_prefix(&server.base).unwrap().to_owned()
        };
        (["tiles", "style"].map(&mut tail), document)
    };
    assert_eq!(tilejson(files), tilejson(tables), "{id}");
}

fn same_items(files: &Server, tables: &Server, id: &str) {
    for crs in [84, 25832] {
        let query = format!("limit=777&crs={}", step(&system(crs)));
        let (left, right) = (features(files, id, &query), features(tables, id, &query));
        assert_eq!((left.0, left.1.len()), (right.0, right.1.len()), "{id}");
        for (left, right) in left.1.iter().zip(&right.1) {
            assert_same_feature(left.get(), right.get(), id, crs);
        }
    }
}

/// Equal to the byte, but for JSON documents: `jsonb` has its own spaces and order of members.
fn assert_same_feature(left: &str, right: &str, id: &str, crs: u32) {
    if left == right {
        return;
    }
    assert_eq!(id, "kitas", "only they have a JSON document: {left} {right}");
    let (mut left, mut right): (Value, Value) =
        (serde_json::from_str(left).unwrap(), serde_json::from_str(right).unwrap());
    for feature in [&mut left, &mut right] {
        let members = feature["properties"].as_object_mut().unwrap();
        for value in members.values_mut() {
            if let Value::String(text) = value
                && text.starts_with('{')
            {
                *value = serde_json::from_str(text).unwrap();
            }
        }
    }
    assert_eq!(left, right, "{id} in {crs}");
}

fn same_tiles(files: &Server, tables: &Server, ids: &str) {
    let area = bounds(files, "bezirke");
    let mut with_features = 0;
    for (z, x, y) in (10..=17).flat_map(|zoom| tiles_over(area, zoom, 24)) {
        let path = format!("/xyz/{ids}/{z}/{x}/{y}");
        let (left, right) = (files.get(&path), tables.get(&path));
        assert_eq!(left.status, right.status, "{path}");
        with_features += usize::from(left.status == 200);
        assert!(
            left.body == right.body || (ids.contains("kitas") && json_apart(&left.body, &right.body)),
            "{path} differs"
        );
    }
    assert!(with_features > 10, "{ids}: {with_features}");
}

/// Whether two tiles are equal but for the spaces and order of `jsonb`.
fn json_apart(left: &[u8], right: &[u8]) -> bool {
    let read = |bytes: &[u8]| {
        let mut tile = fast_mvt::MvtReaderRef::new(bytes).unwrap().to_tile().unwrap();
        for feature in tile.layers.iter_mut().flat_map(|layer| &mut layer.features) {
            for (_, value) in &mut feature.properties {
                if let fast_mvt::MvtValue::String(text) = value
                    && text.starts_with('{')
                {
                    let members: std::collections::BTreeMap<String, Value> =
                        serde_json::from_str(text).unwrap();
                    *text = serde_json::to_string(&members).unwrap();
                }
            }
        }
        tile
    };
    read(left) == read(right)
}

#[test]
fn the_comment_of_a_table_is_its_title_and_description() {
    let (_, tables, _folder) = twins();
    let document = collection(&tables, "bezirke");
    assert_eq!(document["title"], "Stadtbezirke");
    assert_eq!(document["description"], "Die drei Bezirke der Stadt Rheinfurt");
    assert_eq!(document["attribution"], ATTRIBUTION);
    let first = json(&features(&tables, "bezirke", "limit=1").1[0]);
    assert_eq!(first["properties"].get("geom"), None);
}
