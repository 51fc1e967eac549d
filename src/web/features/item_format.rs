//! The format in which a request asks for features, and the options of the format.

use axum::http::{HeaderMap, header};

use crate::encode::csv::{CsvGeometry, CsvOptions};
use crate::encode::json_fg::Profile;
use crate::encode::{ItemFormat, Options};
use crate::error::{self, Error, Kind, Result, known, said};
use crate::limits::Limits;
use crate::web::http::negotiate;
use crate::web::http::parameters::Parameters;

/// The form of answer that a request asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Wanted {
    /// An HTML page.
    Html,
    /// Features in a data format.
    Features(Choice),
}

/// A format and its options.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Choice {
    /// The format of the features.
    pub format: ItemFormat,
    /// The options, such as the separator of CSV.
    pub options: Options,
    /// The media type of the answer.
    pub media_type: &'static str,
    /// The URI of the GeoJSON profile that the answer conforms to; None if the request named none
    /// and the format is not JSON-FG.
    pub profile: Option<&'static str>,
}

/// The profile of plain GeoJSON, as RFC 7946 defines it.
const RFC_7946: &str = "http://www.opengis.net/def/profile/OGC/0/rfc7946";

/// Takes `f`, `profile` and the CSV options out of the parameters. Without `f`, `Accept` decides;
/// if that leaves the choice open, the format is GeoJSON.
pub fn take(parameters: &mut Parameters, headers: &HeaderMap, limits: &Limits) -> Result<Wanted> {
    let format = match parameters.take("f").as_deref() {
        Some("html") => None,
        Some(name) => Some(ItemFormat::from_name(name).ok_or_else(|| unknown_format(name))?),
        None => accepted(headers)?,
    };
    match format {
        Some(format) => choice(format, parameters, limits).map(Wanted::Features),
        None => Ok(Wanted::Html),
    }
}

/// Takes the options of `format` out of the parameters.
pub fn choice(format: ItemFormat, parameters: &mut Parameters, limits: &Limits) -> Result<Choice> {
    let mut choice = Choice {
        format,
        options: Options { spool_bytes: limits.spool_bytes as u64, ..Options::default() },
        media_type: format.media_type(),
        profile: None,
    };
    match format {
        ItemFormat::GeoJson | ItemFormat::JsonFg => take_profile(&mut choice, parameters)?,
        ItemFormat::Csv => choice.options.csv = csv(parameters)?,
        _ => {}
    }
    Ok(choice)
}

fn unknown_format(name: &str) -> Error {
    Error::invalid("f", said!("there is no format {:?} here", name)).hint(known(name, &names()))
}

fn names() -> Vec<&'static str> {
    ["html"].into_iter().chain(ItemFormat::available().map(ItemFormat::name)).collect()
}

/// Returns the format that `Accept` prefers; None means an HTML page.
fn accepted(headers: &HeaderMap) -> Result<Option<ItemFormat>> {
    let Some(accept) = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()) else {
        return Ok(Some(ItemFormat::GeoJson));
    };
    let found = negotiate::preferences(accept).into_iter().find_map(|range| match &*range {
        "text/html" | "application/xhtml+xml" => Some(None),
        "*/*" | "application/*" => Some(Some(ItemFormat::GeoJson)),
        "text/*" => Some(None),
        range => ItemFormat::from_media_type(range).map(Some),
    });
    found.ok_or_else(|| {
        let types: Vec<&str> = ItemFormat::available().map(ItemFormat::bare_media_type).collect();
        Error::new(Kind::NotAcceptable, "none of the formats in Accept can be given")
            .hint(said!("known: {}", ["text/html"].into_iter().chain(types).collect::<Vec<_>>().join(", ")))
    })
}

/// Takes `profile`, a name or a URI (JSON-FG 1.0, "JSON-FG in Web APIs"). A profile can change
/// GeoJSON into JSON-FG, and JSON-FG into GeoJSON.
fn take_profile(choice: &mut Choice, parameters: &mut Parameters) -> Result<()> {
    let asked = parameters.take("profile");
    let name = asked.as_deref().map(|text| text.rsplit('/').next().unwrap_or(text));
    let format = match (name, choice.format) {
        (None, format) => format,
        (Some("rfc7946"), _) => ItemFormat::GeoJson,
        (Some("jsonfg" | "jsonfg-plus"), _) => ItemFormat::JsonFg,
        (Some(_), _) => {
            let what = said!("there is no profile {:?}", asked.as_deref().unwrap_or_default());
            return Err(Error::invalid("profile", what)
                .hint(known(name.unwrap_or_default(), &["rfc7946", "jsonfg", "jsonfg-plus"])));
        }
    };
    if name == Some("jsonfg-plus") {
        choice.options.profile = Profile::JsonFgPlus;
    }
    choice.profile = match format {
        ItemFormat::JsonFg => Some(choice.options.profile.uri()),
        _ => name.map(|_| RFC_7946),
    };
    // The media type is that of the format in `f` or `Accept`: JSON-FG as a profile of GeoJSON is
    // sent as GeoJSON, JSON-FG as a format with its own type, which its clients look for.
    choice.media_type = choice.format.media_type();
    choice.format = format;
    Ok(())
}

fn csv(parameters: &mut Parameters) -> Result<CsvOptions> {
    let mut one_of = |name: &str, known: &[&str]| match parameters.take(name) {
        None => Ok(0),
        Some(text) => known.iter().position(|word| *word == text).ok_or_else(|| {
            Error::invalid(name, said!("{} has no value {:?}", name, text)).hint(error::known(&text, known))
        }),
    };
    let separator = match one_of("csv-separator", &["comma", "semicolon", "tab"])? {
        0 => b',',
        1 => b';',
        _ => b'\t',
    };
    let decimal_comma = one_of("csv-decimal", &["point", "comma"])? == 1;
    let geometry = match one_of("csv-geometry", &["wkt", "xy", "none"])? {
        0 => CsvGeometry::Wkt,
        1 => CsvGeometry::Xy,
        _ => CsvGeometry::None,
    };
    let bom = one_of("csv-bom", &["false", "true"])? == 1;
    Ok(CsvOptions { separator, decimal_comma, geometry, bom })
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn wanted(query: &str, accept: Option<&'static str>) -> Result<Wanted> {
        let limits = Limits::default();
        let mut parameters = Parameters::parse(Some(query), &limits).unwrap();
        let headers = accept.map(|value| (header::ACCEPT, HeaderValue::from_static(value)));
        let wanted = take(&mut parameters, &HeaderMap::from_iter(headers), &limits)?;
        parameters.end().map(|()| wanted)
    }

    fn format(query: &str, accept: Option<&'static str>) -> Option<ItemFormat> {
        match wanted(query, accept).unwrap() {
            Wanted::Html => None,
            Wanted::Features(choice) => Some(choice.format),
        }
    }

    #[test]
    fn the_parameter_wins_then_accept_then_geojson() {
        let browser = Some("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8");
        assert_eq!(format("", browser), None);
        assert_eq!(format("f=csv", browser), Some(ItemFormat::Csv));
        assert_eq!(format("f=html", Some("text/csv")), None);
        assert_eq!(format("", None), Some(ItemFormat::GeoJson));
        assert_eq!(format("", Some("text/csv")), Some(ItemFormat::Csv));
        assert_eq!(format("", Some("application/flatgeobuf;q=0.9, image/png")), Some(ItemFormat::FlatGeobuf));
        assert_eq!(format("", Some("application/geo+json, application/json")), Some(ItemFormat::GeoJson));
        assert_eq!(wanted("", Some("image/png")).unwrap_err().kind, Kind::NotAcceptable);
        assert_eq!(wanted("f=gml", None).unwrap_err().parameter.as_deref(), Some("f"));
    }

    #[test]
    fn profiles_of_geojson_are_the_standards() {
        let choice = |query: &str| match wanted(query, None).unwrap() {
            Wanted::Features(choice) => (choice.format, choice.media_type, choice.profile.unwrap_or("")),
            Wanted::Html => panic!("a page"),
        };
        let uri = "http://www.opengis.net/def/profile/OGC/0/jsonfg";
        assert_eq!(choice("f=json"), (ItemFormat::GeoJson, "application/geo+json", ""));
        assert_eq!(choice("f=json&profile=jsonfg"), (ItemFormat::JsonFg, "application/geo+json", uri));
        assert_eq!(choice(&format!("profile={uri}")), (ItemFormat::JsonFg, "application/geo+json", uri));
        assert_eq!(choice("f=jsonfg"), (ItemFormat::JsonFg, "application/fg+json", uri));
        assert_eq!(choice("profile=rfc7946").0, ItemFormat::GeoJson);
        assert_eq!(wanted("profile=gml", None).unwrap_err().parameter.as_deref(), Some("profile"));
    }

    #[test]
    fn what_is_chosen_within_csv_is_for_csv_only() {
        assert!(
            wanted("f=csv&csv-separator=semicolon&csv-decimal=comma&csv-geometry=xy&csv-bom=true", None)
                .is_ok()
        );
        for query in
            ["f=csv&csv-separator=;", "f=json&csv-bom=true", "f=csv&csv-decimal=", "f=csv&profile=jsonfg"]
        {
            assert!(wanted(query, None).unwrap_err().parameter.is_some(), "{query}");
        }
    }
}
