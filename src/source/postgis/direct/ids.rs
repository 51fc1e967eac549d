//! Keys that are no ids of features in tiles.

use tokio_postgres::Row;

use crate::layer::tile_id;

/// Whether the least or the greatest key is no id of a tile.
pub(super) fn is_beyond_ids(ends: &Row) -> bool {
    let key = |index| ends.try_get::<_, Option<i64>>(index).ok().flatten();
    [key(0), key(1)].into_iter().flatten().any(|key| !tile_id::is_id(key))
}
