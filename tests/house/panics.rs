//! Nothing panics on purpose.

use super::code::is_of_a_word;
use super::found;
use super::source::{Offence, Source};

/// Nothing panics on purpose. A method of our own may be named `expect`, if it takes no message.
pub fn panics(source: &Source) -> Vec<Offence> {
    let mut offences = Vec::new();
    for found in [".unwrap()", ".expect(\"", ".expect(&format!", "panic!", "todo!", "unimplemented!"] {
        for (at, _) in source.code.match_indices(found) {
            let is_whole = found.starts_with('.') || !source.code[..at].ends_with(is_of_a_word);
            if is_whole {
                offences.push(source.offence(at, format!("{found} in code that is no test")));
            }
        }
    }
    offences
}

#[test]
fn panics_are_found() {
    for text in ["a.unwrap()", "a.expect(\"x\")", "panic!(\"x\")", "todo!()", "unimplemented!()"] {
        assert_eq!(found("geo/a.rs", &format!("fn f() {{ {text} }}")).len(), 1, "{text}");
    }
    for text in ["a.unwrap_or(1)", "self.expect(Token::Comma)?", "a.unwrap_or_else(f)", "no_panic!()"] {
        assert_eq!(found("geo/a.rs", &format!("fn f() {{ {text} }}")), [""; 0], "{text}");
    }
}
