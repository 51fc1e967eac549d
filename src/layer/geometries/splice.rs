//! Makes geometries with some changed rows from packed ones.

use foldhash::HashSet;

use super::{Geometries, WorldBox};
use crate::geo::geometry::Role;
use crate::layer::packed_rtree::PackedRtree;
use crate::layer::simplify::{self, Run};
use crate::layer::splice::Splice;

/// The rows in which two layers differ.
#[derive(Clone, Copy, Debug)]
pub struct Differing<'a> {
    /// The geometries before the change.
    pub old: &'a Geometries,
    /// The rows of `old` that were removed.
    pub removed: &'a [u32],
    /// The rows of the new geometries that were added.
    pub added: &'a [u32],
}

impl Geometries {
    /// Joins rows of `self` and `new` as `splice` describes, and keeps their levels.
    pub fn splice(&self, new: &Geometries, splice: &Splice) -> Geometries {
        let mut all = Geometries {
            kinds: splice.gather(&self.kinds, &new.kinds),
            part_ends: Vec::with_capacity(splice.len()),
            roles: Vec::with_capacity(self.roles.len() + new.roles.len()),
            vertex_ends: Vec::with_capacity(self.vertex_ends.len() + new.vertex_ends.len()),
            xy: Vec::with_capacity(self.xy.len() + new.xy.len()),
            z: vec![],
            world: Vec::with_capacity(self.world.len() + new.world.len()),
            levels: vec![],
            members: foldhash::HashMap::default(),
            longest: std::sync::OnceLock::new(),
        };
        let has_z = self.has_z() || new.has_z();
        let has_levels = !self.levels.is_empty() || !new.levels.is_empty();
        splice.each(|is_new, rows| {
            let from = if is_new { new } else { self };
            let parts = from.part_start(rows.start)..from.part_start(rows.end);
            let vertices = from.vertex_start(parts.start)..from.vertex_start(parts.end);
            let first_row = all.part_ends.len();
            let (part_base, vertex_base) = (all.roles.len(), all.xy.len());
            let shifted = |end: &u32, start: usize, base: usize| (*end as usize - start + base) as u32;
            let ends = from.part_ends.get(rows.clone()).unwrap_or_default();
            all.part_ends.extend(ends.iter().map(|end| shifted(end, parts.start, part_base)));
            let ends = from.vertex_ends.get(parts.clone()).unwrap_or_default();
            all.vertex_ends.extend(ends.iter().map(|end| shifted(end, vertices.start, vertex_base)));
            all.roles.extend_from_slice(from.roles.get(parts).unwrap_or_default());
            all.xy.extend_from_slice(from.xy.get(vertices.clone()).unwrap_or_default());
            all.world.extend_from_slice(from.world.get(vertices.clone()).unwrap_or_default());
            all.z.extend_from_slice(from.z.get(vertices.clone()).unwrap_or_default());
            all.levels.extend_from_slice(from.levels.get(vertices).unwrap_or_default());
            if has_z {
                all.z.resize(all.xy.len(), f64::NAN);
            }
            if has_levels {
                all.levels.resize(all.xy.len(), 0);
            }
            if !from.members.is_empty() {
                let members = rows.clone().filter_map(|row| Some((row, from.members.get(&(row as u32))?)));
                let place = |row: usize| (first_row + row - rows.start) as u32;
                all.members.extend(members.map(|(row, members)| (place(row), members.clone())));
            }
        });
        if all.z.iter().all(|z| z.is_nan()) {
            all.z = vec![];
        }
        all
    }

    /// Computes again from which zoom level on vertices are drawn, in long lines and rings that
    /// share a vertex with a `differing` row. Returns the other rows that are drawn differently
    /// now.
    ///
    /// `index` is the index of the new rows, and must contain every row that has vertices.
    pub fn simplify_around(&mut self, index: &PackedRtree, differing: &Differing<'_>) -> Vec<u32> {
        if self.levels.is_empty() {
            return vec![];
        }
        let mut points = HashSet::default();
        let mut boxes = vec![];
        for (geometries, rows) in [(differing.old, differing.removed), (&*self, differing.added)] {
            for row in rows {
                boxes.push(geometries.world_box(*row));
                for (range, _) in geometries.runs(*row).filter(|run| run.1 != Role::Points) {
                    points.extend(geometries.world.get(range).unwrap_or_default().iter().copied());
                }
            }
        }
        let mut affected: Vec<(u32, Run)> = vec![];
        for row in meeting(index, &boxes, differing.added) {
            affected.extend(self.runs(row).filter(simplify::is_long).filter_map(|run| {
                let mut vertices = self.world.get(run.0.clone()).unwrap_or_default().iter();
                vertices.any(|point| points.contains(point)).then_some((row, run))
            }));
        }
        if affected.is_empty() {
            return vec![];
        }
        let rows: Vec<u32> = affected.iter().map(|(row, _)| *row).collect();
        let boxes: Vec<WorldBox> = rows.iter().map(|row| self.world_box(*row)).collect();
        let beside: Vec<Run> =
            meeting(index, &boxes, &rows).into_iter().flat_map(|row| self.runs(row)).collect();
        let runs: Vec<Run> = affected.iter().map(|(_, run)| run.clone()).collect();
        let levels = simplify::levels_of(&self.world, &runs, &beside);
        let mut otherwise = vec![];
        for ((row, run), levels) in affected.into_iter().zip(levels) {
            if let Some(slots) = self.levels.get_mut(run.0).filter(|slots| **slots != *levels) {
                slots.copy_from_slice(&levels);
                otherwise.push(row);
            }
        }
        otherwise
    }

    /// Returns the runs of vertices of a row.
    fn runs(&self, row: u32) -> impl Iterator<Item = Run> + '_ {
        let (first, last) = (self.part_start(row as usize), self.part_start(row as usize + 1));
        let roles = self.roles.get(first..last).unwrap_or_default();
        (first..last)
            .zip(roles)
            .map(|(part, role)| (self.vertex_start(part)..self.vertex_start(part + 1), *role))
    }
}

/// Returns the rows whose box meets one of `boxes`, and those of `also`, ascending.
fn meeting(index: &PackedRtree, boxes: &[WorldBox], also: &[u32]) -> Vec<u32> {
    let mut rows = also.to_vec();
    for bounds in boxes.iter().filter(|bounds| !bounds.is_empty()) {
        index.search(bounds, |row| {
            rows.push(row);
            true
        });
    }
    rows.sort_unstable();
    rows.dedup();
    rows
}
