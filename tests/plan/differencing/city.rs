//! A city of many small numbers, its questions, and what the answers say of which unknowns.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use jiff::civil::Date;
use serde_json::{Value, json};
use veedel::access::{Caller, Policy};
use veedel::catalog::roles::{AreaRole, DemandRole, NetworkRole, PopulationRole};
use veedel::catalog::{Overrides, Publication, Roles};
use veedel::layer::{State, world::Entry};
use veedel::plan::ages::Ages;
use veedel::plan::area_profile::area_profile;
use veedel::plan::cells::{SIDE, cell_of};
use veedel::plan::coverage::{Coverage, CoverageInputs, Question, count, coverage, steps};
use veedel::plan::disclosure::{Disclosure, Published};
use veedel::plan::people::People;
use veedel::plan::place::Place;
use veedel::plan::planning_data::Count;
use veedel::plan::{Planner, PlanningData, facilities, question};
use veedel::snapshot::Snapshots;
use veedel::source::folder;

use super::linear_program::Atom;

/// Numbers that look like chance and are always the same.
pub struct Dice(pub u64);

impl Dice {
    /// From 0 to before `most` (splitmix64).
    pub fn below(&mut self, most: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % most as u64) as usize
    }

    pub fn of<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        &list[self.below(list.len())]
    }
}

pub const DATES: [&str; 2] = ["2023-12-31", "2024-12-31"];
pub const GROUPS: [(&str, u32, u32); 8] = [
    ("unter 3", 0, 3),
    ("3 bis 5", 3, 6),
    ("6 bis 9", 6, 10),
    ("10 bis 17", 10, 18),
    ("18 bis 29", 18, 30),
    ("30 bis 49", 30, 50),
    ("50 bis 64", 50, 65),
    ("65 und älter", 65, 200),
];

/// Copies the invented city, with other numbers of persons: `number` says them, area by group by date.
pub fn with_numbers(folder: &Path, mut number: impl FnMut() -> usize) {
    let city = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/city"));
    let mut areas = vec![];
    for entry in std::fs::read_dir(city).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        match name.as_str() {
            "bevoelkerung.csv" => {
                let text = std::fs::read_to_string(&path).unwrap();
                areas = text.lines().skip(1).map(|line| line.split(',').next().unwrap().to_owned()).collect();
                areas.dedup();
            }
            _ => drop(std::fs::copy(&path, folder.join(name)).unwrap()),
        }
    }
    let mut table = String::from("gebiet,altersgruppe,anzahl,stichtag\n");
    for area in &areas {
        for (group, _, _) in GROUPS {
            for date in DATES {
                table.push_str(&format!("{area},{group},{},{date}\n", number()));
            }
        }
    }
    std::fs::write(folder.join("bevoelkerung.csv"), table).unwrap();
}

/// As many small numbers as a table by blocks has, and some larger ones.
pub fn small_numbers(dice: &mut Dice) -> usize {
    match dice.below(100) {
        0..8 => 0,
        8..53 => 1 + dice.below(4),
        53..78 => 5 + dice.below(8),
        _ => 13 + dice.below(50),
    }
}

fn data(folder: &Path, exact: bool) -> Arc<PlanningData> {
    let configured = |_: &str, _: &str| Overrides { listed: true, ..Overrides::default() };
    let look = folder::look(folder, &configured).unwrap();
    let entry = |found: &veedel::source::Found<folder::Locator>| {
        let layer = Arc::new(folder::load(found, &|_| {}).unwrap());
        let collection = Arc::new(found.collection.clone());
        (
            found.short.clone(),
            Entry { collection, state: State::Ready(layer), source: 0, as_of: None, is_reloading: false },
        )
    };
    let entries: BTreeMap<String, Entry> = look.found.iter().map(entry).collect();
    let area = |collection: &str, id: &str| AreaRole {
        collection: collection.into(),
        id: id.into(),
        ..AreaRole::default()
    };
    let roles = Roles {
        exact,
        network: Some(NetworkRole {
            collection: "strassen".into(),
            node_tolerance: 0.1,
            ..NetworkRole::default()
        }),
        demand: Some(DemandRole { collection: "adressen".into(), ..DemandRole::default() }),
        areas: [("viertel".into(), area("quartiere", "name")), ("bezirk".into(), area("bezirke", "id"))]
            .into(),
        population: Some(PopulationRole {
            collection: "bevoelkerung".into(),
            area: "gebiet".into(),
            date: "stichtag".into(),
            year_means: (12, 31),
            group: "altersgruppe".into(),
            persons: "anzahl".into(),
            level: "viertel".into(),
            ..PopulationRole::default()
        }),
        ..Roles::default()
    };
    let snapshots = Snapshots::default();
    snapshots.update(|next| {
        next.configure(Policy::default(), roles, Publication::default());
        next.world_mut().entries = entries;
    });
    Planner::default().data(&snapshots.current(), &Caller::Anonymous)
}

/// The persons of one date and group in one area, along its curve.
pub struct Chain {
    pub atoms: Vec<Atom>,
    /// How they are placed on the cells.
    pub placed: Vec<f64>,
    /// How many there are, which nobody is to know.
    pub number: f64,
}

pub struct City {
    pub data: Arc<PlanningData>,
    /// The true persons of each unknown: the area's number by the cell's share of its weight.
    pub truth: Vec<f64>,
    /// What they are counted as.
    pub placed: Vec<f64>,
    pub chains: Vec<Chain>,
    /// The chain of each unknown.
    pub chain_of: Vec<usize>,
    cells: usize,
}

impl City {
    pub fn new(seed: u64) -> City {
        let folder = tempfile::tempdir().unwrap();
        let mut dice = Dice(seed);
        with_numbers(folder.path(), || small_numbers(&mut dice));
        let (exact, data) = (data(folder.path(), true), data(folder.path(), false));
        let (demand, base) = (data.demand(Count::Cells).unwrap(), data.base(Count::Cells).unwrap());
        let sums = demand.area_weights(&base);
        let cells = demand.points.len();
        let mut city = City { data, truth: vec![], placed: vec![], chains: vec![], chain_of: vec![], cells };
        for date in DATES {
            let date: Date = date.parse().unwrap();
            let (people, true_people) = (
                People::of(&city.data, Some(date), None).unwrap(),
                People::of(&exact, Some(date), None).unwrap(),
            );
            for (number, (_, from, until)) in GROUPS.iter().enumerate() {
                let group = Ages { from: *from, until: *until };
                let numbers = true_people.published(&[group]);
                let placed = people.at_points(&[group]);
                let first = city.truth.len();
                let share = |cell: usize| demand.weights[cell] / sums[base.members[cell] as usize];
                city.truth.extend(
                    (0..cells).map(|cell| numbers[base.members[cell] as usize].unwrap() * share(cell)),
                );
                city.chain_of.resize(first + cells, 0);
                for (area, count) in numbers.iter().enumerate() {
                    let own = (0..cells).filter(|cell| base.members[*cell] as usize == area);
                    let mut own: Vec<usize> = own.collect();
                    // As the rule says it, which everyone may read: areas and groups are walked by turns.
                    if (number % 2 == 1) != (area % 2 == 1) {
                        own.reverse();
                    }
                    own.iter().for_each(|cell| city.chain_of[first + cell] = city.chains.len());
                    city.chains.push(Chain {
                        atoms: own.iter().map(|cell| (first + cell) as Atom).collect(),
                        placed: own.iter().map(|cell| placed[*cell]).collect(),
                        number: count.unwrap(),
                    });
                }
                city.placed.extend(placed);
            }
        }
        city
    }

    pub fn true_sum(&self, atoms: &[Atom]) -> f64 {
        atoms.iter().map(|atom| self.truth[*atom as usize]).sum()
    }

    fn atoms(&self, date: Date, groups: &[Ages], is_meant: impl Fn(usize) -> bool) -> Vec<Atom> {
        let date = DATES.iter().position(|known| known.parse::<Date>().unwrap() == date).unwrap();
        let mut atoms = vec![];
        for group in groups {
            let group = GROUPS.iter().position(|(_, from, _)| *from == group.from).unwrap();
            let first = (date * GROUPS.len() + group) * self.cells;
            atoms.extend((0..self.cells).filter(|cell| is_meant(*cell)).map(|cell| (first + cell) as Atom));
        }
        atoms.sort_unstable();
        atoms
    }
}

/// A part of an area, or a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    Persons,
    Covered,
    Uncovered,
    AirCovered,
    AirUncovered,
}

/// A number in an answer, and of which unknowns it is the sum.
#[derive(Clone, Debug)]
pub struct Figure {
    /// The area, the cell, or the age group.
    pub of: String,
    pub kind: Kind,
    pub atoms: Vec<Atom>,
    pub shown: Published,
    /// What it would be, exactly.
    pub truth: f64,
}

/// The figures of an answer to a question, as people see them: by the real code. A limit beyond the published ones is
/// counted too, where `free` says so, which no question may ask for.
pub fn figures(city: &City, inputs: &Value, free: Option<f64>) -> Vec<Figure> {
    if inputs.get("polygon").is_some() || inputs.get("area").is_some() {
        return of_profile(city, inputs);
    }
    let question: Question = serde_json::from_value(inputs.clone()).unwrap();
    let answer = match free {
        None => coverage(&city.data, &question).unwrap(),
        Some(limit) => {
            let inputs = CoverageInputs::of(&city.data, &question).unwrap();
            let steps = steps(&question::Limit::Distance(limit), &question, &inputs).unwrap();
            let chosen = facilities::select(&city.data, &question.facilities, None).unwrap();
            count(&city.data, inputs, steps, chosen)
        }
    };
    of_coverage(city, &answer)
}

fn of_coverage(city: &City, answer: &Coverage) -> Vec<Figure> {
    let disclosure = city.data.disclosure();
    let people = &answer.inputs.people;
    let (points, members) = (&people.demand.points, &people.level.members);
    let (step, _) = &answer.steps[0];
    let near = |cell: usize| {
        let distance = |place: &Place| place.distance(points[cell]);
        answer.facilities.list.iter().any(|facility| distance(&facility.place) <= step.limit + 1e-6)
    };
    let near: Vec<bool> = (0..points.len()).map(near).collect();
    let open: Vec<bool> = points.iter().map(|p| answer.unserved.contains_key(&cell_of(*p))).collect();
    let (areas, total) = disclosure.splits(&answer.areas, answer.total);
    let mut figures = vec![];
    for (index, split) in
        areas.iter().enumerate().map(|(index, split)| (Some(index), split)).chain([(None, &total)])
    {
        let of = index.map_or("total".into(), |index| people.level.areas[index].id.clone());
        let is_in = |cell: usize| index.is_none_or(|index| members[cell] as usize == index);
        let mut add = |kind: Kind, shown: Published, is_meant: &dyn Fn(usize) -> bool| {
            let atoms = city.atoms(people.date, &step.groups, |cell| is_in(cell) && is_meant(cell));
            let truth = city.true_sum(&atoms);
            figures.push(Figure { of: of.clone(), kind, atoms, shown, truth });
        };
        add(Kind::Persons, split.persons, &|_| true);
        add(Kind::Covered, split.covered, &|cell| !open[cell]);
        add(Kind::Uncovered, split.uncovered, &|cell| open[cell]);
        add(Kind::AirCovered, split.airline.covered, &|cell| near[cell]);
        add(Kind::AirUncovered, split.airline.uncovered, &|cell| !near[cell]);
    }
    for (cell, persons) in &answer.unserved {
        let atoms = city.atoms(people.date, &step.groups, |point| cell_of(points[point]) == *cell);
        let shown = disclosure.count(*persons);
        let truth = city.true_sum(&atoms);
        figures.push(Figure { of: format!("{cell:?}"), kind: Kind::Uncovered, atoms, shown, truth });
    }
    figures
}

fn of_profile(city: &City, inputs: &Value) -> Vec<Figure> {
    let disclosure: Disclosure = city.data.disclosure();
    let question = serde_json::from_value(inputs.clone()).unwrap();
    let Ok(answer) = area_profile(&city.data, &question) else { return vec![] };
    let points = &answer.people.demand.points;
    let members = &answer.people.level.members;
    let index = question.area.as_deref().and_then(|id| answer.people.level.find(id));
    let is_in = |cell: usize| match index {
        Some(index) => members[cell] as usize == index,
        None => answer.area.contains(points[cell]),
    };
    let here: Vec<_> = answer.groups.iter().map(|(_, here, _)| Some(*here)).collect();
    let all: Vec<Ages> = answer.groups.iter().map(|(ages, _, _)| *ages).collect();
    let groups = all.iter().map(|ages| vec![*ages]).chain([all.clone()]);
    let shown = disclosure.counts(&here).into_iter().chain([disclosure.count(answer.total.0)]);
    let figure = |(groups, shown): (Vec<Ages>, Published)| {
        let atoms = city.atoms(answer.people.date, &groups, is_in);
        let truth = city.true_sum(&atoms);
        Figure { of: format!("{groups:?}"), kind: Kind::Persons, atoms, shown, truth }
    };
    groups.zip(shown).map(figure).collect()
}

/// A square of some cells as a drawn area.
pub fn square(city: &City, dice: &mut Dice) -> Value {
    let demand = city.data.demand(Count::Cells).unwrap();
    let [column, row] = cell_of(*dice.of(&demand.points));
    let (left, below) = (dice.below(3) as i64, dice.below(3) as i64);
    let at = |dx: i64, dy: i64| [(column + dx) as f64 * SIDE, (row + dy) as f64 * SIDE];
    let (right, above) = (1 + dice.below(4) as i64, 1 + dice.below(4) as i64);
    let ring = [at(-left, -below), at(right, -below), at(right, above), at(-left, above), at(-left, -below)];
    let ring = city.data.plane().unwrap().lonlat(&ring);
    json!({ "type": "Polygon", "coordinates": [ring] })
}

/// Longitude and latitude of the middle of some cell where people live.
pub fn place(city: &City, dice: &mut Dice) -> [f64; 2] {
    let demand = city.data.demand(Count::Cells).unwrap();
    city.data.plane().unwrap().lonlat(&[*dice.of(&demand.points)])[0]
}
