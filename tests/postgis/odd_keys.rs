//! Keys that are no ids of a tile: the key is an attribute of the layer then, so that no feature is
//! without a name and no two have one.

use std::collections::BTreeMap;

use fast_mvt::{MvtReaderRef, MvtValue};

use crate::direct::direct;
use crate::following::following;
use crate::postgres::database;
use crate::server::Server;
use crate::tools::tile_at;

/// Of each feature of a tile, by its name: the id and the attribute `id`.
fn keys(server: &Server, path: &str) -> BTreeMap<String, (Option<u64>, Option<i64>)> {
    let answer = server.get(path);
    assert_eq!(answer.status, 200, "{path}: {}", answer.text());
    let tile = MvtReaderRef::new(&answer.body).unwrap().to_tile().unwrap();
    let whole = |value: &MvtValue| match value {
        MvtValue::Int(number) | MvtValue::SInt(number) => *number,
        MvtValue::UInt(number) => *number as i64,
        other => panic!("{other:?}"),
    };
    let feature = |feature: fast_mvt::MvtFeature| {
        let of = |name: &str| {
            feature.properties.iter().find(|(key, _)| *key == name).map(|(_, value)| value.clone())
        };
        let Some(MvtValue::String(name)) = of("name") else { panic!("a feature without a name") };
        (name.to_string(), (feature.id, of("id").as_ref().map(whole)))
    };
    tile.layers.into_iter().flat_map(|layer| layer.features).map(feature).collect()
}

fn has_field(server: &Server, id: &str) -> bool {
    let document = server.get(&format!("/xyz/{id}.json")).json();
    document["vector_layers"][0]["fields"].get("id").is_some()
}

const GREATEST: i64 = (1 << 53) - 1;

#[test]
fn a_key_that_is_no_id_is_an_attribute_of_its_layer() {
    let database = database("schluessel");
    for (table, ids) in [
        ("brav", vec![0, 1, GREATEST]),
        ("negativ", vec![-7, 1]),
        ("riesig", vec![1, GREATEST, GREATEST + 1, GREATEST + 2]),
    ] {
        let rows: Vec<String> =
            ids.iter().map(|id| format!("({id}, 'n{id}', 'SRID=4326;POINT(6.9 50.9)')")).collect();
        database.sql(&format!(
            "CREATE TABLE {table} (id int8 PRIMARY KEY, name text, geom geometry(Point, 4326));
             INSERT INTO {table} VALUES {}",
            rows.join(", ")
        ));
    }
    let url = database.url();
    let (direct, _folder) = direct(&url, &["brav", "negativ", "riesig"], "");
    let resident = Server::ready(&[&url]);
    let (x, y) = tile_at(6.9, 50.9, 14);
    for server in [&resident, &direct] {
        let of = |id: &str| keys(server, &format!("/xyz/{id}/14/{x}/{y}"));
        assert_eq!(of("brav")["n0"], (Some(0), None));
        assert_eq!(of("brav")[&format!("n{GREATEST}")], (Some(GREATEST as u64), None));
        assert_eq!(of("negativ")["n-7"], (None, Some(-7)));
        assert_eq!(of("negativ")["n1"], (Some(1), Some(1)));
        let giants = of("riesig");
        assert_eq!(giants[&format!("n{}", GREATEST + 2)], (None, Some(GREATEST + 2)));
        assert_eq!(giants[&format!("n{GREATEST}")], (Some(GREATEST as u64), Some(GREATEST)));
        for (id, expected) in [("brav", false), ("negativ", true), ("riesig", true)] {
            assert_eq!(has_field(server, id), expected, "{id}");
        }
    }
    let path = format!("/xyz/brav,negativ,riesig/14/{x}/{y}");
    assert!(resident.get(&path).body == direct.get(&path).body);
    // Rows that stay in the database may get such a key later: from then on all tiles say so,
    // whichever is asked for first, and no longer than it is there.
    let far = format!("/xyz/brav/14/{x}/{y}");
    database.sql("INSERT INTO brav VALUES (-1, 'spät', 'SRID=4326;POINT(7.9 50.9)')");
    assert_eq!(keys(&direct, &far)["n1"], (Some(1), Some(1)));
    assert!(has_field(&direct, "brav"));
    let (east, _) = tile_at(7.9, 50.9, 14);
    let near = format!("/xyz/brav/14/{east}/{y}");
    assert_eq!(keys(&direct, &near)["spät"], (None, Some(-1)));
    let resident = Server::ready(&[&url]);
    for path in [&far, &near] {
        assert!(resident.get(path).body == direct.get(path).body, "{path}");
    }
    let fields = |server: &Server| server.get("/xyz/brav.json").json()["vector_layers"][0]["fields"].clone();
    assert_eq!(fields(&direct), fields(&resident));
    database.sql("DELETE FROM brav WHERE id = -1");
    assert!(!has_field(&direct, "brav"));
    assert_eq!(keys(&direct, &far)["n1"], (Some(1), None));
    database.sql("INSERT INTO brav VALUES (9007199254740992, 'spät', 'SRID=4326;POINT(7.9 50.9)')");
    assert!(has_field(&direct, "brav"));
    assert_eq!(keys(&direct, &near)["spät"], (None, Some(GREATEST + 1)));
}

#[test]
fn a_hidden_key_is_in_no_tile_whatever_it_is() {
    let database = database("verborgen_schluessel");
    database.sql(
        "CREATE TABLE t (id int8 PRIMARY KEY, name text, geom geometry(Point, 4326));
         INSERT INTO t VALUES (-7, 'a', 'SRID=4326;POINT(6.9 50.9)'), (1, 'b', 'SRID=4326;POINT(6.9 50.9)')",
    );
    let (x, y) = tile_at(6.9, 50.9, 14);
    for more in ["", "mode = \"direct\"\n"] {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("veedel.toml");
        let text = format!("sources = [{:?}]\n[collections.t]\nhide = [\"id\"]\n{more}", database.url());
        std::fs::write(&file, text).unwrap();
        let server = Server::ready(&["--config", file.to_str().unwrap()]);
        let path = format!("/xyz/t/14/{x}/{y}");
        assert!(keys(&server, &path).values().all(|key| *key == (None, None)), "{more}");
        assert!(!has_field(&server, "t"));
    }
}

#[test]
fn a_change_that_brings_such_a_key_changes_all_tiles_of_the_layer() {
    let database = database("schluessel_folgen");
    database.sql(
        "CREATE TABLE t (id int8 PRIMARY KEY, name text, geom geometry(Point, 4326));
         INSERT INTO t VALUES (1, 'a', 'SRID=4326;POINT(6.9 50.9)'), (2, 'b', 'SRID=4326;POINT(7.9 50.9)')",
    );
    let server = following(&database);
    let (x, y) = tile_at(6.9, 50.9, 14);
    let far = format!("/xyz/t/14/{x}/{y}");
    let tag = server.get(&far).header("etag").to_owned();
    assert_eq!(keys(&server, &far)["a"], (Some(1), None));
    assert!(!has_field(&server, "t"));
    database.sql("UPDATE t SET id = -2 WHERE id = 2");
    server.wait_for("the key", |server| has_field(server, "t").then_some(()));
    assert_eq!(keys(&server, &far)["a"], (Some(1), Some(1)));
    assert_ne!(server.get(&far).header("etag"), tag);
    database.sql("DELETE FROM t WHERE id = -2");
    server.wait_for("its end", |server| (!has_field(server, "t")).then_some(()));
    assert_eq!(keys(&server, &far)["a"], (Some(1), None));
}
