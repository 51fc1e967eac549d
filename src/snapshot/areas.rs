//! The areas that rules name by reference, as the collections of their levels have them.

use std::collections::BTreeMap;
use std::sync::{Arc, Weak};

use crate::access::Policy;
use crate::catalog::Roles;
use crate::catalog::roles::AreaRole;
use crate::error::{Error, Kind, Result, said};
use crate::geo::geometry::{Part, Role};
use crate::geo::{GeometryType, Shape, validity};
use crate::layer::value_text::plain_text;
use crate::layer::world::Entry;
use crate::layer::{Layer, State, View, World};
use crate::query::cql2::{Area, Border};

/// The level and the id of an area.
type Named = (String, String);

/// The areas that the rules of a policy name.
#[derive(Clone, Debug, Default)]
pub struct Areas {
    found: BTreeMap<Named, Result<Arc<Border>>>,
    /// The rows in which the areas of each level were looked for; None where there were none.
    rows: BTreeMap<String, Option<Weak<Layer>>>,
}

impl Areas {
    /// The border of an area, if it was found.
    pub fn border(&self, area: &Area) -> Option<Arc<Border>> {
        let found = self.found.get(&(area.level.clone(), area.id.clone()))?;
        found.as_ref().ok().cloned()
    }

    /// Why areas are not found. The rules that name them are closed.
    pub fn faults(&self) -> impl Iterator<Item = &Error> {
        self.found.values().filter_map(|found| found.as_ref().err())
    }

    /// Returns the areas that the rules of a policy name, if they may differ from these.
    pub(super) fn look_again(&self, policy: &Policy, among: &Levels<'_>) -> Option<Areas> {
        let named: Vec<Named> = policy.areas().map(|area| (area.level.clone(), area.id.clone())).collect();
        if among.have_rows_of(self) && self.found.keys().eq(named.iter()) {
            return None;
        }
        let rows = |(level, _): &Named| (level.clone(), among.rows(level).map(Arc::downgrade));
        let rows = named.iter().map(rows).collect();
        let border = |named: Named| (named.clone(), among.border(policy, &named));
        Some(Areas { found: named.into_iter().map(border).collect(), rows })
    }
}

/// The levels of areas, and the collections of them.
pub(super) struct Levels<'a> {
    pub roles: &'a Roles,
    pub world: &'a World,
}

impl<'a> Levels<'a> {
    fn level(&self, level: &str) -> Option<(&'a AreaRole, &'a Entry)> {
        let role = self.roles.areas.get(level)?;
        Some((role, self.world.entry(&role.collection)?))
    }

    fn rows(&self, level: &str) -> Option<&'a Arc<Layer>> {
        match &self.level(level)?.1.state {
            State::Ready(layer) => Some(layer),
            _ => None,
        }
    }

    fn have_rows_of(&self, areas: &Areas) -> bool {
        let is_same = |(level, rows): (&String, &Option<Weak<Layer>>)| {
            rows.as_ref().map(Weak::as_ptr) == self.rows(level).map(Arc::as_ptr)
        };
        areas.rows.iter().all(is_same)
    }

    /// Returns the border of an area: that of all rows with its id.
    fn border(&self, policy: &Policy, (level, id): &Named) -> Result<Arc<Border>> {
        let missing = || Error::not_found(said!("there is no area {:?} of the level {:?}", id, level));
        let Some((role, entry)) = self.level(level) else { return Err(missing()) };
        let (Some(layer), Some(column)) = (self.rows(level), entry.collection.geometry.as_ref()) else {
            let what = said!("the areas of the level {:?} are not in memory", level);
            return Err(Error::unavailable(what));
        };
        let permit = policy.planning(&entry.collection);
        let view = View::new(layer, &entry.collection, &permit);
        let ids = view.column(&role.id).ok_or_else(missing)?;
        let mut shape = Shape::default();
        for row in (0..view.len() as u32).filter(|row| plain_text(ids.get(*row as usize)) == *id) {
            add(&view, row, &mut shape);
        }
        if shape.kind.is_none() {
            return Err(missing());
        }
        match validity::fault(&shape) {
            Some(what) => {
                Err(Error::new(Kind::Invalid, said!("area {:?} of the level {:?} {}", id, level, what)))
            }
            None => Ok(Arc::new(Border { shape, crs: column.crs })),
        }
    }
}

/// Adds the polygons of a row to a shape.
fn add(view: &View<'_>, row: u32, shape: &mut Shape) {
    let Some(geometry) = view.stored_geometry(row) else { return };
    for part in geometry.parts().filter(|part| matches!(part.role, Role::Exterior | Role::Interior)) {
        shape.xy.extend_from_slice(part.xy);
        shape.parts.push(Part { role: part.role, end: shape.xy.len() as u32 });
        shape.kind = Some(GeometryType::MultiPolygon);
    }
}
