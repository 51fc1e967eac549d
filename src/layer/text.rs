//! Text columns: a dictionary if values repeat, else one text after the other.

use std::hash::BuildHasher;
use std::ops::Range;

use foldhash::HashMap;

use super::splice::Splice;

/// A column of texts in row order.
#[derive(Clone, Debug)]
pub enum TextColumn {
    /// Each row has the number of one of few distinct values.
    Dictionary {
        /// The number of each row's value.
        codes: Vec<u32>,
        /// The distinct values.
        values: Arena,
    },
    /// Each row has a text of its own.
    Arena {
        /// The texts of the rows.
        values: Arena,
        /// Whether it is certain that all texts differ.
        distinct: bool,
    },
}

/// Texts in one string, one after the other.
#[derive(Clone, Debug, Default)]
pub struct Arena {
    bytes: String,
    ends: Vec<usize>,
}

impl Arena {
    /// Returns text number `index`; the empty text beyond the end.
    pub fn get(&self, index: usize) -> &str {
        self.bytes.get(self.span(index)).unwrap_or("")
    }

    fn span(&self, index: usize) -> Range<usize> {
        let start = index.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or(0);
        start..self.ends.get(index).copied().unwrap_or(start)
    }

    /// Appends a text.
    pub fn push(&mut self, text: &str) {
        self.bytes.push_str(text);
        self.ends.push(self.bytes.len());
    }

    /// Appends texts of another arena.
    fn extend(&mut self, from: &Arena, strings: Range<usize>) {
        let start = |at: usize| at.checked_sub(1).and_then(|at| from.ends.get(at)).copied().unwrap_or(0);
        let (begin, end) = (start(strings.start), start(strings.end));
        let base = self.bytes.len();
        self.bytes.push_str(from.bytes.get(begin..end).unwrap_or(""));
        let ends = from.ends.get(strings).unwrap_or_default();
        self.ends.extend(ends.iter().map(|end| end - begin + base));
    }

    /// Returns the number of texts.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Returns whether there are no texts.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    fn memory(&self) -> usize {
        self.bytes.capacity() + self.ends.capacity() * size_of::<usize>()
    }
}

impl TextColumn {
    /// Returns the value of a row; the empty text for NULL and beyond the end.
    pub fn get(&self, row: usize) -> &str {
        match self {
            TextColumn::Dictionary { codes, values } => {
                codes.get(row).map_or("", |code| values.get(*code as usize))
            }
            TextColumn::Arena { values, .. } => values.get(row),
        }
    }

    /// Reads the values of several rows and calls `put` with each value and its position in `rows`.
    /// All positions are read first and then all texts, so that no read waits for another.
    pub fn gather<'a>(&'a self, rows: &[u32], mut put: impl FnMut(usize, &'a str)) {
        match self {
            TextColumn::Dictionary { codes, values } => {
                let codes: Vec<u32> =
                    rows.iter().map(|row| codes.get(*row as usize).copied().unwrap_or(u32::MAX)).collect();
                codes.iter().enumerate().for_each(|(at, code)| put(at, values.get(*code as usize)));
            }
            TextColumn::Arena { values, .. } => {
                let spans: Vec<Range<usize>> = rows.iter().map(|row| values.span(*row as usize)).collect();
                for (at, span) in spans.into_iter().enumerate() {
                    put(at, values.bytes.get(span).unwrap_or(""));
                }
            }
        }
    }

    /// Returns the size in memory, in bytes.
    pub fn memory(&self) -> usize {
        match self {
            TextColumn::Dictionary { codes, values } => codes.capacity() * size_of::<u32>() + values.memory(),
            TextColumn::Arena { values, .. } => values.memory(),
        }
    }

    /// Returns the values with row `i` taken from row `order[i]`.
    pub fn reorder(self, order: &[u32]) -> TextColumn {
        match self {
            TextColumn::Dictionary { codes, values } => {
                let codes = order.iter().filter_map(|row| codes.get(*row as usize).copied()).collect();
                TextColumn::Dictionary { codes, values }
            }
            TextColumn::Arena { values: old, distinct } => {
                let lengths = order.iter().map(|row| old.get(*row as usize).len());
                let mut new = Arena {
                    bytes: String::with_capacity(lengths.sum()),
                    ends: Vec::with_capacity(order.len()),
                };
                for row in order {
                    new.push(old.get(*row as usize));
                }
                TextColumn::Arena { values: new, distinct }
            }
        }
    }
}

impl TextColumn {
    /// Joins rows of this column and of `new` as `splice` describes. A dictionary whose values no
    /// longer repeat enough becomes an arena. Values that no row uses any more remain until the
    /// layer is read completely.
    pub fn splice(&self, new: &TextColumn, splice: &Splice) -> TextColumn {
        match self {
            TextColumn::Dictionary { codes, values } => dictionary(codes, values, new, splice),
            TextColumn::Arena { values, distinct } => {
                let distinct = *distinct && new.is_apart_from(values, splice);
                let mut all = Arena {
                    bytes: String::with_capacity(values.bytes.len()),
                    ends: Vec::with_capacity(splice.len()),
                };
                splice.each(|is_new, rows| {
                    if is_new {
                        rows.for_each(|row| all.push(new.get(row)));
                    } else {
                        all.extend(values, rows);
                    }
                });
                TextColumn::Arena { values: all, distinct }
            }
        }
    }

    /// Returns whether all texts differ from each other and from those of `old` that stay.
    fn is_apart_from(&self, old: &Arena, splice: &Splice) -> bool {
        let mut mine: HashMap<&str, ()> = HashMap::default();
        let mut is_apart = true;
        splice.each(|is_new, rows| {
            if is_new {
                is_apart &= rows.into_iter().all(|row| mine.insert(self.get(row), ()).is_none());
            }
        });
        if mine.is_empty() || !is_apart {
            return is_apart;
        }
        let mut lengths: Vec<usize> = mine.keys().map(|text| text.len()).collect();
        lengths.sort_unstable();
        let is_mine = |text: &str| lengths.binary_search(&text.len()).is_ok() && mine.contains_key(text);
        splice.each(|is_new, mut rows| is_apart &= is_new || !rows.any(|row| is_mine(old.get(row))));
        is_apart
    }
}

fn dictionary(codes: &[u32], values: &Arena, new: &TextColumn, splice: &Splice) -> TextColumn {
    let mut values = values.clone();
    let mut known: HashMap<String, u32> = HashMap::default();
    let mut all = Vec::with_capacity(splice.len());
    splice.each(|is_new, rows| {
        if !is_new {
            return all.extend_from_slice(codes.get(rows).unwrap_or_default());
        }
        if known.is_empty() {
            known =
                (0u32..).zip(0..values.len()).map(|(code, at)| (values.get(at).to_owned(), code)).collect();
        }
        for text in rows.map(|row| new.get(row)) {
            let code = known.get(text).copied().unwrap_or_else(|| {
                let code = values.len() as u32;
                values.push(text);
                known.insert(text.to_owned(), code);
                code
            });
            all.push(code);
        }
    });
    if values.len() * 2 <= splice.len() {
        return TextColumn::Dictionary { codes: all, values };
    }
    let mut arena = Arena::default();
    all.iter().for_each(|code| arena.push(values.get(*code as usize)));
    TextColumn::Arena { distinct: is_distinct(&arena), values: arena }
}

/// Collects texts. It drops the dictionary if texts turn out not to repeat.
#[derive(Debug, Default)]
pub struct TextBuilder {
    rows: usize,
    distinct: HashMap<Box<str>, u32>,
    codes: Vec<u32>,
    values: Arena,
    arena: Option<Arena>,
}

/// The number of rows after which it is decided whether the texts of a column repeat.
const JUDGE_AFTER: usize = 4096;

impl TextBuilder {
    /// Appends the value of the next row.
    pub fn push(&mut self, text: &str) {
        self.rows += 1;
        if let Some(arena) = &mut self.arena {
            return arena.push(text);
        }
        let code = match self.distinct.get(text) {
            Some(code) => *code,
            None => {
                let code = self.values.len() as u32;
                self.values.push(text);
                self.distinct.insert(text.into(), code);
                code
            }
        };
        self.codes.push(code);
        if self.rows.is_multiple_of(JUDGE_AFTER) && self.values.len() * 2 > self.rows {
            self.give_up_dictionary();
        }
    }

    fn give_up_dictionary(&mut self) {
        let mut arena = Arena::default();
        for code in std::mem::take(&mut self.codes) {
            arena.push(self.values.get(code as usize));
        }
        self.distinct = HashMap::default();
        self.values = Arena::default();
        self.arena = Some(arena);
    }

    /// Returns the finished column.
    pub fn finish(mut self) -> TextColumn {
        if self.arena.is_none() && self.values.len() * 2 > self.rows {
            self.give_up_dictionary();
        }
        match self.arena {
            Some(values) => TextColumn::Arena { distinct: is_distinct(&values), values },
            None => TextColumn::Dictionary { codes: self.codes, values: self.values },
        }
    }
}

/// Returns whether all texts have different 64-bit hashes. If so, all texts differ; if not, they
/// may still differ.
fn is_distinct(texts: &Arena) -> bool {
    let hasher = foldhash::fast::FixedState::default();
    let mut hashes: Vec<u64> = (0..texts.len()).map(|index| hasher.hash_one(texts.get(index))).collect();
    hashes.sort_unstable();
    hashes.windows(2).all(|pair| pair.first() != pair.last())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(texts: impl IntoIterator<Item = String>) -> TextColumn {
        let mut builder = TextBuilder::default();
        texts.into_iter().for_each(|text| builder.push(&text));
        builder.finish()
    }

    #[test]
    fn what_repeats_gets_a_dictionary_and_what_does_not_an_arena() {
        let few = column((0..10_000).map(|i| format!("value {}", i % 7)));
        let many = column((0..10_000).map(|i| format!("value {i}")));
        assert!(matches!(few, TextColumn::Dictionary { .. }));
        assert!(matches!(many, TextColumn::Arena { distinct: true, .. }));
        let nearly = column((0..10_000).map(|i| format!("value {}", i.max(1))));
        assert!(matches!(nearly, TextColumn::Arena { distinct: false, .. }));
        assert_eq!(few.get(9_999), format!("value {}", 9_999 % 7));
        assert_eq!(many.get(0), "value 0");
        assert_eq!(many.get(9_999), "value 9999");
    }

    #[test]
    fn reordering_takes_each_row_from_where_it_was_told() {
        for distinct in [2, 100] {
            let text = column((0..100).map(|i| format!("{}", i % distinct)));
            let order: Vec<u32> = (0..100).rev().collect();
            let reversed = text.clone().reorder(&order);
            for row in 0..100 {
                assert_eq!(reversed.get(row), text.get(99 - row));
            }
            let mut gathered = vec![];
            text.gather(&order, |at, value| gathered.push((at, value)));
            assert!(gathered.iter().all(|(at, value)| reversed.get(*at) == *value) && gathered.len() == 100);
        }
    }
}
