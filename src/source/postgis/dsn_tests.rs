//! The URL of a database: what is read, what is refused, and that no password shows.

#![allow(clippy::unwrap_used)]

use super::*;

const CANARY: &str = "kanarienvogel";

fn parse(url: &str) -> Result<Dsn> {
    Dsn::parse_with(url, &|_| None)
}

#[test]
fn a_full_url_is_read() {
    let dsn = parse("postgresql://planer:geheim@db.example:5433/stadt?sslmode=require").unwrap();
    assert_eq!(dsn.to_string(), "postgresql://planer@db.example:5433/stadt");
    assert_eq!(dsn.database(), "stadt");
    assert_eq!(dsn.config().get_password(), Some(&b"geheim"[..]));
    assert_eq!(dsn.config().get_ports(), [5433]);
    assert_eq!(dsn.config().get_ssl_mode(), SslMode::Require);
    assert_eq!(dsn.config().get_application_name(), Some("veedel"));
    assert_eq!(dsn.config().get_connect_timeout(), Some(&CONNECT_TIMEOUT));
}

#[test]
fn several_hosts_share_the_deadline() {
    let dsn = parse("postgres://a@eins:1,[::1]:2,drei/d").unwrap();
    assert_eq!(dsn.to_string(), "postgresql://a@eins:1,[::1]:2,drei:5432/d");
    assert!(*dsn.config().get_connect_timeout().unwrap() < CONNECT_TIMEOUT);
    assert_eq!(dsn.deadline(), CONNECT_TIMEOUT);
}

#[test]
fn names_and_passwords_are_decoded_and_names_shown_encoded() {
    let dsn = parse("postgresql://m%C3%BCller:a%40b%2Fc@%2Ftmp%2Fsocket/a%20b").unwrap();
    assert_eq!(dsn.config().get_user(), Some("müller"));
    assert_eq!(dsn.config().get_password(), Some(&b"a@b/c"[..]));
    assert_eq!(dsn.config().get_hosts(), [Host::Unix("/tmp/socket".into())]);
    assert_eq!(dsn.config().get_ssl_mode(), SslMode::Disable);
    assert_eq!(dsn.to_string(), "postgresql://m%C3%BCller@%2Ftmp%2Fsocket:5432/a%20b");
}

#[test]
fn the_environment_fills_what_is_missing() {
    let environment = |name: &str| {
        Some(match name {
            "PGUSER" => "leser".into(),
            "PGPASSWORD" => CANARY.into(),
            "PGHOST" => "db".into(),
            "PGPORT" => "6000".into(),
            "PGDATABASE" => "stadt".into(),
            "PGSSLMODE" => "verify-full".into(),
            _ => return None,
        })
    };
    let dsn = Dsn::parse_with("postgresql://", &environment).unwrap();
    assert_eq!(dsn.to_string(), "postgresql://leser@db:6000/stadt");
    assert_eq!(dsn.config().get_password(), Some(CANARY.as_bytes()));
    assert!(matches!(dsn.trust(), Trust::ChainAndName(Roots::Native)));
    let dsn = Dsn::parse_with("postgresql://ich@hier:1/d?sslmode=disable", &environment).unwrap();
    assert_eq!(dsn.to_string(), "postgresql://ich@hier:1/d");
}

#[test]
fn each_sslmode_is_what_libpq_means() {
    let trust = |query: &str| parse(&format!("postgresql://a@b/c?{query}")).unwrap().trust;
    let file = || Roots::File("/ca.pem".into());
    assert_eq!(trust("sslmode=disable"), Trust::Plain);
    assert_eq!(trust("sslmode=allow"), Trust::AnyoneOrPlain);
    assert_eq!(trust(""), Trust::AnyoneOrPlain);
    assert_eq!(trust("sslmode=require"), Trust::Anyone);
    assert_eq!(trust("sslmode=require&sslrootcert=/ca.pem"), Trust::Chain(file()));
    assert_eq!(trust("sslmode=verify-ca&sslrootcert=/ca.pem"), Trust::Chain(file()));
    assert_eq!(trust("sslmode=verify-full&sslrootcert=system"), Trust::ChainAndName(Roots::Native));
    assert!(parse("postgresql://a@b/c?sslmode=verify_full").is_err());
}

#[test]
fn a_password_that_travels_unchecked_is_told_and_not_shown() {
    for (url, said) in [
        ("postgresql://a:kanarienvogel@db/c", "unencrypted if the server"),
        ("postgresql://a:kanarienvogel@db/c?sslmode=disable", "unencrypted, for everyone"),
        ("postgresql://a:kanarienvogel@db/c?sslmode=require", "the server is not checked"),
        ("postgresql://a:kanarienvogel@db/c?sslmode=verify-ca", "public authority"),
        ("postgresql://a:kanarienvogel@localhost,10.0.0.1/c?sslmode=disable", "unencrypted"),
    ] {
        let told = parse(url).unwrap().exposure().unwrap();
        assert!(told.contains(said) && told.contains("verify-full") && !told.contains(CANARY), "{told}");
    }
    for url in [
        "postgresql://a@db/c",
        "postgresql://a:kanarienvogel@localhost/c",
        "postgresql://a:kanarienvogel@127.0.0.1,[::1]/c?sslmode=disable",
        "postgresql://a:kanarienvogel@/c?host=/var/run/postgresql",
        "postgresql://a:kanarienvogel@db/c?sslmode=verify-full",
        "postgresql://a:kanarienvogel@db/c?sslmode=require&sslrootcert=/ca.pem",
    ] {
        assert_eq!(parse(url).unwrap().exposure(), None, "{url}");
    }
}

#[test]
fn malformed_urls_are_refused_without_quoting_them() {
    for url in [
        "kanarienvogel",
        "mysql://a:kanarienvogel@b/c",
        "postgresql://a:kanarienvogel@b:x/c",
        "postgresql://a:x@kanarienvogel@b/c",
        "postgresql://a:12/kanarienvogel@b/c",
        "postgresql://a:12?kanarienvogel@b/c",
        "postgresql://a:12?kanarienvogel=1&b@b/c",
        "postgresql://a:kanarienvogel@b/c?kanarienvogel=1",
        "postgresql://a:kanarienvogel@b/c?kanarienvogel",
        "postgresql://a:kanarienvogel",
        "postgresql://a:kanarienvogel@[b/c",
        "postgresql://a:kanarienvogel@b:0/c",
        "postgresql://a:kanarienvogel@b:65536/c",
        "postgresql://a:kanarienvogel@b/c?connect_timeout=kanarienvogel",
        "postgresql://a:kanarienvogel@b/c?sslmode=kanarienvogel",
        "postgresql://a:kanarienvogel@b/%ff",
        "postgresql://a:kanarienvogel@b/c%00",
        "postgresql://a:kanarienvogel@b%0Ac/d",
        "postgresql://%61:k%61n%61rienvogel@b%20c/d",
    ] {
        let error = parse(url).unwrap_err();
        assert!(!format!("{error} {error:?}").contains(CANARY), "{url}: {error}");
    }
}

proptest::proptest! {
    #[test]
    fn a_password_is_never_shown(password in "[^\0]{1,40}") {
        let secret = format!("{CANARY}{password}{CANARY}");
        let escaped = utf8_percent_encode(&secret, percent_encoding::NON_ALPHANUMERIC);
        let escaped = parse(&format!("postgresql://a:{escaped}@b/c")).unwrap();
        proptest::prop_assert_eq!(escaped.config().get_password(), Some(secret.as_bytes()));
        for dsn in [Ok(escaped), parse(&format!("postgresql://a:{secret}@b/c"))] {
            let shown = match dsn {
                Ok(dsn) => format!("{dsn} {dsn:?}"),
                Err(error) => format!("{error} {error:?}"),
            };
            proptest::prop_assert!(!shown.contains(CANARY), "{}", shown);
        }
    }
}

#[test]
fn any_text_is_a_url_or_an_error_without_its_password() {
    bolero::check!().with_test_time(crate::fuzz_time()).for_each(|bytes: &[u8]| {
        let text = String::from_utf8_lossy(bytes);
        let _ = parse(&text);
        if let Err(why) = parse(&format!("postgresql://u:{CANARY}@h/d?{text}")) {
            assert!(!why.to_string().contains(CANARY), "{why}");
        }
    });
}
