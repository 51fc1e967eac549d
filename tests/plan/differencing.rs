//! Whether answers taken together betray a small number: pairs of questions by linear programs, and the same on rules that
//! are broken on purpose.
//!
//! The attacker knows the method, the network, the facilities and the addresses' cells; not how an area's persons are
//! spread over these. Of the rule he is given more than any pair of answers holds: where every step of every age group
//! and date lies. What he looks for are counts whose true value lies from 1 to 4: those shown as `*`, and what is left when
//! like figures of two answers are subtracted. Each of them must stay possible from 1 to 4 at least.

#[path = "differencing/city.rs"]
pub mod city;
#[path = "differencing/linear_program.rs"]
mod linear_program;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use serde_json::{Value, json};
use veedel::plan::disclosure::Published;
use veedel::plan::question::PUBLISHED;

use city::{City, DATES, Dice, Figure, GROUPS, Kind, figures, place, square};
use linear_program::{Atom, Row, interval};

/// The step of the default threshold.
const STEP: f64 = 5.0;
/// Questions of one family, each near the others.
const FAMILIES: usize = 30;

/// How many pairs are looked at: 10,000, or `VEEDEL_PAIRS`.
fn pairs() -> usize {
    std::env::var("VEEDEL_PAIRS").ok().and_then(|pairs| pairs.parse().ok()).unwrap_or(10_000)
}

/// A question and its neighbours: nested filters, neighbouring steps, ages, dates, levels, what-ifs, drawn areas.
fn family(city: &City, dice: &mut Dice) -> Vec<Value> {
    let collection = *dice.of(&["schulen", "kitas", "spielplaetze"]);
    let step = dice.below(PUBLISHED.len() - 3);
    let (from, last) = (dice.below(GROUPS.len()), dice.below(3));
    let until = (from + last).min(GROUPS.len() - 1);
    let ages = |from: usize, until: usize| json!([GROUPS[from].1, GROUPS[until].2]);
    let date = *dice.of(&DATES);
    let base = json!({ "facilities": { "collection": collection }, "within": { "distance": PUBLISHED[step] },
        "group": { "ages": ages(from, until) }, "date": date, "by": *dice.of(&["viertel", "bezirk"]) });
    let with = |path: &str, value: Value| {
        let mut question = base.clone();
        let (parent, key) = path.rsplit_once('/').unwrap();
        question.pointer_mut(parent).unwrap()[key] = value;
        question
    };
    let (here, there) = (place(city, dice), place(city, dice));
    let drawn = square(city, dice);
    let mut all = vec![
        with("/within/distance", json!(PUBLISHED[step + 1])),
        with("/group/ages", ages(from, (until + 1).min(GROUPS.len() - 1))),
        with("/group/ages", ages(from.saturating_sub(1), until)),
        with("/date", json!(DATES[usize::from(date == DATES[0])])),
        with("/by", json!("viertel")),
        with("/by", json!("bezirk")),
        with("/facilities/add", json!([{ "point": here }])),
        with("/facilities/add", json!([{ "point": here }, { "point": there }])),
        json!({ "polygon": drawn, "date": date }),
        json!({ "polygon": square(city, dice), "date": date }),
        json!({ "area": *dice.of(&["Süd", "Grünwald", "Am Schloß"]), "date": date }),
    ];
    if collection != "kitas" {
        all.push(with("/facilities/remove", json!([1])));
        // Moved: one is removed, and another added elsewhere.
        for place in [here, [here[0] + 0.0005, here[1]]] {
            let mut moved = with("/facilities/remove", json!([1]));
            moved["facilities"]["add"] = json!([{ "point": place }]);
            all.push(moved);
        }
    }
    if collection == "schulen" {
        all.push(with("/facilities/filter", json!("schulart = 'Grundschule'")));
    }
    all.push(base);
    all
}

/// Answers to all questions, family by family.
fn answers(city: &City, dice: &mut Dice) -> Vec<Vec<Vec<Figure>>> {
    let of = |question: &Value| figures(city, question, None);
    (0..FAMILIES).map(|_| family(city, dice).iter().map(of).collect()).collect()
}

/// The pairs of a run: all within each family, and the rest any two.
fn choose<'a>(answers: &'a [Vec<Vec<Figure>>], dice: &mut Dice, count: usize) -> Vec<[&'a [Figure]; 2]> {
    let mut chosen: Vec<[&[Figure]; 2]> = vec![];
    for family in answers {
        for (index, one) in family.iter().enumerate() {
            chosen.extend(family[index + 1..].iter().map(|other| [one.as_slice(), other.as_slice()]));
        }
    }
    while chosen.len() < count {
        let mut any = || {
            let family = dice.of(answers);
            dice.of(family).as_slice()
        };
        chosen.push([any(), any()]);
    }
    chosen.truncate(count);
    chosen
}

/// What an attacker would like to know of two answers, where it is a small number: what is not given, and what is left when
/// like is subtracted.
fn targets(city: &City, pair: &[&[Figure]; 2]) -> Vec<Vec<Atom>> {
    let hidden = pair.iter().flat_map(|answer| answer.iter());
    let hidden = hidden.filter(|figure| figure.shown == Published::Suppressed && is_small(figure.truth));
    let mut targets: Vec<Vec<Atom>> = hidden.map(|figure| figure.atoms.clone()).collect();
    let mut alike: HashMap<(&str, Kind), &Figure> = HashMap::new();
    alike.extend(pair[0].iter().map(|figure| ((figure.of.as_str(), figure.kind), figure)));
    for other in pair[1] {
        if let Some(one) = alike.get(&(other.of.as_str(), other.kind)) {
            targets.extend(small_difference(city, &one.atoms, &other.atoms));
            targets.extend(small_difference(city, &other.atoms, &one.atoms));
        }
    }
    targets
}

/// What the first has and the second has not, if that is a small number of persons. Both are sorted.
fn small_difference(city: &City, first: &[Atom], second: &[Atom]) -> Option<Vec<Atom>> {
    let (mut rest, mut left, mut sum) = (second.iter().peekable(), vec![], 0.0);
    for atom in first {
        while rest.next_if(|other| *other < atom).is_some() {}
        if rest.peek() != Some(&atom) {
            sum += city.truth[*atom as usize];
            left.push(*atom);
        }
        if sum > 4.0 {
            return None;
        }
    }
    is_small(sum).then_some(left)
}

fn is_small(number: f64) -> bool {
    (1.0..=4.0).contains(&number)
}

fn sum(target: &[Atom]) -> Vec<(Atom, f64)> {
    target.iter().map(|atom| (*atom, 1.0)).collect()
}

/// Whether a small number may still be anything from 1 to 4.
fn is_open((low, high): (f64, f64)) -> bool {
    low <= 1.0 + 1e-6 && high >= 4.0 - 1e-6
}

/// The rule in force: all that can ever be learned of one chain of cells, and the part of a target in it.
struct Steps<'a> {
    city: &'a City,
    /// Whether the numbers of areas are recoded, as the rule says; else they are known.
    recoded: bool,
    known: HashMap<(usize, Vec<Atom>), (f64, f64)>,
    /// How many linear programs were solved.
    solved: usize,
}

impl Steps<'_> {
    /// Where the steps of a chain lie, said of the persons on its first cells: after each cell there are so many full steps
    /// of the area's number, as it is counted, and not one more.
    fn rows(&self, chain: usize) -> Vec<Row> {
        let chain = &self.city.chains[chain];
        let whole = |number: f64| (number / STEP).round();
        let all: f64 = chain.placed.iter().copied().map(whole).sum();
        let is_possible = chain.placed.iter().any(|placed| *placed > 0.0);
        // The class of the area's number.
        let class = match (is_possible, all) {
            _ if !self.recoded => (chain.number, chain.number),
            (false, _) => (0.0, 0.0),
            (true, 0.0) => (0.0, STEP),
            (true, 1.0) => (0.0, 1.8 * STEP),
            (true, 2.0) => (1.8 * STEP, 2.5 * STEP),
            (true, steps) => ((steps - 0.5) * STEP, (steps + 0.5) * STEP),
        };
        let last = chain.atoms.len() as Atom - 1;
        let mut rows = vec![Row::sum(&[last], class.0, class.1)];
        let mut full = 0.0;
        for (end, placed) in (0..last).zip(&chain.placed) {
            full += whole(*placed);
            rows.push(Row { terms: vec![(end + 1, 1.0), (end, -1.0)], low: 0.0, high: f64::INFINITY });
            if all > 0.0 && end < last {
                let minus = |share: f64| vec![(end, 1.0), (last, -share)];
                rows.push(Row { terms: minus(full / all), low: 0.0, high: f64::INFINITY });
                rows.push(Row { terms: minus((full + 1.0) / all), low: f64::NEG_INFINITY, high: 0.0 });
            }
        }
        rows
    }

    /// The persons on some cells of a chain, by those on its first cells.
    fn wanted(&self, chain: usize, part: &[Atom]) -> Vec<(Atom, f64)> {
        let mut wanted: BTreeMap<Atom, f64> = BTreeMap::new();
        for (at, atom) in (0..).zip(&self.city.chains[chain].atoms) {
            if part.contains(atom) {
                *wanted.entry(at).or_default() += 1.0;
                if at > 0 {
                    *wanted.entry(at - 1).or_default() -= 1.0;
                }
            }
        }
        wanted.into_iter().filter(|(_, factor)| *factor != 0.0).collect()
    }

    fn interval(&mut self, target: &[Atom]) -> (f64, f64) {
        let mut parts: BTreeMap<usize, Vec<Atom>> = BTreeMap::new();
        for atom in target {
            parts.entry(self.city.chain_of[*atom as usize]).or_default().push(*atom);
        }
        let mut sum = (0.0, 0.0);
        for (chain, part) in parts {
            let key = (chain, part);
            let found = match self.known.get(&key) {
                Some(found) => *found,
                None => {
                    let found = interval(&self.rows(chain), &self.wanted(chain, &key.1));
                    self.solved += 1;
                    self.known.insert(key, found);
                    found
                }
            };
            sum = (sum.0 + found.0, sum.1 + found.1);
        }
        sum
    }
}

#[test]
fn no_pair_of_answers_betrays_a_small_number() {
    let city = City::new(1);
    let mut dice = Dice(2);
    let answers = answers(&city, &mut dice);
    // Every figure is the sum of steps on cells and of nothing else: so whoever knows these knows all figures.
    let mut given = 0;
    for figure in answers.iter().flatten().flatten() {
        let steps: f64 = figure.atoms.iter().map(|atom| (city.placed[*atom as usize] / STEP).round()).sum();
        match figure.shown {
            Published::Value(value) => assert_eq!(value, steps * STEP, "{figure:?}"),
            hidden => assert_eq!(hidden, Published::Suppressed, "{figure:?}"),
        }
        given += usize::from(figure.shown.value().is_some_and(|value| value > 0.0));
        if figure.shown == Published::Value(0.0) {
            assert_eq!(figure.truth, 0.0, "zero stands where somebody lives: {figure:?}");
        }
    }
    let mut known = Steps { city: &city, recoded: true, known: HashMap::new(), solved: 0 };
    let (mut seen, mut small) = (HashSet::new(), 0);
    let pairs = choose(&answers, &mut dice, pairs());
    for pair in &pairs {
        for target in targets(&city, pair) {
            if !seen.insert(target.clone()) {
                continue;
            }
            let truth = city.true_sum(&target);
            let found = known.interval(&target);
            assert!(
                found.0 - 1e-6 <= truth && truth <= found.1 + 1e-6,
                "{truth} is not in {found:?}: unsound"
            );
            assert!(is_open(found), "{truth} must lie in {found:?}: {target:?}");
            small += 1;
        }
    }
    println!("{} pairs, {given} figures given, {small} small counts, {} programs", pairs.len(), known.solved);
    assert!(pairs.len() >= 10_000.min(self::pairs()) && small > 500 && given > 5_000, "{small} {given}");
}

/// Rules that seem to protect, and do not.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Broken {
    /// Numbers as they are, and `*` from above 0 to below 5.
    Unrounded { complementary: bool },
    /// Each figure rounded by itself to the nearest 5, and `*` from above 0 to below 5.
    RoundedAlone { complementary: bool },
}

/// The figures of an answer as a broken rule would show them, and what follows of them.
fn rows(answer: &[Figure], rule: Broken) -> Vec<(Row, bool)> {
    let is_hidden = |number: f64| number > 1e-9 && number < 5.0 - 1e-9;
    let complementary = matches!(rule, Broken::Unrounded { complementary } | Broken::RoundedAlone { complementary } if complementary);
    let air = |kind: Kind| matches!(kind, Kind::AirCovered | Kind::AirUncovered);
    let betrays = |figure: &Figure, other: &Figure| {
        figure.of == other.of
            && other.kind != Kind::Persons
            && figure.kind != Kind::Persons
            && air(figure.kind) == air(other.kind)
            && is_hidden(other.truth)
    };
    let row = |figure: &Figure| {
        let number = figure.truth;
        let hides = is_hidden(number) || complementary && answer.iter().any(|other| betrays(figure, other));
        let range = match (hides, rule) {
            // What goes with a small number is not small itself.
            (true, _) if !is_hidden(number) => (0.0, f64::INFINITY),
            (true, _) => (0.0, 5.0),
            (false, Broken::RoundedAlone { .. }) if number > 1e-9 => {
                let shown = (number / 5.0).round() * 5.0;
                (shown - 2.5, shown + 2.5)
            }
            (false, _) => (number, number),
        };
        (Row::sum(&figure.atoms, range.0, range.1), hides)
    };
    answer.iter().map(row).collect()
}

/// How many small counts some pairs betray under a broken rule; the search ends at ten.
fn betrayed(city: &City, pairs: &[[Vec<Figure>; 2]], rule: Broken) -> usize {
    let mut found = 0;
    for pair in pairs {
        let mut known = vec![];
        let mut wanted: BTreeSet<Vec<Atom>> = BTreeSet::new();
        for answer in pair {
            for ((row, hides), figure) in rows(answer, rule).into_iter().zip(answer) {
                known.push(row);
                wanted.extend(hides.then(|| figure.atoms.clone()));
            }
        }
        for target in wanted.iter().filter(|target| is_small(city.true_sum(target))).take(20) {
            found += usize::from(!is_open(interval(&known, &sum(target))));
            if found >= 10 {
                return found;
            }
        }
    }
    found
}

/// Pairs of neighbouring questions, in areas only: cells would betray more, and are not needed for it.
fn neighbours(
    city: &City,
    changes: &[(&str, Value)],
    free: [Option<f64>; 2],
    count: usize,
) -> Vec<[Vec<Figure>; 2]> {
    let mut dice = Dice(3);
    let in_areas = |mut all: Vec<Figure>| {
        all.retain(|figure| !figure.of.starts_with('['));
        all
    };
    let pair = |_| {
        let from = dice.below(GROUPS.len() - 2);
        let mut question = json!({ "facilities": { "collection": *dice.of(&["schulen", "kitas", "spielplaetze"]) },
            "within": { "distance": *dice.of(&PUBLISHED[..5]) }, "date": *dice.of(&DATES), "by": "viertel",
            "group": { "ages": [GROUPS[from].1, GROUPS[from + dice.below(2)].2] } });
        let one = in_areas(figures(city, &question, free[0]));
        for (path, value) in changes {
            *question.pointer_mut(path).unwrap() = value.clone();
        }
        [one, in_areas(figures(city, &question, free[1]))]
    };
    (0..count).map(pair).collect()
}

#[test]
fn the_same_programs_find_what_broken_rules_betray() {
    let city = City::new(1);
    let levels = neighbours(&city, &[("/by", json!("bezirk"))], [None, None], 60);
    let distances = neighbours(&city, &[], [Some(990.0), Some(1000.0)], 60);
    // Small numbers beside exact ones: total minus part.
    for complementary in [false, true] {
        assert!(betrayed(&city, &levels, Broken::Unrounded { complementary }) > 0, "{complementary}");
    }
    // Each figure by itself, as it was once done here: parts and sums narrow each other; with and without the
    // complement, and with distances that differ by 10 m.
    for complementary in [false, true] {
        assert!(betrayed(&city, &levels, Broken::RoundedAlone { complementary }) > 0, "{complementary}");
        assert!(betrayed(&city, &distances, Broken::RoundedAlone { complementary }) > 0, "{complementary}");
    }
}

#[test]
fn steps_of_numbers_that_are_not_recoded_betray_them() {
    let city = City::new(1);
    let mut known = Steps { city: &city, recoded: true, known: HashMap::new(), solved: 0 };
    let mut betrayed = Steps { city: &city, recoded: false, known: HashMap::new(), solved: 0 };
    let small = city.chains.iter().filter(|chain| is_small(chain.number)).collect::<Vec<_>>();
    assert!(small.len() > 20);
    for chain in small {
        assert!(is_open(known.interval(&chain.atoms)));
        assert!(!is_open(betrayed.interval(&chain.atoms)));
    }
}

#[test]
fn distances_that_differ_little_need_not_be_refused_for_it() {
    // The list of distances is kept, but what the rule gives does not hang on it.
    let city = City::new(1);
    let mut known = Steps { city: &city, recoded: true, known: HashMap::new(), solved: 0 };
    let mut small = 0;
    for pair in neighbours(&city, &[], [Some(990.0), Some(1000.0)], 60) {
        for target in targets(&city, &[&pair[0], &pair[1]]) {
            small += 1;
            assert!(is_open(known.interval(&target)));
        }
    }
    assert!(small > 20, "{small}");
}
