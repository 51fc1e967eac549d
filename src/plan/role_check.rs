//! Checks whether the collections of a folder or database fit the configured roles, for `veedel
//! check`.

use crate::catalog::{Collection, Roles};
use crate::geo::Crs;

/// Returns what is wrong with the roles, one sentence each: the system for measuring ways is in
/// degrees, or a role names a column that its collection lacks. Collections that do not exist are
/// reported elsewhere.
pub fn faults(roles: &Roles, collections: &[Collection]) -> Vec<String> {
    let mut faults = vec![];
    let is_used = roles.network.is_some() || roles.demand.is_some() || !roles.facilities.is_empty();
    if is_used && Crs::Epsg(roles.srid).is_geographic() {
        faults.push(format!(
            "[roles] srid: ways cannot be measured in EPSG:{}, which is in degrees; name a projected system",
            roles.srid
        ));
    }
    for (section, name, columns) in named(roles) {
        let found = collections.iter().find(|one| one.short == name || one.qualified == name);
        let Some(found) = found else { continue };
        for (key, column) in columns.into_iter().filter(|(_, column)| found.column(column).is_none()) {
            let known: Vec<&str> = found.columns.iter().map(|column| column.name.as_str()).collect();
            faults.push(format!(
                "[roles.{section}] {key}: the collection {name:?} has no column {column:?}; it has {}",
                known.join(", ")
            ));
        }
    }
    faults
}

/// A section of the roles, its collection, and the columns that it names with their keys.
type Named<'a> = (String, &'a str, Vec<(&'static str, &'a str)>);

/// Returns all sections of the roles that name columns.
fn named(roles: &Roles) -> Vec<Named<'_>> {
    let mut all = vec![];
    if let Some(role) = &roles.network {
        let columns = role.closed.values().flatten().map(|(column, _)| ("closed", column.as_str()));
        all.push(("network".into(), role.collection.as_str(), columns.collect()));
    }
    if let Some(role) = &roles.demand {
        let weight = role.weight.as_deref().map(|column| ("weight", column));
        let address = role.address.iter().map(|column| ("address", column.as_str()));
        all.push(("demand".into(), role.collection.as_str(), weight.into_iter().chain(address).collect()));
    }
    if let Some(role) = &roles.population {
        let own =
            [("area", &role.area), ("date", &role.date), ("group", &role.group), ("persons", &role.persons)];
        let own = own.map(|(key, column)| (key, column.as_str()));
        let only = role.only.keys().map(|column| ("only", column.as_str()));
        all.push(("population".into(), role.collection.as_str(), own.into_iter().chain(only).collect()));
    }
    for (level, role) in &roles.areas {
        let name = role.name.as_deref().map(|column| ("name", column));
        let responsible = role.responsible.as_ref().map(|(_, column)| ("responsible", column.as_str()));
        let columns = [("id", role.id.as_str())].into_iter().chain(name).chain(responsible);
        all.push((format!("areas.{level}"), role.collection.as_str(), columns.collect()));
    }
    for (collection, role) in &roles.facilities {
        let own = [
            ("type", &role.kind),
            ("name", &role.name),
            ("operator", &role.operator),
            ("valid_from", &role.valid.0),
            ("valid_to", &role.valid.1),
        ];
        let own = own.into_iter().filter_map(|(key, column)| Some((key, column.as_deref()?)));
        let capacities = role.capacities.iter().map(|own| ("capacity", own.column.as_str()));
        all.push((format!("facilities.{collection}"), collection.as_str(), own.chain(capacities).collect()));
    }
    all
}
