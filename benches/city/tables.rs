//! The collections: buildings, addresses and facilities here, streets in their own file.

use std::ops::Range;

use super::clusters::{Cluster, place};
use super::streets;
use crate::random::Random;
use crate::table::{Geometry, GeometryKind, Kind, Point, Table, Value, column, millimetres};

/// Where the middles lie, in metres of EPSG:25832.
pub const EASTINGS: Range<f64> = 345_000.0..369_000.0;
/// The same to the north.
pub const NORTHINGS: Range<f64> = 5_634_000.0..5_660_000.0;
const CLUSTERS: usize = 90;
const BUILDINGS: i64 = 300_000;
const ADDRESSES: usize = 160_000;
const FACILITIES: usize = 5_000;

/// All collections.
pub fn all() -> Vec<Table> {
    let mut random = Random::of("clusters");
    let clusters: Vec<Cluster> = (0..CLUSTERS)
        .map(|_| Cluster {
            middle: [EASTINGS, NORTHINGS].map(|range| random.between(range.start, range.end)),
            spread: random.between(400.0, 1_300.0),
        })
        .collect();
    let buildings = buildings(&clusters);
    let places = places(&buildings);
    let addresses = addresses(places.get(..ADDRESSES).unwrap_or_default());
    let facilities = facilities(places.get(..FACILITIES).unwrap_or_default());
    vec![buildings, streets::table(&clusters), addresses, facilities]
}

/// The middle of each feature's first and third vertex: for a rectangle its centre.
pub fn places(table: &Table) -> Vec<Point> {
    let middle = |[a, b]: [Point; 2]| millimetres([(a[0] + b[0]) / 2.0, (a[1] + b[1]) / 2.0]);
    let centre = |geometry: &Geometry| match geometry {
        Geometry::Polygon(rings) => match rings.first().map(Vec::as_slice) {
            Some([first, _, third, ..]) => Some(middle([*first, *third])),
            _ => None,
        },
        _ => None,
    };
    table.rows.iter().filter_map(|(geometry, _)| centre(geometry.as_ref()?)).collect()
}

fn buildings(clusters: &[Cluster]) -> Table {
    const USES: [&str; 5] = ["Wohnhaus", "Garage", "Gewerbe", "Schule", "Nebengebäude"];
    let mut random = Random::of("buildings");
    let rows = (1..=BUILDINGS).map(|id| {
        let geometry = rectangle(place(clusters, &mut random), &mut random);
        let values = vec![
            Value::Integer(id),
            Value::text(format!("DENW{id:010}")),
            Value::text(random.pick(&USES)),
            Value::Integer(random.whole(1, 8)),
            Value::Integer(random.whole(1900, 2022)),
        ];
        (Some(geometry), values)
    });
    Table {
        name: "gebaeude",
        title: "Gebäude",
        description: "Erfundene Gebäude",
        geometry: Some(GeometryKind::Polygon),
        key: &["id"],
        columns: vec![
            column("id", Kind::Integer, "Nummer"),
            column("kennung", Kind::Text, "Kennung"),
            column("funktion", Kind::Text, "Funktion"),
            column("geschosse", Kind::Integer, "Geschosse"),
            column("baujahr", Kind::Integer, "Baujahr"),
        ],
        rows: rows.collect(),
    }
}

/// A rectangle of 6 to 20 m each way, turned by any angle.
fn rectangle(centre: Point, random: &mut Random) -> Geometry {
    let (width, height) = (random.between(3.0, 10.0), random.between(3.0, 10.0));
    let (sine, cosine) = random.between(0.0, std::f64::consts::PI).sin_cos();
    let ring = [[-1.0, -1.0], [-1.0, 1.0], [1.0, 1.0], [1.0, -1.0], [-1.0, -1.0]].map(|[a, b]| {
        let (x, y) = (a * width, b * height);
        millimetres([centre[0] + x * cosine - y * sine, centre[1] + x * sine + y * cosine])
    });
    Geometry::Polygon(vec![ring.to_vec()])
}

fn addresses(places: &[Point]) -> Table {
    let rows = places.iter().zip(1..).map(|(place, id)| {
        let values = vec![
            Value::Integer(id),
            Value::text(format!("Straße {}", id % 6_000)),
            Value::Integer(1 + id % 200),
            Value::text((50_667 + id % 100).to_string()),
        ];
        (Some(Geometry::Point(*place)), values)
    });
    Table {
        name: "adressen",
        title: "Adressen",
        description: "Erfundene Adressen",
        geometry: Some(GeometryKind::Point),
        key: &["id"],
        columns: vec![
            column("id", Kind::Integer, "Nummer"),
            column("strasse", Kind::Text, "Straße"),
            column("hausnummer", Kind::Integer, "Hausnummer"),
            column("plz", Kind::Text, "Postleitzahl"),
        ],
        rows: rows.collect(),
    }
}

fn facilities(places: &[Point]) -> Table {
    let rows =
        places.iter().zip(1..).map(|(place, id)| (Some(Geometry::Point(*place)), facility(id))).collect();
    Table {
        name: "einrichtungen",
        title: "Einrichtungen",
        description: "Erfundene Einrichtungen mit Attributen aller Typen",
        geometry: Some(GeometryKind::Point),
        key: &["id"],
        columns: vec![
            column("id", Kind::Integer, "Nummer"),
            column("name", Kind::Text, "Name"),
            column("art", Kind::Text, "Art"),
            column("traeger", Kind::Text, "Träger"),
            column("plaetze", Kind::Integer, "Plätze"),
            column("rollstuhlgerecht", Kind::Boolean, "Rollstuhlgerecht"),
            column("eroeffnet", Kind::Date, "Eröffnet"),
            column("url", Kind::Text, "Internet"),
            column("bemerkung", Kind::Text, "Bemerkung"),
            column("note", Kind::Numeric, "Note"),
            column("hoehe", Kind::Double, "Höhe").unit("m"),
            column("geaendert", Kind::TimestampWithZone, "Geändert"),
            column("oeffnung", Kind::Json, "Öffnungszeiten"),
            column("merkmale", Kind::TextArray, "Merkmale"),
            column("kennung", Kind::Uuid, "Kennung"),
        ],
        rows,
    }
}

fn facility(id: i64) -> Vec<Value> {
    let choice = |choices: &[&'static str]| choices[id as usize % choices.len()];
    vec![
        Value::Integer(id),
        Value::text(format!("Einrichtung {id}")),
        Value::text(choice(&["Kita", "Grundschule", "Spielplatz", "Bibliothek", "Pflegeheim"])),
        Value::text(choice(&["städtisch", "kirchlich", "frei", "privat"])),
        if id % 7 == 0 { Value::Null } else { Value::Integer(20 + id % 180) },
        Value::Boolean(id % 3 == 0),
        Value::text(format!("{}-{:02}-{:02}", 1950 + id % 71, 1 + id % 12, 1 + id % 28)),
        Value::text(format!("https://example.org/{id}")),
        Value::text(format!("Anmerkung zu {id}")),
        Value::text(format!("{}.{}0", id % 100 / 10, id % 10)),
        Value::Double((id * 37 % 2_000) as f64 / 8.0),
        Value::text(format!("2024-{:02}-{:02}T{:02}:30:00Z", 1 + id % 12, 1 + id % 28, id % 24)),
        Value::text(r#"{"mo": "8-16"}"#),
        Value::Array(vec!["a", "b"]),
        Value::text(format!("00000000-0000-4000-8000-{id:012x}")),
    ]
}
