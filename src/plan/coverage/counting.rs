//! Counts the persons with a facility within reach.

use crate::plan::step::{SAME, Step};
use std::collections::BTreeMap;
use std::sync::Arc;

use super::margins::Margins;
use super::question::Question;
use crate::error::{Error, Result, said};
use crate::plan::ages::{Ages, groups_inside};
use crate::plan::approach::Approach;
use crate::plan::areas::OUTSIDE;
use crate::plan::cells::Cell;
use crate::plan::demand::Demand;
use crate::plan::facilities::{Facilities, OffNetwork};
use crate::plan::margin::START;
use crate::plan::network::{DistanceField, Network};
use crate::plan::people::People;
use crate::plan::persons::{Persons, Split};
use crate::plan::planning_data::{Count, PlanningData};
use crate::plan::question::{Limit, PUBLISHED};
use crate::plan::routable_graph::RoutableGraph;
use crate::plan::{cells, facilities, rules};
use crate::work::{look, together};

/// The counts of an answer, before they are protected.
#[derive(Debug)]
pub struct Coverage {
    /// The numbers of all persons.
    pub total: Split,
    /// The persons of each step of a rule.
    pub steps: Vec<(Step, Split)>,
    /// The persons of each area of the requested level, in its order.
    pub areas: Vec<Split>,
    /// The persons in no area of this level.
    pub elsewhere: Split,
    /// The persons without a facility within reach on the network, by cell.
    pub unserved: BTreeMap<Cell, Persons>,
    /// The facilities of the question.
    pub facilities: Facilities,
    /// The facilities that are not near the network.
    pub off_network: OffNetwork,
    /// The number of points that are not near the network, and their persons.
    pub not_snapped: (usize, Persons),
    /// The persons in components of the network without facilities.
    pub cut_off: Persons,
    /// Areas of the population's level that have persons but no point of demand: id, name, persons.
    pub not_spread: Vec<(String, String, Persons)>,
    /// The ids of areas of the population's level without a number.
    pub unknown: Vec<String>,
    /// The uncertainty of protected counts; None if counts are exact.
    pub margins: Option<Margins>,
    /// The data that the answer was counted from.
    pub inputs: CoverageInputs,
}

/// The data that a question about coverage is answered from: people, network and routable graph.
#[derive(Clone, Debug)]
pub struct CoverageInputs {
    /// The points of demand, the areas and the persons.
    pub people: People,
    /// All edges, open or closed.
    pub network: Arc<Network>,
    /// The edges that are open to the profile, with the points of demand on them.
    pub routable: Arc<RoutableGraph>,
}

impl CoverageInputs {
    /// Takes what the question needs from the planning data.
    ///
    /// # Errors
    ///
    /// Returns an error if a collection is not configured or not loaded, or if the date or the
    /// level of the question does not exist.
    pub fn of(data: &PlanningData, question: &Question) -> Result<CoverageInputs> {
        Ok(CoverageInputs {
            people: People::of(data, question.date, question.by.as_deref())?,
            network: data.network()?,
            routable: data.routable_graph(question.profile, data.count())?,
        })
    }
}

/// Answers a question about coverage.
///
/// # Errors
///
/// Returns an error if the question contradicts itself, names something that does not exist, or
/// exceeds a limit, and if a collection that it needs is not available. If counts are protected,
/// only the distances in [`PUBLISHED`] may be asked for.
pub fn coverage(data: &PlanningData, question: &Question) -> Result<Coverage> {
    let limit = question.within.limit(question.profile, data)?;
    let inputs = CoverageInputs::of(data, question)?;
    let steps = steps(&limit, question, &inputs)?;
    if data.count() == Count::Cells {
        steps.iter().try_for_each(|step| published(step.limit))?;
    }
    let least_area = match limit {
        Limit::Rule(_, rule) => rule.minimum_area,
        Limit::Distance(_) => None,
    };
    let facilities = facilities::select(data, &question.facilities, least_area)?;
    Ok(count(data, inputs, steps, facilities))
}

/// Counts the persons within reach of the given facilities, step by step.
pub fn count(
    data: &PlanningData,
    inputs: CoverageInputs,
    steps: Vec<Step>,
    facilities: Facilities,
) -> Coverage {
    let (accesses, off_network) = facilities.accesses(&inputs.routable.graph.index, data.roles.snapping);
    let own = inputs.clone();
    let list = facilities.clone();
    let approach = Approach::of(&own.network, &own.routable, &own.people.demand, &list, &accesses);
    let mut answer = Coverage {
        total: Split::default(),
        steps: vec![],
        areas: vec![Split::default(); inputs.people.level.areas.len()],
        elsewhere: Split::default(),
        unserved: BTreeMap::new(),
        off_network,
        not_snapped: (inputs.routable.snaps.iter().filter(|snap| snap.is_none()).count(), Persons::default()),
        cut_off: Persons::default(),
        not_spread: vec![],
        unknown: vec![],
        margins: Margins::of(&inputs.people),
        facilities,
        inputs,
    };
    for step in steps {
        let inputs = answer.inputs.clone();
        let published = inputs.people.published(&step.groups);
        let persons = inputs.people.at_points(&step.groups);
        // The margins also need ways that are slightly longer than the limit.
        let more = if answer.margins.is_some() { START } else { SAME };
        let field = DistanceField::new(&inputs.network, &inputs.routable.graph, &accesses, step.limit + more);
        look();
        let snaps = &inputs.routable.snaps;
        let way = |_: &mut (), index: usize| approach.way(&field, index).map(|(distance, _)| distance);
        let ways: Vec<Option<f64>> = together(snaps.len(), || (), way);
        let is_near = |way: &Option<f64>| way.is_some_and(|distance| distance <= step.limit + SAME);
        let covered: Vec<bool> = ways.iter().map(is_near).collect();
        if let Some(margins) = &mut answer.margins {
            margins.add(&inputs.people, &step, ways);
        }
        let airline = airline(&inputs.people.demand, &answer.facilities, &answer.off_network, step.limit);
        answer.add(step, &persons, &covered, &airline);
        answer.note_what_is_left_out(&published);
        let lost = approach.cut_off.iter().filter_map(|index| persons.get(*index as usize));
        answer.cut_off += lost.map(|persons| Persons(*persons)).sum();
    }
    answer
}

/// Returns for each point of demand whether it is within the straight distance `limit` of a
/// facility, in metres.
fn airline(demand: &Demand, facilities: &Facilities, off_network: &OffNetwork, limit: f64) -> Vec<bool> {
    let mut near = vec![false; demand.points.len()];
    // Facilities that are not near the network are left out here as well, so that both figures are
    // about the same facilities.
    let counted = (0..).zip(&facilities.list).filter(|(index, _)| !off_network.none.contains(index));
    for (_, facility) in counted {
        look();
        let extent = facility.place.extent().grown(limit);
        demand.grid().within(&extent, |index| {
            if let (Some(near), Some(point)) =
                (near.get_mut(index as usize), demand.points.get(index as usize))
                && !*near
                && extent.contains(*point)
            {
                *near = facility.place.distance(*point) <= limit + SAME;
            }
        });
    }
    near
}

impl Coverage {
    /// Returns the age groups that are counted in any step.
    pub fn counted_ages(&self) -> Vec<Ages> {
        self.steps.iter().flat_map(|(step, _)| step.groups.iter().copied()).collect()
    }

    fn add(&mut self, step: Step, persons: &[f64], covered: &[bool], airline: &[bool]) {
        let inputs = self.inputs.clone();
        let mut sum = Split::default();
        let rows = persons.iter().zip(covered.iter().zip(airline)).zip(inputs.people.level.members.iter());
        for ((index, ((persons, (covered, airline)), area)), snap) in
            (0..).zip(rows).zip(&inputs.routable.snaps)
        {
            if *persons <= 0.0 {
                continue;
            }
            let of = |is: &bool| Persons(if *is { *persons } else { 0.0 });
            let own = Split { persons: Persons(*persons), covered: of(covered), airline: of(airline) };
            sum = sum + own;
            match self.areas.get_mut(*area as usize) {
                Some(area) => *area = *area + own,
                None => self.elsewhere = self.elsewhere + own,
            }
            debug_assert!(*area != OUTSIDE || self.elsewhere.persons.0 > 0.0);
            if !covered && let Some(point) = inputs.people.demand.points.get::<usize>(index) {
                *self.unserved.entry(cells::cell_of(*point)).or_default() += Persons(*persons);
            }
            if snap.is_none() {
                self.not_snapped.1 += Persons(*persons);
            }
        }
        self.total = self.total + sum;
        self.steps.push((step, sum));
    }

    fn note_what_is_left_out(&mut self, published: &[Option<f64>]) {
        let base = self.inputs.people.base.clone();
        let weights = self.inputs.people.demand.area_weights(&base);
        for ((area, persons), weight) in base.areas.iter().zip(published).zip(weights) {
            match persons {
                None if !self.unknown.contains(&area.id) => self.unknown.push(area.id.clone()),
                Some(persons) if *persons > 0.0 && weight <= 0.0 => {
                    match self.not_spread.iter_mut().find(|(id, _, _)| *id == area.id) {
                        Some((_, _, sum)) => *sum += Persons(*persons),
                        None => self.not_spread.push((area.id.clone(), area.name.clone(), Persons(*persons))),
                    }
                }
                _ => {}
            }
        }
    }
}

/// Returns the steps of a question: the limits in metres, each with its age groups.
///
/// # Errors
///
/// Returns an error if the requested ages are not a union of published groups, or if a rule applies
/// to none of them.
pub fn steps(limit: &Limit<'_>, question: &Question, inputs: &CoverageInputs) -> Result<Vec<Step>> {
    let groups = inputs.people.population.groups_of(inputs.people.date);
    let pick = |indexes: Vec<usize>| indexes.iter().filter_map(|index| groups.get(*index).copied()).collect();
    match limit {
        Limit::Distance(limit) => {
            let chosen = inputs.people.groups(question.group.ages)?;
            Ok(vec![Step { limit: *limit, groups: chosen, ages: None, cut: vec![] }])
        }
        Limit::Rule(id, rule) => {
            let asked = question.group.ages.unwrap_or(Ages::ALL);
            let steps: Vec<Step> = rule
                .steps
                .iter()
                .filter_map(|step| {
                    let own = rules::ages(step);
                    let ages = Ages { from: own.from.max(asked.from), until: own.until.min(asked.until) };
                    let (inside, cut) = groups_inside(&groups, ages);
                    let (chosen, cut): (Vec<Ages>, Vec<Ages>) = (pick(inside), pick(cut));
                    let step = Step { limit: step.distance, groups: chosen, ages: Some(own), cut };
                    (ages.from < ages.until).then_some(step)
                })
                .collect();
            match steps.iter().any(|step| !step.groups.is_empty()) {
                true => Ok(steps),
                false => Err(Error::invalid(
                    "group",
                    said!("no published group lies wholly inside the ages of {}", id),
                )),
            }
        }
    }
}

/// Checks that a distance in metres may be asked for if counts are protected.
///
/// # Errors
///
/// Returns an error that names the permitted distances.
pub fn published(limit: f64) -> Result<()> {
    if PUBLISHED.iter().any(|known| (known - limit).abs() < 0.5) {
        return Ok(());
    }
    let known = PUBLISHED.map(|known| known.to_string()).join(", ");
    let what = said!("{} m is none of the published distances", format!("{limit:.0}"));
    Err(Error::invalid("within", what)
        .hint(said!("small counts are protected here, and so distances are {} m", known)))
}
