//! The answer about coverage as a sentence.

use super::report::Report;
use super::texts::WORDS;
use crate::catalog::{Language, Words};
use crate::plan::disclosure::Published;
use crate::plan::figures::difference;
use crate::plan::warnings::Warnings;
use crate::plan::words::phrases::{Case, dates, protection, scenario, who, within};
use crate::plan::words::{self, capital, number, persons, signed};

impl Report<'_> {
    /// Returns the answer in one sentence, and the sentences without which it would be misleading.
    pub(super) fn summary(&self, warnings: &Warnings) -> Words {
        Words::both(|language| {
            let sentences = [Some(self.sentence(language)), self.airline(language)];
            let more = warnings
                .sentence("ages_cut", language)
                .into_iter()
                .chain(protection(self.data, language))
                .chain(self.margin(language))
                .chain(self.margin_of_difference(language));
            sentences.into_iter().flatten().chain(more).collect::<Vec<_>>().join(" ")
        })
    }

    fn sentence(&self, language: Language) -> String {
        let (total, answer) = (&self.figures.total, self.after);
        let people = &answer.inputs.people;
        let case = if total.persons.value() == Some(0.0) { Case::Nominative } else { Case::Of };
        let who = who(&answer.counted_ages(), &people.population.groups_of(people.date), case, language);
        let steps: Vec<_> = answer.steps.iter().map(|(step, _)| step.clone()).collect();
        let (question, profile) = (self.question, self.question.profile);
        let within = match question.within.limit(profile, self.data) {
            Ok(limit) => within(&limit, question.within.minutes, &steps, profile, language),
            Err(_) => String::new(),
        };
        let counted = answer.facilities.list.len() - answer.off_network.none.len();
        let dates = dates(self.data, Some(people.date), &self.kind, &answer.facilities, counted, language);
        let before = self.before.map(|before| before.figures.total);
        let old = before.unwrap_or(*total);
        let change = |old: Published, new: Published, scale: f64, digits: usize| match difference(old, new) {
            Published::Value(change) => signed(change * scale, digits, language),
            _ => "*".into(),
        };
        let removed = &answer.facilities.removed_names;
        let gaps = [
            ("persons", persons(total.persons, language)),
            ("who", who),
            ("uncovered", persons(total.uncovered, language)),
            ("percent", words::percent(total.uncovered_share, language)),
            ("none", self.kind.none(language)),
            ("within", within),
            ("dates", dates),
            ("scenario", capital(&scenario(&self.kind, &question.facilities, removed, language))),
            ("before", persons(old.uncovered, language)),
            ("before_percent", words::percent(old.uncovered_share, language)),
            ("difference", change(old.uncovered, total.uncovered, 1.0, 0)),
            ("points", change(old.uncovered_share, total.uncovered_share, 100.0, 1)),
        ];
        let name = match before {
            _ if case == Case::Nominative => "nobody",
            Some(_) => "what_if",
            None if total.uncovered.value() == Some(1.0) => "sentence_of_one",
            None => "sentence",
        };
        WORDS.say(language, name, &gaps)
    }

    /// Returns the sentence about the margins of the total and of the least certain area.
    fn margin(&self, language: Language) -> Option<String> {
        let total = self.figures.total.margin?;
        let areas = self.figures.areas.iter().filter_map(|split| split.margin);
        let worst = areas.map(|margin| margin.uncovered).reduce(f64::max);
        let name = if worst.is_some() { "margin_of_areas" } else { "margin" };
        let gaps = [
            ("margin", number(total.uncovered, 0, language)),
            ("area", number(worst.unwrap_or(0.0), 0, language)),
        ];
        Some(WORDS.say(language, name, &gaps))
    }

    /// Returns the sentence about the margin of the difference.
    fn margin_of_difference(&self, language: Language) -> Option<String> {
        let margin = self.change()?.margin?;
        Some(WORDS.say(language, "margin_of_difference", &[("margin", number(margin, 0, language))]))
    }

    /// Returns the sentence about the straight distance, if it gives a different result.
    fn airline(&self, language: Language) -> Option<String> {
        let total = &self.figures.total;
        let (way, airline) = (total.uncovered.value()?, total.airline.uncovered.value()?);
        let name = if airline < way { "airline_fewer" } else { "airline_more" };
        let gaps = [
            ("uncovered", number(airline, 0, language)),
            ("difference", number((airline - way).abs(), 0, language)),
        ];
        (way != airline).then(|| WORDS.say(language, name, &gaps))
    }
}
