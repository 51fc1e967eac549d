//! Cursors: the position where a page began or ended, as the opaque word in `next` and `prev`
//! links.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::literal::Literal;
use super::sort_key::SortKey;
use crate::error::{Error, Result, said};

/// On which side of a position the page lies. The features of a page are in the order of the query
/// on either side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// The features after the position.
    Forward,
    /// The features before the position.
    Backward,
}

/// A position in the order of an answer, and on which side of it the page lies.
#[derive(Clone, Debug, PartialEq)]
pub struct Cursor {
    /// On which side the page lies.
    pub direction: Direction,
    /// The position itself.
    pub place: CursorPlace,
    /// The order that the position refers to. Columns are numbered among those that the caller sees
    /// ([`SortKey::among`]).
    pub order: Vec<SortKey>,
}

/// A position in the order of an answer.
#[derive(Clone, Debug, PartialEq)]
pub enum CursorPlace {
    /// The position of a feature, by its sort values and then its key. So rows that are added or
    /// deleted elsewhere do not shift the next page, and the feature itself may have been deleted.
    Feature {
        /// The feature's values of the query's `sort` columns, in this order; None for NULL.
        values: Vec<Option<Literal>>,
        /// The feature's key as text.
        key: String,
    },
    /// The number of features before the position, for collections without a key or with a hidden
    /// one. It is valid only for the rows as they were read at one moment.
    Position {
        /// How many features are before it.
        position: u64,
        /// When the rows were read, in microseconds since 1970 in UTC.
        loaded_at: i64,
    },
}

impl Cursor {
    /// Returns the word for a link: unreadable, but not secret.
    pub fn encode(&self) -> String {
        let direction = match self.direction {
            Direction::Forward => "f",
            Direction::Backward => "b",
        };
        // A column is written as its number from 1, negative if its order is descending.
        let number = |key: &SortKey| {
            let number = i64::try_from(key.column).unwrap_or(i64::MAX - 1) + 1;
            if key.descending { -number } else { number }
        };
        let order: Vec<i64> = self.order.iter().map(number).collect();
        let place = match &self.place {
            CursorPlace::Feature { values, key } => {
                let values: Vec<Value> =
                    values.iter().map(|value| json!(value.as_ref().map(tagged))).collect();
                json!([direction, key, values, order])
            }
            CursorPlace::Position { position, loaded_at } => json!([direction, position, loaded_at, order]),
        };
        URL_SAFE_NO_PAD.encode(place.to_string())
    }

    /// Reads the word of a link.
    ///
    /// # Errors
    ///
    /// Fails with the parameter `cursor` if it is no word of [`encode`](Cursor::encode).
    pub fn decode(word: &str) -> Result<Cursor> {
        let bytes = URL_SAFE_NO_PAD.decode(word).ok();
        let value = bytes.and_then(|bytes| serde_json::from_slice::<Value>(&bytes).ok());
        value.and_then(|value| read(&value)).ok_or_else(|| {
            Error::invalid("cursor", "this is no cursor of ours")
                .hint("follow the link with rel=next instead")
        })
    }

    /// Returns the cursor if it was made for this order by a caller who sees these columns, since
    /// in another order it is another position.
    ///
    /// # Errors
    ///
    /// Fails with the parameter `cursor` if the order is another one.
    pub fn in_order(self, sort: &[SortKey], visible: &[usize]) -> Result<Cursor> {
        let is_same = self.order.iter().copied().eq(sort.iter().map(|key| key.among(visible)));
        if is_same { Ok(self) } else { Err(foreign()) }
    }
}

impl CursorPlace {
    /// Checks that the position is one of a collection whose key the caller sees or not
    /// (`sees_key`), with rows read at `loaded_at` (microseconds since 1970 in UTC). Resident and
    /// direct collections both check here: if the key is hidden, a position by a key that a caller
    /// made up would tell which keys are before it.
    ///
    /// # Errors
    ///
    /// Fails with the parameter `cursor` if the position is none of this collection, or if the rows
    /// were read again.
    pub fn check(&self, sees_key: bool, loaded_at: i64) -> Result<()> {
        match self {
            CursorPlace::Feature { .. } if sees_key => Ok(()),
            CursorPlace::Position { loaded_at: own, .. } if !sees_key && *own == loaded_at => Ok(()),
            CursorPlace::Position { .. } if !sees_key => {
                let what = said!("the data was read again, and features without keys cannot be found again");
                Err(Error::invalid("cursor", what).hint("begin with the first page"))
            }
            _ => Err(foreign()),
        }
    }
}

/// Returns the error that a cursor was not made by this collection in this order.
pub fn foreign() -> Error {
    Error::invalid("cursor", "this cursor is of another collection or another order")
        .hint("follow the link with rel=next instead")
}

fn read(value: &Value) -> Option<Cursor> {
    let [direction, first, second, order] = value.as_array()?.as_slice() else { return None };
    let direction = match direction.as_str()? {
        "f" => Direction::Forward,
        "b" => Direction::Backward,
        _ => return None,
    };
    let place = match (first, second) {
        (Value::String(key), Value::Array(values)) => {
            let value = |value: &Value| match value {
                Value::Null => Some(None),
                value => untagged(value.as_str()?).map(Some),
            };
            CursorPlace::Feature {
                key: key.clone(),
                values: values.iter().map(value).collect::<Option<_>>()?,
            }
        }
        (position, loaded_at) => {
            CursorPlace::Position { position: position.as_u64()?, loaded_at: loaded_at.as_i64()? }
        }
    };
    let key = |number: &Value| {
        let number = number.as_i64().filter(|number| *number != 0)?;
        let column = usize::try_from(number.unsigned_abs()).ok()? - 1;
        Some(SortKey { column, descending: number < 0 })
    };
    let order = order.as_array()?.iter().map(key).collect::<Option<_>>()?;
    Some(Cursor { direction, place, order })
}

/// Returns a literal as a letter for its type, followed by its text. Floats are written as their
/// bits, so that they do not change.
fn tagged(literal: &Literal) -> String {
    match literal {
        Literal::Boolean(value) => format!("b{value}"),
        Literal::Integer(value) => format!("i{value}"),
        Literal::Number(value) => format!("n{}", value.to_bits()),
        Literal::Decimal(digits) => format!("d{digits}"),
        Literal::Text(text) => format!("t{text}"),
        Literal::Date(days) => format!("D{days}"),
        Literal::Timestamp(micros) => format!("T{micros}"),
        Literal::Time(micros) => format!("M{micros}"),
        Literal::Uuid(id) => format!("u{id}"),
    }
}

fn untagged(text: &str) -> Option<Literal> {
    let (tag, text) = text.split_at_checked(1)?;
    Some(match tag {
        "b" => Literal::Boolean(text.parse().ok()?),
        "i" => Literal::Integer(text.parse().ok()?),
        "n" => Literal::Number(f64::from_bits(text.parse().ok()?)),
        "d" => Literal::Decimal(text.into()),
        "t" => Literal::Text(text.into()),
        "D" => Literal::Date(text.parse().ok()?),
        "T" => Literal::Timestamp(text.parse().ok()?),
        "M" => Literal::Time(text.parse().ok()?),
        "u" => Literal::Uuid(text.parse().ok()?),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursors_survive_the_link() {
        let values = vec![
            None,
            Some(Literal::Boolean(true)),
            Some(Literal::Integer(i64::MIN)),
            Some(Literal::Number(0.1)),
            Some(Literal::Number(f64::NEG_INFINITY)),
            Some(Literal::Decimal("12345678901234567890.5".into())),
            Some(Literal::Text("ä'\"\n".into())),
            Some(Literal::Text(String::new())),
            Some(Literal::Date(-1)),
            Some(Literal::Timestamp(i64::MAX)),
            Some(Literal::Time(1)),
            Some(Literal::Uuid(u128::MAX)),
        ];
        let places = [
            CursorPlace::Feature { values: vec![], key: "ä,b/%2C".into() },
            CursorPlace::Feature { values, key: String::new() },
            CursorPlace::Position { position: 7, loaded_at: -1 },
        ];
        let ascending = SortKey { column: 0, descending: false };
        let descending = SortKey { column: 3, descending: true };
        for place in places {
            for direction in [Direction::Forward, Direction::Backward] {
                for order in [vec![], vec![ascending, descending]] {
                    let cursor = Cursor { direction, place: place.clone(), order };
                    assert_eq!(Cursor::decode(&cursor.encode()).unwrap(), cursor);
                }
            }
        }
        for word in ["", "x", "%%%", "eHg", "W10", "WyJmIiwxXQ", "WyJmIiwxLDEsWzBdXQ"] {
            assert!(Cursor::decode(word).is_err(), "{word}");
        }
    }

    #[test]
    fn a_cursor_does_not_tell_how_many_columns_are_hidden() {
        let place = CursorPlace::Feature { values: vec![None], key: "1".into() };
        let sort = [SortKey { column: 4, descending: true }];
        let cursor = |visible: &[usize]| Cursor {
            direction: Direction::Forward,
            place: place.clone(),
            order: sort.iter().map(|key| key.among(visible)).collect(),
        };
        let (some, all) = (cursor(&[0, 4, 6]), cursor(&[0, 1, 2, 3, 4, 5, 6]));
        assert_eq!(some.order, [SortKey { column: 1, descending: true }]);
        assert_ne!(some.encode(), all.encode());
        assert!(
            some.clone().in_order(&sort, &[0, 4, 6]).is_ok() && some.in_order(&sort, &[0, 1, 4]).is_err()
        );
    }

    #[test]
    fn any_cursor_is_an_answer() {
        bolero::check!().with_test_time(crate::fuzz_time()).for_each(|bytes: &[u8]| {
            let _ = Cursor::decode(&URL_SAFE_NO_PAD.encode(bytes));
            let _ = Cursor::decode(&String::from_utf8_lossy(bytes));
        });
    }
}
