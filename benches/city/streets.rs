//! Streets: lines of 5 to 20 vertices that wind a little.

use super::clusters::{Cluster, place};
use crate::random::Random;
use crate::table::{Geometry, GeometryKind, Kind, Point, Table, Value, column, millimetres};

const STREETS: i64 = 60_000;
/// From one vertex to the next, in metres.
const STEP: f64 = 22.0;
/// How far a vertex strays, in metres.
const WINDING: f64 = 6.0;

/// The table.
pub fn table(clusters: &[Cluster]) -> Table {
    const SORTS: [&str; 4] = ["Hauptstraße", "Wohnstraße", "Fußweg", "Radweg"];
    let mut random = Random::of("streets");
    let rows = (1..=STREETS).map(|id| {
        let values = vec![
            Value::Integer(id),
            Value::text(format!("Straße {}", id % 6_000)),
            Value::text(SORTS[id as usize % 4]),
        ];
        (Some(Geometry::LineString(line(place(clusters, &mut random), id, &mut random))), values)
    });
    Table {
        name: "strassen",
        title: "Straßen",
        description: "Erfundene Straßen",
        geometry: Some(GeometryKind::LineString),
        key: &["id"],
        columns: vec![
            column("id", Kind::Integer, "Nummer"),
            column("name", Kind::Text, "Name"),
            column("art", Kind::Text, "Art"),
        ],
        rows: rows.collect(),
    }
}

fn line(start: Point, id: i64, random: &mut Random) -> Vec<Point> {
    let (sine, cosine) = random.between(0.0, std::f64::consts::TAU).sin_cos();
    let vertex = |number: i64| {
        let (number, phase) = (number as f64, id as f64);
        millimetres([
            start[0] + number * STEP * cosine + WINDING * (number * 1.7 + phase).sin(),
            start[1] + number * STEP * sine + WINDING * (number * 1.3 + phase).cos(),
        ])
    };
    (0..=4 + id % 16).map(vertex).collect()
}
