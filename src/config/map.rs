//! Reads `[map]`: the folders of icons and fonts, and the base map.

use std::path::{Path, PathBuf};

use toml::de::DeTable;

use super::base_map;
use super::fault::{Fault, FilePosition, Wrong, shown};
use super::reader::{Faults, Section, text};
use super::settings::Settings;

/// Reads `[map]` into `settings`. Relative folders start from `base`.
pub fn read(table: &DeTable<'_>, base: &Path, settings: &mut Settings, faults: &mut Faults<'_>) {
    let mut section = Section::new(table);
    settings.map.sprites = folder("sprites", base, &mut section, settings, faults);
    settings.map.fonts = folder("fonts", base, &mut section, settings, faults);
    base_map::read(&mut section, settings, faults);
    section.finish(faults);
}

fn folder(
    key: &'static str,
    base: &Path,
    section: &mut Section<'_>,
    settings: &mut Settings,
    faults: &mut Faults<'_>,
) -> Option<PathBuf> {
    let folder = section.read(key, faults, |value| {
        let name = text(value)?;
        let is_name = !name.trim().is_empty() && !name.contains('\0');
        is_name.then(|| base.join(name)).ok_or_else(|| Wrong::new("is no folder", "name a folder"))
    })?;
    if let Some(value) = section.value(key) {
        settings.map_positions.push((folder.clone(), faults.position(&value.span())));
    }
    Some(folder)
}

/// Returns a fault for each folder that is none.
pub fn missing_folders(positions: &[(PathBuf, FilePosition)]) -> Vec<Fault> {
    let missing = positions.iter().filter(|(path, _)| !path.is_dir());
    let fault = |(path, position): &(PathBuf, FilePosition)| {
        let what = format!("{} is no folder that can be opened", shown(&path.display().to_string()));
        Fault::of("", what, "check the path and the right to read it").at(position)
    };
    missing.map(fault).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::tests::{faults, parse};
    use super::*;

    #[test]
    fn relative_folders_start_from_the_file() {
        let settings = parse("[map]\nsprites = \"icons\"\nfonts = \"/srv/fonts\"").unwrap();
        assert_eq!(settings.map.sprites.as_deref(), Some(Path::new("/etc/icons")));
        assert_eq!(settings.map.fonts.as_deref(), Some(Path::new("/srv/fonts")));
        let missing = missing_folders(&settings.map_positions);
        assert_eq!(
            missing.iter().map(|fault| (fault.line, fault.column)).collect::<Vec<_>>(),
            [(2, 11), (3, 9)]
        );
    }

    #[test]
    fn what_is_no_folder_is_a_fault() {
        for value in ["1", "\"\"", "\" \"", "[\"a\"]", "\"a\\u0000\""] {
            assert!(
                faults(&format!("[map]\nsprites = {value}")).starts_with("veedel.toml:2:11: sprites: "),
                "{value}"
            );
        }
        assert!(faults("[map]\nsprite = \"a\"").contains("did you mean \"sprites\"?"));
    }
}
