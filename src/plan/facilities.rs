//! The facilities of a question: filtered, without those that the question removes, with those that
//! it adds, and with their places on the network.

use std::collections::BTreeSet;

use jiff::civil::Date;

use super::loaded_collection::LoadedCollection;
use super::network::{Access, EdgeIndex};
use super::place::{Place, place_of};
use super::plane::Point;
use super::planning_data::PlanningData;
use super::population::date_of;
use super::question::{Facilities as Choice, Id, Origin, Points};
use super::reading::{Plane, column_text, number_of};
use crate::catalog::roles::FacilityRole;
use crate::error::{Error, Result, said};
use crate::geo::Crs;
use crate::layer::evaluate::{Answer, evaluate};
use crate::layer::{Column, View};
use crate::limits::{Key, Limits};
use crate::query::cql2::{self, FilterLanguage, Schema};
use crate::query::{Filter, Query};

/// One facility of a question.
#[derive(Clone, Debug)]
pub struct Facility {
    /// The id of the feature, after its collection and a slash if there are several collections;
    /// `+1`, `+2` … for facilities that the question adds.
    pub id: String,
    /// The name, if there is one.
    pub name: Option<String>,
    /// The operator, if known.
    pub operator: Option<String>,
    /// The points or the outline in the plane.
    pub place: Place,
    /// The index of its collection among those of the question.
    pub collection: usize,
    /// The capacities, in the order of the collection's role; None if unknown.
    pub capacities: Vec<Option<f64>>,
    /// The row of the feature; None for a facility that the question adds.
    pub row: Option<u32>,
}

/// The facilities of a question.
#[derive(Clone, Debug, Default)]
pub struct Facilities {
    /// The facilities in the order of their keys, followed by those that the question adds.
    pub list: Vec<Facility>,
    /// Their collections, as everyone may see them.
    pub collections: Vec<LoadedCollection>,
    /// The number of features that match the filter and have no place.
    pub without_place: usize,
    /// The number of areas below the minimum area.
    pub too_small: usize,
    /// The number of facilities that are not in service on the day.
    pub not_in_service: usize,
    /// The day on which they are in service, if a role names columns for it.
    pub on: Option<Date>,
    /// The number of facilities that the question removes.
    pub removed: usize,
    /// The names of the removed facilities, or their ids if they have no name.
    pub removed_names: Vec<String>,
    /// The number of capacities that are negative or not a number. They count as unknown.
    pub odd_capacities: usize,
}

/// The facilities that are far from the network, by index.
#[derive(Clone, Debug, Default)]
pub struct OffNetwork {
    /// Facilities beyond the snapping distance. They count nowhere on the network.
    pub none: Vec<u32>,
    /// Facilities more than [`FAR`] from their edge, with this distance in metres. It is a straight
    /// line, whatever is between.
    pub far: Vec<(u32, f64)>,
}

/// The distance from its edge in metres from which a facility is reported as far from the network.
pub const FAR: f64 = 100.0;

/// Selects the facilities of a question. Areas smaller than `least_area` m² are left out, unless
/// the question names its own minimum area.
///
/// # Errors
///
/// Returns an error if the question contradicts itself, names a collection, column or facility that
/// does not exist, or exceeds a limit.
pub fn select(data: &PlanningData, choice: &Choice, least_area: Option<f64>) -> Result<Facilities> {
    for (parameter, changes) in
        [("facilities.add", choice.add.len()), ("facilities.remove", choice.remove.len())]
    {
        data.limits.at_most(Key::planning_changes, parameter, changes)?;
    }
    let origins = choice.origins(data)?;
    let mut removed: BTreeSet<String> = choice.remove.iter().map(Id::text).collect();
    let mut chosen = Facilities::default();
    for origin in &origins {
        let loaded = data.visible(&origin.collection)?;
        let mut choosing = Choosing {
            least_area: choice.minimum_area.or(least_area),
            on: choice.on,
            prefix: if origins.len() > 1 { format!("{}/", origin.collection) } else { String::new() },
            removed: &mut removed,
            chosen: &mut chosen,
        };
        choosing.choose(data, &loaded, origin)?;
        chosen.collections.push(loaded);
    }
    if let Some(id) = removed.first() {
        let what = said!("there is no facility {:?} among those asked for, so it cannot be removed", id);
        return Err(Error::invalid("facilities.remove", what));
    }
    add(data, choice, &mut chosen)?;
    Ok(chosen)
}

/// The state of a selection from one collection after the other.
struct Choosing<'a> {
    least_area: Option<f64>,
    on: Option<Date>,
    prefix: String,
    removed: &'a mut BTreeSet<String>,
    chosen: &'a mut Facilities,
}

impl Choosing<'_> {
    fn choose(&mut self, data: &PlanningData, loaded: &LoadedCollection, origin: &Origin) -> Result<()> {
        let (view, role) = (loaded.view(), data.roles.facilities.get(&loaded.collection.id));
        if view.collection.geometry.is_none() {
            let what = said!("the collection {:?} has no geometry", origin.collection);
            return Err(Error::invalid("facilities", what));
        }
        let plane = Plane::of(&view, data.roles.srid)?;
        let service = Service::of(&view, role, self.on)?;
        self.chosen.on = self.chosen.on.or(service.as_ref().map(|service| service.on));
        for row in filtered(&view, origin.filter.as_deref(), &data.limits)?.rows {
            let key = view.key(row).map_or_else(|| row.to_string(), |key| key.text());
            let id = format!("{}{key}", self.prefix);
            if self.removed.remove(&id) {
                self.chosen.removed += 1;
                let name = column_text(&view, role.and_then(|role| role.name.as_deref()), row);
                self.chosen.removed_names.push(name.unwrap_or(id));
                continue;
            }
            if service.as_ref().is_some_and(|service| !service.is_on(row)) {
                self.chosen.not_in_service += 1;
                continue;
            }
            match view.geometry(row).and_then(|geometry| place_of(&geometry, &plane)) {
                None => self.chosen.without_place += 1,
                Some(place) if self.least_area.is_some_and(|least| place.is_below(least)) => {
                    self.chosen.too_small += 1;
                }
                Some(place) => {
                    let odd = &mut self.chosen.odd_capacities;
                    let collection = self.chosen.collections.len();
                    let facility = Facility { collection, ..facility(&view, role, row, id, place, odd) };
                    self.chosen.list.push(facility);
                }
            }
        }
        Ok(())
    }
}

/// The columns with the first and the last day of service, and the day of the question.
struct Service<'a> {
    from: Option<&'a Column>,
    until: Option<&'a Column>,
    on: Date,
}

impl<'a> Service<'a> {
    /// Returns None if the role names no such columns.
    fn of(view: &View<'a>, role: Option<&FacilityRole>, on: Option<Date>) -> Result<Option<Service<'a>>> {
        let Some((from, until)) = role.map(|role| &role.valid).filter(|valid| **valid != (None, None)) else {
            return Ok(None);
        };
        let column = |name: &Option<String>| match name {
            None => Ok(None),
            Some(name) => view.column(name).map(Some).ok_or_else(|| {
                Error::not_found(said!("the collection {:?} has no column {:?}", view.collection.id, name))
                    .hint("check valid_from and valid_to under [roles.facilities]")
            }),
        };
        let on = on.unwrap_or_else(|| jiff::Zoned::now().date());
        Ok(Some(Service { from: column(from)?, until: column(until)?, on }))
    }

    /// Returns whether the day is between the first and the last day, which are included. A missing
    /// day is no limit.
    fn is_on(&self, row: u32) -> bool {
        let day = |column: Option<&Column>, year_means| {
            column.and_then(|column| date_of(column.get(row as usize), year_means))
        };
        day(self.from, (1, 1)).is_none_or(|from| from <= self.on)
            && day(self.until, (12, 31)).is_none_or(|until| self.on <= until)
    }
}

/// Returns the features that match a filter in CQL2 text, in the order of their keys.
///
/// # Errors
///
/// Returns an error if the filter is invalid or exceeds the limits on filters.
pub fn filtered(view: &View<'_>, filter: Option<&str>, limits: &Limits) -> Result<Answer> {
    let filter = filter.map(|text| read_filter(view, text, limits)).transpose()?;
    evaluate(view, &Query { filter, limit: usize::MAX, ..Query::default() })
}

/// Reads a filter in CQL2 text on the visible columns.
///
/// # Errors
///
/// Returns an error if the filter is invalid or exceeds the limits on filters.
pub fn read_filter(view: &View<'_>, text: &str, limits: &Limits) -> Result<Filter> {
    let schema = Schema { collection: view.collection, visible: view.visible_columns() };
    cql2::filter(text, FilterLanguage::Text, Crs::Crs84, &schema, limits)
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
        operator: column_text(view, role.and_then(|role| role.operator.as_deref()), row),
        collection: 0,
        capacities: capacities.map(|own| capacity(&own.column)).collect(),
        place,
        row: Some(row),
    }
}

/// Returns places that a question names by longitude and latitude. Their ids are their numbers,
/// beginning with 1.
///
/// # Errors
///
/// Returns an error if a place is not on earth or cannot be projected.
pub fn of_points(data: &PlanningData, points: &Points) -> Result<Facilities> {
    let plane = data.plane()?;
    let mut list = Vec::with_capacity(points.0.len());
    for (number, lonlat) in (1..).zip(&points.0) {
        let point = on_earth(&plane, *lonlat, "points")?;
        list.push(Facility {
            id: format!("{number}"),
            name: None,
            operator: None,
            place: Place::Points(vec![point]),
            collection: 0,
            capacities: vec![],
            row: None,
        });
    }
    Ok(Facilities { list, ..Facilities::default() })
}

/// Returns a place with a name as a facility. `place` is in the plane.
pub fn named(id: String, name: String, place: Point) -> Facility {
    Facility {
        id,
        name: Some(name),
        operator: None,
        place: Place::Points(vec![place]),
        collection: 0,
        capacities: vec![],
        row: None,
    }
}

/// Projects longitude and latitude in degrees to the plane.
///
/// # Errors
///
/// Returns an error that names `parameter` if the place is not on earth or cannot be projected.
pub fn on_earth(plane: &Plane, [lon, lat]: [f64; 2], parameter: &str) -> Result<Point> {
    let point = plane.points(&[[lon, lat]]).first().copied().unwrap_or([f64::NAN; 2]);
    match lon.abs() <= 180.0 && lat.abs() <= 90.0 && point.iter().all(|value| value.is_finite()) {
        true => Ok(point),
        false => Err(Error::invalid(parameter, said!("[{}, {}] is no longitude and latitude", lon, lat))
            .hint("such as [6.96, 50.94]")),
    }
}

/// Adds the facilities of the question. They belong to its first collection.
fn add(data: &PlanningData, choice: &Choice, chosen: &mut Facilities) -> Result<()> {
    let plane = data.plane()?;
    let role = chosen.collections.first().and_then(|loaded| data.roles.facilities.get(&loaded.collection.id));
    for (number, added) in (1..).zip(&choice.add) {
        let point = on_earth(&plane, added.point, "facilities.add")?;
        if added.capacity.is_some_and(|capacity| !(capacity >= 0.0 && capacity.is_finite())) {
            return Err(Error::invalid("facilities.add", "a capacity is negative or no number"));
        }
        chosen.list.push(Facility {
            id: format!("+{number}"),
            name: added.name.clone(),
            operator: None,
            place: Place::Points(vec![point]),
            collection: 0,
            capacities: role.iter().flat_map(|role| &role.capacities).map(|_| added.capacity).collect(),
            row: None,
        });
    }
    Ok(())
}

impl Facilities {
    /// Returns the titles of the collections, for people.
    pub fn title(&self) -> String {
        let titles: Vec<&str> =
            self.collections.iter().map(|loaded| loaded.collection.title.as_str()).collect();
        titles.join(" + ")
    }

    /// Returns the places where the facilities enter the network, at most `snapping` metres away,
    /// and the facilities that have none or only a distant one. The source of an access is the
    /// index of its facility.
    pub fn accesses(&self, index: &EdgeIndex, snapping: f64) -> (Vec<Access>, OffNetwork) {
        let (mut accesses, mut off) = (vec![], OffNetwork::default());
        for (source, facility) in (0..).zip(&self.list) {
            let before = accesses.len();
            let snaps = match &facility.place {
                Place::Points(points) => {
                    points.iter().filter_map(|point| index.nearest(*point, snapping)).collect()
                }
                Place::Outline { lines, .. } => index.entrances(lines.iter().map(Vec::as_slice), snapping),
            };
            let offset = snaps.iter().map(|snap| snap.offset).fold(f64::INFINITY, f64::min);
            accesses.extend(snaps.into_iter().map(|snap| Access { source, snap, counts_offset: true }));
            if accesses.len() == before {
                off.none.push(source);
            } else if offset > FAR {
                off.far.push((source, offset));
            }
        }
        (accesses, off)
    }
}
