//! The answer of `supply`: capacity per person, by area.

use super::area_row::{AreaRow, rows};
use serde_json::Value;

use super::amount::Amount;
use super::counting::{Light, Supply, supply};
use super::document::{Answered, SupplyAnswer};
use super::evidence::evidence;
use super::question::Question;
use super::summary::{summary, warnings};
use super::texts::WORDS;
use crate::catalog::Language;
use crate::encode::table::{Cell, Table};
use crate::error::Result;
use crate::plan::answer::{Answer, Feature, Features, Scope, cell};
use crate::plan::figures::amount;
use crate::plan::words::file_name;
use crate::plan::words::kind::Kind;
use crate::plan::{PlanningData, inputs};

/// Answers a question about supply. If facilities are added or removed, the answer contains the
/// figures before and after, and their difference.
///
/// # Errors
///
/// Returns an error if the question is invalid, or if a collection it needs is not available.
pub fn answer(data: &PlanningData, inputs: Value, language: Language) -> Result<Answer> {
    let question: Question = inputs::parse(inputs)?;
    let disclosure = data.disclosure();
    let after = supply(data, &question)?;
    let without = Question { facilities: question.facilities.unchanged(), ..question.clone() };
    let changes = !question.facilities.changes_nothing();
    let before = if changes { Some(supply(data, &without)?) } else { None };
    let has_elsewhere = after.has_elsewhere() || before.as_ref().is_some_and(Supply::has_elsewhere);
    let rows = rows(&after, disclosure, has_elsewhere);
    let documents = |rows: &[AreaRow]| rows.iter().map(AreaRow::document).collect::<Vec<_>>();
    let figures = match &before {
        Some(before) => {
            let rows_before = super::area_row::rows(before, disclosure, has_elsewhere);
            let changed = rows_before.iter().zip(&rows);
            let changed = changed.filter(|(before, after)| before.capacity != after.capacity);
            Answered::WhatIf {
                before: documents(&rows_before),
                after: documents(&rows),
                difference: changed.map(|(before, after)| after.difference(before)).collect(),
            }
        }
        None => Answered::AsItIs { supply: documents(&rows) },
    };
    let document = SupplyAnswer {
        unit: after.unit.clone(),
        capacity: Amount::of(&after.total),
        figures,
        summary: summary(data, &question, &after, &rows),
        warnings: warnings(data, &question, &after),
        question: question.clone(),
        evidence: evidence(data, &after),
    };
    let features = features(data, &after, &rows)?;
    let kind = Kind::of(data, &question.facilities).many(Language::German);
    let people = after.levels.first().map(|level| &level.people);
    let level = people.map(|people| data.level_title(&people.by)).unwrap_or_default();
    let date = people.map(|people| people.date.to_string()).unwrap_or_default();
    let name = file_name(&["kapazitaet", &kind, &level, &date]);
    Answer::new(&document, features, table(data, &rows, &after, language), name)
}

fn features(data: &PlanningData, answer: &Supply, rows: &[AreaRow]) -> Result<Features> {
    let plane = data.plane()?;
    let area = |row: &AreaRow| {
        let level = answer.levels.iter().find(|level| level.people.by == row.level)?;
        level.people.level.areas.get(row.area?)
    };
    let feature = |row: &AreaRow| {
        Some(Feature { id: None, geometry: area(row)?.geometry(&plane), properties: row.document() })
    };
    Ok(rows.iter().filter_map(feature).collect())
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

fn table(data: &PlanningData, rows: &[AreaRow], answer: &Supply, language: Language) -> Table {
    let has_margins = rows.iter().any(|row| row.margin.is_some());
    let text = |name: &str| WORDS.text(language, &format!("table.{name}"));
    let light = |light: Light| {
        text(match light {
            Light::Green => "green",
            Light::Yellow => "yellow",
            Light::Red => "red",
        })
    };
    let row = |row: &AreaRow| {
        let name = match (row.of, &row.name) {
            (Scope::Area, name) => name.clone().unwrap_or_default(),
            (Scope::Elsewhere, _) => text("nowhere"),
            (Scope::City, _) => text("city"),
        };
        let mut cells = vec![
            Cell::Text(data.level_title(&row.level)),
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
        ];
        if has_margins {
            cells.extend([row.margin, row.ratio_margin].map(|own| own.map_or(Cell::Empty, Cell::Number)));
        }
        cells
    };
    let margins = ["margin", "ratio_margin"].into_iter().filter(|_| has_margins);
    let columns = COLUMNS
        .into_iter()
        .chain(margins)
        .map(|name| WORDS.say(language, &format!("table.{name}"), &[("unit", &answer.unit)]));
    Table {
        title: text("title"),
        columns: columns.collect(),
        rows: rows.iter().map(row).collect(),
        evidence: vec![],
    }
}
