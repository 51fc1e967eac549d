//! Recognizes keys that cannot be ids of features in tiles.

use tokio_postgres::Row;

use crate::layer::tile_id;

/// Returns whether the least or the greatest key cannot be an id in a tile.
pub(super) fn is_beyond_ids(ends: &Row) -> bool {
    let key = |index| ends.try_get::<_, Option<i64>>(index).ok().flatten();
    [key(0), key(1)].into_iter().flatten().any(|key| !tile_id::is_id(key))
}
