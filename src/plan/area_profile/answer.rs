//! `profile`: everything about one area on one page.

use serde_json::{Value, json};

use super::summary::{WORDS, summary, warnings};
use crate::catalog::Language;
use crate::encode::table::{Cell, Table};
use crate::error::Result;
use crate::plan::answer::{Answer, Feature, cell, columns, percent};
use crate::plan::area_profile::{AreaProfile, FacilityKind, Question, area_profile};
use crate::plan::disclosure::{Disclosure, Published};
use crate::plan::figures::share;
use crate::plan::figures::tenths;
use crate::plan::inputs;
use crate::plan::words::file_name;
use crate::plan::{Basis, evidence};

/// The answer to a question about an area.
pub fn answer(basis: &Basis, inputs: Value, language: Language) -> Result<Answer> {
    let question: Question = inputs::parse(inputs)?;
    let disclosure = basis.disclosure();
    let answer = area_profile(basis, &question)?;
    let plane = basis.plane()?;
    let groups = groups(&answer, disclosure);
    let here = disclosure.count(answer.total.0);
    let city = disclosure.count(answer.total.1);
    let hectares = (answer.size / 1000.0).round() / 10.0;
    let density = match here {
        Published::Value(persons) if hectares > 0.0 => Published::Value(tenths(persons / hectares)),
        Published::Value(_) => Published::Nothing,
        other => other,
    };
    let facilities: Vec<Value> =
        answer.facilities.iter().map(|kind| facility(kind, here, disclosure)).collect();
    let document = json!({
        "area": { "id": answer.area.id, "name": answer.area.name, "hectares": hectares },
        "persons": here,
        "city": city,
        "perHectare": density,
        "groups": groups.iter().map(Group::document).collect::<Vec<_>>(),
        "facilities": facilities,
        "summary": summary(basis, &question, &answer, [here, city]),
        "warnings": warnings(basis, &question, &answer),
        "question": question,
        "evidence": evidence(basis, &question, &answer),
    });
    let properties =
        json!({ "id": answer.area.id, "name": answer.area.name, "persons": here, "hectares": hectares });
    let area = &answer.area;
    let feature = Feature { id: None, geometry: area.geometry(&plane), properties };
    let features = [feature].into_iter().collect();
    let name = file_name(&["steckbrief", &area.name, &answer.people.date.to_string()]);
    Ok(Answer {
        table: table(&groups, &facilities, language),
        document,
        features,
        name,
        address: String::new(),
    })
}

/// Persons of an age group.
struct Group {
    ages: String,
    persons: Published,
    share: Published,
    share_of_city: Published,
}

fn groups(answer: &AreaProfile, disclosure: Disclosure) -> Vec<Group> {
    let here: Vec<_> = answer.groups.iter().map(|(_, here, _)| Some(*here)).collect();
    let all: Vec<_> = answer.groups.iter().map(|(_, _, all)| Some(*all)).collect();
    let total = (disclosure.count(answer.total.0), disclosure.count(answer.total.1));
    let published = disclosure.counts(&here).into_iter().zip(disclosure.counts(&all));
    let rows = answer.groups.iter().zip(published);
    rows.map(|((ages, _, _), (here, all))| Group {
        ages: ages.to_string(),
        persons: here,
        share: share(here, total.0),
        share_of_city: share(all, total.1),
    })
    .collect()
}

impl Group {
    fn document(&self) -> Value {
        json!({ "ages": self.ages, "persons": self.persons, "share": self.share, "shareOfCity": self.share_of_city })
    }
}

fn facility(kind: &FacilityKind, persons: Published, disclosure: Disclosure) -> Value {
    // Protected, a mean way is no finer than 10 m, and there is none where too few live.
    let step = if disclosure == Disclosure::Exact { 0.1 } else { 10.0 };
    let round = |metres: f64| ((metres / step).round() * step * 10.0).round() / 10.0;
    let (here, city) = kind.mean.unwrap_or_default();
    let here = here.filter(|_| persons.value().is_some());
    json!({
        "collection": kind.part.collection.id,
        "title": kind.title.as_ref().unwrap_or(&kind.part.collection.title),
        "count": kind.here.facilities,
        "capacity": kind.unit.as_ref().map(|unit| json!({ "sum": kind.here.sum, "unit": unit,
            "known": kind.here.known, "of": kind.here.facilities })),
        "meanWay": here.map(round),
        "city": { "count": kind.all.facilities, "meanWay": city.map(round) },
    })
}

fn evidence(basis: &Basis, question: &Question, answer: &AreaProfile) -> Value {
    let groups: Vec<_> = answer.groups.iter().map(|(ages, _, _)| *ages).collect();
    let parts: Vec<Value> = answer.facilities.iter().map(|kind| evidence::source(&kind.part)).collect();
    let network = basis.network().ok().zip(basis.graph(question.profile).ok());
    json!({
        "method": {
            "de": "Personen: gezählt an den Nachfragepunkten in der Fläche, auf die jedes Gebiet der Bevölkerung verteilt ist (Tobler 1979). Einrichtungen: die in der Fläche liegen (von Flächen die Mitte ihres Rechtecks). Mittlerer Weg: kürzester Weg zur nächsten, auch außerhalb der Fläche, jede Person zählt einmal. Daneben die ganze Stadt.",
            "en": "Persons: counted on the points of demand in the area, over which each area of the population is spread (Tobler 1979). Facilities: those that lie in the area (of areas the middle of their box). Mean way: shortest way to the nearest, outside the area too, each person counting once. The whole city beside it.",
        },
        "points": answer.points,
        "population": evidence::people(basis, &answer.people, &groups),
        "facilities": parts,
        "network": network.map(|(network, graph)| evidence::network(basis, &network, &graph, question.profile)),
        "disclosure": evidence::disclosure(basis),
        "dataVersion": basis.data_version(),
        "request": evidence::request(),
    })
}

/// The columns of the table.
const COLUMNS: [&str; 6] = ["what", "here", "share", "share_of_city", "mean", "mean_of_city"];

fn table(groups: &[Group], facilities: &[Value], language: Language) -> Table {
    let of_group = |group: &Group| {
        let name = Cell::Text(WORDS.say(language, "table.ages", &[("ages", &group.ages)]));
        vec![
            name,
            cell(group.persons),
            percent(group.share),
            percent(group.share_of_city),
            Cell::Empty,
            Cell::Empty,
        ]
    };
    let number = |value: &Value| value.as_f64().map_or(Cell::Empty, Cell::Number);
    let of_facility = |facility: &Value| {
        let at = |path: &str| facility.pointer(path).map_or(Cell::Empty, number);
        let title = facility.get("title").and_then(Value::as_str).unwrap_or_default();
        vec![
            Cell::Text(title.into()),
            at("/count"),
            Cell::Empty,
            Cell::Empty,
            at("/meanWay"),
            at("/city/meanWay"),
        ]
    };
    let rows = groups.iter().map(of_group).chain(facilities.iter().map(of_facility)).collect();
    let columns = columns(&WORDS, language, &COLUMNS);
    Table { title: WORDS.text(language, "table.title"), columns, rows, evidence: vec![] }
}
