//! A file, read with checked lengths.

use std::io::{self, Read};

use crate::error::{Error, Kind, Result, Said};
use crate::source::folder::file::Input;

/// A file and the number of bytes that are left in it. Nothing larger than this is ever allocated.
pub(super) struct Bounded<'a> {
    pub(super) input: &'a mut Input,
    pub(super) left: u64,
}

impl Bounded<'_> {
    fn take(&mut self, size: u64, what: &str) -> Result<()> {
        match self.left.checked_sub(size) {
            Some(left) => {
                self.left = left;
                Ok(())
            }
            None => Err(damaged(format!("it ends inside {what}: {size} bytes expected, {} left", self.left))),
        }
    }

    /// Appends the next `size` bytes to `buffer`.
    pub(super) fn fill(&mut self, buffer: &mut Vec<u8>, size: u64, what: &str) -> Result<()> {
        self.take(size, what)?;
        let start = buffer.len();
        let end = usize::try_from(size).ok().and_then(|size| start.checked_add(size));
        buffer.resize(end.ok_or_else(|| damaged(format!("{what} is too large")))?, 0);
        let Some(space) = buffer.get_mut(start..) else { return Ok(()) };
        self.input.read_exact(space).map_err(|why| broken(&why, what))
    }

    /// Replaces `buffer` by the next bytes, whose number precedes them and is at most `limit`.
    pub(super) fn prefixed(&mut self, buffer: &mut Vec<u8>, what: &str, limit: u64) -> Result<()> {
        buffer.clear();
        self.fill(buffer, 4, what)?;
        let size = buffer.first_chunk().map_or(0, |bytes| u64::from(u32::from_le_bytes(*bytes)));
        if size > limit {
            return Err(damaged(format!("{what} would be {size} bytes long")));
        }
        self.fill(buffer, size, what)
    }

    pub(super) fn skip(&mut self, size: u64, what: &str) -> Result<()> {
        self.take(size, what)?;
        let skipped = io::copy(&mut Read::take(&mut *self.input, size), &mut io::sink());
        match skipped {
            Ok(skipped) if skipped == size => Ok(()),
            Ok(_) => Err(broken(&io::ErrorKind::UnexpectedEof.into(), what)),
            Err(why) => Err(broken(&why, what)),
        }
    }
}

pub(super) fn broken(why: &io::Error, what: &str) -> Error {
    damaged(format!("reading {what} failed: {why}"))
}

/// Returns the error that the file itself is damaged.
pub(super) fn damaged(what: impl Into<Said>) -> Error {
    Error::new(Kind::Invalid, what).hint("the file is damaged; write or copy it again")
}
