//! One limit of a question, and whose persons it is for.

use super::ages::Ages;

/// A distance that counts as equal to the limit, in metres: less than any survey knows.
pub(in crate::plan) const SAME: f64 = 1e-6;

/// One limit and whose persons it is for.
#[derive(Clone, Debug)]
pub struct Step {
    /// The longest way in metres.
    pub limit: f64,
    /// The published groups that are counted.
    pub groups: Vec<Ages>,
    /// The ages that the rule names; None where the question named them.
    pub ages: Option<Ages>,
    /// Published groups that the rule's ages cut, and that so are not counted.
    pub cut: Vec<Ages>,
}
