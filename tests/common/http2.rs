//! HTTP/2 byte by byte (RFC 9113), for clients that no library would be.

#![allow(dead_code, clippy::unwrap_used, clippy::indexing_slicing)]

use std::io::Read;
use std::net::TcpStream;

/// A frame of HTTP/2 (RFC 9113, 4.1).
pub fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes()[..], payload].concat()
}

/// The beginning of a connection on which each stream has a window of so many bytes, and the
/// acknowledgement of whatever the server sets.
pub fn hello(window: u32) -> Vec<u8> {
    let settings = [&4u16.to_be_bytes()[..], &window.to_be_bytes()].concat();
    [b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec(), frame(4, 0, 0, &settings), frame(4, 1, 0, &[])].concat()
}

/// A GET with these fields: the method and the scheme by their places in the table of HPACK, all
/// else as it is.
pub fn get(stream: u32, path: &str, fields: &[(&str, &str)]) -> Vec<u8> {
    // A length of 127 and more goes on in bytes of seven bits each (RFC 7541, 5.1).
    let text = |text: &str| {
        let mut coded = vec![text.len().min(127) as u8];
        let mut rest = text.len().checked_sub(127);
        while let Some(left) = rest {
            coded.push((left % 128) as u8 | if left < 128 { 0 } else { 128 });
            rest = (left >= 128).then_some(left / 128);
        }
        [&coded, text.as_bytes()].concat()
    };
    let path = (":path", path);
    let all = std::iter::once(&path).chain(fields);
    let coded: Vec<u8> = all.flat_map(|(name, value)| [vec![0], text(name), text(value)].concat()).collect();
    frame(1, 5, stream, &[vec![0x82, 0x86], coded].concat())
}

/// The next frame: its kind, its stream and what it holds. None once the connection has ended.
pub fn next_frame(socket: &mut TcpStream) -> Option<(u8, u32, Vec<u8>)> {
    let mut head = [0; 9];
    socket.read_exact(&mut head).ok()?;
    let mut payload = vec![0; u32::from_be_bytes([0, head[0], head[1], head[2]]) as usize];
    socket.read_exact(&mut payload).ok()?;
    Some((head[3], u32::from_be_bytes([head[5], head[6], head[7], head[8]]), payload))
}
