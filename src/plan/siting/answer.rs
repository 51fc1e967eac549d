//! `siting`: where the next facilities must go.

use serde_json::{Value, json};

use super::summary::{WORDS, summary, warnings};
use crate::catalog::Language;
use crate::encode::table::{Cell, Table};
use crate::error::Result;
use crate::plan::answer::{Answer, cell, columns};
use crate::plan::disclosure::{Disclosure, Published};
use crate::plan::figures::share;
use crate::plan::inputs;
use crate::plan::outline::degrees;
use crate::plan::siting::{Question, Site, Siting, siting};
use crate::plan::words::file_name;
use crate::plan::words::kind::Kind;
use crate::plan::{Basis, evidence};

/// The answer to a question about sites.
pub fn answer(basis: &Basis, inputs: Value, language: Language) -> Result<Answer> {
    let question: Question = inputs::parse(inputs)?;
    let answer = siting(basis, &question)?;
    let (plane, disclosure) = (basis.plane()?, basis.disclosure());
    let rows: Vec<Row> = (1..)
        .zip(&answer.sites)
        .map(|(rank, site)| Row {
            rank,
            point: plane.lonlat(&[site.place]).first().map(degrees),
            gain: disclosure.count(site.gain),
            areas: areas(site, &answer, disclosure),
            site,
        })
        .collect();
    let (gain, bound) = (disclosure.count(answer.gain), disclosure.count(answer.bound));
    let (all, covered) = (disclosure.count(answer.total), disclosure.count(answer.covered));
    let document = json!({
        "sites": rows.iter().map(Row::document).collect::<Vec<_>>(),
        "persons": all,
        "covered": covered,
        "gain": gain,
        "bound": bound,
        // What is found is at least this part of the best.
        "optimality": share(gain, bound),
        "summary": summary(basis, &question, &answer, [all, covered, gain, bound]),
        "warnings": warnings(basis, &question, &answer, disclosure),
        "question": question,
        "evidence": evidence(basis, &question, &answer, disclosure),
    });
    let features = rows.iter().map(Row::feature).collect();
    let kind = Kind::of(basis, &question.facilities).many(Language::German);
    let name = file_name(&["standorte", &kind, &question.within.named(), &answer.people.date.to_string()]);
    Ok(Answer { document, features, table: table(&rows, language), name, address: String::new() })
}

struct Row<'a> {
    rank: usize,
    site: &'a Site,
    point: Option<[f64; 2]>,
    gain: Published,
    areas: Vec<(String, String, Published)>,
}

/// Where those live who gain, the most first.
fn areas(site: &Site, answer: &Siting, disclosure: Disclosure) -> Vec<(String, String, Published)> {
    let mut areas = site.areas.clone();
    areas.sort_by(|left, right| right.1.partial_cmp(&left.1).unwrap_or(std::cmp::Ordering::Equal));
    let persons: Vec<_> = areas.iter().map(|(_, persons)| Some(*persons)).collect();
    let level = &answer.people.level.areas;
    let named = areas.iter().zip(disclosure.counts(&persons)).map(|((area, _), persons)| {
        let area = level.get(*area as usize);
        let text = |text: Option<&String>| text.cloned().unwrap_or_default();
        (text(area.map(|area| &area.id)), text(area.map(|area| &area.name)), persons)
    });
    named.collect()
}

impl Row<'_> {
    fn document(&self) -> Value {
        let areas = self
            .areas
            .iter()
            .map(|(id, name, persons)| json!({ "id": id, "name": name, "persons": persons }));
        json!({
            "rank": self.rank, "id": self.site.id, "name": self.site.name, "point": self.point, "gain": self.gain,
            "areas": areas.collect::<Vec<_>>(),
        })
    }

    fn feature(&self) -> Value {
        json!({ "type": "Feature", "id": self.rank, "geometry": { "type": "Point", "coordinates": self.point },
            "properties": { "rank": self.rank, "id": self.site.id, "name": self.site.name, "gain": self.gain,
                "areas": self.in_words() } })
    }

    fn in_words(&self) -> String {
        let names = self.areas.iter().map(|(_, name, _)| name.as_str());
        names.filter(|name| !name.is_empty()).collect::<Vec<_>>().join(", ")
    }
}

fn evidence(basis: &Basis, question: &Question, answer: &Siting, disclosure: Disclosure) -> Value {
    json!({
        "rule": { "distance": answer.limit, "minutes": question.profile.minutes(answer.limit) },
        "method": {
            "de": "Maximal covering (Church, ReVelle 1974): die Standorte, durch die die meisten, die heute nichts in Reichweite haben, etwas bekommen. Gierige Wahl, verbessert durch Tauschen (Teitz, Bart 1968). bound: mehr kann mit ebenso vielen Standorten niemand erreichen (Lagrange-Schranke, Galvão, ReVelle 1996); optimality: mindestens dieser Teil des Besten ist gefunden. Gleiche Kosten und Eignung aller Standorte angenommen; Kapazitäten zählen nicht.",
            "en": "Maximal covering (Church, ReVelle 1974): the sites by which most of those gain who have nothing in reach today. Greedy choice, improved by swaps (Teitz, Bart 1968). bound: nobody can reach more with as many sites (Lagrangian bound, Galvão, ReVelle 1996); optimality: at least this part of the best is found. All sites are taken to cost and suit the same; capacities do not count.",
        },
        "candidates": { "count": answer.candidates, "notOnNetwork": answer.candidates_off_network,
            "are": match (&question.candidates.collection, question.candidates.points.is_empty()) {
                (Some(collection), _) => collection.as_str(),
                (None, false) => "points of the question",
                (None, true) => "nodes of the network",
            } },
        "network": evidence::network(basis, &answer.network, &answer.ways.graph, question.profile),
        "population": evidence::people(basis, &answer.people, &answer.groups),
        "facilities": evidence::facilities(&answer.facilities, &answer.off_network),
        "demand": { "notOnNetwork": { "points": answer.not_snapped.0, "persons": disclosure.count(answer.not_snapped.1) } },
        "edge": evidence::edge(),
        "disclosure": evidence::disclosure(basis),
        "dataVersion": basis.data_version(),
        "request": evidence::request(),
    })
}

/// The columns of the table.
const COLUMNS: [&str; 7] = ["rank", "id", "name", "longitude", "latitude", "gain", "areas"];

fn table(rows: &[Row<'_>], language: Language) -> Table {
    let text = |text: &Option<String>| text.clone().map_or(Cell::Empty, Cell::Text);
    let row = |row: &Row<'_>| {
        let [lon, lat] = row.point.map_or([Cell::Empty, Cell::Empty], |at| at.map(Cell::Number));
        let rank = Cell::Number(row.rank as f64);
        vec![
            rank,
            text(&row.site.id),
            text(&row.site.name),
            lon,
            lat,
            cell(row.gain),
            Cell::Text(row.in_words()),
        ]
    };
    Table {
        title: WORDS.text(language, "table.title"),
        columns: columns(&WORDS, language, &COLUMNS),
        rows: rows.iter().map(row).collect(),
        evidence: vec![],
    }
}
