//! Temporary files for documents that can only be sent when they are complete. No other program
//! sees such a file, and it disappears when it is closed.

use std::fs::File;
use std::io::{BufWriter, ErrorKind, Seek, SeekFrom, Write};

use crate::error::{Error, Kind, Result, said};
use crate::limits::Key;
use crate::work;

/// The number of written bytes that are one unit of work.
const BYTES_PER_UNIT: usize = 8;

/// A temporary file whose size is limited.
#[derive(Debug)]
pub struct Spool {
    file: BufWriter<File>,
    written: u64,
    most: u64,
}

/// Returns the error that a temporary file cannot be written or read.
pub fn failed(why: &std::io::Error) -> Error {
    if matches!(why.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge) {
        return Error::new(Kind::NoRoom, "the server has no room on its disk for a temporary file")
            .hint("try again later, or ask for a format that is sent while it is made: json, csv or ndjson");
    }
    Error::internal(format!("a temporary file failed: {why}"))
}

/// Returns the error that a temporary file would exceed its limit of `most` bytes.
pub fn too_large(most: u64) -> Error {
    Error::new(Kind::TooLarge, said!("in this format the answer is longer than {} bytes", most))
        .reached(Key::spool_bytes.reached(most))
        .hint("ask for fewer features, or for a format that is sent while it is made: json, csv or ndjson")
}

impl Spool {
    /// Makes a new file of at most `most` bytes.
    ///
    /// # Errors
    ///
    /// Fails if the file cannot be made.
    pub fn new(most: u64) -> Result<Spool> {
        let file = tempfile::tempfile().map_err(|why| failed(&why))?;
        Ok(Spool { file: BufWriter::with_capacity(64 * 1024, file), written: 0, most })
    }

    /// Appends bytes, and counts them as work.
    ///
    /// # Errors
    ///
    /// Fails if the file cannot be written or would exceed its limit.
    pub fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.written += bytes.len() as u64;
        if self.written > self.most {
            return Err(too_large(self.most));
        }
        work::spend(1 + bytes.len() / BYTES_PER_UNIT);
        self.file.write_all(bytes).map_err(|why| failed(&why))
    }

    /// Returns the number of bytes that were written.
    pub fn len(&self) -> u64 {
        self.written
    }

    /// Returns whether nothing was written.
    pub fn is_empty(&self) -> bool {
        self.written == 0
    }

    /// Returns the file, positioned at its beginning.
    ///
    /// # Errors
    ///
    /// Fails if the file cannot be written.
    pub fn finish(self) -> Result<File> {
        let mut file = self.file.into_inner().map_err(|why| failed(why.error()))?;
        file.seek(SeekFrom::Start(0)).map_err(|why| failed(&why))?;
        Ok(file)
    }
}
