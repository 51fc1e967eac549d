//! Reads `[rules]`: rules of planning that are added to the built-in ones or replace them.

use toml::de::{DeTable, DeValue};

use super::fault::{Wrong, shown};
use super::reader::{Faults, Section, alike, day, table, whole_number, words};
use super::roles::{ages, each, needed, number, owned};
use super::settings::Settings;
use crate::catalog::rules::{PerPerson, Rule, Step};

/// Reads all rules into the roles of `settings`.
pub fn read(table: &DeTable<'_>, settings: &mut Settings, faults: &mut Faults<'_>) {
    let mut rules = std::collections::BTreeMap::new();
    each(table, faults, &mut rules, rule);
    settings.roles.rules = rules;
}

fn rule(id: &str, table: &DeTable<'_>, faults: &mut Faults<'_>) -> Rule {
    let mut section = Section::new(table);
    let rule = Rule {
        title: section.read("title", faults, words).unwrap_or_else(|| alike(id)),
        source: needed("source", &mut section, faults),
        valid_from: section.read("valid_from", faults, written_day),
        valid_to: section.read("valid_to", faults, written_day),
        minimum_area: section.read("minimum_area", faults, |value| number(value, 0.0, 1e9, "m²")),
        steps: section.read("steps", faults, steps).unwrap_or_default(),
        per_person: section.read("per_person", faults, per_person),
        threshold: section
            .read("threshold", faults, |value| whole_number(value, 2..=100))
            .and_then(|threshold| u32::try_from(threshold).ok()),
    };
    let says = ["steps", "per_person", "threshold"].map(|key| section.value(key).is_some());
    if !says.contains(&true) {
        let hint = "write steps = [{ ages = [0, 6], distance = 200 }], per_person = { amount = 2, unit = \"m²\" } \
                    or threshold = 5";
        faults.add(&section.span(), Wrong::new(format!("the rule {} says nothing", shown(id)), hint));
    }
    section.finish(faults);
    rule
}

fn written_day(value: &DeValue<'_>) -> Result<String, Wrong> {
    Ok(day(value)?.to_string())
}

fn steps(value: &DeValue<'_>) -> Result<Vec<Step>, Wrong> {
    let wrong = || Wrong::new("is no list of steps", "write [{ ages = [0, 6], distance = 200 }, …]");
    let DeValue::Array(items) = value else { return Err(wrong()) };
    let step = |value: &DeValue<'_>| {
        let members = table(value)?;
        match (members.get("ages"), members.get("distance"), members.len()) {
            (Some(own), Some(distance), 2) => Ok(Step {
                ages: ages(own.get_ref())?,
                distance: number(distance.get_ref(), 1.0, 20_000.0, "metres")?,
            }),
            _ => Err(wrong()),
        }
    };
    match items.is_empty() {
        true => Err(wrong()),
        false => items.iter().map(|item| step(item.get_ref())).collect(),
    }
}

fn per_person(value: &DeValue<'_>) -> Result<PerPerson, Wrong> {
    let members = table(value)?;
    match (members.get("amount"), members.get("unit"), members.len()) {
        (Some(amount), Some(unit), 2) => Ok(PerPerson {
            amount: number(amount.get_ref(), 1e-6, 1e9, "a unit")?,
            unit: owned(unit.get_ref())?,
        }),
        _ => Err(Wrong::new("is no amount", "write { amount = 2, unit = \"m²\" }")),
    }
}
