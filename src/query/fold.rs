//! CASEI and ACCENTI (OGC 21-065r2, 8.3 and 8.4): texts without differences of case or accents.

use std::borrow::Cow;

use unicode_normalization::UnicodeNormalization;

/// Returns the text without differences of case: each letter converted to upper and then to lower
/// case by Unicode's full mappings (Unicode Standard, section 3.13), without those of single
/// languages. So `ß` and `SS` both become `ss`, and no letter depends on its neighbours.
/// PostgreSQL's `lower(upper(text))` with an ICU collation does the same, except for a sigma at the
/// end of a word.
///
/// # Examples
///
/// ```
/// use veedel::query::fold::case;
///
/// assert_eq!(case("STRASSE"), case("straße"));
/// ```
pub fn case(text: &str) -> String {
    text.chars().flat_map(char::to_uppercase).flat_map(char::to_lowercase).collect()
}

/// Returns the text without accents: canonically decomposed (NFD, Unicode Standard Annex #15) and
/// without the combining marks U+0300 to U+036F. So `ä` becomes `a`; letters that are no letter
/// with a mark (`ø`, `ß`) stay. PostgreSQL does the same with `regexp_replace(normalize(text, NFD),
/// '[\u0300-\u036f]', '', 'g')`.
///
/// # Examples
///
/// ```
/// use veedel::query::fold::accents;
///
/// assert_eq!(accents("Köln-Mülheim, Łódź"), "Koln-Mulheim, Łodz");
/// ```
pub fn accents(text: &str) -> String {
    text.nfd().filter(|letter| !('\u{300}'..='\u{36f}').contains(letter)).collect()
}

/// Returns the text without accents, or without differences of case, or without both. Accents are
/// removed first.
pub fn fold(text: Cow<'_, str>, without_case: bool, without_accents: bool) -> Cow<'_, str> {
    let text = if without_accents { Cow::Owned(accents(&text)) } else { text };
    if without_case { Cow::Owned(case(&text)) } else { text }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn case_and_accents_are_folded() {
        for (left, right) in [("STRASSE", "straße"), ("ÄÖÜ", "äöü"), ("ΟΔΟΣ", "οδος"), ("ŒUVRE", "œuvre")]
        {
            assert_eq!(case(left), case(right));
        }
        assert_eq!(accents("Köln-Mülheim, Chênée, Łódź"), "Koln-Mulheim, Chenee, Łodz");
        // One letter written as one character and as two.
        assert_eq!(accents("e\u{301}"), accents("é"));
        assert_eq!(fold("ÉCOLE".into(), true, true), "ecole");
        assert_eq!(fold("É".into(), false, false), "É");
    }

    proptest! {
        #[test]
        fn what_is_folded_stays(text in ".{0,12}") {
            prop_assert_eq!(accents(&accents(&text)), accents(&text));
            prop_assert_eq!(case(&case(&text)), case(&text));
        }
    }
}
