//! The small invented city that is compiled into the binary, to try veedel without data.

use std::borrow::Cow;

use rust_embed::RustEmbed;

use super::file::FileLocation;

/// The files of `fixtures/city`.
#[derive(RustEmbed)]
#[folder = "fixtures/city"]
struct City;

/// Returns the embedded files, ordered by their names.
pub fn files() -> Vec<(String, FileLocation)> {
    let mut names: Vec<Cow<'static, str>> = City::iter().collect();
    names.sort();
    names
        .into_iter()
        .filter_map(|name| Some((name.to_string(), FileLocation::Embedded(City::get(&name)?.data))))
        .collect()
}
