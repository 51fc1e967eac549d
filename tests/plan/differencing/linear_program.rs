//! What someone can conclude from answers: the least and the greatest that a count may be, by linear programs.

use std::collections::{BTreeMap, BTreeSet};

use microlp::{ComparisonOp, Error, OptimizationDirection, Problem};

/// An unknown: the persons of one date, one age group and one cell; or those of the first cells of a curve.
pub type Atom = u32;

/// What an answer says: a weighted sum of unknowns lies between two numbers.
#[derive(Clone, Debug)]
pub struct Row {
    pub terms: Vec<(Atom, f64)>,
    pub low: f64,
    pub high: f64,
}

impl Row {
    /// A sum of unknowns.
    pub fn sum(atoms: &[Atom], low: f64, high: f64) -> Row {
        Row { terms: atoms.iter().map(|atom| (*atom, 1.0)).collect(), low, high }
    }
}

/// The least and the greatest that a weighted sum of unknowns may be if all rows are true, and no unknown is below nothing.
pub fn interval(rows: &[Row], wanted: &[(Atom, f64)]) -> (f64, f64) {
    let classes = classes(rows, wanted);
    (
        optimum(rows, &classes, OptimizationDirection::Minimize),
        optimum(rows, &classes, OptimizationDirection::Maximize),
    )
}

/// How unknowns stand in the rows and in the sum that is wanted: those that stand alike are one unknown.
type Class = (Vec<(usize, u64)>, u64);

fn classes(rows: &[Row], wanted: &[(Atom, f64)]) -> Vec<Class> {
    let none = 0.0_f64.to_bits();
    let mut seen: BTreeMap<Atom, Class> =
        wanted.iter().map(|(atom, factor)| (*atom, (vec![], factor.to_bits()))).collect();
    for (index, row) in rows.iter().enumerate() {
        for (atom, factor) in &row.terms {
            seen.entry(*atom).or_insert((vec![], none)).0.push((index, factor.to_bits()));
        }
    }
    seen.into_values().collect::<BTreeSet<Class>>().into_iter().collect()
}

fn optimum(rows: &[Row], classes: &[Class], direction: OptimizationDirection) -> f64 {
    let mut problem = Problem::new(direction);
    let mut terms = vec![vec![]; rows.len()];
    for (signature, wanted) in classes {
        let variable = problem.add_var(f64::from_bits(*wanted), (0.0, f64::INFINITY));
        for (row, factor) in signature {
            terms[*row].push((variable, f64::from_bits(*factor)));
        }
    }
    for (row, terms) in rows.iter().zip(&terms) {
        if row.low == row.high {
            problem.add_constraint(terms.as_slice(), ComparisonOp::Eq, row.low);
            continue;
        }
        if row.low.is_finite() {
            problem.add_constraint(terms.as_slice(), ComparisonOp::Ge, row.low);
        }
        if row.high.is_finite() {
            problem.add_constraint(terms.as_slice(), ComparisonOp::Le, row.high);
        }
    }
    match problem.solve() {
        Ok(outcome) => outcome.into_solution().unwrap().objective(),
        Err(Error::Unbounded) => f64::INFINITY,
        Err(fault) => panic!("{fault}: {rows:?}"),
    }
}

#[test]
fn it_finds_what_a_table_betrays() {
    // A total of 20, two of whose parts are 10 and 15, each to the nearest 5: the third is at most 2.5.
    let rows = [
        Row::sum(&[1, 2, 3], 17.5, 22.5),
        Row::sum(&[1], 7.5, 12.5),
        Row::sum(&[2], 12.5, 17.5),
        Row::sum(&[3], 0.0, 5.0),
    ];
    let (low, high) = interval(&rows, &[(3, 1.0)]);
    assert!(low.abs() < 1e-6 && (high - 2.5).abs() < 1e-6, "{low} {high}");
    assert_eq!(interval(&rows, &[(4, 1.0)]), (0.0, f64::INFINITY));
}
