//! Reads `[map]`: what maps are drawn with.

use toml::de::DeTable;

use super::base_map;
use super::reader::{Faults, Section};
use super::settings::Settings;

/// Reads `[map]` into `settings`.
pub fn read(table: &DeTable<'_>, settings: &mut Settings, faults: &mut Faults<'_>) {
    let mut section = Section::new(table);
    base_map::read(&mut section, settings, faults);
    section.finish(faults);
}
