//! A filter as a typed tree: what of CQL2 (OGC 21-065r2) is left once names are columns and values
//! have types.
//!
//! Every node is checked: a column is a position in the collection, both sides of a comparison are
//! of one kind, a geometry is valid and in the system that the collection is stored in. So whoever
//! evaluates it, on resident layers or as SQL, can go wrong in the data only. What can be said by
//! simpler nodes is: BETWEEN and the functions of time are comparisons, a column of booleans is
//! compared with true.
//!
//! **Logic** has three values, as SQL's: a comparison with NULL is unknown, `NOT` unknown is
//! unknown, `AND` is false where any part is false and else unknown where any is, `OR` the other
//! way round. A feature answers if the whole is true.
//!
//! **Order**: text by its bytes in UTF-8 (PostgreSQL's collation "C"); false before true; NaN
//! equals itself and is above every number, as in PostgreSQL.

use std::collections::BTreeSet;

use super::bbox::BboxFilter;
use super::literal::Literal;
use crate::catalog::ColumnType;
use crate::geo::Shape;

/// A condition on a feature.
#[derive(Clone, Debug, PartialEq)]
pub enum Filter {
    /// True, false, or None for unknown, whatever the feature.
    Constant(Option<bool>),
    /// All of them; true where there are none.
    And(Vec<Filter>),
    /// Any of them; false where there are none.
    Or(Vec<Filter>),
    /// The opposite.
    Not(Box<Filter>),
    /// Two values compared, both brought to one kind first.
    Compare {
        /// How.
        operator: Comparison,
        /// The kind both sides are brought to: one of [`Scalar::comparison_kind`]'s.
        kind: ColumnType,
        /// The left side.
        left: Scalar,
        /// The right side.
        right: Scalar,
    },
    /// The value equals one of the list; the list is never empty and holds no NULL.
    In {
        /// The kind the value is brought to; the literals are of it.
        kind: ColumnType,
        /// The value.
        value: Scalar,
        /// The list.
        list: Vec<Literal>,
    },
    /// The text matches a pattern: `%` is any text, `_` any one character (code point), `\` takes
    /// the next character as it is. A pattern never ends in a single `\`. What is folded in the
    /// value is folded in the pattern already.
    Like {
        /// A text.
        value: Scalar,
        /// The pattern.
        pattern: String,
    },
    /// The value is NULL. Never unknown.
    IsNull(Scalar),
    /// The feature has no geometry. Never unknown.
    GeometryIsNull,
    /// The feature's geometry shares a point with a box, exactly as the parameter `bbox` asks.
    /// Unknown where there is no geometry, which the parameter finds.
    Box(BboxFilter),
    /// Two geometries compared by DE-9IM (OGC 06-103r4, 6.1.15).
    Spatial {
        /// How.
        relation: SpatialRelation,
        /// The left geometry.
        left: GeometryOperand,
        /// The right geometry.
        right: GeometryOperand,
    },
    /// Two arrays compared as sets.
    Array {
        /// How.
        relation: ArrayRelation,
        /// The left array.
        left: ArrayOperand,
        /// The right array.
        right: ArrayOperand,
    },
}

/// `=`, `<>`, `<`, `<=`, `>`, `>=`.
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

/// A value of a feature, or one made of such.
#[derive(Clone, Debug, PartialEq)]
pub enum Scalar {
    /// The value of the column at this position of the collection.
    Column(usize),
    /// A value given in the question.
    Literal(Literal),
    /// Two numbers calculated. In 64-bit floats, but for [`Arithmetic::Remainder`] and
    /// [`Arithmetic::WholeQuotient`] of two whole numbers, which are whole. Division by zero, and
    /// what is beyond the floats, is NULL.
    Arithmetic {
        /// How.
        operator: Arithmetic,
        /// Whether both sides are whole numbers (64 bits) and the result is.
        whole: bool,
        /// The left number.
        left: Box<Scalar>,
        /// The right number.
        right: Box<Scalar>,
    },
    /// A text without its differences of case, or of accents, or of both.
    Folded {
        /// CASEI: to upper and then to lower case, letter by letter (Unicode, full mappings): ß
        /// becomes ss.
        case: bool,
        /// ACCENTI: canonically decomposed (NFD) and without combining marks: ä becomes a.
        accents: bool,
        /// The text.
        text: Box<Scalar>,
    },
    /// A function of one argument.
    Function {
        /// Which.
        function: Function,
        /// Of what.
        argument: Box<Scalar>,
    },
}

/// Operators between numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // the names say it
pub enum Arithmetic {
    Add,
    Subtract,
    Multiply,
    Divide,
    /// `%`: `a - b * trunc(a / b)`, with the sign of `a`.
    Remainder,
    /// `^`.
    Power,
    /// `div`: `trunc(a / b)`.
    WholeQuotient,
}

/// The functions that a filter may call, by name, beside those of the standard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Function {
    /// `abs(number)`: a float.
    Absolute,
    /// `ceil(number)`: a float.
    Ceiling,
    /// `floor(number)`: a float.
    Floor,
    /// `round(number)`: the nearest whole number, the even one of two, as a float.
    Round,
    /// `length(text)`: how many characters (code points), a whole number.
    Length,
}

impl Function {
    /// All of them.
    pub const ALL: [Function; 5] =
        [Function::Absolute, Function::Ceiling, Function::Floor, Function::Round, Function::Length];
}

/// The spatial functions of CQL2.
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

/// A geometry of a comparison.
#[derive(Clone, Debug, PartialEq)]
pub enum GeometryOperand {
    /// The feature's.
    Column,
    /// One given in the question: valid, finite, x before y, in the system the collection is stored
    /// in. It has a type.
    Literal(Shape),
}

/// The array functions of CQL2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArrayRelation {
    /// Each holds all items of the other.
    Equals,
    /// The left holds all items of the right.
    Contains,
    /// The right holds all items of the left.
    ContainedBy,
    /// Both hold some item.
    Overlaps,
}

/// An array of a comparison.
#[derive(Clone, Debug, PartialEq)]
pub enum ArrayOperand {
    /// The value of the column at this position, of kind [`ColumnType::Array`]. Texts, numbers and
    /// booleans compare by value; NULL, arrays and objects by their text.
    Column(usize),
    /// Items given in the question: [`Literal::Text`], [`Literal::Decimal`] and
    /// [`Literal::Boolean`].
    Literal(Vec<Literal>),
}

/// What of a feature a filter looks at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Uses {
    /// Positions of columns.
    pub columns: BTreeSet<usize>,
    /// The geometry.
    pub geometry: bool,
}

impl Filter {
    /// What of a feature it looks at.
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

    /// The column at this position, of this kind, equals the literal, which is of that kind too.
    pub fn equals(column: usize, kind: ColumnType, literal: Literal) -> Filter {
        Filter::Compare {
            operator: Comparison::Equal,
            kind: Scalar::comparison_kind(kind),
            left: Scalar::Column(column),
            right: Scalar::Literal(literal),
        }
    }

    /// Both conditions.
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

    /// The kind in which values of a column of `kind` are compared with each other and with
    /// literals.
    ///
    /// Whole numbers of all sizes compare as [`ColumnType::BigInteger`]; instants with and without
    /// a zone, and dates beside instants, as [`ColumnType::Timestamp`], where what has no zone is
    /// in UTC and a date is its midnight; JSON and arrays by their text, for equality only. Two
    /// columns of different numbers compare as [`ColumnType::Double`] where any is a float, else as
    /// [`ColumnType::Numeric`], which is what PostgreSQL does.
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
    /// Whether it holds for two values in this order.
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
