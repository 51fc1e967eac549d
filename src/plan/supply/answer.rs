//! `supply`: capacity against population.

use serde_json::{Value, json};

use super::summary::{WORDS, summary, warnings};
use crate::catalog::Language;
use crate::encode::table::{Cell, Table};
use crate::error::Result;
use crate::plan::ages::Ages;
use crate::plan::answer::{Answer, Feature, Features, Scope, cell, merged};
use crate::plan::disclosure::{Disclosure, Published};
use crate::plan::facilities::OffNetwork;
use crate::plan::figures::{amount, difference, digits, per_person};
use crate::plan::inputs;
use crate::plan::supply::{self, Capacity, Light, Question, Supply, YELLOW, supply};
use crate::plan::words::file_name;
use crate::plan::words::kind::Kind;
use crate::plan::{Basis, evidence};

/// The answer to a question about supply. What is added or removed is answered before, after and as
/// a difference.
pub fn answer(basis: &Basis, inputs: Value, language: Language) -> Result<Answer> {
    let question: Question = inputs::parse(inputs)?;
    let disclosure = basis.disclosure();
    let after = supply(basis, &question)?;
    let without = Question { facilities: question.facilities.unchanged(), ..question.clone() };
    let changes = !question.facilities.changes_nothing();
    let before = if changes { Some(supply(basis, &without)?) } else { None };
    let has_elsewhere = after.has_elsewhere() || before.as_ref().is_some_and(Supply::has_elsewhere);
    let rows = rows(&after, disclosure, has_elsewhere);
    let figures = |rows: &[Row]| json!(rows.iter().map(Row::document).collect::<Vec<_>>());
    let mut document = json!({ "unit": after.unit, "capacity": capacity(&after.total) });
    if let Some(before) = before {
        let rows_before = self::rows(&before, disclosure, has_elsewhere);
        let changed: Vec<Value> = rows_before
            .iter()
            .zip(&rows)
            .filter(|(before, after)| before.capacity != after.capacity)
            .map(|(before, after)| after.difference(before))
            .collect();
        document = merged(
            document,
            json!({
                "before": figures(&rows_before), "after": figures(&rows), "difference": changed,
            }),
        );
    } else {
        document = merged(document, json!({ "supply": figures(&rows) }));
    }
    let document = merged(
        document,
        json!({
            "summary": summary(basis, &question, &after, &rows), "warnings": warnings(basis, &question, &after),
            "question": question, "evidence": evidence(basis, &after),
        }),
    );
    let features = features(basis, &after, &rows)?;
    let kind = Kind::of(basis, &question.facilities).many(Language::German);
    let people = after.levels.first().map(|level| &level.people);
    let level = people.map(|people| basis.level_title(&people.by)).unwrap_or_default();
    let date = people.map(|people| people.date.to_string()).unwrap_or_default();
    let name = file_name(&["kapazitaet", &kind, &level, &date]);
    Ok(Answer {
        document,
        features,
        table: table(basis, &rows, &after, language),
        name,
        address: String::new(),
    })
}

fn capacity(capacity: &Capacity) -> Value {
    json!({ "sum": Published::Value(amount(capacity.sum)), "facilities": capacity.facilities, "known": capacity.known })
}

/// An area, or all of a level, at one date and for one denominator.
pub(super) struct Row {
    pub level: String,
    pub of: Scope,
    /// The place of an area in its level.
    pub area: Option<usize>,
    id: Option<String>,
    name: Option<String>,
    date: String,
    pub day: jiff::civil::Date,
    groups: String,
    pub ages: Vec<Ages>,
    pub capacity: Capacity,
    pub persons: Published,
    pub ratio: Published,
    needed: Published,
    pub light: Option<Light>,
}

fn rows(answer: &Supply, disclosure: Disclosure, has_elsewhere: bool) -> Vec<Row> {
    let target = answer.target.as_ref().map(|(target, _)| *target);
    let mut rows = vec![];
    for level in &answer.levels {
        for table in &level.tables {
            let parts: Vec<_> = table.persons.iter().copied().chain([Some(table.elsewhere)]).collect();
            let mut persons = disclosure.counts(&parts);
            let elsewhere = persons.pop().unwrap_or(Published::Nothing);
            let groups: Vec<String> = table.groups.iter().map(ToString::to_string).collect();
            let row = |of: Scope, area: Option<usize>, capacity: Capacity, persons: Published| {
                let shared = table.sharing.as_ref().map(|sharing| match (of, area) {
                    (Scope::City, _) => Some(sharing.total),
                    (_, Some(area)) => sharing.areas.get(area).copied().flatten(),
                    (_, None) => None,
                });
                let published = |(own, all)| (disclosure.count(own), disclosure.count(all));
                let shared = shared.map(|part| part.map(published));
                let (capacity, ratio) = part_of(capacity, persons, shared);
                let own = area.and_then(|area| level.people.level.areas.get(area));
                Row {
                    level: table.by.clone(),
                    of,
                    area,
                    id: own.map(|area| area.id.clone()),
                    name: own.map(|area| area.name.clone()),
                    date: table.date.to_string(),
                    day: table.date,
                    groups: groups.join(" + "),
                    ages: table.groups.clone(),
                    capacity,
                    persons,
                    ratio,
                    needed: times(persons, target),
                    light: ratio.value().zip(target).map(|(ratio, target)| Light::of(ratio, target)),
                }
            };
            let areas = level.capacities.iter().zip(persons).enumerate();
            rows.extend(
                areas.map(|(area, (capacity, persons))| row(Scope::Area, Some(area), *capacity, persons)),
            );
            if has_elsewhere {
                rows.push(row(Scope::Elsewhere, None, level.elsewhere, elsewhere));
            }
            rows.push(row(Scope::City, None, answer.total, disclosure.count(table.total)));
        }
    }
    rows
}

/// What there is for each person, from the published number of persons. Without a single known
/// capacity there is no saying. The part of a capacity that persons have, and what there is for
/// each of them: all of it, or as large a part as they are of all whom it is for; `shared` are
/// both.
fn part_of(
    capacity: Capacity,
    persons: Published,
    shared: Option<Option<(Published, Published)>>,
) -> (Capacity, Published) {
    let Some(shared) = shared else { return (capacity, ratio(&capacity, persons)) };
    let (own, all) = shared.unwrap_or((Published::Nothing, Published::Nothing));
    let part = own.value().zip(all.value()).filter(|(_, all)| *all > 0.0);
    let sum = part.map_or(0.0, |(own, all)| capacity.sum * (own / all).min(1.0));
    (Capacity { sum, ..capacity }, ratio(&capacity, all))
}

fn ratio(capacity: &Capacity, persons: Published) -> Published {
    match capacity.facilities > 0 && capacity.known == 0 {
        true => Published::Nothing,
        false => per_person(amount(capacity.sum), persons),
    }
}

fn times(persons: Published, target: Option<f64>) -> Published {
    match (persons, target) {
        (Published::Value(persons), Some(target)) => {
            Published::Value((persons * target * 10.0).round() / 10.0)
        }
        (_, None) => Published::Nothing,
        (other, _) => other,
    }
}

impl Row {
    fn document(&self) -> Value {
        json!({
            "level": self.level, "scope": self.of, "id": self.id, "name": self.name, "date": self.date, "groups": self.groups,
            "capacity": Published::Value(amount(self.capacity.sum)), "facilities": self.capacity.facilities, "known": self.capacity.known,
            "persons": self.persons, "perPerson": self.ratio, "needed": self.needed, "light": self.light,
        })
    }

    fn difference(&self, before: &Row) -> Value {
        json!({
            "level": self.level, "id": self.id, "name": self.name, "date": self.date, "groups": self.groups,
            "capacity": digits(amount(self.capacity.sum) - amount(before.capacity.sum), 1),
            "perPerson": difference(before.ratio, self.ratio),
            "light": [before.light, self.light],
        })
    }
}

fn features(basis: &Basis, answer: &Supply, rows: &[Row]) -> Result<Features> {
    let plane = basis.plane()?;
    let area = |row: &Row| {
        let level = answer.levels.iter().find(|level| level.people.by == row.level)?;
        level.people.level.areas.get(row.area?)
    };
    let feature = |row: &Row| {
        Some(Feature { id: None, geometry: area(row)?.geometry(&plane), properties: row.document() })
    };
    Ok(rows.iter().filter_map(feature).collect())
}

fn evidence(basis: &Basis, answer: &Supply) -> Value {
    let people = answer.levels.first().map(|level| &level.people);
    let groups = answer.levels.first().map(|level| {
        level.tables.iter().flat_map(|table| table.groups.clone()).collect::<std::collections::BTreeSet<_>>()
    });
    let groups: Vec<_> = groups.unwrap_or_default().into_iter().collect();
    let rule = answer.target.as_ref().and_then(|(_, rule)| rule.as_ref());
    let levels = answer.levels.iter().map(|level| {
        json!({ "level": level.people.by, "areas": level.capacities.len(), "inNone": capacity(&level.elsewhere),
            "pointsInNone": level.people.level.outside })
    });
    json!({
        "method": {
            "de": "Summe der bekannten Kapazitäten der Einrichtungen, die im Gebiet liegen (Lage, nicht Attribut; von Flächen die Mitte ihres Rechtecks), geteilt durch die Personen der Gruppe. Unbekannte Kapazitäten werden nicht geschätzt. Wege und Nachbargebiete zählen nicht: dafür coverage.",
            "en": "Sum of the known capacities of the facilities that lie in the area (by place, not by attribute; of areas the middle of their box), divided by the persons of the group. Unknown capacities are not guessed. Ways and neighbouring areas do not count: ask coverage for these.",
        },
        "capacity": { "column": answer.capacity_column, "unit": answer.unit, "known": answer.total.known,
            "of": answer.total.facilities, "oddValues": answer.facilities.odd_capacities },
        "target": answer.target.as_ref().map(|(target, _)| json!({
            "perPerson": target,
            "rule": rule.map(|(id, rule)| json!({ "id": id, "title": rule.title, "source": rule.source, "validFrom": rule.valid_from, "validTo": rule.valid_to })),
            "lights": { "green": 1.0, "yellow": YELLOW },
        })),
        "population": people.map(|people| evidence::people(basis, people, &groups)),
        "facilities": evidence::facilities(&answer.facilities, &OffNetwork::default()),
        "levels": levels.collect::<Vec<_>>(),
        "disclosure": evidence::disclosure(basis),
        "dataVersion": basis.data_version(),
        "request": evidence::request(),
    })
}

/// The columns of the table.
const COLUMNS: [&str; 12] = [
    "level",
    "id",
    "area",
    "date",
    "ages",
    "capacity",
    "facilities",
    "known",
    "persons",
    "ratio",
    "target",
    "light",
];

fn table(basis: &Basis, rows: &[Row], answer: &supply::Supply, language: Language) -> Table {
    let text = |name: &str| WORDS.text(language, &format!("table.{name}"));
    let light = |light: Light| {
        text(match light {
            Light::Green => "green",
            Light::Yellow => "yellow",
            Light::Red => "red",
        })
    };
    let row = |row: &Row| {
        let name = match (row.of, &row.name) {
            (Scope::Area, name) => name.clone().unwrap_or_default(),
            (Scope::Elsewhere, _) => text("nowhere"),
            (Scope::City, _) => text("city"),
        };
        vec![
            Cell::Text(basis.level_title(&row.level)),
            row.id.clone().map_or(Cell::Empty, Cell::Text),
            Cell::Text(name),
            Cell::Date(row.day),
            Cell::Text(row.groups.clone()),
            Cell::Number(amount(row.capacity.sum)),
            Cell::Number(row.capacity.facilities as f64),
            Cell::Number(row.capacity.known as f64),
            cell(row.persons),
            cell(row.ratio),
            cell(row.needed),
            row.light.map_or(Cell::Empty, |of| Cell::Text(light(of))),
        ]
    };
    let columns =
        COLUMNS.map(|name| WORDS.say(language, &format!("table.{name}"), &[("unit", &answer.unit)]));
    Table {
        title: text("title"),
        columns: columns.to_vec(),
        rows: rows.iter().map(row).collect(),
        evidence: vec![],
    }
}
