//! `coverage`: who has a facility within reach, and who has not.

use std::sync::LazyLock;

use serde::Serialize;
use serde_json::{Value, json};

use super::{Coverage, Uncertain, coverage};
use crate::catalog::Language;
use crate::encode::table::{Cell, Table};
use crate::error::{Error, Result, Said, said};
use crate::plan::answer::{Answer, Feature, Features, cell, merged, percent};
use crate::plan::disclosure::{Disclosure, Published, PublishedMargin, PublishedSplit, Split};
use crate::plan::figures::difference;
use crate::plan::outline::{Outline, degrees};
use crate::plan::parents::Parents;
use crate::plan::reading::Plane;
use crate::plan::warnings::Warnings;
use crate::plan::words::kind::Kind;
use crate::plan::words::phrases::years;
use crate::plan::words::{Lexicon, file_name};
use crate::plan::{Basis, cells, evidence, inputs, question};

/// The texts of this question.
pub(super) static WORDS: LazyLock<Lexicon> =
    LazyLock::new(|| Lexicon::read(include_str!("de.toml"), include_str!("en.toml")));

/// How many of the unserved places the JSON names; GeoJSON has all.
const PLACES: usize = 100;

/// The answer to a question about coverage. What is added or removed is answered before, after and
/// as a difference.
pub fn answer(basis: &Basis, inputs: Value, language: Language) -> Result<Answer> {
    let question: question::Coverage = inputs::parse(inputs)?;
    let disclosure = basis.disclosure();
    let after = coverage(basis, &question)?;
    let parents = Parents::of(basis, &after.scene.people.by)?;
    if question.rollup {
        may_roll_up(parents.as_ref(), disclosure)?;
    }
    let above = Above { parents: parents.as_ref(), rolls_up: question.rollup };
    let figures = Figures::of(&after, disclosure, &above);
    let before = match question.facilities.changes_nothing() {
        true => None,
        false => {
            let without =
                question::Coverage { facilities: question.facilities.unchanged(), ..question.clone() };
            Some(Figures::of(&coverage(basis, &without)?, disclosure, &above))
        }
    };
    let plane = basis.plane()?;
    let kind = Kind::of(basis, &question.facilities);
    let told = Told {
        basis,
        question: &question,
        after: &after,
        figures: &figures,
        before: before.as_ref(),
        above: &above,
        kind,
    };
    let mut document = match &before {
        Some(before) => json!({
            "before": before.document(&after, &above),
            "after": figures.document(&after, &above),
            "difference": changes(before, &figures, &after),
        }),
        None => figures.document(&after, &above),
    };
    let warnings = warnings(&told, disclosure);
    let more = json!({
        "unserved": unserved(&after, disclosure, &plane),
        "summary": told.summary(&warnings, disclosure),
        "warnings": warnings,
        "question": question,
        "evidence": evidence::coverage(
            basis,
            &question.within,
            question.profile,
            &after,
            disclosure,
            figures.elsewhere.map_or(Published::Value(0.0), |own| own.persons),
        ),
    });
    document = merged(document, more);
    let within = question.within.named();
    let level = basis.level_title(&after.scene.people.by);
    let date = after.scene.people.date.to_string();
    let name = file_name(&[&told.kind.many(Language::German), &within, &level, &date]);
    Ok(Answer {
        document,
        features: features(&told, disclosure, &plane),
        table: table(&told, language),
        name,
        address: String::new(),
    })
}

/// What sentences and tables tell of.
pub(super) struct Told<'a> {
    pub basis: &'a Basis,
    pub question: &'a question::Coverage,
    pub after: &'a Coverage,
    pub figures: &'a Figures,
    pub before: Option<&'a Figures>,
    pub above: &'a Above<'a>,
    pub kind: Kind,
}

fn warnings(told: &Told<'_>, disclosure: Disclosure) -> Warnings {
    let (answer, question, basis) = (told.after, told.question, told.basis);
    let mut warnings = Warnings::new(basis);
    warnings.facilities(&question.facilities, &answer.facilities, &answer.off_network);
    let steps: Vec<_> = answer.steps.iter().map(|(step, _)| step.clone()).collect();
    warnings.rule(basis, &question.within, &steps, &answer.scene.people, &told.kind, disclosure);
    warnings.profile(basis, question.profile, question.within.minutes.is_none());
    warnings.people(basis, &answer.scene.people, &answer.counted_ages(), &answer.unknown);
    warnings.outside(told.figures.elsewhere.map_or(Published::Nothing, |own| own.persons));
    warnings.on_a_piece(disclosure.count(answer.cut_off));
    warnings.cut_off(answer.not_snapped.0, disclosure.count(answer.not_snapped.1));
    warnings
}

/// The level above the areas.
pub(super) struct Above<'a> {
    parents: Option<&'a Parents>,
    /// Whether its figures are asked for.
    rolls_up: bool,
}

/// A protected table whose rows add up to others in it needs a protection of its own; the level
/// above can be asked for alone.
fn may_roll_up(parents: Option<&Parents>, disclosure: Disclosure) -> Result<()> {
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

/// The figures of an answer as they may be seen.
pub(super) struct Figures {
    pub total: PublishedSplit,
    pub areas: Vec<PublishedSplit>,
    /// Of persons in none of the areas, if there are any.
    elsewhere: Option<PublishedSplit>,
    /// Of the level above.
    parents: Vec<PublishedSplit>,
    steps: Vec<PublishedSplit>,
}

impl Figures {
    fn of(answer: &Coverage, disclosure: Disclosure, above: &Above<'_>) -> Figures {
        // Persons in no area are one more row, so that rows and total betray nothing and add up.
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
                split.margin = margin(split, own, margins.step);
            }
            total.margin = margin(&total, &margins.total, margins.step);
        }
        let parents = match above.parents.filter(|_| above.rolls_up) {
            None => vec![],
            Some(parents) => disclosure.splits(&sums(parents, &whole), answer.total).0,
        };
        Figures { total, areas, elsewhere, parents, steps }
    }

    fn document(&self, answer: &Coverage, above: &Above<'_>) -> Value {
        let areas: Vec<Value> = answer
            .scene
            .people
            .level
            .areas
            .iter()
            .zip(&self.areas)
            .enumerate()
            .map(|(index, (area, split))| {
                let mut document = json!({ "id": area.id, "name": area.name });
                if let Some((id, name)) = above.parents.and_then(|parents| parents.parent(index)) {
                    document = merged(document, json!({ "parent": { "id": id, "name": name } }));
                }
                merged(document, json!(split))
            })
            .collect();
        let mut document = json!(self.total);
        if let Some(members) = document.as_object_mut() {
            if answer.steps.len() > 1 {
                let steps = answer.steps.iter().zip(&self.steps).map(|((step, _), split)| {
                    let groups: Vec<String> = step.groups.iter().map(ToString::to_string).collect();
                    merged(json!({ "distance": step.limit, "groups": groups }), json!(split))
                });
                members.insert("steps".into(), steps.collect());
            }
            if let Some(parents) = above.parents.filter(|_| above.rolls_up) {
                let own = parents.areas.iter().zip(&self.parents);
                let rows =
                    own.map(|((id, name), split)| merged(json!({ "id": id, "name": name }), json!(split)));
                members.insert("parents".into(), rows.collect());
            }
            members.insert("areas".into(), json!(areas));
            if let Some(elsewhere) = &self.elsewhere {
                members.insert("inNoArea".into(), json!(elsewhere));
            }
        }
        document
    }
}

/// The margins of a split whose parts are given.
fn margin(split: &PublishedSplit, own: &Uncertain, step: f64) -> Option<PublishedMargin> {
    split.uncovered.value().map(|_| PublishedMargin {
        persons: own.persons.margin(step),
        covered: own.covered.margin(step),
        uncovered: own.uncovered.margin(step),
    })
}

/// The figures of the areas above: those of their parts together.
fn sums(parents: &Parents, areas: &[Split]) -> Vec<Split> {
    let mut sums = vec![Split::default(); parents.areas.len()];
    for (parent, split) in parents.of.iter().zip(areas) {
        if let Some(sum) = parent.and_then(|parent| sums.get_mut(parent)) {
            *sum = *sum + *split;
        }
    }
    sums
}

fn changes(before: &Figures, after: &Figures, answer: &Coverage) -> Value {
    let changed = |before: &PublishedSplit, after: &PublishedSplit| {
        json!({
            "covered": difference(before.covered, after.covered),
            "uncovered": difference(before.uncovered, after.uncovered),
            "share": difference(before.share, after.share),
            "uncoveredShare": difference(before.uncovered_share, after.uncovered_share),
        })
    };
    let pairs = answer.scene.people.level.areas.iter().zip(before.areas.iter().zip(&after.areas));
    let areas: Vec<Value> = pairs
        .filter(|(_, (before, after))| before != after)
        .map(|(area, (before, after))| {
            merged(json!({ "id": area.id, "name": area.name }), changed(before, after))
        })
        .collect();
    merged(changed(&before.total, &after.total), json!({ "areas": areas }))
}

/// The places where the unserved live, the most persons first.
fn unserved(answer: &Coverage, disclosure: Disclosure, plane: &Plane) -> Value {
    let mut all: Vec<_> = answer.unserved.iter().collect();
    all.sort_by(|left, right| {
        right.1.partial_cmp(left.1).unwrap_or(std::cmp::Ordering::Equal).then(left.0.cmp(right.0))
    });
    let places: Vec<Value> = all
        .iter()
        .take(PLACES)
        .map(|(cell, persons)| {
            let centre = plane.lonlat(&[cells::centre(**cell)]);
            json!({ "centre": centre.first().map(degrees), "persons": disclosure.at_place(**persons) })
        })
        .collect();
    json!({ "cellSide": cells::SIDE, "cells": all.len(), "places": places })
}

/// Areas with their figures, and the cells of the unserved.
fn features(told: &Told<'_>, disclosure: Disclosure, plane: &Plane) -> Features {
    let answer = told.after;
    let areas = answer.scene.people.level.areas.iter().zip(&told.figures.areas).enumerate();
    let areas = areas.map(|(index, (area, split))| {
        let mut properties = json!({
            "part": "area", "id": area.id, "name": area.name, "persons": split.persons, "covered": split.covered,
            "uncovered": split.uncovered, "share": split.share, "uncovered_share": split.uncovered_share,
            "airline_share": split.airline.share,
        });
        if told.after.margins.is_some() {
            let margin = split.margin.map(|margin| margin.uncovered);
            properties = merged(properties, json!({ "margin_uncovered": margin }));
        }
        if let Some(before) = told.before.and_then(|before| before.areas.get(index)) {
            properties = merged(properties, json!({
                "before_uncovered": before.uncovered,
                "difference_uncovered": difference(before.uncovered, split.uncovered),
            }));
        }
        Feature { id: Some(format!("area.{}", area.id)), geometry: area.geometry(plane), properties }
    });
    let mut features: Features = areas.collect();
    features.extend(answer.unserved.iter().map(|(cell, persons)| {
        let [column, row] = cell;
        Feature {
            id: Some(format!("cell.{column}.{row}")),
            geometry: Outline::of([&vec![cells::outline(*cell)]], plane),
            properties: Unserved { part: "unserved", persons: disclosure.at_place(*persons) },
        }
    }));
    features
}

/// What is said of a cell.
#[derive(Serialize)]
struct Unserved {
    part: &'static str,
    persons: Published,
}

/// The columns that every table has, after number and name.
const COLUMNS: [&str; 7] =
    ["persons", "covered", "uncovered", "share", "uncovered_share", "airline_covered", "airline_share"];

fn cells(split: &PublishedSplit) -> [Cell; 7] {
    [
        cell(split.persons),
        cell(split.covered),
        cell(split.uncovered),
        percent(split.share),
        percent(split.uncovered_share),
        cell(split.airline.covered),
        percent(split.airline.share),
    ]
}

/// The rows of areas, of persons in none, of the level above and of the city; with what was before,
/// where something is added or removed.
fn table(told: &Told<'_>, language: Language) -> Table {
    let say = |name: &str, gaps: &[(&str, &str)]| WORDS.say(language, &format!("table.{name}"), gaps);
    let ages = years(&told.after.counted_ages(), language);
    let mut columns: Vec<String> = ["id", "area"].map(|name| say(name, &[])).to_vec();
    columns.extend(COLUMNS.map(|name| say(name, &[("ages", &ages)])));
    let has_margins = told.after.margins.is_some();
    if has_margins {
        columns.push(say("margin", &[]));
    }
    if told.before.is_some() {
        columns.extend(["before", "difference"].map(|name| say(name, &[])));
    }
    let rolls_up = !told.figures.parents.is_empty();
    if rolls_up {
        columns.push(say("level", &[]));
    }
    let row =
        |(id, name, level): (&str, &str, &str), split: &PublishedSplit, before: Option<&PublishedSplit>| {
            let mut row = vec![Cell::Text(id.into()), Cell::Text(name.into())];
            row.extend(cells(split));
            if has_margins {
                row.push(split.margin.map_or(Cell::Empty, |margin| Cell::Number(margin.uncovered)));
            }
            if told.before.is_some() {
                let before = before.map_or(Published::Nothing, |before| before.uncovered);
                row.extend([cell(before), cell(difference(before, split.uncovered))]);
            }
            if rolls_up {
                row.push(Cell::Text(level.into()));
            }
            row
        };
    let (figures, before) = (told.figures, told.before);
    let level = told.after.scene.people.by.as_str();
    let areas = told.after.scene.people.level.areas.iter().zip(&figures.areas).enumerate();
    let mut rows: Vec<Vec<Cell>> = areas
        .map(|(index, (area, split))| {
            row((&area.id, &area.name, level), split, before.and_then(|before| before.areas.get(index)))
        })
        .collect();
    if let Some(split) = &figures.elsewhere {
        let before = before.and_then(|before| before.elsewhere.as_ref());
        rows.push(row(("", &say("nowhere", &[]), ""), split, before));
    }
    if let Some(parents) = told.above.parents.filter(|_| rolls_up) {
        for (index, ((id, name), split)) in parents.areas.iter().zip(&figures.parents).enumerate() {
            let before = before.and_then(|before| before.parents.get(index));
            rows.push(row((id, name, &parents.level), split, before));
        }
    }
    rows.push(row(("", &say("city", &[]), ""), &figures.total, before.map(|before| &before.total)));
    Table { title: say("title", &[]), columns, rows, evidence: vec![] }
}

#[cfg(test)]
mod tests {
    #[test]
    fn both_languages_say_the_same_things() {
        crate::plan::words::tests::assert_alike(&super::WORDS);
    }
}
