//! The address under which clients reach the server, with which links begin.

use std::fmt;

use super::fault::{Wrong, shown};

/// An `http://` or `https://` URL without query, fragment and trailing slash, such as
/// `https://geo.example.org/veedel`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicUrl(String);

impl PublicUrl {
    /// Reads a URL; a trailing slash is dropped.
    ///
    /// # Errors
    ///
    /// Fails if it is no such URL.
    pub fn parse(text: &str) -> Result<PublicUrl, Wrong> {
        let wrong = |why: &str| {
            let hint = "write http:// or https://, a host and where need be a path, such as \
                        \"https://geo.example.org/veedel\"";
            Wrong::new(format!("{} {why}", shown(text)), hint)
        };
        let url = text.trim().trim_end_matches('/');
        let Some((scheme, behind)) = url.split_once("://") else {
            return Err(wrong("is no URL"));
        };
        let scheme = scheme.to_ascii_lowercase();
        if scheme != "http" && scheme != "https" {
            return Err(wrong("is neither http:// nor https://"));
        }
        if behind.contains(['?', '#']) {
            return Err(wrong("has a query or a fragment, to which no link can be appended"));
        }
        let (host, path) = behind.split_once('/').map_or((behind, ""), |(host, path)| (host, path));
        if host.contains('@') {
            return Err(wrong("holds credentials, which every link would show"));
        }
        if !is_host(host) {
            return Err(wrong("names no valid host and port"));
        }
        // A path must not contain characters that could end an attribute or a header line.
        let is_of_a_path = |c: char| c.is_ascii_alphanumeric() || "-._~!$&'()*+,;=:@/%".contains(c);
        if !path.chars().all(is_of_a_path) {
            return Err(wrong("has a character in its path that must be percent-encoded"));
        }
        Ok(PublicUrl(format!("{scheme}://{behind}")))
    }

    /// Returns the URL without a trailing slash. A link is this URL, a slash and the rest.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Returns whether this is a name or an address (IPv6 in brackets), with or without a port.
fn is_host(text: &str) -> bool {
    let (name, port) = match text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, behind)) if address.parse::<std::net::Ipv6Addr>().is_ok() => ("v6", behind),
        Some(_) => return false,
        None => text.split_at(text.find(':').unwrap_or(text.len())),
    };
    let is_of_a_name = |c: char| c.is_ascii_alphanumeric() || "-._".contains(c);
    let is_port = |port: &str| port.parse::<u16>().is_ok_and(|port| port > 0);
    !name.is_empty()
        && name.chars().all(is_of_a_name)
        && (port.is_empty() || port.strip_prefix(':').is_some_and(is_port))
}

impl fmt::Display for PublicUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn urls_are_normalised() {
        for (text, url) in [
            ("https://geo.example.org", "https://geo.example.org"),
            ("HTTPS://geo.example.org/veedel/", "https://geo.example.org/veedel"),
            ("http://localhost:3000//", "http://localhost:3000"),
            ("http://[::1]:3000/a/b", "http://[::1]:3000/a/b"),
        ] {
            assert_eq!(PublicUrl::parse(text).unwrap().as_str(), url);
        }
    }

    #[test]
    fn what_no_link_can_begin_with_is_refused() {
        for (text, part) in [
            ("", "no URL"),
            ("geo.example.org", "no URL"),
            ("ftp://geo.example.org", "neither"),
            ("https://", "no URL"),
            ("https://h/?a=b", "query"),
            ("https://h/#a", "fragment"),
            ("https://u:canary@h", "credentials"),
            ("https://h:0", "host"),
            ("https://h:x", "host"),
            ("https://[::1", "host"),
            ("https://h h", "host"),
            ("https://h/<script>", "percent-encoded"),
            ("https://h/a\"b", "percent-encoded"),
            ("https://h/a\r\nb", "percent-encoded"),
        ] {
            let wrong = PublicUrl::parse(text).unwrap_err();
            assert!(wrong.what.contains(part), "{text}: {}", wrong.what);
            assert!(!wrong.what.contains("canary"));
        }
    }

    proptest! {
        #[test]
        fn no_text_breaks_it_and_what_is_read_stays(text in "(https?://)?[a-z:/@?\\[\\]é ]{0,20}") {
            if let Ok(url) = PublicUrl::parse(&text) {
                prop_assert_eq!(PublicUrl::parse(url.as_str()), Ok(url));
            }
        }
    }
}
