//! The answer about sites as a sentence.

use super::counting::Siting;
use super::question::Question;
use super::texts::WORDS;
use crate::catalog::Words;
use crate::plan::PlanningData;
use crate::plan::disclosure::{Disclosure, Published};
use crate::plan::figures::{difference, share};
use crate::plan::question::Limit;
use crate::plan::warnings::Warnings;
use crate::plan::words::kind::Kind;
use crate::plan::words::phrases::{Case, dates, protection, who, within};
use crate::plan::words::{number, percent, persons};

pub(super) fn warnings(
    data: &PlanningData,
    question: &Question,
    answer: &Siting,
    disclosure: Disclosure,
) -> Warnings {
    let mut warnings = Warnings::new(data);
    warnings.facilities(&question.facilities, &answer.facilities, &answer.off_network);
    warnings.profile(data, question.profile, question.within.minutes.is_none());
    warnings.people(data, &answer.people, &answer.groups, &[]);
    warnings.cut_off(answer.not_snapped.0, disclosure.count(answer.not_snapped.1));
    warnings.candidates(answer.candidates_off_network);
    warnings
}

/// Returns the answer in sentences. `shown` contains the published numbers of all persons, of those
/// covered today, of the gain and of its bound.
pub(super) fn summary(
    data: &PlanningData,
    question: &Question,
    answer: &Siting,
    shown: [Published; 4],
) -> Words {
    let [all, covered, gain, bound] = shown;
    let today = difference(covered, all);
    let after = difference(gain, today);
    let kind = Kind::of(data, &question.facilities);
    let people = &answer.people;
    let counted = answer.facilities.list.len() - answer.off_network.none.len();
    Words::both(|language| {
        let groups = people.population.groups_of(people.date);
        let limit = Limit::Distance(answer.limit);
        let gaps = [
            ("persons", persons(all, language)),
            ("who", who(&answer.groups, &groups, Case::Of, language)),
            ("today", persons(today, language)),
            ("percent", percent(share(today, all), language)),
            ("none", kind.none(language)),
            ("within", within(&limit, question.within.minutes, &[], question.profile, language)),
            ("count", number(answer.sites.len() as f64, 0, language)),
            ("gain", persons(gain, language)),
            ("after", persons(after, language)),
            ("after_percent", percent(share(after, all), language)),
            ("candidates", number(answer.candidates as f64, 0, language)),
            ("dates", dates(data, Some(people.date), &kind, &answer.facilities, counted, language)),
        ];
        let text = match answer.sites.len() {
            _ if gain == Published::Value(0.0) => "nothing",
            0 => "nothing",
            1 => "sentence_of_one",
            _ => "sentence",
        };
        let bound = WORDS.say(language, "bound", &[("bound", persons(bound, language))]);
        let protected = protection(data, language);
        let margin = answer.gain_margin.filter(|_| gain.value().is_some_and(|gain| gain > 0.0));
        let margin = margin.map(|own| WORDS.say(language, "margin", &[("margin", number(own, 0, language))]));
        let sentences = [Some(WORDS.say(language, text, &gaps)), Some(bound), protected, margin];
        sentences.into_iter().flatten().collect::<Vec<_>>().join(" ")
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn both_languages_say_the_same_things() {
        crate::plan::words::tests::assert_alike(&crate::plan::siting::texts::WORDS);
    }
}
