//! Reads the folders of icons and fonts that `[map]` names. What cannot be used is left out, with a
//! sentence about it. Nothing outside the folders is read.

use std::fs::File;
use std::io::{self, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use crate::carto::font::Font;
use crate::carto::icons;
use crate::carto::sprites::{self, Icon, IconSet};
use crate::config::Map;
use crate::error::{Error, Kind, Result};
use crate::limits::Limits;

/// The content of the folders.
#[derive(Debug, Default)]
pub struct Contents {
    /// The sets of icons.
    pub sets: Vec<IconSet>,
    /// The fonts.
    pub fonts: Vec<Font>,
    /// What was left out, and why, a sentence each.
    pub left_out: Vec<String>,
}

impl Contents {
    /// Reads the folders of the configuration.
    pub fn read(map: &Map, limits: &Limits) -> Contents {
        let mut contents = Contents::default();
        if let Some(folder) = &map.sprites {
            contents.read_sprites(folder, limits);
        }
        if let Some(folder) = &map.fonts {
            contents.read_fonts(folder, limits);
        }
        contents
    }

    fn leave_out(&mut self, path: &Path, why: impl std::fmt::Display) {
        self.left_out.push(format!("{} is left out: {why}", path.display()));
    }

    fn read_sprites(&mut self, folder: &Path, limits: &Limits) {
        let mut room = limits.sprite_bytes;
        for entry in self.list(folder) {
            let (true, Some(name)) = (entry.path.is_dir(), self.name(&entry)) else { continue };
            if name == icons::ID {
                self.leave_out(&entry.path, "its name is that of veedel's own icons");
                continue;
            }
            match self.set(folder, &entry.path, name, (&mut room, limits)) {
                Ok(set) if set.icons.is_empty() => self.leave_out(&entry.path, "it has no icons"),
                Ok(set) => self.sets.push(set),
                Err(why) => self.leave_out(&entry.path, why),
            }
        }
    }

    /// Reads the icons of a folder. Fails if they are too many.
    fn set(
        &mut self,
        folder: &Path,
        path: &Path,
        id: String,
        (room, limits): (&mut usize, &Limits),
    ) -> Result<IconSet> {
        let mut set = IconSet { id, ..IconSet::default() };
        let mut left = *room;
        for entry in self.list(path) {
            let Some(name) = self.name(&entry).as_deref().and_then(stem_of_svg).map(str::to_owned) else {
                continue;
            };
            if set.icons.len() >= limits.sprite_icons {
                let most = limits.sprite_icons;
                return Err(refusal(format!("it has more than {most} icons (sprite_icons)")));
            }
            let most = limits.sprite_icon_bytes.min(left);
            match content(folder, &entry.path, most).and_then(|bytes| icon(&bytes, limits)) {
                Ok((icon, bytes)) => {
                    left -= bytes;
                    set.icons.insert(name, icon);
                }
                Err(why) if why.kind == Kind::TooLarge && most < limits.sprite_icon_bytes => {
                    let most = limits.sprite_bytes;
                    return Err(refusal(format!("all icons have more than {most} bytes (sprite_bytes)")));
                }
                Err(why) => self.leave_out(&entry.path, why),
            }
        }
        sprites::fit(set.icons.values(), limits)?;
        *room = left;
        Ok(set)
    }

    fn read_fonts(&mut self, folder: &Path, limits: &Limits) {
        let mut room = limits.font_bytes;
        let mut names: Vec<String> = Font::embedded().into_iter().map(|font| font.name).collect();
        let mut files = 0;
        for entry in self.list(folder) {
            if !self.name(&entry).is_some_and(|name| is_font(&name)) {
                continue;
            }
            files += 1;
            if files > limits.font_files {
                let most = limits.font_files;
                self.leave_out(&entry.path, format!("there are more than {most} fonts (font_files)"));
                return;
            }
            let font = content(folder, &entry.path, room).and_then(|bytes| {
                let length = bytes.len();
                guarded(|| Font::read(bytes)).map(|font| (font, length))
            });
            match font {
                Ok((font, _)) if names.contains(&font.name) => {
                    self.leave_out(&entry.path, format!("there is another font named {:?}", font.name));
                }
                Ok((font, length)) => {
                    room -= length;
                    names.push(font.name.clone());
                    self.fonts.push(font);
                }
                Err(why) => self.leave_out(&entry.path, why),
            }
        }
    }

    /// Lists a folder in the order of the names, without hidden files.
    fn list(&mut self, folder: &Path) -> Vec<Entry> {
        let entries = std::fs::read_dir(folder).and_then(Iterator::collect::<io::Result<Vec<_>>>);
        let entries = entries.unwrap_or_else(|fault| {
            self.leave_out(folder, format!("it cannot be read: {fault}"));
            vec![]
        });
        let entry = |entry: std::fs::DirEntry| Entry { path: entry.path(), name: entry.file_name() };
        let mut entries: Vec<Entry> = entries.into_iter().map(entry).collect();
        entries.retain(|entry| !entry.name.as_encoded_bytes().starts_with(b"."));
        entries.sort_by(|left, right| left.name.cmp(&right.name));
        entries
    }

    /// Returns the name of a file or folder, if an address can contain it.
    fn name(&mut self, entry: &Entry) -> Option<String> {
        let name = entry.name.to_str().map(str::to_owned);
        let name = name.filter(|name| !name.contains(',') && !name.chars().any(char::is_control));
        if name.is_none() {
            self.leave_out(&entry.path, "its name has a comma or letters that no address can have");
        }
        name
    }
}

/// A file or a folder in a folder.
struct Entry {
    path: PathBuf,
    name: std::ffi::OsString,
}

/// Returns the content of a file within `folder` of at most `most` bytes.
fn content(folder: &Path, path: &Path, most: usize) -> Result<Vec<u8>> {
    let unreadable = |fault: io::Error| refusal(format!("it cannot be read: {fault}"));
    let real = path.canonicalize().map_err(unreadable)?;
    if !real.starts_with(folder.canonicalize().map_err(unreadable)?) {
        return Err(refusal("it leads out of the folder"));
    }
    // Reading a pipe would wait for its writer.
    if !real.metadata().map_err(unreadable)?.is_file() {
        return Err(refusal("it is no file"));
    }
    let mut bytes = vec![];
    let most_read = u64::try_from(most).unwrap_or(u64::MAX).saturating_add(1);
    File::open(&real).map_err(unreadable)?.take(most_read).read_to_end(&mut bytes).map_err(unreadable)?;
    match bytes.len() > most {
        true => Err(Error::new(Kind::TooLarge, format!("it has more than {most} bytes"))),
        false => Ok(bytes),
    }
}

/// Reads the content of an icon's file; returns its length, too.
fn icon(bytes: &[u8], limits: &Limits) -> Result<(Icon, usize)> {
    let text = std::str::from_utf8(bytes).map_err(|_| refusal("it is no UTF-8"))?;
    guarded(|| Icon::read(text, limits)).map(|icon| (icon, bytes.len()))
}

/// Reads a file with a library, in which a panic is a fault of the file.
fn guarded<T>(read: impl FnOnce() -> Result<T>) -> Result<T> {
    let read = catch_unwind(AssertUnwindSafe(read));
    read.unwrap_or_else(|_| Err(refusal("it cannot be read")))
}

fn refusal(why: impl Into<String>) -> Error {
    Error::new(Kind::Invalid, why.into())
}

fn stem_of_svg(name: &str) -> Option<&str> {
    let (stem, ending) = name.rsplit_once('.')?;
    (ending.eq_ignore_ascii_case("svg") && !stem.is_empty()).then_some(stem)
}

fn is_font(name: &str) -> bool {
    let ending = name.rsplit('.').next().unwrap_or_default();
    ["ttf", "otf"].into_iter().any(|known| ending.eq_ignore_ascii_case(known))
}
