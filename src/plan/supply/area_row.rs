//! The rows of an answer about supply.

use super::counting::{Capacity, Light, Supply};
use super::document::{SupplyChange, SupplyRow};
use crate::plan::ages::Ages;
use crate::plan::answer::Scope;
use crate::plan::disclosure::{Disclosure, Published};
use crate::plan::figures::{amount, difference, digits, per_person};

/// One area, all persons in no area, or all of a level, at one date and for one denominator.
pub(super) struct AreaRow {
    pub level: String,
    pub of: Scope,
    /// The index of the area in its level.
    pub area: Option<usize>,
    pub(super) id: Option<String>,
    pub(super) name: Option<String>,
    pub day: jiff::civil::Date,
    pub(super) groups: String,
    pub ages: Vec<Ages>,
    pub capacity: Capacity,
    pub persons: Published,
    pub ratio: Published,
    pub(super) needed: Published,
    pub light: Option<Light>,
    /// The margin of the persons.
    pub margin: Option<f64>,
    /// The margin of the amount per person.
    pub ratio_margin: Option<f64>,
}

pub(super) fn rows(answer: &Supply, disclosure: Disclosure, has_elsewhere: bool) -> Vec<AreaRow> {
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
                let all = shared.map_or(persons, |part| part.map_or(Published::Nothing, |(_, all)| all));
                let (capacity, ratio) = part_of(capacity, persons, shared);
                let margin = |margins: &Option<(Vec<f64>, f64)>| {
                    let (areas, total) = margins.as_ref()?;
                    match (of, area) {
                        (Scope::City, _) => Some(*total),
                        (_, area) => areas.get(area?).copied(),
                    }
                };
                let of_all =
                    margin(table.sharing.as_ref().map_or(&table.margins, |sharing| &sharing.margins));
                let own = area.and_then(|area| level.people.level.areas.get(area));
                AreaRow {
                    level: table.by.clone(),
                    of,
                    area,
                    id: own.map(|area| area.id.clone()),
                    name: own.map(|area| area.name.clone()),
                    day: table.date,
                    groups: groups.join(" + "),
                    ages: table.groups.clone(),
                    capacity,
                    persons,
                    ratio,
                    needed: times(persons, target),
                    margin: margin(&table.margins).filter(|_| persons.value().is_some()),
                    ratio_margin: ratio_margin(ratio, all, of_all),
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

/// Returns the capacity that the persons have, and the amount per person. `shared` contains the
/// persons of the denominator and all persons that the capacity is for. If it is given, the persons
/// have the same share in the capacity as in these persons; otherwise they have all of it.
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

/// Returns the amount per person, from published numbers; [`Published::Nothing`] if no capacity is
/// known.
fn ratio(capacity: &Capacity, persons: Published) -> Published {
    match capacity.facilities > 0 && capacity.known == 0 {
        true => Published::Nothing,
        false => per_person(amount(capacity.sum), persons),
    }
}

/// Returns the margin of the amount per person that results from the margin of the persons; None if
/// there may be nobody.
fn ratio_margin(ratio: Published, persons: Published, margin: Option<f64>) -> Option<f64> {
    let (ratio, persons, margin) = (ratio.value()?, persons.value()?, margin?);
    (persons > margin).then(|| digits(ratio * margin / (persons - margin), 4))
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

impl AreaRow {
    pub(super) fn document(&self) -> SupplyRow {
        SupplyRow {
            level: self.level.clone(),
            scope: self.of,
            id: self.id.clone(),
            name: self.name.clone(),
            date: self.day,
            groups: self.groups.clone(),
            capacity: Published::Value(amount(self.capacity.sum)),
            facilities: self.capacity.facilities,
            known: self.capacity.known,
            persons: self.persons,
            per_person: self.ratio,
            needed: self.needed,
            light: self.light,
            margin: self.margin,
            per_person_margin: self.ratio_margin,
        }
    }

    pub(super) fn difference(&self, before: &AreaRow) -> SupplyChange {
        let change = difference(before.ratio, self.ratio);
        // Both ratios have the same number of persons, so their difference has the same relative
        // error.
        let ratio = self.ratio.value().filter(|ratio| *ratio > 0.0);
        let part = self.ratio_margin.zip(ratio).map(|(margin, ratio)| margin / ratio);
        let mut margin =
            part.zip(change.value()).map(|(part, change)| digits(change.abs() * part, 4)).into_iter();
        SupplyChange {
            level: self.level.clone(),
            id: self.id.clone(),
            name: self.name.clone(),
            date: self.day,
            groups: self.groups.clone(),
            capacity: digits(amount(self.capacity.sum) - amount(before.capacity.sum), 1),
            per_person: change,
            light: [before.light, self.light],
            per_person_margin: margin.next(),
        }
    }
}
