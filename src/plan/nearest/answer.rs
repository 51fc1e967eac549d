//! `nearest`: the nearest facilities of a place.

use serde_json::{Value, json};

use super::summary::{WORDS, summary, warnings};
use crate::catalog::Language;
use crate::encode::table::{Cell, Table};
use crate::error::Result;
use crate::plan::answer::{Answer, columns};
use crate::plan::figures::tenths;
use crate::plan::nearest::{Found, Nearest, Question, nearest};
use crate::plan::outline::degrees;
use crate::plan::reading::Plane;
use crate::plan::words::file_name;
use crate::plan::words::kind::Kind;
use crate::plan::{Basis, evidence};
use crate::plan::{distances, inputs};

/// The answer to a question about the nearest: of one place, or without a place of all.
pub fn answer(basis: &Basis, inputs: Value, language: Language) -> Result<Answer> {
    if inputs.get("point").is_none() && inputs.get("address").is_none() {
        return distances::answer::answer(basis, inputs, language);
    }
    let question: Question = inputs::parse(inputs)?;
    let answer = nearest(basis, &question)?;
    let plane = basis.plane()?;
    let rows: Vec<Row> =
        answer.found.iter().filter_map(|found| Row::of(found, &answer, &question, &plane)).collect();
    let responsible: Vec<Value> = answer
        .responsible
        .iter()
        .map(|one| {
            let own = one.found.as_ref().and_then(|found| Row::of(found, &answer, &question, &plane));
            json!({
                "level": one.level, "area": { "id": one.area.0, "name": one.area.1 }, "key": one.key,
                "facility": own.map(|row| row.document()),
            })
        })
        .collect();
    let document = json!({
        "point": plane.lonlat(&[answer.origin]).first().map(degrees),
        "address": answer.address,
        "areas": answer.areas.iter().map(|(level, id, name)| json!({ "level": level, "id": id, "name": name }))
            .collect::<Vec<_>>(),
        "toNetwork": answer.snap.map(|snap| tenths(snap.offset)),
        "responsible": responsible,
        "nearest": rows.iter().map(Row::document).collect::<Vec<_>>(),
        "summary": summary(basis, &question, &answer, &plane),
        "warnings": warnings(basis, &question, &answer),
        "question": question,
        "evidence": {
            "method": {
                "de": "Kürzester Weg im Netz (Dijkstra 1959), genau auf erster und letzter Kante; die Wege vom Ort zum Netz und vom Netz zur Einrichtung zählen. Luftlinie daneben.",
                "en": "Shortest way in the network (Dijkstra 1959), exact on the first and last edge; the ways to and from the network count. The air line beside it.",
            },
            "network": evidence::network(basis, &answer.network, &answer.graph, question.profile),
            "facilities": evidence::facilities(&answer.facilities, &answer.off_network),
            "notReached": answer.unreached,
            "dataVersion": basis.data_version(),
        "request": evidence::request(),
        },
    });
    let features = rows.iter().flat_map(Row::features).collect();
    let kind = Kind::of(basis, &question.facilities).many(Language::German);
    let name = file_name(&["naechste", &kind]);
    Ok(Answer { document, features, table: table(&rows, language), name, address: String::new() })
}

/// One of the nearest as it is written.
struct Row {
    id: String,
    name: Option<String>,
    operator: Option<String>,
    distance: f64,
    minutes: f64,
    airline: f64,
    point: [f64; 2],
    route: Vec<[f64; 2]>,
}

impl Row {
    fn of(found: &Found, answer: &Nearest, question: &Question, plane: &Plane) -> Option<Row> {
        let facility = answer.facilities.list.get(found.facility as usize)?;
        Some(Row {
            id: facility.id.clone(),
            name: facility.name.clone(),
            operator: facility.operator.clone(),
            distance: tenths(found.distance),
            minutes: tenths(question.profile.minutes(found.distance)),
            airline: tenths(found.airline),
            point: plane.lonlat(&[facility.place.point()]).first().map(degrees)?,
            route: plane.lonlat(&found.route).iter().map(degrees).collect(),
        })
    }

    fn document(&self) -> Value {
        let mut document = json!({
            "id": self.id, "name": self.name, "operator": self.operator, "distance": self.distance, "minutes": self.minutes,
            "airline": self.airline, "point": self.point,
        });
        if let Some(members) = document.as_object_mut().filter(|_| !self.route.is_empty()) {
            members.insert("route".into(), json!({ "type": "LineString", "coordinates": self.route }));
        }
        document
    }

    /// The facility, and the route where there is one.
    fn features(&self) -> Vec<Value> {
        let feature = |part: &str, geometry: Value| {
            json!({
                "type": "Feature", "id": format!("{part}.{}", self.id), "geometry": geometry,
                "properties": { "part": part, "id": self.id, "name": self.name, "operator": self.operator, "distance": self.distance,
                    "minutes": self.minutes, "airline": self.airline },
            })
        };
        let mut features = vec![feature("facility", json!({ "type": "Point", "coordinates": self.point }))];
        if !self.route.is_empty() {
            features.push(feature("route", json!({ "type": "LineString", "coordinates": self.route })));
        }
        features
    }
}

/// The columns of the table.
const COLUMNS: [&str; 7] = ["id", "name", "way", "minutes", "airline", "longitude", "latitude"];

fn table(rows: &[Row], language: Language) -> Table {
    let row = |row: &Row| {
        let [lon, lat] = row.point;
        let numbers = [row.distance, row.minutes, row.airline, lon, lat].map(Cell::Number);
        let name = row.name.clone().map_or(Cell::Empty, Cell::Text);
        [Cell::Text(row.id.clone()), name].into_iter().chain(numbers).collect()
    };
    Table {
        title: WORDS.text(language, "table.title"),
        columns: columns(&WORDS, language, &COLUMNS),
        rows: rows.iter().map(row).collect(),
        evidence: vec![],
    }
}
