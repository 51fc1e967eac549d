//! Where a page ended, as an opaque word in the `next` link.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::error::{Error, Result};

/// The last feature of a page: by key, so that rows coming and going before it do not shift the next page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cursor {
    /// After the feature with this key (as text; it need not exist any more).
    Key(String),
    /// After this many features, for collections without a key: only of the rows read at this moment.
    Position {
        /// How many features came before.
        position: u64,
        /// When the rows were read, in microseconds since 1970.
        loaded_at: i64,
    },
}

impl Cursor {
    /// The word for a link.
    pub fn encode(&self) -> String {
        let text = match self {
            Cursor::Key(key) => format!("k{key}"),
            Cursor::Position { position, loaded_at } => format!("p{position}@{loaded_at}"),
        };
        URL_SAFE_NO_PAD.encode(text)
    }

    /// Reads the word back.
    pub fn decode(word: &str) -> Result<Cursor> {
        let text = URL_SAFE_NO_PAD.decode(word).ok().and_then(|bytes| String::from_utf8(bytes).ok());
        let cursor = text.as_deref().and_then(|text| match text.split_at_checked(1)? {
            ("k", key) => Some(Cursor::Key(key.into())),
            ("p", text) => {
                let (position, loaded_at) = text.split_once('@')?;
                Some(Cursor::Position {
                    position: position.parse().ok()?,
                    loaded_at: loaded_at.parse().ok()?,
                })
            }
            _ => None,
        });
        cursor.ok_or_else(|| {
            Error::invalid("cursor", "this is no cursor of ours")
                .hint("follow the link with rel=next instead")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursors_survive_the_link() {
        for cursor in [
            Cursor::Key("ä,b/%2C".into()),
            Cursor::Key(String::new()),
            Cursor::Position { position: 7, loaded_at: -1 },
        ] {
            assert_eq!(Cursor::decode(&cursor.encode()).unwrap(), cursor);
        }
        for word in ["", "x", "%%%", "eHg"] {
            assert!(Cursor::decode(word).is_err(), "{word}");
        }
    }
}
