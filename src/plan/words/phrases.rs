//! Phrases about persons, facilities, limits, dates and scenarios.

use super::kind::Kind;
use super::{SHARED, day, list, number};
use crate::catalog::Language;
use crate::plan::ages::Ages;
use crate::plan::facilities::Facilities;
use crate::plan::outline::degrees;
use crate::plan::planning_data::PlanningData;
use crate::plan::profile::Profile;
use crate::plan::question::{Facilities as Choice, Limit};
use crate::plan::step::Step;

/// The grammatical case of persons in a sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Case {
    /// The subject of a sentence.
    Nominative,
    /// The position after "von" or "of".
    Of,
}

/// Joins successive age groups, in ascending order.
///
/// ```
/// use veedel::plan::ages::Ages;
/// use veedel::plan::words::phrases::spans;
///
/// let groups = [(6, 10), (0, 3), (3, 6)].map(Ages::from);
/// assert_eq!(spans(&groups), [Ages { from: 0, until: 10 }]);
/// ```
pub fn spans(ages: &[Ages]) -> Vec<Ages> {
    let mut ages = ages.to_vec();
    ages.sort();
    let mut spans: Vec<Ages> = vec![];
    for own in ages {
        match spans.last_mut() {
            Some(last) if own.from <= last.until => last.until = last.until.max(own.until),
            _ => spans.push(own),
        }
    }
    spans
}

fn span(ages: &Ages, language: Language) -> String {
    let (from, last) = (ages.from.to_string(), ages.until.saturating_sub(1).to_string());
    let name = match ages.until {
        Ages::OPEN => "ages.open",
        until if until == ages.from + 1 => "ages.one",
        _ => "ages.span",
    };
    SHARED.say(language, name, &[("from", &from), ("last", &last)])
}

/// Returns a phrase such as "6 bis 9 Jahre".
pub fn years(ages: &[Ages], language: Language) -> String {
    let all: Vec<String> = spans(ages).iter().map(|own| span(own, language)).collect();
    SHARED.say(language, "ages.years", &[("spans", &list(&all, language))])
}

/// Returns a phrase for the persons of these ages, such as "Kindern im Alter von 6 bis 9 Jahren".
/// If these are `all` published ages, it is only "Personen".
pub fn who(ages: &[Ages], all: &[Ages], case: Case, language: Language) -> String {
    let (own, all) = (spans(ages), spans(all));
    let ends = own.iter().map(|ages| ages.until).max().unwrap_or(Ages::OPEN);
    let begins = own.iter().map(|ages| ages.from).min().unwrap_or(0);
    let noun = match (begins, ends) {
        _ if own == all => "persons",
        (_, ..=14) => "children",
        (14.., ..=18) => "youths",
        (_, ..=18) => "young",
        _ => "persons",
    };
    let suffix = if case == Case::Of { "_of" } else { "" };
    let who = SHARED.text(language, &format!("who.{noun}{suffix}"));
    match own.as_slice() {
        _ if own == all => who,
        [one] if one.until == Ages::OPEN => {
            SHARED.say(language, "ages.only_open", &[("who", &who), ("from", &one.from.to_string())])
        }
        several => {
            let spans: Vec<String> = several.iter().map(|own| span(own, language)).collect();
            SHARED.say(language, "ages.of", &[("who", &who), ("spans", &list(&spans, language))])
        }
    }
}

/// Returns a phrase for a limit: "1.000 m Fußweg", "10 Minuten zu Fuß (833 m)", or the distances of
/// a rule.
pub fn within(
    limit: &Limit<'_>,
    minutes: Option<f64>,
    steps: &[Step],
    profile: Profile,
    language: Language,
) -> String {
    let way = way(profile, language);
    match (limit, minutes) {
        (Limit::Distance(metres), None) => format!("{} {way}", self::metres(*metres, language)),
        (Limit::Distance(metres), Some(minutes)) => {
            let moving = SHARED.text(language, &format!("moving.{}", profile.name()));
            let gaps = [
                ("count", number(minutes, 1, language)),
                ("way", moving),
                ("metres", number(*metres, 0, language)),
            ];
            let gaps: Vec<(&str, &str)> = gaps.iter().map(|(name, text)| (*name, text.as_str())).collect();
            SHARED.say(language, "minutes", &gaps)
        }
        (Limit::Rule(_, rule), _) => {
            let counted = steps.iter().filter(|step| !step.groups.is_empty());
            let each: Vec<String> = counted
                .map(|step| {
                    let gaps = [
                        ("metres", number(step.limit, 0, language)),
                        ("ages", years(&step.groups, language)),
                    ];
                    SHARED.say(language, "rule.step", &gaps)
                })
                .collect();
            let title = rule_title(rule, language);
            let gaps = [("steps", list(&each, language)), ("way", way), ("title", title)];
            SHARED.say(language, "rule.by", &gaps)
        }
    }
}

/// Returns the title of a rule with the year since which it is in force.
pub fn rule_title(rule: &crate::catalog::rules::Rule, language: Language) -> String {
    let title = rule.title.of(language);
    match rule.valid_from.as_deref().and_then(|day| day.get(..4)) {
        Some(year) => SHARED.say(language, "rule.year", &[("title", title), ("year", year)]),
        None => title.to_owned(),
    }
}

/// Returns a word such as "Fußweg" or "on foot", which follows a number of metres.
pub fn way(profile: Profile, language: Language) -> String {
    SHARED.text(language, &format!("way.{}", profile.name()))
}

/// Returns a length such as "523,4 m".
pub fn metres_and_tenths(metres: f64, language: Language) -> String {
    SHARED.say(language, "metres", &[("count", number(metres, 1, language))])
}

/// Returns a place such as "50,94128° N, 6,95825° O".
pub fn point([lon, lat]: [f64; 2], language: Language) -> String {
    SHARED.say(language, "place", &[("lon", number(lon, 5, language)), ("lat", number(lat, 5, language))])
}

/// Returns a phrase such as "Bevölkerung am 31.12.2012".
pub fn population(date: jiff::civil::Date, language: Language) -> String {
    SHARED.say(language, "population", &[("day", day(date, language))])
}

/// Returns a length such as "1.000 m".
pub fn metres(metres: f64, language: Language) -> String {
    SHARED.say(language, "metres", &[("count", &number(metres, 0, language))])
}

/// Returns a phrase for the date of the facilities: the one in the configuration, or the day on
/// which they were read.
pub fn as_of(data: &PlanningData, facilities: &Facilities, language: Language) -> String {
    let role = |id: &str| data.roles.facilities.get(id).and_then(|role| role.date.clone());
    let dates: Vec<String> =
        facilities.collections.iter().filter_map(|own| role(&own.collection.id)).collect();
    if dates.len() == facilities.collections.len() && !dates.is_empty() {
        let mut dates = dates;
        dates.dedup();
        return SHARED.say(language, "as_of", &[("date", &list(&dates, language))]);
    }
    let loaded = facilities.collections.iter().map(|own| own.layer.loaded_at()).max();
    let zoned = loaded.map(|at| at.to_zoned(jiff::tz::TimeZone::system()).date());
    zoned.map_or_else(String::new, |date| SHARED.say(language, "read_on", &[("day", &day(date, language))]))
}

/// Returns a phrase such as "Bevölkerung am 31.12.2012; 146 Grundschulen, Stand 2014".
pub fn dates(
    data: &PlanningData,
    date: Option<jiff::civil::Date>,
    kind: &Kind,
    facilities: &Facilities,
    counted: usize,
    language: Language,
) -> String {
    let population = date.map(|date| population(date, language) + "; ").unwrap_or_default();
    let in_service =
        facilities.on.map(|on| SHARED.say(language, "in_service", &[("day", day(on, language))]));
    let as_of: Vec<String> = in_service
        .into_iter()
        .chain([as_of(data, facilities, language)])
        .filter(|own| !own.is_empty())
        .collect();
    let as_of = as_of.join(", ");
    let comma = if as_of.is_empty() { "" } else { ", " };
    format!("{population}{}{comma}{as_of}", kind.counted(counted, language))
}

/// Returns a phrase such as "mit einer neuen Grundschule an 50,94° N, 6,96° O und ohne „KGS
/// Muster“"; empty if nothing is changed.
pub fn scenario(kind: &Kind, choice: &Choice, removed: &[String], language: Language) -> String {
    let place = |added: &crate::plan::question::Added| {
        let text = point(degrees(&added.point), language);
        match &added.name {
            Some(name) => format!("{} ({text})", SHARED.say(language, "quoted", &[("text", name)])),
            None => text,
        }
    };
    let mut parts = vec![];
    match choice.add.as_slice() {
        [] => {}
        [one] => {
            let gaps = [("kind", kind.say("with_a_new", language)), ("place", place(one))];
            parts.push(SHARED.say(language, "scenario.added", &gaps));
        }
        several => {
            let places: Vec<String> = several.iter().map(place).collect();
            let gaps =
                [("count", number(several.len() as f64, 0, language)), ("place", list(&places, language))];
            parts.push(SHARED.say(language, "scenario.added_more", &gaps));
        }
    }
    match removed {
        [] => {}
        [one] => parts.push(SHARED.say(language, "scenario.removed", &[("name", one)])),
        several => {
            let gaps =
                [("count", number(several.len() as f64, 0, language)), ("names", list(several, language))];
            parts.push(SHARED.say(language, "scenario.removed_more", &gaps));
        }
    }
    list(&parts, language)
}

/// Returns the words that say that counts are not for publication.
pub fn not_for_publication(language: Language) -> String {
    SHARED.text(language, "not_for_publication")
}

/// Returns the sentence about protected counts, if they are protected, or that they are not for
/// publication.
pub fn protection(data: &PlanningData, language: Language) -> Option<String> {
    if data.is_confidential() {
        return Some(SHARED.text(language, "confidential"));
    }
    let step = data.disclosure().step()?;
    Some(SHARED.say(language, "protected", &[("step", &number(step, 0, language))]))
}
