//! FlatGeobuf 3 (<https://flatgeobuf.org>): header, packed R-tree, and features along the Hilbert
//! curve.
//!
//! The header and the index precede the features, and need all of them. So features are written to
//! a temporary file as they come, and copied to a second one in their final order at the end. 48
//! bytes for each feature are kept in memory. The tables are built by the generated code of the
//! crate `flatgeobuf`. Its own writer keeps about 140 bytes for each feature, and accepts no
//! features without geometry in a file with an index.
//!
//! Values for which the format has no type are written as text: numeric (without loss), times and
//! UUIDs. Dates and timestamps become its `DateTime` in ISO 8601; infinite ones are left out.
//! Coordinates are x before y in every coordinate system.

mod feature;
mod header;
mod index;

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};

use feature::FeatureBuilder;
use index::Node;

use super::coordinates::OutputCrs;
use super::spool::{Spool, failed};
use crate::error::Result;
use crate::layer::View;
use crate::work;

/// Units of work for finding a feature's position on the curve and sorting it.
const PLACED: usize = 10;
/// Units of work for reading a feature from the first file.
const READ: usize = 200;

/// Writes a FlatGeobuf file of one collection.
pub struct FlatGeobufWriter {
    builder: FeatureBuilder,
    features: Spool,
    /// The position and the bounds of each feature in `features`, in the order in which they were
    /// added.
    stored: Vec<StoredFeature>,
    /// The parts of the header that are known from the beginning.
    about: Option<header::About>,
    most: u64,
}

/// The bytes of a feature in the first file.
#[derive(Clone, Copy, Debug)]
struct StoredFeature {
    bounds: [f64; 4],
    offset: u64,
    length: u32,
}

impl FlatGeobufWriter {
    /// Makes a writer whose coordinates are in `crs`. Each of its temporary files has at most
    /// `most` bytes.
    ///
    /// # Errors
    ///
    /// Fails if a temporary file cannot be made.
    pub fn new(crs: OutputCrs, most: u64) -> Result<FlatGeobufWriter> {
        Ok(FlatGeobufWriter {
            builder: FeatureBuilder::new(crs),
            features: Spool::new(most)?,
            stored: vec![],
            about: None,
            most,
        })
    }

    /// Collects what the header needs of the collection.
    pub fn begin(&mut self, view: &View<'_>) {
        self.about = Some(header::About::of(view, self.builder.crs()));
    }

    /// Adds the feature of a row.
    ///
    /// # Errors
    ///
    /// Fails if the temporary file cannot be written or exceeds its limit.
    pub fn feature(&mut self, view: &View<'_>, row: u32) -> Result<()> {
        let offset = self.features.len();
        let (bytes, bounds) = self.builder.build(view, row);
        self.features.write(bytes)?;
        self.stored.push(StoredFeature { bounds, offset, length: bytes.len() as u32 });
        Ok(())
    }

    /// Returns the whole file, positioned at its beginning.
    ///
    /// # Errors
    ///
    /// Fails if a temporary file cannot be written or exceeds its limit.
    pub fn end(mut self) -> Result<File> {
        let extent = index::extent(self.stored.iter().map(|feature| feature.bounds));
        self.stored.sort_by_cached_key(|feature| {
            work::spend(PLACED);
            index::place_on_curve(&feature.bounds, &extent)
        });
        let mut out = Spool::new(self.most)?;
        let about = self.about.take().unwrap_or_default();
        out.write(&about.bytes(self.stored.len() as u64, self.builder.kinds(), &extent))?;
        let leaves = self.stored.iter().scan(0, |end, feature| {
            let offset = *end;
            *end += u64::from(feature.length);
            Some(Node { bounds: feature.bounds, offset })
        });
        index::write(leaves, self.stored.len(), &mut out)?;
        copy(self.features.finish()?, &self.stored, &mut out)?;
        out.finish()
    }
}

/// Copies the features to `out`, in the order of `stored`.
fn copy(mut from: File, stored: &[StoredFeature], out: &mut Spool) -> Result<()> {
    let mut buffer = vec![];
    for feature in stored {
        work::spend(READ);
        buffer.resize(feature.length as usize, 0);
        from.seek(SeekFrom::Start(feature.offset)).map_err(|why| failed(&why))?;
        from.read_exact(&mut buffer).map_err(|why| failed(&why))?;
        out.write(&buffer)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::{Duration, Instant};

    use super::*;
    use crate::error::Kind;
    use crate::geo::Crs;
    use crate::work::{Lanes, Work};

    #[test]
    fn a_file_is_not_put_in_order_for_somebody_who_has_left() {
        let crs = OutputCrs::new(Crs::OFFERED[0], Crs::OFFERED[0]).unwrap();
        let mut writer = FlatGeobufWriter::new(crs, 1 << 30).unwrap();
        for number in 0..50_000_u32 {
            let at = f64::from(number % 1000);
            let offset = writer.features.len();
            writer.features.write(&[0; 16]).unwrap();
            writer.stored.push(StoredFeature { bounds: [at, at, at, at], offset, length: 16 });
        }
        let until = Instant::now() + Duration::from_secs(60);
        let (work, asker) = Work::new(&Arc::new(Lanes::new(2)), &Arc::default(), until, 0);
        let ended = work.run(move || {
            drop(asker);
            writer.end().map(drop)
        });
        assert_eq!(ended.unwrap_err().kind, Kind::Unavailable);
    }
}
