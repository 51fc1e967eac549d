//! Measures compressed files before anything else reads them, because a few megabytes can expand to
//! terabytes.
//!
//! A file is compressed if it begins like a zip or gzip file, regardless of its name: `.kmz`,
//! `.xlsx` and `.ods` are zip files too. Compressed files within it are measured as well.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, Write};
use std::path::Path;

use flate2::read::MultiGzDecoder;
use zip::ZipArchive;

use crate::error::{Error, Kind, Result};

/// The limits for a compressed file.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// The maximum number of bytes after expansion.
    pub bytes: u64,
    /// The maximum number of files in it, including those in compressed files within.
    pub entries: u64,
    /// The maximum depth of compressed files within compressed files.
    pub depth: u32,
}

/// The limits for imports.
pub const BOUNDS: Bounds = Bounds { bytes: 4 << 30, entries: 10_000, depth: 3 };

const ZIP: [&[u8]; 2] = [b"PK\x03\x04", b"PK\x05\x06"];
const GZIP: &[u8] = b"\x1f\x8b";

/// Checks that a file keeps the limits; one that is not compressed always does.
///
/// # Errors
///
/// Fails if the file exceeds a limit or cannot be read.
pub fn check(path: &Path, bounds: Bounds) -> Result<()> {
    let mut left = Left { bounds, bytes: bounds.bytes, entries: bounds.entries };
    File::open(path).map_err(Fault::from).and_then(|file| left.file(file, 0)).map_err(Fault::error)
}

/// What is left of the limits.
struct Left {
    bounds: Bounds,
    bytes: u64,
    entries: u64,
}

enum Fault {
    Beyond(String),
    Unreadable(String),
}

impl Left {
    fn file(&mut self, mut file: File, depth: u32) -> std::result::Result<(), Fault> {
        let mut start = Vec::new();
        (&mut file).take(4).read_to_end(&mut start)?;
        file.rewind()?;
        let file = BufReader::with_capacity(1 << 16, file);
        if is_packed(&start) && depth == self.bounds.depth {
            return Err(Fault::Beyond(format!("packed files lie in it more than {depth} deep")));
        }
        if start.starts_with(GZIP) {
            return self.stream(MultiGzDecoder::new(file), depth);
        }
        if !is_packed(&start) {
            return Ok(());
        }
        let mut archive = match ZipArchive::new(file) {
            Ok(archive) => archive,
            // Within another file this only begins like a zip file, and its bytes are already
            // counted.
            Err(_) if depth > 0 => return Ok(()),
            Err(why) => return Err(why.into()),
        };
        for at in 0..archive.len() {
            self.entries = self
                .entries
                .checked_sub(1)
                .ok_or_else(|| Fault::Beyond(format!("more than {} files lie in it", self.bounds.entries)))?;
            self.stream(archive.by_index(at)?, depth)?;
        }
        Ok(())
    }

    /// Counts the expanded bytes. A compressed file is kept in a temporary file, to measure its
    /// content.
    fn stream(&mut self, mut content: impl Read, depth: u32) -> std::result::Result<(), Fault> {
        let mut start = Vec::new();
        (&mut content).take(4).read_to_end(&mut start)?;
        let content = start.as_slice().chain(content);
        if !is_packed(&start) {
            return self.copy(content, &mut io::sink());
        }
        let mut within = tempfile::tempfile()?;
        self.copy(content, &mut within)?;
        within.rewind()?;
        self.file(within, depth + 1)
    }

    fn copy(&mut self, content: impl Read, to: &mut impl Write) -> std::result::Result<(), Fault> {
        let copied = io::copy(&mut content.take(self.bytes.saturating_add(1)), to)?;
        self.bytes = self.bytes.checked_sub(copied).ok_or_else(|| {
            Fault::Beyond(format!("it is more than {} MiB when unpacked", self.bounds.bytes >> 20))
        })?;
        Ok(())
    }
}

fn is_packed(start: &[u8]) -> bool {
    start.starts_with(GZIP) || ZIP.iter().any(|magic| start.starts_with(magic))
}

impl Fault {
    fn error(self) -> Error {
        match self {
            Fault::Beyond(what) => {
                let hint = "if that is as it should be, unpack it and import the files in it";
                Error::new(Kind::TooLarge, what).hint(hint)
            }
            Fault::Unreadable(why) => Error::new(Kind::Invalid, format!("it cannot be unpacked: {why}")),
        }
    }
}

impl From<io::Error> for Fault {
    fn from(why: io::Error) -> Fault {
        Fault::Unreadable(why.to_string())
    }
}

impl From<zip::result::ZipError> for Fault {
    fn from(why: zip::result::ZipError) -> Fault {
        Fault::Unreadable(why.to_string())
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use flate2::Compression;
    use flate2::write::GzEncoder;
    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    use super::*;

    fn zipped(files: &[(&str, &[u8])]) -> Vec<u8> {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, bytes) in files {
            writer.start_file(*name, SimpleFileOptions::default()).unwrap();
            writer.write_all(bytes).unwrap();
        }
        writer.finish().unwrap().into_inner()
    }

    fn gzipped(bytes: &[u8]) -> Vec<u8> {
        let mut writer = GzEncoder::new(Vec::new(), Compression::best());
        writer.write_all(bytes).unwrap();
        writer.finish().unwrap()
    }

    /// Checks a file with this content, where 1 MiB in three files is allowed.
    fn said(bytes: &[u8]) -> String {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(bytes).unwrap();
        let bounds = Bounds { bytes: 1 << 20, entries: 3, depth: 2 };
        check(file.path(), bounds).err().map(|error| error.to_string()).unwrap_or_default()
    }

    #[test]
    fn what_keeps_the_bounds_passes() {
        let mebibyte = vec![0; 1 << 20];
        assert_eq!(said(b""), "");
        assert_eq!(said(&vec![7; 2 << 20]), "");
        assert_eq!(said(&gzipped(&mebibyte)), "");
        assert_eq!(said(&zipped(&[("a", &mebibyte), ("b", b""), ("c", b"")])), "");
        assert_eq!(said(&zipped(&[("a.zip", b"PK\x03\x04 and no more")])), "");
        assert_eq!(said(&zipped(&[("a.xlsx", &zipped(&[("b", b"1")]))])), "");
    }

    #[test]
    fn what_goes_beyond_does_not_however_it_is_packed() {
        let (much, half) = (vec![0; (1 << 20) + 1], vec![0; 600 << 10]);
        let size = "it is more than 1 MiB when unpacked";
        for bytes in [
            gzipped(&much),
            [gzipped(&half), gzipped(&half)].concat(),
            zipped(&[("a", &much)]),
            zipped(&[("a", &half), ("b", &half)]),
            zipped(&[("a.kmz", &zipped(&[("b", &much)]))]),
            gzipped(&zipped(&[("b", &much)])),
            zipped(&[("a.csv.gz", &gzipped(&much))]),
        ] {
            assert!(said(&bytes).starts_with(size), "{}", said(&bytes));
        }
        let four = zipped(&[("a", b""), ("b", b""), ("c", b""), ("d", b"")]);
        assert!(said(&four).starts_with("more than 3 files lie in it"), "{}", said(&four));
        let deep = gzipped(&gzipped(&gzipped(b"a")));
        assert!(said(&deep).starts_with("packed files lie in it more than 2 deep"), "{}", said(&deep));
        assert!(said(b"PK\x03\x04").starts_with("it cannot be unpacked"));
    }
}
