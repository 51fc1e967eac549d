//! The area from which a place can be reached, as a picture: lines of equal distance over the plane.
//!
//! The distance of any point of the plane is what it is for a point of demand: to the nearest open edge, and along the
//! network from there. It is sampled on a grid, and the line of equal distance is drawn between the samples by
//! marching squares (W. E. Lorensen, H. E. Cline, "Marching cubes", SIGGRAPH 1987, in two dimensions). Persons are
//! never counted by this picture.

use contour::ContourBuilder;

use super::network::{Field, Graph, Network};
use super::place::Place;
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

impl Samples {
    /// The distances of the points in reach, by at most `most` samples. None where nothing is in reach.
    pub fn new(
        network: &Network,
        graph: &Graph,
        field: &Field,
        limit: f64,
        snapping: f64,
        most: usize,
        straight: &[(&Place, f64)],
    ) -> Option<Samples> {
        let from_street = field.extent(network, limit);
        let around = straight.iter().map(|(place, _)| place.extent().grown(limit));
        let extents: Vec<Extent> = from_street.into_iter().chain(around).collect();
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
            let snap = graph.index.nearest(point, snapping.min(limit));
            let reached = snap.and_then(|snap| field.at(network, &snap, true));
            let offset = snap.map_or(0.0, |snap| snap.offset);
            (reached.map_or(f64::INFINITY, |(distance, _)| distance), offset as f32)
        };
        let (distances, offsets): (Vec<f64>, Vec<f32>) =
            together(columns * rows, || (), distance).into_iter().unzip();
        let mut samples = Samples { origin, step, columns, rows, distances };
        for (place, offset) in straight {
            samples.go_straight(place, *offset, &offsets, snapping.min(limit));
        }
        Some(samples)
    }

    /// Around a place `offset` metres off the street, the way is straight where it is no longer than both ends have to the
    /// street; `offsets` are those of the samples.
    fn go_straight(&mut self, place: &Place, offset: f64, offsets: &[f32], farthest: f64) {
        let extent = place.extent().grown(offset + farthest);
        let index = |value: f64, axis: usize, most: usize| {
            let origin = self.origin.get(axis).copied().unwrap_or(0.0);
            (((value - origin) / self.step).max(0.0) as usize).min(most)
        };
        let columns = index(extent.min[0], 0, self.columns)
            ..(index(extent.max[0], 0, self.columns) + 1).min(self.columns);
        let rows =
            index(extent.min[1], 1, self.rows)..(index(extent.max[1], 1, self.rows) + 1).min(self.rows);
        for row in rows {
            spend(columns.len());
            for column in columns.clone() {
                let at = row * self.columns + column;
                let point =
                    [self.origin[0] + column as f64 * self.step, self.origin[1] + row as f64 * self.step];
                let distance = place.distance(point);
                let most = offset + offsets.get(at).map_or(0.0, |offset| f64::from(*offset));
                if let Some(own) =
                    self.distances.get_mut(at).filter(|own| distance <= most && distance < **own)
                {
                    *own = distance;
                }
            }
        }
    }

    /// The points at most this many metres away.
    pub fn within(&self, limit: f64) -> Result<Polygons> {
        // Beyond the limit all are made equally far, or the line would leap towards the far side of a river.
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

impl Field {
    /// A box around every point of the plane that is within `limit` metres.
    pub(super) fn extent(&self, network: &Network, limit: f64) -> Option<Extent> {
        let nodes = (0..).zip(network.nodes()).filter_map(|(node, point)| {
            let (distance, _) = self.node(node).filter(|(distance, _)| *distance <= limit)?;
            Some(Extent::of([point]).grown(limit - distance))
        });
        let sources = self.sources_on_edges().filter_map(|(edge, along, offset)| {
            let point = network.point(network.edge(edge)?, along);
            (offset <= limit).then(|| Extent::of([&point]).grown(limit - offset))
        });
        let all: Vec<Extent> = nodes.chain(sources).collect();
        (!all.is_empty()).then(|| Extent::of(all.iter().flat_map(|extent| [&extent.min, &extent.max])))
    }
}
