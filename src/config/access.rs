//! Reads `[access]`, the roles of callers, and `[collections.ID.access]`, what they are granted.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::fault::{Wrong, nearest, shown};
use super::reader::{Faults, Section, boolean, named, table, text, texts};
use super::roles::each;
use super::settings::Settings;
use crate::access::{EVERYONE, Edit, Grants};
use crate::limits::Limits;
use crate::query::cql2::{self, Expression};

/// The maximum length of the name of a role, or of a key, in characters.
pub const LONGEST_NAME: usize = 64;

/// Reads `[access]` into the policy of `settings`.
pub fn read(table: &DeTable<'_>, settings: &mut Settings, faults: &mut Faults<'_>) {
    let mut section = Section::new(table);
    if let Some(roles) = section.section("roles", faults) {
        let mut all = BTreeMap::new();
        each(roles, faults, &mut all, |_, table, faults| role(table, settings.state.is_some(), faults));
        for key in roles.keys() {
            if let Err(wrong) = role_name(key.get_ref()) {
                faults.add(&key.span(), wrong);
            }
        }
        let all: BTreeMap<Arc<str>, bool> =
            all.into_iter().map(|(name, exact)| (name.into(), exact)).collect();
        settings.policy.exact_roles =
            all.iter().filter(|(_, exact)| **exact).map(|(name, _)| name.clone()).collect();
        settings.policy.roles = all.into_keys().collect();
    }
    section.finish(faults);
}

/// Reads whether a role has `exact_statistics`. Each such answer is recorded.
fn role(table: &DeTable<'_>, has_state: bool, faults: &mut Faults<'_>) -> bool {
    let mut section = Section::new(table);
    let is_exact = section.read("exact_statistics", faults, boolean).unwrap_or_default();
    if let Some(value) = section.value("exact_statistics").filter(|_| is_exact && !has_state) {
        let what = "exact_statistics: there is no place in which each exact answer is recorded";
        faults.add(
            &value.span(),
            Wrong::new(what, "write state = \"/var/lib/veedel\", another folder, or a postgresql:// URL"),
        );
    }
    section.finish(faults);
    is_exact
}

/// Checks the name of a role, which keys and the log contain.
pub fn role_name(name: &str) -> Result<(), Wrong> {
    let is_plain = |letter: char| letter.is_alphanumeric() || "-_.".contains(letter);
    if name == EVERYONE {
        return Err(Wrong::new("everyone is no role", "it means all callers; choose another name"));
    }
    if name.is_empty() || name.chars().count() > LONGEST_NAME || !name.chars().all(is_plain) {
        let what = format!("{} is no name of a role", shown(name));
        return Err(Wrong::new(what, "write letters, digits, \"-\", \"_\" and \".\", at most 64"));
    }
    Ok(())
}

/// Reads what is granted of the collection `id`. The roles must be read before.
pub(super) fn grants(id: &str, table: &DeTable<'_>, settings: &Settings, faults: &mut Faults<'_>) -> Grants {
    let mut section = Section::new(table);
    let known = Known { roles: settings.policy.roles.clone(), limits: &settings.limits };
    let grants = Grants {
        is_protected: section.read("protected", faults, boolean).unwrap_or_default(),
        read: section.value("read").map(|value| known.readers(value, faults)),
        rows: known
            .by_role("rows", &mut section, faults, |key, value, faults| known.condition(key, value, faults)),
        show: known.by_role("show", &mut section, faults, columns),
        edit: known.by_role("edit", &mut section, faults, edits),
        edit_rows: known.by_role("edit_rows", &mut section, faults, |key, value, faults| {
            known.condition(key, value, faults)
        }),
    };
    protection(id, &grants, &mut section, faults);
    section.finish(faults);
    grants
}

/// Adds a fault for each level of areas that rules of `collections` name and that is not there. The
/// roles of planning must be read before.
pub(super) fn levels_exist(collections: &DeTable<'_>, settings: &Settings, faults: &mut Faults<'_>) {
    let levels: Vec<&str> = settings.roles.areas.keys().map(String::as_str).collect();
    for (id, collection) in collections {
        let Some(access) = within(collection, "access") else { continue };
        let Some(grants) = settings.policy.grants.get(AsRef::<str>::as_ref(id.get_ref())) else { continue };
        for (key, rules) in [("rows", &grants.rows), ("edit_rows", &grants.edit_rows)] {
            for (role, rule) in rules {
                let unknown = rule.areas().into_iter().find(|area| !levels.contains(&area.level.as_str()));
                let value = within(access, key).and_then(|roles| within(roles, role));
                if let (Some(area), Some(value)) = (unknown, value) {
                    let what = format!("there is no level {} under [roles.areas]", shown(&area.level));
                    faults.add(
                        &value.span(),
                        named(key, Wrong::new(what, format!("known: {}", levels.join(", ")))),
                    );
                }
            }
        }
    }
}

fn within<'a>(value: &'a Spanned<DeValue<'a>>, key: &str) -> Option<&'a Spanned<DeValue<'a>>> {
    table(value.get_ref()).ok().and_then(|section| section.get(key))
}

/// Adds a fault for each way in which a protected collection would be open.
fn protection(id: &str, grants: &Grants, section: &mut Section<'_>, faults: &mut Faults<'_>) {
    if !grants.is_protected {
        return;
    }
    let span = section.value("protected").map_or_else(|| section.span(), Spanned::span);
    match &grants.read {
        None => {
            let what = format!("read is missing: collection {} is protected", shown(id));
            faults.add(&span, Wrong::new(what, "name the roles that see it: read = [\"…\"]"));
        }
        Some(readers) if readers.contains(EVERYONE) => {
            let what = format!("read: collection {} is protected, and everyone may not see it", shown(id));
            faults.add(&span, Wrong::new(what, "name roles"));
        }
        Some(readers) => {
            for role in readers.iter().filter(|role| grants.shown_to(role).is_none()) {
                let what = format!("show: nothing says which columns the role {role} sees");
                let hint = format!("write show = {{ {role} = [\"…\"] }}; a new column stays hidden so");
                faults.add(&span, Wrong::new(what, hint));
            }
        }
    }
}

/// What rules may name.
struct Known<'a> {
    roles: BTreeSet<Arc<str>>,
    limits: &'a Limits,
}

impl Known<'_> {
    /// Adds a fault if there is no such role.
    fn role(&self, key: &str, name: &str, span: &Range<usize>, faults: &mut Faults<'_>) {
        if name != EVERYONE && !self.roles.contains(name) {
            let known = self.roles.iter().map(AsRef::as_ref).chain([EVERYONE]);
            let hint = match nearest(name, known) {
                Some(name) => format!("did you mean \"{name}\"?"),
                None => format!("write [access.roles.{name}], or the name of another role"),
            };
            faults.add(span, named(key, Wrong::new(format!("there is no role {}", shown(name)), hint)));
        }
    }

    fn readers(&self, value: &Spanned<DeValue<'_>>, faults: &mut Faults<'_>) -> BTreeSet<Arc<str>> {
        let readers = texts("read", value, faults);
        readers.iter().for_each(|(name, span)| self.role("read", name, span, faults));
        readers.into_iter().map(|(name, _)| name.into()).collect()
    }

    /// Reads a section with an entry for each role.
    fn by_role<T>(
        &self,
        key: &'static str,
        section: &mut Section<'_>,
        faults: &mut Faults<'_>,
        read: impl Fn(&'static str, &Spanned<DeValue<'_>>, &mut Faults<'_>) -> Option<T>,
    ) -> BTreeMap<Arc<str>, T> {
        let Some(value) = section.value(key) else { return BTreeMap::new() };
        let entries = match table(value.get_ref()) {
            Ok(entries) => entries,
            Err(wrong) => {
                let hint = format!("write an entry for each role: {key} = {{ everyone = … }}");
                faults.add(&value.span(), named(key, Wrong::new(wrong.what, hint)));
                return BTreeMap::new();
            }
        };
        let entry = |(role, value): (&Spanned<_>, &Spanned<DeValue<'_>>)| {
            let name: &str = AsRef::<str>::as_ref(role.get_ref());
            self.role(key, name, &role.span(), faults);
            Some((name.into(), read(key, value, faults)?))
        };
        entries.iter().filter_map(entry).collect()
    }

    fn condition(
        &self,
        key: &'static str,
        value: &Spanned<DeValue<'_>>,
        faults: &mut Faults<'_>,
    ) -> Option<Expression> {
        let parsed = text(value.get_ref()).and_then(|text| {
            let hint = "write a condition in CQL2, such as \"schutz IS NULL\", or \"TRUE\" for all rows";
            cql2::text::parse_rule(text, self.limits).map_err(|why| Wrong::new(why.what.to_string(), hint))
        });
        parsed.map_err(|wrong| faults.add(&value.span(), named(key, wrong))).ok()
    }
}

fn columns(
    key: &'static str,
    value: &Spanned<DeValue<'_>>,
    faults: &mut Faults<'_>,
) -> Option<BTreeSet<String>> {
    Some(texts(key, value, faults).into_iter().map(|(name, _)| name.to_owned()).collect())
}

fn edits(key: &'static str, value: &Spanned<DeValue<'_>>, faults: &mut Faults<'_>) -> Option<BTreeSet<Edit>> {
    let mut edits = BTreeSet::new();
    for (name, span) in texts(key, value, faults) {
        match Edit::ALL.into_iter().find(|edit| edit.name() == name) {
            Some(edit) => drop(edits.insert(edit)),
            None => {
                let known: Vec<&str> = Edit::ALL.iter().map(|edit| edit.name()).collect();
                let hint = format!("known: {}", known.join(", "));
                faults.add(&span, named(key, Wrong::new(format!("{} is no way to edit", shown(name)), hint)));
            }
        }
    }
    Some(edits)
}

#[cfg(test)]
mod tests {
    use crate::access::{Caller, Edit};
    use crate::config::State;
    use crate::config::tests::{faults, parse};

    const ROLES: &str = "[access.roles.jugendamt]\n[access.roles.statistik]\n";

    #[test]
    fn roles_and_grants_are_read() {
        let settings = parse(&format!(
            "{ROLES}[collections.a.access]\nread = [\"everyone\"]\n\
             rows = {{ everyone = \"schutz IS NULL\", jugendamt = \"TRUE\" }}\n\
             show = {{ everyone = [\"name\"], jugendamt = [\"name\", \"telefon\"] }}\n\
             edit = {{ jugendamt = [\"create\", \"update\"] }}\n\
             edit_rows = {{ jugendamt = \"bezirk = 4\" }}\n"
        ))
        .unwrap();
        assert_eq!(settings.policy.roles.len(), 2);
        let grants = &settings.policy.grants["a"];
        assert_eq!(grants.readers(&Caller::Anonymous), ["everyone"]);
        assert!(grants.rows_of("jugendamt").is_none() && grants.rows_of("statistik").is_some());
        assert_eq!(grants.shown_to("statistik").map(|shown| shown.len()), Some(1));
        assert!(grants.edits_of("jugendamt").is_some_and(|edits| edits.contains(&Edit::Update)));
        assert!(grants.edits_of("statistik").is_none() && grants.edit_rows_of("jugendamt").is_some());
    }

    #[test]
    fn an_area_of_a_rule_is_of_a_level_of_planning() {
        let rules =
            "[collections.a.access]\nrows = { jugendamt = \"S_WITHIN(geometry, AREA('bezirk', '4'))\" }\n";
        let level = "[roles.areas.bezirk]\ncollection = \"bezirke\"\nid = \"nr\"\n";
        let settings = parse(&format!("{ROLES}{rules}{level}")).unwrap();
        let areas: Vec<_> = settings.policy.areas().map(|area| [&*area.level, &*area.id]).collect();
        assert_eq!(areas, [["bezirk", "4"]]);
        for level in ["", &level.replace("bezirk]", "stadtbezirk]")] {
            let wrong = faults(&format!("{ROLES}{rules}{level}"));
            assert!(wrong.contains("rows: there is no level \"bezirk\" under [roles.areas]"), "{wrong}");
        }
        for rule in ["AREA('bezirk')", "AREA(bezirk, '4')", "AREA('bezirk', 4)", "AREA('a', 'b', 'c')"] {
            let rules = rules.replace("AREA('bezirk', '4')", rule);
            assert!(faults(&format!("{ROLES}{rules}{level}")).contains("rows: "), "{rule}");
        }
    }

    #[test]
    fn the_state_folder_begins_at_the_file() {
        assert!(
            parse("state = \"state\"")
                .unwrap()
                .state
                .is_some_and(|state| matches!(state, State::Folder(folder) if folder.is_absolute()))
        );
        assert!(faults("state = 1").contains("state: 1 is not a text"));
    }

    #[test]
    fn all_that_is_wrong_is_named_at_once() {
        let wrong = faults(&format!(
            "{ROLES}[access.roles.everyone]\n[access.roles.\"a b\"]\n\
             [collections.a.access]\nread = [\"jugentamt\"]\nrows = {{ everyone = \"schutz IS\" }}\n\
             show = [\"name\"]\nedit = {{ statistik = [\"write\"] }}\nschow = 1\n\
             [collections.b.access]\nprotected = true\n\
             [collections.c.access]\nprotected = true\nread = [\"everyone\"]\n\
             [collections.d.access]\nprotected = true\nread = [\"jugendamt\"]\n\
             [collections.e]\nhide = \"x\"\naccess.show.everyone = [\"x\"]\n\
             [collections.f]\nhidden = true\naccess.read = [\"jugendamt\"]\n"
        ));
        for part in [
            "everyone is no role",
            "\"a b\" is no name of a role",
            "read: there is no role \"jugentamt\"",
            "did you mean \"jugendamt\"?",
            "rows: ",
            "show: ",
            "edit: \"write\" is no way to edit",
            "unknown key \"schow\"",
            "read is missing: collection \"b\"",
            "collection \"c\" is protected, and everyone",
            "which columns the role jugendamt sees",
            "hide: \"x\" is shown by access",
            "hidden: access grants",
        ] {
            assert!(wrong.contains(part), "{part}: {wrong}");
        }
    }
}
