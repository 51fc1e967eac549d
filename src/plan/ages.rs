//! Ages, and the age groups in which population is published.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result, said};

/// A half-open range of ages in years: `from` is included and `until` is not. If `until` is
/// [`Ages::OPEN`], the range has no end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(from = "(u32, u32)", into = "(u32, u32)")]
pub struct Ages {
    /// The first age of the range.
    pub from: u32,
    /// The first age after the range.
    pub until: u32,
}

impl From<(u32, u32)> for Ages {
    fn from((from, until): (u32, u32)) -> Ages {
        Ages { from, until }
    }
}

impl From<Ages> for (u32, u32) {
    fn from(ages: Ages) -> (u32, u32) {
        (ages.from, ages.until)
    }
}

impl fmt::Display for Ages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.until {
            Ages::OPEN => write!(f, "{}+", self.from),
            until => write!(f, "{}–{}", self.from, until.saturating_sub(1)),
        }
    }
}

impl JsonSchema for Ages {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Ages".into()
    }

    // In OpenAPI 3.0, the items of an array cannot have different schemas.
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "array",
            "description": "Ages in years, from the first to before the second: [6, 10] are 6 to 9.",
            "items": { "type": "integer", "minimum": 0, "maximum": Ages::OPEN },
            "minItems": 2,
            "maxItems": 2,
        })
    }
}

impl Ages {
    /// The end of a range without an end, greater than all ages.
    pub const OPEN: u32 = 200;
    /// The range of all ages.
    pub const ALL: Ages = Ages { from: 0, until: Ages::OPEN };

    /// Returns whether all ages of `other` are in this range.
    pub fn contains(&self, other: &Ages) -> bool {
        self.from <= other.from && other.until <= self.until
    }

    /// Returns whether the ranges have an age in common.
    pub fn overlaps(&self, other: &Ages) -> bool {
        self.from < other.until && other.from < self.until
    }

    /// Reads the name of an age group in a table of population. `06 - < 10` and `6 bis unter 10`
    /// end before 10, `6-9` and `6 bis 9` with 9. Other forms are `unter 3`, `75 und älter`, `75+`,
    /// `ab 75`, and a single age. Returns None if the text names no ages.
    ///
    /// ```
    /// use veedel::plan::ages::Ages;
    ///
    /// assert_eq!(Ages::parse("06 - < 10"), Some(Ages { from: 6, until: 10 }));
    /// assert_eq!(Ages::parse("75 und älter"), Some(Ages { from: 75, until: Ages::OPEN }));
    /// assert_eq!(Ages::parse("insgesamt"), None);
    /// ```
    pub fn parse(text: &str) -> Option<Ages> {
        let lower = text.to_lowercase();
        let numbers: Vec<u32> = lower
            .split(|letter: char| !letter.is_ascii_digit())
            .filter(|digits| !digits.is_empty())
            .map(|digits| digits.parse().ok())
            .collect::<Option<_>>()?;
        let says = |words: &[&str]| words.iter().any(|word| lower.contains(word));
        let ages = match numbers[..] {
            [from, until] if says(&["<", "unter", "under"]) => Ages { from, until },
            [from, last] => Ages { from, until: last.checked_add(1)? },
            [until] if says(&["unter", "under", "<"]) => Ages { from: 0, until },
            [from] if says(&["älter", "aelter", "mehr", "older", "ab ", "+", ">", "u. ä"]) => {
                Ages { from, until: Ages::OPEN }
            }
            [age] => Ages { from: age, until: age.checked_add(1)? },
            _ => return None,
        };
        (ages.from < ages.until && ages.until <= Ages::OPEN).then_some(ages)
    }
}

/// Returns the indexes of published groups that together are exactly the ages `asked`. If there are
/// several ways, the finest groups are chosen. Groups are never divided.
///
/// # Errors
///
/// Returns an error with the published groups if the ages are not a union of groups.
///
/// ```
/// use veedel::plan::ages::{Ages, whole_groups};
///
/// let groups = [(0, 3), (3, 6), (6, 10)].map(Ages::from);
/// assert_eq!(whole_groups(&groups, Ages { from: 3, until: 10 })?, [1, 2]);
/// assert!(whole_groups(&groups, Ages { from: 4, until: 10 }).is_err());
/// # Ok::<(), veedel::error::Error>(())
/// ```
pub fn whole_groups(groups: &[Ages], asked: Ages) -> Result<Vec<usize>> {
    if asked.from >= asked.until {
        return Err(Error::invalid("group", "the ages end before they begin").hint("[6, 10] is 6 to 9"));
    }
    let mut chosen = vec![];
    let mut from = asked.from;
    // Of the groups that begin here, the finest from which the end can be reached is taken. So no
    // choice has to be undone.
    while from < asked.until {
        let leads_on = |group: &Ages| {
            group.from == from && group.until <= asked.until && can_continue(groups, group.until, asked.until)
        };
        let next = groups.iter().enumerate().filter(|(_, group)| leads_on(group));
        match next.min_by_key(|(_, group)| group.until) {
            Some((index, group)) => {
                chosen.push(index);
                from = group.until;
            }
            None => return Err(no_whole_groups(groups, asked)),
        }
    }
    Ok(chosen)
}

/// Returns the indexes of published groups in which each person is counted once. Of groups that
/// overlap, those that begin first are chosen, and of these the finest.
pub fn all_groups(groups: &[Ages]) -> Vec<usize> {
    let mut order: Vec<(usize, &Ages)> = groups.iter().enumerate().collect();
    order.sort_by_key(|(_, group)| (group.from, group.until));
    let last = groups.iter().map(|group| group.until).max().unwrap_or(0);
    let mut chosen = vec![];
    let mut from = 0;
    while let Some(first) = order.iter().map(|(_, group)| group.from).find(|first| *first >= from) {
        let mut at_first = order.iter().filter(|(_, group)| group.from == first);
        let leads_on = at_first.clone().find(|(_, group)| can_continue(groups, group.until, last));
        let Some((index, group)) = leads_on.or_else(|| at_first.next()) else { break };
        chosen.push(*index);
        from = group.until;
    }
    chosen
}

fn can_continue(groups: &[Ages], from: u32, until: u32) -> bool {
    let mut reachable = std::collections::BTreeSet::from([from]);
    while let Some(first) = reachable.pop_first() {
        if first == until {
            return true;
        }
        reachable.extend(groups.iter().filter(|group| group.from == first).map(|group| group.until));
    }
    false
}

/// Returns the indexes of the published groups that are entirely inside `ages`, and of those that
/// are partly inside.
pub fn groups_inside(groups: &[Ages], ages: Ages) -> (Vec<usize>, Vec<usize>) {
    let inside = |group: &Ages| ages.contains(group);
    let cut = |group: &Ages| ages.overlaps(group) && !ages.contains(group);
    let pick = |wanted: &dyn Fn(&Ages) -> bool| {
        groups.iter().enumerate().filter(|(_, group)| wanted(group)).map(|(index, _)| index).collect()
    };
    (pick(&inside), pick(&cut))
}

fn no_whole_groups(groups: &[Ages], asked: Ages) -> Error {
    let mut known: Vec<&Ages> = groups.iter().collect();
    known.sort();
    let known: Vec<String> = known.iter().map(|group| format!("[{},{}]", group.from, group.until)).collect();
    let what =
        said!("the ages from {} to before {} are not made of published groups", asked.from, asked.until);
    Error::invalid("group", what).hint(said!("published are {}", known.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_are_read_as_they_are_published() {
        let read = |text| Ages::parse(text).map(|ages| (ages.from, ages.until));
        assert_eq!(read("06 - < 10"), Some((6, 10)));
        assert_eq!(read("6 bis unter 10"), Some((6, 10)));
        assert_eq!(read("6-9"), Some((6, 10)));
        assert_eq!(read("unter 3"), Some((0, 3)));
        assert_eq!(read("75 und älter"), Some((75, 200)));
        assert_eq!(read("80+"), Some((80, 200)));
        assert_eq!(read("5"), Some((5, 6)));
        assert_eq!(read("insgesamt"), None);
        assert_eq!(read("99999999999"), None);
        assert_eq!(read("10 - < 6"), None);
    }

    #[test]
    fn a_question_is_answered_by_whole_groups_or_not_at_all() {
        let groups: Vec<Ages> =
            [(0, 3), (3, 6), (0, 6), (6, 10), (10, 15), (15, 18)].into_iter().map(Ages::from).collect();
        assert_eq!(whole_groups(&groups, (0, 10).into()).unwrap(), [0, 1, 3]);
        let error = whole_groups(&groups, (6, 12).into()).unwrap_err();
        assert_eq!(error.parameter.as_deref(), Some("group"));
        assert!(
            whole_groups(&groups, (10, 6).into()).is_err() && whole_groups(&groups, (6, 6).into()).is_err()
        );
        assert_eq!(all_groups(&groups), [0, 1, 3, 4, 5]);
        let apart: Vec<Ages> =
            [(6, 10), (65, 75), (75, 200), (65, 200)].into_iter().map(Ages::from).collect();
        assert_eq!(all_groups(&apart), [0, 1, 2]);
        assert_eq!(groups_inside(&groups, (6, 12).into()), (vec![3], vec![4]));
    }
}
