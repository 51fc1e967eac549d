//! `nearest` without a place: how far it is from everywhere, by area, and for each address if
//! wanted.

use serde_json::{Value, json};

use super::summary::{WORDS, summary, warnings};
use crate::catalog::Language;
use crate::encode::table::{Cell, Table};
use crate::error::{Error, Result};
use crate::plan::answer::{Answer, Feature, Scope, cell, columns};
use crate::plan::disclosure::{Disclosure, Persons, Published};
use crate::plan::distances::{Distances, QUANTILES, Question, Summary, distances};
use crate::plan::figures::tenths;
use crate::plan::inputs;
use crate::plan::outline::degrees;
use crate::plan::reading::Plane;
use crate::plan::words::file_name;
use crate::plan::words::kind::Kind;
use crate::plan::{Basis, evidence};

/// The answer to a question about distances from everywhere.
pub fn answer(basis: &Basis, inputs: Value, language: Language) -> Result<Answer> {
    let question: Question = inputs::parse(inputs)?;
    let disclosure = basis.disclosure();
    if question.per_address && disclosure != Disclosure::Exact {
        let what = "small counts are protected here, and so single addresses are not given";
        return Err(Error::invalid("per_address", what));
    }
    let answer = distances(basis, &question)?;
    let plane = basis.plane()?;
    let rows = rows(&answer, &question, disclosure);
    let of = |wanted: Scope| rows.iter().filter(move |row| row.of == wanted);
    let total = of(Scope::City).next();
    let mut document = json!({
        "total": total.map(Row::document),
        "areas": of(Scope::Area).map(Row::document).collect::<Vec<_>>(),
        "summary": summary(basis, &question, &answer, total.map_or((Published::Nothing, Published::Nothing, None), Row::shown)),
        "warnings": warnings(basis, &question, &answer, disclosure),
        "question": question,
        "evidence": evidence(basis, &question, &answer),
    });
    if let (Some(members), Some(elsewhere)) = (document.as_object_mut(), of(Scope::Elsewhere).next()) {
        members.insert("inNoArea".into(), elsewhere.document());
    }
    let kind = Kind::of(basis, &question.facilities).many(Language::German);
    let level = if question.per_address { "Adressen".into() } else { basis.level_title(&answer.people.by) };
    let name = file_name(&["wege", &kind, &level, &answer.people.date.to_string()]);
    if !question.per_address {
        let shapes = answer.people.level.areas.iter().zip(&rows);
        let features = shapes.map(|(area, row)| Feature {
            id: Some(area.id.clone()),
            geometry: area.geometry(&plane),
            properties: row.document(),
        });
        return Ok(Answer {
            document,
            features: features.collect(),
            table: table(&rows, language),
            name,
            address: String::new(),
        });
    }
    let addresses = addresses(basis, &answer, &plane)?;
    if let Some(members) = document.as_object_mut() {
        let all = addresses.iter().map(|address| address.document(&question));
        members.insert("addresses".into(), all.collect());
    }
    let features = addresses.iter().map(|address| {
        json!({ "type": "Feature", "geometry": { "type": "Point", "coordinates": address.point },
            "properties": address.document(&question) })
    });
    Ok(Answer {
        document,
        features: features.collect(),
        table: table_of_addresses(&addresses, &question, language),
        name,
        address: String::new(),
    })
}

/// An area, persons in none, or all.
struct Row {
    of: Scope,
    id: String,
    name: String,
    persons: Published,
    unreached: Published,
    /// Mean, quantiles and the longest way in metres; None where nobody is reached or too few live.
    metres: Option<[f64; 7]>,
    minutes: Option<f64>,
}

/// The rows of areas, of persons in none of them if there are any, and of the city. Persons of the
/// rows add up to those of the city.
fn rows(answer: &Distances, question: &Question, disclosure: Disclosure) -> Vec<Row> {
    let elsewhere = Some(&answer.elsewhere).filter(|own| own.persons.0 > 1e-9);
    let parts: Vec<&Summary> = answer.areas.iter().chain(elsewhere).collect();
    let counts = |of: fn(&Summary) -> Persons| {
        disclosure.counts(&parts.iter().map(|own| Some(of(own))).collect::<Vec<_>>())
    };
    let shown = counts(|own| own.persons).into_iter().zip(counts(|own| own.unreached));
    let names =
        answer.people.level.areas.iter().map(|area| (Scope::Area, area.id.as_str(), area.name.as_str()));
    let names = names.chain(elsewhere.map(|_| (Scope::Elsewhere, "", "")));
    let rows = names.zip(parts).zip(shown);
    let total = (disclosure.count(answer.total.persons), disclosure.count(answer.total.unreached));
    rows.map(|((name, summary), shown)| Row::of(name, summary, shown, question, disclosure))
        .chain([Row::of((Scope::City, "", ""), &answer.total, total, question, disclosure)])
        .collect()
}

impl Row {
    fn of(
        (of, id, name): (Scope, &str, &str),
        summary: &Summary,
        (persons, unreached): (Published, Published),
        question: &Question,
        disclosure: Disclosure,
    ) -> Row {
        // Protected, a distance is that of a cell of 100 m, and no finer than 10 m.
        let step = if disclosure == Disclosure::Exact { 0.1 } else { 10.0 };
        let round = |metres: f64| ((metres / step).round() * step * 10.0).round() / 10.0;
        let metres = summary
            .mean
            .zip(summary.quantiles)
            .zip(summary.longest)
            .map(|((mean, [a, b, c, d, e]), most)| [mean, a, b, c, d, e, most].map(round));
        let metres = metres.filter(|_| persons.value().is_some());
        let minutes = metres.map(|[mean, ..]| tenths(question.profile.minutes(mean)));
        Row { of, id: id.into(), name: name.into(), persons, unreached, metres, minutes }
    }

    /// Persons, those who reach none, and the ways.
    fn shown(&self) -> (Published, Published, Option<[f64; 7]>) {
        (self.persons, self.unreached, self.metres)
    }

    fn document(&self) -> Value {
        let [mean, p10, p25, median, p75, p90, longest] = match self.metres {
            Some(metres) => metres.map(Some),
            None => [None; 7],
        };
        json!({
            "id": self.id, "name": self.name, "persons": self.persons, "unreached": self.unreached,
            "mean": mean, "meanMinutes": self.minutes, "p10": p10, "p25": p25, "median": median, "p75": p75,
            "p90": p90, "longest": longest,
        })
    }
}

/// A point of demand.
struct Address {
    text: String,
    point: [f64; 2],
    /// Metres, and the facility's id and name.
    nearest: Option<(f64, String, Option<String>)>,
}

impl Address {
    fn document(&self, question: &Question) -> Value {
        let (distance, id, name) = match &self.nearest {
            Some((distance, id, name)) => (Some(*distance), Some(id), name.as_ref()),
            None => (None, None, None),
        };
        let minutes = distance.map(|distance| tenths(question.profile.minutes(distance)));
        json!({ "address": self.text, "point": self.point, "distance": distance, "minutes": minutes,
            "facility": id, "name": name })
    }
}

fn addresses(basis: &Basis, answer: &Distances, plane: &Plane) -> Result<Vec<Address>> {
    let texts = basis.addresses()?;
    let lonlat = plane.lonlat(&answer.people.demand.points);
    let rows = answer.points.iter().zip(&lonlat).zip(texts.iter());
    Ok(rows
        .filter(|((_, [lon, _]), _)| lon.is_finite())
        .map(|((nearest, lonlat), text)| {
            let nearest = nearest.and_then(|(distance, facility)| {
                let facility = answer.facilities.list.get(facility as usize)?;
                Some((tenths(distance), facility.id.clone(), facility.name.clone()))
            });
            Address { text: text.clone(), point: degrees(lonlat), nearest }
        })
        .collect())
}

fn evidence(basis: &Basis, question: &Question, answer: &Distances) -> Value {
    let off = answer.ways.snaps.iter().filter(|snap| snap.is_none()).count();
    json!({
        "method": {
            "de": "Kürzester Weg jedes Nachfragepunkts zur nächsten Einrichtung (Dijkstra 1959, von allen Einrichtungen zugleich). Mittel und Quantile je Gebiet: jede Person der Gruppe zählt einmal; wer nicht erreicht wird, steht daneben und nicht darin.",
            "en": "Shortest way of each point of demand to the nearest facility (Dijkstra 1959, from all facilities at once). Mean and quantiles by area: each person of the group counts once; who is not reached stands beside them, not in them.",
        },
        "quantiles": QUANTILES,
        "longestWay": basis.longest(),
        "network": evidence::network(basis, &answer.network, &answer.ways.graph, question.profile),
        "population": evidence::people(basis, &answer.people, &answer.groups),
        "facilities": evidence::facilities(&answer.facilities, &answer.off_network),
        "demand": { "points": answer.points.len(), "notOnNetwork": off },
        "edge": evidence::edge(),
        "disclosure": evidence::disclosure(basis),
        "dataVersion": basis.data_version(),
        "request": evidence::request(),
    })
}

/// The columns of the table.
const COLUMNS: [&str; 11] =
    ["id", "area", "persons", "unreached", "mean", "p10", "p25", "median", "p75", "p90", "longest"];

fn table(rows: &[Row], language: Language) -> Table {
    let row = |row: &Row| {
        let name = match row.of {
            Scope::Area => row.name.clone(),
            Scope::Elsewhere => WORDS.text(language, "table.nowhere"),
            Scope::City => WORDS.text(language, "table.city"),
        };
        let mut cells =
            vec![Cell::Text(row.id.clone()), Cell::Text(name), cell(row.persons), cell(row.unreached)];
        match row.metres {
            Some(metres) => cells.extend(metres.map(Cell::Number)),
            None => cells.extend((0..7).map(|_| Cell::Empty)),
        }
        cells
    };
    Table {
        title: WORDS.text(language, "table.title"),
        columns: columns(&WORDS, language, &COLUMNS),
        rows: rows.iter().map(row).collect(),
        evidence: vec![],
    }
}

fn table_of_addresses(addresses: &[Address], question: &Question, language: Language) -> Table {
    let names = ["address", "longitude", "latitude", "way", "minutes", "id", "facility"];
    let say = |name: &str| WORDS.text(language, &format!("addresses.{name}"));
    let row = |address: &Address| {
        let [lon, lat] = address.point.map(Cell::Number);
        let [distance, minutes, id, name] = match &address.nearest {
            Some((distance, id, name)) => [
                Cell::Number(*distance),
                Cell::Number(tenths(question.profile.minutes(*distance))),
                Cell::Text(id.clone()),
                name.clone().map_or(Cell::Empty, Cell::Text),
            ],
            None => [Cell::Empty, Cell::Empty, Cell::Empty, Cell::Empty],
        };
        vec![Cell::Text(address.text.clone()), lon, lat, distance, minutes, id, name]
    };
    Table {
        title: say("title"),
        columns: names.map(say).to_vec(),
        rows: addresses.iter().map(row).collect(),
        evidence: vec![],
    }
}
