//! The search for records (OGC API – Records, 7.3 "Record Core Query Parameters").

use serde_json::Value;

use crate::error::Result;
use crate::geo::{Bbox, Crs};
use crate::limits::Limits;
use crate::query::datetime::Datetime;
use crate::query::{BboxFilter, words};
use crate::web::features::question::{limit, offset};
use crate::web::http::parameters::Parameters;

/// The number of records on a page if the request has no `limit`.
const PAGE: usize = 10;

/// The conditions of a search, and the page it asks for.
pub struct Search {
    bbox: Option<BboxFilter>,
    datetime: Option<Datetime>,
    /// Search terms, folded for comparison. One of them must occur in a record.
    terms: Option<Vec<String>>,
    types: Option<Vec<String>>,
    ids: Option<Vec<String>>,
    external_ids: Option<Vec<String>>,
    /// The maximum number of records on the page.
    pub limit: usize,
    /// The number of records before the page.
    pub offset: usize,
}

impl Search {
    /// Takes the search parameters out of the request's parameters.
    pub fn take(parameters: &mut Parameters, limits: &Limits) -> Result<Search> {
        let bbox = parameters.take("bbox").map(|text| BboxFilter::parse(&text, Crs::Crs84)).transpose()?;
        let datetime = parameters.take("datetime").map(|text| Datetime::parse(&text)).transpose()?;
        let terms = parameters.take("q").map(|text| words::terms(&text, limits)).transpose()?;
        let mut list = |name: &str| {
            parameters.take(name).map(|text| {
                text.split(',').filter(|item| !item.is_empty()).map(str::to_owned).collect::<Vec<String>>()
            })
        };
        let (types, ids, external_ids) = (list("type"), list("ids"), list("externalIds"));
        Ok(Search {
            bbox,
            datetime,
            terms,
            types,
            ids,
            external_ids,
            limit: limit(parameters.take("limit"), PAGE..=limits.page_maximum)?,
            offset: offset(parameters.take("offset"))?,
        })
    }

    /// Whether a record meets all conditions.
    pub fn finds(&self, record: &Value) -> bool {
        let properties = &record["properties"];
        let is = |value: &Value, one_of: &Option<Vec<String>>| {
            one_of.as_ref().is_none_or(|list| list.iter().any(|item| value == item.as_str()))
        };
        is(&record["id"], &self.ids)
            && is(&properties["type"], &self.types)
            && self.external_ids.as_ref().is_none_or(|list| {
                let known = properties["externalIds"].as_array().into_iter().flatten();
                known.into_iter().any(|id| list.iter().any(|wanted| id["value"] == wanted.as_str()))
            })
            && self.terms.as_ref().is_none_or(|terms| {
                let texts: Vec<String> = texts(properties).map(words::folded).collect();
                terms.iter().any(|term| texts.iter().any(|text| text.contains(term.as_str())))
            })
            && self.bbox.as_ref().is_none_or(|bbox| lies_in(record, bbox))
            && self.datetime.is_none_or(|datetime| is_at(record, datetime))
    }

    /// Returns the link relations to the next and the previous page, each with its offset.
    pub fn turned(&self, matched: usize) -> impl Iterator<Item = (&'static str, usize)> + use<> {
        let next = self.offset.saturating_add(self.limit);
        let previous = self.offset.saturating_sub(self.limit);
        let next = (next < matched).then_some(("next", next));
        let previous = (self.offset > 0).then_some(("prev", previous));
        next.into_iter().chain(previous)
    }
}

/// Returns the texts of a record in which search terms are looked for.
fn texts(properties: &Value) -> impl Iterator<Item = &str> {
    let own = ["title", "description", "rights"].into_iter().filter_map(|name| properties[name].as_str());
    own.chain(properties["keywords"].as_array().into_iter().flatten().filter_map(Value::as_str))
}

/// Whether the box of a record intersects `bbox`. A record without a place matches every box, as
/// the standard requires.
fn lies_in(record: &Value, bbox: &BboxFilter) -> bool {
    let corner = |index: usize| {
        let axis = |axis: usize| record.pointer(&format!("/geometry/coordinates/0/{index}/{axis}"))?.as_f64();
        Some([axis(0)?, axis(1)?])
    };
    let (Some(min), Some(max)) = (corner(0), corner(2)) else { return true };
    bbox.boxes.iter().any(|part| part.intersects(&Bbox::new(min, max)))
}

/// Whether the period of a record intersects an interval. A record without a period matches every
/// interval, as the standard requires.
fn is_at(record: &Value, datetime: Datetime) -> bool {
    let end = |index: usize| {
        let text = record.pointer(&format!("/time/interval/{index}"))?.as_str()?;
        Datetime::parse(text).ok().filter(|_| text != "..")
    };
    let (first, last) = (end(0).and_then(|day| day.start), end(1).and_then(|day| day.end));
    let begins_in_time = first.zip(datetime.end).is_none_or(|(first, end)| first <= end);
    let ends_in_time = last.zip(datetime.start).is_none_or(|(last, start)| last >= start);
    begins_in_time && ends_in_time
}
