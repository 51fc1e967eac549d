//! Text and JSON are two spellings of one tree: what is written is read back, and any bytes give an
//! answer.

use proptest::prelude::*;

use super::expression::TemporalRelation;
use super::tests::{collection, visible};
use super::*;
use crate::geo::geometry::Role;
use crate::geo::{GeometryType, Shape};
use crate::query::filter::{Arithmetic, ArrayRelation, Comparison, Function, SpatialRelation};

#[test]
fn areas_by_reference_are_for_rules_alone() {
    let (rule, limits) = ("S_WITHIN(\"geometry\",AREA('district','O''4'))", Limits::default());
    let read = text::parse_rule(rule, &limits).unwrap();
    assert_eq!(write_text::write(&read), rule);
    let areas: Vec<_> = read.areas().into_iter().map(|area| [&*area.level, &*area.id]).collect();
    assert_eq!(areas, [["district", "O'4"]]);
    let refused = text::parse(rule, &limits).unwrap_err().to_string();
    assert!(refused.contains("calls AREA, which is no function here"), "{refused}");
    assert!(json::parse(&write_json::write(&read), &limits).is_err());
    // Until its border is known, nothing can be said of what lies in it.
    let collection = collection();
    let schema = Schema { collection: &collection, visible: &visible(&collection) };
    assert!(check(&read, crate::geo::Crs::Crs84, &schema).is_err());
}

#[test]
fn json_and_text_are_one_tree() {
    for (text, json) in [
        ("name = 'x'", r#"{"op":"=","args":[{"property":"name"},"x"]}"#),
        ("NOT (name IS NULL)", r#"{"op":"not","args":[{"op":"isNull","args":[{"property":"name"}]}]}"#),
        ("a IN (1,2.50)", r#"{"op":"in","args":[{"property":"a"},[1,2.5]]}"#),
        ("a BETWEEN 1 AND 2", r#"{"op":"between","args":[{"property":"a"},1,2]}"#),
        (
            "CASEI(a) LIKE CASEI('x%')",
            r#"{"op":"like","args":[{"op":"casei","args":[{"property":"a"}]},{"op":"casei","args":["x%"]}]}"#,
        ),
        (
            "S_WITHIN(geom,POINT(1 2.5))",
            r#"{"op":"s_within","args":[{"property":"geom"},{"type":"Point","coordinates":[1,2.5]}]}"#,
        ),
        (
            "S_INTERSECTS(geom,BBOX(1,2,3,4))",
            r#"{"op":"s_intersects","args":[{"property":"geom"},{"bbox":[1,2,3,4]}]}"#,
        ),
        (
            "T_DURING(a,INTERVAL('2020-01-01','..'))",
            r#"{"op":"t_during","args":[{"property":"a"},{"interval":["2020-01-01",".."]}]}"#,
        ),
        ("a = DATE('2020-01-01')", r#"{"op":"=","args":[{"property":"a"},{"date":"2020-01-01"}]}"#),
        (
            "a > TIMESTAMP('2020-01-01T00:00:00Z')",
            r#"{"op":">","args":[{"property":"a"},{"timestamp":"2020-01-01T00:00:00Z"}]}"#,
        ),
        (r"a LIKE 'C:\\x\_%'", r#"{"op":"like","args":[{"property":"a"},"C:\\\\x\\_%"]}"#),
        ("A_CONTAINS(a,('x','y'))", r#"{"op":"a_contains","args":[{"property":"a"},["x","y"]]}"#),
        ("a = 12345678901234567890.125", r#"{"op":"=","args":[{"property":"a"},12345678901234567890.125]}"#),
    ] {
        let limits = Limits::default();
        let expression = text::parse(text, &limits).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(json::parse(json, &limits).unwrap(), expression, "{text}");
        assert_eq!(write_json::write(&expression), json);
        assert_eq!(text::parse(&write_text::write(&expression), &limits).unwrap(), expression);
    }
    for text in [
        "null",
        "{}",
        r#"{"op":"pg_sleep","args":[1]}"#,
        r#"{"op":"and","args":[true]}"#,
        "{\"op\":\"=\"",
        r#"{"op":"="}"#,
        r#"{"type":"Point","coordinates":[1]}"#,
        r#"{"type":"Polygon","coordinates":[[]]}"#,
        r#"{"bbox":[1,2]}"#,
        "[1,",
        r#"{"type":"Point","coordinates":[1,null]}"#,
    ] {
        assert_eq!(
            json::parse(text, &Limits::default()).unwrap_err().parameter.as_deref(),
            Some("filter"),
            "{text}"
        );
    }
}

fn leaf(node: Node) -> Expression {
    Expression { node, position: TextPosition(0) }
}

fn geometry() -> impl Strategy<Value = Shape> {
    use GeometryType::*;
    let run = prop::collection::vec(
        [-90i32..90, -90..90].prop_map(|at| at.map(|number| f64::from(number) / 8.0)),
        2..5,
    );
    let runs = prop::collection::vec(run, 1..4);
    let kind =
        prop::sample::select(vec![Point, LineString, Polygon, MultiPoint, MultiLineString, MultiPolygon]);
    (kind, runs, any::<bool>()).prop_map(|(kind, mut runs, has_z)| {
        match kind {
            Point => runs = vec![vec![runs[0][0]]],
            LineString | MultiPoint => runs.truncate(1),
            _ => {}
        }
        let mut shape = Shape { kind: Some(kind), ..Shape::default() };
        for (index, run) in runs.into_iter().enumerate() {
            shape.xy.extend(run);
            shape.end_part(match kind {
                Point | MultiPoint => Role::Points,
                LineString | MultiLineString => Role::Line,
                Polygon if index > 0 => Role::Interior,
                MultiPolygon if index % 2 == 1 => Role::Interior,
                _ => Role::Exterior,
            });
        }
        if has_z {
            shape.z = shape.xy.iter().map(|at| at[0] + 0.5).collect();
        }
        shape
    })
}

/// Any tree that can be written, with names and texts of any letters and numbers of any digits.
fn expression() -> impl Strategy<Value = Expression> {
    let number = "-?[1-9][0-9]{0,24}(\\.[0-9]{0,6}[1-9])?|0|-?\\.[0-9]{0,3}[1-9]";
    let simple = prop_oneof![
        ".{1,8}".prop_map(Node::Property),
        ".{0,8}".prop_map(Node::Text),
        number.prop_map(Node::Number),
        any::<bool>().prop_map(Node::Boolean),
        "[0-9-]{0,10}".prop_map(Node::Date),
        "[0-9T:Z-]{0,20}".prop_map(Node::Timestamp),
        geometry().prop_map(Node::Geometry),
        prop::collection::vec((-900i32..900).prop_map(|number| f64::from(number) / 8.0), 4)
            .prop_map(Node::Bbox),
    ];
    simple.prop_map(leaf).prop_recursive(4, 24, 4, |inner| {
        let arguments = |count| prop::collection::vec(inner.clone(), count);
        let one = prop::sample::select(vec![
            Operator::Not,
            Operator::IsNull,
            Operator::Casei,
            Operator::Accenti,
            Operator::Function(Function::Absolute),
        ]);
        let two = prop::sample::select(vec![
            Operator::Comparison(Comparison::LessOrEqual),
            Operator::Comparison(Comparison::NotEqual),
            Operator::Like,
            Operator::Arithmetic(Arithmetic::Subtract),
            Operator::Arithmetic(Arithmetic::Power),
            Operator::Arithmetic(Arithmetic::WholeQuotient),
            Operator::Spatial(SpatialRelation::Touches),
            Operator::Temporal(TemporalRelation::OverlappedBy),
        ]);
        let list = prop::collection::vec(inner.clone(), 0..4);
        let operation = |operator, arguments| leaf(Node::Operation(operator, arguments));
        prop_oneof![
            (one, arguments(1..=1)).prop_map(move |(operator, arguments)| operation(operator, arguments)),
            (two, arguments(2..=2)).prop_map(move |(operator, arguments)| operation(operator, arguments)),
            arguments(2..=4).prop_map(move |arguments| operation(Operator::And, arguments)),
            arguments(2..=4).prop_map(move |arguments| operation(Operator::Or, arguments)),
            arguments(3..=3).prop_map(move |arguments| operation(Operator::Between, arguments)),
            (inner.clone(), list.clone()).prop_map(move |(value, list)| {
                operation(Operator::In, vec![value, leaf(Node::Array(list))])
            }),
            (inner.clone(), list).prop_map(move |(value, list)| {
                operation(Operator::Array(ArrayRelation::Contains), vec![value, leaf(Node::Array(list))])
            }),
            arguments(2..=2).prop_map(|ends| leaf(Node::Interval(Box::new(ends.try_into().unwrap())))),
        ]
    })
}

/// Returns whether no backslash of a pattern escapes its end or a quote, which text cannot express.
fn is_sayable(expression: &Expression, in_pattern: bool) -> bool {
    let all = |arguments: &[Expression], in_pattern| {
        arguments.iter().all(|argument| is_sayable(argument, in_pattern))
    };
    match &expression.node {
        Node::Text(text) | Node::Date(text) | Node::Timestamp(text) => {
            let rest = text.replace(r"\\", "");
            !in_pattern || !(rest.ends_with('\\') || rest.contains(r"\'"))
        }
        Node::Operation(Operator::Like, arguments) => {
            all(&arguments[..1], in_pattern) && all(&arguments[1..], true)
        }
        Node::Operation(_, arguments) | Node::Array(arguments) => all(arguments, in_pattern),
        Node::Interval(ends) => all(ends.as_slice(), in_pattern),
        _ => true,
    }
}

/// Returns a pattern or a text as in CQL2 text: quotes are doubled, and in texts backslashes too.
fn in_quotes(text: &str, is_pattern: bool) -> String {
    let text = if is_pattern { text.to_owned() } else { text.replace('\\', r"\\") };
    format!("'{}'", text.replace('\'', "''"))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, ..Default::default() })]

    #[test]
    fn a_pattern_and_a_text_are_the_same_in_both_spellings(
        pattern in "([ab%_']|\\\\[\\\\%_a]){0,8}", literal in "[ab%_'\\\\]{0,8}",
    ) {
        let limits = Limits::default();
        let parsed = |text: &str| text::parse(text, &limits).map_err(|error| TestCaseError::fail(error.to_string()));
        for call in ["", "CASEI"] {
            let of = |what: &str| if call.is_empty() { what.to_owned() } else { format!("{call}({what})") };
            let text = format!("{} LIKE {}", of("name"), of(&in_quotes(&pattern, true)));
            let argument = |value: serde_json::Value| match call {
                "" => value,
                _ => serde_json::json!({ "op": "casei", "args": [value] }),
            };
            let json = serde_json::json!({
                "op": "like",
                "args": [argument(serde_json::json!({ "property": "name" })), argument(pattern.as_str().into())],
            });
            prop_assert_eq!(&parsed(&text)?, &json::parse(&json.to_string(), &limits).unwrap());
        }
        let text = format!("name = {}", in_quotes(&literal, false));
        let json = serde_json::json!({ "op": "=", "args": [{ "property": "name" }, literal] });
        prop_assert_eq!(&parsed(&text)?, &json::parse(&json.to_string(), &limits).unwrap());
    }

    #[test]
    fn what_is_written_is_read_back(
        expression in expression().prop_filter("it can be said", |expression| is_sayable(expression, false)),
    ) {
        let limits = Limits { filter_depth: 64, ..Limits::default() };
        let text = write_text::write(&expression);
        prop_assert_eq!(&text::parse(&text, &limits).map_err(|error| TestCaseError::fail(format!("{error}: {text}")))?, &expression);
        let json = write_json::write(&expression);
        prop_assert_eq!(&json::parse(&json, &limits).map_err(|error| TestCaseError::fail(format!("{error}: {json}")))?, &expression);
    }
}

#[test]
fn any_filter_in_text_is_an_answer() {
    let collection = collection();
    let visible = visible(&collection);
    let schema = Schema { collection: &collection, visible: &visible };
    bolero::check!().with_test_time(crate::fuzz_time()).for_each(|bytes: &[u8]| {
        let limits = Limits::default();
        if let Ok(expression) = text::parse(&String::from_utf8_lossy(bytes), &limits) {
            let _ = check(&expression, Crs::Crs84, &schema);
            assert_eq!(text::parse(&write_text::write(&expression), &limits).ok(), Some(expression));
        }
    });
}

#[test]
fn any_filter_in_json_is_an_answer() {
    let collection = collection();
    let visible = visible(&collection);
    let schema = Schema { collection: &collection, visible: &visible };
    bolero::check!().with_test_time(crate::fuzz_time()).for_each(|bytes: &[u8]| {
        let limits = Limits::default();
        if let Ok(expression) = json::parse(&String::from_utf8_lossy(bytes), &limits) {
            let _ = check(&expression, Crs::Epsg(25832), &schema);
            assert_eq!(json::parse(&write_json::write(&expression), &limits).ok(), Some(expression));
        }
    });
}
