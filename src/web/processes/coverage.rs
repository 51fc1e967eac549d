//! `coverage`: who has a facility within reach, and who has not.

use serde_json::{Map, Value, json};

use super::answer::{Answer, cell, degrees, merged, polygons};
use super::inputs;
use crate::encode::table::{Cell, Table};
use crate::error::Result;
use crate::plan::coverage::{Coverage, coverage};
use crate::plan::disclosure::{Disclosure, Published, PublishedSplit};
use crate::plan::question;
use crate::plan::reading::Plane;
use crate::plan::{Basis, cells, evidence};
use crate::web::negotiate::Language;

/// How many of the unserved places the JSON names; GeoJSON has all.
const PLACES: usize = 100;

/// The answer to a question about coverage. What is added or removed is answered before, after and as a difference.
pub fn answer(basis: &Basis, inputs: Value, language: Language) -> Result<Answer> {
    let question: question::Coverage = inputs::parse(inputs)?;
    let disclosure = basis.disclosure();
    let after = coverage(basis, &question)?;
    let figures = Figures::of(&after, disclosure);
    let evidence = evidence::coverage(basis, &question.within, question.profile, &after, disclosure);
    let changes = !question.facilities.add.is_empty() || !question.facilities.remove.is_empty();
    let mut document = if changes {
        let mut without = question.clone();
        without.facilities.add.clear();
        without.facilities.remove.clear();
        let before = coverage(basis, &without)?;
        let before = Figures::of(&before, disclosure);
        json!({
            "before": before.document(&after),
            "after": figures.document(&after),
            "difference": difference(&before, &figures, &after),
        })
    } else {
        figures.document(&after)
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

/// The figures of an answer as they may be seen.
struct Figures {
    total: PublishedSplit,
    areas: Vec<PublishedSplit>,
    steps: Vec<PublishedSplit>,
}

impl Figures {
    fn of(answer: &Coverage, disclosure: Disclosure) -> Figures {
        let (areas, total) = disclosure.splits(&answer.areas, answer.total);
        let steps: Vec<_> = answer.steps.iter().map(|(_, split)| *split).collect();
        let (steps, _) = disclosure.splits(&steps, answer.total);
        Figures { total, areas, steps }
    }

    fn document(&self, answer: &Coverage) -> Value {
        let areas: Vec<Value> = answer
            .scene
            .people
            .level
            .areas
            .iter()
            .zip(&self.areas)
            .map(|(area, split)| merged(json!({ "id": area.id, "name": area.name }), json!(split)))
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
            members.insert("areas".into(), json!(areas));
        }
        document
    }
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
fn features(figures: &Figures, answer: &Coverage, disclosure: Disclosure, plane: &Plane) -> Vec<Value> {
    let areas = answer.scene.people.level.areas.iter().zip(&figures.areas).map(|(area, split)| {
        let properties = json!({
            "part": "area", "id": area.id, "name": area.name, "persons": split.persons, "covered": split.covered,
            "uncovered": split.uncovered, "share": split.share, "airline_share": split.airline.share,
        });
        json!({ "type": "Feature", "id": format!("area.{}", area.id), "geometry": area.geometry(|ring| {
            plane.lonlat(ring).iter().map(degrees).collect()
        }), "properties": properties })
    });
    let cells = answer.unserved.iter().map(|(cell, persons)| {
        let [column, row] = cell;
        json!({
            "type": "Feature",
            "id": format!("cell.{column}.{row}"),
            "geometry": polygons(&vec![vec![cells::outline(*cell)]], plane),
            "properties": { "part": "unserved", "persons": disclosure.count(*persons) },
        })
    });
    areas.chain(cells).collect()
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
    let title = &answer.scene.part.collection.title;
    let facilities = match &question.facilities.filter {
        Some(filter) => format!("{title}: {filter}"),
        None => title.clone(),
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
