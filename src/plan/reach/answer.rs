//! The answer of `reach`: the areas that can be reached, and the persons in them.

pub use super::band::BandRow;
use super::band::Drawn;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::counting::reach;
use super::evidence::{ReachEvidence, evidence};
use super::question::Question;
use super::summary::{summary, warnings};
use super::texts::WORDS;
use crate::catalog::{Language, Words};
use crate::encode::table::{Cell, Table};
use crate::error::Result;
use crate::plan::answer::{Answer, cell, columns, percent};
use crate::plan::disclosure::Published;
use crate::plan::warnings::Warnings;
use crate::plan::words::file_name;
use crate::plan::words::kind::Kind;
use crate::plan::{PlanningData, inputs};

/// How far one gets, and how many live there.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ReachAnswer {
    /// Everybody; null where nobody was counted.
    pub persons: Option<Published>,
    /// The bands, place by place.
    pub reach: Vec<Drawn>,
    /// The answer in a sentence.
    pub summary: Words,
    /// What is to be known beside the numbers.
    pub warnings: Warnings,
    /// The question with the defaults that were applied.
    pub question: Question,
    /// What the answer stands on.
    pub evidence: ReachEvidence,
}

/// Answers a question about reach.
///
/// # Errors
///
/// Returns an error if the question is invalid, or if a collection it needs is not available.
pub fn answer(data: &PlanningData, inputs: Value, language: Language) -> Result<Answer> {
    let question: Question = inputs::parse(inputs)?;
    let answer = reach(data, &question)?;
    let (plane, disclosure) = (data.plane()?, data.disclosure());
    let total = answer.people.as_ref().map(|(_, _, all)| disclosure.count(*all));
    let rows: Vec<BandRow> = answer
        .isochrones
        .iter()
        .map(|isochrone| BandRow::of(isochrone, &answer, &question, &plane, disclosure))
        .collect();
    let document = ReachAnswer {
        persons: total,
        reach: rows.iter().map(BandRow::document).collect(),
        summary: summary(data, &question, &answer, &rows, total),
        warnings: warnings(data, &question, &answer),
        question: question.clone(),
        evidence: evidence(data, &question, &answer, disclosure),
    };
    // The widest band comes first, so that the narrower ones are drawn on top of it.
    let features = rows.iter().rev().map(BandRow::feature).collect();
    let kind = question.facilities.as_ref().map(|choice| Kind::of(data, choice).many(Language::German));
    let furthest = rows.iter().map(|row| row.distance).fold(0.0, f64::max);
    let name = file_name(&["erreichbarkeit", kind.as_deref().unwrap_or("orte"), &format!("{furthest:.0}m")]);
    Answer::new(&document, features, table(&rows, language), name)
}

/// The columns of the table.
const COLUMNS: [&str; 8] = ["id", "name", "way", "minutes", "persons", "share", "margin", "area"];

fn table(rows: &[BandRow], language: Language) -> Table {
    let text = |text: &Option<String>| text.clone().map_or(Cell::Empty, Cell::Text);
    let row = |row: &BandRow| {
        let published = |value: Option<Published>| value.map_or(Cell::Empty, cell);
        vec![
            text(&row.id),
            text(&row.name),
            Cell::Number(row.distance),
            Cell::Number(row.minutes),
            published(row.persons),
            row.share.map_or(Cell::Empty, percent),
            row.margin.map_or(Cell::Empty, Cell::Number),
            Cell::Number(row.area),
        ]
    };
    Table {
        title: WORDS.text(language, "table.title"),
        columns: columns(&WORDS, language, &COLUMNS),
        rows: rows.iter().map(row).collect(),
        evidence: vec![],
    }
}
