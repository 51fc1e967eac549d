//! A client of `/changes`.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::server::Server;

/// What one client hears of changes.
pub struct Listener {
    lines: BufReader<TcpStream>,
    number: Option<u64>,
}

impl Listener {
    pub fn of(server: &Server) -> Listener {
        Listener::with(server, "")
    }

    /// The same with header fields, each with its end of line.
    pub fn with(server: &Server, fields: &str) -> Listener {
        let mut stream = TcpStream::connect(server.address()).unwrap();
        stream.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
        write!(stream, "GET /changes HTTP/1.1\r\nHost: x\r\n{fields}\r\n").unwrap();
        let mut lines = BufReader::new(stream);
        let mut head = String::new();
        while !head.contains("listening") {
            let _ = lines.read_line(&mut head);
        }
        Listener { lines, number: None }
    }

    /// The collections that were told since, in how many events whatever, each with its boxes; the
    /// numbers of events have no gaps. Ends once the change of a collection that is told last has
    /// been told and no more comes.
    pub fn told(&mut self, last: &str) -> BTreeMap<String, BTreeSet<String>> {
        let (mut told, until) =
            (BTreeMap::<_, BTreeSet<String>>::new(), Instant::now() + Duration::from_secs(20));
        let mut text = String::new();
        loop {
            assert!(Instant::now() < until, "{told:?}");
            if self.lines.read_line(&mut text).is_err() {
                if told.contains_key(last) {
                    return told;
                }
                continue;
            }
            if let Some(id) = text.strip_prefix("id: ") {
                let number = id.trim().rsplit('-').next().unwrap().parse().unwrap();
                assert!(self.number.is_none_or(|last| number == last + 1), "{text} after {:?}", self.number);
                self.number = Some(number);
            }
            if let Some(data) = text.strip_prefix("data: {") {
                let event: Value = serde_json::from_str(&format!("{{{data}")).unwrap();
                let boxes = event["boxes"].as_array().unwrap().iter().map(Value::to_string);
                told.entry(event["collection"].as_str().unwrap().to_owned()).or_default().extend(boxes);
            }
            text.clear();
        }
    }
}
