//! Numbers of persons as counted, which have no way out but `disclosure`.

use std::iter::Sum;
use std::ops::{Add, AddAssign, Sub};

/// A number of persons as counted. It has no way out but
/// [`Disclosure`](super::disclosure::Disclosure).
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

/// Persons of an area, and those of them within reach: by the network, and by the air line.
#[derive(Clone, Copy, Debug, Default)]
pub struct Split {
    /// All.
    pub persons: Persons,
    /// Those within reach by the network.
    pub covered: Persons,
    /// Those within reach by the air line.
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
