//! Finds the address of a client: that of the connection, or the one that a trusted proxy names.
//!
//! Each proxy appends to `X-Forwarded-For` or `Forwarded` (RFC 7239) the address that it was asked
//! from. So the last entry that a trusted proxy wrote is true, and entries before an address that
//! is no trusted proxy may be made up. A client that connects without a trusted proxy has the
//! address of its connection, whatever its header fields say.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use axum::http::{HeaderMap, HeaderName, header};
use ipnet::IpNet;

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// A client, as its places and connections are counted: an IPv4 address, or the /64 network of an
/// IPv6 address, because whoever has one address of such a network usually has all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Client(IpAddr);

impl Client {
    /// Returns the client at an address.
    pub fn at(address: IpAddr) -> Client {
        Client(first_bits(address, 32, 64))
    }

    /// Returns a number that identifies the client: the IPv4 address, or the first 64 bits of the
    /// IPv6 address.
    pub fn number(self) -> u64 {
        match self.0 {
            IpAddr::V4(address) => address.to_bits().into(),
            IpAddr::V6(address) => (address.to_bits() >> 64) as u64,
        }
    }
}

/// Removes the part of an address that distinguishes one household from another: keeps /24 of IPv4
/// and /48 of IPv6.
pub fn truncated(address: IpAddr) -> IpAddr {
    first_bits(address, 24, 48)
}

/// Keeps the first `of_v4` or `of_v6` bits of the address and sets the rest to zero.
fn first_bits(address: IpAddr, of_v4: u32, of_v6: u32) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => {
            let mask = u32::MAX.checked_shl(32 - of_v4).unwrap_or(0);
            IpAddr::V4(Ipv4Addr::from_bits(address.to_bits() & mask))
        }
        IpAddr::V6(address) => {
            let mask = u128::MAX.checked_shl(128 - of_v6).unwrap_or(0);
            IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & mask))
        }
    }
}

/// The networks of the trusted proxies.
#[derive(Clone, Debug, Default)]
pub struct Proxies(pub Vec<IpNet>);

impl Proxies {
    /// Whether the proxy at this address is trusted.
    pub fn trust(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|network| network.contains(&address))
    }

    /// Returns the address of the client on a connection from `peer`; None if `peer` is a trusted
    /// proxy that names no client. A client can add the field that its proxy does not write. So if
    /// both fields are present and name two addresses, the address of the proxy counts.
    pub fn client(&self, peer: IpAddr, headers: &HeaderMap) -> Option<IpAddr> {
        if !self.trust(peer) {
            return Some(peer);
        }
        let forwarded = self.last_untrusted(peer, headers, &header::FORWARDED, of_forwarded);
        let x_forwarded = self.last_untrusted(peer, headers, &X_FORWARDED_FOR, address);
        match (forwarded, x_forwarded) {
            (Some(one), Some(other)) if one != other => Some(peer),
            (one, other) => one.or(other),
        }
    }

    /// Returns the last address in the field that is no trusted proxy; the first address if all are
    /// trusted; None without the field. If an entry cannot be read, the proxy that wrote it stands
    /// for the client.
    fn last_untrusted(
        &self,
        peer: IpAddr,
        headers: &HeaderMap,
        field: &HeaderName,
        read: fn(&str) -> Option<IpAddr>,
    ) -> Option<IpAddr> {
        let mut asker = None;
        for value in headers.get_all(field).iter().rev() {
            for element in value.to_str().unwrap_or_default().rsplit(',') {
                let Some(address) = read(element) else { return asker.or(Some(peer)) };
                asker = Some(address);
                if !self.trust(address) {
                    return asker;
                }
            }
        }
        asker
    }
}

/// Returns the address of an element of `Forwarded`: `for=192.0.2.43;proto=http`,
/// `For="[2001:db8::1]:4711"`.
fn of_forwarded(element: &str) -> Option<IpAddr> {
    element.split(';').find_map(|pair| {
        let (name, value) = pair.split_once('=')?;
        name.trim().eq_ignore_ascii_case("for").then(|| address(value.trim().trim_matches('"')))?
    })
}

/// Reads an address with or without a port; an IPv6 address with or without brackets.
fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    let address = bare.parse().ok().or_else(|| Some(text.parse::<SocketAddr>().ok()?.ip()));
    address.map(|address: IpAddr| address.to_canonical())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    fn client(peer: &str, fields: &[(&'static str, &str)]) -> Option<String> {
        let proxies = Proxies(vec!["127.0.0.0/8".parse().unwrap(), "10.0.0.0/8".parse().unwrap()]);
        let mut headers = HeaderMap::new();
        for (name, value) in fields {
            headers.append(*name, HeaderValue::try_from(*value).unwrap());
        }
        proxies.client(ip(peer), &headers).map(|address| address.to_string())
    }

    #[test]
    fn only_trusted_proxies_are_believed() {
        let x = "x-forwarded-for";
        for (peer, fields, expected) in [
            ("192.0.2.1", &[(x, "203.0.113.9"), ("forwarded", "for=203.0.113.9")][..], Some("192.0.2.1")),
            ("127.0.0.1", &[], None),
            ("127.0.0.1", &[(x, "203.0.113.9")], Some("203.0.113.9")),
            ("::ffff:127.0.0.1", &[(x, "203.0.113.9")], Some("203.0.113.9")),
            // What stands before the last address that is no proxy is the client's own word.
            ("127.0.0.1", &[(x, "8.8.8.8, 203.0.113.9, 10.1.2.3")], Some("203.0.113.9")),
            ("127.0.0.1", &[(x, "8.8.8.8"), (x, "203.0.113.9"), (x, "10.0.0.7")], Some("203.0.113.9")),
            ("127.0.0.1", &[(x, "10.0.0.9, 10.0.0.7")], Some("10.0.0.9")),
            ("127.0.0.1", &[(x, "203.0.113.9:4711")], Some("203.0.113.9")),
            ("127.0.0.1", &[(x, "[2001:db8::9]:4711")], Some("2001:db8::9")),
            ("127.0.0.1", &[(x, "2001:db8::9")], Some("2001:db8::9")),
            // Who does not say whom it was asked by stands for him.
            ("127.0.0.1", &[(x, "8.8.8.8, unknown")], Some("127.0.0.1")),
            ("127.0.0.1", &[(x, "8.8.8.8, unknown, 10.0.0.7")], Some("10.0.0.7")),
            ("127.0.0.1", &[(x, "")], Some("127.0.0.1")),
            ("127.0.0.1", &[("forwarded", "for=8.8.8.8, For=203.0.113.9;proto=http")], Some("203.0.113.9")),
            ("127.0.0.1", &[("forwarded", "by=10.0.0.1; for=\"[2001:db8::9]:47\"")], Some("2001:db8::9")),
            ("127.0.0.1", &[("forwarded", "for=_hidden")], Some("127.0.0.1")),
            ("127.0.0.1", &[("forwarded", "proto=https")], Some("127.0.0.1")),
            // The one that the proxy does not write is the client's own word, and nobody knows
            // which.
            ("127.0.0.1", &[("forwarded", "for=8.8.8.8"), (x, "203.0.113.9")], Some("127.0.0.1")),
            ("127.0.0.1", &[("forwarded", "for=203.0.113.9"), (x, "203.0.113.9")], Some("203.0.113.9")),
        ] {
            assert_eq!(client(peer, fields).as_deref(), expected, "{peer} {fields:?}");
        }
    }

    #[test]
    fn whoever_has_one_address_of_a_network_has_all_of_them() {
        let same = |one: &str, other: &str| Client::at(ip(one)) == Client::at(ip(other));
        assert!(same("2001:db8:1:2::1", "2001:db8:1:2:ffff::9"));
        assert!(!same("2001:db8:1:2::1", "2001:db8:1:3::1"));
        assert!(same("::ffff:192.0.2.1", "192.0.2.1") && !same("192.0.2.1", "192.0.2.2"));
    }

    #[test]
    fn addresses_lose_their_end() {
        for (whole, kept) in [
            ("192.0.2.77", "192.0.2.0"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1::"),
            ("::ffff:192.0.2.77", "192.0.2.0"),
        ] {
            assert_eq!(truncated(ip(whole)), ip(kept));
        }
    }

    #[test]
    fn any_field_is_an_answer() {
        let proxies = Proxies(vec!["127.0.0.0/8".parse().unwrap()]);
        bolero::check!().with_test_time(crate::fuzz_time()).for_each(|bytes: &[u8]| {
            let Ok(value) = HeaderValue::from_bytes(bytes) else { return };
            for name in [X_FORWARDED_FOR, header::FORWARDED] {
                let headers = HeaderMap::from_iter([(name, value.clone())]);
                assert!(proxies.client(ip("127.0.0.1"), &headers).is_some());
            }
        });
    }
}
