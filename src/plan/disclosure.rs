//! Protection of small counts, which is the only way from persons to an answer.
//!
//! [`Persons`] cannot be written anywhere. [`Disclosure`] converts it to [`Published`], which can,
//! so no part of an answer can forget the protection. The rule has two parts:
//!
//! **At the source.** Before anything is counted, the table of population is
//! [recoded](Disclosure::at_source). All numbers above 0 and below the step (the threshold, rounded
//! up to a multiple of 5) become one class, and all others become multiples of the step. The
//! persons of an area are distributed on its cells of 100 m in whole steps. Weights that are not
//! public are made coarse in the same way. Exact numbers are not kept. (See
//! [`controlled_rounding`](super::controlled_rounding).)
//!
//! **In the answer.** A count is a sum of whole steps. If somebody may live at the places of a sum
//! and it contains no step, it is suppressed (`*`), so 0 is only given for places where nobody can
//! live. If one part of a sum is suppressed, another part is suppressed as well (A. Hundepool et
//! al., "Statistical Disclosure Control", Wiley 2012, chapter 4).
//!
//! # Why no set of questions reveals a small number
//!
//! Every protected answer is a function of the recoded numbers and of public data (ways,
//! facilities, areas), and the method is described here. So all answers together reveal no more
//! than the recoded numbers do: the result of a computation on protected data is protected (C.
//! Dwork, A. Roth, "The Algorithmic Foundations of Differential Privacy", 2014, proposition 2.1).
//! As the method is deterministic, a repeated question gives the same answer, and nothing can be
//! averaged out. The recoded numbers reveal the following:
//!
//! - *A number of the table* reveals its class. Even with knowledge of the method, of all addresses
//!   and of all other numbers, 1 cannot be told from 2, 3 or 4. Groups that overlap are left out,
//!   because three rounded numbers, of which one is the sum of the others, would reveal more than
//!   each of them.
//! - *A count on cells*, without knowledge of how the persons of an area are distributed: let S(i)
//!   be the persons on the first i cells of an area's curve. The steps reveal that step·J(i) ≤ S(i)
//!   ≤ step·(J(i)+1) for a known integer J(i), and nothing else. A count is a sum of differences of
//!   such S. Constraints on differences are totally unimodular, and all bounds are multiples of the
//!   step. Therefore the minimum and the maximum of a linear program are multiples of the step as
//!   well (A. J. Hoffman, J. B. Kruskal, "Integral boundary points of convex polyhedra", 1956), and
//!   a count above 0 and below the step may be anything from 0 to the step. This holds for S of the
//!   recoded number. The true number may be any of its class, which widens the bounds. In the other
//!   direction, it may be less than the recoded number by a sixth, or by all of it if that is one
//!   step. So the statement holds for true counts up to four fifths of the step: for a step of 5,
//!   up to 4.
//! - *Not protected* is the share that places have of a large number by the stated method, because
//!   it is not a secret: anyone who knows all addresses can distribute a published 400 on them, and
//!   learns no small number of the table by it.
//!
//! Other sources may reveal exact sums that contain a small number, and so may the table of the
//! next year. No rule on answers can prevent that. The test `tests/plan/differencing.rs` checks
//! both statements, with linear programs over pairs of questions, and with cities that differ in
//! their small numbers and give the same answers.

pub use super::persons::{Persons, Split};

use super::controlled_rounding::{recode, step};
use super::figures::{digits, share, whole_numbers, whole_splits};
pub use super::published::{Published, PublishedAirline, PublishedMargin, PublishedSplit};

/// The rule that applies to counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disclosure {
    /// Counts are exact, for callers who may see them.
    Exact,
    /// Counts are multiples of a step, and none is above 0 and below the threshold.
    Protected {
        /// The smallest number of persons above 0 that is given.
        threshold: u32,
    },
}

impl Disclosure {
    /// Returns the name of the rule in answers and logs.
    pub fn name(self) -> &'static str {
        match self {
            Disclosure::Exact => "exact",
            Disclosure::Protected { .. } => "protected",
        }
    }

    /// Returns the step of counts in persons; None if they are exact.
    pub fn step(self) -> Option<f64> {
        match self {
            Disclosure::Exact => None,
            Disclosure::Protected { threshold } => Some(step(threshold)),
        }
    }

    /// Returns numbers of persons of one kind (of one date and age group, area by area) in the form
    /// in which they may be counted and published. All code that reads persons from a table must
    /// pass them through this function before it groups or sums them.
    ///
    /// `first` decides which of the small numbers become a step, and must alternate from kind to
    /// kind.
    pub fn at_source(self, numbers: &[Option<f64>], first: bool) -> Vec<Option<f64>> {
        match self.step() {
            None => numbers.to_vec(),
            Some(step) => recode(numbers, step, first),
        }
    }

    /// Publishes the persons at a place. If counts are exact the number has three digits after the
    /// decimal point, because the persons of an area are distributed by weight.
    pub fn at_place(self, persons: Persons) -> Published {
        match self {
            Disclosure::Exact => Published::Value(digits(persons.0, 3)),
            Disclosure::Protected { .. } => self.count(persons),
        }
    }

    /// Publishes a number that is not part of a published sum. The result is a whole number.
    ///
    /// ```
    /// use veedel::plan::disclosure::{Disclosure, Persons, Published};
    ///
    /// let protected = Disclosure::Protected { threshold: 5 };
    /// assert_eq!(protected.count(Persons::default()), Published::Value(0.0));
    /// assert_eq!(protected.step(), Some(5.0));
    /// ```
    pub fn count(self, persons: Persons) -> Published {
        match self {
            Disclosure::Exact => Published::Value(digits(persons.0, 0)),
            Disclosure::Protected { .. } if self.is_small(persons) => Published::Suppressed,
            Disclosure::Protected { threshold } => {
                let step = step(threshold);
                Published::Value((persons.0.max(0.0) / step).round() * step)
            }
        }
    }

    /// Publishes the parts of a sum that is published as well. If exactly one part is too small,
    /// the next smallest part is suppressed with it, because the sum would reveal it otherwise. An
    /// unknown part gives [`Published::Nothing`].
    pub fn counts(self, parts: &[Option<Persons>]) -> Vec<Published> {
        let whole;
        let parts = match self {
            Disclosure::Protected { .. } => parts,
            Disclosure::Exact => {
                let known: Vec<f64> = parts.iter().map(|part| part.unwrap_or_default().0).collect();
                let numbers = whole_numbers(&known, None);
                whole = parts
                    .iter()
                    .zip(numbers)
                    .map(|(part, own)| part.map(|_| Persons(own)))
                    .collect::<Vec<_>>();
                &whole
            }
        };
        let mut hidden: Vec<bool> =
            parts.iter().map(|part| part.is_some_and(|part| self.is_small(part))).collect();
        if hidden.iter().filter(|hidden| **hidden).count() == 1 {
            let others = parts.iter().zip(&hidden).enumerate();
            let others = others
                .filter_map(|(index, (part, hidden))| part.filter(|_| !*hidden).map(|part| (index, part)));
            let next = others.filter(|(_, part)| part.0 > 1e-9).min_by(|a, b| a.1.0.total_cmp(&b.1.0));
            if let Some(other) = next.and_then(|(index, _)| hidden.get_mut(index)) {
                *other = true;
            }
        }
        let publish = |(part, hidden): (&Option<Persons>, bool)| match part {
            None => Published::Nothing,
            Some(_) if hidden => Published::Suppressed,
            Some(part) => self.count(*part),
        };
        parts.iter().zip(hidden).map(publish).collect()
    }

    /// Returns whether a number is above 0 and below the threshold. A difference to 0 that is only
    /// a rounding error counts as 0.
    fn is_small(self, persons: Persons) -> bool {
        match self {
            Disclosure::Exact => false,
            Disclosure::Protected { threshold } => persons.0 > 1e-9 && persons.0 < f64::from(threshold),
        }
    }

    /// Publishes the splits of areas and of their total. If a part of an area is too small, both
    /// parts are suppressed. If that is the case for one area only, the next smallest area is
    /// suppressed with it, because the total would reveal it otherwise.
    pub fn splits(self, areas: &[Split], total: Split) -> (Vec<PublishedSplit>, PublishedSplit) {
        let (areas, total) = &self.whole(areas, total);
        let network = |split: &Split| split.covered;
        let airline = |split: &Split| split.airline;
        let hidden = [self.hidden(areas, network), self.hidden(areas, airline)];
        let [hidden_network, hidden_airline] = hidden;
        let published = areas
            .iter()
            .zip(hidden_network.iter().zip(&hidden_airline))
            .map(|(split, (network, airline))| self.split(split, *network, *airline))
            .collect();
        let total = self.split(total, self.is_betraying(total, network), self.is_betraying(total, airline));
        (published, total)
    }

    /// Returns the splits of areas and their total in the form in which they may be summed. Exact
    /// splits become whole numbers that add up. Protected ones do not change, because they are
    /// whole steps.
    pub fn whole(self, areas: &[Split], total: Split) -> (Vec<Split>, Split) {
        match self {
            Disclosure::Exact => whole_splits(areas, total),
            Disclosure::Protected { .. } => (areas.to_vec(), total),
        }
    }

    /// Returns whether a part of the split, or all of it, is too small.
    fn is_betraying(self, split: &Split, part: impl Fn(&Split) -> Persons) -> bool {
        self.is_small(part(split))
            || self.is_small(split.persons - part(split))
            || self.is_small(split.persons)
    }

    fn hidden(self, areas: &[Split], part: impl Fn(&Split) -> Persons) -> Vec<bool> {
        let mut hidden: Vec<bool> = areas.iter().map(|split| self.is_betraying(split, &part)).collect();
        if hidden.iter().filter(|hidden| **hidden).count() == 1 {
            let least = |split: &Split| part(split).0.min((split.persons - part(split)).0);
            let candidates = areas
                .iter()
                .enumerate()
                .zip(&hidden)
                .filter(|((_, split), hidden)| !**hidden && split.persons.0 > 1e-9);
            let next = candidates.map(|((index, split), _)| (index, least(split), split.persons.0)).min_by(
                |a, b| (a.1 <= 1e-9).cmp(&(b.1 <= 1e-9)).then(a.1.total_cmp(&b.1)).then(a.2.total_cmp(&b.2)),
            );
            if let Some(other) = next.and_then(|(index, _, _)| hidden.get_mut(index)) {
                *other = true;
            }
        }
        hidden
    }

    fn split(self, split: &Split, hides_network: bool, hides_airline: bool) -> PublishedSplit {
        let persons = self.count(split.persons);
        let parts = |part: Persons, hides: bool| match hides {
            true => [Published::Suppressed; 4],
            false => {
                let (covered, uncovered) = (self.count(part), self.count(split.persons - part));
                [covered, uncovered, share(covered, persons), share(uncovered, persons)]
            }
        };
        let [covered, uncovered, own, without] = parts(split.covered, hides_network);
        let [air_covered, air_uncovered, air, _] = parts(split.airline, hides_airline);
        PublishedSplit {
            persons,
            covered,
            uncovered,
            share: own,
            uncovered_share: without,
            airline: PublishedAirline { covered: air_covered, uncovered: air_uncovered, share: air },
            margin: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROTECTED: Disclosure = Disclosure::Protected { threshold: 5 };

    fn split(persons: f64, covered: f64) -> Split {
        Split { persons: Persons(persons), covered: Persons(covered), airline: Persons(covered) }
    }

    fn publish(disclosure: Disclosure, areas: &[Split]) -> (Vec<PublishedSplit>, PublishedSplit) {
        let total = areas.iter().fold(Split::default(), |sum, area| sum + *area);
        disclosure.splits(areas, total)
    }

    #[test]
    fn small_values_are_not_given_and_others_are_rounded() {
        assert_eq!(PROTECTED.count(Persons(0.0)), Published::Value(0.0));
        assert_eq!(PROTECTED.count(Persons(0.2)), Published::Suppressed);
        assert_eq!(PROTECTED.count(Persons(4.99)), Published::Suppressed);
        assert_eq!(PROTECTED.count(Persons(5.0)), Published::Value(5.0));
        assert_eq!(PROTECTED.count(Persons(7.5)), Published::Value(10.0));
        assert_eq!(Disclosure::Exact.count(Persons(4.0014)), Published::Value(4.0));
    }

    #[test]
    fn where_a_part_is_small_the_other_does_not_betray_it() {
        let (areas, _) = publish(PROTECTED, &[split(100.0, 98.0), split(100.0, 50.0), split(100.0, 70.0)]);
        assert_eq!(areas[0].covered, Published::Suppressed);
        assert_eq!(areas[0].persons, Published::Value(100.0));
        // Alone it could be had from the sum: the one with the next smallest part goes with it.
        assert_eq!((areas[1].covered, areas[2].covered), (Published::Value(50.0), Published::Suppressed));
    }

    #[test]
    fn exact_values_are_given_as_they_are() {
        let (areas, total) = publish(Disclosure::Exact, &[split(10.0, 9.0), split(3.0, 0.0)]);
        assert_eq!(areas[0].uncovered, Published::Value(1.0));
        assert_eq!(total.share, Published::Value(0.692));
    }
}
