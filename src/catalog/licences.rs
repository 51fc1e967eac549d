//! Licences and their names in the vocabularies of catalogues.

use std::sync::LazyLock;

use serde::Deserialize;

/// A licence that has a name in catalogues.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Licence {
    names: Vec<String>,
    /// The IRI in the vocabulary of DCAT-AP.de.
    pub dcat: String,
    /// The identifier in the SPDX list.
    pub spdx: String,
}

#[derive(Deserialize)]
struct Table {
    licence: Vec<Licence>,
}

static LICENCES: LazyLock<Vec<Licence>> = LazyLock::new(|| {
    toml::from_str::<Table>(include_str!("licences.toml")).map(|table| table.licence).unwrap_or_default()
});

/// Returns the licence that a configuration calls `name`. This may be its name, or its address with
/// or without `s`, `www` and a slash at the end.
pub fn find(name: &str) -> Option<&'static Licence> {
    let wanted = plain(name);
    LICENCES.iter().find(|licence| licence.names.iter().any(|known| plain(known) == wanted))
}

fn plain(name: &str) -> String {
    let name = name.trim().trim_end_matches('/');
    let address = name.strip_prefix("https://").or(name.strip_prefix("http://"));
    let name = address.map_or(name, |address| address.strip_prefix("www.").unwrap_or(address));
    name.to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_licence_is_found_by_name_and_address() {
        for (name, spdx) in [
            ("https://creativecommons.org/licenses/by/3.0/de/", Some("CC-BY-3.0-DE")),
            ("Creative Commons Namensnennung 3.0 DE\r", Some("CC-BY-3.0-DE")),
            ("http://www.govdata.de/dl-de/by-2-0", Some("DL-DE-BY-2.0")),
            ("cc0-1.0", Some("CC0-1.0")),
            ("https://opendatacommons.org/licenses/odbl/1-0/", Some("ODbL-1.0")),
            ("nur für den Dienstgebrauch", None),
        ] {
            assert_eq!(find(name).map(|licence| licence.spdx.as_str()), spdx, "{name}");
        }
    }
}
