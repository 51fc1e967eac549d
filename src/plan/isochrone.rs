//! Draws the area from which a place can be reached, by lines of equal distance.
//!
//! The distance of a point of the plane is defined as for a point of demand: to the nearest open
//! edge, and from there on the network. It is sampled on a grid, and the line is drawn between the
//! samples by marching squares (W. E. Lorensen, H. E. Cline, "Marching cubes: a high resolution 3D
//! surface construction algorithm", SIGGRAPH 1987, in two dimensions). The picture is never used to
//! count persons.

use contour::ContourBuilder;

use super::network::{DistanceField, Graph, Network, Snap};
use super::plane::{Extent, Point, ring_area};
use crate::error::{Error, Result};
use crate::work::{spend, together};

/// The minimum distance of two samples in metres. A picture of streets does not need a smaller one.
const LEAST_STEP: f64 = 10.0;
/// The cost of finding the distance of a sample, in units of [`crate::work`].
const SAMPLE: usize = 100;

/// Polygons in the plane. The first ring of each is the exterior ring, the others are holes.
pub type Polygons = Vec<Vec<Vec<Point>>>;

/// The distances of points on a regular grid.
#[derive(Debug)]
pub struct Samples {
    origin: Point,
    /// The distance of two samples in metres.
    pub step: f64,
    columns: usize,
    rows: usize,
    /// The distances in metres, row by row; infinity beyond the limit.
    distances: Vec<f64>,
}

/// The extent and the resolution of a picture.
#[derive(Debug)]
pub struct Sampling<'a> {
    /// The maximum distance in metres.
    pub limit: f64,
    /// The maximum distance of a point from the network in metres.
    pub snapping: f64,
    /// The maximum number of samples.
    pub most: usize,
    /// Boxes that are part of the picture even if the network does not lead there.
    pub around: &'a [Extent],
}

/// Returns the straight way from a point, whose place on the network is given, to a source that can
/// be reached without a street: its length in metres, and the source.
pub type Straight<'a> = dyn Fn(Point, &Snap) -> Option<(f64, u32)> + Sync + 'a;

impl Samples {
    /// Samples the distances on the network of `field` or by `straight` ways. Returns None if
    /// nothing is within reach.
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
        // One more sample on each side, so that every line is closed.
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

    /// Returns the polygons of the points that are at most `limit` metres away.
    ///
    /// # Errors
    ///
    /// Returns an internal error if the line cannot be drawn.
    pub fn within(&self, limit: f64) -> Result<Polygons> {
        // Larger distances are cut off. Otherwise the line would jump towards the other side of a
        // river, where the distance is very large.
        let height = |distance: &f64| -distance.min(limit + self.step);
        spend(self.distances.len());
        let heights: Vec<f64> = self.distances.iter().map(height).collect();
        // In the crate `contour`, a sample is the centre of a square and half a step away from its
        // corner.
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

/// Returns the area of polygons in m².
///
/// ```
/// use veedel::plan::isochrone::area;
///
/// let square = |a: f64, b: f64| vec![[a, a], [b, a], [b, b], [a, b], [a, a]];
/// assert_eq!(area(&vec![vec![square(0.0, 10.0), square(4.0, 6.0)]]), 96.0);
/// ```
pub fn area(polygons: &Polygons) -> f64 {
    let of = |rings: &Vec<Vec<Point>>| {
        let mut areas = rings.iter().map(|ring| ring_area(ring).abs());
        let outer = areas.next().unwrap_or(0.0);
        outer - areas.sum::<f64>()
    };
    polygons.iter().map(of).sum()
}

impl DistanceField {
    /// Returns a box that contains all points of the plane within `limit` metres.
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
