//! `/collections/{id}/aggregate`: counts, sums, means, minima, maxima and medians, grouped by
//! columns and by the areas of another collection. No OGC standard covers it.
//!
//! `group-by` and `group-by-area` define the groups, `aggregate` the values of each group. All
//! other parameters select features, as for items. Collections that planning protects cannot be
//! aggregated either: callers can read neither their rows nor values made from them.

use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::encode::csv::CsvOptions;
use crate::encode::groups::Groups;
use crate::encode::{ItemFormat, table};
use crate::error::{Error, Kind, Result, known, said};
use crate::layer::aggregate::{self, Group};
use crate::layer::{evaluate, membership};
use crate::limits::Key;
use crate::query::Query;
use crate::query::aggregate::Aggregation;
use crate::snapshot::Opened;
use crate::web::features::{item_format, question};
use crate::web::http::freshness::Freshness;
use crate::web::http::links::{self, Base, Link};
use crate::web::http::negotiate;
use crate::web::http::parameters::Parameters;
use crate::web::http::path::Path;
use crate::web::http::planning::XLSX;
use crate::web::request::Request;

/// A format of the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Json,
    Csv,
    Xlsx,
    Html,
}

impl Format {
    const ALL: [(&str, Format, &str); 4] = [
        ("json", Format::Json, links::JSON),
        ("csv", Format::Csv, "text/csv"),
        ("xlsx", Format::Xlsx, XLSX),
        ("html", Format::Html, links::HTML),
    ];

    fn take(parameters: &mut Parameters, headers: &HeaderMap) -> Result<Format> {
        if let Some(name) = parameters.take("f") {
            let found = Format::ALL.into_iter().find(|(known, ..)| *known == name);
            return found.map(|(_, format, _)| format).ok_or_else(|| {
                Error::invalid("f", said!("there is no format {:?} here", name))
                    .hint(known(&name, &["json", "csv", "xlsx", "html"]))
            });
        }
        let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or("*/*");
        let found = negotiate::preferences(accept).into_iter().find_map(|range| match &*range {
            "*/*" | "application/*" => Some(Format::Json),
            range => Format::ALL.into_iter().find(|(.., known)| *known == range).map(|(_, format, _)| format),
        });
        found.ok_or_else(|| {
            Error::new(Kind::NotAcceptable, "none of the formats in Accept can be given")
                .hint(said!("known: {}", "application/json, text/csv, text/html, XLSX"))
        })
    }
}

/// The areas that features are grouped by, and the columns of the areas that the answer shows.
struct Areas {
    opened: Opened,
    columns: Vec<usize>,
}

/// Answers with the groups.
pub async fn get(request: Request, Path(id): Path<String>) -> Result<Response> {
    let mut parameters = request.parameters()?;
    let format = Format::take(&mut parameters, request.headers())?;
    let csv = match format {
        Format::Csv => item_format::choice(ItemFormat::Csv, &mut parameters, request.limits())?.options.csv,
        _ => CsvOptions::default(),
    };
    let opened = request.open_resident(&id)?;
    let areas = parameters.take("group-by-area").map(|area| request.open_resident(&area)).transpose();
    let areas = areas.map_err(|why| Error { parameter: Some("group-by-area".into()), ..why })?;
    let areas = area_columns(&request, areas, &mut parameters)?;
    let asked = asked(&request, &opened, &mut parameters)?;
    for name in ["limit", "offset", "cursor"] {
        if parameters.take(name).is_some() {
            return Err(Error::invalid(name, said!("an aggregation has no {}: it is of all features", name)));
        }
    }
    let (most, place) = (request.limits().aggregate_groups, request.place()?);
    let work = move || {
        let (bbox, filter) = question::conditions(&opened, parameters, request.limits())?;
        let query = Query { bbox, filter, limit: usize::MAX, ..Query::default() };
        let (matched, groups) = groups(&opened, &query, &asked, areas.as_ref(), most)?;
        write(&request, (format, &csv), (&opened, areas.as_ref(), &asked), (matched, &groups))
    };
    place.work(work).await?
}

/// Reads `area-columns`, which names visible columns of the areas.
fn area_columns(
    request: &Request,
    areas: Option<Opened>,
    parameters: &mut Parameters,
) -> Result<Option<Areas>> {
    let names = parameters.take("area-columns");
    let Some(opened) = areas else {
        return match names {
            Some(_) => Err(Error::invalid("area-columns", "area-columns needs group-by-area")),
            None => Ok(None),
        };
    };
    let columns = Aggregation::columns(
        "area-columns",
        names.as_deref(),
        |name| visible(&opened, name),
        request.limits().aggregate_columns,
    )?;
    Ok(Some(Areas { opened, columns }))
}

fn visible(opened: &Opened, name: &str) -> Option<usize> {
    opened.collection.column(name).filter(|column| opened.view().visible(*column).is_some())
}

fn asked(request: &Request, opened: &Opened, parameters: &mut Parameters) -> Result<Aggregation> {
    let (group_by, aggregate) = (parameters.take("group-by"), parameters.take("aggregate"));
    Aggregation::parse(
        group_by.as_deref(),
        aggregate.as_deref(),
        &opened.collection.columns,
        |name| visible(opened, name),
        request.limits().aggregate_columns,
    )
}

/// Returns the number of features that match the query, and their groups.
fn groups(
    opened: &Opened,
    query: &Query,
    asked: &Aggregation,
    areas: Option<&Areas>,
    most: usize,
) -> Result<(u64, Vec<Group>)> {
    let view = opened.view();
    let rows = evaluate::evaluate(&view, query)?.rows;
    let areas = areas.map(|areas| membership::membership(&view, &rows, &areas.opened.view())).transpose()?;
    let groups =
        aggregate::aggregate(&view, &rows, asked, areas.as_ref(), most).map_err(|why| match why.kind {
            Kind::TooLarge => why.reached(Key::aggregate_groups.reached(most as u64)),
            _ => why,
        })?;
    Ok((rows.len() as u64, groups))
}

fn write(
    request: &Request,
    (format, csv): (Format, &CsvOptions),
    (opened, areas, asked): (&Opened, Option<&Areas>, &Aggregation),
    (matched, groups): (u64, &[Group]),
) -> Result<Response> {
    let of_areas = areas.map(|areas| &areas.opened);
    let areas = areas.map(|areas| (areas.opened.view(), areas.columns.as_slice()));
    let out = Groups { view: opened.view(), asked, areas, groups };
    let (address, base) = (request.address(), request.base());
    let loaded_at = out.view.loaded_at().to_string();
    let links: Vec<Link> = Format::ALL
        .into_iter()
        .map(|(name, known, media_type)| {
            let rel = if known == format { "self" } else { "alternate" };
            Link::new(base.with(address, "f", Some(name)), rel, media_type).titled(name.to_uppercase())
        })
        .chain([Link::new(base.collection(&opened.collection.id), "collection", links::JSON)])
        .collect();
    let (media_type, body) = match format {
        Format::Json => {
            let head = json!({
                "collection": opened.collection.id,
                "numberMatched": matched,
                "numberOfGroups": groups.len(),
                "loadedAt": loaded_at,
                "links": links,
            });
            let head = head.to_string();
            let head = head.strip_suffix('}').unwrap_or_default();
            (links::JSON, [head.as_bytes(), br#","groups":"#, &out.json(), b"}"].concat())
        }
        Format::Csv => ("text/csv; charset=utf-8", out.csv(csv)),
        Format::Xlsx => {
            let evidence = [
                ("collection", opened.collection.id.clone()),
                ("query", request.uri().query().unwrap_or_default().to_owned()),
                ("numberMatched", matched.to_string()),
                ("loadedAt", loaded_at),
                ("attribution", opened.collection.attribution.clone().unwrap_or_default()),
                ("licence", opened.collection.licence.clone().unwrap_or_default()),
            ];
            let evidence =
                evidence.into_iter().map(|(name, value)| (name.into(), table::Cell::Text(value))).collect();
            (XLSX, table::xlsx(&out.table(evidence), "Nachweis")?)
        }
        Format::Html => return page(request, &base, &out, (matched, &links)),
    };
    let mut response = body.into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    let opened: Vec<Opened> = [opened].into_iter().chain(of_areas).cloned().collect();
    Freshness::of(&opened, None).add_to(response.headers_mut());
    Ok(response)
}

fn page(
    request: &Request,
    base: &Base,
    out: &Groups<'_>,
    (matched, links): (u64, &[Link]),
) -> Result<Response> {
    let table = out.table(vec![]);
    let text = |cell: table::Cell| match cell {
        table::Cell::Empty => String::new(),
        table::Cell::Text(text) => text,
        table::Cell::Number(number) => number.to_string(),
        table::Cell::Date(day) => day.to_string(),
    };
    let rows: Vec<Vec<String>> =
        table.rows.into_iter().map(|row| row.into_iter().map(text).collect()).collect();
    let document = json!({
        "title": table.title,
        "collection": base.collection(&out.view.collection.id),
        "attribution": out.view.collection.attribution,
        "matched": matched,
        "columns": table.columns,
        "rows": rows,
        "formats": links.iter().filter(|link| link.rel == "alternate").collect::<Vec<_>>(),
    });
    request.page("aggregate.html", document)
}
