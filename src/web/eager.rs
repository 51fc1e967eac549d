//! A connection that looks again before it sleeps.
//!
//! Who asks one thing after another, each as soon as the answer is there, waits longer for the system to wake us than
//! for a small tile. So where a client has been quick and nobody else has asked between, the next request is looked for
//! a moment before the connection goes to sleep: what network cards call busy polling (Linux, `SO_BUSY_POLL`), and the
//! loopback to a proxy beside us does not have.

use std::io::{self, Read};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// How long the next request is looked for at most; a client that takes longer is not quick, and is not looked for
/// until it was quick again.
const PATIENCE: Duration = Duration::from_micros(60);

/// How many requests have come, over all connections.
#[derive(Clone, Debug, Default)]
pub struct Arrivals(Arc<AtomicU64>);

impl Arrivals {
    fn count(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    /// Counts one, and answers how many there were before.
    fn one_more(&self) -> u64 {
        self.0.fetch_add(1, Ordering::Relaxed)
    }
}

/// A client's connection. It is looked at only while all requests come over it alone, since a thread that looks does
/// nothing for others meanwhile.
#[derive(Debug)]
pub struct Eager {
    stream: TcpStream,
    arrivals: Arrivals,
    /// How many had come when the last of this connection came.
    seen: u64,
    /// When the last piece of an answer left, until something comes.
    answered: Option<Instant>,
    is_quick: bool,
}

impl Eager {
    /// The connection `stream`, one of those that count in `arrivals`.
    pub fn new(stream: TcpStream, arrivals: Arrivals) -> Eager {
        Eager { stream, arrivals, seen: 0, answered: None, is_quick: false }
    }

    /// Looks for what comes next, if that is likely to come now and nobody else is kept waiting by it.
    fn look(&mut self, buffer: &mut ReadBuf<'_>) -> Option<io::Result<()>> {
        let answered = self.answered.filter(|_| self.is_quick && buffer.remaining() > 0)?;
        self.is_quick = false;
        while self.arrivals.count() == self.seen && answered.elapsed() < PATIENCE {
            let socket = SockRef::from(&self.stream);
            match (&*socket).read(buffer.initialize_unfilled()) {
                Ok(length) => {
                    buffer.advance(length);
                    return Some(Ok(()));
                }
                Err(fault) if fault.kind() == io::ErrorKind::WouldBlock => std::hint::spin_loop(),
                Err(fault) if fault.kind() == io::ErrorKind::Interrupted => {}
                Err(fault) => return Some(Err(fault)),
            }
        }
        None
    }

    /// Takes note that something came.
    fn arrived(&mut self) {
        if let Some(answered) = self.answered.take() {
            let before = self.arrivals.one_more();
            self.is_quick = before == self.seen && answered.elapsed() < PATIENCE * 2;
            self.seen = before + 1;
        }
    }
}

impl AsyncRead for Eager {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let read = match self.look(buffer) {
            Some(read) => Poll::Ready(read),
            None => Pin::new(&mut self.stream).poll_read(context, buffer),
        };
        if read.is_ready() {
            self.arrived();
        }
        read
    }
}

impl AsyncWrite for Eager {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.answered = Some(Instant::now());
        written
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, pieces);
        self.answered = Some(Instant::now());
        written
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::io::Write;

    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    async fn pair(arrivals: &Arrivals) -> (std::net::TcpStream, Eager) {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let client = std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        (client, Eager::new(listener.accept().await.unwrap().0, arrivals.clone()))
    }

    #[tokio::test]
    async fn what_comes_is_read_whether_or_not_it_was_looked_for() {
        let (mut client, mut server) = pair(&Arrivals::default()).await;
        let asking = std::thread::spawn(move || {
            for number in 0..500u16 {
                // Quick ones, and some that come when nobody looks any more.
                if number % 50 == 0 {
                    std::thread::sleep(Duration::from_millis(2));
                }
                client.write_all(&number.to_le_bytes()).unwrap();
                let mut answer = [0; 2];
                client.read_exact(&mut answer).unwrap();
                assert_eq!(u16::from_le_bytes(answer), number);
            }
        });
        let (mut count, mut looked) = (0, 0);
        let mut bytes = [0; 2];
        while server.read_exact(&mut bytes).await.is_ok() {
            count += 1;
            looked += u32::from(server.is_quick);
            server.write_all(&bytes).await.unwrap();
        }
        asking.join().unwrap();
        assert_eq!(count, 500);
        println!("{looked} of {count} came so soon that the next was looked for");
    }

    #[tokio::test]
    async fn who_is_not_alone_is_not_looked_for() {
        let arrivals = Arrivals::default();
        let (mut client, mut server) = pair(&arrivals).await;
        let mut byte = [0];
        for is_alone in [true, false] {
            server.answered = Some(Instant::now() + PATIENCE * 1000);
            server.seen = arrivals.count();
            if !is_alone {
                arrivals.one_more();
            }
            client.write_all(&byte).unwrap();
            server.read_exact(&mut byte).await.unwrap();
            assert_eq!(server.is_quick, is_alone);
        }
        // Looked for without an end of patience, and found.
        server.is_quick = true;
        server.answered = Some(Instant::now() + Duration::from_secs(3600));
        server.seen = arrivals.count();
        client.write_all(b"found").unwrap();
        let mut room = [0; 8];
        let mut buffer = ReadBuf::new(&mut room);
        assert!(server.look(&mut buffer).unwrap().is_ok());
        assert!(!server.is_quick && b"found".starts_with(buffer.filled()) && !buffer.filled().is_empty());
        // Given up as soon as another comes.
        server.is_quick = true;
        server.answered = Some(Instant::now() + Duration::from_secs(3600));
        server.seen = arrivals.count() + 1;
        let mut room = [0; 8];
        assert!(server.look(&mut ReadBuf::new(&mut room)).is_none());
    }
}
