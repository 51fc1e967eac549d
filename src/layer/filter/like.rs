//! The operator LIKE: `%` stands for any text, `_` for any one character, and `\` takes the next
//! character literally.
//!
//! A pattern is split at its `%` into pieces. The text must begin with the first piece and end with
//! the last. The pieces in between must follow each other, and each is matched at the first place
//! where it occurs. So there is no backtracking. A piece with `_` is compared at every place of the
//! text, which takes time in proportion to its length and is counted as work.

use crate::work::spend;

/// The number of bytes that are searched in one unit of work.
const BYTES_PER_STEP: usize = 16;

/// A pattern, split into pieces.
#[derive(Debug)]
pub struct Pattern {
    /// The pieces between the `%`, at least one.
    pieces: Vec<Piece>,
    /// The least number of characters of a text that matches.
    least: usize,
}

/// The characters of a piece; None stands for any one character.
#[derive(Debug)]
struct Piece {
    letters: Vec<Option<char>>,
    /// The piece as a text, if it has no `_`.
    text: Option<String>,
}

impl Piece {
    fn new(letters: Vec<Option<char>>) -> Piece {
        let text = letters.iter().copied().collect();
        Piece { letters, text }
    }

    /// Returns the rest of `text` if it begins with the piece.
    fn strip<'t>(&self, text: &'t str) -> Option<&'t str> {
        if let Some(own) = &self.text {
            return text.strip_prefix(own.as_str());
        }
        spend(self.letters.len());
        let mut rest = text.chars();
        let all = self.letters.iter().all(|letter| match (letter, rest.next()) {
            (_, None) => false,
            (None, Some(_)) => true,
            (Some(letter), Some(other)) => *letter == other,
        });
        all.then_some(rest.as_str())
    }

    /// Returns the rest of `text` behind the first place where the piece occurs.
    fn find<'t>(&self, text: &'t str) -> Option<&'t str> {
        match &self.text {
            Some(own) => text.split_once(own.as_str()).map(|(_, rest)| rest),
            None => text.char_indices().find_map(|(at, _)| self.strip(text.get(at..)?)),
        }
    }

    /// Returns whether `text` ends with the piece.
    fn ends(&self, text: &str) -> bool {
        if let Some(own) = &self.text {
            return text.ends_with(own.as_str());
        }
        let mut letters = text.chars().rev();
        self.letters.iter().rev().all(|letter| match (letter, letters.next()) {
            (_, None) => false,
            (None, Some(_)) => true,
            (Some(letter), Some(other)) => *letter == other,
        })
    }
}

impl Pattern {
    /// Splits a pattern.
    pub fn new(pattern: &str) -> Pattern {
        let mut pieces = vec![vec![]];
        let mut letters = pattern.chars();
        while let Some(letter) = letters.next() {
            let letter = match letter {
                '%' => {
                    pieces.push(vec![]);
                    continue;
                }
                '_' => None,
                '\\' => Some(letters.next().unwrap_or('\\')),
                other => Some(other),
            };
            if let Some(piece) = pieces.last_mut() {
                piece.push(letter);
            }
        }
        let least = pieces.iter().map(Vec::len).sum();
        Pattern { pieces: pieces.into_iter().map(Piece::new).collect(), least }
    }

    /// Returns whether the whole text matches.
    pub fn matches(&self, text: &str) -> bool {
        if text.len() < self.least {
            return false;
        }
        spend(text.len() / BYTES_PER_STEP);
        let Some((first, others)) = self.pieces.split_first() else { return false };
        let Some(mut rest) = first.strip(text) else { return false };
        let Some((last, between)) = others.split_last() else { return rest.is_empty() };
        for piece in between {
            match piece.find(rest) {
                Some(after) => rest = after,
                None => return false,
            }
        }
        last.ends(rest)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn patterns_match_as_in_sql() {
        for (pattern, text, expected) in [
            ("", "", true),
            ("", "a", false),
            ("%", "", true),
            ("a%", "abc", true),
            ("%c", "abc", true),
            ("%b%", "abc", true),
            ("a_c", "abc", true),
            ("a_c", "aäc", true),
            ("_", "ä", true),
            ("_", "", false),
            ("a%a", "a", false),
            ("%ab%ab%", "abab", true),
            ("%ab%ab%", "aba", false),
            ("a\\%", "a%", true),
            ("a\\%", "ab", false),
            ("a\\\\", "a\\", true),
            ("%_b", "bb", true),
            ("%_b", "b", false),
            ("%\u{fc}_", "Tü.", true),
        ] {
            assert_eq!(Pattern::new(pattern).matches(text), expected, "{pattern:?} {text:?}");
        }
    }

    /// The definition of LIKE, by recursion over single characters.
    fn plainly(pattern: &[char], text: &[char]) -> bool {
        match (pattern, text) {
            ([], text) => text.is_empty(),
            (['%', rest @ ..], text) => (0..=text.len()).any(|from| plainly(rest, &text[from..])),
            (['\\', letter, rest @ ..], [first, text @ ..]) => letter == first && plainly(rest, text),
            (['\\', ..], _) | (_, []) => false,
            (['_', rest @ ..], [_, text @ ..]) => plainly(rest, text),
            ([letter, rest @ ..], [first, text @ ..]) => letter == first && plainly(rest, text),
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 4000, ..Default::default() })]

        #[test]
        fn a_text_is_found_by_itself_escaped_and_no_other_is(
            text in "[ab_%ä\\\\]{0,6}", other in "[ab_%ä\\\\]{0,6}",
        ) {
            let escaped = text.replace('\\', r"\\").replace('%', r"\%").replace('_', r"\_");
            let pattern = Pattern::new(&escaped);
            prop_assert!(pattern.matches(&text), "{} {}", escaped, text);
            prop_assert_eq!(pattern.matches(&other), text == other, "{} {}", escaped, other);
        }

        #[test]
        fn pieces_match_what_the_definition_does(
            pattern in "([ab_%ä]|\\\\[ab_%]){0,8}", text in "[abä_%]{0,10}",
        ) {
            let letters = |text: &str| text.chars().collect::<Vec<_>>();
            prop_assert_eq!(
                Pattern::new(&pattern).matches(&text), plainly(&letters(&pattern), &letters(&text)),
                "{} {}", pattern, text
            );
        }
    }
}
