//! A checking reader of FlatGeobuf 3, which trusts no length in the file.
//!
//! The generated tables of the crate `flatgeobuf` read header and features, after a verifier has
//! checked them. The rest of the file is read here: magic bytes, header, index, then each feature
//! with its size before it. Each size is compared with the bytes that are left before anything is
//! allocated. At the end, the file must contain as many features as its header says, and nothing
//! behind them. The format is specified at <https://flatgeobuf.org> (`header.fbs`, `feature.fbs`).

mod bounded;
#[cfg(test)]
mod damage_tests;
mod features;
mod geometry;
mod header;
mod properties;

use std::io::{Read, Seek, SeekFrom};

use self::bounded::{Bounded, broken, damaged};
use super::file::Input;
use super::progress::ProgressOf;
use super::schema::Described;
use super::sidecar::Sidecar;
use crate::catalog::{Collection, ColumnType};
use crate::error::{Error, Kind, Result};
use crate::layer::LayerBuilder;
use header::Header;

#[cfg(test)]
mod tests;

/// The letters "fgb". Version, "fgb" again and a patch level follow; the latter is ignored.
const MAGIC: &[u8; 3] = b"fgb";
const VERSION: u8 = 3;
/// The maximum number of bytes of a header. A header contains only names and types, so a longer one
/// is damaged.
const MAX_HEADER: u64 = 16 << 20;

/// Reads what the file says about itself, in the header. If there are timestamps, whose type shows
/// only in their text, the first few features are read as well. The last entry of the index shows
/// whether the file is truncated.
///
/// # Errors
///
/// Fails if the file is damaged or truncated, or cannot be served.
pub fn look(input: &mut Input, sidecar: &Sidecar) -> Result<Described> {
    let (header, mut rest) = open(input)?;
    rest.skip(header.index_bytes()?, "the index")?;
    let left = rest.left;
    let start = input.length() - left;
    check_last_feature(input, &header, start)?;
    let mut described = header.describe(input.length());
    let undecided: Vec<usize> = described
        .columns
        .iter()
        .enumerate()
        .filter(|(_, column)| column.kind == ColumnType::Timestamp)
        .filter(|(_, column)| sidecar.column(&column.name).is_none_or(|words| words.kind.is_none()))
        .map(|(position, _)| position)
        .collect();
    if !undecided.is_empty() {
        input.seek(SeekFrom::Start(start)).map_err(|why| super::file::unreadable(&why))?;
        let mut rest = Bounded { left, input };
        features::decide_timestamps(&mut rest, &header, &undecided, &mut described.columns)?;
    }
    Ok(described)
}

/// Reads all features of the file that `collection` was found in.
///
/// # Errors
///
/// Fails if the file is damaged or truncated, or does not have the columns that it was found with.
pub fn load(input: &mut Input, collection: &Collection, progress: ProgressOf<'_>) -> Result<LayerBuilder> {
    let (header, mut rest) = open(input)?;
    rest.skip(header.index_bytes()?, "the index")?;
    features::read_all(&mut rest, &header, collection, progress)
}

/// Reads magic bytes and header. Fails if the file cannot be served.
fn open(input: &mut Input) -> Result<(Header, Bounded<'_>)> {
    let mut rest = Bounded { left: input.length(), input };
    let mut magic = vec![];
    rest.fill(&mut magic, 8, "the first 8 bytes")?;
    check_magic(&magic)?;
    let mut buffer = vec![];
    rest.prefixed(&mut buffer, "the header", MAX_HEADER)?;
    let header = Header::parse(&buffer)?;
    check_index(&header, rest.left)?;
    Ok((header, rest))
}

fn check_magic(magic: &[u8]) -> Result<()> {
    match magic {
        [a, b, c, version, d, e, f, _] if [*a, *b, *c] == *MAGIC && [*d, *e, *f] == *MAGIC => {
            if *version == VERSION {
                return Ok(());
            }
            let what = format!("it is FlatGeobuf version {version}; only version {VERSION} is read");
            Err(Error::new(Kind::Invalid, what).hint("write it again with a current ogr2ogr"))
        }
        _ => Err(damaged("it does not begin like a FlatGeobuf file")),
    }
}

/// Checks that there is an index. Without one, the header may lack the number of features, and a
/// truncated file could not be recognized.
fn check_index(header: &Header, left: u64) -> Result<()> {
    if header.node_size == 0 && (header.features > 0 || left > 0) {
        return Err(Error::new(
            Kind::Invalid,
            "it has no spatial index, so that truncation could not be told",
        )
        .hint("write it again with ogr2ogr -lco SPATIAL_INDEX=YES"));
    }
    if header.features == 0 && left > 0 {
        return Err(damaged(format!("it says that it has no features, but {left} bytes follow")));
    }
    let after_index = left.checked_sub(header.index_bytes()?);
    if after_index.is_none_or(|left| header.features.saturating_mul(4) > left) {
        let what = format!(
            "it says that it has {} features, but only {left} bytes follow its header",
            header.features
        );
        return Err(damaged(what));
    }
    Ok(())
}

/// Checks that the feature to which the last entry of the index points is complete. Only a load
/// checks whether the file ends behind it, because the features may be stored in another order.
fn check_last_feature(input: &mut Input, header: &Header, start: u64) -> Result<()> {
    if header.features == 0 {
        return Ok(());
    }
    let offset = u64::from_le_bytes(read_at(input, start - 8)?);
    let begin = start.checked_add(offset).filter(|begin| begin.saturating_add(4) <= input.length());
    let end = match begin {
        Some(begin) => Some(begin + 4 + u64::from(u32::from_le_bytes(read_at(input, begin)?))),
        None => None,
    };
    if end.is_none_or(|end| end > input.length()) {
        return Err(damaged("it ends before its last feature does"));
    }
    Ok(())
}

fn read_at<const N: usize>(input: &mut Input, place: u64) -> Result<[u8; N]> {
    let mut bytes = [0; N];
    input
        .seek(SeekFrom::Start(place))
        .and_then(|_| input.read_exact(&mut bytes))
        .map_err(|why| broken(&why, "the last feature"))?;
    Ok(bytes)
}
