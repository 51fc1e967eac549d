//! Geometries in CQL2 JSON (RFC 7946, 3.1).

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::budget::Budget;
use super::expression::TextPosition;
use super::fault::fault;
use super::members::{Members, level, wrong};
use crate::error::{Result, said, template};
use crate::geo::geometry::{Member, Role};
use crate::geo::{GeometryType, Shape};

const NOWHERE: TextPosition = TextPosition(0);

type Position = Vec<f64>;

/// Reads a GeoJSON geometry (RFC 7946, section 3.1), and counts its vertices.
pub fn read(raw: &RawValue, budget: &mut Budget<'_>) -> Result<Shape> {
    let (kind, members) = opened(raw)?;
    let mut shape = Shape { kind: Some(kind), ..Shape::default() };
    let mut reader = Reader { shape: &mut shape, budget };
    if kind == GeometryType::GeometryCollection {
        let list = members.get("geometries").ok_or_else(|| wrong(raw, template!("geometries")))?;
        for member in level::<Vec<&RawValue>>(list, template!("a list of geometries"))? {
            let (kind, members) = opened(member)?;
            // RFC 7946, 3.1.8 advises against nested collections, and one collection can say the
            // same.
            if kind == GeometryType::GeometryCollection {
                return Err(wrong(member, template!("a point, a line or a polygon")));
            }
            let before = reader.shape.parts.len();
            reader.coordinates(kind, member, &members)?;
            let parts = (reader.shape.parts.len() - before) as u32;
            reader.shape.members.push(Member { kind, parts });
        }
    } else {
        reader.coordinates(kind, raw, &members)?;
    }
    if !shape.z.is_empty() && shape.z.len() != shape.xy.len() {
        return Err(fault(NOWHERE, "has a geometry of which only some vertices have a height"));
    }
    if shape.xy.is_empty() {
        return Err(wrong(raw, template!("a geometry with coordinates")));
    }
    budget.geometry(&shape, NOWHERE)?;
    Ok(shape)
}

fn opened(raw: &RawValue) -> Result<(GeometryType, Members<'_>)> {
    use GeometryType::*;
    let members: Members<'_> = level(raw, template!("a geometry"))?;
    let name: Option<Cow<'_, str>> = match members.get("type") {
        Some(name) => level(name, template!("the type of a geometry"))?,
        None => None,
    };
    let kinds = [Point, LineString, Polygon, MultiPoint, MultiLineString, MultiPolygon, GeometryCollection];
    let kind = kinds.into_iter().find(|kind| name.as_deref() == Some(kind.name()));
    Ok((kind.ok_or_else(|| wrong(raw, template!("a geometry of GeoJSON")))?, members))
}

struct Reader<'r, 'b, 'l> {
    shape: &'r mut Shape,
    budget: &'b mut Budget<'l>,
}

impl Reader<'_, '_, '_> {
    fn coordinates(&mut self, kind: GeometryType, raw: &RawValue, members: &Members<'_>) -> Result<()> {
        use GeometryType::*;
        let list = members.get("coordinates").copied().ok_or_else(|| wrong(raw, template!("coordinates")))?;
        match kind {
            Point => self.run(Role::Points, &[read_list::<Position>(list)?]),
            MultiPoint => self.run(Role::Points, &read_list::<Vec<Position>>(list)?),
            LineString => self.run(Role::Line, &read_list::<Vec<Position>>(list)?),
            MultiLineString => {
                read_list::<Vec<Vec<Position>>>(list)?.iter().try_for_each(|line| self.run(Role::Line, line))
            }
            Polygon => self.polygon(&read_list::<Vec<Vec<Position>>>(list)?),
            MultiPolygon => {
                let polygons = read_list::<Vec<Vec<Vec<Position>>>>(list)?;
                polygons.iter().try_for_each(|rings| self.polygon(rings))
            }
            GeometryCollection => Ok(()),
        }
    }

    fn polygon(&mut self, rings: &[Vec<Position>]) -> Result<()> {
        let roles = std::iter::once(Role::Exterior).chain(std::iter::repeat(Role::Interior));
        rings.iter().zip(roles).try_for_each(|(ring, role)| self.run(role, ring))
    }

    fn run(&mut self, role: Role, positions: &[Position]) -> Result<()> {
        self.budget.part(NOWHERE)?;
        if positions.is_empty() {
            return Err(fault(NOWHERE, "has a geometry with a part of no vertices"));
        }
        for position in positions {
            self.budget.vertex(NOWHERE)?;
            match position.as_slice() {
                [x, y] => self.shape.xy.push([*x, *y]),
                [x, y, z] => {
                    self.shape.xy.push([*x, *y]);
                    self.shape.z.push(*z);
                }
                other => {
                    let what = said!("has a vertex of {} numbers, not of two or three", other.len());
                    return Err(fault(NOWHERE, what));
                }
            }
        }
        self.shape.end_part(role);
        Ok(())
    }
}

fn read_list<'a, T: Deserialize<'a>>(raw: &'a RawValue) -> Result<T> {
    level(raw, template!("coordinates of this type of geometry"))
}
