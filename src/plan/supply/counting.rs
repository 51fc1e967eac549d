//! Sums up capacities and persons for an answer about supply.

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::Serialize;

use super::question::{Question, Target};
use crate::catalog::roles as catalog;
use crate::error::{Error, Result, Said, said};
use crate::plan::ages::Ages;
use crate::plan::areas::Level;
use crate::plan::facilities::{Facilities, Facility};
use crate::plan::margin::of_areas;
use crate::plan::people::People;
use crate::plan::persons::Persons;
use crate::plan::planning_data::PlanningData;
use crate::plan::rules::Rule;
use crate::plan::words::phrases::spans;
use crate::plan::{facilities, rules};

/// The capacity of the facilities in an area.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Capacity {
    /// The sum of the known capacities.
    pub sum: f64,
    /// The number of facilities.
    pub facilities: usize,
    /// The number of facilities whose capacity is known.
    pub known: usize,
}

impl Capacity {
    /// Adds a facility.
    pub(in crate::plan) fn add(&mut self, capacity: Option<f64>) {
        self.facilities += 1;
        self.known += usize::from(capacity.is_some());
        self.sum += capacity.unwrap_or(0.0);
    }
}

/// The persons of one level, date and denominator.
#[derive(Debug)]
pub struct Table {
    /// The age groups of the denominator.
    pub groups: Vec<Ages>,
    /// The date of the persons.
    pub date: Date,
    /// The name of the level.
    pub by: String,
    /// The persons of each area; None if the table of population has no number.
    pub persons: Vec<Option<Persons>>,
    /// The number of all persons.
    pub total: Persons,
    /// The persons in no area.
    pub elsewhere: Persons,
    /// The margins of the persons by area and in total; None if counts are exact.
    pub margins: Option<(Vec<f64>, f64)>,
    /// The share of the denominator in the capacity, if the capacity is for more ages than those of
    /// the denominator.
    pub sharing: Option<Sharing>,
}

/// The persons of the denominator, and all persons that a capacity is for; None if one of the
/// numbers is unknown.
pub type AgePart = Option<(Persons, Persons)>;

/// The shares of a denominator in capacities that are for more ages.
#[derive(Debug)]
pub struct Sharing {
    /// The persons of each area.
    pub areas: Vec<AgePart>,
    /// The sums of the areas in which both numbers are known.
    pub total: (Persons, Persons),
    /// The margins of all persons that the capacity is for, as in [`Table`].
    pub margins: Option<(Vec<f64>, f64)>,
}

/// A level with the capacities in its areas.
#[derive(Debug)]
pub struct Supplied {
    /// The points of demand, the areas of the level and the persons.
    pub people: People,
    /// The capacity of each area.
    pub capacities: Vec<Capacity>,
    /// The capacity of the facilities in no area.
    pub elsewhere: Capacity,
    /// The persons by date and denominator.
    pub tables: Vec<Table>,
}

/// The capacities and persons of an answer.
#[derive(Debug)]
pub struct Supply {
    /// The levels of the answer.
    pub levels: Vec<Supplied>,
    /// The capacity of all facilities.
    pub total: Capacity,
    /// The unit of the capacity, such as `Plätze` or `m²`.
    pub unit: String,
    /// The required amount per person, and the rule that requires it.
    pub target: Option<(f64, Option<(String, Rule)>)>,
    /// The ages that the capacity is for.
    pub capacity_ages: Option<Ages>,
    /// The column of the capacity; `area` for m².
    pub capacity_column: String,
    /// The facilities of the question.
    pub facilities: Facilities,
}

/// The name that stands for the area of a facility instead of a column.
const AREA: &str = "area";

/// Answers a question about supply.
///
/// # Errors
///
/// Returns an error if the question contradicts itself, names something that does not exist, or if
/// a collection that it needs is not available.
pub fn supply(data: &PlanningData, question: &Question) -> Result<Supply> {
    let target = question.target.as_ref().map(|wanted| target(data, wanted)).transpose()?;
    let rule = target.as_ref().and_then(|(_, rule)| rule.as_ref());
    let least_area = rule.and_then(|(_, rule)| rule.minimum_area);
    let facilities = facilities::select(data, &question.facilities, least_area)?;
    let measure = Measure::of(data, question, &facilities)?;
    let by_default = [None];
    let all: Vec<Option<&str>> = data.shown_levels().map(Some).collect();
    let one = [question.by.as_deref()];
    let names: &[Option<&str>] = match question.by.as_deref() {
        Some("all") => &all,
        Some(_) => &one,
        None => &by_default,
    };
    let levels =
        names.iter().map(|by| level(data, question, *by, &measure, &facilities)).collect::<Result<_>>()?;
    let mut total = Capacity::default();
    facilities.list.iter().for_each(|facility| total.add(measure.capacity(facility)));
    let (capacity_ages, capacity_column) = (measure.ages, measure.column);
    Ok(Supply { levels, total, unit: measure.unit, target, capacity_ages, capacity_column, facilities })
}

fn target(data: &PlanningData, target: &Target) -> Result<(f64, Option<(String, Rule)>)> {
    let wrong =
        |what: Said| Error::invalid("target", what).hint("a number above 0 for each person, or a rule");
    match target {
        Target::PerPerson(amount) if *amount > 0.0 && amount.is_finite() => Ok((*amount, None)),
        Target::PerPerson(amount) => Err(wrong(said!("{} is no target", amount))),
        Target::Rule(name) => {
            let (id, rule) = rules::find(&data.roles, name)
                .map_err(|error| Error { parameter: Some("target".into()), ..error })?;
            let amount = rule.per_person.as_ref().map(|per_person| per_person.amount);
            let amount =
                amount.ok_or_else(|| wrong(said!("the rule {} says no amount for each person", id)))?;
            Ok((amount, Some((id.to_owned(), rule.clone()))))
        }
    }
}

/// The capacity that counts for each collection.
struct Measure {
    /// The index of the capacity in the role of each collection; None for the area.
    indexes: Option<Vec<usize>>,
    unit: String,
    ages: Option<Ages>,
    column: String,
}

impl Measure {
    fn of(data: &PlanningData, question: &Question, facilities: &Facilities) -> Result<Measure> {
        let roles =
            facilities.collections.iter().map(|loaded| data.roles.facilities.get(&loaded.collection.id));
        let own: Vec<&[catalog::Capacity]> =
            roles.map(|role| role.map(|role| role.capacities.as_slice()).unwrap_or_default()).collect();
        let has_none = own.iter().all(|own| own.is_empty());
        let is_area = match question.capacity.as_deref() {
            Some(name) => name == AREA,
            None => has_none && matches!(question.target, Some(Target::Rule(_))),
        };
        if is_area {
            return Ok(Measure { indexes: None, unit: "m²".into(), ages: None, column: AREA.into() });
        }
        let index = |own: &[catalog::Capacity]| match question.capacity.as_deref() {
            Some(column) => own.iter().position(|capacity| capacity.column == column),
            // Of several capacities, the one for the requested ages is taken, or else the first.
            None => {
                let asked = question.groups.first().map(|ages| Some((ages.from, ages.until)));
                let fitting = asked.and_then(|asked| own.iter().position(|capacity| capacity.ages == asked));
                fitting.or((!own.is_empty()).then_some(0))
            }
        };
        let mut chosen: Vec<(usize, &catalog::Capacity)> = vec![];
        for (own, loaded) in own.iter().zip(&facilities.collections) {
            let found = index(own).and_then(|index| Some((index, own.get(index)?)));
            chosen.push(found.ok_or_else(|| no_capacity(question, own, &loaded.collection.id))?);
        }
        let [(_, first), rest @ ..] = chosen.as_slice() else {
            return Err(Error::invalid("capacity", "there is no collection"));
        };
        if rest.iter().any(|(_, other)| (&other.unit, other.ages) != (&first.unit, first.ages)) {
            let what = "the capacities of these collections count other things, or are for other ages";
            return Err(Error::invalid("capacity", what).hint("ask for each collection alone"));
        }
        let ages = first.ages.map(Ages::from);
        let indexes = chosen.iter().map(|(index, _)| *index).collect();
        Ok(Measure { indexes: Some(indexes), unit: first.unit.clone(), ages, column: first.column.clone() })
    }

    fn capacity(&self, facility: &Facility) -> Option<f64> {
        match &self.indexes {
            Some(indexes) => facility.capacities.get(*indexes.get(facility.collection)?).copied().flatten(),
            None => Some(facility.place.area()).filter(|area| *area > 0.0),
        }
    }
}

fn no_capacity(question: &Question, own: &[catalog::Capacity], collection: &str) -> Error {
    let known: Vec<&str> = own.iter().map(|capacity| capacity.column.as_str()).collect();
    let what = match question.capacity.as_deref() {
        Some(column) => said!("no capacity {:?} of {:?} is configured", column, collection),
        None => said!("no capacity of {:?} is configured", collection),
    };
    let section = format!("[roles.facilities.{collection}]");
    let hint = said!("known: {}; capacities are named under {}; {} is m²", known.join(", "), section, AREA);
    Error::invalid("capacity", what).hint(hint)
}

fn level(
    data: &PlanningData,
    question: &Question,
    by: Option<&str>,
    measure: &Measure,
    facilities: &Facilities,
) -> Result<Supplied> {
    let parse = |text: &str| {
        text.parse::<Date>().map_err(|_| {
            Error::invalid("date", said!("{:?} is no date", text)).hint("such as 2012-12-31, or all")
        })
    };
    let dates: Vec<Option<Date>> = match question.date.as_deref() {
        Some("all") => data.population()?.dates.iter().copied().map(Some).collect(),
        Some(text) => vec![Some(parse(text)?)],
        None => vec![None],
    };
    let people = People::of(data, dates.last().copied().flatten(), by)?;
    let mut capacities = vec![Capacity::default(); people.level.areas.len()];
    let mut elsewhere = Capacity::default();
    for facility in &facilities.list {
        let point = facility.place.point();
        let area = people.level.areas.iter().position(|area| area.contains(point));
        let of = area.and_then(|area| capacities.get_mut(area)).unwrap_or(&mut elsewhere);
        of.add(measure.capacity(facility));
    }
    let denominators: Vec<Option<Ages>> = match (question.groups.as_slice(), measure.ages) {
        ([], own) => vec![own],
        (asked, _) => asked.iter().copied().map(Some).collect(),
    };
    let mut tables = vec![];
    for date in dates {
        let of_date = People::of(data, date, by)?;
        for ages in &denominators {
            tables.push(table(&of_date, *ages, measure.ages)?);
        }
    }
    Ok(Supplied { people, capacities, elsewhere, tables })
}

impl Supply {
    /// Returns whether persons or facilities are in no area.
    pub fn has_elsewhere(&self) -> bool {
        let has_some = |level: &Supplied| {
            level.elsewhere.facilities > 0 || level.tables.iter().any(|table| table.elsewhere.0 > 0.0)
        };
        self.levels.iter().any(has_some)
    }
}

/// Returns the persons of a denominator by area. On the level of the population they are the
/// published numbers, on other levels the sums of points of demand.
fn table(people: &People, ages: Option<Ages>, capacity: Option<Ages>) -> Result<Table> {
    let groups = people.groups(ages).map_err(|error| Error { parameter: Some("groups".into()), ..error })?;
    let (persons, total) = counted(people, &groups);
    let is_part = |capacity: &Ages| {
        groups.iter().all(|group| capacity.contains(group)) && spans(&groups) != [*capacity]
    };
    // If the ages of the capacity are not published groups, the share of the denominator is
    // unknown.
    let all = capacity.filter(is_part).and_then(|capacity| people.groups(Some(capacity)).ok());
    let sharing = all.map(|all| {
        let margins = of_areas(people, &all);
        let (all, _) = counted(people, &all);
        let areas: Vec<AgePart> = persons.iter().zip(all).map(|(own, all)| (*own).zip(all)).collect();
        let known = areas.iter().flatten();
        let total =
            known.fold(Default::default(), |sum: (Persons, Persons), own| (sum.0 + own.0, sum.1 + own.1));
        Sharing { areas, total, margins }
    });
    let rest = total - persons.iter().flatten().copied().sum();
    let elsewhere = if rest.0 > 1e-6 { rest } else { Persons::default() };
    let margins = of_areas(people, &groups);
    let by = people.by.clone();
    Ok(Table { groups, date: people.date, by, persons, total, elsewhere, margins, sharing })
}

/// Returns the persons of some age groups by area and in total.
fn counted(people: &People, groups: &[Ages]) -> (Vec<Option<Persons>>, Persons) {
    let published = people.published(groups);
    let is_base = people.level.areas.len() == people.base.areas.len()
        && people.level.areas.iter().zip(&people.base.areas).all(|(left, right)| left.id == right.id);
    let persons = match is_base {
        true => published.iter().map(|persons| persons.map(Persons)).collect(),
        false => at_points(people, groups, &people.level),
    };
    (persons, published.iter().flatten().copied().map(Persons).sum())
}

fn at_points(people: &People, groups: &[Ages], level: &Level) -> Vec<Option<Persons>> {
    let mut sums = vec![Persons::default(); level.areas.len()];
    for (persons, area) in people.at_points(groups).iter().zip(&level.members) {
        if let Some(sum) = sums.get_mut(*area as usize) {
            *sum += Persons(*persons);
        }
    }
    sums.into_iter().map(Some).collect()
}

/// How supply stands to its target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Light {
    /// At least the target.
    Green,
    /// At least four fifths of it.
    Yellow,
    /// Less.
    Red,
}

/// The share of the target from which the light is yellow.
pub const YELLOW: f64 = 0.8;

impl Light {
    /// Returns the light for an amount per person.
    ///
    /// ```
    /// use veedel::plan::supply::Light;
    ///
    /// assert_eq!(Light::of(0.4, 0.5), Light::Yellow);
    /// ```
    pub fn of(ratio: f64, target: f64) -> Light {
        match ratio / target {
            part if part >= 1.0 => Light::Green,
            part if part >= YELLOW => Light::Yellow,
            _ => Light::Red,
        }
    }
}
