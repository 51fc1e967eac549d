//! `nearest` without a place: how far it is from everywhere, by area, and for each address if
//! wanted.

use serde_json::{Value, json};

use super::summary::{summary, warnings};
use crate::catalog::Language;
use crate::encode::table::{Cell, Table};
use crate::error::{Error, Result};
use crate::plan::answer::{Answer, Feature, cell};
use crate::plan::disclosure::{Disclosure, Published};
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
    let areas = answer.people.level.areas.iter().zip(&answer.areas);
    let rows: Vec<Row> = areas
        .map(|(area, summary)| Row::of(&area.id, &area.name, summary, &question, disclosure))
        .chain([Row::of("", "", &answer.total, &question, disclosure)])
        .collect();
    let (areas, total) = rows.split_at(rows.len().saturating_sub(1));
    let mut document = json!({
        "total": total.first().map(Row::document),
        "areas": areas.iter().map(Row::document).collect::<Vec<_>>(),
        "summary": summary(basis, &question, &answer, total.first().map_or((Published::Nothing, Published::Nothing, None), Row::shown)),
        "warnings": warnings(basis, &question, &answer, disclosure),
        "question": question,
        "evidence": evidence(basis, &question, &answer),
    });
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

/// An area, or all.
struct Row {
    id: String,
    name: String,
    persons: Published,
    unreached: Published,
    /// Mean, quantiles and the longest way in metres; None where nobody is reached or too few live.
    metres: Option<[f64; 7]>,
    minutes: Option<f64>,
}

impl Row {
    fn of(id: &str, name: &str, summary: &Summary, question: &Question, disclosure: Disclosure) -> Row {
        let persons = disclosure.count(summary.persons);
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
        Row {
            id: id.into(),
            name: name.into(),
            persons,
            unreached: disclosure.count(summary.unreached),
            metres,
            minutes,
        }
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

fn table(rows: &[Row], language: Language) -> Table {
    let german = language == Language::German;
    let columns = match german {
        true => [
            "Nr.",
            "Gebiet",
            "Personen",
            "nicht erreicht",
            "Mittel in m",
            "10 %",
            "25 %",
            "Median in m",
            "75 %",
            "90 %",
            "längster Weg in m",
        ],
        false => [
            "No.",
            "Area",
            "Persons",
            "Unreached",
            "Mean in m",
            "10 %",
            "25 %",
            "Median in m",
            "75 %",
            "90 %",
            "Longest way in m",
        ],
    };
    let whole = if german { "Summe" } else { "Total" };
    let row = |row: &Row| {
        let name = if row.id.is_empty() { whole } else { &row.name };
        let mut cells =
            vec![Cell::Text(row.id.clone()), Cell::Text(name.into()), cell(row.persons), cell(row.unreached)];
        match row.metres {
            Some(metres) => cells.extend(metres.map(Cell::Number)),
            None => cells.extend((0..7).map(|_| Cell::Empty)),
        }
        cells
    };
    let title = if german { "Wege zur nächsten" } else { "Ways to the nearest" };
    Table {
        title: title.into(),
        columns: columns.map(String::from).to_vec(),
        rows: rows.iter().map(row).collect(),
        evidence: vec![],
    }
}

fn table_of_addresses(addresses: &[Address], question: &Question, language: Language) -> Table {
    let (title, columns) = match language {
        Language::German => {
            ("Adressen", ["Adresse", "Länge", "Breite", "Weg in m", "Minuten", "Nr.", "Einrichtung"])
        }
        Language::English => {
            ("Addresses", ["Address", "Longitude", "Latitude", "Way in m", "Minutes", "No.", "Facility"])
        }
    };
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
        title: title.into(),
        columns: columns.map(String::from).to_vec(),
        rows: addresses.iter().map(row).collect(),
        evidence: vec![],
    }
}
