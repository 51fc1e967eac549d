//! One caller asks for every cell of the matrix.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::rows::{self, Row};
use super::town::{self, TABLES, Table};
use super::{Engine, Matrix, PRIVILEGED, SEEING, as_caller};
use crate::likeness::Likeness;
use crate::server::{Answer, Server};

/// What was asked, and what was wrong.
#[derive(Default)]
pub struct Tally {
    cells: usize,
    asked: usize,
    faults: Vec<String>,
    /// What the privileged caller was told: the tags of answers, and where results are kept.
    tags: BTreeMap<String, String>,
    results: Vec<String>,
}

/// What a planning question and its kept answer are asked for.
const QUESTIONS_WITH_RESULTS: [&str; 3] = [
    "/processes/coverage/execution?facilities=zeilen&distance=200&by=viertel",
    "/processes/coverage/execution?facilities=geschuetzt&distance=200",
    "/processes/supply/execution?facilities=haus&by=viertel",
];

impl Tally {
    /// Notes a cell, and what is wrong with it.
    pub fn hold(&mut self, is_right: bool, what: impl FnOnce() -> String) {
        self.cells += 1;
        if !is_right {
            self.faults.push(what());
        }
    }

    /// Every row, every address of `/api`, every page and every tile that a caller in a role may
    /// ask for, held against his twin.
    pub fn ask(&mut self, matrix: &Matrix, server: &Server, role: &'static str, order: &str) {
        self.ask_for(matrix, server, role, order, true);
    }

    /// Every row alone.
    pub fn ask_rows(&mut self, matrix: &Matrix, server: &Server, role: &'static str, order: &str) {
        self.ask_for(matrix, server, role, order, false);
    }

    fn ask_for(&mut self, matrix: &Matrix, server: &Server, role: &'static str, order: &str, crawls: bool) {
        let (twin, server) = (matrix.twin(role), as_caller(server, matrix.key(role)));
        let names = [matrix.whole.name.clone(), twin.database.name.clone()];
        let likeness = Likeness::of(&server, &twin.server).calling(&names).remembering(&twin.memory);
        let mut asker = Asker { tally: self, likeness, matrix, role, order };
        asker.rows();
        asker.single_features();
        asker.results();
        if crawls {
            asker.likeness.crawl();
        }
        let (asked, differences) = asker.likeness.differences();
        self.asked += asked;
        self.faults.extend(differences.into_iter().map(|what| format!("{order}, {role}: {what}")));
    }

    /// What the privileged caller was told by tag and by address is no way in for others.
    pub fn ask_for_what_was_told(&mut self, matrix: &Matrix, server: &Server) {
        let (tags, results) = (std::mem::take(&mut self.tags), std::mem::take(&mut self.results));
        assert!(tags.len() > 100, "{}", tags.len());
        assert!(results.len() > 1 || matrix.engine == Engine::Direct, "{results:?}");
        for role in SEEING.iter().filter(|role| **role != PRIVILEGED) {
            let server = as_caller(server, matrix.key(role));
            for (path, tag) in &tags {
                let plain = server.get(path);
                let asked = server.get_with(path, &[("if-none-match", tag)]);
                let is_right = asked.status == plain.status || plain.header("etag") == tag;
                self.hold(is_right, || format!("{role}: {} at {path} by another's tag", asked.status));
            }
            for result in &results {
                let status = server.get(result).status;
                self.hold(status == 404, || format!("{role}: {status} at {result} of another"));
            }
        }
    }

    /// What is no key in force is refused at every address.
    pub fn refuse(&mut self, server: &Server, strangers: &[String; 2]) {
        let mut paths: BTreeSet<String> =
            rows::OTHERWISE.iter().map(|(_, path)| (*path).to_owned()).collect();
        for id in TABLES.iter().flat_map(|table| table.ids).chain(&["nirgends"]) {
            let all = rows::OF_COLLECTIONS.iter().chain(rows::OF_ALL);
            paths.extend(all.map(|row| row.path.replace("{id}", id).replace("{column}", "name")));
        }
        for stranger in strangers {
            let server = server.asked_with("authorization", stranger);
            let mut refused = |path: &str, answer: Answer| {
                let fields = ["www-authenticate", "cache-control"].map(|name| answer.header(name));
                let is_right = answer.status == 401 && fields == ["Bearer realm=\"veedel\"", "no-store"];
                self.hold(is_right, || format!("{} {fields:?} at {path} without a key", answer.status));
            };
            paths.iter().for_each(|path| refused(path, server.get(path)));
            for (row, body) in rows::by_body() {
                let path = row.path.replace("{id}", "zeilen");
                refused(&path, server.post(&path, &body));
            }
        }
    }

    /// Says how much there was, and what was wrong.
    pub fn end(self) {
        println!("{} cells, {} answers compared", self.cells, self.asked);
        let count = self.faults.len();
        assert!(count == 0, "{count} of {} cells are wrong:\n{}", self.cells, self.faults.join("\n"));
    }
}

/// A caller in a role, and what he is held against.
struct Asker<'a, 'b> {
    tally: &'a mut Tally,
    likeness: Likeness<'b>,
    matrix: &'b Matrix,
    role: &'static str,
    order: &'a str,
}

impl Asker<'_, '_> {
    /// Asks for a path, which must be answered with one of these statuses.
    fn get(&mut self, path: &str, right: &[u16]) -> Answer {
        let answer = self.likeness.get(path);
        self.hold(path, &answer, right);
        if self.role == PRIVILEGED && !answer.header("etag").is_empty() {
            self.tally.tags.insert(path.to_owned(), answer.header("etag").to_owned());
        }
        answer
    }

    fn hold(&mut self, path: &str, answer: &Answer, right: &[u16]) {
        let (order, role) = (self.order, self.role);
        self.tally.hold(right.contains(&answer.status), || {
            format!(
                "{order}, {role}: {} instead of {right:?} at {path}: {:.300}",
                answer.status,
                answer.text()
            )
        });
    }

    /// Every row of the matrix, for each collection and column.
    fn rows(&mut self) {
        for row in rows::OF_ALL {
            self.get(row.path, row.seen);
        }
        for table in TABLES {
            for id in table.ids {
                rows::OF_COLLECTIONS.iter().for_each(|row| self.row(row, table, id));
            }
        }
        for (row, body) in rows::by_body() {
            let text = body.to_string();
            let about_one = text.contains("{id}") || row.path.contains("{id}");
            let tables = TABLES.iter().take(if about_one { TABLES.len() } else { 1 });
            for (table, id) in tables.flat_map(|table| table.ids.iter().map(move |id| (table, id))) {
                let right = if !about_one || table.is_seen_by(self.role) { row.seen } else { row.hidden };
                let body: Value = serde_json::from_str(&text.replace("{id}", id)).unwrap();
                let path = row.path.replace("{id}", id);
                let answer = self.likeness.post(&path, &body);
                self.hold(&path, &answer, right);
            }
        }
    }

    fn row(&mut self, row: &Row, table: &Table, id: &str) {
        let path = row.path.replace("{id}", id);
        let is_seen = table.is_seen_by(self.role);
        // Rows in the database are not summed up.
        let is_sum = row.route == rows::SUMS && self.matrix.engine == Engine::Direct;
        let seen: &[u16] = if is_sum { &[400] } else { row.seen };
        if !path.contains("{column}") {
            let answer = self.get(&path, if is_seen { seen } else { row.hidden });
            self.stored(&path, &answer, table);
            return;
        }
        for column in table.columns_of_values() {
            let right = if is_seen && table.shows(self.role, column) { seen } else { row.hidden };
            self.get(&path.replace("{column}", column), right);
        }
    }

    /// An answer about what rules are about says so to caches; what is protected is kept by none.
    fn stored(&mut self, path: &str, answer: &Answer, table: &Table) {
        let varies = answer.header("vary").contains("Authorization");
        let control = answer.header("cache-control").to_owned();
        let is_right = match (table.has_rules(), table.is_protected && table.is_seen_by(self.role)) {
            (_, true) => varies && control == "no-store",
            (true, false) => varies,
            (false, false) => true,
        };
        let role = self.role;
        self.tally.hold(is_right, || format!("{role}: {} {varies} {control:?} at {path}", answer.status));
    }

    /// Rows that are seen and rows that are not, by their ids.
    fn single_features(&mut self) {
        let own: BTreeSet<String> =
            town::keys(&self.matrix.twin(self.role).database, Some(self.role)).into_iter().collect();
        let all = town::keys(&self.matrix.whole, None);
        for table in TABLES {
            let of_table =
                all.iter().filter_map(|line| Some((line, line.strip_prefix(table.name)?.strip_prefix('|')?)));
            let (seen, hidden): (Vec<_>, Vec<_>) = of_table.partition(|(line, _)| own.contains(*line));
            let some = seen.iter().take(3).map(|(_, key)| (*key, 200));
            let some: Vec<_> = some.chain(hidden.iter().take(3).map(|(_, key)| (*key, 404))).collect();
            for id in table.ids {
                for (key, status) in &some {
                    self.get(&format!("/collections/{id}/items/{key}"), &[*status]);
                }
            }
        }
    }

    /// Answers of planning that are kept.
    fn results(&mut self) {
        for path in QUESTIONS_WITH_RESULTS {
            let endings = ["", "?f=csv", "?f=geojson", "/xyz.json", "/xyz/11/1066/688"];
            let result = self.likeness.kept(path, &endings);
            if self.role == PRIVILEGED {
                self.tally.results.extend(result);
            }
        }
    }
}
