//! `reach`: how far one gets, and how many live there.

use serde_json::{Value, json};

use super::summary::{WORDS, summary, warnings};
use crate::catalog::Language;
use crate::encode::table::{Cell, Table};
use crate::error::Result;
use crate::plan::answer::{Answer, cell, columns, percent};
use crate::plan::disclosure::{Disclosure, Published};
use crate::plan::figures::share;
use crate::plan::figures::tenths;
use crate::plan::inputs;
use crate::plan::isochrone::area;
use crate::plan::outline::{Outline, degrees};
use crate::plan::reach::{Isochrone, Question, Reach, reach};
use crate::plan::reading::Plane;
use crate::plan::words::file_name;
use crate::plan::words::kind::Kind;
use crate::plan::{Basis, evidence};

/// The answer to a question about reach.
pub fn answer(basis: &Basis, inputs: Value, language: Language) -> Result<Answer> {
    let question: Question = inputs::parse(inputs)?;
    let answer = reach(basis, &question)?;
    let (plane, disclosure) = (basis.plane()?, basis.disclosure());
    let total = answer.people.as_ref().map(|(_, _, all)| disclosure.count(*all));
    let rows: Vec<Row> = answer
        .isochrones
        .iter()
        .map(|isochrone| Row::of(isochrone, &answer, &question, &plane, disclosure))
        .collect();
    let document = json!({
        "persons": total,
        "reach": rows.iter().map(|row| row.document(true)).collect::<Vec<_>>(),
        "summary": summary(basis, &question, &answer, &rows, total),
        "warnings": warnings(basis, &question, &answer),
        "question": question,
        "evidence": evidence(basis, &question, &answer, disclosure),
    });
    // The furthest first, so that on a map the nearer lie on top.
    let features = rows.iter().rev().map(Row::feature).collect();
    let kind = question.facilities.as_ref().map(|choice| Kind::of(basis, choice).many(Language::German));
    let furthest = rows.iter().map(|row| row.distance).fold(0.0, f64::max);
    let name = file_name(&["erreichbarkeit", kind.as_deref().unwrap_or("orte"), &format!("{furthest:.0}m")]);
    Ok(Answer { document, features, table: table(&rows, language), name, address: String::new() })
}

/// What an answer about reach stands on.
pub fn evidence(basis: &Basis, question: &Question, answer: &Reach, disclosure: Disclosure) -> Value {
    // Facilities stay where everybody may see them.
    let is_moved = answer.people.is_some()
        && disclosure != Disclosure::Exact
        && answer.origins.list.iter().any(|origin| origin.row.is_none());
    let off: Vec<&str> = answer
        .off_network
        .none
        .iter()
        .filter_map(|index| answer.origins.list.get(*index as usize))
        .map(|origin| origin.id.as_str())
        .collect();
    let steps: Vec<f64> = answer.isochrones.iter().map(|isochrone| isochrone.step).collect();
    json!({
        "method": {
            "de": "Kürzeste Wege im Netz (Dijkstra 1959), genau auf erster und letzter Kante; die Wege zum und vom Netz zählen. Personen sind an den Nachfragepunkten gezählt, nicht an der Fläche; die Fläche ist ein Bild, an Stützpunkten abgetastet (Marching Squares).",
            "en": "Shortest ways in the network (Dijkstra 1959), exact on the first and last edge; the ways to and from the network count. Persons are counted on points of demand, not on the area; the area is a picture, sampled on a grid (marching squares).",
        },
        "network": evidence::network(basis, &answer.network, &answer.graph, question.profile),
        "origins": { "count": answer.origins.list.len(), "notOnNetwork": off,
            "movedToCells": is_moved },
        "facilities": question.facilities.as_ref().map(|_| evidence::facilities(&answer.origins, &answer.off_network)),
        "population": match &answer.people {
            Some((people, groups, _)) => evidence::people(basis, people, groups),
            None if question.persons => json!({ "missing": "no collection plays the part of population and demand, so nobody was counted" }),
            None => Value::Null,
        },
        "picture": { "stepMetres": steps.iter().copied().reduce(f64::max).map(tenths) },
        "edge": evidence::edge(),
        "disclosure": evidence::disclosure(basis),
        "dataVersion": basis.data_version(),
        "request": evidence::request(),
    })
}

/// A band as it is written.
pub struct Row {
    pub(super) id: Option<String>,
    pub(super) name: Option<String>,
    /// The place asked about; None if merged.
    pub point: Option<[f64; 2]>,
    /// The band in metres.
    pub distance: f64,
    minutes: f64,
    /// Who lives inside.
    pub persons: Option<Published>,
    pub(super) share: Option<Published>,
    /// How far a protected number of persons may be off.
    pub(super) margin: Option<f64>,
    /// m².
    pub area: f64,
    /// GeoJSON, in longitude and latitude.
    pub geometry: Outline,
}

impl Row {
    /// A band as it may be seen.
    pub fn of(
        isochrone: &Isochrone,
        answer: &Reach,
        question: &Question,
        plane: &Plane,
        disclosure: Disclosure,
    ) -> Row {
        let origin = isochrone.origin.and_then(|index| answer.origins.list.get(index as usize));
        let persons = isochrone.persons.map(|persons| disclosure.count(persons));
        let all = answer.people.as_ref().map(|(_, _, all)| disclosure.count(*all));
        Row {
            id: origin.map(|origin| origin.id.clone()),
            name: origin.and_then(|origin| origin.name.clone()),
            point: origin.and_then(|origin| plane.lonlat(&[origin.place.point()]).first().map(degrees)),
            distance: isochrone.distance,
            minutes: tenths(question.profile.minutes(isochrone.distance)),
            persons,
            share: persons.zip(all).map(|(part, whole)| share(part, whole)),
            margin: isochrone.margin.filter(|_| persons.and_then(Published::value).is_some()),
            area: area(&isochrone.polygons).round(),
            geometry: Outline::of(&isochrone.polygons, plane),
        }
    }

    fn document(&self, geometry: bool) -> Value {
        let mut document = json!({
            "id": self.id, "name": self.name, "point": self.point, "distance": self.distance,
            "minutes": self.minutes, "persons": self.persons, "share": self.share, "area": self.area,
        });
        if let (Some(members), Some(margin)) = (document.as_object_mut(), self.margin) {
            members.insert("margin".into(), json!(margin));
        }
        if let Some(members) = document.as_object_mut().filter(|_| geometry) {
            members.insert("geometry".into(), json!(self.geometry));
        }
        document
    }

    fn feature(&self) -> Value {
        json!({ "type": "Feature", "geometry": self.geometry, "properties": self.document(false) })
    }
}

/// The columns of the table.
const COLUMNS: [&str; 8] = ["id", "name", "way", "minutes", "persons", "share", "margin", "area"];

fn table(rows: &[Row], language: Language) -> Table {
    let text = |text: &Option<String>| text.clone().map_or(Cell::Empty, Cell::Text);
    let row = |row: &Row| {
        let published = |value: Option<Published>| value.map_or(Cell::Empty, cell);
        vec![
            text(&row.id),
            text(&row.name),
            Cell::Number(row.distance),
            Cell::Number(row.minutes),
            published(row.persons),
            row.share.map_or(Cell::Empty, percent),
            row.margin.map_or(Cell::Empty, Cell::Number),
            Cell::Number(row.area),
        ]
    };
    Table {
        title: WORDS.text(language, "table.title"),
        columns: columns(&WORDS, language, &COLUMNS),
        rows: rows.iter().map(row).collect(),
        evidence: vec![],
    }
}
