//! Protection of small counts: the only way from persons to an answer.
//!
//! [`Persons`] cannot be written anywhere; [`Disclosure`] makes [`Published`] of it, which can. So
//! no route can forget it. The rule has two halves:
//!
//! **At the source.** Before anything is counted, the table of population is
//! [recoded](Disclosure::at_source): all numbers above 0 and below the step (the threshold, to the
//! next multiple of 5) become one class, all others multiples of the step. An area's persons are
//! laid on its cells of 100 m in whole steps. Weights that are not for everyone are made coarse
//! likewise. Exact numbers are not kept. ([`controlled_rounding`](super::controlled_rounding) does
//! it.)
//!
//! **In the answer.** What is counted is a sum of whole steps; a sum in which somebody may live and
//! no step lies is not given (`*`), so that zero stands only where nobody can live. Where one part
//! of a sum is not given, another is not either (Hundepool et al., "Statistical Disclosure
//! Control", Wiley 2012, chapter 4).
//!
//! # Why no questions, however many, betray a small number
//!
//! Every protected answer is a function of the recoded numbers and of what is public (ways,
//! facilities, areas), and the method is written here: so all answers together tell no more than
//! the recoded numbers themselves (what is computed of protected data stays protected: Dwork, Roth,
//! "The Algorithmic Foundations of Differential Privacy", 2014, proposition 2.1; here without
//! chance, so that nothing can be averaged out, and asking again gives the same). What do these
//! tell?
//!
//! - *Of a number of the table*: its class. Whoever knows the method, the addresses and all other
//!   numbers still cannot tell 1 from 2, 3 or 4. Groups that overlap are left out, as three rounded
//!   numbers of which one is the sum of the others would tell more than each alone.
//! - *Of a count on cells*, without knowing how an area's persons are spread: let S(i) be the
//!   persons on the first i cells of an area's curve. The steps tell, for some whole J(i), that
//!   step·J(i) ≤ S(i) ≤ step·(J(i)+1), and nothing else. A count is a sum of differences of such S.
//!   Constraints on differences are totally unimodular, and all bounds are multiples of the step:
//!   hence so is the least and the greatest that a linear program finds (Hoffman, Kruskal,
//!   "Integral boundary points of convex polyhedra", 1956), so that a count above 0 and below the
//!   step may be anything from 0 to the step. These are S of the recoded number. The true one may
//!   be any of its class, which widens the bounds; the other way, it may be less than the recoded
//!   one by a sixth, or where that is one step by all of it. So for true counts this holds up to
//!   four fifths of the step: of a step of 5, up to 4.
//! - *Not protected*, as it is nobody's secret: what a share of a large number is under the stated
//!   method. Who knows all addresses can spread a published 400 over them himself; no small number
//!   of the table is learned by it.
//!
//! From other sources someone may know exact sums that contain a small number, or next year's
//! table; against that no rule on answers helps. Both is held by `tests/plan/differencing.rs`:
//! linear programs over pairs of questions, and cities that differ in their small numbers and
//! answer alike.

pub use super::persons::{Persons, Split};

use super::controlled_rounding::{recode, step};
use super::figures::{digits, share, whole_numbers, whole_splits};
pub use super::published::{Published, PublishedAirline, PublishedMargin, PublishedSplit};

/// Which of the two rules holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disclosure {
    /// Exact figures, for those who may see them.
    Exact,
    /// Protected ones: in whole steps, and nothing from above 0 to below the threshold.
    Protected {
        /// No number of persons below this is given.
        threshold: u32,
    },
}

impl Disclosure {
    /// The word for answers and logs.
    pub fn name(self) -> &'static str {
        match self {
            Disclosure::Exact => "exact",
            Disclosure::Protected { .. } => "protected",
        }
    }

    /// The step in which persons are counted; None where they are exact.
    pub fn step(self) -> Option<f64> {
        match self {
            Disclosure::Exact => None,
            Disclosure::Protected { threshold } => Some(step(threshold)),
        }
    }

    /// Numbers of persons of one kind (of one date and age group, area by area) as anything may be
    /// counted with them, and their sums be given. Whatever reads persons from a table passes them
    /// through here, before it groups or sums; `first` decides which of the small ones is a step,
    /// and is to differ from one kind to the next.
    pub fn at_source(self, numbers: &[Option<f64>], first: bool) -> Vec<Option<f64>> {
        match self.step() {
            None => numbers.to_vec(),
            Some(step) => recode(numbers, step, first),
        }
    }

    /// The persons at a place, of whom an exact count has fractions, as an area's persons are
    /// spread over its places by weight.
    pub fn at_place(self, persons: Persons) -> Published {
        match self {
            Disclosure::Exact => Published::Value(digits(persons.0, 3)),
            Disclosure::Protected { .. } => self.count(persons),
        }
    }

    /// One number that is part of no sum which is also given: a whole one.
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

    /// The parts of a sum that is given too. Where one of them alone is too small, the next
    /// smallest goes with it, so that the sum does not betray it. What is not known stays nothing.
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

    /// A value above nothing that is too small to be given. What is left of sums of fractions is
    /// nothing.
    fn is_small(self, persons: Persons) -> bool {
        match self {
            Disclosure::Exact => false,
            Disclosure::Protected { threshold } => persons.0 > 1e-9 && persons.0 < f64::from(threshold),
        }
    }

    /// Splits of areas, and of all of them together. Where a part of an area is too small, neither
    /// part of it is given; where that would leave one area alone without its parts, the next
    /// smallest goes with it, so that the sum does not betray it.
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

    /// Areas and their whole in the numbers that may be summed further: whole ones that add up, or
    /// as they are where counts are protected, which are whole steps already.
    pub fn whole(self, areas: &[Split], total: Split) -> (Vec<Split>, Split) {
        match self {
            Disclosure::Exact => whole_splits(areas, total),
            Disclosure::Protected { .. } => (areas.to_vec(), total),
        }
    }

    /// Whether either part is too small.
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
