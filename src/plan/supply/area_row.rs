//! The rows of the answer: an area, or all of a level, at one date and for one denominator.

use super::counting::{Capacity, Light, Supply};
use super::document::{SupplyChange, SupplyRow};
use crate::plan::ages::Ages;
use crate::plan::answer::Scope;
use crate::plan::disclosure::{Disclosure, Published};
use crate::plan::figures::{amount, difference, digits, per_person};

/// An area, or all of a level, at one date and for one denominator.
pub(super) struct AreaRow {
    pub level: String,
    pub of: Scope,
    /// The place of an area in its level.
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
    /// How far protected persons may be off, and so the ratio.
    pub margin: Option<f64>,
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

/// What there is for each person, from the published number of persons. Without a single known
/// capacity there is no saying. The part of a capacity that persons have, and what there is for
/// each of them: all of it, or as large a part as they are of all whom it is for; `shared` are
/// both.
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

fn ratio(capacity: &Capacity, persons: Published) -> Published {
    match capacity.facilities > 0 && capacity.known == 0 {
        true => Published::Nothing,
        false => per_person(amount(capacity.sum), persons),
    }
}

/// How much more there may be for each person, where `persons` may be off by a margin. Where there
/// may be nobody, there is no saying.
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
        // Both are of the same persons, so that the difference is off by the same part.
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
