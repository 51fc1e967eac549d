//! Tests of the statements: their text consists of names and a few words, everything else is a
//! value.

#![allow(clippy::unwrap_used)]

use super::*;
use crate::geo::Crs;
use crate::query::filter::{Comparison, GeometryOperand, Scalar, SpatialRelation};
use crate::query::{BboxFilter, Cursor, Filter, SortKey};

const ID: &str = r#""t"."id"::pg_catalog.int4"#;
const NAME: &str = r#""t"."na""me"::pg_catalog.text"#;
const GEOMETRY: &str = r#""t"."geom"::"public"."geometry""#;
const ALL: Wanted<'_> = Wanted { columns: &[0, 1, 2], geometry: true, order: RowOrder::Key };

fn select() -> Select {
    let schema = [("id", ColumnType::Integer), ("na\"me", ColumnType::Text), ("zahl", ColumnType::Numeric)]
        .map(|(name, kind)| ColumnSchema::new(name, kind));
    let forms = [Form::Cast("int4"), Form::Cast("text"), Form::Cast("text")];
    let spatial =
        Spatial { value: GEOMETRY.into(), postgis: Ident::new("public"), srid: 25832, is_any_type: false };
    Select::new(Ident::qualified("s", "Häuser"), &schema, &forms, Some(spatial), (vec![0], true))
}

fn list() -> String {
    format!(r#"{ID}, {NAME}, "t"."zahl"::pg_catalog.text, "public".geometry_send({GEOMETRY})"#)
}

#[test]
fn a_page_is_ordered_by_the_key_and_names_are_quoted() {
    let statement = select().page(&Query::default(), 11, ALL).unwrap();
    let expected = format!(r#"SELECT {} FROM "s"."Häuser" AS t ORDER BY {ID} LIMIT 11"#, list());
    assert_eq!(statement, Statement { text: expected, values: vec![] });
    let keys = Wanted { columns: &[0], geometry: false, order: RowOrder::Key };
    let statement = select().page(&Query { offset: 7, ..Query::default() }, 2, keys).unwrap();
    let expected =
        format!(r#"SELECT {ID}, NULL, NULL, NULL FROM "s"."Häuser" AS t ORDER BY {ID} LIMIT 2 OFFSET 7"#);
    assert_eq!(statement.text, expected);
}

#[test]
fn a_cursor_goes_on_behind_what_is_sorted_by_and_the_key() {
    let place =
        CursorPlace::Feature { values: vec![Some(Literal::Text("x'; --".into())), None], key: "7".into() };
    let sort = vec![SortKey { column: 1, descending: false }, SortKey { column: 2, descending: true }];
    let query = |direction| Query {
        sort: sort.clone(),
        from: Some(Cursor { direction, place: place.clone(), order: sort.clone() }),
        ..Query::default()
    };
    let statement = select().page(&query(Direction::Forward), 3, ALL).unwrap();
    let name = format!("{NAME} COLLATE \"C\"");
    let number = r#""t"."zahl"::pg_catalog.numeric"#;
    let expected = format!(
        "SELECT {} FROM \"s\".\"Häuser\" AS t WHERE (({name} > $2 OR {name} IS NULL) OR ({name} = $2 AND \
         ({number} IS NOT NULL OR ({number} IS NULL AND ({ID}) > ($1))))) ORDER BY {name}, {number} DESC, {ID} LIMIT 3",
        list()
    );
    assert_eq!(statement.text, expected);
    assert_eq!(statement.values, [Bound::Integer(7), Bound::Text("x'; --".into())]);
    // Backward, the nearest rows come first, and are reversed afterwards.
    let statement = select().page(&query(Direction::Backward), 3, ALL).unwrap();
    let ends = format!(
        "ORDER BY {name} DESC, {number}, {ID} DESC LIMIT 3) AS t ORDER BY {name}, {number} DESC, {ID}"
    );
    assert!(statement.text.ends_with(&ends), "{}", statement.text);
    assert!(statement.text.contains(&format!("AND ({ID}) < ($1)")), "{}", statement.text);
}

#[test]
fn a_cursor_of_elsewhere_is_refused() {
    for (values, key) in [(vec![], "x"), (vec![None], "7"), (vec![], "7,8")] {
        let place = CursorPlace::Feature { values, key: key.into() };
        let from = Some(Cursor { direction: Direction::Forward, place, order: vec![] });
        let fault = select().page(&Query { from, ..Query::default() }, 1, ALL).unwrap_err();
        assert_eq!(fault.parameter.as_deref(), Some("cursor"), "{key}");
    }
    // A cursor of another order: the sort value has another type than the column.
    use Literal::*;
    let text = || Text("x".into());
    for (column, value, fits) in [
        (0, Integer(7), true),
        (0, text(), false),
        (0, Decimal("7".into()), false),
        (1, text(), true),
        (1, Text("a\0".into()), false),
        (1, Integer(7), false),
        (1, Time(-1), false),
        (2, Decimal("7.5".into()), true),
        (2, Decimal("-Infinity".into()), true),
        (2, Decimal("x".into()), false),
        (2, Number(7.5), false),
    ] {
        let place = CursorPlace::Feature { values: vec![Some(value.clone())], key: "7".into() };
        let from = Some(Cursor { direction: Direction::Backward, place, order: vec![] });
        let sort = vec![SortKey { column, descending: true }];
        let asked = select().page(&Query { from, sort, ..Query::default() }, 1, ALL);
        let fault = asked.err().and_then(|fault| fault.parameter);
        assert_eq!(fault.as_deref(), (!fits).then_some("cursor"), "{column} {value:?}");
    }
}

#[test]
fn values_of_a_filter_are_bound_and_boxes_serve_the_index() {
    let hostile = Literal::Text("'); DROP TABLE x; --".into());
    let shape = crate::geo::Shape {
        kind: Some(crate::geo::GeometryType::Point),
        xy: vec![[1.0, 2.0]],
        parts: vec![crate::geo::geometry::Part { role: crate::geo::geometry::Role::Points, end: 1 }],
        ..Default::default()
    };
    let filter = Filter::And(vec![
        Filter::Compare {
            operator: Comparison::Less,
            kind: ColumnType::Text,
            left: Scalar::Column(1),
            right: Scalar::Literal(hostile.clone()),
        },
        Filter::Spatial {
            relation: SpatialRelation::Intersects,
            left: GeometryOperand::Column,
            right: GeometryOperand::Literal(shape.clone()),
        },
    ]);
    let bbox =
        BboxFilter { boxes: vec![Bbox::new([1.0, 2.0], [3.0, 4.0])], heights: None, crs: Crs::Epsg(25832) };
    let query = Query { filter: Some(filter), bbox: Some(bbox), ..Query::default() };
    let statement = select().count(&query).unwrap();
    assert_eq!(
        statement.text,
        format!(
            "SELECT pg_catalog.count(*) FROM \"s\".\"Häuser\" AS t WHERE \
             ({GEOMETRY} IS NULL OR ((({GEOMETRY} OPERATOR(\"public\".&&) \"public\".st_makeenvelope($1, $2, $3, $4, 25832) AND \
             \"public\".st_intersects({GEOMETRY}, \"public\".st_makeenvelope($5, $6, $7, $8, 25832)))))) AND \
             {GEOMETRY} OPERATOR(\"public\".&&) \"public\".st_makeenvelope($11, $12, $13, $14, 25832) AND \
             (({NAME} COLLATE \"C\" < $9) AND \"public\".st_intersects((CASE WHEN \"public\".st_isempty({GEOMETRY}) \
             THEN NULL ELSE {GEOMETRY} END), \"public\".st_geomfromwkb($10, 25832)))"
        )
    );
    let texts: Vec<&Bound> =
        statement.values.iter().filter(|value| matches!(value, Bound::Text(_))).collect();
    assert_eq!(texts, [&Bound::of(&hostile, ColumnType::Text)]);
    assert!(statement.values.contains(&Bound::Bytes(crate::geo::wkb::write(&shape))));
}

#[test]
fn a_key_is_looked_up_and_what_is_none_is_not() {
    let key = select().parse_key("7").unwrap();
    let statement = select().one(&key, ALL).unwrap();
    assert!(statement.text.ends_with(&format!("WHERE {ID} = $1 LIMIT 2")), "{}", statement.text);
    assert_eq!(statement.values, [Bound::Integer(7)]);
    assert_eq!(select().parse_key("seven"), None);
    assert!(select().key_is_unique().is_none(), "an index says so");
    assert!(select().key_fault().is_none());
    assert!(Select { key: vec![], ..select() }.key_fault().is_some());
    assert!(Select { key: vec![2], ..select() }.key_fault().is_some(), "a number of any length");
    let unproven = Select { key_is_indexed: false, ..select() };
    assert!(unproven.key_is_unique().unwrap().text.contains("GROUP BY"));
}

#[test]
fn a_tile_takes_the_largest_first() {
    let area = Some(Bbox::new([1.0, 2.0], [3.0, 4.0]));
    let statement = select().tile(&Query::default(), area, 0.5, Some(10), ALL).unwrap();
    assert!(statement.text.contains("OPERATOR(\"public\".&&)"), "{}", statement.text);
    assert!(statement.text.ends_with(&format!("DESC NULLS LAST, {ID} LIMIT 10")), "{}", statement.text);
    let all = select().tile(&Query::default(), None, 0.0, None, ALL).unwrap();
    let expected = format!("SELECT {} FROM \"s\".\"Häuser\" AS t WHERE {GEOMETRY} IS NOT NULL", list());
    assert_eq!(all, Statement { text: expected, values: vec![] });
}
