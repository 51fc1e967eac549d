//! Translates a box and a filter into conditions of a statement.
//!
//! The conditions have the meaning that `layer::evaluate` has for resident rows: logic has three
//! values, text is compared by its bytes, NaN is above every number, and a calculation without a
//! result is NULL. Where PostgreSQL would end the statement with an error (division by zero,
//! overflow), the condition tests the operands first.
//!
//! The known differences are described and tested in `tests/postgis/differences.rs`.

use super::bound::Bound;
use super::operand::{Operands, Spatial, Statement, bound};
use super::scalar::{compared, scalar};
use crate::catalog::ColumnType;
use crate::error::{Error, Result};
use crate::geo::{Bbox, Crs, GeometryType, Shape, wkb};
use crate::query::filter::{ArrayOperand, ArrayRelation, Comparison, GeometryOperand, SpatialRelation};
use crate::query::{BboxFilter, Filter, Literal};

/// Returns the condition of the parameter `bbox`: the feature's geometry shares a point with a box
/// and its heights, or there is no geometry. Features with an empty geometry do not match, because
/// no index finds them.
pub fn asked_box(operands: &Operands, filter: &BboxFilter, statement: &mut Statement) -> Result<String> {
    let Some(spatial) = &operands.geometry else { return Ok("true".into()) };
    let mut meets = bbox(operands, filter, statement)?;
    if let Some(heights) = filter.heights {
        meets = format!("{meets} AND {}", spatial.reaches(heights, statement));
    }
    Ok(format!("({} IS NULL OR ({meets}))", spatial.value))
}

/// Returns the condition that the feature's geometry shares a point with a box.
pub fn bbox(operands: &Operands, filter: &BboxFilter, statement: &mut Statement) -> Result<String> {
    let Some(spatial) = &operands.geometry else { return Ok("false".into()) };
    let boxes = filter.boxes.iter().map(|area| one_box(spatial, area, filter.crs, statement));
    Ok(any(boxes.collect::<Result<Vec<_>>>()?, "false"))
}

fn one_box(spatial: &Spatial, area: &Bbox, crs: Crs, statement: &mut Statement) -> Result<String> {
    let stored = Crs::from_srid(spatial.srid);
    let Spatial { postgis, srid, .. } = spatial;
    let value = spatial.simple();
    if stored == crs || (stored.is_geographic() && crs.is_geographic()) {
        let near = spatial.meets_box(area, statement);
        let outline = outline(spatial, area, *srid, statement);
        return Ok(format!("({near} AND {postgis}.st_intersects({value}, {outline}))"));
    }
    // The box is a box only in its own system, so geometries are compared with it in that system.
    let near = match super::cover::cover(area, crs, stored)? {
        Some(cover) => format!("{} AND ", spatial.meets_box(&cover, statement)),
        None => String::new(),
    };
    let asked = match crs {
        Crs::Crs84 => 4326,
        Crs::Epsg(code) => code,
    };
    let outline = outline(spatial, area, asked, statement);
    Ok(format!("({near}{postgis}.st_intersects({postgis}.st_transform({value}, {asked}), {outline}))"))
}

/// Returns a box as a geometry. A box without width or height becomes a line or a point, since it
/// would be an invalid polygon.
fn outline(spatial: &Spatial, area: &Bbox, srid: u32, statement: &mut Statement) -> String {
    let postgis = &spatial.postgis;
    let [west, south, east, north] = [area.min[0], area.min[1], area.max[0], area.max[1]]
        .map(|value| statement.bind(Bound::Double(value)));
    let shape = if area.min[0] < area.max[0] && area.min[1] < area.max[1] {
        return format!("{postgis}.st_makeenvelope({west}, {south}, {east}, {north}, {srid})");
    } else if area.min == area.max {
        // All parameters of a statement must be used, so equal ones are compared too.
        format!("{postgis}.st_point(LEAST({west}, {east}), LEAST({south}, {north}))")
    } else {
        format!(
            "{postgis}.st_makeline({postgis}.st_point({west}, {south}), {postgis}.st_point({east}, {north}))"
        )
    };
    format!("{postgis}.st_setsrid({shape}, {srid})")
}

/// Returns the condition that a filter is true for a feature.
pub fn filter(operands: &Operands, filter: &Filter, statement: &mut Statement) -> Result<String> {
    let condition = truth(operands, filter, statement)?;
    let near = boxes(operands, filter, statement);
    // An index can only be used to compare bounding boxes, so such comparisons are added to the
    // filter.
    Ok(near.into_iter().chain([condition]).collect::<Vec<_>>().join(" AND "))
}

/// Returns comparisons of bounding boxes that are true wherever the filter is.
fn boxes(operands: &Operands, filter: &Filter, statement: &mut Statement) -> Vec<String> {
    match (filter, &operands.geometry) {
        (Filter::Box(area), Some(_)) => bbox(operands, area, statement).into_iter().collect(),
        (Filter::And(parts), _) => parts.iter().flat_map(|part| boxes(operands, part, statement)).collect(),
        (Filter::Spatial { relation, left, right }, Some(spatial))
            if *relation != SpatialRelation::Disjoint =>
        {
            match (left, right) {
                (GeometryOperand::Column, GeometryOperand::Literal(shape))
                | (GeometryOperand::Literal(shape), GeometryOperand::Column) => {
                    vec![spatial.meets_box(&Bbox::around(&shape.xy), statement)]
                }
                _ => vec![],
            }
        }
        _ => vec![],
    }
}

/// Returns a boolean expression of three values.
fn truth(operands: &Operands, filter: &Filter, statement: &mut Statement) -> Result<String> {
    Ok(match filter {
        Filter::Constant(Some(value)) => value.to_string(),
        Filter::Constant(None) => "NULL::pg_catalog.bool".into(),
        Filter::And(parts) => all(every(operands, parts, statement)?, "true"),
        Filter::Or(parts) => any(every(operands, parts, statement)?, "false"),
        Filter::Not(part) => format!("(NOT {})", truth(operands, part, statement)?),
        Filter::Compare { operator, kind, left, right } => {
            let collate = match (*kind, operator) {
                (ColumnType::Text, Comparison::Equal | Comparison::NotEqual) => "",
                (ColumnType::Text, _) => " COLLATE \"C\"",
                _ => "",
            };
            let left = compared(operands, left, *kind, statement)?;
            let right = compared(operands, right, *kind, statement)?;
            format!("({left}{collate} {} {right})", sign(*operator))
        }
        Filter::In { kind, value, list } => {
            let value = compared(operands, value, *kind, statement)?;
            let list =
                list.iter().map(|literal| bound(literal, *kind, statement)).collect::<Result<Vec<_>>>()?;
            format!("({value} IN ({}))", list.join(", "))
        }
        Filter::Like { value, pattern } => {
            let value = compared(operands, value, ColumnType::Text, statement)?;
            let pattern = bound(&Literal::Text(pattern.clone()), ColumnType::Text, statement)?;
            format!("({value} LIKE {pattern} COLLATE \"C\")")
        }
        Filter::IsNull(value) => format!("({} IS NULL)", scalar(operands, value, statement)?.text),
        Filter::GeometryIsNull => match &operands.geometry {
            Some(spatial) => format!("({} IS NULL)", spatial.usable()),
            None => "true".into(),
        },
        Filter::Box(area) => match &operands.geometry {
            // For a feature without a geometry the result is unknown.
            Some(spatial) => {
                let holds = bbox(operands, area, statement)?;
                format!("(CASE WHEN {} IS NOT NULL THEN {holds} END)", spatial.usable())
            }
            None => "NULL::pg_catalog.bool".into(),
        },
        Filter::Spatial { relation, left, right } => spatial(operands, *relation, [left, right], statement)?,
        Filter::Array { relation, left, right } => array(operands, *relation, [left, right], statement)?,
    })
}

fn every(operands: &Operands, parts: &[Filter], statement: &mut Statement) -> Result<Vec<String>> {
    parts.iter().map(|part| truth(operands, part, statement)).collect()
}

fn all(parts: Vec<String>, of_none: &str) -> String {
    if parts.is_empty() { of_none.into() } else { format!("({})", parts.join(" AND ")) }
}

fn any(parts: Vec<String>, of_none: &str) -> String {
    if parts.is_empty() { of_none.into() } else { format!("({})", parts.join(" OR ")) }
}

fn sign(operator: Comparison) -> &'static str {
    match operator {
        Comparison::Equal => "=",
        Comparison::NotEqual => "<>",
        Comparison::Less => "<",
        Comparison::LessOrEqual => "<=",
        Comparison::Greater => ">",
        Comparison::GreaterOrEqual => ">=",
    }
}

fn spatial(
    operands: &Operands,
    relation: SpatialRelation,
    pair: [&GeometryOperand; 2],
    statement: &mut Statement,
) -> Result<String> {
    let Some(spatial) = &operands.geometry else { return Ok("NULL::pg_catalog.bool".into()) };
    let is_lenient = matches!(relation, SpatialRelation::Intersects | SpatialRelation::Disjoint);
    let mut sides = vec![];
    for operand in pair {
        sides.push(match operand {
            GeometryOperand::Column if is_lenient => spatial.usable(),
            GeometryOperand::Column => spatial.relatable(),
            GeometryOperand::Literal(shape) if !is_lenient && is_collection(shape) => {
                let what = "a GEOMETRYCOLLECTION can only be tested by S_INTERSECTS and S_DISJOINT here";
                return Err(Error::invalid("filter", what));
            }
            GeometryOperand::Literal(shape) => spatial.literal(shape, statement),
        });
    }
    let [left, right] = sides.as_slice() else { return Err(Error::internal("a side is missing")) };
    Ok(format!("{}.{}({left}, {right})", spatial.postgis, function(relation)))
}

fn is_collection(shape: &Shape) -> bool {
    shape.kind == Some(GeometryType::GeometryCollection)
}

fn function(relation: SpatialRelation) -> &'static str {
    match relation {
        SpatialRelation::Intersects => "st_intersects",
        SpatialRelation::Equals => "st_equals",
        SpatialRelation::Disjoint => "st_disjoint",
        SpatialRelation::Touches => "st_touches",
        SpatialRelation::Within => "st_within",
        SpatialRelation::Overlaps => "st_overlaps",
        SpatialRelation::Crosses => "st_crosses",
        SpatialRelation::Contains => "st_contains",
    }
}

impl Spatial {
    /// Returns the geometry, or NULL if its type is not one of Simple Features.
    fn simple(&self) -> String {
        if !self.is_any_type {
            return self.value.clone();
        }
        let Spatial { value, postgis, .. } = self;
        format!(
            "CASE WHEN {postgis}.geometrytype({value}) IN ('TIN', 'TRIANGLE', 'POLYHEDRALSURFACE') \
             THEN NULL ELSE {value} END"
        )
    }

    /// Returns the geometry, or NULL if it is of another type or empty, as in resident layers.
    fn usable(&self) -> String {
        let simple = self.simple();
        let postgis = &self.postgis;
        format!("(CASE WHEN {postgis}.st_isempty({}) THEN NULL ELSE {simple} END)", self.value)
    }

    /// Returns the geometry, or NULL also if GEOS would end the statement with an error: for
    /// collections and invalid geometries.
    fn relatable(&self) -> String {
        let Spatial { value, postgis, .. } = self;
        let usable = self.usable();
        let collection = match self.is_any_type {
            true => format!("{postgis}.geometrytype({value}) = 'GEOMETRYCOLLECTION' OR "),
            false => String::new(),
        };
        format!("(CASE WHEN {collection}NOT {postgis}.st_isvalid({usable}) THEN NULL ELSE {usable} END)")
    }

    fn literal(&self, shape: &Shape, statement: &mut Statement) -> String {
        let bytes = statement.bind(Bound::Bytes(wkb::write(shape)));
        format!("{}.st_geomfromwkb({bytes}, {})", self.postgis, self.srid)
    }
}

/// Returns the comparison of two arrays, as `jsonb` arrays of single values.
fn array(
    operands: &Operands,
    relation: ArrayRelation,
    pair: [&ArrayOperand; 2],
    statement: &mut Statement,
) -> Result<String> {
    let mut sides = vec![];
    for operand in pair {
        sides.push(match operand {
            ArrayOperand::Column(column) => {
                let operand =
                    operands.columns.get(*column).ok_or_else(|| Error::internal("a column is not there"))?;
                format!("pg_catalog.to_jsonb({})", operand.name)
            }
            ArrayOperand::Literal(items) => {
                let text = items.iter().map(json_item).collect::<Vec<_>>().join(",");
                let bound = bound(&Literal::Text(format!("[{text}]")), ColumnType::Text, statement)?;
                format!("{bound}::pg_catalog.jsonb")
            }
        });
    }
    let [left, right] = sides.as_slice() else { return Err(Error::internal("a side is missing")) };
    // An item that is no single value equals nothing, so no array that lacks it contains it.
    let single = "'strict $[*] ? (@.type() == \"null\" || @.type() == \"array\" || @.type() == \"object\")'";
    let is_single = |side: &str| format!("NOT pg_catalog.jsonb_path_exists({side}, {single})");
    Ok(match relation {
        ArrayRelation::Contains => format!("({left} @> {right} AND {})", is_single(right)),
        ArrayRelation::ContainedBy => format!("({left} <@ {right} AND {})", is_single(left)),
        ArrayRelation::Equals => {
            format!(
                "({left} @> {right} AND {left} <@ {right} AND {} AND {})",
                is_single(left),
                is_single(right)
            )
        }
        ArrayRelation::Overlaps => format!(
            "(CASE WHEN {left} IS NOT NULL AND {right} IS NOT NULL THEN EXISTS (SELECT 1 \
             FROM pg_catalog.jsonb_array_elements({left}) AS l(item) \
             JOIN pg_catalog.jsonb_array_elements({right}) AS r(item) ON l.item = r.item \
             WHERE pg_catalog.jsonb_typeof(l.item) IN ('string', 'number', 'boolean')) END)"
        ),
    })
}

fn json_item(literal: &Literal) -> String {
    match literal {
        Literal::Boolean(value) => value.to_string(),
        Literal::Integer(value) => value.to_string(),
        // JSON requires a digit before the point.
        Literal::Decimal(digits) => match digits.strip_prefix('-') {
            Some(rest) if rest.starts_with('.') => format!("-0{rest}"),
            _ if digits.starts_with('.') => format!("0{digits}"),
            _ => digits.clone(),
        },
        Literal::Text(text) => serde_json::Value::from(text.as_str()).to_string(),
        _ => "null".into(),
    }
}
