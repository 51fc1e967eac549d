//! In what answers from the database are known to differ from answers from memory: each by a question to both.
//!
//! 1. A calculation beyond 1e150 or below 1e-150 is NULL in the database, where it would end the statement.
//! 2. CASEI of a sigma at a word's end: ICU writes ς there, a layer σ, letter by letter.
//! 3. Geometry collections, and geometries that are not valid, are unknown to S_EQUALS, S_TOUCHES, S_WITHIN, S_OVERLAPS,
//!    S_CROSSES and S_CONTAINS in the database: GEOS would end the statement.
//! 4. The parameter `bbox` finds what has no geometry, but in the database not what has an empty
//!    one: no index does.
//!
//! Nothing else is known to: collation is not one, since text is compared by its bytes on both sides.

use veedel::catalog::ColumnType;
use veedel::geo::geometry::{Part, Role};
use veedel::geo::{Bbox, Crs, GeometryType, Shape};
use veedel::query::filter::{Arithmetic, Comparison, Filter, GeometryOperand, Scalar, SpatialRelation};
use veedel::query::{BboxFilter, Literal, Query};

use crate::postgres::database;
use crate::random_questions::{Twins, runtime, twins};

const ROWS: &str =
    "CREATE TABLE t (id int PRIMARY KEY, komma float8, wort text, geom geometry(Geometry, 25832));
    INSERT INTO t VALUES
      (1, 1e200, 'ΟΔΟΣ', ST_GeomFromText('GEOMETRYCOLLECTION(POINT(356000 5645000))', 25832)),
      (2, 2, 'οδοσ', ST_GeomFromText('POLYGON((0 0, 10 10, 10 0, 0 10, 0 0))', 25832)),
      (3, 3, 'zzz', ST_GeomFromText('POINT(356000 5645000)', 25832)),
      (4, 0, NULL, ST_GeomFromText('POINT EMPTY', 25832)),
      (5, 0, NULL, NULL);";

/// The ids that a filter finds: in memory, in the database.
fn found(twins: &Twins, filter: Filter) -> [Vec<String>; 2] {
    answered(twins, &Query { filter: Some(filter), limit: 10, ..Query::default() })
}

fn answered(twins: &Twins, query: &Query) -> [Vec<String>; 2] {
    let memory = twins.resident(query).unwrap();
    let database = runtime().block_on(twins.direct(query)).unwrap();
    [memory.ids, database.ids]
}

fn compare(operator: Comparison, kind: ColumnType, left: Scalar, literal: Literal) -> Filter {
    Filter::Compare { operator, kind, left, right: Scalar::Literal(literal) }
}

#[test]
fn what_differs_is_known() {
    let database = database("unterschiede");
    database.sql(ROWS);
    let twins = runtime().block_on(twins(&database.url()));
    let doubled = Scalar::Arithmetic {
        operator: Arithmetic::Multiply,
        whole: false,
        left: Box::new(Scalar::Column(1)),
        right: Box::new(Scalar::Literal(Literal::Number(2.0))),
    };
    let large = compare(Comparison::Greater, ColumnType::Double, doubled, Literal::Number(5.0));
    assert_eq!(found(&twins, large), [vec!["1", "3"], vec!["3"]]);

    let folded = Scalar::Folded { case: true, accents: false, text: Box::new(Scalar::Column(2)) };
    let sigma = compare(Comparison::Equal, ColumnType::Text, folded, Literal::Text("οδοσ".into()));
    assert_eq!(found(&twins, sigma), [vec!["1", "2"], vec![]]);

    let point = Shape {
        kind: Some(GeometryType::Point),
        xy: vec![[356_000.0, 5_645_000.0]],
        parts: vec![Part { role: Role::Points, end: 1 }],
        ..Shape::default()
    };
    let spatial = |relation| Filter::Spatial {
        relation,
        left: GeometryOperand::Column,
        right: GeometryOperand::Literal(point.clone()),
    };
    assert_eq!(found(&twins, spatial(SpatialRelation::Intersects)), [vec!["1", "3"], vec!["1", "3"]]);
    let [_, database] = found(&twins, spatial(SpatialRelation::Within));
    assert_eq!(database, ["3"]);

    let far = Bbox::new([0.0, 1000.0], [1.0, 1001.0]);
    let bbox = BboxFilter { boxes: vec![far], heights: None, crs: Crs::Epsg(25832) };
    let nowhere = Query { bbox: Some(bbox), limit: 10, ..Query::default() };
    assert_eq!(answered(&twins, &nowhere), [vec!["4", "5"], vec!["5"]]);
}
