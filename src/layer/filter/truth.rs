//! The truth values true, false and unknown.

/// True, false, or None for unknown.
pub(super) type Truth = Option<bool>;

/// Returns the conjunction: false if any is false, else unknown if any is unknown.
pub(super) fn all(truths: impl Iterator<Item = Truth>) -> Truth {
    let mut all = Some(true);
    for truth in truths {
        match truth {
            Some(false) => return Some(false),
            None => all = None,
            Some(true) => {}
        }
    }
    all
}
