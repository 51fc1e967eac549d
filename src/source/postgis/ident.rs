//! Names as SQL: quoted once, here and nowhere else.

use std::fmt;

/// A quoted identifier, or several joined by dots. Made only of names that the database itself told
/// us.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ident(String);

impl Ident {
    /// `name` in double quotes, those within doubled.
    pub fn new(name: &str) -> Ident {
        // A NUL cannot be in a PostgreSQL name and would end the statement's text.
        Ident(format!("\"{}\"", name.replace('\0', "").replace('"', "\"\"")))
    }

    /// `schema.name`, both quoted.
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
