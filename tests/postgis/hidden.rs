//! The twin test on a database: a server on which things are hidden, beside one whose data lack
//! them, and no question tells the two apart; the same where rows stay in the database. And what
//! changes in hidden columns is told nowhere.
//!
//! Planning is in `tests/folder/hidden.rs` too, with more questions.

use std::io::{BufRead, BufReader, Write};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::following::feed_ok;
use crate::likeness::{ADDRESS, Likeness};
use crate::postgres::{Database, database};
use crate::server::Server;
use crate::tools::collection;

/// What is the same on both servers.
const RULES: &str = r#"
[collections.zwei]
hidden = true
[collections."stadt.drei"]
hide = ["geheim"]
rank = "geheim"
[collections."vier.geom2"]
hide = "geheim"
[collections.post]
hide = ["email"]
[collections.paar]
hide = ["b"]
[collections.nur]
hide = ["id", "notiz"]
"#;

/// Rows that are seen on both: some share a place, some have none.
const PLACE: &str = "ST_SetSRID(ST_MakePoint(390000 + (i % 13) * 211, 5620000 + (i / 40) * 97), 25832)";

/// The tables of a server. Where it hides, there is what it hides; where it lacks, there is not,
/// and hidden keys are others, in another order.
fn tables(database: &Database<'_>, hides: bool) {
    let secret = |text: &str| if hides { text.to_owned() } else { String::new() };
    let key = if hides { "i" } else { "300 - i" };
    let column = secret(", geheim int");
    let value = secret(", i * 7919 % 100");
    database.sql(&format!(
        "CREATE SCHEMA stadt;
         CREATE TABLE stadt.drei (id int PRIMARY KEY, name text{column}, geom geometry(Point, 25832), geom2 geometry(Polygon, 25832));
         INSERT INTO stadt.drei SELECT i, 'n' || i % 5{value}, {PLACE}, ST_Buffer({PLACE}, 20 + i % 9) FROM generate_series(1, 200) i;
         CREATE TABLE vier (id int PRIMARY KEY, name text{column}, geom geometry(Point, 25832), geom2 geometry(Point, 25832));
         INSERT INTO vier SELECT i, 'n' || i % 5{value}, {PLACE}, {PLACE} FROM generate_series(1, 50) i;
         CREATE TABLE post (email text PRIMARY KEY, name text, geom geometry(Point, 25832));
         INSERT INTO post SELECT {key} || '@stadt.example', 'n' || i % 3, CASE WHEN i % 17 > 0 THEN {PLACE} END
         FROM generate_series(1, 200) i ORDER BY {key};
         CREATE TABLE paar (a int, b int, tags text[], geom geometry(Point, 25832), PRIMARY KEY (a, b));
         INSERT INTO paar SELECT 1, {key}, ARRAY['t' || i % 4], {PLACE} FROM generate_series(1, 150) i ORDER BY {key};
         CREATE TABLE nur (id int PRIMARY KEY, notiz bytea, geom geometry(Point, 25832));
         INSERT INTO nur SELECT {key}, NULL, {PLACE} FROM generate_series(1, 90) i ORDER BY {key};
         ANALYZE;",
    ));
    if hides {
        database.sql(&format!(
            "CREATE TABLE zwei (id int PRIMARY KEY, name text, geom geometry(Point, 25832), geom2 geometry(Point, 25832));
             INSERT INTO zwei SELECT i, 'geheim', {PLACE}, {PLACE} FROM generate_series(1, 20) i;
             ANALYZE zwei;",
        ));
    }
}

fn serve(database: &Database<'_>, more: &str) -> (Server, tempfile::NamedTempFile) {
    let file = tempfile::NamedTempFile::with_suffix(".toml").unwrap();
    let text = format!("sources = [{:?}]\npublic_url = {ADDRESS:?}\n{more}", database.url());
    std::fs::write(file.path(), text).unwrap();
    (Server::ready(&["--config", file.path().to_str().unwrap()]), file)
}

/// What nobody may learn anything from.
const QUESTIONS: &[&str] = &[
    "/collections/zwei",
    "/collections/zwei.geom2",
    "/collections/public.zwei.geom2/items",
    "/collections/zwei.geom2/items/3",
    "/xyz/zwei.geom2/13/4266/2752",
    "/xyz/drei,zwei.geom2.json",
    "/collections/drei.geom2/items?geheim=3",
    "/collections/drei.geom2/schema",
    "/collections/drei/items?sortby=geheim",
    "/collections/vier/items?sortby=geheim",
    "/collections/vier/items?f=csv",
    "/collections/vier.geom2/items?filter=geheim%3C50",
    "/collections/post/items?sortby=name&limit=9",
    "/collections/post/items?sortby=-name&limit=2000&f=ndjson",
    "/collections/post/items?limit=5&bbox=7.4,50.7,7.5,50.75",
    "/collections/post/items?filter=name%3D%27n1%27&limit=200",
    "/collections/post/items/3@stadt.example",
    "/collections/post/aggregate?group-by=name",
    "/collections/paar/items?a=1&limit=30",
    "/collections/vier/aggregate?group-by-area=drei.geom2",
    // ["f","3",[],[]], ["b","3",[],[]], ["f","1,40",[],[]], ["f","3",["tn1"],[2]].
    "/collections/post/items?cursor=WyJmIiwiMyIsW10sW11d",
    "/collections/post/items?cursor=WyJiIiwiMyIsW10sW11d",
    "/collections/paar/items?cursor=WyJmIiwiMSw0MCIsW10sW11d",
    "/collections/post/items?sortby=name&cursor=WyJmIiwiMyIsWyJ0bjEiXSxbMl1d",
];

/// The same, and every page of it.
fn alike(more: &str, name: &str) {
    let [hides, lacks] = [database(name), database(name)];
    tables(&hides, true);
    tables(&lacks, false);
    // A source is told by the name of its database.
    let names = [&hides, &lacks].map(|database| database.name.clone());
    let ((one, _file), (other, _other_file)) = (serve(&hides, more), serve(&lacks, more));
    let mut likeness = Likeness::of(&one, &other).calling(&names);
    likeness.crawl();
    QUESTIONS.iter().for_each(|question| drop(likeness.get(question)));
    likeness.end();
}

#[test]
fn what_is_hidden_and_what_is_not_there_are_told_apart_by_no_question() {
    alike(RULES, "zwilling");
}

#[test]
fn the_same_where_rows_stay_in_the_database() {
    let direct = ["\"stadt.drei\"", "\"vier.geom2\"", "post", "paar", "nur"];
    let rules = direct.iter().fold(RULES.to_owned(), |rules, id| {
        let section = format!("[collections.{id}]\n");
        rules.replace(&section, &format!("{section}mode = \"direct\"\n"))
    });
    alike(&rules, "zwilling_direkt");
}

#[test]
fn weights_are_protected_by_whichever_geometry_they_are_named() {
    let database = database("gewichte");
    tables(&database, true);
    for named in ["vier", "public.vier", "vier.geom2"] {
        let (server, _file) =
            serve(&database, &format!("[roles.demand]\ncollection = {named:?}\nweight = \"geheim\"\n"));
        for id in ["vier", "vier.geom2", "public.vier", "public.vier.geom2"] {
            assert_eq!(server.get(&format!("/collections/{id}/items")).status, 404, "{named}: {id}");
        }
    }
}

#[test]
fn check_says_what_each_rule_covers_and_where_rows_show_all_the_same() {
    let database = database("gedeckt");
    tables(&database, true);
    database.sql(
        "CREATE TABLE kind () INHERITS (zwei); CREATE TABLE enkel () INHERITS (kind);
         CREATE TABLE erbe () INHERITS (stadt.drei);",
    );
    let (server, file) = serve(&database, RULES);
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_veedel"))
        .args(["check", "--config", file.path().to_str().unwrap()])
        .output()
        .unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    for line in [
        "collection zwei is hidden: covers public.zwei, public.zwei.geom2",
        "of collection stadt.drei these columns are hidden: geheim: covers stadt.drei, stadt.drei.geom2",
        "of collection vier.geom2 these columns are hidden: geheim: covers public.vier, public.vier.geom2",
    ] {
        assert!(said.contains(line), "{line}\n{said}");
    }
    let inherits = "inherits from public.zwei, which is hidden";
    assert_eq!(said.matches(inherits).count(), 4, "{said}");
    assert!(said.contains("inherits from stadt.drei, where these columns are hidden: geheim"), "{said}");
    let warnings = server.log().lines().filter(|line| line.contains(inherits)).count();
    assert_eq!(warnings, 4, "{}", server.log());
}

/// What a client hears of changes within a moment, and the numbers of the events.
fn heard(server: &Server, during: impl FnOnce()) -> Vec<String> {
    let mut stream = std::net::TcpStream::connect(server.address()).unwrap();
    stream.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
    write!(stream, "GET /changes HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
    let mut lines = BufReader::new(stream);
    let mut all = String::new();
    while !all.contains("listening") {
        let _ = lines.read_line(&mut all);
    }
    during();
    let until = Instant::now() + Duration::from_millis(2500);
    while Instant::now() < until {
        let _ = lines.read_line(&mut all);
    }
    let told = all.lines().filter(|line| line.starts_with("id: ") || line.starts_with("data: {"));
    told.map(str::to_owned).collect()
}

/// What a collection says of itself but for the moment up to which it is current, and how a tile
/// and a page of it are told.
fn said(server: &Server, id: &str) -> String {
    let mut document = collection(server, id);
    let members = document.as_object_mut().unwrap();
    members.retain(|name, _| !["veedel:asOf", "veedel:lagMilliseconds"].contains(&name.as_str()));
    let mut all = vec![document.to_string()];
    for path in [format!("/collections/{id}/items?limit=200&f=ndjson"), format!("/xyz/{id}/9/266/172")] {
        let answer = server.get(&path);
        let headers =
            ["veedel-data-version", "veedel-renewal", "etag"].map(|name| answer.header(name).to_owned());
        all.push(format!("{path} {} {headers:?} {}", answer.status, answer.text()));
    }
    all.join("\n")
}

#[test]
fn what_changes_in_hidden_columns_is_told_nowhere() {
    let database = database("still");
    tables(&database, true);
    feed_ok(&["install", &database.url()]);
    let (server, _file) = serve(&database, RULES);
    let ids = ["drei", "drei.geom2", "vier", "vier.geom2", "post", "paar", "nur"];
    server.wait_for("the feed", |server| {
        let is_feed = |id: &&str| collection(server, id)["veedel:freshness"] == "feed";
        ids.iter().all(is_feed).then_some(())
    });
    // What is hidden changes: columns, keys, a hidden table and its second geometry.
    let before = ids.map(|id| said(&server, id));
    let events = heard(&server, || {
        database.sql(
            "UPDATE stadt.drei SET geheim = geheim + 1 WHERE id < 40;
             UPDATE vier SET geheim = NULL;
             UPDATE post SET email = 'x' || email WHERE name = 'n1';
             UPDATE paar SET b = b + 1000 WHERE b % 2 = 0;
             UPDATE nur SET id = 5000 - id;
             DELETE FROM zwei WHERE id < 5; UPDATE zwei SET geom2 = geom;",
        );
    });
    assert!(events.is_empty(), "{events:?}");
    for (id, before) in ids.iter().zip(&before) {
        assert_eq!(said(&server, id), *before, "{id}");
    }
    // They are in memory all the same: planning counts with them. And what is seen is told, in
    // events without gaps.
    let events = heard(&server, || {
        database.sql("UPDATE stadt.drei SET geheim = 5, name = 'neu' WHERE id = 3");
        server.wait_for("the change", |server| said(server, "drei").contains("neu").then_some(()));
        database.sql("DELETE FROM zwei");
        database.sql("UPDATE post SET name = 'neu' WHERE name = 'n2'");
        server.wait_for("the change", |server| said(server, "post").contains("neu").then_some(()));
    });
    let numbers: Vec<u64> = events
        .iter()
        .filter_map(|line| line.strip_prefix("id: ")?.rsplit('-').next()?.parse().ok())
        .collect();
    assert!(numbers.len() == 3 && numbers.windows(2).all(|pair| pair[1] == pair[0] + 1), "{events:?}");
    let told = events.iter().filter_map(|line| line.strip_prefix("data: "));
    let told: Vec<Value> = told.map(|data| serde_json::from_str(data).unwrap()).collect();
    assert_eq!(told.len(), 3, "{told:?}");
    for event in &told {
        let id = event["collection"].as_str().unwrap();
        assert_eq!(event["version"], collection(&server, id)["veedel:dataVersion"], "{event}");
    }
}

#[test]
fn what_is_read_again_because_of_hidden_columns_is_told_nowhere() {
    let database = database("still_gelesen");
    tables(&database, true);
    // Without a feed, tables are read again once their statistics change.
    let (server, _file) = serve(&database, &format!("reload = \"1h\"\n{RULES}"));
    let ids = ["drei", "vier.geom2", "post", "nur"];
    server.wait_for("watching", |server| {
        (collection(server, "post")["veedel:freshness"] == "watched").then_some(())
    });
    let before = ids.map(|id| said(&server, id));
    let reads = |server: &Server| server.log().matches("collections read in").count();
    let read = reads(&server);
    let events = heard(&server, || {
        database.sql(
            "UPDATE stadt.drei SET geheim = geheim + 1; UPDATE vier SET geheim = 1;
             UPDATE post SET email = 'x' || email; UPDATE nur SET id = 5000 - id;",
        );
        server.wait_for("reading again", |server| (reads(server) > read).then_some(()));
    });
    assert!(events.is_empty(), "{events:?}");
    for (id, before) in ids.iter().zip(&before) {
        assert_eq!(said(&server, id), *before, "{id}");
    }
}

#[test]
fn what_is_hidden_while_it_is_followed_loses_its_order_at_once() {
    let database = database("verborgen");
    tables(&database, true);
    feed_ok(&["install", &database.url()]);
    let (server, file) = serve(&database, "");
    assert!(server.get("/collections/post/items").text().contains("email"));
    let text = std::fs::read_to_string(file.path()).unwrap();
    std::fs::write(file.path(), format!("{text}[collections.post]\nhide = \"email\"\n")).unwrap();
    server.signal("-HUP");
    server.wait_for("the rule", |server| {
        (!server.get("/collections/post/items").text().contains("email")).then_some(())
    });
    let (cold, _other) = serve(&database, "[collections.post]\nhide = \"email\"\n");
    let page = |server: &Server| server.get("/collections/post/items?limit=200&f=csv").text();
    server.wait_for("the order of places", |server| (page(server) == page(&cold)).then_some(()));
}
