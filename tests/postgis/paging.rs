//! Pages that follow each other while rows come, go and move: what stays is given once, in order, and nothing is left out.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use crate::direct::direct;
use crate::feed::table;
use crate::following::following;
use crate::postgres::{Database, database};
use crate::server::Server;

const ROWS: u32 = 3_000;
/// Rows whose id this divides are left alone.
const STAYS: u32 = 3;

/// The ids of all pages, following the links.
fn walk(server: &Server, query: &str) -> Vec<u32> {
    let (mut ids, mut next) = (vec![], format!("/collections/t/items?limit=60{query}"));
    loop {
        let answer = server.get(&next);
        assert_eq!(answer.status, 200, "{next}: {}", answer.text());
        let page = answer.json();
        ids.extend(page["features"].as_array().unwrap().iter().map(|one| one["id"].as_u64().unwrap() as u32));
        match page["links"].as_array().unwrap().iter().find(|link| link["rel"] == "next") {
            Some(link) => next = link["href"].as_str().unwrap().replace(&server.base, ""),
            None => return ids,
        }
    }
}

/// Says that it is over, also where a check fails.
struct Over<'a>(&'a AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Deletes, inserts and renames rows until it is told to stop, and counts how often.
fn stir(database: &Database<'_>, is_over: &AtomicBool, count: &AtomicU32) {
    while !is_over.load(Ordering::Relaxed) {
        let rounds = count.load(Ordering::Relaxed);
        let from = rounds * 700 % ROWS;
        database.sql(&format!(
            "DELETE FROM t WHERE id % {STAYS} = 1 AND id BETWEEN {from} AND {from} + 500;
             UPDATE t SET name = 'x' || md5(id::text || {rounds}) WHERE id % {STAYS} = 2;
             INSERT INTO t SELECT i, 'n' || i, 'SRID=4326;POINT(6.9 50.9)' FROM generate_series(1, {ROWS}) i
             WHERE i % {STAYS} = 1 ON CONFLICT (id) DO NOTHING;
             INSERT INTO t SELECT {ROWS} + 10 + {rounds} * 10 + i, 'a' || i, NULL FROM generate_series(1, 9) i"
        ));
        count.store(rounds + 1, Ordering::Relaxed);
    }
}

/// The rows that stay are on the pages of `query` once and in order.
fn stay(server: &Server, query: &str) {
    let seen = walk(server, query);
    let stays = |id: &&u32| **id <= ROWS && id.is_multiple_of(STAYS);
    let mut found: Vec<u32> = seen.iter().filter(stays).copied().collect();
    let mut wanted: Vec<u32> = (1..=ROWS).filter(|id| id.is_multiple_of(STAYS)).collect();
    match query {
        "" => {}
        "&sortby=-id" => wanted.reverse(),
        _ => wanted.sort_by_key(|id| format!("n{id}")),
    }
    assert!(found == wanted, "{query}: {} rows, not {}, or not in order", found.len(), wanted.len());
    // By the key nothing comes twice, whatever else happens to it.
    if query != "&sortby=name" {
        found = seen;
        let count = found.len();
        found.sort_unstable();
        found.dedup();
        assert_eq!(found.len(), count, "{query}: a row came twice");
    }
}

#[test]
fn pages_give_once_what_stays_while_other_rows_come_go_and_move() {
    let database = database("blaettern");
    table(&database, "t", ROWS);
    let resident = following(&database);
    let (direct, _folder) = direct(&database.url(), &["t"], "");
    let (is_over, rounds) = (AtomicBool::new(false), AtomicU32::new(0));
    std::thread::scope(|scope| {
        let stirring = scope.spawn(|| stir(&database, &is_over, &rounds));
        let over = Over(&is_over);
        // Until enough has been stirred beside it.
        while rounds.load(Ordering::Relaxed) <= 5 && !stirring.is_finished() {
            for server in [&resident, &direct] {
                for query in ["", "&sortby=-id", "&sortby=name"] {
                    stay(server, query);
                }
            }
        }
        drop(over);
        stirring.join().unwrap();
    });
}

#[test]
fn a_cursor_of_another_order_is_refused_wherever_the_rows_are() {
    let database = database("reihenfolge");
    table(&database, "t", 50);
    let (direct, _folder) = direct(&database.url(), &["t"], "");
    for server in [&following(&database), &direct] {
        for (made, asked) in [("name", "-name"), ("-name", "name"), ("name", "id"), ("-id", "id")] {
            let page = server.get(&format!("/collections/t/items?limit=5&sortby={made}")).json();
            let links = page["links"].as_array().unwrap();
            let next = links.iter().find(|link| link["rel"] == "next").unwrap()["href"].as_str().unwrap();
            let next = next.replace(&server.base, "");
            assert_eq!(server.get(&next).status, 200, "{next}");
            let answer = server.get(&next.replace(&format!("sortby={made}"), &format!("sortby={asked}")));
            assert_eq!((answer.status, answer.json()["parameter"].as_str()), (400, Some("cursor")), "{made}");
        }
    }
}
