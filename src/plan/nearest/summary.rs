//! The answer about the nearest facilities of a place as a sentence.

use super::counting::Nearest;
use super::question::Question;
use super::texts::WORDS;
use crate::catalog::Words;
use crate::plan::PlanningData;
use crate::plan::outline::degrees;
use crate::plan::reading::Plane;
use crate::plan::warnings::Warnings;
use crate::plan::words::kind::Kind;
use crate::plan::words::number;
use crate::plan::words::phrases::{dates, metres, metres_and_tenths, point, way};

pub(super) fn warnings(data: &PlanningData, question: &Question, answer: &Nearest) -> Warnings {
    let mut warnings = Warnings::new(data);
    warnings.facilities(&question.facilities, &answer.facilities, &answer.off_network);
    answer.read_as.iter().for_each(|(typed, read)| warnings.read_as(typed, read));
    if answer.snap.is_none() {
        warnings.places(vec!["1".into()]);
    }
    warnings.profile(data, question.profile, true);
    warnings
}

pub(super) fn summary(data: &PlanningData, question: &Question, answer: &Nearest, plane: &Plane) -> Words {
    let kind = Kind::of(data, &question.facilities);
    Words::both(|language| {
        let lonlat = plane.lonlat(&[answer.origin]).first().map(degrees).unwrap_or_default();
        let place = answer
            .address
            .clone()
            .unwrap_or_else(|| WORDS.say(language, "point", &[("place", point(lonlat, language))]));
        let counted = answer.facilities.list.len() - answer.off_network.none.len();
        let first = answer.found.first();
        let name = first.and_then(|found| answer.facilities.list.get(found.facility as usize)?.name.clone());
        let distance = first.map_or(0.0, |found| found.distance);
        let gaps = [
            ("place", place),
            ("the_nearest", kind.the_nearest(language)),
            ("to_the_nearest", kind.to_the_nearest(language)),
            ("name", name.clone().unwrap_or_default()),
            ("metres", metres_and_tenths(distance, language)),
            ("way", way(question.profile, language)),
            ("minutes", number(question.profile.minutes(distance), 1, language)),
            ("airline", metres_and_tenths(first.map_or(0.0, |found| found.airline), language)),
            ("most", metres(data.longest(), language)),
            ("dates", dates(data, None, &kind, &answer.facilities, counted, language)),
        ];
        let text = match (first, name) {
            (None, _) => "unreached",
            (Some(_), None) => "sentence_without_name",
            (Some(_), Some(_)) => "sentence",
        };
        WORDS.say(language, text, &gaps)
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn both_languages_say_the_same_things() {
        crate::plan::words::tests::assert_alike(&crate::plan::nearest::texts::WORDS);
    }
}
