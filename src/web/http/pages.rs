//! HTML pages, in German and English.

use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use minijinja::{Environment, context};
use serde_json::Value;

use crate::catalog::Language;
use crate::catalog::map_parts::ForeignBase;
use crate::error::{Error, Result};
use crate::web::http::links::Base;
use crate::web::http::negotiate;

/// The Content-Security-Policy of all pages: no foreign host, no inline script or style; forms are
/// sent to this server only.
pub const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
    img-src 'self' data:; connect-src 'self'; worker-src 'self'; font-src 'self'; base-uri 'none'; \
    form-action 'self'; frame-ancestors 'none'";

/// Returns the policy of the map page: that of all pages, and with a base map of another server,
/// pictures and data also from its origins.
pub fn map_policy(foreign: Option<&ForeignBase>) -> HeaderValue {
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

const TEMPLATES: [(&str, &str); 12] = [
    ("aggregate.html", include_str!("../templates/aggregate.html")),
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
];

/// Formats an instant such as `2026-11-29T14:06:38.09Z` for people, to the minute; returns any
/// other text unchanged.
fn minute(text: &str, is_german: bool) -> String {
    let Ok(at) = text.parse::<jiff::Timestamp>() else { return text.to_owned() };
    at.strftime(if is_german { "%d.%m.%Y, %H:%M UTC" } else { "%Y-%m-%d %H:%M UTC" }).to_string()
}

impl Pages {
    /// Compiles the templates, which are part of the binary. `default` is the language for readers
    /// who ask for neither German nor English.
    pub fn new(default: Language) -> Result<Pages> {
        let mut environment = Environment::new();
        environment.add_filter("minute", minute);
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

    /// Renders the page `name` with `document`, in the reader's language.
    pub fn render(&self, name: &str, headers: &HeaderMap, base: &Base, document: Value) -> Result<Response> {
        self.render_in(name, negotiate::language(headers, self.default), base, &document)
    }

    /// Renders the page `name` with `document` in the given language.
    pub fn render_in(
        &self,
        name: &str,
        language: Language,
        base: &Base,
        document: &Value,
    ) -> Result<Response> {
        let page = self
            .environment
            .get_template(name)
            .and_then(|template| {
                template.render(context! {
                    base => base.href(""),
                    lang => language.tag(),
                    german => language == Language::German,
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
}
