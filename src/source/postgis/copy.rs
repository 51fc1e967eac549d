//! Reads the binary format of `COPY … TO STDOUT` (PostgreSQL's manual, COPY, "Binary Format").
//!
//! A header is followed by rows. A row has a 16-bit number of fields, and for each field a 32-bit
//! length (−1 for NULL) and its bytes in the form of the type's send function. A number of −1 ends
//! the rows. All numbers are big-endian. No length is trusted: a field must be complete within the
//! bytes that have arrived, and have at most PostgreSQL's own limit of 1 GiB.

use std::ops::Range;

use crate::catalog::ColumnType;
use crate::error::{Error, Result};
use crate::layer::Value;

const SIGNATURE: &[u8] = b"PGCOPY\n\xff\r\n\0";
/// The maximum number of bytes of a field in PostgreSQL.
const LONGEST_FIELD: usize = 1 << 30;
/// The maximum length of the header's extension area, which is empty in all versions so far.
const LONGEST_EXTENSION: usize = 1 << 16;
/// The number of days from 1970-01-01 to 2000-01-01, PostgreSQL's epoch.
const EPOCH_DAYS: i32 = 10_957;
const EPOCH_MICROSECONDS: i64 = EPOCH_DAYS as i64 * 86_400_000_000;

/// Splits a stream of bytes, which comes in pieces of any size, into rows.
#[derive(Debug)]
pub struct Decoder {
    fields: usize,
    state: State,
    /// The beginning of a row whose end has not arrived yet.
    rest: Vec<u8>,
    /// The ranges of the current row's fields; kept between rows to save allocations.
    spans: Vec<Option<Range<usize>>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Header,
    Rows,
    End,
}

/// One row, which borrows the bytes that arrived.
#[derive(Clone, Copy, Debug)]
pub struct CopyRow<'a> {
    bytes: &'a [u8],
    spans: &'a [Option<Range<usize>>],
}

impl<'a> CopyRow<'a> {
    /// Returns the bytes of a field; None for NULL.
    pub fn field(&self, index: usize) -> Option<&'a [u8]> {
        self.bytes.get(self.spans.get(index)?.clone()?)
    }
}

impl Decoder {
    /// Makes a decoder for rows with this number of fields.
    pub fn new(fields: usize) -> Decoder {
        Decoder { fields, state: State::Header, rest: vec![], spans: Vec::with_capacity(fields) }
    }

    /// Takes the next bytes and calls `each` for every row that they complete.
    ///
    /// # Errors
    ///
    /// Fails if the bytes are not in the format, or if `each` fails.
    pub fn feed(&mut self, bytes: &[u8], mut each: impl FnMut(CopyRow<'_>) -> Result<()>) -> Result<()> {
        if self.rest.is_empty() {
            let used = self.walk(bytes, &mut each)?;
            self.rest.extend_from_slice(bytes.get(used..).unwrap_or_default());
            return Ok(());
        }
        let mut all = std::mem::take(&mut self.rest);
        all.extend_from_slice(bytes);
        let used = self.walk(&all, &mut each)?;
        all.drain(..used);
        self.rest = all;
        Ok(())
    }

    /// Ends the stream.
    ///
    /// # Errors
    ///
    /// Fails if the end was not announced, which means that rows are missing.
    pub fn finish(self) -> Result<()> {
        match self.state {
            State::End if self.rest.is_empty() => Ok(()),
            _ => Err(Error::unavailable("the database stopped in the middle of the rows")),
        }
    }

    /// Reads all complete rows and returns the number of bytes read.
    fn walk(&mut self, bytes: &[u8], each: &mut impl FnMut(CopyRow<'_>) -> Result<()>) -> Result<usize> {
        let mut reader = Reader { bytes, at: 0 };
        loop {
            let begin = reader.at;
            let whole = match self.state {
                State::Header => header(&mut reader)?,
                State::Rows => self.row(&mut reader)?,
                State::End if begin == bytes.len() => None,
                State::End => return Err(malformed("bytes after the last row")),
            };
            match whole {
                None => return Ok(begin),
                Some(Step::Header) => self.state = State::Rows,
                Some(Step::End) => self.state = State::End,
                Some(Step::Row) => each(CopyRow { bytes, spans: &self.spans })?,
            }
        }
    }

    fn row(&mut self, reader: &mut Reader<'_>) -> Result<Option<Step>> {
        let Some(count) = reader.array().map(i16::from_be_bytes) else { return Ok(None) };
        if count == -1 {
            return Ok(Some(Step::End));
        }
        if usize::try_from(count) != Ok(self.fields) {
            return Err(malformed("a row with another number of fields"));
        }
        self.spans.clear();
        for _ in 0..self.fields {
            let Some(length) = reader.array().map(i32::from_be_bytes) else { return Ok(None) };
            let span = match usize::try_from(length) {
                Ok(length) if length > LONGEST_FIELD => return Err(malformed("a field too long")),
                Ok(length) => match reader.take(length) {
                    Some(span) => Some(span),
                    None => return Ok(None),
                },
                Err(_) if length == -1 => None,
                Err(_) => return Err(malformed("a field of negative length")),
            };
            self.spans.push(span);
        }
        Ok(Some(Step::Row))
    }
}

enum Step {
    Header,
    Row,
    End,
}

fn header(reader: &mut Reader<'_>) -> Result<Option<Step>> {
    let Some(signature) = reader.take(SIGNATURE.len()) else { return Ok(None) };
    if reader.bytes.get(signature) != Some(SIGNATURE) {
        return Err(malformed("no signature"));
    }
    let Some(flags) = reader.array().map(u32::from_be_bytes) else { return Ok(None) };
    // The upper half contains flags that a reader must understand. Only 16 (OIDs) was ever used.
    if flags >> 16 != 0 {
        return Err(malformed("unknown flags"));
    }
    let Some(length) = reader.array().map(u32::from_be_bytes) else { return Ok(None) };
    match usize::try_from(length) {
        Ok(length) if length <= LONGEST_EXTENSION => Ok(reader.take(length).map(|_| Step::Header)),
        _ => Err(malformed("a header too long")),
    }
}

fn malformed(what: &str) -> Error {
    Error::unavailable(format!("the database sent rows that cannot be read: {what}"))
}

/// A position in bytes. Reading beyond the end returns None.
struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Reader<'_> {
    #[inline]
    fn take(&mut self, length: usize) -> Option<Range<usize>> {
        let end = self.at.checked_add(length).filter(|end| *end <= self.bytes.len())?;
        let span = self.at..end;
        self.at = end;
        Some(span)
    }

    #[inline]
    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let span = self.take(N)?;
        self.bytes.get(span)?.try_into().ok()
    }
}

/// Converts a field that was selected as a column of type `kind`. Returns None if its bytes are no
/// value of this type: text that is not UTF-8, which a database with the encoding SQL_ASCII may
/// contain, or bytes of another length.
#[inline]
pub fn value(kind: ColumnType, field: Option<&[u8]>) -> Option<Value<'_>> {
    use ColumnType::*;
    let Some(bytes) = field else { return Some(Value::Null) };
    Some(match kind {
        Boolean => Value::Boolean(fixed::<1>(bytes)? != [0]),
        Integer => Value::Integer(i32::from_be_bytes(fixed(bytes)?).into()),
        BigInteger => Value::Integer(i64::from_be_bytes(fixed(bytes)?)),
        Real => Value::Real(f32::from_be_bytes(fixed(bytes)?)),
        Double => Value::Double(f64::from_be_bytes(fixed(bytes)?)),
        Numeric => Value::Numeric(text(bytes)?),
        Text => Value::Text(text(bytes)?),
        Json => Value::Json(text(bytes)?),
        Array => Value::Array(text(bytes)?),
        Date => Value::Date(date(i32::from_be_bytes(fixed(bytes)?))),
        Timestamp => Value::Timestamp(instant(i64::from_be_bytes(fixed(bytes)?))?),
        TimestampWithZone => Value::TimestampWithZone(instant(i64::from_be_bytes(fixed(bytes)?))?),
        Time => Value::Time(i64::from_be_bytes(fixed(bytes)?)),
        Uuid => Value::Uuid(u128::from_be_bytes(fixed(bytes)?)),
    })
}

#[inline]
fn fixed<const N: usize>(bytes: &[u8]) -> Option<[u8; N]> {
    bytes.try_into().ok()
}

#[inline]
fn text(bytes: &[u8]) -> Option<&str> {
    std::str::from_utf8(bytes).ok()
}

/// Converts days since PostgreSQL's epoch to days since 1970. The ends of the range are its
/// infinities and stay.
fn date(days: i32) -> i32 {
    if days == i32::MIN { days } else { days.saturating_add(EPOCH_DAYS) }
}

/// Converts microseconds since PostgreSQL's epoch to microseconds since 1970; infinities stay. The
/// last thirty years of PostgreSQL's timestamps (to 294276) exceed 64 bits. They become None and
/// are counted as misfits.
fn instant(micros: i64) -> Option<i64> {
    match micros {
        i64::MIN | i64::MAX => Some(micros),
        micros => micros.checked_add(EPOCH_MICROSECONDS).filter(|micros| *micros != i64::MAX),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn stream(rows: &[Vec<Option<Vec<u8>>>]) -> Vec<u8> {
        let mut bytes = [SIGNATURE, &[0; 8]].concat();
        for row in rows {
            bytes.extend((row.len() as i16).to_be_bytes());
            for field in row {
                match field {
                    None => bytes.extend((-1i32).to_be_bytes()),
                    Some(field) => {
                        bytes.extend((field.len() as i32).to_be_bytes());
                        bytes.extend(field);
                    }
                }
            }
        }
        bytes.extend((-1i16).to_be_bytes());
        bytes
    }

    fn read<'a>(fields: usize, chunks: impl Iterator<Item = &'a [u8]>) -> Result<Vec<Vec<Option<Vec<u8>>>>> {
        let mut decoder = Decoder::new(fields);
        let mut rows = vec![];
        for chunk in chunks {
            decoder.feed(chunk, |row| {
                rows.push((0..fields).map(|index| row.field(index).map(<[u8]>::to_vec)).collect());
                Ok(())
            })?;
        }
        decoder.finish().map(|()| rows)
    }

    proptest::proptest! {
        #[test]
        fn rows_are_the_same_however_the_bytes_are_cut(
            rows in proptest::collection::vec(proptest::collection::vec(
                proptest::option::of(proptest::collection::vec(0u8.., 0..9)), 3..=3), 0..6),
            size in 1usize..40,
        ) {
            let bytes = stream(&rows);
            proptest::prop_assert_eq!(read(3, bytes.chunks(size)).unwrap(), rows);
        }

        #[test]
        fn cut_off_anywhere_it_is_an_error_and_whatever_comes_no_panic(cut in 0usize..60, noise in proptest::collection::vec(0u8.., 0..60)) {
            let bytes = stream(&[vec![Some(vec![1, 2]), None], vec![Some(vec![]), Some(vec![3])]]);
            let cut = cut.min(bytes.len() - 1);
            proptest::prop_assert!(read(2, std::iter::once(&bytes[..cut])).is_err());
            let _ = read(2, [&bytes[..cut], &noise[..]].into_iter());
            for kind in [ColumnType::Boolean, ColumnType::Integer, ColumnType::Text, ColumnType::Uuid, ColumnType::Date] {
                let _ = value(kind, Some(&noise));
            }
        }
    }

    #[test]
    fn lengths_that_lie_are_refused() {
        let good = stream(&[vec![Some(vec![7])]]);
        let at = SIGNATURE.len() + 8;
        for (place, bytes) in [
            (0, &b"X"[..]),
            (SIGNATURE.len(), &[0, 1]),
            (SIGNATURE.len() + 4, &[0x7f]),
            (at, &[0, 2]),
            (at, &[0xff, 0xfe]),
            (at + 2, &[0xff, 0xff, 0xff, 0xfe]),
            (at + 2, &[0x7f, 0xff, 0xff, 0xff]),
        ] {
            let mut bad = good.clone();
            bad.splice(place..place + bytes.len(), bytes.iter().copied());
            assert!(read(1, std::iter::once(&bad[..])).is_err(), "{place} {bytes:?}");
        }
        let more = [&good[..], &[0]].concat();
        assert!(read(1, std::iter::once(&more[..])).is_err());
    }

    #[test]
    fn dates_count_from_1970_and_infinities_stay() {
        let date =
            |days: i32| value(ColumnType::Date, Some(&days.to_be_bytes())).map(|value| format!("{value:?}"));
        assert_eq!(date(-10_957).as_deref(), Some("Date(0)"));
        assert_eq!(date(i32::MAX), Some(format!("Date({})", i32::MAX)));
        assert_eq!(date(i32::MIN), Some(format!("Date({})", i32::MIN)));
        assert_eq!(
            value(ColumnType::Timestamp, Some(&0i64.to_be_bytes())),
            Some(Value::Timestamp(946_684_800_000_000))
        );
        assert_eq!(
            value(ColumnType::Timestamp, Some(&i64::MIN.to_be_bytes())),
            Some(Value::Timestamp(i64::MIN))
        );
    }

    #[test]
    fn integers_of_their_width_and_nothing_of_a_wrong_one() {
        assert_eq!(value(ColumnType::Integer, Some(&(-2i16).to_be_bytes())), None);
        assert_eq!(value(ColumnType::Integer, Some(&(-2i32).to_be_bytes())), Some(Value::Integer(-2)));
        assert_eq!(
            value(ColumnType::BigInteger, Some(&i64::MIN.to_be_bytes())),
            Some(Value::Integer(i64::MIN))
        );
        assert_eq!(value(ColumnType::Integer, Some(&[1, 2, 3])), None);
        assert_eq!(value(ColumnType::Text, Some(&[0xff])), None);
        assert_eq!(value(ColumnType::Text, None), Some(Value::Null));
    }

    #[test]
    fn any_bytes_are_rows_or_an_error() {
        let row = stream(&[vec![Some(vec![1, 2, 3, 4]), None], vec![None, Some(vec![])]]);
        bolero::check!().with_test_time(crate::fuzz_time()).for_each(|bytes: &[u8]| {
            // The first half of the input edits a valid stream, the rest is read as it is, in
            // pieces.
            let mut stream = row.clone();
            for edit in bytes.chunks_exact(2).take(8) {
                let at = usize::from(edit[0]) % stream.len();
                stream[at] = edit[1];
            }
            stream.extend_from_slice(bytes);
            let _ = read(2, stream.chunks(1 + bytes.len() % 7));
        });
    }
}
