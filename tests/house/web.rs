//! The rules of `src/web`: its rooms import one way, and handlers reach data by a request alone.

use super::imports::{after_colons, first_names};
use super::source::{Offence, Source};

/// The rooms of `web`, each of which imports only from those before it.
const ROOMS: &[&str] = &[
    "http",
    "state",
    "request",
    "features",
    "tiles",
    "styles",
    "planning",
    "catalog",
    "start",
    "openapi",
    "operations",
    "routes",
    "server",
];

/// What lies behind a request, and the rooms that may name it.
const BEHIND: &[&str] = &["App", "Snapshots", "Policy"];
const MAY_LOOK_BEHIND: &[&str] = &["state", "request", "server", "mod"];

/// The room of a file of `web`; None for other files.
fn room(source: &Source) -> Option<&str> {
    let first = source.path.strip_prefix("web/")?.split('/').next()?;
    Some(first.strip_suffix(".rs").unwrap_or(first))
}

/// A room imports from those before it, by paths that begin with `crate::web`.
pub fn rooms(source: &Source) -> Vec<Offence> {
    let Some(room) = room(source).filter(|room| *room != "mod") else { return vec![] };
    let Some(own) = ROOMS.iter().position(|name| *name == room) else {
        return vec![
            source.offence(0, format!("the room \"{room}\" is not in the list of tests/house/web.rs")),
        ];
    };
    let mut offences = vec![];
    for at in source.words("crate") {
        let behind = after_colons(&source.code[at + "crate".len()..]);
        let behind = behind.and_then(|behind| behind.strip_prefix("web")).and_then(after_colons);
        for other in behind.map(first_names).unwrap_or_default() {
            let place = ROOMS.iter().position(|name| *name == other);
            if place.is_none_or(|place| place > own) {
                offences.push(source.offence(at, format!("web::{room} must not import web::{other}")));
            }
        }
    }
    // Within a room files may name each other shortly; out of it leads only the whole path.
    let depth = source.path.split('/').count() - if source.path.ends_with("/mod.rs") { 2 } else { 1 };
    for at in source.words("super") {
        let levels = source.code[at..].split("::").take_while(|step| step.trim() == "super").count();
        let is_first = !source.code[..at].trim_end().ends_with("super::");
        if is_first && levels >= depth {
            offences.push(source.offence(at, "a path out of a room begins with crate::web"));
        }
    }
    offences
}

/// Handlers take a request, and name nothing that lies behind it.
pub fn handlers(source: &Source) -> Vec<Offence> {
    let Some(room) = room(source).filter(|room| !MAY_LOOK_BEHIND.contains(room)) else { return vec![] };
    let named = BEHIND.iter().flat_map(|name| source.words(name).map(move |at| (at, name)));
    named.map(|(at, name)| source.offence(at, format!("web::{room} must not name {name}"))).collect()
}

#[test]
fn rooms_of_the_web_import_one_way() {
    let found = |path: &str, text: &str| {
        let source = Source::new(path, text);
        rooms(&source).into_iter().chain(handlers(&source)).map(|one| one.what).collect::<Vec<_>>()
    };
    assert_eq!(
        found("web/http/a.rs", "use crate::web::request::Request;"),
        ["web::http must not import web::request"]
    );
    assert_eq!(
        found("web/features/a.rs", "use crate::web::{http::path, server::admit};"),
        ["web::features must not import web::server"]
    );
    assert_eq!(
        found("web/features/a/b.rs", "use super::super::super::server::A;"),
        ["a path out of a room begins with crate::web"]
    );
    assert_eq!(found("web/features/a.rs", "fn f(app: &App) {}"), ["web::features must not name App"]);
    assert_eq!(found("web/stuff/a.rs", "").len(), 1);
    for (path, text) in [
        ("web/features/a.rs", "use crate::web::request::Request;\nuse super::b::C;"),
        ("web/features/a/b.rs", "use super::c;\nuse super::super::d;"),
        ("web/server/a.rs", "fn f(app: &App) {}"),
        ("web/mod.rs", "pub use self::state::App;"),
        ("boot/a.rs", "use crate::web::App;"),
    ] {
        assert_eq!(found(path, text), [""; 0], "{path} {text}");
    }
}
