//! `/search?q=`: finds addresses, facilities and areas by typed text; answers with GeoJSON, the
//! best hit first.

use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::encode::json_text;
use crate::error::{Error, Result, known, said};
use crate::limits::Key;
use crate::plan::PlanningData;
use crate::plan::outline::degrees;
use crate::plan::search::Hit;
use crate::plan::words::SHARED;
use crate::web::request::Request;

/// The maximum number of hits if the request has no `limit`.
const DEFAULT: usize = 10;

/// Answers with the hits.
pub async fn get(request: Request) -> Result<Response> {
    let mut parameters = request.parameters()?;
    let typed = parameters.take("q").ok_or_else(|| Error::invalid("q", "q is what to look for"))?;
    if typed.trim().is_empty() {
        return Err(Error::invalid("q", "q is what to look for"));
    }
    request.limits().at_most(Key::search_letters, "q", typed.chars().count())?;
    let limit = match parameters.take("limit").map(|text| text.parse::<usize>()) {
        None => DEFAULT,
        Some(Ok(limit)) if limit >= 1 => limit.min(request.limits().search_hits),
        Some(_) => return Err(Error::invalid("limit", "limit must be a whole number from 1")),
    };
    if let Some(format) = parameters.take("f").filter(|format| !matches!(format.as_str(), "geojson" | "json"))
    {
        return Err(Error::invalid("f", said!("there is no format {:?} here", format))
            .hint(known(&format, &["geojson"])));
    }
    parameters.end()?;
    let place = request.place()?;
    let work = move || {
        let basis = request.basis();
        found(&basis, &typed, limit)
    };
    let document = place.work(work).await??;
    let mut response = json_text::rewritten(&document).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/geo+json"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    Ok(response)
}

fn found(basis: &PlanningData, typed: &str, limit: usize) -> Result<Value> {
    let (index, plane) = (basis.search()?, basis.plane()?);
    let feature = |hit: &Hit| {
        let entry = &hit.entry;
        let at = plane.lonlat(&[entry.place]).first().map(degrees);
        json!({
            "type": "Feature",
            "geometry": { "type": "Point", "coordinates": at },
            "properties": {
                "name": entry.name, "label": index.label(hit), "kind": entry.sort, "of": entry.of, "id": entry.id,
                "exact": hit.is_exact, "areas": hit.areas,
            },
        })
    };
    let features: Vec<Value> = index.find(typed, limit).iter().map(feature).collect();
    let mut document = json!({ "type": "FeatureCollection", "features": features });
    if features.is_empty() && is_postcode(typed) {
        let hint = SHARED.both("search.postcode", |_| vec![]);
        if let Some(members) = document.as_object_mut() {
            members.insert("hint".into(), json!(hint));
        }
    }
    Ok(document)
}

fn is_postcode(typed: &str) -> bool {
    let digits = typed.trim();
    digits.len() == 5 && digits.bytes().all(|byte| byte.is_ascii_digit())
}
