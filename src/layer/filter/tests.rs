//! Compares bound filters with a simple implementation of the definition, row by row.

use std::cmp::Ordering;

use jiff::Timestamp;
use proptest::prelude::*;

use super::truth::Truth;
use super::*;
use crate::access::{Caller, Policy};
use crate::catalog::{Collection, ColumnSchema, ColumnType, Detail, Freshness, GeometryColumn};
use crate::geo::geometry::Role;
use crate::geo::{Crs, GeometryType, Shape};
use crate::layer::build::LayerBuilder;
use crate::layer::column::Value;
use crate::layer::evaluate::{Answer, evaluate};
use crate::layer::resident::Layer;
use crate::query::filter::{Comparison, GeometryOperand, Scalar, SpatialRelation};
use crate::query::{Cursor, Literal, Query, SortKey};

/// A row: a text, a whole number, a float, a decimal, a date, a boolean, and the place of its
/// point.
type Row = (
    Option<&'static str>,
    Option<i64>,
    Option<f64>,
    Option<&'static str>,
    Option<i32>,
    Option<bool>,
    Option<[i32; 2]>,
);

const TEXTS: [&str; 6] = ["", "a", "Ä", "Straße", "STRASSE", "b%"];
const DECIMALS: [&str; 5] = ["-1.50", "0", "1.5", "12345678901234567890.5", "NaN"];

fn rows() -> impl Strategy<Value = Vec<Row>> {
    let text = prop::option::weighted(0.8, prop::sample::select(TEXTS.to_vec()));
    let whole = prop::option::weighted(0.8, prop_oneof![-3i64..3, Just(i64::MAX), Just((1 << 53) + 1)]);
    let float = prop::option::weighted(
        0.8,
        prop_oneof![(-3i32..3).prop_map(|n| f64::from(n) / 2.0), Just(f64::NAN), Just(f64::INFINITY)],
    );
    let decimal = prop::option::weighted(0.8, prop::sample::select(DECIMALS.to_vec()));
    let (date, open) = (prop::option::of(-2i32..2), prop::option::of(any::<bool>()));
    let point = prop::option::weighted(0.9, [0i32..5, 0..5]);
    prop::collection::vec((text, whole, float, decimal, date, open, point), 60..80)
}

fn collection() -> Collection {
    use ColumnType::*;
    let kinds = [
        ("id", Integer),
        ("text", Text),
        ("whole", BigInteger),
        ("float", Double),
        ("decimal", Numeric),
        ("date", Date),
        ("open", Boolean),
    ];
    Collection {
        id: "rows".into(),
        short: "rows".into(),
        qualified: "rows".into(),
        title: "Rows".into(),
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
        key: vec![0],
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

fn layer(collection: &Collection, rows: &[Row]) -> Layer {
    let mut builder = LayerBuilder::new(collection).unwrap();
    for (id, (text, whole, float, decimal, date, open, point)) in rows.iter().enumerate() {
        let cells = [
            Value::Integer(id as i64),
            text.map_or(Value::Null, Value::Text),
            whole.map_or(Value::Null, Value::Integer),
            float.map_or(Value::Null, Value::Double),
            decimal.map_or(Value::Null, Value::Numeric),
            date.map_or(Value::Null, Value::Date),
            open.map_or(Value::Null, Value::Boolean),
        ];
        cells.into_iter().enumerate().for_each(|(column, value)| builder.cell(column, value));
        let shape = point.map(|[x, y]| point_at([f64::from(x), f64::from(y)]));
        builder.shape(shape.as_ref());
        builder.end_row().unwrap();
    }
    builder.finish(Timestamp::UNIX_EPOCH)
}

fn point_at([x, y]: [f64; 2]) -> Shape {
    let mut shape = Shape {
        kind: Some(GeometryType::Point),
        xy: vec![[392_000.0 + x, 5_620_000.0 + y]],
        ..Shape::default()
    };
    shape.end_part(Role::Points);
    shape
}

fn square([x, y]: [i32; 2], side: i32) -> Shape {
    let corners = [[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]];
    let xy =
        corners.map(|[a, b]| [392_000.0 + f64::from(x + a * side), 5_620_000.0 + f64::from(y + b * side)]);
    let mut shape = Shape { kind: Some(GeometryType::Polygon), xy: xy.to_vec(), ..Shape::default() };
    shape.end_part(Role::Exterior);
    shape
}

fn comparison() -> impl Strategy<Value = Comparison> {
    use Comparison::*;
    prop::sample::select(vec![Equal, NotEqual, Less, LessOrEqual, Greater, GreaterOrEqual])
}

fn filter() -> impl Strategy<Value = Filter> {
    let literal = prop_oneof![
        prop::sample::select(TEXTS.to_vec()).prop_map(|text| (
            1,
            ColumnType::Text,
            Literal::Text(text.into())
        )),
        (-3i64..3).prop_map(|number| (2, ColumnType::BigInteger, Literal::Integer(number))),
        Just((2, ColumnType::Numeric, Literal::Decimal("1.5".into()))),
        (-3i32..3).prop_map(|number| (3, ColumnType::Double, Literal::Number(f64::from(number) / 2.0))),
        prop::sample::select(DECIMALS[..4].to_vec()).prop_map(|digits| (
            4,
            ColumnType::Numeric,
            Literal::Decimal(digits.into())
        )),
        (-2i32..2).prop_map(|days| (5, ColumnType::Date, Literal::Date(days))),
        any::<bool>().prop_map(|value| (6, ColumnType::Boolean, Literal::Boolean(value))),
    ];
    let compare = (comparison(), literal.clone(), any::<bool>()).prop_map(
        |(operator, (column, kind, literal), turn)| {
            let (left, right) = (Scalar::Column(column), Scalar::Literal(literal));
            let (left, right) = if turn { (right, left) } else { (left, right) };
            Filter::Compare { operator, kind, left, right }
        },
    );
    let columns = (
        comparison(),
        prop::sample::select(vec![
            (2, 3, ColumnType::Double),
            (2, 4, ColumnType::Numeric),
            (3, 4, ColumnType::Double),
        ]),
    )
        .prop_map(|(operator, (left, right, kind))| Filter::Compare {
            operator,
            kind,
            left: Scalar::Column(left),
            right: Scalar::Column(right),
        });
    let is_in = prop::collection::vec(literal, 1..6).prop_map(|items| {
        let (column, kind, _) = items[0].clone();
        let list =
            items.into_iter().filter(|item| (item.0, item.1) == (column, kind)).map(|item| item.2).collect();
        Filter::In { kind, value: Scalar::Column(column), list }
    });
    let like = (prop::sample::select(vec!["a%", "%stra_se%", "strasse", "_", "b\\%", ""]), any::<bool>())
        .prop_map(|(pattern, case)| {
            let text = Scalar::Column(1);
            let value =
                if case { Scalar::Folded { case, accents: false, text: Box::new(text) } } else { text };
            Filter::Like { value, pattern: pattern.into() }
        });
    let spatial = (any::<bool>(), [0i32..5, 0..5], 0i32..3).prop_map(|(intersects, at, side)| {
        let relation = if intersects { SpatialRelation::Intersects } else { SpatialRelation::Disjoint };
        let shape = if side == 0 { point_at(at.map(f64::from)) } else { square(at, side) };
        Filter::Spatial { relation, left: GeometryOperand::Column, right: GeometryOperand::Literal(shape) }
    });
    let is_null = (1usize..7).prop_map(|column| Filter::IsNull(Scalar::Column(column)));
    let constant = prop::option::of(any::<bool>()).prop_map(Filter::Constant);
    let leaf = prop_oneof![6 => compare, 2 => columns, 1 => is_in, 1 => like, 2 => spatial, 1 => is_null, 1 => Just(Filter::GeometryIsNull), 1 => constant];
    leaf.prop_recursive(4, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Filter::And),
            prop::collection::vec(inner.clone(), 0..4).prop_map(Filter::Or),
            inner.prop_map(|part| Filter::Not(Box::new(part))),
        ]
    })
}

/// Returns a value of a row or a literal as a number. Floats suffice, since no two numbers that
/// these tests compare are equal as floats.
fn number(row: &Row, scalar: &Scalar) -> Option<f64> {
    match scalar {
        Scalar::Column(2) => row.1.map(|value| value as f64),
        Scalar::Column(3) => row.2,
        Scalar::Column(4) => row.3.map(|digits| digits.parse().unwrap()),
        Scalar::Column(5) => row.4.map(f64::from),
        Scalar::Column(6) => row.5.map(|value| f64::from(u8::from(value))),
        Scalar::Literal(Literal::Integer(value)) => Some(*value as f64),
        Scalar::Literal(Literal::Number(value)) => Some(*value),
        Scalar::Literal(Literal::Decimal(digits)) => Some(digits.parse().unwrap()),
        Scalar::Literal(Literal::Date(days)) => Some(f64::from(*days)),
        Scalar::Literal(Literal::Boolean(value)) => Some(f64::from(u8::from(*value))),
        _ => None,
    }
}

fn text<'a>(row: &'a Row, scalar: &'a Scalar) -> Option<String> {
    match scalar {
        Scalar::Column(1) => row.0.map(str::to_owned),
        Scalar::Literal(Literal::Text(text)) => Some(text.clone()),
        Scalar::Folded { text: inner, .. } => Some(text(row, inner)?.to_lowercase().replace('ß', "ss")),
        _ => None,
    }
}

fn order(row: &Row, kind: ColumnType, left: &Scalar, right: &Scalar) -> Option<Ordering> {
    if kind == ColumnType::Text {
        return Some(text(row, left)?.cmp(&text(row, right)?));
    }
    let (left, right) = (number(row, left)?, number(row, right)?);
    Some(left.partial_cmp(&right).unwrap_or_else(|| left.is_nan().cmp(&right.is_nan())))
}

/// Evaluates a filter by SQL's truth tables.
fn plainly(row: &Row, filter: &Filter) -> Truth {
    match filter {
        Filter::Constant(truth) => *truth,
        Filter::And(parts) => {
            let truths: Vec<Truth> = parts.iter().map(|part| plainly(row, part)).collect();
            if truths.contains(&Some(false)) {
                Some(false)
            } else if truths.contains(&None) {
                None
            } else {
                Some(true)
            }
        }
        Filter::Or(parts) => {
            let truths: Vec<Truth> = parts.iter().map(|part| plainly(row, part)).collect();
            if truths.contains(&Some(true)) {
                Some(true)
            } else if truths.contains(&None) {
                None
            } else {
                Some(false)
            }
        }
        Filter::Not(part) => plainly(row, part).map(|truth| !truth),
        Filter::Compare { operator, kind, left, right } => {
            Some(operator.holds(order(row, *kind, left, right)?))
        }
        Filter::In { kind, value, list } => {
            let equals = |literal: &Literal| order(row, *kind, value, &Scalar::Literal(literal.clone()));
            let orders: Option<Vec<Ordering>> = list.iter().map(equals).collect();
            Some(orders?.contains(&Ordering::Equal))
        }
        Filter::Like { value, pattern } => Some(Pattern::new(pattern).matches(&text(row, value)?)),
        Filter::IsNull(Scalar::Column(1)) => Some(row.0.is_none()),
        Filter::IsNull(scalar) => Some(number(row, scalar).is_none()),
        Filter::GeometryIsNull => Some(row.6.is_none()),
        Filter::Spatial { relation, right: GeometryOperand::Literal(shape), .. } => {
            let at = row.6?.map(f64::from);
            let at = [392_000.0 + at[0], 5_620_000.0 + at[1]];
            let meets = crate::geo::Bbox::around(&shape.xy).contains(at);
            Some(meets == (*relation == SpatialRelation::Intersects))
        }
        other => panic!("{other:?}"),
    }
}

fn ids(view: &View<'_>, answer: &Answer) -> Vec<usize> {
    answer.rows.iter().map(|row| view.key(*row).unwrap().text().parse().unwrap()).collect()
}

/// Sorts rows by one column as PostgreSQL does, with NULL above all.
fn sorted(rows: &[Row], mut found: Vec<usize>, column: usize, descending: bool) -> Vec<usize> {
    let key = Scalar::Column(column);
    let kind = if column == 1 { ColumnType::Text } else { ColumnType::Double };
    let is_null = |row: &Row| plainly(row, &Filter::IsNull(key.clone())) == Some(true);
    found.sort_by(|left, right| {
        let (one, other) = (&rows[*left], &rows[*right]);
        let order = is_null(one).cmp(&is_null(other)).then_with(|| {
            if kind == ColumnType::Text {
                text(one, &key).cmp(&text(other, &key))
            } else {
                match (number(one, &key), number(other, &key)) {
                    (Some(one), Some(other)) => {
                        one.partial_cmp(&other).unwrap_or_else(|| one.is_nan().cmp(&other.is_nan()))
                    }
                    _ => Ordering::Equal,
                }
            }
        });
        if descending { order.reverse() } else { order }.then(left.cmp(right))
    });
    found
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..Default::default() })]

    #[test]
    fn bound_filters_find_what_a_plain_reading_finds(
        rows in rows(), filters in prop::collection::vec(filter(), 12),
        sort in prop::sample::select(vec![1usize, 2, 3, 4, 5, 6]), descending in any::<bool>(), limit in 1usize..30,
    ) {
        let collection = collection();
        let layer = layer(&collection, &rows);
        let permit = Policy::default().read(&collection, &Caller::Anonymous).unwrap();
        let view = View::new(&layer, &collection, &permit);
        for filter in filters {
            let expected: Vec<usize> = (0..rows.len()).filter(|id| plainly(&rows[*id], &filter) == Some(true)).collect();
            let all = Query { filter: Some(filter.clone()), limit: usize::MAX, ..Query::default() };
            let answer = evaluate(&view, &all).unwrap();
            prop_assert_eq!(ids(&view, &answer), &expected[..], "{:?}", filter);
            prop_assert_eq!(answer.matched as usize, expected.len());

            // The same sorted, read forward page by page, and back.
            let expected = sorted(&rows, expected, sort, descending);
            let sort = vec![SortKey { column: sort, descending }];
            let mut query = Query { filter: Some(filter), sort, limit, ..Query::default() };
            let (mut pages, mut cursors): (Vec<Vec<usize>>, Vec<Option<Cursor>>) = (vec![], vec![]);
            loop {
                let answer = evaluate(&view, &query).unwrap();
                pages.push(ids(&view, &answer));
                cursors.push(answer.previous);
                match answer.next {
                    // The cursor is encoded into the link and decoded again, as for a client.
                    Some(next) => query.from = Some(Cursor::decode(&next.encode()).unwrap()),
                    None => break,
                }
                prop_assert!(pages.len() <= rows.len());
            }
            prop_assert_eq!(pages.concat(), &expected[..]);
            for (number, cursor) in cursors.into_iter().enumerate() {
                prop_assert_eq!(cursor.is_some(), number > 0);
                if let Some(cursor) = cursor {
                    query.from = Some(cursor);
                    prop_assert_eq!(&ids(&view, &evaluate(&view, &query).unwrap()), &pages[number - 1]);
                }
            }
            let offset = Query { offset: limit, from: None, ..query };
            let window = expected.iter().skip(limit).take(limit).copied().collect::<Vec<_>>();
            prop_assert_eq!(ids(&view, &evaluate(&view, &offset).unwrap()), window);
        }
    }
}
