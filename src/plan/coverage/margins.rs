//! The uncertainty of protected counts of persons within reach.

use crate::plan::areas::OUTSIDE;
use crate::plan::margin::{CellMembership, START, Uncertainty, beyond, uncertainties};
use crate::plan::people::People;
use crate::plan::step::{SAME, Step};

/// The uncertainty of the counts of each area, and of all areas together.
#[derive(Clone, Debug)]
pub struct Margins {
    /// The step of the counts in persons.
    pub step: f64,
    /// The uncertainty of each area of the requested level, in its order.
    pub areas: Vec<Uncertain>,
    /// The uncertainty of all areas together.
    pub total: Uncertain,
    /// The length of the way of each cell in metres, by step.
    ways: Vec<(Step, Vec<Option<f64>>)>,
}

/// The uncertainty of the numbers of a split.
#[derive(Clone, Copy, Debug, Default)]
pub struct Uncertain {
    /// The uncertainty of all persons.
    pub persons: Uncertainty,
    /// The uncertainty of the persons within reach on the network.
    pub covered: Uncertainty,
    /// The uncertainty of the persons not within reach.
    pub uncovered: Uncertainty,
}

impl Margins {
    /// Returns margins of zero, to which steps are added; None if counts are exact.
    pub(super) fn of(people: &People) -> Option<Margins> {
        let areas = vec![Uncertain::default(); people.level.areas.len()];
        people.step().map(|step| Margins { step, areas, total: Uncertain::default(), ways: vec![] })
    }

    /// Adds a step. `ways` contains the length of the way of each cell in metres.
    pub(super) fn add(&mut self, people: &People, step: &Step, ways: Vec<Option<f64>>) {
        let way = |cell: usize| ways.get(cell).copied().flatten();
        let beyond = |cell: usize| beyond(way(cell), step.limit, START);
        let is_covered = |cell: usize| is_near(way(cell), step.limit);
        let area = |cell: usize| area(people, cell);
        let add = |rows: &mut [Uncertain], row: &dyn Fn(usize) -> Option<usize>| {
            let of = |is_inside: &dyn Fn(usize) -> bool, beyond: &dyn Fn(usize) -> f64| {
                let membership = |cell| CellMembership {
                    row: row(cell),
                    is_inside: is_inside(cell),
                    beyond: beyond(cell),
                };
                uncertainties(people, &step.groups, rows.len(), membership)
            };
            let persons = of(&|_| true, &|_| 0.0);
            let covered = of(&is_covered, &beyond);
            let uncovered = of(&|cell| !is_covered(cell), &beyond);
            let parts = persons.into_iter().zip(covered).zip(uncovered);
            for (own, ((persons, covered), uncovered)) in rows.iter_mut().zip(parts) {
                own.persons += persons;
                own.covered += covered;
                own.uncovered += uncovered;
            }
        };
        add(&mut self.areas, &area);
        add(std::slice::from_mut(&mut self.total), &|_| Some(0));
        self.ways.push((step.clone(), ways));
    }

    /// Returns the uncertainty of the number of persons that a change brings within reach or out of
    /// it, by area and in total. Only cells that change sides contribute, because the errors of all
    /// others are the same before and after.
    pub(super) fn of_difference(&self, before: &Margins, people: &People) -> (Vec<Uncertainty>, Uncertainty) {
        let mut areas = vec![Uncertainty::default(); self.areas.len()];
        let mut total = [Uncertainty::default()];
        for ((step, after), (_, before)) in self.ways.iter().zip(&before.ways) {
            let ways = |cell: usize| [before, after].map(|ways| ways.get(cell).copied().flatten());
            let changes = |cell: usize| {
                let [before, after] = ways(cell);
                is_near(before, step.limit) != is_near(after, step.limit)
            };
            let beyond = |cell: usize| match ways(cell) {
                [before, after] if before == after => 0.0,
                both => both.map(|way| beyond(way, step.limit, START)).into_iter().fold(0.0, f64::max),
            };
            let add = |rows: &mut [Uncertainty], row: &dyn Fn(usize) -> Option<usize>| {
                let membership =
                    |cell| CellMembership { row: row(cell), is_inside: changes(cell), beyond: beyond(cell) };
                let more = uncertainties(people, &step.groups, rows.len(), membership);
                rows.iter_mut().zip(more).for_each(|(own, more)| *own += more);
            };
            add(&mut areas, &|cell| area(people, cell));
            add(&mut total, &|_| Some(0));
        }
        let [total] = total;
        (areas, total)
    }
}

fn is_near(way: Option<f64>, limit: f64) -> bool {
    way.is_some_and(|way| way <= limit + SAME)
}

/// Returns the index of the area of the requested level that contains a cell.
fn area(people: &People, cell: usize) -> Option<usize> {
    let area = people.level.members.get(cell).copied().filter(|area| *area != OUTSIDE);
    area.map(|area| area as usize)
}
