//! A sentence of an error: a template with arguments for its gaps, written in English or in German.
//!
//! The English template stands in the code where the error is made, the German one in
//! `error/german/*.toml`. `{}` in a template is a gap. `{:?}` is a gap for text that a client
//! wrote; it is put into quotation marks: "…" in English, „…“ in German. A German template may
//! number its gaps, as in `{1}` or `{1:?}`, if it needs another order. A doubled brace stands for a
//! single one.

use std::borrow::Cow;
use std::fmt;

use super::german;
use super::printable::printable;

/// A sentence, or a part of a sentence that fills the gap of another.
#[derive(Clone, PartialEq, Eq)]
pub struct Said(Box<Sentence>);

#[derive(Clone, PartialEq, Eq)]
struct Sentence {
    template: &'static str,
    arguments: Vec<Argument>,
}

/// The argument for a gap: text that is the same in both languages, or a sentence that is
/// translated.
#[derive(Clone, PartialEq, Eq)]
pub enum Argument {
    /// A name, a number, or text that a client wrote.
    Text(String),
    /// A sentence, or part of one, that has its own template.
    Said(Said),
}

/// Makes a `Said` from a template and its arguments:
/// `said!("there is no parameter {:?} here", name)`.
#[macro_export]
macro_rules! said {
    ($template:literal $(, $argument:expr)* $(,)?) => {{
        const {
            let given: &[&str] = &[$(stringify!($argument)),*];
            assert!($crate::error::gaps($template) == given.len(), "a template has a gap for each argument");
        }
        $crate::error::Said::new($template, vec![$($crate::error::Word::argument(&$argument)),*])
    }};
}
pub use said;

/// Counts the gaps of a template that does not number them.
#[allow(clippy::indexing_slicing)] // The index stays below the length, and `said!` calls this at compile time.
pub const fn gaps(template: &str) -> usize {
    let bytes = template.as_bytes();
    let (mut at, mut gaps) = (0, 0);
    while at < bytes.len() {
        if bytes[at] == b'{' {
            if at + 1 < bytes.len() && bytes[at + 1] == b'{' {
                at += 1;
            } else {
                gaps += 1;
            }
        }
        at += 1;
    }
    gaps
}

/// The template of text that is the same in both languages.
const AS_IT_IS: &str = "{}";

impl Said {
    /// Creates a sentence. [`said!`] calls this after it has checked the number of arguments.
    pub fn new(template: &'static str, arguments: Vec<Argument>) -> Said {
        Said(Box::new(Sentence { template, arguments }))
    }

    /// Returns the sentence of this template, which has no gaps, if there is a German translation
    /// for it; otherwise `text` as it is.
    pub fn recalled(text: &str) -> Said {
        match german::template(text) {
            Some(template) => Said::from(template),
            None => Said::from(text.to_owned()),
        }
    }

    /// Writes the sentence in German. Parts without a German translation stay English.
    pub fn in_german(&self) -> String {
        let mut text = String::new();
        self.write(&mut text, true);
        text
    }

    /// Whether the template has a German translation.
    pub fn has_german(&self) -> bool {
        german::of(self.0.template).is_some()
    }

    /// Whether the English sentence contains `part`.
    pub fn contains(&self, part: &str) -> bool {
        self.to_string().contains(part)
    }

    fn write(&self, out: &mut String, in_german: bool) {
        let Sentence { template, arguments } = &*self.0;
        let german = if in_german { german::of(template) } else { None };
        let mut next = 0;
        for piece in pieces(german.unwrap_or(template)) {
            match piece {
                Piece::Words(words) => out.push_str(words),
                Piece::Gap { number, is_quoted } => {
                    let argument = arguments.get(number.unwrap_or(next));
                    next += 1;
                    match argument {
                        Some(Argument::Said(said)) => said.write(out, in_german),
                        Some(Argument::Text(text)) if is_quoted => quote(text, german.is_some(), out),
                        Some(Argument::Text(text)) => out.push_str(text),
                        None => {}
                    }
                }
            }
        }
    }
}

/// Marks a template without gaps that is made into a sentence elsewhere: by `Said::from`, or by
/// [`Said::recalled`] after a library has passed it on.
#[macro_export]
macro_rules! template {
    ($template:literal) => {
        $template
    };
}
pub use template;

/// Lists alternatives: `a, b or c`.
pub fn one_of<T: AsRef<str>>(names: &[T]) -> Said {
    let names: Vec<&str> = names.iter().map(AsRef::as_ref).collect();
    match names.as_slice() {
        [] => Said::from(String::new()),
        [one] => Said::from((*one).to_owned()),
        [first @ .., last] => said!("{} or {}", first.join(", "), *last),
    }
}

/// Returns the name in `known` that is most similar to `written`, if only few letters differ.
pub fn nearest<'a>(written: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // Longer text is no mistyped name, and comparing it would take long.
    let written = (written.len() <= 64).then(|| written.to_lowercase())?;
    let distance = |name: &str| strsim::osa_distance(&written, &name.to_lowercase());
    let (distance, name) = known.into_iter().map(|name| (distance(name), name)).min()?;
    (distance <= 2 && 2 * distance < name.chars().count()).then_some(name)
}

/// Lists the known names, after the one that was probably meant.
pub fn known<T: AsRef<str>>(written: &str, names: &[T]) -> Said {
    let all = names.iter().map(AsRef::as_ref).collect::<Vec<_>>().join(", ");
    match nearest(written, names.iter().map(AsRef::as_ref)) {
        Some(name) if names.len() > 1 => said!("did you mean {}? Known: {}", name, all),
        _ if names.is_empty() => said!("none is known"),
        _ => said!("known: {}", all),
    }
}

fn quote(text: &str, in_german: bool, out: &mut String) {
    if !in_german {
        out.push_str(&format!("{text:?}"));
        return;
    }
    out.push('„');
    out.push_str(&printable(text));
    out.push('“');
}

/// A part of a template: literal text or a gap.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    Words(&'a str),
    Gap { number: Option<usize>, is_quoted: bool },
}

/// Splits a template into its parts.
pub(super) fn pieces(template: &str) -> impl Iterator<Item = Piece<'_>> {
    let mut rest = template;
    std::iter::from_fn(move || {
        let brace = rest.find(['{', '}']);
        let (words, behind) = rest.split_at_checked(brace.unwrap_or(rest.len()))?;
        if !words.is_empty() {
            rest = behind;
            return Some(Piece::Words(words));
        }
        let doubled = ["{{", "}}"].into_iter().find(|pair| behind.starts_with(pair));
        if let Some(pair) = doubled {
            rest = behind.get(2..)?;
            return pair.get(..1).map(Piece::Words);
        }
        let (gap, behind) = behind.strip_prefix('{')?.split_once('}')?;
        rest = behind;
        let (number, is_quoted) = match gap.strip_suffix(":?") {
            Some(number) => (number, true),
            None => (gap, false),
        };
        Some(Piece::Gap { number: number.parse().ok(), is_quoted })
    })
}

impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::new();
        self.write(&mut text, false);
        f.write_str(&text)
    }
}

/// Formats as the English sentence, for logs and failed tests.
impl fmt::Debug for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.to_string(), f)
    }
}

impl From<&'static str> for Said {
    /// A template without gaps.
    fn from(template: &'static str) -> Said {
        match template.contains(['{', '}']) {
            true => Said::from(template.to_owned()),
            false => Said::new(template, vec![]),
        }
    }
}

impl From<String> for Said {
    /// Text without a translation: a message of a database, or text for the operator only.
    fn from(text: String) -> Said {
        Said::new(AS_IT_IS, vec![Argument::Text(text)])
    }
}

impl From<&Said> for Said {
    fn from(said: &Said) -> Said {
        said.clone()
    }
}

impl PartialEq<&str> for Said {
    fn eq(&self, text: &&str) -> bool {
        let said = self.to_string();
        said.as_str() == *text
    }
}

/// A type whose values can fill a gap.
pub trait Word {
    /// Returns the argument for the gap.
    fn argument(&self) -> Argument;
}

impl Word for Said {
    fn argument(&self) -> Argument {
        Argument::Said(self.clone())
    }
}

impl<T: Word + ?Sized> Word for &T {
    fn argument(&self) -> Argument {
        (*self).argument()
    }
}

/// Implements `Word` for types that are written alike in both languages.
macro_rules! texts {
    ($($kind:ty),+) => {
        $(impl Word for $kind {
            fn argument(&self) -> Argument {
                Argument::Text(self.to_string())
            }
        })+
    };
}

texts!(str, String, Cow<'_, str>, char, u8, u16, u32, u64, usize, i32, i64, f64);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn english_is_the_template_with_its_gaps_filled() {
        let name = "x\"y\n";
        assert_eq!(
            said!("there is no parameter {:?} here", name).to_string(),
            format!("there is no parameter {name:?} here")
        );
        assert_eq!(said!("{} and {}", 1_u32, "{}").to_string(), "1 and {}");
        assert_eq!(said!("{{{}}}", 'x').to_string(), "{x}");
        assert_eq!(Said::from(String::from("as {it} is")).to_string(), "as {it} is");
    }

    #[test]
    fn german_has_its_own_order_and_quotation_marks() {
        let said = said!("there is no parameter {:?} here", "a\u{202e}b");
        assert_eq!(said.in_german(), r"hier gibt es keinen Parameter „a\u{202e}b“");
        // What has no German is English, and so are its quotation marks.
        assert_eq!(said!("nobody says {:?}", "x").in_german(), "nobody says \"x\"");
        assert_eq!(one_of(&["a", "b", "c"]).to_string(), "a, b or c");
        assert_eq!(said!("nobody says {}", one_of(&["a", "b"])).in_german(), "nobody says a oder b");
    }

    #[test]
    fn templates_come_apart_and_end_where_they_are_broken() {
        let gap = |number, is_quoted| Piece::Gap { number, is_quoted };
        let parts: Vec<Piece<'_>> = pieces("a {1:?}{} {{b}}").collect();
        let wanted = [Piece::Words("a "), gap(Some(1), true), gap(None, false), Piece::Words(" ")];
        assert_eq!(parts.get(..4), Some(wanted.as_slice()));
        assert_eq!(pieces("a { b").count(), 1);
        assert_eq!((gaps("{} {:?} {{}}"), gaps("")), (2, 0));
    }

    #[test]
    fn the_nearest_name_is_named_where_it_is_near() {
        let known_names = ["csv", "geojson", "xlsx"];
        assert_eq!(nearest("geojsn", known_names), Some("geojson"));
        assert_eq!(nearest("XLSX", known_names), Some("xlsx"));
        assert_eq!(nearest("pdf", known_names), None);
        assert_eq!(
            known("geojsn", &known_names).to_string(),
            "did you mean geojson? Known: csv, geojson, xlsx"
        );
        assert_eq!(known("pdf", &known_names).to_string(), "known: csv, geojson, xlsx");
    }
}
