//! Pages and features have a tag, and whoever has them already is told so; what depends on Accept
//! says so.

use crate::http::method;
use crate::server::{Answer, Server};

fn varies(answer: &Answer) -> Vec<String> {
    let fields =
        answer.headers.get_all("vary").iter().map(|field| field.to_str().unwrap().to_ascii_lowercase());
    fields.flat_map(|field| field.split(',').map(|name| name.trim().to_owned()).collect::<Vec<_>>()).collect()
}

#[test]
fn what_is_chosen_by_accept_says_so_however_it_is_packed() {
    let server = Server::ready(&[]);
    for path in [
        "/",
        "/api",
        "/collections",
        "/collections/schulen",
        "/collections/schulen/items?limit=200",
        "/collections/schulen/items/1",
        "/collections/schulen/aggregate?group-by=schulart&aggregate=count",
        "/collections/schulen/schema",
        "/catalog",
        "/processes",
        "/functions",
    ] {
        for accept in ["*/*", "text/html", "application/json", "application/geo+json"] {
            for coding in ["identity", "gzip"] {
                let answer = server.get_with(path, &[("accept", accept), ("accept-encoding", coding)]);
                let varies = varies(&answer);
                assert!(varies.contains(&"accept".to_owned()), "{path} {accept} {coding}: {varies:?}");
                let language = answer.header("content-language");
                assert_eq!(
                    varies.contains(&"accept-language".to_owned()),
                    !language.is_empty(),
                    "{path} {accept}"
                );
            }
        }
    }
    assert_eq!(varies(&server.get("/xyz/gebaeude/14/8532/5503")), ["accept-encoding"]);
}

#[test]
fn pages_may_read_what_answers_say_in_their_heads() {
    let server = Server::ready(&[]);
    for path in [
        "/collections/schulen/items?f=csv",
        "/collections/none",
        "/xyz/gebaeude/14/8532/5503",
        "/collections/schulen",
    ] {
        let answer = server.get(path);
        let exposed = answer.header("access-control-expose-headers").to_ascii_lowercase();
        let exposed: Vec<&str> = exposed.split(',').map(str::trim).collect();
        for name in [
            "etag",
            "link",
            "retry-after",
            "content-crs",
            "content-location",
            "content-disposition",
            "ogc-numbermatched",
            "ogc-numberreturned",
            "x-request-id",
        ] {
            assert!(exposed.contains(&name), "{path}: {exposed:?}");
        }
        // All of ours that is there.
        for name in answer.headers.keys().map(|name| name.as_str()) {
            let is_ours =
                name.starts_with("veedel-") || name.starts_with("ogc-") || name.starts_with("x-request");
            assert!(!is_ours || exposed.contains(&name), "{path}: {name}");
        }
    }
}

#[test]
fn who_has_a_page_or_a_feature_already_is_told_so() {
    let server = Server::ready(&[]);
    let mut tags = std::collections::BTreeMap::new();
    for path in [
        "/collections/schulen/items",
        "/collections/schulen/items?limit=2",
        "/collections/schulen/items?limit=2&f=csv",
        "/collections/schulen/items?limit=2&f=flatgeobuf",
        "/collections/schulen/items?limit=2&f=html",
        "/collections/schulen/items?limit=2&filter=schulart%3D%27Gymnasium%27",
        "/collections/schulen/items/1",
        "/collections/schulen/items/2",
        "/collections/schulen/items/2?f=html",
        "/collections/kitas/items?limit=2",
    ] {
        let first = server.get(path);
        let tag = first.header("etag").to_owned();
        assert!(first.status == 200 && tag.starts_with("W/\""), "{path}: {tag:?}");
        assert_eq!(server.get(path).header("etag"), tag, "{path}");
        assert!(tags.insert(tag.clone(), path).is_none(), "{path} has the tag of another");
        for known in [tag.clone(), tag.replace("W/", ""), format!("\"x\", {tag}"), "*".into()] {
            let again = server.get_with(path, &[("if-none-match", &known)]);
            assert_eq!((again.status, again.body.len()), (304, 0), "{path} {known}");
            assert_eq!(again.header("etag"), tag, "{path}");
            assert!(varies(&again).contains(&"accept".to_owned()), "{path}");
            assert_eq!(again.header("veedel-data-version"), first.header("veedel-data-version"), "{path}");
            assert_eq!(again.header("cache-control"), "no-cache", "{path}");
        }
        assert_eq!(server.get_with(path, &[("if-none-match", "\"x\"")]).status, 200, "{path}");
        assert_eq!(method(&server, "HEAD", path).header("etag"), tag, "{path}");
        // The links lead to where the page was asked for, and a page is in its reader's language.
        let elsewhere = server.get_with(path, &[("host", "example.org"), ("if-none-match", &tag)]);
        assert_eq!(elsewhere.status, 200, "{path}");
        let english = server.get_with(path, &[("accept-language", "en"), ("if-none-match", &tag)]);
        assert_eq!(english.status, if path.contains("html") { 200 } else { 304 }, "{path}");
    }
    // Whoever claims to have any gets no answer to what is no question.
    for path in ["/collections/schulen/items/0815", "/collections/schulen/items?nonsense=1"] {
        assert!(matches!(server.get_with(path, &[("if-none-match", "*")]).status, 400 | 404), "{path}");
    }
    // One address, two formats.
    let page = "/collections/schulen/items?limit=3";
    let tag = server.get(page).header("etag").to_owned();
    assert_eq!(server.get_with(page, &[("accept", "text/csv"), ("if-none-match", &tag)]).status, 200);
    // A question in a body has no address, and so no tag.
    let posted = server.post("/collections/schulen/items/search", &serde_json::json!({ "limit": 2 }));
    assert_eq!((posted.status, posted.header("etag")), (200, ""));
}
