//! The name of a question's facilities in sentences, with the conditions by which they were
//! selected.

use super::{SHARED, kinds, list, number};
use crate::catalog::facility_types;
use crate::catalog::{Language, Words};
use crate::plan::planning_data::PlanningData;
use crate::plan::question::{Facilities as Choice, Origin};
use crate::query::cql2::expression::{Expression, Node, Operator};
use crate::query::cql2::text;
use crate::query::filter::Comparison;

/// The name of a question's facilities.
#[derive(Clone, Debug)]
pub struct Kind {
    noun: Option<&'static kinds::Noun>,
    title: Words,
    /// The conditions in words; None if one of them cannot be put into words.
    conditions: Option<Vec<Words>>,
}

impl Kind {
    /// Returns the name of the facilities of a question.
    pub fn of(data: &PlanningData, choice: &Choice) -> Kind {
        let mut kind = Kind::named(data, choice);
        if let (Some(least), Some(conditions)) = (choice.minimum_area, &mut kind.conditions) {
            conditions.push(
                SHARED.both("facilities.minimum_area", |language| vec![("area", number(least, 1, language))]),
            );
        }
        kind
    }

    fn named(data: &PlanningData, choice: &Choice) -> Kind {
        if let Some(kind) = &choice.kind {
            let shipped = facility_types::shipped().get(kind);
            let own = data.roles.types.get(kind).and_then(|own| own.title.clone());
            let title = own.map(|title| Words { de: title.clone(), en: title });
            let title = title.or_else(|| shipped.map(|shipped| shipped.title.clone()));
            let title = title.unwrap_or_else(|| Words { de: kind.clone(), en: kind.clone() });
            let noun = kinds::find(&title.de).or_else(|| kinds::find(kind));
            return Kind { noun, title, conditions: Some(vec![]) };
        }
        let first = Origin { collection: choice.collection.clone(), filter: choice.filter.clone() };
        let all: Vec<Kind> =
            [&first].into_iter().chain(&choice.and).map(|origin| Kind::of_origin(data, origin)).collect();
        match all.as_slice() {
            [one] => one.clone(),
            several => {
                let titles = |language| {
                    let own: Vec<String> = several.iter().map(|kind| kind.many(language)).collect();
                    list(&own, language)
                };
                let title = Words { de: titles(Language::German), en: titles(Language::English) };
                Kind { noun: None, title, conditions: Some(vec![]) }
            }
        }
    }

    fn of_origin(data: &PlanningData, origin: &Origin) -> Kind {
        let role = data.roles.facilities.get(&origin.collection);
        let loaded = data.visible(&origin.collection).ok();
        let titled =
            |english: bool| loaded.as_ref().map(|loaded| loaded.collection.words(english).0.to_owned());
        let own = role.and_then(|role| role.title.clone());
        let title = |english: bool| {
            own.clone().or_else(|| titled(english)).unwrap_or_else(|| origin.collection.clone())
        };
        let mut kind = Kind {
            noun: kinds::find(&title(false)),
            title: Words { de: title(false), en: title(true) },
            conditions: Some(vec![]),
        };
        let Some(filter) = &origin.filter else { return kind };
        let Ok(expression) = text::parse(filter, &data.limits) else {
            return Kind { conditions: None, ..kind };
        };
        let column = role.and_then(|role| role.kind.as_deref());
        kind.conditions = Some(vec![]);
        for condition in conjuncts(&expression) {
            match compared(condition) {
                Some((name, Comparison::Equal, value)) if Some(name) == column => {
                    kind.noun = kinds::find(value);
                    kind.title = Words { de: value.to_owned(), en: value.to_owned() };
                }
                Some((name, comparison, value)) => {
                    let shown = loaded.as_ref().and_then(|loaded| loaded.collection.column(name));
                    let of = loaded
                        .as_ref()
                        .zip(shown)
                        .and_then(|(loaded, index)| loaded.collection.columns.get(index));
                    let name = of.and_then(|column| column.title.clone()).unwrap_or_else(|| name.to_owned());
                    let words = SHARED.both(&format!("facilities.{}", word_of(comparison)), |_| {
                        vec![("column", name.clone()), ("value", value.to_owned())]
                    });
                    if let Some(conditions) = &mut kind.conditions {
                        conditions.push(words);
                    }
                }
                None => return Kind { conditions: None, ..kind },
            }
        }
        kind
    }

    /// Returns a text in the grammatical gender of the facilities.
    pub(super) fn say(&self, name: &str, language: Language) -> String {
        let title = self.title.of(language);
        let said = match self.noun {
            Some(noun) => {
                let gaps =
                    [("noun", noun.one(language)), ("dative", &noun.dative(language)), ("title", title)];
                SHARED.say(language, &format!("{name}.{}", noun.gender()), &gaps)
            }
            None => SHARED.say(language, &format!("{name}.other"), &[("title", title)]),
        };
        self.conditioned(said, language)
    }

    /// Adds the conditions to a text.
    fn conditioned(&self, said: String, language: Language) -> String {
        match &self.conditions {
            None => SHARED.say(language, "facilities.chosen", &[("kind", &said)]),
            Some(conditions) if conditions.is_empty() => said,
            Some(conditions) => {
                let all: Vec<String> = conditions.iter().map(|own| own.of(language).to_owned()).collect();
                let gaps = [("kind", said.as_str()), ("conditions", &list(&all, language))];
                SHARED.say(language, "facilities.of", &gaps)
            }
        }
    }

    /// Returns whether a title names the same kind of facilities.
    pub fn is_like(&self, title: &str) -> bool {
        match (self.noun, kinds::find(title)) {
            (Some(own), Some(other)) => std::ptr::eq(own, other),
            // A name without a noun may stand for any kind.
            _ => true,
        }
    }

    /// Returns a phrase such as "keine Grundschule".
    pub fn none(&self, language: Language) -> String {
        self.say("none", language)
    }

    /// Returns a phrase such as "die nächste Grundschule".
    pub fn the_nearest(&self, language: Language) -> String {
        self.say("the_nearest", language)
    }

    /// Returns a phrase such as "zur nächsten Grundschule".
    pub fn to_the_nearest(&self, language: Language) -> String {
        self.say("to_the_nearest", language)
    }

    /// Returns the plural, such as "Grundschulen", or the title if there is no noun.
    pub fn many(&self, language: Language) -> String {
        self.noun.map_or_else(|| self.title.of(language).to_owned(), |noun| noun.many(language).to_owned())
    }

    /// Returns a phrase such as "146 Grundschulen".
    pub fn counted(&self, count: usize, language: Language) -> String {
        let digits = number(count as f64, 0, language);
        let said = match self.noun {
            Some(noun) if count == 1 => {
                SHARED.say(language, "facilities.one", &[("noun", noun.one(language))])
            }
            Some(noun) => SHARED.say(
                language,
                "facilities.many",
                &[("count", digits.as_str()), ("nouns", noun.many(language))],
            ),
            None => {
                let gaps = [("count", digits.as_str()), ("title", self.title.of(language))];
                SHARED.say(language, "facilities.other", &gaps)
            }
        };
        self.conditioned(said, language)
    }
}

/// Returns the conditions that a filter joins by `and`.
fn conjuncts(expression: &Expression) -> Vec<&Expression> {
    match &expression.node {
        Node::Operation(Operator::And, parts) => parts.iter().flat_map(conjuncts).collect(),
        _ => vec![expression],
    }
}

/// Returns the column, the operator and the value of a comparison.
fn compared(expression: &Expression) -> Option<(&str, Comparison, &str)> {
    let Node::Operation(Operator::Comparison(comparison), sides) = &expression.node else { return None };
    let [Expression { node: Node::Property(name), .. }, Expression { node: value, .. }] = sides.as_slice()
    else {
        return None;
    };
    match value {
        Node::Text(text) | Node::Number(text) | Node::Date(text) => Some((name, *comparison, text)),
        _ => None,
    }
}

fn word_of(comparison: Comparison) -> &'static str {
    match comparison {
        Comparison::Equal => "equal",
        Comparison::NotEqual => "not_equal",
        Comparison::Less => "less",
        Comparison::LessOrEqual => "less_or_equal",
        Comparison::Greater => "greater",
        Comparison::GreaterOrEqual => "greater_or_equal",
    }
}
