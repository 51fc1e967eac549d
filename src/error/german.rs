//! The German of every sentence that a request can be answered with: `german/*.toml`, each English
//! template with its German one.

use std::collections::HashMap;
use std::sync::LazyLock;

/// The files, by the rooms whose sentences they hold.
pub(super) const FILES: [(&str, &str); 4] = [
    ("common", include_str!("german/common.toml")),
    ("web", include_str!("german/web.toml")),
    ("query", include_str!("german/query.toml")),
    ("plan", include_str!("german/plan.toml")),
];

static GERMAN: LazyLock<HashMap<String, String>> = LazyLock::new(|| {
    let tables = FILES.iter().filter_map(|(_, text)| toml::from_str::<HashMap<String, String>>(text).ok());
    tables.flatten().collect()
});

/// The German template for an English one.
pub(super) fn of(template: &str) -> Option<&'static str> {
    GERMAN.get(template).map(String::as_str)
}

/// The same English template, if it is one that has German.
pub(super) fn template(text: &str) -> Option<&'static str> {
    GERMAN.get_key_value(text).map(|(template, _)| template.as_str())
}

#[cfg(test)]
mod tests;
