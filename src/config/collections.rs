//! Reads `[collections."id"]`: the configuration of one collection, and what it hides.

use std::borrow::Cow;
use std::collections::BTreeMap;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::fault::{Wrong, shown};
use super::quantity::duration;
use super::reader::{Faults, Section, boolean, named, table, text, texts, whole_number, words};
use super::roles::each;
use super::settings::Settings;
use super::{access, categories, publication};
use crate::access::{EVERYONE, Grants};
use crate::catalog::{ColumnWords, Detail, Metadata, Overrides, Words};

/// The keys of a collection whose values are sections.
const SECTIONS: [&str; 6] = ["access", "column_zooms", "value_zooms", "title", "description", "columns"];
/// The deepest zoom level from which features may be shown; from here on all are.
const DEEPEST_WAIT: u64 = 16;

/// Reads all collections of `[collections]` into `settings`, whose limits must be read before.
pub fn read(collections: &DeTable<'_>, settings: &mut Settings, faults: &mut Faults<'_>) {
    for (id, value) in collections {
        match table(value.get_ref()) {
            Ok(section) if is_cut_at_a_dot(section) => {
                let what = format!("{} has no settings, only sections within", shown(id.get_ref()));
                let hint = "an id with a dot stands in quotes: [collections.\"schema.table\"]";
                faults.add(&id.span(), Wrong::new(what, hint));
            }
            Ok(section) => {
                collection(id.get_ref(), section, settings, faults);
                settings.collection_positions.insert(id.get_ref().to_string(), faults.position(&id.span()));
            }
            Err(wrong) => faults.add(&value.span(), named(&shown(id.get_ref()), wrong)),
        }
    }
}

/// Returns whether a table contains only sections, which `[collections.schema.table]` results in.
fn is_cut_at_a_dot(section: &DeTable<'_>) -> bool {
    let is_section = |value: &DeValue<'_>| matches!(value, DeValue::Table(table) if !table.is_empty());
    let has_own = SECTIONS.iter().any(|key| section.contains_key(*key));
    !section.is_empty() && !has_own && section.values().all(|value| is_section(value.get_ref()))
}

fn collection(id: &str, table: &DeTable<'_>, settings: &mut Settings, faults: &mut Faults<'_>) {
    let mut section = Section::new(table);
    let deepest = u64::from(settings.limits.tile_zoom);
    let (title, title_en) = in_languages("title", &mut section, faults, heading);
    let (description, description_en) = in_languages("description", &mut section, faults, Ok);
    let described = section.section("columns", faults).map(|table| column_words(table, faults));
    let overrides = Overrides {
        listed: true,
        title,
        description,
        attribution: section.read("attribution", faults, owned),
        licence: section.read("licence", faults, owned),
        direct: section.read("mode", faults, mode),
        key: columns("key", &mut section, faults),
        srid: section.read("srid", faults, |value| number(value, 1, 998_999)),
        min_zoom: section.read("min_zoom", faults, |value| number(value, 0, deepest)),
        max_zoom: section.read("max_zoom", faults, |value| number(value, 0, deepest)),
        max_age: section.read("max_age", faults, |value| duration(text(value)?)),
        detail: Detail {
            rank: section.read("rank", faults, owned),
            column_zooms: section.read("column_zooms", faults, zooms).unwrap_or_default(),
            value_zooms: section.read("value_zooms", faults, zooms_by_column).unwrap_or_default(),
        },
        categories: categories::read(&mut section, faults),
        size_by: section.read("size_by", faults, owned),
        visible_at_first: section.read("visible_at_first", faults, boolean),
        datetime: section.read("datetime", faults, owned),
        metadata: Metadata { title_en, description_en, ..publication::metadata(&mut section, faults) },
        columns: described.unwrap_or_default(),
    };
    let hidden = columns("hide", &mut section, faults).unwrap_or_default();
    if section.read("hidden", faults, boolean) == Some(true) {
        settings.policy.hidden_collections.insert(id.into());
    }
    if let Some(table) = section.section("access", faults) {
        let grants = access::grants(id, table, settings, faults);
        grants_contradict(&grants, &hidden, &mut section, faults);
        settings.policy.grants.insert(id.into(), grants);
    }
    contradictions(&overrides, &hidden, &mut section, faults);
    section.finish(faults);
    if !hidden.is_empty() {
        settings.policy.hidden_columns.insert(id.into(), hidden.into_iter().collect());
    }
    settings.overrides.insert(id.into(), overrides);
}

fn contradictions(
    overrides: &Overrides,
    hidden: &[String],
    section: &mut Section<'_>,
    faults: &mut Faults<'_>,
) {
    if let (Some(least), Some(most), Some(value)) =
        (overrides.min_zoom, overrides.max_zoom, section.value("max_zoom"))
        && least > most
    {
        let what = format!("max_zoom {most} is less than min_zoom {least}");
        faults.add(&value.span(), Wrong::new(what, "no zoom would be left; exchange the two?"));
    }
    let key = overrides.key.iter().flatten().find(|column| hidden.contains(column));
    if let (Some(column), Some(value)) = (key, section.value("hide")) {
        let what = format!("hide: {} is in the key, which every feature's id shows", shown(column));
        faults.add(&value.span(), Wrong::new(what, "choose another key, or do not hide it"));
    }
}

/// Adds a fault where `hide` and `hidden` take away what `access` grants.
fn grants_contradict(grants: &Grants, hidden: &[String], section: &mut Section<'_>, faults: &mut Faults<'_>) {
    let public = grants.shown_to(EVERYONE);
    let column = hidden.iter().find(|column| public.is_some_and(|public| public.contains(*column)));
    if let (Some(column), Some(value)) = (column, section.value("hide")) {
        let what = format!("hide: {} is shown by access to everyone", shown(column));
        faults.add(&value.span(), Wrong::new(what, "remove it from one of the two"));
    }
    let is_hidden = section.value("hidden").filter(|value| matches!(value.get_ref(), DeValue::Boolean(true)));
    if let Some(value) = is_hidden {
        let what = "hidden: access grants what is hidden from all";
        faults.add(&value.span(), Wrong::new(what, "remove hidden = true; access.read says who sees it"));
    }
}

/// Reads one name of a column, or a list of them.
fn columns(key: &'static str, section: &mut Section<'_>, faults: &mut Faults<'_>) -> Option<Vec<String>> {
    let value = section.value(key)?;
    let names = texts(key, value, faults);
    if let Some((_, span)) = names.iter().find(|(name, _)| name.is_empty()) {
        faults.add(span, Wrong::new(format!("{key}: a column's name is empty"), "name a column"));
    }
    Some(names.into_iter().map(|(name, _)| name.to_owned()).collect())
}

/// Reads names and the lowest zoom level of each.
fn zooms(value: &DeValue<'_>) -> Result<BTreeMap<String, u8>, Wrong> {
    let zoom = |(name, zoom): (&Spanned<Cow<'_, str>>, &Spanned<DeValue<'_>>)| {
        let zoom =
            number(zoom.get_ref(), 0, DEEPEST_WAIT).map_err(|wrong| named(&shown(name.get_ref()), wrong))?;
        Ok((name.get_ref().to_string(), zoom))
    };
    table(value)?.iter().map(zoom).collect()
}

/// Reads the lowest zoom levels of values, by column.
fn zooms_by_column(value: &DeValue<'_>) -> Result<BTreeMap<String, BTreeMap<String, u8>>, Wrong> {
    let column = |(name, values): (&Spanned<Cow<'_, str>>, &Spanned<DeValue<'_>>)| {
        let values = zooms(values.get_ref()).map_err(|wrong| named(&shown(name.get_ref()), wrong))?;
        Ok((name.get_ref().to_string(), values))
    };
    table(value)?.iter().map(column).collect()
}

/// Reads `mode`; true for `direct`.
fn mode(value: &DeValue<'_>) -> Result<bool, Wrong> {
    match text(value)? {
        "direct" => Ok(true),
        "resident" => Ok(false),
        other => Err(Wrong::new(format!("is {}", shown(other)), "write \"direct\" or \"resident\"")),
    }
}

fn owned(value: &DeValue<'_>) -> Result<String, Wrong> {
    text(value).map(str::to_owned)
}

fn heading(text: String) -> Result<String, Wrong> {
    if text.trim().is_empty() {
        return Err(Wrong::new("is empty", "remove the line to keep what the source says"));
    }
    Ok(text)
}

/// Reads `[collections.ID.columns.NAME]`: the descriptions of columns.
fn column_words(table: &DeTable<'_>, faults: &mut Faults<'_>) -> BTreeMap<String, ColumnWords> {
    let mut all = BTreeMap::new();
    each(table, faults, &mut all, |_, table, faults| {
        let mut section = Section::new(table);
        let words = ColumnWords {
            title: section.read("title", faults, words),
            description: section.read("description", faults, words),
            unit: section.read("unit", faults, owned),
            codes: section.read("codes", faults, codes).unwrap_or_default(),
        };
        section.finish(faults);
        words
    });
    all
}

/// Reads values with their meanings.
fn codes(value: &DeValue<'_>) -> Result<BTreeMap<String, Words>, Wrong> {
    let code = |(name, meaning): (&Spanned<Cow<'_, str>>, &Spanned<DeValue<'_>>)| {
        let meaning = words(meaning.get_ref()).map_err(|wrong| named(&shown(name.get_ref()), wrong))?;
        Ok((name.get_ref().to_string(), meaning))
    };
    table(value)?.iter().map(code).collect()
}

/// Reads a text in German and, if it is given, in English.
fn in_languages(
    key: &'static str,
    section: &mut Section<'_>,
    faults: &mut Faults<'_>,
    check: impl Fn(String) -> Result<String, Wrong>,
) -> (Option<String>, Option<String>) {
    let read = section.read(key, faults, |value| {
        let (german, english) = publication::in_languages(value)?;
        Ok((check(german)?, english.map(&check).transpose()?))
    });
    read.map_or((None, None), |(german, english)| (Some(german), english))
}

fn number<T: TryFrom<u64>>(value: &DeValue<'_>, least: u64, most: u64) -> Result<T, Wrong> {
    let number = whole_number(value, least..=most)?;
    T::try_from(number).map_err(|_| Wrong::new(format!("{number} is too large"), ""))
}

#[cfg(test)]
mod tests {
    use crate::catalog::Overrides;
    use crate::config::tests::{faults, parse};

    #[test]
    fn a_lowered_tile_zoom_binds_the_collections() {
        assert!(faults("limits.tile_zoom = 14\ncollections.a.max_zoom = 15").contains("from 0 to 14"));
        assert!(parse("limits.tile_zoom = 14\ncollections.a.max_zoom = 14").is_ok());
    }

    #[test]
    fn a_qualified_section_goes_before_a_short_one_key_by_key() {
        let text =
            "[collections.s]\ntitle = \"short\"\nsrid = 1\n[collections.\"a.s\"]\ntitle = \"qualified\"";
        let settings = parse(text).unwrap();
        let both = settings.overrides_of("s", "a.s");
        assert_eq!((both.title.as_deref(), both.srid), (Some("qualified"), Some(1)));
        assert_eq!(settings.overrides_of("s", "b.s").title.as_deref(), Some("short"));
        assert_eq!(settings.overrides_of("t", "a.t"), Overrides::default());
    }

    #[test]
    fn words_about_columns_are_read_in_both_languages() {
        let settings = parse(
            "[collections.a.columns.art]\ntitle = { de = \"Art\", en = \"Kind\" }\nunit = \"m\"\n\
             codes = { 1 = \"eins\", 2 = { de = \"zwei\", en = \"two\" } }\n",
        )
        .unwrap();
        let words = &settings.overrides["a"].columns["art"];
        assert_eq!(words.title.as_ref().map(|title| title.en.as_str()), Some("Kind"));
        assert_eq!((words.codes["1"].en.as_str(), words.codes["2"].en.as_str()), ("eins", "two"));
        let wrong = faults("[collections.a.columns.art]\ntitel = \"Art\"\ncodes = { 1 = 1 }\n");
        assert!(wrong.contains("titel") && wrong.contains("codes"), "{wrong}");
    }
}
