//! Reads the content of catalogues: `[catalog]` for all collections, and the keys of a collection
//! that only catalogues use.

use jiff::civil::Date;
use toml::de::{DeTable, DeValue};

use super::fault::{Wrong, shown};
use super::reader::{Faults, Section, day, text, texts, words};
use super::settings::Settings;
use crate::catalog::metadata::{FREQUENCIES, Metadata, THEMES};
use crate::catalog::{Publication, Words};

/// Reads `[catalog]` into `settings`.
pub fn read(table: &DeTable<'_>, settings: &mut Settings, faults: &mut Faults<'_>) {
    let mut section = Section::new(table);
    settings.publication = Publication {
        title: section.read("title", faults, words),
        description: section.read("description", faults, words),
        publisher: section.read("publisher", faults, owned),
        publisher_page: section.read("publisher_page", faults, address),
        contact: section.read("contact", faults, owned),
        contact_email: section.read("contact_email", faults, email),
        contact_page: section.read("contact_page", faults, address),
        contributor: section.read("contributor", faults, address),
        municipality_key: section.read("municipality_key", faults, municipality_key),
        metadata_url: section.read("metadata_url", faults, address),
    };
    section.finish(faults);
}

/// Reads what the section of a collection has for catalogues, except title and description.
pub fn metadata(section: &mut Section<'_>, faults: &mut Faults<'_>) -> Metadata {
    Metadata {
        title_en: None,
        description_en: None,
        keywords: list("keywords", section, faults, |_| Ok(())),
        themes: list("themes", section, faults, |code| one_of(code, &THEMES, "theme")),
        identifier: section.read("identifier", faults, owned),
        issued: section.read("issued", faults, day),
        modified: section.read("modified", faults, day),
        covers: section.read("covers", faults, period),
        frequency: section.read("frequency", faults, |value| {
            let code = text(value)?;
            one_of(code, &FREQUENCIES, "frequency").map(|()| code.to_owned())
        }),
        metadata_url: section.read("metadata_url", faults, address),
        feature_concept: section.read("feature_concept", faults, address),
        page: section.read("page", faults, address),
    }
}

/// Reads a text in German, or in both languages: first the German, then the English one.
pub fn in_languages(value: &DeValue<'_>) -> Result<(String, Option<String>), Wrong> {
    if let DeValue::String(text) = value {
        return Ok((text.to_string(), None));
    }
    let Words { de, en } = words(value)?;
    Ok((de, Some(en)))
}

fn list(
    key: &'static str,
    section: &mut Section<'_>,
    faults: &mut Faults<'_>,
    check: impl Fn(&str) -> Result<(), Wrong>,
) -> Option<Vec<String>> {
    let value = section.value(key)?;
    let mut all = vec![];
    for (item, span) in texts(key, value, faults) {
        match check(item) {
            Ok(()) => all.push(item.to_owned()),
            Err(wrong) => faults.add(&span, Wrong::new(format!("{key}: {}", wrong.what), wrong.hint)),
        }
    }
    Some(all)
}

fn one_of(code: &str, known: &[&str], what: &str) -> Result<(), Wrong> {
    match known.contains(&code) {
        true => Ok(()),
        false => {
            let hint = format!("one of the EU's: {}", known.join(", "));
            Err(Wrong::new(format!("{} is no {what}", shown(code)), hint))
        }
    }
}

fn owned(value: &DeValue<'_>) -> Result<String, Wrong> {
    match text(value)?.trim() {
        "" => Err(Wrong::new("is empty", "remove the line")),
        text => Ok(text.to_owned()),
    }
}

/// Reads an address of the web that is a valid IRI in RDF.
fn address(value: &DeValue<'_>) -> Result<String, Wrong> {
    let text = text(value)?;
    let is_of_the_web = text.starts_with("http://") || text.starts_with("https://");
    match oxrdf::NamedNode::new(text) {
        Ok(_) if is_of_the_web => Ok(text.to_owned()),
        _ => Err(Wrong::new(
            format!("{} is no address", shown(text)),
            "write it whole, such as \"https://www.example.org/page\"",
        )),
    }
}

fn email(value: &DeValue<'_>) -> Result<String, Wrong> {
    let text = text(value)?;
    let has_parts = text.split_once('@').is_some_and(|(name, host)| !name.is_empty() && host.contains('.'));
    match oxrdf::NamedNode::new(format!("mailto:{text}")) {
        Ok(_) if has_parts => Ok(text.to_owned()),
        _ => Err(Wrong::new(
            format!("{} is no address of mail", shown(text)),
            "such as \"geodaten@example.org\"",
        )),
    }
}

fn municipality_key(value: &DeValue<'_>) -> Result<String, Wrong> {
    let text = text(value)?;
    match text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_digit()) {
        true => Ok(text.to_owned()),
        false => Err(Wrong::new(
            format!("{} is no municipality key", shown(text)),
            "its eight digits as a text, such as \"05315000\"",
        )),
    }
}

/// Reads `["2010-12-31", "2014-12-31"]`, where one of the two may be "..".
fn period(value: &DeValue<'_>) -> Result<[Option<Date>; 2], Wrong> {
    let wrong =
        || Wrong::new("is no period", "write [\"2010-12-31\", \"2014-12-31\"], or \"..\" for an open end");
    let DeValue::Array(items) = value else { return Err(wrong()) };
    let [first, last] = &items[..] else { return Err(wrong()) };
    let end = |value: &DeValue<'_>| match text(value)? {
        ".." => Ok(None),
        _ => day(value).map(Some),
    };
    match [end(first.get_ref())?, end(last.get_ref())?] {
        [None, None] => Err(wrong()),
        [Some(first), Some(last)] if first > last => Err(wrong()),
        period => Ok(period),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::tests::{parse, refuses};
    use jiff::civil::date;

    #[test]
    fn what_catalogues_say_is_read() {
        let settings = parse(
            "[catalog]\ntitle = \"Geodaten\"\npublisher = \"Stadt\"\ncontact_email = \"geo@example.org\"\n\
             municipality_key = \"05315000\"\n\
             [collections.a]\ntitle = { de = \"Schulen\", en = \"Schools\" }\nkeywords = [\"Schule\", \"Bildung\"]\n\
             themes = \"EDUC\"\nissued = \"2024-05-01\"\ncovers = [\"2024-08-01\", \"..\"]\nfrequency = \"ANNUAL\"\n\
             page = \"https://example.org/a\"\n\
             [collections.\"s.a\"]\nissued = \"2025-05-01\"\n",
        )
        .unwrap();
        assert_eq!(settings.publication.title.as_ref().unwrap().en, "Geodaten");
        assert_eq!(settings.publication.missing(), ["contributor"]);
        let metadata = settings.overrides_of("a", "s.a").metadata;
        let expected = Metadata {
            title_en: Some("Schools".into()),
            keywords: Some(vec!["Schule".into(), "Bildung".into()]),
            themes: Some(vec!["EDUC".into()]),
            issued: Some(date(2025, 5, 1)),
            covers: Some([Some(date(2024, 8, 1)), None]),
            frequency: Some("ANNUAL".into()),
            page: Some("https://example.org/a".into()),
            ..Metadata::default()
        };
        assert_eq!(metadata, expected);
    }

    #[test]
    fn what_no_catalogue_could_use_is_refused() {
        for (line, part) in [
            ("collections.a.title = { de = \"A\" }", "title: is no title"),
            ("collections.a.themes = \"Bildung\"", "themes: \"Bildung\" is no theme"),
            ("collections.a.frequency = \"oft\"", "frequency: \"oft\" is no frequency"),
            ("collections.a.issued = \"2024\"", "issued: \"2024\" is no day"),
            ("collections.a.covers = [\"2025-01-01\", \"2024-01-01\"]", "covers: is no period"),
            ("collections.a.covers = [\"..\", \"..\"]", "covers: is no period"),
            ("collections.a.page = \"www.example.org\"", "page: \"www.example.org\" is no address"),
            ("collections.a.metadata_url = \"https://a b\"", "metadata_url: \"https://a b\" is no address"),
            ("collections.a.keywords = [\"a\", \"a\"]", "keywords: \"a\" is named twice"),
            ("catalog = 1", "catalog: 1 is not a section"),
            ("catalog.publisher = \"\"", "publisher: is empty"),
            ("catalog.contact_email = \"niemand\"", "contact_email: \"niemand\" is no address of mail"),
            (
                "catalog.municipality_key = \"5315000\"",
                "municipality_key: \"5315000\" is no municipality key",
            ),
            ("catalog.contributor = \"openNRW\"", "contributor: \"openNRW\" is no address"),
        ] {
            refuses(line, part);
        }
    }
}
