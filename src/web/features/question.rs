//! Reads the parameters of a request for features: which features, in which order, and which parts
//! of each.
//!
//! A parameter without a meaning of its own must be the name of a visible column, which is compared
//! for equality.

use std::num::IntErrorKind;
use std::ops::RangeInclusive;

use crate::catalog::ColumnType;
use crate::error::{self, Error, Result, Said, said};
use crate::geo::Crs;
use crate::limits::{Key, Limits};
use crate::query::cql2::{self, Expression, FilterLanguage, Schema};
use crate::query::datetime::Datetime;
use crate::query::{BboxFilter, Cursor, Filter, Literal, Query, Selection, SortKey, words};
use crate::snapshot::Opened;
use crate::web::features::output_systems::output_systems;
use crate::web::http::parameters::Parameters;

/// A request for features.
#[derive(Clone, Debug)]
pub struct Question {
    /// The features to return, and their order.
    pub query: Query,
    /// The parts of each feature to return.
    pub selection: Selection,
}

/// Reads all parameters; an unknown one is an error. `page` contains the default and the maximum
/// number of features on a page.
pub fn question(
    opened: &Opened,
    mut parameters: Parameters,
    page: RangeInclusive<usize>,
    limits: &Limits,
) -> Result<Question> {
    let schema = opened.schema();
    let limit = limit(parameters.take("limit"), page)?;
    let offset = offset(parameters.take("offset"))?;
    let from = parameters.take("cursor").map(|word| Cursor::decode(&word)).transpose()?;
    if from.is_some() && offset > 0 {
        return Err(Error::invalid("offset", "offset and cursor are two ways to the same page")
            .hint("give one of them"));
    }
    let sort =
        parameters.take("sortby").map(|text| sort(&text, &schema, limits)).transpose()?.unwrap_or_default();
    let from = from.map(|cursor| cursor.in_order(&sort, schema.visible)).transpose()?;
    let zoom_level = zoom_level(&mut parameters, limits)?;
    let selection = Selection { zoom_level, ..selection(&mut parameters, &schema)? };
    let (bbox, filter) = conditions(opened, parameters, limits)?;
    Ok(Question { query: Query { bbox, filter, sort, limit, offset, from }, selection })
}

/// Reads only the conditions: `bbox`, `filter`, `datetime`, `q`, and equality for all remaining
/// parameters.
pub fn conditions(
    opened: &Opened,
    mut parameters: Parameters,
    limits: &Limits,
) -> Result<(Option<BboxFilter>, Option<Filter>)> {
    let schema = opened.schema();
    let bbox_crs = system("bbox-crs", parameters.take("bbox-crs").as_deref(), &schema)?;
    let bbox = parameters.take("bbox").map(|text| BboxFilter::parse(&text, bbox_crs)).transpose()?;
    let mut parts = vec![];
    let filter = AskedFilter::take(&mut parameters, limits)?;
    parts.extend(filter.map(|filter| filter.on(&schema)).transpose()?);
    parts.extend(datetime(&mut parameters, &schema)?);
    parts.extend(parameters.take("q").map(|text| words::filter(&text, &schema, limits)).transpose()?);
    for (name, text) in parameters.take_rest() {
        let (column, kind) = schema.column(&name).ok_or_else(|| Error::unknown_parameter(&name))?;
        parts.push(Filter::equals(column, kind, Literal::parse(&name, &text, kind)?));
    }
    let filter = match parts.len() {
        0 | 1 => parts.pop(),
        _ => Some(Filter::And(parts)),
    };
    Ok((bbox, filter))
}

/// A parsed filter that has not yet been checked against a collection.
#[derive(Clone, Debug)]
pub struct AskedFilter {
    expression: Expression,
    /// The value of `filter-crs`.
    crs: Option<String>,
}

impl AskedFilter {
    /// Takes `filter`, `filter-lang` and `filter-crs` out of the parameters.
    pub fn take(parameters: &mut Parameters, limits: &Limits) -> Result<Option<AskedFilter>> {
        let language = match parameters.take("filter-lang") {
            Some(name) => FilterLanguage::parse(&name)?,
            None => FilterLanguage::default(),
        };
        let crs = parameters.take("filter-crs");
        let Some(text) = parameters.take("filter") else { return Ok(None) };
        let expression = cql2::parse(&text, language, limits)?;
        Ok(Some(AskedFilter { expression, crs }))
    }

    /// Checks the filter against the columns of a collection.
    pub fn on(&self, schema: &Schema<'_>) -> Result<Filter> {
        cql2::check(&self.expression, system("filter-crs", self.crs.as_deref(), schema)?, schema)
    }

    /// Returns a canonical text, which is equal for equal filters, however they were written.
    pub fn text(&self) -> String {
        let crs = self.crs.as_deref().unwrap_or_default();
        format!("{crs} {}", cql2::write_text::write(&self.expression))
    }
}

fn system(name: &str, asked: Option<&str>, schema: &Schema<'_>) -> Result<Crs> {
    match asked {
        None => Ok(Crs::Crs84),
        Some(uri) => Crs::parse(uri)
            .filter(|crs| output_systems(schema.collection).contains(crs))
            .ok_or_else(|| unknown_crs(name, uri)),
    }
}

/// Returns the error for a coordinate reference system that the collection does not offer.
pub fn unknown_crs(parameter: &str, uri: &str) -> Error {
    Error::invalid(parameter, said!("{:?} is none of this collection's systems", uri))
        .hint("the collection lists them under crs")
}

/// Reads `limit`. `page` contains its default and its maximum, to which a greater value is lowered.
pub fn limit(text: Option<String>, page: RangeInclusive<usize>) -> Result<usize> {
    let (default, maximum) = page.into_inner();
    let Some(text) = text else { return Ok(default.min(maximum)) };
    match text.parse::<usize>() {
        Ok(limit) if limit > 0 => Ok(limit.min(maximum)),
        // A whole number that is too great for the type is still a whole number.
        Err(fault) if *fault.kind() == IntErrorKind::PosOverflow => Ok(maximum),
        _ => Err(Error::invalid("limit", said!("limit must be a whole number from 1, not {:?}", text))),
    }
}

/// Reads `offset`, the number of features to skip; 0 without it.
pub fn offset(text: Option<String>) -> Result<usize> {
    let Some(text) = text else { return Ok(0) };
    match text.parse::<usize>() {
        Ok(offset) => Ok(offset),
        Err(fault) if *fault.kind() == IntErrorKind::PosOverflow => Ok(usize::MAX),
        _ => Err(Error::invalid("offset", said!("offset must be a whole number from 0, not {:?}", text))),
    }
}

/// Reads `sortby=+a,-b` (OGC API – Features – Part 8, draft). A plus in a query string decodes to a
/// space, and may be left out.
fn sort(text: &str, schema: &Schema<'_>, limits: &Limits) -> Result<Vec<SortKey>> {
    let fault = |what: Said| {
        let sortable: Vec<&str> = schema.names().filter(|name| sortable(name, schema).is_some()).collect();
        Error::invalid("sortby", what).hint(said!("sortable: {}", sortable.join(", ")))
    };
    let key = |item: &str| {
        let descending = item.starts_with('-');
        let name = item.strip_prefix(['-', '+', ' ']).unwrap_or(item);
        match sortable(name, schema) {
            Some(column) => Ok(SortKey { column, descending }),
            None => Err(fault(said!("{:?} is nothing to sort by", name))),
        }
    };
    let keys = text.split(',').map(key).collect::<Result<Vec<_>>>()?;
    if keys.len() > limits.sort_columns {
        let what = said!("more than {} columns to sort by", limits.sort_columns);
        return Err(fault(what).reached(limits.reached(Key::sort_columns)));
    }
    Ok(keys)
}

fn sortable(name: &str, schema: &Schema<'_>) -> Option<usize> {
    let (column, kind) = schema.column(name)?;
    (!matches!(kind, ColumnType::Json | ColumnType::Array)).then_some(column)
}

/// Reads `datetime`, which applies to the first visible column of dates or instants. Without such a
/// column features have no time, and all of them match, as the standard requires.
fn datetime(parameters: &mut Parameters, schema: &Schema<'_>) -> Result<Option<Filter>> {
    let Some(text) = parameters.take("datetime") else { return Ok(None) };
    let datetime = Datetime::parse(&text)?;
    Ok(schema.temporal().and_then(|(column, kind)| datetime.filter(column, kind)))
}

/// Reads `zoom-level`: the zoom level of WebMercatorQuad at which the features will be drawn (after
/// the proposal for OGC API – Features – Part 7, which leaves the name open).
pub fn zoom_level(parameters: &mut Parameters, limits: &Limits) -> Result<Option<u8>> {
    let Some(text) = parameters.take("zoom-level") else { return Ok(None) };
    match text.parse::<u8>() {
        Ok(zoom) if zoom <= limits.tile_zoom => Ok(Some(zoom)),
        read => {
            let what =
                said!("zoom-level must be a whole number from 0 to {}, not {:?}", limits.tile_zoom, text);
            let error = Error::invalid("zoom-level", what);
            Err(if read.is_ok() { error.reached(limits.reached(Key::tile_zoom)) } else { error })
        }
    }
}

/// Reads `properties`, `exclude-properties` (or `exclude`) and `skip-geometry` (Part 6, proposal).
/// The geometry is included unless it is excluded or skipped.
fn selection(parameters: &mut Parameters, schema: &Schema<'_>) -> Result<Selection> {
    let mut skip_geometry = match parameters.take("skip-geometry").as_deref() {
        None | Some("false") => false,
        Some("true") => true,
        Some(other) => {
            return Err(Error::invalid(
                "skip-geometry",
                said!("skip-geometry is true or false, not {:?}", other),
            ));
        }
    };
    let mut names = |parameter: &str, text: &str, is_exclusion: bool| {
        let mut columns = vec![];
        for name in text.split(',').map(str::trim).filter(|name| !name.is_empty()) {
            match schema.column(name) {
                Some((column, _)) => columns.push(column),
                None if schema.is_geometry(name) => skip_geometry |= is_exclusion,
                None => {
                    let known: Vec<&str> = schema.names().collect();
                    return Err(Error::invalid(parameter, said!("{:?} is no property here", name))
                        .hint(error::known(name, &known)));
                }
            }
        }
        columns.sort_unstable();
        columns.dedup();
        Ok(columns)
    };
    let included = parameters.take("properties");
    let excluded = ["exclude-properties", "exclude"].map(|name| (name, parameters.take(name)));
    let excluded: Vec<_> = excluded.into_iter().filter_map(|(name, text)| Some((name, text?))).collect();
    let columns = match (included, excluded.as_slice()) {
        (None, []) => None,
        (Some(text), []) => Some(names("properties", &text, false)?),
        (None, [(name, text)]) => {
            let excluded = names(name, text, true)?;
            Some(schema.visible.iter().copied().filter(|column| !excluded.contains(column)).collect())
        }
        (_, [(name, _), ..]) => {
            return Err(Error::invalid(*name, "properties are either chosen or excluded")
                .hint("give one of properties and exclude-properties"));
        }
    };
    Ok(Selection { columns, skip_geometry, zoom_level: None })
}
