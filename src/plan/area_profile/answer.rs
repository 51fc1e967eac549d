//! The answer of `profile`: the population and the facilities of one area.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::counting::{AreaProfile, FacilityKind, area_profile};
use super::evidence::{ProfileEvidence, evidence};
use super::question::Question;
use super::summary::{summary, warnings};
use super::texts::WORDS;
use crate::catalog::{Language, Words};
use crate::encode::table::{Cell, Table};
use crate::error::Result;
use crate::plan::answer::{Answer, Feature, cell, columns, percent};
use crate::plan::disclosure::{Disclosure, Published};
use crate::plan::figures::{share, tenths};
use crate::plan::warnings::Warnings;
use crate::plan::words::file_name;
use crate::plan::{PlanningData, inputs};

/// Everything about an area.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ProfileAnswer {
    /// The area of the profile.
    pub area: Measured,
    /// The number of all persons in it.
    pub persons: Published,
    /// Everybody in the city.
    pub city: Published,
    /// Within how many persons of the exact number here nineteen of twenty protected ones lie;
    /// absent where counts are exact.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub margin: Option<f64>,
    /// Persons for each hectare.
    pub per_hectare: Published,
    /// The persons by age.
    pub groups: Vec<Group>,
    /// What there is.
    pub facilities: Vec<FacilitiesHere>,
    /// The answer in a sentence.
    pub summary: Words,
    /// What is to be known beside the numbers.
    pub warnings: Warnings,
    /// The question with the defaults that were applied.
    pub question: Question,
    /// What the answer stands on.
    pub evidence: ProfileEvidence,
}

/// An area and its size.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Measured {
    /// Its id; empty for a drawn one.
    pub id: String,
    /// What it is called.
    pub name: String,
    /// The size in hectares.
    pub hectares: f64,
}

/// Persons of an age group.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "ProfileGroup")]
pub struct Group {
    /// The ages of the group.
    pub ages: String,
    /// The persons here.
    pub persons: Published,
    /// Their part of everybody here.
    pub share: Published,
    /// The same in the city.
    pub share_of_city: Published,
    /// How far the persons here may be off, as of everybody.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub margin: Option<f64>,
}

/// The facilities of a collection in an area.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FacilitiesHere {
    /// The collection of the facilities.
    pub collection: String,
    /// What they are.
    pub title: String,
    /// How many there are here.
    pub count: usize,
    /// Their capacity; null where none is configured.
    pub capacity: Option<CapacityHere>,
    /// The mean way to the nearest, in metres, of those who live here; null without a network.
    pub mean_way: Option<f64>,
    /// Within how many metres of the exact mean nineteen of twenty protected ones lie; absent where
    /// it is exact.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mean_margin: Option<f64>,
    /// The same in the city.
    pub city: FacilitiesOfCity,
}

/// A capacity, and of how many facilities it is known.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct CapacityHere {
    /// The sum of what is known.
    pub sum: f64,
    /// What it counts.
    pub unit: String,
    /// The facilities of which it is known.
    pub known: usize,
    /// All of them.
    pub of: usize,
}

/// The facilities of a collection in the city.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FacilitiesOfCity {
    /// How many there are.
    pub count: usize,
    /// The mean way to the nearest, in metres.
    pub mean_way: Option<f64>,
}

/// Answers a question about an area.
///
/// # Errors
///
/// Returns an error if the question is invalid, or if a collection it needs is not available.
pub fn answer(data: &PlanningData, inputs: Value, language: Language) -> Result<Answer> {
    let question: Question = inputs::parse(inputs)?;
    let disclosure = data.disclosure();
    let answer = area_profile(data, &question)?;
    let plane = data.plane()?;
    let groups = groups(&answer, disclosure);
    let here = disclosure.count(answer.total.0);
    let city = disclosure.count(answer.total.1);
    let hectares = (answer.size / 1000.0).round() / 10.0;
    let density = match here {
        Published::Value(persons) if hectares > 0.0 => Published::Value(tenths(persons / hectares)),
        Published::Value(_) => Published::Nothing,
        other => other,
    };
    let facilities: Vec<FacilitiesHere> =
        answer.facilities.iter().map(|kind| facility(kind, here, disclosure)).collect();
    let document = ProfileAnswer {
        area: Measured { id: answer.area.id.clone(), name: answer.area.name.clone(), hectares },
        persons: here,
        city,
        margin: answer.margins.as_ref().map(|(_, all)| *all).filter(|_| here.value().is_some()),
        per_hectare: density,
        groups: groups.clone(),
        facilities: facilities.clone(),
        summary: summary(data, &question, &answer, [here, city]),
        warnings: warnings(data, &question, &answer),
        question: question.clone(),
        evidence: evidence(data, &question, &answer),
    };
    let properties = Properties { id: &answer.area.id, name: &answer.area.name, persons: here, hectares };
    let area = &answer.area;
    let feature = Feature { id: None, geometry: area.geometry(&plane), properties };
    let features = [feature].into_iter().collect();
    let name = file_name(&["steckbrief", &area.name, &answer.people.date.to_string()]);
    Answer::new(&document, features, table(&groups, &facilities, language), name)
}

/// The properties of the area on a map.
#[derive(Serialize)]
struct Properties<'a> {
    id: &'a str,
    name: &'a str,
    persons: Published,
    hectares: f64,
}

fn groups(answer: &AreaProfile, disclosure: Disclosure) -> Vec<Group> {
    let here: Vec<_> = answer.groups.iter().map(|(_, here, _)| Some(*here)).collect();
    let all: Vec<_> = answer.groups.iter().map(|(_, _, all)| Some(*all)).collect();
    let total = (disclosure.count(answer.total.0), disclosure.count(answer.total.1));
    let published = disclosure.counts(&here).into_iter().zip(disclosure.counts(&all));
    let rows = answer.groups.iter().zip(published);
    let margin = |index: usize| answer.margins.as_ref().and_then(|(groups, _)| groups.get(index).copied());
    rows.enumerate()
        .map(|(index, ((ages, _, _), (here, all)))| Group {
            ages: ages.to_string(),
            persons: here,
            share: share(here, total.0),
            share_of_city: share(all, total.1),
            margin: margin(index).filter(|_| here.value().is_some()),
        })
        .collect()
}

fn facility(kind: &FacilityKind, persons: Published, disclosure: Disclosure) -> FacilitiesHere {
    // A protected mean is rounded to 10 m, and is suppressed if too few persons live here.
    let step = if disclosure == Disclosure::Exact { 0.1 } else { 10.0 };
    let round = |metres: f64| ((metres / step).round() * step * 10.0).round() / 10.0;
    let (here, city) = kind.mean.unwrap_or_default();
    let here = here.filter(|_| persons.value().is_some());
    FacilitiesHere {
        collection: kind.loaded.collection.id.clone(),
        title: kind.title.as_ref().unwrap_or(&kind.loaded.collection.title).clone(),
        count: kind.here.facilities,
        capacity: kind.unit.as_ref().map(|unit| CapacityHere {
            sum: kind.here.sum,
            unit: unit.clone(),
            known: kind.here.known,
            of: kind.here.facilities,
        }),
        mean_way: here.map(round),
        mean_margin: here.and(kind.mean_margin).map(|metres| (metres / step).ceil() * step),
        city: FacilitiesOfCity { count: kind.all.facilities, mean_way: city.map(round) },
    }
}

/// The columns of the table.
const COLUMNS: [&str; 6] = ["what", "here", "share", "share_of_city", "mean", "mean_of_city"];

fn table(groups: &[Group], facilities: &[FacilitiesHere], language: Language) -> Table {
    let has_margins = groups.iter().any(|group| group.margin.is_some());
    let of_group = |group: &Group| -> Vec<Cell> {
        let name = Cell::Text(WORDS.say(language, "table.ages", &[("ages", &group.ages)]));
        vec![
            name,
            cell(group.persons),
            percent(group.share),
            percent(group.share_of_city),
            Cell::Empty,
            Cell::Empty,
        ]
        .into_iter()
        .chain(has_margins.then(|| group.margin.map_or(Cell::Empty, Cell::Number)))
        .collect()
    };
    let number = |value: Option<f64>| value.map_or(Cell::Empty, Cell::Number);
    let of_facility = |own: &FacilitiesHere| -> Vec<Cell> {
        vec![
            Cell::Text(own.title.clone()),
            Cell::Number(own.count as f64),
            Cell::Empty,
            Cell::Empty,
            number(own.mean_way),
            number(own.city.mean_way),
        ]
        .into_iter()
        .chain(has_margins.then_some(Cell::Empty))
        .collect()
    };
    let rows = groups.iter().map(of_group).chain(facilities.iter().map(of_facility)).collect();
    let mut columns = columns(&WORDS, language, &COLUMNS);
    columns.extend(has_margins.then(|| WORDS.text(language, "table.margin")));
    Table { title: WORDS.text(language, "table.title"), columns, rows, evidence: vec![] }
}
