//! Loads: their progress, their end when dropped, and relations that changed since the look.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use veedel::error::Kind;
use veedel::source::postgis::{self, Dsn};

use super::postgres::database;
use super::{Loaded, found, load, look, run};

#[test]
fn what_vanishes_or_changes_after_the_look_is_said_so() {
    let database = database("weg");
    database.sql(
        "CREATE TABLE a (id int PRIMARY KEY, geom geometry(Point, 4326));
         CREATE TABLE b (id int PRIMARY KEY, n int, geom geometry(Point, 4326));
         CREATE TABLE c (id int PRIMARY KEY, n int, geom geometry(Point, 4326));
         CREATE TABLE d AS SELECT 1 AS id, 2 AS n, 'SRID=4326;POINT(7 51)'::geometry(Point, 4326) AS geom;
         CREATE TABLE e AS SELECT * FROM d;
         INSERT INTO c VALUES (1, 2, NULL);
         CREATE VIEW durch_null AS SELECT id / (id - 1) AS id, geom FROM c;",
    );
    let look = look(&database.url());
    database.sql(
        "DROP TABLE a; ALTER TABLE b DROP COLUMN n; ALTER TABLE c ALTER n TYPE text USING 'zwei';
         ALTER TABLE d ALTER n TYPE bigint; ALTER TABLE e ALTER n TYPE uuid USING gen_random_uuid();",
    );
    let error = |name: &str| load(&database.url(), found(&look, name)).unwrap_err();
    assert_eq!(
        (error("public.a").kind, error("public.a").what.to_string().as_str()),
        (Kind::NotFound, "public.a is not there any more")
    );
    assert_eq!(error("public.b").what, "public.b has lost a column since it was looked at");
    assert_eq!(error("public.durch_null").what, "public.durch_null fails on its own data (SQLSTATE 22012)");
    // Four bytes of text are not taken for an integer.
    assert_eq!(error("public.c").what, "public.c fails on its own data (SQLSTATE 22P02)");
    assert_eq!(error("public.e").what, "public.e has changed since it was looked at");
    assert_eq!(Loaded::of(&database.url(), found(&look, "public.d")).cell("1", "n"), "Integer(2)");
}

#[test]
fn progress_is_told_and_a_dropped_load_ends() {
    let database = database("viel");
    database.sql(
        "CREATE TABLE viel (id int PRIMARY KEY, t text, geom geometry(Point, 4326));
         INSERT INTO viel SELECT i, repeat('x', 100), ST_SetSRID(ST_MakePoint(i % 180, i % 90), 4326) FROM generate_series(1, 100000) i;
         ANALYZE viel; CREATE VIEW langsam AS SELECT id, geom, pg_sleep(0.01) IS NULL AS s FROM viel;",
    );
    let look = look(&database.url());
    let dsn = Dsn::parse(&database.url()).unwrap();
    let (calls, last) = (AtomicU64::new(0), AtomicU64::new(0));
    let progress = |rows| {
        assert!(last.swap(rows, Ordering::Relaxed) <= rows);
        calls.fetch_add(1, Ordering::Relaxed);
    };
    let layer = run(postgis::load(&dsn, found(&look, "public.viel"), &progress)).unwrap();
    assert_eq!((layer.len(), last.into_inner()), (100_000, 100_000));
    assert!(calls.into_inner() > 10);
    let estimate = found(&look, "public.viel").estimate as f64 / layer.memory() as f64;
    assert!((0.5..6.0).contains(&estimate), "estimated {estimate} of what it takes");

    let begun = Instant::now();
    run(async {
        let loading = postgis::load(&dsn, found(&look, "public.langsam"), &|_| {});
        assert!(tokio::time::timeout(Duration::from_millis(500), loading).await.is_err());
    });
    assert!(begun.elapsed() < Duration::from_secs(5));
}
