//! A filter as a typed tree: a CQL2 expression (OGC 21-065r2) whose names are resolved to columns
//! and whose values have types.
//!
//! Every node is checked. A column is a position in the collection, both sides of a comparison are
//! of one type, and a geometry is valid and in the system that the collection is stored in. So
//! evaluation, on resident layers or as SQL, can fail only because of the data. The tree has few
//! kinds of nodes: BETWEEN and the temporal functions become comparisons, and a column of booleans
//! is compared with true.
//!
//! **Logic** has three values, as in SQL. A comparison with NULL is unknown, and so is `NOT` of
//! unknown. `AND` is false if any operand is false, else unknown if any is unknown. `OR` is true if
//! any operand is true, else unknown if any is unknown. A feature matches if the filter is true.
//!
//! **Order**: texts are ordered by their bytes in UTF-8 (PostgreSQL's collation "C"), and false is
//! less than true. NaN equals itself and is greater than every number, as in PostgreSQL.

use std::collections::BTreeSet;

use super::bbox::BboxFilter;
use super::literal::Literal;
use crate::catalog::ColumnType;
use crate::geo::Shape;

/// A condition on a feature.
#[derive(Clone, Debug, PartialEq)]
pub enum Filter {
    /// True, false or unknown (None) for every feature.
    Constant(Option<bool>),
    /// True if all operands are true; true if there are none.
    And(Vec<Filter>),
    /// True if any operand is true; false if there are none.
    Or(Vec<Filter>),
    /// The negation.
    Not(Box<Filter>),
    /// The comparison of two values, which are converted to one type first.
    Compare {
        /// The operator.
        operator: Comparison,
        /// The type that both sides are converted to, one of those of [`Scalar::comparison_kind`].
        kind: ColumnType,
        /// The left side.
        left: Scalar,
        /// The right side.
        right: Scalar,
    },
    /// True if the value equals an item of the list. The list is never empty and contains no NULL.
    In {
        /// The type that the value is converted to; the items are of this type.
        kind: ColumnType,
        /// The value that is looked for.
        value: Scalar,
        /// The items.
        list: Vec<Literal>,
    },
    /// True if the text matches a pattern: `%` stands for any text, `_` for any one character (code
    /// point), and `\` takes the next character literally. A pattern never ends in a single `\`. If
    /// the value is folded, the pattern is already folded as well.
    Like {
        /// The text.
        value: Scalar,
        /// The pattern.
        pattern: String,
    },
    /// True if the value is NULL; never unknown.
    IsNull(Scalar),
    /// True if the feature has no geometry; never unknown.
    GeometryIsNull,
    /// True if the feature's geometry shares a point with a box, exactly as for the parameter
    /// `bbox`. Without a geometry it is unknown, while the parameter matches the feature.
    Box(BboxFilter),
    /// The relation of two geometries by DE-9IM (OGC 06-103r4, 6.1.15).
    Spatial {
        /// The relation.
        relation: SpatialRelation,
        /// The left geometry.
        left: GeometryOperand,
        /// The right geometry.
        right: GeometryOperand,
    },
    /// The relation of two arrays as sets.
    Array {
        /// The relation.
        relation: ArrayRelation,
        /// The left array.
        left: ArrayOperand,
        /// The right array.
        right: ArrayOperand,
    },
}

/// The operators `=`, `<>`, `<`, `<=`, `>` and `>=`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // said above
pub enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// A value of a feature: a column, a literal or a calculation.
#[derive(Clone, Debug, PartialEq)]
pub enum Scalar {
    /// The value of the column at this position of the collection.
    Column(usize),
    /// A value given in the query.
    Literal(Literal),
    /// A calculation with two numbers in 64-bit floats. [`Arithmetic::Remainder`] and
    /// [`Arithmetic::WholeQuotient`] of two whole numbers are whole. Division by zero, and a result
    /// that exceeds the range of floats, is NULL.
    Arithmetic {
        /// The operator.
        operator: Arithmetic,
        /// Whether both sides are whole numbers of 64 bits, and so is the result.
        whole: bool,
        /// The left number.
        left: Box<Scalar>,
        /// The right number.
        right: Box<Scalar>,
    },
    /// A text without differences of case, of accents, or of both.
    Folded {
        /// CASEI: each letter converted to upper and then to lower case (Unicode's full mappings),
        /// so that ß becomes ss. See [`fold::case`](super::fold::case).
        case: bool,
        /// ACCENTI: canonically decomposed (NFD) and without combining marks, so that ä becomes a.
        /// See [`fold::accents`](super::fold::accents).
        accents: bool,
        /// The text.
        text: Box<Scalar>,
    },
    /// A function of one argument.
    Function {
        /// The function.
        function: Function,
        /// Its argument.
        argument: Box<Scalar>,
    },
}

/// The arithmetic operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // the names say it
pub enum Arithmetic {
    Add,
    Subtract,
    Multiply,
    Divide,
    /// `%`: `a - b * trunc(a / b)`, with the sign of `a`.
    Remainder,
    /// `^`: the power.
    Power,
    /// `div`: `trunc(a / b)`.
    WholeQuotient,
}

/// The functions that a filter may call by name, besides those of the standard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Function {
    /// `abs(number)`: the absolute value, as a float.
    Absolute,
    /// `ceil(number)`: the next whole number upwards, as a float.
    Ceiling,
    /// `floor(number)`: the next whole number downwards, as a float.
    Floor,
    /// `round(number)`: the nearest whole number as a float; halves go to the even one.
    Round,
    /// `length(text)`: the number of characters (code points), a whole number.
    Length,
}

impl Function {
    /// All functions, in the order in which they are listed for clients.
    pub const ALL: [Function; 5] =
        [Function::Absolute, Function::Ceiling, Function::Floor, Function::Round, Function::Length];
}

/// The spatial functions of CQL2 (OGC 21-065r2, requirements class Spatial Functions).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // the names are the standard's
pub enum SpatialRelation {
    Intersects,
    Equals,
    Disjoint,
    Touches,
    Within,
    Overlaps,
    Crosses,
    Contains,
}

/// One of the two geometries of a comparison.
#[derive(Clone, Debug, PartialEq)]
pub enum GeometryOperand {
    /// The geometry of the feature.
    Column,
    /// A geometry given in the query: valid and finite, x before y, and in the system that the
    /// collection is stored in. It has a geometry type.
    Literal(Shape),
}

/// The array functions of CQL2 (OGC 21-065r2, requirements class Array Functions).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArrayRelation {
    /// Each array contains all items of the other.
    Equals,
    /// The left array contains all items of the right.
    Contains,
    /// The right array contains all items of the left.
    ContainedBy,
    /// The arrays have an item in common.
    Overlaps,
}

/// One of the two arrays of a comparison.
#[derive(Clone, Debug, PartialEq)]
pub enum ArrayOperand {
    /// The value of the column at this position, whose type is [`ColumnType::Array`]. Texts,
    /// numbers and booleans are compared by value; NULL, arrays and objects by their text.
    Column(usize),
    /// Items given in the query, each a [`Literal::Text`], [`Literal::Decimal`] or
    /// [`Literal::Boolean`].
    Literal(Vec<Literal>),
}

/// The parts of a feature that a filter reads.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Uses {
    /// The positions of the columns.
    pub columns: BTreeSet<usize>,
    /// Whether the geometry is read.
    pub geometry: bool,
}

impl Filter {
    /// Returns the parts of a feature that the filter reads.
    pub fn uses(&self) -> Uses {
        let mut uses = Uses::default();
        self.add_uses(&mut uses);
        uses
    }

    fn add_uses(&self, uses: &mut Uses) {
        match self {
            Filter::Constant(_) => {}
            Filter::And(parts) | Filter::Or(parts) => parts.iter().for_each(|part| part.add_uses(uses)),
            Filter::Not(part) => part.add_uses(uses),
            Filter::Compare { left, right, .. } => {
                left.add_uses(uses);
                right.add_uses(uses);
            }
            Filter::In { value, .. } | Filter::Like { value, .. } | Filter::IsNull(value) => {
                value.add_uses(uses)
            }
            Filter::GeometryIsNull | Filter::Box(_) => uses.geometry = true,
            Filter::Spatial { left, right, .. } => {
                uses.geometry |= [left, right].contains(&&GeometryOperand::Column);
            }
            Filter::Array { left, right, .. } => {
                uses.columns.extend([left, right].into_iter().filter_map(|side| match side {
                    ArrayOperand::Column(column) => Some(*column),
                    ArrayOperand::Literal(_) => None,
                }));
            }
        }
    }

    /// Returns the condition that the column at position `column`, of type `kind`, equals a literal
    /// of the same type.
    pub fn equals(column: usize, kind: ColumnType, literal: Literal) -> Filter {
        Filter::Compare {
            operator: Comparison::Equal,
            kind: Scalar::comparison_kind(kind),
            left: Scalar::Column(column),
            right: Scalar::Literal(literal),
        }
    }

    /// Returns the conjunction of both conditions.
    pub fn and(self, other: Filter) -> Filter {
        match (self, other) {
            (Filter::And(mut parts), Filter::And(more)) => {
                parts.extend(more);
                Filter::And(parts)
            }
            (Filter::And(mut parts), other) => {
                parts.push(other);
                Filter::And(parts)
            }
            (first, second) => Filter::And(vec![first, second]),
        }
    }
}

impl Scalar {
    fn add_uses(&self, uses: &mut Uses) {
        match self {
            Scalar::Column(column) => {
                uses.columns.insert(*column);
            }
            Scalar::Literal(_) => {}
            Scalar::Arithmetic { left, right, .. } => {
                left.add_uses(uses);
                right.add_uses(uses);
            }
            Scalar::Folded { text: part, .. } | Scalar::Function { argument: part, .. } => {
                part.add_uses(uses)
            }
        }
    }

    /// Returns the type in which values of a column of type `kind` are compared with each other and
    /// with literals.
    ///
    /// Whole numbers of all sizes are compared as [`ColumnType::BigInteger`]. Timestamps with and
    /// without a zone, and dates with timestamps, are compared as [`ColumnType::Timestamp`], where
    /// a value without a zone is in UTC and a date is its midnight. JSON and arrays are compared by
    /// their text, and only for equality. Columns of different numeric types are compared as
    /// [`ColumnType::Double`] if any is a float, else as [`ColumnType::Numeric`], as in PostgreSQL.
    pub fn comparison_kind(kind: ColumnType) -> ColumnType {
        match kind {
            ColumnType::Integer => ColumnType::BigInteger,
            ColumnType::TimestampWithZone => ColumnType::Timestamp,
            ColumnType::Json | ColumnType::Array => ColumnType::Text,
            other => other,
        }
    }
}

impl Comparison {
    /// Returns whether the comparison is true for two values that are in this order.
    pub fn holds(self, order: std::cmp::Ordering) -> bool {
        match self {
            Comparison::Equal => order.is_eq(),
            Comparison::NotEqual => order.is_ne(),
            Comparison::Less => order.is_lt(),
            Comparison::LessOrEqual => order.is_le(),
            Comparison::Greater => order.is_gt(),
            Comparison::GreaterOrEqual => order.is_ge(),
        }
    }
}
