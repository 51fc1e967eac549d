//! Reads the properties of a feature: a sequence of bytes with the number of a column and its
//! value, for each column that is not NULL.

use std::ops::Range;

use super::super::values::Raw;
use super::bounded::damaged;
use super::header::FileColumn;
use crate::error::Result;
use ::flatgeobuf as fgb;

/// The range of each column's value in the properties of one feature; None for NULL.
pub type Slots = Vec<Option<Range<usize>>>;

/// Finds the value of each column in `properties`. If a column occurs twice, its last value is
/// used. Fails if bytes are missing or a column does not exist.
pub fn locate(properties: &[u8], columns: &[FileColumn], slots: &mut Slots) -> Result<()> {
    slots.clear();
    slots.resize(columns.len(), None);
    let mut at = 0;
    while at < properties.len() {
        let number = usize::from(u16::from_le_bytes(take(properties, at)?));
        at += 2;
        let Some((column, slot)) = columns.get(number).zip(slots.get_mut(number)) else {
            return Err(damaged(format!("it has a value for column {number}, which does not exist")));
        };
        let value = extent(properties, at, column.kind)?;
        if properties.get(value.clone()).is_none() {
            return Err(damaged(format!("a value of column {:?} is longer than its feature", column.name)));
        }
        at = value.end;
        *slot = Some(value);
    }
    Ok(())
}

/// Returns the range of the value that begins at `at`, without its own length prefix.
fn extent(properties: &[u8], at: usize, kind: fgb::ColumnType) -> Result<Range<usize>> {
    let fixed = match kind {
        fgb::ColumnType::Byte | fgb::ColumnType::UByte | fgb::ColumnType::Bool => 1,
        fgb::ColumnType::Short | fgb::ColumnType::UShort => 2,
        fgb::ColumnType::Int | fgb::ColumnType::UInt | fgb::ColumnType::Float => 4,
        fgb::ColumnType::Long | fgb::ColumnType::ULong | fgb::ColumnType::Double => 8,
        fgb::ColumnType::String
        | fgb::ColumnType::Json
        | fgb::ColumnType::DateTime
        | fgb::ColumnType::Binary => {
            let length = u32::from_le_bytes(take(properties, at)?) as usize;
            return Ok(at + 4..(at + 4).saturating_add(length));
        }
        other => return Err(damaged(format!("it has a column of the unknown type {}", other.0))),
    };
    Ok(at..at + fixed)
}

fn take<const N: usize>(bytes: &[u8], at: usize) -> Result<[u8; N]> {
    bytes
        .get(at..)
        .and_then(|rest| rest.first_chunk())
        .copied()
        .ok_or_else(|| damaged("the properties of a feature end too early"))
}

/// Returns the value in these bytes; None if text is not UTF-8 or the type is not served.
pub fn decode(bytes: &[u8], kind: fgb::ColumnType) -> Option<Raw<'_>> {
    fn whole<const N: usize>(bytes: &[u8]) -> Option<[u8; N]> {
        bytes.try_into().ok()
    }
    Some(match kind {
        fgb::ColumnType::Bool => Raw::Boolean(*bytes.first()? != 0),
        fgb::ColumnType::Byte => Raw::Integer(i8::from_le_bytes(whole(bytes)?).into()),
        fgb::ColumnType::UByte => Raw::Integer((*bytes.first()?).into()),
        fgb::ColumnType::Short => Raw::Integer(i16::from_le_bytes(whole(bytes)?).into()),
        fgb::ColumnType::UShort => Raw::Integer(u16::from_le_bytes(whole(bytes)?).into()),
        fgb::ColumnType::Int => Raw::Integer(i32::from_le_bytes(whole(bytes)?).into()),
        fgb::ColumnType::UInt => Raw::Integer(u32::from_le_bytes(whole(bytes)?).into()),
        fgb::ColumnType::Long => Raw::Integer(i64::from_le_bytes(whole(bytes)?)),
        fgb::ColumnType::ULong => {
            let value = u64::from_le_bytes(whole(bytes)?);
            i64::try_from(value).map_or(Raw::Large(value), Raw::Integer)
        }
        fgb::ColumnType::Float => Raw::Real(f32::from_le_bytes(whole(bytes)?)),
        fgb::ColumnType::Double => Raw::Double(f64::from_le_bytes(whole(bytes)?)),
        fgb::ColumnType::String | fgb::ColumnType::Json | fgb::ColumnType::DateTime => {
            Raw::Text(std::str::from_utf8(bytes).ok()?)
        }
        _ => return None,
    })
}
