//! Files can be read in one sitting, and functions in one look.

use super::code::{closing, is_of_a_word};
use super::found;
use super::imports::first_names;
use super::source::{Offence, Source};

/// Files that may be longer than [`MOST_LINES`], each with the reason beside it.
const LONG_FILES: &[&str] = &[];
const MOST_LINES: usize = 400;

/// The most lines of code of a function, from its `fn` to its closing brace: blank lines and
/// comments are none.
const MOST_LINES_OF_A_FUNCTION: usize = 70;

/// A file can be read in one sitting.
pub fn length(source: &Source) -> Vec<Offence> {
    let lines = source.text.lines().count();
    if lines <= MOST_LINES || LONG_FILES.contains(&source.path.as_str()) {
        return Vec::new();
    }
    vec![source.offence(0, format!("{lines} lines are more than {MOST_LINES}"))]
}

/// A function can be read in one look.
pub fn long_functions(source: &Source) -> Vec<Offence> {
    let mut offences = Vec::new();
    for at in source.words("fn") {
        let Some(body) = body(&source.code[at..]) else { continue };
        let lines = body.lines().filter(|line| !line.trim().is_empty()).count();
        if lines > MOST_LINES_OF_A_FUNCTION {
            let name = first_names(body["fn".len()..].trim_start()).concat();
            let what = format!("{lines} lines of {name} are more than {MOST_LINES_OF_A_FUNCTION}");
            offences.push(source.offence(at, what));
        }
    }
    offences
}

/// A function from its `fn` to its closing brace; None for what has no body, as a function's type.
fn body(code: &str) -> Option<&str> {
    code["fn".len()..].trim_start().starts_with(is_of_a_word).then_some(())?;
    let mut depth = 0;
    for (at, c) in code.char_indices() {
        match c {
            '(' | '[' => depth += 1,
            ')' | ']' => depth -= 1,
            '{' if depth == 0 => return code.get(..at + 2 + closing(&code[at + 1..], '{', '}')),
            ';' if depth == 0 => return None,
            _ => (),
        }
    }
    None
}

#[test]
fn long_functions_are_found_by_their_lines_of_code() {
    let function = |lines: usize, between: &str| {
        format!(
            "pub(super) fn f<T>(a: [u8; 3], b: fn(u8) -> u8)\nwhere\n    T: Copy,\n{{\n{}}}",
            between.repeat(lines)
        )
    };
    let longest = MOST_LINES_OF_A_FUNCTION - 5;
    assert_eq!(found("geo/a.rs", &function(longest, "    g();\n")), [""; 0]);
    assert_eq!(
        found("geo/a.rs", &function(longest + 1, "    g();\n")),
        ["2: 71 lines of f are more than 70"]
    );
    assert_eq!(found("geo/a.rs", &function(longest + 1, "    // g();\n\n")), [""; 0]);
    let method = format!("impl A {{\n{}\n}}", function(longest + 1, "    if a { g(\"}\") }\n"));
    assert_eq!(found("geo/a.rs", &method), ["3: 71 lines of f are more than 70"]);
    let test = format!("#[cfg(test)]\nmod tests {{\n{}\n}}", function(100, "    g();\n"));
    assert_eq!(found("geo/a.rs", &test), [""; 0]);
    let none = format!(
        "trait A {{\n    fn f(&self);\n}}\nstruct B {{\n    f: fn(u8) -> u8,\n    g: fn()\n}}\nmod b {{\n{}}}",
        "    const C: u8 = 1;\n".repeat(100)
    );
    assert_eq!(found("geo/a.rs", &none), [""; 0]);
}

#[test]
fn long_files_are_found() {
    assert_eq!(found("geo/a.rs", &"\n".repeat(MOST_LINES - 1)), [""; 0]);
    assert_eq!(found("geo/a.rs", &"\n".repeat(MOST_LINES)), ["1: 401 lines are more than 400"]);
    assert_eq!(found("geo/tests.rs", &"\n".repeat(MOST_LINES)).len(), 1);
}
