//! Reads `[roles]`: the roles of collections in planning.

use std::collections::BTreeMap;

use toml::de::{DeTable, DeValue};

use super::fault::{Wrong, shown};
use super::reader::{Faults, Section, boolean, named, table, text, texts, whole_number};
use super::settings::Settings;
use crate::catalog::roles::{
    AreaRole, Capacity, DemandRole, FacilityRole, FacilityType, NetworkRole, Pattern, PopulationRole, Roles,
};
use crate::catalog::rules;

/// The profiles that may be named under `closed`.
const PROFILES: [&str; 5] = ["foot", "child", "senior", "wheelchair", "bicycle"];

/// Reads all roles into `settings`, whose collections and rules must be read before. Collections
/// with a role are published, and those that must not be public are hidden.
pub fn read(roles: &DeTable<'_>, settings: &mut Settings, faults: &mut Faults<'_>) {
    let mut section = Section::new(roles);
    let mut all = Roles { rules: std::mem::take(&mut settings.roles.rules), ..Roles::default() };
    if let Some(srid) = section.read("srid", faults, |value| whole_number(value, 1_024..=998_999)) {
        all.srid = u32::try_from(srid).unwrap_or(all.srid);
    }
    if let Some(snapping) = section.read("snapping", faults, |value| metres(value, 0.0, 5_000.0)) {
        all.snapping = snapping;
    }
    all.exact = section.read("exact", faults, boolean).unwrap_or(all.exact);
    if let Some((threshold, rule)) = section.read("threshold", faults, |value| threshold(value, &all)) {
        (all.threshold, all.threshold_rule) = (threshold, rule);
    }
    all.network = section.section("network", faults).map(|table| network(table, faults));
    all.demand = section.section("demand", faults).map(|table| demand(table, faults));
    all.population = section.section("population", faults).map(|table| population(table, faults));
    if let Some(table) = section.section("areas", faults) {
        each(table, faults, &mut all.areas, area);
    }
    if let Some(table) = section.section("facilities", faults) {
        each(table, faults, &mut all.facilities, facility);
    }
    if let Some(table) = section.section("types", faults) {
        each(table, faults, &mut all.types, facility_type);
    }
    levels_exist(&all, &mut section, faults);
    section.finish(faults);
    publish(&all, settings);
    settings.roles = all;
}

/// Reads one value for each section of a table.
pub(super) fn each<T>(
    sections: &DeTable<'_>,
    faults: &mut Faults<'_>,
    all: &mut BTreeMap<String, T>,
    read: impl Fn(&str, &DeTable<'_>, &mut Faults<'_>) -> T,
) {
    for (name, value) in sections {
        match table(value.get_ref()) {
            Ok(table) => drop(all.insert(name.get_ref().to_string(), read(name.get_ref(), table, faults))),
            Err(wrong) => faults.add(&value.span(), named(&shown(name.get_ref()), wrong)),
        }
    }
}

/// Reads a number of persons, or the id of a rule that contains one.
fn threshold(value: &DeValue<'_>, roles: &Roles) -> Result<(u32, Option<String>), Wrong> {
    let DeValue::String(id) = value else {
        let number = whole_number(value, 2..=100)?;
        return Ok((u32::try_from(number).unwrap_or(roles.threshold), None));
    };
    let found = roles.rules.get(id.as_ref()).or_else(|| rules::shipped().get(id.as_ref()));
    match found.and_then(|rule| rule.threshold) {
        Some(threshold) => Ok((threshold, Some(id.to_string()))),
        None => Err(Wrong::new(
            format!("there is no rule {} that says a threshold", shown(id)),
            "write a number from 2 to 100, \"statistik-koeln\", \"statistik-bundesagentur\" or a rule of your own",
        )),
    }
}

fn network(table: &DeTable<'_>, faults: &mut Faults<'_>) -> NetworkRole {
    let mut section = Section::new(table);
    let role = NetworkRole {
        collection: needed("collection", &mut section, faults),
        node_tolerance: section
            .read("node_tolerance", faults, |value| metres(value, 0.0, 10.0))
            .unwrap_or(0.1),
        joined_at_vertices: section.read("joined_at_vertices", faults, boolean).unwrap_or(false),
        date: section.read("date", faults, owned),
        closed: closed(&mut section, faults),
    };
    section.finish(faults);
    role
}

type Closed = BTreeMap<String, BTreeMap<String, Vec<Pattern>>>;

fn closed(section: &mut Section<'_>, faults: &mut Faults<'_>) -> Closed {
    let mut all = Closed::new();
    for (profile, value) in section.section("closed", faults).into_iter().flatten() {
        if !PROFILES.contains(&profile.get_ref().as_ref()) {
            let what = format!("closed: {} is no profile", shown(profile.get_ref()));
            faults.add(&profile.span(), Wrong::new(what, format!("write one of {}", PROFILES.join(", "))));
        }
        let columns = match table(value.get_ref()) {
            Ok(columns) => columns,
            Err(wrong) => {
                faults.add(&value.span(), named(&shown(profile.get_ref()), wrong));
                continue;
            }
        };
        let patterns = columns.iter().map(|(column, value)| {
            let texts = texts(column.get_ref(), value, faults);
            (column.get_ref().to_string(), texts.into_iter().map(|(text, _)| Pattern::parse(text)).collect())
        });
        let patterns = patterns.collect();
        all.insert(profile.get_ref().to_string(), patterns);
    }
    all
}

fn demand(table: &DeTable<'_>, faults: &mut Faults<'_>) -> DemandRole {
    let mut section = Section::new(table);
    let role = DemandRole {
        collection: needed("collection", &mut section, faults),
        weight: section.read("weight", faults, owned),
        address: names("address", &mut section, faults),
        already_public: section.read("already_public", faults, owned),
    };
    section.finish(faults);
    role
}

fn area(level: &str, table: &DeTable<'_>, faults: &mut Faults<'_>) -> AreaRole {
    let mut section = Section::new(table);
    let role = AreaRole {
        collection: section.read("collection", faults, owned).unwrap_or_else(|| level.to_owned()),
        id: needed("id", &mut section, faults),
        name: section.read("name", faults, owned),
        parent: section.read("parent", faults, owned),
        responsible: section.read("responsible", faults, responsible),
    };
    section.finish(faults);
    role
}

fn population(table: &DeTable<'_>, faults: &mut Faults<'_>) -> PopulationRole {
    let mut section = Section::new(table);
    let role = PopulationRole {
        collection: needed("collection", &mut section, faults),
        area: needed("area", &mut section, faults),
        date: needed("date", &mut section, faults),
        year_means: section.read("year_means", faults, month_and_day).unwrap_or((12, 31)),
        group: needed("group", &mut section, faults),
        persons: needed("persons", &mut section, faults),
        only: section.read("only", faults, pairs).unwrap_or_default(),
        level: needed("level", &mut section, faults),
        denominator: section.read("denominator", faults, owned),
        already_public: section.read("already_public", faults, owned),
    };
    section.finish(faults);
    role
}

fn facility(_: &str, table: &DeTable<'_>, faults: &mut Faults<'_>) -> FacilityRole {
    let mut section = Section::new(table);
    let role = FacilityRole {
        title: section.read("title", faults, owned),
        kind: section.read("type", faults, owned),
        name: section.read("name", faults, owned),
        operator: section.read("operator", faults, owned),
        capacities: section.read("capacity", faults, capacities).unwrap_or_default(),
        valid: (section.read("valid_from", faults, owned), section.read("valid_to", faults, owned)),
        date: section.read("date", faults, owned),
    };
    section.finish(faults);
    role
}

/// Reads `{ collection = "schulen", column = "schule" }`.
fn responsible(value: &DeValue<'_>) -> Result<(String, String), Wrong> {
    let members = table(value)?;
    match (members.get("collection"), members.get("column"), members.len()) {
        (Some(collection), Some(column), 2) => Ok((owned(collection.get_ref())?, owned(column.get_ref())?)),
        _ => {
            let hint = "write { collection = \"schools\", column = \"school_id\" }";
            Err(Wrong::new("says not who is responsible", hint))
        }
    }
}

fn facility_type(_: &str, table: &DeTable<'_>, faults: &mut Faults<'_>) -> FacilityType {
    let mut section = Section::new(table);
    let kind = FacilityType {
        title: section.read("title", faults, owned),
        of: section.read("of", faults, origins).unwrap_or_default(),
        ages: section.read("ages", faults, ages),
        rule: section.read("rule", faults, owned),
    };
    if section.value("of").is_none() {
        let hint =
            "write of = { collection = \"schools\", filter = \"kind = 'primary'\" }, or a list of such";
        faults.add(&section.span(), Wrong::new("of is missing", hint));
    }
    section.finish(faults);
    kind
}

/// Reads `{ collection = "schulen", filter = "schulart = 'Grundschule'" }`, or a list of these.
fn origins(value: &DeValue<'_>) -> Result<Vec<(String, Option<String>)>, Wrong> {
    let origin = |value: &DeValue<'_>| {
        let members = table(value)?;
        let filter = members.get("filter");
        match members.get("collection") {
            Some(collection) if members.len() == 1 + usize::from(filter.is_some()) => {
                let filter = filter.map(|filter| owned(filter.get_ref())).transpose()?;
                Ok((owned(collection.get_ref())?, filter))
            }
            _ => Err(Wrong::new(
                "names no collection, or more than a collection and a filter",
                "write { collection = \"schools\", filter = \"kind = 'primary'\" }",
            )),
        }
    };
    match value {
        DeValue::Array(items) if !items.is_empty() => {
            items.iter().map(|item| origin(item.get_ref())).collect()
        }
        one => Ok(vec![origin(one)?]),
    }
}

/// Reads `{ column = "plaetze", unit = "Plätze", ages = [0, 6] }`, or a list of these.
fn capacities(value: &DeValue<'_>) -> Result<Vec<Capacity>, Wrong> {
    match value {
        DeValue::Array(items) => items.iter().map(|item| capacity(item.get_ref())).collect(),
        one => Ok(vec![capacity(one)?]),
    }
}

fn capacity(value: &DeValue<'_>) -> Result<Capacity, Wrong> {
    let hint = "write { column = \"plaetze\", unit = \"Plätze\", ages = [0, 6] }";
    let mut capacity = Capacity { unit: "Plätze".into(), ..Capacity::default() };
    for (key, value) in table(value)? {
        match key.get_ref().as_ref() {
            "column" => capacity.column = owned(value.get_ref())?,
            "unit" => capacity.unit = owned(value.get_ref())?,
            "ages" => capacity.ages = Some(ages(value.get_ref())?),
            other => return Err(Wrong::new(format!("unknown key {}", shown(other)), hint)),
        }
    }
    if capacity.column.is_empty() {
        return Err(Wrong::new("column is missing", hint));
    }
    Ok(capacity)
}

pub(super) fn ages(value: &DeValue<'_>) -> Result<(u32, u32), Wrong> {
    let wrong =
        || Wrong::new("ages are two whole numbers, the second not counted", "write [0, 6] for 0 to 5");
    let DeValue::Array(items) = value else { return Err(wrong()) };
    let numbers: Vec<u64> =
        items.iter().map(|item| whole_number(item.get_ref(), 0..=200)).collect::<Result<_, _>>()?;
    match numbers[..] {
        [from, until] if from < until => Ok((from as u32, until as u32)),
        _ => Err(wrong()),
    }
}

fn month_and_day(value: &DeValue<'_>) -> Result<(i8, i8), Wrong> {
    let text = text(value)?;
    let read = text.split_once('-').and_then(|(month, day)| Some((month.parse().ok()?, day.parse().ok()?)));
    // 2024 is a leap year, so it has every day that any year has.
    read.filter(|(month, day)| jiff::civil::Date::new(2024, *month, *day).is_ok()).ok_or_else(|| {
        Wrong::new(format!("{} is no day of a year", shown(text)), "write month and day, such as \"12-31\"")
    })
}

fn pairs(value: &DeValue<'_>) -> Result<BTreeMap<String, String>, Wrong> {
    let pair = |(key, value): (&toml::Spanned<std::borrow::Cow<'_, str>>, &super::reader::Value<'_>)| {
        let text = owned(value.get_ref()).map_err(|wrong| named(&shown(key.get_ref()), wrong))?;
        Ok((key.get_ref().to_string(), text))
    };
    table(value)?.iter().map(pair).collect()
}

fn metres(value: &DeValue<'_>, least: f64, most: f64) -> Result<f64, Wrong> {
    number(value, least, most, "metres")
}

/// Reads a number from `least` to `most`, in some `unit`.
pub(super) fn number(value: &DeValue<'_>, least: f64, most: f64, unit: &str) -> Result<f64, Wrong> {
    let number = match value {
        DeValue::Integer(number) => number.as_str().parse().ok(),
        DeValue::Float(number) => number.as_str().parse().ok(),
        _ => None,
    };
    number.filter(|number| (least..=most).contains(number)).ok_or_else(|| {
        let what = format!("is no number of {unit} allowed here");
        Wrong::new(what, format!("write {least} to {most}, without unit"))
    })
}

pub(super) fn needed(key: &'static str, section: &mut Section<'_>, faults: &mut Faults<'_>) -> String {
    if section.value(key).is_none() {
        faults.add(&section.span(), Wrong::new(format!("{key} is missing"), format!("write {key} = \"…\"")));
    }
    section.read(key, faults, owned).unwrap_or_default()
}

fn names(key: &'static str, section: &mut Section<'_>, faults: &mut Faults<'_>) -> Vec<String> {
    let Some(value) = section.value(key) else { return vec![] };
    texts(key, value, faults).into_iter().map(|(name, _)| name.to_owned()).collect()
}

pub(super) fn owned(value: &DeValue<'_>) -> Result<String, Wrong> {
    text(value).map(str::to_owned)
}

/// Adds a fault for each level that is referred to and does not exist.
fn levels_exist(roles: &Roles, section: &mut Section<'_>, faults: &mut Faults<'_>) {
    let known: Vec<&str> = roles.areas.keys().map(String::as_str).collect();
    let parents = roles.areas.values().filter_map(|area| area.parent.as_ref());
    let level = roles.population.iter().map(|population| &population.level);
    for wanted in parents.chain(level).filter(|wanted| !wanted.is_empty()) {
        if !known.contains(&wanted.as_str())
            && let Some(value) = section.value("population").or_else(|| section.value("areas"))
        {
            let what = format!("there is no level {} under [roles.areas]", shown(wanted));
            faults.add(&value.span(), Wrong::new(what, format!("known: {}", known.join(", "))));
        }
    }
}

/// Lists collections with a role, so that they are read even without a geometry, and hides those
/// that are protected.
fn publish(roles: &Roles, settings: &mut Settings) {
    let single = [
        roles.network.as_ref().map(|role| &role.collection),
        roles.demand.as_ref().map(|role| &role.collection),
        roles.population.as_ref().map(|role| &role.collection),
    ];
    let areas = roles.areas.values().map(|role| &role.collection);
    let types = roles.types.values().flat_map(|kind| kind.of.iter().map(|(collection, _)| collection));
    for collection in single.into_iter().flatten().chain(areas).chain(roles.facilities.keys()).chain(types) {
        settings.overrides.entry(collection.clone()).or_default().listed = true;
    }
    for (collection, _) in roles.protected_collections() {
        settings.policy.hidden_tables.insert(collection.to_owned());
    }
}
