//! True, false or unknown.

/// True, false, or None for unknown.
pub(super) type Truth = Option<bool>;

/// False where any is false, else unknown where any is unknown.
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
