//! The clusters that everything stands in.

use crate::random::Random;
use crate::table::Point;

/// Where people live: a middle and how far it spreads, in metres.
#[derive(Clone, Copy)]
pub struct Cluster {
    /// The middle.
    pub middle: Point,
    /// How far it spreads.
    pub spread: f64,
}

/// A place in one of the clusters; distances from its middle are normal in x and y.
pub fn place(clusters: &[Cluster], random: &mut Random) -> Point {
    let Cluster { middle, spread } = random.pick(clusters);
    let distance = spread * (-2.0 * (1.0 - random.between(0.0, 1.0)).ln()).sqrt();
    let (sine, cosine) = random.between(0.0, std::f64::consts::TAU).sin_cos();
    [middle[0] + distance * cosine, middle[1] + distance * sine]
}
