//! Those who ask: one waits, one leaves, one reads a byte at a time. And what the process has used
//! by then.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use socket2::{Domain, Socket, Type};

use crate::questions::Question;
use crate::server::Server;

/// A connection from one of the machine's own addresses.
pub fn connect_from(server: &Server, client: [u8; 4]) -> TcpStream {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    socket.bind(&SocketAddr::from((client, 0)).into()).unwrap();
    let address: SocketAddr = server.address().parse().unwrap();
    socket.connect(&address.into()).unwrap();
    socket.into()
}

/// Sends a question on a connection of its own.
pub fn send(server: &Server, question: &Question) -> TcpStream {
    send_from(server, [127, 0, 0, 1], question)
}

/// The same from one of the machine's own addresses.
pub fn send_from(server: &Server, client: [u8; 4], question: &Question) -> TcpStream {
    let mut stream = connect_from(server, client);
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    let Question { path, body, .. } = question;
    let head = match body {
        None => format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"),
        Some(body) => format!(
            "POST {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: application/json\r\n\
             content-length: {}\r\n\r\n{body}",
            body.len()
        ),
    };
    stream.write_all(head.as_bytes()).unwrap();
    stream
}

/// Waits for the whole answer; its status.
pub fn wait(mut stream: TcpStream) -> u16 {
    let mut answer = vec![];
    // A body that is broken off has told its status before.
    let _ = stream.read_to_end(&mut answer);
    status(&answer)
}

/// Reads a byte now and then for a while, and leaves.
pub fn crawl(mut stream: TcpStream, time: Duration) {
    let began = Instant::now();
    let mut byte = [0];
    while began.elapsed() < time {
        stream
            .set_read_timeout(Some(time.saturating_sub(began.elapsed()).max(Duration::from_millis(1))))
            .unwrap();
        if matches!(stream.read(&mut byte), Ok(0)) {
            return;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// The status of an answer; 0 where there is none.
pub fn status(answer: &[u8]) -> u16 {
    let head = String::from_utf8_lossy(&answer[..answer.len().min(32)]).into_owned();
    head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0)
}

/// The processor time that the server has used.
pub fn cpu(server: &Server) -> Duration {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", server.pid())).unwrap();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
    let ticks: u64 = [fields[11], fields[12]].iter().map(|ticks| ticks.parse::<u64>().unwrap()).sum();
    // The kernel counts in hundredths of a second, whatever it is built with.
    Duration::from_millis(ticks * 10)
}

/// What the server uses from now on, seen for `time`.
pub fn cpu_during(server: &Server, time: Duration) -> Duration {
    let before = cpu(server);
    std::thread::sleep(time);
    cpu(server) - before
}

/// A line of `/proc/PID/status` in megabytes: `VmRSS` is what the server holds now, `VmHWM` what it
/// held at most.
pub fn megabytes(server: &Server, name: &str) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.pid())).unwrap();
    let line = status.lines().find(|line| line.starts_with(name)).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() / 1024
}
