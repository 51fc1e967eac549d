//! Where people live and how many: points of demand, areas, and the persons of a date, as one
//! question needs them.

use std::sync::Arc;

use jiff::civil::Date;

use super::ages::{Ages, all_groups, whole_groups};
use super::areas::Level;
use super::planning_data::PlanningData;
use super::controlled_rounding::on_cells;
use super::demand::Demand;
use super::disclosure::Disclosure;
use super::population::Population;
use crate::error::Result;

/// The people of a question.
#[derive(Clone, Debug)]
pub struct People {
    /// Where they live.
    pub demand: Arc<Demand>,
    /// The areas of the population.
    pub base: Arc<Level>,
    /// The areas asked for.
    pub level: Arc<Level>,
    /// Their name; empty where there are none.
    pub by: String,
    /// The persons.
    pub population: Arc<Population>,
    /// The date of the persons.
    pub date: Date,
    disclosure: Disclosure,
}

impl People {
    /// The people of a date (the latest without it), by a level of areas (that of the population
    /// without it, or where that is hidden by none).
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

    /// The published groups that make up the ages asked for; without them all that there are.
    pub fn groups(&self, asked: Option<Ages>) -> Result<Vec<Ages>> {
        let groups = self.population.groups_of(self.date);
        let asked = asked.unwrap_or(Ages::ALL);
        // Everybody is whoever is in some published group.
        let chosen = match asked == Ages::ALL {
            true => all_groups(&groups),
            false => whole_groups(&groups, asked)?,
        };
        Ok(chosen.into_iter().filter_map(|index| groups.get(index).copied()).collect())
    }

    /// The persons of some groups in each area of the population, as they may be counted with
    /// (recoded, where counts are protected); None where one has no number.
    pub fn published(&self, groups: &[Ages]) -> Vec<Option<f64>> {
        self.population.persons(self.date, groups, self.base.areas.len())
    }

    /// The persons of some groups at each point of demand: in fractions, or in whole steps where
    /// counts are protected. There each group is placed by itself, so that whatever groups are
    /// asked for together, their sums are the same.
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

    /// The step in which persons are counted; None where counts are exact.
    pub fn step(&self) -> Option<f64> {
        self.disclosure.step()
    }

    /// The areas of the table of population that no level has, so that their persons are missing.
    /// Rows for areas of another level are a second way to say the same persons.
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
