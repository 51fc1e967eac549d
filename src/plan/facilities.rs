//! Facilities as a question means them: filtered, some taken away, some added; and their places on
//! the network.

use std::collections::BTreeSet;

use jiff::civil::Date;

use super::planning_data::PlanningData;
use super::network::{Access, EdgeIndex};
use super::loaded_collection::LoadedCollection;
use super::place::{Place, place_of};
use super::plane::Point;
use super::population::date_of;
use super::question::{Facilities as Choice, Id, Origin, Points};
use super::reading::{Plane, column_text, number_of};
use crate::catalog::roles::FacilityRole;
use crate::error::{Error, Result, said};
use crate::geo::Crs;
use crate::layer::evaluate::{Answer, evaluate};
use crate::layer::{Column, View};
use crate::limits::{Key, Limits};
use crate::query::Query;
use crate::query::cql2::{self, FilterLanguage, Schema};

/// One facility.
#[derive(Clone, Debug)]
pub struct Facility {
    /// The id of its feature, after its collection and a slash where there are several; `+1`, `+2`
    /// … of added ones.
    pub id: String,
    /// What it is called.
    pub name: Option<String>,
    /// Who runs it.
    pub operator: Option<String>,
    /// Where it is.
    pub place: Place,
    /// Which of the question's collections it is of.
    pub collection: usize,
    /// Its room for persons or its amount, by the capacities of its collection's role; None where
    /// unknown.
    pub capacities: Vec<Option<f64>>,
    /// The row of its feature; None if added.
    pub row: Option<u32>,
}

/// What a question means.
#[derive(Clone, Debug, Default)]
pub struct Facilities {
    /// The facilities, in the order of keys, added ones at the end.
    pub list: Vec<Facility>,
    /// Their collections as everyone may see them.
    pub collections: Vec<LoadedCollection>,
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
    /// What those are called that were taken away: their names, else their ids.
    pub removed_names: Vec<String>,
    /// Capacities that are negative or no number; they count as unknown.
    pub odd_capacities: usize,
}

/// Facilities that the network does not come to.
#[derive(Clone, Debug, Default)]
pub struct OffNetwork {
    /// Those beyond the snapping distance: they count nowhere on the network.
    pub none: Vec<u32>,
    /// Those further than [`FAR`] from their edge, and how far: that way is a straight one,
    /// whatever lies between.
    pub far: Vec<(u32, f64)>,
}

/// From which way to its edge on, in metres, a facility is named as far from the network.
pub const FAR: f64 = 100.0;

/// The facilities of a question; areas smaller than `least_area` m² are none, unless the question
/// says how small they may be.
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
        let loaded = data.public(&origin.collection)?;
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

/// What is being chosen from one collection after the other.
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
                Error::not_found(said!("the collection {:?} has no column {:?}", view.collection.id, name))
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

/// The features that answer a filter in CQL2 text within the limits on filters, in the order of
/// keys.
pub fn filtered(view: &View<'_>, filter: Option<&str>, limits: &Limits) -> Result<Answer> {
    let schema = Schema { collection: view.collection, visible: view.visible_columns() };
    let read = |text| cql2::filter(text, FilterLanguage::Text, Crs::Crs84, &schema, limits);
    let filter = filter.map(read).transpose()?;
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
        operator: column_text(view, role.and_then(|role| role.operator.as_deref()), row),
        collection: 0,
        capacities: capacities.map(|own| capacity(&own.column)).collect(),
        place,
        row: Some(row),
    }
}

/// Places that a question names itself, by longitude and latitude; numbered from 1.
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

/// A place with a name, as a facility is.
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

/// The place of longitude and latitude in the plane.
pub fn on_earth(plane: &Plane, [lon, lat]: [f64; 2], parameter: &str) -> Result<Point> {
    let point = plane.points(&[[lon, lat]]).first().copied().unwrap_or([f64::NAN; 2]);
    match lon.abs() <= 180.0 && lat.abs() <= 90.0 && point.iter().all(|value| value.is_finite()) {
        true => Ok(point),
        false => Err(Error::invalid(parameter, said!("[{}, {}] is no longitude and latitude", lon, lat))
            .hint("such as [6.96, 50.94]")),
    }
}

/// Added ones are of the first collection.
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
    /// What they are, for people: the titles of their collections.
    pub fn title(&self) -> String {
        let titles: Vec<&str> = self.collections.iter().map(|loaded| loaded.collection.title.as_str()).collect();
        titles.join(" + ")
    }

    /// The ways onto the network of all facilities, numbered as in the list, and which of them have
    /// none or a long one.
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
