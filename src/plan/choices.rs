//! What can be chosen in questions: facilities and their types, levels, dates, age groups, profiles
//! and rules.

use std::collections::BTreeMap;

use serde::Serialize;

use super::ages::Ages;
use super::facilities;
use super::planning_data::{Count, PlanningData};
use super::profile::Profile;
use super::question::{Origin, PUBLISHED};
use super::reading::text_of;
use super::rules::{self, Words};
use super::words::SHARED;
use crate::catalog::roles::FacilityType;
use crate::catalog::{Language, facility_types};

/// The choices. If a role is not configured, its list is empty.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Choices {
    /// The collections of facilities.
    pub facilities: Vec<FacilityChoice>,
    /// The types of facilities.
    pub types: Vec<TypeChoice>,
    /// The levels of areas with the titles of their collections; the level of the population is
    /// first.
    pub levels: Vec<(String, String)>,
    /// The dates of the population, in ascending order.
    pub dates: Vec<String>,
    /// The age groups of the latest date.
    pub groups: Vec<Ages>,
    /// The names of the profiles that the network knows.
    pub profiles: Vec<&'static str>,
    /// Those among them whose ways are others than those on foot, and `foot`. Only for these do
    /// distances in metres make a difference.
    pub profiles_by_distance: Vec<&'static str>,
    /// The speeds of the profiles in km/h.
    pub speeds: BTreeMap<&'static str, f64>,
    /// Times in minutes by profile. If counts are protected, only these can be asked for.
    pub minutes: BTreeMap<&'static str, Vec<f64>>,
    /// Distances in metres. If counts are protected, only these can be asked for.
    pub distances: Vec<f64>,
    /// The ids and titles of the rules that contain distances.
    pub rules: Vec<(String, Words)>,
    /// Whether counts are protected.
    pub protected: bool,
    /// The names of members of questions and evidence in the reader's language.
    pub labels: BTreeMap<String, String>,
}

/// A collection of facilities.
#[derive(Debug, Serialize)]
pub struct FacilityChoice {
    /// The id of the collection.
    pub collection: String,
    /// The name of the facilities for people.
    pub title: String,
    /// The column that contains their type, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// The types in this column with their numbers, the most frequent first.
    pub kinds: Vec<(String, usize)>,
    /// The columns that contain capacities.
    pub capacities: Vec<String>,
}

/// A type of facilities.
#[derive(Debug, Serialize)]
pub struct TypeChoice {
    /// The id by which questions refer to the type.
    #[serde(rename = "type")]
    pub kind: String,
    /// The name of the type for people.
    pub title: String,
    /// Which features they are, as far as collections and columns are visible.
    pub origins: Vec<Origin>,
    /// The ages that the facilities are for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ages: Option<Ages>,
    /// The rule that applies to them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// The document that defines a type which comes with veedel.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<&'static str>,
}

impl TypeChoice {
    /// Returns a type as the configuration describes it, completed by the description that comes
    /// with veedel.
    fn of(data: &PlanningData, (kind, role, origins): (&str, &FacilityType, Vec<Origin>)) -> TypeChoice {
        let is_readable = |origin: &Origin| {
            let loaded = data.visible(&origin.collection).ok();
            let read = |text: &String| facilities::read_filter(&loaded?.view(), text, &data.limits).ok();
            origin.filter.as_ref().is_none_or(|text| read(text).is_some())
        };
        let shipped = facility_types::shipped().get(kind);
        let title = role.title.clone().or_else(|| Some(shipped?.title.de.clone()));
        TypeChoice {
            kind: kind.to_owned(),
            title: title.unwrap_or_else(|| kind.to_owned()),
            origins: origins.into_iter().filter(is_readable).collect(),
            ages: role.ages.or_else(|| shipped?.ages).map(Ages::from),
            rule: role.rule.clone().or_else(|| shipped?.rule.clone()),
            source: shipped.map(|shipped| shipped.source.as_str()),
        }
    }
}

impl Choices {
    /// Returns the present choices. Collections that are still loading are left out.
    pub fn of(data: &PlanningData, language: Language) -> Choices {
        let base = data.shown_base();
        let others = data.shown_levels().filter(|level| Some(*level) != base);
        let population = data.population().ok();
        let latest = population.as_ref().and_then(|population| population.dates.last().copied());
        let network = data.roles.network.as_ref();
        let count = data.count();
        let profiles: Vec<Profile> = Profile::ALL
            .into_iter()
            .filter(|profile| network.is_some_and(|network| profile.is_known(network)))
            .collect();
        let groups = population.as_ref().zip(latest).map(|(population, date)| population.groups_of(date));
        Choices {
            facilities: data.roles.facilities.keys().filter_map(|id| facility(data, id)).collect(),
            types: data.shown_types().map(|shown| TypeChoice::of(data, shown)).collect(),
            levels: base.into_iter().chain(others).filter_map(|level| titled(data, level)).collect(),
            dates: population
                .iter()
                .flat_map(|population| &population.dates)
                .map(ToString::to_string)
                .collect(),
            groups: groups.unwrap_or_default(),
            profiles: names(&profiles, |_| true),
            profiles_by_distance: names(&profiles, |profile| {
                network.is_some_and(|network| profile.has_own_ways(network))
            }),
            speeds: profiles.iter().map(|profile| (profile.name(), profile.speed())).collect(),
            minutes: profiles.iter().map(|profile| (profile.name(), minutes(*profile, count))).collect(),
            distances: PUBLISHED.to_vec(),
            rules: rules::all(&data.roles)
                .into_iter()
                .filter(|(_, rule)| !rule.steps.is_empty())
                .map(|(id, rule)| (id.to_owned(), rule.title.clone()))
                .collect(),
            protected: count == Count::Cells,
            labels: SHARED.below(language, "label"),
        }
    }
}

fn names(profiles: &[Profile], which: impl Fn(Profile) -> bool) -> Vec<&'static str> {
    profiles.iter().filter(|profile| which(**profile)).map(|profile| profile.name()).collect()
}

/// Times that people think in. Exact counts can be asked for by any.
const MINUTES: [f64; 6] = [5.0, 10.0, 15.0, 20.0, 30.0, 45.0];

/// Returns the times that a question can have. If counts are protected, these are the published
/// distances that take whole minutes.
fn minutes(profile: Profile, count: Count) -> Vec<f64> {
    match count {
        Count::Points => MINUTES.to_vec(),
        Count::Cells => {
            let times = PUBLISHED.map(|metres| profile.minutes(metres));
            times.into_iter().filter(|time| (time - time.round()).abs() < 1e-9).map(f64::round).collect()
        }
    }
}

fn titled(data: &PlanningData, level: &str) -> Option<(String, String)> {
    let role = data.roles.areas.get(level)?;
    let title = data.public(&role.collection).ok()?.collection.title.clone();
    Some((level.to_owned(), title))
}

fn facility(data: &PlanningData, id: &str) -> Option<FacilityChoice> {
    let (loaded, role) = (data.visible(id).ok()?, data.roles.facilities.get(id)?);
    let view = loaded.view();
    let column = role.kind.as_deref().and_then(|name| Some((name, view.column(name)?)));
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    if let Some((_, column)) = column {
        for kind in (0..view.len()).filter_map(|row| text_of(column.get(row))) {
            *counts.entry(kind).or_default() += 1;
        }
    }
    let mut kinds: Vec<(String, usize)> = counts.into_iter().collect();
    kinds.sort_by(|left, right| right.1.cmp(&left.1).then_with(|| left.0.cmp(&right.0)));
    kinds.truncate(data.limits.planning_kinds);
    Some(FacilityChoice {
        collection: id.to_owned(),
        title: role.title.clone().unwrap_or_else(|| loaded.collection.title.clone()),
        column: column.map(|(name, _)| name.to_owned()),
        kinds,
        capacities: role
            .capacities
            .iter()
            .map(|capacity| capacity.column.clone())
            .filter(|column| view.column(column).is_some())
            .collect(),
    })
}
