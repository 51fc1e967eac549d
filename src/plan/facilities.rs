//! Facilities as a question means them: filtered, some taken away, some added; and their places on the network.

use std::collections::BTreeSet;

use jiff::civil::Date;

use super::basis::Basis;
use super::network::{Access, EdgeIndex, Network, Snap};
use super::part::Part;
use super::plane::{Extent, Point, between, distance, is_inside, nearest_on_segment, ring_area};
use super::population::date_of;
use super::question::{Facilities as Question, Id, Points};
use super::reading::{Plane, column_text, number_of};
use crate::catalog::roles::FacilityRole;
use crate::error::{Error, Result};
use crate::geo::geometry::Role;
use crate::layer::evaluate::{Answer, evaluate};
use crate::layer::{Column, GeometryRef, View};
use crate::query::{Filter, Literal, Query, equality};

/// Where a facility is reached.
#[derive(Clone, Debug, PartialEq)]
pub enum Place {
    /// At any of these points.
    Points(Vec<Point>),
    /// At the nearest point of an outline: closed rings of an area, or lines.
    Outline {
        /// Rings or lines.
        lines: Vec<Vec<Point>>,
        /// Whether the lines enclose an area.
        is_area: bool,
    },
}

/// One facility.
#[derive(Clone, Debug)]
pub struct Facility {
    /// The id of its feature; `+1`, `+2` … of added ones.
    pub id: String,
    /// What it is called.
    pub name: Option<String>,
    /// Where it is.
    pub place: Place,
    /// Its room for persons or its amount, by the capacities of its role; None where unknown.
    pub capacities: Vec<Option<f64>>,
    /// The row of its feature; None if added.
    pub row: Option<u32>,
}

/// What a question means.
#[derive(Clone, Debug, Default)]
pub struct Facilities {
    /// The facilities, in the order of keys, added ones at the end.
    pub list: Vec<Facility>,
    /// Features that answer the filter and have no place.
    pub without_place: usize,
    /// Areas below the least area.
    pub too_small: usize,
    /// Those not in service on the day.
    pub not_in_service: usize,
    /// The day, where their role has columns for it.
    pub on: Option<Date>,
    /// How many were taken away.
    pub removed: usize,
    /// Capacities that are negative or no number; they count as unknown.
    pub odd_capacities: usize,
}

/// The most facilities that may be added, and taken away.
pub const MOST_CHANGES: usize = 1_000;

/// The facilities of a question. `part` is their collection as everyone may see it.
pub fn select(
    basis: &Basis,
    part: &Part,
    question: &Question,
    least_area: Option<f64>,
) -> Result<Facilities> {
    let (view, role) = (part.view(), basis.roles.facilities.get(&part.collection.id));
    if view.collection.geometry.is_none() {
        let what = format!("the collection {:?} has no geometry", question.collection);
        return Err(Error::invalid("facilities", what));
    }
    if question.add.len().max(question.remove.len()) > MOST_CHANGES {
        return Err(Error::invalid("facilities", format!("more than {MOST_CHANGES} are added or removed")));
    }
    let plane = Plane::of(&view, basis.roles.srid)?;
    let least_area = question.minimum_area.or(least_area);
    let mut removed: BTreeSet<String> = question.remove.iter().map(Id::text).collect();
    let mut chosen = Facilities::default();
    let service = Service::of(&view, role, question.on)?;
    chosen.on = service.as_ref().map(|service| service.on);
    for row in filtered(&view, question.filter.as_deref())?.rows {
        let id = view.key(row).map_or_else(|| row.to_string(), |key| key.text());
        if removed.remove(&id) {
            chosen.removed += 1;
            continue;
        }
        if service.as_ref().is_some_and(|service| !service.is_on(row)) {
            chosen.not_in_service += 1;
            continue;
        }
        match view.geometry(row).and_then(|geometry| place_of(&geometry, &plane)) {
            None => chosen.without_place += 1,
            Some(place) if least_area.is_some_and(|least| place.is_below(least)) => chosen.too_small += 1,
            Some(place) => {
                let facility = facility(&view, role, row, id, place, &mut chosen.odd_capacities);
                chosen.list.push(facility);
            }
        }
    }
    if let Some(id) = removed.first() {
        let what = format!("there is no facility {id:?} among those asked for, so it cannot be removed");
        return Err(Error::invalid("facilities.remove", what));
    }
    add(basis, question, role, &mut chosen)?;
    Ok(chosen)
}

/// The columns that say from when and until when a facility is in service, and the day asked about.
struct Service<'a> {
    from: Option<&'a Column>,
    until: Option<&'a Column>,
    on: Date,
}

impl<'a> Service<'a> {
    /// None where the role names no such columns.
    fn of(view: &View<'a>, role: Option<&FacilityRole>, on: Option<Date>) -> Result<Option<Service<'a>>> {
        let Some((from, until)) = role.map(|role| &role.valid).filter(|valid| **valid != (None, None)) else {
            return Ok(None);
        };
        let column = |name: &Option<String>| match name {
            None => Ok(None),
            Some(name) => view.column(name).map(Some).ok_or_else(|| {
                Error::not_found(format!("the collection {:?} has no column {name:?}", view.collection.id))
                    .hint("check valid_from and valid_to under [roles.facilities]")
            }),
        };
        let on = on.unwrap_or_else(|| jiff::Zoned::now().date());
        Ok(Some(Service { from: column(from)?, until: column(until)?, on }))
    }

    /// Whether the day lies between the two, both included. What has no day has no bound.
    fn is_on(&self, row: u32) -> bool {
        let day = |column: Option<&Column>, year_means| {
            column.and_then(|column| date_of(column.get(row as usize), year_means))
        };
        day(self.from, (1, 1)).is_none_or(|from| from <= self.on)
            && day(self.until, (12, 31)).is_none_or(|until| self.on <= until)
    }
}

/// The features that answer the filter, in the order of keys.
pub fn filtered(view: &View<'_>, filter: Option<&str>) -> Result<Answer> {
    let mut conditions = vec![];
    for (name, text) in filter.map(|text| equality::parse("filter", text)).transpose()?.unwrap_or_default() {
        let unknown = || {
            let known: Vec<&str> = view.columns().map(|(name, _)| name).collect();
            Error::invalid("filter", format!("there is no column {name:?}"))
                .hint(format!("known: {}", known.join(", ")))
        };
        let index = view.collection.column(&name).filter(|index| view.visible(*index).is_some());
        let index = index.ok_or_else(unknown)?;
        let kind = view.collection.columns.get(index).ok_or_else(unknown)?.kind;
        conditions.push(Filter::equals(index, kind, Literal::parse("filter", &text, kind)?));
    }
    let filter = (!conditions.is_empty()).then_some(Filter::And(conditions));
    evaluate(view, &Query { filter, limit: usize::MAX, ..Query::default() })
}

fn facility(
    view: &View<'_>,
    role: Option<&FacilityRole>,
    row: u32,
    id: String,
    place: Place,
    odd: &mut usize,
) -> Facility {
    let mut capacity = |column: &str| {
        let column = view.column(column)?;
        let number = number_of(column.get(row as usize)).filter(|number| *number >= 0.0);
        *odd += usize::from(number.is_none() && !column.is_null(row as usize));
        number
    };
    let capacities = role.iter().flat_map(|role| &role.capacities);
    Facility {
        id,
        name: column_text(view, role.and_then(|role| role.name.as_deref()), row),
        capacities: capacities.map(|own| capacity(&own.column)).collect(),
        place,
        row: Some(row),
    }
}

/// Places that a question names itself, by longitude and latitude; numbered from 1.
pub fn of_points(basis: &Basis, points: &Points) -> Result<Facilities> {
    let plane = basis.plane()?;
    let mut list = Vec::with_capacity(points.0.len());
    for (number, lonlat) in (1..).zip(&points.0) {
        let point = on_earth(&plane, *lonlat, "points")?;
        list.push(Facility {
            id: format!("{number}"),
            name: None,
            place: Place::Points(vec![point]),
            capacities: vec![],
            row: None,
        });
    }
    Ok(Facilities { list, ..Facilities::default() })
}

/// A place with a name, as a facility is.
pub fn named(id: String, name: String, place: Point) -> Facility {
    Facility { id, name: Some(name), place: Place::Points(vec![place]), capacities: vec![], row: None }
}

/// The place of longitude and latitude in the plane.
pub fn on_earth(plane: &Plane, [lon, lat]: [f64; 2], parameter: &str) -> Result<Point> {
    let point = plane.points(&[[lon, lat]]).first().copied().unwrap_or([f64::NAN; 2]);
    match lon.abs() <= 180.0 && lat.abs() <= 90.0 && point.iter().all(|value| value.is_finite()) {
        true => Ok(point),
        false => Err(Error::invalid(parameter, format!("[{lon}, {lat}] is no longitude and latitude"))
            .hint("such as [6.96, 50.94]")),
    }
}

fn add(
    basis: &Basis,
    question: &Question,
    role: Option<&FacilityRole>,
    chosen: &mut Facilities,
) -> Result<()> {
    let plane = basis.plane()?;
    for (number, added) in (1..).zip(&question.add) {
        let point = on_earth(&plane, added.point, "facilities.add")?;
        if added.capacity.is_some_and(|capacity| !(capacity >= 0.0 && capacity.is_finite())) {
            return Err(Error::invalid("facilities.add", "a capacity is negative or no number"));
        }
        chosen.list.push(Facility {
            id: format!("+{number}"),
            name: added.name.clone(),
            place: Place::Points(vec![point]),
            capacities: role.iter().flat_map(|role| &role.capacities).map(|_| added.capacity).collect(),
            row: None,
        });
    }
    Ok(())
}

/// The place of a geometry; None where it has no point that is a number.
pub fn place_of(geometry: &GeometryRef<'_>, plane: &Plane) -> Option<Place> {
    let parts: Vec<(Role, Vec<Point>)> =
        geometry.parts().map(|part| (part.role, plane.points(part.xy))).collect();
    let is_finite = parts.iter().flat_map(|(_, points)| points).flatten().all(|value| value.is_finite());
    if parts.is_empty() || !is_finite {
        return None;
    }
    let is_area = parts.iter().any(|(role, _)| *role == Role::Exterior);
    let lines = parts.iter().filter(|(role, _)| *role != Role::Points);
    let lines: Vec<Vec<Point>> = lines.map(|(_, points)| points.clone()).collect();
    if lines.is_empty() {
        let points: Vec<Point> = parts.into_iter().flat_map(|(_, points)| points).collect();
        return (!points.is_empty()).then_some(Place::Points(points));
    }
    Some(Place::Outline { lines, is_area })
}

impl Place {
    /// Whether it is an area smaller than this many m². Points have no area to compare.
    fn is_below(&self, least: f64) -> bool {
        matches!(self, Place::Outline { is_area: true, .. }) && self.area() < least
    }

    /// Its area in m²: that of rings in rings is taken away.
    pub fn area(&self) -> f64 {
        let Place::Outline { lines, is_area: true } = self else { return 0.0 };
        let depth = |ring: &[Point]| {
            let first = ring.first().copied().unwrap_or_default();
            lines
                .iter()
                .filter(|other| other.as_slice() != ring && is_inside(first, [other.as_slice()]))
                .count()
        };
        lines.iter().map(|ring| if depth(ring) % 2 == 0 { ring_area(ring) } else { -ring_area(ring) }).sum()
    }

    /// The straight distance from a point; 0 inside an area.
    pub fn distance(&self, from: Point) -> f64 {
        match self {
            Place::Points(points) => {
                points.iter().map(|point| distance(from, *point)).fold(f64::INFINITY, f64::min)
            }
            Place::Outline { lines, is_area } => {
                if *is_area && is_inside(from, lines.iter().map(Vec::as_slice)) {
                    return 0.0;
                }
                let sides = lines.iter().flat_map(|line| line.windows(2));
                let distances = sides.map(|side| match side {
                    [a, b] => nearest_on_segment(from, *a, *b).1,
                    _ => f64::INFINITY,
                });
                distances.fold(f64::INFINITY, f64::min)
            }
        }
    }

    /// The least box around it.
    pub fn extent(&self) -> Extent {
        match self {
            Place::Points(points) => Extent::of(points),
            Place::Outline { lines, .. } => Extent::of(lines.iter().flatten()),
        }
    }

    /// Where one comes to from a place on the network: the nearest of its points, or of its outline.
    pub fn nearest_to(&self, network: &Network, snap: &Snap) -> Point {
        let Some(edge) = network.edge(snap.edge) else { return self.point() };
        let from = network.point(edge, snap.along);
        let near = |left: &Point, right: &Point| distance(from, *left).total_cmp(&distance(from, *right));
        match self {
            Place::Points(points) => points.iter().copied().min_by(near).unwrap_or(from),
            Place::Outline { lines, .. } => {
                let sides = lines.iter().flat_map(|line| line.windows(2));
                let feet = sides.filter_map(|side| match side {
                    [a, b] => Some(between(*a, *b, nearest_on_segment(from, *a, *b).0)),
                    _ => None,
                });
                feet.min_by(near).unwrap_or(from)
            }
        }
    }

    /// A point to show it by: of an area the middle of its box.
    pub fn point(&self) -> Point {
        match self {
            Place::Points(points) => points.first().copied().unwrap_or([f64::NAN; 2]),
            Place::Outline { .. } => {
                let Extent { min, max } = self.extent();
                [(min[0] + max[0]) / 2.0, (min[1] + max[1]) / 2.0]
            }
        }
    }
}

impl Facilities {
    /// The ways onto the network of all facilities, numbered as in the list, and which of them have none.
    pub fn accesses(&self, index: &EdgeIndex, snapping: f64) -> (Vec<Access>, Vec<u32>) {
        let (mut accesses, mut off) = (vec![], vec![]);
        for (source, facility) in (0..).zip(&self.list) {
            let before = accesses.len();
            let snaps = match &facility.place {
                Place::Points(points) => {
                    points.iter().filter_map(|point| index.nearest(*point, snapping)).collect()
                }
                Place::Outline { lines, .. } => index.entrances(lines.iter().map(Vec::as_slice), snapping),
            };
            accesses.extend(snaps.into_iter().map(|snap| Access { source, snap, counts_offset: true }));
            if accesses.len() == before {
                off.push(source);
            }
        }
        (accesses, off)
    }
}
