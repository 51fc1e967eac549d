//! A layer of some rows of another, as if it had been read without the others.

use std::sync::Arc;

use rayon::prelude::*;

use super::build::{lonlat_extent, next_seen_version, next_version, rank_into};
use super::column::Column;
use super::derived_slots::Slots;
use super::geometries::{Geometries, WorldBox};
use super::importance::{Importance, Rules};
use super::label_points::LabelPoints;
use super::largest::Largest;
use super::packed_rtree::PackedRtree;
use super::resident::Layer;
use super::seen::Seen;
use super::seen_beyond::SeenBeyond;
use super::tile_versions::TileVersions;
use crate::catalog::Collection;
use crate::work::look;

impl Layer {
    /// The layer of these rows (ascending) alone, of which the columns at the positions `hidden`
    /// (ascending) are not seen. It is the layer that a source with only these rows gives: what
    /// depends on other rows (order of what shares a place, vertices that are left out, features
    /// that wait for deeper zooms, extent, types) is found anew.
    ///
    /// What was counted while the layer was read is of all rows together and is not taken over,
    /// except what can be told of each row:
    /// [`LoadReport::of_subset`](super::report::LoadReport::of_subset).
    pub fn subset(&self, rows: &[u32], hidden: Vec<usize>, collection: &Collection) -> Layer {
        let order = self.order_of(rows, &hidden);
        let columns: Vec<Column> =
            self.columns.par_iter().map(|column| column.clone().reorder(&order)).collect();
        look();
        let boxes: Vec<WorldBox> = match &self.geometries {
            Some(_) => order.iter().map(|row| self.index.row(*row)).collect(),
            None => vec![],
        };
        let geometries = self.geometries.as_ref().map(|all| {
            let mut geometries = all.reorder(&order);
            look();
            geometries.simplify();
            geometries
        });
        look();
        let by_key = self.keys_of(&order);
        let mut key_rank = vec![0; by_key.len()];
        rank_into(&by_key, &mut key_rank);
        let importance = geometries.as_ref().map_or_else(Importance::default, |geometries| {
            let column = |name: &str| columns.get(collection.column(name)?);
            Importance::of(&boxes, geometries, &Rules::of(&collection.detail, column))
        });
        look();
        let [shapeless, outside_world] =
            geometries.as_ref().map_or([0, 0], |geometries| geometries.without_place(&boxes));
        let index = PackedRtree::build(boxes);
        let version = next_version();
        Layer {
            columns,
            extent: lonlat_extent(&index),
            geometry_types: geometries.as_ref().map(Geometries::types).unwrap_or_default(),
            geometries: geometries.map(Arc::new),
            index: Arc::new(index),
            importance: Arc::new(importance),
            label_points: LabelPoints::default(),
            by_key: Arc::new(by_key),
            key_rank: Arc::new(key_rank),
            key: self.key.clone(),
            report: self.report.of_subset(shapeless, outside_world),
            loaded_at: self.loaded_at,
            version,
            seen_version: next_seen_version(),
            hidden,
            derived: Slots::default(),
            largest: Largest::default(),
            seen_beyond: SeenBeyond::default(),
            tile_versions: TileVersions::new(version),
        }
    }

    /// The rows in the order in which they are stored where these columns are hidden: rows of one
    /// place lie by key, or by what is seen of them where the key is hidden.
    fn order_of(&self, rows: &[u32], hidden: &[usize]) -> Vec<u32> {
        let mut order = rows.to_vec();
        if self.key.iter().any(|column| hidden.contains(column)) {
            let seen = Seen::new(&self.columns, self.geometries.as_deref(), hidden);
            order.par_sort_by(|one, other| {
                let place = self.curve(*one).cmp(&self.curve(*other));
                place.then_with(|| seen.compare(*one, &seen, *other)).then_with(|| {
                    let rank = |row: &u32| self.key_rank.get(*row as usize);
                    rank(one).cmp(&rank(other))
                })
            });
        }
        order
    }

    /// The places in `order` in the order of keys.
    fn keys_of(&self, order: &[u32]) -> Vec<u32> {
        let rank = |place: &u32| {
            order.get(*place as usize).and_then(|row| self.key_rank.get(*row as usize)).copied()
        };
        let mut places: Vec<u32> = (0..order.len() as u32).collect();
        places.par_sort_unstable_by_key(rank);
        places
    }
}
