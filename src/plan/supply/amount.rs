//! A capacity in the form in which it is published.

use schemars::JsonSchema;
use serde::Serialize;

use super::counting::Capacity;
use crate::plan::disclosure::Published;
use crate::plan::figures::amount;

/// A capacity, and of how many facilities it is known.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Amount {
    /// The sum of what is known.
    pub sum: Published,
    /// The number of facilities.
    pub facilities: usize,
    /// Those of which it is known.
    pub known: usize,
}

impl Amount {
    /// Returns a capacity in the form in which it is published.
    pub fn of(capacity: &Capacity) -> Amount {
        Amount {
            sum: Published::Value(amount(capacity.sum)),
            facilities: capacity.facilities,
            known: capacity.known,
        }
    }
}
