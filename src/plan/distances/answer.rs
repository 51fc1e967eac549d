//! The answer of `nearest` without a place: the distances from everywhere to the nearest facility,
//! by area, and by address if requested.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::counting::{Distances, Summary, distances};
use super::evidence::{DistancesEvidence, evidence};
use super::question::Question;
use super::summary::{summary, warnings};
use super::texts::WORDS;
use crate::catalog::{Language, Words};
use crate::encode::table::{Cell, Table};
use crate::error::{Error, Result};
use crate::plan::answer::{Answer, Feature, Scope, cell, columns};
use crate::plan::disclosure::{Disclosure, Published};
use crate::plan::figures::tenths;
use crate::plan::outline::{Point, degrees};
use crate::plan::persons::Persons;
use crate::plan::question::Id;
use crate::plan::reading::Plane;
use crate::plan::warnings::Warnings;
use crate::plan::words::file_name;
use crate::plan::words::kind::Kind;
use crate::plan::{PlanningData, inputs};

/// How far it is from everywhere.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DistancesAnswer {
    /// Of all persons.
    pub total: Option<DistanceStatistics>,
    /// The statistics by area.
    pub areas: Vec<DistanceStatistics>,
    /// The answer in a sentence.
    pub summary: Words,
    /// What is to be known beside the numbers.
    pub warnings: Warnings,
    /// The question with the defaults that were applied.
    pub question: Question,
    /// What the answer stands on.
    pub evidence: DistancesEvidence,
    /// Of persons in none of the areas, if there are any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub in_no_area: Option<DistanceStatistics>,
    /// By address, if that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub addresses: Option<Vec<WayOfAddress>>,
}

/// The ways of some persons, in metres; null where nobody is reached, or where too few live.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Ways")]
pub struct DistanceStatistics {
    /// The id of an area; empty for all of them.
    pub id: String,
    /// The name of the area.
    pub name: String,
    /// The number of persons.
    pub persons: Published,
    /// Those of them to whom no way leads. They are not in what follows.
    pub unreached: Published,
    /// The mean in metres.
    pub mean: Option<f64>,
    /// The same in minutes at the profile's speed.
    pub mean_minutes: Option<f64>,
    /// A tenth of the persons have a shorter way.
    pub p10: Option<f64>,
    /// A quarter has a shorter one.
    pub p25: Option<f64>,
    /// Half of them have a shorter one.
    pub median: Option<f64>,
    /// Three quarters have a shorter one.
    pub p75: Option<f64>,
    /// Nine of ten have a shorter one.
    pub p90: Option<f64>,
    /// The longest way in metres.
    pub longest: Option<f64>,
    /// Within how many persons of the exact number nineteen of twenty protected ones lie; absent
    /// where counts are exact.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub margin: Option<f64>,
    /// The same of the mean, in metres.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mean_margin: Option<f64>,
}

/// The way of an address.
#[derive(Debug, Serialize, JsonSchema)]
pub struct WayOfAddress {
    /// Street and house number.
    pub address: String,
    /// Longitude and latitude in degrees.
    pub point: [f64; 2],
    /// Metres to the nearest facility; null where no way leads to one.
    pub distance: Option<f64>,
    /// Minutes at the profile's speed.
    pub minutes: Option<f64>,
    /// The facility's id.
    pub facility: Option<String>,
    /// The name of the facility.
    pub name: Option<String>,
}

/// Answers a question about the distances from everywhere.
///
/// # Errors
///
/// Returns an error if the question is invalid, if a collection it needs is not available, or if it
/// asks for single addresses and counts are protected.
pub fn answer(data: &PlanningData, inputs: Value, language: Language) -> Result<Answer> {
    let question: Question = inputs::parse(inputs)?;
    let disclosure = data.disclosure();
    if question.per_address && disclosure != Disclosure::Exact {
        let what = "small counts are protected here, and so single addresses are not given";
        return Err(Error::invalid("per_address", what));
    }
    let answer = distances(data, &question)?;
    let plane = data.plane()?;
    let rows = rows(&answer, &question, disclosure);
    let of = |wanted: Scope| rows.iter().filter(move |row| row.of == wanted);
    let total = of(Scope::City).next();
    let shown = total.map_or((Published::Nothing, Published::Nothing, None), DistanceRow::shown);
    let mean_margin = total.and_then(|row| row.margins.1);
    let mut document = DistancesAnswer {
        total: total.map(DistanceRow::document),
        areas: of(Scope::Area).map(DistanceRow::document).collect(),
        summary: summary(data, &question, &answer, shown, mean_margin),
        warnings: warnings(data, &question, &answer, disclosure),
        question: question.clone(),
        evidence: evidence(data, &question, &answer),
        in_no_area: of(Scope::Elsewhere).next().map(DistanceRow::document),
        addresses: None,
    };
    let kind = Kind::of(data, &question.facilities).many(Language::German);
    let level = if question.per_address { "Adressen".into() } else { data.level_title(&answer.people.by) };
    let name = file_name(&["wege", &kind, &level, &answer.people.date.to_string()]);
    if !question.per_address {
        let shapes = answer.people.level.areas.iter().zip(&rows);
        let features = shapes.map(|(area, row)| Feature {
            id: Some(Id::Text(area.id.clone())),
            geometry: area.geometry(&plane),
            properties: row.document(),
        });
        return Answer::new(&document, features.collect(), table(&rows, language), name);
    }
    let addresses = addresses(data, &answer, &plane)?;
    document.addresses = Some(addresses.iter().map(|address| address.document(&question)).collect());
    let features = addresses.iter().map(|address| Feature {
        id: None,
        geometry: Point::at(address.point),
        properties: address.document(&question),
    });
    let table = table_of_addresses(&addresses, &question, language);
    Answer::new(&document, features.collect(), table, name)
}

/// The distances of the persons of one area, of the persons in no area, or of all persons.
struct DistanceRow {
    of: Scope,
    id: String,
    name: String,
    persons: Published,
    unreached: Published,
    /// Mean, five quantiles and the longest way in metres; None if nobody is reached or too few
    /// persons live there.
    metres: Option<[f64; 7]>,
    minutes: Option<f64>,
    /// The margins of the persons and of the mean.
    margins: (Option<f64>, Option<f64>),
}

/// Returns the rows of the areas, of the persons in none of them if there are any, and of the city.
/// The persons of the rows add up to those of the city.
fn rows(answer: &Distances, question: &Question, disclosure: Disclosure) -> Vec<DistanceRow> {
    let elsewhere = Some(&answer.elsewhere).filter(|own| own.persons.0 > 1e-9);
    let parts: Vec<&Summary> = answer.areas.iter().chain(elsewhere).collect();
    let counts = |of: fn(&Summary) -> Persons| {
        disclosure.counts(&parts.iter().map(|own| Some(of(own))).collect::<Vec<_>>())
    };
    let shown = counts(|own| own.persons).into_iter().zip(counts(|own| own.unreached));
    let names =
        answer.people.level.areas.iter().map(|area| (Scope::Area, area.id.as_str(), area.name.as_str()));
    let names = names.chain(elsewhere.map(|_| (Scope::Elsewhere, "", "")));
    let rows = names.zip(parts).zip(shown);
    let total = (disclosure.count(answer.total.persons), disclosure.count(answer.total.unreached));
    rows.map(|((name, summary), shown)| DistanceRow::of(name, summary, shown, question, disclosure))
        .chain([DistanceRow::of((Scope::City, "", ""), &answer.total, total, question, disclosure)])
        .collect()
}

impl DistanceRow {
    fn of(
        (of, id, name): (Scope, &str, &str),
        summary: &Summary,
        (persons, unreached): (Published, Published),
        question: &Question,
        disclosure: Disclosure,
    ) -> DistanceRow {
        // A protected distance is that of a cell of 100 m, and is rounded to 10 m.
        let step = if disclosure == Disclosure::Exact { 0.1 } else { 10.0 };
        let round = |metres: f64| ((metres / step).round() * step * 10.0).round() / 10.0;
        let metres = summary
            .mean
            .zip(summary.quantiles)
            .zip(summary.longest)
            .map(|((mean, [a, b, c, d, e]), most)| [mean, a, b, c, d, e, most].map(round));
        let metres = metres.filter(|_| persons.value().is_some());
        let minutes = metres.map(|[mean, ..]| tenths(question.profile.minutes(mean)));
        let (margin, mean) = summary.margins.filter(|_| persons.value().is_some()).unzip();
        let mean = mean.flatten().filter(|_| metres.is_some()).map(|metres| (metres / step).ceil() * step);
        DistanceRow {
            of,
            id: id.into(),
            name: name.into(),
            persons,
            unreached,
            metres,
            minutes,
            margins: (margin, mean),
        }
    }

    /// Returns the persons, those without a way, and the ways in metres.
    fn shown(&self) -> (Published, Published, Option<[f64; 7]>) {
        (self.persons, self.unreached, self.metres)
    }

    fn document(&self) -> DistanceStatistics {
        let [mean, p10, p25, median, p75, p90, longest] = match self.metres {
            Some(metres) => metres.map(Some),
            None => [None; 7],
        };
        DistanceStatistics {
            id: self.id.clone(),
            name: self.name.clone(),
            persons: self.persons,
            unreached: self.unreached,
            mean,
            mean_minutes: self.minutes,
            p10,
            p25,
            median,
            p75,
            p90,
            longest,
            margin: self.margins.0,
            mean_margin: self.margins.1,
        }
    }
}

/// An address with its nearest facility.
struct Address {
    text: String,
    point: [f64; 2],
    /// The distance in metres, and the id and name of the facility.
    nearest: Option<(f64, String, Option<String>)>,
}

impl Address {
    fn document(&self, question: &Question) -> WayOfAddress {
        let (distance, id, name) = match &self.nearest {
            Some((distance, id, name)) => (Some(*distance), Some(id), name.as_ref()),
            None => (None, None, None),
        };
        let minutes = distance.map(|distance| tenths(question.profile.minutes(distance)));
        WayOfAddress {
            address: self.text.clone(),
            point: self.point,
            distance,
            minutes,
            facility: id.cloned(),
            name: name.cloned(),
        }
    }
}

fn addresses(data: &PlanningData, answer: &Distances, plane: &Plane) -> Result<Vec<Address>> {
    let texts = data.addresses()?;
    let lonlat = plane.lonlat(&answer.people.demand.points);
    let rows = answer.points.iter().zip(&lonlat).zip(texts.iter());
    Ok(rows
        .filter(|((_, [lon, _]), _)| lon.is_finite())
        .map(|((nearest, lonlat), text)| {
            let nearest = nearest.and_then(|(distance, facility)| {
                let facility = answer.facilities.list.get(facility as usize)?;
                Some((tenths(distance), facility.id.clone(), facility.name.clone()))
            });
            Address { text: text.clone(), point: degrees(lonlat), nearest }
        })
        .collect())
}

/// The columns of the table.
const COLUMNS: [&str; 11] =
    ["id", "area", "persons", "unreached", "mean", "p10", "p25", "median", "p75", "p90", "longest"];

fn table(rows: &[DistanceRow], language: Language) -> Table {
    let has_margins = rows.iter().any(|row| row.margins.0.is_some());
    let row = |row: &DistanceRow| {
        let name = match row.of {
            Scope::Area => row.name.clone(),
            Scope::Elsewhere => WORDS.text(language, "table.nowhere"),
            Scope::City => WORDS.text(language, "table.city"),
        };
        let mut cells =
            vec![Cell::Text(row.id.clone()), Cell::Text(name), cell(row.persons), cell(row.unreached)];
        match row.metres {
            Some(metres) => cells.extend(metres.map(Cell::Number)),
            None => cells.extend((0..7).map(|_| Cell::Empty)),
        }
        if has_margins {
            let (persons, mean) = row.margins;
            cells.extend([persons, mean].map(|own| own.map_or(Cell::Empty, Cell::Number)));
        }
        cells
    };
    let mut columns = columns(&WORDS, language, &COLUMNS);
    if has_margins {
        columns.extend(["margin", "mean_margin"].map(|name| WORDS.text(language, &format!("table.{name}"))));
    }
    Table {
        title: WORDS.text(language, "table.title"),
        columns,
        rows: rows.iter().map(row).collect(),
        evidence: vec![],
    }
}

fn table_of_addresses(addresses: &[Address], question: &Question, language: Language) -> Table {
    let names = ["address", "longitude", "latitude", "way", "minutes", "id", "facility"];
    let say = |name: &str| WORDS.text(language, &format!("addresses.{name}"));
    let row = |address: &Address| {
        let [lon, lat] = address.point.map(Cell::Number);
        let [distance, minutes, id, name] = match &address.nearest {
            Some((distance, id, name)) => [
                Cell::Number(*distance),
                Cell::Number(tenths(question.profile.minutes(*distance))),
                Cell::Text(id.clone()),
                name.clone().map_or(Cell::Empty, Cell::Text),
            ],
            None => [Cell::Empty, Cell::Empty, Cell::Empty, Cell::Empty],
        };
        vec![Cell::Text(address.text.clone()), lon, lat, distance, minutes, id, name]
    };
    Table {
        title: say("title"),
        columns: names.map(say).to_vec(),
        rows: addresses.iter().map(row).collect(),
        evidence: vec![],
    }
}
