//! `coverage`: who has a facility within reach, and who has not.

use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::catalog::Language;
use crate::encode::table::{Cell, Table};
use crate::error::{Error, Result};
use crate::plan::answer::{Answer, Feature, Features, cell, merged};
use crate::plan::coverage::{Coverage, coverage};
use crate::plan::disclosure::{Disclosure, Published, PublishedSplit, Split};
use crate::plan::inputs;
use crate::plan::outline::{Outline, degrees};
use crate::plan::parents::Parents;
use crate::plan::question;
use crate::plan::reading::Plane;
use crate::plan::{Basis, cells, evidence};

/// How many of the unserved places the JSON names; GeoJSON has all.
const PLACES: usize = 100;

/// The answer to a question about coverage. What is added or removed is answered before, after and as a difference.
pub fn answer(basis: &Basis, inputs: Value, language: Language) -> Result<Answer> {
    let question: question::Coverage = inputs::parse(inputs)?;
    let disclosure = basis.disclosure();
    let after = coverage(basis, &question)?;
    let parents = Parents::of(basis, &after.scene.people.by)?;
    if question.rollup {
        may_roll_up(parents.as_ref(), disclosure)?;
    }
    let parents = Above { parents: parents.as_ref(), rolls_up: question.rollup };
    let figures = Figures::of(&after, disclosure, &parents);
    let evidence = evidence::coverage(basis, &question.within, question.profile, &after, disclosure);
    let changes = !question.facilities.add.is_empty() || !question.facilities.remove.is_empty();
    let mut document = if changes {
        let mut without = question.clone();
        without.facilities.add.clear();
        without.facilities.remove.clear();
        let before = coverage(basis, &without)?;
        let before = Figures::of(&before, disclosure, &parents);
        json!({
            "before": before.document(&after, &parents),
            "after": figures.document(&after, &parents),
            "difference": difference(&before, &figures, &after),
        })
    } else {
        figures.document(&after, &parents)
    };
    let plane = basis.plane()?;
    if let Some(members) = document.as_object_mut() {
        members.insert("unserved".into(), unserved(&after, disclosure, &plane));
        members.insert("summary".into(), summary(&figures, &after, &question));
        members.insert("question".into(), json!(question));
        members.insert("evidence".into(), evidence);
    }
    let table = table(&figures, &after, language);
    Ok(Answer { document, features: features(&figures, &after, disclosure, &plane), table })
}

/// The level above the areas.
struct Above<'a> {
    parents: Option<&'a Parents>,
    /// Whether its figures are asked for.
    rolls_up: bool,
}

/// A protected table whose rows add up to others in it needs a protection of its own; the level above can be asked for alone.
fn may_roll_up(parents: Option<&Parents>, disclosure: Disclosure) -> Result<()> {
    let wrong = |what: String, hint: String| Err(Error::invalid("rollup", what).hint(hint));
    match (parents, disclosure) {
        (None, _) => wrong(
            "no level above these areas is configured".into(),
            "name it as parent under [roles.areas]".into(),
        ),
        (Some(_), Disclosure::Exact) => Ok(()),
        (Some(parents), _) => wrong(
            "small counts are protected here, so areas and those above come in answers of their own".into(),
            format!("ask with by={}", parents.level),
        ),
    }
}

/// The figures of an answer as they may be seen.
struct Figures {
    total: PublishedSplit,
    areas: Vec<PublishedSplit>,
    /// Of the level above.
    parents: Vec<PublishedSplit>,
    steps: Vec<PublishedSplit>,
}

impl Figures {
    fn of(answer: &Coverage, disclosure: Disclosure, above: &Above<'_>) -> Figures {
        let (areas, total) = disclosure.splits(&answer.areas, answer.total);
        let steps: Vec<_> = answer.steps.iter().map(|(_, split)| *split).collect();
        let (steps, _) = disclosure.splits(&steps, answer.total);
        let parents = match above.parents.filter(|_| above.rolls_up) {
            None => vec![],
            Some(parents) => disclosure.splits(&sums(parents, &answer.areas), answer.total).0,
        };
        Figures { total, areas, parents, steps }
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
        }
        document
    }
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

fn difference(before: &Figures, after: &Figures, answer: &Coverage) -> Value {
    let changed = |before: &PublishedSplit, after: &PublishedSplit| {
        json!({
            "covered": Disclosure::difference(before.covered, after.covered),
            "uncovered": Disclosure::difference(before.uncovered, after.uncovered),
            "share": Disclosure::difference(before.share, after.share),
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
            json!({ "centre": centre.first().map(degrees), "persons": disclosure.count(**persons) })
        })
        .collect();
    json!({ "cellSide": cells::SIDE, "cells": all.len(), "places": places })
}

/// Areas with their figures, and the cells of the unserved.
fn features(figures: &Figures, answer: &Coverage, disclosure: Disclosure, plane: &Plane) -> Features {
    let areas = answer.scene.people.level.areas.iter().zip(&figures.areas).map(|(area, split)| {
        let properties = json!({
            "part": "area", "id": area.id, "name": area.name, "persons": split.persons, "covered": split.covered,
            "uncovered": split.uncovered, "share": split.share, "airline_share": split.airline.share,
        });
        Feature { id: Some(format!("area.{}", area.id)), geometry: area.geometry(plane), properties }
    });
    let mut features: Features = areas.collect();
    features.extend(answer.unserved.iter().map(|(cell, persons)| {
        let [column, row] = cell;
        Feature {
            id: Some(format!("cell.{column}.{row}")),
            geometry: Outline::of([&vec![cells::outline(*cell)]], plane),
            properties: Unserved { part: "unserved", persons: disclosure.count(*persons) },
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

fn table(figures: &Figures, answer: &Coverage, language: Language) -> Table {
    let (title, columns) = match language {
        Language::German => (
            "Versorgung",
            [
                "Nr.",
                "Gebiet",
                "Personen",
                "erreicht",
                "nicht erreicht",
                "Anteil",
                "Luftlinie: erreicht",
                "Luftlinie: Anteil",
            ],
        ),
        Language::English => (
            "Coverage",
            [
                "No.",
                "Area",
                "Persons",
                "Covered",
                "Uncovered",
                "Share",
                "Air line: covered",
                "Air line: share",
            ],
        ),
    };
    let row = |id: &str, name: &str, split: &PublishedSplit| {
        let values: [Published; 6] = [
            split.persons,
            split.covered,
            split.uncovered,
            split.share,
            split.airline.covered,
            split.airline.share,
        ];
        let mut cells = vec![Cell::Text(id.into()), Cell::Text(name.into())];
        cells.extend(values.map(cell));
        cells
    };
    let areas = answer.scene.people.level.areas.iter().zip(&figures.areas);
    let mut rows: Vec<Vec<Cell>> = areas.map(|(area, split)| row(&area.id, &area.name, split)).collect();
    rows.push(row("", if language == Language::German { "Summe" } else { "Total" }, &figures.total));
    Table { title: title.into(), columns: columns.map(String::from).to_vec(), rows, evidence: vec![] }
}

/// The answer in one sentence.
fn summary(figures: &Figures, answer: &Coverage, question: &question::Coverage) -> Value {
    let number = |value: Published, separator: &str| match value.value() {
        Some(value) => grouped(value, separator),
        None => "*".to_owned(),
    };
    let percent = |separator: &str| match figures.total.share.value() {
        Some(share) => format!("{:.1}", (1.0 - share) * 100.0).replace('.', separator),
        None => "*".into(),
    };
    let ages = question.group.ages.map(|ages| ages.to_string());
    let limits: Vec<String> = answer.steps.iter().map(|(step, _)| format!("{:.0}", step.limit)).collect();
    let title = answer.facilities.title();
    let facilities = match &question.facilities.filter {
        Some(filter) if question.facilities.and.is_empty() => format!("{title}: {filter}"),
        _ => title,
    };
    let date = answer.scene.people.date;
    let mut summary = Map::new();
    let who = ages.as_ref().map_or("Personen".into(), |ages| format!("Personen von {ages} Jahren"));
    summary.insert("de".into(), json!(format!(
        "{} von {} {who} ({} %) haben im Umkreis von {} m Weg nichts aus „{facilities}“; Stand der Bevölkerung {}.",
        number(figures.total.uncovered, "."), number(figures.total.persons, "."), percent(","), limits.join("/"),
        date.strftime("%d.%m.%Y"),
    )));
    let who = ages.map_or("persons".into(), |ages| format!("persons aged {ages}"));
    summary.insert(
        "en".into(),
        json!(format!(
            "{} of {} {who} ({} %) have nothing of “{facilities}” within {} m of way; population of {date}.",
            number(figures.total.uncovered, ","),
            number(figures.total.persons, ","),
            percent("."),
            limits.join("/"),
        )),
    );
    Value::Object(summary)
}

/// A number without digits behind the point, its thousands apart.
fn grouped(value: f64, separator: &str) -> String {
    let digits = format!("{:.0}", value.abs());
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index) % 3 == 0 {
            text.push_str(separator);
        }
        text.push(digit);
    }
    if value <= -0.5 { format!("-{text}") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_stand_apart() {
        assert_eq!(grouped(1044555.0, "."), "1.044.555");
        assert_eq!(grouped(-999.6, "."), "-1.000");
        assert_eq!(grouped(-0.2, "."), "0");
    }
}
