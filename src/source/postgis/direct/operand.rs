//! What statements are made of: the names of columns, and values that take a number's place.

use super::bound::Bound;
use crate::catalog::ColumnType;
use crate::error::{Error, Result};
use crate::geo::Bbox;
use crate::query::Literal;
use crate::source::postgis::ident::Ident;

/// A statement and the values of its parameters.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Statement {
    /// The text, with `$1` and so on.
    pub text: String,
    /// The values of `$1` and so on.
    pub values: Vec<Bound>,
}

impl Statement {
    /// Takes a value and returns what stands for it in the text, of the value's own type.
    pub fn bind(&mut self, value: Bound) -> String {
        let is_decimal = matches!(value, Bound::Decimal(_));
        self.values.push(value);
        let number = self.values.len();
        if is_decimal { format!("${number}::pg_catalog.numeric") } else { format!("${number}") }
    }
}

/// A column as statements name it.
#[derive(Clone, Debug)]
pub struct Operand {
    /// The type it is published as.
    pub kind: ColumnType,
    /// As it is selected, in a form that `copy` reads.
    pub selected: String,
    /// As it is compared, in its own type.
    pub compared: String,
    /// Its name, with the relation's alias.
    pub name: String,
}

/// The geometry column as statements name it.
#[derive(Clone, Debug)]
pub struct Spatial {
    /// As a geometry, with the relation's alias.
    pub value: String,
    /// The schema of PostGIS.
    pub postgis: Ident,
    /// The SRID its coordinates have.
    pub srid: u32,
    /// Whether rows may hold what has no place in Simple Features (TIN, polyhedra).
    pub is_any_type: bool,
}

impl Operand {
    /// As it is ordered: text by its bytes, whatever the database's collation.
    pub fn ordered(&self) -> String {
        match self.kind {
            ColumnType::Text => format!("{} COLLATE \"C\"", self.compared),
            _ => self.compared.clone(),
        }
    }
}

impl Operand {
    /// As rows are ordered that only differ in what they say: whatever is written otherwise is told
    /// apart.
    pub fn told_apart(&self) -> String {
        format!("({})::pg_catalog.text COLLATE \"C\"", self.selected)
    }
}

impl Spatial {
    /// The condition that a geometry's box meets `area`, in stored coordinates: the one that an
    /// index serves.
    pub fn meets_box(&self, area: &Bbox, statement: &mut Statement) -> String {
        let corners = [area.min[0], area.min[1], area.max[0], area.max[1]];
        let corners = corners.map(|value| statement.bind(Bound::Double(value))).join(", ");
        let Spatial { value, postgis, srid, .. } = self;
        format!("{value} OPERATOR({postgis}.&&) {postgis}.st_makeenvelope({corners}, {srid})")
    }

    /// The condition that a geometry has no heights, or that what lies between its lowest and its
    /// highest is partly within these.
    pub fn reaches(&self, heights: [f64; 2], statement: &mut Statement) -> String {
        let [low, high] = heights.map(|height| statement.bind(Bound::Double(height)));
        let Spatial { value, postgis, .. } = self;
        format!(
            "({postgis}.st_zmflag({value}) < 2 OR \
             ({postgis}.st_zmin({value}) <= {high} AND {postgis}.st_zmax({value}) >= {low}))"
        )
    }

    /// How wide (`x`) or high (`y`) a geometry's box is, by the box that is stored beside it.
    pub(super) fn side(&self, axis: &str) -> String {
        let Spatial { value, postgis, .. } = self;
        let end =
            |which: &str| format!("{postgis}.st_{axis}{which}({postgis}.box3d({postgis}.box2d({value})))");
        format!("({} - {})", end("max"), end("min"))
    }
}

/// A value of a question as a parameter.
pub fn bound(literal: &Literal, kind: ColumnType, statement: &mut Statement) -> Result<String> {
    if matches!(literal, Literal::Text(text) if text.contains('\0')) {
        return Err(Error::invalid("filter", "a text holds the character NUL, which no database keeps"));
    }
    Ok(statement.bind(Bound::of(literal, kind)))
}

/// What the conditions on one relation name.
#[derive(Clone, Debug)]
pub struct Operands {
    /// The columns, in the collection's order.
    pub columns: Vec<Operand>,
    /// The geometry, where there is one.
    pub geometry: Option<Spatial>,
}
