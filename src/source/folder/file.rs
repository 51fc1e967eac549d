//! Files: on disk, or compiled into the binary.

use std::borrow::Cow;
use std::fs::{self, File};
use std::io::{self, BufReader, Cursor, Read, Seek, SeekFrom};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::infer::Numbers;
use crate::error::{Error, Kind, Result};

/// Where the bytes of a file are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileLocation {
    /// In a file on disk.
    File(PathBuf),
    /// In the binary.
    Embedded(Cow<'static, [u8]>),
}

/// The format of a file, by its extension.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// FlatGeobuf, `.fgb`.
    FlatGeobuf,
    /// A table as text, `.csv`.
    Csv,
}

/// How a folder finds a collection's files again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Locator {
    /// The file with the data.
    pub data: FileLocation,
    /// The file with the sidecar, if there is one.
    pub sidecar: Option<FileLocation>,
    /// The format of the data.
    pub format: Format,
    /// The notation of each column's numbers in a CSV table, as found by a look.
    pub numbers: Vec<Numbers>,
}

impl Locator {
    /// Makes the locator of a file that was not looked at yet.
    pub fn new(data: FileLocation, sidecar: Option<FileLocation>, format: Format) -> Locator {
        Locator { data, sidecar, format, numbers: vec![] }
    }

    /// Returns a text that changes when data or sidecar may have changed: their sizes, and their
    /// times in nanoseconds.
    ///
    /// # Errors
    ///
    /// Fails if a file cannot be found.
    pub fn stamp(&self) -> Result<String> {
        let data = self.data.stamp()?;
        match &self.sidecar {
            Some(sidecar) => Ok(format!("{data}+{}", sidecar.stamp()?)),
            None => Ok(data),
        }
    }
}

impl FileLocation {
    /// Opens the file for reading. Only regular files are opened, since a pipe would never end.
    /// This is checked before, because opening a pipe waits for a writer, and afterwards, because
    /// the file may have been replaced in between.
    ///
    /// # Errors
    ///
    /// Fails if the file cannot be opened or is no regular file.
    pub fn open(&self) -> Result<Input> {
        match self {
            FileLocation::Embedded(bytes) => Ok(Input::of_bytes(bytes.clone())),
            FileLocation::File(path) => {
                regular(fs::metadata(path))?;
                let file = File::open(path).map_err(|why| unreadable(&why))?;
                let about = regular(file.metadata())?;
                let bytes = Bytes::File(BufReader::with_capacity(1 << 16, file));
                Ok(Input { bytes, length: about.len() })
            }
        }
    }

    /// Returns the size and the times of the file.
    ///
    /// # Errors
    ///
    /// Fails if the file cannot be found.
    pub fn stamp(&self) -> Result<String> {
        match self {
            FileLocation::Embedded(bytes) => Ok(format!("embedded:{}", bytes.len())),
            FileLocation::File(path) => {
                let about = fs::metadata(path).map_err(|why| unreadable(&why))?;
                // Change time and inode reveal a replacement that keeps size and modification time.
                let (size, inode) = (about.len(), about.ino());
                Ok(format!("{size}@{}.{}@{inode}", about.ctime(), about.ctime_nsec()))
            }
        }
    }
}

fn regular(about: io::Result<fs::Metadata>) -> Result<fs::Metadata> {
    let about = about.map_err(|why| unreadable(&why))?;
    if about.is_file() { Ok(about) } else { Err(Error::new(Kind::Invalid, "it is not a regular file")) }
}

/// Fails if the file at `path` is a link that leads out of `folder`. With such a link, everyone who
/// may write to the folder could make any file readable. A link that leads nowhere passes, since
/// opening it fails.
pub fn within(folder: &Path, path: &Path) -> Result<()> {
    match (folder.canonicalize(), path.canonicalize()) {
        (Ok(folder), Ok(path)) if !path.starts_with(&folder) => {
            Err(Error::new(Kind::Invalid, "it is a link that leads out of the folder")
                .hint("put the file itself there, or serve the folder that it lies in as well"))
        }
        _ => Ok(()),
    }
}

/// Returns the file at `path` if it exists.
pub fn existing(path: &Path) -> Option<FileLocation> {
    path.is_file().then(|| FileLocation::File(path.to_path_buf()))
}

/// An open file, and its length.
#[derive(Debug)]
pub struct Input {
    bytes: Bytes,
    length: u64,
}

#[derive(Debug)]
enum Bytes {
    File(BufReader<File>),
    Memory(Cursor<Cow<'static, [u8]>>),
}

impl Input {
    /// Makes an open file of bytes in memory.
    pub fn of_bytes(bytes: impl Into<Cow<'static, [u8]>>) -> Input {
        let bytes = bytes.into();
        Input { length: bytes.len() as u64, bytes: Bytes::Memory(Cursor::new(bytes)) }
    }

    /// Returns the length in bytes at the time when the file was opened.
    pub fn length(&self) -> u64 {
        self.length
    }
}

impl Read for Input {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match &mut self.bytes {
            Bytes::File(file) => file.read(buffer),
            Bytes::Memory(bytes) => bytes.read(buffer),
        }
    }
}

impl Seek for Input {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        match &mut self.bytes {
            Bytes::File(file) => file.seek(to),
            Bytes::Memory(bytes) => bytes.seek(to),
        }
    }
}

/// Converts an error of the operating system.
pub fn unreadable(why: &io::Error) -> Error {
    let error = Error::new(Kind::Invalid, format!("it cannot be read: {why}"));
    match why.kind() {
        io::ErrorKind::PermissionDenied => error.hint("give the server's user the right to read it"),
        _ => error,
    }
}
