//! The icons and fonts that maps are drawn with, and the sheets and ranges that were made of them.
//!
//! A file is made once and compressed once for each coding. The kept files are limited by bytes.

use std::hash::BuildHasher;
use std::sync::Arc;

use axum::http::HeaderValue;
use bytes::Bytes;
use moka::future::Cache;
use moka::policy::EvictionPolicy;

use crate::carto::font::Font;
use crate::carto::glyphs;
use crate::carto::icons;
use crate::carto::sprites::{self, IconSet};
use crate::error::{Error, Result};
use crate::limits::Limits;
use crate::web::http::coding::{Accepted, Coding};

/// The approximate size of an entry in bytes, without the bytes of its files.
const ENTRY: usize = 400;

/// No coding.
const PLAIN: Accepted = Accepted { coding: Coding::Identity, or_plain: true };

/// The ranges of glyphs that are made ahead, those that most maps ask for first: Latin letters,
/// Greek, Cyrillic and signs. Of the other ranges the fonts of veedel have few characters.
const USUAL: [u32; 16] = [
    0, 8_192, 256, 512, 768, 1_024, 7_680, 8_448, 7_424, 7_936, 1_280, 11_264, 11_776, 42_496, 42_752, 43_776,
];
/// The number of fonts whose usual ranges are made ahead.
const USUAL_FONTS: usize = 8;

/// What is made.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Made {
    /// A sheet of these sets of icons, at a scale: its index and its picture.
    Sheet(Vec<String>, u8),
    /// The range of glyphs that begins with a character, of these fonts, by their places in the
    /// list.
    Glyphs(Vec<usize>, u32),
}

/// A file that can be sent.
#[derive(Clone, Debug)]
pub struct MapFile {
    /// The bytes as they are sent.
    pub bytes: Bytes,
    /// The coding used; identity if another coding would not have made it shorter.
    pub coding: Coding,
    /// The strong entity tag of these bytes. It differs between codings.
    pub etag: HeaderValue,
}

impl MapFile {
    /// Creates a file that is not compressed.
    pub fn plain(bytes: Vec<u8>) -> MapFile {
        MapFile::new(bytes, PLAIN)
    }

    /// Encodes a file in the accepted coding.
    fn new(bytes: Vec<u8>, accepted: Accepted) -> MapFile {
        let hash = foldhash::quality::FixedState::default().hash_one(&bytes);
        let (bytes, coding) = accepted.encode(bytes);
        let coded = coding.token().map(|token| format!("-{token}")).unwrap_or_default();
        let etag = HeaderValue::try_from(format!("\"{hash:016x}{coded}\""));
        let etag = etag.unwrap_or(HeaderValue::from_static("\"\""));
        MapFile { bytes: bytes.into(), coding, etag }
    }
}

/// The files of one making, in its order.
pub type Files = Arc<[MapFile]>;

/// The icons and fonts, and what was made of them.
#[derive(Debug)]
pub struct MapFiles {
    sets: Vec<IconSet>,
    fonts: Vec<Font>,
    kept: Cache<(Made, Option<Accepted>), Files, foldhash::fast::RandomState>,
}

impl MapFiles {
    /// Creates the state from the sets and fonts of the configuration; those that veedel brings
    /// come first. At most `most` bytes are kept.
    pub fn new(sets: Vec<IconSet>, fonts: Vec<Font>, most: usize) -> MapFiles {
        let weight = |_: &(Made, Option<Accepted>), files: &Files| {
            let bytes: usize = files.iter().map(|file| file.bytes.len()).sum();
            u32::try_from(bytes + ENTRY).unwrap_or(u32::MAX)
        };
        let kept = Cache::builder()
            .max_capacity(u64::try_from(most).unwrap_or(u64::MAX))
            .eviction_policy(EvictionPolicy::lru())
            .weigher(weight)
            .build_with_hasher(foldhash::fast::RandomState::default());
        let sets = std::iter::once(icons::set().clone()).chain(sets).collect();
        MapFiles { sets, fonts: Font::embedded().into_iter().chain(fonts).collect(), kept }
    }

    /// The sets of icons, that of veedel first.
    pub fn sets(&self) -> &[IconSet] {
        &self.sets
    }

    /// The fonts, those that veedel brings first.
    pub fn fonts(&self) -> &[Font] {
        &self.fonts
    }

    /// Returns the set of icons with this id.
    pub fn set(&self, id: &str) -> Option<&IconSet> {
        self.sets.iter().find(|set| set.id == id)
    }

    /// Returns the sets in the order of their ids, if a sheet of them is the same in this order.
    pub fn in_order<'a>(&self, sets: &[&'a IconSet]) -> Vec<&'a IconSet> {
        let mut sorted = sets.to_vec();
        sorted.sort_by(|left, right| left.id.cmp(&right.id));
        match sprites::joined(&sorted) == sprites::joined(sets) {
            true => sorted,
            false => sets.to_vec(),
        }
    }

    /// Makes the files.
    pub fn make(&self, made: &Made, limits: &Limits) -> Result<Files> {
        Ok(match made {
            Made::Sheet(ids, scale) => {
                let sets: Vec<&IconSet> = ids.iter().filter_map(|id| self.set(id)).collect();
                let sheet = sprites::sheet(&sprites::joined(&sets), *scale, limits)?;
                Files::from([sheet.index, sheet.picture].map(MapFile::plain))
            }
            Made::Glyphs(places, first) => {
                let fonts: Vec<&Font> = places.iter().filter_map(|place| self.fonts.get(*place)).collect();
                Files::from([MapFile::plain(glyphs::range(&fonts, *first))])
            }
        })
    }

    /// Makes the files that most maps ask for, in each coding, so that the first map need not wait
    /// for them.
    pub async fn make_usual(self: Arc<MapFiles>, limits: Limits) {
        let sheets = sprites::SCALES.map(|scale| Made::Sheet(vec![icons::ID.to_owned()], scale));
        let places = 0..self.fonts.len().min(USUAL_FONTS);
        let ranges = USUAL.into_iter().flat_map(|first| places.clone().map(move |place| (place, first)));
        let ranges = ranges.map(|(place, first)| Made::Glyphs(vec![place], first));
        for made in sheets.into_iter().chain(ranges) {
            let (files, wanted, limits) = (self.clone(), made.clone(), limits.clone());
            let make = async move {
                let make = tokio::task::spawn_blocking(move || files.make(&wanted, &limits));
                make.await.map_err(|fault| Error::internal("a file of a map was not made").because(fault))?
            };
            // What fails here fails again when it is asked for, and is answered there.
            let Ok(files) = self.get_or_make(made.clone(), None, make).await else { return };
            // The index of a sheet, or the glyphs.
            let Some(file) = files.first() else { continue };
            for coding in [Coding::Zstd, Coding::Brotli, Coding::Gzip] {
                let _ = self.coded(made.clone(), file, Accepted { coding, or_plain: true }).await;
            }
        }
    }

    /// Returns a file in the accepted coding, which is made once for each.
    pub async fn coded(&self, made: Made, file: &MapFile, accepted: Accepted) -> Result<MapFile> {
        if accepted == PLAIN {
            return Ok(file.clone());
        }
        let code = async { Ok(Files::from([MapFile::new(file.bytes.to_vec(), accepted)])) };
        let files = self.get_or_make(made, Some(accepted), code).await?;
        Ok(files.first().unwrap_or(file).clone())
    }

    /// Returns the kept files, or makes them with `make`. Concurrent requests wait for one making,
    /// and errors are not kept.
    pub async fn get_or_make(
        &self,
        made: Made,
        accepted: Option<Accepted>,
        make: impl Future<Output = Result<Files>>,
    ) -> Result<Files> {
        self.kept.try_get_with((made, accepted), make).await.map_err(|error| error.as_ref().clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_usual_files_are_made_before_they_are_asked_for() {
        let files = Arc::new(MapFiles::new(vec![], vec![], Limits::default().map_files_bytes));
        files.clone().make_usual(Limits::default()).await;
        let not_again = || async { Err(Error::internal("made when asked for")) };
        for place in 0..files.fonts().len() {
            for first in USUAL {
                let made = Made::Glyphs(vec![place], first);
                let plain = files.get_or_make(made.clone(), None, not_again()).await.expect("glyphs");
                assert!(plain[0].bytes.len() > 100, "{made:?}");
                for coding in [Coding::Zstd, Coding::Brotli, Coding::Gzip] {
                    let accepted = Some(Accepted { coding, or_plain: true });
                    files.get_or_make(made.clone(), accepted, not_again()).await.expect("a coding");
                }
            }
        }
        let sheet = Made::Sheet(vec![icons::ID.to_owned()], 2);
        assert_eq!(files.get_or_make(sheet, None, not_again()).await.expect("a sheet").len(), 2);
    }
}
