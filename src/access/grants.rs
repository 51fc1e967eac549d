//! What the configuration grants callers of one collection.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::caller::{Caller, EVERYONE};
use super::permit::Permit;
use crate::catalog::Collection;
use crate::error::{Error, Result, said};
use crate::geo::geometry::{Part, Role};
use crate::geo::{Crs, GeometryType, Shape};
use crate::query::Filter;
use crate::query::cql2::{Area, Border, Expression, Node, Schema, check};

/// What is granted to whom of one collection, by the name of the role. A role without an entry in a
/// map has that of [`EVERYONE`]; without this one either, the map does not restrict it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Grants {
    /// Whether the collection holds what must be protected: only roles that `read` names see it,
    /// and of it only columns that `show` names.
    pub is_protected: bool,
    /// The roles that see the collection; None for all.
    pub read: Option<BTreeSet<Arc<str>>>,
    /// Only rows for which this is true; its geometries are in CRS84. It may name every column,
    /// hidden or not.
    pub rows: BTreeMap<Arc<str>, Expression>,
    /// The names of the visible columns; without an entry those that are not hidden.
    pub show: BTreeMap<Arc<str>, BTreeSet<String>>,
    /// How features may be changed; without an entry in no way.
    pub edit: BTreeMap<Arc<str>, BTreeSet<Edit>>,
    /// Only rows for which this is true may be changed, before and after the change.
    pub edit_rows: BTreeMap<Arc<str>, Expression>,
}

/// A way in which features are changed (OGC API – Features – Part 4, section 6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Edit {
    /// A new feature.
    Create,
    /// A feature in place of another with the same id.
    Replace,
    /// Some properties of a feature.
    Update,
    /// A feature is removed.
    Delete,
}

impl Edit {
    /// All ways, in the order of the standard.
    pub const ALL: [Edit; 4] = [Edit::Create, Edit::Replace, Edit::Update, Edit::Delete];

    /// The name in the configuration.
    pub fn name(self) -> &'static str {
        match self {
            Edit::Create => "create",
            Edit::Replace => "replace",
            Edit::Update => "update",
            Edit::Delete => "delete",
        }
    }
}

impl Grants {
    /// The roles of the caller that see the collection.
    pub fn readers<'a>(&self, caller: &'a Caller) -> Vec<&'a str> {
        let sees = |role: &&str| match &self.read {
            Some(readers) => readers.contains(EVERYONE) || readers.contains(*role),
            None => !self.is_protected,
        };
        caller.roles().filter(sees).collect()
    }

    /// All areas that its conditions name by reference.
    pub fn areas(&self) -> impl Iterator<Item = &Area> {
        self.rows.values().chain(self.edit_rows.values()).flat_map(Expression::areas)
    }

    /// Returns the grants with the borders of these areas.
    pub fn with_borders(&self, find: &impl Fn(&Area) -> Option<Arc<Border>>) -> Grants {
        let each = |conditions: &BTreeMap<Arc<str>, Expression>| {
            conditions.iter().map(|(role, rule)| (role.clone(), rule.with_borders(find))).collect()
        };
        Grants { rows: each(&self.rows), edit_rows: each(&self.edit_rows), ..self.clone() }
    }

    /// The names of all roles that have an entry.
    pub fn roles(&self) -> impl Iterator<Item = &Arc<str>> {
        let (read, rows, show) = (self.read.iter().flatten(), self.rows.keys(), self.show.keys());
        read.chain(rows).chain(show).chain(self.edit.keys()).chain(self.edit_rows.keys())
    }

    /// The condition of a role, if it sees only some of the rows.
    pub fn rows_of(&self, role: &str) -> Option<&Expression> {
        entry(&self.rows, role).filter(|rows| rows.node != Node::Boolean(true))
    }

    /// The names of the columns of a role, if it does not see all that are not hidden.
    pub fn shown_to(&self, role: &str) -> Option<&BTreeSet<String>> {
        entry(&self.show, role)
    }

    /// The ways in which a role may change features.
    pub fn edits_of(&self, role: &str) -> Option<&BTreeSet<Edit>> {
        entry(&self.edit, role)
    }

    /// The condition under which a role may change a feature.
    pub fn edit_rows_of(&self, role: &str) -> Option<&Expression> {
        entry(&self.edit_rows, role)
    }

    /// The readers that see any row. One whose condition is FALSE adds none, and so takes no column
    /// away from the others.
    fn contributing<'a>(&self, mut readers: Vec<&'a str>) -> Vec<&'a str> {
        let has_rows = |role: &&str| self.rows_of(role).is_none_or(|rows| rows.node != Node::Boolean(false));
        if readers.iter().any(&has_rows) {
            readers.retain(|role| has_rows(role));
        }
        readers
    }
}

fn entry<'a, T>(entries: &'a BTreeMap<Arc<str>, T>, role: &str) -> Option<&'a T> {
    entries.get(role).or_else(|| entries.get(EVERYONE))
}

/// The permit to read what all of these grants leave of `collection`, of which the columns at the
/// positions `public` are not hidden; None if one of them does not let the caller see it.
///
/// Of a caller in several roles the rows are the union of those that each role sees, and the
/// columns those that every one of these roles shows.
///
/// # Errors
///
/// [`Kind::Invalid`](crate::error::Kind::Invalid) if a rule names a column that is not there, or
/// compares a column with a value of another type.
pub(super) fn permit(
    grants: &[&Grants],
    collection: &Collection,
    caller: &Caller,
    public: Vec<usize>,
    edition: u64,
) -> Result<Option<Permit>> {
    let (mut rows, mut columns): (Option<Filter>, Option<BTreeSet<usize>>) = (None, None);
    for grants in grants {
        let readers = grants.readers(caller);
        if readers.is_empty() {
            return Ok(None);
        }
        let readers = grants.contributing(readers);
        if let Some(own) = union(grants, &readers, collection)? {
            rows = Some(match rows {
                None => own,
                Some(others) => others.and(own),
            });
        }
        for role in readers {
            let shown: BTreeSet<usize> = match grants.shown_to(role) {
                Some(names) => names.iter().map(|name| position(collection, name)).collect::<Result<_>>()?,
                None => public.iter().copied().collect(),
            };
            columns = Some(match columns {
                None => shown,
                Some(others) => others.intersection(&shown).copied().collect(),
            });
        }
    }
    let columns = columns.map_or_else(|| public.clone(), |columns| columns.into_iter().collect());
    let permit = match rows.is_none() && columns == public {
        true => Permit::unrestricted(columns, edition, true),
        false => Permit::restricted(columns, rows, edition),
    };
    Ok(Some(permit.granted(grants.iter().any(|grants| grants.is_protected))))
}

/// The condition that is true for each row that any of the roles sees; None if all rows are seen.
fn union(grants: &Grants, roles: &[&str], collection: &Collection) -> Result<Option<Filter>> {
    let mut union = vec![];
    for role in roles {
        match grants.rows_of(role) {
            Some(rule) => union.push(condition(rule, collection)?),
            None => return Ok(None),
        }
    }
    Ok(match union.len() {
        0 | 1 => union.pop(),
        _ => Some(Filter::Or(union)),
    })
}

/// The condition of a rule, for the columns of a collection.
fn condition(rule: &Expression, collection: &Collection) -> Result<Filter> {
    if has_several_geometries(collection) && names_any_geometry(rule) {
        let what = "a rule for a table with several geometries must name the column of the one it means";
        return Err(Error::invalid("rows", what));
    }
    let all: Vec<usize> = (0..collection.columns.len()).collect();
    check(rule, Crs::Crs84, &Schema { collection, visible: &all })
}

/// A border in the CRS of the collection, by which conditions can be checked before areas are
/// known.
pub(super) fn any_border(collection: &Collection) -> Arc<Border> {
    let xy = vec![[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 0.0]];
    let (kind, parts) = (Some(GeometryType::Polygon), vec![Part { role: Role::Exterior, end: 4 }]);
    let crs = collection.geometry.as_ref().map_or(Crs::Crs84, |geometry| geometry.crs);
    Arc::new(Border { shape: Shape { kind, xy, parts, ..Shape::default() }, crs })
}

/// Whether the table of the collection has further geometry columns, each of which is a collection.
fn has_several_geometries(collection: &Collection) -> bool {
    collection.table.as_ref().is_some_and(|table| !table.further.is_empty())
}

/// Whether a rule means the geometry of whichever collection it is evaluated on. Then a row would
/// be visible in one collection of a table and hidden in another.
fn names_any_geometry(rule: &Expression) -> bool {
    match &rule.node {
        Node::Property(name) => name == "geometry",
        Node::Operation(_, parts) | Node::Array(parts) => parts.iter().any(names_any_geometry),
        Node::Interval(ends) => ends.iter().any(names_any_geometry),
        _ => false,
    }
}

fn position(collection: &Collection, name: &str) -> Result<usize> {
    let missing = || Error::invalid("show", said!("there is no column {:?}", name));
    collection.column(name).ok_or_else(missing)
}
