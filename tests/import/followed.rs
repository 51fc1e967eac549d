//! A second import while a server follows the table: the collection is whole at every moment, and
//! what changed is soon there.

use std::collections::BTreeSet;
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::again::Place;
use super::{mvt, text};
use crate::server::Server;

/// So many rows that an import takes a while.
const ROWS: u32 = 40_000;
/// After an import has ended: the feed is asked each second, and the machine may be busy.
const SOON: Duration = Duration::from_secs(4);

/// The rows lie in a square of 200 by 200; `name` names each.
fn delivery(rows: impl Iterator<Item = u32>, name: impl Fn(u32) -> String, more: &str) -> String {
    let lines = rows.map(|n| {
        let (lon, lat) = (6.9 + f64::from(n % 200) * 0.0005, 50.9 + f64::from(n / 200) * 0.0005);
        let more = if more.is_empty() { String::new() } else { format!(",{n}") };
        format!("{n},{},{lon:.4},{lat:.4}{more}\n", name(n))
    });
    format!("id,name,lon,lat{more}\n{}", lines.collect::<String>())
}

fn count(server: &Server) -> u64 {
    let answer = server.get("/collections/orte/items?limit=1");
    assert_eq!(answer.status, 200, "{}", answer.text());
    let answer = answer.json();
    assert_eq!(answer["features"].as_array().unwrap().len(), 1, "{answer}");
    answer["numberMatched"].as_u64().unwrap()
}

fn item(server: &Server, id: u32) -> Option<Value> {
    let answer = server.get(&format!("/collections/orte/items/{id}"));
    (answer.status == 200).then(|| answer.json()["properties"].clone())
}

/// The ids in the tile of zoom 15 with the place of row `n`, and their names.
fn tile(server: &Server, n: u32) -> BTreeSet<(u64, String)> {
    let (lon, lat) = (6.9 + f64::from(n % 200) * 0.0005, 50.9 + f64::from(n / 200) * 0.0005);
    let side = f64::from(1_u32 << 15);
    let y = (0.5 - lat.to_radians().tan().asinh() / std::f64::consts::TAU) * side;
    let path = format!("/xyz/orte/15/{}/{}", ((lon / 360.0 + 0.5) * side) as u32, y as u32);
    let answer = server.get(&path);
    assert_eq!(answer.status, 200, "{path}: {}", answer.text());
    let layers = mvt::read(&answer.body, &path);
    let name = |feature: &mvt::Feature| feature.attributes["name"].as_str().unwrap_or_default().to_owned();
    layers["orte"].iter().map(|feature| (feature.id.unwrap(), name(feature))).collect()
}

/// Imports while the server is asked again and again; every count it gave.
fn import_under_way(place: &Place, server: &Server, content: &str) -> BTreeSet<u64> {
    let arguments = place.arguments(&place.database.url(), content, &[]);
    let mut command = Command::new(env!("CARGO_BIN_EXE_veedel"));
    command.arg("import").args(&arguments).stdout(std::process::Stdio::null());
    let mut running = command.spawn().unwrap();
    let mut counts = BTreeSet::new();
    let mut asked = 0;
    let status = loop {
        counts.insert(count(server));
        assert_eq!(server.get("/collections/orte").status, 200);
        assert!(!tile(server, 20_100).is_empty());
        asked += 1;
        match running.try_wait().unwrap() {
            Some(status) => break status,
            None => std::thread::sleep(Duration::from_millis(5)),
        }
    };
    assert!(status.success());
    assert!(asked > 10, "asked {asked} times");
    counts
}

fn wait(server: &Server, what: &str, is_so: impl Fn(&Server) -> bool) {
    let began = Instant::now();
    server.wait_for(what, |server| is_so(server).then_some(()));
    assert!(began.elapsed() < SOON, "{what} took {:?}", began.elapsed());
}

#[test]
fn a_followed_table_is_whole_at_every_moment_and_soon_as_the_delivery_is() {
    let place = Place::new("followed");
    let old = |n: u32| format!("n{n}");
    place.import(&delivery(1..ROWS, old, ""), &[]);
    let reader = format!("followed_{}", place.database.name);
    place.sql(&format!(
        "CREATE ROLE {reader} LOGIN; GRANT SELECT ON orte TO {reader}; CREATE VIEW sicht AS SELECT id, name FROM orte; \
         ALTER TABLE orte ENABLE ROW LEVEL SECURITY; CREATE POLICY offen ON orte FOR SELECT TO {reader} USING (name <> 'geheim')"
    ));
    let mut feed = Command::new(env!("CARGO_BIN_EXE_veedel"));
    feed.args(["feed", "install", &place.database.url(), "--reader", &reader]);
    let said = feed.output().unwrap();
    assert!(said.status.success(), "{}{}", text(&said.stdout), text(&said.stderr));
    let server = Server::ready(&[&place.database.url_as(&reader)]);
    let before = u64::from(ROWS - 1);
    assert_eq!(count(&server), before);

    // 12 rows are new, 3 have another name, of which the policy hides one, and one is gone.
    let rows = || (1..ROWS).filter(|n| *n != 20_101).chain(ROWS..ROWS + 12);
    let new = |n: u32| match n {
        20_102 => "anders".to_owned(),
        20_103 => "geheim".to_owned(),
        39_999 => "auch".to_owned(),
        _ => old(n),
    };
    let counts = import_under_way(&place, &server, &delivery(rows(), new, ""));
    let after = before + 12 - 1 - 1;
    assert!(counts.is_subset(&[before, after].into()), "{counts:?}");
    wait(&server, "the rows of the delivery", |server| count(server) == after);
    let seen = tile(&server, 20_102);
    assert!(
        seen.contains(&(20_102, "anders".into())) && seen.contains(&(20_104, "n20104".into())),
        "{seen:?}"
    );
    assert!(seen.iter().all(|(id, _)| ![20_101, 20_103].contains(id)), "{seen:?}");
    assert!(tile(&server, ROWS + 5).contains(&(u64::from(ROWS) + 5, old(ROWS + 5))));
    assert_eq!(item(&server, 39_999).unwrap()["name"], "auch");
    assert!(item(&server, 20_101).is_none() && item(&server, 20_103).is_none());
    assert_eq!(
        place.sql(
            "SELECT count(*), (SELECT count(*) FROM sicht), (SELECT count(*) FROM pg_policy WHERE polrelid = 'orte'::regclass), \
             (SELECT relrowsecurity FROM pg_class WHERE oid = 'orte'::regclass) FROM orte"
        ),
        format!("{0}|{0}|1|t", after + 1)
    );

    // A column comes: the table is read again, and is there meanwhile.
    let counts = import_under_way(&place, &server, &delivery(rows(), new, ",stufe"));
    assert_eq!(counts, [after].into());
    server.wait_for("the column", |server| {
        assert_eq!(count(server), after);
        (item(server, 7)?["stufe"] == 7).then_some(())
    });
}
