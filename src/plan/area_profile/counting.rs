//! Counts the persons and the facilities of one area.

use super::question::Question;
use crate::error::{Error, Kind, Result, said};
use crate::plan::ages::Ages;
use crate::plan::areas::Area;
use crate::plan::distances::Distances;
use crate::plan::facilities::Facilities;
use crate::plan::loaded_collection::LoadedCollection;
use crate::plan::margin::{START, beyond, uncertainties};
use crate::plan::people::People;
use crate::plan::persons::Persons;
use crate::plan::plane::Point;
use crate::plan::planning_data::{Count, PlanningData};
use crate::plan::question::Facilities as Choice;
use crate::plan::question::{Group, Polygon};
use crate::plan::spelling::normal;
use crate::plan::supply::Capacity;
use crate::plan::{distances, facilities, margin};

/// The facilities of one collection, in the area and in the whole city.
#[derive(Debug)]
pub struct FacilityKind {
    /// The collection of the facilities.
    pub loaded: LoadedCollection,
    /// The title in the configuration, if there is one.
    pub title: Option<String>,
    /// The unit of the first capacity; None if none is configured.
    pub unit: Option<String>,
    /// The facilities in the area.
    pub here: Capacity,
    /// The capacity of all facilities.
    pub all: Capacity,
    /// The mean length of the ways of the persons in the area, and of all persons, in metres; None
    /// without a network.
    pub mean: Option<(Option<f64>, Option<f64>)>,
    /// The margin of the mean in the area in metres; None if counts are exact.
    pub mean_margin: Option<f64>,
}

/// The counts of an answer, before they are published.
#[derive(Debug)]
pub struct AreaProfile {
    /// The area of the profile.
    pub area: Area,
    /// The number of points of demand, or of cells, in the area.
    pub points: usize,
    /// The size of the area in m².
    pub size: f64,
    /// The persons of each published age group: in the area, and in the whole city.
    pub groups: Vec<(Ages, Persons, Persons)>,
    /// All persons: in the area, and in the whole city.
    pub total: (Persons, Persons),
    /// The margins of the persons in the area: by age group, and in total; None if counts are
    /// exact.
    pub margins: Option<(Vec<f64>, f64)>,
    /// The facilities, by collection.
    pub facilities: Vec<FacilityKind>,
    /// The points of demand, the areas and the persons.
    pub people: People,
}

/// The minimum number of addresses in a drawn area if counts are protected.
pub const LEAST_ADDRESSES: usize = 3;

/// Answers a question about an area.
///
/// # Errors
///
/// Returns an error if not exactly one area is given, if it does not exist or is invalid, or if it
/// contains too few addresses and counts are protected.
pub fn area_profile(data: &PlanningData, question: &Question) -> Result<AreaProfile> {
    let people = People::of(data, question.date, question.level.as_deref())
        .map_err(|error| named(error, "by", "level"))?;
    let (area, inside) = match (&question.polygon, &question.area) {
        (Some(polygon), None) => {
            let area = drawn(data, polygon)?;
            let inside = people.demand.points.iter().map(|point| area.contains(*point)).collect::<Vec<_>>();
            is_large_enough(data, &area)?;
            (area, inside)
        }
        (None, Some(id)) => {
            let index = people.level.find(id).ok_or_else(|| match people.by.is_empty() {
                true => Error::invalid("level", "which level is meant is to be named"),
                false => {
                    let what = said!("there is no area {:?} on the level {:?}", id, people.by);
                    offered(data, id, Error::invalid("area", what))
                }
            })?;
            let area = people.level.areas.get(index).cloned();
            let area = area.ok_or_else(|| Error::internal("an area that was found is not there"))?;
            (area, people.level.members.iter().map(|member| *member as usize == index).collect())
        }
        _ => {
            return Err(Error::invalid("polygon", "either a polygon or an area is to be named")
                .hint("polygon as GeoJSON, or area and level"));
        }
    };
    let groups = people.population.groups_of(people.date);
    let count = |ages: &Ages| {
        let persons = people.at_points(&[*ages]);
        let here =
            persons.iter().zip(&inside).filter(|(_, inside)| **inside).map(|(persons, _)| Persons(*persons));
        (*ages, here.sum(), persons.iter().copied().map(Persons).sum())
    };
    let groups: Vec<(Ages, Persons, Persons)> = groups.iter().map(count).collect();
    let total = groups
        .iter()
        .fold((Persons::default(), Persons::default()), |sum, (_, here, all)| (sum.0 + *here, sum.1 + *all));
    let margins = margins(&people, &groups, &area, &inside, question.polygon.is_some());
    let facilities = data
        .shown_facilities()
        .map(|collection| kind(data, question, collection, &area, &inside))
        .collect::<Result<_>>()?;
    let points = inside.iter().filter(|inside| **inside).count();
    Ok(AreaProfile { size: area.size(), area, points, groups, total, margins, facilities, people })
}

/// Returns the margins of the persons of each age group, and of all persons. A cell near the
/// outline of a drawn area may have only some of its addresses inside.
fn margins(
    people: &People,
    groups: &[(Ages, Persons, Persons)],
    area: &Area,
    inside: &[bool],
    is_drawn: bool,
) -> Option<(Vec<f64>, f64)> {
    let step = people.step()?;
    let beyond = |cell: usize| match people.demand.points.get(cell).filter(|_| is_drawn) {
        Some(point) => beyond(Some(area.from_outline(*point, START)), 0.0, START),
        None => 0.0,
    };
    let near: Vec<f64> = (0..inside.len()).map(beyond).collect();
    let membership = |cell: usize| margin::CellMembership {
        row: Some(0),
        is_inside: inside.get(cell) == Some(&true),
        beyond: near.get(cell).copied().unwrap_or(0.0),
    };
    let margin = |groups: &[Ages]| {
        uncertainties(people, groups, 1, membership).first().map_or(0.0, |own| own.margin(step))
    };
    let ages: Vec<Ages> = groups.iter().map(|(ages, ..)| *ages).collect();
    Some((ages.iter().map(|ages| margin(&[*ages])).collect(), margin(&ages)))
}

/// Adds the areas that may be meant to an error: those with this name on any level, or with this id
/// on another one.
fn offered(data: &PlanningData, wanted: &str, error: Error) -> Error {
    let spelled = normal(wanted);
    let mut found = vec![];
    for name in data.shown_levels() {
        let Ok(level) = data.level(name, Count::Points) else { continue };
        let is_meant = |area: &&Area| area.id == wanted || normal(&area.name) == spelled;
        let own = level.areas.iter().filter(is_meant);
        found.extend(own.map(|area| format!("area={}&level={name} ({})", area.id, area.name)));
    }
    found.dedup();
    match found.is_empty() {
        true => error,
        false => error.hint(found.join(", ")),
    }
}

fn named(error: Error, from: &str, to: &str) -> Error {
    match error.parameter.as_deref() {
        Some(parameter) if parameter == from => Error { parameter: Some(to.into()), ..error },
        _ => error,
    }
}

fn drawn(data: &PlanningData, polygon: &Polygon) -> Result<Area> {
    polygon.check(&data.limits)?;
    let plane = data.plane()?;
    let rings = polygon.rings().map(|(ring, is_hole)| (plane.points(ring), is_hole));
    let rings: Vec<(Vec<Point>, bool)> = rings.collect();
    if !rings.iter().flat_map(|(ring, _)| ring).flatten().all(|value| value.is_finite()) {
        return Err(Error::invalid(
            "polygon",
            "the polygon lies where the plane of planning has no coordinates",
        ));
    }
    Ok(Area::new(String::new(), String::new(), rings))
}

/// Fails if counts are protected and fewer than [`LEAST_ADDRESSES`] addresses are in a drawn area.
fn is_large_enough(data: &PlanningData, area: &Area) -> Result<()> {
    if data.count() == Count::Points {
        return Ok(());
    }
    let points = data.demand(Count::Points)?;
    let inside = points.points.iter().filter(|point| area.contains(**point)).take(LEAST_ADDRESSES).count();
    match inside >= LEAST_ADDRESSES {
        true => Ok(()),
        false => {
            Err(Error::invalid("polygon", said!("fewer than {} addresses lie in this area", LEAST_ADDRESSES))
                .hint("small counts are protected here: draw it larger"))
        }
    }
}

fn kind(
    data: &PlanningData,
    question: &Question,
    collection: &str,
    area: &Area,
    inside: &[bool],
) -> Result<FacilityKind> {
    let (loaded, role) = (data.visible(collection)?, data.roles.facilities.get(collection));
    let choice = Choice::of(collection);
    let own = role.and_then(|role| role.capacities.first());
    let capacity = |all: &Facilities, is_meant: &dyn Fn(Point) -> bool| {
        let mut sum = Capacity::default();
        for facility in all.list.iter().filter(|facility| is_meant(facility.place.point())) {
            sum.add(facility.capacities.first().copied().flatten());
        }
        sum
    };
    let chosen = facilities::select(data, &choice, None)?;
    let ask = distances::Question {
        facilities: choice,
        profile: question.profile,
        group: Group::default(),
        date: question.date,
        by: None,
        per_address: false,
    };
    let (mean, mean_margin) = match distances::distances(data, &ask) {
        Ok(found) => (Some((mean(&found, inside), found.total.mean)), mean_margin(&found, inside)),
        Err(error) if error.kind == Kind::NotFound => (None, None),
        Err(error) => return Err(error),
    };
    Ok(FacilityKind {
        title: role.and_then(|role| role.title.clone()),
        unit: own.map(|capacity| capacity.unit.clone()),
        here: capacity(&chosen, &|point| area.contains(point)),
        all: capacity(&chosen, &|_| true),
        loaded,
        mean,
        mean_margin,
    })
}

/// Returns the margin of the mean way of the persons in the area in metres, if counts are
/// protected.
fn mean_margin(found: &Distances, inside: &[bool]) -> Option<f64> {
    let row = |cell: usize| inside.get(cell)?.then_some(0);
    let way = |cell: usize| found.points.get(cell).copied().flatten().map(|(distance, _)| distance);
    margin::of_means(&found.people, &found.groups, 1, row, way).first().copied().flatten()
}

/// Returns the mean way of the persons in the area in metres.
fn mean(found: &Distances, inside: &[bool]) -> Option<f64> {
    let persons = found.people.at_points(&found.groups);
    let rows = found.points.iter().zip(&persons).zip(inside).filter(|(_, inside)| **inside);
    let (mut sum, mut whole) = (0.0, 0.0);
    for ((nearest, persons), _) in rows {
        if let Some((distance, _)) = nearest {
            (sum, whole) = (sum + distance * persons, whole + persons);
        }
    }
    (whole > 0.0).then(|| sum / whole)
}
