//! Which tiles are asked for: at each zoom some of those that hold a building, the same on each
//! run.

use std::collections::BTreeSet;
use std::fmt;

use veedel::geo::projection::Projection;
use veedel::geo::{Crs, mercator};

use super::tables::{EASTINGS, NORTHINGS};
use crate::random::Random;
use crate::table::Point;

/// A tile's place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tile {
    /// Zoom.
    pub z: u8,
    /// Column from the west.
    pub x: u32,
    /// Row from the north.
    pub y: u32,
}

/// How many tiles of which zoom.
const PLAN: [(u8, usize); 6] = [(10, 2), (12, 20), (13, 60), (14, 60), (15, 60), (16, 60)];

impl Tile {
    /// Reads `z x y`.
    pub fn parse(line: &str) -> Option<Tile> {
        let mut words = line.split_whitespace();
        let z = words.next()?.parse().ok()?;
        Some(Tile { z, x: words.next()?.parse().ok()?, y: words.next()?.parse().ok()? })
    }
}

impl fmt::Display for Tile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.z, self.x, self.y)
    }
}

/// The list over those of these places (EPSG:25832) that lie between the clusters, by zoom.
pub fn list(places: &[Point]) -> Vec<Tile> {
    let mut points: Vec<Point> =
        places.iter().copied().filter(|[x, y]| EASTINGS.contains(x) && NORTHINGS.contains(y)).collect();
    Projection::of(Crs::Epsg(25832)).expect("UTM").to_lonlat(&mut points);
    let world: Vec<[i32; 2]> =
        points.into_iter().map(|point| mercator::to_world(mercator::from_lonlat(point))).collect();
    let mut random = Random::of("tiles");
    PLAN.into_iter().flat_map(|(z, count)| some_of(&world, z, count, &mut random)).collect()
}

/// `count` of the tiles of zoom `z` with a place, each as likely as the other.
fn some_of(world: &[[i32; 2]], z: u8, count: usize, random: &mut Random) -> BTreeSet<Tile> {
    // The world grid begins at the least i32, so that a tile's number is its topmost bits.
    let index = |step: i32| (step as u32 ^ 1 << 31) >> (32 - z);
    let held: BTreeSet<Tile> = world.iter().map(|[x, y]| Tile { z, x: index(*x), y: index(*y) }).collect();
    let mut rest: Vec<Tile> = held.into_iter().collect();
    let mut chosen = BTreeSet::new();
    while chosen.len() < count && !rest.is_empty() {
        chosen.insert(rest.swap_remove(random.bits() as usize % rest.len()));
    }
    chosen
}
