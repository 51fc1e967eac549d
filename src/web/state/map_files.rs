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
use crate::error::Result;
use crate::limits::Limits;
use crate::web::http::coding::{Accepted, Coding};

/// The approximate size of an entry in bytes, without the bytes of its files.
const ENTRY: usize = 400;

/// No coding.
const PLAIN: Accepted = Accepted { coding: Coding::Identity, or_plain: true };

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
