//! Databases and HTTP stay in their rooms.

use super::found;
use super::source::{Offence, Source};

/// Crates that only some folders or files may name.
const CRATES: &[(&str, &[&str])] = &[
    ("tokio_postgres", &["source/postgis"]),
    ("axum", &["web", "boot", "main"]),
    ("http", &["web", "boot", "main"]),
    ("hyper", &["web", "boot", "main"]),
    ("hyper_util", &["web", "boot", "main"]),
    ("tower_http", &["web", "boot", "main"]),
];

/// Databases and HTTP stay in their rooms.
pub fn crates(source: &Source) -> Vec<Offence> {
    let mut offences = Vec::new();
    for (name, places) in CRATES {
        let is_within = |place: &&str| {
            let path = source.path.strip_suffix(".rs").unwrap_or(&source.path);
            path == *place || path.starts_with(&format!("{place}/"))
        };
        if places.iter().any(is_within) {
            continue;
        }
        for at in source.words(name) {
            let is_a_path = source.code[at + name.len()..].trim_start().starts_with("::");
            let is_below = source.code[..at].ends_with("::");
            let is_used = source.code[..at].ends_with("use ");
            if (is_a_path && !is_below) || is_used {
                offences.push(source.offence(at, format!("{name} belongs to {}", places.join(", "))));
            }
        }
    }
    offences
}

#[test]
fn crates_outside_their_rooms_are_found() {
    let postgres = ["2: tokio_postgres belongs to source/postgis"];
    assert_eq!(found("source/mod.rs", "use tokio_postgres::Client;"), postgres);
    assert_eq!(found("source/folder/a.rs", "fn f() -> tokio_postgres::Error {}"), postgres);
    assert_eq!(found("source/postgis/load.rs", "use tokio_postgres::Client;"), [""; 0]);
    assert_eq!(found("error.rs", "use axum::Router;"), ["2: axum belongs to web, boot, main"]);
    assert_eq!(found("tile/a.rs", "use http::StatusCode;"), ["2: http belongs to web, boot, main"]);
    assert_eq!(found("web/http/a.rs", "use axum::Router; use http::StatusCode;"), [""; 0]);
    assert_eq!(found("boot.rs", "use axum::Router;"), [""; 0]);
    assert_eq!(found("tile/a.rs", "let http = 1; self::http::f();"), [""; 0]);
}
