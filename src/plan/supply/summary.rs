//! The answer about supply as sentences: one for each denominator and date of the whole city.

use super::area_row::AreaRow;
use super::counting::{Light, Supply};
use super::question::Question;
use super::texts::WORDS;
use crate::catalog::{Language, Words};
use crate::plan::PlanningData;
use crate::plan::answer::Scope;
use crate::plan::figures::amount;
use crate::plan::warnings::Warnings;
use crate::plan::words::kind::Kind;
use crate::plan::words::phrases::{Case, dates, protection, who};
use crate::plan::words::{number, persons};

/// The maximum number of sentences. The table contains all levels and dates.
const MOST: usize = 4;

pub(super) fn warnings(data: &PlanningData, question: &Question, answer: &Supply) -> Warnings {
    let mut warnings = Warnings::new(data);
    warnings.facilities(&question.facilities, &answer.facilities, &Default::default());
    warnings.capacity(answer.total.known, answer.total.facilities);
    for level in &answer.levels {
        let unknown: Vec<String> = level
            .tables
            .iter()
            .flat_map(|table| level.people.level.areas.iter().zip(&table.persons))
            .filter(|(_, persons)| persons.is_none())
            .map(|(area, _)| area.id.clone())
            .collect::<std::collections::BTreeSet<_>>()
            .into_iter()
            .collect();
        let groups: Vec<_> = level.tables.iter().flat_map(|table| table.groups.clone()).collect();
        warnings.people(data, &level.people, &groups, &unknown);
        warnings.facilities_outside(level.elsewhere.facilities);
    }
    if let Some(ages) = answer.capacity_ages {
        let asked = answer.levels.iter().flat_map(|level| &level.tables).flat_map(|table| &table.groups);
        let asked: Vec<_> = asked.copied().collect();
        let is_split =
            answer.levels.iter().flat_map(|level| &level.tables).any(|table| table.sharing.is_some());
        warnings.capacity_ages(ages, &asked, is_split);
    }
    warnings
}

pub(super) fn summary(data: &PlanningData, question: &Question, answer: &Supply, rows: &[AreaRow]) -> Words {
    let kind = Kind::of(data, &question.facilities);
    let first = answer.levels.first().map(|level| level.people.by.as_str());
    let wholes: Vec<&AreaRow> = rows
        .iter()
        .filter(|row| row.of == Scope::City && Some(row.level.as_str()) == first)
        .take(MOST)
        .collect();
    Words::both(|language| {
        let mut sentences: Vec<String> =
            wholes.iter().flat_map(|row| of_row(data, answer, &kind, row, language)).collect();
        if answer.total.known < answer.total.facilities && answer.total.known > 0 {
            let gaps = [
                ("known", number(answer.total.known as f64, 0, language)),
                ("count", number(answer.total.facilities as f64, 0, language)),
            ];
            sentences.push(WORDS.say(language, "known", &gaps));
        }
        sentences.extend(protection(data, language));
        sentences.join(" ")
    })
}

fn of_row(
    data: &PlanningData,
    answer: &Supply,
    kind: &Kind,
    row: &AreaRow,
    language: Language,
) -> Vec<String> {
    let people = answer.levels.first().map(|level| &level.people);
    let known = people.map(|people| people.population.groups_of(row.day)).unwrap_or_default();
    let all = answer.facilities.list.len();
    let gaps = [
        ("persons", persons(row.persons, language)),
        ("who", who(&row.ages, &known, Case::Nominative, language)),
        ("capacity", number(amount(row.capacity.sum), 1, language)),
        ("unit", answer.unit.clone()),
        ("counted", kind.counted(all, language)),
        ("ratio", row.ratio.value().map_or_else(|| "*".into(), |ratio| number(ratio, 2, language))),
        ("dates", dates(data, Some(row.day), kind, &answer.facilities, all, language)),
    ];
    let is_unknown = row.capacity.known == 0 && row.capacity.facilities > 0;
    let mut sentences = vec![WORDS.say(language, if is_unknown { "unknown" } else { "sentence" }, &gaps)];
    if let Some(margin) = row.margin {
        let ratio = row.ratio_margin.map(|ratio| number(ratio, 2, language));
        let gaps = [
            ("margin", number(margin, 0, language)),
            ("ratio", ratio.clone().unwrap_or_default()),
            ("unit", answer.unit.clone()),
        ];
        let name = if ratio.is_some() && !is_unknown { "margin_of_ratio" } else { "margin" };
        sentences.push(WORDS.say(language, name, &gaps));
    }
    if let (Some(light), Some((target, _))) = (row.light, &answer.target) {
        let met = WORDS.text(language, if light == Light::Green { "met" } else { "missed" });
        let gaps = [("target", number(*target, 2, language)), ("met", met)];
        sentences.push(WORDS.say(language, "target", &gaps));
    }
    sentences
}

#[cfg(test)]
mod tests {
    #[test]
    fn both_languages_say_the_same_things() {
        crate::plan::words::tests::assert_alike(&crate::plan::supply::texts::WORDS);
    }
}
