//! Quotes names for SQL. This is the only place that does so.

use std::fmt;

/// A quoted identifier, or several that are joined by dots. It is made only of names that came from
/// the database itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ident(String);

impl Ident {
    /// Puts `name` in double quotes and doubles those within it.
    pub fn new(name: &str) -> Ident {
        // A PostgreSQL name cannot contain NUL, which would end the text of the statement.
        Ident(format!("\"{}\"", name.replace('\0', "").replace('"', "\"\"")))
    }

    /// Returns `schema.name` with both parts quoted.
    pub fn qualified(schema: &str, name: &str) -> Ident {
        Ident(format!("{}.{}", Ident::new(schema), Ident::new(name)))
    }
}

impl fmt::Display for Ident {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_are_doubled() {
        assert_eq!(Ident::new("a\"; drop table x; --").to_string(), "\"a\"\"; drop table x; --\"");
        assert_eq!(Ident::qualified("Grün", "a.b").to_string(), "\"Grün\".\"a.b\"");
    }

    proptest::proptest! {
        #[test]
        fn whatever_the_name_the_quotes_stay_paired(name in "\\PC*|[\"\\\\\u{202e}\0a;]*") {
            let quoted = Ident::new(&name).to_string();
            let inside = quoted.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap();
            proptest::prop_assert!(!inside.replace("\"\"", "").contains('"'));
            proptest::prop_assert_eq!(inside.replace("\"\"", "\""), name.replace('\0', ""));
        }
    }
}
