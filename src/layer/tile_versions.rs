//! Which tiles of a layer have changed since it was read in full, and by which change.
//!
//! A tile is kept under the version of the last change that touched it; so what a change did not
//! touch stays valid under the version it had, and what was made of older rows, even if its making
//! ended later, is never found again. A change touches the tiles that its rows' old and new boxes
//! meet, with the buffer that tiles have.
//!
//! Tiles of the lowest zooms hold everything and would be made again after each change. Of those
//! below [`FRESH_FROM`] a first change shows at once, and those that follow it at most every
//! [`RENEWED_EVERY`].

#![allow(clippy::indexing_slicing)] // only the two axes of a point, by 0 and 1

use std::time::{Duration, Instant};

use foldhash::HashMap;

use super::geometries::WorldBox;

/// From this zoom on a tile follows each change.
pub const FRESH_FROM: u8 = 10;
/// Below it a tile is renewed at most so often.
pub const RENEWED_EVERY: Duration = Duration::from_secs(5);
/// The deepest zoom whose tiles are told apart; deeper ones change with the tile of this zoom that
/// holds them.
const DEEPEST: u8 = 16;
/// A box that meets more tiles of a zoom than this is kept as a box, for this zoom and all deeper
/// ones.
const FEW_TILES: i64 = 64;
/// Beyond so many tiles or boxes nothing is told apart any more: the next change touches
/// everything.
const MOST_TILES: usize = 65_536;
const MOST_BOXES: usize = 64;
/// A tile's buffer as a part of its side: 64 of 4,096 units.
const BUFFER_PART: i64 = 64;

/// The changes since a layer was read in full.
#[derive(Clone, Debug)]
pub struct TileVersions {
    /// The version of all that is not listed.
    since: u64,
    tiles: HashMap<[u32; 3], Stamp>,
    wide: Vec<Wide>,
}

/// The versions of one tile.
#[derive(Clone, Copy, Debug)]
struct Stamp {
    /// The version shown until `renewed` is long enough ago.
    shown: u64,
    latest: u64,
    renewed: Instant,
}

/// A change too wide to list its tiles.
#[derive(Clone, Copy, Debug)]
struct Wide {
    from_zoom: u8,
    bounds: WorldBox,
    version: u64,
}

/// Under what a tile is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TileVersion {
    /// The version of the last change that shows in it.
    pub version: u64,
    /// Whether a later change has touched it that does not show yet.
    pub is_waiting: bool,
}

impl Stamp {
    /// What shows at `now`, and whether something later waits.
    fn at(&self, now: Instant) -> TileVersion {
        if self.shown == self.latest || now >= self.renewed + RENEWED_EVERY {
            return TileVersion { version: self.latest, is_waiting: false };
        }
        TileVersion { version: self.shown, is_waiting: true }
    }

    /// The stamp after another change.
    fn touched(&self, version: u64, now: Instant, waits: bool) -> Stamp {
        if !waits {
            return Stamp { shown: version, latest: version, renewed: now };
        }
        // What waited may have become visible since.
        let seen = self.at(now).version;
        let renewed = if seen == self.shown { self.renewed } else { self.renewed + RENEWED_EVERY };
        if now >= renewed + RENEWED_EVERY {
            return Stamp { shown: version, latest: version, renewed: now };
        }
        Stamp { shown: seen, latest: version, renewed }
    }
}

impl TileVersions {
    /// Nothing has changed since the layer of this version was read.
    pub fn new(version: u64) -> TileVersions {
        TileVersions { since: version, tiles: HashMap::default(), wide: vec![] }
    }

    /// Everything has changed with this version.
    pub fn everything(&mut self, version: u64) {
        *self = TileVersions::new(version);
    }

    /// The change `version`, made at `now`, touches these boxes.
    pub fn mark(&mut self, version: u64, boxes: impl IntoIterator<Item = WorldBox>, now: Instant) {
        for bounds in boxes {
            if !bounds.is_empty() {
                self.mark_one(version, &bounds, now);
            }
            if self.tiles.len() > MOST_TILES || self.wide.len() > MOST_BOXES {
                return self.everything(version);
            }
        }
    }

    fn mark_one(&mut self, version: u64, bounds: &WorldBox, now: Instant) {
        for zoom in 0..=DEEPEST {
            let [columns, rows] = [0, 1].map(|axis| met(bounds.min[axis], bounds.max[axis], zoom));
            let count = |range: &std::ops::RangeInclusive<i64>| range.end() - range.start() + 1;
            if count(&columns) * count(&rows) > FEW_TILES {
                // Later changes of one place replace each other.
                self.wide.retain(|wide| wide.from_zoom < zoom || !bounds.contains(&wide.bounds));
                self.wide.push(Wide { from_zoom: zoom, bounds: *bounds, version });
                return;
            }
            let waits = zoom < FRESH_FROM;
            for x in columns {
                for y in rows.clone() {
                    let fresh = Stamp { shown: version, latest: version, renewed: now };
                    let tile = [u32::from(zoom), x as u32, y as u32];
                    let stamp = self.tiles.entry(tile);
                    stamp.and_modify(|stamp| *stamp = stamp.touched(version, now, waits)).or_insert(fresh);
                }
            }
        }
    }

    /// Under what the tile of column `x` and row `y` is kept at `now`.
    pub fn version(&self, zoom: u8, [x, y]: [u32; 2], now: Instant) -> TileVersion {
        let mut found = TileVersion { version: self.since, is_waiting: false };
        if !self.tiles.is_empty() {
            let above = zoom.saturating_sub(DEEPEST);
            let tile = [u32::from(zoom.min(DEEPEST)), x >> above, y >> above];
            if let Some(stamp) = self.tiles.get(&tile) {
                found = stamp.at(now);
            }
        }
        for wide in self.wide.iter().filter(|wide| wide.from_zoom <= zoom) {
            let meets = |axis: usize, place: u32| {
                met(wide.bounds.min[axis], wide.bounds.max[axis], zoom).contains(&i64::from(place))
            };
            if wide.version > found.version && meets(0, x) && meets(1, y) {
                found = TileVersion { version: wide.version, is_waiting: false };
            }
        }
        found
    }

    /// The bytes it holds in memory.
    pub fn memory(&self) -> usize {
        self.tiles.capacity() * size_of::<([u32; 3], Stamp)>() + self.wide.capacity() * size_of::<Wide>()
    }
}

/// The columns (or rows) of tiles of a zoom that, with their buffer, a stretch of the world grid
/// meets.
fn met(from: i32, to: i32, zoom: u8) -> std::ops::RangeInclusive<i64> {
    let side = 1i64 << (32 - u32::from(zoom));
    let reach = side / BUFFER_PART + 1;
    let last = (1i64 << zoom) - 1;
    let place = |at: i64| (at - i64::from(i32::MIN)).div_euclid(side).clamp(0, last);
    place(i64::from(from) - reach)..=place(i64::from(to) + reach)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(x: i32, y: i32, size: i32) -> WorldBox {
        WorldBox { min: [x, y], max: [x.saturating_add(size), y.saturating_add(size)] }
    }

    proptest! {
        #[test]
        fn a_tile_has_the_version_of_the_last_change_that_met_it(
            changes in prop::collection::vec((any::<i32>(), any::<i32>(), 0u32..33), 1..20),
            zoom in 0u8..=22, place in any::<(u32, u32)>(),
        ) {
            let now = Instant::now();
            let mut touched = TileVersions::new(1);
            let mut boxes = vec![];
            for (version, (x, y, size)) in (2..).zip(&changes) {
                boxes.push(at(*x, *y, ((1i64 << size) - 1).min(i64::from(i32::MAX)) as i32));
                // Long after the one before, so that low zooms do not wait.
                touched.mark(version, [boxes[boxes.len() - 1]], now + RENEWED_EVERY * version as u32);
            }
            let later = now + RENEWED_EVERY * 100;
            // Tiles at random places, and those right under the changes.
            let tiles = boxes.iter().flat_map(|bounds| [bounds.min, bounds.max]).map(|point| {
                point.map(|at| ((i64::from(at) - i64::from(i32::MIN)) >> (32 - zoom)) as u32)
            });
            let anywhere = [place.0, place.1].map(|at| if zoom == 0 { 0 } else { at >> (32 - zoom) });
            for tile in tiles.chain([anywhere]) {
                let side = 1i64 << (32 - zoom);
                let buffer = side / 64;
                let west = |axis: usize| i64::from(i32::MIN) + i64::from(tile[axis]) * side;
                let meets = |bounds: &WorldBox| (0..2).all(|axis| {
                    i64::from(bounds.min[axis]) <= west(axis) + side + buffer
                        && i64::from(bounds.max[axis]) >= west(axis) - buffer
                });
                let last = (2..).zip(&boxes).filter(|(_, bounds)| meets(bounds)).map(|(version, _)| version).max();
                let kept = touched.version(zoom, tile, later);
                prop_assert!(!kept.is_waiting);
                prop_assert!(kept.version >= last.unwrap_or(1), "{} {:?}", kept.version, last);
                // A deep tile changes with its neighbours; others not at all without a reason.
                let side = side.max(1 << (32 - DEEPEST)) + 2;
                let near = |bounds: &WorldBox| (0..2).all(|axis| {
                    i64::from(bounds.min[axis]) <= west(axis) + 2 * side && i64::from(bounds.max[axis]) >= west(axis) - side
                });
                prop_assert!(kept.version == 1 || near(&boxes[kept.version as usize - 2]));
            }
        }
    }

    #[test]
    fn low_zooms_show_the_first_change_at_once_and_the_next_in_time() {
        let start = Instant::now();
        let after = |part: u32| start + RENEWED_EVERY * part / 10;
        let mut touched = TileVersions::new(1);
        let version = |touched: &TileVersions, part: u32| {
            let found = touched.version(0, [0, 0], after(part));
            (found.version, found.is_waiting)
        };
        touched.mark(2, [at(0, 0, 9)], after(0));
        assert_eq!(version(&touched, 0), (2, false));
        touched.mark(3, [at(0, 0, 9)], after(1));
        assert_eq!(version(&touched, 1), (2, true));
        touched.mark(4, [at(0, 0, 9)], after(2));
        assert_eq!((version(&touched, 9), version(&touched, 10)), ((2, true), (4, false)));
        // What waited became visible at 10, so the next waits until 20.
        touched.mark(5, [at(0, 0, 9)], after(12));
        assert_eq!((version(&touched, 19), version(&touched, 20)), ((4, true), (5, false)));
        touched.mark(6, [at(0, 0, 9)], after(40));
        assert_eq!(version(&touched, 40), (6, false));
        // Where zooms are fresh nothing waits.
        let here = [1u32 << (FRESH_FROM - 1); 2];
        touched.mark(7, [at(0, 0, 9)], after(41));
        assert_eq!(
            touched.version(FRESH_FROM, here, after(41)),
            TileVersion { version: 7, is_waiting: false }
        );
    }

    #[test]
    fn what_grows_too_large_forgets_all_at_once() {
        let mut touched = TileVersions::new(1);
        let now = Instant::now();
        for step in 0..20_000 {
            let x = i64::from(i32::MIN) + step as i64 * 200_000;
            touched.mark(step + 2, [at(x as i32, 0, 9)], now);
        }
        assert!(touched.tiles.len() <= MOST_TILES && touched.since > 1);
    }
}
