//! The answer about reach as a sentence.

use super::band::BandRow;
use super::counting::Reach;
use super::question::Question;
use super::texts::WORDS;
use crate::catalog::Words;
use crate::plan::PlanningData;
use crate::plan::disclosure::Published;
use crate::plan::question::Limit;
use crate::plan::warnings::Warnings;
use crate::plan::words::kind::Kind;
use crate::plan::words::phrases::{Case, population, protection, who, within};
use crate::plan::words::{number, percent, persons};

pub(super) fn warnings(data: &PlanningData, question: &Question, answer: &Reach) -> Warnings {
    let mut warnings = Warnings::new(data);
    match &question.facilities {
        Some(choice) => warnings.facilities(choice, &answer.origins, &answer.off_network),
        None => {
            let off =
                answer.off_network.none.iter().filter_map(|index| answer.origins.list.get(*index as usize));
            warnings.places(off.map(|origin| origin.id.clone()).collect());
        }
    }
    answer.read_as.iter().for_each(|(typed, read)| warnings.read_as(typed, read));
    warnings.beyond(answer.too_far_off.clone());
    warnings.profile(data, question.profile, question.within.minutes.is_none());
    if let Some((people, groups, _)) = &answer.people {
        warnings.people(data, people, groups, &[]);
    }
    warnings
}

pub(super) fn summary(
    data: &PlanningData,
    question: &Question,
    answer: &Reach,
    rows: &[BandRow],
    all: Option<Published>,
) -> Words {
    let choice = question.facilities.clone().unwrap_or_default();
    let kind = Kind::of(data, &choice);
    let furthest = rows.iter().map(|row| row.distance).fold(0.0, f64::max);
    let most = rows
        .iter()
        .filter(|row| row.distance >= furthest)
        .max_by(|left, right| value(left).total_cmp(&value(right)));
    Words::both(|language| {
        let places = match (&question.facilities, answer.origins.list.as_slice()) {
            (_, [one]) if one.name.is_some() => {
                WORDS.say(language, "named", &[("name", one.name.clone().unwrap_or_default())])
            }
            (Some(_), several) => kind.counted(several.len(), language),
            (None, [_]) => WORDS.text(language, "point"),
            (None, several) => {
                WORDS.say(language, "points", &[("count", number(several.len() as f64, 0, language))])
            }
        };
        let minutes = question.within.minutes.is_some().then(|| question.profile.minutes(furthest));
        let asked =
            if rows.is_empty() { question.within.metres(question.profile, &data.limits).ok() } else { None };
        let furthest = asked.and_then(|bands| bands.last().copied()).unwrap_or(furthest);
        let within = within(&Limit::Distance(furthest), minutes, &[], question.profile, language);
        let mut gaps = vec![("within", within), ("places", places)];
        let text = match (rows.is_empty(), &answer.people, most) {
            (true, ..) => "nothing",
            (_, Some((people, groups, _)), Some(most)) => {
                let known = people.population.groups_of(people.date);
                gaps.extend([
                    ("who", who(groups, &known, Case::Of, language)),
                    ("all", persons(all.unwrap_or(Published::Nothing), language)),
                    ("persons", persons(most.persons.unwrap_or(Published::Nothing), language)),
                    ("percent", percent(most.share.unwrap_or(Published::Nothing), language)),
                    ("name", most.name.clone().or_else(|| most.id.clone()).unwrap_or_default()),
                    ("population", population(people.date, language)),
                ]);
                if question.merge || answer.origins.list.len() == 1 { "sentence" } else { "each" }
            }
            _ => "uncounted",
        };
        let protected = answer.people.as_ref().and_then(|_| protection(data, language));
        let margin = most
            .and_then(|row| row.margin)
            .map(|margin| WORDS.say(language, "margin", &[("margin", number(margin, 0, language))]));
        [Some(WORDS.say(language, text, &gaps)), protected, margin]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join(" ")
    })
}

fn value(row: &BandRow) -> f64 {
    row.persons.and_then(Published::value).unwrap_or(-1.0)
}

#[cfg(test)]
mod tests {
    #[test]
    fn both_languages_say_the_same_things() {
        crate::plan::words::tests::assert_alike(&crate::plan::reach::texts::WORDS);
    }
}
