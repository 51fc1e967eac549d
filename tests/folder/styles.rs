//! Styles of maps and their legends: what they name, what they hide, and what cannot be drawn.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde_json::Value;

use crate::files::city_folder;
use crate::server::Server;

fn configured(text: &str) -> (tempfile::TempDir, Server) {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("veedel.toml");
    std::fs::write(&config, text).unwrap();
    let server = Server::ready(&["--config", config.to_str().unwrap(), city_folder().to_str().unwrap()]);
    (folder, server)
}

/// The collections that a style's tiles are made of.
fn collections(style: &Value) -> BTreeSet<String> {
    let layers = style["layers"].as_array().unwrap().iter();
    let names = layers.filter_map(|layer| layer["source-layer"].as_str());
    names.map(|name| name.split(':').next().unwrap().to_owned()).collect()
}

fn parts(style: &Value) -> BTreeSet<String> {
    let layers = style["layers"].as_array().unwrap().iter();
    layers.filter_map(|layer| Some(layer["metadata"]["veedel:part"].as_str()?.to_owned())).collect()
}

#[test]
fn without_configuration_names_and_geometries_make_a_map() {
    let server = Server::ready(&[city_folder().to_str().unwrap()]);
    let list = server.get("/styles").json();
    let ids: Vec<&str> =
        list["styles"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap()).collect();
    assert!(ids.starts_with(&["light", "dark"]) && ids.contains(&"schulen"), "{ids:?}");
    assert!(!ids.contains(&"bevoelkerung"), "a table has no style");
    for theme in ["light", "dark"] {
        let answer = server.get(&format!("/styles/{theme}"));
        assert_eq!(answer.header("content-type"), "application/vnd.mapbox.style+json");
        let style = answer.json();
        for part in ["water", "building", "road", "border", "house_number"] {
            assert!(parts(&style).contains(part), "{theme}: {part} is not drawn: {:?}", parts(&style));
        }
        assert!(!collections(&style).contains("schulen"), "data are no part of the base map");
        let ranks: Vec<f64> = style["layers"]
            .as_array()
            .unwrap()
            .iter()
            .map(|layer| layer["metadata"]["veedel:rank"].as_f64().unwrap())
            .collect();
        assert!(ranks.is_sorted(), "{ranks:?}");
    }
    let both = server.get("/styles/light?collections=kitas,schulen,kitas").json();
    assert!(collections(&both).is_superset(&["kitas".to_owned(), "schulen".to_owned()].into()));
    let own = server.get("/styles/kitas").json();
    assert_eq!(collections(&own), ["kitas".to_owned()].into());
    assert!(own["layers"].as_array().unwrap().iter().all(|layer| layer["type"] != "background"));
    let linked = server.get("/collections/kitas").json();
    let link = linked["links"]
        .as_array()
        .unwrap()
        .iter()
        .find(|link| link["rel"] == "http://www.opengis.net/def/rel/ogc/1.0/styles")
        .unwrap();
    assert!(link["href"].as_str().unwrap().ends_with("/styles/kitas"));
}

#[test]
fn the_configuration_gives_out_the_parts() {
    let (_folder, server) = configured(
        "[map.parts]\nwater = { collection = \"gewaesser\" }\nroad = { collection = \"strassen\", class = \"art\", \
         name = \"name\", classes = { main = [\"Haupt*\"] }, other = \"path\" }\nrail = { collection = \"gone\" }\n\
         building = { collection = \"schulen\" }\n",
    );
    let style = server.get("/styles/light").json();
    assert_eq!(parts(&style), ["road".to_owned(), "water".to_owned()].into(), "points are no buildings");
    let source = style["sources"]["base:strassen"]["tiles"][0].as_str().unwrap();
    assert!(source.ends_with("/xyz/strassen/{z}/{x}/{y}?join=art,name"), "{source}");
    let large = style["sources"]["base:strassen:main"]["tiles"][0].as_str().unwrap();
    assert!(large.contains("%3D%20%27Hauptstra%C3%9Fe%27"), "{large}");
    let tile = large.replace("{z}/{x}/{y}", "11/1066/688");
    let path = tile.split_once("/xyz").unwrap().1;
    assert!(matches!(server.get(&format!("/xyz{path}")).status, 200 | 204));
}

#[test]
fn a_collection_that_plays_a_part_twice_has_layers_of_its_own_for_each() {
    let (_folder, server) = configured(
        "[map.parts]\narea = [{ collection = \"flaechen\", class = \"art\" }, \
         { collection = \"flaechen\", class = \"name\", name = \"name\" }, { collection = \"flaechen\" }]\n",
    );
    let style = server.get("/styles/light?collections=flaechen").json();
    let ids: Vec<&str> =
        style["layers"].as_array().unwrap().iter().map(|layer| layer["id"].as_str().unwrap()).collect();
    let once: BTreeSet<&str> = ids.iter().copied().collect();
    assert_eq!(once.len(), ids.len(), "{ids:?}");
    assert!(once.contains("green:flaechen:2"), "{ids:?}");
}

#[test]
fn a_legend_has_others_where_there_are_some() {
    let category = "{ value = \"Grundschule\", colour = \"#a84300\" }";
    let rest = "{ value = [\"Förderschule\", \"Gesamtschule\", \"Gymnasium\"], colour = \"#004488\" }";
    let configured_by = |categories: &str| {
        format!("[collections.schulen]\ncolour_by = \"schulart\"\ncategories = [{categories}]\n")
    };
    let nothing = String::new();
    for (text, expected) in [
        (nothing, false),
        (configured_by(category), true),
        (configured_by(&format!("{category}, {rest}")), false),
    ] {
        let (_folder, server) = configured(&text);
        let entries = server.get("/styles/schulen/legend?f=json").json()["entries"].clone();
        let mut titles = entries.as_array().unwrap().iter().filter_map(|entry| entry["title"].as_str());
        let has_others =
            titles.any(|title| ["Andere oder ohne Angabe", "Other, or no value"].contains(&title));
        assert_eq!(has_others, expected, "{text}: {entries}");
    }
}

#[test]
fn what_is_hidden_is_in_no_style() {
    let (_folder, server) = configured(
        "[collections.strassen]\nhidden = true\n[collections.schulen]\nhide = [\"name\", \"schulart\"]\n",
    );
    for address in
        ["/styles", "/styles/light", "/styles/schulen", "/styles/schulen/legend", "/styles/light/legend"]
    {
        let text = server.get(address).text();
        assert!(!text.contains("strassen"), "{address}: {text}");
    }
    assert!(!server.get("/styles/schulen").text().contains("\"name\"],"), "a hidden column is named");
    for address in ["/styles/strassen", "/styles/light?collections=strassen", "/styles/strassen/legend"] {
        let hidden = server.get(address);
        let gone = server.get(&address.replace("strassen", "gibtesnicht"));
        assert_eq!((hidden.status, gone.status), (404, 404), "{address}");
        assert_eq!(hidden.text().replace("strassen", "gibtesnicht"), gone.text());
    }
}

#[test]
fn what_cannot_be_is_said() {
    let server = Server::ready(&[city_folder().to_str().unwrap()]);
    for (address, status, parameter) in [
        ("/styles/none", 404, None),
        ("/styles/bevoelkerung", 404, None),
        ("/styles/light?theme=blue", 400, Some("theme")),
        ("/styles/schulen?collections=kitas", 400, Some("collections")),
        ("/styles/light?collections=none", 404, None),
        ("/styles/light?colour=red", 400, Some("colour")),
        ("/styles/light/legend?f=pdf", 400, Some("f")),
    ] {
        let answer = server.get(address);
        assert_eq!(answer.status, status, "{address}: {}", answer.text());
        let problem = answer.json();
        assert_eq!(problem["parameter"].as_str(), parameter, "{address}: {problem}");
    }
    let tag = server.get("/styles/light").header("etag").to_owned();
    assert_eq!(server.get_with("/styles/light", &[("If-None-Match", &tag)]).status, 304);
}

#[test]
fn a_legend_has_every_category_and_draws_a_bounded_number_as_text() {
    let mut text = String::from(
        "[collections.schulen]\ntitle = \"<script>alert(1)</script> & مدرسة\"\ncolour_by = \"schulart\"\ncategories = [\n",
    );
    for number in 0..10_000 {
        let name = if number == 0 {
            "Grundschule".into()
        } else {
            format!("Art {number} {}", if number % 1_000 == 7 { "lang".repeat(125) } else { String::new() })
        };
        writeln!(text, "{{ value = \"{name}\", colour = \"#{:06x}\" }},", number * 1_000).unwrap();
    }
    text.push_str("]\n");
    let (_folder, server) = configured(&text);
    let legend = server.get("/styles/schulen/legend").json();
    let entries = legend["entries"].as_array().unwrap();
    assert_eq!(entries.len(), 10_002, "a heading, the categories and the rest");
    assert_eq!(entries[1]["filter"], "\"schulart\" = 'Grundschule'");
    let svg = server.get("/styles/schulen/legend?f=svg");
    assert_eq!(svg.header("content-type"), "image/svg+xml");
    let svg = svg.text();
    assert!(svg.contains("&lt;script&gt;alert(1)&lt;/script&gt; &amp; مدرسة") && !svg.contains("<script"));
    assert!(svg.contains("… 9902 weitere") && svg.len() < 60_000, "{}", svg.len());
    assert_eq!(server.get("/styles/schulen").status, 200);
}

#[test]
fn colour_by_alone_makes_categories_and_classes() {
    let (_folder, server) = configured(
        "[collections.schulen]\ncolour_by = \"schulart\"\n[collections.kitas]\ncolour_by = \"plaetze\"\nsize_by = \"plaetze\"\n",
    );
    let legend = server.get("/styles/schulen/legend").json();
    let titles: Vec<&str> =
        legend["entries"].as_array().unwrap().iter().map(|one| one["title"].as_str().unwrap()).collect();
    assert!(titles.contains(&"Grundschule"), "{titles:?}");
    let legend = server.get("/styles/kitas/legend").json();
    let entries = &legend["entries"].as_array().unwrap()[1..];
    assert!(entries.len() >= 3, "{legend}");
    // Every feature is in exactly one class.
    let count = |filter: &str| {
        let address = format!(
            "/collections/kitas/items?limit=1&filter={}",
            filter.bytes().map(|byte| format!("%{byte:02X}")).collect::<String>()
        );
        server.get(&address).json()["numberMatched"].as_u64().unwrap()
    };
    let in_classes: u64 = entries.iter().filter_map(|entry| entry["filter"].as_str()).map(count).sum();
    assert_eq!(in_classes + count("plaetze IS NULL"), count("TRUE"));
}

#[test]
fn a_base_map_of_another_server_is_named_and_only_its_hosts_are_allowed() {
    let style = "https://karten.example.org/stil.json";
    let (_folder, server) = configured(&format!(
        "[map]\nbasemap = {{ style = \"{style}\", origins = [\"https://kacheln.example.org/x\"] }}\n"
    ));
    let base = server.get("/styles/light?collections=schulen").json();
    assert_eq!(base["metadata"]["veedel:basemap"], style);
    assert_eq!(parts(&base), BTreeSet::new(), "the other map takes the place of ours");
    let named = base["metadata"]["veedel:parts"].as_array().unwrap();
    assert!(
        named.iter().any(|part| part["collection"] == "strassen"),
        "clients hide these at first: {named:?}"
    );
    assert_eq!(collections(&base), ["schulen".to_owned()].into());
    let hosts = "https://karten.example.org https://kacheln.example.org";
    let policy = |server: &Server, path: &str| {
        server.get_with(path, &[("Accept", "text/html")]).header("content-security-policy").to_owned()
    };
    for page in ["/", "/planung", "/assets/worker.js", "/collections/kitas/items"] {
        let policy = policy(&server, page);
        assert!(policy.contains(&format!("connect-src 'self' {hosts};")), "{page}: {policy}");
        assert!(
            policy.contains("script-src 'self';") && policy.contains("worker-src 'self';"),
            "{page}: {policy}"
        );
    }
    let without = Server::ready(&[city_folder().to_str().unwrap()]);
    assert!(!policy(&without, "/").contains("http"));
    assert!(!policy(&server, "/collections").contains("http"), "other pages ask no foreign host");
}

#[test]
fn a_base_map_needs_no_larger_tiles_than_there_may_be() {
    let (_folder, server) = configured("[limits]\ntile_collections = 3\n");
    let style = server.get("/styles/light").json();
    let sources = style["sources"].as_object().unwrap();
    let whole = Server::ready(&[city_folder().to_str().unwrap()]);
    let all = whole.get("/styles/light").json();
    assert_eq!(collections(&style), collections(&all), "nothing is left out");
    assert!(sources.len() > all["sources"].as_object().unwrap().len());
    for source in sources.values() {
        let template = source["tiles"][0].as_str().unwrap().replace("{z}/{x}/{y}", "14/8532/5503");
        let path = template.strip_prefix(&server.base).unwrap();
        let answer = server.get(path);
        assert!(matches!(answer.status, 200 | 204), "{path}: {}", answer.text());
    }
}
