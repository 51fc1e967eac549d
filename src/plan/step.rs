//! A limit of a question, and the persons that it applies to.

use super::ages::Ages;

/// The difference of two distances in metres up to which they count as equal. It is far below the
/// accuracy of any survey.
pub(in crate::plan) const SAME: f64 = 1e-6;

/// A limit and the persons that it applies to.
#[derive(Clone, Debug)]
pub struct Step {
    /// The maximum length of a way in metres.
    pub limit: f64,
    /// The published age groups that are counted.
    pub groups: Vec<Ages>,
    /// The ages that the rule names; None if the question names them.
    pub ages: Option<Ages>,
    /// The published age groups that are only partly in the ages of the rule, and are not counted.
    pub cut: Vec<Ages>,
}
