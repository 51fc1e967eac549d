//! A server that sends without an end: each connection is ended in time, and memory stays as it
//! was.

use std::io::{Read, Result, Write};
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

use veedel::source::postgis;

use super::{Dsn, RELOAD, run};

fn message(kind: u8, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len() + 4).unwrap();
    [&[kind], length.to_be_bytes().as_slice(), body].concat()
}

/// A server on whose connections `speak` goes on after the client has begun.
fn server(speak: fn(&mut TcpStream) -> Result<()>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            std::thread::spawn(move || begin(&mut stream).and_then(|()| speak(&mut stream)));
        }
    });
    format!("postgresql://reader@{address}/city")
}

/// Reads the question for encryption and the beginning, and lets the client in.
fn begin(stream: &mut TcpStream) -> Result<()> {
    let mut question = [0; 8];
    stream.read_exact(&mut question)?;
    stream.write_all(b"N")?;
    let mut length = [0; 4];
    stream.read_exact(&mut length)?;
    let mut rest = vec![0; u32::from_be_bytes(length) as usize - 4];
    stream.read_exact(&mut rest)?;
    stream.write_all(&message(b'R', &[0; 4]))
}

/// Lets the client ask, and reads what it asks first.
fn asked(stream: &mut TcpStream) -> Result<()> {
    stream.write_all(&message(b'Z', b"I"))?;
    for _ in 0..2 {
        let mut header = [0; 5];
        stream.read_exact(&mut header)?;
        let length = u32::from_be_bytes(header[1..].try_into().unwrap());
        let mut rest = vec![0; length as usize - 4];
        stream.read_exact(&mut rest)?;
        if !rest.starts_with(b"BEGIN") && !rest.starts_with(b"SET") {
            break;
        }
        stream.write_all(&message(b'C', b"BEGIN\0"))?;
        stream.write_all(&message(b'Z', b"T"))?;
    }
    Ok(())
}

fn endless(stream: &mut TcpStream, mut next: impl FnMut(u64) -> Vec<u8>) -> Result<()> {
    for at in 0.. {
        stream.write_all(&next(at))?;
    }
    Ok(())
}

/// Mebibytes of memory that this process has had at most.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or("0");
    line.trim().trim_end_matches("kB").trim().parse::<u64>().unwrap() / 1024
}

/// What looking at such a server comes to, within so many seconds and some memory.
fn fault(speak: fn(&mut TcpStream) -> Result<()>, within: u64) -> String {
    let dsn = Dsn::parse(&server(speak)).unwrap();
    let (before, begun) = (peak(), Instant::now());
    let fault = run(async {
        let client = postgis::connect(&dsn).await?;
        let look = postgis::look(&client, &dsn.to_string(), &|_, _| Default::default(), RELOAD).await;
        look.map(|_| ())
    });
    assert!(begun.elapsed() < Duration::from_secs(within), "{:?}", begun.elapsed());
    // Other tests run beside this one.
    assert!(peak() - before < 600, "{} MiB", peak() - before);
    fault.unwrap_err().to_string()
}

#[test]
fn settings_without_an_end_end_the_connection() {
    let said = fault(
        |stream| endless(stream, |at| message(b'S', format!("n{at}\0{}\0", "v".repeat(1000)).as_bytes())),
        5,
    );
    assert!(said.contains("sends more than is read: it told of more than 200 settings"), "{said}");
}

#[test]
fn a_message_of_two_gibibytes_ends_the_connection() {
    let large = |stream: &mut TcpStream| {
        stream.write_all(b"E\x7f\xff\xff\xff")?;
        endless(stream, |_| vec![0; 1 << 16])
    };
    let said = fault(large, 5);
    assert!(said.contains("it sent a message of 2147483643 bytes"), "{said}");
    let said = fault(
        |stream| {
            asked(stream)?;
            stream.write_all(b"D\x7f\xff\xff\xff")?;
            endless(stream, |_| vec![0; 1 << 16])
        },
        5,
    );
    assert!(said.contains("the connection was lost"), "{said}");
}

#[test]
fn an_answer_without_an_end_ends_the_look() {
    let said = fault(
        |stream| {
            asked(stream)?;
            stream.write_all(&message(b'T', b"\0\x01a\0\0\0\0\0\0\0\0\0\0\x19\xff\xff\0\0\0\0\0\0"))?;
            let row = [&[0, 1], 1000_u32.to_be_bytes().as_slice(), &[b'v'; 1000]].concat();
            endless(stream, |_| message(b'D', &row))
        },
        30,
    );
    assert!(said.contains("answers with more than 128 MiB about the catalogue"), "{said}");
}

#[test]
fn notices_without_an_end_end_with_the_time_to_connect() {
    let said =
        fault(|stream| endless(stream, |_| message(b'N', b"SNOTICE\0C00000\0Mhello\0\0").repeat(100)), 8);
    assert!(said.contains("did not answer within 5 s"), "{said}");
}
