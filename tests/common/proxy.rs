//! A line between two programs that can be made bad: it delays, stalls, cuts or resets.

#![allow(dead_code, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::time::Duration;

/// What the line does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Line {
    /// Bytes pass.
    Good,
    /// Each piece of at most 4 KiB waits 20 ms.
    Slow,
    /// Nothing passes, and nothing is closed: a firewall that forgot the connection.
    Stalled,
    /// Connections are closed in the middle; new ones at once.
    Cut,
    /// The same by a reset, in the middle of an answer: some KiB pass first.
    Reset,
}

const ALL: [Line; 5] = [Line::Good, Line::Slow, Line::Stalled, Line::Cut, Line::Reset];
/// What passes before a reset.
const BEFORE_RESET: usize = 6 << 10;

/// A proxy on a port of its own. Its threads end with the process.
pub struct Proxy {
    pub port: u16,
    line: Arc<AtomicU8>,
}

impl Proxy {
    /// A good line to `127.0.0.1:target`.
    pub fn to(target: u16) -> Proxy {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let line = Arc::new(AtomicU8::new(Line::Good as u8));
        let shared = line.clone();
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                if of(&shared) == Line::Cut {
                    continue;
                }
                let Ok(server) = TcpStream::connect(("127.0.0.1", target)) else { continue };
                // Pieces pass as they come, and do not wait for each other.
                [&client, &server].into_iter().for_each(|end| end.set_nodelay(true).unwrap());
                let ended = Arc::new(AtomicBool::new(false));
                for (from, to) in [(&client, &server), (&server, &client)] {
                    let (from, to) = (from.try_clone().unwrap(), to.try_clone().unwrap());
                    let (line, ended) = (shared.clone(), ended.clone());
                    std::thread::spawn(move || {
                        pump(&from, &to, &line, &ended);
                        // The other direction lets go of the sockets too: half a connection would look alive.
                        ended.store(true, Ordering::SeqCst);
                    });
                }
            }
        });
        Proxy { port, line }
    }

    /// From now on the line is so, for connections that are open too.
    pub fn set(&self, line: Line) {
        self.line.store(line as u8, Ordering::SeqCst);
    }
}

fn of(line: &AtomicU8) -> Line {
    ALL[usize::from(line.load(Ordering::SeqCst))]
}

fn pump(mut from: &TcpStream, mut to: &TcpStream, line: &AtomicU8, ended: &AtomicBool) {
    from.set_read_timeout(Some(Duration::from_millis(50))).unwrap();
    let (mut buffer, mut passed) = ([0; 4096], 0);
    while !ended.load(Ordering::SeqCst) {
        match of(line) {
            Line::Stalled => {
                std::thread::sleep(Duration::from_millis(20));
                continue;
            }
            Line::Cut => break,
            Line::Reset if passed > BEFORE_RESET => break,
            Line::Slow => std::thread::sleep(Duration::from_millis(20)),
            Line::Good | Line::Reset => {}
        }
        match from.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => {
                passed += count;
                if to.write_all(&buffer[..count]).is_err() {
                    break;
                }
            }
            Err(fault)
                if matches!(
                    fault.kind(),
                    ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted
                ) => {}
            Err(_) => break,
        }
    }
    // What is unread when a socket is closed makes the system send a reset instead of an end.
    if of(line) != Line::Reset {
        let _ = to.shutdown(Shutdown::Both);
        let _ = from.shutdown(Shutdown::Both);
    }
}
