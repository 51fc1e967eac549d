//! The answer of `siting`: the places where the next facilities bring most people within reach.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::counting::{Site, Siting, siting};
use super::evidence::{SitingEvidence, evidence};
use super::question::Question;
use super::summary::{summary, warnings};
use super::texts::WORDS;
use crate::catalog::{Language, Words};
use crate::encode::table::{Cell, Table};
use crate::error::Result;
use crate::plan::answer::{Answer, Feature, NamedArea, cell, columns};
use crate::plan::disclosure::{Disclosure, Published};
use crate::plan::figures::share;
use crate::plan::outline::{Point, degrees};
use crate::plan::question::Id;
use crate::plan::warnings::Warnings;
use crate::plan::words::file_name;
use crate::plan::words::kind::Kind;
use crate::plan::{PlanningData, inputs};

/// Where the next facilities must go.
#[derive(Debug, Serialize, JsonSchema)]
pub struct SitingAnswer {
    /// The sites, the most useful first.
    pub sites: Vec<NewSite>,
    /// The number of all persons.
    pub persons: Published,
    /// Those who have a facility within reach already.
    pub covered: Published,
    /// Those who gain by all sites together.
    pub gain: Published,
    /// Within how many persons of the exact gain nineteen of twenty protected ones lie; absent
    /// where counts are exact.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub margin: Option<f64>,
    /// No choice of as many sites gains more.
    pub bound: Published,
    /// What is found is at least this part of the best.
    pub optimality: Published,
    /// The answer in a sentence.
    pub summary: Words,
    /// What is to be known beside the numbers.
    pub warnings: Warnings,
    /// The question with the defaults that were applied.
    pub question: Question,
    /// What the answer stands on.
    pub evidence: SitingEvidence,
}

/// A site for a new facility.
#[derive(Debug, Serialize, JsonSchema)]
pub struct NewSite {
    /// 1 for the most useful.
    pub rank: usize,
    /// The id of the candidate; null for a node of the network.
    pub id: Option<String>,
    /// The name of the candidate.
    pub name: Option<String>,
    /// Longitude and latitude in degrees.
    pub point: Option<[f64; 2]>,
    /// Who gains by it, beside those who gain by the sites before it.
    pub gain: Published,
    /// Within how many persons of the exact number nineteen of twenty protected ones lie; absent
    /// where counts are exact.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub margin: Option<f64>,
    /// Where they live.
    pub areas: Vec<GainOfArea>,
}

/// Those of an area who gain by a site.
#[derive(Debug, Serialize, JsonSchema)]
pub struct GainOfArea {
    /// The area of the row.
    #[serde(flatten)]
    pub area: NamedArea,
    /// The persons of the area.
    pub persons: Published,
}

/// Answers a question about sites.
///
/// # Errors
///
/// Returns an error if the question is invalid, or if a collection it needs is not available.
pub fn answer(data: &PlanningData, inputs: Value, language: Language) -> Result<Answer> {
    let question: Question = inputs::parse(inputs)?;
    let answer = siting(data, &question)?;
    let (plane, disclosure) = (data.plane()?, data.disclosure());
    let rows: Vec<SiteRow> = (1..)
        .zip(&answer.sites)
        .map(|(rank, site)| SiteRow {
            rank,
            point: plane.lonlat(&[site.place]).first().map(degrees),
            gain: disclosure.count(site.gain),
            areas: areas(site, &answer, disclosure),
            site,
        })
        .collect();
    let (gain, bound) = (disclosure.count(answer.gain), disclosure.count(answer.bound));
    let (all, covered) = (disclosure.count(answer.total), disclosure.count(answer.covered));
    let document = SitingAnswer {
        sites: rows.iter().map(SiteRow::document).collect(),
        persons: all,
        covered,
        gain,
        margin: answer.gain_margin.filter(|_| gain.value().is_some()),
        bound,
        optimality: share(gain, bound),
        summary: summary(data, &question, &answer, [all, covered, gain, bound]),
        warnings: warnings(data, &question, &answer, disclosure),
        question: question.clone(),
        evidence: evidence(data, &question, &answer, disclosure),
    };
    let features = rows.iter().map(SiteRow::feature).collect();
    let kind = Kind::of(data, &question.facilities).many(Language::German);
    let name = file_name(&["standorte", &kind, &question.within.named(), &answer.people.date.to_string()]);
    Answer::new(&document, features, table(&rows, language), name)
}

/// A site with its published figures.
struct SiteRow<'a> {
    rank: usize,
    site: &'a Site,
    point: Option<[f64; 2]>,
    gain: Published,
    areas: Vec<(String, String, Published)>,
}

/// Returns the areas of the persons who gain, those with the most persons first: id, name and
/// persons.
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

impl SiteRow<'_> {
    fn document(&self) -> NewSite {
        let area = |(id, name, persons): &(String, String, Published)| GainOfArea {
            area: NamedArea::new(id, name),
            persons: *persons,
        };
        NewSite {
            rank: self.rank,
            id: self.site.id.clone(),
            name: self.site.name.clone(),
            point: self.point,
            gain: self.gain,
            margin: self.margin(),
            areas: self.areas.iter().map(area).collect(),
        }
    }

    fn margin(&self) -> Option<f64> {
        self.site.margin.filter(|_| self.gain.value().is_some())
    }

    fn feature(&self) -> Feature<Option<Point>, Properties<'_>> {
        Feature {
            id: Some(Id::Number(self.rank as i64)),
            geometry: self.point.map(Point::at),
            properties: Properties {
                rank: self.rank,
                id: self.site.id.as_deref(),
                name: self.site.name.as_deref(),
                gain: self.gain,
                margin: self.margin(),
                areas: self.in_words(),
            },
        }
    }

    fn in_words(&self) -> String {
        let names = self.areas.iter().map(|(_, name, _)| name.as_str());
        names.filter(|name| !name.is_empty()).collect::<Vec<_>>().join(", ")
    }
}

/// The properties of a site.
#[derive(Serialize)]
struct Properties<'a> {
    rank: usize,
    id: Option<&'a str>,
    name: Option<&'a str>,
    gain: Published,
    #[serde(skip_serializing_if = "Option::is_none")]
    margin: Option<f64>,
    areas: String,
}

/// The columns of the table.
const COLUMNS: [&str; 7] = ["rank", "id", "name", "longitude", "latitude", "gain", "areas"];

fn table(rows: &[SiteRow<'_>], language: Language) -> Table {
    let text = |text: &Option<String>| text.clone().map_or(Cell::Empty, Cell::Text);
    let has_margins = rows.iter().any(|row| row.site.margin.is_some());
    let mut columns = columns(&WORDS, language, &COLUMNS);
    columns.extend(has_margins.then(|| WORDS.text(language, "table.margin")));
    let row = |row: &SiteRow<'_>| -> Vec<Cell> {
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
        .into_iter()
        .chain(has_margins.then(|| row.margin().map_or(Cell::Empty, Cell::Number)))
        .collect()
    };
    Table {
        title: WORDS.text(language, "table.title"),
        columns,
        rows: rows.iter().map(row).collect(),
        evidence: vec![],
    }
}
