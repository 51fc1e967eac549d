//! What the HTML pages of collections say beyond the JSON documents: themes, owner, licence and
//! times in words, the meanings of codes, and the addresses that people copy.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde_json::{Value, json};

use crate::catalog::{Collection, Language, Words as Spoken, licences};
use crate::encode::ItemFormat;
use crate::snapshot::Described;
use crate::web::features::download_address;
use crate::web::http::links::CATALOG_ID;
use crate::web::http::path;
use crate::web::http::words::{Words, said};
use crate::web::request::Request;

/// The EU's data themes as headings, in the order of the page.
const THEMES: [(&str, Words); 14] = [
    ("REGI", ["Stadt und Gebiete", "City and areas"]),
    ("EDUC", ["Bildung, Kultur und Sport", "Education, culture and sport"]),
    ("HEAL", ["Gesundheit", "Health"]),
    ("SOCI", ["Bevölkerung und Gesellschaft", "Population and society"]),
    ("ENVI", ["Umwelt", "Environment"]),
    ("TRAN", ["Verkehr", "Transport"]),
    ("ECON", ["Wirtschaft und Finanzen", "Economy and finance"]),
    ("ENER", ["Energie", "Energy"]),
    ("GOVE", ["Verwaltung und Wahlen", "Government and elections"]),
    ("JUST", ["Recht und öffentliche Sicherheit", "Justice and public safety"]),
    ("TECH", ["Wissenschaft und Technik", "Science and technology"]),
    ("AGRI", ["Land- und Forstwirtschaft, Ernährung", "Agriculture, forestry and food"]),
    ("INTR", ["Internationales", "International issues"]),
    ("OP_DATPRO", ["Vorläufige Daten", "Provisional data"]),
];

/// The EU's frequencies of updates, as far as they tell a reader something.
const FREQUENCIES: [(&str, Words); 14] = [
    ("ANNUAL", ["jährlich", "every year"]),
    ("ANNUAL_2", ["halbjährlich", "twice a year"]),
    ("ANNUAL_3", ["dreimal im Jahr", "three times a year"]),
    ("BIENNIAL", ["alle zwei Jahre", "every two years"]),
    ("BIMONTHLY", ["alle zwei Monate", "every two months"]),
    ("CONT", ["laufend", "continuously"]),
    ("DAILY", ["täglich", "every day"]),
    ("IRREG", ["unregelmäßig", "irregularly"]),
    ("MONTHLY", ["monatlich", "every month"]),
    ("NEVER", ["nicht mehr", "not any more"]),
    ("QUARTERLY", ["vierteljährlich", "every three months"]),
    ("TRIENNIAL", ["alle drei Jahre", "every three years"]),
    ("UPDATE_CONT", ["laufend", "continuously"]),
    ("WEEKLY", ["wöchentlich", "every week"]),
];

/// The most other collections that a link to the map hides. With more of them the address would be
/// too long, and the link leaves the map as it is.
const MOST_HIDDEN: usize = 100;

fn word(words: &[(&str, Words)], code: &str, language: Language) -> Option<&'static str> {
    words.iter().find(|(known, _)| *known == code).map(|(_, words)| said(*words, language))
}

/// Returns the collections under the headings of their first themes; those without one come last,
/// under a heading of null.
pub fn by_theme(described: &[(Described, Value)], language: Language) -> Value {
    let theme = |collection: &Collection| {
        let code = collection.metadata.themes.as_ref().and_then(|codes| codes.first());
        code.and_then(|code| THEMES.iter().position(|(known, _)| known == code))
    };
    let mut groups: BTreeMap<usize, Vec<&Value>> = BTreeMap::new();
    for (described, document) in described {
        groups.entry(theme(&described.collection).unwrap_or(THEMES.len())).or_default().push(document);
    }
    let groups = groups.into_iter().map(|(place, collections)| {
        let title = THEMES.get(place).map(|(_, words)| said(*words, language));
        json!({ "title": title, "collections": collections })
    });
    groups.collect()
}

/// Returns what the page of a collection says beyond its `document`.
pub fn about(request: &Request, described: &Described, document: &Value) -> Value {
    let (collection, language, base) = (&described.collection, request.language(), request.base());
    let (metadata, publication) = (&collection.metadata, request.snapshot().publication());
    let themes = metadata.themes.iter().flatten().filter_map(|code| word(&THEMES, code, language));
    let frequency = metadata.frequency.as_ref().and_then(|code| word(&FREQUENCIES, code, language));
    let day = |day: &Option<Date>| day.map(|day| day.to_string());
    let record = format!("{}/items/{}", base.collection(CATALOG_ID), path::encode(&collection.id));
    let downloads: BTreeMap<&str, String> = ItemFormat::available()
        .map(|format| (format.name(), download_address::href(&base, &collection.id, format)))
        .collect();
    json!({
        "publisher": publication.publisher,
        "publisher_page": publication.publisher_page,
        "contact": publication.contact,
        "email": publication.contact_email,
        "contact_page": publication.contact_page,
        "page": metadata.page,
        "licence": licence(collection),
        "themes": themes.collect::<Vec<_>>(),
        "keywords": metadata.keywords,
        "issued": day(&metadata.issued),
        "modified": day(&metadata.modified),
        "covers": metadata.covers.map(|ends| ends.map(|end| day(&end))),
        "frequency": frequency,
        "codes": codes(described, language),
        "record": record,
        "downloads": downloads,
        "map": collection.geometry.as_ref().map(|_| map_address(request, collection, document)),
        "tiles": base.tiles(&[&collection.id]),
    })
}

/// Returns the name of the licence, and its address if the configuration gives one.
fn licence(collection: &Collection) -> Option<Value> {
    let text = collection.licence.as_deref()?;
    let name = licences::find(text).map_or(text, |known| &known.spdx);
    Some(json!({ "name": name, "href": Some(text).filter(|text| text.starts_with("http")) }))
}

/// Returns the meanings of the codes of each column that the caller sees.
fn codes(described: &Described, language: Language) -> Value {
    let meanings = |codes: &BTreeMap<String, Spoken>| -> Vec<Value> {
        codes.iter().map(|(code, words)| json!({ "code": code, "words": words.of(language) })).collect()
    };
    let columns = described.columns().filter(|column| !column.words.codes.is_empty());
    let of_each = columns.map(|column| (column.name.clone(), json!(meanings(&column.words.codes))));
    Value::Object(of_each.collect())
}

/// Returns the address of the map with this collection alone, and all of it in view.
fn map_address(request: &Request, collection: &Collection, document: &Value) -> String {
    let snapshot = request.snapshot();
    let others = snapshot.world().entries.values().map(|entry| &entry.collection);
    let others = others.filter(|other| other.geometry.is_some() && other.id != collection.id);
    let others: Vec<String> = others
        .filter(|other| snapshot.sees(request.caller(), other))
        .map(|other| path::encode(&other.id))
        .take(MOST_HIDDEN + 1)
        .collect();
    let hidden = (others.len() <= MOST_HIDDEN).then(|| format!("hidden={}", others.join(",")));
    let around = document.pointer("/extent/spatial/bbox/0").and_then(Value::as_array);
    let view = around.and_then(|bounds| {
        let bounds: Vec<f64> = bounds.iter().filter_map(Value::as_f64).collect();
        let [west, south, east, north] = bounds.as_slice() else { return None };
        Some(view([*west, *south, *east, *north]))
    });
    let parts: Vec<String> = view.into_iter().chain(hidden).collect();
    request.base().href(&format!("/#{}", parts.join("&")))
}

/// Returns the part of the map's address that shows these bounds in a window of 900 by 600 pixels.
fn view([west, south, east, north]: [f64; 4]) -> String {
    let (lon, lat) = ((west + east) / 2.0, (south + north) / 2.0);
    let shown = |pixels: f64, degrees: f64| (pixels / 512.0 * 360.0 / degrees.max(1e-6)).log2();
    let zoom = shown(900.0, east - west).min(shown(600.0 * lat.to_radians().cos(), north - south));
    format!("map={:.2}/{lat:.5}/{lon:.5}", zoom.clamp(0.0, 16.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::metadata;

    #[test]
    fn every_theme_has_a_heading() {
        for code in metadata::THEMES {
            assert!(word(&THEMES, code, Language::German).is_some(), "{code}");
        }
        for (code, _) in FREQUENCIES {
            assert!(metadata::FREQUENCIES.contains(&code), "{code}");
        }
    }

    #[test]
    fn a_view_shows_all_and_no_more_than_a_street() {
        assert_eq!(view([6.77, 50.83, 7.16, 51.08]), "map=10.05/50.95500/6.96500");
        assert_eq!(view([7.0, 51.0, 7.0, 51.0]), "map=16.00/51.00000/7.00000");
        assert_eq!(view([-180.0, -80.0, 180.0, 80.0]), "map=0.81/0.00000/0.00000");
    }
}
