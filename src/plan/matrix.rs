//! The lengths of the ways from each of some places to each of some others.

use super::facilities::on_earth;
use super::network::{Access, DistanceField, Snap};
use super::planning_data::PlanningData;
use super::profile::Profile;
use crate::error::{Error, Result};
use crate::limits::Key;
use crate::work::{spend, together};

/// The lengths of ways in metres.
#[derive(Debug)]
pub struct Matrix {
    /// The length from each source (row) to each destination (column); None if it is more than the
    /// limit of distances or if there is no way.
    pub ways: Vec<Vec<Option<f64>>>,
    /// The distance of each source from the network; None beyond the snapping distance.
    pub sources: Vec<Option<f64>>,
    /// The distance of each destination from the network; None beyond the snapping distance.
    pub destinations: Vec<Option<f64>>,
}

/// Returns the ways from each source to each destination, which are given as longitude and latitude
/// in degrees. A way includes the straight lines to and from the network.
///
/// # Errors
///
/// Returns an error if there are no places, if there are more than the limits permit, or if a place
/// is not on earth.
pub fn matrix(
    data: &PlanningData,
    profile: Profile,
    sources: &[[f64; 2]],
    destinations: &[[f64; 2]],
) -> Result<Matrix> {
    let (few, pairs) =
        (sources.len().min(destinations.len()), sources.len().saturating_mul(destinations.len()));
    if pairs == 0 {
        return Err(Error::invalid("locations", "there are no sources, or no destinations"));
    }
    data.limits.at_most(Key::planning_ways, "locations", pairs)?;
    // The whole network is searched from each place of the side with fewer places.
    data.limits.at_most(Key::planning_searches, "locations", few)?;
    let longest = data.longest();
    let (network, graph, plane) = (data.network()?, data.graph(profile)?, data.plane()?);
    let snap = |place: &[f64; 2]| {
        let point = on_earth(&plane, *place, "locations")?;
        Ok(graph.index.nearest(point, data.roles.snapping))
    };
    let snaps = |places: &[[f64; 2]]| places.iter().map(snap).collect::<Result<Vec<Option<Snap>>>>();
    let (from, to) = (snaps(sources)?, snaps(destinations)?);
    // A way has the same length in both directions, so the search starts from the side with fewer
    // places.
    let is_turned = to.len() < from.len();
    let (near, far) = if is_turned { (&to, &from) } else { (&from, &to) };
    let row = |_: &mut (), index: usize| {
        let access =
            near.get(index).copied().flatten().map(|snap| Access { source: 0, snap, counts_offset: true });
        let field = DistanceField::new(&network, &graph, access.as_slice(), longest);
        spend(far.len());
        let way = |end: &Option<Snap>| {
            let (distance, _) = field.at(&network, end.as_ref()?, true)?;
            (distance <= longest).then_some(distance)
        };
        far.iter().map(way).collect::<Vec<Option<f64>>>()
    };
    let rows: Vec<Vec<Option<f64>>> = together(near.len(), || (), row);
    let offsets = |snaps: &[Option<Snap>]| snaps.iter().map(|snap| snap.map(|snap| snap.offset)).collect();
    let (sources, destinations) = (offsets(&from), offsets(&to));
    Ok(Matrix { ways: if is_turned { turned(&rows, from.len()) } else { rows }, sources, destinations })
}

fn turned(rows: &[Vec<Option<f64>>], columns: usize) -> Vec<Vec<Option<f64>>> {
    let column = |index: usize| rows.iter().map(|row| row.get(index).copied().flatten()).collect();
    (0..columns).map(column).collect()
}
