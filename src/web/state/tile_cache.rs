//! The cache of tiles as they are sent: each tile is made once and compressed once. The cache is
//! limited by bytes.
//!
//! The key of a tile contains a version of each of its layers: that of the last change that touched
//! the tile ([`crate::layer::tile_versions`]), or else that of the layer as it was loaded. So a
//! tile made from older rows is never found again, even if its making began before a change and
//! ended after it; it is removed as the least recently used. Tiles that a change did not touch
//! stay. The other things a tile depends on (zooms, hidden columns, limits) are configuration,
//! which does not change while the process lives; if that changes, the version of the configuration
//! must be added to the key. Concurrent requests for the same tile wait until it has been made
//! once. Errors are not kept.

use std::sync::Arc;

use axum::http::HeaderValue;
use bytes::Bytes;
use moka::future::Cache;
use moka::policy::EvictionPolicy;

use crate::error::Result;
use crate::tile::{Content, TileCoordinate};
use crate::web::http::coding::{Accepted, Coding};

/// Everything that a tile depends on.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TileKey {
    /// For each layer, in the order of the tile: the version of this tile and the
    /// edition of the policy, and whether features or labels are shown.
    pub layers: Vec<([u64; 2], Content)>,
    /// The filter as CQL2 text, with its CRS; None without a filter.
    pub filter: Option<Arc<str>>,
    /// The zoom, column and row.
    pub tile: TileCoordinate,
    /// The coding that the client accepts.
    pub coding: Accepted,
}

/// A tile that can be sent.
#[derive(Debug)]
pub struct SentTile {
    /// The encoded bytes; empty if the tile has no features.
    pub bytes: Bytes,
    /// The coding used; identity if another coding would not have made it shorter.
    pub coding: Coding,
    /// The strong entity tag of these bytes (RFC 9110, 8.8.3). It differs between codings.
    pub etag: HeaderValue,
    /// The value of the header `Veedel-Tile-Thinned`; None if the tile is not thinned.
    pub thinned: Option<HeaderValue>,
}

/// The approximate size of an entry in bytes, without the bytes of the tile.
const ENTRY: usize = 400;

/// The cached tiles.
#[derive(Debug)]
pub struct TileCache {
    tiles: Option<Cache<TileKey, Arc<SentTile>, foldhash::fast::RandomState>>,
}

impl TileCache {
    /// Creates a cache of at most `bytes` bytes; 0 keeps no tiles.
    pub fn new(bytes: u64) -> TileCache {
        let builder = Cache::builder()
            .max_capacity(bytes)
            // Least recently used, because the popularity of an old version must not keep out tiles
            // of the new one.
            .eviction_policy(EvictionPolicy::lru())
            .weigher(|key: &TileKey, tile: &Arc<SentTile>| {
                let filter = key.filter.as_ref().map_or(0, |filter| filter.len());
                u32::try_from(tile.bytes.len() + filter + ENTRY).unwrap_or(u32::MAX)
            });
        let tiles = (bytes > 0).then(|| builder.build_with_hasher(foldhash::fast::RandomState::default()));
        TileCache { tiles }
    }

    /// Whether tiles are kept at all.
    pub fn is_on(&self) -> bool {
        self.tiles.is_some()
    }

    /// Returns the tile, if it is cached.
    pub async fn get(&self, key: &TileKey) -> Option<Arc<SentTile>> {
        self.tiles.as_ref()?.get(key).await
    }

    /// Returns the tile that another request is just making, or makes it with `make`. If the
    /// request that makes the tile is dropped, another waiting request makes it.
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

    /// Returns the number of cached tiles and their bytes.
    pub async fn size(&self) -> [u64; 2] {
        let Some(tiles) = &self.tiles else { return [0, 0] };
        tiles.run_pending_tasks().await;
        [tiles.entry_count(), tiles.weighted_size()]
    }
}
