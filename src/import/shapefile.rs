//! The encoding of a Shapefile's texts, where nothing in it says which.

use std::path::Path;

use crate::error::{Error, Kind, Result};

/// The byte of a .dbf's header that names its code page; 0 says nothing, and 0x57 ("ANSI") is what programs
/// write that did not think about it.
const LANGUAGE: usize = 29;

/// For a .shp or .dbf without .cpg and without a code page in its header: `UTF-8` if its bytes are that, else
/// `CP1252`, which is what Windows wrote. None where GDAL knows by itself, and where all is ASCII.
pub fn unsaid_encoding(path: &Path) -> Result<Option<&'static str>> {
    let is = |wanted: &str| path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case(wanted));
    if !(is("shp") || is("dbf")) || beside(path, "cpg").is_some() {
        return Ok(None);
    }
    let Some(table) = beside(path, "dbf") else { return Ok(None) };
    let bytes = std::fs::read(&table)
        .map_err(|why| Error::new(Kind::Invalid, format!("{} cannot be read: {why}", table.display())))?;
    Ok(match bytes.get(LANGUAGE) {
        Some(0 | 0x57) => encoding_of(bytes.get(LANGUAGE + 3..).unwrap_or_default()),
        _ => None,
    })
}

/// The file of the same name with another ending, in lower or upper case.
fn beside(path: &Path, ending: &str) -> Option<std::path::PathBuf> {
    [ending.to_owned(), ending.to_uppercase()]
        .iter()
        .map(|ending| path.with_extension(ending))
        .find(|path| path.is_file())
}

/// A field may end within a letter, so some bytes may be wrong in UTF-8 too.
fn encoding_of(bytes: &[u8]) -> Option<&'static str> {
    let (mut letters, mut wrong) = (0u64, 0u64);
    for chunk in bytes.utf8_chunks() {
        letters += chunk.valid().chars().filter(|letter| !letter.is_ascii()).count() as u64;
        wrong += u64::from(!chunk.invalid().is_empty());
    }
    match (letters, wrong) {
        (0, 0) => None,
        _ if letters > 10 * wrong => Some("UTF-8"),
        _ => Some("CP1252"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bytes_tell_the_encoding() {
        assert_eq!(encoding_of(b"Koeln"), None);
        assert_eq!(encoding_of("Köln".as_bytes()), Some("UTF-8"));
        assert_eq!(encoding_of(b"K\xF6ln S\xFClz"), Some("CP1252"));
        let mut cut = "ÄÖÜäöüßÄÖÜäöüß".as_bytes().to_vec();
        cut.pop();
        assert_eq!(encoding_of(&cut), Some("UTF-8"));
    }
}
