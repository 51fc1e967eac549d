//! Counts and shares in the form in which they may be published.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Serialize, Serializer};

/// A value that may be published.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Published {
    /// This number, rounded as in [`figures`](super::figures).
    Value(f64),
    /// A value that is not given: `*`.
    Suppressed,
    /// A value that does not exist, such as a share of nobody.
    Nothing,
}

impl Published {
    /// Returns the number, if it is given.
    pub fn value(self) -> Option<f64> {
        match self {
            Published::Value(value) => Some(value),
            Published::Suppressed | Published::Nothing => None,
        }
    }
}

impl JsonSchema for Published {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Published".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        // In OpenAPI 3.0, `nullable` needs a type beside it.
        let number = json_schema!({ "type": "number", "nullable": true });
        json_schema!({ "oneOf": [number, { "type": "string", "enum": ["*"] }] })
    }
}

impl Serialize for Published {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Published::Value(value) if value.fract() == 0.0 => serializer.serialize_i64(*value as i64),
            Published::Value(value) => serializer.serialize_f64(*value),
            Published::Suppressed => serializer.serialize_str("*"),
            Published::Nothing => serializer.serialize_none(),
        }
    }
}

/// The same as it may be seen.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, JsonSchema)]
pub struct PublishedSplit {
    /// The number of all persons.
    pub persons: Published,
    /// The number within reach.
    pub covered: Published,
    /// Not within reach.
    pub uncovered: Published,
    /// Covered of all, from the published values.
    pub share: Published,
    /// Not covered of all, from the published values.
    #[serde(rename = "uncoveredShare")]
    pub uncovered_share: Published,
    /// By the air line.
    pub airline: PublishedAirline,
    /// How far the counts may be off; None where they are exact or not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub margin: Option<PublishedMargin>,
}

/// Within how many persons of the exact counts nineteen of twenty protected ones lie.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, JsonSchema)]
pub struct PublishedMargin {
    /// The margin of all persons.
    pub persons: f64,
    /// Of those within reach.
    pub covered: f64,
    /// Of those not within reach.
    pub uncovered: f64,
}

/// Figures by the air line, as they may be seen.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, JsonSchema)]
pub struct PublishedAirline {
    /// The number within reach.
    pub covered: Published,
    /// Not within reach.
    pub uncovered: Published,
    /// Covered of all, from the published values.
    pub share: Published,
}
