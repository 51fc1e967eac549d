//! The people of a question: points of demand, areas, and the persons of a date.

use std::sync::Arc;

use jiff::civil::Date;

use super::ages::{Ages, all_groups, whole_groups};
use super::areas::Level;
use super::controlled_rounding::on_cells;
use super::demand::Demand;
use super::disclosure::Disclosure;
use super::planning_data::PlanningData;
use super::population::Population;
use crate::error::Result;

/// The people of a question.
#[derive(Clone, Debug)]
pub struct People {
    /// The points of demand, or cells if counts are protected.
    pub demand: Arc<Demand>,
    /// The areas of the population.
    pub base: Arc<Level>,
    /// The areas of the requested level.
    pub level: Arc<Level>,
    /// The name of the requested level; empty if there is none.
    pub by: String,
    /// The table of population.
    pub population: Arc<Population>,
    /// The date of the persons.
    pub date: Date,
    disclosure: Disclosure,
}

impl People {
    /// Returns the people of a date, by a level of areas. Without a date it is the latest one.
    /// Without a level it is that of the population, or none if that is hidden.
    ///
    /// # Errors
    ///
    /// Returns an error if the date or the level does not exist, or if a collection is not
    /// available.
    pub fn of(data: &PlanningData, date: Option<Date>, by: Option<&str>) -> Result<People> {
        let count = data.count();
        let population = data.population()?;
        let by = by.or_else(|| data.shown_base());
        let demand = data.demand(count)?;
        Ok(People {
            level: match by {
                Some(by) => data.shown_level(by, count)?,
                None => Arc::new(Level::of_none(demand.points.len())),
            },
            by: by.unwrap_or_default().to_owned(),
            demand,
            base: data.base(count)?,
            date: population.date(date)?,
            population,
            disclosure: data.disclosure(),
        })
    }

    /// Returns the published age groups that together are the ages `asked`; without them, all
    /// groups.
    ///
    /// # Errors
    ///
    /// Returns an error if the ages are not a union of published groups.
    pub fn groups(&self, asked: Option<Ages>) -> Result<Vec<Ages>> {
        let groups = self.population.groups_of(self.date);
        let asked = asked.unwrap_or(Ages::ALL);
        // All persons are those in any of the published groups.
        let chosen = match asked == Ages::ALL {
            true => all_groups(&groups),
            false => whole_groups(&groups, asked)?,
        };
        Ok(chosen.into_iter().filter_map(|index| groups.get(index).copied()).collect())
    }

    /// Returns the persons of some age groups in each area of the population, recoded if counts are
    /// protected; None for an area without a number.
    pub fn published(&self, groups: &[Ages]) -> Vec<Option<f64>> {
        self.population.persons(self.date, groups, self.base.areas.len())
    }

    /// Returns the persons of some age groups at each point of demand: fractions, or whole steps if
    /// counts are protected. In the latter case each group is distributed separately, so that the
    /// sums are the same in whatever combination groups are requested.
    pub fn at_points(&self, groups: &[Ages]) -> Vec<f64> {
        let Some(step) = self.disclosure.step() else {
            return self.demand.spread(&self.base, &self.published(groups));
        };
        let mut sums = vec![0.0; self.demand.points.len()];
        for group in groups {
            let number = self.population.groups.iter().position(|known| known == group).unwrap_or(0);
            let persons = self.published(&[*group]);
            let placed = on_cells(&self.demand.weights, &self.base.members, &persons, step, number % 2 == 1);
            sums.iter_mut().zip(placed).for_each(|(sum, placed)| *sum += placed);
        }
        sums
    }

    /// Returns the step of counts in persons; None if they are exact.
    pub fn step(&self) -> Option<f64> {
        self.disclosure.step()
    }

    /// Returns the ids of areas in the table of population that are in no level, so that their
    /// persons are missing. Areas of another level are not returned, because their persons are also
    /// counted in this one.
    pub fn areas_nowhere(&self, data: &PlanningData) -> Vec<String> {
        let levels: Vec<_> =
            data.shown_levels().filter_map(|level| data.level(level, data.count()).ok()).collect();
        let is_known = |id: &String| levels.iter().any(|level| level.find(id).is_some());
        match data.shown_base() {
            _ if self.population.others_are_sums => vec![],
            None => vec![],
            Some(_) => self.population.other_areas.iter().filter(|id| !is_known(id)).cloned().collect(),
        }
    }
}
