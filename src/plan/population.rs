//! The table of population: persons by area, date and age group.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use super::ages::Ages;
use super::areas::Level;
use super::disclosure::Disclosure;
use super::reading::{number_of, text_of};
use crate::catalog::roles::PopulationRole;
use crate::error::{Error, Result, said};
use crate::layer::{Column, Value, View};

/// The table of population for the areas of one level.
#[derive(Debug, Default)]
pub struct Population {
    /// The dates in ascending order.
    pub dates: Vec<Date>,
    /// The age groups in ascending order.
    pub groups: Vec<Ages>,
    /// The persons by date and group, for each area; None if the table has no number.
    persons: BTreeMap<(Date, Ages), Vec<Option<f64>>>,
    /// The areas of the table that are not in the level. Most of them are in other levels.
    pub other_areas: BTreeSet<String>,
    /// Whether these areas contain the persons of the level once more, like those of a level above.
    pub others_are_sums: bool,
    /// The persons of these areas, if counts are exact.
    elsewhere: BTreeMap<(Date, Ages, String), f64>,
    /// The names of groups from which no ages can be read.
    pub other_groups: BTreeSet<String>,
    /// The number of rows without a number (`*`) or with a negative one.
    pub unknown: usize,
    /// The groups that are left out if counts are protected, because they overlap finer ones and
    /// could be subtracted.
    pub overlapping: BTreeSet<Ages>,
}

/// Returns whether a sum is 0 or a multiple of another one, which is allowed to differ by 0.5.
fn is_multiple(sum: f64, of: f64) -> bool {
    let times = if of > 0.0 { (sum / of).round() } else { 0.0 };
    sum == 0.0 || (times >= 1.0 && (sum - times * of).abs() <= 0.5)
}

impl Population {
    /// Reads the table for the areas of `level`. If counts are protected, only recoded numbers are
    /// kept.
    ///
    /// # Errors
    ///
    /// Returns an error if the layer lacks a column of the role, or if an area has two numbers of
    /// the same kind.
    pub fn read(
        view: &View<'_>,
        role: &PopulationRole,
        level: &Level,
        disclosure: Disclosure,
    ) -> Result<Population> {
        let column = |name: &String| {
            view.column(name).ok_or_else(|| {
                Error::not_found(said!("the collection {:?} has no column {:?}", role.collection, name))
                    .hint("check the columns under [roles.population]")
            })
        };
        let (area, date, group, persons) =
            (column(&role.area)?, column(&role.date)?, column(&role.group)?, column(&role.persons)?);
        let only: Vec<(&Column, &String)> =
            role.only.iter().map(|(name, value)| Ok((column(name)?, value))).collect::<Result<_>>()?;
        let mut table = Population::default();
        let mut totals: BTreeMap<Date, (f64, f64)> = BTreeMap::new();
        for row in 0..view.len() {
            if !only.iter().all(|(column, value)| text_of(column.get(row)).as_ref() == Some(*value)) {
                continue;
            }
            let (Some(id), Some(date), Some(group)) =
                (text_of(area.get(row)), date_of(date.get(row), role.year_means), text_of(group.get(row)))
            else {
                table.unknown += 1;
                continue;
            };
            let Some(ages) = Ages::parse(&group) else {
                table.other_groups.insert(group);
                continue;
            };
            let number = number_of(persons.get(row)).filter(|number| *number >= 0.0);
            let total = totals.entry(date).or_default();
            match level.find(&id) {
                Some(index) => {
                    total.0 += number.unwrap_or(0.0);
                    table.add(date, ages, (index, level), number_of(persons.get(row)), role)?;
                }
                None => {
                    total.1 += number.unwrap_or(0.0);
                    if disclosure == Disclosure::Exact {
                        *table.elsewhere.entry((date, ages, id.clone())).or_default() +=
                            number.unwrap_or(0.0);
                    }
                    table.other_areas.insert(id);
                }
            }
        }
        table.others_are_sums = totals.values().all(|(own, others)| is_multiple(*others, *own));
        table.protect(disclosure);
        table.dates =
            table.persons.keys().map(|(date, _)| *date).collect::<BTreeSet<_>>().into_iter().collect();
        table.groups =
            table.persons.keys().map(|(_, ages)| *ages).collect::<BTreeSet<_>>().into_iter().collect();
        Ok(table)
    }

    /// Returns the persons of some groups in areas that are not in the level; None if counts are
    /// protected.
    pub fn persons_elsewhere(&self, date: Date, groups: &[Ages], ids: &[String]) -> Option<f64> {
        let of = |id: &String| {
            groups.iter().filter_map(|ages| self.elsewhere.get(&(date, *ages, id.clone()))).sum::<f64>()
        };
        (!self.elsewhere.is_empty()).then(|| ids.iter().map(of).sum())
    }

    /// Removes groups that overlap finer ones, and recodes all others, if counts are protected.
    fn protect(&mut self, disclosure: Disclosure) {
        if disclosure == Disclosure::Exact {
            return;
        }
        let mut all: Vec<(Date, Ages)> = self.persons.keys().copied().collect();
        all.sort_by_key(|(date, ages)| (*date, ages.until - ages.from, *ages));
        for (date, ages) in all {
            let is_shared =
                |(other, group): &(Date, Ages)| *other == date && *group != ages && group.overlaps(&ages);
            let is_finer = |group: &Ages| (group.until - group.from, *group) < (ages.until - ages.from, ages);
            if self.persons.keys().any(|key| is_shared(key) && is_finer(&key.1)) {
                self.persons.remove(&(date, ages));
                self.overlapping.insert(ages);
            }
        }
        for (index, numbers) in self.persons.values_mut().enumerate() {
            *numbers = disclosure.at_source(numbers, index % 2 == 1);
        }
    }

    fn add(
        &mut self,
        date: Date,
        ages: Ages,
        (area, level): (usize, &Level),
        persons: Option<f64>,
        role: &PopulationRole,
    ) -> Result<()> {
        let persons = persons.filter(|persons| *persons >= 0.0);
        self.unknown += usize::from(persons.is_none());
        let all = self.persons.entry((date, ages)).or_insert_with(|| vec![None; level.areas.len()]);
        match all.get_mut(area) {
            Some(Some(_)) => {
                let id = level.areas.get(area).map_or("", |area| area.id.as_str());
                let what = said!(
                    "{} has two numbers for area {:?}, ages {}, {}",
                    role.collection,
                    id,
                    ages.to_string(),
                    date.to_string()
                );
                Err(Error::unavailable(what).hint("say under [roles.population.only] which rows count"))
            }
            Some(slot) => {
                *slot = persons;
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// Returns the date `asked`, or the latest one.
    ///
    /// # Errors
    ///
    /// Returns an error if there are no persons of this date.
    pub fn date(&self, asked: Option<Date>) -> Result<Date> {
        let known = || self.dates.iter().map(Date::to_string).collect::<Vec<_>>().join(", ");
        match asked {
            None => {
                self.dates.last().copied().ok_or_else(|| Error::not_found("the table of population is empty"))
            }
            Some(date) if self.dates.contains(&date) => Ok(date),
            Some(date) => {
                Err(Error::invalid("date", said!("there is no population of {}", date.to_string()))
                    .hint(said!("known: {}", known())))
            }
        }
    }

    /// Returns the age groups of a date in ascending order.
    pub fn groups_of(&self, date: Date) -> Vec<Ages> {
        self.persons.keys().filter(|(of, _)| *of == date).map(|(_, ages)| *ages).collect()
    }

    /// Returns the persons of some groups in each area; None if one of the groups has no number.
    pub fn persons(&self, date: Date, groups: &[Ages], areas: usize) -> Vec<Option<f64>> {
        let mut sums = vec![Some(0.0); areas];
        for group in groups {
            let persons = self.persons.get(&(date, *group));
            for (area, sum) in sums.iter_mut().enumerate() {
                let own = persons.and_then(|persons| persons.get(area).copied().flatten());
                *sum = sum.zip(own).map(|(sum, own)| sum + own);
            }
        }
        sums
    }
}

/// Returns a value as a day. The value is a date, a text that contains one, an instant, or a year,
/// for which the month and day are `year_means`.
pub fn date_of(value: Value<'_>, year_means: (i8, i8)) -> Option<Date> {
    let of_year = |year: i64| Date::new(i16::try_from(year).ok()?, year_means.0, year_means.1).ok();
    match value {
        Value::Date(days) => {
            Date::constant(1970, 1, 1).checked_add(jiff::Span::new().try_days(days).ok()?).ok()
        }
        Value::Integer(year) => of_year(year),
        Value::Double(year) if year.fract() == 0.0 => of_year(year as i64),
        Value::Text(text) => match text.trim().parse::<i64>() {
            Ok(year) => of_year(year),
            Err(_) => text.trim().parse().ok(),
        },
        Value::Timestamp(micros) | Value::TimestampWithZone(micros) => {
            let stamp = jiff::Timestamp::from_microsecond(micros).ok()?;
            Some(stamp.to_zoned(jiff::tz::TimeZone::UTC).date())
        }
        _ => None,
    }
}
