//! Features as an HTML page: a table, a small map of the features in it, filters, and links to
//! every format.

use axum::response::Response;
use serde_json::{Value, json};

use crate::catalog::Language;
use crate::error::Result;
use crate::layer::{View, value_text};
use crate::snapshot::Opened;
use crate::web::http::links::{self, Base, Link};
use crate::web::http::pages;
use crate::web::http::path;
use crate::web::request::Request;

/// The content of a page of features, or of the page of one feature.
pub struct PageOf<'a> {
    /// The row numbers of the features.
    pub rows: &'a [u32],
    /// The number of features on all pages; None if it was not counted.
    pub matched: Option<u64>,
    /// All links of the same answer as data.
    pub links: &'a [Link],
    /// The values of `q` and `filter`, by name, which the forms of the page show again; null on the
    /// page of one feature.
    pub asked: Value,
}

/// Renders the page.
pub fn render(request: &Request, opened: &Opened, page: &PageOf<'_>) -> Result<Response> {
    let (view, base, language) = (opened.view(), request.base(), request.language());
    let href = |rel: &str| page.links.iter().find(|link| link.rel == rel).map(|link| &link.href);
    let is_format = |link: &&Link| matches!(link.rel, "self" | "alternate") && link.media_type != links::HTML;
    let formats: Vec<&Link> = page.links.iter().filter(is_format).collect();
    let data = page.links.iter().find(|link| link.media_type == links::GEOJSON && link.rel != "next");
    let in_english = language == Language::English;
    let (title, _) = opened.collection.words(in_english);
    let document = json!({
        "id": opened.collection.id,
        "title": title,
        "attribution": opened.collection.attribution,
        "collection": base.collection(&opened.collection.id),
        "items": format!("{}/items", base.collection(&opened.collection.id)),
        "asked": page.asked,
        "json": data.map(|link| &link.href),
        "has_map": opened.collection.geometry.is_some() && !page.rows.is_empty(),
        "formats": formats.iter().map(|link| json!({
            "href": link.href,
            "title": link.title.as_deref().unwrap_or(name(link.media_type)),
        })).collect::<Vec<_>>(),
        "previous": href("prev"),
        "next": href("next"),
        "matched": page.matched,
        "returned": page.rows.len(),
        "columns": columns(opened, in_english),
        "rows": page.rows.iter().map(|row| self::row(&view, opened, (&base, language), *row)).collect::<Vec<_>>(),
    });
    let mut response = request.page("items.html", document)?;
    pages::allow(&mut response, request.snapshot().base_map().basemap.as_ref());
    Ok(response)
}

/// Returns the common name of a media type.
fn name(media_type: &str) -> &str {
    match media_type {
        links::GEOJSON => "GeoJSON",
        other => other,
    }
}

fn columns(opened: &Opened, in_english: bool) -> Vec<Value> {
    let view = opened.view();
    let schemas =
        view.columns().filter_map(|(name, _)| opened.collection.columns.get(opened.collection.column(name)?));
    schemas
        .map(|column| {
            let (title, _) = column.words(in_english);
            json!({ "name": column.name, "title": title, "unit": column.unit, "type": column.kind.name() })
        })
        .collect()
}

fn row(view: &View<'_>, opened: &Opened, (base, language): (&Base, Language), row: u32) -> Value {
    let cells: Vec<String> = view
        .columns()
        .map(|(_, column)| value_text::spoken_text(column.get(row as usize), language))
        .collect();
    let id = view.key(row).map(|key| key.text());
    let here = base.collection(&opened.collection.id);
    let href = id.as_ref().map(|id| format!("{here}/items/{}?f=html", path::encode(id)));
    json!({ "id": id, "href": href, "cells": cells })
}
