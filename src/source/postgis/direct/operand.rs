//! The parts of statements: the names of columns, and values for parameters.

use super::bound::Bound;
use crate::catalog::ColumnType;
use crate::error::{Error, Result};
use crate::geo::Bbox;
use crate::query::Literal;
use crate::source::postgis::ident::Ident;

/// A statement, and the values of its parameters.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Statement {
    /// The text of the statement, with `$1` and so on for the parameters.
    pub text: String,
    /// The values of the parameters, in order.
    pub values: Vec<Bound>,
}

impl Statement {
    /// Adds a parameter with this value and returns the expression for it, which has the value's
    /// type.
    pub fn bind(&mut self, value: Bound) -> String {
        let is_decimal = matches!(value, Bound::Decimal(_));
        self.values.push(value);
        let number = self.values.len();
        if is_decimal { format!("${number}::pg_catalog.numeric") } else { format!("${number}") }
    }
}

/// A column as statements refer to it.
#[derive(Clone, Debug)]
pub struct Operand {
    /// The type with which the column is published.
    pub kind: ColumnType,
    /// The expression that selects the column, in a form that `copy` reads.
    pub selected: String,
    /// The expression that compares the column, in its own type.
    pub compared: String,
    /// The column's name, with the alias of the relation.
    pub name: String,
}

/// The geometry column as statements refer to it.
#[derive(Clone, Debug)]
pub struct Spatial {
    /// The expression for the geometry, with the alias of the relation.
    pub value: String,
    /// The schema of PostGIS.
    pub postgis: Ident,
    /// The SRID of the stored coordinates.
    pub srid: u32,
    /// Whether rows may contain types that are not in Simple Features (TIN, polyhedra).
    pub is_any_type: bool,
}

impl Operand {
    /// Returns the expression by which the column is ordered: text by its bytes, whatever the
    /// database's collation is.
    pub fn ordered(&self) -> String {
        match self.kind {
            ColumnType::Text => format!("{} COLLATE \"C\"", self.compared),
            _ => self.compared.clone(),
        }
    }
}

impl Operand {
    /// Returns the expression by which rows with equal sort values are ordered, so that all values
    /// that are written differently are told apart.
    pub fn told_apart(&self) -> String {
        format!("({})::pg_catalog.text COLLATE \"C\"", self.selected)
    }
}

impl Spatial {
    /// Returns the condition that the bounding box of a geometry meets `area`, in stored
    /// coordinates. A spatial index serves this condition.
    pub fn meets_box(&self, area: &Bbox, statement: &mut Statement) -> String {
        let corners = [area.min[0], area.min[1], area.max[0], area.max[1]];
        let corners = corners.map(|value| statement.bind(Bound::Double(value))).join(", ");
        let Spatial { value, postgis, srid, .. } = self;
        format!("{value} OPERATOR({postgis}.&&) {postgis}.st_makeenvelope({corners}, {srid})")
    }

    /// Returns the condition that a geometry has no heights, or that the range of its heights meets
    /// `heights`.
    pub fn reaches(&self, heights: [f64; 2], statement: &mut Statement) -> String {
        let [low, high] = heights.map(|height| statement.bind(Bound::Double(height)));
        let Spatial { value, postgis, .. } = self;
        format!(
            "({postgis}.st_zmflag({value}) < 2 OR \
             ({postgis}.st_zmin({value}) <= {high} AND {postgis}.st_zmax({value}) >= {low}))"
        )
    }

    /// Returns the expression for the width (`x`) or height (`y`) of a geometry's bounding box,
    /// which is stored with the geometry.
    pub(super) fn side(&self, axis: &str) -> String {
        let Spatial { value, postgis, .. } = self;
        let end =
            |which: &str| format!("{postgis}.st_{axis}{which}({postgis}.box3d({postgis}.box2d({value})))");
        format!("({} - {})", end("max"), end("min"))
    }
}

/// Adds a literal of a query as a parameter of type `kind` and returns the expression for it.
pub fn bound(literal: &Literal, kind: ColumnType, statement: &mut Statement) -> Result<String> {
    if matches!(literal, Literal::Text(text) if text.contains('\0')) {
        return Err(Error::invalid("filter", "a text holds the character NUL, which no database keeps"));
    }
    Ok(statement.bind(Bound::of(literal, kind)))
}

/// The columns of one relation that conditions refer to.
#[derive(Clone, Debug)]
pub struct Operands {
    /// The columns, in the collection's order.
    pub columns: Vec<Operand>,
    /// The geometry; None if there is none.
    pub geometry: Option<Spatial>,
}
