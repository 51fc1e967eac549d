//! The answer about distances from everywhere as a sentence.

use super::counting::Distances;
use super::question::Question;
use super::texts::WORDS;
use crate::catalog::Words;
use crate::plan::PlanningData;
use crate::plan::disclosure::{Disclosure, Published};
use crate::plan::warnings::Warnings;
use crate::plan::words::kind::Kind;
use crate::plan::words::persons;
use crate::plan::words::phrases::{Case, dates, metres, metres_and_tenths, protection, way, who};

pub(super) fn warnings(
    data: &PlanningData,
    question: &Question,
    answer: &Distances,
    disclosure: Disclosure,
) -> Warnings {
    let mut warnings = Warnings::new(data);
    warnings.facilities(&question.facilities, &answer.facilities, &answer.off_network);
    warnings.profile(data, question.profile, true);
    warnings.people(data, &answer.people, &answer.groups, &[]);
    let unreached = disclosure.count(answer.total.unreached);
    warnings.unreached(unreached);
    warnings
}

/// Returns the answer in sentences. The last two parameters contain the published persons, those
/// without a way, the distances (mean, quantiles, longest) in metres, and the margin of the mean.
pub(super) fn summary(
    data: &PlanningData,
    question: &Question,
    answer: &Distances,
    (all, unreached, shown): (Published, Published, Option<[f64; 7]>),
    margin: Option<f64>,
) -> Words {
    let kind = Kind::of(data, &question.facilities);
    let people = &answer.people;
    let counted = answer.facilities.list.len() - answer.off_network.none.len();
    Words::both(|language| {
        let [mean, _, _, median, _, p90, _] = shown.map_or_else(
            || [const { String::new() }; 7],
            |shown| shown.map(|own| metres_and_tenths(own, language)),
        );
        let groups = people.population.groups_of(people.date);
        let gaps = [
            ("persons", persons(all, language)),
            ("who", who(&answer.groups, &groups, Case::Nominative, language)),
            ("mean", mean),
            ("median", median),
            ("p90", p90),
            ("way", way(question.profile, language)),
            ("to_the_nearest", kind.to_the_nearest(language)),
            ("most", metres(data.longest(), language)),
            ("dates", dates(data, Some(people.date), &kind, &answer.facilities, counted, language)),
        ];
        let sentence = WORDS.say(language, if shown.is_some() { "sentence" } else { "nobody" }, &gaps);
        let lost = (shown.is_some() && unreached.value() != Some(0.0))
            .then(|| WORDS.say(language, "unreached", &[("persons", persons(unreached, language))]));
        let protected = protection(data, language);
        let margin = margin
            .map(|margin| WORDS.say(language, "margin", &[("metres", metres_and_tenths(margin, language))]));
        [Some(sentence), lost, protected, margin].into_iter().flatten().collect::<Vec<_>>().join(" ")
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn both_languages_say_the_same_things() {
        crate::plan::words::tests::assert_alike(&crate::plan::distances::texts::WORDS);
    }
}
