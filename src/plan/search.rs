//! Finds addresses, facilities and areas by the text that people type.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;

use super::areas::Level;
use super::plane::Point;
use super::spelling::{Typed, leading_number, normal, unlikeness};
use crate::error::{Error, Result, said};
use crate::work::{spend, together};

/// The kind of a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Sort {
    /// An area of a level.
    Area,
    /// A street without a house number.
    Street,
    /// An address.
    Address,
    /// A facility.
    Facility,
}

/// Something with a name and a place.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The kind of the entry.
    pub sort: Sort,
    /// The name as it is written.
    pub name: String,
    /// The collection; the level of an area.
    pub of: String,
    /// The id of the feature; that of an area in its level.
    pub id: Option<String>,
    /// The place in the plane.
    pub place: Point,
    /// The name in the form in which it is compared: see [`normal`].
    pub(super) spelled: String,
}

/// A house of a street.
#[derive(Clone, Debug)]
pub(super) struct House {
    pub(super) number: String,
    pub(super) written: String,
    pub(super) id: Option<String>,
    pub(super) place: Point,
}

/// An area that contains an entry.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Within {
    /// The name of the level.
    pub level: String,
    /// The title of the level.
    pub title: String,
    /// The id of the area.
    pub id: String,
    /// The name of the area.
    pub name: String,
}

/// A result of a search.
#[derive(Clone, Debug)]
pub struct Hit {
    /// The entry that was found.
    pub entry: Entry,
    /// The areas of each level that contain it. For an area, these are the areas of other levels.
    pub areas: Vec<Within>,
    /// Whether the result has the house number that was typed, if one was.
    pub is_exact: bool,
}

/// The maximum distance in metres of addresses with the same name that count as one place.
const ONE_PLACE: f64 = 50.0;
/// The number of houses that are offered if a street lacks the typed number.
const OFFERED: usize = 3;
/// The number of places that an error suggests.
const NAMED: usize = 5;

/// Everything that can be found.
#[derive(Debug, Default)]
pub struct Index {
    pub(super) entries: Vec<Entry>,
    /// The houses of each entry that is a street, by number.
    pub(super) houses: BTreeMap<usize, Vec<House>>,
    pub(super) levels: Vec<(String, String, Arc<Level>)>,
    /// The level whose areas distinguish places with the same name.
    pub(super) district: Option<String>,
}

impl Index {
    /// Returns at most `limit` results, the most similar first. If a district is typed after a
    /// street and contains results, only these are returned.
    pub fn find(&self, typed: &str, limit: usize) -> Vec<Hit> {
        let typed = Typed::of(typed);
        let found = self.alike(&typed);
        let hits = found.into_iter().flat_map(|(index, with_number)| {
            let Some(entry) = self.entries.get(index) else { return vec![] };
            match typed.number.as_deref().filter(|_| with_number) {
                Some(number) => self.houses_of(index, entry, number),
                None => vec![(entry.clone(), true)],
            }
        });
        let hit = |(entry, is_exact): (Entry, bool)| Hit { areas: self.areas_of(&entry), entry, is_exact };
        let Some(district) = typed.district.as_deref() else { return hits.map(hit).take(limit).collect() };
        let (there, others): (Vec<Hit>, Vec<Hit>) =
            hits.take(limit.saturating_mul(4)).map(hit).partition(|hit| hit.is_in(district));
        let chosen = if there.is_empty() { others } else { there };
        chosen.into_iter().take(limit).collect()
    }

    /// Returns the indexes of the entries that are similar to the text, and whether each is a
    /// street with a typed house number; the most similar first.
    fn alike(&self, typed: &Typed) -> Vec<(usize, bool)> {
        let compare = |_: &mut (), index: usize| {
            let entry = self.entries.get(index)?;
            spend(entry.spelled.len() * typed.whole.len());
            let of_street = (entry.sort == Sort::Street
                && (typed.number.is_some() || typed.district.is_some()))
            .then(|| unlikeness(&entry.spelled, &typed.street))
            .flatten();
            let own = unlikeness(&entry.spelled, &typed.whole);
            let least = [of_street, own].into_iter().flatten().min_by(f64::total_cmp)?;
            Some((least, index, of_street.is_some()))
        };
        let mut found: Vec<(f64, usize, bool)> =
            together(self.entries.len(), || (), compare).into_iter().flatten().collect();
        let key = |index: usize| self.entries.get(index).map(|entry| (entry.sort, entry.name.as_str()));
        found.sort_by(|left, right| left.0.total_cmp(&right.0).then_with(|| key(left.1).cmp(&key(right.1))));
        found.into_iter().map(|(_, index, with_number)| (index, with_number)).collect()
    }

    /// Returns the areas that contain an entry.
    fn areas_of(&self, entry: &Entry) -> Vec<Within> {
        let others = self.levels.iter().filter(|(name, ..)| entry.sort != Sort::Area || *name != entry.of);
        let of = |(name, title, level): &(String, String, Arc<Level>)| {
            let area = level.areas.iter().find(|area| area.contains(entry.place))?;
            let (level, title) = (name.clone(), title.clone());
            Some(Within { level, title, id: area.id.clone(), name: area.name.clone() })
        };
        others.filter_map(of).collect()
    }

    /// Returns a name of a result that distinguishes it from others with the same name.
    pub fn label(&self, hit: &Hit) -> String {
        let title = self.levels.iter().find(|(name, ..)| *name == hit.entry.of).map(|(_, title, _)| title);
        let district = hit.areas.iter().find(|area| Some(&area.level) == self.district.as_ref());
        match (hit.entry.sort, title, district.or(hit.areas.first())) {
            (Sort::Area, Some(title), _) => format!("{} ({title})", hit.entry.name),
            (_, _, Some(area)) => format!("{}, {}", hit.entry.name, area.name),
            _ => hit.entry.name.clone(),
        }
    }

    /// Returns the houses with this number, which are exact. If there are none, returns those with
    /// the nearest numbers and those whose number begins with it; if the street has no houses, the
    /// street itself.
    fn houses_of(&self, index: usize, street: &Entry, number: &str) -> Vec<(Entry, bool)> {
        let houses = self.houses.get(&index).map(Vec::as_slice).unwrap_or_default();
        let address = |house: &House| Entry {
            sort: Sort::Address,
            name: format!("{} {}", street.name, house.written),
            id: house.id.clone(),
            place: house.place,
            ..street.clone()
        };
        let exact = houses.iter().filter(|house| house.number == number);
        let exact: Vec<_> = exact.map(|house| (address(house), true)).collect();
        if !exact.is_empty() {
            return exact;
        }
        let wanted = leading_number(number);
        let away = |house: &House| match (leading_number(&house.number), wanted) {
            (Some(own), Some(wanted)) => own.abs_diff(wanted),
            _ => u32::MAX,
        };
        let mut others: Vec<&House> = houses.iter().collect();
        let begins = |house: &House| house.number.starts_with(number);
        others.sort_by_key(|house| (away(house).min(if begins(house) { 1 } else { u32::MAX }), away(house)));
        match others.is_empty() {
            true => vec![(street.clone(), false)],
            false => others.into_iter().take(OFFERED).map(|house| (address(house), false)).collect(),
        }
    }

    /// Returns the place of an address. The address must be written without a typing error, with
    /// its house number, and with its district if there are several with the same name. If the
    /// number has a letter and no house has it, the house without the letter is returned, and
    /// `read_as` tells.
    ///
    /// # Errors
    ///
    /// Returns an error with similar addresses if there is no such address, and with all of them if
    /// there are several.
    pub fn address(&self, typed: &str) -> Result<Address> {
        let wanted = Typed::of(typed);
        let found = self.find(typed, 4 * NAMED);
        let is_street = |hit: &&Hit| match wanted.district {
            None => hit.entry.spelled == wanted.street,
            Some(_) => hit.entry.spelled.starts_with(&wanted.street),
        };
        let is_house = |hit: &&Hit| hit.entry.sort == Sort::Address && hit.is_exact;
        let is_meant = |hit: &&Hit| match wanted.number {
            Some(_) => is_house(hit),
            None => hit.entry.sort == Sort::Street,
        };
        let mut meant: Vec<&Hit> = found.iter().filter(is_street).filter(is_meant).collect();
        let mut read_as = None;
        if let (true, Some(number)) = (meant.is_empty(), wanted.number.as_deref()) {
            let bare = leading_number(number).map(|number| number.to_string());
            let without_letter = |hit: &&Hit| bare.as_deref() == Some(&hit.entry.number());
            meant = found.iter().filter(is_street).filter(without_letter).collect();
            read_as = meant.first().map(|hit| self.label(hit));
        }
        let Some((first, others)) = meant.split_first() else {
            let near: Vec<String> = found.iter().take(NAMED).map(|hit| self.label(hit)).collect();
            let error = Error::invalid("address", said!("there is no address {:?}", typed));
            return Err(match near.is_empty() {
                true => error,
                false => error.hint(said!("near to it: {}", near.join("; "))),
            });
        };
        let apart = |hit: &&&Hit| {
            let [dx, dy] = [0, 1].map(|axis: usize| {
                let of = |hit: &Hit| hit.entry.place.get(axis).copied().unwrap_or(f64::NAN);
                of(hit) - of(first)
            });
            dx.hypot(dy) > ONE_PLACE
        };
        if others.iter().any(|hit| apart(&hit)) {
            let all: Vec<String> = meant.iter().map(|hit| self.label(hit)).collect();
            let what = said!("{} addresses are called {:?}", meant.len(), typed);
            let hint = said!("name one with its district behind a comma, or its point: {}", all.join("; "));
            return Err(Error::invalid("address", what).hint(hint));
        }
        Ok(Address { name: first.entry.name.clone(), place: first.entry.place, read_as })
    }
}

/// The place of an address.
#[derive(Clone, Debug)]
pub struct Address {
    /// The name as it is written.
    pub name: String,
    /// The place in the plane.
    pub place: Point,
    /// The address as it was understood, if it differs from what was typed.
    pub read_as: Option<String>,
}

impl Hit {
    /// Returns whether the result is in an area whose name is similar to `district`.
    fn is_in(&self, district: &str) -> bool {
        self.areas.iter().any(|area| unlikeness(&normal(&area.name), district).is_some())
    }
}

impl Entry {
    /// Returns the house number of an address.
    fn number(&self) -> String {
        Typed::of(&self.name).number.unwrap_or_default()
    }
}
