//! Chooses the format and the language of an answer.

use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};

use crate::catalog::Language;
use crate::error::{Error, Kind, Result, known, said};
use crate::web::http::parameters::Parameters;

/// The two formats of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// JSON, or GeoJSON for features.
    Json,
    /// An HTML page.
    Html,
}

/// Returns the format that `f` names; without `f`, the one that `Accept` prefers; `default` if both
/// leave it open.
pub fn format(f: Option<&str>, headers: &HeaderMap, default: Format) -> Result<Format> {
    match f {
        Some("json" | "geojson") => return Ok(Format::Json),
        Some("html") => return Ok(Format::Html),
        Some(other) => {
            return Err(Error::invalid("f", said!("there is no format {:?} here", other))
                .hint(known(other, &["json", "html"])));
        }
        None => {}
    }
    let Some(accept) = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()) else {
        return Ok(default);
    };
    let formats = preferences(accept).into_iter().find_map(|range| match &*range {
        // The media type that a client names for JSON depends on what it asks for: features, a
        // schema, the OpenAPI document.
        "application/json" | "application/geo+json" | "application/*" => Some(Format::Json),
        "application/schema+json" | "application/vnd.oai.openapi+json" | "application/openapi+json" => {
            Some(Format::Json)
        }
        "text/html" | "application/xhtml+xml" | "text/*" => Some(Format::Html),
        "*/*" => Some(default),
        _ => None,
    });
    formats.ok_or_else(|| {
        Error::new(Kind::NotAcceptable, "none of the formats in Accept can be given")
            .hint(said!("known: {}", "application/geo+json, application/json, text/html"))
    })
}

/// Takes `f` out of the parameters, at an address that has only JSON.
pub fn json_only(parameters: &mut Parameters) -> Result<()> {
    match parameters.take("f").as_deref() {
        None | Some("json") => Ok(()),
        Some(other) => {
            Err(Error::invalid("f", said!("there is no format {:?} here", other))
                .hint(known(other, &["json"])))
        }
    }
}

/// Returns the language that `Accept-Language` prefers; `default` if it names neither German nor
/// English.
pub fn language(headers: &HeaderMap, default: Language) -> Language {
    let accepted = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or("");
    let found = preferences(accepted).into_iter().find_map(|range| match range.split('-').next() {
        Some("de") => Some(Language::German),
        Some("en") => Some(Language::English),
        _ => None,
    });
    found.unwrap_or(default)
}

/// Returns the language that the query names with `lang`, and the query without it, if the request
/// asks for an HTML page. The language of data depends on `Accept-Language` only.
pub fn named_language(query: Option<&str>, headers: &HeaderMap) -> Option<(Language, String)> {
    let pairs = || query.unwrap_or("").split('&');
    let value = |name: &str| pairs().filter_map(|pair| pair.split_once('=')).find(|pair| pair.0 == name);
    let language = Language::from_code(value("lang")?.1)?;
    let wants_page = match value("f") {
        Some((_, format)) => format == "html",
        None => self::format(None, headers, Format::Json).is_ok_and(|format| format == Format::Html),
    };
    let rest: Vec<&str> = pairs().filter(|pair| !pair.starts_with("lang=")).collect();
    wants_page.then(|| (language, rest.join("&")))
}

/// Adds the language that was negotiated to an answer.
pub fn in_language(answer: impl IntoResponse, language: Language) -> Response {
    let headers = [
        (header::CONTENT_LANGUAGE, HeaderValue::from_static(language.tag())),
        (header::VARY, HeaderValue::from_static("Accept, Accept-Language")),
    ];
    (headers, answer).into_response()
}

/// Returns the ranges of an Accept header in lower case, best first, without those with `q=0`
/// (RFC 9110, 12.4.2). Media types, the name of the weight and language ranges are all
/// case-insensitive (RFC 9110, 8.3.1 and 12.5.1; RFC 4647, 2).
pub fn preferences(header: &str) -> Vec<String> {
    let mut ranges: Vec<(String, f32)> = header
        .split(',')
        .map(|range| {
            let mut parts = range.split(';').map(str::trim);
            let name = parts.next().unwrap_or("").to_ascii_lowercase();
            let weights = parts.filter_map(|part| part.split_once('='));
            let quality = weights.filter(|(name, _)| name.eq_ignore_ascii_case("q")).map(|(_, q)| q).next();
            (name, quality.and_then(|q| q.parse().ok()).unwrap_or(1.0))
        })
        .filter(|(_, quality)| *quality > 0.0)
        .collect();
    // The sort is stable: of ranges with equal quality, the first comes first.
    ranges.sort_by(|left, right| right.1.total_cmp(&left.1));
    ranges.into_iter().map(|(name, _)| name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: header::HeaderName, value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(name, HeaderValue::from_static(value))])
    }

    #[test]
    fn the_parameter_wins_then_the_header_then_the_default() {
        let browser = headers(header::ACCEPT, "text/html,application/xhtml+xml,*/*;q=0.8");
        assert_eq!(format(None, &browser, Format::Json).unwrap(), Format::Html);
        assert_eq!(format(Some("json"), &browser, Format::Json).unwrap(), Format::Json);
        let script = headers(header::ACCEPT, "text/html;q=0.1, application/geo+json");
        assert_eq!(format(None, &script, Format::Html).unwrap(), Format::Json);
        assert_eq!(format(None, &HeaderMap::new(), Format::Html).unwrap(), Format::Html);
        let shouting = headers(header::ACCEPT, "Application/JSON;Q=0.1, TEXT/html");
        assert_eq!(format(None, &shouting, Format::Json).unwrap(), Format::Html);
        assert!(format(Some("xml"), &browser, Format::Json).is_err());
        assert!(format(None, &headers(header::ACCEPT, "image/png"), Format::Json).is_err());
    }

    #[test]
    fn the_address_of_a_page_names_its_language_and_that_of_data_does_not() {
        let (browser, script) = (headers(header::ACCEPT, "text/html"), HeaderMap::new());
        let named = |query, headers: &HeaderMap| named_language(Some(query), headers);
        assert_eq!(named("f=html&lang=en&q=x", &script), Some((Language::English, "f=html&q=x".into())));
        assert_eq!(named("lang=de", &browser), Some((Language::German, String::new())));
        assert_eq!(named("lang=de", &script), None);
        assert_eq!(named("f=json&lang=de", &browser), None);
        assert_eq!(named("f=html&lang=fr", &browser), None);
        assert_eq!(named_language(None, &browser), None);
    }

    #[test]
    fn german_comes_first_and_english_beside_it() {
        let language = |value| language(&headers(header::ACCEPT_LANGUAGE, value), Language::German);
        assert_eq!(language("en-GB,en;q=0.9"), Language::English);
        assert_eq!(language("fr, de;q=0.5, en;q=0.7"), Language::English);
        assert_eq!(language("fr"), Language::German);
        assert_eq!(language("DE;Q=0.1, EN-gb"), Language::English);
    }
}
