//! Addresses, facilities and areas by what people type.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;

use super::areas::Level;
use super::plane::Point;
use super::spelling::{Typed, leading_number, normal, unlikeness};
use crate::error::{Error, Result, said};
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
    pub(super) spelled: String,
}

/// A house.
#[derive(Clone, Debug)]
pub(super) struct House {
    pub(super) number: String,
    pub(super) written: String,
    pub(super) id: Option<String>,
    pub(super) place: Point,
}

/// An area that something lies in.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Within {
    /// The level's name.
    pub level: String,
    /// What the level is called.
    pub title: String,
    /// The area's id.
    pub id: String,
    /// What the area is called.
    pub name: String,
}

/// Something that was found.
#[derive(Clone, Debug)]
pub struct Hit {
    /// What.
    pub entry: Entry,
    /// The areas that it lies in, level by level; of an area those of other levels.
    pub areas: Vec<Within>,
    /// Whether it has the house number that was asked for, if one was.
    pub is_exact: bool,
}

/// How far apart, in metres, addresses of one name may lie that are one place.
const ONE_PLACE: f64 = 50.0;
/// How many houses of a street are offered where it has not the number asked for.
const OFFERED: usize = 3;
/// How many places an error names that may be meant.
const NAMED: usize = 5;

/// Everything that can be found.
#[derive(Debug, Default)]
pub struct Index {
    pub(super) entries: Vec<Entry>,
    /// The houses of each entry that is a street, by number.
    pub(super) houses: BTreeMap<usize, Vec<House>>,
    pub(super) levels: Vec<(String, String, Arc<Level>)>,
    /// The level whose areas tell places of one name apart.
    pub(super) district: Option<String>,
}

impl Index {
    /// What comes nearest to what was typed, the nearest first, at most `limit`. Where a district
    /// is typed behind a street, what lies there comes alone.
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

    /// The entries that are like what was typed, and whether each is a street whose number is asked
    /// for; the likest first.
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

    /// The areas that something lies in.
    fn areas_of(&self, entry: &Entry) -> Vec<Within> {
        let others = self.levels.iter().filter(|(name, ..)| entry.sort != Sort::Area || *name != entry.of);
        let of = |(name, title, level): &(String, String, Arc<Level>)| {
            let area = level.areas.iter().find(|area| area.contains(entry.place))?;
            let (level, title) = (name.clone(), title.clone());
            Some(Within { level, title, id: area.id.clone(), name: area.name.clone() })
        };
        others.filter_map(of).collect()
    }

    /// What a hit is called so that it can be told apart from others of its name.
    pub fn label(&self, hit: &Hit) -> String {
        let title = self.levels.iter().find(|(name, ..)| *name == hit.entry.of).map(|(_, title, _)| title);
        let district = hit.areas.iter().find(|area| Some(&area.level) == self.district.as_ref());
        match (hit.entry.sort, title, district.or(hit.areas.first())) {
            (Sort::Area, Some(title), _) => format!("{} ({title})", hit.entry.name),
            (_, _, Some(area)) => format!("{}, {}", hit.entry.name, area.name),
            _ => hit.entry.name.clone(),
        }
    }

    /// The houses with this number, which are exact; without one those next to it, and those whose
    /// number begins so; else the street itself.
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

    /// The one place that an address means: written without a typing error, with its number, and
    /// with its district where several are called so. Where a house has no such letter, the one
    /// with its number is meant; what is then read differs from what was typed.
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

/// The place that an address means.
#[derive(Clone, Debug)]
pub struct Address {
    /// Its name as it is written.
    pub name: String,
    /// Where, in the plane.
    pub place: Point,
    /// What it was read as, where that is not what was typed.
    pub read_as: Option<String>,
}

impl Hit {
    /// Whether it lies in an area of this name, or in one whose name begins so or is nearly so.
    fn is_in(&self, district: &str) -> bool {
        self.areas.iter().any(|area| unlikeness(&normal(&area.name), district).is_some())
    }
}

impl Entry {
    /// The house number of an address.
    fn number(&self) -> String {
        Typed::of(&self.name).number.unwrap_or_default()
    }
}
