//! Reads the geometries of CQL2 text: well-known text (OGC 06-103r4, section 7) and BBOX.

use super::expression::{Node, TextPosition};
use super::fault::fault;
use super::lexer::Token;
use super::text::{Parser, unexpected};
use crate::error::{Result, said, template};
use crate::geo::geometry::{Member, Role};
use crate::geo::{GeometryType, Shape};

/// Returns the geometry type of a word in capitals, with or without a Z.
pub fn kind_of(word: &str) -> Option<GeometryType> {
    use GeometryType::*;
    [Point, LineString, Polygon, MultiPoint, MultiLineString, MultiPolygon, GeometryCollection]
        .into_iter()
        .find(|kind| kind.name().eq_ignore_ascii_case(word))
}

impl Parser<'_, '_> {
    /// Reads a geometry after the name of its type.
    pub fn geometry(&mut self, kind: GeometryType, position: TextPosition) -> Result<Node> {
        let mut shape = Shape { kind: Some(kind), ..Shape::default() };
        match kind {
            GeometryType::GeometryCollection => {
                self.takes_keyword("Z")?;
                self.sign("(")?;
                self.members(&mut shape)?;
            }
            kind => self.body(kind, &mut shape, position)?,
        }
        if !shape.z.is_empty() && shape.z.len() != shape.xy.len() {
            return Err(fault(position, "has a geometry of which only some vertices have a height"));
        }
        self.budget.geometry(&shape, position)?;
        Ok(Node::Geometry(shape))
    }

    fn members(&mut self, shape: &mut Shape) -> Result<()> {
        loop {
            let (token, position) = self.lexer.next()?;
            let kind = match &token {
                Token::Word(word) => kind_of(&word.to_ascii_uppercase()),
                _ => None,
            };
            // RFC 7946, 3.1.8 advises against nested collections, and one collection can say the
            // same.
            let Some(kind) = kind.filter(|kind| *kind != GeometryType::GeometryCollection) else {
                return Err(unexpected(&token, position, template!("a point, a line or a polygon")));
            };
            let before = shape.parts.len();
            self.body(kind, shape, position)?;
            shape.members.push(Member { kind, parts: (shape.parts.len() - before) as u32 });
            if !self.takes_sign(",")? {
                return self.sign(")");
            }
        }
    }

    fn body(&mut self, kind: GeometryType, shape: &mut Shape, position: TextPosition) -> Result<()> {
        use GeometryType::*;
        self.takes_keyword("Z")?;
        match kind {
            Point => {
                self.sign("(")?;
                self.vertex(shape)?;
                self.sign(")")?;
                self.end_part(Role::Points, shape, position)
            }
            MultiPoint => self.multi_point(shape, position),
            LineString => self.run(Role::Line, shape, position),
            Polygon => self.polygon(shape, position),
            MultiLineString => self.many(|parser| parser.run(Role::Line, shape, position)),
            MultiPolygon => self.many(|parser| parser.polygon(shape, position)),
            GeometryCollection => Ok(()),
        }
    }

    fn many(&mut self, mut one: impl FnMut(&mut Self) -> Result<()>) -> Result<()> {
        self.sign("(")?;
        loop {
            one(self)?;
            if !self.takes_sign(",")? {
                return self.sign(")");
            }
        }
    }

    /// Reads `((1 2), (3 4))`, or the same without the inner brackets.
    fn multi_point(&mut self, shape: &mut Shape, position: TextPosition) -> Result<()> {
        self.many(|parser| {
            let bracket = parser.takes_sign("(")?;
            parser.vertex(shape)?;
            if bracket { parser.sign(")") } else { Ok(()) }
        })?;
        self.end_part(Role::Points, shape, position)
    }

    fn polygon(&mut self, shape: &mut Shape, position: TextPosition) -> Result<()> {
        let mut role = Role::Exterior;
        self.many(|parser| parser.run(std::mem::replace(&mut role, Role::Interior), shape, position))
    }

    fn run(&mut self, role: Role, shape: &mut Shape, position: TextPosition) -> Result<()> {
        self.many(|parser| parser.vertex(shape))?;
        self.end_part(role, shape, position)
    }

    fn end_part(&mut self, role: Role, shape: &mut Shape, position: TextPosition) -> Result<()> {
        self.budget.part(position)?;
        shape.end_part(role);
        Ok(())
    }

    fn vertex(&mut self, shape: &mut Shape) -> Result<()> {
        let (x, position) = self.coordinate()?;
        let (y, _) = self.coordinate()?;
        self.budget.vertex(position)?;
        shape.xy.push([x, y]);
        if matches!(self.lexer.peek()?, Token::Number(_) | Token::Sign("-")) {
            let (z, _) = self.coordinate()?;
            shape.z.push(z);
        }
        Ok(())
    }

    /// Reads the numbers of BBOX, whose opening bracket is already read.
    pub fn bbox(&mut self, position: TextPosition) -> Result<Vec<f64>> {
        let mut numbers = vec![self.coordinate()?.0];
        while numbers.len() < 6 && self.takes_sign(",")? {
            numbers.push(self.coordinate()?.0);
        }
        self.sign(")")?;
        match numbers.len() {
            4 | 6 => Ok(numbers),
            other => Err(fault(position, said!("has a BBOX of {} numbers, not of four or six", other))),
        }
    }

    fn coordinate(&mut self) -> Result<(f64, TextPosition)> {
        let is_negative = self.takes_sign("-")?;
        match self.lexer.next()? {
            (Token::Number(digits), position) => {
                let number = digits.parse::<f64>().ok().filter(|number| number.is_finite());
                let number = number
                    .ok_or_else(|| fault(position, said!("has a coordinate beyond bounds: {}", digits)))?;
                Ok((if is_negative { -number } else { number }, position))
            }
            (token, position) => Err(unexpected(&token, position, template!("a coordinate"))),
        }
    }
}
