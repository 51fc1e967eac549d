//! The credentials of a request (RFC 9110, 11.6.2): an API key, as a bearer token (RFC 6750), or as
//! the password of Basic (RFC 7617), which QGIS and other programs offer.

use std::sync::Arc;

use axum::http::{HeaderMap, HeaderName, HeaderValue, Uri, header};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::percent_decode_str;

use crate::access::Identified;
use crate::access::key::{MARK, Token};
use crate::error::{Error, Kind, Result, Said, said};

/// The challenge of every 401. Basic is not offered, because a browser would ask its user for a
/// password and send it by itself from then on.
pub const CHALLENGE: HeaderValue = HeaderValue::from_static("Bearer realm=\"veedel\"");

/// A function that identifies the caller, and the key he came with, by the head of a request. An
/// error refuses the request.
pub type Identify = Arc<dyn Fn(&HeaderMap) -> Result<Identified> + Send + Sync>;

/// Fields that browsers add to requests and pages cannot leave out.
const OF_BROWSERS: [HeaderName; 2] = [header::ORIGIN, HeaderName::from_static("sec-fetch-site")];

/// Returns the key that a request brings; None without credentials.
///
/// # Errors
///
/// [`Kind::Unauthenticated`] if the credentials are anything else than one key, or Basic comes from
/// a browser, which would send it with requests that its user did not mean (CSRF).
pub fn of(headers: &HeaderMap) -> Result<Option<Token>> {
    let mut fields = headers.get_all(header::AUTHORIZATION).iter();
    let Some(field) = fields.next() else { return Ok(None) };
    if fields.next().is_some() {
        return Err(refused(said!("the request has the header Authorization more than once")));
    }
    let parts = field.to_str().ok().and_then(|text| text.trim().split_once(' '));
    let (scheme, credentials) = parts.ok_or_else(|| refused(no_key()))?;
    let credentials = credentials.trim_start();
    if scheme.eq_ignore_ascii_case("bearer") {
        return key(credentials).map(Some);
    }
    if !scheme.eq_ignore_ascii_case("basic") {
        return Err(refused(no_key()));
    }
    if OF_BROWSERS.iter().any(|name| headers.contains_key(name)) {
        return Err(refused(said!("a page in a browser cannot sign in with a password here")));
    }
    let decoded = STANDARD.decode(credentials).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let password = decoded.as_deref().and_then(|text| text.split_once(':')).map(|(_, password)| password);
    key(password.ok_or_else(|| refused(no_key()))?).map(Some)
}

/// What is wrong with credentials that are no key.
fn no_key() -> Said {
    said!("the credentials are no key of this server")
}

fn key(text: &str) -> Result<Token> {
    Token::read(text).ok_or_else(|| refused(no_key()))
}

/// Returns the refusal of credentials.
pub fn refused(what: Said) -> Error {
    Error::new(Kind::Unauthenticated, what).hint(said!(
        "send \"Authorization: Bearer {}…\", or the key as the password of Basic from a program such as QGIS; without the header you see what everyone sees",
        MARK
    ))
}

/// Returns the refusal of an address that contains a key. Addresses are kept in logs and histories.
pub fn refused_in(uri: &Uri) -> Option<Error> {
    has_key(uri).then(|| {
        Error::new(Kind::Invalid, said!("a key must not be in an address")).hint(said!(
            "send it in the header Authorization, and have this one revoked: logs and histories may hold it now"
        ))
    })
}

/// Whether an address contains a key, or what looks like one, also if it is percent-encoded once,
/// or once more by a program on the way.
pub fn has_key(uri: &Uri) -> bool {
    let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    let holds =
        |text: &str| text.contains(MARK) || (text.contains('%') && decoded(&decoded(text)).contains(MARK));
    holds(uri.path()) || uri.query().is_some_and(holds)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::key::RANDOM;

    fn with(fields: &[(&'static str, &str)]) -> HeaderMap {
        let field = |(name, value): &(&'static str, &str)| {
            (HeaderName::from_static(name), HeaderValue::from_str(value).unwrap())
        };
        fields.iter().map(field).collect()
    }

    #[test]
    fn one_key_is_read_and_all_else_is_refused() {
        let token = Token::of([7; RANDOM]);
        let own = token.expose();
        let basic = |text: &str| format!("Basic {}", STANDARD.encode(text.as_bytes()));
        assert_eq!(of(&HeaderMap::new()).unwrap(), None);
        for good in [
            format!("Bearer {own}"),
            format!("bearer   {own}"),
            basic(&format!("anna:{own}")),
            basic(&format!(":{own}")),
        ] {
            assert_eq!(of(&with(&[("authorization", &good)])).unwrap(), Some(token.clone()), "{good}");
        }
        for bad in [
            "",
            "Bearer",
            "Bearer ",
            own,
            "Bearer eyJhbGciOiJub25lIn0.e30.",
            &format!("Bearer {own}, Bearer {own}"),
            &format!("Bearer {own} x"),
            &format!("Token {own}"),
            &format!("Bearer {}", own.to_uppercase()),
            "Basic !",
            "Basic",
            &basic(own),
            &basic(&format!("{own}:")),
            &basic(&format!("a:{own}:b")),
            &format!("Bearer {}", "a".repeat(1 << 14)),
            "Digest username=\"a\"",
            "Negotiate YII=",
        ] {
            assert_eq!(
                of(&with(&[("authorization", bad)])).unwrap_err().kind,
                Kind::Unauthenticated,
                "{bad}"
            );
        }
        let bearer = format!("Bearer {own}");
        let twice = with(&[("authorization", &bearer), ("authorization", &bearer)]);
        assert_eq!(of(&twice).unwrap_err().kind, Kind::Unauthenticated);
        let field = HeaderValue::from_bytes(b"Bearer \xff\xfe").unwrap();
        assert!(of(&HeaderMap::from_iter([(header::AUTHORIZATION, field)])).is_err());
    }

    #[test]
    fn a_key_in_an_address_is_found_however_it_is_escaped() {
        for (address, is_key) in [
            ("/collections?key=vdl_00", true),
            ("/xyz/vdl_00/0/0/0", true),
            ("/collections?key=%76dl_00", true),
            ("/collections?key=%76%64%6c%5f00", true),
            ("/collections?%76dl%5F00", true),
            ("/collections/v%64l_00", true),
            ("/collections/%ff%76dl_00", true),
            ("/collections?key=%2576dl_00", true),
            ("/collections?key=%", false),
            ("/collections?name=%76dl%2000", false),
            ("/collections?key=VDL_00", false),
            ("/collections/vd/l_00", false),
        ] {
            assert_eq!(has_key(&Uri::from_static(address)), is_key, "{address}");
        }
    }

    #[test]
    fn a_browser_may_send_a_bearer_token_and_no_password() {
        let token = Token::of([7; RANDOM]);
        let basic = format!("Basic {}", STANDARD.encode(format!("a:{}", token.expose()).as_bytes()));
        let bearer = format!("Bearer {}", token.expose());
        for field in [("origin", "https://example.com"), ("sec-fetch-site", "same-origin")] {
            assert!(of(&with(&[("authorization", &basic), field])).is_err());
            assert!(of(&with(&[("authorization", &bearer), field])).unwrap().is_some());
        }
    }
}
