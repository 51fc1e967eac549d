//! Joins the lines of features that agree in some columns and meet at their ends.
//!
//! A street is stored as many short segments. Joined, it is drawn without gaps at low zooms and is
//! long enough for its name. Segments are joined where exactly two ends of the same group meet, on
//! the coordinates of the world grid; at a junction within the group, lines end.

use foldhash::{HashMap, HashSet};

use crate::geo::geometry::Role;
use crate::layer::View;
use crate::layer::geometries::PartRef;
use crate::layer::value_text::plain_text;
use crate::work::spend;

/// The maximum number of columns in which features must agree.
pub const MOST_COLUMNS: usize = 4;

/// The columns in which the features of a line agree, by their positions in the collection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JoinColumns([Option<u16>; MOST_COLUMNS]);

impl JoinColumns {
    /// Returns the columns at these positions; None if they are too many.
    pub fn of(positions: &[usize]) -> Option<JoinColumns> {
        let mut columns = [None; MOST_COLUMNS];
        if positions.len() > MOST_COLUMNS {
            return None;
        }
        for (slot, position) in columns.iter_mut().zip(positions) {
            *slot = Some(u16::try_from(*position).ok()?);
        }
        Some(JoinColumns(columns))
    }

    /// Returns the positions of the columns.
    pub fn positions(&self) -> impl Iterator<Item = usize> + use<> {
        self.0.into_iter().flatten().map(usize::from)
    }

    /// Returns whether the column at this position is one of them.
    pub fn contains(&self, position: usize) -> bool {
        self.positions().any(|own| own == position)
    }
}

/// The lines of all features with the same values.
#[derive(Debug, PartialEq, Eq)]
pub struct Joined {
    /// The most important row of the group, from which the values are taken.
    pub row: u32,
    /// The lines on the world grid.
    pub lines: Vec<Vec<[i32; 2]>>,
}

/// Joins the lines of `rows`, each with the vertices that are drawn at `zoom`, or all of them. The
/// groups are in the order of their most important row.
pub fn join(view: &View<'_>, rows: &[u32], columns: JoinColumns, zoom: Option<u8>) -> Vec<Joined> {
    let mut by_importance = rows.to_vec();
    super::select::by_importance(view, &mut by_importance);
    let visible: Vec<_> = columns.positions().filter_map(|position| view.visible(position)).collect();
    let mut places: HashMap<String, usize> = HashMap::default();
    let mut groups: Vec<(u32, Vec<Vec<[i32; 2]>>)> = vec![];
    for row in by_importance {
        let Some(geometry) = view.geometry(row) else { continue };
        let mut key = String::new();
        for column in &visible {
            let value = column.get(row as usize);
            // A NULL differs from an empty text.
            key.push(if column.is_null(row as usize) { '0' } else { '1' });
            key.push_str(&plain_text(value));
            key.push('\0');
        }
        let place = *places.entry(key).or_insert(groups.len());
        if place == groups.len() {
            groups.push((row, vec![]));
        }
        let Some((_, lines)) = groups.get_mut(place) else { continue };
        for part in geometry.parts().filter(|part| part.role == Role::Line) {
            let line = drawn(&part, zoom);
            if line.len() > 1 {
                lines.push(line);
            }
        }
    }
    groups.into_iter().map(|(row, lines)| Joined { row, lines: chains(lines) }).collect()
}

/// Returns the borders of the areas in `rows` as one group: each step between two vertices once,
/// joined to lines.
pub fn borders(view: &View<'_>, rows: &[u32], zoom: Option<u8>) -> Vec<Joined> {
    let mut seen: HashSet<[[i32; 2]; 2]> = HashSet::default();
    let mut steps = vec![];
    for row in rows {
        let Some(geometry) = view.geometry(*row) else { continue };
        for part in geometry.parts().filter(|part| matches!(part.role, Role::Exterior | Role::Interior)) {
            let ring = drawn(&part, zoom);
            for pair in ring.windows(2) {
                let [from, to] = pair else { continue };
                let step = if from <= to { [*from, *to] } else { [*to, *from] };
                if from != to && seen.insert(step) {
                    steps.push(vec![*from, *to]);
                }
            }
        }
    }
    let row = rows.iter().min().copied();
    row.map(|row| Joined { row, lines: chains(steps) }).into_iter().collect()
}

/// Returns the vertices of a part that are drawn at a zoom level, or all of them.
fn drawn(part: &PartRef<'_>, zoom: Option<u8>) -> Vec<[i32; 2]> {
    spend(part.world.len());
    let is_drawn = |at: usize| zoom.is_none_or(|zoom| part.levels.get(at).is_none_or(|level| *level <= zoom));
    part.world.iter().enumerate().filter(|(at, _)| is_drawn(*at)).map(|(_, point)| *point).collect()
}

/// Joins lines at the points where exactly two ends meet.
fn chains(lines: Vec<Vec<[i32; 2]>>) -> Vec<Vec<[i32; 2]>> {
    if lines.len() < 2 {
        return lines;
    }
    let mut meeting: HashMap<[i32; 2], Vec<usize>> = HashMap::default();
    for (at, line) in lines.iter().enumerate() {
        for end in [line.first(), line.last()].into_iter().flatten() {
            meeting.entry(*end).or_default().push(at);
        }
    }
    // The line that continues another at a point, if the two are the only ones there.
    let next = |at: usize, point: [i32; 2]| match meeting.get(&point).map(Vec::as_slice) {
        Some([one, other]) if one != other => Some(if *one == at { *other } else { *one }),
        _ => None,
    };
    let mut is_used = vec![false; lines.len()];
    let mut chains = vec![];
    // Lines that begin a chain come first; what is left are rings.
    let begins = |at: usize| {
        let line = lines.get(at)?;
        let [first, last] = [*line.first()?, *line.last()?];
        Some(next(at, first).is_none() || next(at, last).is_none())
    };
    let order = (0..lines.len()).filter(|at| begins(*at) == Some(true)).chain(0..lines.len());
    for start in order {
        if is_used.get(start).copied().unwrap_or(true) {
            continue;
        }
        let mut chain: Vec<[i32; 2]> = vec![];
        let mut current = Some(start);
        while let Some(at) = current {
            let (Some(line), Some(used)) = (lines.get(at), is_used.get_mut(at)) else { break };
            if std::mem::replace(used, true) {
                break;
            }
            extend(
                &mut chain,
                line,
                at == start && line.first().is_some_and(|first| next(at, *first).is_some()),
            );
            current = chain.last().and_then(|end| next(at, *end));
        }
        chains.push(chain);
    }
    chains
}

/// Appends a line to a chain: from the end that the chain has reached, or, for the first line of a
/// chain, backwards if `turned` is set.
fn extend(chain: &mut Vec<[i32; 2]>, line: &[[i32; 2]], turned: bool) {
    let backwards = match chain.last() {
        None => turned && line.first() != line.last(),
        Some(end) => line.first() != Some(end),
    };
    let skipped = usize::from(!chain.is_empty());
    if backwards {
        chain.extend(line.iter().rev().skip(skipped));
    } else {
        chain.extend(line.iter().skip(skipped));
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn line(points: &[i32]) -> Vec<[i32; 2]> {
        points.iter().map(|x| [*x, 0]).collect()
    }

    #[test]
    fn segments_become_one_line_whatever_their_order_and_direction() {
        let expected = line(&[0, 1, 2, 3, 4]);
        for lines in [
            [line(&[0, 1]), line(&[1, 2, 3]), line(&[3, 4])],
            [line(&[1, 2, 3]), line(&[4, 3]), line(&[1, 0])],
            [line(&[3, 4]), line(&[3, 2, 1]), line(&[0, 1])],
        ] {
            let mut found = chains(lines.to_vec());
            assert_eq!(found.len(), 1, "{lines:?}");
            if found[0][0] != [0, 0] {
                found[0].reverse();
            }
            assert_eq!(found[0], expected, "{lines:?}");
        }
    }

    #[test]
    fn lines_end_at_junctions_and_rings_stay_closed() {
        let junction = vec![line(&[0, 1]), line(&[1, 2]), vec![[1, 0], [1, 5]]];
        assert_eq!(chains(junction).len(), 3);
        let ring = vec![vec![[0, 0], [1, 0], [1, 1]], vec![[1, 1], [0, 1], [0, 0]]];
        let found = chains(ring);
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].len(), found[0].first()), (5, found[0].last()));
    }

    /// The undirected steps of lines, each as often as it occurs.
    fn steps(lines: &[Vec<[i32; 2]>]) -> Vec<[[i32; 2]; 2]> {
        let mut steps: Vec<_> = lines
            .iter()
            .flat_map(|line| line.windows(2))
            .map(|pair| if pair[0] <= pair[1] { [pair[0], pair[1]] } else { [pair[1], pair[0]] })
            .collect();
        steps.sort_unstable();
        steps
    }

    proptest! {
        #[test]
        fn no_step_is_lost_or_added(ends in proptest::collection::vec((0..6, 0..6, 0..6), 1..20)) {
            let lines: Vec<_> = ends.iter().map(|(a, b, c)| vec![[*a, *b], [*b, *c], [*c, *a]]).collect();
            prop_assert_eq!(steps(&chains(lines.clone())), steps(&lines));
        }
    }
}
