//! HTML pages, in German and English.

use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use minijinja::{Environment, context};
use serde_json::{Value, json};

use crate::catalog::map_parts::ForeignBase;
use crate::catalog::{Language, Words};
use crate::error::{Error, Result};
use crate::web::http::links::Base;

/// The Content-Security-Policy of all pages: no foreign host, no inline script or style; forms are
/// sent to this server only.
pub const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
    img-src 'self' data:; connect-src 'self'; worker-src 'self'; font-src 'self'; base-uri 'none'; \
    form-action 'self'; frame-ancestors 'none'";

/// Allows a page with a map to load a base map of another server: pictures and data also come from
/// its origins.
pub fn allow(response: &mut Response, foreign: Option<&ForeignBase>) {
    if let Some(policy) = response.headers_mut().get_mut(header::CONTENT_SECURITY_POLICY) {
        *policy = policy_with(foreign);
    }
}

fn policy_with(foreign: Option<&ForeignBase>) -> HeaderValue {
    let origins = foreign.map(|foreign| foreign.origins.join(" ")).unwrap_or_default();
    let policy = match origins.is_empty() {
        true => CONTENT_SECURITY_POLICY.to_owned(),
        false => CONTENT_SECURITY_POLICY
            .replace("img-src 'self'", &format!("img-src 'self' {origins}"))
            .replace("connect-src 'self'", &format!("connect-src 'self' {origins}")),
    };
    HeaderValue::try_from(policy).unwrap_or(HeaderValue::from_static(CONTENT_SECURITY_POLICY))
}

/// The templates, compiled once. They escape what they print.
#[derive(Debug)]
pub struct Pages {
    environment: Environment<'static>,
    default: Language,
}

/// The template of the page for an error.
pub const ERROR: &str = "problem.html";

const TEMPLATES: [(&str, &str); 14] = [
    ("aggregate.html", include_str!("../templates/aggregate.html")),
    ("api.html", include_str!("../templates/api.html")),
    ("base.html", include_str!("../templates/base.html")),
    ("catalog.html", include_str!("../templates/catalog.html")),
    ("collections.html", include_str!("../templates/collections.html")),
    ("collection.html", include_str!("../templates/collection.html")),
    ("items.html", include_str!("../templates/items.html")),
    (ERROR, include_str!("../templates/problem.html")),
    ("record.html", include_str!("../templates/record.html")),
    ("tile_matrix_set.html", include_str!("../templates/tile_matrix_set.html")),
    ("tile_matrix_sets.html", include_str!("../templates/tile_matrix_sets.html")),
    ("tileset.html", include_str!("../templates/tileset.html")),
    ("tilesets.html", include_str!("../templates/tilesets.html")),
    ("words.html", include_str!("../templates/words.html")),
];

/// What stands around the content of a page.
#[derive(Clone, Debug)]
pub struct Frame<'a> {
    /// The beginning of links.
    pub base: &'a Base,
    /// The requested path and query, without the language.
    pub address: &'a str,
    /// The title of the catalogue, which the header shows; None if none is configured.
    pub title: Option<&'a Words>,
    /// The language of the page.
    pub language: Language,
    /// Whether the address names the language. Links to other pages then name it too.
    pub names_language: bool,
    /// In which roles the caller sees what the page shows, as a sentence; None if he is anonymous.
    pub seen_as: Option<String>,
}

impl Frame<'_> {
    /// Returns the address of the same page in each language.
    fn languages(&self) -> Vec<Value> {
        let words = [(Language::German, "Deutsch"), (Language::English, "English")];
        words
            .map(|(language, name)| {
                let href = self.base.with(self.address, "lang", Some(language.tag()));
                let is_current = language == self.language;
                json!({ "tag": language.tag(), "name": name, "href": href, "is_current": is_current })
            })
            .to_vec()
    }
}

/// Formats an instant such as `2026-11-29T14:06:38.09Z` for people, to the minute; returns any
/// other text unchanged.
fn minute(text: &str, is_german: bool) -> String {
    let Ok(at) = text.parse::<jiff::Timestamp>() else { return text.to_owned() };
    at.strftime(if is_german { "%d.%m.%Y, %H:%M UTC" } else { "%Y-%m-%d %H:%M UTC" }).to_string()
}

/// Formats a day such as `2014-07-24` for people; returns any other text unchanged.
fn day(text: &str, is_german: bool) -> String {
    let Ok(day) = text.parse::<jiff::civil::Date>() else { return text.to_owned() };
    day.strftime(if is_german { "%d.%m.%Y" } else { "%-d %B %Y" }).to_string()
}

/// Groups the digits of a whole number by thousands.
fn number(value: i64, is_german: bool) -> String {
    let digits = value.unsigned_abs().to_string();
    let mut grouped = String::from(if value < 0 { "-" } else { "" });
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push(if is_german { '.' } else { ',' });
        }
        grouped.push(digit);
    }
    grouped
}

impl Pages {
    /// Compiles the templates, which are part of the binary. `default` is the language for readers
    /// who ask for neither German nor English.
    pub fn new(default: Language) -> Result<Pages> {
        let mut environment = Environment::new();
        environment.add_filter("minute", minute);
        environment.add_filter("day", day);
        environment.add_filter("number", number);
        for (name, source) in TEMPLATES {
            environment
                .add_template(name, source)
                .map_err(|fault| Error::internal(format!("template {name}")).because(fault))?;
        }
        Ok(Pages { environment, default })
    }

    /// Returns the language for readers who ask for neither German nor English.
    pub fn default_language(&self) -> Language {
        self.default
    }

    /// Renders the page `name` with `document`.
    pub fn render(&self, name: &str, frame: &Frame<'_>, document: &Value) -> Result<Response> {
        let language = frame.language;
        let named = |sign: char| match frame.names_language {
            true => format!("{sign}lang={}", language.tag()),
            false => String::new(),
        };
        let page = self
            .environment
            .get_template(name)
            .and_then(|template| {
                template.render(context! {
                    base => frame.base.href(""),
                    lang => language.tag(),
                    german => language == Language::German,
                    languages => minijinja::value::Serde(frame.languages()),
                    and_lang => named('&'),
                    only_lang => named('?'),
                    site => frame.title.map_or("veedel", |title| title.of(language)),
                    seen_as => frame.seen_as.as_deref(),
                    page => minijinja::value::Serde(document),
                })
            })
            .map_err(|fault| Error::internal(format!("template {name}")).because(fault))?;
        let headers = [
            (header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
            (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(CONTENT_SECURITY_POLICY)),
            (header::CONTENT_LANGUAGE, HeaderValue::from_static(language.tag())),
            (header::VARY, HeaderValue::from_static("Accept, Accept-Language")),
        ];
        Ok((headers, page).into_response())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_are_read_to_the_minute() {
        let at = "2026-11-29T14:06:38.092083069Z";
        assert_eq!(minute(at, true), "29.11.2026, 14:06 UTC");
        assert_eq!(minute(at, false), "2026-11-29 14:06 UTC");
        assert_eq!(minute("not ready", true), "not ready");
    }

    #[test]
    fn days_and_numbers_are_written_as_the_reader_writes_them() {
        assert_eq!(day("2014-07-24", true), "24.07.2014");
        assert_eq!(day("2014-07-04", false), "4 July 2014");
        assert_eq!(day("..", true), "..");
        for (value, german, english) in [
            (0, "0", "0"),
            (999, "999", "999"),
            (160_611, "160.611", "160,611"),
            (-1_000_000, "-1.000.000", "-1,000,000"),
        ] {
            assert_eq!((number(value, true).as_str(), number(value, false).as_str()), (german, english));
        }
    }
}
