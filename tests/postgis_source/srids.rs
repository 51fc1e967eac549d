//! Geometries whose SRID is not declared.

use std::collections::BTreeMap;

use veedel::catalog::Overrides;
use veedel::geo::Crs;

use super::postgres::database;
use super::{Loaded, found, load, look, refusal, try_look};

#[test]
fn without_an_srid_it_is_refused_with_the_way_out_and_the_way_out_works() {
    let database = database("srid");
    database.sql(
        "CREATE TABLE ohne (id int PRIMARY KEY, \"Ge\" geometry(Point));
         INSERT INTO ohne VALUES (1, ST_MakePoint(7, 51));
         CREATE TABLE leer (id int PRIMARY KEY, geom geometry);
         CREATE VIEW blick AS SELECT * FROM ohne;
         CREATE TABLE gemischt (id int PRIMARY KEY, geom geometry);
         INSERT INTO gemischt VALUES (1, 'SRID=4326;POINT(7 51)'), (2, 'SRID=3857;POINT(7 51)');
         CREATE TABLE spaet (id int PRIMARY KEY, geom geometry);
         INSERT INTO spaet SELECT i, ST_SetSRID(ST_MakePoint(7, 51), CASE WHEN i < 3000 THEN 4326 ELSE 3857 END) FROM generate_series(1, 3000) i;
         CREATE TABLE fern (id int PRIMARY KEY, geom geometry(Point, 2056));",
    );
    let overrides = |srid| {
        BTreeMap::from([("public.ohne".into(), Overrides { srid: Some(srid), ..Overrides::default() })])
    };
    let look = look(&database.url());
    assert!(refusal(&look, "public.leer").what.contains("no SRID"));
    assert!(refusal(&look, "public.blick").hint.as_ref().unwrap().contains("cast the column in the view"));
    assert!(refusal(&look, "public.gemischt").what.contains("different SRIDs: 3857, 4326"));
    let late = load(&database.url(), found(&look, "public.spaet")).unwrap_err();
    assert_eq!(late.what, "public.spaet has geometries of SRID 3857 among those of SRID 4326");

    let configured = try_look(&database.url(), &overrides(4326)).unwrap();
    let loaded = Loaded::of(&database.url(), found(&configured, "public.ohne"));
    assert_eq!(loaded.collection.geometry.as_ref().unwrap().crs, Crs::Crs84);
    assert_eq!(loaded.geometry("1").unwrap().1, [[7.0, 51.0]]);

    let hint = refusal(&look, "public.ohne").hint.clone().unwrap().to_string();
    let (alter, _) = hint.split_once(", with the SRID").unwrap();
    assert_eq!(
        alter,
        "ALTER TABLE \"public\".\"ohne\" ALTER COLUMN \"Ge\" TYPE \"public\".geometry(Point, 25832) \
         USING \"public\".ST_SetSRID(\"Ge\", 25832)"
    );
    database.sql(&format!("DROP VIEW blick; {}", alter.replace("25832", "4326")));
    assert_eq!(
        Loaded::of(&database.url(), found(&self::look(&database.url()), "public.ohne")).layer.len(),
        1
    );
}
