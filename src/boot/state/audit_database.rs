//! The record in a database, for callers that wait for it as they wait for a disk: a thread of its
//! own appends what they give it.

use std::sync::mpsc::{RecvTimeoutError, SyncSender, sync_channel};
use std::time::{Duration, Instant};

use tokio::runtime::Builder;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::access::audit::Entry;
use crate::access::chain::Last;
use crate::error::{Error, Result};
use crate::source::postgis::Dsn;
use crate::source::postgis::state::Link;

/// The number of callers whose entries are appended together.
const TOGETHER: usize = 1_000;

/// What a caller waits for.
#[derive(Debug)]
struct Asked {
    /// What to append; nothing if he wants to know the rules that were recorded last.
    entries: Vec<Entry>,
    /// When he stops waiting. Nothing is appended for him afterwards.
    until: Instant,
    answer: SyncSender<Result<Option<String>>>,
}

/// The record in a database.
#[derive(Debug)]
pub struct AuditDatabase {
    queue: UnboundedSender<Asked>,
    patience: Duration,
}

impl AuditDatabase {
    /// Starts the thread. It connects when something is to be done. Callers wait for at most
    /// `patience`.
    ///
    /// # Errors
    ///
    /// Fails if no thread can be started.
    pub fn open(dsn: Box<Dsn>, patience: Duration) -> Result<AuditDatabase> {
        let failed = |fault: std::io::Error| Error::internal(format!("a thread cannot be started: {fault}"));
        let runtime = Builder::new_current_thread().enable_all().build().map_err(failed)?;
        let (queue, asked) = unbounded_channel();
        let serving = async move { Recorder { dsn, patience, link: None, last: None }.serve(asked).await };
        let thread = std::thread::Builder::new().name("veedel-record".into());
        thread.spawn(move || runtime.block_on(serving)).map_err(failed)?;
        Ok(AuditDatabase { queue, patience })
    }

    /// Appends entries. They are on the disk of the database when this returns.
    ///
    /// # Errors
    ///
    /// Fails if the database does not answer in time, or refuses.
    pub fn record(&self, entries: &[Entry]) -> Result<()> {
        self.ask(entries.to_vec()).map(|_| ())
    }

    /// Returns the hash of the rules that were recorded last.
    ///
    /// # Errors
    ///
    /// Fails as [`record`](Self::record) does.
    pub fn last_rules(&self) -> Result<Option<String>> {
        self.ask(vec![])
    }

    fn ask(&self, entries: Vec<Entry>) -> Result<Option<String>> {
        let (answer, answered) = sync_channel(1);
        let until = Instant::now() + self.patience;
        let gone = || Error::internal("the thread of the record has ended");
        self.queue.send(Asked { entries, until, answer }).map_err(|_| gone())?;
        match answered.recv_timeout(self.patience) {
            Ok(answer) => answer,
            Err(RecvTimeoutError::Timeout) => Err(silent(self.patience)),
            Err(RecvTimeoutError::Disconnected) => Err(gone()),
        }
    }
}

/// The thread's own.
struct Recorder {
    dsn: Box<Dsn>,
    patience: Duration,
    link: Option<Link>,
    /// The last line, as far as it is known here.
    last: Option<Last>,
}

impl Recorder {
    /// Serves callers until all of them are gone. Entries that came meanwhile are appended
    /// together.
    async fn serve(mut self, mut queue: UnboundedReceiver<Asked>) {
        let mut asked = vec![];
        while queue.recv_many(&mut asked, TOGETHER).await > 0 {
            asked.retain(|asked| Instant::now() < asked.until);
            let (wants_rules, appends): (Vec<_>, Vec<_>) =
                asked.drain(..).partition(|asked| asked.entries.is_empty());
            for together in [wants_rules, appends].iter().filter(|together| !together.is_empty()) {
                let done = self.in_time(together).await;
                if done.is_err() {
                    // What is under way ends with its connection.
                    self.link = None;
                }
                for asked in together {
                    let _ = asked.answer.send(done.clone());
                }
            }
        }
    }

    /// Does what callers ask, until the first of them stops waiting.
    async fn in_time(&mut self, together: &[Asked]) -> Result<Option<String>> {
        let entries: Vec<Entry> = together.iter().flat_map(|asked| asked.entries.iter().cloned()).collect();
        let until = together.iter().map(|asked| asked.until).min().unwrap_or_else(Instant::now);
        let time = until.saturating_duration_since(Instant::now());
        let done = tokio::time::timeout(time, self.done(&entries)).await;
        done.unwrap_or_else(|_| Err(silent(self.patience)))
    }

    /// Appends entries; without any, it returns the rules that were recorded last.
    async fn done(&mut self, entries: &[Entry]) -> Result<Option<String>> {
        let link = match self.link.take().filter(Link::is_usable) {
            Some(link) => link,
            None => Link::open(&self.dsn).await?,
        };
        let link = self.link.insert(link);
        if entries.is_empty() {
            let (last, rules) = link.end(self.patience).await?;
            self.last = last;
            return Ok(rules);
        }
        link.append(&mut self.last, entries, self.patience).await.map(|()| None)
    }
}

fn silent(patience: Duration) -> Error {
    Error::unavailable(format!(
        "the database of the record does not answer within {} ms",
        patience.as_millis()
    ))
}
