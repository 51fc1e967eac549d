//! Areas and the areas above them: which Stadtbezirk a Stadtteil belongs to.

use std::collections::BTreeMap;

use super::areas::{Level, OUTSIDE};
use super::planning_data::{PlanningData, Count};
use crate::error::Result;

/// The level above another, and whose parts the areas of that one are.
#[derive(Debug)]
pub struct Parents {
    /// The name of the level above.
    pub level: String,
    /// Its areas: id and name.
    pub areas: Vec<(String, String)>,
    /// For each area below the one it belongs to.
    pub of: Vec<Option<usize>>,
}

impl Parents {
    /// The parents of the areas of a level; None where its role names no level above, or one that
    /// is hidden.
    pub fn of(data: &PlanningData, level: &str) -> Result<Option<Parents>> {
        let above = data.roles.areas.get(level).and_then(|role| role.parent.as_deref());
        let Some(above) = above.filter(|above| data.shows_level(above)) else { return Ok(None) };
        let (below, above_level) = (data.level(level, Count::Points)?, data.level(above, Count::Points)?);
        Ok(Some(Parents {
            level: above.to_owned(),
            areas: above_level.areas.iter().map(|area| (area.id.clone(), area.name.clone())).collect(),
            of: belonging(&below, &above_level),
        }))
    }

    /// Id and name of the area that one below belongs to.
    pub fn parent(&self, area: usize) -> Option<&(String, String)> {
        self.areas.get((*self.of.get(area)?)?)
    }
}

/// An area belongs to the one that holds most of its points, the first of equals; without points,
/// to the one that holds the middle of its box. Borders of two levels seldom meet exactly, so no
/// area is asked to lie wholly in another.
fn belonging(below: &Level, above: &Level) -> Vec<Option<usize>> {
    let mut counts: Vec<BTreeMap<u32, usize>> = vec![BTreeMap::new(); below.areas.len()];
    for (area, parent) in below.members.iter().zip(&above.members) {
        if *parent != OUTSIDE
            && let Some(counts) = counts.get_mut(*area as usize)
        {
            *counts.entry(*parent).or_default() += 1;
        }
    }
    let most = |counts: &BTreeMap<u32, usize>| {
        let found = counts.iter().max_by_key(|(parent, count)| (**count, std::cmp::Reverse(**parent)));
        found.map(|(parent, _)| *parent as usize)
    };
    let holding = |centre| above.areas.iter().position(|area| area.contains(centre));
    let own = below.areas.iter().zip(&counts);
    own.map(|(area, counts)| most(counts).or_else(|| holding(area.centre()))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::areas::Area;

    fn square(id: &str, [x, y]: [f64; 2], side: f64) -> Area {
        let ring = vec![[x, y], [x + side, y], [x + side, y + side], [x, y + side], [x, y]];
        Area::new(id.into(), id.into(), vec![(ring, false)])
    }

    #[test]
    fn an_area_belongs_where_most_of_its_points_are() {
        let above = Level {
            areas: vec![square("west", [0.0, 0.0], 10.0), square("east", [10.0, 0.0], 10.0)],
            members: vec![0, 0, 1, 1, 1, OUTSIDE],
            ..Level::default()
        };
        let below = Level {
            areas: vec![
                square("a", [0.0, 0.0], 11.0),
                square("b", [11.0, 0.0], 4.0),
                square("c", [16.0, 0.0], 2.0),
                square("d", [90.0, 0.0], 2.0),
            ],
            members: vec![0, 0, 0, 1, 1, 1],
            ..Level::default()
        };
        assert_eq!(belonging(&below, &above), [Some(0), Some(1), Some(1), None]);
    }
}
