//! The part of the evidence about facilities: which were counted, and which were left out.

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::Serialize;

use super::{Source, said};
use crate::catalog::Words;
use crate::plan::facilities::{self, OffNetwork};
use crate::plan::figures::tenths;
use crate::plan::place::Place;

/// The facilities of a question.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "FacilitiesCounted")]
pub struct Facilities {
    /// Where they are from.
    #[serde(flatten)]
    pub from: From,
    /// Those that count.
    pub count: usize,
    /// Those that answer the conditions.
    pub found: usize,
    /// Those without a place.
    pub without_place: usize,
    /// Those smaller than a rule asks.
    pub below_minimum_area: usize,
    /// Where areas are entered, if there are any.
    pub areas_entered: Option<Words>,
    /// Those too far from the network, by id.
    pub not_on_network: Vec<String>,
    /// Those far from the network.
    pub far_from_network: Vec<Far>,
    /// The day on which they are in service.
    pub in_service_on: Option<Date>,
    /// Those that are not in service on that day.
    pub not_in_service: usize,
    /// Those that the question takes away.
    pub removed: usize,
    /// Those that the question adds.
    pub added: usize,
}

/// One collection, or several.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum From {
    /// One.
    One(Source),
    /// Several.
    Several {
        /// The collections.
        collections: Vec<Source>,
    },
}

/// A facility far from the network.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Far {
    /// The id of the type.
    pub id: Option<String>,
    /// The way to the network.
    pub metres: f64,
}

/// Returns the evidence about the facilities of a question.
pub fn facilities(facilities: &facilities::Facilities, off_network: &OffNetwork) -> Facilities {
    let id = |index: &u32| Some(facilities.list.get(*index as usize)?.id.clone());
    let far = |(index, metres): &(u32, f64)| Far { id: id(index), metres: tenths(*metres) };
    let is_outline = |place: &Place| matches!(place, Place::Outline { .. });
    let has_outlines = facilities.list.iter().any(|facility| is_outline(&facility.place));
    Facilities {
        from: match facilities.collections.as_slice() {
            [loaded] => From::One(Source::of(loaded)),
            several => From::Several { collections: several.iter().map(Source::of).collect() },
        },
        count: facilities.list.len() - off_network.none.len(),
        found: facilities.list.len(),
        without_place: facilities.without_place,
        below_minimum_area: facilities.too_small,
        areas_entered: has_outlines.then(|| said("areas_entered")),
        not_on_network: off_network.none.iter().filter_map(id).collect(),
        far_from_network: off_network.far.iter().map(far).collect(),
        in_service_on: facilities.on,
        not_in_service: facilities.not_in_service,
        removed: facilities.removed,
        added: facilities.list.iter().filter(|facility| facility.row.is_none()).count(),
    }
}
