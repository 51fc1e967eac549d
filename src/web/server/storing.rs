//! Who may store an answer outside the server: everyone, where it is the same for all callers; the
//! caller alone, where others may see more or less (RFC 9111, 3.5 and 5.2.2).

use axum::http::{HeaderMap, HeaderValue, header};

use crate::access::{Caller, Storing};
use crate::snapshot::Snapshot;
use crate::tile::content::{BORDERS, LABELS};
use crate::web::http::path;
use crate::web::server::fields;
use crate::web::tiles::address::Asked;

/// The beginnings of addresses whose answers say nothing of any collection.
const OF_NO_COLLECTION: [&str; 8] = [
    "/assets/",
    "/conformance",
    "/favicon",
    "/fonts",
    "/functions",
    "/health",
    "/sprites",
    "/tileMatrixSets",
];

/// The steps behind the id of a collection below which answers say nothing of another. An aggregate
/// may count by the areas of another one.
const OF_ONE_COLLECTION: [&str; 5] = ["items", "schema", "queryables", "sortables", "tiles"];

/// Returns who may store the answers to a caller at this path. Where it is not certain that an
/// answer is the same for all, the caller alone.
pub fn of(snapshot: &Snapshot, caller: &Caller, path: &str) -> Storing {
    if !snapshot.policy().tells_callers_apart()
        || OF_NO_COLLECTION.iter().any(|begin| path.starts_with(begin))
    {
        return Storing::Anyone;
    }
    let names = match Asked::of(path) {
        Ok(asked) => asked.names(),
        Err(_) => path.strip_prefix("/collections/").and_then(|rest| rest.split_once('/')).and_then(of_one),
    };
    let Some(names) = names else { return snapshot.policy().storing(caller) };
    let one = |name: &str| {
        let id = path::decode(name).unwrap_or_default();
        let id = id.strip_suffix(LABELS).or(id.strip_suffix(BORDERS)).unwrap_or(&id);
        let entry = snapshot.world().entry(id)?;
        Some(snapshot.permit(caller, &entry.collection)?.storing())
    };
    let all = names.split(',').map(|name| one(name).unwrap_or_else(|| snapshot.policy().storing(caller)));
    all.max().unwrap_or(Storing::Caller)
}

/// Returns the id of a collection, if what is behind it says nothing of another.
fn of_one<'a>((id, rest): (&'a str, &str)) -> Option<&'a str> {
    let step = rest.split('/').next().unwrap_or(rest);
    (OF_ONE_COLLECTION.contains(&step) || step.starts_with("download.")).then_some(id)
}

/// Writes into the header fields who may store the answer. A page tells a known caller who he is.
pub fn mark(headers: &mut HeaderMap, storing: Storing, caller: &Caller) {
    let is_page =
        || headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    let storing = match storing {
        Storing::Anyone if *caller != Caller::Anonymous && is_page() => Storing::Caller,
        Storing::Anyone => return,
        other => other,
    };
    fields::varies_by(headers, "Authorization");
    let written =
        headers.get(header::CACHE_CONTROL).and_then(|value| value.to_str().ok()).unwrap_or("no-cache");
    let control = match storing {
        Storing::Nobody => "no-store".to_owned(),
        _ if *caller == Caller::Anonymous || written.contains("no-store") => return,
        _ => {
            let others = written.split(',').map(str::trim);
            let others = others.filter(|part| !part.is_empty() && !matches!(*part, "public" | "private"));
            ["private"].into_iter().chain(others).collect::<Vec<_>>().join(", ")
        }
    };
    if let Ok(control) = HeaderValue::try_from(control) {
        headers.insert(header::CACHE_CONTROL, control);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_for_one_caller_is_private_and_varies_by_him() {
        let office = Caller::in_roles(["office"]);
        let marked = |control: &'static str, storing, caller: &Caller| {
            let mut headers = HeaderMap::new();
            if !control.is_empty() {
                headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(control));
            }
            mark(&mut headers, storing, caller);
            let text = |name| headers.get(name).map(|value| value.to_str().unwrap_or_default().to_owned());
            (text(header::CACHE_CONTROL).unwrap_or_default(), text(header::VARY).is_some())
        };
        let public = "public, max-age=60";
        assert_eq!(marked(public, Storing::Anyone, &office), (public.into(), false));
        assert_eq!(marked(public, Storing::Caller, &Caller::Anonymous), (public.into(), true));
        assert_eq!(marked(public, Storing::Caller, &office), ("private, max-age=60".into(), true));
        assert_eq!(marked("no-cache", Storing::Caller, &office), ("private, no-cache".into(), true));
        assert_eq!(marked("", Storing::Caller, &office), ("private, no-cache".into(), true));
        assert_eq!(marked("no-store", Storing::Caller, &office), ("no-store".into(), true));
        assert_eq!(marked(public, Storing::Nobody, &office), ("no-store".into(), true));
    }
}
