//! The German translations of all sentences in answers: `german/*.toml` map each English template
//! to its German one.

use std::collections::HashMap;
use std::sync::LazyLock;

/// The translation files, each with the room whose sentences it holds.
pub(super) const FILES: [(&str, &str); 5] = [
    ("common", include_str!("german/common.toml")),
    ("access", include_str!("german/access.toml")),
    ("web", include_str!("german/web.toml")),
    ("query", include_str!("german/query.toml")),
    ("plan", include_str!("german/plan.toml")),
];

static GERMAN: LazyLock<HashMap<String, String>> = LazyLock::new(|| {
    let tables = FILES.iter().filter_map(|(_, text)| toml::from_str::<HashMap<String, String>>(text).ok());
    tables.flatten().collect()
});

/// Returns the German template for an English one.
pub(super) fn of(template: &str) -> Option<&'static str> {
    GERMAN.get(template).map(String::as_str)
}

/// Returns the English template that equals `text`, if it has a German translation.
pub(super) fn template(text: &str) -> Option<&'static str> {
    GERMAN.get_key_value(text).map(|(template, _)| template.as_str())
}

#[cfg(test)]
mod tests;
