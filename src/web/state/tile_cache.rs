//! Tiles as they are sent: made once, compressed once, kept by bytes.
//!
//! A tile is kept under a version of each of its layers: that of the last change that touched it
//! ([`crate::layer::touched`]), else that of the layer as it was read. So what was made of older rows, even if its
//! making began before the change and ended after it, is never found again and leaves as the least recently used,
//! and what a change did not touch stays. What else a tile depends on (zooms, hidden columns, limits) is configuration,
//! which is the same as long as the process lives; once it is not, its version belongs into the key as well.
//! Equal requests wait for one making; an error is not kept.

use std::sync::Arc;

use axum::http::HeaderValue;
use bytes::Bytes;
use moka::future::Cache;
use moka::policy::EvictionPolicy;

use crate::error::Result;
use crate::tile::{Content, TileCoordinate};
use crate::web::http::coding::{Accepted, Coding};

/// What a tile depends on.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TileKey {
    /// The versions of this tile of the layers, and of who may see what, in the order of the collections' ids; and what
    /// of each is shown.
    pub layers: Vec<([u64; 2], Content)>,
    /// The filter as CQL2 text, with its system, where there is one.
    pub filter: Option<Arc<str>>,
    /// Where.
    pub tile: TileCoordinate,
    /// The coding asked for.
    pub coding: Accepted,
}

/// A tile ready to be sent.
#[derive(Debug)]
pub struct SentTile {
    /// In its coding; empty where there is nothing.
    pub bytes: Bytes,
    /// The coding used; identity where another would not have been shorter.
    pub coding: Coding,
    /// A strong entity tag of these bytes (RFC 9110, 8.8.3): it differs between codings.
    pub etag: HeaderValue,
    /// What `Veedel-Tile-Thinned` says.
    pub thinned: Option<HeaderValue>,
}

/// What an entry takes beside its bytes, about.
const ENTRY: usize = 400;

/// The tiles kept.
#[derive(Debug)]
pub struct TileCache {
    tiles: Option<Cache<TileKey, Arc<SentTile>, foldhash::fast::RandomState>>,
}

impl TileCache {
    /// A cache of at most `bytes`; of 0 none at all.
    pub fn new(bytes: u64) -> TileCache {
        let builder = Cache::builder()
            .max_capacity(bytes)
            // By use alone: what an old version made popular must not keep out what the new one needs.
            .eviction_policy(EvictionPolicy::lru())
            .weigher(|key: &TileKey, tile: &Arc<SentTile>| {
                let filter = key.filter.as_ref().map_or(0, |filter| filter.len());
                u32::try_from(tile.bytes.len() + filter + ENTRY).unwrap_or(u32::MAX)
            });
        let tiles = (bytes > 0).then(|| builder.build_with_hasher(foldhash::fast::RandomState::default()));
        TileCache { tiles }
    }

    /// Whether tiles are kept.
    pub fn is_on(&self) -> bool {
        self.tiles.is_some()
    }

    /// The tile, if it is there.
    pub async fn get(&self, key: &TileKey) -> Option<Arc<SentTile>> {
        self.tiles.as_ref()?.get(key).await
    }

    /// The tile as another request just makes it, or made by `make`. If the one who makes it goes away, another
    /// who waits makes it.
    pub async fn get_or_make(
        &self,
        key: TileKey,
        make: impl Future<Output = Result<Arc<SentTile>>>,
    ) -> Result<Arc<SentTile>> {
        match &self.tiles {
            Some(tiles) => tiles.try_get_with(key, make).await.map_err(|error| error.as_ref().clone()),
            None => make.await,
        }
    }

    /// Tiles and bytes kept.
    pub async fn size(&self) -> [u64; 2] {
        let Some(tiles) = &self.tiles else { return [0, 0] };
        tiles.run_pending_tasks().await;
        [tiles.entry_count(), tiles.weighted_size()]
    }
}
