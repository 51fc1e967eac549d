//! The keys of relations, configured or found.

use std::collections::BTreeMap;

use veedel::catalog::Overrides;

use super::postgres::database;
use super::{Loaded, found, refusal, try_look};

#[test]
fn keys_are_configured_guessed_or_given_up() {
    let database = database("schluessel");
    database.sql(
        "CREATE TABLE t (nr int, name text NOT NULL, geom geometry(Point, 4326));
         INSERT INTO t VALUES (1, 'a', NULL), (2, 'b', NULL);
         CREATE VIEW doppelt AS SELECT 1 AS fid, geom FROM t;
         CREATE TABLE teilweise (id int NOT NULL, geom geometry(Point, 4326));
         CREATE UNIQUE INDEX ON teilweise (id) WHERE id > 0;
         CREATE UNIQUE INDEX ON teilweise ((id + 1));",
    );
    let key = |names: &[&str]| Overrides {
        key: Some(names.iter().map(|name| (*name).into()).collect()),
        ..Overrides::default()
    };
    let overrides = BTreeMap::from([("t".into(), key(&["name", "nr"]))]);
    let configured = try_look(&database.url(), &overrides).unwrap();
    assert_eq!(found(&configured, "public.t").collection.key, [1, 0]);
    assert!(found(&configured, "public.teilweise").collection.key.is_empty());
    let doubled = Loaded::of(&database.url(), found(&configured, "public.doppelt"));
    assert_eq!(doubled.collection.key, [0]);
    assert!(!doubled.layer.has_key() && doubled.layer.report().to_string().contains("occurs more than once"));
    let overrides = BTreeMap::from([("public.t".into(), key(&["gibtsnicht"]))]);
    let wrong = try_look(&database.url(), &overrides).unwrap();
    assert_eq!(refusal(&wrong, "public.t").parameter.as_deref(), Some("key"));
}
