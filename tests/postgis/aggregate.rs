//! Groups and what is made of them, held against `GROUP BY` of PostgreSQL.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::postgres::database;
use crate::server::Server;
use crate::tools::{step, town};

/// What PostgreSQL says: by the text of the group, the text of each value; NULL is `~`.
fn theirs(database: &crate::postgres::Database<'_>, sql: &str) -> BTreeMap<String, Vec<String>> {
    let text = database.sql(&format!("\\pset null ~\n{sql}"));
    let lines = text.lines().map(|line| line.split('|').map(str::to_owned).collect::<Vec<_>>());
    lines.map(|mut cells| (cells.remove(0), cells)).collect()
}

#[derive(serde::Deserialize)]
struct Document {
    groups: Vec<Group>,
}

#[derive(serde::Deserialize)]
struct Group {
    group: BTreeMap<String, Value>,
    #[serde(default)]
    area: Value,
    values: serde_json::Map<String, Value>,
}

fn ours(server: &Server, path: &str) -> BTreeMap<String, Vec<String>> {
    let answer = server.get(&format!("/collections/{path}"));
    assert_eq!(answer.status, 200, "{path}: {}", answer.text());
    let document: Document = serde_json::from_slice(&answer.body).unwrap();
    let plain = |value: &Value| match value {
        Value::Null => "~".into(),
        Value::String(text) => text.clone(),
        Value::Number(number) if number.is_f64() => number.as_f64().unwrap_or_default().to_string(),
        other => other.to_string(),
    };
    let by_group = |group: Group| {
        let name = match group.group.values().next() {
            Some(value) => plain(value),
            None => plain(&group.area["id"]),
        };
        (name, group.values.values().map(plain).collect())
    };
    document.groups.into_iter().map(by_group).collect()
}

/// Equal as texts, or as numbers up to the last digits of a double.
fn assert_alike(ours: &BTreeMap<String, Vec<String>>, theirs: &BTreeMap<String, Vec<String>>, what: &str) {
    assert_eq!(ours.keys().collect::<Vec<_>>(), theirs.keys().collect::<Vec<_>>(), "{what}");
    for (group, values) in ours {
        for (index, (ours, theirs)) in values.iter().zip(&theirs[group]).enumerate() {
            let is_near = match (ours.parse::<f64>(), theirs.parse::<f64>()) {
                (Ok(ours), Ok(theirs)) => ours == theirs || (ours - theirs).abs() <= 1e-12 * theirs.abs(),
                _ => false,
            };
            assert!(ours == theirs || is_near, "{what}, {group}, value {index}: {ours} {theirs}");
        }
    }
}

#[test]
fn groups_are_those_of_group_by() {
    let database = database("gruppen");
    // Numbers that no double holds, ties, NULL in groups and values, NaN, dates and texts with umlauts.
    database.sql(
        "CREATE TABLE werte AS
         SELECT i AS id, nullif((ARRAY['Ost','West','Süd','', NULL])[1 + i % 5], '~') AS g,
                CASE WHEN i % 7 > 0 THEN i * 1000003 END AS i4,
                CASE WHEN i % 11 > 0 THEN 9007199254740993 + i END AS i8,
                CASE WHEN i % 3 > 0 THEN (i * 123456789012345678.000000001)::numeric END AS n,
                CASE WHEN i % 4 > 0 THEN i / 7.0::float8 END AS d,
                CASE WHEN i % 5 > 0 THEN (i / 8.0)::float4 END AS r,
                date '2020-01-01' + i AS tag, 'Straße ' || i % 13 AS t, (i % 6)::numeric / 4 AS stufe,
                ST_SetSRID(ST_MakePoint(7 + i * 0.0001, 51), 4326)::geometry(Point, 4326) AS geom
         FROM generate_series(1, 1000) i;
         UPDATE werte SET g = 'Alles', n = NULL, i4 = NULL WHERE id > 990;
         ALTER TABLE werte ADD PRIMARY KEY (id)",
    );
    let server = Server::ready(&[&database.url()]);
    let made = [
        ("count", "count(*)"),
        ("count(i4)", "count(i4)"),
        ("sum(i4)", "sum(i4)"),
        ("sum(i8)", "sum(i8)"),
        ("sum(n)", "sum(n)"),
        ("avg(i4)", "avg(i4)"),
        ("avg(n)", "avg(n)"),
        ("sum(d)", "sum(d)"),
        ("avg(d)", "avg(d)"),
        ("avg(r)", "avg(r::float8)"),
        ("median(i4)", "percentile_cont(0.5) WITHIN GROUP (ORDER BY i4)"),
        ("median(d)", "percentile_cont(0.5) WITHIN GROUP (ORDER BY d)"),
        ("min(n)", "min(n)"),
        ("max(tag)", "max(tag)"),
        ("min(t)", "min(t COLLATE \"C\")"),
        ("max(i8)", "max(i8)"),
    ];
    let asked = made.map(|(ours, _)| ours).join(",");
    let sql = made.map(|(_, theirs)| theirs).join(", ");
    for (group, theirs_group) in [("g", "g"), ("stufe", "trim_scale(stufe)"), ("t", "t")] {
        let path = format!("werte/aggregate?group-by={group}&aggregate={}", step(&asked));
        let sql = format!("SELECT {theirs_group}, {sql} FROM werte GROUP BY {group}");
        assert_alike(&ours(&server, &path), &theirs(&database, &sql), group);
    }
    // Exact where it can be: to the digit, as text.
    let answer = server.get("/collections/werte/aggregate?aggregate=sum(n),sum(i8)").text();
    let exact = database.sql("SELECT sum(n), sum(i8) FROM werte");
    let (n, i8) = exact.split_once('|').unwrap();
    assert!(answer.contains(&format!("\"sum(n)\":{n},\"sum(i8)\":{i8}")), "{answer} {exact}");
}

#[test]
fn areas_hold_what_st_intersects_says() {
    let server = Server::ready(&[&town().url()]);
    for (points, areas) in [("adressen", "quartiere"), ("schulen", "bezirke"), ("kitas", "bezirke")] {
        let sql = format!(
            "SELECT a.id, count(p.geom) FROM {areas} a LEFT JOIN {points} p ON ST_Intersects(a.geom, p.geom)
             GROUP BY a.id"
        );
        let mut ours = ours(&server, &format!("{points}/aggregate?group-by-area={areas}"));
        ours.remove("~");
        assert_alike(&ours, &theirs(town(), &sql), &format!("{points} in {areas}"));
    }
}
