//! The twin matrix: what a caller sees by a rule for rows and columns is, to the byte, what a server
//! says whose database holds only these; in memory, by the change feed, and where rows stay in the
//! database.

use crate::following::feed_ok;
use crate::likeness::{ADDRESS, Likeness};
use crate::listening::Listener;
use crate::office::{self, Rule};
use crate::postgres::{Database, database};
use crate::server::Server;
use crate::tools::collection;

/// A third of the rows and half of the columns of each table: by a number, by a text and NULL, by a
/// hidden column, by a place. `alle` is seen by everyone.
const RULES: &[Rule] = &[
    Rule { collection: "stadt.orte", rows: "id % 3 = 0", columns: "id,name,seit" },
    Rule { collection: "flaechen", rows: "art = 'a' AND groesse IS NOT NULL", columns: "id,art" },
    Rule { collection: "haus.eingang", rows: "geheim < 33", columns: "id,name" },
    Rule { collection: "linien", rows: "S_INTERSECTS(geom, BBOX(7.43,50.6,7.46,50.9))", columns: "id,art" },
    Rule { collection: "paar", rows: "b <= 50", columns: "a,b,tags" },
];

/// What makes the rows and columns of the rules in SQL, and what goes.
const TWIN: &str = "
    DELETE FROM stadt.orte WHERE id % 3 <> 0;
    ALTER TABLE stadt.orte DROP COLUMN art, DROP COLUMN geheim, DROP COLUMN telefon;
    DELETE FROM flaechen WHERE (art = 'a' AND groesse IS NOT NULL) IS NOT TRUE;
    ALTER TABLE flaechen DROP COLUMN groesse, DROP COLUMN notiz;
    DELETE FROM haus WHERE geheim >= 33;
    ALTER TABLE haus DROP COLUMN geheim, DROP COLUMN notiz;
    DELETE FROM linien WHERE NOT ST_Intersects(geom, ST_Transform(ST_MakeEnvelope(7.43, 50.6, 7.46, 50.9, 4326), 25832));
    ALTER TABLE linien DROP COLUMN name, DROP COLUMN geheim;
    DELETE FROM paar WHERE b > 50;
    ALTER TABLE paar DROP COLUMN notiz;
    VACUUM FULL; ANALYZE;";

const PLACE: &str = "ST_SetSRID(ST_MakePoint(390000 + (i % 13) * 211, 5620000 + (i / 40) * 97), 25832)";

fn tables(database: &Database<'_>) {
    database.sql(&format!(
        "CREATE SCHEMA stadt;
         CREATE TABLE stadt.orte (id int PRIMARY KEY, name text, seit date, art text, geheim int, telefon text, geom geometry(Point, 25832));
         INSERT INTO stadt.orte SELECT i, 'n' || i % 7, date '2020-01-01' + i, 'art' || i % 3, i * 7919 % 100, '0221/' || i,
           CASE WHEN i % 17 > 0 THEN {PLACE} END FROM generate_series(1, 300) i;
         CREATE TABLE flaechen (id bigint PRIMARY KEY, art text, groesse float8, notiz text, geom geometry(Polygon, 25832));
         INSERT INTO flaechen SELECT i, CASE i % 4 WHEN 0 THEN NULL WHEN 1 THEN 'b' ELSE 'a' END,
           CASE WHEN i % 5 > 0 THEN i * 1.5 END, 'x', ST_Buffer({PLACE}, 20 + i % 90) FROM generate_series(1, 240) i;
         CREATE TABLE haus (id int PRIMARY KEY, name text, geheim int, notiz text, geom geometry(Polygon, 25832), eingang geometry(Point, 25832));
         INSERT INTO haus SELECT i, 'n' || i % 5, i * 7919 % 100, NULL, ST_Expand({PLACE}, 9), {PLACE} FROM generate_series(1, 150) i;
         CREATE TABLE linien (id int PRIMARY KEY, art text, name text, geheim int, geom geometry(LineString, 25832));
         INSERT INTO linien SELECT i, 'art' || i % 3, 'weg ' || i, i, ST_MakeLine({PLACE}, ST_Translate({PLACE}, 150, i % 40)) FROM generate_series(1, 200) i;
         CREATE TABLE paar (a int, b int, tags text[], notiz text, geom geometry(Point, 25832), PRIMARY KEY (a, b));
         INSERT INTO paar SELECT 1, i, ARRAY['t' || i % 4], 'n', {PLACE} FROM generate_series(1, 150) i;
         CREATE TABLE alle (id int PRIMARY KEY, name text, geom geometry(Point, 25832));
         INSERT INTO alle SELECT i, 'n' || i % 5, {PLACE} FROM generate_series(1, 60) i;
         ANALYZE;",
    ));
}

/// What names hidden things, rows that are not seen, and places beyond them.
const QUESTIONS: &[&str] = &[
    "/collections/orte/items/3",
    "/collections/orte/items/4",
    "/collections/orte/items?limit=9&sortby=-name",
    "/collections/orte/items?filter=geheim%3C50",
    "/collections/orte/items?filter=id%20IN%20(1,2,3,4)",
    "/collections/orte/items?sortby=telefon",
    "/collections/orte/items?q=art1",
    "/collections/orte/items?datetime=2020-02-01/2020-02-20",
    "/collections/orte/items?bbox=7.43,50.7,7.45,50.75&limit=200",
    "/collections/orte/items?limit=1000&crs=http://www.opengis.net/def/crs/EPSG/0/25832",
    "/collections/orte/aggregate?group-by=name",
    "/collections/orte/aggregate?group-by=art",
    "/collections/flaechen/aggregate?group-by=art&aggregates=count",
    "/collections/alle/aggregate?group-by-area=flaechen",
    "/collections/orte/aggregate?group-by-area=haus",
    "/collections/haus/items?filter=geheim%3C50",
    "/collections/haus.eingang/items?limit=200",
    "/collections/paar/items/1,50",
    "/collections/paar/items/1,51",
    "/collections/paar/items?limit=7&offset=45",
    "/collections/linien/items?filter=S_INTERSECTS(geom,BBOX(7.4,50.6,7.5,50.9))&limit=500",
    "/xyz/orte,flaechen,linien/12/2132/1377",
    "/xyz/orte,flaechen,linien,alle.json",
    "/xyz/orte/14/8529/5509?filter=name%3D%27n1%27",
    "/xyz/orte/14/8529/5509?filter=geheim%3D1",
    "/catalog",
    "/catalog?f=ttl",
    "/collections/catalog/items",
    "/ready",
];

fn config(database: &Database<'_>, more: &str) -> tempfile::NamedTempFile {
    let file = tempfile::NamedTempFile::with_suffix(".toml").unwrap();
    let text = format!("sources = [{:?}]\npublic_url = {ADDRESS:?}\n{more}", database.url());
    std::fs::write(file.path(), text).unwrap();
    file
}

/// Both databases, and both servers.
struct Twins {
    whole: Database<'static>,
    part: Database<'static>,
    /// For the office, and for everyone.
    restricted: Server,
    everyone: Server,
    /// A server of the office's rows and columns, and one without rules.
    twin: Server,
    plain: Server,
    _files: [tempfile::NamedTempFile; 2],
}

fn twins(name: &str, more: &str, prepare: impl Fn(&Database<'_>)) -> Twins {
    let [whole, part] = [database(name), database(name)];
    tables(&whole);
    tables(&part);
    part.sql(TWIN);
    prepare(&whole);
    prepare(&part);
    let files = [config(&whole, more), config(&part, more)];
    let restricted = office::serve(files[0].path(), RULES);
    let twin = Server::ready(&["--config", files[1].path().to_str().unwrap()]);
    let plain = Server::ready(&["--config", files[0].path().to_str().unwrap()]);
    let everyone = restricted.asked_with(office::EVERYONE, "1");
    Twins { whole, part, restricted, everyone, twin, plain, _files: files }
}

impl Twins {
    /// What the office sees is what the twin says.
    fn alike(&self) {
        self.compare(&self.restricted, &self.twin);
    }

    /// What everyone sees is what a server without rules says.
    fn unchanged(&self) {
        self.compare(&self.everyone, &self.plain);
    }

    fn compare(&self, one: &Server, other: &Server) {
        let names = [&self.whole, &self.part].map(|database| database.name.clone());
        let mut likeness = Likeness::of(one, other).calling(&names);
        likeness.crawl();
        QUESTIONS.iter().for_each(|question| drop(likeness.get(question)));
        likeness.end();
    }
}

#[test]
fn rows_and_columns_that_a_caller_may_not_see_are_not_there() {
    let twins = twins("genehmigt", "reload = \"1h\"\n", |_| {});
    // What one of them has asked for lies in every cache, and is given to nobody else.
    twins.unchanged();
    twins.alike();
    twins.unchanged();
    for (server, features) in [(&twins.restricted, 100), (&twins.everyone, 300)] {
        let line = format!("veedel_layer_features{{collection=\"orte\"}} {features}\n");
        assert!(server.get("/metrics").text().contains(&line), "{line}");
    }
    let all = twins.everyone.get("/collections/orte/items?limit=1000").json();
    assert_eq!(all["numberMatched"], 300);
    assert!(all["features"][0]["properties"]["telefon"].is_string());
}

#[test]
fn they_are_not_there_where_rows_stay_in_the_database() {
    let tables = ["\"stadt.orte\"", "flaechen", "haus", "\"haus.eingang\"", "linien", "paar", "alle"];
    let direct: String = tables.iter().map(|id| format!("[collections.{id}]\nmode = \"direct\"\n")).collect();
    let twins = twins("genehmigt_direkt", &direct, |_| {});
    twins.alike();
    twins.unchanged();
    twins.alike();
}

/// Changes in what the office sees and in what it does not, the same in both databases as far as
/// they are there.
const CHANGES: [[&str; 2]; 3] = [
    [
        "UPDATE stadt.orte SET name = 'neu', telefon = 'x' WHERE id IN (3, 4, 5, 6);
         DELETE FROM stadt.orte WHERE id IN (9, 10);
         INSERT INTO stadt.orte SELECT 999, 'da', NULL, NULL, 1, NULL, geom FROM stadt.orte WHERE id = 12",
        "UPDATE stadt.orte SET name = 'neu' WHERE id IN (3, 6);
         DELETE FROM stadt.orte WHERE id = 9;
         INSERT INTO stadt.orte SELECT 999, 'da', NULL, geom FROM stadt.orte WHERE id = 12",
    ],
    [
        // Into the rule, and out of it.
        "UPDATE flaechen SET art = 'b' WHERE id = 2; UPDATE flaechen SET art = 'a' WHERE id = 1;
         UPDATE haus SET geheim = 99 WHERE id = 1",
        "DELETE FROM flaechen WHERE id = 2;
         INSERT INTO flaechen SELECT 1, 'a', ST_Buffer(ST_SetSRID(ST_MakePoint(390211, 5620000), 25832), 21);
         DELETE FROM haus WHERE id = 1",
    ],
    [
        "UPDATE linien SET geom = ST_Translate(geom, 0, 3) WHERE id < 50; UPDATE paar SET notiz = 'y'",
        "UPDATE linien SET geom = ST_Translate(geom, 0, 3) WHERE id < 50",
    ],
];

#[test]
fn they_are_not_there_however_their_tables_change() {
    let twins = twins("genehmigt_folgend", "", |database| drop(feed_ok(&["install", &database.url()])));
    for server in [&twins.restricted, &twins.twin] {
        server.wait_for("the feed", |server| {
            let is_feed = |id: &str| collection(server, id)["veedel:freshness"] == "feed";
            ["orte", "flaechen", "haus", "linien", "paar"].iter().all(|id| is_feed(id)).then_some(())
        });
    }
    twins.alike();
    let mut listeners = [&twins.restricted, &twins.twin, &twins.plain].map(Listener::of);
    for [whole, part] in CHANGES {
        // In one transaction, so that both servers take it for one change.
        twins.whole.sql(&format!("BEGIN; {whole}; COMMIT"));
        twins.part.sql(&format!("BEGIN; {part}; COMMIT"));
        // A last change that both see, so that all before it has been seen.
        for database in [&twins.whole, &twins.part] {
            database.sql("UPDATE alle SET name = name || '+' WHERE id = 7");
        }
        let page = |server: &Server| server.get("/collections/alle/items/7").text();
        let asked = twins.whole.sql("SELECT name FROM alle WHERE id = 7");
        for server in [&twins.restricted, &twins.twin] {
            server.wait_for("the change", |server| page(server).contains(asked.trim()).then_some(()));
        }
        let [office, twin, everyone] = listeners.each_mut().map(|listener| listener.told("alle"));
        assert_eq!(office, twin);
        assert!(everyone.len() > 1, "{everyone:?}");
        twins.alike();
    }
    twins.unchanged();
}

/// What the office is told of a collection, but for the moment up to which all are current.
fn said(server: &Server, id: &str) -> String {
    let mut document = collection(server, id);
    let members = document.as_object_mut().unwrap();
    members.retain(|name, _| !["veedel:asOf", "veedel:lagMilliseconds"].contains(&name.as_str()));
    let answers = [format!("/collections/{id}/items?limit=200&f=ndjson"), format!("/xyz/{id}/9/266/172")];
    let answers = answers.map(|path| {
        let answer = server.get(&path);
        let headers = ["veedel-data-version", "veedel-renewal", "etag"];
        format!("{path} {:?} {}", headers.map(|name| answer.header(name).to_owned()), answer.text())
    });
    format!("{document} {answers:?}")
}

#[test]
fn what_a_caller_does_not_see_moves_nothing_of_his() {
    let whole = database("genehmigt_still");
    tables(&whole);
    feed_ok(&["install", &whole.url()]);
    let file = config(&whole, "");
    let restricted = office::serve(file.path(), RULES);
    restricted.wait_for("the feed", |server| {
        (collection(server, "orte")["veedel:freshness"] == "feed").then_some(())
    });
    let before = ["orte", "flaechen"].map(|id| said(&restricted, id));
    let mut listener = Listener::of(&restricted);
    let everyone = restricted.asked_with(office::EVERYONE, "1");
    whole.sql(
        "BEGIN; UPDATE stadt.orte SET name = 'x', geom = NULL WHERE id IN (4, 5); UPDATE stadt.orte SET telefon = 'y';
         DELETE FROM stadt.orte WHERE id = 7; INSERT INTO stadt.orte (id, name) VALUES (1000, 'da');
         UPDATE flaechen SET groesse = groesse + 1; DELETE FROM flaechen WHERE art = 'b';
         UPDATE alle SET name = 'ende' WHERE id = 7; COMMIT",
    );
    everyone.wait_for("the change", |server| {
        (server.get("/collections/orte/items/7").status == 404).then_some(())
    });
    let told = listener.told("alle");
    assert_eq!(told.keys().map(String::as_str).collect::<Vec<_>>(), ["alle"], "{told:?}");
    for (id, before) in ["orte", "flaechen"].iter().zip(before) {
        assert_eq!(said(&restricted, id), before, "{id}");
    }
}
