//! The table of the record, to which is only appended.

use std::time::Duration;

use super::link::{Link, PATIENCE, text};
use super::rights::Need;
use super::statement;
use crate::access::audit::{Entry, hash};
use crate::access::chain::{self, Last};
use crate::error::{Error, Result};
use crate::source::postgis::dsn::STATEMENT_TIMEOUT;
use crate::source::postgis::statement::{COMMIT, begin};

impl Link {
    /// Appends entries. They are on the disk of the database when this returns. `last` is the line
    /// that was the last one when it was known, and then is the last of these entries.
    ///
    /// # Errors
    ///
    /// Fails if the database does not answer within `patience`, or refuses.
    pub async fn append(&self, last: &mut Option<Last>, entries: &[Entry], patience: Duration) -> Result<()> {
        let next = self.writing(patience, self.add_behind(last.clone(), entries)).await?;
        *last = next;
        Ok(())
    }

    /// Appends entries in a transaction that has begun, and returns the last line.
    pub(super) async fn add_behind(&self, mut last: Option<Last>, entries: &[Entry]) -> Result<Option<Last>> {
        // After the first attempt nobody else appends, so the second is behind the last line.
        for _ in 0..2 {
            let addition = chain::continued(last.as_ref(), entries)?;
            let (lines, after) = (addition.lines.join("\n"), last.map(|last| hash(&last.line)));
            let values = [after.as_deref(), Some(&addition.segment), Some(&lines)];
            let rows = self.ask(statement::APPEND, &values).await?;
            let row = rows.first().ok_or_else(|| Error::internal("the record gave no answer"))?;
            if text(row, 0) == Some("true") {
                return Ok(addition.last());
            }
            last = self::last(text(row, 1), text(row, 2));
        }
        Err(Error::unavailable(format!("the record in {} goes on while it is held", self.dsn())))
    }

    /// Returns the last line of the record, and the hash of the rules that were recorded last.
    ///
    /// # Errors
    ///
    /// Fails if the database does not answer within `patience`, or refuses.
    pub async fn end(&self, patience: Duration) -> Result<(Option<Last>, Option<String>)> {
        let rows = self.within(patience, self.ask(statement::END, &[])).await?;
        let row = rows.first().ok_or_else(|| Error::internal("the record gave no answer"))?;
        let rules = text(row, 2).and_then(|line| chain::recorded_rules(line.as_bytes()));
        Ok((last(text(row, 0), text(row, 1)), rules))
    }

    /// Returns the lines of all segments, as of one moment.
    ///
    /// # Errors
    ///
    /// Fails if the role may not read the record, or the database does not answer.
    pub async fn record(self) -> Result<Vec<(String, Vec<u8>)>> {
        self.ready(Need::ReadRecord).await?;
        self.within(PATIENCE, self.execute(&begin(STATEMENT_TIMEOUT))).await?;
        let reading = |text, values| self.within(STATEMENT_TIMEOUT, self.ask(text, values));
        let mut segments = vec![];
        for segment in reading(statement::SEGMENTS, &[]).await? {
            let name = text(&segment, 0).unwrap_or_default();
            let lines = self.within(STATEMENT_TIMEOUT, self.ask(statement::LINES, &[Some(name)])).await?;
            let lines = lines.iter().map(|line| text(line, 0).unwrap_or_default());
            let joined = lines.fold(String::new(), |joined, line| joined + line + "\n");
            segments.push((name.to_owned(), joined.into_bytes()));
        }
        self.within(PATIENCE, self.execute(COMMIT)).await?;
        self.close().await;
        Ok(segments)
    }
}

/// The last line of the record; None if there is none.
fn last(segment: Option<&str>, line: Option<&str>) -> Option<Last> {
    let (segment, line) = (segment?.to_owned(), line?.as_bytes().to_vec());
    Some(Last { segment, line, is_ended: true })
}
