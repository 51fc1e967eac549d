//! The answer of `nearest`: the nearest facilities of a place.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::counting::{Found, Nearest, nearest};
use super::evidence::{NearestEvidence, evidence};
use super::question::Question;
use super::summary::{summary, warnings};
use super::texts::WORDS;
use crate::catalog::{Language, Words};
use crate::encode::table::{Cell, Table};
use crate::error::Result;
use crate::plan::answer::{Answer, Feature, NamedArea, columns};
use crate::plan::figures::tenths;
use crate::plan::outline::{Line, Point, degrees};
use crate::plan::question::Id;
use crate::plan::reading::Plane;
use crate::plan::warnings::Warnings;
use crate::plan::words::file_name;
use crate::plan::words::kind::Kind;
use crate::plan::{PlanningData, distances, inputs};

/// The nearest facilities of a place.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NearestAnswer {
    /// Longitude and latitude of the place.
    pub point: Option<[f64; 2]>,
    /// The address as it is written, if one was asked for.
    pub address: Option<String>,
    /// The areas that the place lies in.
    pub areas: Vec<AreaOfPlace>,
    /// The way to the network in metres; null where it is too far.
    pub to_network: Option<f64>,
    /// The facilities in charge of this place, where levels of areas are catchments.
    pub responsible: Vec<InCharge>,
    /// The nearest, the nearest first.
    pub nearest: Vec<NearFacility>,
    /// The answer in a sentence.
    pub summary: Words,
    /// What is to be known beside the numbers.
    pub warnings: Warnings,
    /// The question with the defaults that were applied.
    pub question: Question,
    /// What the answer stands on.
    pub evidence: NearestEvidence,
}

/// An area that a place lies in.
#[derive(Debug, Serialize, JsonSchema)]
pub struct AreaOfPlace {
    /// The level of the area.
    pub level: String,
    /// The area of the place.
    #[serde(flatten)]
    pub area: NamedArea,
}

/// The facility in whose catchment a place lies.
#[derive(Debug, Serialize, JsonSchema)]
pub struct InCharge {
    /// The level of the catchments.
    pub level: String,
    /// The area of the catchment.
    pub area: NamedArea,
    /// The key of the facility that the catchment names.
    pub key: Option<String>,
    /// The facility; null where it is not among those asked for, or cannot be reached.
    pub facility: Option<NearFacility>,
}

/// A facility, how far it is, and where.
#[derive(Debug, Serialize, JsonSchema)]
pub struct NearFacility {
    /// The facility and the way there.
    #[serde(flatten)]
    pub facility: WayToFacility,
    /// Its longitude and latitude.
    pub point: [f64; 2],
    /// The route, if that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub route: Option<Line>,
}

/// A facility and how far it is.
#[derive(Debug, Serialize, JsonSchema)]
pub struct WayToFacility {
    /// The id of the facility.
    pub id: String,
    /// The name of the facility.
    pub name: Option<String>,
    /// Who runs it.
    pub operator: Option<String>,
    /// The way in metres.
    pub distance: f64,
    /// Minutes at the profile's speed.
    pub minutes: f64,
    /// The straight distance in metres.
    pub airline: f64,
}

/// Answers a question about the nearest facilities of a place. Without a place, the answer is about
/// the distances from everywhere.
///
/// # Errors
///
/// Returns an error if the question is invalid, or if a collection it needs is not available.
pub fn answer(data: &PlanningData, inputs: Value, language: Language) -> Result<Answer> {
    if inputs.get("point").is_none() && inputs.get("address").is_none() {
        return distances::answer::answer(data, inputs, language);
    }
    let question: Question = inputs::parse(inputs)?;
    let answer = nearest(data, &question)?;
    let plane = data.plane()?;
    let rows: Vec<FacilityRow> =
        answer.found.iter().filter_map(|found| FacilityRow::of(found, &answer, &question, &plane)).collect();
    let responsible = answer.responsible.iter().map(|one| {
        let own = one.found.as_ref().and_then(|found| FacilityRow::of(found, &answer, &question, &plane));
        InCharge {
            level: one.level.clone(),
            area: NamedArea::new(&one.area.0, &one.area.1),
            key: one.key.clone(),
            facility: own.map(|row| row.document()),
        }
    });
    let areas = answer
        .areas
        .iter()
        .map(|(level, id, name)| AreaOfPlace { level: level.clone(), area: NamedArea::new(id, name) });
    let document = NearestAnswer {
        point: plane.lonlat(&[answer.origin]).first().map(degrees),
        address: answer.address.clone(),
        areas: areas.collect(),
        to_network: answer.snap.map(|snap| tenths(snap.offset)),
        responsible: responsible.collect(),
        nearest: rows.iter().map(FacilityRow::document).collect(),
        summary: summary(data, &question, &answer, &plane),
        warnings: warnings(data, &question, &answer),
        question: question.clone(),
        evidence: evidence(data, &question, &answer),
    };
    let features = rows.iter().flat_map(FacilityRow::features).collect();
    let kind = Kind::of(data, &question.facilities).many(Language::German);
    let name = file_name(&["naechste", &kind]);
    Answer::new(&document, features, table(&rows, language), name)
}

/// One of the nearest facilities.
struct FacilityRow {
    id: String,
    name: Option<String>,
    operator: Option<String>,
    distance: f64,
    minutes: f64,
    airline: f64,
    point: [f64; 2],
    route: Vec<[f64; 2]>,
}

impl FacilityRow {
    fn of(found: &Found, answer: &Nearest, question: &Question, plane: &Plane) -> Option<FacilityRow> {
        let facility = answer.facilities.list.get(found.facility as usize)?;
        Some(FacilityRow {
            id: facility.id.clone(),
            name: facility.name.clone(),
            operator: facility.operator.clone(),
            distance: tenths(found.distance),
            minutes: tenths(question.profile.minutes(found.distance)),
            airline: tenths(found.airline),
            point: plane.lonlat(&[facility.place.point()]).first().map(degrees)?,
            route: plane.lonlat(&found.route).iter().map(degrees).collect(),
        })
    }

    fn document(&self) -> NearFacility {
        NearFacility {
            facility: self.way(),
            point: self.point,
            route: (!self.route.is_empty()).then(|| Line::along(self.route.clone())),
        }
    }

    fn way(&self) -> WayToFacility {
        WayToFacility {
            id: self.id.clone(),
            name: self.name.clone(),
            operator: self.operator.clone(),
            distance: self.distance,
            minutes: self.minutes,
            airline: self.airline,
        }
    }

    /// Returns the facility, and the route if there is one.
    fn features(&self) -> Vec<Feature<Drawn, Properties>> {
        let feature = |part: &'static str, geometry: Drawn| Feature {
            id: Some(Id::Text(format!("{part}.{}", self.id))),
            geometry,
            properties: Properties { part, facility: self.way() },
        };
        let mut features = vec![feature("facility", Drawn::Facility(Point::at(self.point)))];
        if !self.route.is_empty() {
            features.push(feature("route", Drawn::Route(Line::along(self.route.clone()))));
        }
        features
    }
}

/// The geometry of a facility or a route.
#[derive(Serialize)]
#[serde(untagged)]
enum Drawn {
    Facility(Point),
    Route(Line),
}

/// The properties of a facility or of the route to it.
#[derive(Serialize)]
struct Properties {
    part: &'static str,
    #[serde(flatten)]
    facility: WayToFacility,
}

/// The columns of the table.
const COLUMNS: [&str; 7] = ["id", "name", "way", "minutes", "airline", "longitude", "latitude"];

fn table(rows: &[FacilityRow], language: Language) -> Table {
    let row = |row: &FacilityRow| {
        let [lon, lat] = row.point;
        let numbers = [row.distance, row.minutes, row.airline, lon, lat].map(Cell::Number);
        let name = row.name.clone().map_or(Cell::Empty, Cell::Text);
        [Cell::Text(row.id.clone()), name].into_iter().chain(numbers).collect()
    };
    Table {
        title: WORDS.text(language, "table.title"),
        columns: columns(&WORDS, language, &COLUMNS),
        rows: rows.iter().map(row).collect(),
        evidence: vec![],
    }
}
