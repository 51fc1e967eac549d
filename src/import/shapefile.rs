//! Reads what GDAL does not tell about the table of a Shapefile: the encoding of its texts, and the
//! number of rows that are marked as deleted.

use std::borrow::Cow;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use encoding_rs::{Encoding, UTF_8, WINDOWS_1250, WINDOWS_1251, WINDOWS_1252};
use zip::ZipArchive;

use super::letters::Letters;
use crate::error::{Error, Kind, Result};

/// The byte in the header of a .dbf that identifies its code page. 0 means nothing, and many
/// programs write 0x57 ("ANSI") regardless of the encoding.
const LANGUAGE: usize = 29;
/// The first byte of a row that is marked as deleted.
const DELETED: u8 = b'*';

/// The table of a Shapefile.
#[derive(Clone, Debug)]
pub struct Table {
    /// The name of the file without its extension.
    stem: String,
    /// The encoding with which texts are decoded; None if all is ASCII, or if GDAL decodes them.
    pub letters: Option<Letters>,
    /// The encoding of most texts, whatever the file states. Conditions are encoded with it.
    pub mostly: &'static Encoding,
    /// Whether the file states its encoding.
    pub is_said: bool,
    /// The number of rows that are marked as deleted, which no reader returns.
    pub deleted: u64,
}

/// Returns the tables of a .shp, a .dbf or a .zip with such files.
///
/// # Errors
///
/// Fails if the file cannot be read.
pub fn tables(path: &Path) -> Result<Vec<Table>> {
    let is = |wanted: &str| path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case(wanted));
    if is("zip") {
        return packed(path);
    }
    let Some(table) = (is("shp") || is("dbf")).then(|| beside(path, "dbf")).flatten() else {
        return Ok(vec![]);
    };
    let read = |path: &Path| std::fs::read(path).map_err(|why| unreadable(path, &why));
    let said = beside(path, "cpg").map(|path| read(&path)).transpose()?;
    Ok(vec![look(path, &read(&table)?, said.as_deref())])
}

fn packed(path: &Path) -> Result<Vec<Table>> {
    let failed = |why: &dyn std::fmt::Display| unreadable(path, why);
    let file = File::open(path).map_err(|why| failed(&why))?;
    let mut archive = ZipArchive::new(file).map_err(|why| failed(&why))?;
    let names: Vec<String> = archive.file_names().filter_map(|name| name.ok()).map(Cow::into_owned).collect();
    let mut read = |name: &str| -> Result<Vec<u8>> {
        let mut bytes = vec![];
        archive
            .by_name(name)
            .map_err(std::io::Error::other)
            .and_then(|mut entry| entry.read_to_end(&mut bytes))
            .map_err(|why| failed(&why))?;
        Ok(bytes)
    };
    let with_ending = |name: &str, ending: &str| {
        Path::new(name).extension().is_some_and(|own| own.eq_ignore_ascii_case(ending))
    };
    let mut tables = vec![];
    for name in names.iter().filter(|name| with_ending(name, "dbf")) {
        let stem = Path::new(name).with_extension("");
        let is_beside =
            |other: &&String| with_ending(other, "cpg") && Path::new(other).with_extension("") == stem;
        let said = names.iter().find(is_beside).map(|name| read(name)).transpose()?;
        tables.push(look(Path::new(name), &read(name)?, said.as_deref()));
    }
    Ok(tables)
}

impl Table {
    /// Returns whether it is the table of the layer with this name.
    pub fn is_of(&self, layer: &str) -> bool {
        self.stem.eq_ignore_ascii_case(layer)
    }
}

fn unreadable(path: &Path, why: &dyn std::fmt::Display) -> Error {
    Error::new(Kind::Invalid, format!("{} cannot be read: {why}", path.display()))
}

/// Returns the file of the same name with another extension, in lower or upper case.
fn beside(path: &Path, ending: &str) -> Option<std::path::PathBuf> {
    [ending.to_owned(), ending.to_uppercase()]
        .iter()
        .map(|ending| path.with_extension(ending))
        .find(|path| path.is_file())
}

/// Examines the content of a .dbf. `said` is the content of a .cpg next to it.
fn look(path: &Path, bytes: &[u8], said: Option<&[u8]>) -> Table {
    let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let content = bytes.get(LANGUAGE + 3..).unwrap_or_default();
    let said =
        said.map(|text| String::from_utf8_lossy(text).trim().to_owned()).filter(|text| !text.is_empty());
    let (letters, is_said) = match (said, bytes.get(LANGUAGE)) {
        _ if content.is_ascii() => (None, false),
        (Some(said), _) => (of_label(&said), true),
        (None, Some(0 | 0x57) | None) => (encoding_of(content), false),
        (None, Some(language)) => (of_language(*language), true),
    };
    let mostly = match letters {
        Some(said) if said != UTF_8 && said != WINDOWS_1252 => said,
        _ => encoding_of(content).unwrap_or(UTF_8),
    };
    Table {
        stem,
        mostly,
        letters: letters.map(|encoding| Letters { encoding }),
        is_said,
        deleted: deleted(bytes),
    }
}

/// Returns the encoding that a .cpg names: `UTF-8`, `1252`, `ANSI 1252`, `88591`.
fn of_label(said: &str) -> Option<&'static Encoding> {
    let label = said.to_ascii_lowercase();
    let label = ["ansi ", "ansi_", "windows-", "cp"]
        .iter()
        .find_map(|start| label.strip_prefix(start))
        .unwrap_or(&label);
    match label {
        "65001" | "utf8" | "utf-8" => return Some(UTF_8),
        "932" => return Some(encoding_rs::SHIFT_JIS),
        "936" => return Some(encoding_rs::GBK),
        "949" => return Some(encoding_rs::EUC_KR),
        "950" => return Some(encoding_rs::BIG5),
        _ => {}
    }
    let label = match label.strip_prefix("8859") {
        Some(part) => format!("iso-8859-{}", part.trim_start_matches(['-', '_', ' '])),
        None if label.len() == 4 && label.starts_with("125") => format!("windows-{label}"),
        None => label.replace("iso ", "iso-").replace("iso8859", "iso-8859"),
    };
    Encoding::for_label(label.as_bytes())
}

/// Returns the encoding that the header of a .dbf names, if it is no DOS code page.
fn of_language(language: u8) -> Option<&'static Encoding> {
    match language {
        0x03 | 0x58 | 0x59 => Some(WINDOWS_1252),
        0xC8 => Some(WINDOWS_1250),
        0xC9 => Some(WINDOWS_1251),
        _ => None,
    }
}

/// Returns UTF-8 if the bytes are UTF-8, or else Windows-1252. Since a field may end within a
/// character, some bytes may be invalid in UTF-8 as well.
fn encoding_of(bytes: &[u8]) -> Option<&'static Encoding> {
    let (mut letters, mut wrong) = (0u64, 0u64);
    for chunk in bytes.utf8_chunks() {
        letters += chunk.valid().chars().filter(|letter| !letter.is_ascii()).count() as u64;
        wrong += u64::from(!chunk.invalid().is_empty());
    }
    match (letters, wrong) {
        (0, 0) => None,
        _ if letters > 10 * wrong => Some(UTF_8),
        _ => Some(WINDOWS_1252),
    }
}

/// Counts the rows that are marked as deleted.
fn deleted(bytes: &[u8]) -> u64 {
    let number = |at: usize| {
        let two = bytes.get(at..at + 2).and_then(|two| two.try_into().ok());
        two.map_or(0, u16::from_le_bytes).into()
    };
    let (start, length): (usize, usize) = (number(8), number(10));
    let rows = bytes.get(start..).unwrap_or_default().chunks_exact(length.max(1));
    rows.filter(|row| row.first() == Some(&DELETED)).count() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bytes_tell_the_encoding() {
        assert_eq!(encoding_of(b"Koeln"), None);
        assert_eq!(encoding_of("Köln".as_bytes()), Some(UTF_8));
        assert_eq!(encoding_of(b"K\xF6ln S\xFClz"), Some(WINDOWS_1252));
        let mut cut = "ÄÖÜäöüßÄÖÜäöüß".as_bytes().to_vec();
        cut.pop();
        assert_eq!(encoding_of(&cut), Some(UTF_8));
    }

    #[test]
    fn labels_of_cpg_files_are_known() {
        for (said, name) in [
            ("UTF-8", "UTF-8"),
            ("utf8", "UTF-8"),
            ("1252", "windows-1252"),
            ("ANSI 1252", "windows-1252"),
            ("CP1258", "windows-1258"),
            ("88591", "windows-1252"),
            ("ISO 8859-1", "windows-1252"),
            ("ISO-8859-15", "ISO-8859-15"),
            ("8859-2", "ISO-8859-2"),
        ] {
            assert_eq!(of_label(said).map(|encoding| encoding.name()), Some(name), "{said}");
        }
        assert_eq!(of_label("850"), None);
    }
}
