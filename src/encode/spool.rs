//! What can only be sent once it is whole: bytes on their way to a file that nobody else sees and
//! that is gone when it is closed.

use std::fs::File;
use std::io::{BufWriter, ErrorKind, Seek, SeekFrom, Write};

use crate::error::{Error, Kind, Result, said};
use crate::limits::Key;
use crate::work;

/// Bytes that go to the file for a unit of work.
const BYTES_PER_UNIT: usize = 8;

/// A temporary file that grows to a limit.
#[derive(Debug)]
pub struct Spool {
    file: BufWriter<File>,
    written: u64,
    most: u64,
}

/// The error for a temporary file that cannot be written or read.
pub fn failed(why: &std::io::Error) -> Error {
    if matches!(why.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge) {
        return Error::new(Kind::NoRoom, "the server has no room on its disk for a temporary file")
            .hint("try again later, or ask for a format that is sent while it is made: json, csv or ndjson");
    }
    Error::internal(format!("a temporary file failed: {why}"))
}

/// The error for more bytes than a temporary file may have.
pub fn too_large(most: u64) -> Error {
    Error::new(Kind::TooLarge, said!("in this format the answer is longer than {} bytes", most))
        .reached(Key::spool_bytes.reached(most))
        .hint("ask for fewer features, or for a format that is sent while it is made: json, csv or ndjson")
}

impl Spool {
    /// A new file of at most `most` bytes.
    pub fn new(most: u64) -> Result<Spool> {
        let file = tempfile::tempfile().map_err(|why| failed(&why))?;
        Ok(Spool { file: BufWriter::with_capacity(64 * 1024, file), written: 0, most })
    }

    /// Appends bytes, which counts as work.
    pub fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.written += bytes.len() as u64;
        if self.written > self.most {
            return Err(too_large(self.most));
        }
        work::spend(1 + bytes.len() / BYTES_PER_UNIT);
        self.file.write_all(bytes).map_err(|why| failed(&why))
    }

    /// How many bytes there are.
    pub fn len(&self) -> u64 {
        self.written
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.written == 0
    }

    /// The file, to be read from its beginning.
    pub fn finish(self) -> Result<File> {
        let mut file = self.file.into_inner().map_err(|why| failed(why.error()))?;
        file.seek(SeekFrom::Start(0)).map_err(|why| failed(&why))?;
        Ok(file)
    }
}
