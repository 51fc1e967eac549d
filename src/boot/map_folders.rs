//! Reads the folders of icons and fonts that `[map]` names. What cannot be used is left out, with a
//! sentence about it. Nothing outside the folders is read.

use std::ffi::{OsStr, OsString};
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

/// The maximum number of sentences about what is left out.
const MOST_SENTENCES: usize = 100;

/// The content of the folders.
#[derive(Debug, Default)]
pub struct Contents {
    /// The sets of icons, one for each folder.
    pub sets: Vec<IconSet>,
    /// The fonts of the folder.
    pub fonts: Vec<Font>,
    /// What was left out, and why, a sentence each.
    pub left_out: Vec<String>,
    /// The number of files that were left out, beyond those with a sentence.
    more: usize,
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
        if contents.more > 0 {
            contents.left_out.push(format!("{} more files are left out", contents.more));
        }
        contents
    }

    fn leave_out(&mut self, path: &Path, why: impl std::fmt::Display) {
        match self.left_out.len() < MOST_SENTENCES {
            true => self.left_out.push(format!("{} is left out: {why}", path.display())),
            false => self.more += 1,
        }
    }

    fn read_sprites(&mut self, folder: &Path, limits: &Limits) {
        let mut room = limits.sprite_bytes;
        for entry in self.list(folder) {
            if !entry.path.is_dir() {
                continue;
            }
            let set = entry.id().and_then(|id| {
                real(folder, &entry.path)?;
                self.set(folder, &entry.path, id, (&mut room, limits))
            });
            match set {
                Ok(set) => self.sets.push(set),
                Err(why) => self.leave_out(&entry.path, why),
            }
        }
    }

    /// Reads the icons of a folder. Fails if there are none, or too many.
    fn set(
        &mut self,
        folder: &Path,
        path: &Path,
        id: String,
        (room, limits): (&mut usize, &Limits),
    ) -> Result<IconSet> {
        let mut set = IconSet { id, ..IconSet::default() };
        let (mut left, mut files) = (*room, 0);
        for entry in self.list(path) {
            if entry.ending() != "svg" {
                continue;
            }
            files += 1;
            if files > limits.sprite_icons {
                let most = limits.sprite_icons;
                return Err(refusal(format!("it has more than {most} icons (sprite_icons)")));
            }
            let most = limits.sprite_icon_bytes.min(left);
            let read = content(folder, &entry.path, most).and_then(|bytes| {
                let icon = icon(&bytes, limits)?;
                Ok((entry.stem()?, icon, bytes.len()))
            });
            match read {
                Ok((name, icon, bytes)) => {
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
        if set.icons.is_empty() {
            return Err(refusal("it has no icons"));
        }
        sprites::fit(set.icons.values(), limits)?;
        *room = left;
        Ok(set)
    }

    fn read_fonts(&mut self, folder: &Path, limits: &Limits) {
        let mut room = limits.font_bytes;
        let mut names: Vec<String> = Font::embedded().into_iter().map(|font| font.name).collect();
        let mut entries = self.list(folder);
        entries.retain(|entry| ["ttf", "otf"].contains(&entry.ending().as_str()));
        let most = limits.font_files;
        for beyond in entries.split_off(most.min(entries.len())) {
            self.leave_out(&beyond.path, format!("there are more than {most} fonts (font_files)"));
        }
        for entry in entries {
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
                Err(why) if why.kind == Kind::TooLarge => {
                    let most = limits.font_bytes;
                    self.leave_out(
                        &entry.path,
                        format!("all fonts have more than {most} bytes (font_bytes)"),
                    );
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
}

/// A file or a folder in a folder.
struct Entry {
    path: PathBuf,
    name: OsString,
}

impl Entry {
    /// Returns the ending of the name in small letters; empty without one.
    fn ending(&self) -> String {
        let ending = self.path.extension().and_then(OsStr::to_str);
        ending.unwrap_or_default().to_ascii_lowercase()
    }

    /// Returns the name without its ending, if it can be written in an address.
    fn stem(&self) -> Result<String> {
        writable(self.path.file_stem())
    }

    /// Returns the name of a folder as the id of its icons, if it can be one.
    fn id(&self) -> Result<String> {
        let id = writable(Some(&self.name))?;
        if id == icons::ID {
            return Err(refusal("its name is that of veedel's own icons"));
        }
        match id.ends_with("@2x") {
            true => Err(refusal("its name ends with @2x, which asks for double resolution")),
            false => Ok(id),
        }
    }
}

/// Returns a name that can be written in an address.
fn writable(name: Option<&OsStr>) -> Result<String> {
    let name = name.and_then(OsStr::to_str);
    let name = name.filter(|name| !name.contains(',') && !name.chars().any(char::is_control));
    name.map(str::to_owned).ok_or_else(|| refusal("its name has a comma or letters that no address can have"))
}

/// Returns where a file or a folder really is. Fails if that is not within `folder`.
fn real(folder: &Path, path: &Path) -> Result<PathBuf> {
    let real = path.canonicalize().map_err(unreadable)?;
    match real.starts_with(folder.canonicalize().map_err(unreadable)?) {
        true => Ok(real),
        false => Err(refusal("it leads out of the folder")),
    }
}

fn unreadable(fault: io::Error) -> Error {
    refusal(format!("it cannot be read: {fault}"))
}

/// Returns the content of a file within `folder` of at most `most` bytes.
fn content(folder: &Path, path: &Path, most: usize) -> Result<Vec<u8>> {
    let real = real(folder, path)?;
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

/// Reads the content of an icon's file.
fn icon(bytes: &[u8], limits: &Limits) -> Result<Icon> {
    let text = std::str::from_utf8(bytes).map_err(|_| refusal("it is no UTF-8"))?;
    guarded(|| Icon::read(text, limits))
}

/// Reads a file with a library, in which a panic is a fault of the file.
fn guarded<T>(read: impl FnOnce() -> Result<T>) -> Result<T> {
    let read = catch_unwind(AssertUnwindSafe(read));
    read.unwrap_or_else(|_| Err(refusal("it cannot be read")))
}

fn refusal(why: impl Into<String>) -> Error {
    Error::new(Kind::Invalid, why.into())
}
