//! Where a file's bytes are: on disk, or compiled into the binary.

use std::borrow::Cow;
use std::fs::{self, File};
use std::io::{self, BufReader, Cursor, Read, Seek, SeekFrom};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::infer::Numbers;
use crate::error::{Error, Kind, Result};

/// Where the bytes of one file are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// A file on disk.
    File(PathBuf),
    /// Bytes in the binary.
    Embedded(Cow<'static, [u8]>),
}

/// What a file holds, by its ending.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// FlatGeobuf, `.fgb`.
    FlatGeobuf,
    /// A table as text, `.csv`.
    Csv,
}

/// How a folder finds a file again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Locator {
    /// The data.
    pub data: Place,
    /// The sidecar beside it, where there is one.
    pub sidecar: Option<Place>,
    /// What the data is.
    pub format: Format,
    /// How the numbers of each column are written, in a table as text; found by a look at it.
    pub numbers: Vec<Numbers>,
}

impl Locator {
    /// Of a file that was not looked at yet.
    pub fn new(data: Place, sidecar: Option<Place>, format: Format) -> Locator {
        Locator { data, sidecar, format, numbers: vec![] }
    }

    /// Changes when data or sidecar may have: sizes and times of change in nanoseconds.
    pub fn stamp(&self) -> Result<String> {
        let data = self.data.stamp()?;
        match &self.sidecar {
            Some(sidecar) => Ok(format!("{data}+{}", sidecar.stamp()?)),
            None => Ok(data),
        }
    }
}

impl Place {
    /// Opens it. Only regular files: a pipe would never end. It is asked before, since opening a
    /// pipe waits for a writer, and after, since the file may have changed meanwhile.
    pub fn open(&self) -> Result<Input> {
        match self {
            Place::Embedded(bytes) => Ok(Input::of_bytes(bytes.clone())),
            Place::File(path) => {
                regular(fs::metadata(path))?;
                let file = File::open(path).map_err(|why| unreadable(&why))?;
                let about = regular(file.metadata())?;
                let bytes = Bytes::File(BufReader::with_capacity(1 << 16, file));
                Ok(Input { bytes, length: about.len() })
            }
        }
    }

    /// Size and time of change.
    pub fn stamp(&self) -> Result<String> {
        match self {
            Place::Embedded(bytes) => Ok(format!("embedded:{}", bytes.len())),
            Place::File(path) => {
                let about = fs::metadata(path).map_err(|why| unreadable(&why))?;
                // The change time and the inode tell a replacement that keeps size and modification
                // time.
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

/// An error where the file at `path` is a link that leads out of `folder`: whoever may write there
/// could have any file read. What cannot be followed at all is told when it is opened.
pub fn within(folder: &Path, path: &Path) -> Result<()> {
    match (folder.canonicalize(), path.canonicalize()) {
        (Ok(folder), Ok(path)) if !path.starts_with(&folder) => {
            Err(Error::new(Kind::Invalid, "it is a link that leads out of the folder")
                .hint("put the file itself there, or serve the folder that it lies in as well"))
        }
        _ => Ok(()),
    }
}

/// The place of `path`, if there is a file.
pub fn existing(path: &Path) -> Option<Place> {
    path.is_file().then(|| Place::File(path.to_path_buf()))
}

/// An open file and how long it is said to be.
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
    /// Bytes in memory as a file.
    pub fn of_bytes(bytes: impl Into<Cow<'static, [u8]>>) -> Input {
        let bytes = bytes.into();
        Input { length: bytes.len() as u64, bytes: Bytes::Memory(Cursor::new(bytes)) }
    }

    /// The length in bytes when it was opened.
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

/// What the operating system said, as an error of ours.
pub fn unreadable(why: &io::Error) -> Error {
    let error = Error::new(Kind::Invalid, format!("it cannot be read: {why}"));
    match why.kind() {
        io::ErrorKind::PermissionDenied => error.hint("give the server's user the right to read it"),
        _ => error,
    }
}
