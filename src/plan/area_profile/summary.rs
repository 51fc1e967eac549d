//! The profile of an area as sentences.

use super::counting::AreaProfile;
use super::question::Question;
use super::texts::WORDS;
use crate::catalog::Words;
use crate::plan::PlanningData;
use crate::plan::disclosure::Published;
use crate::plan::figures::{share, tenths};
use crate::plan::question::Facilities as Choice;
use crate::plan::warnings::Warnings;
use crate::plan::words::kind::Kind;
use crate::plan::words::phrases::{population, protection};
use crate::plan::words::{list, number, percent, persons};

pub(super) fn warnings(data: &PlanningData, question: &Question, answer: &AreaProfile) -> Warnings {
    let mut warnings = Warnings::new(data);
    warnings.profile(data, question.profile, true);
    let groups: Vec<_> = answer.groups.iter().map(|(ages, _, _)| *ages).collect();
    warnings.people(data, &answer.people, &groups, &[]);
    if answer.points == 0 {
        warnings.nobody_here();
    }
    warnings
}

/// Returns the profile in sentences. `shown` contains the published persons in the area and in the
/// whole city.
pub(super) fn summary(
    data: &PlanningData,
    question: &Question,
    answer: &AreaProfile,
    shown: [Published; 2],
) -> Words {
    let [here, city] = shown;
    Words::both(|language| {
        let area = match &question.polygon {
            Some(_) => WORDS.text(language, "drawn"),
            None => WORDS.say(language, "named", &[("name", &answer.area.name)]),
        };
        let gaps = [
            ("area", area),
            ("hectares", number(tenths(answer.size / 10_000.0), 1, language)),
            ("persons", persons(here, language)),
            ("percent", percent(share(here, city), language)),
            ("population", population(answer.people.date, language)),
        ];
        let counted = answer.facilities.iter().filter(|kind| kind.here.facilities > 0).map(|own| {
            Kind::of(data, &Choice::of(&own.loaded.collection.id)).counted(own.here.facilities, language)
        });
        let counted: Vec<String> = counted.collect();
        let there = match counted.is_empty() {
            true => WORDS.text(language, "none"),
            false => WORDS.say(language, "facilities", &[("facilities", list(&counted, language))]),
        };
        let protected = protection(data, language);
        let margin = answer.margins.as_ref().filter(|_| here.value().is_some());
        let margin =
            margin.map(|(_, all)| WORDS.say(language, "margin", &[("margin", number(*all, 0, language))]));
        let sentences = [Some(WORDS.say(language, "sentence", &gaps)), margin, Some(there), protected];
        sentences.into_iter().flatten().collect::<Vec<_>>().join(" ")
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn both_languages_say_the_same_things() {
        crate::plan::words::tests::assert_alike(&crate::plan::area_profile::texts::WORDS);
    }
}
