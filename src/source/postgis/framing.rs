//! Limits for what a server sends. A reader checks the frames of PostgreSQL's protocol (its manual,
//! chapter 55) before tokio-postgres reads them, which accepts any size.
//!
//! Answers to statements are read as fast as they are needed. Messages that come unasked (notices,
//! notifications, settings) are read no faster than [`RATE`].

use std::collections::BTreeSet;
use std::fmt;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep};
use tokio_postgres::tls::{ChannelBinding, TlsConnect, TlsStream};

/// The maximum size of a message in bytes. A row with all its values is one message.
const MESSAGE: u64 = 256 << 20;
/// The maximum size in bytes of a message that comes unasked.
const UNASKED: u64 = 1 << 20;
/// The maximum size in bytes of a setting, including its name.
const SETTING: u64 = 8 << 10;
/// The maximum number of settings that a server may report; PostgreSQL 18 has 15.
const SETTINGS: usize = 200;
/// The number of unasked messages that are read per second. A long message counts once for every
/// [`WEIGHT`] bytes.
const RATE: u32 = 20_000;
const WEIGHT: u64 = 4 << 10;

const HEADER: usize = 5;
const NOTICE: u8 = b'N';
const NOTIFICATION: u8 = b'A';
const SETTING_TOLD: u8 = b'S';

/// A violation of the limits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Beyond {
    /// A message of this many bytes.
    Message(u64),
    /// An unasked message of this many bytes.
    Unasked(u64),
    /// More settings than any server has.
    Settings,
}

impl fmt::Display for Beyond {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Beyond::Message(bytes) => {
                write!(f, "it sent a message of {bytes} bytes, of at most {MESSAGE} that are read")
            }
            Beyond::Unasked(bytes) => write!(f, "it sent {bytes} bytes at once that nobody asked for"),
            Beyond::Settings => write!(f, "it told of more than {SETTINGS} settings"),
        }
    }
}

impl std::error::Error for Beyond {}

/// A stream that fails with a [`Beyond`] if its frames exceed the limits.
pub struct Framed<S> {
    stream: S,
    frames: Frames,
    pause: Option<Pin<Box<Sleep>>>,
}

/// The state of the protocol.
struct Frames {
    /// Whether the next byte is the answer to the request for encryption, which is no message.
    is_answer_due: bool,
    header: Vec<u8>,
    /// The number of bytes that are left of the current message.
    left: u64,
    /// The setting that is being read.
    setting: Option<Vec<u8>>,
    names: BTreeSet<Vec<u8>>,
    /// The number of unasked messages since they were last counted.
    unasked: u64,
    /// The time until which the rate is used up.
    used_until: Instant,
}

impl<S> Framed<S> {
    /// Makes a stream that has not sent anything yet. If encryption is requested, the first byte is
    /// the answer to this.
    pub fn new(stream: S, asks_for_encryption: bool) -> Framed<S> {
        let frames = Frames {
            is_answer_due: asks_for_encryption,
            header: Vec::with_capacity(HEADER),
            left: 0,
            setting: None,
            names: BTreeSet::new(),
            unasked: 0,
            used_until: Instant::now(),
        };
        Framed { stream, frames, pause: None }
    }
}

impl Frames {
    fn read(&mut self, mut bytes: &[u8]) -> Result<(), Beyond> {
        if let (true, Some((_, rest))) = (self.is_answer_due, bytes.split_first()) {
            self.is_answer_due = false;
            bytes = rest;
        }
        while !bytes.is_empty() {
            if self.left == 0 {
                let (header, rest) = bytes.split_at(bytes.len().min(HEADER - self.header.len()));
                self.header.extend_from_slice(header);
                bytes = rest;
                if let &[kind, a, b, c, d] = self.header.as_slice() {
                    self.header.clear();
                    // The length includes its own four bytes. tokio-postgres rejects a smaller one.
                    self.begin(kind, u64::from(u32::from_be_bytes([a, b, c, d])).saturating_sub(4))?;
                }
                continue;
            }
            let here = usize::try_from(self.left).unwrap_or(usize::MAX).min(bytes.len());
            let (body, rest) = bytes.split_at(here);
            self.left -= here as u64;
            bytes = rest;
            if let Some(setting) = &mut self.setting {
                setting.extend_from_slice(body);
                self.end_setting()?;
            }
        }
        Ok(())
    }

    fn begin(&mut self, kind: u8, length: u64) -> Result<(), Beyond> {
        let is_unasked = matches!(kind, NOTICE | NOTIFICATION | SETTING_TOLD);
        let (most, beyond): (_, fn(u64) -> Beyond) = match kind {
            SETTING_TOLD => (SETTING, Beyond::Unasked),
            _ if is_unasked => (UNASKED, Beyond::Unasked),
            _ => (MESSAGE, Beyond::Message),
        };
        if length > most {
            return Err(beyond(length));
        }
        self.unasked += if is_unasked { 1 + length / WEIGHT } else { 0 };
        self.left = length;
        self.setting = (kind == SETTING_TOLD && length > 0).then(Vec::new);
        Ok(())
    }

    /// Counts a setting when its name is complete.
    fn end_setting(&mut self) -> Result<(), Beyond> {
        if self.left > 0 {
            return Ok(());
        }
        let setting = self.setting.take().unwrap_or_default();
        let name = setting.split(|byte| *byte == 0).next().unwrap_or_default();
        if !self.names.contains(name) {
            self.names.insert(name.to_owned());
        }
        if self.names.len() > SETTINGS { Err(Beyond::Settings) } else { Ok(()) }
    }

    /// Returns when reading may continue, if unasked messages have used up the rate of more than a
    /// second.
    fn resume(&mut self, now: Instant) -> Option<Instant> {
        let unasked = u32::try_from(std::mem::take(&mut self.unasked)).unwrap_or(u32::MAX);
        self.used_until = self.used_until.max(now) + Duration::from_secs(1) / RATE * unasked;
        let resume = self.used_until.checked_sub(Duration::from_secs(1))?;
        (resume > now).then_some(resume)
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Framed<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        if let Some(pause) = &mut this.pause {
            ready!(pause.as_mut().poll(context));
            this.pause = None;
        }
        let before = buffer.filled().len();
        ready!(Pin::new(&mut this.stream).poll_read(context, buffer))?;
        let read = buffer.filled().get(before..).unwrap_or_default();
        this.frames.read(read).map_err(io::Error::other)?;
        if this.frames.unasked > 0 {
            let resume = this.frames.resume(Instant::now());
            this.pause = resume.map(|resume| Box::pin(tokio::time::sleep_until(resume)));
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Framed<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

impl<S: TlsStream + Unpin> TlsStream for Framed<S> {
    fn channel_binding(&self) -> ChannelBinding {
        self.stream.channel_binding()
    }
}

/// A stream with encryption, whose decrypted frames are checked.
pub struct Below<T>(pub T);

impl<S, T> TlsConnect<Framed<S>> for Below<T>
where
    T: TlsConnect<S, Future: Send + 'static>,
{
    type Stream = Framed<T::Stream>;
    type Error = T::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Stream, T::Error>> + Send>>;

    fn connect(self, framed: Framed<S>) -> Self::Future {
        let connecting = self.0.connect(framed.stream);
        Box::pin(async { Ok(Framed::new(connecting.await?, false)) })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use tokio::io::AsyncReadExt;

    use super::*;

    fn message(kind: u8, body: &[u8]) -> Vec<u8> {
        let length = u32::try_from(body.len() + 4).unwrap();
        [&[kind], length.to_be_bytes().as_slice(), body].concat()
    }

    /// Reads these bytes in steps of `step` and returns whether they pass.
    fn read(bytes: &[u8], step: usize) -> Result<(), Beyond> {
        let mut frames = Framed::new((), false).frames;
        bytes.chunks(step).try_for_each(|chunk| frames.read(chunk))
    }

    #[test]
    fn what_a_server_sends_passes_however_it_is_cut() {
        let all = [
            message(b'R', &[0, 0, 0, 0]),
            message(SETTING_TOLD, b"TimeZone\0UTC\0"),
            message(b'D', &vec![7; 100_000]),
            message(NOTICE, b"SNOTICE\0\0"),
            message(NOTIFICATION, b"\0\0\0\x01veedel\0\0"),
            message(b'Z', b"I"),
        ]
        .concat();
        for step in [1, 2, 3, 5, 7, 4096, all.len()] {
            assert_eq!(read(&all, step), Ok(()), "{step}");
        }
    }

    #[test]
    fn a_message_too_large_is_told_by_its_header() {
        for step in [1, 5] {
            assert_eq!(read(b"D\x7f\xff\xff\xff", step), Err(Beyond::Message(0x7fff_fffb)));
            assert_eq!(read(b"N\x00\x10\x00\x05", step), Err(Beyond::Unasked((1 << 20) + 1)));
            assert_eq!(read(b"S\x00\x00\x20\x05", step), Err(Beyond::Unasked((8 << 10) + 1)));
            assert_eq!(read(b"D\x10\x00\x00\x04", step), Ok(()));
            assert_eq!(read(b"D\x00\x00\x00\x00", step), Ok(()));
        }
    }

    #[test]
    fn settings_are_counted_by_name() {
        let told = |name: usize| message(SETTING_TOLD, format!("n{name}\0v\0").as_bytes());
        let again: Vec<u8> = (0..10_000).flat_map(|at| told(at % SETTINGS)).collect();
        assert_eq!(read(&again, 1000), Ok(()));
        let more: Vec<u8> = (0..=SETTINGS).flat_map(told).collect();
        assert_eq!(read(&more, 1000), Err(Beyond::Settings));
    }

    #[tokio::test]
    async fn what_comes_unasked_is_read_no_faster_than_the_rate() {
        let notices = message(NOTICE, b"\0").repeat(RATE as usize * 2);
        let mut framed = Framed::new(notices.as_slice(), false);
        let begun = Instant::now();
        let mut read = vec![0; 8192];
        while framed.read(&mut read).await.unwrap() > 0 {}
        assert!(begun.elapsed() > Duration::from_millis(900), "{:?}", begun.elapsed());

        let rows = message(b'D', b"1").repeat(RATE as usize * 10);
        let mut framed = Framed::new(rows.as_slice(), false);
        while framed.read(&mut read).await.unwrap() > 0 {}
        assert!(framed.pause.is_none());
    }

    #[tokio::test]
    async fn the_answer_about_encryption_is_no_message() {
        let bytes = [b"N".to_vec(), message(b'Z', b"I")].concat();
        let mut framed = Framed::new(bytes.as_slice(), true);
        let mut all = Vec::new();
        assert_eq!(framed.read_u8().await.unwrap(), b'N');
        framed.read_to_end(&mut all).await.unwrap();
        assert_eq!(all, message(b'Z', b"I"));
    }
}
