//! Formats, languages, problems, methods, and names that are hard to write into an address.

use std::io::Write;

use crate::files::{fgb, link, one_point, path_of, replace, step};
use crate::http2::{get, hello, next_frame};
use crate::server::{Answer, Server};

/// Any method, without a body.
pub fn method(server: &Server, method: &str, path: &str) -> Answer {
    let agent: ureq::Agent =
        ureq::Agent::config_builder().http_status_as_error(false).max_redirects(0).build().into();
    let request = ureq::http::Request::builder().method(method).uri(format!("{}{path}", server.base));
    let mut response = agent.run(request.body(()).unwrap()).unwrap();
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let body = response.body_mut().read_to_vec().unwrap_or_default();
    Answer { status, headers, body }
}

#[test]
fn formats_are_chosen_by_parameter_then_by_accept() {
    let server = Server::ready(&[]);
    let browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
    for path in
        ["/collections", "/collections/schulen", "/collections/schulen/items", "/collections/schulen/items/1"]
    {
        let kind = |query: &str, accept: &str| {
            let answer = server.get_with(&format!("{path}{query}"), &[("accept", accept)]);
            let media = answer.header("content-type").split(';').next().unwrap().to_owned();
            (answer.status, media.rsplit('/').next().unwrap().trim_start_matches("geo+").to_owned())
        };
        let json = (200, "json".to_owned());
        let html = (200, "html".to_owned());
        assert_eq!(kind("", "*/*"), json, "{path}");
        assert_eq!(kind("", browser), html, "{path}");
        assert_eq!(kind("?f=json", browser), json, "{path}");
        assert_eq!(kind("?f=html", "application/json"), html, "{path}");
        assert_eq!(kind("", "text/html;q=0.1, application/geo+json"), json, "{path}");
        assert_eq!(kind("", "image/png").0, 406, "{path}");
        assert_eq!(kind("?f=xml", "*/*").0, 400, "{path}");
    }
    assert_eq!(server.get("/?f=json").json()["links"][0]["rel"], "self");
    assert!(server.get_with("/", &[("accept", browser)]).header("content-type").starts_with("text/html"));
}

#[test]
fn pages_are_in_the_readers_language() {
    let server = Server::ready(&[]);
    for (path, german, english) in [
        ("/collections", "Datensätze", "Collections"),
        ("/collections/schulen", "Spalten", "Columns"),
        ("/collections/adressen/items", "Weiter", "Next"),
        ("/collections/schulen/items/1", "von", "of"),
    ] {
        let page = |language: &str| {
            let answer = server.get_with(&format!("{path}?f=html"), &[("accept-language", language)]);
            (answer.header("content-language").to_owned(), answer.text())
        };
        for (language, tag, word) in [
            ("de-DE,de;q=0.9,en;q=0.5", "de", german),
            ("en-GB,en", "en", english),
            ("fr;q=0.9,en;q=0.1", "en", english),
        ] {
            let (found, text) = page(language);
            assert_eq!(found, tag, "{path} {language}");
            assert!(
                text.contains(word) && text.contains(&format!("lang=\"{tag}\"")),
                "{path} {language}: {text}"
            );
        }
    }
}

#[test]
fn pages_and_pictures_keep_to_themselves() {
    let server = Server::ready(&[]);
    for path in ["/", "/?f=html", "/map", "/collections?f=html", "/api?f=html", "/collections/nichts?f=html"]
    {
        let page = server.get_with(path, &[("accept", "text/html")]);
        if page.header("content-type").starts_with("text/html") {
            assert_eq!(page.header("referrer-policy"), "same-origin", "{path}");
            assert!(page.header("content-security-policy").contains("frame-ancestors 'none'"), "{path}");
        }
    }
    for path in ["/styles/schulen/legend?f=svg", "/assets/icon.svg"] {
        let picture = server.get(path);
        assert_eq!((picture.status, picture.header("content-type")), (200, "image/svg+xml"), "{path}");
        assert!(picture.header("content-security-policy").starts_with("default-src 'none'"), "{path}");
        assert_eq!(picture.header("referrer-policy"), "", "{path}");
    }
}

#[test]
fn pages_escape_what_comes_from_the_data() {
    let folder = tempfile::tempdir().unwrap();
    let evil = "<script>alert(1)</script>\"'&";
    replace(folder.path(), "boese.fgb", &fgb(&[("POINT(392622 5620879)", evil)], true));
    let sidecar = format!(
        "title = '''{evil}'''\ndescription = '''{evil}'''\nattribution = '''{evil}'''\nlicence = '''{evil}'''\n\
         [columns.name]\ntitle = '''{evil}'''\ndescription = '''{evil}'''\nunit = '''{evil}'''\n"
    );
    replace(folder.path(), "boese.schema.toml", sidecar.as_bytes());
    replace(folder.path(), "<script>x<!--.fgb", b"damaged");
    let server = Server::ready(&[folder.path().to_str().unwrap()]);
    for path in [
        "/collections",
        "/collections/boese",
        "/collections/boese/items",
        "/collections/boese/items/1",
        "/collections/boese/tiles",
        "/collections/boese/tiles/WebMercatorQuad",
        "/tiles/WebMercatorQuad",
    ] {
        let answer = server.get(&format!("{path}?f=html"));
        let text = answer.text();
        assert_eq!(answer.status, 200, "{text}");
        // Scripts are files of ours, and nothing of the data.
        let text = text.replace("<script src=\"http:&#x2f;&#x2f;", "");
        assert!(!text.contains("<script") && text.contains("&lt;script&gt;"), "{path}: {text}");
        assert!(answer.header("content-security-policy").contains("default-src 'none'"));
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
    }
    assert_eq!(server.get("/collections/boese").json()["title"], evil);
    for path in ["/collections/<script>", "/collections/boese/items?%3Cscript%3E=1"] {
        let answer =
            server.get_with(&path.replace('<', "%3C").replace('>', "%3E"), &[("accept", "text/html")]);
        let page = answer.text();
        assert!(!page.contains("<script") && page.contains("&lt;script&gt;"), "{path}: {page}");
    }
}

#[test]
fn problems_are_documents() {
    let server = Server::ready(&[]);
    for (path, status) in [
        ("/nichts", 404),
        ("/collections/nichts", 404),
        ("/collections/schulen/items/nichts", 404),
        ("/collections/schulen/nichts", 404),
        ("/collections/schulen/items?limit=0", 400),
        ("/collections?x=1", 400),
        ("/collections/schulen?x=1", 400),
        ("/xyz/schulen/a/0/0", 400),
        ("/xyz/schulen", 404),
        ("/collections/schulen/tiles/WebMercatorQuad/a/0/0", 400),
        ("/tiles/WebMercatorQuad/0/0", 404),
        ("/assets/nichts", 404),
        ("/collections/", 404),
        ("//collections", 404),
    ] {
        let answer = server.get(path);
        assert_eq!(
            (answer.status, answer.header("content-type")),
            (status, "application/problem+json"),
            "{path}"
        );
        let document = answer.json();
        assert_eq!(document["status"], status, "{path}");
        for member in ["type", "title", "detail"] {
            assert!(document[member].as_str().is_some_and(|text| !text.is_empty()), "{path}: {document}");
        }
        assert_eq!(document["parameter"].is_string(), status == 400, "{path}: {document}");
        assert_eq!(answer.header("access-control-allow-origin"), "*", "{path}");
    }
}

#[test]
fn methods_other_than_reading_are_refused() {
    let server = Server::ready(&[]);
    for path in ["/", "/collections", "/collections/schulen/items", "/xyz/schulen/0/0/0", "/health"] {
        for verb in ["POST", "PUT", "DELETE", "PATCH"] {
            let answer = method(&server, verb, path);
            assert_eq!(answer.status, 405, "{verb} {path}");
            assert_eq!(answer.header("allow"), "GET, HEAD, OPTIONS", "{verb} {path}");
            assert_eq!(answer.json()["status"], 405);
        }
        let options = method(&server, "OPTIONS", path);
        assert_eq!((options.status, options.header("allow")), (204, "GET, HEAD, OPTIONS"), "{path}");
        assert_eq!(options.header("access-control-allow-origin"), "*");
        assert_eq!(options.header("access-control-allow-methods"), "GET, HEAD, OPTIONS");
        let (head, get) = (method(&server, "HEAD", path), server.get(path));
        assert_eq!((head.status, head.body.len()), (get.status, 0), "{path}");
        assert_eq!(head.header("content-type"), get.header("content-type"), "{path}");
        assert_eq!(get.header("access-control-allow-origin"), "*");
    }
}

#[test]
fn links_begin_with_the_public_url() {
    let server = Server::ready(&["--public-url", "https://geo.example.org/veedel/"]);
    let document = server.get("/collections").json();
    let href = link(&document, "self").unwrap();
    assert_eq!(href, "https://geo.example.org/veedel/collections?f=json");
    let template = server.get("/xyz/schulen.json").json()["tiles"][0].as_str().unwrap().to_owned();
    assert_eq!(template, "https://geo.example.org/veedel/xyz/schulen/{z}/{x}/{y}");
    let server = Server::ready(&[]);
    for host in ["<script>", "a b", "x/y", "a@b"] {
        let text = server.get_with("/collections", &[("host", host)]).text();
        assert!(!text.contains(&format!("http://{host}")), "{host}");
    }
}

/// Names of files as people and mischief give them; none holds a slash, which no file can.
const NAMES: [&str; 12] = [
    "a,b",
    "a b",
    "größe ß",
    "100 %",
    "a\"; drop table x; --",
    "it's",
    "a.json",
    "a?b=c#d",
    "x..",
    "%2e%2e",
    "schule+n&",
    "{z}",
];

#[test]
fn every_name_of_a_file_has_an_address() {
    let folder = tempfile::tempdir().unwrap();
    for name in NAMES {
        replace(folder.path(), &format!("{name}.fgb"), &one_point(name));
    }
    // The namesake that `a.json` must not be taken for.
    replace(folder.path(), "a.fgb", &one_point("a"));
    let server = Server::ready(&[folder.path().to_str().unwrap()]);
    let listed = server.get("/collections").json();
    assert_eq!(listed["collections"].as_array().unwrap().len(), NAMES.len() + 1);
    for name in NAMES {
        let id = step(name);
        let about = server.get(&format!("/collections/{id}"));
        assert_eq!(about.json()["id"], name, "{name}");
        let items = server.get(&format!("/collections/{id}/items")).json();
        assert_eq!(items["features"][0]["properties"]["name"], name, "{name}");
        let feature = server.get(&format!("/collections/{id}/items/1")).json();
        assert_eq!(feature["properties"]["name"], name, "{name}");
        let tile = server.get(&format!("/xyz/{id}/0/0/0"));
        assert!(crate::mvt::read(&tile.body, name).contains_key(name), "{name}");
        let document = about.json();
        let tilejson = server.get(path_of(&server, link(&document, "describedby").unwrap())).json();
        assert_eq!(tilejson["vector_layers"][0]["id"], name, "{tilejson}");
        let template = tilejson["tiles"][0].as_str().unwrap().to_owned();
        let first = template.rsplit_once("/{z}/{x}/{y}").unwrap().0.to_owned() + "/0/0/0";
        assert_eq!(server.get(path_of(&server, &first)).body, tile.body, "{first}");
        for format in ["self", "items"] {
            assert_eq!(server.get(path_of(&server, link(&document, format).unwrap())).status, 200, "{name}");
        }
        let page = server.get(&format!("/collections/{id}/items?f=html"));
        assert_eq!(page.status, 200);
    }
    let both = server.get(&format!("/xyz/{},{}/0/0/0", step("a,b"), step("it's")));
    assert_eq!(crate::mvt::read(&both.body, "both").len(), 2);
    assert_eq!(server.get("/xyz/a,b/0/0/0").status, 404, "a comma that is not encoded parts names");
}

#[test]
fn keys_of_text_have_addresses_too() {
    let folder = tempfile::tempdir().unwrap();
    let keys = ["a,b", "a/b", "ä ö", "100%", "a\"; drop table x; --", "%2F", "'", "?#&=+", ".."];
    let rows: String = keys.iter().map(|key| format!("\"{}\",x\n", key.replace('"', "\"\""))).collect();
    std::fs::write(folder.path().join("t.csv"), format!("schluessel,wert\n{rows}")).unwrap();
    std::fs::write(folder.path().join("t.schema.toml"), "key = \"schluessel\"\n").unwrap();
    let server = Server::ready(&[folder.path().to_str().unwrap()]);
    let page = server.get("/collections/t/items?f=html").text();
    for key in keys {
        let feature = server.get(&format!("/collections/t/items/{}", step(key)));
        assert_eq!(feature.json()["id"], key, "{key}");
        // As a proxy passes it on that decodes slashes.
        let bare = step(key).replace("%2F", "/");
        assert_eq!(server.get(&format!("/collections/t/items/{bare}")).json()["id"], key, "{bare}");
        let filtered = server.get(&format!("/collections/t/items?schluessel={}", step(key))).json();
        assert_eq!(
            (filtered["numberMatched"].as_u64(), filtered["features"][0]["id"].as_str()),
            (Some(1), Some(key))
        );
    }
    assert!(page.contains("a%2Fb?f=html"), "{page}");
    for nothing in ["a/b/c", "a", "a/", "/a", "a//b", "search/a"] {
        assert_eq!(server.get(&format!("/collections/t/items/{nothing}")).status, 404, "{nothing}");
    }
}

#[test]
fn answers_are_compressed_for_those_who_ask() {
    let server = Server::ready(&[]);
    for path in
        ["/xyz/strassen/13/4266/2752", "/collections/strassen/items", "/collections", "/collections?f=html"]
    {
        let plain = server.get(path);
        assert_eq!(plain.header("content-encoding"), "", "{path}");
        for encoding in ["gzip", "br", "zstd"] {
            let packed = server.get_with(path, &[("accept-encoding", encoding)]);
            assert_eq!(packed.header("content-encoding"), encoding, "{path}");
            let varies = packed.headers.get_all("vary").iter();
            let mut varies = varies.map(|vary| vary.to_str().unwrap().to_ascii_lowercase());
            assert!(varies.any(|vary| vary.contains("accept-encoding")), "{path}");

            assert!(packed.body.len() < plain.body.len(), "{path} {encoding}");
        }
    }
}

#[test]
fn links_of_http_2_begin_with_the_host_that_was_asked() {
    let server = Server::ready(&[]);
    for fields in [&[(":authority", "geo.example:81")][..], &[("host", "geo.example:81")]] {
        let mut socket = std::net::TcpStream::connect(server.address()).unwrap();
        socket.write_all(&[hello(1 << 20), get(1, "/collections/schulen?f=json", fields)].concat()).unwrap();
        let mut body = vec![];
        loop {
            let (kind, stream, payload) = next_frame(&mut socket).unwrap();
            if (kind, stream) == (0, 1) {
                body.extend(payload);
            }
            if serde_json::from_slice::<serde_json::Value>(&body).is_ok() {
                break;
            }
        }
        let text = String::from_utf8(body).unwrap();
        assert!(text.contains("\"http://geo.example:81/") && !text.contains("localhost"), "{text}");
    }
}
