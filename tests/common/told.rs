//! What an answer says, without what is of the moment: times, ids of requests, versions of data.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::string_slice)]

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::server::Answer;

/// Headers that differ with each answer.
const OF_THE_MOMENT: [&str; 7] = [
    "date",
    "expires",
    "x-request-id",
    "veedel-as-of",
    "veedel-data-version",
    "content-length",
    "content-location",
];

/// Whether rules tell callers apart here: then an answer varies by the caller.
pub fn is_of_a_caller(answer: &Answer) -> bool {
    answer.header("vary").contains("Authorization")
}

/// Status and headers without those of the moment; of an answer for one caller also without who may
/// store it, which a server without rules says otherwise.
pub fn head(answer: &Answer, is_of_a_caller: bool) -> String {
    let mut headers: Vec<String> = answer
        .headers
        .iter()
        .filter(|(name, _)| !OF_THE_MOMENT.contains(&name.as_str()))
        .filter(|(name, value)| *name != "vary" || *value != "Authorization")
        .filter(|(name, _)| *name != "cache-control" || !is_of_a_caller)
        .map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes());
            let value = value.replace(", Authorization", "").replace("Authorization, ", "");
            // The tag of features is made of their version.
            let is_file = answer.headers.contains_key("accept-ranges");
            let is_of_version = name == "etag" && (value.starts_with("W/\"") || is_file);
            format!("{name}: {}", if is_of_version { "OF THE VERSION" } else { &value })
        })
        .collect();
    headers.sort();
    format!("{} {}", answer.status, headers.join(" "))
}

/// The body as text, without the roles in which a known caller sees it.
pub fn body(answer: &Answer) -> String {
    let body = unpacked(&answer.body).unwrap_or_else(|| latin(&answer.body));
    ["<p class=\"seen-as\">|</p>", ",\"veedel:seenAs\":\"|\""].iter().fold(body, |body, around| {
        let (begin, end) = around.split_once('|').unwrap();
        without(&body, begin, end)
    })
}

/// A text without what begins and ends so: a page says to a known caller in which roles he sees it.
fn without(text: &str, begin: &str, end: &str) -> String {
    let mut pieces = text.split(begin);
    let first = pieces.next().unwrap().to_owned();
    pieces.fold(first, |kept, piece| kept + piece.split_once(end).map_or(piece, |(_, behind)| behind))
}

/// The files of a ZIP archive one after the other, as a workbook is one; None of what is none.
fn unpacked(bytes: &[u8]) -> Option<String> {
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).ok()?;
    let mut text = String::new();
    for index in 0..archive.len() {
        let mut file = archive.by_index(index).unwrap();
        text.push_str(&format!("{}\n", file.name().unwrap()));
        let mut bytes = vec![];
        std::io::Read::read_to_end(&mut file, &mut bytes).unwrap();
        // Columns are as wide as what stands in them, moments too.
        for (number, piece) in latin(&bytes).split(" width=\"").enumerate() {
            let behind = piece.split_once('"').map_or(piece, |(_, behind)| behind);
            text.push_str(if number == 0 { piece } else { behind });
        }
    }
    Some(text)
}

/// Bytes as text, whatever they are.
fn latin(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().map(|byte| char::from(*byte)).collect(),
    }
}

/// The text with moments of today, versions and addresses of results taken out; cursors are read
/// first, as they hold moments.
pub fn timeless(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    let words = |text: &str| {
        text.find(|c: char| !(c.is_ascii_alphanumeric() || "-_".contains(c))).unwrap_or(text.len())
    };
    while let Some(first) = rest.chars().next() {
        if let Some(behind) = rest.strip_prefix("cursor=") {
            let (word, behind) = behind.split_at(words(behind));
            let read = URL_SAFE_NO_PAD.decode(word).unwrap_or_default();
            out.push_str(&format!("cursor={}", timeless(&String::from_utf8_lossy(&read))));
            rest = behind;
        } else if let Some(behind) = rest.strip_prefix("/results/") {
            out.push_str("/results/");
            rest = &behind[words(behind)..];
        } else if let Some(behind) = rest.strip_prefix("\"result\":{\"id\":\"") {
            rest = &behind[words(behind)..];
        } else if let Some(behind) = rest.strip_prefix("\"veedel:lagMilliseconds\":") {
            rest = behind.trim_start_matches(|c: char| c.is_ascii_digit());
        } else if is_moment(rest) {
            out.push_str("MOMENT");
            rest = rest.trim_start_matches(|c: char| c.is_ascii_digit() || "-T:.Z, ".contains(c));
        } else if first.is_ascii_digit() {
            let (number, behind) =
                rest.split_at(rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len()));
            out.push_str(if number.len() == 16 { "VERSION" } else { number });
            rest = behind;
        } else {
            out.push(first);
            rest = &rest[first.len_utf8()..];
        }
    }
    out
}

/// Whether a moment of today or, about midnight, of yesterday stands here, as programs or as
/// Germans write it.
fn is_moment(text: &str) -> bool {
    let begins = |days: i64| {
        let day = jiff::Timestamp::now() - jiff::SignedDuration::from_hours(24 * days);
        let day = day.to_zoned(jiff::tz::TimeZone::UTC);
        ["%Y-%m-%dT", "%d.%m.%Y, "].iter().any(|form| text.starts_with(&day.strftime(form).to_string()))
    };
    let is_day = text.starts_with("20") || text.as_bytes().get(2) == Some(&b'.');
    is_day && (begins(0) || begins(1))
}
