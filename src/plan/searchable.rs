//! Reads the names that can be searched from the planning data.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::areas::Level;
use super::place::place_of;
use super::plane::Point;
use super::planning_data::{Count, PlanningData};
use super::reading::{Plane, column_text, text_of};
use super::search::{Entry, House, Index, Sort};
use super::spelling::{house_number, normal};
use crate::error::Result;
use crate::layer::Column;

impl PlanningData {
    /// Returns the index of everything that can be found by its name.
    ///
    /// # Errors
    ///
    /// Returns an error if a collection that it needs is not in memory.
    pub fn search(&self) -> Result<Arc<Index>> {
        self.search.get(|| Index::new(self))
    }
}

impl Index {
    /// Creates the index of what everyone may see.
    ///
    /// # Errors
    ///
    /// Returns an error if a collection that it needs is not in memory.
    pub fn new(data: &PlanningData) -> Result<Index> {
        let mut index = Index::default();
        for name in data.shown_levels() {
            let level = data.level(name, Count::Points)?;
            index.add_areas(name, &level);
            index.levels.push((name.to_owned(), data.level_title(name), level));
        }
        index.district = data.shown_base().or_else(|| data.shown_levels().next()).map(str::to_owned);
        for collection in data.shown_facilities() {
            index.add_facilities(data, collection)?;
        }
        index.add_addresses(data)?;
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

    fn add_facilities(&mut self, data: &PlanningData, collection: &str) -> Result<()> {
        let Ok(loaded) = data.visible(collection) else { return Ok(()) };
        let (view, role) = (loaded.view(), data.roles.facilities.get(collection));
        let plane = Plane::of(&view, data.roles.srid)?;
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

    /// Adds the addresses. The first column of an address is the street, and the second the house
    /// number.
    fn add_addresses(&mut self, data: &PlanningData) -> Result<()> {
        let Some(role) = &data.roles.demand else { return Ok(()) };
        let Ok(loaded) = data.public(&role.collection) else { return Ok(()) };
        let (view, demand) = (loaded.view(), data.demand(Count::Points)?);
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
}
