//! Requests for what has changed only (RFC 9110, 13.1.2).

use axum::http::{HeaderMap, HeaderValue, header};

/// Whether `If-None-Match` names this tag. Compared weakly, as the standard wants: a proxy that compresses
/// anew makes a strong tag weak.
pub fn has(headers: &HeaderMap, etag: &HeaderValue) -> bool {
    let Ok(etag) = etag.to_str() else { return false };
    headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok()).any(|known| {
        known.trim() == "*" || known.split(',').any(|tag| tag.trim().trim_start_matches("W/") == etag)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_compared_weakly() {
        let etag = HeaderValue::from_static("\"0f-gzip\"");
        for (known, expected) in [
            ("\"0f-gzip\"", true),
            ("W/\"0f-gzip\"", true),
            ("\"a\", W/\"b\" , \"0f-gzip\"", true),
            ("*", true),
            ("\"0f-br\"", false),
            ("0f-gzip", false),
            ("", false),
        ] {
            let headers = HeaderMap::from_iter([(header::IF_NONE_MATCH, HeaderValue::from_static(known))]);
            assert_eq!(has(&headers, &etag), expected, "{known}");
        }
        assert!(!has(&HeaderMap::new(), &etag));
    }
}
