//! Warnings that a reader of an answer must know. Each has a code, a sentence in both languages,
//! and the ids and persons that it is about.

use schemars::JsonSchema;
use serde::Serialize;

use super::ages::Ages;
use super::disclosure::{Disclosure, Published};
use super::facilities::{Facilities, OffNetwork};
use super::people::People;
use super::persons::Persons;
use super::planning_data::PlanningData;
use super::profile::Profile;
use super::question::{Facilities as Choice, Within};
use super::rules::{self, Rule};
use super::step::Step;
use super::words::kind::Kind;
use super::words::phrases::{rule_title, years};
use super::words::{SHARED, day, number, persons};
use crate::catalog::{Language, Words, facility_types};

/// One warning of an answer.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Warning {
    /// Its name, for programs.
    pub code: &'static str,
    /// The sentence in both languages.
    #[serde(flatten)]
    pub text: Words,
    /// Ids of facilities, areas or places that it is about.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ids: Vec<String>,
    /// Persons that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub persons: Option<Published>,
}

/// The warnings of an answer, in the order in which they were found.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct Warnings {
    list: Vec<Warning>,
    /// How many ids one names; how many there are, its sentence says.
    #[serde(skip)]
    most_ids: usize,
}

impl Warnings {
    /// Creates an empty list.
    pub fn new(data: &PlanningData) -> Warnings {
        Warnings { list: vec![], most_ids: data.limits.warning_ids }
    }

    /// Adds a warning, whose sentence is the text `warning.CODE`.
    pub fn add(
        &mut self,
        code: &'static str,
        gaps: impl Fn(Language) -> Vec<(&'static str, String)>,
    ) -> &mut Warning {
        self.put(code, SHARED.both(&format!("warning.{code}"), gaps))
    }

    fn put(&mut self, code: &'static str, text: Words) -> &mut Warning {
        self.list.push_mut(Warning { code, text, ids: vec![], persons: None })
    }

    /// Returns the sentence of the first warning with this code.
    pub fn sentence(&self, code: &str, language: Language) -> Option<String> {
        self.list.iter().find(|own| own.code == code).map(|own| own.text.of(language).to_owned())
    }

    /// Warns if no facility matches the conditions, if some have no place or are not near the
    /// network, and if the day of service has no effect.
    pub fn facilities(&mut self, choice: &Choice, facilities: &Facilities, off_network: &OffNetwork) {
        let existing = facilities.list.iter().filter(|facility| facility.row.is_some()).count();
        if existing == 0 && facilities.removed == 0 {
            self.add("no_match", |_| vec![]);
        }
        let off: Vec<_> =
            off_network.none.iter().filter_map(|index| facilities.list.get(*index as usize)).collect();
        let (added, own): (Vec<_>, Vec<_>) = off.into_iter().partition(|facility| facility.row.is_none());
        if !own.is_empty() {
            let ids = own.iter().map(|facility| facility.id.clone());
            self.counted("facilities_off_network", own.len()).ids = ids.take(self.most_ids).collect();
        }
        if !added.is_empty() {
            let ids = added.iter().map(|facility| facility.id.clone());
            self.counted("added_off_network", added.len()).ids = ids.take(self.most_ids).collect();
        }
        if facilities.without_place > 0 {
            self.counted("facilities_without_place", facilities.without_place);
        }
        if choice.on.is_some() && facilities.on.is_none() {
            self.add("no_days_of_service", |_| vec![]);
        }
    }

    /// Warns of an address that was understood differently from how it was typed.
    pub fn read_as(&mut self, typed: &str, read: &str) {
        self.add("address_read_as", |_| vec![("typed", typed.to_owned()), ("read", read.to_owned())]);
    }

    /// Warns of places of the question that are not near the network.
    pub fn places(&mut self, ids: Vec<String>) {
        if !ids.is_empty() {
            let count = ids.len();
            self.counted("places_off_network", count).ids = ids.into_iter().take(self.most_ids).collect();
        }
    }

    /// Adds a warning about persons.
    fn about(&mut self, code: &'static str, published: Published) {
        let warning = match published {
            Published::Value(1.0) => {
                self.put(code, SHARED.both(&format!("warning_of_one.{code}"), |_| vec![]))
            }
            _ => self.add(code, |language| vec![("persons", persons(published, language))]),
        };
        warning.persons = Some(published);
    }

    fn counted(&mut self, code: &'static str, count: usize) -> &mut Warning {
        match count {
            1 => self.put(code, SHARED.both(&format!("warning_of_one.{code}"), |_| vec![])),
            _ => self.add(code, |language| vec![("count", number(count as f64, 0, language))]),
        }
    }

    /// Warns if age groups are only partly in the ages of a rule, if the rule was not in force, or
    /// if it is meant for other facilities.
    pub fn rule(
        &mut self,
        data: &PlanningData,
        within: &Within,
        steps: &[Step],
        people: &People,
        kind: &Kind,
        disclosure: Disclosure,
    ) {
        let rule = within.rule.as_ref().and_then(|id| rules::find(&data.roles, id).ok());
        let Some((id, rule)) = rule else { return };
        let counted: Vec<Ages> = steps.iter().flat_map(|step| step.groups.clone()).collect();
        let mut cut: Vec<Ages> = steps.iter().flat_map(|step| step.cut.clone()).collect();
        cut.retain(|ages| !counted.contains(ages));
        cut.sort();
        cut.dedup();
        if !cut.is_empty() {
            let lost: Persons = people.published(&cut).into_iter().flatten().map(Persons).sum();
            let lost = disclosure.count(lost);
            let warning = self.add("ages_cut", |language| {
                vec![
                    ("persons", persons(lost, language)),
                    ("ages", years(&cut, language)),
                    ("rule", rule_title(rule, language)),
                ]
            });
            warning.persons = Some(lost);
        }
        self.in_force(rule, people);
        self.for_these(id, rule, kind);
    }

    fn in_force(&mut self, rule: &Rule, people: &People) {
        let date =
            |text: &Option<String>| text.as_ref().and_then(|day| day.parse::<jiff::civil::Date>().ok());
        let (from, until) = (date(&rule.valid_from), date(&rule.valid_to));
        let gaps = |bound: jiff::civil::Date| {
            move |language| {
                vec![
                    ("rule", rule.title.of(language).to_owned()),
                    ("bound", day(bound, language)),
                    ("day", day(people.date, language)),
                ]
            }
        };
        if let Some(from) = from.filter(|from| people.date < *from) {
            self.add("rule_not_in_force_yet", gaps(from));
        }
        if let Some(until) = until.filter(|until| people.date > *until) {
            self.add("rule_not_in_force_any_more", gaps(until));
        }
    }

    /// Warns if the rule belongs to a type of facilities that comes with veedel, and the question
    /// is about another type.
    fn for_these(&mut self, id: &str, rule: &Rule, kind: &Kind) {
        let types: Vec<_> =
            facility_types::shipped().values().filter(|own| own.rule.as_deref() == Some(id)).collect();
        if !types.is_empty() && !types.iter().any(|own| kind.is_like(&own.title.de)) {
            self.add("rule_of_other_facilities", |language| {
                let titles: Vec<String> = types.iter().map(|own| own.title.of(language).to_owned()).collect();
                vec![
                    ("rule", rule.title.of(language).to_owned()),
                    ("types", super::words::list(&titles, language)),
                    ("kind", kind.many(language)),
                ]
            });
        }
    }

    /// Warns of a profile that has no effect because the limit is in metres, or because the network
    /// contains no data about it.
    pub fn profile(&mut self, data: &PlanningData, profile: Profile, in_metres: bool) {
        let Some(network) = &data.roles.network else { return };
        if profile == Profile::Wheelchair && !profile.is_known(network) {
            self.add("network_knows_no_steps", |_| vec![]);
        } else if in_metres && !profile.has_own_ways(network) {
            self.add("profile_without_effect", |_| vec![]);
        }
    }

    /// Warns of areas without a number, of persons without an area, and of areas that overlap.
    pub fn people(&mut self, data: &PlanningData, people: &People, groups: &[Ages], unknown: &[String]) {
        if data.shown_base().is_some() && !unknown.is_empty() {
            self.counted("areas_without_number", unknown.len()).ids =
                unknown.iter().take(self.most_ids).cloned().collect();
        }
        let missing = people.areas_nowhere(data);
        if !missing.is_empty() {
            let count = missing.len();
            let lost = people.population.persons_elsewhere(people.date, groups, &missing);
            let ids = missing.into_iter().take(self.most_ids).collect();
            let warning = self.counted("persons_without_area", count);
            warning.persons = lost.map(|lost| data.disclosure().count(Persons(lost)));
            warning.ids = ids;
        }
        if people.level.overlaps > 0 {
            self.counted("areas_overlap", people.level.overlaps);
        }
    }

    /// Warns of persons in no area. They are in the total and not in the areas.
    pub fn outside(&mut self, published: Published) {
        if published.value() != Some(0.0) && published != Published::Nothing {
            self.about("persons_in_no_area", published);
        }
    }

    /// Warns of persons whose place is not near the network.
    pub fn cut_off(&mut self, points: usize, lost: Published) {
        if points > 0 && lost.value() != Some(0.0) {
            self.about("persons_off_network", lost);
        }
    }

    /// Warns of persons in a component of the network without facilities.
    pub fn on_a_piece(&mut self, lost: Published) {
        if lost.value() != Some(0.0) {
            self.about("persons_cut_off", lost);
        }
    }

    /// Warns of facilities whose capacity is unknown.
    pub fn capacity(&mut self, known: usize, of: usize) {
        if known < of {
            self.add("capacity_unknown", |language| {
                vec![("known", number(known as f64, 0, language)), ("count", number(of as f64, 0, language))]
            });
        }
    }

    /// Warns of facilities in no area.
    pub fn facilities_outside(&mut self, count: usize) {
        if count > 0 {
            self.counted("facilities_in_no_area", count);
        }
    }

    /// Warns of persons without a way to a facility.
    pub fn unreached(&mut self, lost: Published) {
        if lost.value() != Some(0.0) {
            self.about("persons_unreached", lost);
        }
    }

    /// Warns of places whose distance from the network is more than all bands.
    pub fn beyond(&mut self, ids: Vec<String>) {
        if !ids.is_empty() {
            let count = ids.len();
            self.counted("way_to_network_too_long", count).ids =
                ids.into_iter().take(self.most_ids).collect();
        }
    }

    /// Warns of candidates that are not near the network.
    pub fn candidates(&mut self, count: usize) {
        if count > 0 {
            self.counted("candidates_off_network", count);
        }
    }

    /// Warns of a capacity that is for other ages than those that are counted.
    pub fn capacity_ages(&mut self, capacity: Ages, counted: &[Ages], is_split: bool) {
        if is_split || super::words::phrases::spans(counted) != [capacity] {
            let code = if is_split { "capacity_shared_by_ages" } else { "capacity_for_other_ages" };
            self.add(code, |language| {
                vec![("capacity", years(&[capacity], language)), ("counted", years(counted, language))]
            });
        }
    }

    /// Warns of an area without points of demand.
    pub fn nobody_here(&mut self) {
        self.add("nobody_here", |_| vec![]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_said_otherwise_than_several() {
        let mut warnings = Warnings::default();
        warnings.on_a_piece(Published::Value(1.0));
        assert!(warnings.list[0].text.de.starts_with("1 Person wohnt"), "{warnings:?}");
        warnings.list.clear();
        warnings.facilities_outside(1);
        warnings.facilities_outside(1200);
        let said: Vec<&str> = warnings.list.iter().map(|own| own.text.de.as_str()).collect();
        assert!(
            said[0].starts_with("1 Einrichtung liegt") && said[1].starts_with("1.200 Einrichtungen liegen"),
            "{said:?}"
        );
        assert!(warnings.list.iter().all(|own| own.code == "facilities_in_no_area"));
    }
}
