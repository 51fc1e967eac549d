//! The answer of `coverage`: who has a facility within reach, and who has not.

use super::report::{Before, Report};
use serde_json::Value;

use super::counting::{Coverage, coverage};
use super::document::{CoverageAnswer, UnservedPlace, UnservedPlaces};
use super::evidence::evidence;
use super::figures::{Above, Figures, may_roll_up};
use super::question::Question;
use super::table::{features, table};
use crate::catalog::Language;
use crate::error::Result;
use crate::plan::answer::Answer;
use crate::plan::cells::Cell;
use crate::plan::disclosure::{Disclosure, Published};
use crate::plan::margin::Uncertainty;
use crate::plan::outline::degrees;
use crate::plan::parents::Parents;
use crate::plan::persons::Persons;
use crate::plan::reading::Plane;
use crate::plan::warnings::Warnings;
use crate::plan::words::file_name;
use crate::plan::words::kind::Kind;
use crate::plan::{PlanningData, cells, inputs};

/// The maximum number of places without facilities in the JSON. GeoJSON has all of them.
const PLACES: usize = 100;

/// Answers a question about coverage. If facilities are added or removed, the answer contains the
/// figures before and after, and their difference.
///
/// # Errors
///
/// Returns an error if the question is invalid, or if a collection it needs is not available.
pub fn answer(data: &PlanningData, inputs: Value, language: Language) -> Result<Answer> {
    let question: Question = inputs::parse(inputs)?;
    let disclosure = data.disclosure();
    let after = coverage(data, &question)?;
    let parents = Parents::of(data, &after.inputs.people.by)?;
    if question.rollup {
        may_roll_up(parents.as_ref(), disclosure)?;
    }
    let above = Above { parents: parents.as_ref(), rolls_up: question.rollup };
    let figures = Figures::of(&after, disclosure, &above);
    let before = before(data, &question, &after, &above)?;
    let plane = data.plane()?;
    let report = Report {
        data,
        question: &question,
        after: &after,
        figures: &figures,
        before: before.as_ref(),
        above: &above,
        kind: Kind::of(data, &question.facilities),
    };
    let warnings = warnings(&report, disclosure);
    let in_none = figures.elsewhere.map_or(Published::Value(0.0), |own| own.persons);
    let document = CoverageAnswer {
        figures: report.answered(),
        unserved: unserved(&after, disclosure, &plane),
        summary: report.summary(&warnings),
        warnings,
        question: question.clone(),
        evidence: evidence(data, &question, &after, disclosure, in_none),
    };
    let level = data.level_title(&after.inputs.people.by);
    let date = after.inputs.people.date.to_string();
    let name = file_name(&[&report.kind.many(Language::German), &question.within.named(), &level, &date]);
    Answer::new(&document, features(&report, disclosure, &plane), table(&report, language), name)
}

/// Returns the figures without the facilities that the question adds and removes; None if it
/// changes nothing.
fn before(
    data: &PlanningData,
    question: &Question,
    after: &Coverage,
    above: &Above<'_>,
) -> Result<Option<Before>> {
    if question.facilities.changes_nothing() {
        return Ok(None);
    }
    let without = Question { facilities: question.facilities.unchanged(), ..question.clone() };
    let own = coverage(data, &without)?;
    let margins = own.margins.as_ref().zip(after.margins.as_ref());
    let (areas, total) = match margins {
        Some((before, after_margins)) => {
            let (areas, total) = after_margins.of_difference(before, &after.inputs.people);
            let margin = |own: &Uncertainty| Some(own.margin(before.step));
            (areas.iter().map(margin).collect(), margin(&total))
        }
        None => (vec![None; after.areas.len()], None),
    };
    Ok(Some(Before { figures: Figures::of(&own, data.disclosure(), above), areas, total }))
}

fn warnings(report: &Report<'_>, disclosure: Disclosure) -> Warnings {
    let (answer, question, data) = (report.after, report.question, report.data);
    let mut warnings = Warnings::new(data);
    warnings.facilities(&question.facilities, &answer.facilities, &answer.off_network);
    let steps: Vec<_> = answer.steps.iter().map(|(step, _)| step.clone()).collect();
    warnings.rule(data, &question.within, &steps, &answer.inputs.people, &report.kind, disclosure);
    warnings.profile(data, question.profile, question.within.minutes.is_none());
    warnings.people(data, &answer.inputs.people, &answer.counted_ages(), &answer.unknown);
    warnings.outside(report.figures.elsewhere.map_or(Published::Nothing, |own| own.persons));
    warnings.on_a_piece(disclosure.count(answer.cut_off));
    warnings.cut_off(answer.not_snapped.0, disclosure.count(answer.not_snapped.1));
    warnings
}

/// Returns the cells with persons who have no facility within reach, those with the most persons
/// first.
fn unserved(answer: &Coverage, disclosure: Disclosure, plane: &Plane) -> UnservedPlaces {
    let mut all: Vec<_> = answer.unserved.iter().collect();
    all.sort_by(|left, right| {
        right.1.partial_cmp(left.1).unwrap_or(std::cmp::Ordering::Equal).then(left.0.cmp(right.0))
    });
    let place = |(cell, persons): &(&Cell, &Persons)| UnservedPlace {
        centre: plane.lonlat(&[cells::centre(**cell)]).first().map(degrees),
        persons: disclosure.at_place(**persons),
    };
    UnservedPlaces {
        cell_side: cells::SIDE,
        cells: all.len(),
        places: all.iter().take(PLACES).map(place).collect(),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn both_languages_say_the_same_things() {
        crate::plan::words::tests::assert_alike(&crate::plan::coverage::texts::WORDS);
    }
}
