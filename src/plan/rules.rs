//! The rules of planning: those that come with veedel, and those of the configuration, which take
//! precedence.

use std::collections::BTreeMap;

use super::ages::Ages;
use crate::catalog::Roles;
pub use crate::catalog::Words;
pub use crate::catalog::rules::{PerPerson, Rule, Step, shipped};
use crate::error::{self, Error, Result, said};

/// Returns all rules by id. A rule of the configuration replaces one that comes with veedel and has
/// the same id.
pub fn all(roles: &Roles) -> BTreeMap<&str, &Rule> {
    let own = roles.rules.iter();
    shipped().iter().chain(own).map(|(id, rule)| (id.as_str(), rule)).collect()
}

/// Returns a rule by its id. The id may be written as people do: `DIN 18034` for `din-18034`.
///
/// # Errors
///
/// Returns an error with the known ids.
pub fn find<'a>(roles: &'a Roles, id: &str) -> Result<(&'a str, &'a Rule)> {
    let normal = |id: &str| id.trim().to_lowercase().replace([' ', '_'], "-");
    let wanted = normal(id);
    let rules = all(roles);
    rules.iter().find(|(id, _)| normal(id) == wanted).map(|(id, rule)| (*id, *rule)).ok_or_else(|| {
        let known: Vec<&str> = rules.keys().copied().collect();
        Error::invalid("within", said!("there is no rule {:?}", id)).hint(error::known(id, &known))
    })
}

/// Returns the ages of a step of a rule.
pub fn ages(step: &Step) -> Ages {
    step.ages.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shipped_rule_is_read_and_says_something() {
        let read: BTreeMap<String, Rule> = toml::from_str(include_str!("../catalog/rules.toml")).unwrap();
        assert_eq!(read.len(), shipped().len());
        for (id, rule) in shipped() {
            let says = [!rule.steps.is_empty(), rule.per_person.is_some(), rule.threshold.is_some()];
            assert!(says.contains(&true), "{id}");
            assert!(rule.steps.iter().all(|step| step.ages.0 < step.ages.1), "{id}");
            let days = [&rule.valid_from, &rule.valid_to];
            assert!(days.into_iter().flatten().all(|day| day.parse::<jiff::civil::Date>().is_ok()), "{id}");
        }
    }

    #[test]
    fn a_rule_of_ones_own_goes_before_a_shipped_one() {
        let mut roles = Roles::default();
        assert_eq!(find(&roles, "DIN 18034").unwrap().1.minimum_area, Some(500.0));
        let error = find(&roles, "DIN 1").unwrap_err();
        assert_eq!(error.parameter.as_deref(), Some("within"));
        let own = Rule { source: "Ratsbeschluss".into(), ..Rule::default() };
        roles.rules.insert("din-18034".into(), own.clone());
        roles.rules.insert("Eigene Regel".into(), own.clone());
        assert_eq!(find(&roles, "DIN 18034").unwrap(), ("din-18034", &own));
        assert_eq!(find(&roles, "eigene-regel").unwrap().0, "Eigene Regel");
        assert_eq!(all(&roles).len(), shipped().len() + 1);
    }
}
