//! As little of HTTP/1.1 as measuring needs: GET over a connection that is kept, without compression.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// One connection.
pub struct Connection {
    address: String,
    stream: BufReader<TcpStream>,
}

/// How a body's length is told.
#[derive(Clone, Copy)]
enum Framing {
    Length(usize),
    Chunked,
}

impl Connection {
    /// Connects to `host:port`.
    pub fn to(address: &str) -> io::Result<Connection> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(Duration::from_secs(60)))?;
        Ok(Connection { address: address.into(), stream: BufReader::with_capacity(1 << 18, stream) })
    }

    /// Asks for `path`; the body goes into `body`, which is emptied first. The status.
    pub fn get(&mut self, path: &str, body: &mut Vec<u8>) -> io::Result<u16> {
        let request = format!("GET {path} HTTP/1.1\r\nHost: {}\r\n\r\n", self.address);
        self.stream.get_mut().write_all(request.as_bytes())?;
        body.clear();
        let status = self.line()?;
        let status =
            status.split(' ').nth(1).and_then(|code| code.parse().ok()).ok_or(io::ErrorKind::InvalidData)?;
        match self.head()? {
            Framing::Length(length) => self.append(length, body)?,
            Framing::Chunked => while self.chunk(body)? > 0 {},
        }
        Ok(status)
    }

    /// Reads the headers; without one that tells the length there is no body (204).
    fn head(&mut self) -> io::Result<Framing> {
        let mut framing = Framing::Length(0);
        loop {
            let line = self.line()?.to_ascii_lowercase();
            let Some((name, value)) = line.split_once(':') else { return Ok(framing) };
            match (name, value.trim()) {
                ("content-length", length) => {
                    framing = Framing::Length(length.parse().map_err(io::Error::other)?);
                }
                ("transfer-encoding", "chunked") => framing = Framing::Chunked,
                ("content-encoding", coding) => return Err(io::Error::other(format!("{coding} unasked"))),
                _ => {}
            }
        }
    }

    /// Reads one chunk; its length, 0 at the end.
    fn chunk(&mut self, body: &mut Vec<u8>) -> io::Result<usize> {
        let length = usize::from_str_radix(&self.line()?, 16).map_err(io::Error::other)?;
        self.append(length, body)?;
        self.line()?;
        Ok(length)
    }

    fn append(&mut self, length: usize, body: &mut Vec<u8>) -> io::Result<()> {
        let start = body.len();
        body.resize(start + length, 0);
        self.stream.read_exact(&mut body[start..])
    }

    fn line(&mut self) -> io::Result<String> {
        let mut line = String::new();
        if self.stream.read_line(&mut line)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        line.truncate(line.trim_end().len());
        Ok(line)
    }
}
