//! Addresses, facilities and areas by what people type.

use std::collections::BTreeMap;

use serde::Serialize;

use super::areas::Level;
use super::basis::{Basis, Count};
use super::place::place_of;
use super::plane::Point;
use super::reading::{Plane, column_text, text_of};
use super::spelling::{house_number, normal, street_and_number, unlikeness};
use crate::error::{Error, Result, said};
use crate::layer::Column;
use crate::work::{spend, together};

/// What was found is one of these.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Sort {
    /// An area of some level.
    Area,
    /// A street, without a number.
    Street,
    /// An address.
    Address,
    /// A facility.
    Facility,
}

/// Something that has a name and a place.
#[derive(Clone, Debug)]
pub struct Entry {
    /// What it is.
    pub sort: Sort,
    /// Its name as it is written.
    pub name: String,
    /// The collection, or of an area its level.
    pub of: String,
    /// The id of its feature, or of an area in its level.
    pub id: Option<String>,
    /// Where, in the plane.
    pub place: Point,
    /// Its name for comparing.
    spelled: String,
}

/// A house.
#[derive(Clone, Debug)]
struct House {
    number: String,
    written: String,
    id: Option<String>,
    place: Point,
}

/// Everything that can be found.
#[derive(Debug, Default)]
pub struct Index {
    entries: Vec<Entry>,
    /// The houses of each entry that is a street, by number.
    houses: BTreeMap<usize, Vec<House>>,
}

/// The most that one search gives.
pub const MOST: usize = 50;

impl Index {
    /// The index of what everyone may see.
    pub fn new(basis: &Basis) -> Result<Index> {
        let mut index = Index::default();
        for name in basis.shown_levels() {
            index.add_areas(name, &*basis.level(name, Count::Points)?);
        }
        for collection in basis.shown_facilities() {
            index.add_facilities(basis, collection)?;
        }
        index.add_addresses(basis)?;
        Ok(index)
    }

    fn add_areas(&mut self, name: &str, level: &Level) {
        self.entries.extend(level.areas.iter().map(|area| Entry {
            sort: Sort::Area,
            name: area.name.clone(),
            of: name.to_owned(),
            id: Some(area.id.clone()),
            place: area.centre(),
            spelled: normal(&area.name),
        }));
    }

    fn add_facilities(&mut self, basis: &Basis, collection: &str) -> Result<()> {
        let Ok(part) = basis.public(collection) else { return Ok(()) };
        let (view, role) = (part.view(), basis.roles.facilities.get(collection));
        let plane = Plane::of(&view, basis.roles.srid)?;
        for row in 0..view.len() as u32 {
            let name = column_text(&view, role.and_then(|role| role.name.as_deref()), row);
            let place = view.geometry(row).and_then(|geometry| place_of(&geometry, &plane));
            if let (Some(name), Some(place)) = (name, place) {
                self.entries.push(Entry {
                    sort: Sort::Facility,
                    spelled: normal(&name),
                    name,
                    of: collection.to_owned(),
                    id: view.key(row).map(|key| key.text()),
                    place: place.point(),
                });
            }
        }
        Ok(())
    }

    /// The first column of an address is the street, the second the house number.
    fn add_addresses(&mut self, basis: &Basis) -> Result<()> {
        let Some(role) = &basis.roles.demand else { return Ok(()) };
        let Ok(part) = basis.public(&role.collection) else { return Ok(()) };
        let (view, demand) = (part.view(), basis.demand(Count::Points)?);
        let columns: Vec<&Column> = role.address.iter().filter_map(|name| view.column(name)).collect();
        let Some(street) = columns.first() else { return Ok(()) };
        let mut streets: BTreeMap<String, (String, Vec<House>)> = BTreeMap::new();
        for (row, place) in demand.points.iter().enumerate() {
            let Some(name) = text_of(street.get(row)).filter(|_| place.iter().all(|value| value.is_finite()))
            else {
                continue;
            };
            let number = columns.get(1).and_then(|column| text_of(column.get(row))).unwrap_or_default();
            let (_, houses) = streets.entry(normal(&name)).or_insert_with(|| (name, vec![]));
            houses.push(House {
                written: number.trim_start_matches('0').to_owned(),
                number: house_number(&number),
                id: view.key(row as u32).map(|key| key.text()),
                place: *place,
            });
        }
        for (spelled, (name, mut houses)) in streets {
            houses.sort_by(|left, right| left.number.cmp(&right.number));
            let places: Vec<Point> = houses.iter().map(|house| house.place).collect();
            let middle = places.get(places.len() / 2).copied().unwrap_or([f64::NAN; 2]);
            let of = role.collection.clone();
            self.houses.insert(self.entries.len(), houses);
            self.entries.push(Entry { sort: Sort::Street, name, of, id: None, place: middle, spelled });
        }
        Ok(())
    }

    /// What comes nearest to what was typed, the nearest first, at most `limit`.
    pub fn find(&self, typed: &str, limit: usize) -> Vec<Entry> {
        let whole = normal(typed);
        let (street, number) = street_and_number(typed);
        let compare = |_: &mut (), index: usize| {
            let entry = self.entries.get(index)?;
            spend(entry.spelled.len() * whole.len());
            let of_street = (entry.sort == Sort::Street && number.is_some())
                .then(|| unlikeness(&entry.spelled, &street))
                .flatten();
            let own = unlikeness(&entry.spelled, &whole);
            let least = [of_street, own].into_iter().flatten().min_by(f64::total_cmp)?;
            Some((least, index, of_street.is_some()))
        };
        let mut found: Vec<(f64, usize, bool)> =
            together(self.entries.len(), || (), compare).into_iter().flatten().collect();
        let key = |index: usize| self.entries.get(index).map(|entry| (entry.sort, entry.name.as_str()));
        found.sort_by(|left, right| left.0.total_cmp(&right.0).then_with(|| key(left.1).cmp(&key(right.1))));
        let named = found.into_iter().filter_map(|(_, index, with_number)| {
            let entry = self.entries.get(index)?;
            let wanted = number.as_deref().filter(|_| with_number);
            Some(match wanted {
                Some(number) => self.houses_of(index, entry, number),
                None => vec![entry.clone()],
            })
        });
        named.flatten().take(limit).collect()
    }

    /// The house with this number; without one those whose number begins so, else the street itself.
    fn houses_of(&self, index: usize, street: &Entry, number: &str) -> Vec<Entry> {
        let houses = self.houses.get(&index).map(Vec::as_slice).unwrap_or_default();
        let is_exact = |house: &&House| house.number == number;
        let begins = |house: &&House| house.number.starts_with(number);
        let mut chosen: Vec<&House> = houses.iter().filter(is_exact).collect();
        if chosen.is_empty() {
            chosen = houses.iter().filter(begins).take(5).collect();
        }
        let address = |house: &House| Entry {
            sort: Sort::Address,
            name: format!("{} {}", street.name, house.written),
            id: house.id.clone(),
            place: house.place,
            ..street.clone()
        };
        match chosen.is_empty() {
            true => vec![street.clone()],
            false => chosen.into_iter().map(address).collect(),
        }
    }

    /// The one place that an address means: written without a typing error, with its number.
    pub fn address(&self, typed: &str) -> Result<Entry> {
        let (street, number) = street_and_number(typed);
        let found = self.find(typed, 5);
        let is_meant = |entry: &&Entry| {
            let is_house = entry.sort == Sort::Address && number.as_deref() == Some(&entry.number());
            entry.spelled == street && (is_house || number.is_none() && entry.sort == Sort::Street)
        };
        found.iter().find(is_meant).cloned().ok_or_else(|| {
            let known: Vec<&str> = found.iter().map(|entry| entry.name.as_str()).collect();
            let error = Error::invalid("address", said!("there is no address {:?}", typed));
            match known.is_empty() {
                true => error,
                false => error.hint(said!("near to it: {}", known.join(", "))),
            }
        })
    }
}

impl Entry {
    /// The house number of an address.
    fn number(&self) -> String {
        street_and_number(&self.name).1.unwrap_or_default()
    }
}
