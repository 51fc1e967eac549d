//! Joins two sequences to a third one: the items of an old one that stay, with new items in
//! between.

use std::ops::Range;

/// A run of items from one of the two sequences.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Run {
    Old(Range<usize>),
    New(Range<usize>),
}

/// How a new sequence is made of an old one and of inserted items. Unchanged items are copied in
/// runs.
#[derive(Clone, Debug)]
pub struct Splice {
    runs: Vec<Run>,
    len: usize,
}

/// The position of an item that was removed.
pub const GONE: u32 = u32::MAX;

impl Splice {
    /// Describes the removal of `removed` (ascending) from `old` items, and the insertion of new
    /// ones in their order: item `i` before the old item `before[i]` (ascending; `old` means the
    /// end).
    pub fn new(old: usize, removed: &[u32], before: &[u32]) -> Splice {
        let mut splice = Splice { runs: vec![], len: 0 };
        let mut removed = removed.iter().map(|item| *item as usize).peekable();
        let mut at = 0;
        let mut stay_until = |splice: &mut Splice, end: usize| {
            while let Some(gone) = removed.next_if(|gone| *gone < end) {
                splice.push(Run::Old(at..gone));
                at = gone + 1;
            }
            splice.push(Run::Old(at..end));
            at = at.max(end);
        };
        for (item, place) in before.iter().enumerate() {
            stay_until(&mut splice, *place as usize);
            splice.push(Run::New(item..item + 1));
        }
        stay_until(&mut splice, old);
        splice
    }

    fn push(&mut self, run: Run) {
        let (Run::Old(range) | Run::New(range)) = &run;
        if range.is_empty() {
            return;
        }
        self.len += range.len();
        if let (Some(Run::New(last)), Run::New(range)) = (self.runs.last_mut(), &run) {
            last.end = range.end;
            return;
        }
        self.runs.push(run);
    }

    /// Returns the number of items of the new sequence.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Returns whether the new sequence is empty.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Returns the new sequence of two lists with one element for each item.
    pub fn gather<T: Copy>(&self, old: &[T], new: &[T]) -> Vec<T> {
        let mut items = Vec::with_capacity(self.len);
        self.each(|is_new, range| {
            items.extend_from_slice(if is_new { new } else { old }.get(range).unwrap_or_default());
        });
        items
    }

    /// Calls `visit` with each run in order: whether it is of the new items, and its range.
    pub fn each(&self, mut visit: impl FnMut(bool, Range<usize>)) {
        for run in &self.runs {
            match run {
                Run::Old(range) => visit(false, range.clone()),
                Run::New(range) => visit(true, range.clone()),
            }
        }
    }

    /// Returns the positions of `old` old and `new` new items in the new sequence; [`GONE`] for
    /// removed ones.
    pub fn places(&self, old: usize, new: usize) -> [Vec<u32>; 2] {
        let mut places = [vec![GONE; old], vec![GONE; new]];
        let mut at = 0u32;
        self.each(|is_new, range| {
            let length = range.len() as u32;
            let list = places.get_mut(usize::from(is_new)).and_then(|list| list.get_mut(range));
            for (place, slot) in (at..).zip(list.into_iter().flatten()) {
                *slot = place;
            }
            at += length;
        });
        places
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_stays_stays_in_order_and_what_is_new_comes_where_it_was_put(
            stays in prop::collection::vec(any::<bool>(), 0..40),
            before in prop::collection::vec(0u32..40, 0..9),
        ) {
            let old: Vec<u32> = (0..stays.len() as u32).collect();
            let mut before: Vec<u32> = before.iter().map(|place| *place.min(&(old.len() as u32))).collect();
            before.sort_unstable();
            let removed: Vec<u32> = old.iter().copied().filter(|item| !stays[*item as usize]).collect();
            let new: Vec<u32> = (100..100 + before.len() as u32).collect();
            let mut wanted = vec![];
            for item in 0..=old.len() as u32 {
                wanted.extend(new.iter().zip(&before).filter(|(_, place)| **place == item).map(|(new, _)| *new));
                wanted.extend(old.get(item as usize).filter(|item| stays[**item as usize]));
            }
            let splice = Splice::new(old.len(), &removed, &before);
            prop_assert_eq!(splice.gather(&old, &new), wanted.clone());
            prop_assert_eq!(splice.len(), wanted.len());
            let [old_places, new_places] = splice.places(old.len(), new.len());
            for (item, place) in old.iter().chain(&new).zip(old_places.iter().chain(&new_places)) {
                prop_assert_eq!(wanted.iter().position(|other| other == item), (*place != GONE).then_some(*place as usize));
            }
        }
    }
}
