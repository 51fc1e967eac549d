//! `reach`: how far one gets, and how many live there.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::counting::{Isochrone, Reach, reach};
use super::evidence::{ReachEvidence, evidence};
use super::question::Question;
use super::summary::{summary, warnings};
use super::texts::WORDS;
use crate::catalog::{Language, Words};
use crate::encode::table::{Cell, Table};
use crate::error::Result;
use crate::plan::answer::{Answer, Feature, cell, columns, percent};
use crate::plan::disclosure::{Disclosure, Published};
use crate::plan::figures::{share, tenths};
use crate::plan::isochrone::area;
use crate::plan::outline::{Outline, degrees};
use crate::plan::reading::Plane;
use crate::plan::warnings::Warnings;
use crate::plan::words::file_name;
use crate::plan::words::kind::Kind;
use crate::plan::{Basis, inputs};

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
    /// The question.
    pub question: Question,
    /// What the answer stands on.
    pub evidence: ReachEvidence,
}

/// A band with its area.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Drawn {
    /// The band.
    #[serde(flatten)]
    pub band: Band,
    /// The area, as a geometry of GeoJSON in longitude and latitude.
    pub geometry: Outline,
}

/// How far one gets from a place within a distance.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Band {
    /// The place's id; null where all places count as one.
    pub id: Option<String>,
    /// Its name, if it has one.
    pub name: Option<String>,
    /// Longitude and latitude of the place; null where all count as one.
    pub point: Option<[f64; 2]>,
    /// Metres.
    pub distance: f64,
    /// Minutes at the profile's speed.
    pub minutes: f64,
    /// The persons who live inside; null where nobody was counted.
    pub persons: Option<Published>,
    /// Their part of everybody.
    pub share: Option<Published>,
    /// m².
    pub area: f64,
    /// Within how many persons of the exact number nineteen of twenty protected ones lie; absent
    /// where counts are exact.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub margin: Option<f64>,
}

/// The answer to a question about reach.
pub fn answer(basis: &Basis, inputs: Value, language: Language) -> Result<Answer> {
    let question: Question = inputs::parse(inputs)?;
    let answer = reach(basis, &question)?;
    let (plane, disclosure) = (basis.plane()?, basis.disclosure());
    let total = answer.people.as_ref().map(|(_, _, all)| disclosure.count(*all));
    let rows: Vec<Row> = answer
        .isochrones
        .iter()
        .map(|isochrone| Row::of(isochrone, &answer, &question, &plane, disclosure))
        .collect();
    let document = ReachAnswer {
        persons: total,
        reach: rows.iter().map(Row::document).collect(),
        summary: summary(basis, &question, &answer, &rows, total),
        warnings: warnings(basis, &question, &answer),
        question: question.clone(),
        evidence: evidence(basis, &question, &answer, disclosure),
    };
    // The furthest first, so that on a map the nearer lie on top.
    let features = rows.iter().rev().map(Row::feature).collect();
    let kind = question.facilities.as_ref().map(|choice| Kind::of(basis, choice).many(Language::German));
    let furthest = rows.iter().map(|row| row.distance).fold(0.0, f64::max);
    let name = file_name(&["erreichbarkeit", kind.as_deref().unwrap_or("orte"), &format!("{furthest:.0}m")]);
    Answer::new(&document, features, table(&rows, language), name)
}

/// A band as it is written.
pub struct Row {
    pub(super) id: Option<String>,
    pub(super) name: Option<String>,
    /// The place asked about; None if merged.
    pub point: Option<[f64; 2]>,
    /// The band in metres.
    pub distance: f64,
    minutes: f64,
    /// Who lives inside.
    pub persons: Option<Published>,
    pub(super) share: Option<Published>,
    /// How far a protected number of persons may be off.
    pub(super) margin: Option<f64>,
    /// m².
    pub area: f64,
    /// GeoJSON, in longitude and latitude.
    pub geometry: Outline,
}

impl Row {
    /// A band as it may be seen.
    pub fn of(
        isochrone: &Isochrone,
        answer: &Reach,
        question: &Question,
        plane: &Plane,
        disclosure: Disclosure,
    ) -> Row {
        let origin = isochrone.origin.and_then(|index| answer.origins.list.get(index as usize));
        let persons = isochrone.persons.map(|persons| disclosure.count(persons));
        let all = answer.people.as_ref().map(|(_, _, all)| disclosure.count(*all));
        Row {
            id: origin.map(|origin| origin.id.clone()),
            name: origin.and_then(|origin| origin.name.clone()),
            point: origin.and_then(|origin| plane.lonlat(&[origin.place.point()]).first().map(degrees)),
            distance: isochrone.distance,
            minutes: tenths(question.profile.minutes(isochrone.distance)),
            persons,
            share: persons.zip(all).map(|(part, whole)| share(part, whole)),
            margin: isochrone.margin.filter(|_| persons.and_then(Published::value).is_some()),
            area: area(&isochrone.polygons).round(),
            geometry: Outline::of(&isochrone.polygons, plane),
        }
    }

    fn band(&self) -> Band {
        Band {
            id: self.id.clone(),
            name: self.name.clone(),
            point: self.point,
            distance: self.distance,
            minutes: self.minutes,
            persons: self.persons,
            share: self.share,
            area: self.area,
            margin: self.margin,
        }
    }

    fn document(&self) -> Drawn {
        Drawn { band: self.band(), geometry: self.geometry.clone() }
    }

    fn feature(&self) -> Feature<Outline, Band> {
        Feature { id: None, geometry: self.geometry.clone(), properties: self.band() }
    }
}

/// The columns of the table.
const COLUMNS: [&str; 8] = ["id", "name", "way", "minutes", "persons", "share", "margin", "area"];

fn table(rows: &[Row], language: Language) -> Table {
    let text = |text: &Option<String>| text.clone().map_or(Cell::Empty, Cell::Text);
    let row = |row: &Row| {
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
