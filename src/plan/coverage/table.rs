//! The answer about coverage as GeoJSON features and as a table.

use serde::Serialize;

use super::report::Report;
use super::texts::WORDS;
use crate::catalog::Language;
use crate::encode::table::{Cell, Table};
use crate::plan::answer::{Feature, Features, cell, percent};
use crate::plan::cells;
use crate::plan::disclosure::{Disclosure, Published, PublishedSplit};
use crate::plan::figures::difference;
use crate::plan::outline::Outline;
use crate::plan::question::Id;
use crate::plan::reading::Plane;
use crate::plan::words::phrases::years;

/// Returns the areas with their figures, and the cells with persons who have no facility within
/// reach.
pub(super) fn features(report: &Report<'_>, disclosure: Disclosure, plane: &Plane) -> Features {
    let answer = report.after;
    let has_margins = answer.margins.is_some();
    let areas = answer.inputs.people.level.areas.iter().zip(&report.figures.areas).enumerate();
    let areas = areas.map(|(index, (area, split))| {
        let before = report.before.and_then(|before| before.figures.areas.get(index));
        let properties = OfArea {
            part: "area",
            id: &area.id,
            name: &area.name,
            persons: split.persons,
            covered: split.covered,
            uncovered: split.uncovered,
            share: split.share,
            uncovered_share: split.uncovered_share,
            airline_share: split.airline.share,
            margin_uncovered: has_margins.then(|| split.margin.map(|margin| margin.uncovered)),
            change: before.map(|before| Change {
                before_uncovered: before.uncovered,
                difference_uncovered: difference(before.uncovered, split.uncovered),
                margin_difference: has_margins
                    .then(|| report.before.and_then(|before| *before.areas.get(index)?)),
            }),
        };
        Feature {
            id: Some(Id::Text(format!("area.{}", area.id))),
            geometry: area.geometry(plane),
            properties,
        }
    });
    let mut features: Features = areas.collect();
    features.extend(answer.unserved.iter().map(|(cell, persons)| {
        let [column, row] = cell;
        Feature {
            id: Some(Id::Text(format!("cell.{column}.{row}"))),
            geometry: Outline::of([&vec![cells::outline(*cell)]], plane),
            properties: Unserved { part: "unserved", persons: disclosure.at_place(*persons) },
        }
    }));
    features
}

/// The properties of an area.
#[derive(Serialize)]
struct OfArea<'a> {
    part: &'static str,
    id: &'a str,
    name: &'a str,
    persons: Published,
    covered: Published,
    uncovered: Published,
    share: Published,
    uncovered_share: Published,
    airline_share: Published,
    #[serde(skip_serializing_if = "Option::is_none")]
    margin_uncovered: Option<Option<f64>>,
    #[serde(flatten)]
    change: Option<Change>,
}

/// The properties about a change.
#[derive(Serialize)]
struct Change {
    before_uncovered: Published,
    difference_uncovered: Published,
    #[serde(skip_serializing_if = "Option::is_none")]
    margin_difference: Option<Option<f64>>,
}

/// The properties of a cell.
#[derive(Serialize)]
struct Unserved {
    part: &'static str,
    persons: Published,
}

/// The columns of every table, after id and name.
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

/// Returns the table: the areas, the persons in none of them, the level above, and the city. If
/// facilities are added or removed, each row also has the figures before.
pub(super) fn table(report: &Report<'_>, language: Language) -> Table {
    let say = |name: &str, gaps: &[(&str, &str)]| WORDS.say(language, &format!("table.{name}"), gaps);
    let ages = years(&report.after.counted_ages(), language);
    let mut columns: Vec<String> = ["id", "area"].map(|name| say(name, &[])).to_vec();
    columns.extend(COLUMNS.map(|name| say(name, &[("ages", &ages)])));
    let has_margins = report.after.margins.is_some();
    if has_margins {
        columns.push(say("margin", &[]));
    }
    if report.before.is_some() {
        columns.extend(["before", "difference"].map(|name| say(name, &[])));
        if has_margins {
            columns.push(say("difference_margin", &[]));
        }
    }
    let rolls_up = !report.figures.parents.is_empty();
    if rolls_up {
        columns.push(say("level", &[]));
    }
    let row = |(id, name, level): (&str, &str, &str),
               split: &PublishedSplit,
               before: Option<(&PublishedSplit, Option<f64>)>| {
        let mut row = vec![Cell::Text(id.into()), Cell::Text(name.into())];
        row.extend(cells(split));
        if has_margins {
            row.push(split.margin.map_or(Cell::Empty, |margin| Cell::Number(margin.uncovered)));
        }
        if report.before.is_some() {
            let (old, margin) = before.unzip();
            let old = old.map_or(Published::Nothing, |old| old.uncovered);
            let change = difference(old, split.uncovered);
            row.extend([cell(old), cell(change)]);
            if has_margins {
                let margin = margin.flatten().filter(|_| change.value().is_some());
                row.push(margin.map_or(Cell::Empty, Cell::Number));
            }
        }
        if rolls_up {
            row.push(Cell::Text(level.into()));
        }
        row
    };
    let (figures, before) = (report.figures, report.before);
    let level = report.after.inputs.people.by.as_str();
    let areas = report.after.inputs.people.level.areas.iter().zip(&figures.areas).enumerate();
    let mut rows: Vec<Vec<Cell>> = areas
        .map(|(index, (area, split))| {
            let old =
                before.and_then(|before| Some((before.figures.areas.get(index)?, *before.areas.get(index)?)));
            row((&area.id, &area.name, level), split, old)
        })
        .collect();
    if let Some(split) = &figures.elsewhere {
        let before = before.and_then(|before| Some((before.figures.elsewhere.as_ref()?, None)));
        rows.push(row(("", &say("nowhere", &[]), ""), split, before));
    }
    if let Some(parents) = report.above.parents.filter(|_| rolls_up) {
        for (index, ((id, name), split)) in parents.areas.iter().zip(&figures.parents).enumerate() {
            let before = before.and_then(|before| Some((before.figures.parents.get(index)?, None)));
            rows.push(row((id, name, &parents.level), split, before));
        }
    }
    rows.push(row(
        ("", &say("city", &[]), ""),
        &figures.total,
        before.map(|before| (&before.figures.total, before.total)),
    ));
    Table { title: say("title", &[]), columns, rows, evidence: vec![] }
}
