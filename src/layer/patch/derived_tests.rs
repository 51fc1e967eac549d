//! A derived layer is the layer of a source that has only its rows, and it changes only when they
//! do.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::tests::{Row, Rows, collection, edit, layer, render, row, same_items, tiles};
use super::*;
use crate::access::{Caller, Grants, Permit, Policy};
use crate::catalog::names::Name;
use crate::catalog::{Detail, Table};
use crate::error::Kind;
use crate::layer::derived::Room;
use crate::layer::{Derived, Difference};
use crate::limits::Limits;
use crate::query::cql2::text;

/// The permit of a role that sees the columns but for `hidden`, of the rows for which `rule` is
/// true.
pub(super) fn permit(collection: &Collection, rule: &str, hidden: &[&str]) -> Permit {
    let columns = collection.columns.iter().map(|column| column.name.clone());
    let columns: Vec<String> = columns.filter(|name| !hidden.contains(&name.as_str())).collect();
    let grants = grants(rule, &columns.iter().map(String::as_str).collect::<Vec<_>>());
    policy([(collection.id.as_str(), grants)]).read(collection, &office()).unwrap()
}

fn office() -> Caller {
    Caller::in_roles(["office"])
}

/// What the office is granted: the rows of a rule, and columns, or with none all.
fn grants(rule: &str, columns: &[&str]) -> Grants {
    let rows = [("office".into(), text::parse(rule, &Limits::default()).unwrap())].into();
    let shown = columns.iter().map(|name| (*name).to_owned()).collect();
    let show = (!columns.is_empty()).then(|| ("office".into(), shown)).into_iter().collect();
    Grants { rows, show, ..Grants::default() }
}

fn policy<const N: usize>(grants: [(&str, Grants); N]) -> Policy {
    Policy { grants: grants.map(|(name, grants)| (name.to_owned(), grants)).into(), ..Policy::default() }
}

fn same(derived: &Derived, rows: &Rows, is_shown: impl Fn(&Row) -> bool) {
    let own: Rows = rows.clone().into_iter().filter(|(_, row)| is_shown(row)).collect();
    let fresh = layer(&derived.collection, &own);
    same_items(&derived.layer, &fresh);
    for coordinate in tiles() {
        let [ours, theirs] =
            [&derived.layer, &fresh].map(|layer| render(layer, &derived.collection, coordinate));
        assert_eq!(ours, theirs, "{coordinate:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases.min(48) , ..ProptestConfig::default() })]
    #[test]
    fn a_derived_layer_changes_with_its_own_rows_alone(
        start in prop::collection::btree_map(0i64..40, row(), 0..30),
        edits in prop::collection::vec(prop::collection::vec((0i64..45, prop::option::of(row())), 0..8), 1..4),
        hidden in prop::sample::select(vec![vec![], vec!["id"], vec!["number", "all_differ"], vec!["id", "name"]]),
        ranked in any::<bool>(),
    ) {
        let detail = Detail { rank: ranked.then(|| "number".into()), ..Detail::default() };
        let whole = Arc::new(collection(detail));
        let permit = permit(&whole, "number > 1", &hidden);
        let is_shown = |row: &Row| row.number > 1;
        let room = Room::default();
        let mut rows: Rows = start;
        let mut base = layer(&whole, &rows);
        let open = |base: &Layer| base.derived(&whole, &permit, &room).unwrap();
        let mut derived = open(&base);
        same(&derived, &rows, is_shown);
        for batch in edits {
            let before = rows.clone();
            let changes = edit(&whole, &mut rows, &batch);
            let mut next = base.patched(&changes, &whole).unwrap().layer;
            let patched = base.patch_derived(&next, &changes, &room);
            prop_assert!(next.has_derived(&permit));
            let of = |change: &crate::layer::DerivedChange| (change.permit, change.difference.clone());
            let (digest, difference) = of(&patched[0]);
            prop_assert_eq!((patched.len(), digest), (1, permit.digest()));
            let now = open(&next);
            same(&now, &rows, is_shown);
            let read_anew = layer(&whole, &rows);
            let succeeded = read_anew.succeed_derived(&base, &room);
            let again = open(&read_anew);
            same(&again, &rows, is_shown);
            // Whether rows that it shows were written, and whether they look otherwise.
            let own = |rows: &Rows, id: &i64| rows.get(id).filter(|row| is_shown(row)).cloned();
            let written = batch.iter().any(|(id, _)| own(&before, id).is_some() || own(&rows, id).is_some());
            if !written {
                prop_assert_eq!(&difference, &Difference::Nothing);
                prop_assert_eq!(&succeeded[0].difference, &Difference::Nothing);
                for new in [&now.layer, &again.layer] {
                    prop_assert_eq!(new.seen_version(), derived.layer.seen_version());
                    prop_assert_eq!(new.loaded_at(), derived.layer.loaded_at());
                }
            }
            let later = Instant::now() + super::super::tile_versions::RENEWED_EVERY;
            for coordinate in tiles() {
                let version = |layer: &Layer| layer.tile_version(coordinate.zoom(), coordinate.column_and_row(), later);
                let drawn = |derived: &Derived| render(&derived.layer, &derived.collection, coordinate);
                for new in [&now, &again] {
                    if version(&new.layer) == version(&derived.layer) {
                        prop_assert!(drawn(new) == drawn(&derived), "{coordinate:?} kept its version");
                    }
                }
            }
            derived = now;
            std::mem::swap(&mut base, &mut next);
        }
    }
}

fn some() -> Rows {
    let row = |number: i32| Row { path: vec![(1, number as u8)], name: None, number };
    (0..40).map(|id| (id, row(id as i32 % 4))).collect()
}

#[test]
fn beyond_the_memory_a_collection_is_closed() {
    let whole = Arc::new(collection(Detail::default()));
    let base = layer(&whole, &some());
    let [one, other] = ["number = 1", "number > 1"].map(|rule| permit(&whole, rule, &[]));
    let room = Room::new(1);
    let refused = base.derived(&whole, &one, &room).map(|_| ()).unwrap_err();
    assert_eq!(refused.kind, Kind::Unavailable);
    assert_eq!(refused.limit.unwrap().name, "derived_bytes");
    assert!(!base.has_derived(&one) && room.bytes() == 0);
    // Enough for one of them.
    let base = layer(&whole, &some());
    let room = Room::new(base.memory() / 2);
    base.derived(&whole, &one, &room).unwrap();
    let refused = base.derived(&whole, &other, &room).map(|_| ()).unwrap_err();
    assert_eq!(refused.kind, Kind::Unavailable);
    base.derived(&whole, &one, &room).unwrap();
    // What goes with its layer makes room.
    drop(base);
    assert_eq!(room.bytes(), 0);
    let base = layer(&whole, &some());
    base.derived(&whole, &other, &room).unwrap();
    // So does another policy.
    base.forget_derived();
    assert!(!base.has_derived(&other) && room.bytes() == 0);
}

/// As a rule that hides does, grants apply to every collection of the table.
#[test]
fn grants_apply_to_a_table_by_whichever_geometry_it_is_named() {
    let name = |short: &str| Name { short: short.into(), qualified: format!("s.{short}") };
    let [first, second] = ["c", "c.other"].map(|id| {
        let table = Table { name: name("c"), further: vec![name("c.other")] };
        Collection {
            id: id.into(),
            short: id.into(),
            qualified: format!("s.{id}"),
            table: Some(table),
            ..collection(Detail::default())
        }
    });
    let own = [
        ("s.c.other", grants("number > 1", &["id", "name"])),
        ("c", grants("number < 3", &["name", "number"])),
    ];
    let several = policy(own);
    for collection in [&first, &second] {
        let permit = several.read(collection, &office()).unwrap();
        // Both apply.
        assert_eq!(permit.columns(), [1], "{}", collection.id);
        assert!(permit.is_restricted() && format!("{:?}", permit.rows()).contains("And"), "{permit:?}");
    }
    // Which geometry is meant must be said, else a row would be hidden in one collection alone.
    let any = policy([("c", grants("S_INTERSECTS(geometry, BBOX(6, 50, 7, 51))", &[]))]);
    assert!(any.read(&first, &office()).is_none());
}

/// A row that a rule refuses ends nothing but the derived layer.
#[test]
fn a_row_that_is_too_intricate_for_a_rule_closes() {
    let whole = Arc::new(collection(Detail::default()));
    let ring = "S_TOUCHES(geom, POLYGON((6.9 50.9, 7 50.9, 7 51, 6.9 51, 6.9 50.9)))";
    let (permit, room) = (permit(&whole, ring, &[]), Room::default());
    let mut rows = some();
    let base = layer(&whole, &rows);
    base.derived(&whole, &permit, &room).unwrap();
    let path = (0..120_000u32).map(|step| ((step % 120) as u8, (step / 120 % 120) as u8)).collect();
    let changes = edit(&whole, &mut rows, &[(99, Some(Row { path, name: None, number: 1 }))]);
    let next = base.patched(&changes, &whole).unwrap().layer;
    assert!(base.patch_derived(&next, &changes, &room).is_empty(), "who knows whether it is visible");
    let refused = next.derived(&whole, &permit, &room).map(|_| ()).unwrap_err();
    assert_eq!(refused.kind, Kind::Invalid, "{refused}");
    assert!(!next.has_derived(&permit) && !next.was_derived(&permit));
    assert!(layer(&whole, &rows).succeed_derived(&base, &room).is_empty());
}

#[test]
fn a_rule_that_cannot_be_evaluated_closes() {
    let whole = collection(Detail::default());
    let policy = policy([(whole.qualified.as_str(), grants("gone = 1", &[]))]);
    assert!(policy.read(&whole, &office()).is_none());
    assert!(policy.read(&whole, &Caller::in_roles(["other"])).is_some());
    // Who has a second role sees no more by it.
    assert!(policy.read(&whole, &Caller::in_roles(["office", "other"])).is_none());
    let (role, why) = policy.faults(&whole).pop().unwrap();
    assert_eq!((&*role, why.kind), ("office", Kind::Invalid));
}

/// The conditions that rules have here, and for which numbers each is true.
type Condition = (&'static str, fn(i32) -> bool);
const CONDITIONS: [Condition; 4] = [
    ("TRUE", |_| true),
    ("FALSE", |_| false),
    ("number > 1", |number| number > 1),
    ("number = 0", |number| number == 0),
];
const COLUMNS: [&str; 4] = ["id", "name", "number", "all_differ"];
const ROLES: [&str; 4] = ["everyone", "a", "b", "c"];

/// The rules of one collection: whom `read` names, and by role the condition and the columns, as
/// positions in the lists above.
#[derive(Clone, Debug)]
struct Rules {
    read: Option<BTreeSet<usize>>,
    rows: BTreeMap<usize, usize>,
    show: BTreeMap<usize, BTreeSet<usize>>,
}

impl Rules {
    /// The same rules as grants.
    fn grants(&self) -> Grants {
        let role = |at: &usize| Arc::from(ROLES[*at]);
        let rule = |at: &usize| text::parse(CONDITIONS[*at].0, &Limits::default()).unwrap();
        let names = |shown: &BTreeSet<usize>| shown.iter().map(|at| COLUMNS[*at].to_owned()).collect();
        Grants {
            read: self.read.as_ref().map(|readers| readers.iter().map(role).collect()),
            rows: self.rows.iter().map(|(at, own)| (role(at), rule(own))).collect(),
            show: self.show.iter().map(|(at, shown)| (role(at), names(shown))).collect(),
            ..Grants::default()
        }
    }

    /// What callers in these roles see, by the words of the documentation: the columns, and which
    /// numbers rows have; None if the collection does not exist for them.
    fn seen(&self, roles: &BTreeSet<usize>) -> Option<(Vec<usize>, Vec<i32>)> {
        let everyone = BTreeSet::from([0]);
        let roles = if roles.is_empty() { &everyone } else { roles };
        let may =
            |role: &&usize| self.read.as_ref().is_none_or(|read| read.contains(&0) || read.contains(*role));
        let readers: Vec<&usize> = roles.iter().filter(may).collect();
        if readers.is_empty() {
            return None;
        }
        let condition = |role: &usize| self.rows.get(role).or(self.rows.get(&0)).copied().unwrap_or_default();
        let shown = |role: &usize| {
            let all = (0..COLUMNS.len()).collect();
            self.show.get(role).or(self.show.get(&0)).cloned().unwrap_or(all)
        };
        // A condition that is never true adds no rows, so what it shows is of no rows.
        let counted: Vec<&usize> = readers.iter().copied().filter(|role| condition(role) != 1).collect();
        let counted = if counted.is_empty() { readers } else { counted };
        let columns = (0..COLUMNS.len()).filter(|at| counted.iter().all(|role| shown(role).contains(at)));
        let numbers =
            (0..4).filter(|number| counted.iter().any(|role| CONDITIONS[condition(role)].1(*number)));
        Some((columns.collect(), numbers.collect()))
    }
}

fn rules() -> impl Strategy<Value = Rules> {
    let role = || 0..ROLES.len();
    let read = prop::option::of(prop::collection::btree_set(role(), 1..4));
    let rows = prop::collection::btree_map(role(), 0..CONDITIONS.len(), 0..4);
    let some = prop::collection::btree_set(0..COLUMNS.len(), 1..=COLUMNS.len());
    let show = prop::collection::btree_map(role(), some, 0..4);
    (read, rows, show).prop_map(|(read, rows, show)| Rules { read, rows, show })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10_000, ..ProptestConfig::default() })]
    #[test]
    fn grants_are_what_an_interpreter_of_them_says(rules in rules(), roles in prop::collection::btree_set(1..ROLES.len(), 0..4)) {
        let whole = Arc::new(collection(Detail::default()));
        let rows: Rows =
            (0..8).map(|id| (id, Row { path: vec![(1, 1)], name: None, number: id as i32 % 4 })).collect();
        let base = layer(&whole, &rows);
        let caller = Caller::in_roles(roles.iter().map(|at| ROLES[*at]));
        let permit = policy([("c", rules.grants())]).read(&whole, &caller);
        let Some((columns, numbers)) = rules.seen(&roles) else {
            prop_assert!(permit.is_none());
            return Ok(());
        };
        let permit = permit.unwrap();
        prop_assert_eq!(permit.columns(), columns);
        let seen = match permit.is_restricted() {
            true => base.derived(&whole, &permit, &Room::default()).unwrap().layer.len(),
            false => base.len(),
        };
        prop_assert_eq!(seen, numbers.len() * 2);
    }
}
