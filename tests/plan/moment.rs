//! An answer is of one moment of the database, whatever is committed meanwhile.

use std::collections::BTreeSet;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::city::configuration_of;
use crate::postgres;
use crate::server::Server;

#[test]
fn places_and_persons_of_one_transaction_are_in_one_answer() {
    let database = postgres::database("moment");
    database.sql(include_str!("../../fixtures/city.sql"));
    let installed =
        Command::new(env!("CARGO_BIN_EXE_veedel")).args(["feed", "install", &database.url()]).output();
    assert!(installed.unwrap().status.success());
    let file = configuration_of(&database.url(), "exact = true");
    let server = Server::ready(&["--config", file.path().to_str().unwrap()]);
    let whole = || {
        let answer = server.get("/processes/supply/execution?facilities=kitas&groups=0,3").json();
        let row =
            answer["supply"].as_array().unwrap().iter().find(|row| row["id"].is_null()).unwrap().clone();
        ["capacity", "persons"].map(|key| row[key].as_f64().unwrap())
    };
    let [places, persons] = whole();
    std::thread::scope(|scope| {
        // Twice as many, three times as many … of both.
        let writer = scope.spawn(|| {
            for times in 2..40u32 {
                let set = |table: &str, column: &str| {
                    format!("UPDATE {table} SET {column} = {column} / {} * {times};", times - 1)
                };
                let (kitas, people) = (set("kitas", "plaetze"), set("bevoelkerung", "anzahl"));
                database.sql(&format!("BEGIN; {kitas} SELECT pg_sleep(0.03); {people} COMMIT"));
            }
        });
        let (mut seen, began) = (BTreeSet::new(), Instant::now());
        while !writer.is_finished() || seen.last() != Some(&39) {
            let [more_places, more_persons] = whole();
            let times = more_places / places;
            assert!(
                (more_persons / persons - times).abs() < 0.01,
                "{more_places} places, {more_persons} persons"
            );
            seen.insert(times.round() as u32);
            assert!(began.elapsed() < Duration::from_secs(60), "{seen:?}; {}", server.log());
        }
        assert!(seen.len() > 5, "{seen:?}");
    });
}
