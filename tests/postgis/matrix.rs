//! The matrix of callers, collections, engines and orders: every caller gets from a server with
//! rules, to the byte, what a server says whose tables hold only what he may see.

#[path = "matrix/asking.rs"]
mod asking;
#[path = "matrix/rows.rs"]
mod rows;
#[path = "matrix/town.rs"]
mod town;

use std::collections::BTreeMap;

use crate::following::feed_ok;
use crate::likeness::Memory;
use crate::listening::Listener;
use crate::place::{Place, bearer};
use crate::postgres::{Database, database};
use crate::server::Server;
use crate::tools::collection;

use asking::Tally;

/// Those who see something. Of them, `leser_a` sees most.
const SEEING: [&str; 5] = ["everyone", "leser_a", "leser_b", "redaktion", "statistik"];
const PRIVILEGED: &str = "leser_a";
const ROLES: &str = "[access.roles.leser_a]\n[access.roles.leser_b]\n[access.roles.redaktion]\n";
const EXACT: &str = "[access.roles.statistik]\nexact_statistics = true\n";

/// Who has the rows and columns that a role sees: who may edit sees what everyone does.
fn twin_of(role: &str) -> &str {
    if role == "redaktion" { "everyone" } else { role }
}

/// Where the rows of collections are, and how their changes come.
#[derive(Clone, Copy, PartialEq)]
enum Engine {
    /// In memory, read once.
    Resident,
    /// In the database.
    Direct,
    /// In memory, and followed by the feed.
    Followed,
}

impl Engine {
    fn configuration(self, database: &Database<'_>, role: Option<&str>, roles: &str) -> Place {
        let reload = if self == Engine::Followed { "" } else { "reload = \"1h\"\n" };
        let more = format!("{reload}{roles}");
        Place::new(&town::configuration(database, role, self == Engine::Direct, &more))
    }
}

/// A server without rules, whose tables hold what a role sees.
struct Twin {
    role: &'static str,
    database: Database<'static>,
    memory: Memory,
    /// As its caller asks it.
    server: Server,
    process: Server,
    place: Place,
    key: Option<String>,
}

impl Twin {
    fn start(engine: Engine, role: &'static str) -> Twin {
        let database = database("zwilling");
        town::fill_for(&database, role);
        if engine == Engine::Followed {
            feed_ok(&["install", &database.url()]);
        }
        // Exact numbers of persons are no rule about a collection.
        let is_exact = role == "statistik";
        let place = engine.configuration(&database, Some(role), if is_exact { EXACT } else { "" });
        let key = is_exact.then(|| bearer(&place.add(&[role, "--role", role])));
        let process = place.server();
        let server = as_caller(&process, key.as_deref());
        Twin { role, database, memory: Memory::default(), server, process, place, key }
    }

    /// Starts its server anew, which reads all anew.
    fn restart(&mut self) {
        self.process = self.place.server();
        self.server = as_caller(&self.process, self.key.as_deref());
        self.memory = Memory::default();
    }
}

fn as_caller(server: &Server, key: Option<&str>) -> Server {
    match key {
        Some(key) => server.asked_with("authorization", key),
        None => Server::at(server.base.clone()),
    }
}

/// The whole tables with rules, and a twin for each who sees something else.
struct Matrix {
    engine: Engine,
    place: Place,
    whole: Database<'static>,
    twins: Vec<Twin>,
    /// The keys by role, as they are sent.
    keys: BTreeMap<&'static str, String>,
}

impl Matrix {
    fn of(engine: Engine) -> Matrix {
        let whole = database("matrix");
        town::fill(&whole);
        if engine == Engine::Followed {
            feed_ok(&["install", &whole.url()]);
        }
        let place = engine.configuration(&whole, None, &format!("{ROLES}{EXACT}"));
        let key = |role: &&'static str| (*role, bearer(&place.add(&[role, "--role", role])));
        let keys = SEEING.iter().filter(|role| **role != "everyone").map(key).collect();
        let twins = SEEING.iter().filter(|role| twin_of(role) == **role);
        let twins = twins.map(|role| Twin::start(engine, role)).collect();
        Matrix { engine, place, whole, twins, keys }
    }

    fn key(&self, role: &str) -> Option<&str> {
        self.keys.get(role).map(String::as_str)
    }

    fn twin(&self, role: &str) -> &Twin {
        self.twins.iter().find(|twin| twin.role == twin_of(role)).unwrap()
    }

    /// A key of the privileged role that was used and is in force no more, and what is no key.
    fn strangers(&self, server: &Server) -> [String; 2] {
        let old = bearer(&self.place.add(&["Gestern", "--role", PRIVILEGED]));
        let path = "/collections/geschuetzt/items";
        let status = |server: &Server| server.get_with(path, &[("authorization", &old)]).status;
        server.wait_for("the key", |server| (status(server) == 200).then_some(()));
        assert!(self.place.key(&["revoke", "Gestern"]).status.success());
        server.wait_for("its end", |server| (status(server) == 401).then_some(()));
        [old, bearer("vdl_00000000_nothing")]
    }
}

/// Where the rows stay as they are: each caller on a server that nobody asked before, all after the
/// privileged one, and the privileged one after all.
fn in_every_order(engine: Engine) {
    let matrix = Matrix::of(engine);
    let mut tally = Tally::default();
    let mut strangers = None;
    for first in SEEING {
        let server = matrix.place.server();
        tally.ask(&matrix, &server, first, "cold");
        let others = SEEING.iter().filter(|role| **role != PRIVILEGED);
        match first {
            PRIVILEGED => {
                others.for_each(|role| tally.ask(&matrix, &server, role, "privileged first"));
                tally.ask_for_what_was_told(&matrix, &server);
                let strangers = strangers.get_or_insert_with(|| matrix.strangers(&server));
                tally.refuse(&server, strangers);
            }
            "everyone" => {
                let others = others.filter(|role| **role != first);
                others.for_each(|role| tally.ask(&matrix, &server, role, "privileged last"));
                tally.ask(&matrix, &server, PRIVILEGED, "privileged last");
            }
            _ => (),
        }
    }
    tally.end();
}

#[test]
fn every_caller_sees_a_server_of_his_own_in_memory() {
    in_every_order(Engine::Resident);
}

#[test]
fn every_caller_sees_a_server_of_his_own_where_rows_stay_in_the_database() {
    in_every_order(Engine::Direct);
}

/// Changes of the whole tables, each one transaction. The last row of each is of `offen`, which all
/// see.
const CHANGES: [&str; 4] = [
    // What only some see.
    "UPDATE spalten SET telefon = 'neu ' || id, plaetze = plaetze + 1 WHERE id < 20;
     UPDATE zeilen SET name = 'Zuflucht neu', geom = ST_Translate(geom, 700, 300) WHERE schutz = 'ja' AND plaetze > 20;
     INSERT INTO zeilen SELECT 'k500', 'Zuflucht 500', 'ja', 3, 7, ST_Translate(geom, 900, 900) FROM zeilen WHERE kennung = 'k1';
     UPDATE geschuetzt SET telefon = 'x', geom = ST_Translate(geom, 50, 0) WHERE id % 3 = 0; DELETE FROM geschuetzt WHERE id = 7;
     UPDATE haus SET notiz = 'neu' WHERE geheim > 60; DELETE FROM haus WHERE geheim IS NULL;
     UPDATE ohne SET art = 'neu' WHERE name = 'n2'",
    // What everyone sees.
    "UPDATE offen SET geom = ST_Translate(geom, 30, 60) WHERE id IN (3, 11, 17);
     UPDATE spalten SET name = 'anders' WHERE id IN (1, 2, 3);
     UPDATE zeilen SET name = 'Haus neu' WHERE schutz IS NULL AND bezirk = 1; DELETE FROM zeilen WHERE kennung = 'k2';
     UPDATE haus SET eingang = ST_Translate(eingang, 5, 5), name = 'neu' WHERE id % 4 = 0;
     INSERT INTO ohne SELECT 'da@stadt.example', 'n1', 'art1', geom FROM offen WHERE id = 12",
    // Into the rules, and out of them.
    "UPDATE gebiet SET geom = ST_Translate(geom, 500, 0) WHERE id % 3 = 0;
     UPDATE zeilen SET schutz = NULL WHERE kennung IN ('k5', 'k10', 'k500');
     UPDATE zeilen SET schutz = 'ja' WHERE kennung IN ('k1', 'k6', 'k8');
     UPDATE haus SET geheim = 99 - geheim WHERE id % 3 = 0; UPDATE haus SET geheim = NULL WHERE id = 4;
     UPDATE geschuetzt SET plaetze = 60 - plaetze",
    // Nothing is left for one of them.
    "DELETE FROM zeilen WHERE bezirk = 2 OR schutz = 'ja'; DELETE FROM haus WHERE geheim >= 50;
     DELETE FROM geschuetzt WHERE plaetze > 30; UPDATE ohne SET geom = NULL, art = NULL",
];

#[test]
fn every_caller_sees_a_server_of_his_own_while_its_tables_change() {
    let mut matrix = Matrix::of(Engine::Followed);
    let server = matrix.place.server();
    for server in matrix.twins.iter().map(|twin| &twin.server).chain([&server]) {
        server.wait_for("the feed", |server| {
            let follows = |id: &str| collection(server, id)["veedel:freshness"] == "feed";
            ["offen", "spalten"].iter().all(|id| follows(id)).then_some(())
        });
    }
    let mut tally = Tally::default();
    tally.ask(&matrix, &server, PRIVILEGED, "privileged first");
    let mut listeners: Vec<_> = SEEING.iter().map(|role| listeners(&matrix, &server, role)).collect();
    let mut changes = String::new();
    for (round, change) in CHANGES.iter().enumerate() {
        let name = format!("Runde {round}");
        let change = format!("{change}; UPDATE offen SET name = '{name}' WHERE id = 7");
        matrix.whole.sql(&format!("BEGIN; {change}; COMMIT"));
        changes.push_str(&format!("{change};\n"));
        for twin in &mut matrix.twins {
            town::follow(&twin.database, twin.role, &changes);
            twin.memory = Memory::default();
        }
        for server in matrix.twins.iter().map(|twin| &twin.server).chain([&server]) {
            let page = |server: &Server| server.get("/collections/offen/items/7").text();
            server.wait_for("the change", |server| page(server).contains(&name).then_some(()));
        }
        for (role, listeners) in SEEING.iter().zip(&mut listeners) {
            let [own, twin] = listeners.each_mut().map(|listener| listener.told("offen"));
            tally.hold(own == twin, || format!("round {round}: {role} is told {own:?} and not {twin:?}"));
        }
        let others = SEEING.iter().filter(|role| **role != PRIVILEGED);
        let mut order: Vec<&str> = others.copied().collect();
        let at = if round % 2 == 0 { 0 } else { order.len() };
        order.insert(at, PRIVILEGED);
        let name = format!("round {round}, privileged {}", if at == 0 { "first" } else { "last" });
        for role in order {
            // After the last change everything is asked for, in between the rows alone.
            match round + 1 == CHANGES.len() {
                true => tally.ask(&matrix, &server, role, &name),
                false => tally.ask_rows(&matrix, &server, role, &name),
            }
        }
    }
    tally.ask_for_what_was_told(&matrix, &server);
    tally.refuse(&server, &matrix.strangers(&server));
    matrix.twins.iter_mut().for_each(Twin::restart);
    let cold = matrix.place.server();
    SEEING.iter().for_each(|role| tally.ask(&matrix, &cold, role, "read anew"));
    tally.end();
}

/// Who listens in a role to the server with rules, and who to its twin.
fn listeners(matrix: &Matrix, server: &Server, role: &str) -> [Listener; 2] {
    let twin = matrix.twin(role);
    // The twin's own key is in its server.
    let own = matrix.key(role).map_or(String::new(), |key| format!("Authorization: {key}\r\n"));
    [Listener::with(server, &own), Listener::of(&twin.server)]
}
