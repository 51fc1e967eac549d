//! Numbers of persons as they are counted. They can be published only by
//! [`disclosure`](super::disclosure).

use std::iter::Sum;
use std::ops::{Add, AddAssign, Sub};

/// A number of persons as counted. Only [`Disclosure`](super::disclosure::Disclosure) can publish
/// it.
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
pub struct Persons(pub(super) f64);

impl Add for Persons {
    type Output = Persons;
    fn add(self, other: Persons) -> Persons {
        Persons(self.0 + other.0)
    }
}

impl Sub for Persons {
    type Output = Persons;
    fn sub(self, other: Persons) -> Persons {
        Persons(self.0 - other.0)
    }
}

impl AddAssign for Persons {
    fn add_assign(&mut self, other: Persons) {
        self.0 += other.0;
    }
}

impl Sum for Persons {
    fn sum<I: Iterator<Item = Persons>>(all: I) -> Persons {
        all.fold(Persons::default(), Add::add)
    }
}

/// The persons of an area, and those of them with a facility within reach.
#[derive(Clone, Copy, Debug, Default)]
pub struct Split {
    /// The number of all persons.
    pub persons: Persons,
    /// The persons within reach on the network.
    pub covered: Persons,
    /// The persons within reach by the straight distance.
    pub airline: Persons,
}

impl Add for Split {
    type Output = Split;
    fn add(self, other: Split) -> Split {
        Split {
            persons: self.persons + other.persons,
            covered: self.covered + other.covered,
            airline: self.airline + other.airline,
        }
    }
}
