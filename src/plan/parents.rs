//! The areas of a level, and the areas of the level above that they belong to, such as Stadtteile
//! and Stadtbezirke.

use std::collections::BTreeMap;

use super::areas::{Level, OUTSIDE};
use super::planning_data::{Count, PlanningData};
use crate::error::Result;

/// The level above another one.
#[derive(Debug)]
pub struct Parents {
    /// The name of the level above.
    pub level: String,
    /// The ids and names of its areas.
    pub areas: Vec<(String, String)>,
    /// For each area of the lower level, the index of the area that it belongs to.
    pub of: Vec<Option<usize>>,
}

impl Parents {
    /// Returns the level above a level; None if its role names none, or if that is hidden.
    ///
    /// # Errors
    ///
    /// Returns an error if one of the levels cannot be read.
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

    /// Returns the id and name of the area that an area of the lower level belongs to.
    pub fn parent(&self, area: usize) -> Option<&(String, String)> {
        self.areas.get((*self.of.get(area)?)?)
    }
}

/// Returns for each area the index of the area above that contains most of its points of demand; of
/// several, the first. An area without points belongs to the one that contains the centre of its
/// bounding box. The borders of two levels seldom match exactly, so an area need not be entirely
/// inside its parent.
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
