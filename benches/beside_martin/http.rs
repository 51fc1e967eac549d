//! As little of HTTP/1.1 as measuring needs: GET over a connection that is kept, without
//! compression.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// One connection. What it does itself is in both servers' figures, so it reuses its buffers and
/// looks at no more of a head than it must.
pub struct Connection {
    address: String,
    stream: BufReader<TcpStream>,
    request: Vec<u8>,
    line: Vec<u8>,
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
        let stream = BufReader::with_capacity(1 << 18, stream);
        Ok(Connection { address: address.into(), stream, request: vec![], line: vec![] })
    }

    /// Asks for `path`; the body goes into `body`, which is emptied first. The status.
    pub fn get(&mut self, path: &str, body: &mut Vec<u8>) -> io::Result<u16> {
        self.request.clear();
        write!(self.request, "GET {path} HTTP/1.1\r\nHost: {}\r\n\r\n", self.address)?;
        self.stream.get_mut().write_all(&self.request)?;
        body.clear();
        let line = self.line()?;
        let status = line.split(' ').nth(1).and_then(|code| code.parse().ok());
        let status = status.ok_or(io::ErrorKind::InvalidData)?;
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
            let Some((name, value)) = self.line()?.split_once(':') else { return Ok(framing) };
            let is = |wanted: &str| name.eq_ignore_ascii_case(wanted);
            if is("content-length") {
                framing = Framing::Length(value.trim().parse().map_err(io::Error::other)?);
            } else if is("transfer-encoding") && value.trim().eq_ignore_ascii_case("chunked") {
                framing = Framing::Chunked;
            } else if is("content-encoding") {
                return Err(io::Error::other(format!("{value} unasked")));
            }
        }
    }

    /// Reads one chunk; its length, 0 at the end.
    fn chunk(&mut self, body: &mut Vec<u8>) -> io::Result<usize> {
        let length = usize::from_str_radix(self.line()?, 16).map_err(io::Error::other)?;
        self.append(length, body)?;
        self.line()?;
        Ok(length)
    }

    fn append(&mut self, length: usize, body: &mut Vec<u8>) -> io::Result<()> {
        let start = body.len();
        body.resize(start + length, 0);
        self.stream.read_exact(&mut body[start..])
    }

    fn line(&mut self) -> io::Result<&str> {
        self.line.clear();
        if self.stream.read_until(b'\n', &mut self.line)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(std::str::from_utf8(&self.line).map_err(io::Error::other)?.trim_end())
    }
}
