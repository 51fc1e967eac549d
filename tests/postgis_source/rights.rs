//! What a role may read, and what it is told to ask for.

use veedel::error::Kind;

use super::postgres::database;
use super::{Loaded, found, load, look, refusal};

#[test]
fn a_reading_role_sees_what_it_may_and_is_told_what_to_ask_for() {
    let database = database("rechte");
    database.sql(
        "CREATE ROLE \"Leser in\" LOGIN;
         CREATE SCHEMA zu; CREATE SCHEMA auf; GRANT USAGE ON SCHEMA auf TO \"Leser in\";
         CREATE TABLE zu.a (id int PRIMARY KEY, geom geometry(Point, 4326));
         CREATE TABLE auf.b (id int PRIMARY KEY, geom geometry(Point, 4326));
         CREATE TABLE auf.c (id int PRIMARY KEY, geheim text, geom geometry(Point, 4326));
         CREATE TABLE auf.d (id int PRIMARY KEY, name text, geom geometry(Point, 4326));
         INSERT INTO auf.c VALUES (1, 'x', 'SRID=4326;POINT(7 51)');
         GRANT SELECT ON zu.a, auf.d TO \"Leser in\";
         GRANT SELECT (id, geom) ON auf.c TO \"Leser in\";
         ALTER ROLE \"Leser in\" SET default_transaction_read_only = on;
         ALTER ROLE \"Leser in\" SET DateStyle = 'German'; ALTER ROLE \"Leser in\" SET search_path = '';",
    );
    let url = database.url_as("Leser%20in");
    let look = look(&url);
    assert_eq!(
        refusal(&look, "zu.a").hint.as_ref().map(ToString::to_string).as_deref(),
        Some("GRANT USAGE ON SCHEMA \"zu\" TO \"Leser in\"")
    );
    assert_eq!(
        refusal(&look, "auf.b").hint.as_ref().map(ToString::to_string).as_deref(),
        Some("GRANT SELECT ON \"auf\".\"b\" TO \"Leser in\"")
    );
    assert_eq!((look.found.len(), look.refusals.len()), (2, 2));
    let loaded = Loaded::of(&url, found(&look, "auf.c"));
    assert_eq!(loaded.collection.columns.len(), 1);
    assert!(loaded.layer.report().to_string().contains("may not read them: geheim"));
    assert!(loaded.layer.has_key());
    database.sql("REVOKE SELECT ON auf.d FROM \"Leser in\"");
    let revoked = load(&url, found(&look, "auf.d")).unwrap_err();
    assert_eq!(
        (revoked.kind, revoked.what.to_string().as_str()),
        (Kind::Unavailable, "the role may not read auf.d")
    );
}
