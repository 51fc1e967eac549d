//! Features and questions that look random and are the same at each run: on a coarse grid, so that geometries touch,
//! cross and are equal; with umlauts, accents, NULLs and numbers at the ends of their types on purpose.

use veedel::catalog::ColumnType;
use veedel::geo::geometry::{Part, Role};
use veedel::geo::{Bbox, Crs, GeometryType, Shape, wkb};
use veedel::query::filter::{
    Arithmetic, ArrayOperand, ArrayRelation, Comparison, Filter, Function, GeometryOperand, Scalar,
    SpatialRelation,
};
use veedel::query::{BboxFilter, Literal, Query, SortKey};

use crate::tools::Numbers;

/// The columns beside the geometry, in the order of the table: name, type, and values as SQL.
pub const COLUMNS: [(&str, &str, &[&str]); 14] = [
    ("id", "int PRIMARY KEY", &[]),
    ("ganz", "int", &["-3", "-1", "0", "1", "2", "3", "2147483647", "-2147483648"]),
    ("gross", "bigint", &["0", "1", "-1", "9007199254740993", "9223372036854775807", "-9223372036854775808"]),
    ("komma", "float8", &["0", "'-0'", "0.1", "1.5", "-2.5", "3", "1e10", "'NaN'", "'Infinity'"]),
    ("halb", "float4", &["0.1", "1.5", "-2.5", "16777216", "3"]),
    ("zahl", "numeric", &["0", "1.50", "-2.5", "12345678901234567890.123", "0.1", "3", "3.00"]),
    ("wort", "text", &WORDS_SQL),
    ("tag", "date", &["'2020-01-01'", "'2020-02-29'", "'1999-12-31'", "'2024-06-01'"]),
    (
        "zeit",
        "timestamp",
        &["'2020-01-01'", "'2020-01-01 12:30:00.5'", "'2024-06-01'", "'1999-12-31 23:59:59'"],
    ),
    ("zone", "timestamptz", &["'2020-01-01 00:00+00'", "'2020-01-01 01:00+01'", "'2024-06-01 02:00+02'"]),
    ("uhr", "time", &["'00:00'", "'12:30:00.5'", "'23:59:59'"]),
    ("wahr", "bool", &["true", "false"]),
    (
        "kennung",
        "uuid",
        &["'00000000-0000-0000-0000-000000000001'", "'ffffffff-0000-0000-0000-000000000000'"],
    ),
    ("liste", "text[]", &["'{}'", "'{a}'", "'{a,b}'", "'{b,a,a}'", "'{Köln,b}'"]),
];

const WORDS: [&str; 16] = [
    "Köln", "köln", "KOLN", "Straße", "STRASSE", "straße", "Ärger", "arger", "a%b", "a_b", "a\\b", "", "Zoo",
    "É", "e", "O'Neill",
];
const WORDS_SQL: [&str; 16] = [
    "'Köln'",
    "'köln'",
    "'KOLN'",
    "'Straße'",
    "'STRASSE'",
    "'straße'",
    "'Ärger'",
    "'arger'",
    "'a%b'",
    "'a_b'",
    "'a\\b'",
    "''",
    "'Zoo'",
    "'É'",
    "'e'",
    "'O''Neill'",
];
const PATTERNS: [&str; 10] = ["%", "k%", "%n", "_o%", "a\\%b", "a\\_b", "a\\\\b", "%ß%", "____", ""];
/// Where the grid begins, in EPSG:25832.
const ORIGIN: [f64; 2] = [356_000.0, 5_645_000.0];
const STEP: f64 = 100.0;
/// Only ids from here on have empty geometries, which a box finds in memory alone.
const EMPTY_FROM: usize = 700;

/// Draws at random.
pub struct Draw(pub Numbers);

impl Draw {
    pub fn below(&mut self, count: usize) -> usize {
        // The generator's first digits are its best.
        ((self.0.next() * count as f64) as usize).min(count - 1)
    }

    pub fn one_in(&mut self, count: usize) -> bool {
        self.below(count) == 0
    }

    pub fn of<T: Clone>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())].clone()
    }

    /// The table `t` with so many rows, as SQL.
    pub fn table(&mut self, rows: usize) -> String {
        let declared: Vec<String> = COLUMNS.iter().map(|(name, kind, _)| format!("{name} {kind}")).collect();
        let mut text = format!("CREATE TABLE t ({}, geom geometry(Geometry, 25832));\n", declared.join(", "));
        let mut geometries: Vec<String> = vec![];
        for id in 1..=rows {
            let mut values = vec![(id * 7 % 1000).to_string()];
            for (_, _, choices) in &COLUMNS[1..] {
                let value = if self.one_in(6) { "NULL".into() } else { self.of(choices).to_string() };
                values.push(value);
            }
            let geometry = if !geometries.is_empty() && self.one_in(4) {
                self.of(&geometries)
            } else {
                match self.below(12) {
                    0 => "NULL".into(),
                    1 => "ST_SetSRID('POINT EMPTY'::geometry, 25832)".into(),
                    _ => self.shape_sql(),
                }
            };
            geometries.push(geometry.clone());
            let is_empty = geometry.contains("EMPTY") && values[0].parse::<usize>().unwrap() < EMPTY_FROM;
            values.push(if is_empty { "NULL".into() } else { geometry });
            text += &format!("INSERT INTO t VALUES ({});\n", values.join(", "));
        }
        text + "CREATE INDEX ON t USING gist (geom); ANALYZE t;"
    }

    fn shape_sql(&mut self) -> String {
        let hex: String = wkb::write(&self.shape()).iter().map(|byte| format!("{byte:02x}")).collect();
        format!("ST_GeomFromWKB('\\x{hex}', 25832)")
    }

    fn coordinate(&mut self) -> [f64; 2] {
        [0, 1].map(|axis| ORIGIN[axis] + STEP * self.below(7) as f64)
    }

    /// Two different numbers of the grid in ascending order.
    fn span(&mut self, axis: usize) -> [f64; 2] {
        let from = self.below(6);
        let to = from + 1 + self.below(6 - from);
        [from, to].map(|step| ORIGIN[axis] + STEP * step as f64)
    }

    fn rectangle(&mut self) -> Vec<[f64; 2]> {
        let ([west, east], [south, north]) = (self.span(0), self.span(1));
        vec![[west, south], [east, south], [east, north], [west, north], [west, south]]
    }

    fn triangle(&mut self) -> Vec<[f64; 2]> {
        let ([west, east], [south, north]) = (self.span(0), self.span(1));
        vec![[west, south], [east, south], [west, north], [west, south]]
    }

    fn line(&mut self) -> Vec<[f64; 2]> {
        let mut line = vec![self.coordinate()];
        let more = 1 + self.below(3);
        while line.len() <= more {
            let next = self.coordinate();
            // No point twice: lines that run back over themselves are another matter.
            if !line.contains(&next) {
                line.push(next);
            }
        }
        line
    }

    /// A valid geometry on the grid.
    pub fn shape(&mut self) -> Shape {
        use GeometryType::*;
        let one = |kind, role, xy: Vec<[f64; 2]>| {
            let parts = vec![Part { role, end: xy.len() as u32 }];
            Shape { kind: Some(kind), xy, z: vec![], parts, members: vec![] }
        };
        match self.below(9) {
            0 | 1 => one(Point, Role::Points, vec![self.coordinate()]),
            2 => {
                let line = self.line();
                one(MultiPoint, Role::Points, line)
            }
            3 | 4 => {
                let line = self.line();
                one(LineString, Role::Line, line)
            }
            5 => {
                let (first, second) = (self.line(), self.line());
                let ends = [first.len(), first.len() + second.len()];
                let parts = ends.map(|end| Part { role: Role::Line, end: end as u32 }).to_vec();
                Shape {
                    kind: Some(MultiLineString),
                    xy: [first, second].concat(),
                    z: vec![],
                    parts,
                    members: vec![],
                }
            }
            6 => {
                let ring = self.triangle();
                one(Polygon, Role::Exterior, ring)
            }
            7 => {
                let ring = self.rectangle();
                let mut shape = one(Polygon, Role::Exterior, ring);
                let (from, to) = (shape.xy[0], shape.xy[2]);
                if to[0] - from[0] >= 3.0 * STEP && to[1] - from[1] >= 3.0 * STEP {
                    let ([west, south], [east, north]) =
                        (from.map(|value| value + STEP), to.map(|value| value - STEP));
                    shape.xy.extend([
                        [west, south],
                        [west, north],
                        [east, north],
                        [east, south],
                        [west, south],
                    ]);
                    shape.parts.push(Part { role: Role::Interior, end: shape.xy.len() as u32 });
                }
                shape
            }
            _ => {
                let ring = self.rectangle();
                one(Polygon, Role::Exterior, ring)
            }
        }
    }

    /// A question: a box, a filter, an order, a page.
    pub fn query(&mut self) -> Query {
        let bbox = self.one_in(3).then(|| self.bbox());
        let mut filter = (!self.one_in(8)).then(|| self.filter(3));
        if bbox.is_some() {
            let has_no_empty = Filter::Compare {
                operator: Comparison::Less,
                kind: ColumnType::BigInteger,
                left: Scalar::Column(0),
                right: Scalar::Literal(Literal::Integer(EMPTY_FROM as i64)),
            };
            filter = Some(filter.map_or(has_no_empty.clone(), |filter| filter.and(has_no_empty)));
        }
        let mut sort = vec![];
        while self.one_in(2) && sort.len() < 3 {
            let column = self.below(13);
            sort.push(SortKey { column, descending: self.one_in(2) });
        }
        let limit = self.of(&[1, 2, 3, 5, 10, 50, 2000]);
        let offset = if self.one_in(10) { self.below(20) } else { 0 };
        Query { bbox, filter, sort, limit, offset, from: None }
    }

    fn bbox(&mut self) -> BboxFilter {
        let (first, second) = (self.coordinate(), self.coordinate());
        BboxFilter { boxes: vec![Bbox::around(&[first, second])], heights: None, crs: Crs::Epsg(25832) }
    }

    fn filter(&mut self, depth: usize) -> Filter {
        if depth > 0 && self.one_in(2) {
            let count = 1 + self.below(3);
            let parts = |draw: &mut Draw| (0..count).map(|_| draw.filter(depth - 1)).collect();
            return match self.below(3) {
                0 => Filter::And(parts(self)),
                1 => Filter::Or(parts(self)),
                _ => Filter::Not(Box::new(self.filter(depth - 1))),
            };
        }
        match self.below(16) {
            0..=6 => self.compare(),
            7 => self.list(),
            8 => self.like(),
            9 => {
                let column = self.below(COLUMNS.len());
                Filter::IsNull(Scalar::Column(column))
            }
            10 if self.one_in(4) => Filter::Constant(self.of(&[None, Some(true), Some(false)])),
            10 => Filter::GeometryIsNull,
            11 => self.array(),
            _ => self.spatial(),
        }
    }

    fn compare(&mut self) -> Filter {
        use ColumnType::*;
        use Comparison::*;
        let operator = self.of(&[Equal, NotEqual, Less, LessOrEqual, Greater, GreaterOrEqual]);
        let kind = self.of(&[
            BigInteger, Double, Double, Real, Numeric, Text, Text, Date, Timestamp, Time, Boolean, Uuid,
        ]);
        let (left, right) = (self.scalar(kind, 2), self.scalar(kind, 1));
        Filter::Compare { operator, kind, left, right }
    }

    /// A value that can be compared as `kind`.
    fn scalar(&mut self, kind: ColumnType, depth: usize) -> Scalar {
        use ColumnType::*;
        let columns: &[usize] = match kind {
            BigInteger => &[0, 1, 2],
            Double => &[0, 1, 2, 3, 4, 5],
            Real => &[4],
            Numeric => &[1, 2, 5],
            Text => &[6],
            Date => &[7],
            Timestamp => &[7, 8, 9],
            Time => &[10],
            Boolean => &[11],
            _ => &[12],
        };
        match self.below(5) {
            0 | 1 => Scalar::Column(self.of(columns)),
            2 if depth > 0 && kind == Double => self.calculated(depth),
            2 if depth > 0 && kind == BigInteger => Scalar::Arithmetic {
                operator: self.of(&[Arithmetic::Remainder, Arithmetic::WholeQuotient]),
                whole: true,
                left: Box::new(self.scalar(BigInteger, depth - 1)),
                right: Box::new(self.scalar(BigInteger, depth - 1)),
            },
            2 if depth > 0 && kind == Text => self.folded(),
            _ => Scalar::Literal(self.literal(kind)),
        }
    }

    fn calculated(&mut self, depth: usize) -> Scalar {
        use Arithmetic::*;
        if self.one_in(3) {
            use Function::*;
            let function = self.of(&[Absolute, Ceiling, Floor, Round]);
            return Scalar::Function {
                function,
                argument: Box::new(self.scalar(ColumnType::Double, depth - 1)),
            };
        }
        Scalar::Arithmetic {
            operator: self.of(&[Add, Subtract, Multiply, Divide, Remainder, Power, WholeQuotient]),
            whole: false,
            left: Box::new(self.scalar(ColumnType::Double, depth - 1)),
            right: Box::new(self.scalar(ColumnType::Double, depth - 1)),
        }
    }

    fn folded(&mut self) -> Scalar {
        let (case, accents) = self.of(&[(true, false), (false, true), (true, true)]);
        Scalar::Folded { case, accents, text: Box::new(Scalar::Column(6)) }
    }

    fn literal(&mut self, kind: ColumnType) -> Literal {
        use ColumnType::*;
        match kind {
            BigInteger => Literal::Integer(self.of(&[-3, -1, 0, 1, 2, 3, 7, 2_147_483_648, i64::MAX])),
            Double | Real => {
                Literal::Number(self.of(&[-2.5, 0.0, 0.1, 0.5, 1.5, 2.0, 3.0, 1e10, 9_007_199_254_740_992.0]))
            }
            Numeric => {
                Literal::Decimal(self.of(&["0", "1.5", "-2.5", ".1", "3", "12345678901234567890.123"]).into())
            }
            Text => Literal::Text(self.of(&WORDS).into()),
            Date => Literal::Date(self.of(&[18_262, 18_321, 10_956, 0])),
            Timestamp => Literal::Timestamp(self.of(&[
                1_577_836_800_000_000,
                1_577_881_800_500_000,
                1_717_200_000_000_000,
            ])),
            Time => Literal::Time(self.of(&[0, 45_000_500_000, 86_399_000_000])),
            Boolean => Literal::Boolean(self.one_in(2)),
            _ => Literal::Uuid(self.of(&[1, 0xffff_ffff << 96])),
        }
    }

    fn list(&mut self) -> Filter {
        use ColumnType::*;
        let kind = self.of(&[BigInteger, Double, Numeric, Text, Date, Uuid]);
        let value = self.scalar(kind, 1);
        let count = 1 + self.below(4);
        Filter::In { kind, value, list: (0..count).map(|_| self.literal(kind)).collect() }
    }

    fn like(&mut self) -> Filter {
        let value = if self.one_in(3) { self.folded() } else { Scalar::Column(6) };
        Filter::Like { value, pattern: self.of(&PATTERNS).into() }
    }

    fn array(&mut self) -> Filter {
        use ArrayRelation::*;
        let relation = self.of(&[Equals, Contains, ContainedBy, Overlaps]);
        let count = self.below(3);
        let items = (0..count).map(|_| Literal::Text(self.of(&["a", "b", "Köln", "c"]).into())).collect();
        let (left, right) = (ArrayOperand::Column(13), ArrayOperand::Literal(items));
        if self.one_in(4) {
            return Filter::Array { relation, left: right, right: left };
        }
        Filter::Array { relation, left, right }
    }

    fn spatial(&mut self) -> Filter {
        use SpatialRelation::*;
        let relation = self.of(&[Intersects, Equals, Disjoint, Touches, Within, Overlaps, Crosses, Contains]);
        let (left, right) = (GeometryOperand::Column, GeometryOperand::Literal(self.shape()));
        if self.one_in(4) {
            return Filter::Spatial { relation, left: right, right: left };
        }
        Filter::Spatial { relation, left, right }
    }
}
