//! Builds a network of nodes and edges from lines.

use foldhash::{HashMap, HashMapExt};

use super::edges::{Edge, Junctions, Network};
use crate::plan::plane::{Point, distance};

/// A line of the layer.
#[derive(Clone, Debug)]
pub struct Line {
    /// The row of the feature.
    pub row: u32,
    /// The vertices in the plane, in metres.
    pub vertices: Vec<Point>,
}

/// Builds the network. Ends of lines (with [`Junctions::Vertices`] also other vertices) that are at
/// most `tolerance` metres apart become one node, and so do chains of such ends. Lines that cross
/// without a node do not meet: one of them is a bridge or a tunnel.
///
/// ```
/// use veedel::plan::network::{Junctions, Line, build};
///
/// let line = |row, vertices: [[f64; 2]; 2]| Line { row, vertices: vertices.to_vec() };
/// let lines = [line(0, [[0.0, 0.0], [100.0, 0.0]]), line(1, [[100.0, 0.0], [100.0, 50.0]])];
/// let network = build(&lines, Junctions::Ends, 0.0);
/// assert_eq!((network.nodes().len(), network.edges().len()), (3, 2));
/// assert_eq!(network.edges()[0].length, 100.0);
/// ```
pub fn build(lines: &[Line], junctions: Junctions, tolerance: f64) -> Network {
    let usable = |line: &&Line| {
        let length: f64 = line.vertices.windows(2).map(length_of_pair).sum();
        length > 0.0 && length.is_finite()
    };
    let all = lines.len();
    let lines: Vec<&Line> = lines.iter().filter(usable).collect();
    let mut network = Network { skipped: all - lines.len(), ..Network::default() };
    let joints: Vec<Point> = lines.iter().flat_map(|line| joints(line, junctions)).collect();
    let groups = group(&joints, tolerance);
    network.merged = merged(&joints, &groups);
    let mut uses = vec![0_u32; joints.len()];
    groups.iter().for_each(|group| count(&mut uses, *group));
    let mut nodes = Nodes { ids: vec![u32::MAX; joints.len()], places: vec![] };
    let mut next_joint = 0;
    for line in lines {
        let joint_count = joints_of(line, junctions);
        let own = groups.get(next_joint..next_joint + joint_count).unwrap_or_default();
        next_joint += joint_count;
        match junctions {
            Junctions::Ends => {
                if let [from, to] = own {
                    let (from, to) = (nodes.of(*from, &joints), nodes.of(*to, &joints));
                    network.add(line.row, from, to, &line.vertices);
                }
            }
            Junctions::Vertices => network.add_cut(line, own, &uses, &mut nodes, &joints),
        }
    }
    network.nodes = nodes.places;
    network
}

fn length_of_pair(pair: &[Point]) -> f64 {
    match pair {
        [a, b] => distance(*a, *b),
        _ => 0.0,
    }
}

fn count(uses: &mut [u32], group: u32) {
    if let Some(uses) = uses.get_mut(group as usize) {
        *uses += 1;
    }
}

fn joints(line: &Line, junctions: Junctions) -> Vec<Point> {
    match (junctions, line.vertices.first(), line.vertices.last()) {
        (Junctions::Ends, Some(first), Some(last)) => vec![*first, *last],
        _ => line.vertices.clone(),
    }
}

fn joints_of(line: &Line, junctions: Junctions) -> usize {
    match junctions {
        Junctions::Ends => 2,
        Junctions::Vertices => line.vertices.len(),
    }
}

/// Returns for each point the index of the first point of its group. Points are grouped by a
/// union-find structure (R. E. Tarjan, "Efficiency of a good but not linear set union algorithm",
/// Journal of the ACM 22, 1975).
fn group(points: &[Point], tolerance: f64) -> Vec<u32> {
    let mut parents: Vec<u32> = (0..points.len() as u32).collect();
    let size = tolerance.max(1e-9);
    let cell = |[x, y]: Point| [(x / size).floor() as i64, (y / size).floor() as i64];
    let mut cells: HashMap<[i64; 2], Vec<u32>> = HashMap::with_capacity(points.len());
    for (index, point) in points.iter().enumerate() {
        let [column, row] = cell(*point);
        for (dx, dy) in (-1..=1).flat_map(|dx| (-1..=1).map(move |dy| (dx, dy))) {
            for other in cells.get(&[column + dx, row + dy]).into_iter().flatten() {
                let is_near =
                    points.get(*other as usize).is_some_and(|there| distance(*there, *point) <= tolerance);
                if is_near {
                    join(&mut parents, *other, index as u32);
                }
            }
        }
        let there = cells.entry([column, row]).or_default();
        // One of several points at the same place is enough.
        if !there.iter().any(|other| points.get(*other as usize) == Some(point)) {
            there.push(index as u32);
        }
    }
    (0..points.len() as u32).map(|index| root(&mut parents, index)).collect()
}

fn root(parents: &mut [u32], mut index: u32) -> u32 {
    while let Some(parent) = parents.get(index as usize).copied().filter(|parent| *parent != index) {
        let above = parents.get(parent as usize).copied().unwrap_or(parent);
        if let Some(own) = parents.get_mut(index as usize) {
            *own = above;
        }
        index = above;
    }
    index
}

fn join(parents: &mut [u32], left: u32, right: u32) {
    let (left, right) = (root(parents, left), root(parents, right));
    if let Some(parent) = parents.get_mut(left.max(right) as usize) {
        *parent = left.min(right);
    }
}

fn merged(joints: &[Point], groups: &[u32]) -> usize {
    let is_elsewhere = |(point, group): &(&Point, &u32)| joints.get(**group as usize) != Some(*point);
    joints.iter().zip(groups).filter(is_elsewhere).count()
}

struct Nodes {
    /// The node of each group, by the index of its first point.
    ids: Vec<u32>,
    places: Vec<Point>,
}

impl Nodes {
    fn of(&mut self, group: u32, joints: &[Point]) -> u32 {
        match self.ids.get_mut(group as usize) {
            Some(id) if *id != u32::MAX => *id,
            Some(id) => {
                *id = self.places.len() as u32;
                self.places.push(joints.get(group as usize).copied().unwrap_or([f64::NAN; 2]));
                *id
            }
            None => u32::MAX,
        }
    }
}

impl Network {
    fn add(&mut self, row: u32, from: u32, to: u32, vertices: &[Point]) {
        let first = self.vertices.len() as u32;
        let mut length = 0.0;
        self.along.push(0.0);
        for pair in vertices.windows(2) {
            length += length_of_pair(pair);
            self.along.push(length);
        }
        self.vertices.extend_from_slice(vertices);
        self.edges.push(Edge { from, to, length, row, first, last: self.vertices.len() as u32 });
    }

    /// Adds a line as edges between those of its vertices that are shared with other lines.
    fn add_cut(&mut self, line: &Line, own: &[u32], uses: &[u32], nodes: &mut Nodes, joints: &[Point]) {
        let last = own.len().saturating_sub(1);
        let is_node = |index: usize, group: &u32| {
            index == 0 || index == last || uses.get(*group as usize).is_some_and(|uses| *uses > 1)
        };
        let mut begun: Option<(usize, u32)> = None;
        for (index, group) in own.iter().enumerate() {
            if !is_node(index, group) {
                continue;
            }
            let node = nodes.of(*group, joints);
            if let Some((from_index, from)) = begun
                && let Some(vertices) = line.vertices.get(from_index..=index)
            {
                let length: f64 = vertices.windows(2).map(length_of_pair).sum();
                if length > 0.0 {
                    self.add(line.row, from, node, vertices);
                }
            }
            begun = Some((index, node));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(lines: &[&[Point]]) -> Vec<Line> {
        let line =
            |(row, vertices): (usize, &&[Point])| Line { row: row as u32, vertices: vertices.to_vec() };
        lines.iter().enumerate().map(line).collect()
    }

    #[test]
    fn ends_within_the_tolerance_are_one_node_and_crossings_are_bridges() {
        let cross = lines(&[
            &[[0.0, 0.0], [10.0, 0.0]],
            &[[10.05, 0.0], [20.0, 0.0]],
            &[[5.0, -5.0], [5.0, 5.0]],
            &[[20.2, 0.0], [30.0, 0.0]],
            &[[1.0, 1.0], [1.0, 1.0]],
            &[[1.0, f64::NAN], [1.0, 1.0]],
        ]);
        let network = build(&cross, Junctions::Ends, 0.1);
        assert_eq!((network.nodes.len(), network.edges.len(), network.merged), (7, 4, 1));
        assert_eq!(network.edges[0].to, network.edges[1].from);
    }

    #[test]
    fn shared_vertices_cut_where_the_layer_says_so() {
        let ways = lines(&[
            &[[0.0, 0.0], [5.0, 0.0], [10.0, 0.0]],
            &[[5.0, -5.0], [5.0, 0.0], [5.0, 5.0]],
            &[[2.0, -5.0], [2.0, 5.0]],
        ]);
        let cut = build(&ways, Junctions::Vertices, 0.0);
        assert_eq!((cut.nodes.len(), cut.edges.len()), (7, 5));
        assert_eq!(build(&ways, Junctions::Ends, 0.0).edges.len(), 3);
    }

    #[test]
    fn a_stretch_of_an_edge_goes_either_way() {
        let network = build(&lines(&[&[[0.0, 0.0], [10.0, 0.0], [10.0, 10.0]]]), Junctions::Ends, 0.1);
        let edge = network.edges[0];
        assert_eq!(network.point(&edge, 15.0), [10.0, 5.0]);
        assert_eq!(network.stretch(&edge, 15.0, 5.0), [[10.0, 5.0], [10.0, 0.0], [5.0, 0.0]]);
        assert_eq!(network.point(&edge, 20.0), [10.0, 10.0]);
        assert_eq!(network.point(&edge, 0.0), [0.0, 0.0]);
    }
}
