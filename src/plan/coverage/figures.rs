//! The figures of an answer about coverage, in the form in which they may be published.

use super::counting::Coverage;
use super::document::{CoverageFigures, OfArea, OfParent, OfStep};
use super::margins::{Margins, Uncertain};
use crate::error::{Error, Result, Said, said};
use crate::plan::answer::NamedArea;
use crate::plan::disclosure::{Disclosure, PublishedMargin, PublishedSplit};
use crate::plan::parents::Parents;
use crate::plan::persons::Split;
use crate::plan::step::Step;

/// The level above the areas of the answer.
pub(super) struct Above<'a> {
    pub parents: Option<&'a Parents>,
    /// Whether the question asks for the figures of this level.
    pub rolls_up: bool,
}

/// Checks that an answer may contain the figures of the level above. If counts are protected it may
/// not, because a table in which some rows are sums of others would need a protection of its own.
/// The level above can be asked for separately.
///
/// # Errors
///
/// Returns an error if counts are protected, or if there is no level above.
pub(super) fn may_roll_up(parents: Option<&Parents>, disclosure: Disclosure) -> Result<()> {
    let wrong = |what: Said, hint: Said| Err(Error::invalid("rollup", what).hint(hint));
    match (parents, disclosure) {
        (None, _) => wrong(
            said!("no level above these areas is configured"),
            said!("name it as parent under [roles.areas]"),
        ),
        (Some(_), Disclosure::Exact) => Ok(()),
        (Some(parents), _) => wrong(
            said!("small counts are protected here, so areas and those above come in answers of their own"),
            said!("ask with by={}", parents.level),
        ),
    }
}

/// The published figures.
pub(super) struct Figures {
    pub total: PublishedSplit,
    pub areas: Vec<PublishedSplit>,
    /// The figures of persons in no area, if there are any.
    pub elsewhere: Option<PublishedSplit>,
    /// The figures of the areas of the level above; empty unless the question asks for them.
    pub parents: Vec<PublishedSplit>,
    steps: Vec<PublishedSplit>,
}

impl Figures {
    pub fn of(answer: &Coverage, disclosure: Disclosure, above: &Above<'_>) -> Figures {
        // Persons in no area form an additional row. So rows and total add up, and their difference
        // reveals nothing.
        let is_whole = answer.elsewhere.persons.0 <= 1e-9;
        let rows: Vec<Split> =
            answer.areas.iter().copied().chain((!is_whole).then_some(answer.elsewhere)).collect();
        let (whole, _) = disclosure.whole(&rows, answer.total);
        let (mut areas, total) = disclosure.splits(&rows, answer.total);
        let elsewhere = if is_whole { None } else { areas.pop() };
        let steps: Vec<_> = answer.steps.iter().map(|(_, split)| *split).collect();
        let (steps, _) = disclosure.splits(&steps, answer.total);
        let mut total = total;
        if let Some(margins) = &answer.margins {
            for (split, own) in areas.iter_mut().zip(&margins.areas) {
                split.margin = margin(split, own, margins);
            }
            total.margin = margin(&total, &margins.total, margins);
        }
        let parents = match above.parents.filter(|_| above.rolls_up) {
            None => vec![],
            Some(parents) => disclosure.splits(&sums(parents, &whole), answer.total).0,
        };
        Figures { total, areas, elsewhere, parents, steps }
    }

    pub fn document(&self, answer: &Coverage, above: &Above<'_>) -> CoverageFigures {
        let step = |((step, _), split): (&(Step, Split), &PublishedSplit)| OfStep {
            distance: step.limit,
            groups: step.groups.iter().map(ToString::to_string).collect(),
            split: *split,
        };
        let rolled_up = above.parents.filter(|_| above.rolls_up);
        let areas = answer.inputs.people.level.areas.iter().zip(&self.areas).enumerate();
        CoverageFigures {
            total: self.total,
            steps: (answer.steps.len() > 1).then(|| answer.steps.iter().zip(&self.steps).map(step).collect()),
            parents: rolled_up.map(|parents| {
                let named = parents.areas.iter().zip(&self.parents);
                named
                    .map(|((id, name), split)| OfParent { area: NamedArea::new(id, name), split: *split })
                    .collect()
            }),
            areas: areas
                .map(|(index, (area, split))| OfArea {
                    area: NamedArea::new(&area.id, &area.name),
                    parent: above
                        .parents
                        .and_then(|parents| parents.parent(index))
                        .map(|(id, name)| NamedArea::new(id, name)),
                    split: *split,
                })
                .collect(),
            in_no_area: self.elsewhere,
        }
    }
}

/// Returns the margins of a split; None if its parts are suppressed.
fn margin(split: &PublishedSplit, own: &Uncertain, margins: &Margins) -> Option<PublishedMargin> {
    split.uncovered.value().map(|_| PublishedMargin {
        persons: own.persons.margin(margins.step),
        covered: own.covered.margin(margins.step),
        uncovered: own.uncovered.margin(margins.step),
    })
}

/// Returns the sums of the areas that belong to each parent.
fn sums(parents: &Parents, areas: &[Split]) -> Vec<Split> {
    let mut sums = vec![Split::default(); parents.areas.len()];
    for (parent, split) in parents.of.iter().zip(areas) {
        if let Some(sum) = parent.and_then(|parent| sums.get_mut(parent)) {
            *sum = *sum + *split;
        }
    }
    sums
}
