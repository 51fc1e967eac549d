//! The area from which a place can be reached, as a picture: lines of equal distance over the
//! plane.
//!
//! The distance of any point of the plane is what it is for a point of demand: to the nearest open
//! edge, and along the network from there. It is sampled on a grid, and the line of equal distance
//! is drawn between the samples by marching squares (W. E. Lorensen, H. E. Cline, "Marching cubes",
//! SIGGRAPH 1987, in two dimensions). Persons are never counted by this picture.

use contour::ContourBuilder;

use super::network::{DistanceField, Graph, Network, Snap};
use super::plane::{Extent, Point, ring_area};
use crate::error::{Error, Result};
use crate::work::{spend, together};

/// The shortest step between samples in metres: a picture of a street needs no finer one.
const LEAST_STEP: f64 = 10.0;
/// What it costs to find the distance of a sample, in units of [`crate::work`].
const SAMPLE: usize = 100;

/// Polygons in the plane: of each its outer ring and its holes.
pub type Polygons = Vec<Vec<Vec<Point>>>;

/// Where a place is reached, sampled.
#[derive(Debug)]
pub struct Samples {
    origin: Point,
    /// Metres between two samples.
    pub step: f64,
    columns: usize,
    rows: usize,
    /// Metres; infinite beyond the limit.
    distances: Vec<f64>,
}

/// How far and how fine a picture is.
#[derive(Debug)]
pub struct Sampling<'a> {
    /// The longest distance in metres.
    pub limit: f64,
    /// How far from the network a point may lie, in metres.
    pub snapping: f64,
    /// The most samples.
    pub most: usize,
    /// Boxes that it shows whether or not the network leads there.
    pub around: &'a [Extent],
}

/// A way from a point with its place on the network that needs no street: its length, and to which
/// source.
pub type Straight<'a> = dyn Fn(Point, &Snap) -> Option<(f64, u32)> + Sync + 'a;

impl Samples {
    /// The distances of the points in reach, by the network or `straight`. None where nothing is in
    /// reach.
    pub fn new(
        network: &Network,
        graph: &Graph,
        field: &DistanceField,
        sampling: &Sampling<'_>,
        straight: &Straight<'_>,
    ) -> Option<Samples> {
        let Sampling { limit, snapping, most, around } = *sampling;
        let extents: Vec<Extent> =
            field.extent(network, limit).into_iter().chain(around.iter().copied()).collect();
        if extents.is_empty() {
            return None;
        }
        let extent = Extent::of(extents.iter().flat_map(|extent| [&extent.min, &extent.max]));
        let [width, height] = [extent.max[0] - extent.min[0], extent.max[1] - extent.min[1]];
        // One sample more on each side, so that every line closes.
        let step =
            LEAST_STEP.max((width * height / most.max(1) as f64).sqrt()).max(width.max(height) / 2_000.0);
        let origin = extent.min.map(|value| ((value / step).floor() - 1.0) * step);
        let count =
            |axis: fn(&Point) -> f64| ((axis(&extent.max) - axis(&origin)) / step).ceil() as usize + 2;
        let (columns, rows) = (count(|[x, _]| *x), count(|[_, y]| *y));
        let distance = |_: &mut (), index: usize| {
            spend(SAMPLE);
            let [column, row] = [index % columns, index / columns];
            let point = [origin[0] + column as f64 * step, origin[1] + row as f64 * step];
            let Some(snap) = graph.index.nearest(point, snapping) else { return f64::INFINITY };
            let by_network = field.at(network, &snap, true);
            let ways = by_network.into_iter().chain(straight(point, &snap));
            ways.map(|(distance, _)| distance).fold(f64::INFINITY, f64::min)
        };
        let distances = together(columns * rows, || (), distance);
        Some(Samples { origin, step, columns, rows, distances })
    }

    /// The points at most this many metres away.
    pub fn within(&self, limit: f64) -> Result<Polygons> {
        // Beyond the limit all are made equally far, or the line would leap towards the far side of
        // a river.
        let height = |distance: &f64| -distance.min(limit + self.step);
        spend(self.distances.len());
        let heights: Vec<f64> = self.distances.iter().map(height).collect();
        // The library thinks of a sample as a square and so puts it half a step further.
        let contours = ContourBuilder::new(self.columns, self.rows, true)
            .x_origin(self.origin[0] - self.step / 2.0)
            .y_origin(self.origin[1] - self.step / 2.0)
            .x_step(self.step)
            .y_step(self.step)
            .contours(&heights, &[-limit])
            .map_err(|fault| Error::internal(format!("an isochrone cannot be drawn: {fault}")))?;
        let ring = |line: &geo::LineString<f64>| line.coords().map(|at| [at.x, at.y]).collect::<Vec<_>>();
        let polygons = contours.iter().flat_map(|contour| &contour.geometry().0);
        Ok(polygons
            .map(|polygon| {
                let holes = polygon.interiors().iter().map(ring);
                std::iter::once(ring(polygon.exterior())).chain(holes).collect()
            })
            .collect())
    }
}

/// The area of polygons in m².
pub fn area(polygons: &Polygons) -> f64 {
    let of = |rings: &Vec<Vec<Point>>| {
        let mut areas = rings.iter().map(|ring| ring_area(ring).abs());
        let outer = areas.next().unwrap_or(0.0);
        outer - areas.sum::<f64>()
    };
    polygons.iter().map(of).sum()
}

impl DistanceField {
    /// A box around every point of the plane that is within `limit` metres.
    pub(super) fn extent(&self, network: &Network, limit: f64) -> Option<Extent> {
        let nodes = (0..).zip(network.nodes()).filter_map(|(node, point)| {
            let (distance, _) = self.node(node).filter(|(distance, _)| *distance <= limit)?;
            Some(Extent::of([point]).grown(limit - distance))
        });
        let sources = self.sources_on_edges().filter_map(|(edge, along, offset, _)| {
            let point = network.point(network.edge(edge)?, along);
            (offset <= limit).then(|| Extent::of([&point]).grown(limit - offset))
        });
        let all: Vec<Extent> = nodes.chain(sources).collect();
        (!all.is_empty()).then(|| Extent::of(all.iter().flat_map(|extent| [&extent.min, &extent.max])))
    }
}
