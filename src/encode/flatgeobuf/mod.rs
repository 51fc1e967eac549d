//! FlatGeobuf 3 (<https://flatgeobuf.org>): header, packed R-tree, features along the Hilbert
//! curve.
//!
//! The header comes first and counts the features, and the index goes before them, so features are
//! written to a file as they come, and to a second one in their order at the end. 48 bytes a
//! feature stay in memory. The tables are built by the `flatgeobuf` crate's generated code; its own
//! writer keeps some 140 bytes a feature, and takes no features without geometry into a file with
//! an index.
//!
//! What the format has no type for is written as its text: numeric (without loss), times, UUIDs.
//! Dates and timestamps are its `DateTime`, ISO 8601; infinite ones are left out. Coordinates are x
//! before y in every system.

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

/// Units of work to find a feature's place on the curve, and to sort it there.
const PLACED: usize = 10;
/// Units of work to go to a feature in the first file and read it.
const READ: usize = 200;

/// Writes a file of one collection.
pub struct FlatGeobufWriter {
    builder: FeatureBuilder,
    features: Spool,
    /// Where each feature lies in `features`, and its box: in the order in which they came.
    places: Vec<Place>,
    /// The header's parts that are known from the beginning.
    about: Option<header::About>,
    most: u64,
}

/// A feature in the first file.
#[derive(Clone, Copy, Debug)]
struct Place {
    bounds: [f64; 4],
    offset: u64,
    length: u32,
}

impl FlatGeobufWriter {
    /// A writer of coordinates in `crs`, through files of at most `most` bytes each.
    pub fn new(crs: OutputCrs, most: u64) -> Result<FlatGeobufWriter> {
        Ok(FlatGeobufWriter {
            builder: FeatureBuilder::new(crs),
            features: Spool::new(most)?,
            places: vec![],
            about: None,
            most,
        })
    }

    /// Notes what the header will say.
    pub fn begin(&mut self, view: &View<'_>) {
        self.about = Some(header::About::of(view, self.builder.crs()));
    }

    /// Adds a row.
    pub fn feature(&mut self, view: &View<'_>, row: u32) -> Result<()> {
        let offset = self.features.len();
        let (bytes, bounds) = self.builder.build(view, row);
        self.features.write(bytes)?;
        self.places.push(Place { bounds, offset, length: bytes.len() as u32 });
        Ok(())
    }

    /// The whole file, to be read from its beginning.
    pub fn end(mut self) -> Result<File> {
        let extent = index::extent(self.places.iter().map(|place| place.bounds));
        self.places.sort_by_cached_key(|place| {
            work::spend(PLACED);
            index::place_on_curve(&place.bounds, &extent)
        });
        let mut out = Spool::new(self.most)?;
        let about = self.about.take().unwrap_or_default();
        out.write(&about.bytes(self.places.len() as u64, self.builder.kinds(), &extent))?;
        let leaves = self.places.iter().scan(0, |end, place| {
            let offset = *end;
            *end += u64::from(place.length);
            Some(Node { bounds: place.bounds, offset })
        });
        index::write(leaves, self.places.len(), &mut out)?;
        copy(self.features.finish()?, &self.places, &mut out)?;
        out.finish()
    }
}

/// Copies the features in the order of `places`.
fn copy(mut from: File, places: &[Place], out: &mut Spool) -> Result<()> {
    let mut buffer = vec![];
    for place in places {
        work::spend(READ);
        buffer.resize(place.length as usize, 0);
        from.seek(SeekFrom::Start(place.offset)).map_err(|why| failed(&why))?;
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
            writer.places.push(Place { bounds: [at, at, at, at], offset, length: 16 });
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
