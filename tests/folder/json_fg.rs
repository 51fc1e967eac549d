//! JSON-FG as its clients read it: GeoJSON that says what it is of, where and when.

use serde_json::Value;

use crate::files::link_headers;
use crate::server::Server;

const EPSG_25832: &str = "http://www.opengis.net/def/crs/EPSG/0/25832";

#[test]
fn json_fg_says_what_it_is_of_and_keeps_geojson() {
    let server = Server::ready(&[]);
    let ask = |path: &str| {
        let answer = server.get(&format!("/collections/{path}"));
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        (link_headers(&answer), answer.json())
    };
    let conforms_to = serde_json::json!([
        "http://www.opengis.net/spec/json-fg-1/1.0/conf/core",
        "http://www.opengis.net/spec/json-fg-1/1.0/conf/types-schemas"
    ]);
    let geojson = ask("quartiere/items").1["features"].take();
    let projected = ask(&format!("quartiere/items?crs={EPSG_25832}")).1["features"].take();
    // In CRS84 `geometry` says it all.
    let (profile, plain) = ask("quartiere/items?f=jsonfg");
    assert_eq!(profile, ["<http://www.opengis.net/def/profile/OGC/0/jsonfg>; rel=\"profile\""]);
    assert_eq!((&plain["conformsTo"], &plain["featureType"]), (&conforms_to, &"quartiere".into()));
    assert_eq!((&plain["geometryDimension"], plain.get("coordRefSys")), (&2.into(), None));
    // Elsewhere `place` does, and `geometry` is null, or CRS84 where both were asked for.
    let (_, place) = ask(&format!("quartiere/items?f=jsonfg&crs={EPSG_25832}"));
    let (plus, both) = ask(&format!("quartiere/items?profile=jsonfg-plus&crs={EPSG_25832}"));
    assert_eq!(plus, ["<http://www.opengis.net/def/profile/OGC/0/jsonfg-plus>; rel=\"profile\""]);
    for document in [&place, &both] {
        assert_eq!((&document["coordRefSys"], &document["conformsTo"]), (&EPSG_25832.into(), &conforms_to));
    }
    for (at, feature) in geojson.as_array().unwrap().iter().enumerate() {
        let [plain, place, both] = [&plain, &place, &both].map(|document| &document["features"][at]);
        for document in [plain, place, both] {
            assert_eq!((&document["id"], &document["properties"]), (&feature["id"], &feature["properties"]));
            assert!(document.get("time").unwrap().is_null() && document.get("coordRefSys").is_none());
        }
        assert_eq!((&plain["geometry"], &plain["place"]), (&feature["geometry"], &Value::Null));
        assert_eq!((&place["geometry"], &place["place"]), (&Value::Null, &projected[at]["geometry"]));
        assert_eq!((&both["geometry"], &both["place"]), (&feature["geometry"], &projected[at]["geometry"]));
    }
    let (_, one) = ask(&format!("schulen/items/1?f=jsonfg&crs={EPSG_25832}"));
    assert_eq!(
        (&one["type"], &one["conformsTo"], &one["featureType"]),
        (&"Feature".into(), &conforms_to, &"schulen".into())
    );
    assert_eq!((&one["coordRefSys"], &one["geometry"]), (&EPSG_25832.into(), &Value::Null));
    // When features are, says the first column of dates or instants.
    for (id, column, word) in [("schulen", "gegruendet", "date"), ("kitas", "aktualisiert", "timestamp")] {
        let (_, page) = ask(&format!("{id}/items?f=jsonfg"));
        let features = page["features"].as_array().unwrap();
        assert!(features.iter().any(|feature| feature["time"][word].is_string()), "{id}");
        for feature in features {
            assert_eq!(feature["time"][word], feature["properties"][column], "{id}");
            assert_eq!(feature["time"].is_null(), feature["properties"][column].is_null(), "{id}");
        }
    }
}
