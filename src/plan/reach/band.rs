//! A band of an answer: the area within a distance of a place.

use schemars::JsonSchema;
use serde::Serialize;

use super::counting::{Isochrone, Reach};
use super::question::Question;
use crate::plan::answer::Feature;
use crate::plan::disclosure::{Disclosure, Published};
use crate::plan::figures::{share, tenths};
use crate::plan::isochrone::area;
use crate::plan::outline::{Outline, degrees};
use crate::plan::reading::Plane;

/// A band with its area.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Drawn {
    /// The distance or time of the band.
    #[serde(flatten)]
    pub band: Band,
    /// The area, as a geometry of GeoJSON in longitude and latitude.
    pub geometry: Outline,
}

/// How far one gets from a place within a distance.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Band {
    /// The place's id; null where all places count as one.
    pub id: Option<String>,
    /// Its name, if it has one.
    pub name: Option<String>,
    /// Longitude and latitude of the place; null where all count as one.
    pub point: Option<[f64; 2]>,
    /// The distance in metres.
    pub distance: f64,
    /// Minutes at the profile's speed.
    pub minutes: f64,
    /// The persons who live inside; null where nobody was counted.
    pub persons: Option<Published>,
    /// Their part of everybody.
    pub share: Option<Published>,
    /// The area in m².
    pub area: f64,
    /// Within how many persons of the exact number nineteen of twenty protected ones lie; absent
    /// where counts are exact.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub margin: Option<f64>,
}

/// A band with its published figures.
pub struct BandRow {
    pub(super) id: Option<String>,
    pub(super) name: Option<String>,
    /// The longitude and latitude of the place; None if the places are merged.
    pub point: Option<[f64; 2]>,
    /// The limit of the band in metres.
    pub distance: f64,
    pub(super) minutes: f64,
    /// The persons inside; None if they were not counted.
    pub persons: Option<Published>,
    pub(super) share: Option<Published>,
    /// The margin of the persons, if they are protected.
    pub(super) margin: Option<f64>,
    /// The area in m².
    pub area: f64,
    /// The area as a GeoJSON geometry in longitude and latitude.
    pub geometry: Outline,
}

impl BandRow {
    /// Returns a band with its figures in the form in which they may be published.
    pub fn of(
        isochrone: &Isochrone,
        answer: &Reach,
        question: &Question,
        plane: &Plane,
        disclosure: Disclosure,
    ) -> BandRow {
        let origin = isochrone.origin.and_then(|index| answer.origins.list.get(index as usize));
        let persons = isochrone.persons.map(|persons| disclosure.count(persons));
        let all = answer.people.as_ref().map(|(_, _, all)| disclosure.count(*all));
        BandRow {
            id: origin.map(|origin| origin.id.clone()),
            name: origin.and_then(|origin| origin.name.clone()),
            point: origin.and_then(|origin| plane.lonlat(&[origin.place.point()]).first().map(degrees)),
            distance: isochrone.distance,
            minutes: tenths(question.profile.minutes(isochrone.distance)),
            persons,
            share: persons.zip(all).map(|(part, whole)| share(part, whole)),
            margin: isochrone.margin.filter(|_| persons.and_then(Published::value).is_some()),
            area: area(&isochrone.polygons).round(),
            geometry: Outline::of(&isochrone.polygons, plane),
        }
    }

    fn band(&self) -> Band {
        Band {
            id: self.id.clone(),
            name: self.name.clone(),
            point: self.point,
            distance: self.distance,
            minutes: self.minutes,
            persons: self.persons,
            share: self.share,
            area: self.area,
            margin: self.margin,
        }
    }

    pub(super) fn document(&self) -> Drawn {
        Drawn { band: self.band(), geometry: self.geometry.clone() }
    }

    pub(super) fn feature(&self) -> Feature<Outline, Band> {
        Feature { id: None, geometry: self.geometry.clone(), properties: self.band() }
    }
}
